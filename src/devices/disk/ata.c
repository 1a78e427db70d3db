/* ata.c - the commands that go through the task file alone (ATA/ATAPI-6, chapter 8). */
#include "devices/disk/drive.h"

enum { EXT = 1, MULT = 2, WRITE = 4 };
enum { ANY, DISK, PACKET };

#define CMD_WRITE_BUFFER 0xe8u
#define LBA28_END        0x0fffffffull

uint64_t ata_sectors(const struct ide_drive *d)
{
    return d->blk && !d->cdrom ? d->blk->size / SECTOR : 0;
}

/* What power-on and SET FEATURES CCh give. */
void ata_defaults(struct ide_drive *d)
{
    ata_native_geometry(ata_sectors(d), &d->cyls, &d->heads, &d->spt);
    d->transfer_mode = 0;
    d->write_cache = d->look_ahead = true;
}

static bool uses_lba(const struct ide_drive *d, unsigned flags)
{
    return (flags & EXT) || (d->ch->device & DEV_LBA);
}

/* The address in the task file; false where the current translation has no such sector. */
static bool get_address(const struct ide_drive *d, unsigned flags, uint64_t *lba)
{
    unsigned head = d->ch->device & 0x0f;
    unsigned cyl = d->reg[TF_MID] | (unsigned)d->reg[TF_HIGH] << 8;

    *lba = d->reg[TF_LOW] | (uint64_t)d->reg[TF_MID] << 8 | (uint64_t)d->reg[TF_HIGH] << 16;
    if (flags & EXT) {
        *lba |= (uint64_t)d->prev[TF_LOW] << 24 | (uint64_t)d->prev[TF_MID] << 32 |
                (uint64_t)d->prev[TF_HIGH] << 40;
        return true;
    }
    if (uses_lba(d, flags)) {
        *lba |= (uint64_t)head << 24;
        return true;
    }
    if (d->reg[TF_LOW] == 0 || d->reg[TF_LOW] > d->spt || head >= d->heads)
        return false;
    *lba = ((uint64_t)cyl * d->heads + head) * d->spt + d->reg[TF_LOW] - 1u;
    return true;
}

static void put_chs(struct ide_drive *d, uint64_t lba)
{
    uint64_t track = lba / d->spt, cyl = track / d->heads;

    d->reg[TF_LOW] = (uint8_t)(lba % d->spt + 1);
    d->reg[TF_MID] = (uint8_t)cyl;
    d->reg[TF_HIGH] = (uint8_t)(cyl >> 8);
    d->ch->device = (uint8_t)((d->ch->device & 0xf0) | (track % d->heads & 0x0f));
}

static void put_address(struct ide_drive *d, unsigned flags, uint64_t lba)
{
    if (!uses_lba(d, flags)) {
        if (d->spt && d->heads)
            put_chs(d, lba);
        return;
    }
    d->reg[TF_LOW] = (uint8_t)lba;
    d->reg[TF_MID] = (uint8_t)(lba >> 8);
    d->reg[TF_HIGH] = (uint8_t)(lba >> 16);
    if (flags & EXT) {
        d->prev[TF_LOW] = (uint8_t)(lba >> 24);
        d->prev[TF_MID] = (uint8_t)(lba >> 32);
        d->prev[TF_HIGH] = (uint8_t)(lba >> 40);
    } else {
        d->ch->device = (uint8_t)((d->ch->device & 0xf0) | (lba >> 24 & 0x0f));
    }
}

static uint32_t get_count(const struct ide_drive *d, unsigned flags)
{
    uint32_t n = d->reg[TF_COUNT];

    if (flags & EXT) {
        n |= (uint32_t)d->prev[TF_COUNT] << 8;
        return n ? n : 65536;
    }
    return n ? n : 256;
}

/* Takes address and count; fails the command when they are not all on the medium. */
static bool take_address(struct ide_drive *d, unsigned flags)
{
    uint64_t lba;
    uint32_t n = get_count(d, flags);

    if (!get_address(d, flags, &lba) || lba + n > ata_sectors(d)) {
        ide_fail(d, ER_IDNF | ER_ABRT);
        return false;
    }
    d->lba = lba;
    d->left = n;
    d->writing = flags & WRITE;
    return true;
}

/* Brings or stores n sectors at lba, and counts them. */
static bool media_transfer(struct ide_drive *d, uint32_t n)
{
    uint64_t off = d->lba * SECTOR;
    bool ok = d->writing ? ide_blk_write(d, off, d->buf, n * SECTOR)
                         : ide_blk_read(d, off, d->buf, n * SECTOR);

    if (!ok) {
        ide_fail(d, d->writing ? ER_ABRT : ER_UNC);
        if (d->writing)
            d->status |= ST_DF;
        return false;
    }
    d->lba += n;
    d->left -= n;
    return true;
}

static unsigned command_flags(const struct ide_drive *d);

/* At the end the task file names the last sector, and the count is zero. */
static void store_position(struct ide_drive *d)
{
    put_address(d, command_flags(d), d->lba - 1);
    d->reg[TF_COUNT] = (uint8_t)d->left;
}

static void begin_read_block(struct ide_drive *d)
{
    uint32_t n = (uint32_t)min_u64(d->left, d->block);

    if (!media_transfer(d, n))
        return;
    store_position(d);
    d->pos = 0;
    d->len = n * SECTOR;
    ide_data_in(d, d->len);
}

static void begin_write_block(struct ide_drive *d, bool interrupt)
{
    d->pos = 0;
    d->len = (uint32_t)min_u64(d->left, d->block) * SECTOR;
    ide_data_out(d, d->len, interrupt);
}

/* READ and WRITE SECTOR(S) and MULTIPLE. */
static void transfer_pio(struct ide_drive *d, unsigned flags)
{
    d->block = flags & MULT ? d->multiple : 1;
    if (!d->block) {
        ide_fail(d, ER_ABRT);
        return;
    }
    if ((flags & WRITE) && d->blk->readonly) {
        ide_fail(d, ER_ABRT | ER_WP);
        return;
    }
    if (!take_address(d, flags))
        return;
    if (flags & WRITE)
        begin_write_block(d, false);
    else
        begin_read_block(d);
}

/* The next block of a PIO transfer: what was written goes to the medium first. */
void ata_next(struct ide_drive *d)
{
    if (!d->writing) {
        begin_read_block(d);
        return;
    }
    if (d->command == CMD_WRITE_BUFFER) {
        ide_finish(d);
        return;
    }
    if (!media_transfer(d, d->len / SECTOR))
        return;
    store_position(d);
    if (d->left)
        begin_write_block(d, true);
    else
        ide_finish(d);
}

/* Sectors that the next buffer of a DMA transfer holds. */
static uint32_t dma_sectors(const struct ide_drive *d)
{
    return (uint32_t)min_u64(d->left, IDE_BUFFER / SECTOR);
}

static void wait_for_buffer(struct ide_drive *d)
{
    ide_busy(d, PHASE_DMA, (uint64_t)dma_sectors(d) * SECTOR * IDE_NS_DMA_BYTE);
}

static void transfer_dma(struct ide_drive *d, unsigned flags)
{
    if ((flags & WRITE) && d->blk->readonly) {
        ide_fail(d, ER_ABRT | ER_WP);
        return;
    }
    if (!take_address(d, flags))
        return;
    d->dma = true;
    wait_for_buffer(d);
}

/* One buffer, and then the next by an event of its own; when the descriptors end too early the
 * drive waits for more. */
void ata_dma(struct ide_drive *d)
{
    if (d->pos == d->end) {
        uint32_t n = dma_sectors(d);

        d->pos = 0;
        d->end = d->len = n * SECTOR;
        if (!d->writing && !media_transfer(d, n))
            return;
    }
    d->pos += bus_master_move(d->ch, d->buf + d->pos, d->end - d->pos, !d->writing);
    if (d->pos < d->end) {
        d->phase = PHASE_DMA_WAIT;
        return;
    }
    if (d->writing && !media_transfer(d, d->len / SECTOR))
        return;
    if (d->left) {
        wait_for_buffer(d);
        return;
    }
    store_position(d);
    bus_master_end(d->ch);
    ide_finish(d);
}

static void verify(struct ide_drive *d, unsigned flags)
{
    if (!take_address(d, flags))
        return;
    d->lba += d->left;
    d->left = 0;
    store_position(d);
    ide_finish(d);
}

static void seek(struct ide_drive *d, unsigned flags)
{
    uint64_t lba;

    if (!get_address(d, flags, &lba) || lba >= ata_sectors(d))
        ide_fail(d, ER_IDNF | ER_ABRT);
    else
        ide_finish(d);
}

static void recalibrate(struct ide_drive *d, unsigned flags)
{
    (void)flags;
    d->reg[TF_MID] = d->reg[TF_HIGH] = 0;
    ide_finish(d);
}

static void abort_command(struct ide_drive *d, unsigned flags)
{
    (void)flags;
    ide_fail(d, ER_ABRT);
}

/* Both drives run it, device 0 reports. */
static void diagnostic(struct ide_drive *d, unsigned flags)
{
    struct ide_channel *ch = d->ch;

    (void)flags;
    ide_diagnostic_passed(ch);
    if (!ch->drive[0].present)
        return;
    uint8_t status = ch->drive[0].status;
    ide_finish(&ch->drive[0]);
    ch->drive[0].status = status;
}

static void set_translation(struct ide_drive *d, unsigned flags)
{
    uint64_t cyls;

    (void)flags;
    if (!d->reg[TF_COUNT]) {
        ide_fail(d, ER_ABRT);
        return;
    }
    d->spt = d->reg[TF_COUNT];
    d->heads = (uint16_t)((d->ch->device & 0x0f) + 1);
    cyls = ata_sectors(d) / ((uint64_t)d->spt * d->heads);
    d->cyls = (uint16_t)min_u64(cyls, 65535);
    ide_finish(d);
}

static void standby(struct ide_drive *d, unsigned flags)
{
    (void)flags;
    d->standby = true;
    ide_finish(d);
}

static void idle(struct ide_drive *d, unsigned flags)
{
    (void)flags;
    d->standby = false;
    ide_finish(d);
}

static void check_power(struct ide_drive *d, unsigned flags)
{
    (void)flags;
    d->reg[TF_COUNT] = d->standby ? 0x00 : 0xff;
    ide_finish(d);
}

/* Only a reset wakes it. */
static void sleep_command(struct ide_drive *d, unsigned flags)
{
    (void)flags;
    ide_finish(d);
    d->asleep = true;
}

static void set_multiple(struct ide_drive *d, unsigned flags)
{
    uint8_t n = d->reg[TF_COUNT];

    (void)flags;
    if (n > MAX_MULTIPLE || (n & (n - 1))) {
        ide_fail(d, ER_ABRT);
        return;
    }
    d->multiple = n;
    ide_finish(d);
}

static void flush_cache(struct ide_drive *d, unsigned flags)
{
    (void)flags;
    if (ide_blk_flush(d)) {
        ide_finish(d);
    } else {
        ide_fail(d, ER_ABRT);
        d->status |= ST_DF;
    }
}

/* The buffer commands share the first sector of buf, which keeps what the last transfer left there.
 */
static void read_buffer(struct ide_drive *d, unsigned flags)
{
    (void)flags;
    d->len = SECTOR;
    ide_data_in(d, SECTOR);
}

static void write_buffer(struct ide_drive *d, unsigned flags)
{
    (void)flags;
    d->writing = true;
    d->len = SECTOR;
    ide_data_out(d, SECTOR, false);
}

static void identify(struct ide_drive *d, unsigned flags)
{
    (void)flags;
    ata_identify(d, d->buf);
    d->len = SECTOR;
    ide_data_in(d, SECTOR);
}

static void identify_packet(struct ide_drive *d, unsigned flags)
{
    (void)flags;
    atapi_identify(d, d->buf);
    d->len = SECTOR;
    ide_data_in(d, SECTOR);
}

static void read_native_max(struct ide_drive *d, unsigned flags)
{
    uint64_t last = ata_sectors(d) - 1;

    if (!uses_lba(d, flags)) {
        ide_fail(d, ER_ABRT);
        return;
    }
    put_address(d, flags, flags & EXT ? last : min_u64(last, LBA28_END - 1));
    ide_finish(d);
}

/* PIO default and flow control, multiword DMA 0-2, Ultra DMA 0-5 (8.46.10). */
static bool known_transfer_mode(uint8_t mode)
{
    unsigned n = mode & 7;

    switch (mode >> 3) {
    case 0:
        return n <= 1;
    case 1:
        return n <= 4;
    case 4:
        return n <= 2;
    case 8:
        return n <= 5;
    default:
        return false;
    }
}

static void set_features(struct ide_drive *d, unsigned flags)
{
    bool ok = true;

    (void)flags;
    switch (d->reg[TF_FEATURE]) {
    case 0x02:
        d->write_cache = true;
        break;
    case 0x82:
        d->write_cache = false;
        ok = ide_blk_flush(d);
        break;
    case 0x03:
        ok = known_transfer_mode(d->reg[TF_COUNT]);
        if (ok)
            d->transfer_mode = d->reg[TF_COUNT];
        break;
    case 0xaa:
        d->look_ahead = true;
        break;
    case 0x55:
        d->look_ahead = false;
        break;
    case 0x66: /* keep, or give up, settings at a soft reset: they are kept anyway */
    case 0xcc:
        break;
    default:
        ok = false;
        break;
    }
    if (ok)
        ide_finish(d);
    else
        ide_fail(d, ER_ABRT);
}

static const struct ata_command {
    uint8_t first, last, who, flags;
    void (*run)(struct ide_drive *d, unsigned flags);
    const char *name;
} ata_commands[] = {
#define ATA_ROW(first, last, who, run, flags, name) {first, last, who, flags, run, name},
#include "devices/disk/ata.def"
#undef ATA_ROW
};

static const struct ata_command *find_command(const struct ide_drive *d)
{
    for (unsigned i = 0; i < ARRAY_LEN(ata_commands); i++) {
        const struct ata_command *c = &ata_commands[i];
        if (d->command >= c->first && d->command <= c->last)
            return c->who == ANY || (c->who == PACKET) == d->cdrom ? c : NULL;
    }
    return NULL;
}

static unsigned command_flags(const struct ide_drive *d)
{
    const struct ata_command *c = find_command(d);
    return c ? c->flags : 0;
}

/* Runs the command in the command register.  A packet device answers a disk's commands by showing
 * its signature (8.15, 8.34). */
void ata_command(struct ide_drive *d)
{
    const struct ata_command *c = find_command(d);

    if (log_on(d->ch->dev->env->log, LOG_DEVICE))
        log_print(d->ch->dev->env->log, "ide%u.%u: %02x %s\n", d->ch->index, d->unit, d->command,
                  c ? c->name : "not supported");
    if (c) {
        c->run(d, c->flags);
        return;
    }
    if (d->cdrom)
        ide_signature(d);
    ide_fail(d, ER_ABRT);
}
