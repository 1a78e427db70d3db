/* test_softfloat.c - the rules of IEEE arithmetic on x86, and agreement with the host's SSE2. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "fpu/sse_host.h"

#define QNAN_MAN 0xc000000000000000u

static struct sf_status status(unsigned masked)
{
    return (struct sf_status){.precision = SF_PC64, .masked = (uint8_t)masked};
}

static struct f80 f80(unsigned se, uint64_t man)
{
    return (struct f80){.man = man, .se = (uint16_t)se};
}

static void assert_f80(struct f80 v, unsigned se, uint64_t man)
{
    assert_int_equal(v.se, se);
    assert_int_equal(v.man, man);
}

static void single_and_double_agree_with_the_host(void **state)
{
    struct rng r = {0x9e3779b97f4a7c15};

    (void)state;
    if (!host_x87_available())
        skip();
    for (unsigned i = 0; i < sse_op_count; i++)
        assert_int_equal(sse_compare(&sse_ops[i], &r, 20000, 3), 0);
}

static void the_first_operand_wins_among_sse_nans(void **state)
{
    struct sf_status s = status(SF_ALL);

    (void)state;
    assert_int_equal(f32_add(0x7fc00001, 0xffc00002, &s), 0x7fc00001);
    assert_int_equal(s.flags, 0);
    assert_int_equal(f32_add(0x3f800000, 0x7f800001, &s), 0x7fc00001);
    assert_int_equal(s.flags, SF_INVALID);
}

static void the_larger_significand_wins_among_x87_nans(void **state)
{
    struct sf_status s = status(SF_ALL);

    (void)state;
    assert_f80(f80_add(f80(0x7fff, QNAN_MAN | 1), f80(0xffff, QNAN_MAN | 2), &s), 0xffff,
               QNAN_MAN | 2);
    assert_int_equal(s.flags, 0);
    /* A signalling NaN beside a quiet one: the quiet one, and invalid. */
    assert_f80(f80_mul(f80(0x7fff, 0xbfffffffffffffff), f80(0x7fff, QNAN_MAN), &s), 0x7fff,
               QNAN_MAN);
    assert_int_equal(s.flags, SF_INVALID);
}

static void an_unnormal_is_an_invalid_operand(void **state)
{
    struct sf_status s = status(SF_ALL);

    (void)state;
    assert_f80(f80_add(f80(0x4000, 1), f80(0x3fff, SF_INT_BIT), &s), 0xffff, QNAN_MAN);
    assert_int_equal(s.flags, SF_INVALID);
}

static void a_pseudo_denormal_counts_as_the_least_exponent(void **state)
{
    struct sf_status s = status(SF_ALL);

    (void)state;
    assert_f80(f80_add(f80(0, SF_INT_BIT), f80(0, 0), &s), 1, SF_INT_BIT);
    assert_int_equal(s.flags, SF_DENORMAL);
}

static void a_tiny_exact_result_underflows_only_when_unmasked(void **state)
{
    struct sf_status s = status(SF_ALL), u = status(SF_ALL & ~SF_UNDERFLOW);
    struct f80 least = f80(1, SF_INT_BIT), half = f80(0x3ffe, SF_INT_BIT);

    (void)state;
    assert_f80(f80_mul(least, half, &s), 0, SF_INT_BIT >> 1);
    assert_int_equal(s.flags, 0);
    assert_f80(f80_mul(least, half, &u), SF_WRAP, SF_INT_BIT);
    assert_int_equal(u.flags, SF_UNDERFLOW);
}

static void overflow_goes_to_infinity_or_the_largest_by_rounding(void **state)
{
    struct f80 huge = f80(0x7ffe, SF_INT_BIT);
    static const struct {
        enum sf_round round;
        unsigned se;
        uint64_t man;
    } cases[] = {{SF_NEAREST, 0x7fff, SF_INT_BIT},
                 {SF_UP, 0x7fff, SF_INT_BIT},
                 {SF_DOWN, 0x7ffe, UINT64_MAX},
                 {SF_CHOP, 0x7ffe, UINT64_MAX}};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct sf_status s = status(SF_ALL);
        s.round = (uint8_t)cases[i].round;
        assert_f80(f80_add(huge, huge, &s), cases[i].se, cases[i].man);
        assert_int_equal(s.flags, SF_OVERFLOW | SF_PRECISION);
    }
}

static void precision_control_rounds_sums_to_24_bits(void **state)
{
    struct sf_status s = status(SF_ALL);

    (void)state;
    s.precision = SF_PC24;
    assert_f80(f80_add(f80(0x3fff, SF_INT_BIT), f80(0x3fe6, SF_INT_BIT | 1), &s), 0x3fff,
               SF_INT_BIT);
    assert_f80(f80_add(f80(0x3fff, SF_INT_BIT), f80(0x3fe7, SF_INT_BIT | 1), &s), 0x3fff,
               SF_INT_BIT | (uint64_t)1 << 40);
    assert_true(s.up);
}

static void flush_to_zero_reports_underflow_and_precision(void **state)
{
    struct sf_status s = status(SF_ALL);

    (void)state;
    s.ftz = true;
    assert_int_equal(f32_mul(0x80800000, 0x3f000000, &s), 0x80000000);
    assert_int_equal(s.flags, SF_UNDERFLOW | SF_PRECISION);
}

static void an_unmasked_denormal_hides_what_comes_after_it(void **state)
{
    struct sf_status s;

    (void)state;
    sf_begin_sse(&s, 0x1f80 & ~(SF_DENORMAL << 7));
    f32_mul(1, 1, &s);
    assert_int_equal(sf_sse_flags(&s), SF_DENORMAL);
}

static void min_and_max_return_the_source_for_nans_and_zeros(void **state)
{
    struct sf_status s = status(SF_ALL);

    (void)state;
    assert_int_equal(f32_min(0x7fc00001, 0x3f800000, &s), 0x3f800000);
    assert_int_equal(f32_max(0x3f800000, 0x7f800001, &s), 0x7f800001);
    assert_int_equal(f32_min(0, 0x80000000, &s), 0x80000000);
    assert_int_equal(s.flags, SF_INVALID);
}

static void bcd_takes_eighteen_digits_and_no_more(void **state)
{
    struct sf_status s = status(SF_ALL);
    uint8_t bcd[10];

    (void)state;
    f80_to_bcd(f80_from_i64(-123456789012345678), bcd, &s);
    assert_int_equal(s.flags, 0);
    assert_int_equal(bcd[0], 0x78);
    assert_int_equal(bcd[8], 0x12);
    assert_int_equal(bcd[9], 0x80);
    struct f80 v = f80_from_i64(-123456789012345678);
    assert_f80(f80_from_bcd(bcd), v.se, v.man);
    f80_to_bcd(f80_from_i64(1000000000000000000), bcd, &s);
    assert_int_equal(s.flags, SF_INVALID);
    assert_int_equal(bcd[9], 0xff);
    assert_int_equal(bcd[7], 0xc0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_and_double_agree_with_the_host),
        cmocka_unit_test(the_first_operand_wins_among_sse_nans),
        cmocka_unit_test(the_larger_significand_wins_among_x87_nans),
        cmocka_unit_test(an_unnormal_is_an_invalid_operand),
        cmocka_unit_test(a_pseudo_denormal_counts_as_the_least_exponent),
        cmocka_unit_test(a_tiny_exact_result_underflows_only_when_unmasked),
        cmocka_unit_test(overflow_goes_to_infinity_or_the_largest_by_rounding),
        cmocka_unit_test(precision_control_rounds_sums_to_24_bits),
        cmocka_unit_test(flush_to_zero_reports_underflow_and_precision),
        cmocka_unit_test(an_unmasked_denormal_hides_what_comes_after_it),
        cmocka_unit_test(min_and_max_return_the_source_for_nans_and_zeros),
        cmocka_unit_test(bcd_takes_eighteen_digits_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
