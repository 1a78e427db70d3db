/* ide.c - a channel: task file, device selection, resets, interrupts and the data port
 * (ATA/ATAPI-6, chapters 7 and 9). */
#include "devices/disk/drive.h"
#include "base/err.h"

#define CTL_NIEN         0x02u
#define CTL_SRST         0x04u
#define CTL_HOB          0x80u

#define CMD_PACKET       0xa0u
#define CMD_DEVICE_RESET 0x08u

static const struct state_field drive_state[] = {
    STATE_SKIP(struct ide_drive, ch, "where it sits"),
    STATE_SKIP(struct ide_drive, blk, "host handle"),
    STATE_SKIP(struct ide_drive, present, "set by the machine"),
    STATE_SKIP(struct ide_drive, cdrom, "set by the machine"),
    STATE_SKIP(struct ide_drive, unit, "where it sits"),
    STATE_INTS(struct ide_drive, reg),
    STATE_INTS(struct ide_drive, prev),
    STATE_INT(struct ide_drive, status),
    STATE_INT(struct ide_drive, error),
    STATE_INT(struct ide_drive, command),
    STATE_INT(struct ide_drive, phase),
    STATE_INT(struct ide_drive, irq),
    STATE_INT(struct ide_drive, asleep),
    STATE_INT(struct ide_drive, standby),
    STATE_INT(struct ide_drive, write_cache),
    STATE_INT(struct ide_drive, look_ahead),
    STATE_INT(struct ide_drive, multiple),
    STATE_INT(struct ide_drive, transfer_mode),
    STATE_INT(struct ide_drive, cyls),
    STATE_INT(struct ide_drive, heads),
    STATE_INT(struct ide_drive, spt),
    STATE_INT(struct ide_drive, writing),
    STATE_INT(struct ide_drive, dma),
    STATE_INT(struct ide_drive, lba),
    STATE_INT(struct ide_drive, left),
    STATE_INT(struct ide_drive, block),
    STATE_INT(struct ide_drive, pos),
    STATE_INT(struct ide_drive, end),
    STATE_INT(struct ide_drive, len),
    STATE_INTS(struct ide_drive, packet),
    STATE_INT(struct ide_drive, limit),
    STATE_INT(struct ide_drive, sense_key),
    STATE_INT(struct ide_drive, asc),
    STATE_INT(struct ide_drive, ascq),
    STATE_INT(struct ide_drive, attention),
    STATE_INT(struct ide_drive, media_event),
    STATE_INT(struct ide_drive, tray_open),
    STATE_INT(struct ide_drive, locked),
    STATE_INTS(struct ide_drive, buf),
    STATE_END};

static const struct state_field bus_master_state[] = {
    STATE_INT(struct bus_master, command), STATE_INT(struct bus_master, status),
    STATE_INT(struct bus_master, table),   STATE_INT(struct bus_master, next),
    STATE_INT(struct bus_master, addr),    STATE_INT(struct bus_master, left),
    STATE_INT(struct bus_master, last),    STATE_END};

const struct state_field ide_channel_state[] = {
    STATE_SKIP(struct ide_channel, dev, "where it sits"),
    STATE_SKIP(struct ide_channel, index, "where it sits"),
    STATE_ARRAY(struct ide_channel, drive, drive_state),
    STATE_INT(struct ide_channel, device),
    STATE_INT(struct ide_channel, control),
    STATE_INT(struct ide_channel, active),
    STATE_EVENT(struct ide_channel, due),
    STATE_STRUCT(struct ide_channel, bm, bus_master_state),
    STATE_END};

static struct ide_drive *selected(struct ide_channel *ch)
{
    return &ch->drive[ch->device & DEV_UNIT ? 1 : 0];
}

/* Only the selected drive drives INTRQ, and only while nIEN is clear. */
static void update_irq(struct ide_channel *ch)
{
    ide_interrupt(ch, selected(ch)->irq && !(ch->control & CTL_NIEN));
}

static void raise_irq(struct ide_drive *d)
{
    d->irq = true;
    update_irq(d->ch);
}

static void clear_irq(struct ide_drive *d)
{
    d->irq = false;
    update_irq(d->ch);
}

void ide_busy(struct ide_drive *d, enum ide_phase phase, uint64_t ns)
{
    struct ide_channel *ch = d->ch;

    d->status = (uint8_t)((d->status & ~(ST_DRQ | ST_ERR | ST_DF)) | ST_BSY);
    d->phase = (uint8_t)phase;
    ch->active = d->unit;
    event_at(&ch->due, clock_now(ch->dev->env->clock) + ns);
}

void ide_idle(struct ide_drive *d)
{
    d->status = ST_READY;
    d->phase = PHASE_IDLE;
}

void ide_finish(struct ide_drive *d)
{
    ide_idle(d);
    raise_irq(d);
}

void ide_fail(struct ide_drive *d, uint8_t error)
{
    ide_idle(d);
    d->status |= ST_ERR;
    d->error = error;
    raise_irq(d);
}

static void data_request(struct ide_drive *d, enum ide_phase phase, uint32_t n)
{
    d->status = ST_READY | ST_DRQ;
    d->phase = (uint8_t)phase;
    d->end = d->pos + n;
}

void ide_data_in(struct ide_drive *d, uint32_t n)
{
    data_request(d, PHASE_DATA_IN, n);
    raise_irq(d);
}

void ide_data_out(struct ide_drive *d, uint32_t n, bool interrupt)
{
    data_request(d, PHASE_DATA_OUT, n);
    if (interrupt)
        raise_irq(d);
}

/* What a drive leaves in the task file to tell its kind (9.12). */
void ide_signature(struct ide_drive *d)
{
    d->reg[TF_COUNT] = 1;
    d->reg[TF_LOW] = 1;
    d->reg[TF_MID] = d->cdrom ? 0x14 : 0;
    d->reg[TF_HIGH] = d->cdrom ? 0xeb : 0;
    d->ch->device &= (uint8_t)~0x0f;
}

/* The end of a reset or of EXECUTE DEVICE DIAGNOSTIC: both drives say that they passed. */
void ide_diagnostic_passed(struct ide_channel *ch)
{
    ch->device = 0xa0;
    for (unsigned i = 0; i < 2; i++) {
        struct ide_drive *d = &ch->drive[i];

        ide_signature(d);
        d->error = 0x01;
        d->phase = PHASE_IDLE;
        d->status = d->cdrom ? 0 : ST_READY;
    }
}

static void host_failed(struct ide_drive *d, const struct err *e)
{
    ide_host_error(d->ch, e->msg);
}

bool ide_blk_read(struct ide_drive *d, uint64_t off, void *buf, size_t n)
{
    struct err e = {""};

    if (d->blk->read(d->blk, off, buf, n, &e))
        return true;
    host_failed(d, &e);
    return false;
}

bool ide_blk_write(struct ide_drive *d, uint64_t off, const void *buf, size_t n)
{
    struct err e = {""};

    if (d->blk->write(d->blk, off, buf, n, &e))
        return true;
    host_failed(d, &e);
    return false;
}

bool ide_blk_flush(struct ide_drive *d)
{
    struct err e = {""};

    if (!d->blk || d->blk->flush(d->blk, &e))
        return true;
    host_failed(d, &e);
    return false;
}

static void run_dma(struct ide_drive *d)
{
    if (!bus_master_ready(d->ch)) {
        d->phase = PHASE_DMA_WAIT;
        return;
    }
    if (d->command == CMD_PACKET)
        atapi_dma(d);
    else
        ata_dma(d);
}

void ide_bus_master_started(struct ide_channel *ch)
{
    struct ide_drive *d = &ch->drive[ch->active & 1];

    if (d->phase == PHASE_DMA_WAIT)
        ide_busy(d, PHASE_DMA, 0);
}

/* The channel's event: the next step of the active drive's command. */
static void ide_due(void *opaque)
{
    struct ide_channel *ch = opaque;
    struct ide_drive *d = &ch->drive[ch->active & 1];

    switch (d->phase) {
    case PHASE_RESET:
        ide_diagnostic_passed(ch);
        break;
    case PHASE_COMMAND:
        ata_command(d);
        break;
    case PHASE_PACKET:
        atapi_packet(d);
        break;
    case PHASE_NEXT:
        if (d->command == CMD_PACKET)
            atapi_next(d);
        else
            ata_next(d);
        break;
    case PHASE_DMA:
        run_dma(d);
        break;
    }
}

/* What is common to power-on, hardware reset and SRST. */
static void reset_drive(struct ide_drive *d)
{
    d->irq = false;
    d->asleep = d->standby = false;
    d->multiple = 0;
    d->left = d->pos = d->end = d->len = 0;
    d->writing = d->dma = false;
    memset(d->reg, 0, sizeof d->reg);
    memset(d->prev, 0, sizeof d->prev);
    if (d->cdrom)
        atapi_reset(d);
}

static void start_reset(struct ide_channel *ch)
{
    event_cancel(&ch->due);
    for (unsigned i = 0; i < 2; i++) {
        reset_drive(&ch->drive[i]);
        ch->drive[i].status = ST_BSY;
        ch->drive[i].phase = PHASE_RESET;
    }
    update_irq(ch);
}

void ide_device_control(struct ide_channel *ch, uint8_t val)
{
    uint8_t old = ch->control;

    ch->control = val & (CTL_NIEN | CTL_SRST | CTL_HOB);
    if ((val & CTL_SRST) && !(old & CTL_SRST))
        start_reset(ch);
    else if (!(val & CTL_SRST) && (old & CTL_SRST))
        ide_busy(&ch->drive[0], PHASE_RESET, IDE_NS_RESET);
    update_irq(ch);
}

uint8_t ide_alt_status(struct ide_channel *ch)
{
    struct ide_drive *d = selected(ch);
    return d->present ? d->status : 0;
}

/* DEVICE RESET is the one command that a busy drive takes, and only a packet device knows it. */
static void reset_packet_device(struct ide_drive *d)
{
    event_cancel(&d->ch->due);
    reset_drive(d);
    ide_signature(d);
    d->error = 0x01;
    d->status = 0;
    d->phase = PHASE_IDLE;
    update_irq(d->ch);
}

static void write_command(struct ide_channel *ch, uint8_t val)
{
    struct ide_drive *d = selected(ch);

    if (!d->present)
        return;
    if (val == CMD_DEVICE_RESET && d->cdrom && !(ch->control & CTL_SRST)) {
        reset_packet_device(d);
        return;
    }
    if (d->status & ST_BSY || d->asleep)
        return;
    clear_irq(d);
    d->command = val;
    d->error = 0;
    d->pos = d->end = d->len = d->left = 0;
    d->dma = d->writing = false;
    if (val == CMD_PACKET && d->cdrom)
        atapi_start(d);
    else
        ide_busy(d, PHASE_COMMAND, IDE_NS_COMMAND);
}

/* A write to the task file reaches both drives. */
static void write_task_file(struct ide_channel *ch, unsigned reg, uint8_t val)
{
    if (selected(ch)->status & ST_BSY)
        return;
    ch->control &= (uint8_t)~CTL_HOB;
    if (reg == TF_DEVICE) {
        ch->device = val | 0xa0;
        update_irq(ch);
        return;
    }
    for (unsigned i = 0; i < 2; i++) {
        struct ide_drive *d = &ch->drive[i];
        d->prev[reg] = d->reg[reg];
        d->reg[reg] = val;
    }
}

/* The host has read or written all of a block. */
static void block_done(struct ide_drive *d)
{
    switch (d->phase) {
    case PHASE_CDB:
        ide_busy(d, PHASE_PACKET, IDE_NS_COMMAND);
        break;
    case PHASE_DATA_IN:
        /* The last block of a PIO read ends the command at once, with no more interrupt. */
        if (d->command != CMD_PACKET && !d->left) {
            ide_idle(d);
            break;
        }
        ide_busy(d, PHASE_NEXT, IDE_NS_BLOCK);
        break;
    case PHASE_DATA_OUT:
        ide_busy(d, PHASE_NEXT, IDE_NS_BLOCK);
        break;
    }
}

/* The data register is 16 bits wide, and the PIIX3 makes two cycles of a dword access.  A byte
 * access moves a word and drops half of it. */
static uint32_t read_data(struct ide_drive *d, unsigned size)
{
    uint32_t val;

    if (d->phase != PHASE_DATA_IN)
        return (uint32_t)mask_bytes(size);
    val = (uint32_t)le_get(d->buf + d->pos, size);
    d->pos += size == 4 ? 4 : 2;
    if (d->pos >= d->end) {
        d->pos = d->end;
        block_done(d);
    }
    return val;
}

static void write_data(struct ide_drive *d, uint32_t val, unsigned size)
{
    if (d->phase != PHASE_DATA_OUT && d->phase != PHASE_CDB)
        return;
    le_put(d->buf + d->pos, val, size == 4 ? 4 : 2);
    d->pos += size == 4 ? 4 : 2;
    if (d->pos >= d->end) {
        d->pos = d->end;
        block_done(d);
    }
}

/* Whole items of a block, for REP INS and OUTS.  The last one ends the block, at its own time, and
 * is left to a single access; so is an odd end. */
static unsigned items_left(const struct ide_drive *d, unsigned size, unsigned count)
{
    return d->pos < d->end ? (unsigned)min_u64(count, (d->end - d->pos - 1) / size) : 0;
}

unsigned ide_channel_read_many(struct ide_channel *ch, void *buf, unsigned size, unsigned count)
{
    struct ide_drive *d = selected(ch);
    unsigned n = items_left(d, size, count);

    if (!d->present || size < 2 || d->phase != PHASE_DATA_IN || !n)
        return 0;
    memcpy(buf, d->buf + d->pos, (size_t)n * size);
    d->pos += n * size;
    return n;
}

unsigned ide_channel_write_many(struct ide_channel *ch, const void *buf, unsigned size,
                                unsigned count)
{
    struct ide_drive *d = selected(ch);
    unsigned n = items_left(d, size, count);

    if (!d->present || size < 2 || (d->phase != PHASE_DATA_OUT && d->phase != PHASE_CDB) || !n)
        return 0;
    memcpy(d->buf + d->pos, buf, (size_t)n * size);
    d->pos += n * size;
    return n;
}

static uint8_t read_register(struct ide_channel *ch, unsigned reg)
{
    struct ide_drive *d = selected(ch);

    if (!d->present)
        return 0;
    switch (reg) {
    case TF_FEATURE:
        return d->error;
    case TF_DEVICE:
        return ch->device;
    case TF_COMMAND:
        clear_irq(d);
        return d->status;
    default:
        return ch->control & CTL_HOB ? d->prev[reg] : d->reg[reg];
    }
}

uint32_t ide_channel_read(struct ide_channel *ch, unsigned port, unsigned size)
{
    uint32_t val = 0;

    if (port == TF_DATA)
        return selected(ch)->present ? read_data(selected(ch), size) : (uint32_t)mask_bytes(size);
    for (unsigned i = 0; i < size && port + i <= TF_COMMAND; i++)
        val |= (uint32_t)read_register(ch, port + i) << 8 * i;
    return val;
}

void ide_channel_write(struct ide_channel *ch, unsigned port, uint32_t val, unsigned size)
{
    if (port == TF_DATA) {
        if (selected(ch)->present)
            write_data(selected(ch), val, size);
        return;
    }
    for (unsigned i = 0; i < size && port + i <= TF_COMMAND; i++) {
        if (port + i == TF_COMMAND)
            write_command(ch, (uint8_t)(val >> 8 * i));
        else
            write_task_file(ch, port + i, (uint8_t)(val >> 8 * i));
    }
}

void ide_channel_init(struct ide_channel *ch, struct device *dev, unsigned index)
{
    static const char *const names[2] = {"ide.primary", "ide.secondary"};

    ch->dev = dev;
    ch->index = (uint8_t)index;
    for (unsigned i = 0; i < 2; i++) {
        ch->drive[i].ch = ch;
        ch->drive[i].unit = (uint8_t)i;
    }
    event_init(&ch->due, dev->env->clock, names[index], RANK_DISK, ide_due, ch);
}

void ide_channel_fini(struct ide_channel *ch)
{
    event_fini(&ch->due);
}

/* Power-on and hardware reset.  The drives have spun up long since. */
void ide_channel_reset(struct ide_channel *ch)
{
    event_cancel(&ch->due);
    ch->control = 0;
    ch->active = 0;
    memset(&ch->bm, 0, sizeof ch->bm);
    for (unsigned i = 0; i < 2; i++) {
        reset_drive(&ch->drive[i]);
        ata_defaults(&ch->drive[i]);
        ch->drive[i].tray_open = false;
        memset(ch->drive[i].buf, 0, sizeof ch->drive[i].buf);
    }
    ide_diagnostic_passed(ch);
    update_irq(ch);
}
