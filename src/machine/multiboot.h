/* multiboot.h - -kernel with a multiboot kernel (Multiboot Specification 0.6.96). */
#ifndef MACHINE_MULTIBOOT_H
#define MACHINE_MULTIBOOT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct machine;

/* A kernel laid out as it stands in memory. */
struct multiboot_image {
    uint8_t *data; /* the caller's to free */
    uint32_t addr, size, entry;
};

/* True when the multiboot header is there, in the first 8 KB. */
bool multiboot_is_kernel(const uint8_t *file, size_t size);

/* Lays the kernel out, by the header's addresses or by the ELF program headers, below `ram`. */
bool multiboot_layout(struct multiboot_image *img, const uint8_t *file, size_t size, uint64_t ram,
                      struct err *e);

/* Adds kernel, modules (the files of -initrd, separated by commas, each with arguments behind a
 * blank) and the information structure to fw_cfg, with the option ROM. */
bool multiboot_setup(struct machine *m, const uint8_t *file, size_t size, struct err *e);

#endif
