/* option_rom.c - finishes our option ROMs and hands them to the firmware. */
#include "machine/option_rom.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/vec.h"
#include "devices/firmware/fw_cfg.h"

/* The assembler's output as C arrays (machine/module.mk). */
extern const uint8_t rom_linuxboot[], rom_mbboot[];
extern const size_t rom_linuxboot_size, rom_mbboot_size;

const struct option_rom option_rom_linux = {"linuxboot.bin", rom_linuxboot, &rom_linuxboot_size};
const struct option_rom option_rom_multiboot = {"multiboot.bin", rom_mbboot, &rom_mbboot_size};

#define ROM_SUM_AT 4 /* the byte behind the header's return */
#define PNP_SUM_AT 9

/* Sets the byte at `at` so that all n bytes add up to zero. */
static void fix_sum(uint8_t *p, size_t n, size_t at)
{
    uint8_t sum = 0;

    p[at] = 0;
    for (size_t i = 0; i < n; i++)
        sum = (uint8_t)(sum + p[i]);
    p[at] = (uint8_t)-sum;
}

void option_rom_add(struct device *fw_cfg, const struct option_rom *rom)
{
    size_t size = *rom->size;
    uint8_t *image = xmalloc(size);
    char name[64], order[80];
    uint16_t pnp;

    memcpy(image, rom->image, size);
    pnp = le16_get(image + 0x1a);
    fix_sum(image + pnp, 32, PNP_SUM_AT);
    fix_sum(image, size, ROM_SUM_AT);
    snprintf(name, sizeof(name), "genroms/%s", rom->name);
    snprintf(order, sizeof(order), "/rom@%s\n", name);
    fw_cfg_add_file(fw_cfg, name, image, size);
    fw_cfg_add_file(fw_cfg, "bootorder", order, strlen(order) + 1);
    free(image);
}
