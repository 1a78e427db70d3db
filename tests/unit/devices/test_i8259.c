/* test_i8259.c - the two interrupt controllers (Intel 231468). */
#include "bench.h"
#include "devices/irq/i8259.h"

/* As a PC's firmware sets them up: vectors 08h and 70h, nothing masked. */
static struct device *pic_bench(void **state)
{
    struct bench *b = *state;
    struct device *pic = bench_device(b, &i8259_class, "i8259");

    bench_out(b, 0x20, 0x11);
    bench_out(b, 0x21, 0x08);
    bench_out(b, 0x21, 0x04);
    bench_out(b, 0x21, 0x01);
    bench_out(b, 0xa0, 0x11);
    bench_out(b, 0xa1, 0x70);
    bench_out(b, 0xa1, 0x02);
    bench_out(b, 0xa1, 0x01);
    return pic;
}

static void an_edge_asks_once(void **state)
{
    struct device *pic = pic_bench(state);
    struct bench *b = *state;

    assert_false(bench_level(b, "intr"));
    bench_pin(b, "irq3", true);
    assert_true(bench_level(b, "intr"));
    assert_int_equal(i8259_ack(pic), 0x0b);
    assert_false(bench_level(b, "intr"));
    bench_out(b, 0x20, 0x20);
    assert_false(bench_level(b, "intr"));
    bench_pin(b, "irq3", false);
    bench_pin(b, "irq3", true);
    assert_true(bench_level(b, "intr"));
}

static void a_level_asks_again_after_eoi(void **state)
{
    struct device *pic = pic_bench(state);
    struct bench *b = *state;

    bench_out(b, 0x4d0, 0xff);
    assert_int_equal(bench_in(b, 0x4d0), 0xf8);
    bench_pin(b, "irq5", true);
    assert_int_equal(i8259_ack(pic), 0x0d);
    assert_false(bench_level(b, "intr"));
    bench_out(b, 0x20, 0x20);
    assert_true(bench_level(b, "intr"));
    bench_pin(b, "irq5", false);
    assert_false(bench_level(b, "intr"));
}

static void the_slave_comes_through_ir2(void **state)
{
    struct device *pic = pic_bench(state);
    struct bench *b = *state;

    bench_pin(b, "irq14", true);
    assert_int_equal(i8259_ack(pic), 0x76);
    bench_out(b, 0x20, 0x0b); /* read ISR */
    bench_out(b, 0xa0, 0x0b);
    assert_int_equal(bench_in(b, 0x20), 0x04);
    assert_int_equal(bench_in(b, 0xa0), 0x40);
    bench_pin(b, "irq15", true);
    assert_false(bench_level(b, "intr"));
    bench_out(b, 0xa0, 0x20);
    bench_out(b, 0x20, 0x20);
    assert_int_equal(i8259_ack(pic), 0x77);
}

static void a_higher_request_interrupts_a_lower_one(void **state)
{
    struct device *pic = pic_bench(state);
    struct bench *b = *state;

    bench_pin(b, "irq5", true);
    assert_int_equal(i8259_ack(pic), 0x0d);
    bench_pin(b, "irq6", true);
    assert_false(bench_level(b, "intr"));
    bench_pin(b, "irq1", true);
    assert_int_equal(i8259_ack(pic), 0x09);
    bench_out(b, 0x20, 0x20); /* ends IR1, the highest in service */
    bench_out(b, 0x20, 0x0b);
    assert_int_equal(bench_in(b, 0x20), 0x20);
}

static void a_request_that_goes_away_gives_the_default_ir7(void **state)
{
    struct device *pic = pic_bench(state);
    struct bench *b = *state;

    bench_pin(b, "irq4", true);
    bench_pin(b, "irq4", false);
    assert_false(bench_level(b, "intr"));
    assert_int_equal(i8259_ack(pic), 0x0f);
    bench_out(b, 0x20, 0x0b);
    assert_int_equal(bench_in(b, 0x20), 0);
}

static void a_masked_request_waits(void **state)
{
    struct device *pic = pic_bench(state);
    struct bench *b = *state;

    bench_out(b, 0x21, 0x10);
    bench_pin(b, "irq4", true);
    assert_false(bench_level(b, "intr"));
    assert_int_equal(bench_in(b, 0x20), 0x10); /* IRR */
    bench_out(b, 0x21, 0x00);
    assert_int_equal(i8259_ack(pic), 0x0c);
}

static void rotation_on_eoi_makes_the_served_level_the_lowest(void **state)
{
    struct device *pic = pic_bench(state);
    struct bench *b = *state;

    bench_pin(b, "irq3", true);
    assert_int_equal(i8259_ack(pic), 0x0b);
    bench_out(b, 0x20, 0xa0);
    bench_pin(b, "irq3", false);
    bench_pin(b, "irq3", true);
    bench_pin(b, "irq4", true);
    assert_int_equal(i8259_ack(pic), 0x0c);
    bench_out(b, 0x20, 0x64);
    assert_int_equal(i8259_ack(pic), 0x0b);
}

static void set_priority_names_the_lowest_level(void **state)
{
    struct device *pic = pic_bench(state);
    struct bench *b = *state;

    bench_out(b, 0x20, 0xc5);
    bench_pin(b, "irq5", true);
    bench_pin(b, "irq0", true);
    bench_pin(b, "irq6", true);
    assert_int_equal(i8259_ack(pic), 0x0e);
}

static void automatic_eoi_leaves_nothing_in_service(void **state)
{
    struct device *pic = pic_bench(state);
    struct bench *b = *state;

    bench_out(b, 0x20, 0x11);
    bench_out(b, 0x21, 0x20);
    bench_out(b, 0x21, 0x04);
    bench_out(b, 0x21, 0x03);
    bench_pin(b, "irq1", true);
    bench_pin(b, "irq6", true);
    assert_int_equal(i8259_ack(pic), 0x21);
    assert_int_equal(i8259_ack(pic), 0x26);
    bench_out(b, 0x20, 0x0b);
    assert_int_equal(bench_in(b, 0x20), 0);
}

static void special_mask_lets_lower_levels_through(void **state)
{
    struct device *pic = pic_bench(state);
    struct bench *b = *state;

    bench_pin(b, "irq3", true);
    assert_int_equal(i8259_ack(pic), 0x0b);
    bench_pin(b, "irq6", true);
    assert_false(bench_level(b, "intr"));
    bench_out(b, 0x21, 0x08);
    bench_out(b, 0x20, 0x68);
    assert_int_equal(i8259_ack(pic), 0x0e);
}

static void poll_takes_the_place_of_the_acknowledge(void **state)
{
    struct bench *b = *state;

    pic_bench(state);
    bench_pin(b, "irq6", true);
    bench_out(b, 0x20, 0x0c);
    assert_int_equal(bench_in(b, 0x20), 0x86);
    assert_false(bench_level(b, "intr"));
    bench_out(b, 0x20, 0x0c);
    assert_int_equal(bench_in(b, 0x20), 0x00);
    bench_out(b, 0x20, 0x0b);
    assert_int_equal(bench_in(b, 0x20), 0x40);
}

static void special_fully_nested_lets_a_higher_one_of_the_slave_in(void **state)
{
    struct device *pic = pic_bench(state);
    struct bench *b = *state;

    bench_out(b, 0x20, 0x11);
    bench_out(b, 0x21, 0x08);
    bench_out(b, 0x21, 0x04);
    bench_out(b, 0x21, 0x11);
    bench_pin(b, "irq12", true);
    assert_int_equal(i8259_ack(pic), 0x74);
    bench_pin(b, "irq5", true);
    assert_false(bench_level(b, "intr"));
    bench_pin(b, "irq8", true);
    assert_int_equal(i8259_ack(pic), 0x70);
}

static void icw1_forgets_requests_and_masks(void **state)
{
    struct bench *b = *state;

    pic_bench(state);
    bench_out(b, 0x21, 0xff);
    bench_pin(b, "irq4", true);
    bench_out(b, 0x20, 0x11);
    assert_false(bench_level(b, "intr"));
    bench_out(b, 0x21, 0x08);
    bench_out(b, 0x21, 0x04);
    bench_out(b, 0x21, 0x01);
    assert_int_equal(bench_in(b, 0x21), 0);
    assert_int_equal(bench_in(b, 0x20), 0);
    assert_false(bench_level(b, "intr"));
}

#define TESTS(X)                                                                                   \
    X(an_edge_asks_once)                                                                           \
    X(a_level_asks_again_after_eoi)                                                                \
    X(the_slave_comes_through_ir2)                                                                 \
    X(a_higher_request_interrupts_a_lower_one)                                                     \
    X(a_request_that_goes_away_gives_the_default_ir7)                                              \
    X(a_masked_request_waits)                                                                      \
    X(rotation_on_eoi_makes_the_served_level_the_lowest)                                           \
    X(set_priority_names_the_lowest_level)                                                         \
    X(automatic_eoi_leaves_nothing_in_service)                                                     \
    X(special_mask_lets_lower_levels_through)                                                      \
    X(poll_takes_the_place_of_the_acknowledge)                                                     \
    X(special_fully_nested_lets_a_higher_one_of_the_slave_in)                                      \
    X(icw1_forgets_requests_and_masks)

BENCH_MAIN(TESTS)
