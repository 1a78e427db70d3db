/* multiboot.c - lays out a multiboot kernel and its modules for the option ROM. */
#include "machine/multiboot.h"
#include <stdlib.h>
#include <string.h>
#include "base/bits.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/vec.h"
#include "devices/firmware/fw_cfg.h"
#include "machine/machine.h"
#include "machine/option_rom.h"

#define MB_MAGIC     0x1badb002u
#define MB_SEARCH    8192
#define MB_ADDRS     0x10000u /* header flag: the address fields are valid (3.1.2) */
#define MB_REQUIRED  0xffffu  /* flags that a loader must know: bits 0 to 2 are */
#define MB_IMAGE_MAX (512u << 20)

/* The information structure (3.3) lies at 20000h with its strings and the list of modules behind;
 * the ROM writes the memory map INFO_MAP bytes in. */
#define INFO_ADDR    0x20000u
#define INFO_SIZE    0xe000u
#define INFO_MAP     0xf000u
#define INFO_END     0x30000u /* the ROM's stack, too */

/* Below 1 MB a kernel must not touch the BIOS's data. */
#define LOW_START    0x1000u
#define LOW_END      0x9f000u

/* The header's offset, or -1. */
static long find_header(const uint8_t *file, size_t size)
{
    for (size_t i = 0; i + 12 <= min_u64(size, MB_SEARCH); i += 4) {
        if (le32_get(file + i) == MB_MAGIC &&
            le32_get(file + i) + le32_get(file + i + 4) + le32_get(file + i + 8) == 0)
            return (long)i;
    }
    return -1;
}

bool multiboot_is_kernel(const uint8_t *file, size_t size)
{
    return find_header(file, size) >= 0;
}

static bool fits(uint64_t addr, uint64_t end, uint64_t ram)
{
    return (addr >= LOW_START && end <= INFO_ADDR) || (addr >= INFO_END && end <= LOW_END) ||
           (addr >= 0x100000 && end <= ram);
}

static bool image_new(struct multiboot_image *img, uint64_t addr, uint64_t end, uint64_t ram,
                      struct err *e)
{
    if (end <= addr || end - addr > MB_IMAGE_MAX)
        return err_set(e, "the multiboot kernel's addresses make no sense");
    if (!fits(addr, end, ram))
        return err_set(e,
                       "the multiboot kernel's addresses %#llx to %#llx are not all in free memory "
                       "(%#x to %#x, %#x to %#x, or 1 to %u MB)",
                       (unsigned long long)addr, (unsigned long long)end, LOW_START, INFO_ADDR,
                       INFO_END, LOW_END, (unsigned)(ram >> 20));
    img->addr = (uint32_t)addr;
    img->size = (uint32_t)(end - addr);
    img->data = xcalloc(img->size, 1);
    return true;
}

/* By the address fields: header, load, load end, bss end, entry (3.1.3). */
static bool layout_by_header(struct multiboot_image *img, const uint8_t *file, size_t size,
                             size_t at, uint64_t ram, struct err *e)
{
    if (at + 32 > size)
        return err_set(e, "the multiboot header is cut short");
    const uint8_t *h = file + at;
    uint32_t header = le32_get(h + 12), load = le32_get(h + 16), load_end = le32_get(h + 20);
    uint32_t bss_end = le32_get(h + 24);

    if (header < load || header - load > at)
        return err_set(e, "the multiboot header's addresses make no sense");
    size_t from = at - (header - load);
    uint64_t n = load_end ? (uint64_t)load_end - load : size - from;
    if ((load_end && load_end < load) || n > size - from)
        return err_set(e, "the multiboot kernel is cut short");
    img->entry = le32_get(h + 28);
    if (!image_new(img, load, max_u64(load + n, bss_end), ram, e))
        return false;
    memcpy(img->data, file + from, n);
    return true;
}

#define ELF_PHDR_SIZE 32

/* Program header i of an ELF32 file, or NULL when it does not lie in the file. */
static const uint8_t *elf_segment(const uint8_t *file, size_t size, unsigned i)
{
    uint64_t at = le32_get(file + 28) + (uint64_t)i * le16_get(file + 42);
    const uint8_t *ph = file + at;

    if (at + ELF_PHDR_SIZE > size)
        return NULL;
    uint64_t off = le32_get(ph + 4), filesz = le32_get(ph + 16), memsz = le32_get(ph + 20);
    return off + filesz <= size && filesz <= memsz ? ph : NULL;
}

static bool layout_by_elf(struct multiboot_image *img, const uint8_t *file, size_t size,
                          uint64_t ram, struct err *e)
{
    uint64_t lo = UINT64_MAX, hi = 0;

    if (size < 52 || memcmp(file, "\177ELF\1\1", 6))
        return err_set(e, "the multiboot kernel is neither ELF32 nor says where it loads");
    unsigned n = le16_get(file + 44);
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *ph = elf_segment(file, size, i);
        if (!ph)
            return err_set(e, "the ELF kernel is cut short");
        if (le32_get(ph) != 1 || !le32_get(ph + 20))
            continue;
        lo = min_u64(lo, le32_get(ph + 12));
        hi = max_u64(hi, (uint64_t)le32_get(ph + 12) + le32_get(ph + 20));
    }
    if (!image_new(img, lo, hi, ram, e))
        return false;
    img->entry = le32_get(file + 24);
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *ph = elf_segment(file, size, i);
        uint32_t vaddr = le32_get(ph + 8), paddr = le32_get(ph + 12), memsz = le32_get(ph + 20);
        if (le32_get(ph) != 1 || !memsz)
            continue;
        memcpy(img->data + (paddr - img->addr), file + le32_get(ph + 4), le32_get(ph + 16));
        if (paddr != vaddr && le32_get(file + 24) >= vaddr && le32_get(file + 24) - vaddr < memsz)
            img->entry = le32_get(file + 24) - vaddr + paddr;
    }
    return true;
}

bool multiboot_layout(struct multiboot_image *img, const uint8_t *file, size_t size, uint64_t ram,
                      struct err *e)
{
    long at = find_header(file, size);
    uint32_t flags = le32_get(file + at + 4);

    *img = (struct multiboot_image){0};
    if (flags & MB_REQUIRED & ~7u)
        return err_set(e, "the multiboot kernel wants features %#x that are unknown",
                       flags & MB_REQUIRED & ~7u);
    if (flags & MB_ADDRS)
        return layout_by_header(img, file, size, (size_t)at, ram, e);
    return layout_by_elf(img, file, size, ram, e);
}

/* What goes to the guest beside the kernel: the structure with strings, and the modules in a row.
 */
struct info {
    uint8_t bytes[INFO_SIZE];
    uint32_t used;
    uint32_t mods_at, mods;
    uint8_t *module;
    size_t module_size;
    uint32_t module_addr;
};

#define MODS_MAX 64

/* Copies a string behind the structure; its address, or 0 when there is no room. */
static uint32_t info_string(struct info *in, const char *s)
{
    size_t n = strlen(s) + 1;
    uint32_t at = in->used;

    if (n > INFO_SIZE - at)
        return 0;
    memcpy(in->bytes + at, s, n);
    in->used += (uint32_t)n;
    return INFO_ADDR + at;
}

/* "FILE ARGUMENTS": the string is the whole of it (3.3, "mods_*"). */
static bool add_module(struct info *in, const char *spec, uint64_t ram, struct err *e)
{
    char *path = xstrdup(spec);
    uint64_t at = in->module_size;
    size_t size;

    path[strcspn(path, " ")] = 0;
    uint8_t *data = file_read(path, "module", MB_IMAGE_MAX, &size, e);
    free(path);
    if (!data)
        return false;
    uint8_t *row = in->bytes + in->mods_at + 16 * in->mods;
    uint64_t end = at + ((size + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1));
    uint32_t name = in->mods < MODS_MAX ? info_string(in, spec) : 0;
    if (!name || in->module_addr + end > ram) {
        free(data);
        return err_set(e, "module '%s' does not fit into memory", spec);
    }
    in->module = realloc(in->module, end);
    if (!in->module)
        in->module = xmalloc(end);
    memset(in->module + at, 0, end - at);
    memcpy(in->module + at, data, size);
    free(data);
    le32_put(row, (uint32_t)(in->module_addr + at));
    le32_put(row + 4, (uint32_t)(in->module_addr + at + size));
    le32_put(row + 8, name);
    in->module_size = end;
    in->mods++;
    return true;
}

static bool add_modules(struct info *in, const char *list, uint64_t ram, struct err *e)
{
    char *copy = xstrdup(list), *save = NULL;
    bool ok = true;

    for (char *s = strtok_r(copy, ",", &save); s && ok; s = strtok_r(NULL, ",", &save))
        ok = add_module(in, s, ram, e);
    free(copy);
    return ok;
}

/* Fills in the structure: memory, command line, modules, memory map, loader's name. */
static bool fill_info(struct machine *m, struct info *in, struct err *e)
{
    const struct config *c = m->config;
    uint64_t ram = m->map.below_4g;
    uint8_t *i = in->bytes;
    char *line = xmalloc(strlen(c->kernel) + 2 + (c->append ? strlen(c->append) : 0));

    in->mods_at = 128;
    in->used = in->mods_at + 16 * MODS_MAX;
    strcpy(line, c->kernel);
    if (c->append)
        strcat(strcat(line, " "), c->append);
    le32_put(i, 0x1 | 0x4 | 0x8 | 0x40 | 0x200);
    le32_put(i + 4, 640);
    le32_put(i + 8, ram > 1 << 20 ? (uint32_t)((ram - (1 << 20)) >> 10) : 0);
    le32_put(i + 16, info_string(in, line));
    free(line);
    le32_put(i + 64, info_string(in, "Bygone"));
    if (!le32_get(i + 16) || !le32_get(i + 64))
        return err_set(e, "-append is too long");
    if (c->initrd && !add_modules(in, c->initrd, ram, e))
        return false;
    le32_put(i + 20, in->mods);
    le32_put(i + 24, INFO_ADDR + in->mods_at);
    le32_put(i + 48, INFO_ADDR + INFO_MAP);
    return true;
}

static void add_all(struct device *fw, const struct multiboot_image *img, const struct info *in)
{
    fw_cfg_add_u32(fw, FW_CFG_SETUP_ADDR, INFO_ADDR);
    fw_cfg_add_u32(fw, FW_CFG_SETUP_SIZE, INFO_SIZE);
    fw_cfg_add_bytes(fw, FW_CFG_SETUP_DATA, in->bytes, INFO_SIZE);
    fw_cfg_add_u32(fw, FW_CFG_KERNEL_ADDR, img->addr);
    fw_cfg_add_u32(fw, FW_CFG_KERNEL_SIZE, img->size);
    fw_cfg_add_u32(fw, FW_CFG_KERNEL_ENTRY, img->entry);
    fw_cfg_add_bytes(fw, FW_CFG_KERNEL_DATA, img->data, img->size);
    fw_cfg_add_u32(fw, FW_CFG_INITRD_ADDR, in->module_addr);
    fw_cfg_add_u32(fw, FW_CFG_INITRD_SIZE, (uint32_t)in->module_size);
    fw_cfg_add_bytes(fw, FW_CFG_INITRD_DATA, in->module, in->module_size);
    option_rom_add(fw, &option_rom_multiboot);
}

bool multiboot_setup(struct machine *m, const uint8_t *file, size_t size, struct err *e)
{
    struct multiboot_image img;
    struct info *in = xcalloc(1, sizeof(*in));
    bool ok = multiboot_layout(&img, file, size, m->map.below_4g, e);

    if (ok) {
        in->module_addr = (img.addr + img.size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
        if (in->module_addr < 0x100000)
            in->module_addr = 0x100000;
        ok = fill_info(m, in, e);
    }
    if (ok)
        add_all(m->board.fw_cfg, &img, in);
    free(in->module);
    free(in);
    free(img.data);
    return ok;
}
