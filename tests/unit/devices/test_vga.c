/* test_vga.c - the display adapter: planes, modes, the Bochs interface, what is drawn. */
#include <string.h>
#include "bench.h"
#include "devices/video/vga.h"

static struct device *adapter(struct bench *b)
{
    return bench_device(b, &vga_isa_class, "vga");
}

static void indexed(struct bench *b, uint16_t port, const uint8_t *regs, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        bench_out16(b, port, (uint16_t)(i | regs[i] << 8));
}

static void dispi(struct bench *b, uint16_t reg, uint16_t val)
{
    bench_out16(b, 0x1ce, reg);
    bench_out16(b, 0x1cf, val);
}

static uint16_t dispi_in(struct bench *b, uint16_t reg)
{
    bench_out16(b, 0x1ce, reg);
    return bench_in16(b, 0x1cf);
}

static void store8(struct bench *b, uint64_t addr, uint8_t val)
{
    phys_store(&b->mem, addr, val, 1);
}

static uint8_t load8(struct bench *b, uint64_t addr)
{
    return (uint8_t)phys_load(&b->mem, addr, 1);
}

struct mode {
    uint8_t misc, seq[5], crtc[25], gc[9], attr[21];
};

static const struct mode mode_3 = {
    0x67,
    {0x03, 0x00, 0x03, 0x00, 0x02},
    {0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00,
     0x00, 0x00, 0x00, 0x9c, 0x0e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff},
    {0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x0f, 0xff},
    {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a,
     0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0x00, 0x0f, 0x08, 0x00},
};
static const struct mode mode_12 = {
    0xe3,
    {0x03, 0x01, 0x0f, 0x00, 0x06},
    {0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0x0b, 0x3e, 0x00, 0x40, 0x00, 0x00, 0x00,
     0x00, 0x00, 0x00, 0xea, 0x0c, 0xdf, 0x28, 0x00, 0xe7, 0x04, 0xe3, 0xff},
    {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x0f, 0xff},
    {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a,
     0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x01, 0x00, 0x0f, 0x00, 0x00},
};
static const struct mode mode_13 = {
    0x63,
    {0x03, 0x01, 0x0f, 0x00, 0x0e},
    {0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0xbf, 0x1f, 0x00, 0x41, 0x00, 0x00, 0x00,
     0x00, 0x00, 0x00, 0x9c, 0x0e, 0x8f, 0x28, 0x40, 0x96, 0xb9, 0xa3, 0xff},
    {0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0x05, 0x0f, 0xff},
    {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
     0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x41, 0x00, 0x0f, 0x00, 0x00},
};
static const struct mode mode_4 = {
    0x63,
    {0x03, 0x09, 0x03, 0x00, 0x02},
    {0x2d, 0x27, 0x28, 0x90, 0x2b, 0x80, 0xbf, 0x1f, 0x00, 0xc1, 0x00, 0x00, 0x00,
     0x00, 0x00, 0x00, 0x9c, 0x0e, 0x8f, 0x14, 0x00, 0x96, 0xb9, 0xa2, 0xff},
    {0x00, 0x00, 0x00, 0x00, 0x00, 0x30, 0x0f, 0x0f, 0xff},
    {0x00, 0x13, 0x15, 0x17, 0x02, 0x04, 0x06, 0x07, 0x10, 0x11, 0x12,
     0x13, 0x14, 0x15, 0x16, 0x17, 0x01, 0x00, 0x03, 0x00, 0x00},
};

static void set_mode(struct bench *b, const struct mode *m)
{
    bench_out(b, 0x3c2, m->misc);
    indexed(b, 0x3c4, m->seq, sizeof m->seq);
    bench_out16(b, 0x3d4, 0x0011); /* not protected */
    indexed(b, 0x3d4, m->crtc, sizeof m->crtc);
    indexed(b, 0x3ce, m->gc, sizeof m->gc);
    bench_in(b, 0x3da);
    for (unsigned i = 0; i < sizeof m->attr; i++) {
        bench_out(b, 0x3c0, (uint8_t)i);
        bench_out(b, 0x3c0, m->attr[i]);
    }
    bench_out(b, 0x3c0, 0x20);
    bench_out(b, 0x3c8, 0);
    for (unsigned i = 0; i < 256; i++) { /* red is the index */
        bench_out(b, 0x3c9, (uint8_t)(i & 63));
        bench_out(b, 0x3c9, 0);
        bench_out(b, 0x3c9, (uint8_t)(i >> 6));
    }
}

/* The pixel of DAC entry i as set_mode programs it. */
static uint32_t entry(unsigned i)
{
    uint32_t red = (i & 63) << 2 | (i & 63) >> 4, blue = i >> 6 << 2 | i >> 6 >> 4;

    return red << 16 | blue;
}

static const struct surface *draw(struct device *d)
{
    struct display_source s;
    bool changed;

    vga_display(d, &s);
    return s.draw(s.opaque, &changed);
}

static void registers_read_back_through_their_masks(void **state)
{
    struct bench *b = *state;

    adapter(b);
    bench_out16(b, 0x3c4, 0xff02);
    assert_int_equal(bench_in(b, 0x3c5), 0x0f);
    bench_out(b, 0x3c2, 0x67);
    assert_int_equal(bench_in(b, 0x3cc), 0x67);
    bench_out16(b, 0x3d4, 0x550e);
    assert_int_equal(bench_in(b, 0x3d5), 0x55);
    assert_int_equal(bench_in(b, 0x3b5), 0xff); /* the other half */
    bench_out16(b, 0x3d4, 0x8011);
    bench_out16(b, 0x3d4, 0x1200);
    bench_out(b, 0x3d4, 0);
    assert_int_equal(bench_in(b, 0x3d5), 0x00); /* protected */
    bench_out(b, 0x3c7, 5);
    assert_int_equal(bench_in(b, 0x3c7), 3);
}

static void dac_counts_through_colours(void **state)
{
    struct bench *b = *state;

    adapter(b);
    bench_out(b, 0x3c8, 7);
    for (uint8_t i = 1; i <= 6; i++)
        bench_out(b, 0x3c9, i);
    assert_int_equal(bench_in(b, 0x3c8), 9);
    bench_out(b, 0x3c7, 8);
    assert_int_equal(bench_in(b, 0x3c9), 4);
    assert_int_equal(bench_in(b, 0x3c9), 5);
    assert_int_equal(bench_in(b, 0x3c9), 6);
}

static void text_cells_go_to_planes_0_and_1(void **state)
{
    struct bench *b = *state;
    struct device *d = adapter(b);
    struct display_source s;
    const struct text_screen *t;

    set_mode(b, &mode_3);
    phys_store(&b->mem, 0xb8000, 0x1f421e41, 4);
    assert_int_equal(load8(b, 0xb8000), 0x41);
    assert_int_equal(load8(b, 0xb8001), 0x1e);
    assert_int_equal(load8(b, 0xa0000), 0xff); /* not mapped there */
    bench_out16(b, 0x3d4, 0x010f);             /* cursor on the second cell */
    vga_display(d, &s);
    t = s.text(s.opaque);
    assert_non_null(t);
    assert_int_equal(t->cols, 80);
    assert_int_equal(t->rows, 25);
    assert_int_equal(t->cells[1].ch, 'B');
    assert_int_equal(t->cells[1].attr, 0x1f);
    assert_int_equal(t->cursor, 1);
}

/* Puts a font character into plane 2 as a BIOS does. */
static void load_glyph(struct bench *b, unsigned ch, uint8_t bits)
{
    bench_out16(b, 0x3c4, 0x0402);
    bench_out16(b, 0x3c4, 0x0604);
    bench_out16(b, 0x3ce, 0x0005);
    bench_out16(b, 0x3ce, 0x0406);
    for (unsigned i = 0; i < 16; i++)
        store8(b, 0xa0000 + ch * 32 + i, bits);
    bench_out16(b, 0x3c4, 0x0302);
    bench_out16(b, 0x3c4, 0x0204);
    bench_out16(b, 0x3ce, 0x1005);
    bench_out16(b, 0x3ce, 0x0e06);
}

static void text_is_drawn_720_by_400_with_the_font(void **state)
{
    struct bench *b = *state;
    struct device *d = adapter(b);
    const struct surface *s;

    set_mode(b, &mode_3);
    bench_out16(b, 0x3d4, 0x200a); /* no cursor */
    load_glyph(b, 0x41, 0x81);
    load_glyph(b, 0xc4, 0xff);
    phys_store(&b->mem, 0xb8000, 0x1ec41e41, 4);
    s = draw(d);
    assert_int_equal(s->width, 720);
    assert_int_equal(s->height, 400);
    assert_int_equal(s->pixels[0], entry(0x3e));
    assert_int_equal(s->pixels[1], entry(0x01));
    assert_int_equal(s->pixels[7], entry(0x3e));
    assert_int_equal(s->pixels[8], entry(0x01));  /* ninth dot is background, */
    assert_int_equal(s->pixels[17], entry(0x3e)); /* but for line graphics */
    assert_int_equal(s->pixels[18], entry(0x00));
}

static void cursor_blinks_in_virtual_time(void **state)
{
    struct bench *b = *state;
    struct device *d = adapter(b);

    set_mode(b, &mode_3);
    phys_store(&b->mem, 0xb8000, 0x0720, 2);
    assert_int_equal(draw(d)->pixels[13 * 720], entry(0x07));
    bench_ns(b, 120000000);
    assert_int_equal(draw(d)->pixels[13 * 720], entry(0x00));
}

static void write_modes_work_on_latches(void **state)
{
    struct bench *b = *state;
    struct device *d = adapter(b);

    set_mode(b, &mode_12);
    bench_out16(b, 0x3ce, 0x0500); /* set/reset 5 in all planes */
    bench_out16(b, 0x3ce, 0x0f01);
    store8(b, 0xa0000, 0x00);
    assert_int_equal(draw(d)->pixels[7], entry(0x05));
    bench_out16(b, 0x3ce, 0x0001);
    bench_out16(b, 0x3ce, 0x0f08); /* bit mask: the right half */
    load8(b, 0xa0000);
    store8(b, 0xa0000, 0xff);
    assert_int_equal(draw(d)->pixels[3], entry(0x05));
    assert_int_equal(draw(d)->pixels[4], entry(0x3f));
    bench_out16(b, 0x3ce, 0x0105); /* write mode 1 copies */
    load8(b, 0xa0000);
    store8(b, 0xa0001, 0);
    assert_int_equal(draw(d)->pixels[8], entry(0x05));
    bench_out16(b, 0x3ce, 0x0205); /* write mode 2: a colour */
    bench_out16(b, 0x3ce, 0xff08);
    store8(b, 0xa0002, 0x02);
    assert_int_equal(draw(d)->pixels[16], entry(0x02));
    bench_out16(b, 0x3ce, 0x0305); /* write mode 3: set/reset under the byte */
    load8(b, 0xa0002);
    store8(b, 0xa0002, 0x80);
    assert_int_equal(draw(d)->pixels[16], entry(0x05));
    assert_int_equal(draw(d)->pixels[17], entry(0x02));
}

static void read_mode_1_compares_colours(void **state)
{
    struct bench *b = *state;

    adapter(b);
    set_mode(b, &mode_12);
    bench_out16(b, 0x3ce, 0x0205);
    bench_out16(b, 0x3ce, 0xf008);
    store8(b, 0xa0000, 0x09);
    bench_out16(b, 0x3ce, 0x0902);
    bench_out16(b, 0x3ce, 0x0805);
    assert_int_equal(load8(b, 0xa0000), 0xf0);
    bench_out16(b, 0x3ce, 0x0007); /* no plane counts */
    assert_int_equal(load8(b, 0xa0000), 0xff);
}

static void mode_13h_is_plain_memory(void **state)
{
    struct bench *b = *state;
    struct device *d = adapter(b);

    set_mode(b, &mode_13);
    assert_int_not_equal(physmem_ram(&b->mem, 0xa0000, true), NO_RAM);
    store8(b, 0xa0000 + 320 * 199 + 319, 0x7b);
    assert_int_equal(draw(d)->width, 320);
    assert_int_equal(draw(d)->height, 200);
    assert_int_equal(draw(d)->pixels[320 * 200 - 1], entry(0x7b));
    bench_out16(b, 0x3c4, 0x0604); /* mode X: chain-4 off */
    assert_int_equal(physmem_ram(&b->mem, 0xa0000, true), NO_RAM);
    bench_out16(b, 0x3c4, 0x0202);
    store8(b, 0xa0000, 0x11);
    assert_int_equal(draw(d)->pixels[1], entry(0x11));
    assert_int_equal(draw(d)->pixels[0], entry(0x00));
}

static void line_compare_splits_the_screen(void **state)
{
    struct bench *b = *state;
    struct device *d = adapter(b);

    set_mode(b, &mode_13);
    store8(b, 0xa0000, 0x22);
    bench_out16(b, 0x3d4, 0x100c); /* start at word 1000h */
    bench_out16(b, 0x3d4, 0x0f07); /* compare at scan line 199 */
    bench_out16(b, 0x3d4, 0x0109);
    bench_out16(b, 0x3d4, 0xc718);
    assert_int_equal(draw(d)->pixels[0], entry(0));
    assert_int_equal(draw(d)->pixels[320 * 100], entry(0x22));
}

static void cga_modes_interleave_lines_and_dots(void **state)
{
    struct bench *b = *state;
    struct device *d = adapter(b);
    const struct surface *s;

    set_mode(b, &mode_4);
    store8(b, 0xb8000, 0x1b); /* colours 0 1 2 3 */
    store8(b, 0xba001, 0xc0); /* second line, fifth dot: 3 */
    s = draw(d);
    assert_int_equal(s->width, 320);
    assert_int_equal(s->height, 200);
    assert_int_equal(s->pixels[0], entry(0x00));
    assert_int_equal(s->pixels[1], entry(0x13));
    assert_int_equal(s->pixels[2], entry(0x15));
    assert_int_equal(s->pixels[3], entry(0x17));
    assert_int_equal(s->pixels[320 + 4], entry(0x17));
    assert_int_equal(s->pixels[640 + 4], entry(0x00));
}

static void retrace_comes_seventy_times_a_second(void **state)
{
    struct bench *b = *state;
    unsigned edges = 0, last = 0;

    adapter(b);
    set_mode(b, &mode_3);
    for (unsigned i = 0; i < 100000; i++) {
        unsigned now = bench_in(b, 0x3da) & 8;

        edges += now && !last;
        last = now;
        bench_ns(b, 10000);
    }
    assert_in_range(edges, 69, 71);
}

static void bochs_interface_tells_its_version_and_limits(void **state)
{
    struct bench *b = *state;

    adapter(b);
    assert_int_equal(dispi_in(b, 0), 0xb0c5);
    dispi(b, 0, 0xb0c0);
    assert_int_equal(dispi_in(b, 0), 0xb0c0);
    dispi(b, 0, 0x1234);
    assert_int_equal(dispi_in(b, 0), 0xb0c0);
    assert_int_equal(dispi_in(b, 10), 256);
    dispi(b, 4, 2);
    assert_int_equal(dispi_in(b, 1), 2560);
    assert_int_equal(dispi_in(b, 3), 32);
}

static void bochs_banks_move_the_window(void **state)
{
    struct bench *b = *state;
    struct device *d = adapter(b);
    const struct surface *s;

    set_mode(b, &mode_13);
    dispi(b, 4, 0);
    dispi(b, 1, 640);
    dispi(b, 2, 480);
    dispi(b, 3, 32);
    dispi(b, 4, 0x41);
    dispi(b, 5, 1);
    phys_store(&b->mem, 0xa0000, 0x00123456, 4);
    s = draw(d);
    assert_int_equal(s->width, 640);
    assert_int_equal(s->height, 480);
    assert_int_equal(s->pixels[0x4000], 0x123456);
    dispi(b, 4, 0x41);
    assert_int_equal(draw(d)->pixels[0x4000], 0); /* cleared */
}

static void bochs_depths_are_drawn(void **state)
{
    struct bench *b = *state;
    struct device *d = adapter(b);
    static const struct {
        uint16_t bpp;
        uint32_t stored, pixel;
    } depths[] = {{15, 0x7c1f, 0xff00ff},
                  {16, 0x07e0, 0x00ff00},
                  {24, 0xabcdef, 0xabcdef},
                  {32, 0xff010203, 0x010203}};

    set_mode(b, &mode_13);
    for (unsigned i = 0; i < 4; i++) {
        dispi(b, 4, 0);
        dispi(b, 1, 800);
        dispi(b, 2, 600);
        dispi(b, 3, depths[i].bpp);
        dispi(b, 4, 1);
        phys_store(&b->mem, 0xa0000, depths[i].stored, 4);
        assert_int_equal(draw(d)->pixels[0], depths[i].pixel);
    }
}

static void random_writes_do_no_harm(void **state)
{
    struct bench *b = *state;
    struct device *d = adapter(b);
    struct display_source src;
    uint32_t x = 99;

    vga_display(d, &src);
    for (unsigned i = 0; i < 30000; i++) {
        uint32_t old = x;

        x = x * 1664525 + 1013904223;
        if (x >> 30 == 0)
            dispi(b, x >> 10 & 15, (uint16_t)(x >> 12));
        else if (x >> 30 == 1)
            store8(b, 0xa0000 + (x >> 5 & 0x1ffff), (uint8_t)old);
        else
            bench_out(b, 0x3b0 + (x >> 20 & 0x2f), (uint8_t)(x >> 12));
        load8(b, 0xa0000 + (old >> 5 & 0x1ffff));
        bench_in(b, 0x3da);
        if (i % 500 == 0) {
            draw(d);
            src.text(src.opaque);
        }
    }
}

#define TESTS(X)                                                                                   \
    X(registers_read_back_through_their_masks)                                                     \
    X(dac_counts_through_colours)                                                                  \
    X(text_cells_go_to_planes_0_and_1)                                                             \
    X(text_is_drawn_720_by_400_with_the_font)                                                      \
    X(cursor_blinks_in_virtual_time)                                                               \
    X(write_modes_work_on_latches)                                                                 \
    X(read_mode_1_compares_colours)                                                                \
    X(mode_13h_is_plain_memory)                                                                    \
    X(line_compare_splits_the_screen)                                                              \
    X(cga_modes_interleave_lines_and_dots)                                                         \
    X(retrace_comes_seventy_times_a_second)                                                        \
    X(bochs_interface_tells_its_version_and_limits)                                                \
    X(bochs_banks_move_the_window)                                                                 \
    X(bochs_depths_are_drawn)                                                                      \
    X(random_writes_do_no_harm)
BENCH_MAIN(TESTS)
