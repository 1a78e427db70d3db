/* option_rom.h - the option ROMs of our own, assembled at build time, and their way into fw_cfg. */
#ifndef MACHINE_OPTION_ROM_H
#define MACHINE_OPTION_ROM_H
#include <stddef.h>
#include <stdint.h>

struct device;

struct option_rom {
    const char *name;     /* file under genroms/ */
    const uint8_t *image; /* from the assembler: checksums are still zero */
    const size_t *size;
};

extern const struct option_rom option_rom_linux;
extern const struct option_rom option_rom_multiboot;

/* Fills in the checksums, adds the ROM as a file, and puts it first in the boot order. */
void option_rom_add(struct device *fw_cfg, const struct option_rom *rom);

#endif
