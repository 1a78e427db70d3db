/* vga_draw.c - the screen as pixels: which mode is set, its geometry, and the graphics modes.
 *
 * A line's place in memory is a closed form of the registers (vga_line_at), so nothing is carried
 * from line to line.  Lines that the chip repeats are drawn once: mode 13h is 320x200 here. */
#include <stdlib.h>
#include "devices/video/vga_core.h"

#define BLINK_HZ 70 /* frames a second of the text modes */

bool vga_is_text(const struct vga *v)
{
    return !vga_dispi_on(v) && !(v->r.gc[6] & 1);
}

/* A cursor is on for 8 frames of 16, a blinking character for 16 of 32. */
unsigned vga_blink_phase(const struct vga *v)
{
    uint64_t frame = clock_ticks(v->pci.dev.env->clock, BLINK_HZ);

    return (frame & 16 ? 0 : 1) | (frame & 8 ? 0 : 2);
}

struct vga_line vga_line_at(const struct vga *v, unsigned scan)
{
    const uint8_t *c = v->r.crtc;
    unsigned compare = vga_line_compare(v), height = (c[9] & 31) + 1u;
    struct vga_line line = {.split = scan > compare};
    unsigned rel = line.split ? scan - compare - 1 : scan;

    if (vga_double_scan(v))
        rel /= 2;
    if (!line.split) {
        rel += c[8] & 31;
        line.word = vga_start_address(v) + (c[8] >> 5 & 3);
    }
    line.word += rel / height * vga_pitch(v);
    line.row_scan = rel % height;
    return line;
}

static void make_palette(struct vga *v)
{
    bool eight = v->r.dispi[DISPI_ENABLE] & DISPI_8BIT_DAC;

    for (unsigned i = 0; i < 256; i++) {
        const uint8_t *rgb = v->r.dac[i & v->r.dac_mask];
        uint32_t pixel = 0;

        for (unsigned k = 0; k < 3; k++) {
            unsigned c = eight ? rgb[k] : (rgb[k] & 63u) << 2 | (rgb[k] & 63u) >> 4;
            pixel = pixel << 8 | c;
        }
        v->palette[i] = pixel;
    }
}

uint32_t vga_attr_colour(const struct vga *v, unsigned attr)
{
    const uint8_t *a = v->r.attr;
    unsigned index = a[attr & 15];

    if (a[0x10] & 0x80)
        index = (index & 0x0f) | (a[0x14] & 0x0fu) << 4;
    else
        index = (index & 0x3f) | (a[0x14] & 0x0cu) << 4;
    return v->palette[index];
}

void vga_surface_size(struct vga *v, unsigned width, unsigned height)
{
    size_t need = (size_t)width * height;

    if (need > v->pixels) {
        free(v->surface.pixels);
        v->surface.pixels = xmalloc(need * sizeof *v->surface.pixels);
        v->pixels = need;
    }
    v->surface.width = width;
    v->surface.height = height;
}

static uint32_t *surface_line(struct vga *v, unsigned y)
{
    return v->surface.pixels + (size_t)y * v->surface.width;
}

/* A line of packed pixels from byte `at` of video memory. */
static void draw_packed_line(struct vga *v, uint32_t *out, size_t at, unsigned bpp)
{
    unsigned bytes = (bpp + 7) / 8;

    for (unsigned x = 0; x < v->surface.width; x++, at += bytes) {
        uint32_t p;

        if (at + bytes > VGA_RAM_SIZE)
            at = 0;
        if (bpp == 8) {
            p = v->palette[v->ram[at]];
        } else if (bpp == 15) {
            p = le16_get(v->ram + at);
            p = (p & 0x7c00) << 9 | (p & 0x7000) << 4 | (p & 0x3e0) << 6 | (p & 0x380) << 1 |
                (p & 0x1f) << 3 | (p & 0x1c) >> 2;
        } else if (bpp == 16) {
            p = le16_get(v->ram + at);
            p = (p & 0xf800) << 8 | (p & 0xe000) << 3 | (p & 0x7e0) << 5 | (p & 0x600) >> 1 |
                (p & 0x1f) << 3 | (p & 0x1c) >> 2;
        } else {
            p = le16_get(v->ram + at) | (uint32_t)v->ram[at + 2] << 16;
        }
        out[x] = p;
    }
}

/* Sixteen colours from the four planes, from the first dot of word `word` plus `pan`. */
static void draw_planar_line(struct vga *v, uint32_t *out, unsigned word, unsigned pan,
                             unsigned wrap)
{
    uint32_t colour[16];
    uint32_t planes = 0;

    for (unsigned i = 0; i < 16; i++)
        colour[i] = vga_attr_colour(v, i & v->r.attr[0x12]);
    for (unsigned x = 0; x < v->surface.width; x++) {
        unsigned dot = x + pan, bit = 7 - (dot & 7), c;

        if (x == 0 || bit == 7)
            planes = le32_get(v->ram + 4 * (size_t)((word + dot / 8) & wrap));
        c = planes >> bit;
        out[x] = colour[(c & 1) | (c >> 7 & 2) | (c >> 14 & 4) | (c >> 21 & 8)];
    }
}

/* Four dots to a byte of planes 0 and 1, two bits each (graphics mode register, shift bit): the
 * modes of the CGA; planes 2 and 3 give the two high bits. */
static void draw_cga_line(struct vga *v, uint32_t *out, unsigned word, unsigned pan)
{
    for (unsigned x = 0; x < v->surface.width; x++) {
        unsigned dot = x + pan, shift = 6 - 2 * (dot & 3), odd = dot >> 2 & 1;
        const uint8_t *w = v->ram + 4 * (size_t)((word + dot / 8) & 0xffff);
        unsigned c = (w[odd] >> shift & 3) | (w[2 + odd] >> shift & 3) << 2;

        out[x] = vga_attr_colour(v, c & v->r.attr[0x12]);
    }
}

static void draw_256_line(struct vga *v, uint32_t *out, unsigned word, unsigned pan)
{
    for (unsigned x = 0; x < v->surface.width; x++)
        out[x] = v->palette[v->ram[(4 * (size_t)word + x + pan) & 0x3ffff]];
}

/* Address bits 13 and 14 come from the row scan counter where the mode control register says so;
 * in word mode they are bits 12 and 13 of the counter. */
static unsigned substitute_row_scan(const struct vga *v, const struct vga_line *line)
{
    unsigned mode = v->r.crtc[0x17], bit = mode & 0x40 ? 13 : 12, word = line->word;

    if (!(mode & 1))
        word = (word & ~(1u << bit)) | (line->row_scan & 1) << bit;
    if (!(mode & 2))
        word = (word & ~(2u << bit)) | (line->row_scan >> 1 & 1) << (bit + 1);
    return word;
}

static void draw_graphics(struct vga *v)
{
    const struct vga_regs *r = &v->r;
    bool by_row_scan = (r->crtc[0x17] & 3) != 3;
    unsigned repeat = (vga_double_scan(v) ? 2 : 1) * (by_row_scan ? 1 : (r->crtc[9] & 31) + 1);
    unsigned lines = vga_lines(v) / repeat, chars = r->crtc[1] + 1u;
    bool packed = r->gc[5] & 0x40, cga = r->gc[5] & 0x20;

    vga_surface_size(v, chars * (packed ? 4 : 8), lines ? lines : 1);
    for (unsigned y = 0; y < v->surface.height; y++) {
        struct vga_line line = vga_line_at(v, y * repeat);
        unsigned word = substitute_row_scan(v, &line);
        unsigned pan = line.split && r->attr[0x10] & 0x20 ? 0 : r->attr[0x13] & 7;

        if (packed)
            draw_256_line(v, surface_line(v, y), word, pan / 2);
        else if (cga)
            draw_cga_line(v, surface_line(v, y), word, pan);
        else
            draw_planar_line(v, surface_line(v, y), word, pan, 0xffff);
    }
}

static void draw_dispi(struct vga *v)
{
    const uint16_t *d = v->r.dispi;
    unsigned bpp = d[DISPI_BPP], line = dispi_line_bytes(v);

    vga_surface_size(v, d[DISPI_XRES] ? d[DISPI_XRES] : 8, d[DISPI_YRES] ? d[DISPI_YRES] : 1);
    for (unsigned y = 0; y < v->surface.height; y++) {
        size_t at = (size_t)(y + d[DISPI_Y_OFFSET]) * line;

        if (bpp == 4) {
            at = at / 4 + d[DISPI_X_OFFSET] / 8;
            draw_planar_line(v, surface_line(v, y), (unsigned)at, d[DISPI_X_OFFSET] & 7,
                             VGA_RAM_SIZE / 4 - 1);
        } else {
            at += (size_t)d[DISPI_X_OFFSET] * ((bpp + 7) / 8);
            draw_packed_line(v, surface_line(v, y), at % VGA_RAM_SIZE, bpp);
        }
    }
}

/* The screen is off by the sequencer, by the attribute index, or not programmed yet. */
static bool is_blank(const struct vga *v)
{
    return v->r.seq[1] & 0x20 || !(v->r.attr_index & 0x20) || v->r.crtc[1] == 0;
}

static void draw_blank(struct vga *v)
{
    if (!v->surface.pixels || v->r.crtc[1] == 0)
        vga_surface_size(v, 720, 400);
    memset(v->surface.pixels, 0,
           (size_t)v->surface.width * v->surface.height * sizeof *v->surface.pixels);
}

const struct surface *vga_draw(void *opaque, bool *changed)
{
    struct vga *v = opaque;
    unsigned phase = vga_is_text(v) ? vga_blink_phase(v) : 0;
    bool stored =
        ram_test_and_clear_dirty(v->pci.dev.env->mem->ram, v->ram_off, VGA_RAM_SIZE, DIRTY_DISPLAY);

    *changed = stored || v->touched || phase != v->drawn_phase || !v->surface.pixels;
    if (!*changed)
        return &v->surface;
    v->touched = false;
    v->drawn_phase = phase;
    make_palette(v);
    if (vga_dispi_on(v))
        draw_dispi(v);
    else if (is_blank(v))
        draw_blank(v);
    else if (vga_is_text(v))
        vga_draw_text(v);
    else
        draw_graphics(v);
    return &v->surface;
}
