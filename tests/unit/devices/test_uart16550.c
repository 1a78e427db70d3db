/* test_uart16550.c - the serial port as a driver sees it. */
#include <string.h>
#include "bench.h"
#include "devices/serial/uart16550.h"

/* At 115200 baud, 8 bits, no parity, one stop bit: 86.8 us a character. */
#define CHARACTER_NS 86806u

static struct device *uart(struct bench *b)
{
    struct device *d = bench_device(b, &uart16550_class, "com1");

    bench_out(b, 0x3fb, 0x83);
    bench_out(b, 0x3f8, 1);
    bench_out(b, 0x3f9, 0);
    bench_out(b, 0x3fb, 0x03);
    bench_out(b, 0x3fc, 0x0b); /* DTR, RTS, OUT2 */
    bench_in(b, 0x3fe);
    return d;
}

static void transmitter_is_busy_for_a_character_time(void **state)
{
    struct bench *b = *state;

    uart(b);
    assert_int_equal(bench_in(b, 0x3fd), 0x60);
    bench_out(b, 0x3f8, 'A');
    assert_int_equal(bench_in(b, 0x3fd), 0x20); /* THR free, shift register not */
    bench_out(b, 0x3f8, 'B');
    assert_int_equal(bench_in(b, 0x3fd), 0x00);
    bench_ns(b, CHARACTER_NS);
    assert_int_equal(bench_in(b, 0x3fd), 0x20);
    bench_ns(b, CHARACTER_NS);
    assert_int_equal(bench_in(b, 0x3fd), 0x60);
}

static void enabling_thre_interrupt_when_empty_raises_it_until_iir_is_read(void **state)
{
    struct bench *b = *state;

    uart(b);
    bench_out(b, 0x3f9, 0x02);
    assert_true(bench_level(b, "irq"));
    assert_int_equal(bench_in(b, 0x3fa), 0x02);
    assert_false(bench_level(b, "irq"));
    assert_int_equal(bench_in(b, 0x3fa), 0x01);
}

static void out2_gates_the_interrupt_line(void **state)
{
    struct bench *b = *state;

    uart(b);
    bench_out(b, 0x3f9, 0x02);
    bench_out(b, 0x3fc, 0x03);
    assert_false(bench_level(b, "irq"));
    bench_out(b, 0x3fc, 0x0b);
    assert_true(bench_level(b, "irq"));
}

static void received_byte_raises_data_available(void **state)
{
    struct bench *b = *state;
    struct device *d = uart(b);

    bench_out(b, 0x3f9, 0x01);
    assert_int_equal(uart_receive(d, (const uint8_t *)"xy", 2), 1); /* one without FIFO */
    assert_true(bench_level(b, "irq"));
    assert_int_equal(bench_in(b, 0x3fa), 0x04);
    assert_int_equal(bench_in(b, 0x3fd), 0x61);
    assert_int_equal(bench_in(b, 0x3f8), 'x');
    assert_false(bench_level(b, "irq"));
}

static void fifo_times_out_below_its_trigger_level(void **state)
{
    struct bench *b = *state;
    struct device *d = uart(b);

    bench_out(b, 0x3fa, 0x81); /* FIFO on, trigger at 8 */
    bench_out(b, 0x3f9, 0x01);
    assert_int_equal(uart_receive(d, (const uint8_t *)"abc", 3), 3);
    assert_int_equal(bench_in(b, 0x3fa), 0xc1);
    bench_ns(b, 4 * CHARACTER_NS);
    assert_int_equal(bench_in(b, 0x3fa), 0xcc);
    assert_int_equal(bench_in(b, 0x3f8), 'a');
    assert_int_equal(bench_in(b, 0x3fa), 0xc1);
    assert_int_equal(uart_receive(d, (const uint8_t *)"defghijk", 8), 8);
    assert_int_equal(bench_in(b, 0x3fa), 0xc4);
}

static void fifo_takes_sixteen_bytes(void **state)
{
    struct bench *b = *state;
    struct device *d = uart(b);
    uint8_t bytes[40] = {0};

    bench_out(b, 0x3fa, 0x01);
    assert_int_equal(uart_receive(d, bytes, sizeof bytes), 16);
    bench_out(b, 0x3fa, 0x03);
    assert_int_equal(bench_in(b, 0x3fd), 0x60);
}

static void loopback_returns_bytes_and_modem_lines(void **state)
{
    struct bench *b = *state;

    uart(b);
    bench_out(b, 0x3fc, 0x1a); /* loop, OUT2, RTS */
    assert_int_equal(bench_in(b, 0x3fe) & 0xf0, 0x90);
    bench_out(b, 0x3f8, 0x5a);
    assert_int_equal(bench_in(b, 0x3fd) & 1, 0);
    bench_ns(b, CHARACTER_NS);
    assert_int_equal(bench_in(b, 0x3fd) & 1, 1);
    assert_int_equal(bench_in(b, 0x3f8), 0x5a);
    bench_out(b, 0x3f8, 1);
    bench_ns(b, CHARACTER_NS);
    bench_out(b, 0x3f8, 2);
    bench_ns(b, CHARACTER_NS);
    assert_int_equal(bench_in(b, 0x3fd) & 0x03, 0x03); /* overrun */
    assert_int_equal(bench_in(b, 0x3fd) & 0x02, 0);
}

static void line_status_outranks_data(void **state)
{
    struct bench *b = *state;

    uart(b);
    bench_out(b, 0x3fc, 0x10);
    bench_out(b, 0x3f9, 0x05);
    bench_out(b, 0x3fb, 0x43); /* break */
    assert_int_equal(bench_in(b, 0x3fa), 0x06);
    assert_int_equal(bench_in(b, 0x3fd) & 0x19, 0x19);
    assert_int_equal(bench_in(b, 0x3fa), 0x04);
}

struct capture {
    struct chardev c;
    char text[8];
    size_t n;
};

static void capture_write(struct chardev *c, const void *p, size_t n)
{
    struct capture *k = (struct capture *)c;

    memcpy(k->text + k->n, p, n);
    k->n += n;
}

static void written_bytes_reach_the_line_at_once(void **state)
{
    struct bench *b = *state;
    struct capture k = {.c = {.write = capture_write}};
    struct device *d = uart(b);

    uart_set_chardev(d, &k.c);
    bench_out(b, 0x3fa, 0x01);
    bench_out(b, 0x3f8, 'h');
    bench_out(b, 0x3f8, 'i');
    assert_string_equal(k.text, "hi");
    uart_set_chardev(d, NULL);
}

static void moved_port_answers_at_its_new_place(void **state)
{
    struct bench *b = *state;

    uart_move(uart(b), 0x2f8);
    bench_out(b, 0x2ff, 0x77);
    assert_int_equal(bench_in(b, 0x2ff), 0x77);
    assert_int_equal(bench_in(b, 0x3ff), 0xff);
}

#define TESTS(X)                                                                                   \
    X(transmitter_is_busy_for_a_character_time)                                                    \
    X(enabling_thre_interrupt_when_empty_raises_it_until_iir_is_read)                              \
    X(out2_gates_the_interrupt_line)                                                               \
    X(received_byte_raises_data_available)                                                         \
    X(fifo_times_out_below_its_trigger_level)                                                      \
    X(fifo_takes_sixteen_bytes)                                                                    \
    X(loopback_returns_bytes_and_modem_lines)                                                      \
    X(line_status_outranks_data)                                                                   \
    X(written_bytes_reach_the_line_at_once)                                                        \
    X(moved_port_answers_at_its_new_place)
BENCH_MAIN(TESTS)
