/* linux_boot.h - -kernel, -initrd and -append: a Linux kernel handed to our option ROM through
 * fw_cfg. */
#ifndef MACHINE_LINUX_BOOT_H
#define MACHINE_LINUX_BOOT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct machine;

/* The kernel cut into what the option ROM copies, and where to. */
struct linux_image {
    uint8_t *setup; /* real-mode code, with the header filled in */
    size_t setup_size;
    const uint8_t *kernel; /* protected-mode code, inside the file */
    size_t kernel_size;
    uint32_t setup_addr, kernel_addr, cmdline_addr, initrd_addr;
};

/* True when the file has the boot protocol's marks (Linux, boot.rst, "The Real-Mode Kernel
 * Header"). */
bool linux_is_kernel(const uint8_t *file, size_t size);

/* Cuts the file and fills in the header for a machine with `ram` bytes below 4 GB.  `setup` is the
 * caller's to free. */
bool linux_prepare(struct linux_image *img, const uint8_t *file, size_t size, uint64_t ram,
                   const char *append, size_t initrd_size, struct err *e);

/* Reads the files that the configuration names and adds them to fw_cfg, with the option ROM. */
bool linux_boot_setup(struct machine *m, struct err *e);

#endif
