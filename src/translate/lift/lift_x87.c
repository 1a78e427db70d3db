/* lift_x87.c - x87 instructions: one helper with the opcode, the address and the instruction's EIP.
 */
#include "translate/lift/lift.h"

/* An escape with no FPU to take it: the processor addresses the operand's first word and goes on;
 * nothing drives what FNSTSW AX reads (80286 Hardware Reference Manual, 6.2). */
static void nobody(struct lift *L)
{
    if (L->in.modrm < 0xc0)
        lift_ld(L, 2, L->in.mem.seg, lift_ea(L, 0));
    else if (L->in.op == INSN_fnstsw)
        lift_emit(L, IR_mov, 2, lift_gpr(R_AX), lift_const(L, 0xffff), IR_NONE);
}

static bool usable(struct lift *L)
{
    if (L->mode & MODE_NOFPU)
        lift_raise(L, EXC_NM);
    else if (!cpu_has_fpu(L->cpu))
        nobody(L);
    else
        return true;
    return false;
}

/* Opcode byte's low 3 bits above the ModRM byte. */
static ir_ref opcode(struct lift *L)
{
    return lift_const(L, (uint64_t)(opcode_rows[L->in.row].opcode & 7) << 8 | L->in.modrm);
}

static ir_ref address(struct lift *L)
{
    ir_ref ea;

    if (L->in.modrm >= 0xc0)
        return lift_const(L, 0);
    ea = lift_ea(L, 0);
    return ir_is_gpr(ea) ? lift_op(L, IR_mov, 4, ea, IR_NONE) : ea;
}

static ir_ref packed(struct lift *L)
{
    return lift_const(L,
                      L->in.mem.seg | (uint32_t)L->in.opsize << 8 | (uint32_t)L->in.addrsize << 16);
}

/* What may unmask exceptions changes the mode that translated code relies on. */
static void end_new_mode(struct lift *L)
{
    lift_emit(L, IR_jmpi, 4, IR_NONE, lift_eip(L, L->next), IR_NONE);
    L->ended = true;
}

void lift_x87(struct lift *L)
{
    if (!usable(L))
        return;
    lift_call(L, HELPER_x87, opcode(L), address(L), packed(L), lift_eip(L, L->eip));
    if (L->in.op == INSN_fldcw || L->in.op == INSN_fldenv || L->in.op == INSN_frstor)
        end_new_mode(L);
}

void lift_fcomi(struct lift *L)
{
    if (usable(L))
        lift_call(L, HELPER_x87_fcomi, opcode(L), address(L), packed(L), lift_eip(L, L->eip));
}

void lift_fcmovcc(struct lift *L)
{
    /* b e be u, and their opposites: JCC codes 2 4 6 10, and 3 5 7 11. */
    static const uint8_t jcc_of[8] = {2, 4, 6, 10, 3, 5, 7, 11};
    ir_ref t;

    if (!usable(L))
        return;
    t = lift_tmp(L);
    lift_emit(L, IR_setcc, 1, t, IR_NONE, IR_NONE)->cc = jcc_of[L->in.cc & 7];
    lift_call(L, HELPER_x87_fcmov, opcode(L), t, lift_eip(L, L->eip), IR_NONE);
}

void lift_fnstsw(struct lift *L)
{
    ir_ref v;

    if (!usable(L))
        return;
    if (L->in.ops[0].kind == OPD_MEM) {
        lift_x87(L);
        return;
    }
    v = lift_call_value(L, HELPER_x87_fnstsw_ax, IR_NONE, IR_NONE, IR_NONE, IR_NONE);
    lift_emit(L, IR_mov, 2, lift_gpr(R_AX), v, IR_NONE);
}

void lift_fwait(struct lift *L)
{
    if (L->mode & MODE_WAIT_NM)
        lift_raise(L, EXC_NM);
    else
        lift_call(L, HELPER_fwait, IR_NONE, IR_NONE, IR_NONE, IR_NONE);
}

void lift_emms(struct lift *L)
{
    if (L->mode & MODE_NOMMX)
        lift_ud(L);
    else if (L->mode & MODE_TS)
        lift_raise(L, EXC_NM);
    else
        lift_call(L, HELPER_emms, IR_NONE, IR_NONE, IR_NONE, IR_NONE);
}

static void state_image(struct lift *L, enum helper_id id)
{
    if (!usable(L))
        return;
    lift_call(L, id, address(L), lift_const(L, L->in.mem.seg), IR_NONE, IR_NONE);
    if (id == HELPER_fxrstor)
        end_new_mode(L);
}

void lift_fxsave(struct lift *L)
{
    state_image(L, HELPER_fxsave);
}
void lift_fxrstor(struct lift *L)
{
    state_image(L, HELPER_fxrstor);
}

void lift_xsave(struct lift *L)
{
    lift_call(L, HELPER_xsave, address(L), lift_const(L, L->in.mem.seg), IR_NONE, IR_NONE);
}

void lift_xrstor(struct lift *L)
{
    lift_call(L, HELPER_xrstor, address(L), lift_const(L, L->in.mem.seg), IR_NONE, IR_NONE);
    end_new_mode(L);
}

static bool sse_usable(struct lift *L)
{
    if (L->mode & MODE_NOSSE)
        lift_ud(L);
    else if (L->mode & MODE_TS)
        lift_raise(L, EXC_NM);
    else
        return true;
    return false;
}

void lift_ldmxcsr(struct lift *L)
{
    if (sse_usable(L))
        lift_call(L, HELPER_ldmxcsr, lift_read(L, &L->in.ops[0], 4), IR_NONE, IR_NONE, IR_NONE);
    if (!L->ended)
        end_new_mode(L);
}

void lift_stmxcsr(struct lift *L)
{
    if (sse_usable(L))
        lift_write(L, &L->in.ops[0], 4,
                   lift_call_value(L, HELPER_stmxcsr, IR_NONE, IR_NONE, IR_NONE, IR_NONE));
}

/* CLFLUSH checks its operand as a load of one byte does, and has nothing to flush. */
void lift_clflush(struct lift *L)
{
    lift_ld(L, 1, L->in.mem.seg, lift_ea(L, 0));
}
