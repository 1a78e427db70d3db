/* screentext.c - the text screen as a file of UTF-8 lines. */
#include <errno.h>
#include <stdio.h>
#include "base/err.h"
#include "ui/ui.h"

static void put_utf8(FILE *f, uint32_t c)
{
    if (c < 0x80) {
        fputc((int)c, f);
    } else if (c < 0x800) {
        fputc((int)(0xc0 | c >> 6), f);
        fputc((int)(0x80 | (c & 0x3f)), f);
    } else {
        fputc((int)(0xe0 | c >> 12), f);
        fputc((int)(0x80 | (c >> 6 & 0x3f)), f);
        fputc((int)(0x80 | (c & 0x3f)), f);
    }
}

static bool is_blank(uint8_t ch)
{
    return ch == 0 || ch == ' ' || ch == 0xff;
}

static void put_row(FILE *f, const struct text_cell *row, unsigned cols)
{
    while (cols && is_blank(row[cols - 1].ch))
        cols--;
    for (unsigned i = 0; i < cols; i++)
        put_utf8(f, is_blank(row[i].ch) ? ' ' : cp437_to_unicode(row[i].ch));
    fputc('\n', f);
}

bool screentext_write(const struct text_screen *t, const char *path, struct err *e)
{
    FILE *f;
    bool good;

    if (!t)
        return err_set(e, "cannot write screen text '%s': the screen is in a graphics mode", path);
    f = fopen(path, "w");
    if (!f)
        return err_errno(e, "cannot write screen text '%s'", path);
    for (unsigned row = 0; row < t->rows; row++)
        put_row(f, t->cells + (size_t)row * t->cols, t->cols);
    good = !ferror(f);
    good &= fclose(f) == 0;
    return good || err_errno(e, "cannot write screen text '%s'", path);
}
