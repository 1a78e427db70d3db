/* softfloat.h - IEEE 754 arithmetic in integers, as the x87 and SSE define it, same bits on every
 * host.
 *
 * Values are passed as bit patterns: uint32_t (single), uint64_t (double), struct f80 (double
 * extended).  Every operation takes a struct sf_status: it reads the control part, and ORs the
 * exceptions that occurred into `flags`; the result is always the masked response (SDM vol.
 * 1, 4.9.1).  What x86 leaves to the unmasked case is told by `masked`: underflow is then signalled
 * for exact tiny results too, and an f80 result has its exponent wrapped by 24576 (SDM vol.
 * 1, 8.5.4 and 8.5.5).
 *
 * Worked example, ADDSS of the registers a and b:
 *
 *     struct sf_status s;
 *     sf_begin_sse(&s, mxcsr);
 *     uint32_t sum = f32_add(a, b, &s);
 *     unsigned raised = sf_sse_flags(&s);       OR into MXCSR; #XM if raised & ~s.masked, nothing
 * written
 *
 * A packed instruction uses one status for all its elements: the exceptions of the elements are
 * ORed.
 *
 * Invariants: flags only grow; a NaN result is quiet; f32 and f64 follow the SSE's rule for two
 * NaNs (the first operand wins), f80 the x87's (the larger significand wins): SDM vol. 1, table
 * 4-7.  Tininess is detected after rounding. */
#ifndef CPU_SOFTFLOAT_H
#define CPU_SOFTFLOAT_H
#include <stdbool.h>
#include <stdint.h>
#include "cpu/cpu.h"

/* Rounding control, as in FCW bits 10-11 and MXCSR bits 13-14. */
enum sf_round { SF_NEAREST, SF_DOWN, SF_UP, SF_CHOP };

/* Exceptions, in the places of FSW bits 0-5 and MXCSR bits 0-5. */
enum sf_flag {
    SF_INVALID = 1,
    SF_DENORMAL = 2,
    SF_ZERODIV = 4,
    SF_OVERFLOW = 8,
    SF_UNDERFLOW = 16,
    SF_PRECISION = 32,
    SF_PRE = SF_INVALID | SF_DENORMAL | SF_ZERODIV, /* found before the computation */
    SF_ALL = 63
};

/* Precision control, as in FCW bits 8-9; acts on f80_add, sub, mul, div and sqrt alone. */
enum sf_precision { SF_PC24, SF_PC_RESERVED, SF_PC53, SF_PC64 };

enum sf_relation { SF_EQUAL, SF_LESS, SF_GREATER, SF_UNORDERED };

struct sf_status {
    uint8_t round;     /* enum sf_round */
    uint8_t precision; /* enum sf_precision */
    uint8_t masked;    /* enum sf_flag bits whose exception is masked */
    uint8_t flags;     /* enum sf_flag bits that occurred */
    bool ftz, daz;     /* f32 and f64 alone: flush tiny results, denormal operands are zeros */
    bool up;           /* the last rounding went away from zero (C1 of the x87) */
};

static inline void sf_begin_sse(struct sf_status *s, uint32_t mxcsr)
{
    *s = (struct sf_status){.round = mxcsr >> 13 & 3,
                            .precision = SF_PC64,
                            .masked = mxcsr >> 7 & SF_ALL,
                            .ftz = mxcsr >> 15 & 1,
                            .daz = mxcsr >> 6 & 1};
}

/* The flags that an SSE instruction reports: an unmasked exception before the computation hides
 * those found after it (SDM vol. 1, 11.5.3.2). */
static inline unsigned sf_sse_flags(const struct sf_status *s)
{
    return (s->flags & ~s->masked & SF_PRE) ? s->flags & SF_PRE : s->flags;
}

static inline bool f32_is_nan(uint32_t a)
{
    return (a & 0x7fffffff) > 0x7f800000;
}
static inline bool f64_is_nan(uint64_t a)
{
    return (a & 0x7fffffffffffffff) > 0x7ff0000000000000;
}

/* --- single --- */
uint32_t f32_add(uint32_t a, uint32_t b, struct sf_status *s);
uint32_t f32_sub(uint32_t a, uint32_t b, struct sf_status *s);
uint32_t f32_mul(uint32_t a, uint32_t b, struct sf_status *s);
uint32_t f32_div(uint32_t a, uint32_t b, struct sf_status *s);
uint32_t f32_sqrt(uint32_t a, struct sf_status *s);
/* MINSS and MAXSS: a is the destination operand, b the source, which wins ties and NaNs. */
uint32_t f32_min(uint32_t a, uint32_t b, struct sf_status *s);
uint32_t f32_max(uint32_t a, uint32_t b, struct sf_status *s);
/* signal_qnan: a quiet NaN is invalid too (COMISS; CMPSS LT, LE, NLT, NLE). */
enum sf_relation f32_compare(uint32_t a, uint32_t b, bool signal_qnan, struct sf_status *s);
uint32_t f32_round(uint32_t a,
                   struct sf_status *s); /* to an integral value, by s->round (ROUNDSS) */
/* To integers: `round` is given apart, so that CVTTSS2SI says SF_CHOP.  Out of range or NaN: the
 * integer indefinite (most negative) and invalid. */
int32_t f32_to_i32(uint32_t a, enum sf_round round, struct sf_status *s);
int64_t f32_to_i64(uint32_t a, enum sf_round round, struct sf_status *s);
uint32_t f32_from_i32(int32_t v, struct sf_status *s);
uint32_t f32_from_i64(int64_t v, struct sf_status *s);
uint64_t f32_to_f64(uint32_t a, struct sf_status *s); /* CVTSS2SD */

/* --- double --- */
uint64_t f64_add(uint64_t a, uint64_t b, struct sf_status *s);
uint64_t f64_sub(uint64_t a, uint64_t b, struct sf_status *s);
uint64_t f64_mul(uint64_t a, uint64_t b, struct sf_status *s);
uint64_t f64_div(uint64_t a, uint64_t b, struct sf_status *s);
uint64_t f64_sqrt(uint64_t a, struct sf_status *s);
uint64_t f64_min(uint64_t a, uint64_t b, struct sf_status *s);
uint64_t f64_max(uint64_t a, uint64_t b, struct sf_status *s);
enum sf_relation f64_compare(uint64_t a, uint64_t b, bool signal_qnan, struct sf_status *s);
uint64_t f64_round(uint64_t a, struct sf_status *s);
int32_t f64_to_i32(uint64_t a, enum sf_round round, struct sf_status *s);
int64_t f64_to_i64(uint64_t a, enum sf_round round, struct sf_status *s);
uint64_t f64_from_i32(int32_t v); /* exact */
uint64_t f64_from_i64(int64_t v, struct sf_status *s);
uint32_t f64_to_f32(uint64_t a, struct sf_status *s); /* CVTSD2SS */

/* --- double extended: the x87's registers --- */
enum f80_class { /* SDM vol. 1, tables 4-3 and 8-3; in the order C3 C2 C0 of FXAM */
                 F80_UNSUPPORTED,
                 F80_NAN,
                 F80_NORMAL,
                 F80_INFINITY,
                 F80_ZERO,
                 F80_EMPTY,
                 F80_DENORMAL
};
enum f80_class f80_classify(struct f80 a);
bool f80_is_snan(struct f80 a);
struct f80 f80_add(struct f80 a, struct f80 b, struct sf_status *s);
struct f80 f80_sub(struct f80 a, struct f80 b, struct sf_status *s);
struct f80 f80_mul(struct f80 a, struct f80 b, struct sf_status *s);
struct f80 f80_div(struct f80 a, struct f80 b, struct sf_status *s);
struct f80 f80_sqrt(struct f80 a, struct sf_status *s);
enum sf_relation f80_compare(struct f80 a, struct f80 b, bool signal_qnan, struct sf_status *s);
struct f80 f80_round(struct f80 a, struct sf_status *s);                /* FRNDINT */
struct f80 f80_scale(struct f80 a, struct f80 by, struct sf_status *s); /* FSCALE */
/* FXTRACT: returns the significand, stores the exponent. */
struct f80 f80_extract(struct f80 a, struct f80 *exponent, struct sf_status *s);
/* FPREM (nearest: false) and FPREM1.  *quotient gets the low bits of the quotient; returns with
 * *partial true when the reduction is not complete (C2). */
struct f80 f80_rem(struct f80 a, struct f80 b, bool nearest, uint64_t *quotient, bool *partial,
                   struct sf_status *s);
struct f80 f32_to_f80(uint32_t a, struct sf_status *s);
struct f80 f64_to_f80(uint64_t a, struct sf_status *s);
uint32_t f80_to_f32(struct f80 a, struct sf_status *s);
uint64_t f80_to_f64(struct f80 a, struct sf_status *s);
struct f80 f80_from_i64(int64_t v); /* exact */
/* To an integer of `bits` (16, 32 or 64), sign-extended. */
int64_t f80_to_int(struct f80 a, unsigned bits, enum sf_round round, struct sf_status *s);
/* Packed BCD (SDM vol. 1, 4.7): 18 digits and a sign byte. */
struct f80 f80_from_bcd(const uint8_t bcd[10]);
void f80_to_bcd(struct f80 a, uint8_t bcd[10], struct sf_status *s);

#endif
