/* alu.h - integer operations and their status flags in portable C, the undefined ones as
 * docs/undefined.md has them.
 *
 * Values are taken and given modulo 2^(8 size); what stands above in a source does not matter.
 * Flags are masks of FLAG_*, bit for bit in EFLAGS positions: a function takes what it reads and
 * gives all that the operation can define.  Counts are those of the instruction, not yet masked;
 * count 0 (masked) is the caller's affair, since it changes neither value nor flags. */
#ifndef TRANSLATE_BACKEND_INTERP_ALU_H
#define TRANSLATE_BACKEND_INTERP_ALU_H
#include <stdint.h>
#include "base/bits.h"
#include "translate/decode/insn.h"

#define ALU_FN static inline __attribute__((always_inline, unused))

struct alu {
    uint64_t r;
    uint32_t flags;
};

ALU_FN unsigned alu_msb(unsigned size, uint64_t v)
{
    return (unsigned)(v >> (size * 8 - 1)) & 1;
}

ALU_FN uint32_t alu_parity(uint64_t v)
{
    return __builtin_parity((unsigned)v & 0xff) ? 0 : FLAG_P;
}

/* S, Z and P of a result, which is already within its size. */
ALU_FN uint32_t alu_szp(unsigned size, uint64_t r)
{
    return alu_msb(size, r) << 7 | (r ? 0u : (uint32_t)FLAG_Z) | alu_parity(r);
}

ALU_FN struct alu alu_add(unsigned size, uint64_t a, uint64_t b, unsigned carry)
{
    uint64_t mask = mask_bytes(size), r;
    uint32_t f;

    a &= mask;
    b &= mask;
    r = (a + b + carry) & mask;
    f = carry ? r <= a : r < a;
    f |= alu_szp(size, r) | ((uint32_t)(a ^ b ^ r) & FLAG_A);
    f |= alu_msb(size, (a ^ r) & (b ^ r)) << 11;
    return (struct alu){r, f};
}

ALU_FN struct alu alu_sub(unsigned size, uint64_t a, uint64_t b, unsigned borrow)
{
    uint64_t mask = mask_bytes(size), r;
    uint32_t f;

    a &= mask;
    b &= mask;
    r = (a - b - borrow) & mask;
    f = borrow ? a <= b : a < b;
    f |= alu_szp(size, r) | ((uint32_t)(a ^ b ^ r) & FLAG_A);
    f |= alu_msb(size, (a ^ b) & (a ^ r)) << 11;
    return (struct alu){r, f};
}

/* AND, OR, XOR, TEST with result r: C and O are 0, and so is A. */
ALU_FN struct alu alu_logic(unsigned size, uint64_t r)
{
    r &= mask_bytes(size);
    return (struct alu){r, alu_szp(size, r)};
}

/* C is not defined by INC and DEC. */
ALU_FN struct alu alu_inc(unsigned size, uint64_t a)
{
    struct alu x = alu_add(size, a, 1, 0);
    return (struct alu){x.r, x.flags & ~(uint32_t)FLAG_C};
}

ALU_FN struct alu alu_dec(unsigned size, uint64_t a)
{
    struct alu x = alu_sub(size, a, 1, 0);
    return (struct alu){x.r, x.flags & ~(uint32_t)FLAG_C};
}

ALU_FN unsigned alu_count(unsigned size, uint64_t count)
{
    return (unsigned)count & (size == 8 ? 63 : 31);
}

/* O of a shift or rotate to the left: most significant bit of the result and C differ; to the
 * right: the two most significant bits differ.  The manual defines both for a count of 1 alone.  A
 * after a shift is 1. */
ALU_FN uint32_t alu_left_o(unsigned size, uint64_t r, unsigned c)
{
    return (alu_msb(size, r) ^ c) << 11;
}

ALU_FN uint32_t alu_right_o(unsigned size, uint64_t r)
{
    return alu_msb(size, r ^ r << 1) << 11;
}

ALU_FN struct alu alu_shl(unsigned size, uint64_t a, uint64_t count)
{
    unsigned bits = size * 8, n = alu_count(size, count), c;
    uint64_t mask = mask_bytes(size), r = a << n & mask;

    c = n <= bits ? (unsigned)(a >> (bits - n)) & 1 : 0;
    return (struct alu){r, alu_szp(size, r) | FLAG_A | c | alu_left_o(size, r, c)};
}

ALU_FN struct alu alu_shr(unsigned size, uint64_t a, uint64_t count)
{
    unsigned n = alu_count(size, count), c;
    uint64_t r;

    a &= mask_bytes(size);
    r = a >> n;
    c = (unsigned)(a >> (n - 1)) & 1;
    return (struct alu){r, alu_szp(size, r) | FLAG_A | c | alu_right_o(size, r)};
}

ALU_FN struct alu alu_sar(unsigned size, uint64_t a, uint64_t count)
{
    unsigned n = alu_count(size, count), c;
    int64_t v = sign_extend(a, size);
    uint64_t r = (uint64_t)(v >> n) & mask_bytes(size);

    c = (unsigned)(v >> (n - 1)) & 1;
    return (struct alu){r, alu_szp(size, r) | FLAG_A | c};
}

/* Rotates define C and O alone. */
ALU_FN struct alu alu_rol(unsigned size, uint64_t a, uint64_t count)
{
    unsigned bits = size * 8, n = alu_count(size, count) % bits, c;
    uint64_t mask = mask_bytes(size), r;

    a &= mask;
    r = n ? (a << n | a >> (bits - n)) & mask : a;
    c = (unsigned)r & 1;
    return (struct alu){r, c | alu_left_o(size, r, c)};
}

ALU_FN struct alu alu_ror(unsigned size, uint64_t a, uint64_t count)
{
    unsigned bits = size * 8, n = alu_count(size, count) % bits;
    uint64_t mask = mask_bytes(size), r;

    a &= mask;
    r = n ? (a >> n | a << (bits - n)) & mask : a;
    return (struct alu){r, alu_msb(size, r) | alu_right_o(size, r)};
}

ALU_FN struct alu alu_rcl(unsigned size, uint64_t a, uint64_t count, unsigned carry)
{
    unsigned bits = size * 8, n = alu_count(size, count) % (bits + 1), c = carry;
    uint64_t mask = mask_bytes(size), r;

    a &= mask;
    r = a;
    if (n) {
        r = (n < bits ? a << n : 0) | (uint64_t)carry << (n - 1) |
            (n > 1 ? a >> (bits + 1 - n) : 0);
        r &= mask;
        c = (unsigned)(a >> (bits - n)) & 1;
    }
    return (struct alu){r, c | alu_left_o(size, r, c)};
}

ALU_FN struct alu alu_rcr(unsigned size, uint64_t a, uint64_t count, unsigned carry)
{
    unsigned bits = size * 8, n = alu_count(size, count) % (bits + 1), c = carry;
    uint64_t mask = mask_bytes(size), r;

    a &= mask;
    r = a;
    if (n) {
        r = (n < bits ? a >> n : 0) | (uint64_t)carry << (bits - n) |
            (n > 1 ? a << (bits + 1 - n) : 0);
        r &= mask;
        c = (unsigned)(a >> (n - 1)) & 1;
    }
    return (struct alu){r, c | alu_right_o(size, r)};
}

/* A count above 16 of a 16-bit SHLD or SHRD (undefined) goes on shifting in b: the value is b
 * rotated. C is then 0, and so is O of SHLD, which looks at a shifted without filling. */
ALU_FN struct alu alu_shld(unsigned size, uint64_t a, uint64_t b, uint64_t count)
{
    unsigned bits = size * 8, n = alu_count(size, count), c;
    uint64_t mask = mask_bytes(size), r, bare = a << n & mask;

    b &= mask;
    if (n <= bits) {
        r = (bare & (n < bits ? ~0ull : 0)) | b >> (bits - n);
        c = (unsigned)(a >> (bits - n)) & 1;
    } else {
        r = (b << (n - bits) | b >> (2 * bits - n)) & mask;
        c = 0;
    }
    return (struct alu){r, alu_szp(size, r) | FLAG_A | c | alu_left_o(size, bare, c)};
}

ALU_FN struct alu alu_shrd(unsigned size, uint64_t a, uint64_t b, uint64_t count)
{
    unsigned bits = size * 8, n = alu_count(size, count), c;
    uint64_t mask = mask_bytes(size), r;

    a &= mask;
    b &= mask;
    if (n <= bits) {
        r = (a >> n | b << (bits - n)) & mask;
        c = (unsigned)(a >> (n - 1)) & 1;
    } else {
        r = (b >> (n - bits) | b << (2 * bits - n)) & mask;
        c = 0;
    }
    return (struct alu){r, alu_szp(size, r) | FLAG_A | c | alu_right_o(size, r)};
}

/* Products: C and O say that the high half matters; S, Z, A and P stay as they were. */
struct alu_wide {
    uint64_t lo, hi;
    uint32_t flags;
};

ALU_FN struct alu_wide alu_mul(unsigned size, uint64_t a, uint64_t b)
{
    uint64_t mask = mask_bytes(size);
    unsigned __int128 p = (unsigned __int128)(a & mask) * (b & mask);
    uint64_t hi = (uint64_t)(p >> (size * 8)) & mask;

    return (struct alu_wide){(uint64_t)p & mask, hi, hi ? FLAG_C | FLAG_O : 0};
}

ALU_FN struct alu_wide alu_imul(unsigned size, uint64_t a, uint64_t b)
{
    uint64_t mask = mask_bytes(size), lo, hi;
    __int128 p = (__int128)sign_extend(a, size) * sign_extend(b, size);

    lo = (uint64_t)p & mask;
    hi = (uint64_t)(p >> (size * 8)) & mask;
    return (struct alu_wide){lo, hi, p != (__int128)sign_extend(lo, size) ? FLAG_C | FLAG_O : 0};
}

/* BSF and BSR: the destination `old` stays when b is 0; P is that of the index, O S A C are 0. */
ALU_FN struct alu alu_bsf(unsigned size, uint64_t old, uint64_t b)
{
    uint64_t mask = mask_bytes(size), r;

    b &= mask;
    if (!b)
        return (struct alu){old & mask, FLAG_Z | FLAG_P};
    r = (unsigned)__builtin_ctzll(b);
    return (struct alu){r, alu_parity(r)};
}

ALU_FN struct alu alu_bsr(unsigned size, uint64_t old, uint64_t b)
{
    uint64_t mask = mask_bytes(size), r;

    b &= mask;
    if (!b)
        return (struct alu){old & mask, FLAG_Z | FLAG_P};
    r = 63 - (unsigned)__builtin_clzll(b);
    return (struct alu){r, alu_parity(r)};
}

/* Bit tests define C alone: the others stay. */
ALU_FN unsigned alu_bit(unsigned size, uint64_t a, uint64_t n)
{
    return (unsigned)(a >> (n & (size * 8 - 1))) & 1;
}

ALU_FN uint64_t alu_bit_mask(unsigned size, uint64_t n)
{
    return 1ull << (n & (size * 8 - 1));
}

ALU_FN struct alu alu_popcnt(unsigned size, uint64_t a)
{
    unsigned r = (unsigned)__builtin_popcountll(a & mask_bytes(size));
    return (struct alu){r, r ? 0 : FLAG_Z};
}

/* Of 2 bytes: undefined by the manual; 0, as on the P6. */
ALU_FN uint64_t alu_bswap(unsigned size, uint64_t a)
{
    return size == 8 ? __builtin_bswap64(a) : size == 4 ? __builtin_bswap32((uint32_t)a) : 0;
}

#endif
