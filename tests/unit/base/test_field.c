/* test_field.c - tests of base/field.h. */
#include "test_base.h"
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/field.h"

struct counter {
    uint8_t mode;
    uint16_t latch;
    bool gate;
};
struct chip {
    void *host;
    uint64_t when;
    struct counter counter[3];
    uint32_t grid[2][3];
    uint8_t fifo[5];
    bool on;
};
static const struct state_field counter_table[] = {STATE_INT(struct counter, mode),
                                                   STATE_INT(struct counter, latch),
                                                   STATE_INT(struct counter, gate), STATE_END};
static const struct state_field chip_table[] = {
    STATE_SKIP(struct chip, host, "belongs to the host"),
    STATE_INT(struct chip, when),
    STATE_ARRAY(struct chip, counter, counter_table),
    STATE_INTS_OF(struct chip, grid, grid[0][0]),
    STATE_INTS(struct chip, fifo),
    STATE_INT(struct chip, on),
    STATE_END};

static struct chip sample(void)
{
    struct chip c;

    memset(&c, 0, sizeof(c));
    c.host = &c;
    c.when = 0x1122334455667788;
    c.counter[2] = (struct counter){3, 0xabcd, true};
    c.grid[1][2] = 0xdeadbeef;
    c.fifo[4] = 9;
    c.on = true;
    return c;
}

static void what_is_saved_is_loaded(void **state)
{
    struct chip a = sample(), b = {0};
    struct state_buf buf = {0};
    (void)state;
    state_save(chip_table, &a, &buf);
    assert_int_equal(buf.len, state_size(chip_table));
    assert_int_equal(buf.len, 8 + 3 * 4 + 24 + 5 + 1);
    assert_true(state_load(chip_table, &b, &buf, NULL));
    assert_int_equal(buf.pos, buf.len);
    assert_null(b.host);
    assert_int_equal(state_diff(chip_table, &a, &b, "chip", stderr), 0);
    assert_int_equal(b.counter[2].latch, 0xabcd);
    state_buf_fini(&buf);
}

static void the_encoding_is_little_endian(void **state)
{
    struct chip a = sample();
    struct state_buf buf = {0};
    (void)state;
    state_save(chip_table, &a, &buf);
    assert_int_equal(buf.data[0], 0x88);
    assert_int_equal(buf.data[7], 0x11);
    state_buf_fini(&buf);
}

static void a_short_buffer_changes_nothing(void **state)
{
    struct chip a = sample(), b = {0}, zero = {0};
    struct state_buf buf = {0};
    struct err e = {{0}};
    (void)state;
    state_save(chip_table, &a, &buf);
    buf.len--;
    assert_false(state_load(chip_table, &b, &buf, &e));
    assert_int_equal(buf.pos, 0);
    assert_memory_equal(&b, &zero, sizeof(b));
    state_buf_fini(&buf);
}

static void a_bool_of_two_is_refused(void **state)
{
    struct chip a = sample(), b = {0};
    struct state_buf buf = {0};
    struct err e = {{0}};
    (void)state;
    state_save(chip_table, &a, &buf);
    buf.data[buf.len - 1] = 2;
    assert_false(state_load(chip_table, &b, &buf, &e));
    assert_non_null(strstr(e.msg, "on"));
    assert_int_equal(b.when, 0);
    state_buf_fini(&buf);
}

static void the_hash_sees_every_saved_byte_and_no_other(void **state)
{
    struct chip a = sample(), b = sample();
    (void)state;
    b.host = NULL;
    uint64_t h = state_hash(chip_table, &a, 1);
    assert_true(h == state_hash(chip_table, &b, 1));
    assert_true(h != state_hash(chip_table, &a, 2));
    b.fifo[4] ^= 1;
    assert_true(h != state_hash(chip_table, &b, 1));
}

static void the_hash_tells_lengths_apart(void **state)
{
    uint8_t zeros[64] = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(zeros); i++)
        assert_true(hash_bytes(zeros, i, 5) != hash_bytes(zeros, i + 1, 5));
}

static void the_hash_is_the_same_on_every_host(void **state)
{
    (void)state;
    assert_true(hash_bytes("Bygone", 6, 0) == hash_bytes("Bygone", 6, 0));
    assert_true(hash_bytes("Bygone", 6, 0) != hash_bytes("bygone", 6, 0));
}

static void a_difference_is_printed_by_name(void **state)
{
    struct chip a = sample(), b = sample();
    char *text = NULL;
    size_t len = 0;
    (void)state;
    b.counter[1].mode = 7;
    FILE *f = open_memstream(&text, &len);
    assert_int_equal(state_diff(chip_table, &a, &b, "chip", f), 1);
    fclose(f);
    assert_string_equal(text, "chip.counter[1].mode: 0x0 0x7\n");
    free(text);
}

static void printing_names_every_field(void **state)
{
    struct chip a = sample();
    char *text = NULL;
    size_t len = 0;
    (void)state;
    FILE *f = open_memstream(&text, &len);
    state_print(chip_table, &a, "", f);
    fclose(f);
    assert_non_null(strstr(text, "when = 0x1122334455667788\n"));
    assert_non_null(strstr(text, "counter[2].latch = 0xabcd\n"));
    assert_non_null(strstr(text, "grid[5] = 0xdeadbeef\n"));
    free(text);
}

static void a_full_table_covers_its_struct(void **state)
{
    struct err e = {{0}};
    (void)state;
    assert_true(state_covers(chip_table, sizeof(struct chip), &e));
}

static void a_forgotten_field_is_found(void **state)
{
    static const struct state_field no_mode[] = {STATE_INT(struct counter, latch),
                                                 STATE_INT(struct counter, gate), STATE_END};
    static const struct state_field no_gate[] = {STATE_INT(struct counter, mode),
                                                 STATE_INT(struct counter, latch), STATE_END};
    static const struct state_field twice[] = {
        STATE_INT(struct counter, mode), STATE_INT(struct counter, latch),
        STATE_INT(struct counter, latch), STATE_INT(struct counter, gate), STATE_END};
    struct err e = {{0}};
    (void)state;
    assert_false(state_covers(no_mode, sizeof(struct counter), &e));
    assert_non_null(strstr(e.msg, "latch"));
    assert_false(state_covers(no_gate, sizeof(struct counter), NULL));
    assert_false(state_covers(twice, sizeof(struct counter), NULL));
}

int test_field(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_saved_is_loaded),
        cmocka_unit_test(the_encoding_is_little_endian),
        cmocka_unit_test(a_short_buffer_changes_nothing),
        cmocka_unit_test(a_bool_of_two_is_refused),
        cmocka_unit_test(the_hash_sees_every_saved_byte_and_no_other),
        cmocka_unit_test(the_hash_tells_lengths_apart),
        cmocka_unit_test(the_hash_is_the_same_on_every_host),
        cmocka_unit_test(a_difference_is_printed_by_name),
        cmocka_unit_test(printing_names_every_field),
        cmocka_unit_test(a_full_table_covers_its_struct),
        cmocka_unit_test(a_forgotten_field_is_found),
    };
    return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
