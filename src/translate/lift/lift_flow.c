/* lift_flow.c - jumps, calls, returns, loops, interrupts. */
#include "translate/lift/lift.h"

void lift_push_eip(struct lift *L, unsigned size, uint32_t eip);
ir_ref lift_top_of_stack(struct lift *L, unsigned size);
void lift_drop(struct lift *L, int32_t bytes);

static uint32_t target(const struct lift *L)
{
    uint32_t t = L->next + (uint32_t)L->in.ops[0].imm;

    if (L->in.opsize != 2)
        return t;
    L->b->placed = true;
    return t & 0xffff;
}

/* --- the code segment's limit ---
 *
 * A near branch beyond it is #GP(0) of the branch, before it has changed anything (SDM vol. 2A,
 * JMP, CALL, Jcc).  A flat segment has no such place, nor have 16-bit targets in real mode. Targets
 * known now are checked when the block runs only if they lie beyond the limit of today. */

static bool limited(const struct lift *L)
{
    if (L->mode & BIT(MODE_FLAT_SHIFT + SEG_CS))
        return false;
    return (L->mode & MODE_PE) || L->in.opsize == 4;
}

static bool outside(const struct lift *L)
{
    return limited(L) && target(L) > L->cpu->seg[SEG_CS].limit;
}

/* The branch to `to` is taken if `v` is not 0 (or is, with `zero`). */
static void check_limit(struct lift *L, ir_ref to, ir_ref v, bool zero)
{
    lift_call(L, HELPER_branch_check, to, v, lift_const(L, zero), IR_NONE);
}

static void check_value(struct lift *L, ir_ref to)
{
    if (limited(L))
        check_limit(L, to, lift_const(L, 1), false);
}

static void check_target(struct lift *L)
{
    if (outside(L))
        check_limit(L, lift_eip(L, target(L)), lift_const(L, 1), false);
}

/* A target of 2 bytes out of a register is extended. */
static ir_ref branch_value(struct lift *L, ir_ref v)
{
    ir_ref t;

    if (L->in.opsize != 2 || ir_is_tmp(v))
        return v;
    t = lift_tmp(L);
    lift_emit(L, IR_zext, 4, t, v, IR_NONE)->cc = 2;
    return t;
}

static void jump_value(struct lift *L, ir_ref v, enum ir_jump kind)
{
    lift_emit(L, IR_jmpi, 4, IR_NONE, v, IR_NONE)->cc = (uint8_t)kind;
    L->ended = true;
}

void lift_jmp(struct lift *L)
{
    const struct operand *o = &L->in.ops[0];

    if (o->kind == OPD_REL) {
        check_target(L);
        lift_end_jmp(L, target(L));
    } else {
        ir_ref v = branch_value(L, lift_read(L, o, L->in.opsize));

        check_value(L, v);
        jump_value(L, v, IR_JUMP_PLAIN);
    }
}

void lift_call_near(struct lift *L)
{
    const struct operand *o = &L->in.ops[0];
    ir_ref v;

    if (o->kind == OPD_REL) {
        check_target(L);
        lift_push_eip(L, L->in.opsize, L->next);
        lift_end_jmp(L, target(L));
        L->b->code.at[L->b->code.len - 1].cc = IR_JUMP_CALL;
        return;
    }
    v = lift_read(L, o, L->in.opsize);
    if (ir_is_gpr(v)) {
        v = lift_op(L, IR_mov, L->in.opsize, v, IR_NONE);
    }
    check_value(L, v);
    lift_push_eip(L, L->in.opsize, L->next);
    jump_value(L, v, IR_JUMP_CALL);
}

void lift_ret(struct lift *L)
{
    unsigned extra = L->in.nops ? (uint16_t)L->in.ops[0].imm : 0;
    ir_ref v = lift_top_of_stack(L, L->in.opsize);

    check_value(L, v);
    lift_drop(L, (int32_t)(L->in.opsize + extra));
    jump_value(L, v, IR_JUMP_RET);
}

static void jump_if(struct lift *L, unsigned cc, uint32_t eip)
{
    struct ir_insn *i = lift_emit(L, IR_jcc, 4, IR_NONE, IR_NONE, IR_NONE);
    i->cc = (uint8_t)cc;
    i->seg = 0;
    i->aux = eip;
}

void lift_jump_nonzero(struct lift *L, unsigned size, ir_ref v, uint32_t eip)
{
    struct ir_insn *i = lift_emit(L, IR_jnz, size, IR_NONE, v, IR_NONE);
    i->seg = 0;
    i->aux = eip;
}

void lift_jcc(struct lift *L)
{
    if (outside(L)) {
        ir_ref t = lift_tmp(L);

        lift_emit(L, IR_setcc, 1, t, IR_NONE, IR_NONE)->cc = L->in.cc;
        check_limit(L, lift_eip(L, target(L)), t, false);
    }
    jump_if(L, L->in.cc, target(L));
    if (L->side_exits < IR_SIDE_EXITS && L->source->goes_on &&
        L->source->goes_on(L->source->opaque, L->next))
        L->b->code.at[L->b->code.len - 1].seg = IR_FIRST_SIDE_EXIT + L->side_exits++;
    else
        lift_end_jmp(L, L->next);
}

void lift_jcxz(struct lift *L)
{
    if (outside(L))
        check_limit(L, lift_eip(L, target(L)),
                    lift_op(L, IR_mov, L->in.addrsize, lift_gpr(R_CX), IR_NONE), true);
    lift_jump_nonzero(L, L->in.addrsize, lift_gpr(R_CX), L->next);
    lift_end_jmp(L, target(L));
}

/* Not 0 if LOOP, LOOPE or LOOPNE jumps with the count `left`. */
static ir_ref loop_goes_on(struct lift *L, ir_ref left)
{
    ir_ref z, t;

    if (L->in.op == INSN_loop)
        return left;
    z = lift_tmp(L);
    lift_emit(L, IR_setcc, 1, z, IR_NONE, IR_NONE)->cc = L->in.op == INSN_loope ? 4 : 5;
    t = lift_tmp(L);
    lift_emit(L, IR_sel, L->in.addrsize, t, z, lift_const(L, 0))->c = left;
    return t;
}

void lift_loop(struct lift *L)
{
    unsigned size = L->in.addrsize;
    ir_ref cx = lift_gpr(R_CX), more;

    if (outside(L)) {
        ir_ref left = lift_tmp(L);

        lift_emit(L, IR_lea, size, left, cx, IR_NONE)->aux = (uint32_t)-1;
        check_limit(L, lift_eip(L, target(L)), loop_goes_on(L, left), false);
    }
    lift_emit(L, IR_lea, size, cx, cx, IR_NONE)->aux = (uint32_t)-1;
    more = loop_goes_on(L, cx);
    lift_jump_nonzero(L, size, more, target(L));
    lift_end_jmp(L, L->next);
}

/* --- far transfers --- */

static void far_transfer(struct lift *L, enum helper_id id)
{
    const struct operand *o = &L->in.ops[0];
    unsigned size = L->in.opsize;
    ir_ref off, sel;

    if (o->kind == OPD_FAR) {
        off = lift_const(L, (uint64_t)o->imm & mask_bytes(size));
        sel = lift_const(L, o->sel);
    } else {
        off = lift_ld(L, size, L->in.mem.seg, lift_ea(L, 0));
        sel = lift_ld(L, 2, L->in.mem.seg, lift_ea(L, (int32_t)size));
    }
    lift_call(L, id, sel, off, lift_const(L, size), lift_eip(L, L->next));
    lift_end_far(L);
}

void lift_jmpf(struct lift *L)
{
    far_transfer(L, HELPER_jmp_far);
}
void lift_callf(struct lift *L)
{
    far_transfer(L, HELPER_call_far);
}

void lift_retf(struct lift *L)
{
    unsigned extra = L->in.nops ? (uint16_t)L->in.ops[0].imm : 0;

    lift_call(L, HELPER_ret_far, lift_const(L, L->in.opsize), lift_const(L, extra), IR_NONE,
              IR_NONE);
    lift_end_far(L);
}

void lift_iret(struct lift *L)
{
    lift_call(L, HELPER_iret, lift_const(L, L->in.opsize), lift_eip(L, L->next), IR_NONE, IR_NONE);
    lift_end_far(L);
}

/* --- interrupts --- */

void lift_int(struct lift *L)
{
    lift_call(L, HELPER_int, lift_const(L, (uint8_t)L->in.ops[0].imm), lift_eip(L, L->next),
              IR_NONE, IR_NONE);
    lift_end_far(L);
}

static void call_next(struct lift *L, enum helper_id id)
{
    lift_call(L, id, lift_eip(L, L->next), IR_NONE, IR_NONE, IR_NONE);
    lift_end_far(L);
}

void lift_int3(struct lift *L)
{
    call_next(L, HELPER_int3);
}
void lift_icebp(struct lift *L)
{
    call_next(L, HELPER_icebp);
}
void lift_hlt(struct lift *L)
{
    call_next(L, HELPER_hlt);
}
void lift_sti(struct lift *L)
{
    call_next(L, HELPER_sti);
}

void lift_into(struct lift *L)
{
    lift_emit(L, IR_seteip, 4, IR_NONE, lift_eip(L, L->next), IR_NONE);
    call_next(L, HELPER_into);
}

void lift_bound(struct lift *L)
{
    unsigned size = L->in.opsize;
    ir_ref lower = lift_ld(L, size, L->in.mem.seg, lift_ea(L, 0));
    ir_ref upper = lift_ld(L, size, L->in.mem.seg, lift_ea(L, (int32_t)size));
    ir_ref index = lift_op(L, IR_mov, size, lift_gpr(L->in.ops[0].reg), IR_NONE);

    lift_call(L, HELPER_bound, index, lower, upper, lift_const(L, size));
}
