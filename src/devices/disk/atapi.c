/* atapi.c - the PACKET command: how packets, their data and their end travel over the task file
 * (ATA/ATAPI-6, 8.23 and 9.8). */
#include "devices/disk/drive.h"

/* Interrupt reason, in the sector count register: command or data, and its direction. */
enum { REASON_CD = 1, REASON_IO = 2 };

#define FEATURE_DMA    1u
#define KEY_NOT_READY  2
#define KEY_ILLEGAL    5
#define KEY_ATTENTION  6
#define ASC_NO_MEDIUM  0x3a
#define ASC_BAD_OPCODE 0x20
#define ASC_POWER_ON   0x29
#define ASC_READ_ERROR 0x11
#define STREAM_SECTORS (IDE_BUFFER / CD_SECTOR)

bool atapi_has_medium(const struct ide_drive *d)
{
    return d->blk && !d->tray_open;
}

uint32_t atapi_capacity(const struct ide_drive *d)
{
    return d->blk ? (uint32_t)min_u64((d->blk->size + CD_SECTOR - 1) / CD_SECTOR, 0x7fffffff) : 0;
}

void atapi_sense(struct ide_drive *d, uint8_t key, uint8_t asc, uint8_t ascq)
{
    d->sense_key = key;
    d->asc = asc;
    d->ascq = ascq;
}

void atapi_reset(struct ide_drive *d)
{
    atapi_sense(d, 0, 0, 0);
    d->attention = ASC_POWER_ON;
    d->media_event = 0;
    d->locked = false;
}

static void end_packet(struct ide_drive *d)
{
    d->reg[TF_COUNT] = REASON_CD | REASON_IO;
    d->left = 0;
    if (d->dma)
        bus_master_end(d->ch);
}

void atapi_done(struct ide_drive *d)
{
    atapi_sense(d, 0, 0, 0);
    end_packet(d);
    ide_finish(d);
}

void atapi_check(struct ide_drive *d, uint8_t key, uint8_t asc, uint8_t ascq)
{
    atapi_sense(d, key, asc, ascq);
    end_packet(d);
    ide_fail(d, (uint8_t)(key << 4 | (key == KEY_ILLEGAL ? ER_ABRT : 0)));
}

/* PACKET was written: the drive asks for the packet at once. */
void atapi_start(struct ide_drive *d)
{
    unsigned limit = d->reg[TF_MID] | (unsigned)d->reg[TF_HIGH] << 8;

    d->dma = d->reg[TF_FEATURE] & FEATURE_DMA;
    /* 0 and FFFFh stand for the most there is; an odd limit is one too large (8.23.4). */
    d->limit = (uint16_t)(limit == 0 ? 0xfffe : limit & 0xfffe);
    if (d->limit == 0)
        d->limit = 2;
    d->reg[TF_COUNT] = REASON_CD;
    d->status = ST_DRDY | ST_DRQ;
    d->phase = PHASE_CDB;
    d->pos = 0;
    d->end = d->len = sizeof d->packet;
}

/* Brings the next sectors of a stream into buf. */
static bool refill(struct ide_drive *d)
{
    uint32_t n = (uint32_t)min_u64(d->left, STREAM_SECTORS);
    uint64_t off = d->lba * CD_SECTOR;
    size_t have =
        (size_t)min_u64(n * CD_SECTOR, d->blk ? d->blk->size - min_u64(off, d->blk->size) : 0);

    if (!atapi_has_medium(d)) {
        atapi_check(d, KEY_NOT_READY, ASC_NO_MEDIUM, 0);
        return false;
    }
    memset(d->buf + have, 0, n * CD_SECTOR - have);
    if (have && !ide_blk_read(d, off, d->buf, have)) {
        atapi_check(d, 3, ASC_READ_ERROR, 0);
        return false;
    }
    d->lba += n;
    d->left -= n;
    d->pos = 0;
    d->len = n * CD_SECTOR;
    return true;
}

/* How long the next buffer of a stream takes by DMA. */
static uint64_t stream_ns(const struct ide_drive *d)
{
    return min_u64(d->left, STREAM_SECTORS) * CD_SECTOR * IDE_NS_DMA_BYTE;
}

/* One DRQ block of what is in buf from pos on. */
static void next_block(struct ide_drive *d, bool in)
{
    uint32_t n = (uint32_t)min_u64(d->len - d->pos, d->limit);

    d->reg[TF_COUNT] = in ? REASON_IO : 0;
    d->reg[TF_MID] = (uint8_t)n;
    d->reg[TF_HIGH] = (uint8_t)(n >> 8);
    if (in)
        ide_data_in(d, n);
    else
        ide_data_out(d, n, true);
}

/* The guest has moved a block. */
void atapi_next(struct ide_drive *d)
{
    if (d->pos >= d->len && d->left && !refill(d))
        return;
    if (d->pos < d->len)
        next_block(d, !d->writing);
    else
        atapi_done(d);
}

/* Data is ready to go: by the bus master, or block by block. */
static void begin_data(struct ide_drive *d, uint64_t bytes)
{
    if (d->dma)
        ide_busy(d, PHASE_DMA, bytes * IDE_NS_DMA_BYTE);
    else
        atapi_next(d);
}

void atapi_reply(struct ide_drive *d, uint32_t n, uint32_t alloc)
{
    d->pos = d->end = 0;
    d->len = (uint32_t)min_u64(n, alloc);
    if (!d->len)
        atapi_done(d);
    else
        begin_data(d, d->len);
}

void atapi_stream(struct ide_drive *d, uint64_t lba, uint32_t count)
{
    d->lba = lba;
    d->left = count;
    d->pos = d->end = d->len = 0;
    if (!count)
        atapi_done(d);
    else
        ide_busy(d, d->dma ? PHASE_DMA : PHASE_NEXT, IDE_NS_PACKET + (d->dma ? stream_ns(d) : 0));
}

void atapi_sink(struct ide_drive *d, uint32_t n)
{
    d->writing = true;
    d->pos = d->end = 0;
    d->len = (uint32_t)min_u64(n, IDE_BUFFER);
    if (!d->len)
        atapi_done(d);
    else
        begin_data(d, d->len);
}

/* One buffer of a DMA transfer, and then the next by an event of its own. */
void atapi_dma(struct ide_drive *d)
{
    if (d->pos >= d->len && d->left && !refill(d))
        return;
    d->end = d->len;
    d->pos += bus_master_move(d->ch, d->buf + d->pos, d->len - d->pos, !d->writing);
    if (d->pos < d->len)
        d->phase = PHASE_DMA_WAIT;
    else if (d->left)
        ide_busy(d, PHASE_DMA, stream_ns(d));
    else
        atapi_done(d);
}

/* A packet has arrived in buf.  A pending unit attention comes first, but for the few commands that
 * must not disturb it (MMC-3, 4.1.6.1). */
void atapi_packet(struct ide_drive *d)
{
    const struct mmc_command *c = mmc_find(d->buf[0]);
    struct log *log = d->ch->dev->env->log;

    memcpy(d->packet, d->buf, sizeof d->packet);
    d->pos = d->end = d->len = 0;
    if (log_on(log, LOG_DEVICE))
        log_print(log, "ide%u.%u: packet %02x %s\n", d->ch->index, d->unit, d->packet[0],
                  c ? c->name : "not supported");
    if (d->attention && !(c && (c->flags & MMC_ALWAYS))) {
        uint8_t asc = d->attention;

        d->attention = 0;
        atapi_check(d, KEY_ATTENTION, asc, 0);
    } else if (!c) {
        atapi_check(d, KEY_ILLEGAL, ASC_BAD_OPCODE, 0);
    } else if ((c->flags & MMC_MEDIUM) && !atapi_has_medium(d)) {
        atapi_check(d, KEY_NOT_READY, ASC_NO_MEDIUM, 0);
    } else {
        c->run(d, d->packet);
    }
}
