/* bench.c - a processor and an engine that only translate: no paging, segments as a mode wants. */
#include <string.h>
#include "base/err.h"
#include "golden.h"

enum { RAM_SIZE = 1 << 20, CODE = 0x10000, DATA = 0x20000 };
enum {
    WIDE = SEGA_P | SEGA_S | SEGA_A | SEGA_RW | SEGA_DB | SEGA_G,
    SMALL = SEGA_P | SEGA_S | SEGA_A | SEGA_RW | SEGA_DB,
    NARROW = SEGA_P | SEGA_S | SEGA_A | SEGA_RW
};

bool bench_init(struct bench *b, struct err *e)
{
    struct engine_config config = {.name = "jit", .cache_bytes = 1 << 20};
    struct jit_data *d;

    memset(b, 0, sizeof *b);
    log_init(&b->log);
    if (!ram_init(&b->ram, RAM_SIZE, e))
        return false;
    physmem_init(&b->mem, &b->ram);
    region_init_ram(&b->region, "ram", 0, RAM_SIZE, 0, ram_alloc(&b->ram, RAM_SIZE));
    physmem_add(&b->mem, &b->region);
    clock_init(&b->clock);
    if (!cpu_init(&b->cpu, "max", &b->mem, &b->clock, &b->log, e))
        return false;
    b->engine = engine_new(&b->cpu, &config, e);
    if (!b->engine)
        return false;
    d = b->engine->data;
    memset(d->differ, 0, sizeof d->differ);
    return true;
}

void bench_fini(struct bench *b)
{
    engine_free(b->engine);
    cpu_fini(&b->cpu);
    physmem_fini(&b->mem);
    ram_fini(&b->ram);
}

static void set(struct cpu *cpu, unsigned seg, uint32_t base, uint32_t limit, uint32_t attr)
{
    cpu->seg[seg] = (struct segment){.base = base, .limit = limit, .attr = attr, .sel = 8};
    segment_derive(&cpu->seg[seg]);
}

static void set_flat(struct cpu *cpu, unsigned cpl)
{
    uint32_t attr = WIDE | cpl << SEGA_DPL_SHIFT;

    for (unsigned s = 0; s < SEG_COUNT; s++)
        set(cpu, s, s == SEG_GS ? DATA : 0, 0xffffffff, s == SEG_CS ? attr | SEGA_CODE : attr);
}

static void set_small(struct cpu *cpu)
{
    set_flat(cpu, 3);
    for (unsigned s = 0; s < SEG_COUNT; s++) {
        if (s != SEG_CS)
            set(cpu, s, DATA, 0xffff, SMALL | 3 << SEGA_DPL_SHIFT);
    }
}

static void set_real(struct cpu *cpu)
{
    for (unsigned s = 0; s < SEG_COUNT; s++)
        set(cpu, s, s == SEG_CS ? CODE : DATA, 0xffff, NARROW);
}

static void set_mode(struct cpu *cpu, enum mode mode)
{
    cpu_reset(cpu);
    if (mode == REAL) {
        set_real(cpu);
    } else {
        cpu->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE;
        cpu->cr4 = CR4_OSFXSR | CR4_OSXMMEXCPT;
        cpu->cpl = mode == KERNEL ? 0 : 3;
        if (mode == SEG32)
            set_small(cpu);
        else
            set_flat(cpu, cpu->cpl);
    }
    cpu->fpu.cw = 0x37f;
    cpu->fpu.mxcsr = 0x1f80;
    cpu_post_load(cpu);
}

struct block *bench_translate(struct bench *b, const struct sample *s)
{
    uint8_t *code = b->ram.host + CODE;

    engine_flush(b->engine);
    memset(code, 0xcc, 2 * PAGE_SIZE);
    memcpy(code + s->at, s->first, (size_t)(s->end - s->first));
    set_mode(&b->cpu, s->mode);
    b->cpu.eip = (s->mode == REAL ? 0 : CODE) + s->at;
    return block_find(b->engine, false);
}

struct block *bench_promote(struct bench *b)
{
    struct block *plain = block_find(b->engine, false);

    if (!plain->runs)
        return NULL;
    *plain->runs = 0;
    plain = block_find(b->engine, false);
    return plain->promoted ? plain : NULL;
}
