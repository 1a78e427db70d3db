/* sys_bench.c - the bench of the tests of the CPU's system side. */
#include <stdlib.h>
#include <string.h>
#include "sys_bench.h"

static uint32_t port_in(void *opaque, uint16_t port, unsigned size)
{
    (void)port;
    (void)size;
    return ((struct bench *)opaque)->port_value++;
}

static unsigned port_in_many(void *opaque, uint16_t port, void *buf, unsigned size, unsigned count)
{
    struct bench *b = opaque;
    unsigned n = count < b->port_taken ? count : b->port_taken;

    for (unsigned i = 0; i < n; i++)
        le_put((uint8_t *)buf + i * size, port_in(b, port, size), size);
    b->port_taken -= n;
    return n;
}

static void port_out(void *opaque, uint16_t port, uint32_t val, unsigned size)
{
    struct bench *b = opaque;

    (void)port;
    (void)size;
    b->port_log[b->port_writes++ % 64] = val;
}

static int int_ack(void *opaque)
{
    struct bench *b = opaque;

    b->cpu.intr = false;
    return b->vector;
}

int bench_setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    *state = b;
    if (!ram_init(&b->ram, 1 << 20, NULL))
        return 1;
    physmem_init(&b->mem, &b->ram);
    region_init_ram(&b->low, "low", 0, 1 << 20, 0, ram_alloc(&b->ram, 1 << 20));
    physmem_add(&b->mem, &b->low);
    if (!cpu_init(&b->cpu, "max", &b->mem, NULL, NULL, NULL))
        return 1;
    b->cpu.hooks = (struct cpu_hooks){.opaque = b,
                                      .port_in = port_in,
                                      .port_in_many = port_in_many,
                                      .port_out = port_out,
                                      .int_ack = int_ack};
    b->cpu.limit = 1000000;
    b->cpu.budget = 999000;
    return 0;
}

int bench_teardown(void **state)
{
    struct bench *b = *state;

    cpu_fini(&b->cpu);
    physmem_fini(&b->mem);
    ram_fini(&b->ram);
    free(b);
    return 0;
}

uint32_t bench_get(const struct bench *b, uint32_t at)
{
    return le32_get(b->ram.host + at);
}

void bench_put(struct bench *b, uint32_t at, uint32_t val)
{
    le32_put(b->ram.host + at, val);
}

void bench_desc(struct bench *b, unsigned sel, uint32_t base, uint32_t limit, uint32_t attr)
{
    uint32_t at = GDT + (sel & 0xfff8);

    bench_put(b, at, (base & 0xffff) << 16 | (limit & 0xffff));
    bench_put(b, at + 4, (base & 0xff000000) | (base >> 16 & 0xff) | (limit & 0xf0000) | attr);
}

void bench_gate(struct bench *b, uint32_t at, unsigned sel, uint32_t off, unsigned type,
                unsigned dpl, unsigned params)
{
    bench_put(b, at, sel << 16 | (off & 0xffff));
    bench_put(b, at + 4, (off & 0xffff0000) | SEGA_P | dpl << SEGA_DPL_SHIFT | type << 8 | params);
}

void bench_idt(struct bench *b, unsigned vector, unsigned type, unsigned dpl)
{
    bench_gate(b, IDT + vector * 8, KCODE, HANDLER + vector * 16, type, dpl, 0);
}

static void make_tables(struct bench *b)
{
    uint32_t flat = SEGA_P | SEGA_S | SEGA_G | SEGA_DB | SEGA_RW, user = 3 << SEGA_DPL_SHIFT;

    bench_desc(b, KCODE, 0, 0xfffff, flat | SEGA_CODE);
    bench_desc(b, KDATA, 0, 0xfffff, flat);
    bench_desc(b, UCODE, 0, 0xfffff, flat | SEGA_CODE | user);
    bench_desc(b, UDATA, 0, 0xfffff, flat | user);
    bench_desc(b, TSS_A, TSS, 0xff, SEGA_P | SYS_TSS32 << 8);
    bench_desc(b, TSS_B, TSS2, 0x67, SEGA_P | SYS_TSS32 << 8);
    bench_desc(b, TSS16_B, TSS2, 0x2b, SEGA_P | SYS_TSS16 << 8);
    bench_desc(b, CONFORMING, 0, 0xfffff, flat | SEGA_CODE | SEGA_DC);
    for (unsigned i = 0; i < 32; i++)
        bench_idt(b, i, SYS_INT32, 0);
    bench_put(b, TSS + 4, KSTACK);
    bench_put(b, TSS + 8, KDATA);
    bench_put(b, TSS + 100, 0x680000 | 0 << 16);
}

static void load_segment(struct bench *b, unsigned seg, uint16_t sel)
{
    assert_runs(b, helper_load_far_seg(&b->cpu, seg, sel));
}

void bench_protected(struct bench *b)
{
    struct cpu *cpu = &b->cpu;

    make_tables(b);
    cpu->gdt = (struct table_reg){.base = GDT, .limit = 0x7f};
    cpu->idt = (struct table_reg){.base = IDT, .limit = 0x7ff};
    cr0_set(cpu, CR0_PE);
    assert_runs(b, helper_jmp_far(cpu, KCODE, 0x100, 4, 0));
    for (unsigned i = 0; i < SEG_COUNT; i++) {
        if (i != SEG_CS)
            load_segment(b, i, KDATA);
    }
    assert_runs(b, helper_ltr(cpu, TSS_A));
    cpu->gpr[R_SP] = KSTACK;
}

void bench_user(struct bench *b)
{
    struct cpu *cpu = &b->cpu;

    bench_put(b, KSTACK - 20, 0x300);
    bench_put(b, KSTACK - 16, UCODE);
    bench_put(b, KSTACK - 12, 0x202);
    bench_put(b, KSTACK - 8, USTACK);
    bench_put(b, KSTACK - 4, UDATA);
    cpu->gpr[R_SP] = KSTACK - 20;
    assert_runs(b, helper_iret(cpu, 4, 0));
    for (unsigned i = SEG_DS; i < SEG_COUNT; i++)
        load_segment(b, i, UDATA);
    load_segment(b, SEG_ES, UDATA);
}
