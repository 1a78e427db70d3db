/* vga_core.h - the inside of the display adapter, shared by the files of this folder.
 *
 * Video memory is kept as the four planes interleaved: byte n of plane p is byte 4 n + p of the
 * frame buffer.  So one 32-bit word holds what the latches hold, chain-4 addressing is the
 * identity, and the packed-pixel modes of the Bochs interface use the same bytes.
 *
 * Addressing modes of the VGA differ from silicon in one respect: where the chip leaves holes in
 * the planes (odd/even addressing uses every second byte, chain-4 every fourth), the bytes here lie
 * side by side, and the CRT controller's word and doubleword modes, which skip those holes, count
 * bytes. A program sees the difference only if it fills memory in one addressing mode and looks at
 * it in another.
 *
 * Who answers at A0000h: a region of functions (vga_mem.c) over the whole 128 KB, and above it a
 * region of plain RAM whenever what the functions would do is to store the bytes as they are. */
#ifndef DEVICES_VIDEO_VGA_CORE_H
#define DEVICES_VIDEO_VGA_CORE_H
#include "devices/pci/pci.h"
#include "devices/video/vga.h"

#define VGA_CRTC_REGS 0x19
#define VGA_ATTR_REGS 0x15
#define VGA_TEXT_COLS 256
#define VGA_TEXT_ROWS 256

/* Registers of the Bochs display interface. */
enum dispi_reg {
    DISPI_ID,
    DISPI_XRES,
    DISPI_YRES,
    DISPI_BPP,
    DISPI_ENABLE,
    DISPI_BANK,
    DISPI_VIRT_WIDTH,
    DISPI_VIRT_HEIGHT,
    DISPI_X_OFFSET,
    DISPI_Y_OFFSET,
    DISPI_MEMORY_64K,
    DISPI_REGS
};

enum {
    DISPI_ENABLED = 0x01,
    DISPI_GETCAPS = 0x02,
    DISPI_8BIT_DAC = 0x20,
    DISPI_LFB_ENABLED = 0x40,
    DISPI_NOCLEARMEM = 0x80
};

/* Registers by the names of the IBM VGA reference; indices as the guest writes them. */
struct vga_regs {
    uint8_t misc, feature;
    uint8_t seq_index, crtc_index, gc_index, attr_index;
    uint8_t seq[8], gc[16], crtc[32], attr[32];
    bool attr_data;      /* the next write to 3C0h is data */
    uint8_t dac[256][3]; /* red, green, blue; 6 or 8 bits */
    uint8_t dac_mask;
    uint8_t dac_read, dac_write; /* index of the entry */
    uint8_t dac_part;            /* 0..2: the colour within it */
    bool dac_reading;            /* 3C7h was written last */
    uint32_t latch;              /* plane p in bits 8p..8p+7 */
    uint16_t dispi_index;
    uint16_t dispi[DISPI_REGS];
};
extern const struct state_field vga_regs_state[];

struct vga {
    struct pci_device pci; /* of the ISA form, dev alone is used */
    struct vga_regs r;
    uint64_t ram_off; /* of video memory in RAM space */
    uint8_t *ram;
    uint64_t rom_off;
    struct region window; /* A0000h-BFFFFh, functions */
    struct region linear; /* A0000h-AFFFFh, plain */
    struct region frame_buffer, mmio, rom;
    bool touched;         /* since the last draw */
    unsigned drawn_phase; /* of blinking */
    struct surface surface;
    size_t pixels;         /* room in surface.pixels */
    uint32_t palette[256]; /* DAC as pixels, made at each draw */
    struct text_screen text;
};

static inline struct vga *vga_of(struct device *d)
{
    return (struct vga *)d;
}

/* vga.c */
bool vga_dispi_on(const struct vga *v);
/* Puts the window of plain RAM where the registers say, after any of them changed. */
void vga_update_window(struct vga *v);

/* vga_ports.c: ports 3B0h-3DFh, relative to 3B0h. */
extern const struct reg vga_ports[];
uint32_t vga_port_read(struct device *d, unsigned port, unsigned size);
void vga_port_write(struct device *d, unsigned port, uint32_t val, unsigned size);
void vga_regs_reset(struct vga *v);

/* vga_mem.c */
extern const struct mem_ops vga_window_ops;
bool vga_window_is_plain(const struct vga *v);

/* bochs_dispi.c: ports 1CEh-1D1h, relative to 1CEh, and the page of BAR2. */
extern const struct reg dispi_ports[];
extern const struct mem_ops vga_mmio_ops;
void dispi_reset(struct vga *v);
unsigned dispi_line_bytes(const struct vga *v);

/* edid.c: a monitor that prefers `width` x `height`; fills 128 bytes. */
void edid_make(uint8_t edid[128], unsigned width, unsigned height);

/* vga_draw.c */
const struct surface *vga_draw(void *opaque, bool *changed);
/* Room for a surface of that size; the pixels stay undefined. */
void vga_surface_size(struct vga *v, unsigned width, unsigned height);
/* The colour of an attribute (0..15) as a pixel. */
uint32_t vga_attr_colour(const struct vga *v, unsigned attr);
bool vga_is_text(const struct vga *v);
/* What is on when characters blink (bit 0) and when the cursor does (bit 1). */
unsigned vga_blink_phase(const struct vga *v);

/* Where the CRT controller is in memory at the start of a scan line. */
struct vga_line {
    unsigned word;     /* of four planes */
    unsigned row_scan; /* line within the character row */
    bool split;        /* below line compare */
};
struct vga_line vga_line_at(const struct vga *v, unsigned scan);
static inline bool vga_double_scan(const struct vga *v)
{
    return v->r.crtc[0x09] & 0x80;
}

/* vga_text.c */
void vga_draw_text(struct vga *v);
const struct text_screen *vga_text(void *opaque);

/* CRT controller fields that are spread over registers. */
static inline unsigned vga_lines(const struct vga *v) /* displayed scan lines */
{
    const uint8_t *c = v->r.crtc;

    return (c[0x12] | (c[0x07] & 0x02) << 7 | (c[0x07] & 0x40) << 3) + 1u;
}

static inline unsigned vga_line_compare(const struct vga *v)
{
    const uint8_t *c = v->r.crtc;

    return c[0x18] | (c[0x07] & 0x10u) << 4 | (c[0x09] & 0x40u) << 3;
}

static inline unsigned vga_start_address(const struct vga *v)
{
    return v->r.crtc[0x0c] << 8 | v->r.crtc[0x0d];
}

/* The distance from a row to the next, in words of four planes. */
static inline unsigned vga_pitch(const struct vga *v)
{
    return v->r.crtc[0x13] * 2u;
}

#endif
