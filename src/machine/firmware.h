/* firmware.h - the firmware images: SeaBIOS and its VGA BIOS as the system has them, or -bios FILE.
 */
#ifndef MACHINE_FIRMWARE_H
#define MACHINE_FIRMWARE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct config;
struct machine;

struct firmware {
    uint8_t *bios; /* 64 KB to 4 MB, a multiple of 64 KB */
    size_t bios_size;
    uint8_t *vgabios; /* NULL without a VGA */
    size_t vgabios_size;
};

#define FIRMWARE_MAX (4u << 20)

bool firmware_load(struct firmware *f, const struct config *c, struct err *e);
void firmware_fini(struct firmware *f);

/* Maps the BIOS at the top of 4 GB and its last 128 KB below 1 MB. */
void firmware_map(struct machine *m);

/* Tells the firmware about memory, processors and boot order, by CMOS and fw_cfg. */
void firmware_describe(struct machine *m);

/* A whole regular file; NULL with a sentence ("`what` 'path': ..."), also when it is empty or
 * longer than max. */
uint8_t *file_read(const char *path, const char *what, size_t max, size_t *size, struct err *e);

#endif
