/* linux_boot.c - prepares a Linux kernel as a boot loader does, and hands it to the option ROM.
 *
 * Offsets are those of the real-mode kernel header (Linux, Documentation/x86/boot.rst). */
#include "machine/linux_boot.h"
#include <stdlib.h>
#include <string.h>
#include "base/bits.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/vec.h"
#include "devices/firmware/fw_cfg.h"
#include "machine/machine.h"
#include "machine/multiboot.h"
#include "machine/option_rom.h"

enum {
    HDR_SETUP_SECTS = 0x1f1,
    HDR_VID_MODE = 0x1fa,
    HDR_BOOT_FLAG = 0x1fe,
    HDR_MAGIC = 0x202,
    HDR_VERSION = 0x206,
    HDR_LOADER = 0x210,
    HDR_LOADFLAGS = 0x211,
    HDR_INITRD_ADDR = 0x218,
    HDR_INITRD_SIZE = 0x21c,
    HDR_HEAP_END = 0x224,
    HDR_CMDLINE = 0x228,
    HDR_INITRD_MAX = 0x22c,
    HDR_CMDLINE_SIZE = 0x238
};

#define LOADED_HIGH  0x01
#define CAN_USE_HEAP 0x80

/* Left free at the top of memory: the BIOS keeps its tables there. */
#define BIOS_TABLES  0x28000u

bool linux_is_kernel(const uint8_t *file, size_t size)
{
    return size >= 1024 && le16_get(file + HDR_BOOT_FLAG) == 0xaa55 &&
           !memcmp(file + HDR_MAGIC, "HdrS", 4);
}

/* vga= is for the boot loader: a number, or normal, ext or ask. */
static void set_video_mode(uint8_t *setup, const char *append)
{
    const char *p = append ? strstr(append, "vga=") : NULL;

    if (!p || (p != append && p[-1] != ' '))
        return;
    p += 4;
    if (!strncmp(p, "normal", 6))
        le16_put(setup + HDR_VID_MODE, 0xffff);
    else if (!strncmp(p, "ext", 3))
        le16_put(setup + HDR_VID_MODE, 0xfffe);
    else if (!strncmp(p, "ask", 3))
        le16_put(setup + HDR_VID_MODE, 0xfffd);
    else
        le16_put(setup + HDR_VID_MODE, (uint16_t)strtoul(p, NULL, 0));
}

/* As high as the kernel and the machine allow ("Loading ramdisk"). */
static bool place_initrd(struct linux_image *img, uint64_t ram, unsigned version, size_t size,
                         struct err *e)
{
    uint64_t top =
        version >= 0x203 ? (uint64_t)le32_get(img->setup + HDR_INITRD_MAX) + 1 : 0x38000000;

    top = min_u64(top, ram > BIOS_TABLES ? ram - BIOS_TABLES : 0);
    if (img->kernel_addr + (uint64_t)img->kernel_size + size > top)
        return err_set(e, "kernel and initrd do not fit into %u MB of memory",
                       (unsigned)(ram >> 20));
    img->initrd_addr = (uint32_t)((top - size) & ~(uint64_t)(PAGE_SIZE - 1));
    le32_put(img->setup + HDR_INITRD_ADDR, img->initrd_addr);
    le32_put(img->setup + HDR_INITRD_SIZE, (uint32_t)size);
    return true;
}

static bool place_cmdline(struct linux_image *img, unsigned version, const char *append,
                          struct err *e)
{
    size_t len = append ? strlen(append) : 0;
    size_t max = version >= 0x206 ? le32_get(img->setup + HDR_CMDLINE_SIZE) : 255;

    if (len > max)
        return err_set(e, "-append is longer than the %zu bytes that this kernel takes", max);
    if (version >= 0x202) {
        le32_put(img->setup + HDR_CMDLINE, img->cmdline_addr);
    } else {
        le16_put(img->setup + 0x20, 0xa33f);
        le16_put(img->setup + 0x22, (uint16_t)(img->cmdline_addr - img->setup_addr));
    }
    return true;
}

bool linux_prepare(struct linux_image *img, const uint8_t *file, size_t size, uint64_t ram,
                   const char *append, size_t initrd_size, struct err *e)
{
    unsigned sects = file[HDR_SETUP_SECTS] ? file[HDR_SETUP_SECTS] : 4;
    unsigned version = le16_get(file + HDR_VERSION);
    bool high = version >= 0x200 && (file[HDR_LOADFLAGS] & LOADED_HIGH);

    *img = (struct linux_image){.setup_size = (sects + 1) * 512};
    if (size <= img->setup_size)
        return err_set(e, "the kernel is cut short: %zu bytes", size);
    img->setup = xmalloc(img->setup_size);
    memcpy(img->setup, file, img->setup_size);
    img->kernel = file + img->setup_size;
    img->kernel_size = size - img->setup_size;
    img->setup_addr = high ? 0x10000 : 0x90000;
    img->kernel_addr = high ? 0x100000 : 0x10000;
    img->cmdline_addr = high ? 0x20000 : 0x9a000;
    if (img->kernel_addr + (uint64_t)img->kernel_size > (high ? ram : 0x90000))
        return err_set(e, "the kernel does not fit into %u MB of memory", (unsigned)(ram >> 20));

    img->setup[HDR_LOADER] = 0xff; /* a loader without a number of its own */
    if (version >= 0x201) {
        img->setup[HDR_LOADFLAGS] |= CAN_USE_HEAP;
        le16_put(img->setup + HDR_HEAP_END,
                 (uint16_t)(img->cmdline_addr - img->setup_addr - 0x400));
    }
    set_video_mode(img->setup, append);
    if (initrd_size && version < 0x200)
        return err_set(e, "this kernel is too old for an initrd");
    return place_cmdline(img, version, append, e) &&
           (!initrd_size || place_initrd(img, ram, version, initrd_size, e));
}

/* A piece for the ROM: where it goes, how long it is, its bytes. */
static void add_piece(struct device *fw, uint16_t addr_key, uint16_t size_key, uint16_t data_key,
                      uint32_t addr, const void *data, size_t size)
{
    fw_cfg_add_u32(fw, addr_key, addr);
    fw_cfg_add_u32(fw, size_key, (uint32_t)size);
    fw_cfg_add_bytes(fw, data_key, data, size);
}

static bool add_linux(struct machine *m, const uint8_t *file, size_t size, const uint8_t *initrd,
                      size_t initrd_size, struct err *e)
{
    const char *append = m->config->append ? m->config->append : "";
    struct device *fw = m->board.fw_cfg;
    struct linux_image img;
    bool ok = linux_prepare(&img, file, size, m->map.below_4g, append, initrd_size, e);

    if (ok) {
        add_piece(fw, FW_CFG_SETUP_ADDR, FW_CFG_SETUP_SIZE, FW_CFG_SETUP_DATA, img.setup_addr,
                  img.setup, img.setup_size);
        add_piece(fw, FW_CFG_KERNEL_ADDR, FW_CFG_KERNEL_SIZE, FW_CFG_KERNEL_DATA, img.kernel_addr,
                  img.kernel, img.kernel_size);
        add_piece(fw, FW_CFG_INITRD_ADDR, FW_CFG_INITRD_SIZE, FW_CFG_INITRD_DATA, img.initrd_addr,
                  initrd, initrd_size);
        add_piece(fw, FW_CFG_CMDLINE_ADDR, FW_CFG_CMDLINE_SIZE, FW_CFG_CMDLINE_DATA,
                  img.cmdline_addr, append, strlen(append) + 1);
        option_rom_add(fw, &option_rom_linux);
    }
    free(img.setup);
    return ok;
}

#define KERNEL_MAX (1u << 30)

bool linux_boot_setup(struct machine *m, struct err *e)
{
    const struct config *c = m->config;
    size_t size, initrd_size = 0;
    uint8_t *initrd = NULL;
    bool ok = false;

    if (!c->kernel)
        return true;
    uint8_t *file = file_read(c->kernel, "kernel", KERNEL_MAX, &size, e);
    if (!file)
        return false;
    if (multiboot_is_kernel(file, size)) {
        ok = multiboot_setup(m, file, size, e);
    } else if (!linux_is_kernel(file, size)) {
        err_set(e, "cannot use kernel '%s': it is neither a Linux nor a multiboot kernel",
                c->kernel);
    } else if (!c->initrd ||
               (initrd = file_read(c->initrd, "initrd", KERNEL_MAX, &initrd_size, e))) {
        ok = add_linux(m, file, size, initrd, initrd_size, e);
    }
    free(file);
    free(initrd);
    return ok;
}
