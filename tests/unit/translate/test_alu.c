/* test_alu.c - the interpreter's arithmetic against the host's instructions, undefined flags and
 * all.
 *
 * Skipped on hosts that are not x86-64.  Where a host of another maker deviates from
 * docs/undefined.md, the message names the operation. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "translate/backend/interp/alu.h"

#ifdef __x86_64__
#include "host_alu.h"

enum { ROUNDS = 4000, CO = FLAG_C | FLAG_O };

static struct alu merge(struct alu x, uint32_t defines, uint64_t flags)
{
    return (struct alu){x.r, x.flags | ((uint32_t)flags & FLAGS_STATUS & ~defines)};
}

static unsigned carry_of(uint64_t flags)
{
    return flags & FLAG_C;
}

/* soft_<name>: the same contract as host_<name>, by alu.h. `f` is the flags before. */
#define SOFT(name, expression, defines)                                                            \
    static struct alu soft_##name(unsigned s, uint64_t a, uint64_t b, uint64_t c, uint64_t f)      \
    {                                                                                              \
        (void)a, (void)b, (void)c;                                                                 \
        return merge(expression, defines, f);                                                      \
    }
SOFT(add, alu_add(s, a, b, 0), FLAGS_STATUS)
SOFT(adc, alu_add(s, a, b, carry_of(f)), FLAGS_STATUS)
SOFT(sub, alu_sub(s, a, b, 0), FLAGS_STATUS)
SOFT(sbb, alu_sub(s, a, b, carry_of(f)), FLAGS_STATUS)
SOFT(and, alu_logic(s, a &b), FLAGS_STATUS)
SOFT(or, alu_logic(s, a | b), FLAGS_STATUS)
SOFT(xor, alu_logic(s, a ^ b), FLAGS_STATUS)
SOFT(inc, alu_inc(s, a), FLAGS_STATUS & ~FLAG_C)
SOFT(dec, alu_dec(s, a), FLAGS_STATUS & ~FLAG_C)
SOFT(neg, alu_sub(s, 0, a, 0), FLAGS_STATUS)
SOFT(shl, alu_shl(s, a, c), FLAGS_STATUS)
SOFT(shr, alu_shr(s, a, c), FLAGS_STATUS)
SOFT(sar, alu_sar(s, a, c), FLAGS_STATUS)
SOFT(rol, alu_rol(s, a, c), CO)
SOFT(ror, alu_ror(s, a, c), CO)
SOFT(rcl, alu_rcl(s, a, c, carry_of(f)), CO)
SOFT(rcr, alu_rcr(s, a, c, carry_of(f)), CO)
SOFT(shld, alu_shld(s, a, b, c), FLAGS_STATUS)
SOFT(shrd, alu_shrd(s, a, b, c), FLAGS_STATUS)
SOFT(bsf, alu_bsf(s, a, b), FLAGS_STATUS)
SOFT(bsr, alu_bsr(s, a, b), FLAGS_STATUS)
SOFT(popcnt, alu_popcnt(s, b), FLAGS_STATUS)

static struct alu soft_imul2(unsigned s, uint64_t a, uint64_t b, uint64_t c, uint64_t f)
{
    struct alu_wide w = alu_imul(s, a, b);
    (void)c;
    return merge((struct alu){w.lo, w.flags}, CO, f);
}

static struct alu bit(unsigned s, uint64_t r, uint64_t a, uint64_t b, uint64_t f)
{
    return merge((struct alu){r & mask_bytes(s), alu_bit(s, a, b)}, FLAG_C, f);
}
#define SOFT_BIT(name, value)                                                                      \
    static struct alu soft_##name(unsigned s, uint64_t a, uint64_t b, uint64_t c, uint64_t f)      \
    {                                                                                              \
        (void)c;                                                                                   \
        return bit(s, value, a, b, f);                                                             \
    }
SOFT_BIT(bt, a)
SOFT_BIT(bts, a | alu_bit_mask(s, b))
SOFT_BIT(btr, a & ~alu_bit_mask(s, b))
SOFT_BIT(btc, a ^ alu_bit_mask(s, b))

struct op {
    const char *name;
    host_fn *host;
    struct alu (*soft)(unsigned, uint64_t, uint64_t, uint64_t, uint64_t);
    bool bytes, counts; /* has a form of one byte; changes nothing when its count is 0 */
};

static const struct op ops[] = {
#define OP(name, bytes, counts)                                                                    \
    {                                                                                              \
#name, host_##name, soft_##name, bytes, counts                                             \
    }
    OP(add, true, false),  OP(adc, true, false),  OP(sub, true, false),     OP(sbb, true, false),
    OP(and, true, false),  OP(or, true, false),   OP(xor, true, false),     OP(inc, true, false),
    OP(dec, true, false),  OP(neg, true, false),  OP(shl, true, true),      OP(shr, true, true),
    OP(sar, true, true),   OP(rol, true, true),   OP(ror, true, true),      OP(rcl, true, true),
    OP(rcr, true, true),   OP(shld, false, true), OP(shrd, false, true),    OP(imul2, false, false),
    OP(bsf, false, false), OP(bsr, false, false), OP(bt, false, false),     OP(bts, false, false),
    OP(btr, false, false), OP(btc, false, false), OP(popcnt, false, false),
#undef OP
};

static uint64_t random_bits(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed * 0x2545f4914f6cdd1dull;
}

/* Random values, and often one near an edge. */
static uint64_t random_value(uint64_t *seed, unsigned size)
{
    static const uint64_t edge[] = {0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x7fffffff};
    uint64_t v = random_bits(seed), pick = random_bits(seed);

    if (pick & 1)
        v = edge[(pick >> 8) % ARRAY_LEN(edge)];
    if (pick & 2)
        v = ~v;
    if (!(pick & 12))
        v = 1ull << (pick >> 16 & 63);
    return v & mask_bytes(size);
}

static void report(const char *name, unsigned size, const uint64_t v[4], struct alu soft,
                   uint64_t r, uint64_t flags)
{
    fail_msg(
        "%s of %u bytes: a %llx b %llx count %llu flags %llx: alu.h gives %llx flags %x, this host "
        "%llx flags %llx",
        name, size, (unsigned long long)v[0], (unsigned long long)v[1],
        (unsigned long long)v[2] & 0xff, (unsigned long long)v[3], (unsigned long long)soft.r,
        soft.flags, (unsigned long long)r, (unsigned long long)(flags & FLAGS_STATUS));
}

static void compare_op(const struct op *o, unsigned size, uint64_t *seed)
{
    uint64_t v[4] = {random_value(seed, size), random_value(seed, size), random_bits(seed) & 0xff};
    uint64_t flags, r;
    struct alu soft;

    if (o->counts && !alu_count(size, v[2]))
        v[2] = 1;
    v[3] = flags = (random_bits(seed) & FLAGS_STATUS) | 2;
    r = o->host(size, v[0], v[1], v[2], &flags);
    soft = o->soft(size, v[0], v[1], v[2], v[3]);
    if (r != soft.r || (flags & FLAGS_STATUS) != soft.flags)
        report(o->name, size, v, soft, r, flags);
}

static void every_operation_gives_what_the_host_gives(void **state)
{
    uint64_t seed = 0x9e3779b97f4a7c15ull;

    (void)state;
    for (size_t n = 0; n < ARRAY_LEN(ops); n++) {
        for (unsigned size = ops[n].bytes ? 1 : 2; size <= 8; size *= 2) {
            for (unsigned k = 0; k < ROUNDS; k++)
                compare_op(&ops[n], size, &seed);
        }
    }
}

static void compare_product(bool is_signed, unsigned size, uint64_t *seed)
{
    uint64_t v[4] = {random_value(seed, size), random_value(seed, size)}, flags, hi, lo;
    struct alu_wide w = is_signed ? alu_imul(size, v[0], v[1]) : alu_mul(size, v[0], v[1]);

    v[3] = flags = (random_bits(seed) & FLAGS_STATUS) | 2;
    lo = (is_signed ? host_imul : host_mul)(size, v[0], v[1], &hi, &flags) & mask_bytes(size);
    hi &= mask_bytes(size);
    w.flags |= (uint32_t)v[3] & FLAGS_STATUS & ~CO;
    if (lo != w.lo || hi != w.hi || (flags & FLAGS_STATUS) != w.flags)
        report(is_signed ? "imul" : "mul", size, v, (struct alu){w.lo, w.flags}, lo, flags);
}

static void both_halves_of_products_are_those_of_the_host(void **state)
{
    uint64_t seed = 0x853c49e6748fea9bull;

    (void)state;
    for (unsigned size = 1; size <= 8; size *= 2) {
        for (unsigned k = 0; k < 2 * ROUNDS; k++)
            compare_product(k & 1, size, &seed);
    }
}
#else
static void every_operation_gives_what_the_host_gives(void **state)
{
    (void)state;
    skip();
}

static void both_halves_of_products_are_those_of_the_host(void **state)
{
    (void)state;
    skip();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_gives_what_the_host_gives),
        cmocka_unit_test(both_halves_of_products_are_those_of_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
