/* test_hpet.c - high precision event timers (IA-PC HPET 1.0a). */
#include "bench.h"
#include "devices/irq/irq_hub.h"
#include "devices/timer/hpet.h"

enum { CONFIG = 0x10, STATUS = 0x20, COUNTER = 0xf0, T0 = 0x100, T1 = 0x120, T2 = 0x140, CMP = 8 };

static struct bench *hpet_bench(void **state)
{
    bench_device(*state, &hpet_class, "hpet");
    return *state;
}

static uint32_t get(struct bench *b, uint32_t reg)
{
    return bench_load(b, HPET_BASE + reg);
}

static void put(struct bench *b, uint32_t reg, uint32_t val)
{
    bench_store(b, HPET_BASE + reg, val);
}

static void capabilities_name_three_timers_of_10_ns(void **state)
{
    struct bench *b = hpet_bench(state);

    assert_int_equal(get(b, 0), 0x8086a201);
    assert_int_equal(get(b, 4), 10000000);
    assert_int_equal(get(b, T2 + 4), 4);
}

static void the_counter_runs_while_enabled(void **state)
{
    struct bench *b = hpet_bench(state);

    bench_ns(b, 1000);
    assert_int_equal(get(b, COUNTER), 0);
    put(b, CONFIG, 1);
    bench_ns(b, 1000);
    assert_int_equal(get(b, COUNTER), 100);
    put(b, CONFIG, 0);
    bench_ns(b, 1000);
    assert_int_equal(get(b, COUNTER), 100);
    put(b, COUNTER, 7);
    put(b, COUNTER + 4, 1);
    put(b, CONFIG, 1);
    bench_ns(b, 10);
    assert_int_equal(get(b, COUNTER), 8);
    assert_int_equal(get(b, COUNTER + 4), 1);
}

static void a_one_shot_fires_when_the_counter_reaches_it(void **state)
{
    struct bench *b = hpet_bench(state);

    put(b, T2, 0x4 | 2 << 9);
    put(b, T2 + CMP, 50);
    put(b, T2 + CMP + 4, 0);
    put(b, CONFIG, 1);
    bench_ns(b, 499);
    assert_int_equal(bench_rises(b, "irq2"), 0);
    bench_ns(b, 1);
    assert_int_equal(bench_rises(b, "irq2"), 1);
    bench_ns(b, 100000);
    assert_int_equal(bench_rises(b, "irq2"), 0);
}

static void a_periodic_timer_accumulates(void **state)
{
    struct bench *b = hpet_bench(state);

    put(b, T0, 0x4 | 0x8 | 0x40 | 0x100 | 2 << 9);
    put(b, T0 + CMP, 100);  /* first */
    put(b, T0 + CMP, 1000); /* then each */
    put(b, CONFIG, 1);
    bench_ns(b, 1000);
    assert_int_equal(bench_rises(b, "irq2"), 1);
    assert_int_equal(get(b, T0 + CMP), 1100);
    bench_ns(b, 50000);
    assert_int_equal(bench_rises(b, "irq2"), 5);
}

static void a_level_stays_until_its_status_bit_is_cleared(void **state)
{
    struct bench *b = hpet_bench(state);

    put(b, T0, 0x6 | 2 << 9);
    put(b, T0 + CMP, 10);
    put(b, T0 + CMP + 4, 0);
    put(b, CONFIG, 1);
    bench_ns(b, 500);
    assert_true(bench_level(b, "irq2"));
    assert_int_equal(get(b, STATUS), 1);
    put(b, STATUS, 1);
    assert_false(bench_level(b, "irq2"));
}

static void legacy_replacement_takes_lines_0_and_8(void **state)
{
    struct bench *b = hpet_bench(state);

    put(b, T0, 0x4);
    put(b, T0 + CMP, 10);
    put(b, T0 + CMP + 4, 0);
    put(b, T1, 0x4);
    put(b, T1 + CMP, 20);
    put(b, T1 + CMP + 4, 0);
    put(b, CONFIG, 3);
    assert_true(bench_level(b, "legacy"));
    bench_ns(b, 200);
    assert_int_equal(bench_rises(b, "irq0"), 1);
    assert_int_equal(bench_rises(b, "irq8"), 1);
    put(b, CONFIG, 1);
    assert_false(bench_level(b, "legacy"));
}

static void a_comparator_behind_the_counter_waits_for_the_wrap(void **state)
{
    struct bench *b = hpet_bench(state);

    put(b, T0, 0x4 | 0x100 | 2 << 9);
    put(b, CONFIG, 1);
    bench_ns(b, 10000);
    put(b, T0 + CMP, 999);
    bench_ns(b, 1000000);
    assert_int_equal(bench_rises(b, "irq2"), 0);
    bench_ns(b, (1ull << 32) * 10 - 1000000 - 11);
    assert_int_equal(bench_rises(b, "irq2"), 0);
    bench_ns(b, 1);
    assert_int_equal(bench_rises(b, "irq2"), 1);
}

static void a_period_of_zero_or_one_does_no_harm(void **state)
{
    struct bench *b = hpet_bench(state);

    put(b, T0, 0x4 | 0x8 | 0x40 | 2 << 9);
    put(b, T0 + CMP, 0);
    put(b, CONFIG, 1);
    bench_ns(b, 1000);
    put(b, T0 + CMP, 1);
    bench_ns(b, 1000);
    put(b, T0 + CMP + 4, 0xffffffff);
    bench_ns(b, 1000);
    put(b, COUNTER + 4, 0xffffffff);
    put(b, COUNTER, 0xfffffff0);
    bench_ns(b, 10000);
}

static void the_hub_keeps_the_8254_off_line_0_in_legacy_mode(void **state)
{
    struct bench *b = hpet_bench(state);

    bench_device(b, &irq_hub_class, "hub");
    bench_wire(b, "hpet.legacy", "hub.legacy");
    bench_wire(b, "hpet.irq0", "hub.hpet0");
    bench_pin(b, "hub.isa0", true);
    assert_true(bench_level(b, "hub.pic0"));
    assert_true(bench_level(b, "hub.apic2"));
    put(b, CONFIG, 2);
    assert_false(bench_level(b, "hub.pic0"));
    put(b, CONFIG, 0);
    assert_true(bench_level(b, "hub.pic0"));
}

static void the_hub_ors_isa_and_pci_lines(void **state)
{
    struct bench *b = *state;

    bench_device(b, &irq_hub_class, "hub");
    bench_pin(b, "isa11", true);
    bench_pin(b, "pirq11", true);
    bench_pin(b, "isa11", false);
    assert_true(bench_level(b, "pic11"));
    assert_true(bench_level(b, "apic11"));
    bench_pin(b, "pirq11", false);
    assert_false(bench_level(b, "pic11"));
    bench_pin(b, "sci", true);
    assert_true(bench_level(b, "pic9"));
}

#define TESTS(X)                                                                                   \
    X(capabilities_name_three_timers_of_10_ns)                                                     \
    X(the_counter_runs_while_enabled)                                                              \
    X(a_one_shot_fires_when_the_counter_reaches_it)                                                \
    X(a_periodic_timer_accumulates)                                                                \
    X(a_level_stays_until_its_status_bit_is_cleared)                                               \
    X(legacy_replacement_takes_lines_0_and_8)                                                      \
    X(a_comparator_behind_the_counter_waits_for_the_wrap)                                          \
    X(a_period_of_zero_or_one_does_no_harm)                                                        \
    X(the_hub_keeps_the_8254_off_line_0_in_legacy_mode)                                            \
    X(the_hub_ors_isa_and_pci_lines)

BENCH_MAIN(TESTS)
