/* softfloat_num.h - the unpacked number inside softfloat, shared by its files and the x87.
 *
 * A number of class SFC_NORMAL is  (-1)^sign * sig/2^63 * 2^exp  with bit 63 of `sig` set; `low`
 * holds 64 more bits below `sig`, the last of which is sticky: it stands for anything further down.
 * Operands have low = 0. A NaN keeps its significand left-justified in `sig`, so that payloads
 * compare and convert across formats. */
#ifndef CPU_SOFTFLOAT_NUM_H
#define CPU_SOFTFLOAT_NUM_H
#include "cpu/softfloat.h"

typedef unsigned __int128 u128;

/* In this order: everything from SFC_QNAN on takes the NaN path. */
enum sf_class { SFC_ZERO, SFC_NORMAL, SFC_INF, SFC_QNAN, SFC_SNAN, SFC_BAD };

struct sf_num {
    uint64_t sig, low;
    int32_t exp;
    uint8_t cls; /* enum sf_class; SFC_BAD: an encoding that the x87 does not support */
    bool sign;
    bool denormal; /* came from a denormal operand */
};

struct sf_format {
    int32_t emin, emax; /* of normal numbers, unbiased */
    unsigned precision; /* bits of the significand with its leading one */
};
extern const struct sf_format sf_format_f32, sf_format_f64, sf_format_f80;

#define SF_INT_BIT   0x8000000000000000u
#define SF_QUIET_BIT 0x4000000000000000u
#define SF_WRAP      24576 /* SDM vol. 1, 8.5.4: 3 * 2^13 */

static inline struct sf_num sf_default_nan(void)
{
    return (struct sf_num){.sig = SF_INT_BIT | SF_QUIET_BIT, .cls = SFC_QNAN, .sign = true};
}
static inline struct sf_num sf_invalid(struct sf_status *s)
{
    s->flags |= SF_INVALID;
    return sf_default_nan();
}
static inline void sf_note_denormal(const struct sf_num *n, struct sf_status *s)
{
    if (n->denormal)
        s->flags |= SF_DENORMAL;
}
/* Shifts right; bits that fall out stick in bit 0. */
static inline u128 sf_shift_jam(u128 v, unsigned n)
{
    if (n == 0)
        return v;
    if (n >= 128)
        return v != 0;
    return v >> n | ((v << (128 - n)) != 0);
}

static inline struct sf_num sf_unpack_small(uint64_t frac, unsigned exp, bool sign, unsigned bits,
                                            int bias, bool daz)
{
    struct sf_num n = {.sign = sign, .cls = SFC_NORMAL};
    unsigned max = 2u * (unsigned)bias + 1;

    n.sig = frac << (64 - bits);
    if (exp == 0) {
        if (n.sig == 0 || daz) {
            n.cls = SFC_ZERO;
            n.sig = 0;
            return n;
        }
        unsigned z = (unsigned)__builtin_clzll(n.sig);
        n.sig <<= z;
        n.exp = 1 - bias - (int)z;
        n.denormal = true;
        return n;
    }
    n.sig |= SF_INT_BIT;
    n.exp = (int)exp - bias;
    if (exp == max)
        n.cls = n.sig == SF_INT_BIT ? SFC_INF : n.sig & SF_QUIET_BIT ? SFC_QNAN : SFC_SNAN;
    return n;
}
static inline struct sf_num sf_unpack_f32(uint32_t a, const struct sf_status *s)
{
    return sf_unpack_small(a & 0x7fffff, a >> 23 & 0xff, a >> 31, 24, 127, s->daz);
}
static inline struct sf_num sf_unpack_f64(uint64_t a, const struct sf_status *s)
{
    return sf_unpack_small(a & 0xfffffffffffff, a >> 52 & 0x7ff, a >> 63, 53, 1023, s->daz);
}
static inline struct sf_num sf_unpack_f80(struct f80 a)
{
    struct sf_num n = {.sig = a.man, .sign = a.se >> 15, .cls = SFC_NORMAL};
    unsigned e = a.se & 0x7fff;

    n.exp = (int)e - 16383;
    if (e == 0) {
        if (a.man == 0) {
            n.cls = SFC_ZERO;
            return n;
        }
        unsigned z = (unsigned)__builtin_clzll(
            a.man); /* 0: a pseudo-denormal, whose value is that of e = 1 */
        n.sig <<= z;
        n.exp = -16382 - (int)z;
        n.denormal = true;
    } else if (!(a.man & SF_INT_BIT)) {
        n.cls = SFC_BAD;
    } else if (e == 0x7fff) {
        n.cls = n.sig == SF_INT_BIT ? SFC_INF : n.sig & SF_QUIET_BIT ? SFC_QNAN : SFC_SNAN;
    }
    return n;
}
struct sf_num sf_from_i64(int64_t v);

/* Rounds a number of any class to `precision` bits within the range of a format; raises overflow,
 * underflow and precision, and sets s->up.  Afterwards a normal number whose significand lacks bit
 * 63 is a denormal of exponent emin.  wrap: unmasked overflow and underflow wrap the exponent (x87
 * register results). */
void sf_round_num(struct sf_num *n, const struct sf_format *f, unsigned precision, bool wrap,
                  struct sf_status *s);
/* These pack what sf_round_num left, or a NaN. */
uint32_t sf_pack_f32(const struct sf_num *n);
uint64_t sf_pack_f64(const struct sf_num *n);
struct f80 sf_pack_f80(const struct sf_num *n);
/* Rounds to the whole format and packs. */
uint32_t sf_finish_f32(struct sf_num *n, struct sf_status *s);
uint64_t sf_finish_f64(struct sf_num *n, struct sf_status *s);
struct f80 sf_finish_f80(struct sf_num *n, struct sf_status *s);
/* The same under precision control. */
struct f80 sf_finish_f80_pc(struct sf_num *n, struct sf_status *s);

/* Operands of any class but NaN and BAD. The result, in *a, is not yet rounded. */
void sf_add(struct sf_num *a, const struct sf_num *b, struct sf_status *s);
void sf_mul(struct sf_num *a, const struct sf_num *b, struct sf_status *s);
void sf_div(struct sf_num *a, const struct sf_num *b, struct sf_status *s);
void sf_sqrt(struct sf_num *a, struct sf_status *s);
/* |a| ? |b| of finite numbers and infinities: -1, 0 or 1. */
int sf_compare_magnitude(const struct sf_num *a, const struct sf_num *b);
/* Any class. */
enum sf_relation sf_compare(const struct sf_num *a, const struct sf_num *b, bool signal_qnan,
                            struct sf_status *s);
/* To an integral number of the same kind, raising precision. */
void sf_round_integral(struct sf_num *a, enum sf_round round, struct sf_status *s);
/* Any class; see f80_to_int. */
int64_t sf_to_int(const struct sf_num *a, unsigned bits, enum sf_round round, struct sf_status *s);
/* Magnitude rounded to an integer; false if it needs more than 64 bits. */
bool sf_magnitude(const struct sf_num *a, enum sf_round round, uint64_t *mag, bool *inexact,
                  bool *up);

/* NaN results of two operands, at least one of which is NaN or BAD; b may be NULL. */
struct sf_num sf_nan_sse(const struct sf_num *a, const struct sf_num *b, struct sf_status *s);
struct sf_num sf_nan_x87(const struct sf_num *a, const struct sf_num *b, struct sf_status *s);

/* x87 arithmetic on unpacked operands, so that a memory operand keeps its class. */
enum sf_op { SF_OP_ADD, SF_OP_MUL, SF_OP_SUB, SF_OP_SUBR, SF_OP_DIV, SF_OP_DIVR };
struct f80 sf_f80_arith(enum sf_op op, struct sf_num a, struct sf_num b, struct sf_status *s);

#endif
