/* fw_cfg.c - the firmware configuration device: selector, data register and DMA
 * (QEMU documentation, "QEMU Firmware Configuration (fw_cfg) Device"). */
#include <assert.h>
#include <stdlib.h>
#include "devices/firmware/fw_cfg.h"

#define REG_SELECTOR 0
#define REG_DATA     1
#define REG_DMA      4
#define FW_CFG_PORTS 12

#define ID_PORTS     1u
#define ID_DMA       2u
#define KEY_WRITE    0x4000u /* asks for write access, which no item grants */
#define NOTHING      0xffffu

/* Control word of a DMA access, as it stands in memory when read big-endian. */
#define DMA_ERROR    0x01u
#define DMA_READ     0x02u
#define DMA_SKIP     0x04u
#define DMA_SELECT   0x08u
#define DMA_WRITE    0x10u

struct fw_item {
    uint16_t key;
    uint32_t len;
    uint8_t *data;
    char name[FW_CFG_NAME_MAX]; /* empty: not a file */
};

struct fw_cfg {
    struct device dev;
    VEC(struct fw_item) items;
    uint16_t selector;
    uint32_t offset;
    uint8_t dma_addr[8]; /* big-endian */
};

static const struct state_field fw_cfg_state[] = {
    STATE_SKIP(struct fw_cfg, dev, "belongs to the host"),
    STATE_SKIP(struct fw_cfg, items, "set by the machine, read only"),
    STATE_INT(struct fw_cfg, selector),
    STATE_INT(struct fw_cfg, offset),
    STATE_INTS(struct fw_cfg, dma_addr),
    STATE_END};

static const uint8_t dma_signature[8] = {'Q', 'E', 'M', 'U', ' ', 'C', 'F', 'G'};

static struct fw_cfg *of(struct device *d)
{
    return (struct fw_cfg *)d;
}

static struct fw_item *find(struct fw_cfg *s, uint16_t key)
{
    for (size_t i = 0; i < s->items.len; i++)
        if (s->items.at[i].key == key)
            return &s->items.at[i];
    return NULL;
}

static struct fw_item *set_item(struct fw_cfg *s, uint16_t key, const void *data, size_t len)
{
    struct fw_item *it = find(s, key);

    assert(len <= UINT32_MAX);
    if (!it) {
        vec_push(&s->items, ((struct fw_item){.key = key}));
        it = &s->items.at[s->items.len - 1];
    }
    free(it->data);
    it->data = xmalloc(len ? len : 1);
    if (len)
        memcpy(it->data, data, len);
    it->len = (uint32_t)len;
    return it;
}

void fw_cfg_add_bytes(struct device *d, uint16_t key, const void *data, size_t len)
{
    set_item(of(d), key, data, len);
}

void fw_cfg_add_u16(struct device *d, uint16_t key, uint16_t val)
{
    uint8_t le[2];

    le16_put(le, val);
    fw_cfg_add_bytes(d, key, le, sizeof le);
}

void fw_cfg_add_u32(struct device *d, uint16_t key, uint32_t val)
{
    uint8_t le[4];

    le32_put(le, val);
    fw_cfg_add_bytes(d, key, le, sizeof le);
}

/* The directory: count, then size, key and name of each file, big-endian. */
static void make_directory(struct fw_cfg *s)
{
    uint8_t *dir = xcalloc(4 + 64 * (s->items.len + 1), 1);
    uint32_t count = 0;

    for (size_t i = 0; i < s->items.len; i++) {
        const struct fw_item *it = &s->items.at[i];
        uint8_t *entry = dir + 4 + 64 * (size_t)count;

        if (!it->name[0])
            continue;
        be32_put(entry, it->len);
        entry[4] = (uint8_t)(it->key >> 8);
        entry[5] = (uint8_t)it->key;
        memcpy(entry + 8, it->name, FW_CFG_NAME_MAX);
        count++;
    }
    be32_put(dir, count);
    set_item(s, FW_CFG_FILE_DIR, dir, 4 + 64 * (size_t)count);
    free(dir);
}

void fw_cfg_add_file(struct device *d, const char *name, const void *data, size_t len)
{
    struct fw_cfg *s = of(d);
    uint16_t key = FW_CFG_FILE_FIRST;
    struct fw_item *it;

    assert(name[0] && strlen(name) < FW_CFG_NAME_MAX);
    for (size_t i = 0; i < s->items.len; i++) {
        if (!strcmp(s->items.at[i].name, name)) {
            key = s->items.at[i].key;
            break;
        }
        if (s->items.at[i].name[0])
            key = (uint16_t)max_u64(key, s->items.at[i].key + 1u);
    }
    it = set_item(s, key, data, len);
    strcpy(it->name, name);
    make_directory(s);
}

static void select_item(struct fw_cfg *s, uint16_t key)
{
    s->selector = key & (uint16_t)~KEY_WRITE;
    s->offset = 0;
}

/* The next bytes of the selected item, as many of n as are left; past its end there are zeros. */
static uint32_t take(struct fw_cfg *s, uint8_t *buf, uint32_t n)
{
    const struct fw_item *it = find(s, s->selector);
    uint32_t left = it && s->offset < it->len ? it->len - s->offset : 0;
    uint32_t k = (uint32_t)min_u64(n, left);

    if (k)
        memcpy(buf, it->data + s->offset, k);
    s->offset += k;
    return k;
}

static void dma_read(struct fw_cfg *s, uint64_t to, uint32_t n)
{
    uint8_t chunk[4096];

    while (n) {
        uint32_t k = (uint32_t)min_u64(n, sizeof chunk);
        uint32_t got = take(s, chunk, k);

        memset(chunk + got, 0, k - got);
        phys_write(s->dev.env->mem, to, chunk, k);
        to += k;
        n -= k;
    }
}

static void run_dma(struct fw_cfg *s)
{
    struct physmem *mem = s->dev.env->mem;
    uint64_t at = (uint64_t)be32_get(s->dma_addr) << 32 | be32_get(s->dma_addr + 4);
    uint8_t access[16], done[4] = {0};
    uint32_t control, length;

    memset(s->dma_addr, 0, sizeof s->dma_addr);
    phys_read(mem, at, access, sizeof access);
    control = be32_get(access);
    length = be32_get(access + 4);
    if (control & DMA_SELECT)
        select_item(s, (uint16_t)(control >> 16));
    if (control & DMA_READ)
        dma_read(s, (uint64_t)be32_get(access + 8) << 32 | be32_get(access + 12), length);
    else if (control & DMA_WRITE)
        be32_put(done, DMA_ERROR);
    else if (control & DMA_SKIP)
        s->offset = (uint32_t)min_u64((uint64_t)s->offset + length, UINT32_MAX);
    phys_write(mem, at, done, sizeof done);
}

static uint32_t read_data(struct device *d, unsigned port, unsigned size)
{
    uint8_t bytes[4] = {0};

    (void)port;
    take(of(d), bytes, size);
    return le32_get(bytes);
}

static unsigned read_data_many(struct device *d, unsigned port, void *buf, unsigned size,
                               unsigned count)
{
    if (port != REG_DATA || size != 1)
        return 0;
    return take(of(d), buf, count);
}

static void write_selector(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    if (port == REG_SELECTOR && size == 2)
        select_item(of(d), (uint16_t)val);
}

static uint32_t read_dma(struct device *d, unsigned port, unsigned size)
{
    uint32_t val = 0;

    (void)d;
    for (unsigned i = 0; i < size; i++)
        val |= (uint32_t)dma_signature[(port - REG_DMA + i) & 7] << 8 * i;
    return val;
}

/* The write of the last byte starts the access. */
static void write_dma(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct fw_cfg *s = of(d);
    unsigned at = port - REG_DMA;

    for (unsigned i = 0; i < size; i++)
        s->dma_addr[(at + i) & 7] = (uint8_t)(val >> 8 * i);
    if (at + size == 8)
        run_dma(s);
}

static void fw_cfg_init(struct device *d)
{
    fw_cfg_add_bytes(d, FW_CFG_SIGNATURE, "QEMU", 4);
    fw_cfg_add_u32(d, FW_CFG_ID, ID_PORTS | ID_DMA);
    make_directory(of(d));
}

static void fw_cfg_fini(struct device *d)
{
    struct fw_cfg *s = of(d);

    for (size_t i = 0; i < s->items.len; i++)
        free(s->items.at[i].data);
    vec_fini(&s->items);
}

static void fw_cfg_reset(struct device *d)
{
    struct fw_cfg *s = of(d);

    s->selector = NOTHING;
    s->offset = 0;
    memset(s->dma_addr, 0, sizeof s->dma_addr);
}

static const struct reg fw_cfg_regs[] = {
    /* port count read    write           meaning              max */
    {REG_SELECTOR, 2, read_data, write_selector, "selector and data", 2, read_data_many, NULL},
    {REG_DMA, 8, read_dma, write_dma, "DMA address", 4},
    REG_END};

const struct device_class fw_cfg_class = {
    .name = "fw-cfg",
    .bus = BUS_SYSTEM,
    .ports = {0x510, FW_CFG_PORTS},
    .version = 1,
    .size = sizeof(struct fw_cfg),
    .state = fw_cfg_state,
    .regs = fw_cfg_regs,
    .init = fw_cfg_init,
    .fini = fw_cfg_fini,
    .reset = fw_cfg_reset,
};
