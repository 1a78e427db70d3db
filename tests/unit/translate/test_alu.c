/* test_alu.c - arithmetic in software against the host's instructions, undefined flags and all.
 *
 * Skipped on hosts that are not x86-64.  Where a host deviates from docs/undefined.md, the code
 * generator's probe must have found that, and it may deviate in what is undefined alone. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "cpu/cpu.h"
#include "translate/backend/interp/alu.h"

#ifdef __x86_64__
#include "translate/backend/x86_64/host_flags.h"

enum { ROUNDS = 4000 };

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

struct outcome {
    uint64_t r, hi, flags;
};

static void report(const char *name, unsigned size, const uint64_t v[4], const struct outcome *soft,
                   const struct outcome *host)
{
    fail_msg(
        "%s of %u bytes: a %llx b %llx count %llu flags %llx: alu.h gives %llx flags %llx, this "
        "host %llx flags %llx",
        name, size, (unsigned long long)v[0], (unsigned long long)v[1],
        (unsigned long long)v[2] & 0xff, (unsigned long long)v[3], (unsigned long long)soft->r,
        (unsigned long long)soft->flags, (unsigned long long)host->r,
        (unsigned long long)host->flags);
}

/* `open`: what the probe says that this host gives otherwise. */
static void compare_op(const struct host_op *o, unsigned size, uint16_t open, uint64_t *seed)
{
    uint64_t v[4] = {random_value(seed, size), random_value(seed, size), random_bits(seed) & 0xff};
    struct outcome host = {0}, soft;
    struct alu_wide w;

    if (o->counts && !alu_count(size, v[2]))
        v[2] = 1;
    v[3] = host.flags = (random_bits(seed) & FLAGS_STATUS) | 2;
    host.r = o->host(size, v[0], v[1], v[2], &host.flags, &host.hi) & mask_bytes(size);
    host.hi &= mask_bytes(size);
    host.flags &= FLAGS_STATUS;
    w = o->soft(size, v[0], v[1], v[2], (uint32_t)v[3]);
    soft = (struct outcome){w.lo, w.hi, w.flags};
    if ((host.flags ^ soft.flags) & ~(uint64_t)open)
        report(o->name, size, v, &soft, &host);
    if (!(open & HOST_VALUE) && (host.r != soft.r || host.hi != soft.hi))
        report(o->name, size, v, &soft, &host);
}

static void compare_row(const struct host_op *o, uint64_t *seed)
{
    uint16_t open = host_op_differs(o);

    if (open & ~o->undefined)
        fail_msg("%s: this host differs in what is defined (%x)", o->name, open);
    if (open)
        print_message("%s: this host gives flags %x otherwise\n", o->name, open);
    for (unsigned size = o->bytes ? 1 : 2; size <= 8; size *= 2) {
        for (unsigned k = 0; k < ROUNDS; k++)
            compare_op(o, size, open, seed);
    }
}

static void every_operation_gives_what_the_host_gives(void **state)
{
    uint64_t seed = 0x9e3779b97f4a7c15ull;

    (void)state;
    for (size_t n = 0; n < IR_OP_COUNT; n++) {
        if (host_ops[n].name)
            compare_row(&host_ops[n], &seed);
    }
    compare_row(&host_imul_wide, &seed);
}

/* A SHL of another maker: A stays as it was, and O is that of the unshifted operand. */
static uint64_t other_shl(unsigned size, uint64_t a, uint64_t b, uint64_t c, uint64_t *flags,
                          uint64_t *high)
{
    uint64_t before = *flags, r = host_ops[IR_shl].host(size, a, b, c, flags, high);

    *flags = (*flags & ~(uint64_t)(FLAG_A | FLAG_O)) | (before & FLAG_A);
    *flags |= alu_msb(size, a) ? FLAG_O : 0;
    return r;
}

static void the_probe_finds_the_flags_of_another_makers_shift(void **state)
{
    struct host_op o = host_ops[IR_shl];

    (void)state;
    o.host = other_shl;
    assert_int_equal(host_op_differs(&o) & ~host_op_differs(&host_ops[IR_shl]), FLAG_A | FLAG_O);
}

/* A BSF that clears its destination when the source is 0. */
static uint64_t other_bsf(unsigned size, uint64_t a, uint64_t b, uint64_t c, uint64_t *flags,
                          uint64_t *high)
{
    uint64_t r = host_ops[IR_bsf].host(size, a, b, c, flags, high);

    return b & mask_bytes(size) ? r : 0;
}

static void the_probe_finds_another_makers_value(void **state)
{
    struct host_op o = host_ops[IR_bsf];

    (void)state;
    o.host = other_bsf;
    assert_true(host_op_differs(&o) & HOST_VALUE);
}

static void a_host_that_differs_in_all_has_every_undefined_flag(void **state)
{
    uint16_t differ[IR_OP_COUNT];

    (void)state;
    host_flags_probe(differ, true);
    for (size_t n = 0; n < IR_OP_COUNT; n++)
        assert_int_equal(differ[n], host_ops[n].undefined);
}

/* slow_alu() sets the flags that it is asked for, and keeps the others. */
static void software_shifts_keep_what_is_not_wanted(void **state)
{
    static struct cpu cpu;

    (void)state;
    cpu.lahf = 0x46; /* Z, P */
    cpu.of = 1;
    cpu.args[0] = 0x81;
    cpu.args[2] = 4;
    cpu.args[3] = SOFT_WHAT(IR_shl, 1, FLAG_A | FLAG_Z);
    slow_alu(&cpu);
    assert_int_equal(cpu.ret, 0x10);
    assert_int_equal(cpu.lahf, 0x16); /* A set, Z clear, P and O as before */
    assert_int_equal(cpu.of, 1);
    cpu.args[0] = 0x1234;
    cpu.args[2] = 32; /* masked: 0 */
    cpu.args[3] = SOFT_WHAT(IR_shl, 2, FLAGS_STATUS);
    slow_alu(&cpu);
    assert_int_equal(cpu.ret, 0x1234);
    assert_int_equal(cpu.lahf, 0x16);
}

#else
static void every_operation_gives_what_the_host_gives(void **state)
{
    (void)state;
    skip();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_gives_what_the_host_gives),
#ifdef __x86_64__
        cmocka_unit_test(the_probe_finds_the_flags_of_another_makers_shift),
        cmocka_unit_test(the_probe_finds_another_makers_value),
        cmocka_unit_test(a_host_that_differs_in_all_has_every_undefined_flag),
        cmocka_unit_test(software_shifts_keep_what_is_not_wanted),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
