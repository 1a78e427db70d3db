/* softfloat_f32.c - single-precision arithmetic as SSE2 defines it (SDM vol. 1, 4.8 and 11.5). */
#include "cpu/softfloat_num.h"

/* An arithmetic result of two numbers by `op`, or the NaN that the operands call for. */
static inline uint32_t binary(uint32_t a, uint32_t b, bool negate_b, struct sf_status *s,
                              void (*op)(struct sf_num *, const struct sf_num *,
                                         struct sf_status *))
{
    struct sf_num x = sf_unpack_f32(a, s), y = sf_unpack_f32(b, s);

    if (x.cls >= SFC_QNAN || y.cls >= SFC_QNAN) {
        x = sf_nan_sse(&x, &y, s);
        return sf_pack_f32(&x);
    }
    y.sign ^= negate_b;
    op(&x, &y, s);
    return sf_finish_f32(&x, s);
}

uint32_t f32_add(uint32_t a, uint32_t b, struct sf_status *s)
{
    return binary(a, b, false, s, sf_add);
}

uint32_t f32_sub(uint32_t a, uint32_t b, struct sf_status *s)
{
    return binary(a, b, true, s, sf_add);
}

uint32_t f32_mul(uint32_t a, uint32_t b, struct sf_status *s)
{
    return binary(a, b, false, s, sf_mul);
}

uint32_t f32_div(uint32_t a, uint32_t b, struct sf_status *s)
{
    return binary(a, b, false, s, sf_div);
}

uint32_t f32_sqrt(uint32_t a, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f32(a, s);

    if (x.cls >= SFC_QNAN) {
        x = sf_nan_sse(&x, NULL, s);
        return sf_pack_f32(&x);
    }
    sf_sqrt(&x, s);
    return sf_finish_f32(&x, s);
}

/* A denormal operand that MIN or MAX hands on reads as zero under DAZ. */
static uint32_t flushed(uint32_t a, const struct sf_status *s)
{
    return s->daz && (a & 0x7f800000) == 0 ? a & 0x80000000 : a;
}

uint32_t f32_min(uint32_t a, uint32_t b, struct sf_status *s)
{
    return flushed(f32_compare(a, b, true, s) == SF_LESS ? a : b, s);
}

uint32_t f32_max(uint32_t a, uint32_t b, struct sf_status *s)
{
    return flushed(f32_compare(a, b, true, s) == SF_GREATER ? a : b, s);
}

enum sf_relation f32_compare(uint32_t a, uint32_t b, bool signal_qnan, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f32(a, s), y = sf_unpack_f32(b, s);

    return sf_compare(&x, &y, signal_qnan, s);
}

/* ROUNDSS and ROUNDSD raise no denormal exception (SDM vol. 2B, ROUNDPD). */
uint32_t f32_round(uint32_t a, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f32(a, s);

    if (x.cls >= SFC_QNAN)
        x = sf_nan_sse(&x, NULL, s);
    else
        sf_round_integral(&x, s->round, s);
    return sf_pack_f32(&x);
}

int32_t f32_to_i32(uint32_t a, enum sf_round round, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f32(a, s);

    return (int32_t)sf_to_int(&x, 32, round, s);
}

int64_t f32_to_i64(uint32_t a, enum sf_round round, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f32(a, s);

    return sf_to_int(&x, 64, round, s);
}

uint32_t f32_from_i32(int32_t v, struct sf_status *s)
{
    return f32_from_i64(v, s);
}

uint32_t f32_from_i64(int64_t v, struct sf_status *s)
{
    struct sf_num x = sf_from_i64(v);

    return sf_finish_f32(&x, s);
}

uint64_t f32_to_f64(uint32_t a, struct sf_status *s)
{
    struct sf_num x = sf_unpack_f32(a, s);

    if (x.cls >= SFC_QNAN)
        x = sf_nan_sse(&x, NULL, s);
    else
        sf_note_denormal(&x, s);
    return sf_pack_f64(&x);
}
