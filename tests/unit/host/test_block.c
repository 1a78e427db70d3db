/* test_block.c - raw images, and the sentences about those that cannot be used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/err.h"
#include "host/block.h"

static char image[] = "/tmp/bygone-test-block-XXXXXX";

static int make_image(void **state)
{
    int fd;

    (void)state;
    strcpy(image + sizeof image - 7, "XXXXXX");
    fd = mkstemp(image);
    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static int remove_image(void **state)
{
    (void)state;
    unlink(image);
    return 0;
}

static void fill_image(size_t n, char c)
{
    FILE *f = fopen(image, "w");

    assert_non_null(f);
    for (size_t i = 0; i < n; i++)
        fputc(c, f);
    fclose(f);
}

static struct block *open_ok(bool readonly, bool snapshot)
{
    struct err e = {""};
    struct block *b = block_open_raw(image, readonly, snapshot, &e);

    if (!b)
        fail_msg("%s", e.msg);
    return b;
}

static void assert_refused(const char *path, const char *sentence)
{
    struct err e = {""};

    assert_null(block_open_raw(path, true, false, &e));
    assert_non_null(strstr(e.msg, path));
    assert_non_null(strstr(e.msg, sentence));
}

static void a_missing_image_is_refused_by_name(void **state)
{
    (void)state;
    assert_refused("/tmp/bygone-no-such-image", "No such file or directory");
}

static void a_directory_is_refused(void **state)
{
    struct err e = {""};

    (void)state;
    assert_refused("/tmp", "is a directory");
    assert_null(block_open_raw("/tmp", false, false, &e));
    assert_string_equal(e.msg, "disk image '/tmp' is a directory");
}

static void an_empty_image_is_refused(void **state)
{
    (void)state;
    assert_refused(image, "is empty");
}

static void a_fifo_is_refused_without_waiting(void **state)
{
    (void)state;
    unlink(image);
    assert_int_equal(mkfifo(image, 0600), 0);
    assert_refused(image, "is neither a file nor a block device");
}

static void what_was_written_is_read_and_stands_in_the_file(void **state)
{
    struct err e = {""};
    struct block *b;
    char buf[1024];

    (void)state;
    fill_image(2048, 'a');
    b = open_ok(false, false);
    assert_int_equal(b->size, 2048);
    assert_true(b->write(b, 512, "hello", 5, &e));
    assert_true(b->flush(b, &e));
    assert_true(b->read(b, 510, buf, 8, &e));
    assert_memory_equal(buf, "aahelloa", 8);
    block_close(b);
    b = open_ok(true, false);
    assert_true(b->read(b, 512, buf, 5, &e));
    assert_memory_equal(buf, "hello", 5);
    block_close(b);
}

static void a_ragged_last_sector_reads_zeros_at_its_end(void **state)
{
    struct err e = {""};
    struct block *b;
    unsigned char buf[512];

    (void)state;
    fill_image(700, 'a');
    b = open_ok(true, false);
    assert_int_equal(b->size, 1024);
    assert_true(b->read(b, 512, buf, 512, &e));
    assert_int_equal(buf[187], 'a');
    assert_int_equal(buf[188], 0);
    assert_int_equal(buf[511], 0);
    block_close(b);
}

static void an_image_that_was_truncated_meanwhile_is_an_error(void **state)
{
    struct err e = {""};
    struct block *b;
    char buf[512];

    (void)state;
    fill_image(2048, 'a');
    b = open_ok(true, false);
    assert_int_equal(truncate(image, 600), 0);
    assert_false(b->read(b, 512, buf, 512, &e));
    assert_non_null(strstr(e.msg, "ends at byte 600"));
    block_close(b);
}

static void writes_to_a_snapshot_are_lost_at_close(void **state)
{
    struct err e = {""};
    struct block *b;
    char buf[6000];

    (void)state;
    fill_image(10000, 'a');
    b = open_ok(false, true);
    memset(buf, 'b', sizeof buf);
    assert_true(b->write(b, 1000, buf, sizeof buf, &e));
    memset(buf, 0, sizeof buf);
    assert_true(b->read(b, 999, buf, 3, &e));
    assert_memory_equal(buf, "abb", 3);
    assert_true(b->read(b, 6998, buf, 4, &e));
    assert_memory_equal(buf, "bbaa", 4);
    block_close(b);
    b = open_ok(true, false);
    assert_true(b->read(b, 1000, buf, 1, &e));
    assert_int_equal(buf[0], 'a');
    block_close(b);
}

static void a_read_only_image_takes_no_writes(void **state)
{
    struct err e = {""};
    struct block *b;

    (void)state;
    fill_image(512, 'a');
    b = open_ok(true, false);
    assert_true(b->readonly);
    assert_false(b->write(b, 0, "x", 1, &e));
    block_close(b);
}

static void accesses_past_the_end_are_errors(void **state)
{
    struct err e = {""};
    struct block *b;
    char buf[512];

    (void)state;
    fill_image(512, 'a');
    b = open_ok(false, false);
    assert_false(b->read(b, 512, buf, 512, &e));
    assert_false(b->write(b, UINT64_MAX - 511, buf, 512, &e));
    assert_false(b->read(b, 1, buf, 512, &e));
    block_close(b);
}

#define BLOCK_TEST(f) cmocka_unit_test_setup_teardown(f, make_image, remove_image)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOCK_TEST(a_missing_image_is_refused_by_name),
        BLOCK_TEST(a_directory_is_refused),
        BLOCK_TEST(an_empty_image_is_refused),
        BLOCK_TEST(a_fifo_is_refused_without_waiting),
        BLOCK_TEST(what_was_written_is_read_and_stands_in_the_file),
        BLOCK_TEST(a_ragged_last_sector_reads_zeros_at_its_end),
        BLOCK_TEST(an_image_that_was_truncated_meanwhile_is_an_error),
        BLOCK_TEST(writes_to_a_snapshot_are_lost_at_close),
        BLOCK_TEST(a_read_only_image_takes_no_writes),
        BLOCK_TEST(accesses_past_the_end_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
