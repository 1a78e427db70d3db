/* softfloat_f64.c - double-precision arithmetic as SSE2 defines it (SDM vol. 1, 4.8 and 11.5). */
#include "cpu/softfloat_num.h"

/* An arithmetic result of two numbers by `op`, or the NaN that the operands call for. */
static inline uint64_t binary(uint64_t a, uint64_t b, bool negate_b, struct sf_status *s,
                              void (*op)(struct sf_num *, const struct sf_num *,
                                         struct sf_status *))
{
    struct sf_num x = sf_unpack_f64(a, s), y = sf_unpack_f64(b, s);

    if (x.cls >= SFC_QNAN || y.cls >= SFC_QNAN) {
        x = sf_nan_sse(&x, &y, s);
        return sf_pack_f64(&x);
    }
    y.sign ^= negate_b;
    op(&x, &y, s);
    return sf_finish_f64(&x, s);
}

uint64_t f64_add(uint64_t a, uint64_t b, struct sf_status *s)
{
    return binary(a, b, false, s, sf_add);
}

uint64_t f64_sub(uint64_t a, uint64_t b, struct sf_status *s)
{
    return binary(a, b, true, s, sf_add);
}

uint64_t f64_mul(uint64_t a, uint64_t b, struct sf_status *s)
{
    return binary(a, b, false, s, sf_mul);
}

uint64_t f64_div(uint64_t a, uint64_t b, struct sf_status *s)
{
    return binary(a, b, false, s, sf_div);
}

uint64_t f64_sqrt(uint64_t a, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f64(a, s);

    if (x.cls >= SFC_QNAN) {
        x = sf_nan_sse(&x, NULL, s);
        return sf_pack_f64(&x);
    }
    sf_sqrt(&x, s);
    return sf_finish_f64(&x, s);
}

/* A denormal operand that MIN or MAX hands on reads as zero under DAZ. */
static uint64_t flushed(uint64_t a, const struct sf_status *s)
{
    return s->daz && (a & 0x7ff0000000000000) == 0 ? a & 0x8000000000000000 : a;
}

uint64_t f64_min(uint64_t a, uint64_t b, struct sf_status *s)
{
    return flushed(f64_compare(a, b, true, s) == SF_LESS ? a : b, s);
}

uint64_t f64_max(uint64_t a, uint64_t b, struct sf_status *s)
{
    return flushed(f64_compare(a, b, true, s) == SF_GREATER ? a : b, s);
}

enum sf_relation f64_compare(uint64_t a, uint64_t b, bool signal_qnan, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f64(a, s), y = sf_unpack_f64(b, s);

    return sf_compare(&x, &y, signal_qnan, s);
}

/* ROUNDSS and ROUNDSD raise no denormal exception (SDM vol. 2B, ROUNDPD). */
uint64_t f64_round(uint64_t a, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f64(a, s);

    if (x.cls >= SFC_QNAN)
        x = sf_nan_sse(&x, NULL, s);
    else
        sf_round_integral(&x, s->round, s);
    return sf_pack_f64(&x);
}

int32_t f64_to_i32(uint64_t a, enum sf_round round, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f64(a, s);

    return (int32_t)sf_to_int(&x, 32, round, s);
}

int64_t f64_to_i64(uint64_t a, enum sf_round round, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f64(a, s);

    return sf_to_int(&x, 64, round, s);
}

uint64_t f64_from_i32(int32_t v)
{
    struct sf_num x = sf_from_i64(v);

    return sf_pack_f64(&x);
}

uint64_t f64_from_i64(int64_t v, struct sf_status *s)
{
    struct sf_num x = sf_from_i64(v);

    return sf_finish_f64(&x, s);
}

uint32_t f64_to_f32(uint64_t a, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f64(a, s);

    if (x.cls >= SFC_QNAN) {
        x = sf_nan_sse(&x, NULL, s);
        return sf_pack_f32(&x);
    }
    sf_note_denormal(&x, s);
    return sf_finish_f32(&x, s);
}
