/* test_opt.c - the passes: a block in, a block out, from the files in passes/.
 *
 * A case is a heading "== sentence", a block, "--", and the block that the pass makes of it, in the
 * text of ir_print(). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/err.h"
#include "translate/opt/opt.h"

static char *read_file(const char *name)
{
    char path[512];
    FILE *f;
    char *text;
    size_t n;

    snprintf(path, sizeof path, "%s/passes/%s", CASES, name);
    f = fopen(path, "r");
    if (!f)
        fail_msg("cannot read %s", path);
    text = calloc(1, 1 << 20);
    n = fread(text, 1, (1 << 20) - 1, f);
    text[n] = 0;
    fclose(f);
    return text;
}

static void parse(struct ir_block *b, const char *text, const char *title)
{
    struct err e = {""};

    ir_block_init(b);
    if (!ir_parse(b, text, &e))
        fail_msg("%s: %s", title, e.msg);
    if (!ir_check(b, &e))
        fail_msg("%s: %s", title, e.msg);
}

static char *print(const struct ir_block *b)
{
    char *text;
    size_t n;
    FILE *f = open_memstream(&text, &n);

    ir_print(b, f);
    fclose(f);
    return text;
}

static void run_case(void (*pass)(struct ir_block *), const char *title, const char *in,
                     const char *out)
{
    struct ir_block a, b;
    struct err e = {""};
    char *got, *want;

    parse(&a, in, title);
    parse(&b, out, title);
    pass(&a);
    if (!ir_check(&a, &e))
        fail_msg("%s: after the pass: %s", title, e.msg);
    got = print(&a);
    want = print(&b);
    if (strcmp(got, want))
        fail_msg("%s:\n%sexpected:\n%s", title, got, want);
    free(got);
    free(want);
    ir_block_fini(&a);
    ir_block_fini(&b);
}

static void run_file(const char *name, void (*pass)(struct ir_block *))
{
    char *text = read_file(name), *at = strstr(text, "\n== ");
    unsigned cases = 0;

    while (at) {
        char *title = at + 4, *in = strchr(title, '\n'), *out, *next;

        assert_non_null(in);
        *in++ = 0;
        next = strstr(in, "\n== ");
        out = strstr(in, "\n--\n");
        assert_non_null(out);
        *out = 0;
        out += 4;
        if (next)
            *next = 0;
        run_case(pass, title, in, out);
        cases++;
        at = next;
    }
    assert_true(cases > 0);
    free(text);
}

static void constants_are_folded(void **state)
{
    (void)state;
    run_file("fold.ir", opt_fold);
}

static void copies_are_forwarded(void **state)
{
    (void)state;
    run_file("copy.ir", opt_copy);
}

static void dead_operations_are_removed(void **state)
{
    (void)state;
    run_file("dead_code.ir", opt_dead_code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_are_folded),
        cmocka_unit_test(copies_are_forwarded),
        cmocka_unit_test(dead_operations_are_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
