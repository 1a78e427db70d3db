/* test_i8254.c - the programmable interval timer, mode by mode (Intel 231164, "Mode definitions").
 */
#include "bench.h"
#include "devices/timer/i8254.h"

static struct bench *pit_bench(void **state)
{
    struct bench *b = *state;

    bench_device(b, &i8254_class, "i8254");
    return b;
}

static void put_count(struct bench *b, unsigned counter, uint16_t n)
{
    bench_out(b, (uint16_t)(0x40 + counter), n & 0xff);
    bench_out(b, (uint16_t)(0x40 + counter), n >> 8);
}

static uint16_t get_count(struct bench *b, unsigned counter)
{
    uint8_t low, high;

    bench_out(b, 0x43, (uint8_t)(counter << 6)); /* latch */
    low = bench_in(b, (uint16_t)(0x40 + counter));
    high = bench_in(b, (uint16_t)(0x40 + counter));
    return (uint16_t)(high << 8 | low);
}

static void mode0_goes_high_n_plus_1_clocks_after_the_write(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x30);
    assert_false(bench_level(b, "out0"));
    put_count(b, 0, 4);
    assert_wave(b, "out0", "L LLLL HHHH");
}

static void mode0_first_byte_of_a_new_count_lowers_out_and_stops(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x30);
    put_count(b, 0, 2);
    bench_tick(b, 5);
    assert_true(bench_level(b, "out0"));
    bench_out(b, 0x40, 3);
    assert_false(bench_level(b, "out0"));
    bench_tick(b, 20);
    assert_false(bench_level(b, "out0"));
    bench_out(b, 0x40, 0);
    assert_wave(b, "out0", "L LLL HH");
}

static void mode0_goes_on_counting_below_zero(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x30);
    put_count(b, 0, 3);
    bench_tick(b, 1 + 3);
    assert_int_equal(get_count(b, 0), 0);
    bench_tick(b, 1);
    assert_int_equal(get_count(b, 0), 0xffff);
}

static void mode0_waits_while_the_gate_is_low(void **state)
{
    struct bench *b = pit_bench(state);

    bench_pin(b, "gate2", true);
    bench_out(b, 0x43, 0xb0);
    put_count(b, 2, 5);
    bench_tick(b, 3); /* loaded, and two counted */
    assert_int_equal(get_count(b, 2), 3);
    bench_pin(b, "gate2", false);
    bench_tick(b, 10);
    assert_int_equal(get_count(b, 2), 3);
    bench_pin(b, "gate2", true);
    assert_wave(b, "out2", "LLL HH");
}

static void mode0_count_written_with_gate_low_takes_n_clocks_after_it_rises(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0xb0);
    put_count(b, 2, 3);
    bench_tick(b, 5);
    assert_int_equal(get_count(b, 2), 3);
    bench_pin(b, "gate2", true);
    assert_wave(b, "out2", "LLL HH");
}

static void mode1_is_a_one_shot_started_by_the_gate(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0xb2);
    put_count(b, 2, 3);
    assert_wave(b, "out2", "HHHH");
    bench_pin(b, "gate2", true);
    assert_wave(b, "out2", "H LLL HHH");
}

static void mode1_retrigger_makes_the_pulse_longer(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0xb2);
    put_count(b, 2, 3);
    bench_pin(b, "gate2", true);
    bench_tick(b, 2);
    bench_pin(b, "gate2", false);
    bench_pin(b, "gate2", true);
    assert_wave(b, "out2", "L LLL HHH");
}

static void mode2_is_low_for_the_last_clock_of_each_period(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x34);
    put_count(b, 0, 4);
    bench_tick(b, 1);
    assert_wave(b, "out0", "HHHL HHHL HHHL");
}

static void mode2_counts_n_down_to_1(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x34);
    put_count(b, 0, 3);
    bench_tick(b, 1);
    for (unsigned i = 0; i < 7; i++, bench_tick(b, 1))
        assert_int_equal(get_count(b, 0), 3 - i % 3);
}

static void mode2_new_count_waits_for_the_end_of_the_period(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x34);
    put_count(b, 0, 5);
    bench_tick(b, 2);
    put_count(b, 0, 3);
    assert_wave(b, "out0", "HHHL HHL HHL");
}

static void mode2_low_gate_lifts_out_and_its_rise_starts_a_period(void **state)
{
    struct bench *b = pit_bench(state);

    bench_pin(b, "gate2", true);
    bench_out(b, 0x43, 0xb4);
    put_count(b, 2, 3);
    bench_tick(b, 3);
    assert_false(bench_level(b, "out2"));
    bench_pin(b, "gate2", false);
    assert_wave(b, "out2", "HHHHH");
    bench_pin(b, "gate2", true);
    assert_wave(b, "out2", "H HHL HHL");
}

static void mode3_even_count_is_a_square_wave(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x36);
    put_count(b, 0, 4);
    bench_tick(b, 1);
    assert_wave(b, "out0", "HHLL HHLL");
}

static void mode3_odd_count_stays_high_one_tick_longer(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x36); /* counter 0, both bytes, mode 3 */
    put_count(b, 0, 5);
    bench_tick(b, 1); /* the count loads on the next CLK */
    assert_wave(b, "out0", "HHHLL HHHLL");
}

static void mode3_counts_by_two(void **state)
{
    static const uint16_t counts[] = {4, 2, 0, 4, 2, 4};
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x36);
    put_count(b, 0, 5);
    bench_tick(b, 1);
    for (unsigned i = 0; i < 6; i++, bench_tick(b, 1))
        assert_int_equal(get_count(b, 0), counts[i]);
}

static void mode3_new_count_waits_for_the_end_of_the_half_period(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x36);
    put_count(b, 0, 8);
    bench_tick(b, 2);
    put_count(b, 0, 4);
    assert_wave(b, "out0", "HHH LL HH LL");
}

static void mode4_strobes_once_n_plus_1_clocks_after_the_write(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x38);
    put_count(b, 0, 3);
    assert_wave(b, "out0", "H HHH L HHHHHHH");
}

static void mode5_strobes_after_the_gate_rises(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0xba);
    put_count(b, 2, 3);
    assert_wave(b, "out2", "HHHHHHH");
    bench_pin(b, "gate2", true);
    assert_wave(b, "out2", "H HHH L HHH");
}

static void bcd_counts_in_decimal(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x31);
    put_count(b, 0, 0x0100);
    bench_tick(b, 2);
    assert_int_equal(get_count(b, 0), 0x0099);
    bench_tick(b, 100);
    assert_int_equal(get_count(b, 0), 0x9999);
}

static void a_count_of_zero_is_65536(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x34);
    put_count(b, 0, 0);
    bench_tick(b, 1);
    bench_rises(b, "out0");
    bench_tick(b, 65536);
    assert_int_equal(bench_rises(b, "out0"), 1);
    bench_tick(b, 65535);
    assert_int_equal(bench_rises(b, "out0"), 0);
}

static void a_latched_count_stays_until_it_is_read(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x34);
    put_count(b, 0, 1000);
    bench_tick(b, 1);
    bench_out(b, 0x43, 0x00);
    bench_tick(b, 100);
    bench_out(b, 0x43, 0x00); /* ignored: the first latch was not read */
    assert_int_equal(bench_in(b, 0x40), 1000 & 0xff);
    assert_int_equal(bench_in(b, 0x40), 1000 >> 8);
    assert_int_equal(get_count(b, 0), 900);
}

static void low_byte_access_reads_and_writes_low_bytes(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x14);
    bench_out(b, 0x40, 50);
    bench_tick(b, 1);
    assert_int_equal(bench_in(b, 0x40), 50);
    bench_tick(b, 10);
    assert_int_equal(bench_in(b, 0x40), 40);
}

static void read_back_gives_status_then_count(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x36);
    put_count(b, 0, 0x1234);
    bench_tick(b, 1);
    bench_out(b, 0x43, 0xc2);
    assert_int_equal(bench_in(b, 0x40), 0xb6); /* OUT high, both bytes, mode 3 */
    assert_int_equal(bench_in(b, 0x40), 0x34);
    assert_int_equal(bench_in(b, 0x40), 0x12);
}

static void null_count_clears_when_the_count_loads(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x30);
    put_count(b, 0, 100);
    bench_out(b, 0x43, 0xe2);
    assert_int_equal(bench_in(b, 0x40), 0x70);
    bench_tick(b, 1);
    bench_out(b, 0x43, 0xe2);
    assert_int_equal(bench_in(b, 0x40), 0x30);
}

static void bios_rate_gives_18_interrupts_a_second(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x36);
    put_count(b, 0, 0);
    bench_tick(b, 1);
    bench_rises(b, "out0");
    bench_ns(b, NS_PER_SEC);
    assert_int_equal(bench_rises(b, "out0"), 18);
}

static void no_edge_is_lost_when_time_jumps(void **state)
{
    struct bench *b = pit_bench(state);

    bench_out(b, 0x43, 0x34);
    put_count(b, 0, 10);
    bench_tick(b, 1);
    bench_rises(b, "out0");
    b->count += ticks_to_ns(100, I8254_HZ); /* as a correction would, events not run yet */
    bench_in(b, 0x40);
    assert_int_equal(bench_rises(b, "out0"), 10);
}

#define TESTS(X)                                                                                   \
    X(mode0_goes_high_n_plus_1_clocks_after_the_write)                                             \
    X(mode0_first_byte_of_a_new_count_lowers_out_and_stops)                                        \
    X(mode0_goes_on_counting_below_zero)                                                           \
    X(mode0_waits_while_the_gate_is_low)                                                           \
    X(mode0_count_written_with_gate_low_takes_n_clocks_after_it_rises)                             \
    X(mode1_is_a_one_shot_started_by_the_gate)                                                     \
    X(mode1_retrigger_makes_the_pulse_longer)                                                      \
    X(mode2_is_low_for_the_last_clock_of_each_period)                                              \
    X(mode2_counts_n_down_to_1)                                                                    \
    X(mode2_new_count_waits_for_the_end_of_the_period)                                             \
    X(mode2_low_gate_lifts_out_and_its_rise_starts_a_period)                                       \
    X(mode3_even_count_is_a_square_wave)                                                           \
    X(mode3_odd_count_stays_high_one_tick_longer)                                                  \
    X(mode3_counts_by_two)                                                                         \
    X(mode3_new_count_waits_for_the_end_of_the_half_period)                                        \
    X(mode4_strobes_once_n_plus_1_clocks_after_the_write)                                          \
    X(mode5_strobes_after_the_gate_rises)                                                          \
    X(bcd_counts_in_decimal)                                                                       \
    X(a_count_of_zero_is_65536)                                                                    \
    X(a_latched_count_stays_until_it_is_read)                                                      \
    X(low_byte_access_reads_and_writes_low_bytes)                                                  \
    X(read_back_gives_status_then_count)                                                           \
    X(null_count_clears_when_the_count_loads)                                                      \
    X(bios_rate_gives_18_interrupts_a_second)                                                      \
    X(no_edge_is_lost_when_time_jumps)

BENCH_MAIN(TESTS)
