/* test_screen.c - the screen as a file: text and picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/err.h"
#include "ui/ui.h"

static size_t slurp(const char *path, char *buf, size_t n)
{
    FILE *f = fopen(path, "rb");
    size_t got;

    assert_non_null(f);
    got = fread(buf, 1, n - 1, f);
    buf[got] = 0;
    fclose(f);
    return got;
}

static void text_is_utf8_without_trailing_blanks(void **state)
{
    struct text_cell cells[6] = {{'a', 7}, {0xc9, 7}, {' ', 7}, {0, 7}, {'b', 7}, {0xff, 7}};
    struct text_screen t = {.cols = 3, .rows = 2, .cells = cells, .cursor = -1};
    char path[] = "/tmp/bygone-screen-XXXXXX", text[64];
    struct err e = {0};
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_true(screentext_write(&t, path, &e));
    slurp(path, text, sizeof text);
    assert_string_equal(text, "a\u2554\n b\n");
    close(fd);
    unlink(path);
}

static void graphics_mode_has_no_text(void **state)
{
    struct err e = {0};

    (void)state;
    assert_false(screentext_write(NULL, "/nowhere/x", &e));
    assert_non_null(strstr(e.msg, "graphics mode"));
}

static void unwritable_place_is_said(void **state)
{
    uint32_t pixel = 0xffffff;
    struct surface s = {1, 1, &pixel};
    struct text_screen t = {0};
    struct err e = {0}, f = {0};

    (void)state;
    assert_false(screenshot_write(&s, "/nowhere/x.png", &e));
    assert_non_null(strstr(e.msg, "/nowhere/x.png"));
    assert_false(screentext_write(&t, "/nowhere/x", &f));
    assert_non_null(strstr(f.msg, "/nowhere/x"));
}

static void picture_is_a_png(void **state)
{
    uint32_t pixels[6] = {0xff0000, 0x00ff00, 0x0000ff, 0, 0xffffff, 0x808080};
    struct surface s = {3, 2, pixels};
    char path[] = "/tmp/bygone-screen-XXXXXX", file[4096];
    struct err e = {0};
    int fd = mkstemp(path);
    bool wrote;

    (void)state;
    assert_true(fd >= 0);
    wrote = screenshot_write(&s, path, &e);
    if (!wrote && strstr(e.msg, "without libpng"))
        skip();
    assert_true(wrote);
    assert_true(slurp(path, file, sizeof file) > 40);
    assert_memory_equal(file, "\x89PNG\r\n\x1a\n", 8);
    assert_memory_equal(file + 16, "\0\0\0\3\0\0\0\2\10\2", 10);
    close(fd);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_utf8_without_trailing_blanks),
        cmocka_unit_test(graphics_mode_has_no_text),
        cmocka_unit_test(unwritable_place_is_said),
        cmocka_unit_test(picture_is_a_png),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
