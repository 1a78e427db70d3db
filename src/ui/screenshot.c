/* screenshot.c - the screen as a PNG picture, by libpng. */
#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/err.h"
#include "base/vec.h"
#include "ui/ui.h"

static void line_to_rgb(const struct surface *s, unsigned y, png_byte *rgb)
{
    const uint32_t *p = s->pixels + (size_t)y * s->width;

    for (unsigned x = 0; x < s->width; x++) {
        rgb[3 * x] = (png_byte)(p[x] >> 16);
        rgb[3 * x + 1] = (png_byte)(p[x] >> 8);
        rgb[3 * x + 2] = (png_byte)p[x];
    }
}

/* False when libpng gave up; it comes back here by longjmp. */
static bool write_picture(png_structp png, png_infop info, FILE *f, const struct surface *s,
                          png_byte *rgb)
{
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_init_io(png, f);
    png_set_IHDR(png, info, s->width, s->height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (unsigned y = 0; y < s->height; y++) {
        line_to_rgb(s, y, rgb);
        png_write_row(png, rgb);
    }
    png_write_end(png, info);
    return true;
}

bool screenshot_write(const struct surface *s, const char *path, struct err *e)
{
    FILE *f = fopen(path, "wb");
    png_structp png;
    png_infop info;
    png_byte *rgb;
    bool good;

    if (!f)
        return err_errno(e, "cannot write screenshot '%s'", path);
    rgb = xmalloc(3 * (size_t)s->width);
    png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    info = png ? png_create_info_struct(png) : NULL;
    errno = 0;
    good = info && write_picture(png, info, f, s, rgb);
    png_destroy_write_struct(&png, &info);
    free(rgb);
    good &= fclose(f) == 0;
    return good || err_errno(e, "cannot write screenshot '%s'", path);
}
