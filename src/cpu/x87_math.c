/* x87_math.c - elementary functions in 128-bit arithmetic.
 * Each reduces its argument until a short power series gives 120 bits: sine and cosine get theirs
 * reduced, 2^x - 1 is halved and doubled back, the logarithm and the arc tangent step to the
 * nearest table entry. */
#include "cpu/wide.h"

struct wide wide_add(struct wide a, struct wide b)
{
    if (a.sig == 0)
        return b;
    if (b.sig == 0)
        return a;
    if (a.exp < b.exp || (a.exp == b.exp && a.sig < b.sig)) {
        struct wide t = a;
        a = b;
        b = t;
    }
    unsigned shift = (unsigned)(a.exp - b.exp);
    u128 small = shift > 127 ? 0 : b.sig >> shift;
    if (a.sign != b.sign)
        return wide_normalized(a.sig - small, a.exp, a.sign);
    u128 sum = a.sig + small;
    if (sum < a.sig)
        return (struct wide){.sig = sum >> 1 | WIDE_TOP, .exp = a.exp + 1, .sign = a.sign};
    a.sig = sum;
    return a;
}

/* The next 64 bits of rest/d, rest < d: Knuth, vol. 2, 4.3.1, algorithm D. */
static uint64_t next_digit(u128 *rest, u128 d)
{
    uint64_t dh = (uint64_t)(d >> 64), dl = (uint64_t)d;
    u128 q = *rest / dh;

    if (q >> 64)
        q = UINT64_MAX;
    u128 r = *rest - q * dh, p = q * dl;
    while (r >> 64 == 0 && r << 64 < p) {
        q--;
        r += dh;
        p -= dl;
    }
    *rest = (r << 64) - p;
    return (uint64_t)q;
}

struct wide wide_div(struct wide a, struct wide b)
{
    bool whole = a.sig >= b.sig;
    u128 rest = whole ? a.sig - b.sig : a.sig;
    u128 q = (u128)next_digit(&rest, b.sig) << 64;

    q |= next_digit(&rest, b.sig);
    a.sign ^= b.sign;
    if (whole)
        return (struct wide){.sig = WIDE_TOP | q >> 1, .exp = a.exp - b.exp, .sign = a.sign};
    return wide_normalized(q, a.exp - b.exp - 1, a.sign);
}

/* c[0] +- z (c[1] +- z (...)), Q128. */
static u128 sum_series(const u128 *c, unsigned terms, u128 z, bool alternate)
{
    u128 acc = c[terms - 1];

    for (unsigned i = terms - 1; i-- > 0;) {
        u128 p = wide_mul_high(acc, z);
        acc = alternate ? c[i] - p : c[i] + p;
    }
    return acc;
}

/* 1 + d and 1 - d for a Q128 number d, which is at least the last bit, so that the result is not 1.
 */
static struct wide one_plus(u128 d)
{
    return (struct wide){.sig = WIDE_TOP | (d >> 1) | (d < 2)};
}
static struct wide one_minus(u128 d)
{
    return wide_normalized(0 - (d ? d : 1), -1, false);
}

static u128 square(struct wide t)
{
    u128 f = wide_fixed(&t);

    return wide_mul_high(f, f);
}

struct wide wide_sin(struct wide t)
{
    u128 z = square(t);

    return wide_mul(t, one_minus(wide_mul_high(z, sum_series(wide_sin_series, 16, z, true))));
}

struct wide wide_cos(struct wide t)
{
    u128 z = square(t);

    return one_minus(wide_mul_high(z, sum_series(wide_cos_series, 17, z, true)));
}

/* Two terms; a quotient of sine and cosine would fall short of t. */
struct wide wide_tan_tiny(struct wide t)
{
    return wide_mul(t, one_plus(wide_mul_high(square(t), wide_odd_series[0])));
}

struct wide wide_exp2m1(struct wide x)
{
    struct wide y = wide_mul(x, (struct wide){.sig = wide_const_ln2, .exp = -1});
    struct wide two = {.sig = WIDE_TOP, .exp = 1};
    unsigned halvings = y.exp > -6 ? (unsigned)(y.exp + 6) : 0;

    y.exp -= (int)halvings;
    u128 f = wide_fixed(&y), d = wide_mul_high(f, sum_series(wide_exp_series, 17, f, y.sign));
    struct wide m = wide_mul(y, y.sign ? one_minus(d) : one_plus(d));
    while (halvings--) /* e^2y - 1 = m (m + 2) for m = e^y - 1 */
        m = wide_mul(m, wide_add(m, two));
    return m;
}

/* log2 of (1+s)/(1-s), |s| < 1/128. */
static struct wide log_ratio(struct wide s)
{
    struct wide scale = {.sig = wide_const_2_over_ln2, .exp = 1};
    u128 z = square(s);

    s = wide_mul(s, one_plus(wide_mul_high(z, sum_series(wide_odd_series, 10, z, false))));
    return wide_mul(s, scale);
}

/* log2 of m/2^80, between 3/4 and 3/2 and not 1. */
static struct wide log_near_one(u128 m)
{
    uint32_t head = (uint32_t)(m >> 64);           /* 16 bits behind the point */
    uint32_t j = ((128u << 16) + head / 2) / head; /* j/128 is about 1/m */
    __int128 u = (__int128)(m * j) - ((__int128)128 << 80);
    bool sign = u < 0;
    struct wide num = wide_from_int((u128)(sign ? -u : u), -87, sign);
    struct wide den = wide_from_int((u128)(((__int128)256 << 80) + u), -87, false);
    struct wide step = wide_normalized(wide_log_table[j - WIDE_LOG_FIRST], -1, j > 128);

    return wide_add(log_ratio(wide_div(num, den)), step);
}

struct wide wide_log2(struct wide x, bool *exact)
{
    struct wide e, mantissa = {0};
    u128 m = x.sig >> 47; /* 1 <= m/2^80 < 2 */

    *exact = x.sig == WIDE_TOP;
    if (!*exact) {
        if (m >= (u128)3 << 79) {
            m = (m >> 1) | (m & 1);
            x.exp++;
        }
        mantissa = m == (u128)1 << 80 ? mantissa : log_near_one(m);
    }
    e = wide_from_int((u128)(x.exp < 0 ? -(int64_t)x.exp : x.exp), 0, x.exp < 0);
    return wide_add(e, mantissa);
}

struct wide wide_log2p1(struct wide x)
{
    struct wide one = {.sig = WIDE_TOP}, two = {.sig = WIDE_TOP, .exp = 1};
    bool exact;

    if (x.exp < -8)
        return log_ratio(wide_div(x, wide_add(two, x)));
    return wide_log2(wide_add(one, x), &exact);
}

/* Arc tangent of |d| <= 1/32. */
static struct wide atan_small(struct wide d)
{
    u128 z = square(d);

    return wide_mul(d, one_minus(wide_mul_high(z, sum_series(wide_odd_series, 13, z, true))));
}

/* For y <= x.  atan q = atan k/32 + atan ((q - k/32) / (1 + q k/32)), q = y/x. */
static struct wide atan_ratio(const struct sf_num *y, const struct sf_num *x)
{
    unsigned shift = (unsigned)(x->exp - y->exp), k = 0;

    if (shift <= 6) {
        uint64_t q = (uint64_t)(((u128)(y->sig >> shift) << 6) / x->sig); /* in 64ths */
        k = (unsigned)(q + 1) / 2;
    }
    if (k == 0)
        return atan_small(wide_div(wide_from_num(y), wide_from_num(x)));
    u128 sx = (u128)x->sig << shift, sy = y->sig;
    __int128 num = (__int128)(sy * 32) - (__int128)(sx * k);
    u128 den = sx * 32 + sy * k;
    struct wide base = wide_normalized(wide_atan_table[k], -1, false);
    if (num == 0)
        return base;
    struct wide d = wide_div(wide_from_int((u128)(num < 0 ? -num : num), 0, num < 0),
                             wide_from_int(den, 0, false));
    return wide_add(base, atan_small(d));
}

struct wide wide_pi(void)
{
    return (struct wide){.sig = wide_const_pi, .exp = 1};
}

struct wide wide_atan(const struct sf_num *y, const struct sf_num *x)
{
    if (sf_compare_magnitude(y, x) <= 0)
        return atan_ratio(y, x);
    struct wide half_pi = {.sig = wide_const_pi, .exp = 0}, a = atan_ratio(x, y);
    a.sign = true;
    return wide_add(half_pi, a);
}
