/* vga_mem.c - the processor's way into the planes: the graphics controller's read and write modes
 * (IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem", graphics controller). */
#include "devices/video/vga_core.h"

#define NO_ADDRESS  UINT32_MAX
#define PLANES_256K 0xffffu /* words of four planes in the VGA's own 256 KB, less one */

enum { SEQ_MAP_MASK = 2, SEQ_MEMORY_MODE = 4 };
enum { SEQ4_NO_ODD_EVEN = 0x04, SEQ4_CHAIN4 = 0x08 };
enum {
    GC_SET_RESET,
    GC_ENABLE_SET_RESET,
    GC_COLOUR_COMPARE,
    GC_ROTATE,
    GC_READ_MAP,
    GC_MODE,
    GC_MISC,
    GC_DONT_CARE,
    GC_BIT_MASK
};
enum { GC5_READ_MODE = 0x08, GC5_ODD_EVEN = 0x10 };

/* A bit for each plane as a byte of ones for each. */
static uint32_t spread(unsigned planes)
{
    return (planes & 1 ? 0xffu : 0) | (planes & 2 ? 0xff00u : 0) | (planes & 4 ? 0xff0000u : 0) |
           (planes & 8 ? 0xff000000u : 0);
}

static uint32_t in_all_planes(uint8_t byte)
{
    return byte * 0x01010101u;
}

/* The offset within the window that the memory map field selects, or NO_ADDRESS. */
static uint32_t window_offset(const struct vga *v, uint32_t off)
{
    static const struct {
        uint32_t start, size;
    } map[4] = {{0, 0x20000}, {0, 0x10000}, {0x10000, 0x8000}, {0x18000, 0x8000}};
    unsigned m = v->r.gc[GC_MISC] >> 2 & 3;

    if (!(v->r.misc & 2) || off - map[m].start >= map[m].size)
        return NO_ADDRESS;
    return off - map[m].start;
}

/* With the bank of the Bochs interface; the VGA alone has 256 KB. */
static uint32_t plane_word(const struct vga *v, uint32_t n)
{
    if (!vga_dispi_on(v))
        return n & PLANES_256K;
    return n & (VGA_RAM_SIZE / 4 - 1);
}

static uint32_t bank_offset(const struct vga *v)
{
    return (uint32_t)v->r.dispi[DISPI_BANK] << 16;
}

static uint64_t window_read(void *opaque, uint64_t addr, unsigned size)
{
    struct vga *v = opaque;
    struct vga_regs *r = &v->r;
    uint32_t off = window_offset(v, (uint32_t)addr), word, diff;
    unsigned plane = r->gc[GC_READ_MAP];

    (void)size;
    if (off == NO_ADDRESS)
        return 0xff;
    off += bank_offset(v);
    word = off;
    if (r->seq[SEQ_MEMORY_MODE] & SEQ4_CHAIN4) {
        plane = off & 3;
        word = off >> 2;
    } else if (r->gc[GC_MODE] & GC5_ODD_EVEN) {
        plane = (plane & 2) | (off & 1);
        word = off >> 1;
    }
    r->latch = le32_get(v->ram + 4 * (size_t)plane_word(v, word));
    if (!(r->gc[GC_MODE] & GC5_READ_MODE) || r->seq[SEQ_MEMORY_MODE] & SEQ4_CHAIN4)
        return r->latch >> 8 * plane & 0xff;
    diff = (r->latch ^ spread(r->gc[GC_COLOUR_COMPARE])) & spread(r->gc[GC_DONT_CARE]);
    diff |= diff >> 16;
    return ~(diff | diff >> 8) & 0xff;
}

static uint32_t apply_function(const struct vga *v, uint32_t val)
{
    switch (v->r.gc[GC_ROTATE] >> 3 & 3) {
    case 1:
        return val & v->r.latch;
    case 2:
        return val | v->r.latch;
    case 3:
        return val ^ v->r.latch;
    }
    return val;
}

/* What the graphics controller sends to the four planes for a byte from the processor. */
static uint32_t planes_of(const struct vga *v, uint8_t byte)
{
    const uint8_t *gc = v->r.gc;
    unsigned count = gc[GC_ROTATE] & 7;
    uint8_t turned = (uint8_t)(byte >> count | byte << (8 - count));
    uint32_t mask = in_all_planes(gc[GC_BIT_MASK]), set = spread(gc[GC_SET_RESET]), val, fixed;

    switch (gc[GC_MODE] & 3) {
    case 0:
        fixed = spread(gc[GC_ENABLE_SET_RESET]);
        val = (in_all_planes(turned) & ~fixed) | (set & fixed);
        break;
    case 1:
        return v->r.latch;
    case 2:
        val = spread(byte & 15);
        break;
    default:
        mask &= in_all_planes(turned);
        val = set;
    }
    return (apply_function(v, val) & mask) | (v->r.latch & ~mask);
}

static void window_write(void *opaque, uint64_t addr, uint64_t byte, unsigned size)
{
    struct vga *v = opaque;
    const struct vga_regs *r = &v->r;
    uint32_t off = window_offset(v, (uint32_t)addr), word, mask, old;
    unsigned planes = r->seq[SEQ_MAP_MASK];

    (void)size;
    if (off == NO_ADDRESS)
        return;
    off += bank_offset(v);
    word = off;
    if (r->seq[SEQ_MEMORY_MODE] & SEQ4_CHAIN4) {
        planes &= 1u << (off & 3);
        word = off >> 2;
    } else if (!(r->seq[SEQ_MEMORY_MODE] & SEQ4_NO_ODD_EVEN)) {
        planes &= off & 1 ? 0x0a : 0x05;
        word = off >> 1;
    }
    word = plane_word(v, word);
    mask = spread(planes);
    old = le32_get(v->ram + 4 * (size_t)word);
    le32_put(v->ram + 4 * (size_t)word, (old & ~mask) | (planes_of(v, (uint8_t)byte) & mask));
    ram_touch(v->pci.dev.env->mem, v->ram_off + 4 * (uint64_t)word, 4);
    v->touched = true;
}

const struct mem_ops vga_window_ops = {
    .read = window_read, .write = window_write, .min = 1, .max = 1};

/* Whether a store to A0000h-AFFFFh does no more than to put the byte there. */
bool vga_window_is_plain(const struct vga *v)
{
    const struct vga_regs *r = &v->r;

    if (!(r->misc & 2) || (r->gc[GC_MISC] >> 2 & 3) != 1 ||
        !(r->seq[SEQ_MEMORY_MODE] & SEQ4_CHAIN4) || r->seq[SEQ_MAP_MASK] != 0x0f)
        return false;
    return (r->gc[GC_MODE] & 3) == 0 && r->gc[GC_ENABLE_SET_RESET] == 0 && r->gc[GC_ROTATE] == 0 &&
           r->gc[GC_BIT_MASK] == 0xff;
}
