/* regs.c - where temporaries live: four host registers, and spill slots in struct cpu. */
#include <assert.h>
#include <string.h>
#include "translate/backend/x86_64/jit.h"

const uint8_t guest_home[8] = {RAX, RCX, RDX, RBX, R12, RBP, RSI, RDI};

bool reg_is_temp(unsigned reg)
{
    return reg >= TEMP_FIRST && reg < TEMP_FIRST + TEMP_COUNT;
}

static size_t slot_off(unsigned slot)
{
    return offsetof(struct cpu, scratch) + slot * 8;
}

static bool names_tmp(const struct ir_insn *i)
{
    return ir_any_tmp(i->dst | i->dst2 | i->a | i->b | i->c);
}

static void note_use(struct jit *j, ir_ref r, size_t n)
{
    if (ir_is_tmp(r))
        j->last_use[ir_tmp(r)] = (uint16_t)n;
}

void regs_begin(struct jit *j)
{
    memset(j->tmp_loc, NOREG, j->ir->tmps);
    j->free = BIT(TEMP_COUNT) - 1;
    j->slots = 0;
    j->pinned = j->scratch = 0;
    for (size_t n = 0; n < j->ir->code.len; n++) {
        const struct ir_insn *i = &j->ir->code.at[n];

        if (!names_tmp(i))
            continue;
        note_use(j, i->dst, n);
        note_use(j, i->dst2, n);
        note_use(j, i->a, n);
        note_use(j, i->b, n);
        note_use(j, i->c, n);
    }
}

static void drop_tmp(struct jit *j, unsigned tmp)
{
    uint8_t loc = j->tmp_loc[tmp];

    if (loc == NOREG)
        return;
    if (loc & SPILLED)
        j->slots &= (uint16_t)~BIT(loc & 15);
    else
        j->free |= (uint8_t)BIT(loc - TEMP_FIRST);
    j->tmp_loc[tmp] = NOREG;
}

void reg_drop(struct jit *j, ir_ref tmp)
{
    drop_tmp(j, ir_tmp(tmp));
}

static void free_if_last(struct jit *j, ir_ref r)
{
    if (ir_is_tmp(r) && j->last_use[ir_tmp(r)] <= j->pos)
        drop_tmp(j, ir_tmp(r));
}

void regs_after(struct jit *j)
{
    const struct ir_insn *i = j->cur;

    if (names_tmp(i)) {
        free_if_last(j, i->a);
        free_if_last(j, i->b);
        free_if_last(j, i->c);
        free_if_last(j, i->dst);
        free_if_last(j, i->dst2);
    }
    regs_unpin(j);
}

static void spill(struct jit *j, unsigned n)
{
    unsigned tmp = j->reg_tmp[n], slot = 0;

    while (j->slots & BIT(slot))
        slot++;
    assert(slot < SPILL_SLOTS);
    j->slots |= (uint16_t)BIT(slot);
    x_st_state(j, 8, TEMP_FIRST + n, slot_off(slot));
    j->tmp_loc[tmp] = (uint8_t)(SPILLED | slot);
    j->free |= (uint8_t)BIT(n);
}

static unsigned reg_to_spill(const struct jit *j)
{
    unsigned best = TEMP_COUNT;

    for (unsigned n = 0; n < TEMP_COUNT; n++) {
        if ((j->pinned | j->scratch) & BIT(n))
            continue;
        if (best == TEMP_COUNT || j->last_use[j->reg_tmp[n]] > j->last_use[j->reg_tmp[best]])
            best = n;
    }
    assert(best < TEMP_COUNT);
    return best;
}

static unsigned take_reg(struct jit *j)
{
    unsigned n;

    if (!j->free)
        spill(j, reg_to_spill(j));
    n = (unsigned)__builtin_ctz(j->free);
    j->free &= (uint8_t)~BIT(n);
    return n;
}

unsigned reg_scratch(struct jit *j)
{
    unsigned n = take_reg(j);
    j->scratch |= (uint8_t)BIT(n);
    return TEMP_FIRST + n;
}

void reg_release(struct jit *j, unsigned reg)
{
    uint8_t bit = reg_is_temp(reg) ? j->scratch & BIT(reg - TEMP_FIRST) : 0;

    j->free |= bit;
    j->scratch &= (uint8_t)~bit;
}

void regs_unpin(struct jit *j)
{
    j->free |= j->scratch;
    j->pinned = j->scratch = 0;
}

bool ref_value(struct jit *j, ir_ref r, uint64_t *v)
{
    if (!ir_is_const(r))
        return false;
    if (ir_is_eip(j->ir, r))
        j->eip_seen = true;
    *v = ir_const_value(j->ir, r);
    return true;
}

unsigned reg_use(struct jit *j, ir_ref r, unsigned size)
{
    unsigned n, tmp;
    uint64_t v;

    if (ir_is_gpr(r))
        return ir_high(r) ? HIGH + ir_gpr(r) : guest_home[ir_gpr(r)];
    if (ref_value(j, r, &v)) {
        n = reg_scratch(j);
        x_mov_ri(j, n, v & mask_bytes(size));
        note_eip(j, r);
        return n;
    }
    tmp = ir_tmp(r);
    assert(j->tmp_loc[tmp] != NOREG);
    if (j->tmp_loc[tmp] & SPILLED) {
        unsigned slot = j->tmp_loc[tmp] & 15;
        n = take_reg(j);
        x_ld_state(j, 8, TEMP_FIRST + n, slot_off(slot));
        j->slots &= (uint16_t)~BIT(slot);
        j->reg_tmp[n] = (uint16_t)tmp;
        j->tmp_loc[tmp] = (uint8_t)(TEMP_FIRST + n);
    }
    n = j->tmp_loc[tmp];
    j->pinned |= (uint8_t)BIT(n - TEMP_FIRST);
    return n;
}

unsigned reg_def(struct jit *j, ir_ref r)
{
    unsigned n, tmp;

    if (ir_is_gpr(r))
        return ir_high(r) ? HIGH + ir_gpr(r) : guest_home[ir_gpr(r)];
    tmp = ir_tmp(r);
    if (j->tmp_loc[tmp] != NOREG && j->tmp_loc[tmp] & SPILLED)
        drop_tmp(j, tmp);
    if (j->tmp_loc[tmp] == NOREG) {
        n = take_reg(j);
        j->reg_tmp[n] = (uint16_t)tmp;
        j->tmp_loc[tmp] = (uint8_t)(TEMP_FIRST + n);
    }
    n = j->tmp_loc[tmp];
    j->pinned |= (uint8_t)BIT(n - TEMP_FIRST);
    return n;
}

void reg_defined(struct jit *j, ir_ref r, unsigned size)
{
    if (ir_is_tmp(r) && size < 4)
        x_movzx(j, size, j->tmp_loc[ir_tmp(r)], j->tmp_loc[ir_tmp(r)]);
}

void regs_spill_live(struct jit *j)
{
    for (unsigned n = 0; n < TEMP_COUNT; n++) {
        if (!((j->free | j->scratch) & BIT(n)))
            spill(j, n);
    }
}

void x_get_high(struct jit *j, unsigned dst, unsigned high)
{
    unsigned reg = high - HIGH;

    x_rr(j, 1, 0x86, reg, high);
    x_rr(j, 4, 0x0fb6, dst, reg);
    x_rr(j, 1, 0x86, reg, high);
}

void x_put_high(struct jit *j, unsigned high, unsigned src)
{
    unsigned reg = high - HIGH;

    x_rr(j, 1, 0x86, reg, high);
    x_rr(j, 1, 0x88, src, reg);
    x_rr(j, 1, 0x86, reg, high);
}
