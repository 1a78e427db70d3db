/* test_acpi_pm.c - ACPI power management registers (Intel 290562, 7.2). */
#include "bench.h"
#include "devices/acpi/acpi_pm.h"

enum { BASE = 0x600 };

struct board {
    struct bench *b;
    struct device *pm;
    unsigned sleeps, slp_typ;
};

static void on_sleep(void *opaque, unsigned slp_typ)
{
    struct board *x = opaque;

    x->sleeps++;
    x->slp_typ = slp_typ;
}

static void power(struct board *x, void **state)
{
    *x = (struct board){.b = *state};
    x->pm = bench_device(x->b, &acpi_pm_class, "acpi");
    acpi_pm_on_sleep(x->pm, on_sleep, x);
    acpi_pm_set_base(x->pm, BASE, true);
}

static void the_block_is_where_the_function_puts_it(void **state)
{
    struct board x;

    power(&x, state);
    assert_int_equal(bench_in16(x.b, BASE), 0);
    acpi_pm_set_base(x.pm, 0xb000, true);
    assert_int_equal(bench_in16(x.b, BASE), 0xffff);
    assert_int_equal(bench_in16(x.b, 0xb000), 0);
    acpi_pm_set_base(x.pm, 0xb000, false);
    assert_int_equal(bench_in16(x.b, 0xb000), 0xffff);
}

static void the_timer_runs_at_3_579545_mhz(void **state)
{
    struct board x;

    power(&x, state);
    bench_ns(x.b, NS_PER_SEC);
    assert_int_equal(bench_in32(x.b, BASE + 8), 3579545);
    bench_ns(x.b, 4 * NS_PER_SEC);
    assert_int_equal(bench_in32(x.b, BASE + 8), 5 * 3579545 & 0xffffff);
    assert_int_equal(bench_in(x.b, BASE + 9), 5 * 3579545 >> 8 & 0xff);
}

static void the_timer_overflow_raises_sci_when_enabled(void **state)
{
    struct board x;

    power(&x, state);
    bench_out16(x.b, BASE + 2, 0x0001);
    bench_out16(x.b, BASE + 4, 0x0001);
    bench_ns(x.b, 2343483548); /* 2^23 ticks take 2.3435 s */
    assert_false(bench_level(x.b, "sci"));
    bench_ns(x.b, 1000);
    assert_true(bench_level(x.b, "sci"));
    assert_int_equal(bench_in16(x.b, BASE), 1);
    bench_out16(x.b, BASE, 1);
    assert_false(bench_level(x.b, "sci"));
    bench_ns(x.b, 2343484548);
    assert_true(bench_level(x.b, "sci"));
}

static void the_overflow_flag_is_set_though_disabled(void **state)
{
    struct board x;

    power(&x, state);
    bench_ns(x.b, 3 * NS_PER_SEC);
    assert_int_equal(bench_in16(x.b, BASE), 1);
    assert_false(bench_level(x.b, "sci"));
}

static void slp_en_puts_the_machine_to_sleep(void **state)
{
    struct board x;

    power(&x, state);
    bench_out16(x.b, BASE + 4, 0x0401);
    assert_int_equal(x.sleeps, 0);
    bench_out16(x.b, BASE + 4, 0x2401);
    assert_int_equal(x.sleeps, 1);
    assert_int_equal(x.slp_typ, 1);
    bench_out(x.b, BASE + 5, 0x20);
    assert_int_equal(x.sleeps, 2);
    assert_int_equal(x.slp_typ, 0);
    assert_int_equal(bench_in16(x.b, BASE + 4), 1); /* SLP_EN reads 0 */
}

static void the_power_button_raises_sci(void **state)
{
    struct board x;

    power(&x, state);
    bench_out16(x.b, BASE + 2, 0x0100);
    acpi_pm_power_button(x.pm);
    assert_false(bench_level(x.b, "sci")); /* SCI_EN is clear */
    bench_out(x.b, 0xb2, 0xf1);
    assert_int_equal(bench_in16(x.b, BASE + 4), 1);
    assert_true(bench_level(x.b, "sci"));
    bench_out(x.b, BASE + 1, 0x01);
    assert_false(bench_level(x.b, "sci"));
    bench_out(x.b, 0xb2, 0xf0);
    assert_int_equal(bench_in16(x.b, BASE + 4), 0);
}

static void general_purpose_events_raise_sci(void **state)
{
    struct board x;

    power(&x, state);
    bench_out(x.b, BASE + 4, 1);
    bench_out(x.b, ACPI_GPE0 + 2, 0x02);
    acpi_pm_gpe(x.pm, 1);
    assert_true(bench_level(x.b, "sci"));
    assert_int_equal(bench_in(x.b, ACPI_GPE0), 0x02);
    bench_out(x.b, ACPI_GPE0, 0x02);
    assert_false(bench_level(x.b, "sci"));
}

static void apm_ports_keep_bytes_and_raise_smi_when_enabled(void **state)
{
    struct board x;

    power(&x, state);
    bench_out(x.b, 0xb3, 0x55);
    bench_out(x.b, 0xb2, 0x12);
    assert_int_equal(bench_in(x.b, 0xb3), 0x55);
    assert_int_equal(bench_in(x.b, 0xb2), 0x12);
    assert_int_equal(bench_rises(x.b, "smi"), 0);
    acpi_pm_set_apmc(x.pm, true);
    bench_out(x.b, 0xb2, 0x12);
    assert_int_equal(bench_rises(x.b, "smi"), 0);
    bench_out(x.b, BASE + 0x28, 1); /* GLBCTL.SMI_EN */
    bench_out(x.b, 0xb2, 0x12);
    assert_int_equal(bench_rises(x.b, "smi"), 1);
    assert_int_equal(bench_in(x.b, BASE + 0x18), 0x20);
    bench_out(x.b, BASE + 0x18, 0x20);
    assert_int_equal(bench_in(x.b, BASE + 0x18), 0);
}

static void acpi_is_turned_on_and_off_by_way_of_apm(void **state)
{
    struct board x;

    power(&x, state);
    acpi_pm_set_apmc(x.pm, true);
    bench_out(x.b, BASE + 0x28, 1);
    bench_out(x.b, 0xb2, 0xf1);
    assert_int_equal(bench_in(x.b, BASE + 4) & 1, 1);
    assert_int_equal(bench_rises(x.b, "smi"), 1);
    bench_out(x.b, 0xb2, 0xf0);
    assert_int_equal(bench_in(x.b, BASE + 4) & 1, 0);
    assert_int_equal(bench_rises(x.b, "smi"), 1);
}

#define TESTS(X)                                                                                   \
    X(the_block_is_where_the_function_puts_it)                                                     \
    X(the_timer_runs_at_3_579545_mhz)                                                              \
    X(the_timer_overflow_raises_sci_when_enabled)                                                  \
    X(the_overflow_flag_is_set_though_disabled)                                                    \
    X(slp_en_puts_the_machine_to_sleep)                                                            \
    X(the_power_button_raises_sci)                                                                 \
    X(general_purpose_events_raise_sci)                                                            \
    X(acpi_is_turned_on_and_off_by_way_of_apm)                                                     \
    X(apm_ports_keep_bytes_and_raise_smi_when_enabled)

BENCH_MAIN(TESTS)
