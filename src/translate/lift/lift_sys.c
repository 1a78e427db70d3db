/* lift_sys.c - system instructions: descriptor tables, control registers, MSRs, I/O, flags of
 * privilege. */
#include "translate/lift/lift.h"

static void set_next(struct lift *L)
{
    lift_emit(L, IR_seteip, 4, IR_NONE, lift_eip(L, L->next), IR_NONE);
}

/* Calls an END helper that leaves EIP alone, and ends the block. */
static void call_end(struct lift *L, enum helper_id id, ir_ref a, ir_ref b, ir_ref c)
{
    set_next(L);
    lift_call(L, id, a, b, c, IR_NONE);
    lift_end_leave(L);
}

static ir_ref operand_value(struct lift *L, const struct operand *o, unsigned size)
{
    ir_ref v = lift_read(L, o, size);
    return ir_is_gpr(v) ? lift_op(L, IR_mov, size, v, IR_NONE) : v;
}

/* --- I/O --- */

static ir_ref port_of(struct lift *L, const struct operand *o)
{
    if (o->kind == OPD_IMM)
        return lift_const(L, (uint8_t)o->imm);
    return lift_op(L, IR_mov, 2, lift_gpr(R_DX), IR_NONE);
}

void lift_in(struct lift *L)
{
    unsigned size = L->in.ops[0].size;
    ir_ref v = lift_call_value(L, HELPER_in, port_of(L, &L->in.ops[1]), lift_const(L, size),
                               IR_NONE, IR_NONE);

    lift_emit(L, IR_mov, size, lift_gpr(R_AX), v, IR_NONE);
    lift_end_next(L);
}

void lift_out(struct lift *L)
{
    unsigned size = L->in.ops[1].size;
    ir_ref port = port_of(L, &L->in.ops[0]);

    call_end(L, HELPER_out, port, lift_op(L, IR_mov, size, lift_gpr(R_AX), IR_NONE),
             lift_const(L, size));
}

/* --- flags --- */

static void eflags_op(struct lift *L, enum ir_opcode op, uint32_t v)
{
    ir_ref t = lift_ldst(L, 4, offsetof(struct cpu, eflags));
    lift_stst(L, 4, offsetof(struct cpu, eflags), lift_op(L, op, 4, t, lift_const(L, v)));
}

/* Sets a bit that is known to be clear, or clears one that is known to be set; keeps the flags. */
static void flip(struct lift *L, size_t offset, uint32_t bit, bool on)
{
    ir_ref v = lift_tmp(L);

    lift_emit(L, IR_lea, 4, v, lift_ldst(L, 4, offset), IR_NONE)->aux = on ? bit : 0 - bit;
    lift_stst(L, 4, offset, v);
}

/* DF is a bit of the mode, so most CLDs do nothing.  One that changes it ends the block; what
 * follows runs in a mode that is known, so the exit can be linked like any other. */
static void set_df(struct lift *L, bool on)
{
    if (!(L->mode & MODE_DF) == !on)
        return;
    flip(L, offsetof(struct cpu, eflags), EF_DF, on);
    flip(L, offsetof(struct cpu, mode), MODE_DF, on);
    lift_end_next(L);
}

void lift_cld(struct lift *L)
{
    set_df(L, false);
}
void lift_std(struct lift *L)
{
    set_df(L, true);
}

void lift_cli(struct lift *L)
{
    if (lift_cpl(L) == 0)
        eflags_op(L, IR_and, ~(uint32_t)EF_IF);
    else
        lift_call(L, HELPER_cli, IR_NONE, IR_NONE, IR_NONE, IR_NONE);
}

static void set_ac(struct lift *L, unsigned on)
{
    set_next(L);
    lift_call(L, HELPER_set_ac, lift_const(L, on), IR_NONE, IR_NONE, IR_NONE);
    lift_end_far(L);
}

void lift_clac(struct lift *L)
{
    set_ac(L, 0);
}

void lift_stac(struct lift *L)
{
    set_ac(L, 1);
}

/* --- control and debug registers --- */

void lift_mov_cr(struct lift *L)
{
    const struct operand *d = &L->in.ops[0], *s = &L->in.ops[1];

    if (!lift_require_cpl0(L))
        return;
    if (d->kind == OPD_CR) {
        call_end(L, HELPER_write_cr, lift_const(L, d->reg), operand_value(L, s, 4), IR_NONE);
    } else {
        ir_ref v =
            lift_call_value(L, HELPER_read_cr, lift_const(L, s->reg), IR_NONE, IR_NONE, IR_NONE);
        lift_emit(L, IR_mov, 4, lift_gpr(d->reg), v, IR_NONE);
    }
}

void lift_mov_dr(struct lift *L)
{
    const struct operand *d = &L->in.ops[0], *s = &L->in.ops[1];

    if (!lift_require_cpl0(L))
        return;
    if (d->kind == OPD_DR) {
        call_end(L, HELPER_write_dr, lift_const(L, d->reg), operand_value(L, s, 4), IR_NONE);
    } else {
        ir_ref v =
            lift_call_value(L, HELPER_read_dr, lift_const(L, s->reg), IR_NONE, IR_NONE, IR_NONE);
        lift_emit(L, IR_mov, 4, lift_gpr(d->reg), v, IR_NONE);
    }
}

void lift_clts(struct lift *L)
{
    if (lift_require_cpl0(L))
        call_end(L, HELPER_clts, IR_NONE, IR_NONE, IR_NONE);
}

void lift_lmsw(struct lift *L)
{
    if (lift_require_cpl0(L))
        call_end(L, HELPER_lmsw, operand_value(L, &L->in.ops[0], 2), IR_NONE, IR_NONE);
}

/* SMSW, SLDT and STR: a register takes the whole operand size, memory two bytes. */
static void store_word(struct lift *L, enum helper_id id)
{
    const struct operand *d = &L->in.ops[0];
    ir_ref v = lift_call_value(L, id, IR_NONE, IR_NONE, IR_NONE, IR_NONE);

    lift_write(L, d, d->kind == OPD_MEM ? 2 : L->in.opsize, v);
}

void lift_smsw(struct lift *L)
{
    store_word(L, HELPER_smsw);
}

static bool require_protected(struct lift *L)
{
    if (L->mode & MODE_PE)
        return true;
    lift_ud(L);
    return false;
}

void lift_sldt(struct lift *L)
{
    if (require_protected(L))
        store_word(L, HELPER_sldt);
}

void lift_str(struct lift *L)
{
    if (require_protected(L))
        store_word(L, HELPER_str);
}

void lift_invlpg(struct lift *L)
{
    ir_ref ea, lin = lift_tmp(L);

    if (!lift_require_cpl0(L))
        return;
    ea = lift_ea(L, 0);
    lift_emit(
        L, IR_add, 4, lin, ea,
        lift_ldst(L, 4,
                  offsetof(struct cpu, seg[0].base) + L->in.mem.seg * sizeof(struct segment)));
    call_end(L, HELPER_invlpg, lin, IR_NONE, IR_NONE);
}

void lift_wbinvd(struct lift *L)
{
    if (lift_require_cpl0(L))
        lift_call(L, HELPER_wbinvd, IR_NONE, IR_NONE, IR_NONE, IR_NONE);
}

/* --- descriptor tables --- */

static void table_op(struct lift *L, enum helper_id id, bool load)
{
    ir_ref ea, seg = lift_const(L, L->in.mem.seg), size = lift_const(L, L->in.opsize);

    if (load && !lift_require_cpl0(L))
        return;
    ea = lift_ea(L, 0);
    if (ir_is_gpr(ea))
        ea = lift_op(L, IR_mov, 4, ea, IR_NONE);
    if (load)
        call_end(L, id, ea, seg, size);
    else
        lift_call(L, id, ea, seg, IR_NONE, IR_NONE);
}

void lift_lgdt(struct lift *L)
{
    table_op(L, HELPER_lgdt, true);
}
void lift_lidt(struct lift *L)
{
    table_op(L, HELPER_lidt, true);
}
void lift_sgdt(struct lift *L)
{
    table_op(L, HELPER_sgdt, false);
}
void lift_sidt(struct lift *L)
{
    table_op(L, HELPER_sidt, false);
}

static void load_system(struct lift *L, enum helper_id id)
{
    if (require_protected(L) && lift_require_cpl0(L))
        call_end(L, id, operand_value(L, &L->in.ops[0], 2), IR_NONE, IR_NONE);
}

void lift_lldt(struct lift *L)
{
    load_system(L, HELPER_lldt);
}
void lift_ltr(struct lift *L)
{
    load_system(L, HELPER_ltr);
}

static void set_zf(struct lift *L, ir_ref v)
{
    lift_call(L, HELPER_set_zf, v, IR_NONE, IR_NONE, IR_NONE);
}

/* LAR and LSL: the helper gives the value, and above it whether it is valid. */
static void descriptor_field(struct lift *L, enum helper_id id)
{
    const struct operand *d = &L->in.ops[0];
    ir_ref v, valid, r = lift_tmp(L);

    if (!require_protected(L))
        return;
    v = lift_call_value(L, id, operand_value(L, &L->in.ops[1], 2), IR_NONE, IR_NONE, IR_NONE);
    valid = lift_op(L, IR_shr, 8, v, lift_const(L, 32));
    lift_emit(L, IR_sel, d->size, r, v, lift_gpr(d->reg))->c = valid;
    lift_write(L, d, 0, r);
    set_zf(L, valid);
}

void lift_lar(struct lift *L)
{
    descriptor_field(L, HELPER_lar);
}
void lift_lsl(struct lift *L)
{
    descriptor_field(L, HELPER_lsl);
}

static void verify(struct lift *L, enum helper_id id)
{
    if (require_protected(L))
        set_zf(L, lift_call_value(L, id, operand_value(L, &L->in.ops[0], 2), IR_NONE, IR_NONE,
                                  IR_NONE));
}

void lift_verr(struct lift *L)
{
    verify(L, HELPER_verr);
}
void lift_verw(struct lift *L)
{
    verify(L, HELPER_verw);
}

void lift_arpl(struct lift *L)
{
    const struct operand *d = &L->in.ops[0];
    ir_ref src = lift_op(L, IR_mov, 2, lift_gpr(L->in.ops[1].reg), IR_NONE), old, v;

    if (!require_protected(L))
        return;
    if (d->kind == OPD_MEM) {
        lift_call(L, HELPER_arpl_mem, lift_ea(L, 0), lift_const(L, L->in.mem.seg), src, IR_NONE);
        return;
    }
    old = lift_op(L, IR_mov, 2, lift_gpr(d->reg), IR_NONE);
    v = lift_call_value(L, HELPER_arpl, old, src, IR_NONE, IR_NONE);
    lift_write(L, d, 2, v);
    set_zf(L, lift_op(L, IR_shr, 8, v, lift_const(L, 32)));
}

/* --- MSRs, time, identity --- */

void lift_cpuid(struct lift *L)
{
    lift_call(L, HELPER_cpuid, IR_NONE, IR_NONE, IR_NONE, IR_NONE);
}

static void edx_eax(struct lift *L, ir_ref v)
{
    lift_emit(L, IR_mov, 4, lift_gpr(R_AX), v, IR_NONE);
    lift_emit(L, IR_mov, 4, lift_gpr(R_DX), lift_op(L, IR_shr, 8, v, lift_const(L, 32)), IR_NONE);
}

void lift_rdtsc(struct lift *L)
{
    edx_eax(L, lift_call_value(L, HELPER_rdtsc, IR_NONE, IR_NONE, IR_NONE, IR_NONE));
    lift_end_next(L);
}

static void call_plain_end(struct lift *L, enum helper_id id)
{
    call_end(L, id, IR_NONE, IR_NONE, IR_NONE);
}

void lift_rdpmc(struct lift *L)
{
    call_plain_end(L, HELPER_rdpmc);
}
void lift_rdmsr(struct lift *L)
{
    call_plain_end(L, HELPER_rdmsr);
}
void lift_wrmsr(struct lift *L)
{
    call_plain_end(L, HELPER_wrmsr);
}
void lift_xgetbv(struct lift *L)
{
    call_plain_end(L, HELPER_xgetbv);
}
void lift_xsetbv(struct lift *L)
{
    call_plain_end(L, HELPER_xsetbv);
}
void lift_monitor(struct lift *L)
{
    call_plain_end(L, HELPER_monitor);
}

void lift_mwait(struct lift *L)
{
    call_end(L, HELPER_mwait, lift_eip(L, L->next), IR_NONE, IR_NONE);
}

void lift_rsm(struct lift *L)
{
    call_plain_end(L, HELPER_rsm);
}
void lift_sysenter(struct lift *L)
{
    lift_call(L, HELPER_sysenter, IR_NONE, IR_NONE, IR_NONE, IR_NONE);
    lift_end_far(L);
}

void lift_sysexit(struct lift *L)
{
    set_next(L);
    lift_call(L, HELPER_sysexit, lift_const(L, L->in.opsize), IR_NONE, IR_NONE, IR_NONE);
    lift_end_far(L);
}
