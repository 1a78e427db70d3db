/* vga.h - the display adapter: a VGA with the Bochs display interface, on PCI or ISA.
 *
 * The PCI form is the one that SeaBIOS's vgabios-stdvga.bin and the guests' drivers know: vendor
 * 1234h, device 1111h, BAR0 a frame buffer of 16 MB, BAR2 a page of registers, and an expansion
 * ROM. */
#ifndef DEVICES_VIDEO_VGA_H
#define DEVICES_VIDEO_VGA_H
#include "devices/device.h"
#include "host/display.h"

#define VGA_RAM_SIZE 0x1000000u
#define VGA_ROM_SIZE 0x10000u

extern const struct device_class vga_pci_class; /* begins with struct pci_device; attach it */
extern const struct device_class vga_isa_class; /* the VGA's ports and windows alone */

/* Fills the expansion ROM; false when the image is larger than VGA_ROM_SIZE.  PCI form only. */
bool vga_set_rom(struct device *d, const void *image, size_t n);

/* What a UI draws; good as long as the device lives. */
void vga_display(struct device *d, struct display_source *out);

#endif
