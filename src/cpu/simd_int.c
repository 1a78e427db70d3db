/* simd_int.c - packed integer arithmetic, comparison, logic and shifts (SDM vol. 2). */
#include "cpu/simd_lane.h"

/* Wraparound and saturation. */
SIMD_LANES(paddb, B, 16, uint8_t, (uint8_t)(a + b))
SIMD_LANES(paddw, W, 8, uint16_t, (uint16_t)(a + b))
SIMD_LANES(paddd, D, 4, uint32_t, a + b)
SIMD_LANES(paddq, Q, 2, uint64_t, a + b)
SIMD_LANES(psubb, B, 16, uint8_t, (uint8_t)(a - b))
SIMD_LANES(psubw, W, 8, uint16_t, (uint16_t)(a - b))
SIMD_LANES(psubd, D, 4, uint32_t, a - b)
SIMD_LANES(psubq, Q, 2, uint64_t, a - b)
SIMD_LANES(paddsb, SB, 16, int, simd_sat_sb(a + b))
SIMD_LANES(paddsw, SW, 8, int, simd_sat_sw(a + b))
SIMD_LANES(paddusb, B, 16, int, simd_sat_ub(a + b))
SIMD_LANES(paddusw, W, 8, int, simd_sat_uw(a + b))
SIMD_LANES(psubsb, SB, 16, int, simd_sat_sb(a - b))
SIMD_LANES(psubsw, SW, 8, int, simd_sat_sw(a - b))
SIMD_LANES(psubusb, B, 16, int, simd_sat_ub(a - b))
SIMD_LANES(psubusw, W, 8, int, simd_sat_uw(a - b))
SIMD_LANES(pavgb, B, 16, unsigned, (uint8_t)((a + b + 1) >> 1))
SIMD_LANES(pavgw, W, 8, unsigned, (uint16_t)((a + b + 1) >> 1))

/* Products. */
SIMD_LANES(pmullw, W, 8, uint32_t, (uint16_t)(a *b))
SIMD_LANES(pmulhw, SW, 8, int32_t, (int16_t)(a *b >> 16))
SIMD_LANES(pmulhuw, W, 8, uint32_t, (uint16_t)(a *b >> 16))
SIMD_LANES(pmulhrsw, SW, 8, int32_t, (int16_t)(((a * b >> 14) + 1) >> 1))
SIMD_LANES(pmulld, D, 4, uint32_t, a *b)
SIMD_LANES(pmuludq, Q, 2, uint64_t, (uint64_t)(uint32_t)a *(uint32_t)b)
SIMD_LANES(pmuldq, SQ, 2, int64_t, (int64_t)(int32_t)a *(int32_t)b)

SIMD_FN(pmaddwd)
{
    union vec128 r;

    for (unsigned i = 0; i < 4; i++) {
        int32_t lo = SW(dst, 2 * i) * SW(src, 2 * i);
        int32_t hi = SW(dst, 2 * i + 1) * SW(src, 2 * i + 1);
        D(&r, i) = (uint32_t)lo + (uint32_t)hi;
    }
    *dst = r;
}

/* Unsigned bytes of the destination by signed bytes of the source. */
SIMD_FN(pmaddubsw)
{
    union vec128 r;

    for (unsigned i = 0; i < 8; i++) {
        SW(&r, i) =
            simd_sat_sw(B(dst, 2 * i) * SB(src, 2 * i) + B(dst, 2 * i + 1) * SB(src, 2 * i + 1));
    }
    *dst = r;
}

SIMD_FN(psadbw)
{
    union vec128 r;

    for (unsigned i = 0; i < 2; i++) {
        uint64_t sum = 0;
        for (unsigned j = 8 * i; j < 8 * i + 8; j++) {
            int d = B(dst, j) - B(src, j);
            sum += (unsigned)(d < 0 ? -d : d);
        }
        Q(&r, i) = sum;
    }
    *dst = r;
}

/* Eight sums over four bytes of the source, chosen by imm8[1:0], and a sliding window of the
 * destination. */
SIMD_FN(mpsadbw)
{
    unsigned s = (imm & 3) * 4, d = (imm >> 2 & 1) * 4;
    union vec128 r;

    for (unsigned i = 0; i < 8; i++) {
        unsigned sum = 0;
        for (unsigned j = 0; j < 4; j++) {
            int v = B(dst, d + i + j) - B(src, s + j);
            sum += (unsigned)(v < 0 ? -v : v);
        }
        W(&r, i) = (uint16_t)sum;
    }
    *dst = r;
}

/* The least word and its place. */
SIMD_FN(phminposuw)
{
    unsigned best = 0;
    uint16_t min = W(src, 0);

    for (unsigned i = 1; i < 8; i++) {
        if (W(src, i) < min) {
            min = W(src, i);
            best = i;
        }
    }
    Q(dst, 0) = min | (uint64_t)best << 16;
    Q(dst, 1) = 0;
}

/* Magnitude and sign. */
SIMD_LANES(pabsb, SB, 16, int, (int8_t)(b < 0 ? -b : b))
SIMD_LANES(pabsw, SW, 8, int, (int16_t)(b < 0 ? -b : b))
SIMD_LANES(pabsd, D, 4, uint32_t, b >> 31 ? -b : b)
SIMD_LANES(psignb, SB, 16, int, (int8_t)(b < 0 ? -a : b ? a : 0))
SIMD_LANES(psignw, SW, 8, int, (int16_t)(b < 0 ? -a : b ? a : 0))
SIMD_LANES(psignd, D, 4, uint32_t, b >> 31 ? -a : b ? a : 0)

/* Minima and maxima. */
SIMD_LANES(pminub, B, 16, uint8_t, a < b ? a : b)
SIMD_LANES(pminuw, W, 8, uint16_t, a < b ? a : b)
SIMD_LANES(pminud, D, 4, uint32_t, a < b ? a : b)
SIMD_LANES(pminsb, SB, 16, int8_t, a < b ? a : b)
SIMD_LANES(pminsw, SW, 8, int16_t, a < b ? a : b)
SIMD_LANES(pminsd, SD, 4, int32_t, a < b ? a : b)
SIMD_LANES(pmaxub, B, 16, uint8_t, a > b ? a : b)
SIMD_LANES(pmaxuw, W, 8, uint16_t, a > b ? a : b)
SIMD_LANES(pmaxud, D, 4, uint32_t, a > b ? a : b)
SIMD_LANES(pmaxsb, SB, 16, int8_t, a > b ? a : b)
SIMD_LANES(pmaxsw, SW, 8, int16_t, a > b ? a : b)
SIMD_LANES(pmaxsd, SD, 4, int32_t, a > b ? a : b)

/* Comparisons: all ones or zero. */
SIMD_LANES(pcmpeqb, SB, 16, int8_t, (int8_t) - (a == b))
SIMD_LANES(pcmpeqw, SW, 8, int16_t, (int16_t) - (a == b))
SIMD_LANES(pcmpeqd, SD, 4, int32_t, -(a == b))
SIMD_LANES(pcmpeqq, SQ, 2, int64_t, -(int64_t)(a == b))
SIMD_LANES(pcmpgtb, SB, 16, int8_t, (int8_t) - (a > b))
SIMD_LANES(pcmpgtw, SW, 8, int16_t, (int16_t) - (a > b))
SIMD_LANES(pcmpgtd, SD, 4, int32_t, -(a > b))
SIMD_LANES(pcmpgtq, SQ, 2, int64_t, -(int64_t)(a > b))

/* Logic. */
SIMD_LANES(pand, Q, 2, uint64_t, a &b)
SIMD_LANES(pandn, Q, 2, uint64_t, ~a &b)
SIMD_LANES(por, Q, 2, uint64_t, a | b)
SIMD_LANES(pxor, Q, 2, uint64_t, a ^ b)

/* Shifts: one count, the low quadword of the source, for all lanes; a count of the lane's width
 * or more clears the lanes, or fills them with the sign. */
#define SHIFT(name, L, n, bits, expr, over)                                                        \
    SIMD_FN(name)                                                                                  \
    {                                                                                              \
        uint64_t count = Q(src, 0);                                                                \
        unsigned c = count >= (bits) ? (bits)-1 : (unsigned)count;                                 \
        union vec128 a = *dst;                                                                     \
        bool gone = (over) && count >= (bits);                                                     \
        for (unsigned i = 0; i < (n); i++) {                                                       \
            L(&a, i) = (expr);                                                                     \
        }                                                                                          \
        *dst = gone ? (union vec128){.q = {0, 0}} : a;                                             \
    }

SHIFT(psllw, W, 8, 16, (uint16_t)(W(&a, i) << c), true)
SHIFT(pslld, D, 4, 32, D(&a, i) << c, true)
SHIFT(psllq, Q, 2, 64, Q(&a, i) << c, true)
SHIFT(psrlw, W, 8, 16, (uint16_t)(W(&a, i) >> c), true)
SHIFT(psrld, D, 4, 32, D(&a, i) >> c, true)
SHIFT(psrlq, Q, 2, 64, Q(&a, i) >> c, true)
SHIFT(psraw, SW, 8, 16, (int16_t)(SW(&a, i) >> c), false)
SHIFT(psrad, SD, 4, 32, SD(&a, i) >> c, false)

/* Byte shifts of the whole register. */
SIMD_FN(pslldq)
{
    unsigned n = Q(src, 0) > 16 ? 16 : (unsigned)Q(src, 0);
    union vec128 r;

    for (unsigned i = 0; i < 16; i++) {
        B(&r, i) = i >= n ? B(dst, i - n) : 0;
    }
    *dst = r;
}

SIMD_FN(psrldq)
{
    unsigned n = Q(src, 0) > 16 ? 16 : (unsigned)Q(src, 0);
    union vec128 r;

    for (unsigned i = 0; i < 16; i++) {
        B(&r, i) = i + n < 16 ? B(dst, i + n) : 0;
    }
    *dst = r;
}

/* ZF: source AND destination is zero; CF: source AND NOT destination is zero. */
SIMD_FN(ptest)
{
    bool z = !((Q(dst, 0) & Q(src, 0)) | (Q(dst, 1) & Q(src, 1)));
    bool c = !((~Q(dst, 0) & Q(src, 0)) | (~Q(dst, 1) & Q(src, 1)));

    cpu->lahf = (uint8_t)(2 | (z ? EF_ZF : 0) | (c ? EF_CF : 0));
    cpu->of = 0;
}
