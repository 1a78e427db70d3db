/* test_err.c - tests of base/err.h. */
#include "test_base.h"
#include <errno.h>
#include <string.h>
#include "base/err.h"

static void a_failure_is_false_and_one_sentence(void **state)
{
    struct err e = {{0}};
    (void)state;
    assert_false(err_set(&e, "cannot find '%s'", "a.img"));
    assert_string_equal(e.msg, "cannot find 'a.img'");
}

static void the_first_message_wins(void **state)
{
    struct err e = {{0}};
    (void)state;
    err_set(&e, "first");
    err_set(&e, "second");
    errno = ENOENT;
    err_errno(&e, "third");
    assert_string_equal(e.msg, "first");
}

static void errno_is_appended_as_text(void **state)
{
    struct err e = {{0}};
    (void)state;
    errno = ENOENT;
    assert_false(err_errno(&e, "cannot open '%s'", "x"));
    assert_string_equal(e.msg, "cannot open 'x': No such file or directory");
}

static void nobody_needs_to_listen(void **state)
{
    (void)state;
    assert_false(err_set(NULL, "lost"));
    assert_false(err_errno(NULL, "lost"));
}

static void a_long_sentence_is_cut(void **state)
{
    struct err e = {{0}};
    char big[2000];
    (void)state;
    memset(big, 'x', sizeof(big) - 1);
    big[sizeof(big) - 1] = 0;
    errno = EIO;
    err_errno(&e, "%s", big);
    assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
}

int test_err(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_false_and_one_sentence),
        cmocka_unit_test(the_first_message_wins),
        cmocka_unit_test(errno_is_appended_as_text),
        cmocka_unit_test(nobody_needs_to_listen),
        cmocka_unit_test(a_long_sentence_is_cut),
    };
    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
