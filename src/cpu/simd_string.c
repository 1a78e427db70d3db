/* simd_string.c - PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM (SDM vol. 2B, 4.1) and CRC32. */
#include "cpu/helpers.h"
#include "cpu/simd_lane.h"

/* Fields of the imm8 (SDM vol. 2B, 4.1.1 to 4.1.6). */
enum {
    STR_WORDS = 1, /* elements are words, else bytes */
    STR_SIGNED = 2,
    STR_AGGREGATE_SHIFT = 2,
    STR_NEGATE = 0x10,
    STR_VALID_ONLY = 0x20, /* negate only where the second operand is valid */
    STR_HIGH = 0x40        /* index: the most significant bit; mask: expanded to elements */
};
enum { AGGREGATE_EQUAL_ANY, AGGREGATE_RANGES, AGGREGATE_EQUAL_EACH, AGGREGATE_EQUAL_ORDERED };

struct string_compare {
    const union vec128 *a, *b; /* first operand (set, ranges, needle) and second (text) */
    unsigned count;            /* elements in a register: 16 or 8 */
    unsigned len_a, len_b;     /* valid elements */
    unsigned imm;
};

static int element(const struct string_compare *c, const union vec128 *v, unsigned i)
{
    if (c->imm & STR_WORDS) {
        return c->imm & STR_SIGNED ? SW(v, i) : W(v, i);
    }
    return c->imm & STR_SIGNED ? SB(v, i) : B(v, i);
}

/* The length that EAX or EDX gives: its magnitude, at most a register's. */
static unsigned explicit_length(uint64_t reg, bool wide, unsigned count)
{
    int64_t v = wide ? (int64_t)reg : (int32_t)reg;
    uint64_t n = v < 0 ? -(uint64_t)v : (uint64_t)v;

    return n > count ? count : (unsigned)n;
}

/* The elements before the first null. */
static unsigned implicit_length(const struct string_compare *c, const union vec128 *v)
{
    unsigned n = 0;

    while (n < c->count && element(c, v, n) != 0) {
        n++;
    }
    return n;
}

static bool in_set(const struct string_compare *c, int text)
{
    for (unsigned i = 0; i < c->len_a; i++) {
        if (element(c, c->a, i) == text) {
            return true;
        }
    }
    return false;
}

/* Pairs of bounds; one that is cut by the end of the string is no range. */
static bool in_ranges(const struct string_compare *c, int text)
{
    for (unsigned i = 0; i + 1 < c->len_a; i += 2) {
        if (text >= element(c, c->a, i) && text <= element(c, c->a, i + 1)) {
            return true;
        }
    }
    return false;
}

/* Two elements past both ends are equal, one past its end is not (SDM vol. 2B, table 4-3). */
static bool equal_each(const struct string_compare *c, unsigned j)
{
    if (j >= c->len_a || j >= c->len_b) {
        return j >= c->len_a && j >= c->len_b;
    }
    return element(c, c->a, j) == element(c, c->b, j);
}

/* The first operand stands in the text from j on, as far as the register reaches. */
static bool equal_ordered(const struct string_compare *c, unsigned j)
{
    for (unsigned i = 0; i < c->len_a && i + j < c->count; i++) {
        if (i + j >= c->len_b || element(c, c->a, i) != element(c, c->b, i + j)) {
            return false;
        }
    }
    return true;
}

static bool aggregate(const struct string_compare *c, unsigned j)
{
    switch (c->imm >> STR_AGGREGATE_SHIFT & 3) {
    case AGGREGATE_EQUAL_ANY:
        return j < c->len_b && in_set(c, element(c, c->b, j));
    case AGGREGATE_RANGES:
        return j < c->len_b && in_ranges(c, element(c, c->b, j));
    case AGGREGATE_EQUAL_EACH:
        return equal_each(c, j);
    default:
        return equal_ordered(c, j);
    }
}

/* IntRes2: one bit for each element of the text. */
static unsigned compare_bits(const struct string_compare *c)
{
    unsigned res = 0;

    for (unsigned j = 0; j < c->count; j++) {
        bool negate = (c->imm & STR_NEGATE) && (!(c->imm & STR_VALID_ONLY) || j < c->len_b);
        res |= (unsigned)(aggregate(c, j) != negate) << j;
    }
    return res;
}

/* CF: a match; ZF, SF: the second, first string ends in the register; OF: bit 0. */
static void set_flags(struct cpu *cpu, const struct string_compare *c, unsigned res)
{
    cpu->lahf = (uint8_t)(2 | (res ? EF_CF : 0) | (c->len_b < c->count ? EF_ZF : 0) |
                          (c->len_a < c->count ? EF_SF : 0));
    cpu->of = res & 1;
}

static void put_index(struct cpu *cpu, const struct string_compare *c, unsigned res)
{
    unsigned index = c->count;

    if (res) {
        index =
            c->imm & STR_HIGH ? 31 - (unsigned)__builtin_clz(res) : (unsigned)__builtin_ctz(res);
    }
    cpu->gpr[R_CX] = index;
    set_flags(cpu, c, res);
}

static void put_mask(struct cpu *cpu, const struct string_compare *c, unsigned res)
{
    union vec128 mask = {.q = {res, 0}};

    for (unsigned i = 0; (c->imm & STR_HIGH) && i < c->count; i++) {
        if (c->imm & STR_WORDS) {
            W(&mask, i) = (uint16_t) - (res >> i & 1);
        } else {
            B(&mask, i) = (uint8_t) - (res >> i & 1);
        }
    }
    set_flags(cpu, c, res);
    cpu->xmm[0] = mask;
}

static struct string_compare compare_begin(const union vec128 *a, const union vec128 *b,
                                           unsigned imm)
{
    return (struct string_compare){.a = a, .b = b, .count = imm & STR_WORDS ? 8 : 16, .imm = imm};
}

/* Explicit lengths: in RAX and RDX with REX.W, which imm[15:8] = 8 tells, else in EAX and EDX. */
static struct string_compare explicit_begin(const struct cpu *cpu, const union vec128 *a,
                                            const union vec128 *b, unsigned imm)
{
    struct string_compare c = compare_begin(a, b, imm);

    c.len_a = explicit_length(cpu->gpr[R_AX], imm >> 8 == 8, c.count);
    c.len_b = explicit_length(cpu->gpr[R_DX], imm >> 8 == 8, c.count);
    return c;
}

static struct string_compare implicit_begin(const union vec128 *a, const union vec128 *b,
                                            unsigned imm)
{
    struct string_compare c = compare_begin(a, b, imm);

    c.len_a = implicit_length(&c, a);
    c.len_b = implicit_length(&c, b);
    return c;
}

SIMD_FN(pcmpestri)
{
    struct string_compare c = explicit_begin(cpu, dst, src, imm);

    put_index(cpu, &c, compare_bits(&c));
}

SIMD_FN(pcmpestrm)
{
    struct string_compare c = explicit_begin(cpu, dst, src, imm);

    put_mask(cpu, &c, compare_bits(&c));
}

SIMD_FN(pcmpistri)
{
    struct string_compare c = implicit_begin(dst, src, imm);

    put_index(cpu, &c, compare_bits(&c));
}

SIMD_FN(pcmpistrm)
{
    struct string_compare c = implicit_begin(dst, src, imm);

    put_mask(cpu, &c, compare_bits(&c));
}

/* CRC32: the polynomial 11EDC6F41H, bits reflected, over `size` bytes of val. */
uint64_t helper_crc32(struct cpu *cpu, uint64_t crc, uint64_t val, uint64_t size)
{
    uint64_t v = (uint32_t)crc ^ (size < 8 ? val & mask_bytes((unsigned)size) : val);

    (void)cpu;
    for (unsigned i = 0; i < size * 8; i++) {
        v = v >> 1 ^ (v & 1 ? 0x82f63b78u : 0);
    }
    return (uint32_t)v;
}
