/* test_misc.c - the small ports of the board: 61h, 80h, 92h, debug console and debug exit. */
#include "bench.h"
#include "devices/misc/misc.h"
#include "devices/timer/i8254.h"

static struct device *speaker_bench(void **state)
{
    struct bench *b = *state;
    struct device *pit = bench_device(b, &i8254_class, "pit");
    struct device *port61 = bench_socket(b, &port61_class, "port61");

    port61_connect(port61, pit);
    device_reset(port61);
    bench_wire(b, "port61.gate2", "pit.gate2");
    return port61;
}

static void ferr_requests_interrupt_13_until_port_f0h_is_written(void **state)
{
    struct bench *b = *state;
    struct device *d = bench_device(b, &port_f0_class, "port-f0");

    bench_out(b, 0xf0, 0);
    assert_false(port_f0_ignne(d)); /* FERR# is not there */
    bench_pin(b, "ferr", true);
    assert_true(bench_level(b, "irq"));
    bench_out(b, 0xf0, 0);
    assert_false(bench_level(b, "irq"));
    assert_true(port_f0_ignne(d) && bench_level(b, "ignne"));
    bench_pin(b, "ferr", false);
    assert_false(port_f0_ignne(d));
    bench_pin(b, "ferr", true);
    assert_true(bench_level(b, "irq"));
    assert_false(port_f0_ignne(d));
}

static void out2_shows_in_bit_5_while_counter_2_runs_down(void **state)
{
    struct bench *b = *state;

    speaker_bench(state);
    bench_out(b, 0x61, 0x01);
    bench_out(b, 0x43, 0xb0); /* as an OS measures its processor */
    bench_out(b, 0x42, 0xff);
    bench_out(b, 0x42, 0x00);
    bench_tick(b, 255);
    assert_int_equal(bench_in(b, 0x61) & 0x21, 0x01);
    bench_tick(b, 1);
    assert_int_equal(bench_in(b, 0x61) & 0x21, 0x21);
}

static void the_gate_of_counter_2_is_bit_0(void **state)
{
    struct bench *b = *state;

    speaker_bench(state);
    bench_out(b, 0x61, 0x00);
    bench_out(b, 0x43, 0xb0);
    bench_out(b, 0x42, 2);
    bench_out(b, 0x42, 0);
    bench_tick(b, 100);
    assert_int_equal(bench_in(b, 0x61) & 0x20, 0x00);
    bench_out(b, 0x61, 0x01);
    bench_tick(b, 2);
    assert_int_equal(bench_in(b, 0x61) & 0x20, 0x20);
}

static void the_refresh_bit_toggles_every_18_clocks(void **state)
{
    struct bench *b = *state;
    unsigned toggles = 0;
    uint8_t last;

    speaker_bench(state);
    last = bench_in(b, 0x61);
    for (unsigned i = 0; i < 1800; i++) {
        uint8_t now;

        bench_tick(b, 1);
        now = bench_in(b, 0x61);
        toggles += (now ^ last) >> 4 & 1;
        last = now;
    }
    assert_int_equal(toggles, 100);
}

static void the_speaker_sounds_with_data_enable_and_out2(void **state)
{
    struct bench *b = *state;
    struct device *port61 = speaker_bench(state);

    bench_out(b, 0x43, 0xb6);
    bench_out(b, 0x42, 4);
    bench_out(b, 0x42, 0);
    bench_out(b, 0x61, 0x01);
    bench_tick(b, 1);
    assert_false(port61_speaker(port61));
    bench_out(b, 0x61, 0x03);
    assert_true(port61_speaker(port61));
    bench_tick(b, 2);
    assert_false(port61_speaker(port61));
}

static void channel_check_is_latched_into_nmi(void **state)
{
    struct bench *b = *state;

    speaker_bench(state);
    bench_pin(b, "iochk", true);
    bench_pin(b, "iochk", false);
    assert_true(bench_level(b, "nmi"));
    assert_int_equal(bench_in(b, 0x61) & 0xc0, 0x40);
    bench_out(b, 0x61, 0x08);
    assert_false(bench_level(b, "nmi"));
    bench_pin(b, "iochk", true);
    assert_false(bench_level(b, "nmi"));
}

static void port92_opens_a20_and_resets(void **state)
{
    struct bench *b = *state;

    bench_device(b, &port92_class, "port92");
    assert_false(bench_level(b, "a20"));
    bench_out(b, 0x92, 0x02);
    assert_true(bench_level(b, "a20"));
    assert_int_equal(bench_in(b, 0x92), 0x02);
    bench_out(b, 0x92, 0x00);
    assert_false(bench_level(b, "a20"));
    bench_pin(b, "kbd_a20", true);
    assert_true(bench_level(b, "a20"));
    bench_out(b, 0x92, 0x01);
    bench_out(b, 0x92, 0x01);
    assert_int_equal(bench_rises(b, "reset"), 1);
}

static void post_codes_read_back(void **state)
{
    struct bench *b = *state;
    struct device *post = bench_device(b, &post_class, "post");

    bench_out(b, 0x80, 0x5a);
    assert_int_equal(bench_in(b, 0x80), 0x5a);
    assert_int_equal(post_code(post), 0x5a);
}

struct sink {
    struct chardev chardev;
    char text[16];
    size_t len;
};

static void sink_write(struct chardev *c, const void *p, size_t n)
{
    struct sink *s = (struct sink *)c;

    for (size_t i = 0; i < n && s->len < sizeof s->text - 1; i++)
        s->text[s->len++] = ((const char *)p)[i];
}

static void the_debug_console_says_that_it_is_there(void **state)
{
    struct bench *b = *state;
    struct sink s = {.chardev = {.write = sink_write}};
    struct device *con = bench_device(b, &debugcon_class, "debugcon");
    struct device *quiet = bench_device(b, &debugcon_class, "port-e9");

    debugcon_setup(con, 0x402, &s.chardev);
    debugcon_setup(quiet, 0xe9, NULL);
    assert_int_equal(bench_in(b, 0x402), 0xe9);
    bench_out(b, 0x402, 'h');
    bench_out(b, 0x402, 'i');
    bench_out(b, 0xe9, '!');
    assert_string_equal(s.text, "hi");
}

static void on_exit_status(void *opaque, int status)
{
    *(int *)opaque = status;
}

static void debug_exit_gives_an_odd_status(void **state)
{
    struct bench *b = *state;
    struct device *x = bench_device(b, &debug_exit_class, "debug-exit");
    int status = 0;

    debug_exit_setup(x, DEBUG_EXIT_PORT, on_exit_status, &status);
    bench_out(b, 0x501, 0x10);
    assert_int_equal(status, 0x21);
    bench_out32(b, 0x501, 0);
    assert_int_equal(status, 1);
    bench_out16(b, 0x501, 0x1234);
    assert_int_equal(status, 0x2469);
}

#define TESTS(X)                                                                                   \
    X(ferr_requests_interrupt_13_until_port_f0h_is_written)                                        \
    X(out2_shows_in_bit_5_while_counter_2_runs_down)                                               \
    X(the_gate_of_counter_2_is_bit_0)                                                              \
    X(the_refresh_bit_toggles_every_18_clocks)                                                     \
    X(the_speaker_sounds_with_data_enable_and_out2)                                                \
    X(channel_check_is_latched_into_nmi)                                                           \
    X(port92_opens_a20_and_resets)                                                                 \
    X(post_codes_read_back)                                                                        \
    X(the_debug_console_says_that_it_is_there)                                                     \
    X(debug_exit_gives_an_odd_status)

BENCH_MAIN(TESTS)
