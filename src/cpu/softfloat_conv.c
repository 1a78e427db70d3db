/* softfloat_conv.c - conversions between double extended and the formats of x87 memory operands. */
#include "cpu/softfloat_num.h"

static struct f80 widened(struct sf_num *n, struct sf_status *s)
{
    s->up = false;
    if (n->cls >= SFC_QNAN)
        *n = sf_nan_x87(n, NULL, s);
    else
        sf_note_denormal(n, s);
    return sf_pack_f80(n);
}

struct f80 f32_to_f80(uint32_t a, struct sf_status *s)
{
    struct sf_num n = sf_unpack_f32(a, s);

    return widened(&n, s);
}

struct f80 f64_to_f80(uint64_t a, struct sf_status *s)
{
    struct sf_num n = sf_unpack_f64(a, s);

    return widened(&n, s);
}

uint32_t f80_to_f32(struct f80 a, struct sf_status *s)
{
    struct sf_num n = sf_unpack_f80(a);

    if (n.cls >= SFC_QNAN)
        n = sf_nan_x87(&n, NULL, s);
    return sf_finish_f32(&n, s);
}

uint64_t f80_to_f64(struct f80 a, struct sf_status *s)
{
    struct sf_num n = sf_unpack_f80(a);

    if (n.cls >= SFC_QNAN)
        n = sf_nan_x87(&n, NULL, s);
    return sf_finish_f64(&n, s);
}

struct f80 f80_from_i64(int64_t v)
{
    struct sf_num n = sf_from_i64(v);

    return sf_pack_f80(&n);
}

int64_t f80_to_int(struct f80 a, unsigned bits, enum sf_round round, struct sf_status *s)
{
    struct sf_num n = sf_unpack_f80(a);

    return sf_to_int(&n, bits, round, s);
}

/* Digits that are not decimal have undefined results; each counts as its value here. */
struct f80 f80_from_bcd(const uint8_t bcd[10])
{
    uint64_t v = 0;

    for (int i = 8; i >= 0; i--)
        v = v * 100 + (bcd[i] >> 4) * 10u + (bcd[i] & 15);
    struct sf_num n = sf_from_i64((int64_t)v);
    n.sign = bcd[9] >> 7;
    return sf_pack_f80(&n);
}

void f80_to_bcd(struct f80 a, uint8_t bcd[10], struct sf_status *s)
{
    /* The packed BCD indefinite (SDM vol. 1, table 4-4). */
    static const uint8_t indefinite[10] = {0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff};
    struct sf_num n = sf_unpack_f80(a);
    uint64_t mag;
    bool inexact, up;

    s->up = false;
    if (n.cls >= SFC_INF || !sf_magnitude(&n, s->round, &mag, &inexact, &up) ||
        mag > 999999999999999999u) {
        s->flags |= SF_INVALID;
        for (int i = 0; i < 10; i++)
            bcd[i] = indefinite[i];
        return;
    }
    s->up = up;
    if (inexact)
        s->flags |= SF_PRECISION;
    for (int i = 0; i < 9; i++, mag /= 100)
        bcd[i] = (uint8_t)(mag / 10 % 10 << 4 | mag % 10);
    bcd[9] = (uint8_t)(n.sign << 7);
}
