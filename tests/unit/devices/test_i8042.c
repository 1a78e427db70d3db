/* test_i8042.c - keyboard controller, keyboard and mouse as a driver sees them. */
#include "bench.h"
#include "devices/input/i8042.h"
#include "host/input.h"

static struct device *controller(struct bench *b)
{
    return bench_device(b, &i8042_class, "i8042");
}

/* Polls as drivers do; -1 when nothing comes within 5 ms. */
static int get(struct bench *b)
{
    for (unsigned i = 0; i < 100; i++) {
        if (bench_in(b, 0x64) & 1)
            return bench_in(b, 0x60);
        bench_ns(b, 50000);
    }
    return -1;
}

static void expect(struct bench *b, const uint8_t *bytes, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(get(b), bytes[i]);
    assert_int_equal(get(b), -1);
}
#define EXPECT(b, ...)                                                                             \
    expect(b, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void aux(struct bench *b, uint8_t byte)
{
    bench_out(b, 0x64, 0xd4);
    bench_out(b, 0x60, byte);
}

static void command_byte(struct bench *b, uint8_t byte)
{
    bench_out(b, 0x64, 0x60);
    bench_out(b, 0x60, byte);
}

static void self_test_answers_55(void **state)
{
    struct bench *b = *state;

    controller(b);
    bench_out(b, 0x64, 0xaa);
    assert_int_equal(bench_in(b, 0x64) & 1, 0);
    EXPECT(b, 0x55);
    bench_out(b, 0x64, 0xab);
    EXPECT(b, 0x00);
    bench_out(b, 0x64, 0xa9);
    EXPECT(b, 0x00);
}

static void command_byte_reads_back(void **state)
{
    struct bench *b = *state;

    controller(b);
    command_byte(b, 0x65);
    bench_out(b, 0x64, 0x20);
    EXPECT(b, 0x65);
    assert_int_equal(bench_in(b, 0x64) & 0x04, 0x04);
}

static void output_port_drives_a20(void **state)
{
    struct bench *b = *state;

    controller(b);
    assert_true(bench_level(b, "a20"));
    bench_out(b, 0x64, 0xd1);
    bench_out(b, 0x60, 0xdd);
    assert_false(bench_level(b, "a20"));
    bench_out(b, 0x64, 0xd1);
    bench_out(b, 0x60, 0xdf);
    assert_true(bench_level(b, "a20"));
    bench_out(b, 0x64, 0xd0);
    EXPECT(b, 0xcf);
}

static void pulse_fe_resets(void **state)
{
    struct bench *b = *state;

    controller(b);
    bench_rises(b, "reset");
    bench_out(b, 0x64, 0xff);
    assert_int_equal(bench_rises(b, "reset"), 0);
    bench_out(b, 0x64, 0xfe);
    assert_int_equal(bench_rises(b, "reset"), 1);
}

static void keyboard_reset_acknowledges_then_passes_its_test(void **state)
{
    struct bench *b = *state;

    controller(b);
    bench_out(b, 0x60, 0xff);
    EXPECT(b, 0xfa, 0xaa);
    bench_out(b, 0x60, 0xf2);
    EXPECT(b, 0xfa, 0xab, 0x83);
    bench_out(b, 0x60, 0xee);
    EXPECT(b, 0xee);
}

static void key_sends_set_2_and_translates_to_set_1(void **state)
{
    struct bench *b = *state;
    struct device *d = controller(b);

    ps2_key(d, 0x1e, true);
    ps2_key(d, 0x1e, false);
    EXPECT(b, 0x1c, 0xf0, 0x1c);
    command_byte(b, 0x41);
    ps2_key(d, 0x1e, true);
    ps2_key(d, 0x1e, false);
    EXPECT(b, 0x1e, 0x9e);
    ps2_key(d, 0xc8, true);
    ps2_key(d, 0xc8, false);
    EXPECT(b, 0xe0, 0x48, 0xe0, 0xc8);
    ps2_key(d, 0x41, true); /* F7: 83h in set 2 */
    EXPECT(b, 0x41);
}

static void every_key_translates_to_its_set_1_code(void **state)
{
    struct bench *b = *state;
    struct device *d = controller(b);
    static const uint8_t keys[] = {
#define KEY(set1, set2, set3) set1,
#include "devices/input/ps2_keys.def"
#undef KEY
    };

    command_byte(b, 0x40);
    for (unsigned i = 0; i < sizeof keys; i++) {
        ps2_key(d, keys[i], true);
        if (keys[i] & 0x80)
            assert_int_equal(get(b), 0xe0);
        assert_int_equal(get(b), keys[i] & 0x7f);
    }
}

static void pause_and_print_send_their_sequences(void **state)
{
    struct bench *b = *state;
    struct device *d = controller(b);

    command_byte(b, 0x40);
    ps2_key(d, KEY_PAUSE, true);
    ps2_key(d, KEY_PAUSE, false);
    EXPECT(b, 0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5);
    ps2_key(d, KEY_PRINT, true);
    EXPECT(b, 0xe0, 0x2a, 0xe0, 0x37);
    ps2_key(d, KEY_PRINT, false);
    EXPECT(b, 0xe0, 0xb7, 0xe0, 0xaa);
    ps2_key(d, 0x38, true);
    ps2_key(d, KEY_PRINT, true);
    EXPECT(b, 0x38, 0x54);
}

static void each_byte_is_an_edge_of_irq1(void **state)
{
    struct bench *b = *state;
    struct device *d = controller(b);

    bench_rises(b, "irq1");
    ps2_key(d, 0xc8, true);
    bench_ns(b, 1000000);
    assert_int_equal(bench_rises(b, "irq1"), 1);
    assert_true(bench_level(b, "irq1"));
    assert_int_equal(bench_in(b, 0x60), 0xe0);
    assert_false(bench_level(b, "irq1"));
    bench_ns(b, 1000000);
    assert_int_equal(bench_rises(b, "irq1"), 1);
    assert_int_equal(bench_in(b, 0x60), 0x75);
}

static void disabled_keyboard_keeps_its_bytes(void **state)
{
    struct bench *b = *state;
    struct device *d = controller(b);

    bench_out(b, 0x64, 0xad);
    ps2_key(d, 0x1e, true);
    assert_int_equal(get(b), -1);
    bench_out(b, 0x64, 0xae);
    EXPECT(b, 0x1c);
}

static void full_key_buffer_ends_in_an_overrun_code(void **state)
{
    struct bench *b = *state;
    struct device *d = controller(b);
    unsigned n = 0;
    int byte, last = -1;

    for (unsigned i = 0; i < 1000; i++)
        ps2_key(d, 0x1e, i % 2 == 0);
    while ((byte = get(b)) >= 0) {
        last = byte;
        n++;
    }
    assert_in_range(n, 10, 17);
    assert_int_equal(last, 0x00);
}

static void scan_sets_and_lamps_can_be_set(void **state)
{
    struct bench *b = *state;
    struct device *d = controller(b);

    bench_out(b, 0x60, 0xf0);
    EXPECT(b, 0xfa);
    bench_out(b, 0x60, 0x03);
    EXPECT(b, 0xfa);
    ps2_key(d, 0x1d, true);
    ps2_key(d, 0x1d, false);
    EXPECT(b, 0x11, 0xf0, 0x11);
    bench_out(b, 0x60, 0xf0);
    EXPECT(b, 0xfa);
    bench_out(b, 0x60, 0x00);
    EXPECT(b, 0xfa, 0x03);
    bench_out(b, 0x60, 0xed);
    EXPECT(b, 0xfa);
    bench_out(b, 0x60, 0x02);
    EXPECT(b, 0xfa);
    assert_int_equal(ps2_leds(d), 2);
}

static void mouse_reports_movement_on_irq12(void **state)
{
    struct bench *b = *state;
    struct device *d = controller(b);

    aux(b, 0xff);
    EXPECT(b, 0xfa, 0xaa, 0x00);
    ps2_mouse(d, 5, 5, 0, 1);
    assert_int_equal(get(b), -1); /* not enabled */
    ps2_mouse(d, 0, 0, 0, 0);
    aux(b, 0xf4);
    EXPECT(b, 0xfa);
    bench_rises(b, "irq12");
    ps2_mouse(d, 5, 3, 0, 1);
    bench_ns(b, 300000);
    assert_int_equal(bench_in(b, 0x64) & 0x21, 0x21);
    assert_int_equal(bench_rises(b, "irq12"), 1);
    EXPECT(b, 0x29, 0x05, 0xfd);
}

static void mouse_keeps_to_its_sample_rate_and_adds_up(void **state)
{
    struct bench *b = *state;
    struct device *d = controller(b);

    aux(b, 0xf4);
    EXPECT(b, 0xfa);
    ps2_mouse(d, 1, 0, 0, 0);
    ps2_mouse(d, 2, 0, 0, 0);
    ps2_mouse(d, 3, 0, 0, 0);
    EXPECT(b, 0x08, 0x01, 0x00);
    bench_ns(b, 10000000);
    EXPECT(b, 0x08, 0x05, 0x00);
}

static void quick_click_is_not_lost(void **state)
{
    struct bench *b = *state;
    struct device *d = controller(b);

    aux(b, 0xf4);
    EXPECT(b, 0xfa);
    ps2_mouse(d, 1, 0, 0, 0);
    ps2_mouse(d, 0, 0, 0, 1);
    ps2_mouse(d, 0, 0, 0, 0);
    bench_ns(b, 10000000);
    for (unsigned i = 0; i < 3; i++)
        get(b);
    assert_int_equal(get(b), 0x09);
    get(b), get(b);
    bench_ns(b, 10000000);
    assert_int_equal(get(b), 0x08);
}

static void knocking_turns_on_the_wheel(void **state)
{
    struct bench *b = *state;
    struct device *d = controller(b);
    static const uint8_t rates[3] = {200, 100, 80};

    for (unsigned i = 0; i < 3; i++) {
        aux(b, 0xf3);
        EXPECT(b, 0xfa);
        aux(b, rates[i]);
        EXPECT(b, 0xfa);
    }
    aux(b, 0xf2);
    EXPECT(b, 0xfa, 0x03);
    aux(b, 0xf4);
    EXPECT(b, 0xfa);
    ps2_mouse(d, 0, 0, -1, 0);
    EXPECT(b, 0x08, 0x00, 0x00, 0xff);
}

static void mouse_status_tells_rate_and_resolution(void **state)
{
    struct bench *b = *state;

    controller(b);
    aux(b, 0xe8);
    EXPECT(b, 0xfa);
    aux(b, 0x03);
    EXPECT(b, 0xfa);
    aux(b, 0xe7);
    EXPECT(b, 0xfa);
    aux(b, 0xe9);
    EXPECT(b, 0xfa, 0x10, 0x03, 0x64);
}

static void random_writes_do_no_harm(void **state)
{
    struct bench *b = *state;
    uint32_t x = 12345;
    struct device *d = controller(b);

    for (unsigned i = 0; i < 20000; i++) {
        x = x * 1664525 + 1013904223;
        bench_out(b, x >> 30 & 1 ? 0x60 : 0x64, (uint8_t)(x >> 16));
        ps2_key(d, x >> 8 & 0x1ff, x >> 20 & 1);
        ps2_mouse(d, (int)(x >> 3) - 1000, (int)x, (int)(x >> 5 & 63) - 32, x);
        if (x >> 29 & 1)
            bench_in(b, 0x60);
        bench_ns(b, 10000);
    }
}

#define TESTS(X)                                                                                   \
    X(self_test_answers_55)                                                                        \
    X(command_byte_reads_back)                                                                     \
    X(output_port_drives_a20)                                                                      \
    X(pulse_fe_resets)                                                                             \
    X(keyboard_reset_acknowledges_then_passes_its_test)                                            \
    X(key_sends_set_2_and_translates_to_set_1)                                                     \
    X(every_key_translates_to_its_set_1_code)                                                      \
    X(pause_and_print_send_their_sequences)                                                        \
    X(each_byte_is_an_edge_of_irq1)                                                                \
    X(disabled_keyboard_keeps_its_bytes)                                                           \
    X(full_key_buffer_ends_in_an_overrun_code)                                                     \
    X(scan_sets_and_lamps_can_be_set)                                                              \
    X(mouse_reports_movement_on_irq12)                                                             \
    X(mouse_keeps_to_its_sample_rate_and_adds_up)                                                  \
    X(quick_click_is_not_lost)                                                                     \
    X(knocking_turns_on_the_wheel)                                                                 \
    X(mouse_status_tells_rate_and_resolution)                                                      \
    X(random_writes_do_no_harm)
BENCH_MAIN(TESTS)
