/* x87_values.c - random numbers, and operands weighted to the edges of their formats. */
#include "fpu/x87_bench.h"

uint64_t rng_next(struct rng *r)
{
    r->s ^= r->s >> 12;
    r->s ^= r->s << 25;
    r->s ^= r->s >> 27;
    return r->s * 0x2545f4914f6cdd1d;
}

unsigned rng_below(struct rng *r, unsigned n)
{
    return (unsigned)((rng_next(r) >> 32) * n >> 32);
}

/* 64 bits: noise, few bits, long runs, or nearly all the same. */
uint64_t rng_bits(struct rng *r)
{
    uint64_t v = rng_next(r);

    switch (rng_below(r, 8)) {
    case 0:
        return 0;
    case 1:
        return ~(uint64_t)0;
    case 2:
        return (uint64_t)1 << rng_below(r, 64);
    case 3:
        return ~((uint64_t)1 << rng_below(r, 64));
    case 4:
        return ~(uint64_t)0 << rng_below(r, 64);
    case 5:
        return (v & 0xff) << rng_below(r, 64) | rng_below(r, 2);
    default:
        return v;
    }
}

static unsigned edge_exponent(struct rng *r, unsigned max)
{
    unsigned bias = max >> 1;

    switch (rng_below(r, 16)) {
    case 0:
        return 0;
    case 1:
        return 1 + rng_below(r, 4);
    case 2:
        return max;
    case 3:
        return max - 1 - rng_below(r, 4);
    case 4:
        return rng_below(r, max);
    case 5:
        return (bias >> 1) + rng_below(r, 8) - 4;
    case 6:
        return bias + (bias >> 1) + rng_below(r, 8) - 4;
    default:
        return bias + rng_below(r, 80) - 40;
    }
}

/* Significands that are halfway between two neighbours of a shorter format or an integer, or next
 * to that; or short, so that their products are. */
static struct f80 near_tie(struct rng *r)
{
    static const uint8_t cut[] = {40, 40, 11, 11, 1, 48, 32};
    unsigned k = rng_below(r, 4) ? cut[rng_below(r, sizeof cut)] : 1 + rng_below(r, 62);
    uint64_t half = (uint64_t)1 << (k - 1), high = rng_bits(r) & ~(half | (half - 1));
    struct f80 v = {.man = high | SF_INT_BIT};

    if (rng_below(r, 3))
        v.man = (v.man | half) + rng_below(r, 3) - 1;
    v.man |= SF_INT_BIT;
    v.se = (uint16_t)(16383 + (rng_below(r, 2) ? 63 - k : rng_below(r, 80) - 8));
    v.se |= (uint16_t)(rng_below(r, 2) << 15);
    return v;
}

struct f80 rng_f80(struct rng *r)
{
    if (rng_below(r, 6) == 0)
        return near_tie(r);
    unsigned exp = edge_exponent(r, 0x7fff);
    struct f80 v = {.man = rng_bits(r)};

    if (rng_below(r, 8) == 0) /* around the ranges of single and double */
        exp = 0x3fff + (rng_below(r, 2) ? 1023 : 127) * (rng_below(r, 2) ? 1u : ~0u) +
              rng_below(r, 64) - 56;
    if (rng_below(r, 32))
        v.man = exp ? v.man | SF_INT_BIT : v.man & ~SF_INT_BIT;
    v.se = (uint16_t)((exp & 0x7fff) | (rng_next(r) & 0x8000));
    return v;
}

uint64_t rng_f64(struct rng *r)
{
    return (uint64_t)edge_exponent(r, 0x7ff) << 52 | rng_bits(r) >> 12 | rng_next(r) >> 63 << 63;
}

uint32_t rng_f32(struct rng *r)
{
    return (uint32_t)((uint32_t)edge_exponent(r, 0xff) << 23 | rng_bits(r) >> 41 |
                      rng_next(r) >> 63 << 31);
}
