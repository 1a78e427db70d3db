/* firmware.c - finds the firmware images, maps them, and tells them what the machine has. */
#include "machine/firmware.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/bytes.h"
#include "base/err.h"
#include "devices/firmware/fw_cfg.h"
#include "devices/timer/mc146818.h"
#include "machine/machine.h"

#define SEABIOS_DIR "/usr/share/seabios/"

static bool file_fill(FILE *f, const char *path, const char *what, uint8_t *buf, size_t n,
                      struct err *e)
{
    if (fread(buf, 1, n, f) == n)
        return true;
    if (ferror(f))
        return err_errno(e, "cannot read %s '%s'", what, path);
    return err_set(e, "cannot read %s '%s': it became shorter meanwhile", what, path);
}

uint8_t *file_read(const char *path, const char *what, size_t max, size_t *size, struct err *e)
{
    struct stat st;
    uint8_t *buf = NULL;
    FILE *f = fopen(path, "rb");

    if (!f || fstat(fileno(f), &st)) {
        err_errno(e, "cannot open %s '%s'", what, path);
    } else if (S_ISDIR(st.st_mode)) {
        err_set(e, "cannot use %s '%s': it is a directory", what, path);
    } else if (!S_ISREG(st.st_mode)) {
        err_set(e, "cannot use %s '%s': it is not a regular file", what, path);
    } else if (st.st_size == 0) {
        err_set(e, "cannot use %s '%s': it is empty", what, path);
    } else if ((uint64_t)st.st_size > max) {
        err_set(e, "cannot use %s '%s': it is larger than %zu MB", what, path, max >> 20);
    } else {
        *size = (size_t)st.st_size;
        buf = xmalloc(*size);
        if (!file_fill(f, path, what, buf, *size, e)) {
            free(buf);
            buf = NULL;
        }
    }
    if (f)
        fclose(f);
    return buf;
}

bool firmware_load(struct firmware *f, const struct config *c, struct err *e)
{
    const char *path = c->bios ? c->bios : SEABIOS_DIR "bios-256k.bin";

    f->bios = file_read(path, "firmware", FIRMWARE_MAX, &f->bios_size, e);
    if (!f->bios)
        return false;
    if (f->bios_size % 0x10000)
        return err_set(e, "cannot use firmware '%s': its size is not a multiple of 64 KB", path);
    if (c->no_vga)
        return true;
    f->vgabios =
        file_read(SEABIOS_DIR "vgabios-stdvga.bin", "VGA BIOS", 0x10000, &f->vgabios_size, e);
    return f->vgabios != NULL;
}

void firmware_fini(struct firmware *f)
{
    free(f->bios);
    free(f->vgabios);
    *f = (struct firmware){0};
}

static void map_rom(struct machine *m, struct region *r, const char *name, uint64_t base,
                    uint64_t size, uint64_t off)
{
    region_init_ram(r, name, base, size, 1, off);
    r->wr = false;
    physmem_add(&m->mem, r);
}

void firmware_map(struct machine *m)
{
    struct firmware *f = &m->firmware;
    size_t low = f->bios_size < 0x20000 ? f->bios_size : 0x20000;
    uint64_t off = ram_alloc(&m->ram, f->bios_size);

    memcpy(m->ram.host + off, f->bios, f->bios_size);
    ram_touch(&m->mem, off, f->bios_size);
    map_rom(m, &m->map.bios, "bios", (1ull << 32) - f->bios_size, f->bios_size, off);
    map_rom(m, &m->map.bios_low, "bios-low", 0x100000 - low, low, off + f->bios_size - low);
}

/* Extended memory as the firmware reads it from CMOS (SeaBIOS, "Memory configuration"): in KB above
 * 1 MB, in 64 KB above 16 MB, and in 64 KB above 4 GB. */
static void describe_memory(struct machine *m)
{
    struct device *rtc = m->board.rtc;
    uint64_t below = m->map.below_4g, above = m->map.above_4g >> 16;
    uint64_t kb = below > 1 << 20 ? (below - (1 << 20)) >> 10 : 0;
    uint64_t blocks = below > 16 << 20 ? (below - (16 << 20)) >> 16 : 0;

    kb = min_u64(kb, 0xffff);
    rtc_cmos_set(rtc, 0x15, 640 & 0xff);
    rtc_cmos_set(rtc, 0x16, 640 >> 8);
    rtc_cmos_set(rtc, 0x17, (uint8_t)kb);
    rtc_cmos_set(rtc, 0x18, (uint8_t)(kb >> 8));
    rtc_cmos_set(rtc, 0x30, (uint8_t)kb);
    rtc_cmos_set(rtc, 0x31, (uint8_t)(kb >> 8));
    rtc_cmos_set(rtc, 0x34, (uint8_t)blocks);
    rtc_cmos_set(rtc, 0x35, (uint8_t)(blocks >> 8));
    for (unsigned i = 0; i < 3; i++)
        rtc_cmos_set(rtc, (uint8_t)(0x5b + i), (uint8_t)(above >> i * 8));
}

/* etc/e820: rows of address, length and type; type 1 is RAM. */
static void describe_e820(struct machine *m)
{
    uint8_t table[40];
    size_t n = 20;

    le64_put(table, 0);
    le64_put(table + 8, m->map.below_4g);
    le32_put(table + 16, 1);
    if (m->map.above_4g) {
        le64_put(table + 20, 1ull << 32);
        le64_put(table + 28, m->map.above_4g);
        le32_put(table + 36, 1);
        n = 40;
    }
    fw_cfg_add_file(m->board.fw_cfg, "etc/e820", table, n);
}

/* Up to three devices in nibbles of 3Dh and the high half of 38h: 1 floppy, 2 disk, 3 CD-ROM. */
static void describe_boot(struct machine *m)
{
    static const char letters[] = "-acd";
    const char *order = m->config->boot.order;
    uint8_t code[3] = {0};

    for (unsigned i = 0; order[i] && i < 3; i++)
        code[i] = (uint8_t)(strchr(letters, order[i]) - letters);
    rtc_cmos_set(m->board.rtc, 0x3d, (uint8_t)(code[0] | code[1] << 4));
    rtc_cmos_set(m->board.rtc, 0x38, (uint8_t)(code[2] << 4 | 1));
    fw_cfg_add_u16(m->board.fw_cfg, FW_CFG_BOOT_MENU, m->config->boot.menu);
}

void firmware_describe(struct machine *m)
{
    struct device *fw = m->board.fw_cfg;
    uint8_t one = 1, size[8];

    describe_memory(m);
    describe_e820(m);
    describe_boot(m);
    rtc_cmos_set(m->board.rtc, 0x14, 0x06); /* equipment: FPU, PS/2 mouse */
    rtc_cmos_set(m->board.rtc, 0x5f, 0);    /* processors but one */
    le64_put(size, m->config->memory);
    fw_cfg_add_bytes(fw, FW_CFG_RAM_SIZE, size, 8);
    fw_cfg_add_u16(fw, FW_CFG_NB_CPUS, 1);
    fw_cfg_add_u16(fw, FW_CFG_MAX_CPUS, 1);
    fw_cfg_add_bytes(fw, FW_CFG_IRQ0_OVERRIDE, &one, 1);
}
