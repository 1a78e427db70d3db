/* stack.c - pushing and popping on the current stack or on one that is about to become current. */
#include "cpu/internal.h"

void stack_of(const struct cpu *cpu, struct stack *s, const struct segment *ss, uint32_t sp,
              unsigned cpl)
{
    *s = (struct stack){.ss = *ss,
                        .sp = sp,
                        .mask = ss->attr & SEGA_DB ? 0xffffffff : 0xffff,
                        .mmu = cpu_mmu(cpu, cpl)};
}

void stack_current(const struct cpu *cpu, struct stack *s)
{
    stack_of(cpu, s, &cpu->seg[SEG_SS], reg32(cpu, R_SP), cpu->cpl);
}

/* Linear address of `size` bytes at offset off, or #SS. */
static uint32_t stack_linear(struct cpu *cpu, const struct stack *s, uint32_t off, unsigned size)
{
    const struct segment *ss = &s->ss;
    uint64_t last = (uint64_t)off + size - 1;
    bool down = (ss->attr & (SEGA_CODE | SEGA_DC)) == SEGA_DC, ok;

    if (down)
        ok = off > ss->limit && last <= (ss->attr & SEGA_DB ? 0xffffffff : 0xffff);
    else
        ok = last <= ss->limit || ss->limit == 0xffffffff;
    if (!ok || !ss->attr)
        raise_overrun(cpu, SEG_SS, s->error);
    return (uint32_t)(ss->base + off);
}

void stack_probe(struct cpu *cpu, struct stack *s, unsigned n, unsigned size)
{
    for (unsigned i = 1; i <= n; i++) {
        uint32_t lin = stack_linear(cpu, s, (s->sp - i * size) & s->mask, size);
        if (s->mmu == TLB_USER)
            alignment_check(cpu, lin, size);
        cpu_probe(cpu, lin, size, TLB_WRITE, s->mmu);
    }
}

void stack_push(struct cpu *cpu, struct stack *s, const uint32_t *v, unsigned n, unsigned size)
{
    stack_probe(cpu, s, n, size);
    for (unsigned i = 0; i < n; i++) {
        uint32_t off = (s->sp - size) & s->mask;
        cpu_store(cpu, (uint32_t)(s->ss.base + off), v[i], size, s->mmu);
        s->sp = (s->sp & ~s->mask) | off;
    }
}

uint32_t stack_peek(struct cpu *cpu, const struct stack *s, uint32_t skip, unsigned size)
{
    uint32_t lin = stack_linear(cpu, s, stack_at(s, skip), size);

    return (uint32_t)cpu_load(cpu, lin, size, s->mmu);
}

void stack_commit(struct cpu *cpu, const struct stack *s)
{
    cpu->gpr[R_SP] = s->mask == 0xffff ? (reg32(cpu, R_SP) & ~0xffffu) | (s->sp & 0xffff) : s->sp;
}

/* Inner SS:ESP in a 32-bit or 16-bit TSS (SDM vol. 3A, figures 7-2 and 7-10). */
static uint16_t tss_stack(struct cpu *cpu, unsigned cpl, unsigned ext, uint32_t *esp)
{
    bool wide = cpu->tr.attr >> 8 & 8;
    uint32_t off = wide ? cpl * 8 + 4 : cpl * 4 + 2, size = wide ? 4 : 2;

    if (off + size * 2 - 1 > cpu->tr.limit)
        cpu_raise_err(cpu, EXC_TS, (cpu->tr.sel & 0xfffcu) | ext);
    *esp = kernel_load(cpu, (uint32_t)(cpu->tr.base + off), size);
    return (uint16_t)kernel_load(cpu, (uint32_t)(cpu->tr.base + off + size), 2);
}

void stack_inner(struct cpu *cpu, unsigned cpl, unsigned ext, struct stack *s, struct desc *ss)
{
    uint32_t esp, err;
    uint16_t sel = tss_stack(cpu, cpl, ext, &esp);
    struct segment seg;

    err = (sel & 0xfffcu) | ext;
    if (sel_null(sel))
        cpu_raise_err(cpu, EXC_TS, ext);
    desc_need(cpu, sel, ss, EXC_TS, ext);
    if ((sel & 3) != cpl || desc_dpl(ss) != cpl || !desc_writable(ss))
        cpu_raise_err(cpu, EXC_TS, err);
    if (!desc_is(ss, SEGA_P))
        cpu_raise_err(cpu, EXC_SS, err);
    desc_to_segment(&seg, sel, ss);
    stack_of(cpu, s, &seg, esp, cpl);
    s->error = err;
}
