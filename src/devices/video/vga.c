/* vga.c - the display adapter as a device: its tables, its place on the bus, its windows. */
#include "devices/video/vga.h"
#include <stdlib.h>
#include "devices/video/vga_core.h"

/* Priorities in the memory map: over system RAM, under the chipset's SMRAM. */
enum { PRIO_WINDOW = 1, PRIO_LINEAR = 2, PRIO_BAR = 1 };

static const struct state_field vga_state[] = {
    STATE_STRUCT(struct vga, pci, pci_device_state),
    STATE_STRUCT(struct vga, r, vga_regs_state),
    STATE_SKIP(struct vga, ram_off, "fixed at init; video memory is saved with RAM space"),
    STATE_SKIP(struct vga, ram, "belongs to the host"),
    STATE_SKIP(struct vga, rom_off, "fixed at init"),
    STATE_SKIP(struct vga, window, "follows from the registers"),
    STATE_SKIP(struct vga, linear, "follows from the registers"),
    STATE_SKIP(struct vga, frame_buffer, "follows from the registers"),
    STATE_SKIP(struct vga, mmio, "follows from the registers"),
    STATE_SKIP(struct vga, rom, "follows from the registers"),
    STATE_SKIP(struct vga, touched, "of drawing"),
    STATE_SKIP(struct vga, drawn_phase, "of drawing"),
    STATE_SKIP(struct vga, surface, "of drawing"),
    STATE_SKIP(struct vga, pixels, "of drawing"),
    STATE_SKIP(struct vga, palette, "of drawing"),
    STATE_SKIP(struct vga, text, "of drawing"),
    STATE_END,
};

void vga_update_window(struct vga *v)
{
    struct physmem *mem = v->pci.dev.env->mem;
    bool plain = vga_window_is_plain(v);
    uint64_t ram = v->ram_off + ((uint64_t)v->r.dispi[DISPI_BANK] << 16);

    if (plain && v->linear.ram != ram) {
        v->linear.ram = ram;
        region_move(mem, &v->linear, v->linear.base);
    }
    region_route(mem, &v->linear, plain, plain);
}

static void init_common(struct vga *v)
{
    const struct device_env *env = v->pci.dev.env;

    v->ram_off = ram_alloc(env->mem->ram, VGA_RAM_SIZE);
    v->ram = env->mem->ram->host + v->ram_off;
    region_init_ops(&v->window, "vga-window", 0xa0000, 0x20000, PRIO_WINDOW, &vga_window_ops, v);
    region_init_ram(&v->linear, "vga-linear", 0xa0000, 0x10000, PRIO_LINEAR, v->ram_off);
    v->linear.rd = v->linear.wr = false;
    physmem_add(env->mem, &v->window);
    physmem_add(env->mem, &v->linear);
    io_map(env->io, &v->pci.dev, vga_ports, 0x3b0);
    io_map(env->io, &v->pci.dev, dispi_ports, 0x1ce);
    v->text.cells = xcalloc(VGA_TEXT_COLS * VGA_TEXT_ROWS, sizeof *v->text.cells);
}

static void fini_common(struct vga *v)
{
    const struct device_env *env = v->pci.dev.env;

    io_unmap(env->io, &v->pci.dev, vga_ports);
    io_unmap(env->io, &v->pci.dev, dispi_ports);
    physmem_remove(env->mem, &v->window);
    physmem_remove(env->mem, &v->linear);
    free(v->surface.pixels);
    free(v->text.cells);
}

static void reset_common(struct vga *v)
{
    vga_regs_reset(v);
    dispi_reset(v);
    v->touched = true;
    vga_update_window(v);
}

static void vga_isa_init(struct device *d)
{
    init_common(vga_of(d));
}

static void vga_isa_fini(struct device *d)
{
    fini_common(vga_of(d));
}

static void vga_isa_reset(struct device *d)
{
    reset_common(vga_of(d));
}

static void vga_isa_post_load(struct device *d)
{
    struct vga *v = vga_of(d);

    v->r.dac_part %= 3;
    v->r.dispi[DISPI_BANK] %= VGA_RAM_SIZE >> 16;
    v->touched = true;
    vga_update_window(v);
}

static void vga_pci_init(struct device *d)
{
    struct vga *v = vga_of(d);

    init_common(v);
    v->rom_off = ram_alloc(d->env->mem->ram, VGA_ROM_SIZE);
    pci_init(&v->pci, 0x1234, 0x1111, 0x030000, 2, 0);
    le16_put(v->pci.config + PCI_SUBSYSTEM_VENDOR_ID, 0x1af4);
    le16_put(v->pci.config + PCI_SUBSYSTEM_ID, 0x1100);
    region_init_ram(&v->frame_buffer, "vga-frame-buffer", 0, VGA_RAM_SIZE, PRIO_BAR, v->ram_off);
    region_init_ops(&v->mmio, "vga-mmio", 0, 0x1000, PRIO_BAR, &vga_mmio_ops, v);
    region_init_ram(&v->rom, "vga-rom", 0, VGA_ROM_SIZE, PRIO_BAR, v->rom_off);
    pci_bar_mem(&v->pci, 0, &v->frame_buffer, PCI_BAR_PREFETCH);
    pci_bar_mem(&v->pci, 2, &v->mmio, PCI_BAR_PLAIN);
    pci_bar_rom(&v->pci, &v->rom);
}

static void vga_pci_fini(struct device *d)
{
    pci_fini(pci_of(d));
    fini_common(vga_of(d));
}

static void vga_pci_reset(struct device *d)
{
    pci_reset(pci_of(d));
    reset_common(vga_of(d));
}

static void vga_pci_post_load(struct device *d)
{
    pci_post_load(pci_of(d));
    vga_isa_post_load(d);
}

const struct device_class vga_pci_class = {
    .name = "vga-pci",
    .bus = BUS_PCI,
    .version = 1,
    .size = sizeof(struct vga),
    .state = vga_state,
    .init = vga_pci_init,
    .fini = vga_pci_fini,
    .reset = vga_pci_reset,
    .post_load = vga_pci_post_load,
};

const struct device_class vga_isa_class = {
    .name = "vga-isa",
    .bus = BUS_ISA,
    .version = 1,
    .size = sizeof(struct vga),
    .state = vga_state,
    .init = vga_isa_init,
    .fini = vga_isa_fini,
    .reset = vga_isa_reset,
    .post_load = vga_isa_post_load,
};

bool vga_set_rom(struct device *d, const void *image, size_t n)
{
    struct vga *v = vga_of(d);

    if (n > VGA_ROM_SIZE)
        return false;
    memcpy(d->env->mem->ram->host + v->rom_off, image, n);
    ram_touch(d->env->mem, v->rom_off, n);
    return true;
}

void vga_display(struct device *d, struct display_source *out)
{
    *out = (struct display_source){.opaque = d, .draw = vga_draw, .text = vga_text};
}
