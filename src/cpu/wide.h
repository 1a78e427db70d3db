/* wide.h - numbers with a significand of 128 bits, in which the transcendental functions are
 * computed.
 *
 * A number is  (-1)^sign * sig/2^127 * 2^exp  with bit 127 of `sig` set, or zero with sig = 0.
 * Results are truncated, so that each operation is off by less than one unit of 2^-127.  Series are
 * summed in fixed point, "Q128": an integer v stands for v/2^128. */
#ifndef CPU_WIDE_H
#define CPU_WIDE_H
#include "cpu/softfloat_num.h"

struct wide {
    u128 sig;
    int32_t exp;
    bool sign;
};

#define WIDE_TOP ((u128)1 << 127)

/* The upper half of the 256-bit product. */
static inline u128 wide_mul_high(u128 a, u128 b)
{
    uint64_t ah = (uint64_t)(a >> 64), al = (uint64_t)a, bh = (uint64_t)(b >> 64), bl = (uint64_t)b;
    u128 low = (u128)al * bl, m1 = (u128)ah * bl, m2 = (u128)al * bh;
    u128 middle = (low >> 64) + (uint64_t)m1 + (uint64_t)m2;

    return (u128)ah * bh + (m1 >> 64) + (m2 >> 64) + (middle >> 64);
}

static inline struct wide wide_normalized(u128 v, int32_t exp, bool sign)
{
    uint64_t high = (uint64_t)(v >> 64);

    if (v == 0)
        return (struct wide){.sign = sign};
    unsigned z =
        high ? (unsigned)__builtin_clzll(high) : 64 + (unsigned)__builtin_clzll((uint64_t)v);
    return (struct wide){.sig = v << z, .exp = exp - (int)z, .sign = sign};
}

/* v * 2^scale */
static inline struct wide wide_from_int(u128 v, int32_t scale, bool sign)
{
    return wide_normalized(v, 127 + scale, sign);
}

static inline struct wide wide_from_num(const struct sf_num *n)
{
    return (struct wide){.sig = (u128)n->sig << 64, .exp = n->exp, .sign = n->sign};
}

/* A number below 1 as Q128. */
static inline u128 wide_fixed(const struct wide *w)
{
    unsigned shift = (unsigned)(-1 - w->exp);

    return shift > 127 ? 0 : w->sig >> shift;
}

static inline struct wide wide_mul(struct wide a, struct wide b)
{
    return wide_normalized(wide_mul_high(a.sig, b.sig), a.exp + b.exp + 1, a.sign ^ b.sign);
}

struct wide wide_add(struct wide a, struct wide b);
struct wide wide_div(struct wide a, struct wide b);

/* Functions of x87_math.c: results good to about 2^-120, irrational ones never with a zero tail. */
/* sine and cosine of 0 < t <= pi/4 */
struct wide wide_sin(struct wide t);
struct wide wide_cos(struct wide t);
/* tangent of 0 < t < 2^-32 */
struct wide wide_tan_tiny(struct wide t);
/* 2^x - 1 for 0 < |x| < 1 */
struct wide wide_exp2m1(struct wide x);
/* log2 of x > 0, zero for 1; *exact tells that x is a power of two */
struct wide wide_log2(struct wide x, bool *exact);
/* log2 (1 + x), 0 < |x|, x > -1 */
struct wide wide_log2p1(struct wide x);
/* arc tangent of y/x, both 64-bit significands of positive numbers, 0 to pi/2 */
struct wide wide_atan(const struct sf_num *y, const struct sf_num *x);
struct wide wide_pi(void);

/* Tables of x87_tables.c, Q128 but for those that say otherwise. */
#define WIDE_SERIES 17
extern const u128 wide_exp_series[WIDE_SERIES]; /* 1/2!, 1/3!, ... */
extern const u128 wide_sin_series[WIDE_SERIES]; /* 1/3!, 1/5!, ... */
extern const u128 wide_cos_series[WIDE_SERIES]; /* 1/2!, 1/4!, ... */
extern const u128 wide_odd_series[WIDE_SERIES]; /* 1/3, 1/5, ... */
extern const u128 wide_atan_table[33];          /* arc tangent of i/32 */
#define WIDE_LOG_FIRST 85
#define WIDE_LOG_LAST  171
extern const u128 wide_log_table[WIDE_LOG_LAST - WIDE_LOG_FIRST + 1]; /* |log2 (j/128)| */
extern const u128 wide_const_pi, wide_const_ln2,
    wide_const_2_over_ln2; /* significands, bit 127 set */

#endif
