/* x87_trans.c - the transcendental x87 instructions (SDM vol. 1, 8.3.7 to 8.3.10).
 *
 * The SDM asks for errors below one unit in the last place and leaves the rest to the
 * implementation.  Ours are computed in 128-bit integers, so that they are the correctly rounded
 * values but for about one case in 2^50, under the rounding control, and the same on every host.
 * Trigonometric arguments are reduced by the 66-bit value of pi that the SDM gives (8.3.8), not by
 * the number pi. */
#include "cpu/wide.h"
#include "cpu/x87.h"

static struct sf_num number(struct wide w, bool exact)
{
    if (w.sig == 0)
        return (struct sf_num){.cls = SFC_ZERO, .sign = w.sign};
    return (struct sf_num){.sig = (uint64_t)(w.sig >> 64),
                           .low = (uint64_t)w.sig | !exact,
                           .exp = w.exp,
                           .cls = SFC_NORMAL,
                           .sign = w.sign};
}

static struct f80 inexact_result(struct wide w, struct sf_status *s)
{
    struct sf_num n = number(w, false);

    return sf_finish_f80(&n, s);
}

static struct f80 nan_result(const struct sf_num *a, const struct sf_num *b, struct sf_status *s)
{
    struct sf_num n = sf_nan_x87(a, b, s);

    return sf_pack_f80(&n);
}

static struct f80 invalid_result(struct sf_status *s)
{
    struct sf_num n = sf_invalid(s);

    return sf_pack_f80(&n);
}

static struct f80 special(enum sf_class cls, bool sign)
{
    struct sf_num n = {.cls = cls, .sig = SF_INT_BIT, .sign = sign};

    return sf_pack_f80(&n);
}

/* --- sine, cosine, tangent --- */

struct angle {
    struct wide t;   /* the angle within its quadrant, or what is missing to the next: 0 to pi/4 */
    bool complement; /* t is pi/2 - angle */
    unsigned quadrant;
};

static struct angle reduce_angle(const struct sf_num *x)
{
    const u128 half_pi = (u128)0xc << 64 | 0x90fdaa22168c234c; /* in units of 2^-67 */
    struct angle a = {0};

    if (x->exp < -1) {
        a.t = wide_from_num(x);
        a.t.sign = false;
        return a;
    }
    u128 rest = (u128)x->sig << 3;
    uint64_t q = (uint64_t)(rest / half_pi);
    rest %= half_pi;
    for (unsigned left = (unsigned)x->exp + 1; left;) {
        unsigned k = left < 60 ? left : 60;
        rest <<= k;
        q = (q << k) + (uint64_t)(rest / half_pi);
        rest %= half_pi;
        left -= k;
    }
    a.quadrant = q & 3;
    a.complement = rest > half_pi / 2;
    a.t = wide_from_int(a.complement ? half_pi - rest : rest, -67, false);
    return a;
}

static struct wide angle_sin(const struct angle *a, bool negative)
{
    struct wide w = (a->quadrant & 1) != a->complement ? wide_cos(a->t) : wide_sin(a->t);

    w.sign = (a->quadrant >= 2) != negative;
    return w;
}

static struct wide angle_cos(const struct angle *a)
{
    struct wide w = (a->quadrant & 1) != a->complement ? wide_sin(a->t) : wide_cos(a->t);

    w.sign = a->quadrant == 1 || a->quadrant == 2;
    return w;
}

static struct f80 sine(const struct sf_num *x, struct sf_status *s)
{
    if (x->cls == SFC_ZERO)
        return sf_pack_f80(x);
    struct angle a = reduce_angle(x);
    return inexact_result(angle_sin(&a, x->sign), s);
}

static struct f80 cosine(const struct sf_num *x, struct sf_status *s)
{
    if (x->cls == SFC_ZERO)
        return f80_from_i64(1);
    struct angle a = reduce_angle(x);
    return inexact_result(angle_cos(&a), s);
}

static struct f80 tangent(const struct sf_num *x, struct sf_status *s)
{
    if (x->cls == SFC_ZERO)
        return sf_pack_f80(x);
    struct angle a = reduce_angle(x);
    if (x->exp < -32) {
        a.t.sign = x->sign;
        return inexact_result(wide_tan_tiny(a.t), s);
    }
    return inexact_result(wide_div(angle_sin(&a, x->sign), angle_cos(&a)), s);
}

typedef struct f80 trig_fn(const struct sf_num *, struct sf_status *);

/* Out of range: C2, and nothing else happens. */
static bool too_large(struct cpu *cpu, const struct x87_insn *in, const struct sf_num *x)
{
    if (x->cls != SFC_NORMAL || x->exp < 63)
        return false;
    x87_commit_quiet(cpu, in, false);
    cpu->fpu.sw |= FSW_C2;
    return true;
}

/* Puts fn(ST(0)) in place, and pushes what `second` gives. */
static void trig(struct cpu *cpu, const struct x87_insn *in, trig_fn *fn, trig_fn *second)
{
    struct fpu *f = &cpu->fpu;
    struct x87_status st = x87_begin(f);
    struct f80 v = x87_indefinite(), w = v;

    if (!x87_missing(f, 0, &st)) {
        struct sf_num x = sf_unpack_f80(x87_get(f, 0));
        if (second && !x87_empty(f, 7)) {
            x87_overflow(&st);
        } else if (x.cls >= SFC_INF) {
            v = w = x.cls == SFC_INF ? invalid_result(&st.sf) : nan_result(&x, NULL, &st.sf);
        } else {
            if (too_large(cpu, in, &x))
                return;
            sf_note_denormal(&x, &st.sf);
            if (second)
                w = second(&x, &st.sf);
            v = fn(&x, &st.sf);
        }
    }
    bool result = x87_commit(cpu, in, &st);
    f->sw &= (uint16_t)~FSW_C2;
    if (!result)
        return;
    x87_put(f, 0, v);
    if (second)
        x87_push(f, w);
}

static struct f80 one(const struct sf_num *x, struct sf_status *s)
{
    (void)x;
    (void)s;
    return f80_from_i64(1);
}

void x87_fsin(struct cpu *cpu, const struct x87_insn *in)
{
    trig(cpu, in, sine, NULL);
}

void x87_fcos(struct cpu *cpu, const struct x87_insn *in)
{
    trig(cpu, in, cosine, NULL);
}

void x87_fsincos(struct cpu *cpu, const struct x87_insn *in)
{
    trig(cpu, in, sine, cosine);
}

void x87_fptan(struct cpu *cpu, const struct x87_insn *in)
{
    trig(cpu, in, tangent, one);
}

/* --- 2^x - 1 --- */

/* Beyond -1 to 1 the result is undefined (SDM vol. 2A, F2XM1): the operand stays. */
static struct f80 exp2m1(const struct sf_num *x, struct sf_status *s)
{
    struct sf_num half = {.cls = SFC_NORMAL, .sig = SF_INT_BIT, .exp = -1, .sign = true};

    if (x->cls >= SFC_QNAN)
        return nan_result(x, NULL, s);
    if (x->cls == SFC_INF)
        return x->sign ? special(SFC_NORMAL, true) : sf_pack_f80(x);
    sf_note_denormal(x, s);
    if (x->cls == SFC_ZERO)
        return sf_pack_f80(x);
    s->flags |= SF_PRECISION;
    if (x->exp >= 0)
        return sf_pack_f80(x->exp == 0 && x->sig == SF_INT_BIT && x->sign ? &half : x);
    return inexact_result(wide_exp2m1(wide_from_num(x)), s);
}

void x87_f2xm1(struct cpu *cpu, const struct x87_insn *in)
{
    struct fpu *f = &cpu->fpu;
    struct x87_status st = x87_begin(f);
    struct f80 v = x87_indefinite();

    if (!x87_missing(f, 0, &st)) {
        struct sf_num x = sf_unpack_f80(x87_get(f, 0));
        v = exp2m1(&x, &st.sf);
    }
    if (x87_commit(cpu, in, &st))
        x87_put(f, 0, v);
}

/* --- logarithms: ST(1) = y, ST(0) = x --- */

/* y * log2 x where one of them is zero, infinite or negative, or x is 1 (SDM vol. 2A, FYL2X, table
 * 3-50). */
static struct f80 log_special(const struct sf_num *y, const struct sf_num *x, int order,
                              struct sf_status *s)
{
    /* order: x against 1; the logarithm is -inf, negative, 0, positive or inf. */
    bool log_zero = order == 0, log_inf = x->cls == SFC_ZERO || x->cls == SFC_INF,
         negative = order < 0;

    if ((y->cls == SFC_INF && log_zero) || (y->cls == SFC_ZERO && log_inf))
        return invalid_result(s);
    if (x->cls == SFC_ZERO && y->cls == SFC_NORMAL)
        s->flags |= SF_ZERODIV;
    else {
        sf_note_denormal(x, s);
        sf_note_denormal(y, s);
    }
    bool infinite = log_inf || y->cls == SFC_INF;
    return special(infinite ? SFC_INF : SFC_ZERO, y->sign != negative);
}

/* Precision and underflow are raised for exact results too, as silicon does. */
static struct f80 product(const struct sf_num *y, struct wide log, bool exact, struct sf_status *s)
{
    struct sf_num n = number(wide_mul(wide_from_num(y), log), exact);

    s->flags |= SF_PRECISION;
    if (exact && n.exp < sf_format_f80.emin)
        s->flags |= SF_UNDERFLOW;
    return sf_finish_f80(&n, s);
}

static struct f80 y_log2_x(const struct sf_num *y, const struct sf_num *x, struct sf_status *s)
{
    static const struct sf_num unity = {.cls = SFC_NORMAL, .sig = SF_INT_BIT};
    bool exact;

    if (x->cls >= SFC_QNAN || y->cls >= SFC_QNAN)
        return nan_result(x, y, s);
    if (x->sign && x->cls != SFC_ZERO)
        return invalid_result(s);
    int order = sf_compare_magnitude(x, &unity);
    if (x->cls != SFC_NORMAL || y->cls != SFC_NORMAL || order == 0)
        return log_special(y, x, order, s);
    sf_note_denormal(x, s);
    sf_note_denormal(y, s);
    struct wide log = wide_log2(wide_from_num(x), &exact);
    return product(y, log, exact, s);
}

/* Only |x| < 1 - sqrt(1/2) is defined (SDM vol. 2A, FYL2XP1); elsewhere the formula is followed. */
static struct f80 y_log2_x_plus_1(const struct sf_num *y, const struct sf_num *x,
                                  struct sf_status *s)
{
    static const struct sf_num unity = {.cls = SFC_NORMAL, .sig = SF_INT_BIT},
                               zero = {.cls = SFC_ZERO};

    if (x->cls >= SFC_QNAN || y->cls >= SFC_QNAN)
        return nan_result(x, y, s);
    int below = x->sign ? sf_compare_magnitude(x, &unity) : -1;
    if (below > 0)
        return invalid_result(s);
    if (below == 0)
        return log_special(y, &zero, -1, s);
    if (x->cls == SFC_ZERO && y->cls != SFC_INF) {
        sf_note_denormal(y, s);
        return special(SFC_ZERO, x->sign != y->sign);
    }
    if (x->cls != SFC_NORMAL || y->cls != SFC_NORMAL) {
        const struct sf_num *at = x->cls == SFC_INF ? x : &unity;
        sf_note_denormal(x, s);
        return log_special(y, at, x->cls == SFC_ZERO ? 0 : x->sign ? -1 : 1, s);
    }
    sf_note_denormal(x, s);
    sf_note_denormal(y, s);
    return product(y, wide_log2p1(wide_from_num(x)), false, s);
}

/* --- arc tangent of ST(1) / ST(0) --- */

/* k quarters of pi, rounded. */
static struct f80 quarters_of_pi(unsigned k, bool sign, struct sf_status *s)
{
    struct wide w = wide_mul(wide_pi(), wide_from_int(k, -2, sign));

    return inexact_result(w, s);
}

/* SDM vol. 2A, FPATAN, table 3-32. */
static struct f80 arctangent(const struct sf_num *y, const struct sf_num *x, struct sf_status *s)
{
    if (x->cls >= SFC_QNAN || y->cls >= SFC_QNAN)
        return nan_result(x, y, s);
    sf_note_denormal(x, s);
    sf_note_denormal(y, s);
    if (y->cls == SFC_INF)
        return quarters_of_pi(x->cls != SFC_INF ? 2 : x->sign ? 3 : 1, y->sign, s);
    if (y->cls == SFC_ZERO || x->cls == SFC_INF)
        return x->sign ? quarters_of_pi(4, y->sign, s) : special(SFC_ZERO, y->sign);
    if (x->cls == SFC_ZERO)
        return quarters_of_pi(2, y->sign, s);
    struct wide a = wide_atan(y, x);
    if (x->sign) {
        a.sign = true;
        a = wide_add(wide_pi(), a);
    }
    a.sign = y->sign;
    return inexact_result(a, s);
}

/* Replaces ST(1) by fn(ST(1), ST(0)) and pops. */
static void binary(struct cpu *cpu, const struct x87_insn *in,
                   struct f80 (*fn)(const struct sf_num *, const struct sf_num *,
                                    struct sf_status *))
{
    struct fpu *f = &cpu->fpu;
    struct x87_status st = x87_begin(f);
    struct f80 v = x87_indefinite();

    if (!x87_missing(f, 0, &st) && !x87_missing(f, 1, &st)) {
        struct sf_num x = sf_unpack_f80(x87_get(f, 0)), y = sf_unpack_f80(x87_get(f, 1));
        v = fn(&y, &x, &st.sf);
    }
    if (x87_commit(cpu, in, &st)) {
        x87_put(f, 1, v);
        x87_pop(f);
    }
}

void x87_fyl2x(struct cpu *cpu, const struct x87_insn *in)
{
    binary(cpu, in, y_log2_x);
}

void x87_fyl2xp1(struct cpu *cpu, const struct x87_insn *in)
{
    binary(cpu, in, y_log2_x_plus_1);
}

void x87_fpatan(struct cpu *cpu, const struct x87_insn *in)
{
    binary(cpu, in, arctangent);
}
