/* vga_text.c - the text modes: as pixels with the fonts of plane 2, and as characters. */
#include "devices/video/vga_core.h"

enum { CURSOR_OFF = 0x20, ATTR_BLINKS = 0x08, ATTR_LINE_GRAPHICS = 0x04 };

/* Where in plane 2 a font lies, by its three bits in the character map select register. */
static unsigned font_base(unsigned map)
{
    return (map & 3) * 0x4000 + (map & 4 ? 0x2000 : 0);
}

/* What is the same for each cell of a screen. */
struct text_style {
    unsigned font[2]; /* map B, map A: by bit 3 of the attribute */
    unsigned dots;    /* 8 or 9 */
    unsigned cursor;  /* the word it is on */
    unsigned phase;
    unsigned mask; /* attribute bits that choose the background */
    uint32_t colour[16];
};

static void get_style(const struct vga *v, struct text_style *s)
{
    uint8_t select = v->r.seq[3];

    s->font[0] = font_base((select & 3) | (select >> 2 & 4));
    s->font[1] = font_base((select >> 2 & 3) | (select >> 3 & 4));
    s->dots = v->r.seq[1] & 1 ? 8 : 9;
    s->cursor = v->r.crtc[0x0e] << 8 | v->r.crtc[0x0f];
    s->phase = vga_blink_phase(v);
    s->mask = v->r.attr[0x10] & ATTR_BLINKS ? 7 : 15;
    for (unsigned i = 0; i < 16; i++)
        s->colour[i] = vga_attr_colour(v, i);
}

static bool cursor_shows(const struct vga *v, const struct text_style *s, unsigned row_scan)
{
    const uint8_t *c = v->r.crtc;

    return s->phase & 2 && !(c[0x0a] & CURSOR_OFF) && row_scan >= (c[0x0a] & 31u) &&
           row_scan <= (c[0x0b] & 31u);
}

/* Nine bits, the leftmost dot on top. */
static unsigned cell_dots(const struct vga *v, const struct text_style *s, const uint8_t *cell,
                          unsigned row_scan)
{
    unsigned ch = cell[0], attr = cell[1], font = s->font[attr >> 3 & 1];
    unsigned dots = v->ram[4 * (size_t)((font + ch * 32 + row_scan) & 0xffff) + 2] << 1;

    if (v->r.attr[0x10] & ATTR_LINE_GRAPHICS && ch >= 0xc0 && ch <= 0xdf)
        dots |= dots >> 1 & 1;
    if ((attr & 7) == 1 && row_scan == (v->r.crtc[0x14] & 31u))
        dots = 0x1ff;
    if (s->mask == 7 && attr & 0x80 && !(s->phase & 1))
        dots = 0;
    return dots;
}

static void draw_text_line(const struct vga *v, const struct text_style *s, uint32_t *out,
                           const struct vga_line *line)
{
    bool cursor = cursor_shows(v, s, line->row_scan);
    unsigned width = v->surface.width;
    unsigned pan = v->r.attr[0x13] & 15;

    pan = s->dots == 9 ? (pan < 8 ? pan + 1 : 0) : pan & 7;
    if (line->split && v->r.attr[0x10] & 0x20)
        pan = 0;
    for (unsigned col = 0, x = 0; x < width + pan; col++) {
        unsigned word = (line->word + col) & 0xffff;
        const uint8_t *cell = v->ram + 4 * (size_t)word;
        unsigned dots = cell_dots(v, s, cell, line->row_scan);
        uint32_t fore = s->colour[cell[1] & 15], back = s->colour[cell[1] >> 4 & s->mask];

        if (cursor && word == s->cursor)
            dots = 0x1ff;
        for (unsigned k = 0; k < s->dots && x < width + pan; k++, x++)
            if (x >= pan)
                out[x - pan] = dots >> (8 - k) & 1 ? fore : back;
    }
}

void vga_draw_text(struct vga *v)
{
    struct text_style s;
    unsigned repeat = vga_double_scan(v) ? 2 : 1;
    unsigned lines = vga_lines(v) / repeat;

    get_style(v, &s);
    vga_surface_size(v, (v->r.crtc[1] + 1u) * s.dots, lines ? lines : 1);
    for (unsigned y = 0; y < v->surface.height; y++) {
        struct vga_line line = vga_line_at(v, y * repeat);

        draw_text_line(v, &s, v->surface.pixels + (size_t)y * v->surface.width, &line);
    }
}

const struct text_screen *vga_text(void *opaque)
{
    struct vga *v = opaque;
    struct text_screen *t = &v->text;
    unsigned height = ((v->r.crtc[9] & 31) + 1u) * (vga_double_scan(v) ? 2 : 1);
    unsigned cursor = v->r.crtc[0x0e] << 8 | v->r.crtc[0x0f];

    if (!vga_is_text(v) || v->r.crtc[1] == 0)
        return NULL;
    t->cols = v->r.crtc[1] + 1u;
    t->rows = (unsigned)min_u64(vga_lines(v) / height, VGA_TEXT_ROWS);
    t->cursor = -1;
    for (unsigned row = 0; row < t->rows; row++) {
        struct vga_line line = vga_line_at(v, row * height);

        for (unsigned col = 0; col < t->cols; col++) {
            unsigned i = row * t->cols + col, word = (line.word + col) & 0xffff;
            const uint8_t *cell = v->ram + 4 * (size_t)word;

            t->cells[i] = (struct text_cell){cell[0], cell[1]};
            if (word == cursor && !(v->r.crtc[0x0a] & CURSOR_OFF))
                t->cursor = (int)i;
        }
    }
    return t;
}
