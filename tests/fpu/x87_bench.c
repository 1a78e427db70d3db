/* x87_bench.c - memory and faults for tests of the x87 without the rest of the CPU. */
#include "fpu/x87_bench.h"
#include "cpu/internal.h"
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

static bool condition(unsigned op, uint64_t fl)
{
    static const uint16_t mask[4] = {EF_CF, EF_ZF, EF_CF | EF_ZF, EF_PF};
    bool set = fl & mask[op >> 3 & 3];

    return set != (op >> 8 == 3);
}

void soft_x87_run(struct bench *b, struct x87_case *c)
{
    struct cpu *cpu = &b->cpu;
    unsigned row = c->op >> 8, reg = c->op & 0xf8;

    x87_image_load(&cpu->fpu, &c->state);
    memcpy(b->mem, c->mem, sizeof(c->mem));
    cpu->lahf = (c->rflags & 0xd5) | 2;
    cpu->of = c->rflags >> 11 & 1;
    if ((row == 3 || row == 7) && (reg == 0xe8 || reg == 0xf0))
        helper_x87_fcomi(cpu, c->op, 0, 0, 0);
    else if ((row == 2 || row == 3) && reg >= 0xc0 && reg <= 0xd8)
        helper_x87_fcmov(cpu, c->op, condition(c->op, c->rflags), 0);
    else
        bench_x87(b, c->op, 0);
    memcpy(c->mem, b->mem, sizeof(c->mem));
    c->rflags = cpu_eflags(cpu) & EF_STATUS;
    bench_x87(b, 0x530, 64); /* FNSAVE */
    memcpy(&c->state, b->mem + 64, sizeof(c->state));
}
