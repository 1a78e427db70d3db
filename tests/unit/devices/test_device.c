/* test_device.c - classes, wires and the I/O port space, on a device made for it. */
#include <string.h>
#include "bench.h"
#include "base/err.h"

struct echo {
    struct device dev;
    uint8_t byte[4];
    uint32_t word;
    unsigned writes;
};

static const struct state_field echo_state[] = {
    STATE_SKIP(struct echo, dev, "belongs to the host"),
    STATE_INTS(struct echo, byte),
    STATE_INT(struct echo, word),
    STATE_INT(struct echo, writes),
    STATE_END,
};

static uint32_t read_byte(struct device *d, unsigned port, unsigned size)
{
    assert_int_equal(size, 1);
    return ((struct echo *)d)->byte[port];
}

static void write_byte(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    assert_int_equal(size, 1);
    ((struct echo *)d)->byte[port] = (uint8_t)val;
    ((struct echo *)d)->writes++;
}

static uint32_t read_word(struct device *d, unsigned port, unsigned size)
{
    (void)size;
    return ((struct echo *)d)->word >> (port - 4) * 8;
}

static void write_word(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct echo *e = (struct echo *)d;

    e->word = (uint32_t)bits_put(e->word, (port - 4) * 8, size * 8, val);
    e->writes++;
}

static unsigned read_many(struct device *d, unsigned port, void *buf, unsigned size, unsigned count)
{
    unsigned n = count < 3 ? count : 3;

    (void)d;
    (void)port;
    memset(buf, 0x77, (size_t)n * size);
    return n;
}

static void echo_wire(struct device *d, unsigned in, bool level)
{
    device_out(d, in, !level);
}

static const struct reg echo_regs[] = {
    {0, 4, read_byte, write_byte, "bytes"},
    {4, 4, read_word, write_word, "a word", 4},
    {8, 1, reg_open_bus, reg_ignore, "a stream", 2, read_many, NULL},
    {9, 1, reg_open_bus, reg_ignore, "behind it", 2},
    REG_END,
};

static const struct device_class echo_class = {
    .name = "echo",
    .ports = {0x300, 10},
    .version = 1,
    .size = sizeof(struct echo),
    .state = echo_state,
    .regs = echo_regs,
    .in = {"a", "b%3", "c"},
    .out = {"not_a", "not_b%3", "not_c"},
    .wire = echo_wire,
};

static void nothing_answers_with_ones(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_in(b, 0x300), 0xff);
    assert_int_equal(bench_in16(b, 0xffff), 0xffff);
    assert_int_equal(bench_in32(b, 0xfffe), 0xffffffff);
    bench_out32(b, 0xfffd, 0);
}

static void a_wide_access_is_cut_for_byte_registers(void **state)
{
    struct bench *b = *state;
    struct echo *e = (struct echo *)bench_device(b, &echo_class, "echo");

    bench_out32(b, 0x300, 0x44332211);
    assert_int_equal(e->writes, 4);
    assert_int_equal(bench_in32(b, 0x300), 0x44332211);
    assert_int_equal(bench_in16(b, 0x301), 0x3322);
}

static void a_wide_register_takes_the_access_whole(void **state)
{
    struct bench *b = *state;
    struct echo *e = (struct echo *)bench_device(b, &echo_class, "echo");

    bench_out32(b, 0x304, 0x44332211);
    assert_int_equal(e->writes, 1);
    assert_int_equal(bench_in32(b, 0x304), 0x44332211);
    bench_out16(b, 0x306, 0xaaaa);
    assert_int_equal(bench_in32(b, 0x304), 0xaaaa2211);
}

static void an_access_that_crosses_registers_is_cut(void **state)
{
    struct bench *b = *state;

    bench_device(b, &echo_class, "echo");
    bench_out32(b, 0x300, 0x44332211);
    bench_out32(b, 0x304, 0x88776655);
    assert_int_equal(bench_in32(b, 0x302), 0x66554433);
    assert_int_equal(bench_in16(b, 0x303), 0x5544);
}

static void a_later_mapping_covers_and_unmapping_uncovers(void **state)
{
    struct bench *b = *state;
    struct device *one = bench_device(b, &echo_class, "one");
    struct device *two = device_new(&b->env, &echo_class, "two");

    ((struct echo *)one)->byte[0] = 1;
    ((struct echo *)two)->byte[0] = 2;
    assert_int_equal(bench_in(b, 0x300), 2);
    io_unmap(b->io, two, echo_regs);
    assert_int_equal(bench_in(b, 0x300), 1);
    io_map(b->io, two, echo_regs, 0x302);
    assert_int_equal(bench_in(b, 0x302), 2);
    device_free(two);
    assert_int_equal(bench_in(b, 0x302), 0);
    assert_int_equal(bench_in(b, 0x30b), 0xff);
}

static void many_reads_fall_back_to_single_ones(void **state)
{
    struct bench *b = *state;
    uint8_t buf[16] = {0};

    bench_device(b, &echo_class, "echo");
    io_read_many(b->io, 0x308, buf, 1, 8);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(buf[i], 0x77);
    io_read_many(b->io, 0x308, buf, 2, 4); /* crosses into the next register: cut */
    assert_int_equal(buf[0], 0xff);
    bench_out32(b, 0x304, 0x44332211);
    io_read_many(b->io, 0x304, buf, 4, 3);
    assert_int_equal(le32_get(buf + 8), 0x44332211);
    io_write_many(b->io, 0x300, "abc", 1, 3);
    assert_int_equal(bench_in(b, 0x300), 'c');
}

static void pins_are_found_by_name(void **state)
{
    (void)state;
    assert_int_equal(device_pin(echo_class.in, "a"), 0);
    assert_int_equal(device_pin(echo_class.in, "b0"), 1);
    assert_int_equal(device_pin(echo_class.in, "b2"), 3);
    assert_int_equal(device_pin(echo_class.in, "c"), 4);
    assert_int_equal(device_pin(echo_class.in, "b3"), -1);
    assert_int_equal(device_pin(echo_class.in, "b"), -1);
    assert_int_equal(device_pin(echo_class.in, "ab"), -1);
    assert_int_equal(device_pin(echo_class.in, ""), -1);
}

static void a_wire_carries_changes_of_level(void **state)
{
    struct bench *b = *state;

    bench_device(b, &echo_class, "one");
    bench_device(b, &echo_class, "two");
    bench_wire(b, "one.not_b1", "two.c");
    bench_pin(b, "one.b1", true);
    bench_pin(b, "one.b1", false);
    assert_true(bench_level(b, "one.not_b1"));
    assert_false(bench_level(b, "two.not_c"));
    bench_pin(b, "one.b1", true);
    assert_true(bench_level(b, "two.not_c"));
    assert_int_equal(bench_rises(b, "two.not_c"), 1);
}

static void a_high_level_is_passed_on_when_a_wire_is_connected(void **state)
{
    struct bench *b = *state;
    struct device *two;

    bench_device(b, &echo_class, "one");
    two = bench_device(b, &echo_class, "two");
    bench_pin(b, "one.a", true);
    bench_pin(b, "one.a", false);
    bench_wire(b, "one.not_a", "two.a");
    assert_int_equal(two->in_level, 1);
}

static void a_device_that_cannot_be_loaded_stays_as_it_was(void **state)
{
    struct bench *b = *state;
    struct device *d = bench_device(b, &echo_class, "echo");
    struct state_buf buf = {0};
    struct err e = {0};
    uint64_t hash;

    bench_out32(b, 0x300, 0x44332211);
    device_save(d, &buf);
    bench_pin(b, "a", true);
    bench_out32(b, 0x304, 5);
    hash = device_hash(d, 1);
    buf.len -= 1;
    assert_false(device_load(d, &buf, &e));
    assert_true(e.msg[0]);
    assert_true(device_hash(d, 1) == hash);
    buf.len += 1;
    buf.pos = 0;
    assert_true(device_load(d, &buf, NULL));
    assert_int_equal(bench_in32(b, 0x304), 0);
    assert_int_equal(d->in_level, 0);
    state_buf_fini(&buf);
}

#define TESTS(X)                                                                                   \
    X(nothing_answers_with_ones)                                                                   \
    X(a_wide_access_is_cut_for_byte_registers)                                                     \
    X(a_wide_register_takes_the_access_whole)                                                      \
    X(an_access_that_crosses_registers_is_cut)                                                     \
    X(a_later_mapping_covers_and_unmapping_uncovers)                                               \
    X(many_reads_fall_back_to_single_ones)                                                         \
    X(pins_are_found_by_name)                                                                      \
    X(a_wire_carries_changes_of_level)                                                             \
    X(a_high_level_is_passed_on_when_a_wire_is_connected)                                          \
    X(a_device_that_cannot_be_loaded_stays_as_it_was)

BENCH_MAIN(TESTS)
