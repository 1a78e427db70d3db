/* test_log.c - tests of base/log.h. */
#include "test_base.h"
#include <string.h>
#include "base/err.h"
#include "base/log.h"

static void items_are_named_in_a_list(void **state)
{
    struct log l;
    (void)state;
    log_init(&l);
    assert_true(log_parse(&l, "in_asm,int", NULL));
    assert_true(log_on(&l, LOG_IN_ASM));
    assert_true(log_on(&l, LOG_INT));
    assert_false(log_on(&l, LOG_MMU));
    assert_false(log_on(NULL, LOG_INT));
}

static void a_port_is_given_by_number(void **state)
{
    struct log l;
    (void)state;
    log_init(&l);
    assert_true(log_parse(&l, "port=0x190", NULL));
    assert_true(log_on(&l, LOG_PORT));
    assert_int_equal(l.port, 0x190);
}

static void what_is_not_an_item_is_refused_by_name(void **state)
{
    static const char *const bad[] = {"", "asm", "int,", "port=", "port=65536", "port=1x", "port"};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct log l;
        struct err e = {{0}};
        log_init(&l);
        assert_false(log_parse(&l, bad[i], &e));
        assert_int_not_equal(strlen(e.msg), 0);
    }
}

static void a_log_file_that_cannot_be_is_an_error(void **state)
{
    struct log l;
    struct err e = {{0}};
    (void)state;
    log_init(&l);
    assert_false(log_open(&l, "/nonexistent/dir/log", &e));
    assert_non_null(strstr(e.msg, "/nonexistent/dir/log"));
    assert_ptr_equal(l.file, stderr);
}

int test_log(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_named_in_a_list),
        cmocka_unit_test(a_port_is_given_by_number),
        cmocka_unit_test(what_is_not_an_item_is_refused_by_name),
        cmocka_unit_test(a_log_file_that_cannot_be_is_an_error),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
