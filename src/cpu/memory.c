/* memory.c - instructions with several memory operands: ENTER, PUSHA, POPA, CMPXCHG8B, 16-byte
 * loads and stores. */
#include "base/bytes.h"
#include "cpu/internal.h"

/* An immediate that stores have changed before (lift.c). */
uint64_t helper_code_bytes(struct cpu *cpu, uint64_t ram_off, uint64_t size)
{
    return le_get(cpu->mem->ram->host + ram_off, (unsigned)size);
}

/* --- 16-byte operands --- */

static uint32_t linear128(struct cpu *cpu, uint64_t off, uint64_t seg, uint64_t how, bool write)
{
    uint32_t lin = (uint32_t)(cpu->seg[seg].base + off);

    if ((how >> 8 & 1) && (lin & 15))
        cpu_raise_err(cpu, EXC_GP, 0);
    lin = (uint32_t)cpu_linear(cpu, (enum seg_index)seg, (uint32_t)off, 16, write);
    alignment_check(cpu, lin, 16);
    return lin;
}

uint64_t helper_ld128(struct cpu *cpu, uint64_t off, uint64_t seg, uint64_t how)
{
    uint32_t lin = linear128(cpu, off, seg, how, false);
    uint64_t lo = cpu_load(cpu, lin, 8, cpu->mmu), hi = cpu_load(cpu, lin + 8, 8, cpu->mmu);

    cpu->vtmp[how & 1].q[0] = lo;
    cpu->vtmp[how & 1].q[1] = hi;
    return 0;
}

uint64_t helper_st128(struct cpu *cpu, uint64_t off, uint64_t seg, uint64_t how)
{
    uint32_t lin = linear128(cpu, off, seg, how, true);
    const union vec128 *v = &cpu->vtmp[how & 1];

    store_ready(cpu, lin, 8, cpu->mmu);
    store_ready(cpu, lin + 8, 8, cpu->mmu);
    cpu_store(cpu, lin, v->q[0], 8, cpu->mmu);
    cpu_store(cpu, lin + 8, v->q[1], 8, cpu->mmu);
    return 0;
}

/* Always a store, also where the comparison fails (SDM vol. 2A, CMPXCHG8B). */
uint64_t helper_cmpxchg8b(struct cpu *cpu, uint64_t off, uint64_t seg)
{
    uint64_t want = (uint64_t)reg32(cpu, R_DX) << 32 | reg32(cpu, R_AX);
    uint64_t new = (uint64_t)reg32(cpu, R_CX) << 32 | reg32(cpu, R_BX);
    uint32_t lin = (uint32_t)cpu_linear(cpu, (enum seg_index)seg, (uint32_t)off, 8, true);

    uint64_t old = cpu_load_for_write(cpu, lin, 8);
    cpu_store(cpu, lin, old == want ? new : old, 8, cpu->mmu);
    if (old == want) {
        cpu->lahf |= EF_ZF;
        return 0;
    }
    cpu->lahf &= (uint8_t)~EF_ZF;
    cpu->gpr[R_AX] = (uint32_t)old;
    cpu->gpr[R_DX] = old >> 32;
    return 0;
}

/* ARPL writes only what changes. */
uint64_t helper_arpl_mem(struct cpu *cpu, uint64_t off, uint64_t seg, uint64_t src)
{
    uint64_t lin = cpu_linear(cpu, (enum seg_index)seg, (uint32_t)off, 2, false);
    uint64_t v = helper_arpl(cpu, cpu_load(cpu, lin, 2, cpu->mmu), src);

    if (v >> 32) {
        lin = cpu_linear(cpu, (enum seg_index)seg, (uint32_t)off, 2, true);
        cpu_store(cpu, lin, v & 0xffff, 2, cpu->mmu);
    }
    return helper_set_zf(cpu, v >> 32);
}

/* --- stack frames --- */

static void set_reg(struct cpu *cpu, enum gpr r, uint32_t val, uint64_t size)
{
    cpu->gpr[r] = size == 2 ? (cpu->gpr[r] & ~0xffffull) | (val & 0xffff) : val;
}

/* Where PUSHA would go on across FFFFh after some pushes it is #GP, not #SS (SDM vol. 2B, PUSHA,
 * exceptions of real-address and virtual-8086 mode). */
static void check_odd_sp(struct cpu *cpu, const struct stack *st)
{
    uint32_t sp = st->sp & st->mask;

    if ((sp & 1) && sp >= 7 && sp <= 15)
        cpu_raise_err(cpu, EXC_GP, 0);
}

uint64_t helper_pusha(struct cpu *cpu, uint64_t opsize)
{
    uint32_t v[8];
    struct stack st;

    for (unsigned i = 0; i < 8; i++)
        v[i] = reg32(cpu, i);
    stack_current(cpu, &st);
    if (cpu_real(cpu) || cpu_v86(cpu))
        check_odd_sp(cpu, &st);
    stack_push(cpu, &st, v, 8, (unsigned)opsize);
    stack_commit(cpu, &st);
    return 0;
}

/* POP to memory of a processor with QUIRK_LATE_POP. */
uint64_t helper_pop_late(struct cpu *cpu, uint64_t off, uint64_t seg, uint64_t size)
{
    struct stack st;

    stack_current(cpu, &st);
    uint32_t v = stack_peek(cpu, &st, 0, (unsigned)size);
    st.sp = stack_sp_after(&st, (uint32_t)size);
    stack_commit(cpu, &st);
    uint64_t lin = cpu_linear(cpu, (enum seg_index)seg, (uint32_t)off, (unsigned)size, true);
    cpu_store(cpu, lin, v, (unsigned)size, cpu->mmu);
    return 0;
}

bool cpu_pops_late(const struct cpu *cpu)
{
    return cpu_quirk(cpu, QUIRK_LATE_POP);
}

uint64_t helper_popa(struct cpu *cpu, uint64_t opsize)
{
    uint32_t v[8], size = (uint32_t)opsize;
    struct stack st;

    stack_current(cpu, &st);
    for (int i = 7; i >= 0; i--)
        v[i] = stack_peek(cpu, &st, (7 - (uint32_t)i) * size, size);
    for (unsigned i = 0; i < 8; i++) {
        if (i != R_SP)
            set_reg(cpu, i, v[i], size);
    }
    st.sp = stack_sp_after(&st, 8 * size);
    stack_commit(cpu, &st);
    return 0;
}

/* What ENTER may raise: as the instruction goes, each push and each frame pointer read. */
static void enter_checks(struct cpu *cpu, struct stack *st, const struct stack *outer,
                         unsigned level, unsigned size)
{
    stack_probe(cpu, st, 1, size);
    for (unsigned i = 1; i < level; i++) {
        stack_peek(cpu, outer, 0u - i * size, size);
        stack_probe(cpu, st, i + 1, size);
    }
    if (level)
        stack_probe(cpu, st, level + 1, size);
}

/* ENTER size, level: pushes BP, the frame pointers of level - 1 outer frames, and its own.  A frame
 * pointer is read after the pushes before it, which may have changed it. */
uint64_t helper_enter(struct cpu *cpu, uint64_t frame, uint64_t level, uint64_t how)
{
    unsigned size = how & 0xff;
    uint32_t v = reg32(cpu, R_BP), new_bp;
    struct stack st, outer, low;

    level &= 31;
    stack_current(cpu, &st);
    new_bp = stack_sp_after(&st, 0u - size);
    stack_of(cpu, &outer, &cpu->seg[SEG_SS], v, cpu->cpl);
    enter_checks(cpu, &st, &outer, (unsigned)level, size);
    /* The new top of the stack must be writable (SDM vol. 2A, ENTER). */
    low = st;
    low.sp = stack_sp_after(&st, 0u - (uint32_t)level * size - (uint32_t)frame);
    stack_probe(cpu, &low, 1, size);
    stack_push(cpu, &st, &v, 1, size);
    for (unsigned i = 1; i < level; i++) {
        v = stack_peek(cpu, &outer, 0u - i * size, size);
        stack_push(cpu, &st, &v, 1, size);
    }
    if (level)
        stack_push(cpu, &st, &new_bp, 1, size);
    st.sp = stack_sp_after(&st, 0u - (uint32_t)frame);
    stack_commit(cpu, &st);
    set_reg(cpu, R_BP, new_bp, size);
    return 0;
}
