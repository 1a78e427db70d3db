/* vga_ports.c - the VGA's registers (IBM PS/2 Hardware Interface Technical Reference, "Video
 * Subsystem").
 *
 * The retrace bits of input status register 1 are computed from virtual time and the programmed
 * timing when they are read: a frame starts at each multiple of the frame's length. */
#include "devices/video/vga_core.h"

/* Ports relative to 3B0h. */
enum {
    P_CRTC_INDEX_MONO = 0x04,
    P_CRTC_MONO = 0x05,
    P_STATUS1_MONO = 0x0a,
    P_ATTR = 0x10,
    P_ATTR_READ = 0x11,
    P_MISC_WRITE = 0x12,
    P_SEQ_INDEX = 0x14,
    P_SEQ = 0x15,
    P_DAC_MASK = 0x16,
    P_DAC_READ = 0x17,
    P_DAC_WRITE = 0x18,
    P_DAC = 0x19,
    P_FEATURE_READ = 0x1a,
    P_MISC_READ = 0x1c,
    P_GC_INDEX = 0x1e,
    P_GC = 0x1f,
    P_CRTC_INDEX = 0x24,
    P_CRTC = 0x25,
    P_STATUS1 = 0x2a
};

const struct state_field vga_regs_state[] = {
    STATE_INT(struct vga_regs, misc),
    STATE_INT(struct vga_regs, feature),
    STATE_INT(struct vga_regs, seq_index),
    STATE_INT(struct vga_regs, crtc_index),
    STATE_INT(struct vga_regs, gc_index),
    STATE_INT(struct vga_regs, attr_index),
    STATE_INTS(struct vga_regs, seq),
    STATE_INTS(struct vga_regs, gc),
    STATE_INTS(struct vga_regs, crtc),
    STATE_INTS(struct vga_regs, attr),
    STATE_INT(struct vga_regs, attr_data),
    STATE_INTS_OF(struct vga_regs, dac, dac[0][0]),
    STATE_INT(struct vga_regs, dac_mask),
    STATE_INT(struct vga_regs, dac_read),
    STATE_INT(struct vga_regs, dac_write),
    STATE_INT(struct vga_regs, dac_part),
    STATE_INT(struct vga_regs, dac_reading),
    STATE_INT(struct vga_regs, latch),
    STATE_INT(struct vga_regs, dispi_index),
    STATE_INTS(struct vga_regs, dispi),
    STATE_END,
};

/* Bits that exist in each register. */
static const uint8_t seq_bits[8] = {0x03, 0x3d, 0x0f, 0x3f, 0x0e};
static const uint8_t gc_bits[16] = {0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff};
static const uint8_t attr_bits[VGA_ATTR_REGS] = {0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f,
                                                 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f,
                                                 0x3f, 0x3f, 0xef, 0xff, 0x3f, 0x0f, 0x0f};

/* Pixel clock in Hz: 25.175 or 28.322 MHz, halved for the 320-dot modes. */
static unsigned dot_clock(const struct vga *v)
{
    unsigned hz = (v->r.misc >> 2 & 3) == 1 ? 28322000 : 25175000;

    return v->r.seq[1] & 8 ? hz / 2 : hz;
}

static unsigned vertical(const struct vga *v, unsigned low, unsigned bit8, unsigned bit9)
{
    return low | (v->r.crtc[7] >> bit8 & 1u) << 8 | (v->r.crtc[7] >> bit9 & 1u) << 9;
}

/* Bit 0: not displaying; bit 3: vertical retrace. */
static uint8_t retrace_bits(const struct vga *v)
{
    const uint8_t *c = v->r.crtc;
    unsigned char_dots = v->r.seq[1] & 1 ? 8 : 9;
    unsigned h_total = c[0] + 5u, h_end = c[1] + 1u;
    unsigned v_total = vertical(v, c[6], 0, 5) + 2, v_end = vga_lines(v);
    unsigned v_sync = vertical(v, c[0x10], 2, 7), sync_len = (c[0x11] - v_sync) & 15;
    uint64_t dots, frame, at, line, chars;
    bool sync;

    if (vga_dispi_on(v)) { /* timing of our own: 60 Hz, the last 5 % blank */
        at = clock_now(v->pci.dev.env->clock) * 60 % NS_PER_SEC;
        return at >= NS_PER_SEC / 100 * 95 ? 0x09 : 0x00;
    }
    frame = (uint64_t)h_total * v_total * char_dots;
    dots = clock_ticks(v->pci.dev.env->clock, dot_clock(v)) % frame;
    line = dots / (h_total * char_dots);
    chars = dots % (h_total * char_dots) / char_dots;
    sync = line >= v_sync && line < v_sync + (sync_len ? sync_len : 16);
    return (uint8_t)((sync ? 8 : 0) | (line >= v_end || chars >= h_end ? 1 : 0));
}

/* Reading resets the flip-flop at 3C0h. */
static uint8_t read_status1(struct vga *v)
{
    v->r.attr_data = false;
    return retrace_bits(v);
}

static void write_attr(struct vga *v, uint8_t val)
{
    struct vga_regs *r = &v->r;
    unsigned i = r->attr_index & 31;

    r->attr_data = !r->attr_data;
    if (r->attr_data) {
        r->attr_index = val & 0x3f;
        v->touched = true;
        return;
    }
    /* IBM's chip closes the palette while the screen uses it (index bit 5); clones do not. */
    if (i < VGA_ATTR_REGS)
        r->attr[i] = val & attr_bits[i];
}

static void write_crtc(struct vga *v, uint8_t val)
{
    uint8_t *c = v->r.crtc;
    unsigned i = v->r.crtc_index;

    if (i >= VGA_CRTC_REGS)
        return;
    if (i <= 7 && c[0x11] & 0x80) { /* protected, but for line compare's bit 8 */
        if (i == 7)
            c[7] = (uint8_t)((c[7] & ~0x10) | (val & 0x10));
        return;
    }
    c[i] = val;
}

static uint8_t read_dac(struct vga *v)
{
    struct vga_regs *r = &v->r;
    uint8_t val = r->dac[r->dac_read][r->dac_part];

    if (++r->dac_part == 3) {
        r->dac_part = 0;
        r->dac_read++;
    }
    return val;
}

static void write_dac(struct vga *v, uint8_t val)
{
    struct vga_regs *r = &v->r;

    r->dac[r->dac_write][r->dac_part] = r->dispi[DISPI_ENABLE] & DISPI_8BIT_DAC ? val : val & 0x3f;
    if (++r->dac_part == 3) {
        r->dac_part = 0;
        r->dac_write++;
    }
}

static void open_dac(struct vga *v, uint8_t index, bool reading)
{
    struct vga_regs *r = &v->r;

    *(reading ? &r->dac_read : &r->dac_write) = index;
    r->dac_part = 0;
    r->dac_reading = reading;
}

/* 3Bxh answers in monochrome setups, 3Dxh in colour ones (miscellaneous output, bit 0). */
static bool is_other_half(const struct vga *v, unsigned port)
{
    return v->r.misc & 1 ? port < 0x10 : port >= 0x20;
}

uint32_t vga_port_read(struct device *d, unsigned port, unsigned size)
{
    struct vga *v = vga_of(d);
    struct vga_regs *r = &v->r;

    (void)size;
    if (is_other_half(v, port))
        return 0xff;
    switch (port) {
    case P_ATTR:
        return r->attr_index;
    case P_ATTR_READ:
        return r->attr[r->attr_index & 31];
    case P_MISC_WRITE:
        return 0x10; /* input status 0: a colour monitor is there, no interrupt */
    case P_SEQ_INDEX:
        return r->seq_index;
    case P_SEQ:
        return r->seq[r->seq_index];
    case P_DAC_MASK:
        return r->dac_mask;
    case P_DAC_READ:
        return r->dac_reading ? 3 : 0;
    case P_DAC_WRITE:
        return r->dac_write;
    case P_DAC:
        return read_dac(v);
    case P_FEATURE_READ:
        return r->feature;
    case P_MISC_READ:
        return r->misc;
    case P_GC_INDEX:
        return r->gc_index;
    case P_GC:
        return r->gc[r->gc_index];
    case P_CRTC_INDEX:
    case P_CRTC_INDEX_MONO:
        return r->crtc_index;
    case P_CRTC:
    case P_CRTC_MONO:
        return r->crtc[r->crtc_index];
    case P_STATUS1:
    case P_STATUS1_MONO:
        return read_status1(v);
    }
    return 0xff;
}

/* The ports that only choose what the next access means; false for all others. */
static bool write_index(struct vga *v, unsigned port, uint8_t val)
{
    struct vga_regs *r = &v->r;

    switch (port) {
    case P_SEQ_INDEX:
        r->seq_index = val & 7;
        return true;
    case P_GC_INDEX:
        r->gc_index = val & 15;
        return true;
    case P_CRTC_INDEX:
    case P_CRTC_INDEX_MONO:
        r->crtc_index = val & 31;
        return true;
    case P_DAC_READ:
    case P_DAC_WRITE:
        open_dac(v, val, port == P_DAC_READ);
        return true;
    case P_ATTR:
        write_attr(v, val);
        return r->attr_data;
    }
    return false;
}

void vga_port_write(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct vga *v = vga_of(d);
    struct vga_regs *r = &v->r;

    (void)size;
    val &= 0xff;
    if (is_other_half(v, port) || write_index(v, port, (uint8_t)val))
        return;
    switch (port) {
    case P_MISC_WRITE:
        r->misc = (uint8_t)val;
        break;
    case P_SEQ:
        r->seq[r->seq_index] = val & seq_bits[r->seq_index];
        break;
    case P_DAC_MASK:
        r->dac_mask = (uint8_t)val;
        break;
    case P_DAC:
        write_dac(v, (uint8_t)val);
        break;
    case P_GC:
        r->gc[r->gc_index] = val & gc_bits[r->gc_index];
        break;
    case P_CRTC:
    case P_CRTC_MONO:
        write_crtc(v, (uint8_t)val);
        break;
    case P_STATUS1:
    case P_STATUS1_MONO:
        r->feature = val & 0x0b;
        break;
    }
    v->touched = true;
    if (port != P_DAC && port != P_ATTR)
        vga_update_window(v);
}

const struct reg vga_ports[] = {
    /* port  count read           write           meaning */
    {0x04, 2, vga_port_read, vga_port_write, "CRT controller, monochrome", 1},
    {0x0a, 1, vga_port_read, vga_port_write, "input status 1, monochrome", 1},
    {0x10, 16, vga_port_read, vga_port_write, "attribute, sequencer, DAC, graphics", 1},
    {0x24, 2, vga_port_read, vga_port_write, "CRT controller, colour", 1},
    {0x2a, 1, vga_port_read, vga_port_write, "input status 1, colour", 1},
    REG_END,
};

void vga_regs_reset(struct vga *v)
{
    memset(&v->r, 0, sizeof v->r);
    v->r.dac_mask = 0xff;
    v->r.misc = 1;
}
