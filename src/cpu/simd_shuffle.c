/* simd_shuffle.c - moves of lanes: pack, unpack, shuffle, blend, widen, insert, extract (SDM vol.
 * 2). */
#include "cpu/simd_lane.h"

/* Moves into a register; those of 8 bytes and less clear the rest, those that merge keep it. */
SIMD_LANES(mov, Q, 2, uint64_t, b)

SIMD_FN(movd)
{
    *dst = (union vec128){.q = {(uint32_t)Q(src, 0), 0}};
}

SIMD_FN(movq)
{
    *dst = (union vec128){.q = {Q(src, 0), 0}};
}

SIMD_FN(movss)
{
    D(dst, 0) = D(src, 0);
}

SIMD_FN(movlow)
{
    Q(dst, 0) = Q(src, 0);
}

SIMD_FN(movhlps)
{
    Q(dst, 0) = Q(src, 1);
}

SIMD_FN(movlhps)
{
    Q(dst, 1) = Q(src, 0);
}

SIMD_FN(movddup)
{
    uint64_t v = Q(src, 0);
    *dst = (union vec128){.q = {v, v}};
}

SIMD_LANES(movsldup, D, 4, uint32_t, D(src, i & 2))
SIMD_LANES(movshdup, D, 4, uint32_t, D(src, i | 1))

/* Packs with saturation: lanes of the destination, then those of the source. n is the count of
 * result lanes. */
#define PACK(name, L, n, FROM, sat)                                                                \
    SIMD_FN(name)                                                                                  \
    {                                                                                              \
        union vec128 r = *dst;                                                                     \
        for (unsigned i = 0; i < (n) / 2; i++) {                                                   \
            L(&r, i) = sat(FROM(dst, i));                                                          \
            L(&r, i + (n) / 2) = sat(FROM(src, i));                                                \
        }                                                                                          \
        *dst = r;                                                                                  \
    }

PACK(packsswb, SB, 16, SW, simd_sat_sb)
PACK(packsswb_mm, SB, 8, SW, simd_sat_sb)
PACK(packuswb, B, 16, SW, simd_sat_ub)
PACK(packuswb_mm, B, 8, SW, simd_sat_ub)
PACK(packssdw, SW, 8, SD, simd_sat_sw)
PACK(packssdw_mm, SW, 4, SD, simd_sat_sw)
PACK(packusdw, W, 8, SD, simd_sat_uw)

/* Interleaves n lanes of which `from` is the first. */
#define UNPACK(name, L, n, from)                                                                   \
    SIMD_FN(name)                                                                                  \
    {                                                                                              \
        union vec128 r = *dst;                                                                     \
        for (unsigned i = 0; i < (n) / 2; i++) {                                                   \
            L(&r, 2 * i) = L(dst, (from) + i);                                                     \
            L(&r, 2 * i + 1) = L(src, (from) + i);                                                 \
        }                                                                                          \
        *dst = r;                                                                                  \
    }

UNPACK(punpcklbw, B, 16, 0)
UNPACK(punpcklwd, W, 8, 0)
UNPACK(punpckldq, D, 4, 0)
UNPACK(punpcklqdq, Q, 2, 0)
UNPACK(punpckhbw, B, 16, 8)
UNPACK(punpckhwd, W, 8, 4)
UNPACK(punpckhdq, D, 4, 2)
UNPACK(punpckhqdq, Q, 2, 1)
UNPACK(punpcklbw_mm, B, 8, 0)
UNPACK(punpcklwd_mm, W, 4, 0)
UNPACK(punpckldq_mm, D, 2, 0)
UNPACK(punpckhbw_mm, B, 8, 4)
UNPACK(punpckhwd_mm, W, 4, 2)
UNPACK(punpckhdq_mm, D, 2, 1)

/* Horizontal sums of neighbours: lanes of the destination, then those of the source. */
#define HORIZONTAL(name, L, n, expr)                                                               \
    SIMD_FN(name)                                                                                  \
    {                                                                                              \
        union vec128 r = *dst;                                                                     \
        for (unsigned i = 0; i < (n); i++) {                                                       \
            const union vec128 *from = i < (n) / 2 ? dst : src;                                    \
            unsigned k = 2 * i % (n);                                                              \
            L(&r, i) = (expr);                                                                     \
        }                                                                                          \
        *dst = r;                                                                                  \
    }

HORIZONTAL(phaddw, W, 8, (uint16_t)(W(from, k) + W(from, k + 1)))
HORIZONTAL(phaddw_mm, W, 4, (uint16_t)(W(from, k) + W(from, k + 1)))
HORIZONTAL(phaddd, D, 4, D(from, k) + D(from, k + 1))
HORIZONTAL(phaddd_mm, D, 2, D(from, k) + D(from, k + 1))
HORIZONTAL(phaddsw, SW, 8, simd_sat_sw(SW(from, k) + SW(from, k + 1)))
HORIZONTAL(phaddsw_mm, SW, 4, simd_sat_sw(SW(from, k) + SW(from, k + 1)))
HORIZONTAL(phsubw, W, 8, (uint16_t)(W(from, k) - W(from, k + 1)))
HORIZONTAL(phsubw_mm, W, 4, (uint16_t)(W(from, k) - W(from, k + 1)))
HORIZONTAL(phsubd, D, 4, D(from, k) - D(from, k + 1))
HORIZONTAL(phsubd_mm, D, 2, D(from, k) - D(from, k + 1))
HORIZONTAL(phsubsw, SW, 8, simd_sat_sw(SW(from, k) - SW(from, k + 1)))
HORIZONTAL(phsubsw_mm, SW, 4, simd_sat_sw(SW(from, k) - SW(from, k + 1)))

/* Shuffles by imm8 or by a control register. */
SIMD_LANES(pshufw, W, 4, uint16_t, W(src, imm >> 2 * i & 3))
SIMD_LANES(pshufd, D, 4, uint32_t, D(src, imm >> 2 * i & 3))
SIMD_LANES(pshuflw, W, 8, uint16_t, i < 4 ? W(src, imm >> 2 * i & 3) : b)
SIMD_LANES(pshufhw, W, 8, uint16_t, i < 4 ? b : W(src, 4 + (imm >> 2 * (i - 4) & 3)))
SIMD_LANES(shufps, D, 4, uint32_t, D(i < 2 ? dst : src, imm >> 2 * i & 3))
SIMD_LANES(shufpd, Q, 2, uint64_t, Q(i < 1 ? dst : src, imm >> i & 1))
SIMD_LANES(pshufb, B, 16, uint8_t, b & 0x80 ? 0 : B(dst, b & 15))

SIMD_FN(pshufb_mm)
{
    union vec128 r = *dst;

    for (unsigned i = 0; i < 8; i++) {
        uint8_t c = B(src, i);
        B(&r, i) = c & 0x80 ? 0 : B(dst, c & 7);
    }
    *dst = r;
}

/* Bytes imm8 and up of destination:source, the destination above; width n. */
static void align_right(union vec128 *dst, const union vec128 *src, unsigned imm, unsigned n)
{
    union vec128 r = *dst;

    for (unsigned i = 0; i < n; i++) {
        unsigned k = (imm & 0xff) + i;
        B(&r, i) = k < n ? B(src, k) : k < 2 * n ? B(dst, k - n) : 0;
    }
    *dst = r;
}

SIMD_FN(palignr)
{
    align_right(dst, src, imm, 16);
}

SIMD_FN(palignr_mm)
{
    align_right(dst, src, imm, 8);
}

/* Blends: the source's lane where the mask says so. */
SIMD_LANES(blendps, D, 4, uint32_t, imm >> i & 1 ? b : a)
SIMD_LANES(blendpd, Q, 2, uint64_t, imm >> i & 1 ? b : a)
SIMD_LANES(pblendw, W, 8, uint16_t, imm >> i & 1 ? b : a)
SIMD_LANES(pblendvb, B, 16, uint8_t, B(&cpu->xmm[0], i) >> 7 ? b : a)
SIMD_LANES(blendvps, D, 4, uint32_t, D(&cpu->xmm[0], i) >> 31 ? b : a)
SIMD_LANES(blendvpd, Q, 2, uint64_t, Q(&cpu->xmm[0], i) >> 63 ? b : a)

/* Sign and zero extension of the low lanes. */
#define WIDEN(name, L, n, FROM)                                                                    \
    SIMD_FN(name)                                                                                  \
    {                                                                                              \
        union vec128 r;                                                                            \
        for (unsigned i = 0; i < (n); i++) {                                                       \
            L(&r, i) = FROM(src, i);                                                               \
        }                                                                                          \
        *dst = r;                                                                                  \
    }

WIDEN(pmovsxbw, SW, 8, SB)
WIDEN(pmovsxbd, SD, 4, SB)
WIDEN(pmovsxbq, SQ, 2, SB)
WIDEN(pmovsxwd, SD, 4, SW)
WIDEN(pmovsxwq, SQ, 2, SW)
WIDEN(pmovsxdq, SQ, 2, SD)
WIDEN(pmovzxbw, W, 8, B)
WIDEN(pmovzxbd, D, 4, B)
WIDEN(pmovzxbq, Q, 2, B)
WIDEN(pmovzxwd, D, 4, W)
WIDEN(pmovzxwq, Q, 2, W)
WIDEN(pmovzxdq, Q, 2, D)

/* Insertions. */
SIMD_FN(pinsrb)
{
    B(dst, imm & 15) = (uint8_t)Q(src, 0);
}

SIMD_FN(pinsrw)
{
    W(dst, imm & 7) = (uint16_t)Q(src, 0);
}

SIMD_FN(pinsrw_mm)
{
    W(dst, imm & 3) = (uint16_t)Q(src, 0);
}

/* PINSRD, PINSRQ where the general register has 8 bytes. */
SIMD_FN(pinsrd)
{
    if (imm >> 8 == 8) {
        Q(dst, imm & 1) = Q(src, 0);
    } else {
        D(dst, imm & 3) = (uint32_t)Q(src, 0);
    }
}

/* The source's lane imm8[7:6] to the lane imm8[5:4]; then lanes of imm8[3:0] are cleared. */
SIMD_FN(insertps)
{
    union vec128 r = *dst;

    D(&r, imm >> 4 & 3) = D(src, imm >> 6 & 3);
    for (unsigned i = 0; i < 4; i++) {
        D(&r, i) = imm >> i & 1 ? 0 : D(&r, i);
    }
    *dst = r;
}

/* From memory imm8[7:6] is not looked at: there is one lane. */
SIMD_FN(insertps_m)
{
    union vec128 one = {.q = {(uint32_t)Q(src, 0), 0}};

    simd_insertps(cpu, dst, &one, imm & 0x3f);
}

/* Extractions: the result is the low quadword of dst. */
SIMD_FN(pextrb)
{
    Q(dst, 0) = B(src, imm & 15);
}

SIMD_FN(pextrw)
{
    Q(dst, 0) = W(src, imm & 7);
}

SIMD_FN(pextrw_mm)
{
    Q(dst, 0) = W(src, imm & 3);
}

SIMD_FN(pextrd)
{
    Q(dst, 0) = imm >> 8 == 8 ? Q(src, imm & 1) : D(src, imm & 3);
}

SIMD_FN(extractps)
{
    Q(dst, 0) = D(src, imm & 3);
}

/* Sign bits of n lanes. */
#define SIGNS(name, L, n, bit)                                                                     \
    SIMD_FN(name)                                                                                  \
    {                                                                                              \
        uint64_t m = 0;                                                                            \
        for (unsigned i = 0; i < (n); i++) {                                                       \
            m |= (uint64_t)(L(src, i) >> (bit)) << i;                                              \
        }                                                                                          \
        Q(dst, 0) = m;                                                                             \
    }

SIGNS(pmovmskb, B, 16, 7)
SIGNS(pmovmskb_mm, B, 8, 7)
SIGNS(movmskps, D, 4, 31)
SIGNS(movmskpd, Q, 2, 63)
