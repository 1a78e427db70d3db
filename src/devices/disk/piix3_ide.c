/* piix3_ide.c - the IDE function of the PIIX3, 00:01.1 (Intel 290550, 2.3): configuration space,
 * port decoding, and the bus master of each channel (SFF-8038i revision 1.0). */
#include "devices/disk/drive.h"

#define IDETIM        0x40 /* two words; bit 15 lets the channel answer its ports */
#define IDETIM_DECODE 0x80 /* in the high byte */
#define SIDETIM       0x44

#define BM_START      0x01u
#define BM_TO_MEMORY  0x08u
#define BM_ACTIVE     0x01u
#define BM_ERROR      0x02u
#define BM_INTERRUPT  0x04u
#define BM_CAPABLE    0x60u /* drive 0, 1 capable of DMA: for software to set */
#define PRD_LAST      0x8000u

struct piix3_ide {
    struct pci_device pci;
    struct ide_channel channel[2];
    void (*failed)(void *opaque, const char *sentence);
    void *opaque;
};

static const struct state_field piix3_ide_state[] = {
    STATE_STRUCT(struct piix3_ide, pci, pci_device_state),
    STATE_ARRAY(struct piix3_ide, channel, ide_channel_state),
    STATE_SKIP(struct piix3_ide, failed, "set by the machine"),
    STATE_SKIP(struct piix3_ide, opaque, "set by the machine"), STATE_END};

static struct piix3_ide *of(struct device *d)
{
    return (struct piix3_ide *)d;
}

static bool decodes(struct device *d, unsigned channel)
{
    return of(d)->pci.config[IDETIM + 1 + 2 * channel] & IDETIM_DECODE;
}

void ide_attach(struct device *ide, unsigned channel, unsigned unit, struct block *blk, bool cdrom)
{
    struct ide_drive *d = &of(ide)->channel[channel & 1].drive[unit & 1];

    d->present = cdrom || blk;
    d->cdrom = cdrom;
    d->blk = blk;
    ata_defaults(d);
}

void ide_set_medium(struct device *ide, unsigned channel, unsigned unit, struct block *blk)
{
    struct ide_drive *d = &of(ide)->channel[channel & 1].drive[unit & 1];

    d->blk = blk;
    d->tray_open = false;
    d->media_event = blk ? 2 : 3;
    d->attention = 0x28;
}

void ide_on_host_error(struct device *ide, void (*fn)(void *opaque, const char *sentence),
                       void *opaque)
{
    of(ide)->failed = fn;
    of(ide)->opaque = opaque;
}

void ide_host_error(struct ide_channel *ch, const char *sentence)
{
    struct piix3_ide *s = of(ch->dev);

    if (s->failed)
        s->failed(s->opaque, sentence);
}

void ide_interrupt(struct ide_channel *ch, bool level)
{
    if (level && !device_out_level(ch->dev, ch->index))
        ch->bm.status |= BM_INTERRUPT;
    device_out(ch->dev, ch->index, level);
}

bool bus_master_ready(const struct ide_channel *ch)
{
    return (ch->bm.command & BM_START) && (ch->bm.status & BM_ACTIVE) &&
           pci_may_master((const struct pci_device *)ch->dev);
}

/* The table may not cross 64 KB, so the low half of the address wraps. */
static void fetch_descriptor(struct ide_channel *ch)
{
    struct bus_master *bm = &ch->bm;
    uint8_t prd[8];
    uint32_t count;

    phys_read(ch->dev->env->mem, bm->next, prd, sizeof prd);
    bm->next = (bm->next & 0xffff0000) | ((bm->next + 8) & 0xffff);
    bm->addr = le32_get(prd) & ~1u;
    count = le16_get(prd + 4) & 0xfffeu;
    bm->left = count ? count : 0x10000;
    bm->last = le16_get(prd + 6) & PRD_LAST;
}

uint32_t bus_master_move(struct ide_channel *ch, uint8_t *buf, uint32_t n, bool to_memory)
{
    struct bus_master *bm = &ch->bm;
    uint32_t done = 0;

    while (done < n) {
        if (!bm->left) {
            if (bm->last) {
                bm->status &= (uint8_t)~BM_ACTIVE;
                break;
            }
            fetch_descriptor(ch);
        }
        uint32_t k = (uint32_t)min_u64(n - done, bm->left);
        if (to_memory)
            phys_write(ch->dev->env->mem, bm->addr, buf + done, k);
        else
            phys_read(ch->dev->env->mem, bm->addr, buf + done, k);
        bm->addr += k;
        bm->left -= k;
        done += k;
    }
    return done;
}

/* The drive has ended the command.  ACTIVE stays when the table described more memory than that
 * (2.3.8). */
void bus_master_end(struct ide_channel *ch)
{
    if (!ch->bm.left && ch->bm.last)
        ch->bm.status &= (uint8_t)~BM_ACTIVE;
}

static void bus_master_command(struct ide_channel *ch, uint8_t val)
{
    struct bus_master *bm = &ch->bm;
    bool start = (val & BM_START) && !(bm->command & BM_START);

    bm->command = val & (BM_START | BM_TO_MEMORY);
    if (!(val & BM_START)) {
        bm->status &= (uint8_t)~BM_ACTIVE;
        return;
    }
    if (!start)
        return;
    bm->status |= BM_ACTIVE;
    bm->next = bm->table;
    bm->left = 0;
    bm->last = false;
    ide_bus_master_started(ch);
}

static uint8_t bus_master_read_byte(const struct bus_master *bm, unsigned reg)
{
    switch (reg) {
    case 0:
        return bm->command;
    case 2:
        return bm->status;
    case 4:
    case 5:
    case 6:
    case 7:
        return (uint8_t)(bm->table >> 8 * (reg - 4));
    default:
        return 0;
    }
}

static void bus_master_write_byte(struct ide_channel *ch, unsigned reg, uint8_t val)
{
    struct bus_master *bm = &ch->bm;

    switch (reg) {
    case 0:
        bus_master_command(ch, val);
        break;
    case 2:
        bm->status &= (uint8_t) ~(val & (BM_ERROR | BM_INTERRUPT));
        bm->status = (uint8_t)((bm->status & ~BM_CAPABLE) | (val & BM_CAPABLE));
        break;
    case 4:
    case 5:
    case 6:
    case 7:
        bm->table = (uint32_t)bits_put(bm->table, 8 * (reg - 4), 8, val) & ~3u;
        break;
    }
}

static uint32_t read_bus_master(struct device *d, unsigned port, unsigned size)
{
    uint32_t val = 0;

    for (unsigned i = 0; i < size; i++) {
        unsigned at = (port + i) & 15;
        val |= (uint32_t)bus_master_read_byte(&of(d)->channel[at / 8].bm, at % 8) << 8 * i;
    }
    return val;
}

static void write_bus_master(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        unsigned at = (port + i) & 15;
        bus_master_write_byte(&of(d)->channel[at / 8], at % 8, (uint8_t)(val >> 8 * i));
    }
}

static const struct reg bus_master_regs[] = {
    {0, 16, read_bus_master, write_bus_master, "bus master of both channels", 4}, REG_END};

/* Ports of a channel: bit 7 of the port number tells the secondary from the primary. */
static unsigned channel_of(unsigned port)
{
    return port & 0x80 ? 0 : 1;
}

static uint32_t read_task_file(struct device *d, unsigned port, unsigned size)
{
    unsigned c = channel_of(port);

    if (!decodes(d, c))
        return (uint32_t)mask_bytes(size);
    return ide_channel_read(&of(d)->channel[c], port & 7, size);
}

static void write_task_file(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    unsigned c = channel_of(port);

    if (decodes(d, c))
        ide_channel_write(&of(d)->channel[c], port & 7, val, size);
}

static unsigned read_data_many(struct device *d, unsigned port, void *buf, unsigned size,
                               unsigned count)
{
    unsigned c = channel_of(port);

    if ((port & 7) || !decodes(d, c))
        return 0;
    return ide_channel_read_many(&of(d)->channel[c], buf, size, count);
}

static unsigned write_data_many(struct device *d, unsigned port, const void *buf, unsigned size,
                                unsigned count)
{
    unsigned c = channel_of(port);

    if ((port & 7) || !decodes(d, c))
        return 0;
    return ide_channel_write_many(&of(d)->channel[c], buf, size, count);
}

static uint32_t read_alt_status(struct device *d, unsigned port, unsigned size)
{
    unsigned c = channel_of(port);

    (void)size;
    return decodes(d, c) ? ide_alt_status(&of(d)->channel[c]) : 0xff;
}

static void write_control(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    unsigned c = channel_of(port);

    (void)size;
    if (decodes(d, c))
        ide_device_control(&of(d)->channel[c], (uint8_t)val);
}

static const struct reg piix3_ide_regs[] = {
    /* port  count read             write            meaning            max */
    {0x1f0, 8, read_task_file, write_task_file, "primary task file", 4, read_data_many,
     write_data_many},
    {0x3f6, 1, read_alt_status, write_control, "primary device control", 1},
    {0x170, 8, read_task_file, write_task_file, "secondary task file", 4, read_data_many,
     write_data_many},
    {0x376, 1, read_alt_status, write_control, "secondary device control", 1},
    REG_END};

static void piix3_ide_init(struct device *d)
{
    struct piix3_ide *s = of(d);

    pci_init(&s->pci, 0x8086, 0x7010, 0x010180, 0x00, 0);
    pci_bar_io(&s->pci, 4, bus_master_regs, 16);
    for (unsigned off = IDETIM; off <= SIDETIM; off++)
        s->pci.wmask[off] = 0xff;
    for (unsigned i = 0; i < 2; i++)
        ide_channel_init(&s->channel[i], d, i);
}

static void piix3_ide_fini(struct device *d)
{
    pci_fini(pci_of(d));
    for (unsigned i = 0; i < 2; i++)
        ide_channel_fini(&of(d)->channel[i]);
}

static void piix3_ide_reset(struct device *d)
{
    struct piix3_ide *s = of(d);

    pci_reset(&s->pci);
    le16_put(s->pci.config + PCI_STATUS, 0x0280);
    memset(s->pci.config + IDETIM, 0, SIDETIM - IDETIM + 1);
    for (unsigned i = 0; i < 2; i++)
        ide_channel_reset(&s->channel[i]);
}

/* A saved file may have been made by anyone: keep the buffer's bounds. */
static void check_drive(struct ide_drive *d)
{
    d->len = (uint32_t)min_u64(d->len, IDE_BUFFER);
    d->end = (uint32_t)min_u64(d->end, d->len);
    d->pos = (uint32_t)min_u64(d->pos, d->end);
    d->block = (uint16_t)min_u64(d->block, MAX_MULTIPLE);
    if (!d->spt || !d->heads)
        ata_defaults(d);
}

static void piix3_ide_post_load(struct device *d)
{
    struct piix3_ide *s = of(d);

    pci_post_load(&s->pci);
    for (unsigned i = 0; i < 2; i++)
        for (unsigned u = 0; u < 2; u++)
            check_drive(&s->channel[i].drive[u]);
}

const struct device_class piix3_ide_class = {
    .name = "piix3-ide",
    .bus = BUS_PCI,
    .ports = {0, 0x400},
    .version = 1,
    .size = sizeof(struct piix3_ide),
    .state = piix3_ide_state,
    .regs = piix3_ide_regs,
    .out = {"irq14", "irq15"},
    .init = piix3_ide_init,
    .fini = piix3_ide_fini,
    .reset = piix3_ide_reset,
    .post_load = piix3_ide_post_load,
};
