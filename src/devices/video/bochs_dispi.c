/* bochs_dispi.c - the Bochs display interface: packed-pixel modes by sixteen-bit registers, at
 * ports 1CEh/1CFh and in the page of BAR2 (Bochs VBE specification; "Standard VGA" of the QEMU
 * manual).
 *
 * The page of BAR2: EDID at 0, ports 3C0h-3DFh as bytes at 400h, these registers at 500h, byte
 * order at 600h. */
#include "devices/video/vga_core.h"

#define MAX_XRES 2560u
#define MAX_YRES 1600u

enum { ID_OLDEST = 0xb0c0, ID_NEWEST = 0xb0c5 };

bool vga_dispi_on(const struct vga *v)
{
    return v->r.dispi[DISPI_ENABLE] & DISPI_ENABLED;
}

/* Bytes from a line to the next. */
unsigned dispi_line_bytes(const struct vga *v)
{
    unsigned bpp = v->r.dispi[DISPI_BPP], width = v->r.dispi[DISPI_VIRT_WIDTH];

    return bpp == 4 ? width / 2 : width * ((bpp + 7) / 8);
}

static bool bpp_known(unsigned bpp)
{
    return bpp == 4 || bpp == 8 || bpp == 15 || bpp == 16 || bpp == 24 || bpp == 32;
}

/* Brings the virtual size and the offsets into what the memory holds. */
static void fit_virtual(struct vga *v)
{
    uint16_t *reg = v->r.dispi;
    unsigned line, lines;

    if (reg[DISPI_VIRT_WIDTH] < reg[DISPI_XRES])
        reg[DISPI_VIRT_WIDTH] = reg[DISPI_XRES];
    line = dispi_line_bytes(v);
    lines = line ? VGA_RAM_SIZE / line : 0;
    if (lines < reg[DISPI_YRES]) {
        reg[DISPI_VIRT_WIDTH] = reg[DISPI_XRES];
        line = dispi_line_bytes(v);
        lines = line ? VGA_RAM_SIZE / line : 0;
    }
    reg[DISPI_VIRT_HEIGHT] = (uint16_t)min_u64(lines, 0xffff);
    if (reg[DISPI_X_OFFSET] + reg[DISPI_XRES] > reg[DISPI_VIRT_WIDTH])
        reg[DISPI_X_OFFSET] = (uint16_t)(reg[DISPI_VIRT_WIDTH] - reg[DISPI_XRES]);
    if (reg[DISPI_Y_OFFSET] + reg[DISPI_YRES] > reg[DISPI_VIRT_HEIGHT])
        reg[DISPI_Y_OFFSET] = (uint16_t)(reg[DISPI_VIRT_HEIGHT] > reg[DISPI_YRES]
                                             ? reg[DISPI_VIRT_HEIGHT] - reg[DISPI_YRES]
                                             : 0);
}

/* The VGA's own registers follow, so that the window at A0000h gives plain memory. */
static void set_vga_compatible(struct vga *v, bool packed)
{
    struct vga_regs *r = &v->r;

    r->gc[6] = (uint8_t)((r->gc[6] & ~0x0c) | 0x05);
    r->crtc[0x17] |= 3;
    r->seq[2] |= 0x0f;
    if (packed) {
        r->seq[4] |= 0x08;
        r->gc[5] = (uint8_t)((r->gc[5] & ~0x20) | 0x40);
    } else {
        r->seq[4] &= (uint8_t)~0x08;
        r->gc[5] &= (uint8_t)~0x60;
    }
}

static void clear_screen(struct vga *v)
{
    size_t n = (size_t)dispi_line_bytes(v) * v->r.dispi[DISPI_YRES];

    n = n < VGA_RAM_SIZE ? n : VGA_RAM_SIZE;
    memset(v->ram, 0, n);
    ram_touch(v->pci.dev.env->mem, v->ram_off, n);
}

/* The palette keeps its colours when the DAC's width changes. */
static void set_dac_width(struct vga *v, bool was8, bool is8)
{
    for (unsigned i = 0; was8 != is8 && i < 256; i++)
        for (unsigned k = 0; k < 3; k++)
            v->r.dac[i][k] = (uint8_t)(is8 ? v->r.dac[i][k] << 2 : v->r.dac[i][k] >> 2);
}

static void write_enable(struct vga *v, uint16_t val)
{
    uint16_t old = v->r.dispi[DISPI_ENABLE];
    uint16_t *reg = v->r.dispi;

    set_dac_width(v, old & DISPI_8BIT_DAC, val & DISPI_8BIT_DAC);
    reg[DISPI_ENABLE] = val & (DISPI_ENABLED | DISPI_GETCAPS | DISPI_8BIT_DAC | DISPI_LFB_ENABLED |
                               DISPI_NOCLEARMEM);
    reg[DISPI_BANK] = 0;
    if (!(val & DISPI_ENABLED))
        return;
    if (!(old & DISPI_ENABLED)) {
        reg[DISPI_VIRT_WIDTH] = reg[DISPI_XRES];
        reg[DISPI_X_OFFSET] = reg[DISPI_Y_OFFSET] = 0;
    }
    fit_virtual(v);
    set_vga_compatible(v, reg[DISPI_BPP] != 4);
    if (!(val & DISPI_NOCLEARMEM))
        clear_screen(v);
}

static bool fits(unsigned xres, unsigned yres, unsigned bpp)
{
    unsigned bytes = bpp == 4 ? xres / 2 : xres * ((bpp + 7) / 8);

    return (uint64_t)bytes * yres <= VGA_RAM_SIZE;
}

/* Size and depth change only while the interface is off, and only to what the memory holds. */
static void write_mode(struct vga *v, enum dispi_reg reg, uint16_t val)
{
    uint16_t *r = v->r.dispi;

    if (vga_dispi_on(v))
        return;
    if (reg == DISPI_XRES && val && val <= MAX_XRES)
        r[reg] = val & 0xfff8;
    else if (reg == DISPI_YRES && val && val <= MAX_YRES)
        r[reg] = val;
    else if (reg == DISPI_BPP && (val == 0 || bpp_known(val)))
        r[reg] = val ? val : 8;
    if (!r[DISPI_XRES])
        r[DISPI_XRES] = 8;
    if (!fits(r[DISPI_XRES], r[DISPI_YRES], r[DISPI_BPP]))
        r[DISPI_YRES] = 480;
}

static void dispi_write(struct vga *v, unsigned reg, uint16_t val)
{
    switch (reg) {
    case DISPI_ID:
        if (val >= ID_OLDEST && val <= ID_NEWEST)
            v->r.dispi[DISPI_ID] = val;
        break;
    case DISPI_XRES:
    case DISPI_YRES:
    case DISPI_BPP:
        write_mode(v, reg, val);
        break;
    case DISPI_ENABLE:
        write_enable(v, val);
        break;
    case DISPI_BANK:
        /* Bits 15 and 14 choose reads and writes in late versions; one bank serves both. */
        v->r.dispi[DISPI_BANK] = (val & 0x3fff) < VGA_RAM_SIZE >> 16 ? val & 0x3fff : 0;
        break;
    case DISPI_VIRT_WIDTH:
    case DISPI_X_OFFSET:
    case DISPI_Y_OFFSET:
        v->r.dispi[reg] = val;
        fit_virtual(v);
        break;
    }
    v->touched = true;
    vga_update_window(v);
}

static uint16_t dispi_read(const struct vga *v, unsigned reg)
{
    bool caps = v->r.dispi[DISPI_ENABLE] & DISPI_GETCAPS;

    if (reg >= DISPI_REGS)
        return 0;
    if (caps && reg == DISPI_XRES)
        return MAX_XRES;
    if (caps && reg == DISPI_YRES)
        return MAX_YRES;
    if (caps && reg == DISPI_BPP)
        return 32;
    if (reg == DISPI_MEMORY_64K)
        return VGA_RAM_SIZE >> 16;
    return v->r.dispi[reg];
}

/* Index at 1CEh, data at 1CFh; data again at 1D0h, where it is aligned. */
static uint32_t port_read(struct device *d, unsigned port, unsigned size)
{
    struct vga *v = vga_of(d);
    uint32_t val = port == 0 ? v->r.dispi_index : dispi_read(v, v->r.dispi_index);

    if (port > 2)
        return 0xffff;
    return size == 1 ? val & 0xff : val;
}

/* A byte access gives the low byte; a driver that means it writes sixteen bits. */
static void port_write(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct vga *v = vga_of(d);

    (void)size;
    if (port == 0)
        v->r.dispi_index = (uint16_t)val;
    else if (port <= 2)
        dispi_write(v, v->r.dispi_index, (uint16_t)val);
}

const struct reg dispi_ports[] = {
    /* port count read       write       meaning */
    {0, 4, port_read, port_write, "index and data of the Bochs display interface", 2},
    REG_END,
};

static uint64_t mmio_read(void *opaque, uint64_t off, unsigned size)
{
    struct vga *v = opaque;
    uint8_t edid[128];

    if (off + size <= sizeof edid) {
        edid_make(edid, 1024, 768);
        return le_get(edid + off, size);
    }
    if (off >= 0x400 && off + size <= 0x420) {
        uint64_t val = 0;
        for (unsigned i = 0; i < size; i++)
            val |= (uint64_t)vga_port_read(&v->pci.dev, (unsigned)off - 0x400 + 0x10 + i, 1)
                   << 8 * i;
        return val;
    }
    if (off >= 0x500 && off < 0x500 + 2 * DISPI_REGS)
        return dispi_read(v, ((unsigned)off - 0x500) / 2) & mask_bytes(size);
    if (off == 0x600)
        return 8; /* bytes of registers from here on */
    if (off == 0x604)
        return 0x1e1e1e1e; /* little-endian */
    return off < 0x400 ? 0 : mask_bytes(size);
}

static void mmio_write(void *opaque, uint64_t off, uint64_t val, unsigned size)
{
    struct vga *v = opaque;

    if (off >= 0x400 && off + size <= 0x420) {
        for (unsigned i = 0; i < size; i++)
            vga_port_write(&v->pci.dev, (unsigned)off - 0x400 + 0x10 + i,
                           (uint32_t)(val >> 8 * i) & 0xff, 1);
    } else if (off >= 0x500 && off < 0x500 + 2 * DISPI_REGS && !(off & 1)) {
        dispi_write(v, ((unsigned)off - 0x500) / 2, (uint16_t)val);
    }
}

const struct mem_ops vga_mmio_ops = {.read = mmio_read, .write = mmio_write, .min = 1, .max = 4};

void dispi_reset(struct vga *v)
{
    memset(v->r.dispi, 0, sizeof v->r.dispi);
    v->r.dispi_index = 0;
    v->r.dispi[DISPI_ID] = ID_NEWEST;
    v->r.dispi[DISPI_XRES] = v->r.dispi[DISPI_VIRT_WIDTH] = 640;
    v->r.dispi[DISPI_YRES] = v->r.dispi[DISPI_VIRT_HEIGHT] = 480;
    v->r.dispi[DISPI_BPP] = 8;
}
