/* simd_lane.h - how the SIMD functions are written: lanes of a vector and the function heads.
 *
 * Lane 0 is the least significant.  q[] is the same on every host; a host of the other byte order
 * finds the smaller lanes of each quadword in reverse. */
#ifndef CPU_SIMD_LANE_H
#define CPU_SIMD_LANE_H
#include "cpu/simd.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SIMD_FLIP(n) 0u
#else
#define SIMD_FLIP(n) (n)
#endif

#define B(v, i)     (v)->b[(i) ^ SIMD_FLIP(7u)]
#define W(v, i)     (v)->w[(i) ^ SIMD_FLIP(3u)]
#define D(v, i)     (v)->d[(i) ^ SIMD_FLIP(1u)]
#define Q(v, i)     (v)->q[i]
#define SB(v, i)    (v)->sb[(i) ^ SIMD_FLIP(7u)]
#define SW(v, i)    (v)->sw[(i) ^ SIMD_FLIP(3u)]
#define SD(v, i)    (v)->sd[(i) ^ SIMD_FLIP(1u)]
#define SQ(v, i)    (v)->sq[i]

#define SIMD_UNUSED __attribute__((unused))

#define SIMD_FN(name)                                                                              \
    void simd_##name(SIMD_UNUSED struct cpu *cpu, union vec128 *dst,                               \
                     SIMD_UNUSED const union vec128 *src, SIMD_UNUSED unsigned imm)

/* n result lanes of kind L, each `expr` of the lanes a (destination) and b (source), as type T. */
#define SIMD_LANES(name, L, n, T, expr)                                                            \
    SIMD_FN(name)                                                                                  \
    {                                                                                              \
        union vec128 r;                                                                            \
        for (unsigned i = 0; i < (n); i++) {                                                       \
            SIMD_UNUSED T a = L(dst, i);                                                           \
            SIMD_UNUSED T b = L(src, i);                                                           \
            L(&r, i) = (expr);                                                                     \
        }                                                                                          \
        *dst = r;                                                                                  \
    }

static inline int8_t simd_sat_sb(int v)
{
    return (int8_t)(v < -128 ? -128 : v > 127 ? 127 : v);
}

static inline uint8_t simd_sat_ub(int v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static inline int16_t simd_sat_sw(int v)
{
    return (int16_t)(v < -32768 ? -32768 : v > 32767 ? 32767 : v);
}

static inline uint16_t simd_sat_uw(int v)
{
    return (uint16_t)(v < 0 ? 0 : v > 65535 ? 65535 : v);
}

#endif
