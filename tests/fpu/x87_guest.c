/* x87_guest.c - runs x87 cases on an engine, one instruction each. */
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "fpu/x87_bench.h"
#include "translate/translate.h"

enum { RAM_SIZE = 0x40000, CODE = 0x1000, OPERAND = 0x10000 };

struct x87_guest {
    struct ram ram;
    struct physmem mem;
    struct region region;
    struct clock clock;
    struct log log;
    struct cpu cpu;
    struct engine *engine;
    unsigned op; /* of the code that stands */
};

static void set_flat(struct segment *s, uint16_t sel, uint32_t attr)
{
    *s = (struct segment){.sel = sel,
                          .limit = 0xffffffff,
                          .attr = attr | SEGA_P | SEGA_S | SEGA_A | SEGA_RW | SEGA_DB | SEGA_G};
    segment_derive(s);
}

struct x87_guest *x87_guest_new(const char *engine, struct err *e)
{
    struct engine_config config = {.name = engine, .cache_bytes = 4 << 20};
    struct x87_guest *g = calloc(1, sizeof *g);

    if (!g || !ram_init(&g->ram, RAM_SIZE, e))
        return NULL;
    physmem_init(&g->mem, &g->ram);
    region_init_ram(&g->region, "ram", 0, RAM_SIZE, 0, ram_alloc(&g->ram, RAM_SIZE));
    physmem_add(&g->mem, &g->region);
    clock_init(&g->clock);
    log_init(&g->log);
    if (!cpu_init(&g->cpu, "max", &g->mem, &g->clock, &g->log, e))
        return NULL;
    g->engine = engine_new(&g->cpu, &config, e);
    if (!g->engine)
        return NULL;
    cpu_reset(&g->cpu);
    g->cpu.cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        set_flat(&g->cpu.seg[i], i == SEG_CS ? 8 : 16, i == SEG_CS ? SEGA_CODE : 0);
    cpu_post_load(&g->cpu);
    g->op = ~0u;
    return g;
}

void x87_guest_free(struct x87_guest *g)
{
    if (!g)
        return;
    engine_free(g->engine);
    cpu_fini(&g->cpu);
    physmem_fini(&g->mem);
    ram_fini(&g->ram);
    free(g);
}

/* The instruction, its operand at [esi], and HLT. */
static void put_code(struct x87_guest *g, unsigned op)
{
    uint8_t *code = g->ram.host + CODE;

    code[0] = (uint8_t)(0xd8 | op >> 8);
    code[1] = (uint8_t)((op & 0xc0) == 0xc0 ? op : (op & 0x38) | 6);
    code[2] = 0xf4;
    engine_code_write(g->engine, CODE, 3);
    g->op = op;
}

void x87_guest_run(struct x87_guest *g, struct x87_case *c)
{
    struct cpu *cpu = &g->cpu;

    if (c->op != g->op)
        put_code(g, c->op);
    memcpy(g->ram.host + OPERAND, c->mem, sizeof c->mem);
    x87_image_load(&cpu->fpu, &c->state);
    cpu->gpr[R_SI] = OPERAND;
    cpu->eip = CODE;
    cpu->halted = false;
    cpu_set_eflags(cpu, (uint32_t)c->rflags | 2);
    cpu_update_mode(cpu);
    engine_run(g->engine, cpu_count(cpu) + 100);
    x87_image_save(&cpu->fpu, &c->state);
    memcpy(c->mem, g->ram.host + OPERAND, sizeof c->mem);
    c->rflags = cpu_eflags(cpu) & EF_STATUS;
}
