/* bits.h - bit fields and small arithmetic on unsigned integers. */
#ifndef BASE_BITS_H
#define BASE_BITS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n)       (1u << (n))
#define BIT64(n)     (1ull << (n))

/* `len` bits of v from bit `lo` up. */
static inline uint64_t bits_get(uint64_t v, unsigned lo, unsigned len)
{
    return v >> lo & (len < 64 ? BIT64(len) - 1 : ~0ull);
}

/* v with `len` bits from bit `lo` up replaced by those of f. */
static inline uint64_t bits_put(uint64_t v, unsigned lo, unsigned len, uint64_t f)
{
    uint64_t m = (len < 64 ? BIT64(len) - 1 : ~0ull) << lo;
    return (v & ~m) | (f << lo & m);
}

/* All ones in the low `size` bytes; size is 1, 2, 4 or 8. */
static inline uint64_t mask_bytes(unsigned size)
{
    return size >= 8 ? ~0ull : BIT64(size * 8) - 1;
}

/* v's low `size` bytes, sign-extended. */
static inline int64_t sign_extend(uint64_t v, unsigned size)
{
    unsigned sh = 64 - size * 8;
    return (int64_t)(v << sh) >> sh;
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* a * b / c with a 128-bit product; c is not 0. */
static inline uint64_t muldiv64(uint64_t a, uint64_t b, uint64_t c)
{
    return (uint64_t)((unsigned __int128)a * b / c);
}

#endif
