/* x87_guest.c - runs x87 cases on an engine: a loop of guest code that does one instruction to each
 * of an array of states.
 *
 *     next: frstor [esi+state] ; flags from [esi+rflags] ; the instruction, its operand at [esi]
 *           flags to [esi+rflags] ; fnsave [esi+state] ; add esi, size ; dec ecx ; jnz next ; hlt
 */
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/err.h"
#include "fpu/x87_bench.h"
#include "translate/translate.h"

enum { RAM_SIZE = 0x40000, CODE = 0x1000, CASES = 0x10000 };
_Static_assert(CASES + X87_BATCH * sizeof(struct x87_case) <= RAM_SIZE, "the batch fits");

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

static void put_code(struct x87_guest *g, unsigned op)
{
    enum { STATE = offsetof(struct x87_case, state), FLAGS = offsetof(struct x87_case, rflags) };
    const uint8_t code[] = {
        0xdd,
        0x66,
        STATE, /* frstor [esi + STATE] */
        0x8a,
        0xa6,
        FLAGS & 0xff,
        0,
        0,
        0, /* mov ah, [esi + FLAGS] */
        0x8a,
        0x86,
        (FLAGS + 1) & 0xff,
        0,
        0,
        0, /* mov al, [esi + FLAGS + 1] */
        0xc0,
        0xe8,
        3, /* shr al, 3 */
        0x24,
        1, /* and al, 1 */
        0x04,
        0x7f, /* add al, 7Fh */
        0x9e, /* sahf */
        (uint8_t)(0xd8 | op >> 8),
        (uint8_t)((op & 0xc0) == 0xc0 ? op : (op & 0x38) | 6), /* the instruction */
        0x9f,                                                  /* lahf */
        0x0f,
        0x90,
        0xc0, /* seto al */
        0xc0,
        0xe0,
        3, /* shl al, 3 */
        0x88,
        0xa6,
        FLAGS & 0xff,
        0,
        0,
        0, /* mov [esi + FLAGS], ah */
        0x88,
        0x86,
        (FLAGS + 1) & 0xff,
        0,
        0,
        0, /* mov [esi + FLAGS + 1], al */
        0xdd,
        0x76,
        STATE, /* fnsave [esi + STATE] */
        0x81,
        0xc6,
        sizeof(struct x87_case),
        0,
        0,
        0,    /* add esi, size */
        0x49, /* dec ecx */
        0x0f,
        0x85 /* jnz */
    };
    uint32_t at = CODE + sizeof code;

    _Static_assert(FLAGS + 1 < 256 && sizeof(struct x87_case) < 256, "fit a byte");
    memcpy(g->ram.host + CODE, code, sizeof code);
    le32_put(g->ram.host + at, CODE - (at + 4));
    g->ram.host[at + 4] = 0xf4;
    engine_code_write(g->engine, CODE, sizeof code + 5);
    g->op = op;
}

void x87_guest_run(struct x87_guest *g, struct x87_case *c, unsigned n)
{
    struct cpu *cpu = &g->cpu;

    if (c->op != g->op)
        put_code(g, c->op);
    memcpy(g->ram.host + CASES, c, n * sizeof *c);
    cpu->gpr[R_SI] = CASES;
    cpu->gpr[R_CX] = n;
    cpu->eip = CODE;
    cpu->halted = false;
    cpu->cpl = 0;
    cpu_set_eflags(cpu, 2);
    cpu_post_load(cpu);
    engine_run(g->engine, cpu_count(cpu) + 100ull * n + 1000);
    memcpy(c, g->ram.host + CASES, n * sizeof *c);
    for (unsigned i = 0; i < n; i++)
        c[i].rflags &= EF_STATUS;
}
