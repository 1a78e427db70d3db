/* softfloat_round.c - rounding of unpacked numbers, to formats and to integers, and packing. */
#include "cpu/softfloat_num.h"

const struct sf_format sf_format_f32 = {-126, 127, 24};
const struct sf_format sf_format_f64 = {-1022, 1023, 53};
const struct sf_format sf_format_f80 = {-16382, 16383, 64};

/* Whether a magnitude with the last kept bit `odd` and the discarded fraction `frac`/2^64 is
 * incremented. */
static inline bool increments(uint64_t frac, bool odd, bool sign, enum sf_round round)
{
    switch (round) {
    case SF_NEAREST:
        return frac > SF_INT_BIT || (frac == SF_INT_BIT && odd);
    case SF_DOWN:
        return sign && frac != 0;
    case SF_UP:
        return !sign && frac != 0;
    default:
        return false;
    }
}

struct rounding {
    uint64_t sig;
    bool carry, inexact, up; /* carry: the significand has become 2.0, sig is 1.0 */
};

/* Keeps the upper `precision` bits (1 to 64) of sig:low. */
static inline struct rounding round_at(uint64_t sig, uint64_t low, unsigned precision, bool sign,
                                       enum sf_round round)
{
    unsigned drop = 64 - precision;
    uint64_t unit = (uint64_t)1 << drop;
    uint64_t frac = drop ? sig << precision | low >> drop | ((low << precision) != 0) : low;
    struct rounding r = {.sig = sig & ~(unit - 1), .inexact = frac != 0};

    if (increments(frac, (sig & unit) != 0, sign, round)) {
        r.up = true;
        r.sig += unit;
        r.carry = r.sig == 0 && (sig & SF_INT_BIT);
        if (r.carry)
            r.sig = SF_INT_BIT;
    }
    return r;
}

static void overflow(struct sf_num *n, const struct sf_format *f, unsigned precision, bool wrap,
                     struct rounding *r, struct sf_status *s)
{
    s->flags |= SF_OVERFLOW;
    if (wrap && !(s->masked & SF_OVERFLOW)) {
        n->exp -= SF_WRAP;
        n->sig = r->sig;
        if (n->exp <= f->emax)
            return;
        /* FSCALE can overflow the wrapped range too: infinity (SDM vol. 1, 8.5.4). */
        r->inexact = r->up = true;
        r->sig = SF_INT_BIT;
        n->cls = SFC_INF;
        return;
    }
    bool inf = s->round == SF_NEAREST || s->round == (n->sign ? SF_DOWN : SF_UP);
    r->inexact |= wrap || (s->masked & SF_OVERFLOW); /* unmasked in SSE: as with any exponent */
    r->up = inf;
    r->sig = inf ? SF_INT_BIT : ~(uint64_t)0 << (64 - precision);
    n->cls = inf ? SFC_INF : SFC_NORMAL;
    n->exp = f->emax;
}

/* n is below 2^emin before rounding. */
static struct rounding underflow(struct sf_num *n, const struct sf_format *f, unsigned precision,
                                 bool wrap, struct sf_status *s)
{
    struct rounding r = round_at(n->sig, n->low, precision, n->sign, s->round);
    bool tiny = n->exp < f->emin - 1 || !r.carry, masked = s->masked & SF_UNDERFLOW;

    if (tiny && !masked) {
        s->flags |= SF_UNDERFLOW;
        if (wrap) {
            n->exp += SF_WRAP;
            if (n->exp + r.carry >= f->emin)
                return r;
            n->cls = SFC_ZERO;
            return (struct rounding){.inexact = true};
        }
        /* Unmasked in SSE: nothing is delivered, and inexact is as with any exponent. */
        n->cls = SFC_ZERO;
        return r;
    }
    if (tiny && masked && s->ftz) {
        s->flags |= SF_UNDERFLOW;
        n->cls = SFC_ZERO;
        return (struct rounding){.inexact = true};
    }
    u128 v = sf_shift_jam((u128)n->sig << 64 | n->low, (unsigned)(f->emin - n->exp));
    r = round_at((uint64_t)(v >> 64), (uint64_t)v, precision, n->sign, s->round);
    n->exp = f->emin;
    if (tiny && r.inexact)
        s->flags |= SF_UNDERFLOW;
    if (r.sig == 0)
        n->cls = SFC_ZERO;
    return r;
}

void sf_round_num(struct sf_num *n, const struct sf_format *f, unsigned precision, bool wrap,
                  struct sf_status *s)
{
    struct rounding r;

    s->up = false;
    if (n->cls != SFC_NORMAL)
        return;
    if (n->exp < f->emin)
        r = underflow(n, f, precision, wrap, s);
    else
        r = round_at(n->sig, n->low, precision, n->sign, s->round);
    n->exp += r.carry;
    if (n->exp > f->emax)
        overflow(n, f, precision, wrap, &r, s);
    n->sig = r.sig;
    n->low = 0;
    s->up = r.up;
    if (r.inexact)
        s->flags |= SF_PRECISION;
}

/* Exponent field of a packed number. */
static inline unsigned biased(const struct sf_num *n, int bias)
{
    if (n->cls >= SFC_INF)
        return 2u * (unsigned)bias + 1;
    if (n->cls == SFC_ZERO || !(n->sig & SF_INT_BIT))
        return 0;
    return (unsigned)(n->exp + bias);
}

uint32_t sf_pack_f32(const struct sf_num *n)
{
    uint32_t frac = n->cls == SFC_ZERO ? 0 : n->sig >> 40 & 0x7fffff;

    return (uint32_t)n->sign << 31 | biased(n, 127) << 23 | frac;
}

uint64_t sf_pack_f64(const struct sf_num *n)
{
    uint64_t frac = n->cls == SFC_ZERO ? 0 : n->sig >> 11 & 0xfffffffffffff;

    return (uint64_t)n->sign << 63 | (uint64_t)biased(n, 1023) << 52 | frac;
}

struct f80 sf_pack_f80(const struct sf_num *n)
{
    struct f80 r = {.man = n->cls == SFC_ZERO ? 0 : n->sig};

    r.se = (uint16_t)((unsigned)n->sign << 15 | biased(n, 16383));
    return r;
}

uint32_t sf_finish_f32(struct sf_num *n, struct sf_status *s)
{
    sf_round_num(n, &sf_format_f32, 24, false, s);
    return sf_pack_f32(n);
}

uint64_t sf_finish_f64(struct sf_num *n, struct sf_status *s)
{
    sf_round_num(n, &sf_format_f64, 53, false, s);
    return sf_pack_f64(n);
}

struct f80 sf_finish_f80(struct sf_num *n, struct sf_status *s)
{
    sf_round_num(n, &sf_format_f80, 64, true, s);
    return sf_pack_f80(n);
}

struct f80 sf_finish_f80_pc(struct sf_num *n, struct sf_status *s)
{
    static const uint8_t bits[] = {
        [SF_PC24] = 24, [SF_PC_RESERVED] = 64, [SF_PC53] = 53, [SF_PC64] = 64};

    sf_round_num(n, &sf_format_f80, bits[s->precision], true, s);
    return sf_pack_f80(n);
}

bool sf_magnitude(const struct sf_num *a, enum sf_round round, uint64_t *mag, bool *inexact,
                  bool *up)
{
    *mag = 0;
    *inexact = *up = false;
    if (a->cls == SFC_ZERO)
        return true;
    if (a->exp > 63)
        return false;
    u128 v = sf_shift_jam((u128)a->sig << 64, (unsigned)(63 - a->exp));
    uint64_t whole = (uint64_t)(v >> 64), frac = (uint64_t)v;
    *inexact = frac != 0;
    *up = increments(frac, whole & 1, a->sign, round);
    *mag = whole + *up;
    return true;
}

int64_t sf_to_int(const struct sf_num *a, unsigned bits, enum sf_round round, struct sf_status *s)
{
    uint64_t mag, limit = (uint64_t)1 << (bits - 1);
    bool inexact, up;

    s->up = false;
    if (a->cls >= SFC_INF || !sf_magnitude(a, round, &mag, &inexact, &up) ||
        mag > limit - !a->sign) {
        s->flags |= SF_INVALID;
        return (int64_t)(0 - limit);
    }
    s->up = up;
    if (inexact)
        s->flags |= SF_PRECISION;
    return (int64_t)(a->sign ? 0 - mag : mag);
}

void sf_round_integral(struct sf_num *a, enum sf_round round, struct sf_status *s)
{
    uint64_t mag;
    bool inexact, up;

    s->up = false;
    if (a->cls != SFC_NORMAL || a->exp >= 63)
        return;
    sf_magnitude(a, round, &mag, &inexact, &up);
    s->up = up;
    if (inexact)
        s->flags |= SF_PRECISION;
    if (mag == 0) {
        a->cls = SFC_ZERO;
        return;
    }
    unsigned z = (unsigned)__builtin_clzll(mag);
    a->sig = mag << z;
    a->exp = 63 - (int)z;
}
