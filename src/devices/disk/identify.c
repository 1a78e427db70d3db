/* identify.c - the pages of IDENTIFY DEVICE and IDENTIFY PACKET DEVICE (ATA/ATAPI-6, 8.15
 * and 8.16). */
#include "devices/disk/drive.h"

#define NATIVE_HEADS   16u
#define NATIVE_SECTORS 63u
#define CYLS_MAX       16383u
#define LBA28_MAX      0x0fffffffull

/* Words as rows: number and value, where the value is always the same. */
struct id_word {
    uint8_t word;
    uint16_t value;
};

static const struct id_word disk_words[] = {
    {0, 0x0040},                 /* fixed drive */
    {21, 512},                   /* buffer, in sectors (ATA-1) */
    {22, 4},                     /* ECC bytes on READ LONG (ATA-1) */
    {47, 0x8000 | MAX_MULTIPLE}, /* sectors in a block of READ MULTIPLE */
    {48, 1},                     /* double-word I/O (ATA-1) */
    {49, 0x0b00},                /* IORDY, LBA, DMA */
    {50, 0x4000},                /* capabilities */
    {51, 0x0200},                /* PIO timing (ATA-1) */
    {52, 0x0200},                /* DMA timing (ATA-1) */
    {53, 0x0007},                /* words 54-58, 64-70, 88 are valid */
    {64, 0x0003},                /* PIO modes 3 and 4 */
    {65, 120},                   /* ns of a multiword DMA cycle: least, recommended */
    {66, 120},
    {67, 120},
    {68, 120},    /* the same of PIO, without and with IORDY */
    {80, 0x007e}, /* ATA-1 to ATA/ATAPI-6 */
    {82, 0x4060}, /* NOP, look-ahead, write cache */
    {83, 0x7400}, /* FLUSH CACHE (EXT), 48-bit addresses */
    {84, 0x4000},
    {87, 0x4000},
    {93, 0x4000 | 0x2000 | 0x0001}, /* 80-conductor cable, device 0 passed */
};

static const struct id_word packet_words[] = {
    {0, 0x85c0},                /* packets of 12 bytes, CD-ROM, removable, DRQ in 50 us */
    {48, 1},      {49, 0x0b00}, /* IORDY, LBA, DMA */
    {50, 0x4000}, {53, 0x0007}, {64, 0x0003}, {65, 120},    {66, 120},
    {67, 120},    {68, 120},    {80, 0x007e}, {82, 0x4210}, /* NOP, DEVICE RESET, PACKET */
    {83, 0x4000}, {84, 0x4000}, {85, 0x4210}, {87, 0x4000}, {93, 0x6001},
};

static void put_word(uint8_t *page, unsigned word, uint16_t value)
{
    le16_put(page + 2 * word, value);
}

static void put_words(uint8_t *page, const struct id_word *rows, size_t n)
{
    memset(page, 0, SECTOR);
    for (size_t i = 0; i < n; i++)
        put_word(page, rows[i].word, rows[i].value);
}

/* ASCII, padded with blanks, the first character in the high byte of its word. */
static void put_string(uint8_t *page, unsigned word, unsigned bytes, const char *s)
{
    size_t len = strlen(s);

    for (unsigned i = 0; i < bytes; i++)
        page[2 * word + (i ^ 1)] = (uint8_t)(i < len ? s[i] : ' ');
}

/* Which modes there are in the low byte, which one is selected in the high one. */
static void put_modes(const struct ide_drive *d, uint8_t *page)
{
    unsigned bit = 1u << (d->transfer_mode & 7);

    put_word(page, 63, (uint16_t)(0x0007 | (d->transfer_mode >> 3 == 4 ? bit << 8 : 0)));
    put_word(page, 88, (uint16_t)(0x003f | (d->transfer_mode >> 3 == 8 ? bit << 8 : 0)));
}

/* Serial numbers tell the four drives apart and never change. */
static void put_names(const struct ide_drive *d, uint8_t *page, const char *model)
{
    char serial[] = "BYG00000";

    serial[7] = (char)('1' + 2 * d->ch->index + d->unit);
    put_string(page, 10, 20, serial);
    put_string(page, 23, 8, "1.0");
    put_string(page, 27, 40, model);
}

/* 16 heads and 63 sectors, and cylinders up to 16383; a very small disk has one head. */
void ata_native_geometry(uint64_t sectors, uint16_t *cyls, uint16_t *heads, uint16_t *spt)
{
    bool small = sectors < NATIVE_HEADS * NATIVE_SECTORS;

    *heads = small ? 1 : NATIVE_HEADS;
    *spt = (uint16_t)(sectors && sectors < NATIVE_SECTORS ? sectors : NATIVE_SECTORS);
    *cyls = (uint16_t)min_u64(sectors / (*heads * *spt), CYLS_MAX);
}

static void put_geometry(const struct ide_drive *d, uint8_t *page)
{
    uint64_t total = ata_sectors(d);
    uint64_t lba28 = min_u64(total, LBA28_MAX);
    uint32_t now = (uint32_t)min_u64((uint64_t)d->cyls * d->heads * d->spt, lba28);
    uint16_t cyls, heads, spt;

    ata_native_geometry(total, &cyls, &heads, &spt);
    put_word(page, 1, cyls);
    put_word(page, 3, heads);
    put_word(page, 4, (uint16_t)(spt * SECTOR)); /* bytes in a track and a sector (ATA-1) */
    put_word(page, 5, SECTOR);
    put_word(page, 6, spt);
    put_word(page, 54, d->cyls);
    put_word(page, 55, d->heads);
    put_word(page, 56, d->spt);
    le32_put(page + 2 * 57, now);
    le32_put(page + 2 * 60, (uint32_t)lba28);
    le64_put(page + 2 * 100, total);
}

void ata_identify(const struct ide_drive *d, uint8_t *page)
{
    put_words(page, disk_words, ARRAY_LEN(disk_words));
    put_geometry(d, page);
    put_names(d, page, "BYGONE HARDDISK");
    put_modes(d, page);
    if (d->multiple)
        put_word(page, 59, 0x0100 | d->multiple);
    put_word(page, 85,
             (uint16_t)(0x4000 | (d->look_ahead ? 0x40 : 0) | (d->write_cache ? 0x20 : 0)));
    put_word(page, 86, 0x3400);
}

void atapi_identify(const struct ide_drive *d, uint8_t *page)
{
    put_words(page, packet_words, ARRAY_LEN(packet_words));
    put_names(d, page, "BYGONE CD-ROM");
    put_modes(d, page);
}
