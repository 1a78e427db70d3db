/* drive.h - what the parts of the IDE controller share: a drive, its channel, and the steps of a
 * command.
 *
 * Vocabulary: the task file is the drive's command block registers; a block is what one DRQ moves.
 *
 * Worked example, READ SECTORS of two sectors.  The write of the command register sets BSY and arms
 * the channel's event (ide_busy, PHASE_COMMAND).  The event runs ata_command, which reads the first
 * sector into buf and calls ide_data_in: BSY falls, DRQ rises, INTRQ rises.  The guest reads 256
 * words; the last one ends the block, and ide_busy(PHASE_NEXT) arms the event again.  That brings
 * the second sector; when it too was read the drive is idle.
 *
 * Times are those of a drive whose cache always hits; see IDE_NS_COMMAND and its neighbours.
 *
 * Invariants: BSY is set exactly while the event is armed or the bus master is awaited; while BSY
 * is set the task file cannot be written, and so the selected drive cannot change; pos <= end <=
 * len <= IDE_BUFFER. */
#ifndef DEVICES_DISK_DRIVE_H
#define DEVICES_DISK_DRIVE_H
#include "devices/disk/ide.h"

#define IDE_BUFFER      16384u
#define SECTOR          512u
#define CD_SECTOR       2048u
#define MAX_MULTIPLE    16u

#define IDE_NS_COMMAND  10000u /* from the command to its first block or its end */
#define IDE_NS_BLOCK    1000u  /* from one PIO block to the next */
#define IDE_NS_DMA_BYTE 10u    /* 100 MB/s */
#define IDE_NS_PACKET   50000u /* from a packet that reaches the disc to its data */
#define IDE_NS_RESET    20000u /* BSY after a software reset */

/* Status register (ATA/ATAPI-6, 7.15). */
enum { ST_ERR = 0x01, ST_DRQ = 0x08, ST_DSC = 0x10, ST_DF = 0x20, ST_DRDY = 0x40, ST_BSY = 0x80 };
#define ST_READY (ST_DRDY | ST_DSC)

/* Error register (7.9). */
enum { ER_ABRT = 0x04, ER_IDNF = 0x10, ER_UNC = 0x40, ER_WP = 0x40 };

/* Task file, as register numbers. */
enum { TF_DATA, TF_FEATURE, TF_COUNT, TF_LOW, TF_MID, TF_HIGH, TF_DEVICE, TF_COMMAND };

#define DEV_LBA  0x40u
#define DEV_UNIT 0x10u

enum ide_phase {
    PHASE_IDLE,
    PHASE_RESET,    /* after SRST, waits for the event */
    PHASE_COMMAND,  /* the event starts the command */
    PHASE_DATA_IN,  /* DRQ: the guest reads buf */
    PHASE_DATA_OUT, /* DRQ: the guest writes buf */
    PHASE_CDB,      /* DRQ: the guest writes a command packet */
    PHASE_PACKET,   /* the event runs the packet */
    PHASE_NEXT,     /* the event goes on with the next block */
    PHASE_DMA,      /* the event moves the data */
    PHASE_DMA_WAIT, /* the data waits for the bus master to be started */
    PHASES
};

struct ide_channel;

struct ide_drive {
    struct ide_channel *ch;
    struct block *blk;
    bool present, cdrom;
    uint8_t unit;
    uint8_t reg[6], prev[6]; /* TF_FEATURE to TF_HIGH: now, and before the last write */
    uint8_t status, error, command;
    uint8_t phase; /* enum ide_phase */
    bool irq;      /* INTRQ, before nIEN */
    bool asleep, standby;
    bool write_cache, look_ahead;
    uint8_t multiple;          /* sectors in a block of READ MULTIPLE, 0: not set */
    uint8_t transfer_mode;     /* as SET FEATURES 03h gave it */
    uint16_t cyls, heads, spt; /* the translation in force */
    bool writing, dma;
    uint64_t lba;           /* next sector (CD: of 2048 bytes) */
    uint32_t left;          /* sectors still to be read or written */
    uint16_t block;         /* most sectors in a block */
    uint32_t pos, end, len; /* buf: next byte, end of this block, end of what is valid */
    uint8_t packet[12];
    uint16_t limit;               /* byte count limit of a packet command */
    uint8_t sense_key, asc, ascq; /* what REQUEST SENSE will say */
    uint8_t attention;            /* ASC of a pending unit attention, or 0 */
    uint8_t media_event;          /* for GET EVENT STATUS NOTIFICATION: 0 none, 2 new, 3 removed */
    bool tray_open, locked;
    uint8_t buf[IDE_BUFFER + 4]; /* four more: a wide access may pass an odd end */
};

/* The bus master of a channel (SFF-8038i). */
struct bus_master {
    uint8_t command, status;
    uint32_t table;      /* address of the PRD table */
    uint32_t next;       /* address of the next descriptor */
    uint32_t addr, left; /* of the current one */
    bool last;           /* the current one is the end of the table */
};

struct ide_channel {
    struct device *dev;
    uint8_t index;
    struct ide_drive drive[2];
    uint8_t device;  /* device register; both drives hold the same */
    uint8_t control; /* device control register */
    uint8_t active;  /* the drive that the event concerns */
    struct event due;
    struct bus_master bm;
};

extern const struct state_field ide_channel_state[];

/* ide.c: the channel. */
void ide_channel_init(struct ide_channel *ch, struct device *dev, unsigned index);
void ide_channel_fini(struct ide_channel *ch);
void ide_channel_reset(struct ide_channel *ch);
uint32_t ide_channel_read(struct ide_channel *ch, unsigned port, unsigned size);
void ide_channel_write(struct ide_channel *ch, unsigned port, uint32_t val, unsigned size);
unsigned ide_channel_read_many(struct ide_channel *ch, void *buf, unsigned size, unsigned count);
unsigned ide_channel_write_many(struct ide_channel *ch, const void *buf, unsigned size,
                                unsigned count);
uint8_t ide_alt_status(struct ide_channel *ch);
void ide_device_control(struct ide_channel *ch, uint8_t val);
/* The bus master was started: data that waits for it moves. */
void ide_bus_master_started(struct ide_channel *ch);

/* ide.c: steps of a command. */
void ide_busy(struct ide_drive *d, enum ide_phase phase, uint64_t ns);
void ide_idle(struct ide_drive *d);   /* ends the command, silently */
void ide_finish(struct ide_drive *d); /* ends it with an interrupt */
void ide_fail(struct ide_drive *d, uint8_t error);
void ide_data_in(struct ide_drive *d, uint32_t n); /* DRQ for n bytes from pos, interrupt */
void ide_data_out(struct ide_drive *d, uint32_t n, bool interrupt);
void ide_signature(struct ide_drive *d);
void ide_diagnostic_passed(struct ide_channel *ch);
/* Reads or writes the image; after a failure of the host the sentence was reported. */
bool ide_blk_read(struct ide_drive *d, uint64_t off, void *buf, size_t n);
bool ide_blk_write(struct ide_drive *d, uint64_t off, const void *buf, size_t n);
bool ide_blk_flush(struct ide_drive *d);

/* ata.c */
void ata_command(struct ide_drive *d);
void ata_next(struct ide_drive *d);
void ata_dma(struct ide_drive *d);
void ata_defaults(struct ide_drive *d);
uint64_t ata_sectors(const struct ide_drive *d);

/* identify.c */
void ata_identify(const struct ide_drive *d, uint8_t *page);
void atapi_identify(const struct ide_drive *d, uint8_t *page);
void ata_native_geometry(uint64_t sectors, uint16_t *cyls, uint16_t *heads, uint16_t *spt);

/* atapi.c */
void atapi_start(struct ide_drive *d);
void atapi_packet(struct ide_drive *d);
void atapi_next(struct ide_drive *d);
void atapi_dma(struct ide_drive *d);
void atapi_reset(struct ide_drive *d);
void atapi_sense(struct ide_drive *d, uint8_t key, uint8_t asc, uint8_t ascq);
/* Ends a packet command with CHECK CONDITION. */
void atapi_check(struct ide_drive *d, uint8_t key, uint8_t asc, uint8_t ascq);
void atapi_done(struct ide_drive *d);
/* Answers with n bytes of buf, at most `alloc` of them. */
void atapi_reply(struct ide_drive *d, uint32_t n, uint32_t alloc);
/* Streams `count` sectors from lba. */
void atapi_stream(struct ide_drive *d, uint64_t lba, uint32_t count);
/* Takes n bytes of parameters from the guest, and throws them away. */
void atapi_sink(struct ide_drive *d, uint32_t n);
bool atapi_has_medium(const struct ide_drive *d);
uint32_t atapi_capacity(const struct ide_drive *d); /* sectors of 2048 bytes */

/* mmc.c: one row of mmc.def for each packet command. */
enum mmc_flags {
    MMC_ALWAYS = 1 /* even with a unit attention */,
    MMC_MEDIUM = 2 /* needs a disc */
};
struct mmc_command {
    uint8_t opcode, flags;
    void (*run)(struct ide_drive *d, const uint8_t *cdb);
    const char *name;
};
const struct mmc_command *mmc_find(uint8_t opcode);

/* piix3_ide.c: the bus master. */
bool bus_master_ready(const struct ide_channel *ch);
/* Moves up to n bytes by the descriptors; fewer when the table ends. */
uint32_t bus_master_move(struct ide_channel *ch, uint8_t *buf, uint32_t n, bool to_memory);
void bus_master_end(struct ide_channel *ch);
/* The channel's interrupt line changed. */
void ide_interrupt(struct ide_channel *ch, bool level);
void ide_host_error(struct ide_channel *ch, const char *sentence);

#endif
