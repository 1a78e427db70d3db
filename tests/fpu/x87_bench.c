/* x87_bench.c - memory, faults and random operands for tests of the x87. */
#include "fpu/x87_bench.h"
#include "cpu/internal.h"
#include <stdio.h>
#include <string.h>

static struct bench *of(struct cpu *cpu)
{
    return (struct bench *)cpu;
}

uint64_t cpu_linear(struct cpu *cpu, enum seg_index seg, uint64_t off, unsigned size, bool write)
{
    (void)seg;
    (void)write;
    if (off + size > sizeof(of(cpu)->mem))
        cpu_raise_err(cpu, EXC_GP, 0);
    return off;
}

uint64_t cpu_load(struct cpu *cpu, uint64_t lin, unsigned size, enum tlb_mmu mmu)
{
    uint64_t v = 0;

    (void)mmu;
    for (unsigned i = 0; i < size; i++)
        v |= (uint64_t)of(cpu)->mem[lin + i] << 8 * i;
    return v;
}

void cpu_store(struct cpu *cpu, uint64_t lin, uint64_t val, unsigned size, enum tlb_mmu mmu)
{
    (void)mmu;
    for (unsigned i = 0; i < size; i++)
        of(cpu)->mem[lin + i] = (uint8_t)(val >> 8 * i);
}

void cpu_probe(struct cpu *cpu, uint64_t lin, unsigned size, enum tlb_kind kind, enum tlb_mmu mmu)
{
    (void)kind;
    (void)mmu;
    if (lin + size > sizeof(of(cpu)->mem))
        cpu_raise_err(cpu, EXC_PF, 0);
}

/* The bench checks no alignment. */
void alignment_check(struct cpu *cpu, uint64_t lin, unsigned size)
{
    (void)cpu;
    (void)lin;
    (void)size;
}

void cpu_raise(struct cpu *cpu, unsigned vector)
{
    of(cpu)->vector = (int)vector;
    longjmp(of(cpu)->fault, 1);
}

void cpu_raise_err(struct cpu *cpu, unsigned vector, uint32_t error)
{
    (void)error;
    cpu_raise(cpu, vector);
}

/* The mode is for translated code, of which there is none here. */
void cpu_update_mode(struct cpu *cpu)
{
    (void)cpu;
}

static void note_ferr(void *opaque, bool level)
{
    ((struct bench *)opaque)->ferr = level;
}

void bench_init(struct bench *b)
{
    memset(b, 0, sizeof(*b));
    b->cpu.cr0 = CR0_PE | CR0_NE;
    b->cpu.fpu.cw = FCW_INIT;
    b->cpu.hooks.opaque = b;
    b->cpu.hooks.ferr = note_ferr;
    b->vector = -1;
}

bool bench_x87(struct bench *b, unsigned op, uint64_t ea)
{
    b->vector = -1;
    if (setjmp(b->fault))
        return false;
    helper_x87(&b->cpu, op, ea, SEG_DS | 4 << 8, 0x1234);
    return true;
}

uint64_t rng_next(struct rng *r)
{
    r->s ^= r->s >> 12;
    r->s ^= r->s << 25;
    r->s ^= r->s >> 27;
    return r->s * 0x2545f4914f6cdd1d;
}

unsigned rng_below(struct rng *r, unsigned n)
{
    return (unsigned)((rng_next(r) >> 32) * n >> 32);
}

/* 64 bits: noise, few bits, long runs, or nearly all the same. */
uint64_t rng_bits(struct rng *r)
{
    uint64_t v = rng_next(r);

    switch (rng_below(r, 8)) {
    case 0:
        return 0;
    case 1:
        return ~(uint64_t)0;
    case 2:
        return (uint64_t)1 << rng_below(r, 64);
    case 3:
        return ~((uint64_t)1 << rng_below(r, 64));
    case 4:
        return ~(uint64_t)0 << rng_below(r, 64);
    case 5:
        return (v & 0xff) << rng_below(r, 64) | rng_below(r, 2);
    default:
        return v;
    }
}

static unsigned edge_exponent(struct rng *r, unsigned max)
{
    unsigned bias = max >> 1;

    switch (rng_below(r, 16)) {
    case 0:
        return 0;
    case 1:
        return 1 + rng_below(r, 4);
    case 2:
        return max;
    case 3:
        return max - 1 - rng_below(r, 4);
    case 4:
        return rng_below(r, max);
    case 5:
        return (bias >> 1) + rng_below(r, 8) - 4;
    case 6:
        return bias + (bias >> 1) + rng_below(r, 8) - 4;
    default:
        return bias + rng_below(r, 80) - 40;
    }
}

struct f80 rng_f80(struct rng *r)
{
    unsigned exp = edge_exponent(r, 0x7fff);
    struct f80 v = {.man = rng_bits(r)};

    if (rng_below(r, 8) == 0) /* around the ranges of single and double */
        exp = 0x3fff + (rng_below(r, 2) ? 1023 : 127) * (rng_below(r, 2) ? 1u : ~0u) +
              rng_below(r, 64) - 56;
    if (rng_below(r, 32))
        v.man = exp ? v.man | SF_INT_BIT : v.man & ~SF_INT_BIT;
    v.se = (uint16_t)((exp & 0x7fff) | (rng_next(r) & 0x8000));
    return v;
}

uint64_t rng_f64(struct rng *r)
{
    return (uint64_t)edge_exponent(r, 0x7ff) << 52 | rng_bits(r) >> 12 | rng_next(r) >> 63 << 63;
}

uint32_t rng_f32(struct rng *r)
{
    return (uint32_t)((uint32_t)edge_exponent(r, 0xff) << 23 | rng_bits(r) >> 41 |
                      rng_next(r) >> 63 << 31);
}
