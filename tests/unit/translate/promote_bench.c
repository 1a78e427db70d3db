/* promote_bench.c - the bench of test_promote.c. */
#include "promote_bench.h"
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/err.h"

enum { P = 1, W = 2, U = 4 };
enum { FLAT = SEGA_P | SEGA_S | SEGA_A | SEGA_RW | SEGA_DB | SEGA_G, USER = 3 << SEGA_DPL_SHIFT };

/* --- memory --- */

void bench_put32(struct bench *b, uint32_t ram_off, uint32_t v)
{
    for (unsigned n = 0; n < GUESTS; n++)
        le32_put(b->g[n].ram.host + ram_off, v);
}

uint32_t bench_get32(const struct bench *b, uint32_t ram_off)
{
    return le32_get(b->g[PROMOTED].ram.host + ram_off);
}

static void put_desc(struct bench *b, unsigned sel, uint32_t base, uint32_t limit, uint32_t attr)
{
    bench_put32(b, GDT + sel, (limit & 0xffff) | base << 16);
    bench_put32(b, GDT + sel + 4,
                (base >> 16 & 0xff) | (limit & 0xf0000) | attr | (base & 0xff000000));
}

static void put_tables(struct bench *b)
{
    put_desc(b, 0x08, 0, 0xfffff, FLAT | SEGA_CODE);
    put_desc(b, 0x10, 0, 0xfffff, FLAT);
    put_desc(b, 0x18, 0, 0xfffff, FLAT | SEGA_CODE | USER);
    put_desc(b, 0x20, 0, 0xfffff, FLAT | USER);
    put_desc(b, 0x28, TSS, 0x67, SEGA_P | 11 << 8);
    bench_put32(b, TSS + 4, STACK0);
    bench_put32(b, TSS + 8, 0x10);
    for (unsigned v = 0; v < 256; v++) {
        bench_put32(b, IDT + v * 8, (HANDLERS + v * 8) | 0x08 << 16);
        bench_put32(b, IDT + v * 8 + 4, 0x8e00);
        bench_put32(b, HANDLERS + v * 8, 0xf4);
    }
}

static void put_pages(struct bench *b)
{
    bench_put32(b, PAGE_DIR, TABLE_LOW | P | W | U);
    bench_put32(b, PAGE_DIR + 4, TABLE_MID | P | W | U);
    bench_put32(b, PAGE_DIR + 1023 * 4, TABLE_TOP | P | W | U);
    for (unsigned n = 0; n < RAM_SIZE / PAGE_SIZE; n++)
        bench_put32(b, TABLE_LOW + n * 4, n * PAGE_SIZE | P | W | U);
    for (unsigned n = 0; n < MID_PAGES; n++)
        bench_put32(b, TABLE_MID + n * 4, (DATA + n * PAGE_SIZE) | P | W | U);
    bench_put32(b, TABLE_MID + MID_PAGES * 4, SPARE | P | U);
    bench_put32(b, TABLE_MID + (DEVICE - MID) / PAGE_SIZE * 4, DEVICE_PHYS | P | W | U);
    bench_put32(b, TABLE_TOP + 1023 * 4, TOP_RAM | P | W | U);
    for (uint32_t at = DATA; at < OUT; at += 4)
        bench_put32(b, at, at * 0x9e3779b9u);
    for (uint32_t at = TOP_RAM; at < TOP_RAM + PAGE_SIZE; at += 4)
        bench_put32(b, at, ~at * 0x85ebca6bu);
}

/* --- the world around --- */

static void note(struct guest *g, uint64_t what, uint64_t off, uint64_t val)
{
    g->accesses++;
    g->trace =
        (g->trace ^ what ^ off << 8 ^ val << 24 ^ cpu_count(&g->cpu)) * 0x9e3779b97f4a7c15ull;
    g->trace ^= g->trace >> 29;
}

static uint64_t device_read(void *opaque, uint64_t off, unsigned size)
{
    struct guest *g = opaque;

    note(g, size, off, 0);
    return g->trace;
}

static void device_write(void *opaque, uint64_t off, uint64_t val, unsigned size)
{
    note(opaque, size + 16, off, val);
}

static uint64_t count_of(void *opaque)
{
    return cpu_count(&((struct guest *)opaque)->cpu);
}

static void map_changed(void *opaque)
{
    struct guest *g = opaque;

    g->cpu.flush_pending = true;
    cpu_kick(&g->cpu);
}

static void code_written(void *opaque, uint64_t ram_off, uint64_t len)
{
    engine_code_write(((struct guest *)opaque)->engine, ram_off, len);
}

static bool guest_init(struct guest *g, enum which which, struct err *e)
{
    static const struct mem_ops ops = {device_read, device_write, 1, 4};
    const struct engine_config config = {.name = which == INTERPRETED ? "interp" : "jit",
                                         .cache_bytes = 1 << 20,
                                         .hot = which == PROMOTED ? 1 : INT32_MAX};

    log_init(&g->log);
    if (!ram_init(&g->ram, RAM_SIZE, e))
        return false;
    physmem_init(&g->mem, &g->ram);
    region_init_ram(&g->low, "ram", 0, RAM_SIZE, 0, ram_alloc(&g->ram, RAM_SIZE));
    physmem_add(&g->mem, &g->low);
    region_init_ops(&g->device, "device", DEVICE_PHYS, PAGE_SIZE, 0, &ops, g);
    physmem_add(&g->mem, &g->device);
    clock_init(&g->clock);
    g->clock.count = count_of;
    g->mem.changed = map_changed;
    g->mem.code_write = code_written;
    g->clock.opaque = g->mem.opaque = g;
    if (!cpu_init(&g->cpu, "max", &g->mem, &g->clock, &g->log, e))
        return false;
    g->engine = engine_new(&g->cpu, &config, e);
    return g->engine != NULL;
}

int bench_setup(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    struct err e = {""};

    *state = b;
    for (enum which n = 0; n < GUESTS; n++) {
        if (!guest_init(&b->g[n], n, &e)) {
            fprintf(stderr, "%s\n", e.msg);
            return 1;
        }
    }
    put_tables(b);
    put_pages(b);
    return 0;
}

int bench_teardown(void **state)
{
    struct bench *b = *state;

    for (unsigned n = 0; n < GUESTS; n++) {
        engine_free(b->g[n].engine);
        cpu_fini(&b->g[n].cpu);
        physmem_fini(&b->g[n].mem);
        ram_fini(&b->g[n].ram);
    }
    free(b);
    return 0;
}

/* --- the processor --- */

static void set_segments(struct cpu *cpu, unsigned cpl)
{
    for (unsigned s = 0; s < SEG_COUNT; s++) {
        uint32_t attr = FLAT | cpl << SEGA_DPL_SHIFT | (s == SEG_CS ? SEGA_CODE : 0);
        uint16_t sel = (uint16_t)((cpl ? 0x18 : 0x08) + (s == SEG_CS ? 0 : 8) + cpl);
        cpu->seg[s] = (struct segment){.limit = 0xffffffff, .attr = attr, .sel = sel};
        segment_derive(&cpu->seg[s]);
    }
}

static void set_state(struct cpu *cpu, unsigned cpl)
{
    cpu_reset(cpu);
    cpu->gdt = (struct table_reg){.base = GDT, .limit = 0x2f};
    cpu->idt = (struct table_reg){.base = IDT, .limit = 0x7ff};
    cpu->tr = (struct segment){.base = TSS, .limit = 0x67, .attr = SEGA_P | 11 << 8, .sel = 0x28};
    cpu->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
    cpu->cr3 = PAGE_DIR;
    cpu->cr4 = CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    set_segments(cpu, cpl);
    cpu->cpl = (uint8_t)cpl;
    memset(cpu->gpr, 0, sizeof cpu->gpr);
    cpu->gpr[R_SI] = DATA;
    cpu->gpr[R_DI] = OUT;
    cpu->gpr[R_BX] = MID;
    cpu->gpr[R_BP] = TABLE_MID;
    cpu->gpr[R_DX] = DEVICE;
    cpu->gpr[R_SP] = STACK;
    cpu->eip = CODE;
    cpu_post_load(cpu);
}

void bench_load(struct bench *b, struct program p)
{
    for (unsigned n = 0; n < GUESTS; n++) {
        struct guest *g = &b->g[n];
        memset(g->ram.dirty, DIRTY_ALL, RAM_SIZE / PAGE_SIZE);
        memcpy(g->ram.host + CODE, p.first, (size_t)(p.end - p.first));
        engine_flush(g->engine);
        tlb_flush(&g->cpu.tlb, false);
        set_state(&g->cpu, b->cpl);
    }
}

void bench_handler(struct bench *b, unsigned vector, struct program p)
{
    for (unsigned n = 0; n < GUESTS; n++)
        memcpy(b->g[n].ram.host + HANDLERS + vector * 8, p.first, (size_t)(p.end - p.first));
}

void bench_set(struct bench *b, unsigned reg, uint32_t v)
{
    for (unsigned n = 0; n < GUESTS; n++)
        b->g[n].cpu.gpr[reg] = v;
}

/* --- running, and what must be the same --- */

static void run(struct guest *g, uint64_t until)
{
    while (cpu_count(&g->cpu) < until) {
        if (engine_run(g->engine, until) != CPU_EXIT_LIMIT)
            break;
    }
    g->cpu.limit = cpu_count(&g->cpu);
    g->cpu.budget = 0;
    cpu_forget_passed(&g->cpu);
}

static void assert_same_tlb(struct guest *a, struct guest *c)
{
    struct state_buf x = {0}, y = {0};

    tlb_save(&a->cpu.tlb, &x);
    tlb_save(&c->cpu.tlb, &y);
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.data, y.data, x.len);
    state_buf_fini(&x);
    state_buf_fini(&y);
}

static void assert_same(struct guest *a, struct guest *c)
{
    if (state_hash(cpu_state, &a->cpu, 0) != state_hash(cpu_state, &c->cpu, 0)) {
        state_diff(cpu_state, &a->cpu, &c->cpu, "cpu.", stderr);
        fail();
    }
    assert_memory_equal(a->ram.host, c->ram.host, RAM_SIZE);
    assert_int_equal(a->accesses, c->accesses);
    assert_int_equal(a->trace, c->trace);
    assert_same_tlb(a, c);
}

void bench_go(struct bench *b, uint64_t count)
{
    uint64_t until = cpu_count(&b->g[0].cpu) + count;

    for (unsigned n = 0; n < GUESTS; n++)
        run(&b->g[n], until);
    for (unsigned n = 1; n < GUESTS; n++)
        assert_same(&b->g[0], &b->g[n]);
}

void bench_run(struct bench *b, struct program p)
{
    bench_load(b, p);
    bench_go(b, 100000000);
    assert_true(b->g[PROMOTED].cpu.halted);
}
