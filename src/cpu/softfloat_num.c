/* softfloat_num.c - arithmetic on unpacked numbers: add, multiply, divide, square root, compare. */
#include "cpu/softfloat_num.h"

static inline u128 joined(const struct sf_num *n)
{
    return (u128)n->sig << 64 | n->low;
}
static inline void split(struct sf_num *n, u128 v)
{
    n->sig = (uint64_t)(v >> 64);
    n->low = (uint64_t)v;
}

/* Left-justifies a nonzero 128-bit significand. */
static void normalize(struct sf_num *n, u128 v)
{
    uint64_t high = (uint64_t)(v >> 64);
    unsigned z =
        high ? (unsigned)__builtin_clzll(high) : 64 + (unsigned)__builtin_clzll((uint64_t)v);

    n->exp -= (int)z;
    split(n, v << z);
}

struct sf_num sf_from_i64(int64_t v)
{
    struct sf_num n = {.cls = SFC_ZERO};
    uint64_t mag = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

    if (mag == 0)
        return n;
    unsigned z = (unsigned)__builtin_clzll(mag);
    n.cls = SFC_NORMAL;
    n.sign = v < 0;
    n.sig = mag << z;
    n.exp = 63 - (int)z;
    return n;
}

int sf_compare_magnitude(const struct sf_num *a, const struct sf_num *b)
{
    if (a->cls != b->cls || a->cls != SFC_NORMAL)
        return (a->cls > b->cls) - (a->cls < b->cls);
    if (a->exp != b->exp)
        return a->exp < b->exp ? -1 : 1;
    return (a->sig > b->sig) - (a->sig < b->sig);
}

/* a += b, of equal signs, |a| >= |b|. */
static void add_magnitudes(struct sf_num *a, const struct sf_num *b)
{
    u128 x = joined(a), sum = x + sf_shift_jam(joined(b), (unsigned)(a->exp - b->exp));

    if (sum < x) {
        sum = sf_shift_jam(sum, 1) | (u128)1 << 127;
        a->exp++;
    }
    split(a, sum);
}

/* a -= b in magnitude, |a| > |b|. */
static void sub_magnitudes(struct sf_num *a, const struct sf_num *b)
{
    normalize(a, joined(a) - sf_shift_jam(joined(b), (unsigned)(a->exp - b->exp)));
}

/* At least one operand is zero or infinite. */
static void add_special(struct sf_num *a, const struct sf_num *b, struct sf_status *s)
{
    if (a->cls == SFC_INF) {
        if (b->cls == SFC_INF && a->sign != b->sign)
            *a = sf_invalid(s);
    } else if (a->cls == SFC_ZERO) {
        bool sign = a->sign;
        *a = *b;
        if (b->cls == SFC_ZERO && sign != b->sign)
            a->sign = s->round == SF_DOWN;
    } else if (b->cls == SFC_INF) {
        *a = *b;
    }
}

void sf_add(struct sf_num *a, const struct sf_num *b, struct sf_status *s)
{
    sf_note_denormal(a, s);
    sf_note_denormal(b, s);
    if (a->cls != SFC_NORMAL || b->cls != SFC_NORMAL) {
        add_special(a, b, s);
        return;
    }
    int order = sf_compare_magnitude(a, b);
    if (order == 0 && a->sign != b->sign) {
        *a = (struct sf_num){.cls = SFC_ZERO, .sign = s->round == SF_DOWN};
        return;
    }
    struct sf_num small = *b;
    if (order < 0) {
        small = *a;
        *a = *b;
    }
    if (a->sign == small.sign)
        add_magnitudes(a, &small);
    else
        sub_magnitudes(a, &small);
}

void sf_mul(struct sf_num *a, const struct sf_num *b, struct sf_status *s)
{
    bool sign = a->sign ^ b->sign;

    if (a->cls != SFC_NORMAL || b->cls != SFC_NORMAL) {
        if (a->cls + b->cls == SFC_ZERO + SFC_INF && a->cls != b->cls &&
            (a->cls == SFC_INF || b->cls == SFC_INF)) {
            *a = sf_invalid(s);
            return;
        }
        sf_note_denormal(a, s);
        sf_note_denormal(b, s);
        if (a->cls == SFC_NORMAL || b->cls == SFC_INF)
            *a = *b;
        a->sign = sign;
        return;
    }
    sf_note_denormal(a, s);
    sf_note_denormal(b, s);
    u128 p = (u128)a->sig * b->sig;
    a->exp += b->exp;
    if (p >> 127)
        a->exp++;
    else
        p <<= 1;
    split(a, p);
    a->sign = sign;
}

static void div_special(struct sf_num *a, const struct sf_num *b, struct sf_status *s)
{
    bool sign = a->sign ^ b->sign;

    if (a->cls == b->cls) { /* 0/0, inf/inf */
        *a = sf_invalid(s);
        return;
    }
    if (b->cls == SFC_ZERO && a->cls == SFC_NORMAL) {
        s->flags |= SF_ZERODIV;
        *a = (struct sf_num){.cls = SFC_INF, .sig = SF_INT_BIT, .sign = sign};
        return;
    }
    sf_note_denormal(a, s);
    sf_note_denormal(b, s);
    if (b->cls == SFC_INF)
        *a = (struct sf_num){.cls = SFC_ZERO};
    a->sign = sign;
}

void sf_div(struct sf_num *a, const struct sf_num *b, struct sf_status *s)
{
    if (a->cls != SFC_NORMAL || b->cls != SFC_NORMAL) {
        div_special(a, b, s);
        return;
    }
    sf_note_denormal(a, s);
    sf_note_denormal(b, s);
    a->exp -= b->exp;
    a->sign ^= b->sign;
    u128 dividend = (u128)a->sig << 63;
    if (a->sig < b->sig) {
        dividend <<= 1;
        a->exp--;
    }
    uint64_t rest = (uint64_t)(dividend % b->sig);
    a->sig = (uint64_t)(dividend / b->sig);
    /* The next quotient bit, then sticky. */
    bool half = rest >= b->sig - rest;
    uint64_t left = half ? rest - (b->sig - rest) : rest;
    a->low = (uint64_t)half << 63 | (left != 0);
}

/* Root of a 64-bit number whose bit 63 or 62 is set, with remainder. */
static uint64_t sqrt64(uint64_t v, uint64_t *rest)
{
    uint64_t root = 0, rem = 0;

    for (int i = 0; i < 32; i++) {
        rem = rem << 2 | v >> 62;
        v <<= 2;
        root <<= 1;
        if (rem > root << 1) {
            rem -= (root << 1) + 1;
            root++;
        }
    }
    *rest = rem;
    return root;
}

/* Zimmermann, "Karatsuba square root" (INRIA RR-3805): from the root of the upper half by one
 * division. */
void sf_sqrt(struct sf_num *a, struct sf_status *s)
{
    if (a->cls == SFC_ZERO)
        return;
    if (a->sign) {
        *a = sf_invalid(s);
        return;
    }
    sf_note_denormal(a, s);
    if (a->cls == SFC_INF)
        return;

    u128 v = (u128)a->sig << (a->exp & 1 ? 64 : 63);
    a->exp = a->exp >> 1;
    uint64_t rest, high = sqrt64((uint64_t)(v >> 64), &rest);
    u128 num = (u128)rest << 32 | (uint32_t)(v >> 32);
    uint64_t q = (uint64_t)(num / (high << 1)), u = (uint64_t)(num % (high << 1));
    u128 root = ((u128)high << 32) + q;
    __int128 rem = ((__int128)u << 32 | (uint32_t)v) - (__int128)((u128)q * q);
    if (rem < 0) {
        rem += (__int128)(2 * root - 1);
        root--;
    }
    a->sig = (uint64_t)root;
    /* Root + 1/2 squared is root^2 + root + 1/4: the next bit is set if the remainder exceeds the
     * root. */
    bool half = (u128)rem > root;
    a->low = (uint64_t)half << 63 | (rem != 0);
}

enum sf_relation sf_compare(const struct sf_num *a, const struct sf_num *b, bool signal_qnan,
                            struct sf_status *s)
{
    if (a->cls >= SFC_QNAN || b->cls >= SFC_QNAN) {
        if (signal_qnan || a->cls > SFC_QNAN || b->cls > SFC_QNAN)
            s->flags |= SF_INVALID;
        return SF_UNORDERED;
    }
    sf_note_denormal(a, s);
    sf_note_denormal(b, s);
    if (a->cls == SFC_ZERO && b->cls == SFC_ZERO)
        return SF_EQUAL;
    if (a->sign != b->sign)
        return a->sign ? SF_LESS : SF_GREATER;
    int order = sf_compare_magnitude(a, b);
    if (order == 0)
        return SF_EQUAL;
    return (order < 0) != a->sign ? SF_LESS : SF_GREATER;
}

static struct sf_num quieted(const struct sf_num *n)
{
    struct sf_num q = *n;

    q.cls = SFC_QNAN;
    q.sig |= SF_QUIET_BIT;
    return q;
}

struct sf_num sf_nan_sse(const struct sf_num *a, const struct sf_num *b, struct sf_status *s)
{
    if (a->cls == SFC_SNAN || (b && b->cls == SFC_SNAN))
        s->flags |= SF_INVALID;
    return quieted(a->cls >= SFC_QNAN ? a : b);
}

struct sf_num sf_nan_x87(const struct sf_num *a, const struct sf_num *b, struct sf_status *s)
{
    if (a->cls == SFC_BAD || (b && b->cls == SFC_BAD))
        return sf_invalid(s);
    if (a->cls == SFC_SNAN || (b && b->cls == SFC_SNAN))
        s->flags |= SF_INVALID;
    if (!b || b->cls < SFC_QNAN)
        return quieted(a);
    if (a->cls < SFC_QNAN)
        return quieted(b);
    if (a->cls != b->cls)
        return a->cls == SFC_QNAN ? *a : *b;
    if (a->sig != b->sig)
        return quieted(a->sig > b->sig ? a : b);
    return quieted(a->sign ? b : a);
}
