/* ops.c - host code for each IR operation but memory accesses and exits. */
#include <assert.h>
#include "translate/backend/x86_64/jit.h"

/* Flags around an operation whose host instruction changes flags: those kept must survive, those
 * read must be in the host.  Called last before the instruction; MOV may stand between. */
static void flags_before(struct jit *j, const struct ir_insn *i)
{
    uint16_t read = ir_flags_read(i);

    /* A count of zero in CL leaves the flags that the operation otherwise sets. */
    if (i->fset && ir_flags_maybe(j->ir, i))
        flags_need_host(j, (uint16_t)(i->fset | i->fkeep | read));
    else if (i->fset && i->fkeep)
        flags_need_host(j, (uint16_t)(i->fkeep | read));
    else if (read)
        flags_need_host(j, read);
    if (!i->fset)
        flags_clobber(j, i->fkeep);
}

/* flags_clobber() above only forgets; the host's flags are still there for an ADC. */
static void flags_after(struct jit *j, const struct ir_insn *i)
{
    if (i->fset)
        flags_defined(j, i, i->fset);
    else
        j->host = 0;
}

static bool mixes_high(unsigned a, unsigned b, unsigned c)
{
    unsigned r[3] = {a, b, c};
    bool high = false, rex = false;

    for (unsigned n = 0; n < 3; n++) {
        high |= r[n] >= HIGH && r[n] != NOREG;
        rex |= r[n] >= R8 && r[n] < HIGH;
    }
    return high && rex;
}

/* A register of its own for AH..BH where REX forbids to name it. */
unsigned lower_byte(struct jit *j, unsigned reg)
{
    unsigned s;

    if (reg < HIGH || reg == NOREG)
        return reg;
    s = reg_scratch(j);
    x_get_high(j, s, reg);
    return s;
}

static void copy(struct jit *j, unsigned size, unsigned dst, unsigned src)
{
    if (dst == src)
        return;
    if (reg_is_temp(dst) && size < 4)
        size = 4;
    x_mov_rr(j, size, dst, src);
}

/* Registers of an operation d = a op b. b is NOREG where it is an immediate or missing. */
struct regs3 {
    unsigned d, a, b;
    unsigned real_d; /* the high byte register that d stands for, or d */
};

static struct regs3 prepare(struct jit *j, const struct ir_insn *i, bool b_imm)
{
    struct regs3 r = {NOREG, NOREG, NOREG, NOREG};

    r.a = reg_use(j, i->a, i->size);
    if (i->b != IR_NONE && !b_imm)
        r.b = reg_use(j, i->b, i->size);
    if (i->dst != IR_NONE)
        r.d = reg_def(j, i->dst);
    r.real_d = r.d;
    if (mixes_high(r.d, r.a, r.b)) {
        if (r.d != NOREG && r.d >= HIGH)
            r.d = reg_scratch(j);
        r.a = lower_byte(j, r.a);
        r.b = lower_byte(j, r.b);
    }
    return r;
}

static void finish(struct jit *j, const struct ir_insn *i, const struct regs3 *r)
{
    if (r->d == NOREG)
        return;
    if (r->d != r->real_d)
        x_put_high(j, r->real_d, r->d);
    reg_defined(j, i->dst, i->size);
}

/* Makes d hold a without losing b; where d is b's register, b moves away. */
static void a_into_d(struct jit *j, const struct ir_insn *i, struct regs3 *r, bool commutes)
{
    if (r->d == r->a)
        return;
    if (r->d == r->b && r->b != NOREG) {
        if (commutes) {
            r->b = r->a;
            return;
        }
        r->b = reg_scratch(j);
        copy(j, i->size, r->b, r->d);
    }
    copy(j, i->size, r->d, r->a);
}

static bool imm_fits(unsigned size, uint64_t v)
{
    return size < 8 || (int64_t)v == (int32_t)v;
}

static void emit_alu(struct jit *j, const struct ir_insn *i, enum alu alu)
{
    uint64_t v = 0;
    bool imm = ref_value(j, i->b, &v) && imm_fits(i->size, v);
    struct regs3 r = prepare(j, i, imm);
    unsigned target = r.d;

    if (target == NOREG) {
        target = r.a;
        alu = ALU_CMP;
    } else {
        a_into_d(j, i, &r, ir_attr(i) & IRA_COMMUTES);
    }
    flags_before(j, i);
    if (imm)
        x_alu_ri(j, i->size, alu, target, (int64_t)v);
    else
        x_alu_rr(j, i->size, alu, target, r.b);
    flags_after(j, i);
    finish(j, i, &r);
}

static void emit_test(struct jit *j, const struct ir_insn *i)
{
    uint64_t v = 0;
    bool imm = ref_value(j, i->b, &v) && imm_fits(i->size, v);
    struct regs3 r = prepare(j, i, imm);

    flags_before(j, i);
    if (imm) {
        x_rr(j, i->size, pair(0xf6, i->size), 0, r.a);
        for (unsigned n = 0; n < (i->size == 8 ? 4 : i->size); n++)
            x8(j, v >> n * 8 & 0xff);
    } else {
        x_rr(j, i->size, pair(0x84, i->size), r.b, r.a);
    }
    flags_after(j, i);
}

static void emit_unary(struct jit *j, const struct ir_insn *i, unsigned opcode, unsigned digit)
{
    struct regs3 r = prepare(j, i, true);

    copy(j, i->size, r.d, r.a);
    if (i->op != IR_not)
        flags_before(j, i);
    x_rr(j, i->size, pair(opcode, i->size), digit, r.d);
    if (i->op != IR_not)
        flags_after(j, i);
    finish(j, i, &r);
}

unsigned shift_digit(unsigned op)
{
    static const uint8_t digit[] = {
        [IR_rol] = 0, [IR_ror] = 1, [IR_rcl] = 2, [IR_rcr] = 3,
        [IR_shl] = 4, [IR_shr] = 5, [IR_sar] = 7,
    };
    return digit[op];
}

static void emit_shift(struct jit *j, const struct ir_insn *i)
{
    uint64_t v = 0;
    bool imm = ref_value(j, i->b, &v);
    struct regs3 r = prepare(j, i, true);
    unsigned op = i->size == 1 ? 0xc0 : 0xc1;

    assert(imm || i->b == (IR_GPR | R_CX));
    r.b = imm ? NOREG : RCX;
    if (r.d == RCX && r.a != RCX && !imm) {
        /* ECX is both the count and the result. */
        unsigned s = reg_scratch(j);
        copy(j, i->size, s, r.a);
        r.real_d = r.d;
        flags_before(j, i);
        x_rr(j, i->size, 0x10 + op, shift_digit(i->op), s);
        flags_after(j, i);
        x_mov_rr(j, i->size, RCX, s);
        return;
    }
    copy(j, i->size, r.d, r.a);
    flags_before(j, i);
    if (imm && v == 1) {
        x_rr(j, i->size, 0x10 + op, shift_digit(i->op), r.d);
    } else if (imm) {
        x_rr(j, i->size, op, shift_digit(i->op), r.d);
        x8(j, (unsigned)v & 63);
    } else {
        x_rr(j, i->size, 0x12 + op, shift_digit(i->op), r.d);
    }
    flags_after(j, i);
    finish(j, i, &r);
}

static void emit_double_shift(struct jit *j, const struct ir_insn *i, unsigned opcode)
{
    uint64_t v = 0;
    bool imm = ref_value(j, i->c, &v);
    struct regs3 r = prepare(j, i, false);

    assert(imm || i->c == (IR_GPR | R_CX));
    if (r.d == RCX && !imm && r.a != RCX) {
        unsigned s = reg_scratch(j);
        copy(j, i->size, s, r.a);
        flags_before(j, i);
        x_rr(j, i->size, opcode + 1, r.b, s);
        flags_after(j, i);
        x_mov_rr(j, i->size, RCX, s);
        return;
    }
    a_into_d(j, i, &r, false);
    flags_before(j, i);
    x_rr(j, i->size, opcode + (imm ? 0 : 1), r.b, r.d);
    if (imm)
        x8(j, (unsigned)v & 63);
    flags_after(j, i);
    finish(j, i, &r);
}

static void emit_wide_mul(struct jit *j, const struct ir_insn *i)
{
    unsigned b = reg_use(j, i->b, i->size);

    assert(i->a == (IR_GPR | R_AX) && i->dst == i->a);
    flags_before(j, i);
    x_rr(j, i->size, pair(0xf6, i->size), i->op == IR_mul ? 4 : 5, b);
    flags_after(j, i);
}

static void emit_imul(struct jit *j, const struct ir_insn *i)
{
    uint64_t v = 0;
    bool imm = ref_value(j, i->b, &v);
    struct regs3 r;

    if (i->dst2 != IR_NONE) {
        emit_wide_mul(j, i);
        return;
    }
    r = prepare(j, i, imm);
    if (imm) {
        flags_before(j, i);
        x_rr(j, i->size, 0x69, r.d, r.a);
        for (unsigned n = 0; n < (i->size == 2 ? 2 : 4); n++)
            x8(j, v >> n * 8 & 0xff);
    } else {
        a_into_d(j, i, &r, true);
        flags_before(j, i);
        x_rr(j, i->size, 0x0faf, r.d, r.b);
    }
    flags_after(j, i);
    finish(j, i, &r);
}

static void emit_scan(struct jit *j, const struct ir_insn *i)
{
    struct regs3 r = prepare(j, i, false);

    a_into_d(j, i, &r, false);
    flags_before(j, i);
    x_rr(j, i->size, i->op == IR_bsf ? 0x0fbc : 0x0fbd, r.d, r.b);
    flags_after(j, i);
    finish(j, i, &r);
}

static void emit_bit(struct jit *j, const struct ir_insn *i)
{
    static const uint8_t digit[] = {[IR_bt] = 4, [IR_bts] = 5, [IR_btr] = 6, [IR_btc] = 7};
    uint64_t v = 0;
    bool imm = ref_value(j, i->b, &v);
    struct regs3 r = prepare(j, i, imm);
    unsigned target = r.d;

    if (target == NOREG)
        target = r.a;
    else
        a_into_d(j, i, &r, false);
    flags_before(j, i);
    if (imm) {
        x_rr(j, i->size, 0x0fba, digit[i->op], target);
        x8(j, (unsigned)v & (i->size * 8 - 1));
    } else {
        x_rr(j, i->size, 0x0f83 | digit[i->op] << 3, r.b, target);
    }
    flags_after(j, i);
    finish(j, i, &r);
}

static void emit_bswap(struct jit *j, const struct ir_insn *i)
{
    struct regs3 r = prepare(j, i, true);

    if (i->size == 2) {
        /* Undefined by the manual; Bygone gives zero, as the P6 does. */
        x_mov_ri_size(j, 2, r.d, 0);
    } else {
        copy(j, i->size, r.d, r.a);
        if (i->size == 8 || r.d & 8)
            x8(j, 0x40 | (i->size == 8 ? 8 : 0) | (r.d >> 3 & 1));
        x8(j, 0x0f);
        x8(j, 0xc8 | (r.d & 7));
    }
    reg_defined(j, i->dst, i->size);
}

static void emit_popcnt(struct jit *j, const struct ir_insn *i)
{
    struct regs3 r = prepare(j, i, true);

    flags_before(j, i);
    x8(j, 0xf3);
    x_rr(j, i->size, 0x0fb8, r.d, r.a);
    flags_after(j, i);
    finish(j, i, &r);
}

static void emit_setcc(struct jit *j, const struct ir_insn *i)
{
    unsigned cc = flags_condition(j, i->cc), d = reg_def(j, i->dst);

    x_rr(j, 1, 0x0f90 | cc, 0, d);
    reg_defined(j, i->dst, 1);
}

static void emit_cmov(struct jit *j, const struct ir_insn *i)
{
    struct regs3 r = prepare(j, i, false);
    unsigned cc = flags_condition(j, i->cc);

    if (r.d == r.a && r.d != r.b) {
        x_rr(j, i->size, 0x0f40 | (cc ^ 1), r.d, r.b);
    } else {
        copy(j, i->size, r.d, r.b);
        x_rr(j, i->size, 0x0f40 | cc, r.d, r.a);
    }
    if (i->size == 4)
        x_mov_rr(j, 4, r.d, r.d);
    reg_defined(j, i->dst, i->size);
}

static void emit_sel(struct jit *j, const struct ir_insn *i)
{
    unsigned c = reg_use(j, i->c, i->size), a = lower_byte(j, reg_use(j, i->a, i->size));
    unsigned b = lower_byte(j, reg_use(j, i->b, i->size)), d = reg_def(j, i->dst);

    flags_clobber(j, i->fkeep);
    x_rr(j, i->size, pair(0x84, i->size), c, c);
    if (d == a) {
        x_rr(j, i->size == 8 ? 8 : 4, 0x0f44, d, b);
    } else {
        if (d != b)
            x_mov_rr(j, 8, d, b);
        x_rr(j, i->size == 8 ? 8 : 4, 0x0f45, d, a);
    }
    reg_defined(j, i->dst, i->size);
}

static void emit_mov(struct jit *j, const struct ir_insn *i)
{
    uint64_t v;
    unsigned d, a;

    if (ref_value(j, i->a, &v)) {
        d = reg_def(j, i->dst);
        if (reg_is_temp(d))
            x_mov_ri(j, d, v & mask_bytes(i->size));
        else
            x_mov_ri_size(j, i->size, d, v);
        return;
    }
    a = reg_use(j, i->a, i->size);
    d = reg_def(j, i->dst);
    if (reg_is_temp(d) && i->size < 4) {
        if (a >= HIGH)
            x_get_high(j, d, a);
        else
            x_movzx(j, i->size, d, a);
    } else if (d >= HIGH && reg_is_temp(a)) {
        x_put_high(j, d, a);
    } else if (d != a || i->size == 4) {
        x_rr(j, i->size, pair(0x88, i->size), a, d);
    }
}

/* d = a extended from i->cc bytes; a result of 2 bytes goes through a scratch register. */
static void emit_extend(struct jit *j, const struct ir_insn *i)
{
    unsigned a = reg_use(j, i->a, i->cc), d = reg_def(j, i->dst), t = d;

    if (i->size == 2 && !reg_is_temp(d))
        t = reg_scratch(j);
    if (a >= HIGH && t >= R8) {
        x_get_high(j, t, a);
        a = t;
    }
    if (i->op == IR_zext)
        x_movzx(j, i->cc, t, a);
    else
        x_movsx(j, i->size == 2 ? 4 : i->size, i->cc, t, a);
    if (t != d)
        x_mov_rr(j, 2, d, t);
    else
        reg_defined(j, i->dst, i->size);
}

static void emit_lea(struct jit *j, const struct ir_insn *i)
{
    unsigned a, b, d, t;
    int32_t disp = (int32_t)i->aux;

    if (window_fold(j, i))
        return;
    a = i->a == IR_NONE ? NOREG : reg_use(j, i->a, 4);
    b = i->b == IR_NONE ? NOREG : reg_use(j, i->b, 4);
    d = t = reg_def(j, i->dst);

    if (i->size == 2 && !reg_is_temp(d))
        t = reg_scratch(j);
    if (b == NOREG && a == NOREG)
        x_mov_ri(j, t, (uint32_t)disp);
    else if (b == NOREG && disp == 0)
        x_mov_rr(j, 4, t, a);
    else
        x_rm(j, 4, 0x8d, t, a, b, i->seg, disp);
    if (t != d)
        x_mov_rr(j, 2, d, t);
    else
        reg_defined(j, i->dst, i->size);
}

static void emit_carry(struct jit *j, const struct ir_insn *i, unsigned opcode)
{
    if (!i->fset)
        return;
    if (i->fkeep)
        flags_need_host(j, i->fkeep);
    if (i->op == IR_cmc)
        flags_need_host(j, (uint16_t)(i->fkeep | FLAG_C));
    x8(j, opcode);
    flags_after(j, i);
}

static void emit_lahf(struct jit *j, const struct ir_insn *i)
{
    unsigned s;

    flags_need_state(j);
    s = reg_scratch(j);
    x_ld_state(j, 1, s, offsetof(struct cpu, lahf));
    if (reg_def(j, i->dst) >= HIGH)
        x_put_high(j, reg_def(j, i->dst), s);
    else
        x_mov_rr(j, 1, reg_def(j, i->dst), s);
}

static void emit_sahf(struct jit *j, const struct ir_insn *i)
{
    assert(i->a == (IR_GPR | R_AX | IR_HIGH));
    if (!i->fset)
        return;
    if (i->fkeep)
        flags_need_host(j, i->fkeep);
    x8(j, 0x9e);
    flags_after(j, i);
}

static void emit_ldst(struct jit *j, const struct ir_insn *i)
{
    unsigned d;

    if (vec_ldst(j, i))
        return;
    d = reg_def(j, i->dst);
    if (ir_is_gpr(i->dst) && i->size < 4)
        x_rm(j, i->size, pair(0x8a, i->size), d, STATE_REG, NOREG, 0, (int32_t)i->aux);
    else
        x_ld_state(j, i->size, d, i->aux);
}

static void emit_stst(struct jit *j, const struct ir_insn *i)
{
    uint64_t v;

    if (vec_stst(j, i))
        return;
    if (ref_value(j, i->a, &v) && (i->size < 8 || v <= INT32_MAX))
        x_st_state_imm(j, i->size, i->aux, (uint32_t)v);
    else
        x_st_state(j, i->size, lower_byte(j, reg_use(j, i->a, i->size)), i->aux);
}

void put_arg(struct jit *j, ir_ref r, unsigned n)
{
    size_t off = offsetof(struct cpu, args) + n * 8;
    uint64_t v;
    unsigned reg;

    if (r == IR_NONE)
        return;
    if (ref_value(j, r, &v) && v <= INT32_MAX && !ir_is_eip(j->ir, r)) {
        x_st_state_imm(j, 8, off, (uint32_t)v);
        return;
    }
    reg = reg_use(j, r, 8);
    x_st_state(j, 8, reg, off);
    reg_release(j, reg);
}

static void emit_code_bytes(struct jit *j, const struct ir_insn *i)
{
    unsigned d = reg_def(j, i->dst);
    uint64_t ram_off = 0, size = 0;

    ref_value(j, i->a, &ram_off);
    ref_value(j, i->b, &size);
    x_mov_ri(j, d, (uintptr_t)(j->e->cpu->mem->ram->host + ram_off));
    x_rm(j, 4, size == 4 ? 0x8b : size == 2 ? 0x0fb7 : 0x0fb6, d, d, NOREG, 0, 0);
}

static void emit_helper(struct jit *j, const struct ir_insn *i)
{
    unsigned effects = helpers[i->aux].effects;

    if (i->aux == HELPER_code_bytes) {
        emit_code_bytes(j, i);
        return;
    }
    if (vec_helper(j, i) || x87_helper(j, i) || rep_helper(j, i))
        return;
    j->e->stats.helper_calls++;
    /* Also before a segment register changes, whose selector is stored. */
    if (effects & (HE_X87 | HE_END))
        x87_store_pointers(j);
    vec_forget(j);
    put_arg(j, i->a, 0);
    put_arg(j, i->b, 1);
    put_arg(j, i->c, 2);
    put_arg(j, i->dst2, 3);
    if (effects & HE_RFLAGS)
        flags_need_state(j);
    flags_clobber(j, (uint16_t)(i->ffault | (effects & HE_WFLAGS ? 0 : i->fkeep)));
    regs_spill_live(j);
    x_call_to(j, j->d->helper[i->aux]);
    note_loc(j, i->index);
    j->host = 0;
    if (effects & HE_WFLAGS)
        j->state = FLAGS_STATUS;
    if (i->dst != IR_NONE)
        x_ld_state(j, ir_is_gpr(i->dst) ? 4 : 8, reg_def(j, i->dst), offsetof(struct cpu, ret));
}

static void emit_seteip(struct jit *j, const struct ir_insn *i)
{
    uint64_t v;

    if (ref_value(j, i->a, &v)) {
        x_st_state_imm(j, 4, offsetof(struct cpu, eip), (uint32_t)v);
        note_eip(j, i->a);
        return;
    }
    x_st_state(j, 4, reg_use(j, i->a, 4), offsetof(struct cpu, eip));
}

void emit_op(struct jit *j, const struct ir_insn *i)
{
    if (i->op == IR_insn) {
        j->b->guest[i->index].x87_before = j->x87_last;
        j->b->guest[i->index].x87_mem_before = (uint8_t)j->x87_mem;
        return;
    }
    if (soft_wanted(j, i)) {
        emit_soft(j, i);
        return;
    }
    switch (i->op) {
    case IR_mov:
        emit_mov(j, i);
        break;
    case IR_zext:
    case IR_sext:
        emit_extend(j, i);
        break;
    case IR_lea:
        emit_lea(j, i);
        break;
    case IR_add:
        emit_alu(j, i, ALU_ADD);
        break;
    case IR_or:
        emit_alu(j, i, ALU_OR);
        break;
    case IR_adc:
        emit_alu(j, i, ALU_ADC);
        break;
    case IR_sbb:
        emit_alu(j, i, ALU_SBB);
        break;
    case IR_and:
        if (i->dst == IR_NONE)
            emit_test(j, i);
        else
            emit_alu(j, i, ALU_AND);
        break;
    case IR_sub:
        emit_alu(j, i, ALU_SUB);
        break;
    case IR_xor:
        emit_alu(j, i, ALU_XOR);
        break;
    case IR_inc:
        emit_unary(j, i, 0xfe, 0);
        break;
    case IR_dec:
        emit_unary(j, i, 0xfe, 1);
        break;
    case IR_neg:
        emit_unary(j, i, 0xf6, 3);
        break;
    case IR_not:
        emit_unary(j, i, 0xf6, 2);
        break;
    case IR_shl:
    case IR_shr:
    case IR_sar:
    case IR_rol:
    case IR_ror:
    case IR_rcl:
    case IR_rcr:
        emit_shift(j, i);
        break;
    case IR_shld:
        emit_double_shift(j, i, 0x0fa4);
        break;
    case IR_shrd:
        emit_double_shift(j, i, 0x0fac);
        break;
    case IR_mul:
        emit_wide_mul(j, i);
        break;
    case IR_imul:
        emit_imul(j, i);
        break;
    case IR_bsf:
    case IR_bsr:
        emit_scan(j, i);
        break;
    case IR_bt:
    case IR_bts:
    case IR_btr:
    case IR_btc:
        emit_bit(j, i);
        break;
    case IR_bswap:
        emit_bswap(j, i);
        break;
    case IR_popcnt:
        emit_popcnt(j, i);
        break;
    case IR_setcc:
        emit_setcc(j, i);
        break;
    case IR_cmov:
        emit_cmov(j, i);
        break;
    case IR_sel:
        emit_sel(j, i);
        break;
    case IR_stc:
        emit_carry(j, i, 0xf9);
        break;
    case IR_clc:
        emit_carry(j, i, 0xf8);
        break;
    case IR_cmc:
        emit_carry(j, i, 0xf5);
        break;
    case IR_lahf:
        emit_lahf(j, i);
        break;
    case IR_sahf:
        emit_sahf(j, i);
        break;
    case IR_ld:
        emit_ld(j, i);
        break;
    case IR_ldw:
        emit_ldw(j, i);
        break;
    case IR_st:
        emit_st(j, i);
        break;
    case IR_rmw:
        emit_rmw(j, i);
        break;
    case IR_ldst:
        emit_ldst(j, i);
        break;
    case IR_stst:
        emit_stst(j, i);
        break;
    case IR_helper:
        emit_helper(j, i);
        break;
    case IR_seteip:
        emit_seteip(j, i);
        break;
    default:
        emit_exit(j, i);
        break;
    }
}
