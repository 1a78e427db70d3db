/* x87_arith.c - x87 arithmetic, comparison and the instructions on ST(0) alone. */
#include "cpu/x87.h"

/* Memory operands of D8, DA, DC and DE: single, 32-bit integer, double, 16-bit integer. */
static struct sf_num load_operand(struct cpu *cpu, const struct x87_insn *in)
{
    static const struct sf_status plain = {0};

    switch (in->op >> 8) {
    case 0:
        return sf_unpack_f32((uint32_t)x87_load(cpu, in, 4), &plain);
    case 2:
        return sf_from_i64((int32_t)x87_load(cpu, in, 4));
    case 4:
        return sf_unpack_f64(x87_load(cpu, in, 8), &plain);
    default:
        return sf_from_i64((int16_t)x87_load(cpu, in, 2));
    }
}

/* ModRM.reg of the arithmetic escapes (SDM vol. 2D, table A-7). */
enum { REG_ADD, REG_MUL, REG_COM, REG_COMP, REG_SUB, REG_SUBR, REG_DIV, REG_DIVR };

static enum sf_op arith_op(unsigned reg)
{
    static const uint8_t ops[8] = {
        [REG_ADD] = SF_OP_ADD,   [REG_MUL] = SF_OP_MUL, [REG_SUB] = SF_OP_SUB,
        [REG_SUBR] = SF_OP_SUBR, [REG_DIV] = SF_OP_DIV, [REG_DIVR] = SF_OP_DIVR};

    return ops[reg];
}

/* Condition codes of a comparison: C3 C2 C0 (SDM vol. 1, table 8-6). */
static void set_relation(struct fpu *f, enum sf_relation rel)
{
    static const uint16_t codes[] = {
        [SF_EQUAL] = FSW_C3, [SF_LESS] = FSW_C0, [SF_GREATER] = 0, [SF_UNORDERED] = FSW_CC};

    f->sw = (uint16_t)((f->sw & ~FSW_CC) | codes[rel]);
}

static void compare(struct cpu *cpu, const struct x87_insn *in, const struct sf_num *b, bool quiet,
                    unsigned pops, struct x87_status *st)
{
    struct fpu *f = &cpu->fpu;
    enum sf_relation rel = SF_UNORDERED;

    if (b) {
        struct sf_num a = sf_unpack_f80(x87_get(f, 0));
        rel = sf_compare(&a, b, !quiet, &st->sf);
    }
    bool result = x87_commit(cpu, in, st);
    set_relation(f, rel); /* by silicon even if unmasked, other than the SDM says */
    while (result && pops--)
        x87_pop(f);
}

void x87_mem_arith(struct cpu *cpu, const struct x87_insn *in)
{
    struct fpu *f = &cpu->fpu;
    struct x87_status st = x87_begin(f);
    struct sf_num b = load_operand(cpu, in);
    unsigned reg = in->op >> 3 & 7;
    bool missing = x87_missing(f, 0, &st);
    struct f80 v = x87_indefinite();

    if (reg == REG_COM || reg == REG_COMP) {
        compare(cpu, in, missing ? NULL : &b, false, reg == REG_COMP, &st);
        return;
    }
    if (!missing)
        v = sf_f80_arith(arith_op(reg), sf_unpack_f80(x87_get(f, 0)), b, &st.sf);
    if (x87_commit(cpu, in, &st))
        x87_put(f, 0, v);
}

/* D8: to ST(0); DC: to ST(i); DE: to ST(i), then pop. */
void x87_reg_arith(struct cpu *cpu, const struct x87_insn *in)
{
    struct fpu *f = &cpu->fpu;
    struct x87_status st = x87_begin(f);
    unsigned i = in->op & 7, row = in->op >> 8;
    struct f80 v = x87_indefinite();

    if (!x87_missing(f, 0, &st) && !x87_missing(f, i, &st))
        v = sf_f80_arith(arith_op(in->op >> 3 & 7), sf_unpack_f80(x87_get(f, 0)),
                         sf_unpack_f80(x87_get(f, i)), &st.sf);
    if (!x87_commit(cpu, in, &st))
        return;
    x87_put(f, row == 0 ? 0 : i, v);
    if (row == 6)
        x87_pop(f);
}

/* FCOM and FCOMP with their aliases, FUCOM and FUCOMP (DD E0, DD E8). */
void x87_reg_compare(struct cpu *cpu, const struct x87_insn *in)
{
    struct fpu *f = &cpu->fpu;
    struct x87_status st = x87_begin(f);
    unsigned i = in->op & 7, row = in->op >> 8;
    bool missing = x87_missing(f, 0, &st) || x87_missing(f, i, &st);
    struct sf_num b = sf_unpack_f80(x87_get(f, i));

    compare(cpu, in, missing ? NULL : &b, row == 5, row == 6 || (in->op & 8), &st);
}

/* FCOMPP (DE D9) and FUCOMPP (DA E9). */
void x87_fcompp(struct cpu *cpu, const struct x87_insn *in)
{
    struct fpu *f = &cpu->fpu;
    struct x87_status st = x87_begin(f);
    bool missing = x87_missing(f, 0, &st) || x87_missing(f, 1, &st);
    struct sf_num b = sf_unpack_f80(x87_get(f, 1));

    compare(cpu, in, missing ? NULL : &b, in->op >> 8 == 2, 2, &st);
}

void x87_ftst(struct cpu *cpu, const struct x87_insn *in)
{
    static const struct sf_num zero = {.cls = SFC_ZERO};
    struct x87_status st = x87_begin(&cpu->fpu);
    bool missing = x87_missing(&cpu->fpu, 0, &st);

    compare(cpu, in, missing ? NULL : &zero, false, 0, &st);
}

/* Replaces ST(0) by the result of a function that has noted its exceptions. */
static void unary(struct cpu *cpu, const struct x87_insn *in,
                  struct f80 (*op)(struct f80, struct sf_status *))
{
    struct fpu *f = &cpu->fpu;
    struct x87_status st = x87_begin(f);
    struct f80 v = x87_indefinite();

    if (!x87_missing(f, 0, &st))
        v = op(x87_get(f, 0), &st.sf);
    if (x87_commit(cpu, in, &st))
        x87_put(f, 0, v);
}

void x87_fsqrt(struct cpu *cpu, const struct x87_insn *in)
{
    unary(cpu, in, f80_sqrt);
}

void x87_frndint(struct cpu *cpu, const struct x87_insn *in)
{
    unary(cpu, in, f80_round);
}

static struct f80 negated(struct f80 a, struct sf_status *s)
{
    (void)s;
    a.se ^= 0x8000;
    return a;
}

static struct f80 absolute(struct f80 a, struct sf_status *s)
{
    (void)s;
    a.se &= 0x7fff;
    return a;
}

void x87_fchs(struct cpu *cpu, const struct x87_insn *in)
{
    unary(cpu, in, negated);
}

void x87_fabs(struct cpu *cpu, const struct x87_insn *in)
{
    unary(cpu, in, absolute);
}

void x87_fscale(struct cpu *cpu, const struct x87_insn *in)
{
    struct fpu *f = &cpu->fpu;
    struct x87_status st = x87_begin(f);
    struct f80 v = x87_indefinite();

    if (!x87_missing(f, 0, &st) && !x87_missing(f, 1, &st))
        v = f80_scale(x87_get(f, 0), x87_get(f, 1), &st.sf);
    if (x87_commit(cpu, in, &st))
        x87_put(f, 0, v);
}

void x87_fxtract(struct cpu *cpu, const struct x87_insn *in)
{
    struct fpu *f = &cpu->fpu;
    struct x87_status st = x87_begin(f);
    struct f80 significand = x87_indefinite(), exponent = significand;

    if (!x87_missing(f, 0, &st)) {
        if (!x87_empty(f, 7))
            x87_overflow(&st);
        else
            significand = f80_extract(x87_get(f, 0), &exponent, &st.sf);
    }
    if (x87_commit(cpu, in, &st)) {
        x87_put(f, 0, exponent);
        x87_push(f, significand);
    }
}

/* FPREM (D9 F8) and FPREM1 (D9 F5).  C0 C3 C1 get bits 2, 1, 0 of the quotient, C2 tells that the
 * reduction is not complete. */
void x87_fprem(struct cpu *cpu, const struct x87_insn *in)
{
    struct fpu *f = &cpu->fpu;
    struct x87_status st = x87_begin(f);
    struct f80 v = x87_indefinite();
    uint64_t q = 0;
    bool partial = false;

    if (!x87_missing(f, 0, &st) && !x87_missing(f, 1, &st))
        v = f80_rem(x87_get(f, 0), x87_get(f, 1), (in->op & 63) == 0x35, &q, &partial, &st.sf);
    bool result = x87_commit(cpu, in, &st);
    f->sw &= (uint16_t)~FSW_C2;
    if (!result)
        return;
    x87_put(f, 0, v);
    if (f80_classify(v) == F80_NAN)
        return;
    f->sw &= (uint16_t)~FSW_CC;
    if (partial)
        f->sw |= FSW_C2;
    else
        f->sw |= (uint16_t)((q & 4 ? FSW_C0 : 0) | (q & 2 ? FSW_C3 : 0) | (q & 1 ? FSW_C1 : 0));
}

void x87_fxam(struct cpu *cpu, const struct x87_insn *in)
{
    struct fpu *f = &cpu->fpu;
    struct f80 v = x87_get(f, 0);
    unsigned cls = x87_empty(f, 0) ? F80_EMPTY : f80_classify(v);

    x87_commit_quiet(cpu, in, v.se >> 15);
    f->sw &= (uint16_t)~FSW_CC;
    f->sw |= (uint16_t)((cls & 1 ? FSW_C0 : 0) | (cls & 2 ? FSW_C2 : 0) | (cls & 4 ? FSW_C3 : 0));
}
