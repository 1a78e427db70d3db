/* test_mc146818.c - the real-time clock (Motorola MC146818A). */
#include "bench.h"
#include "devices/timer/civil.h"
#include "devices/timer/mc146818.h"

static struct device *rtc_bench(void **state)
{
    return bench_device(*state, &mc146818_class, "rtc");
}

static uint8_t get(struct bench *b, uint8_t index)
{
    bench_out(b, 0x70, index);
    return bench_in(b, 0x71);
}

static void put(struct bench *b, uint8_t index, uint8_t val)
{
    bench_out(b, 0x70, index);
    bench_out(b, 0x71, val);
}

static void time_starts_at_the_first_of_2024_a_monday(void **state)
{
    struct bench *b = *state;

    rtc_bench(state);
    assert_int_equal(get(b, 0x00), 0x00);
    assert_int_equal(get(b, 0x04), 0x00);
    assert_int_equal(get(b, 0x06), 0x02);
    assert_int_equal(get(b, 0x07), 0x01);
    assert_int_equal(get(b, 0x08), 0x01);
    assert_int_equal(get(b, 0x09), 0x24);
    assert_int_equal(get(b, 0x32), 0x20);
}

static void a_day_later_it_is_the_second(void **state)
{
    struct bench *b = *state;

    rtc_bench(state);
    bench_ns(b, (86400 + 3600 * 13 + 60 * 47 + 59) * NS_PER_SEC);
    assert_int_equal(get(b, 0x00), 0x59);
    assert_int_equal(get(b, 0x02), 0x47);
    assert_int_equal(get(b, 0x04), 0x13);
    assert_int_equal(get(b, 0x06), 0x03);
    assert_int_equal(get(b, 0x07), 0x02);
}

static void twelve_hour_mode_has_no_hour_zero(void **state)
{
    struct bench *b = *state;

    rtc_bench(state);
    put(b, 0x0b, 0x00);
    assert_int_equal(get(b, 0x04), 0x12);
    bench_ns(b, 12 * 3600 * NS_PER_SEC);
    assert_int_equal(get(b, 0x04), 0x92);
    bench_ns(b, 3600 * NS_PER_SEC);
    assert_int_equal(get(b, 0x04), 0x81);
}

static void binary_mode_counts_in_binary(void **state)
{
    struct bench *b = *state;

    rtc_bench(state);
    put(b, 0x0b, 0x06);
    bench_ns(b, 59 * NS_PER_SEC);
    assert_int_equal(get(b, 0x00), 59);
    assert_int_equal(get(b, 0x09), 24);
    assert_int_equal(get(b, 0x32), 20);
}

static void setting_the_time_with_set_takes_effect_when_set_clears(void **state)
{
    struct bench *b = *state;

    rtc_bench(state);
    put(b, 0x0b, 0x82);
    put(b, 0x00, 0x58);
    put(b, 0x02, 0x59);
    put(b, 0x04, 0x23);
    put(b, 0x07, 0x28);
    put(b, 0x08, 0x02);
    put(b, 0x09, 0x99);
    put(b, 0x32, 0x19);
    bench_ns(b, 10 * NS_PER_SEC);
    assert_int_equal(get(b, 0x00), 0x58);
    put(b, 0x0b, 0x02);
    bench_ns(b, 2 * NS_PER_SEC);
    assert_int_equal(get(b, 0x00), 0x00);
    assert_int_equal(get(b, 0x07), 0x01);
    assert_int_equal(get(b, 0x08), 0x03);
    assert_int_equal(get(b, 0x09), 0x99);
}

static void nonsense_in_the_date_is_carried(void **state)
{
    struct bench *b = *state;

    rtc_bench(state);
    for (unsigned i = 0; i < 10; i++)
        put(b, (uint8_t)i, 0xff);
    put(b, 0x32, 0xff);
    put(b, 0x08, 0x00);
    put(b, 0x07, 0x00);
    bench_ns(b, 10 * NS_PER_SEC);
    assert_in_range(get(b, 0x08), 0x01, 0x12);
    assert_in_range(get(b, 0x07), 0x01, 0x31);
}

static void uip_is_up_for_the_last_2228_us_of_a_second(void **state)
{
    struct bench *b = *state;

    rtc_bench(state);
    bench_ns(b, NS_PER_SEC - 2228001);
    assert_int_equal(get(b, 0x0a), 0x26);
    bench_ns(b, 1);
    assert_int_equal(get(b, 0x0a), 0xa6);
    bench_ns(b, 2228000);
    assert_int_equal(get(b, 0x0a), 0x26);
}

static void update_interrupts_come_each_second(void **state)
{
    struct bench *b = *state;

    rtc_bench(state);
    put(b, 0x0b, 0x12);
    get(b, 0x0c);
    bench_ns(b, NS_PER_SEC - 1);
    assert_false(bench_level(b, "irq"));
    bench_ns(b, 1);
    assert_true(bench_level(b, "irq"));
    assert_int_equal(get(b, 0x0c) & 0xb0, 0x90);
    assert_false(bench_level(b, "irq"));
    assert_int_equal(get(b, 0x0c), 0x00);
    bench_ns(b, NS_PER_SEC);
    assert_true(bench_level(b, "irq"));
}

static void periodic_interrupts_come_at_1024_hz(void **state)
{
    struct bench *b = *state;
    unsigned seen = 0;

    rtc_bench(state);
    put(b, 0x0b, 0x42);
    for (unsigned i = 0; i < 10000; i++) {
        bench_ns(b, 10000);
        if (bench_level(b, "irq")) {
            seen++;
            assert_int_equal(get(b, 0x0c) & 0xc0, 0xc0);
        }
    }
    assert_int_equal(seen, 102);
}

static void flags_are_set_though_no_interrupt_is_enabled(void **state)
{
    struct bench *b = *state;

    rtc_bench(state);
    bench_ns(b, 1500 * 1000000ull);
    assert_false(bench_level(b, "irq"));
    assert_int_equal(get(b, 0x0c), 0x50);
    assert_int_equal(get(b, 0x0c), 0x00);
}

static void the_alarm_goes_off_at_its_time(void **state)
{
    struct bench *b = *state;

    rtc_bench(state);
    put(b, 0x01, 0x30);
    put(b, 0x03, 0x05);
    put(b, 0x05, 0x02);
    put(b, 0x0b, 0x22);
    bench_ns(b, (2 * 3600 + 5 * 60 + 30) * NS_PER_SEC - 1);
    assert_false(bench_level(b, "irq"));
    bench_ns(b, 1);
    assert_true(bench_level(b, "irq"));
    assert_int_equal(get(b, 0x0c) & 0xa0, 0xa0);
}

static void a_do_not_care_alarm_goes_off_each_minute(void **state)
{
    struct bench *b = *state;

    rtc_bench(state);
    put(b, 0x01, 0x00);
    put(b, 0x03, 0xc0);
    put(b, 0x05, 0xff);
    put(b, 0x0b, 0x22);
    for (unsigned i = 0; i < 3; i++) {
        bench_ns(b, 60 * NS_PER_SEC);
        assert_int_equal(bench_rises(b, "irq"), 1);
        get(b, 0x0c);
    }
}

static void an_impossible_alarm_never_goes_off(void **state)
{
    struct bench *b = *state;

    rtc_bench(state);
    put(b, 0x01, 0x77);
    put(b, 0x03, 0xff);
    put(b, 0x05, 0xff);
    put(b, 0x0b, 0x22);
    bench_ns(b, 100000 * NS_PER_SEC);
    assert_false(bench_level(b, "irq"));
}

static void a_held_divider_starts_half_a_second_before_an_update(void **state)
{
    struct bench *b = *state;

    rtc_bench(state);
    put(b, 0x0a, 0x76);
    bench_ns(b, 5 * NS_PER_SEC);
    put(b, 0x0a, 0x26);
    bench_ns(b, NS_PER_SEC / 2 - 1);
    assert_int_equal(get(b, 0x00), 0x00);
    bench_ns(b, 1);
    assert_int_equal(get(b, 0x00), 0x01);
}

static void cmos_ram_keeps_what_is_written(void **state)
{
    struct bench *b = *state;
    struct device *rtc = rtc_bench(state);

    rtc_cmos_set(rtc, 0x34, 0x5a);
    assert_int_equal(get(b, 0x34), 0x5a);
    put(b, 0x7f, 0xa5);
    assert_int_equal(get(b, 0xff), 0xa5); /* bit 7 is the NMI mask */
    assert_int_equal(get(b, 0x0d), 0x80);
    put(b, 0x0d, 0x00);
    assert_int_equal(get(b, 0x0d), 0x80);
}

static void dates_go_there_and_back(void **state)
{
    (void)state;
    for (uint64_t t = 0; t < 20000ull * 366 * 86400; t += 86400 * 11 + 4711) {
        struct civil c = civil_from_seconds(t);

        assert_int_equal(civil_to_seconds(&c), t);
        assert_in_range(c.month, 1, 12);
        assert_in_range(c.day, 1, 31);
    }
}

#define TESTS(X)                                                                                   \
    X(time_starts_at_the_first_of_2024_a_monday)                                                   \
    X(a_day_later_it_is_the_second)                                                                \
    X(twelve_hour_mode_has_no_hour_zero)                                                           \
    X(binary_mode_counts_in_binary)                                                                \
    X(setting_the_time_with_set_takes_effect_when_set_clears)                                      \
    X(nonsense_in_the_date_is_carried)                                                             \
    X(uip_is_up_for_the_last_2228_us_of_a_second)                                                  \
    X(update_interrupts_come_each_second)                                                          \
    X(periodic_interrupts_come_at_1024_hz)                                                         \
    X(flags_are_set_though_no_interrupt_is_enabled)                                                \
    X(the_alarm_goes_off_at_its_time)                                                              \
    X(a_do_not_care_alarm_goes_off_each_minute)                                                    \
    X(an_impossible_alarm_never_goes_off)                                                          \
    X(a_held_divider_starts_half_a_second_before_an_update)                                        \
    X(cmos_ram_keeps_what_is_written)                                                              \
    X(dates_go_there_and_back)

BENCH_MAIN(TESTS)
