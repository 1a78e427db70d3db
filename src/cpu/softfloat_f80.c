/* softfloat_f80.c - double extended arithmetic as the x87 defines it (SDM vol. 1, chapter 8). */
#include "cpu/softfloat_num.h"

enum f80_class f80_classify(struct f80 a)
{
    unsigned e = a.se & 0x7fff;

    if (e == 0)
        return a.man ? F80_DENORMAL : F80_ZERO;
    if (!(a.man & SF_INT_BIT))
        return F80_UNSUPPORTED;
    if (e == 0x7fff)
        return a.man == SF_INT_BIT ? F80_INFINITY : F80_NAN;
    return F80_NORMAL;
}

bool f80_is_snan(struct f80 a)
{
    return sf_unpack_f80(a).cls == SFC_SNAN;
}

static struct f80 nan_result(const struct sf_num *a, const struct sf_num *b, struct sf_status *s)
{
    struct sf_num n = sf_nan_x87(a, b, s);

    s->up = false;
    return sf_pack_f80(&n);
}

struct f80 sf_f80_arith(enum sf_op op, struct sf_num a, struct sf_num b, struct sf_status *s)
{
    if (a.cls >= SFC_QNAN || b.cls >= SFC_QNAN)
        return nan_result(&a, &b, s);
    switch (op) {
    case SF_OP_SUB:
        b.sign = !b.sign;
        sf_add(&a, &b, s);
        break;
    case SF_OP_SUBR:
        a.sign = !a.sign;
        sf_add(&a, &b, s);
        break;
    case SF_OP_ADD:
        sf_add(&a, &b, s);
        break;
    case SF_OP_MUL:
        sf_mul(&a, &b, s);
        break;
    case SF_OP_DIV:
        sf_div(&a, &b, s);
        break;
    default:
        sf_div(&b, &a, s);
        return sf_finish_f80_pc(&b, s);
    }
    return sf_finish_f80_pc(&a, s);
}

struct f80 f80_add(struct f80 a, struct f80 b, struct sf_status *s)
{
    return sf_f80_arith(SF_OP_ADD, sf_unpack_f80(a), sf_unpack_f80(b), s);
}

struct f80 f80_sub(struct f80 a, struct f80 b, struct sf_status *s)
{
    return sf_f80_arith(SF_OP_SUB, sf_unpack_f80(a), sf_unpack_f80(b), s);
}

struct f80 f80_mul(struct f80 a, struct f80 b, struct sf_status *s)
{
    return sf_f80_arith(SF_OP_MUL, sf_unpack_f80(a), sf_unpack_f80(b), s);
}

struct f80 f80_div(struct f80 a, struct f80 b, struct sf_status *s)
{
    return sf_f80_arith(SF_OP_DIV, sf_unpack_f80(a), sf_unpack_f80(b), s);
}

struct f80 f80_sqrt(struct f80 a, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f80(a);

    if (x.cls >= SFC_QNAN)
        return nan_result(&x, NULL, s);
    sf_sqrt(&x, s);
    return sf_finish_f80_pc(&x, s);
}

enum sf_relation f80_compare(struct f80 a, struct f80 b, bool signal_qnan, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f80(a), y = sf_unpack_f80(b);

    return sf_compare(&x, &y, signal_qnan, s);
}

struct f80 f80_round(struct f80 a, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f80(a);

    if (x.cls >= SFC_QNAN)
        return nan_result(&x, NULL, s);
    sf_note_denormal(&x, s);
    sf_round_integral(&x, s->round, s);
    return sf_pack_f80(&x);
}

/* SDM vol. 2A, FSCALE, table 3-33. */
struct f80 f80_scale(struct f80 a, struct f80 by, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f80(a), y = sf_unpack_f80(by);
    uint64_t count = 0x10000;
    bool inexact, up;

    if (x.cls >= SFC_QNAN || y.cls >= SFC_QNAN)
        return nan_result(&x, &y, s);
    if (y.cls == SFC_INF) {
        if ((x.cls == SFC_INF && y.sign) || (x.cls == SFC_ZERO && !y.sign)) {
            x = sf_invalid(s);
            return sf_finish_f80(&x, s);
        }
        sf_note_denormal(&x, s);
        x.cls = y.sign ? SFC_ZERO : SFC_INF;
        x.sig = SF_INT_BIT;
        return sf_finish_f80(&x, s);
    }
    sf_note_denormal(&x, s);
    sf_note_denormal(&y, s);
    if (x.cls == SFC_NORMAL && y.exp < 16)
        sf_magnitude(&y, SF_CHOP, &count, &inexact, &up);
    x.exp += y.sign ? -(int)count : (int)count;
    return sf_finish_f80(&x, s);
}

/* SDM vol. 2A, FXTRACT. */
struct f80 f80_extract(struct f80 a, struct f80 *exponent, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f80(a), e;

    s->up = false;
    if (x.cls >= SFC_QNAN)
        return *exponent = nan_result(&x, NULL, s);
    if (x.cls == SFC_NORMAL) {
        sf_note_denormal(&x, s);
        e = sf_from_i64(x.exp);
        x.exp = 0;
    } else {
        if (x.cls == SFC_ZERO)
            s->flags |= SF_ZERODIV;
        e = (struct sf_num){.cls = SFC_INF, .sig = SF_INT_BIT, .sign = x.cls == SFC_ZERO};
    }
    *exponent = sf_pack_f80(&e);
    return sf_pack_f80(&x);
}

/* Remainder of normal numbers whose exponents differ by d, 0 <= d <= 63: a becomes the rest, and
 * the quotient is returned. */
static uint64_t reduce(struct sf_num *a, const struct sf_num *b, unsigned d)
{
    u128 v = (u128)a->sig << d;
    uint64_t q = (uint64_t)(v / b->sig), rest = (uint64_t)(v % b->sig);

    a->exp -= (int)d;
    if (rest == 0) {
        a->cls = SFC_ZERO;
        return q;
    }
    unsigned z = (unsigned)__builtin_clzll(rest);
    a->sig = rest << z;
    a->exp -= (int)z;
    return q;
}

/* FPREM1's last step: `a` has been reduced below |b|; takes |b| away once more if that is nearer,
 * or as near and the quotient odd. */
static uint64_t to_nearest(struct sf_num *a, const struct sf_num *b, uint64_t q)
{
    struct sf_num twice = *a;

    if (a->cls == SFC_ZERO)
        return q;
    twice.exp++;
    int order = sf_compare_magnitude(&twice, b);
    if (order < 0 || (order == 0 && !(q & 1)))
        return q;
    struct sf_num sub = *b;
    struct sf_status none = {.round = SF_NEAREST};
    sub.sign = !a->sign;
    sf_add(a, &sub, &none);
    return q + 1;
}

struct f80 f80_rem(struct f80 a, struct f80 b, bool nearest, uint64_t *quotient, bool *partial,
                   struct sf_status *s)
{
    struct sf_num x = sf_unpack_f80(a), y = sf_unpack_f80(b);

    *quotient = 0;
    *partial = false;
    if (x.cls >= SFC_QNAN || y.cls >= SFC_QNAN)
        return nan_result(&x, &y, s);
    if (x.cls == SFC_INF || y.cls == SFC_ZERO) {
        x = sf_invalid(s);
        return sf_finish_f80(&x, s);
    }
    sf_note_denormal(&x, s);
    sf_note_denormal(&y, s);
    if (x.cls == SFC_NORMAL && y.cls == SFC_NORMAL) {
        int d = x.exp - y.exp;
        if (d >= 64) {
            /* SDM vol. 2A, FPREM: reduces the exponent by an implementation's choice of 32 to 63.
             */
            y.exp += d - (32 + (d & 31));
            reduce(&x, &y, 32 + (d & 31));
            *partial = true;
        } else {
            if (d >= 0)
                *quotient = reduce(&x, &y, (unsigned)d);
            if (nearest && d >= -1)
                *quotient = to_nearest(&x, &y, *quotient);
        }
    }
    return sf_finish_f80(&x, s);
}
