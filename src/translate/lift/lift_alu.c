/* lift_alu.c - arithmetic, logic, shifts, multiplication, bits. */
#include "translate/lift/lift.h"

enum { FLAGS_CO = FLAG_C | FLAG_O, FLAGS_NOT_C = FLAGS_STATUS & ~FLAG_C };

static bool is_mem(const struct operand *o)
{
    return o->kind == OPD_MEM;
}

/* memory = memory op b, with flags; `old` takes the old value if not IR_NONE. */
static void emit_rmw(struct lift *L, enum ir_opcode op, unsigned size, ir_ref old, ir_ref b,
                     unsigned flags)
{
    struct ir_insn *i;
    ir_ref ea = lift_ea(L, 0);

    i = lift_emit(L, IR_rmw, size, old, ea, b);
    i->seg = L->in.mem.seg;
    i->cc = (uint8_t)op;
    i->fset = (uint16_t)flags;
}

static ir_ref emit_ldw(struct lift *L, unsigned size, ir_ref ea)
{
    ir_ref t = lift_tmp(L);
    lift_emit(L, IR_ldw, size, t, ea, IR_NONE)->seg = L->in.mem.seg;
    return t;
}

static ir_ref reg_of(const struct operand *o)
{
    return (ir_ref)(lift_gpr(o->reg) | (o->high ? IR_HIGH : 0));
}

static void alu2(struct lift *L, enum ir_opcode op)
{
    const struct operand *d = &L->in.ops[0], *s = &L->in.ops[1];
    ir_ref b = lift_read(L, s, d->size);

    if (is_mem(d))
        emit_rmw(L, op, d->size, IR_NONE, b, FLAGS_STATUS);
    else
        lift_opf(L, op, d->size, reg_of(d), reg_of(d), b, FLAGS_STATUS);
}

void lift_add(struct lift *L)
{
    alu2(L, IR_add);
}
void lift_or(struct lift *L)
{
    alu2(L, IR_or);
}
void lift_adc(struct lift *L)
{
    alu2(L, IR_adc);
}
void lift_sbb(struct lift *L)
{
    alu2(L, IR_sbb);
}
void lift_and(struct lift *L)
{
    alu2(L, IR_and);
}
void lift_sub(struct lift *L)
{
    alu2(L, IR_sub);
}
void lift_xor(struct lift *L)
{
    alu2(L, IR_xor);
}

static void compare(struct lift *L, enum ir_opcode op)
{
    const struct operand *d = &L->in.ops[0];
    ir_ref a = lift_read(L, d, 0), b = lift_read(L, &L->in.ops[1], d->size);

    lift_opf(L, op, d->size, IR_NONE, a, b, FLAGS_STATUS);
}

void lift_cmp(struct lift *L)
{
    compare(L, IR_sub);
}
void lift_test(struct lift *L)
{
    compare(L, IR_and);
}

static void alu1(struct lift *L, enum ir_opcode op, unsigned flags)
{
    const struct operand *d = &L->in.ops[0];

    if (is_mem(d))
        emit_rmw(L, op, d->size, IR_NONE, IR_NONE, flags);
    else
        lift_opf(L, op, d->size, reg_of(d), reg_of(d), IR_NONE, flags);
}

void lift_inc(struct lift *L)
{
    alu1(L, IR_inc, FLAGS_NOT_C);
}
void lift_dec(struct lift *L)
{
    alu1(L, IR_dec, FLAGS_NOT_C);
}
void lift_neg(struct lift *L)
{
    alu1(L, IR_neg, FLAGS_STATUS);
}
void lift_not(struct lift *L)
{
    alu1(L, IR_not, 0);
}

/* The memory form writes the result first and then makes the flags by doing the operation once
 * more, since nothing may change flags before a store; where they are dead the second operation
 * disappears.  For `add` the second operand is the first (SHL by 1). */
static void mem_twice(struct lift *L, enum ir_opcode op, ir_ref count, ir_ref c, unsigned flags)
{
    unsigned size = L->in.ops[0].size;
    ir_ref ea = lift_ea(L, 0), t = emit_ldw(L, size, ea), r = lift_tmp(L);

    if (op == IR_add)
        count = t;
    lift_emit(L, op, size, r, t, count)->c = c;
    lift_st(L, size, L->in.mem.seg, ea, r);
    if (flags) {
        struct ir_insn *i = lift_emit(L, op, size, lift_tmp(L), t, count);
        i->c = c;
        i->fset = (uint16_t)flags;
    }
}

static void shift(struct lift *L, enum ir_opcode op, unsigned flags)
{
    const struct operand *d = &L->in.ops[0], *n = &L->in.ops[1];
    bool constant = n->kind != OPD_REG;
    unsigned k = n->kind == OPD_ONE ? 1 : (unsigned)n->imm & (d->size == 8 ? 63 : 31);
    ir_ref count = constant ? lift_const(L, k) : lift_gpr(R_CX);

    if (constant && !k)
        flags = 0;
    /* SHL by 1 is the sum of the operand and itself; A, which the manual leaves open, is then that
     * of the sum, as on the 286 and on every host. */
    if (op == IR_shl && constant && k == 1) {
        op = IR_add;
        count = is_mem(d) ? IR_NONE : reg_of(d);
    }
    if (is_mem(d))
        mem_twice(L, op, count, IR_NONE, flags);
    else if (!constant || k)
        lift_opf(L, op, d->size, reg_of(d), reg_of(d), count, flags);
}

void lift_shl(struct lift *L)
{
    shift(L, IR_shl, FLAGS_STATUS);
}
void lift_shr(struct lift *L)
{
    shift(L, IR_shr, FLAGS_STATUS);
}
void lift_sar(struct lift *L)
{
    shift(L, IR_sar, FLAGS_STATUS);
}
void lift_rol(struct lift *L)
{
    shift(L, IR_rol, FLAGS_CO);
}
void lift_ror(struct lift *L)
{
    shift(L, IR_ror, FLAGS_CO);
}
void lift_rcl(struct lift *L)
{
    shift(L, IR_rcl, FLAGS_CO);
}
void lift_rcr(struct lift *L)
{
    shift(L, IR_rcr, FLAGS_CO);
}

static void double_shift(struct lift *L, enum ir_opcode op)
{
    const struct operand *d = &L->in.ops[0], *n = &L->in.ops[2];
    bool constant = n->kind != OPD_REG;
    unsigned k = (unsigned)n->imm & (d->size == 8 ? 63 : 31);
    ir_ref fill = reg_of(&L->in.ops[1]), count = constant ? lift_const(L, k) : lift_gpr(R_CX);
    unsigned flags = constant && !k ? 0 : FLAGS_STATUS;

    if (is_mem(d)) {
        mem_twice(L, op, fill, count, flags);
    } else if (flags) {
        struct ir_insn *i = lift_emit(L, op, d->size, reg_of(d), reg_of(d), fill);
        i->c = count;
        i->fset = (uint16_t)flags;
    }
}

void lift_shld(struct lift *L)
{
    double_shift(L, IR_shld);
}
void lift_shrd(struct lift *L)
{
    double_shift(L, IR_shrd);
}

/* --- multiply and divide ---
 *
 * Products define C and O; S, Z, A and P stay (docs/undefined.md). */

static void multiply(struct lift *L, enum ir_opcode op, const struct operand *src)
{
    unsigned size = src->size;
    ir_ref v = lift_read(L, src, 0);
    struct ir_insn *i = lift_emit(L, op, size, lift_gpr(R_AX), lift_gpr(R_AX), v);

    i->dst2 = size == 1 ? (ir_ref)(IR_GPR | R_AX | IR_HIGH) : lift_gpr(R_DX);
    i->fset = FLAGS_CO;
}

void lift_mul(struct lift *L)
{
    multiply(L, IR_mul, &L->in.ops[L->in.nops - 1]);
}

void lift_imul(struct lift *L)
{
    const struct operand *d = &L->in.ops[0];
    ir_ref a, b;

    if (L->in.nops == 1) {
        multiply(L, IR_imul, d);
        return;
    }
    if (L->in.nops == 2) {
        a = reg_of(d);
        b = lift_read(L, &L->in.ops[1], d->size);
    } else {
        a = lift_read(L, &L->in.ops[1], d->size);
        b = lift_read(L, &L->in.ops[2], d->size);
    }
    lift_opf(L, IR_imul, d->size, reg_of(d), a, b, FLAGS_CO);
}

static void divide(struct lift *L, enum helper_id id)
{
    const struct operand *s = &L->in.ops[L->in.nops - 1];
    ir_ref v = lift_read(L, s, 0);

    if (s->kind == OPD_REG)
        v = lift_op(L, IR_mov, s->size, v, IR_NONE);
    lift_call(L, id, v, lift_const(L, s->size), IR_NONE, IR_NONE);
}

void lift_div(struct lift *L)
{
    divide(L, HELPER_div);
}
void lift_idiv(struct lift *L)
{
    divide(L, HELPER_idiv);
}

/* --- bits --- */

/* The unit of memory that a register bit offset reaches: ea + (offset >> 4 or 5) * 2 or 4 (SDM vol.
 * 1, 3.1.1.9). */
static ir_ref bit_ea(struct lift *L, ir_ref offset)
{
    unsigned size = L->in.ops[0].size;
    ir_ref ea = lift_ea(L, 0), t = lift_tmp(L), full = lift_tmp(L);
    struct ir_insn *i = lift_emit(L, IR_sext, 4, full, offset, IR_NONE);
    ir_ref unit;

    i->cc = (uint8_t)size;
    unit = lift_op(L, IR_sar, 4, full, lift_const(L, size == 2 ? 4 : 5));
    i = lift_emit(L, IR_lea, L->in.addrsize, t, ir_is_const(ea) ? IR_NONE : ea, unit);
    i->seg = size == 2 ? 1 : 2;
    i->aux = ir_is_const(ea) ? (uint32_t)ir_const_value(L->b, ea) : 0;
    return t;
}

static void bit_op(struct lift *L, enum ir_opcode op)
{
    const struct operand *d = &L->in.ops[0], *n = &L->in.ops[1];
    unsigned size = d->size;
    ir_ref count =
        n->kind == OPD_REG ? reg_of(n) : lift_const(L, (uint64_t)n->imm & (size * 8 - 1));
    ir_ref ea, t, r;

    if (!is_mem(d)) {
        lift_opf(L, op, size, op == IR_bt ? IR_NONE : reg_of(d), reg_of(d), count, FLAG_C);
        return;
    }
    ea = n->kind == OPD_REG ? bit_ea(L, count) : lift_ea(L, 0);
    if (op == IR_bt) {
        t = lift_ld(L, size, L->in.mem.seg, ea);
    } else {
        t = emit_ldw(L, size, ea);
        r = lift_op(L, op, size, t, count);
        lift_st(L, size, L->in.mem.seg, ea, r);
    }
    lift_opf(L, IR_bt, size, IR_NONE, t, count, FLAG_C);
}

void lift_bt(struct lift *L)
{
    bit_op(L, IR_bt);
}
void lift_bts(struct lift *L)
{
    bit_op(L, IR_bts);
}
void lift_btr(struct lift *L)
{
    bit_op(L, IR_btr);
}
void lift_btc(struct lift *L)
{
    bit_op(L, IR_btc);
}

static void bit_scan(struct lift *L, enum ir_opcode op)
{
    const struct operand *d = &L->in.ops[0];
    ir_ref v = lift_read(L, &L->in.ops[1], d->size);

    lift_opf(L, op, d->size, reg_of(d), reg_of(d), v, FLAGS_STATUS);
}

void lift_bsf(struct lift *L)
{
    bit_scan(L, IR_bsf);
}
void lift_bsr(struct lift *L)
{
    bit_scan(L, IR_bsr);
}

void lift_popcnt(struct lift *L)
{
    const struct operand *d = &L->in.ops[0];
    ir_ref v = lift_read(L, &L->in.ops[1], d->size);

    lift_opf(L, IR_popcnt, d->size, reg_of(d), v, IR_NONE, FLAGS_STATUS);
}

void lift_bswap(struct lift *L)
{
    const struct operand *d = &L->in.ops[0];
    lift_emit(L, IR_bswap, d->size, reg_of(d), reg_of(d), IR_NONE);
}

void lift_movbe(struct lift *L)
{
    const struct operand *d = &L->in.ops[0];
    ir_ref v = lift_read(L, &L->in.ops[1], d->size), r;

    if (d->size == 2)
        r = lift_op(L, IR_rol, 2, v, lift_const(L, 8));
    else
        r = lift_op(L, IR_bswap, d->size, v, IR_NONE);
    lift_write(L, d, 0, r);
}

/* --- decimal: AL and AH in, AX and flags out --- */

void lift_aaa(struct lift *L)
{
    lift_call(L, HELPER_aaa, IR_NONE, IR_NONE, IR_NONE, IR_NONE);
}
void lift_aas(struct lift *L)
{
    lift_call(L, HELPER_aas, IR_NONE, IR_NONE, IR_NONE, IR_NONE);
}
void lift_daa(struct lift *L)
{
    lift_call(L, HELPER_daa, IR_NONE, IR_NONE, IR_NONE, IR_NONE);
}
void lift_das(struct lift *L)
{
    lift_call(L, HELPER_das, IR_NONE, IR_NONE, IR_NONE, IR_NONE);
}

void lift_aam(struct lift *L)
{
    lift_call(L, HELPER_aam, lift_const(L, (uint8_t)L->in.ops[0].imm), IR_NONE, IR_NONE, IR_NONE);
}

void lift_aad(struct lift *L)
{
    lift_call(L, HELPER_aad, lift_const(L, (uint8_t)L->in.ops[0].imm), IR_NONE, IR_NONE, IR_NONE);
}

/* --- flags --- */

void lift_stc(struct lift *L)
{
    lift_opf(L, IR_stc, 1, IR_NONE, IR_NONE, IR_NONE, FLAG_C);
}
void lift_clc(struct lift *L)
{
    lift_opf(L, IR_clc, 1, IR_NONE, IR_NONE, IR_NONE, FLAG_C);
}
void lift_cmc(struct lift *L)
{
    lift_opf(L, IR_cmc, 1, IR_NONE, IR_NONE, IR_NONE, FLAG_C);
}

void lift_lahf(struct lift *L)
{
    lift_emit(L, IR_lahf, 1, (ir_ref)(IR_GPR | R_AX | IR_HIGH), IR_NONE, IR_NONE);
}

void lift_sahf(struct lift *L)
{
    lift_opf(L, IR_sahf, 1, IR_NONE, (ir_ref)(IR_GPR | R_AX | IR_HIGH), IR_NONE,
             FLAGS_STATUS & ~FLAG_O);
}

static void condition_to(struct lift *L, unsigned cc, ir_ref dst)
{
    lift_emit(L, IR_setcc, 1, dst, IR_NONE, IR_NONE)->cc = (uint8_t)cc;
}

void lift_setcc(struct lift *L)
{
    const struct operand *d = &L->in.ops[0];

    if (is_mem(d)) {
        ir_ref t = lift_tmp(L);
        condition_to(L, L->in.cc, t);
        lift_write(L, d, 1, t);
    } else {
        condition_to(L, L->in.cc, reg_of(d));
    }
}

void lift_salc(struct lift *L)
{
    ir_ref t = lift_tmp(L);

    condition_to(L, 2, t);
    lift_emit(L, IR_neg, 1, lift_gpr(R_AX), t, IR_NONE);
}

void lift_cmovcc(struct lift *L)
{
    const struct operand *d = &L->in.ops[0];
    ir_ref v = lift_read(L, &L->in.ops[1], d->size);

    lift_emit(L, IR_cmov, d->size, reg_of(d), v, reg_of(d))->cc = L->in.cc;
}

/* --- exchange --- */

void lift_xchg(struct lift *L)
{
    const struct operand *d = &L->in.ops[0], *s = &L->in.ops[1];

    if (is_mem(s)) {
        const struct operand *t = d;
        d = s;
        s = t;
    }
    if (is_mem(d)) {
        emit_rmw(L, IR_mov, d->size, reg_of(s), reg_of(s), 0);
    } else {
        ir_ref t = lift_op(L, IR_mov, d->size, reg_of(d), IR_NONE);
        lift_write(L, d, 0, reg_of(s));
        lift_write(L, s, 0, t);
    }
}

void lift_xadd(struct lift *L)
{
    const struct operand *d = &L->in.ops[0], *s = &L->in.ops[1];
    ir_ref old, sum;

    if (is_mem(d)) {
        emit_rmw(L, IR_add, d->size, reg_of(s), reg_of(s), FLAGS_STATUS);
        return;
    }
    old = lift_op(L, IR_mov, d->size, reg_of(d), IR_NONE);
    sum = lift_tmp(L);
    lift_opf(L, IR_add, d->size, sum, old, reg_of(s), FLAGS_STATUS);
    lift_write(L, s, 0, old);
    lift_write(L, d, 0, sum);
}

/* The memory form always writes: the old value where the comparison failed (SDM, CMPXCHG). */
void lift_cmpxchg(struct lift *L)
{
    const struct operand *d = &L->in.ops[0], *s = &L->in.ops[1];
    unsigned size = d->size;
    ir_ref acc = lift_gpr(R_AX), ea = IR_NONE, old, diff, v = lift_tmp(L);

    if (is_mem(d)) {
        ea = lift_ea(L, 0);
        old = emit_ldw(L, size, ea);
    } else {
        old = lift_op(L, IR_mov, size, reg_of(d), IR_NONE);
    }
    diff = lift_op(L, IR_sub, size, acc, old);
    lift_emit(L, IR_sel, size, v, old, reg_of(s))->c = diff;
    if (is_mem(d))
        lift_st(L, size, L->in.mem.seg, ea, v);
    lift_opf(L, IR_sub, size, IR_NONE, acc, old, FLAGS_STATUS);
    lift_emit(L, IR_mov, size, acc, old, IR_NONE);
    if (!is_mem(d))
        lift_write(L, d, 0, v);
}

void lift_cmpxchg8b(struct lift *L)
{
    lift_call(L, HELPER_cmpxchg8b, lift_ea(L, 0), lift_const(L, L->in.mem.seg), IR_NONE, IR_NONE);
}
