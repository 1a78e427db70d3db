/* test_typist.c - what keys a script presses, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/err.h"
#include "ui/typist.h"

struct desk {
    struct clock clock;
    uint64_t now;
    struct input_sink sink;
    char log[1024]; /* "+1c -1c" for Enter */
};

static uint64_t desk_count(void *opaque)
{
    return ((struct desk *)opaque)->now;
}

static void desk_key(void *opaque, unsigned key, bool down)
{
    struct desk *d = opaque;
    size_t n = strlen(d->log);

    snprintf(d->log + n, sizeof d->log - n, "%s%c%02x", n ? " " : "", down ? '+' : '-', key);
}

static void desk_init(struct desk *d)
{
    memset(d, 0, sizeof *d);
    clock_init(&d->clock);
    d->clock.count = desk_count;
    d->clock.opaque = d;
    d->sink = (struct input_sink){.opaque = d, .key = desk_key};
}

static void run(struct desk *d, uint64_t until)
{
    while (clock_next(&d->clock) <= until) {
        d->now = clock_next(&d->clock);
        clock_run_due(&d->clock);
    }
    d->now = until;
}

static void types(const char *text, const char *keys)
{
    struct desk d;
    struct err e = {0};
    struct typist *t;

    desk_init(&d);
    t = typist_new(&d.clock, text, &d.sink, &e);
    if (!t)
        fail_msg("%s", e.msg);
    typist_start(t);
    run(&d, 100 * NS_PER_SEC);
    assert_true(typist_done(t));
    assert_string_equal(d.log, keys);
    typist_free(t);
    clock_fini(&d.clock);
}

static void refuses(const char *text)
{
    struct desk d;
    struct err e = {0};

    desk_init(&d);
    assert_null(typist_new(&d.clock, text, &d.sink, &e));
    assert_string_not_equal(e.msg, "");
    clock_fini(&d.clock);
}

static void characters_become_keys_with_shift_where_needed(void **state)
{
    (void)state;
    types("a1 ", "+1e -1e +02 -02 +39 -39");
    types("A", "+2a +1e -1e -2a");
    types("~/|", "+2a +29 -29 -2a +35 -35 +2a +2b -2b -2a");
}

static void escapes_and_names_are_keys(void **state)
{
    (void)state;
    types("\\n\\t\\e\\b", "+1c -1c +0f -0f +01 -01 +0e -0e");
    types("\\\\\\{", "+2b -2b +2a +1a -1a -2a");
    types("{up}{f12}", "+c8 -c8 +58 -58");
    types("{ctrl-alt-del}{ctrl-c}", "+1d +38 +d3 -d3 -38 -1d +1d +2e -2e -1d");
}

static void pause_is_kept_in_virtual_time(void **state)
{
    struct desk d;
    struct typist *t;

    (void)state;
    desk_init(&d);
    t = typist_new(&d.clock, "{2s}a{500ms}b", &d.sink, NULL);
    typist_start(t);
    run(&d, 2 * NS_PER_SEC);
    assert_string_equal(d.log, "");
    run(&d, 2 * NS_PER_SEC + 100000000);
    assert_string_equal(d.log, "+1e -1e");
    run(&d, 3 * NS_PER_SEC);
    assert_string_equal(d.log, "+1e -1e +30 -30");
    typist_free(t);
    clock_fini(&d.clock);
}

static void what_no_key_gives_is_refused(void **state)
{
    (void)state;
    refuses("\xc3\xa9");
    refuses("{nokey}");
    refuses("{up");
    refuses("{}");
    refuses("{-}");
    refuses("{ctrl-}");
    refuses("{9999999999s}");
    refuses("\\q");
    refuses("\\");
    refuses("{a-b-c-d-e-f-g-h-i-j}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_become_keys_with_shift_where_needed),
        cmocka_unit_test(escapes_and_names_are_keys),
        cmocka_unit_test(pause_is_kept_in_virtual_time),
        cmocka_unit_test(what_no_key_gives_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
