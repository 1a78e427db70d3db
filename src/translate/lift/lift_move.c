/* lift_move.c - moves, extensions, stack, string instructions. */
#include "cpu/feature.h"
#include "translate/lift/lift.h"

/* 0F 18 to 0F 1F: NOP with an operand came with the P6 (SDM vol. 2B, NOP). */
void lift_nop(struct lift *L)
{
    if (L->in.op == INSN_nop && L->in.has_modrm && !cpu_offers(L->cpu, FEAT_CMOV))
        lift_raise(L, EXC_UD);
}

void lift_mov(struct lift *L)
{
    const struct operand *d = &L->in.ops[0];
    lift_write(L, d, 0, lift_read(L, &L->in.ops[1], d->size));
}

static void extend(struct lift *L, enum ir_opcode op)
{
    const struct operand *d = &L->in.ops[0], *s = &L->in.ops[1];
    ir_ref v = lift_read(L, s, 0);

    lift_emit(L, op, d->size, lift_gpr(d->reg), v, IR_NONE)->cc = s->size;
}

void lift_movzx(struct lift *L)
{
    extend(L, IR_zext);
}
void lift_movsx(struct lift *L)
{
    extend(L, IR_sext);
}

void lift_lea(struct lift *L)
{
    lift_write(L, &L->in.ops[0], 0, lift_ea(L, 0));
}

void lift_cbw(struct lift *L)
{
    unsigned size = L->in.opsize;
    lift_emit(L, IR_sext, size, lift_gpr(R_AX), lift_gpr(R_AX), IR_NONE)->cc = (uint8_t)(size / 2);
}

void lift_cwd(struct lift *L)
{
    unsigned size = L->in.opsize;
    lift_emit(L, IR_sar, size, lift_gpr(R_DX), lift_gpr(R_AX), lift_const(L, size * 8 - 1));
}

void lift_xlat(struct lift *L)
{
    ir_ref al = lift_op(L, IR_zext, 4, lift_gpr(R_AX), IR_NONE), ea = lift_tmp(L);

    L->b->code.at[L->b->code.len - 1].cc = 1;
    lift_emit(L, IR_lea, L->in.addrsize, ea, lift_gpr(R_BX), al);
    lift_emit(L, IR_mov, 1, lift_gpr(R_AX), lift_ld(L, 1, L->in.mem.seg, ea), IR_NONE);
}

/* --- stack --- */

static unsigned stack_size(const struct lift *L)
{
    return L->mode & MODE_SS32 ? 4 : 2;
}

static ir_ref stack_ea(struct lift *L, ir_ref base, int32_t disp)
{
    ir_ref t;

    if (stack_size(L) == 4 && !disp)
        return base;
    t = lift_tmp(L);
    lift_emit(L, IR_lea, stack_size(L), t, base, IR_NONE)->aux = (uint32_t)disp;
    return t;
}

static void push_value(struct lift *L, unsigned size, ir_ref v)
{
    ir_ref sp = stack_ea(L, lift_gpr(R_SP), -(int32_t)size);

    lift_st(L, size, SEG_SS, sp, v);
    lift_emit(L, IR_mov, stack_size(L), lift_gpr(R_SP), sp, IR_NONE);
}

static void drop(struct lift *L, int32_t bytes)
{
    lift_emit(L, IR_lea, stack_size(L), lift_gpr(R_SP), lift_gpr(R_SP), IR_NONE)->aux =
        (uint32_t)bytes;
}

static ir_ref top_of_stack(struct lift *L, unsigned size)
{
    return lift_ld(L, size, SEG_SS, stack_ea(L, lift_gpr(R_SP), 0));
}

/* PUSH of a segment register with a 32-bit operand writes the selector alone (SDM, PUSH); the two
 * bytes above keep what they held, as on every processor since the P6. */
void lift_push(struct lift *L)
{
    const struct operand *s = &L->in.ops[0];
    unsigned size = L->in.stacksize;
    ir_ref v = lift_read(L, s, s->kind == OPD_SEG ? 2 : size);

    if (s->kind == OPD_SEG && size == 4) {
        ir_ref sp = stack_ea(L, lift_gpr(R_SP), -4);
        lift_st(L, 2, SEG_SS, sp, v);
        lift_emit(L, IR_mov, stack_size(L), lift_gpr(R_SP), sp, IR_NONE);
        return;
    }
    push_value(L, size, v);
}

/* Loads a segment register and ends the block, since the mode it was lifted under may have changed.
 */
static void load_seg(struct lift *L, unsigned seg, ir_ref sel)
{
    lift_call(L, HELPER_load_seg, lift_const(L, seg), sel, IR_NONE, IR_NONE);
}

static void end_new_mode(struct lift *L)
{
    lift_emit(L, IR_jmpi, 4, IR_NONE, lift_eip(L, L->next), IR_NONE);
    L->ended = true;
}

void lift_pop(struct lift *L)
{
    const struct operand *d = &L->in.ops[0];
    unsigned size = L->in.stacksize;
    ir_ref v;

    if (d->kind == OPD_SEG) {
        v = top_of_stack(L, d->reg == SEG_CS ? 2 : size);
        load_seg(L, d->reg, v);
        drop(L, (int32_t)size);
        end_new_mode(L);
        return;
    }
    if (d->kind == OPD_MEM && !(L->mode & (MODE_PE | MODE_VM)) && cpu_pops_late(L->cpu)) {
        lift_call(L, HELPER_pop_late, lift_ea(L, 0), lift_const(L, L->in.mem.seg),
                  lift_const(L, size), IR_NONE);
        lift_end_next(L); /* SP has moved when the store is made: it must not start again */
        return;
    }
    v = top_of_stack(L, size);
    if (d->kind == OPD_MEM) {
        /* An address through (E)SP uses its value after the increment (SDM, POP). */
        bool sp = L->in.mem.base == R_SP && L->in.addrsize == 4;
        lift_st(L, size, L->in.mem.seg, lift_ea(L, sp ? (int32_t)size : 0), v);
        drop(L, (int32_t)size);
    } else {
        drop(L, (int32_t)size);
        lift_emit(L, IR_mov, size, lift_gpr(d->reg), v, IR_NONE);
    }
}

void lift_pusha(struct lift *L)
{
    lift_call(L, HELPER_pusha, lift_const(L, L->in.opsize), IR_NONE, IR_NONE, IR_NONE);
}

void lift_popa(struct lift *L)
{
    lift_call(L, HELPER_popa, lift_const(L, L->in.opsize), IR_NONE, IR_NONE, IR_NONE);
}

void lift_pushf(struct lift *L)
{
    ir_ref v = lift_call_value(L, HELPER_pushf_value, lift_const(L, L->in.opsize), IR_NONE, IR_NONE,
                               IR_NONE);
    push_value(L, L->in.opsize, v);
}

void lift_popf(struct lift *L)
{
    ir_ref v = top_of_stack(L, L->in.opsize);

    lift_emit(L, IR_seteip, 4, IR_NONE, lift_eip(L, L->next), IR_NONE);
    lift_call(L, HELPER_popf, v, lift_const(L, L->in.opsize), IR_NONE, IR_NONE);
    drop(L, L->in.opsize);
    lift_end_far(L);
}

void lift_enter(struct lift *L)
{
    unsigned ss32 = L->mode & MODE_SS32 ? 1u << 8 : 0;

    lift_call(L, HELPER_enter, lift_const(L, (uint16_t)L->in.ops[0].imm),
              lift_const(L, (uint8_t)L->in.ops[1].imm & 31), lift_const(L, L->in.opsize | ss32),
              IR_NONE);
}

void lift_leave(struct lift *L)
{
    unsigned size = L->in.opsize;
    ir_ref v = lift_ld(L, size, SEG_SS, stack_ea(L, lift_gpr(R_BP), 0));

    lift_emit(L, IR_lea, stack_size(L), lift_gpr(R_SP), lift_gpr(R_BP), IR_NONE)->aux = size;
    lift_emit(L, IR_mov, size, lift_gpr(R_BP), v, IR_NONE);
}

/* Used by near calls and returns in lift_flow.c. */
void lift_push_eip(struct lift *L, unsigned size, uint32_t eip)
{
    push_value(L, size, lift_eip(L, eip & (uint32_t)mask_bytes(size)));
}

ir_ref lift_top_of_stack(struct lift *L, unsigned size)
{
    return top_of_stack(L, size);
}

void lift_drop(struct lift *L, int32_t bytes)
{
    drop(L, bytes);
}

/* --- segments --- */

void lift_mov_sreg(struct lift *L)
{
    const struct operand *d = &L->in.ops[0], *s = &L->in.ops[1];

    if (d->kind == OPD_SEG) {
        ir_ref v = s->kind == OPD_MEM ? lift_read(L, s, 2)
                                      : lift_op(L, IR_mov, 2, lift_gpr(s->reg), IR_NONE);
        if (d->reg == SEG_CS || d->reg >= SEG_COUNT) {
            lift_ud(L);
            return;
        }
        load_seg(L, d->reg, v);
        end_new_mode(L);
        return;
    }
    lift_write(L, d, d->kind == OPD_MEM ? 2 : L->in.opsize, lift_read(L, s, 2));
}

/* LDS, LES, LFS, LGS, LSS. */
void lift_lfp(struct lift *L)
{
    static const uint8_t seg_of[INSN_OP_COUNT] = {
        [INSN_lds] = SEG_DS, [INSN_les] = SEG_ES, [INSN_lfs] = SEG_FS,
        [INSN_lgs] = SEG_GS, [INSN_lss] = SEG_SS,
    };
    unsigned size = L->in.opsize;
    ir_ref off = lift_ld(L, size, L->in.mem.seg, lift_ea(L, 0));
    ir_ref sel = lift_ld(L, 2, L->in.mem.seg, lift_ea(L, (int32_t)size));

    lift_call(L, HELPER_load_far_seg, lift_const(L, seg_of[L->in.op]), sel, IR_NONE, IR_NONE);
    lift_emit(L, IR_mov, size, lift_gpr(L->in.ops[0].reg), off, IR_NONE);
    end_new_mode(L);
}

/* --- string instructions --- */

static ir_ref string_ea(struct lift *L, enum gpr r)
{
    return L->in.addrsize == 4 ? lift_gpr(r) : lift_op(L, IR_mov, 2, lift_gpr(r), IR_NONE);
}

static void string_advance(struct lift *L, enum gpr r)
{
    int32_t by = L->mode & MODE_DF ? -(int32_t)L->in.opsize : L->in.opsize;

    lift_emit(L, IR_lea, L->in.addrsize, lift_gpr(r), lift_gpr(r), IR_NONE)->aux = (uint32_t)by;
}

/* One element without REP is a load, a store or a comparison as in any other instruction. */
static void string_once(struct lift *L)
{
    unsigned size = L->in.opsize, op = L->in.op;
    bool from_si = op == INSN_movs || op == INSN_lods || op == INSN_cmps, to_di = op != INSN_lods;
    ir_ref a = lift_gpr(R_AX), b = IR_NONE;

    if (from_si)
        a = lift_ld(L, size, L->in.mem.seg, string_ea(L, R_SI));
    if (op == INSN_cmps || op == INSN_scas)
        b = lift_ld(L, size, SEG_ES, string_ea(L, R_DI));
    else if (to_di)
        lift_st(L, size, SEG_ES, string_ea(L, R_DI), a);
    if (from_si)
        string_advance(L, R_SI);
    if (to_di)
        string_advance(L, R_DI);
    if (op == INSN_lods)
        lift_emit(L, IR_mov, size, lift_gpr(R_AX), a, IR_NONE);
    if (b != IR_NONE)
        lift_opf(L, IR_sub, size, IR_NONE, a, b, FLAGS_STATUS);
}

/* With REP, and for ports, a helper does as many iterations as the budget allows, and says whether
 * this instruction is to go on or the next; the jump goes there without a turn through the run
 * loop. */
void lift_string(struct lift *L)
{
    static const uint16_t helper_of[INSN_OP_COUNT] = {
        [INSN_movs] = HELPER_movs, [INSN_cmps] = HELPER_cmps, [INSN_stos] = HELPER_stos,
        [INSN_lods] = HELPER_lods, [INSN_scas] = HELPER_scas, [INSN_ins] = HELPER_ins,
        [INSN_outs] = HELPER_outs,
    };
    unsigned rep = L->in.rep == REP_E ? 1 : L->in.rep == REP_NE ? 2 : 0;
    ir_ref again;
    uint32_t packed = L->in.opsize | L->in.addrsize << 8 | L->in.mem.seg << 16 | rep << 24;

    if (L->source->outside)
        packed |= STRING_FETCHED_EACH;

    if (!rep && L->in.op != INSN_ins && L->in.op != INSN_outs &&
        !cpu_strings_advance_early(L->cpu)) {
        string_once(L);
        return;
    }
    again = lift_call_value(L, helper_of[L->in.op], lift_const(L, packed), lift_eip(L, L->eip),
                            lift_eip(L, L->next), IR_NONE);
    lift_jump_nonzero(L, 4, again, L->eip);
    lift_end_next(L);
}
