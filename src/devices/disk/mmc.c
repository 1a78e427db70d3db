/* mmc.c - the packet commands of a CD-ROM drive that holds a data disc of one track (MMC-3, chapter
 * 6). */
#include "devices/disk/drive.h"

#define KEY_ILLEGAL      5
#define ASC_OUT_OF_RANGE 0x21
#define ASC_BAD_FIELD    0x24
#define ASC_PREVENTED    0x53
#define ASC_WRONG_TRACK  0x64

#define LEAD_OUT         0xaa
#define MSF_PREGAP       150 /* frames before sector 0 */
#define ADR_DATA_TRACK   0x14

#define PROFILE_CD_ROM   0x0008
#define PROFILE_DVD_ROM  0x0010
#define CD_MAX_SECTORS   (80u * 60 * 75)

static void bad_field(struct ide_drive *d)
{
    atapi_check(d, KEY_ILLEGAL, ASC_BAD_FIELD, 0);
}

/* An address as block number, or as minute, second, frame. */
static void put_position(uint8_t *p, uint32_t lba, bool msf)
{
    if (!msf) {
        be32_put(p, lba);
        return;
    }
    lba += MSF_PREGAP;
    p[0] = 0;
    p[1] = (uint8_t)min_u64(lba / 75 / 60, 255);
    p[2] = (uint8_t)(lba / 75 % 60);
    p[3] = (uint8_t)(lba % 75);
}

static void test_unit_ready(struct ide_drive *d, const uint8_t *cdb)
{
    (void)cdb;
    atapi_done(d);
}

/* A pending unit attention is told here when there is no other sense. */
static void request_sense(struct ide_drive *d, const uint8_t *cdb)
{
    uint8_t *p = d->buf;

    if (!d->sense_key && d->attention) {
        atapi_sense(d, 6, d->attention, 0);
        d->attention = 0;
    }
    memset(p, 0, 18);
    p[0] = 0x70;
    p[2] = d->sense_key;
    p[7] = 10;
    p[12] = d->asc;
    p[13] = d->ascq;
    atapi_reply(d, 18, cdb[4]);
}

static void inquiry(struct ide_drive *d, const uint8_t *cdb)
{
    uint8_t *p = d->buf;

    if (cdb[1] & 1) { /* vital product data: none */
        bad_field(d);
        return;
    }
    memset(p, 0, 36);
    p[0] = 0x05; /* CD-ROM */
    p[1] = 0x80; /* removable */
    p[3] = 0x21; /* ATAPI */
    p[4] = 31;
    memcpy(p + 8, "BYGONE  CD-ROM          1.0 ", 28);
    atapi_reply(d, 36, cdb[4]);
}

static void start_stop(struct ide_drive *d, const uint8_t *cdb)
{
    bool load_eject = cdb[4] & 2, start = cdb[4] & 1;

    if (load_eject && !start && d->locked) {
        atapi_check(d, KEY_ILLEGAL, ASC_PREVENTED, 2);
        return;
    }
    if (load_eject && d->tray_open == start) {
        d->tray_open = !start;
        d->media_event = start && d->blk ? 2 : 3;
        if (start && d->blk)
            d->attention = 0x28;
    }
    atapi_done(d);
}

static void prevent_removal(struct ide_drive *d, const uint8_t *cdb)
{
    d->locked = cdb[4] & 1;
    atapi_done(d);
}

static void read_capacity(struct ide_drive *d, const uint8_t *cdb)
{
    (void)cdb;
    be32_put(d->buf, atapi_capacity(d) - 1);
    be32_put(d->buf + 4, CD_SECTOR);
    atapi_reply(d, 8, 8);
}

static void read_sectors(struct ide_drive *d, uint32_t lba, uint32_t count)
{
    if ((uint64_t)lba + count > atapi_capacity(d))
        atapi_check(d, KEY_ILLEGAL, ASC_OUT_OF_RANGE, 0);
    else
        atapi_stream(d, lba, count);
}

static void read10(struct ide_drive *d, const uint8_t *cdb)
{
    read_sectors(d, be32_get(cdb + 2), be16_get(cdb + 7));
}

static void read12(struct ide_drive *d, const uint8_t *cdb)
{
    read_sectors(d, be32_get(cdb + 2), be32_get(cdb + 6));
}

/* Only the user data of mode 1 sectors is there to be read. */
static void read_cd(struct ide_drive *d, const uint8_t *cdb)
{
    uint32_t count = (uint32_t)cdb[6] << 16 | be16_get(cdb + 7);
    unsigned type = cdb[1] >> 2 & 7;

    if (type != 0 && type != 2)
        atapi_check(d, KEY_ILLEGAL, ASC_WRONG_TRACK, 0);
    else if (cdb[9] == 0)
        atapi_done(d);
    else if (cdb[9] == 0x10)
        read_sectors(d, be32_get(cdb + 2), count);
    else
        bad_field(d);
}

static void seek10(struct ide_drive *d, const uint8_t *cdb)
{
    if (be32_get(cdb + 2) >= atapi_capacity(d))
        atapi_check(d, KEY_ILLEGAL, ASC_OUT_OF_RANGE, 0);
    else
        atapi_done(d);
}

static void read_subchannel(struct ide_drive *d, const uint8_t *cdb)
{
    bool subq = cdb[2] & 0x40;
    uint8_t *p = d->buf;
    uint32_t n = 4;

    memset(p, 0, 24);
    p[1] = 0x15; /* no audio status */
    if (subq && cdb[3] == 1) {
        n = 16;
        p[4] = 1;
        p[5] = ADR_DATA_TRACK;
        p[6] = p[7] = 1;
        put_position(p + 8, 0, cdb[1] & 2);
    } else if (subq && (cdb[3] == 2 || cdb[3] == 3)) {
        n = 24; /* neither catalogue number nor ISRC */
        p[4] = cdb[3];
    } else if (subq) {
        bad_field(d);
        return;
    }
    be16_put(p + 2, (uint16_t)(n - 4));
    atapi_reply(d, n, be16_get(cdb + 7));
}

/* Format 0: the track and the lead-out, from the track asked for. */
static uint32_t toc_tracks(struct ide_drive *d, uint8_t from, bool msf)
{
    uint8_t *p = d->buf + 2;

    *p++ = 1;
    *p++ = 1;
    if (from <= 1) {
        p[1] = ADR_DATA_TRACK;
        p[2] = 1;
        put_position(p + 4, 0, msf);
        p += 8;
    }
    p[1] = ADR_DATA_TRACK;
    p[2] = LEAD_OUT;
    put_position(p + 4, atapi_capacity(d), msf);
    return (uint32_t)(p + 8 - d->buf);
}

/* Format 1: where the last session begins. */
static uint32_t toc_session(struct ide_drive *d, bool msf)
{
    d->buf[2] = d->buf[3] = 1;
    d->buf[5] = ADR_DATA_TRACK;
    d->buf[6] = 1;
    put_position(d->buf + 8, 0, msf);
    return 12;
}

/* Format 2: the points A0h, A1h, A2h of the lead-in, and track 1; always as minute, second, frame.
 */
static uint32_t toc_full(struct ide_drive *d)
{
    static const uint8_t points[4] = {0xa0, 0xa1, 0xa2, 1};
    uint8_t *p = d->buf + 2;

    *p++ = 1;
    *p++ = 1;
    for (unsigned i = 0; i < 4; i++, p += 11) {
        uint8_t at[4];

        p[0] = 1;
        p[1] = ADR_DATA_TRACK;
        p[3] = points[i];
        if (i < 2) {
            p[8] = 1; /* first and last track */
            continue;
        }
        put_position(at, i == 2 ? atapi_capacity(d) : 0, true);
        memcpy(p + 8, at + 1, 3);
    }
    return (uint32_t)(p - d->buf);
}

static void read_toc(struct ide_drive *d, const uint8_t *cdb)
{
    bool msf = cdb[1] & 2;
    /* SFF-8020i had the format in the top bits of the last byte. */
    unsigned format = cdb[2] & 0x0f ? cdb[2] & 0x0f : cdb[9] >> 6;
    uint32_t n;

    memset(d->buf, 0, 64);
    if (format == 0 && cdb[6] > 1 && cdb[6] != LEAD_OUT) {
        bad_field(d);
        return;
    }
    switch (format) {
    case 0:
        n = toc_tracks(d, cdb[6], msf);
        break;
    case 1:
        n = toc_session(d, msf);
        break;
    case 2:
        n = toc_full(d);
        break;
    default:
        bad_field(d);
        return;
    }
    be16_put(d->buf, (uint16_t)(n - 2));
    atapi_reply(d, n, be16_get(cdb + 7));
}

/* One feature descriptor (MMC-3, 5.1.2): code, version and flags, and its own data. */
static uint8_t *put_feature(uint8_t *p, uint16_t code, uint8_t flags, const uint8_t *data,
                            uint8_t n)
{
    be16_put(p, code);
    p[2] = flags;
    p[3] = n;
    if (n)
        memcpy(p + 4, data, n);
    return p + 4 + n;
}

static uint8_t *put_profiles(uint8_t *p, uint16_t current)
{
    uint8_t list[8] = {0, PROFILE_DVD_ROM, current == PROFILE_DVD_ROM, 0,
                       0, PROFILE_CD_ROM,  current == PROFILE_CD_ROM,  0};
    return put_feature(p, 0x0000, 0x03, list, sizeof list);
}

static void get_configuration(struct ide_drive *d, const uint8_t *cdb)
{
    static const uint8_t core[8] = {0, 0, 0, 2 /* ATAPI */, 0, 0, 0, 0};
    static const uint8_t removable[4] = {0x29 /* tray, eject, lock */, 0, 0, 0};
    static const uint8_t random_read[8] = {0, 0, 8, 0 /* blocks of 2048 */, 0, 16, 0, 0};
    static const uint8_t cd_read[4] = {0};
    uint8_t *p = d->buf;
    unsigned from = be16_get(cdb + 2), request = cdb[1] & 3;
    uint16_t current = 0;

    if (atapi_has_medium(d))
        current = atapi_capacity(d) > CD_MAX_SECTORS ? PROFILE_DVD_ROM : PROFILE_CD_ROM;
    memset(p, 0, 128);
    be16_put(p + 6, current);
    p += 8;
#define WANTED(code) (request == 2 ? from == (code) : from <= (code))
    if (WANTED(0x0000))
        p = put_profiles(p, current);
    if (WANTED(0x0001))
        p = put_feature(p, 0x0001, 0x03, core, sizeof core);
    if (WANTED(0x0003))
        p = put_feature(p, 0x0003, 0x03, removable, sizeof removable);
    if (WANTED(0x0010) && (current || request != 1))
        p = put_feature(p, 0x0010, current != 0, random_read, sizeof random_read);
    if (WANTED(0x001e) && (current == PROFILE_CD_ROM || request != 1))
        p = put_feature(p, 0x001e, current == PROFILE_CD_ROM, cd_read, sizeof cd_read);
#undef WANTED
    be32_put(d->buf, (uint32_t)(p - d->buf) - 4);
    atapi_reply(d, (uint32_t)(p - d->buf), be16_get(cdb + 7));
}

/* Only polled, and only the media class (4) is there. */
static void get_event_status(struct ide_drive *d, const uint8_t *cdb)
{
    uint8_t *p = d->buf;

    if (!(cdb[1] & 1)) {
        bad_field(d);
        return;
    }
    memset(p, 0, 8);
    p[3] = 0x10; /* supported classes */
    if (!(cdb[4] & 0x10)) {
        be16_put(p, 2);
        p[2] = 0x80; /* no event of these classes */
        atapi_reply(d, 4, be16_get(cdb + 7));
        return;
    }
    be16_put(p, 6);
    p[2] = 4;
    p[4] = d->media_event;
    p[5] = (uint8_t)((d->tray_open ? 1 : 0) | (atapi_has_medium(d) ? 2 : 0));
    d->media_event = 0;
    atapi_reply(d, 8, be16_get(cdb + 7));
}

static void read_disc_info(struct ide_drive *d, const uint8_t *cdb)
{
    uint8_t *p = d->buf;

    memset(p, 0, 34);
    be16_put(p, 32);
    p[2] = 0x0e;                   /* complete, last session complete, not erasable */
    p[3] = p[4] = p[5] = p[6] = 1; /* first track, sessions, tracks of the last session */
    p[7] = 0x20;                   /* unrestricted use */
    memset(p + 16, 0xff, 8);       /* no lead-in or lead-out to be written */
    atapi_reply(d, 34, be16_get(cdb + 7));
}

static void read_track_info(struct ide_drive *d, const uint8_t *cdb)
{
    uint8_t *p = d->buf;
    bool by_track = (cdb[1] & 3) == 1;

    if (by_track && be32_get(cdb + 2) != 1) {
        bad_field(d);
        return;
    }
    memset(p, 0, 28);
    be16_put(p, 26);
    p[2] = p[3] = 1;
    p[5] = 0x04; /* data, uninterrupted */
    p[6] = 0x01; /* mode 1 */
    be32_put(p + 24, atapi_capacity(d));
    atapi_reply(d, 28, be16_get(cdb + 7));
}

/* Appends a mode page when it is asked for; page control 1 asks which bits can be changed: none. */
static uint8_t *put_page(uint8_t *p, const uint8_t *cdb, const uint8_t *page, uint8_t n)
{
    unsigned wanted = cdb[2] & 0x3f;

    if (wanted != 0x3f && wanted != page[0])
        return p;
    memcpy(p, page, n);
    if (cdb[2] >> 6 == 1)
        memset(p + 2, 0, n - 2u);
    return p + n;
}

/* The mode pages from p on; NULL when none has the number that was asked for. */
static uint8_t *mode_pages(const struct ide_drive *d, uint8_t *p, const uint8_t *cdb)
{
    static const uint8_t recovery[8] = {0x01, 6, 0, 5 /* retries */, 0, 0, 0, 0};
    static const uint8_t cd_params[8] = {0x0d, 6, 0, 0x0d, 0, 60, 0, 75};
    static const uint8_t audio[16] = {0x0e, 14, 4, 0, 0, 0, 0, 75, 1, 255, 2, 255, 0, 0, 0, 0};
    static const uint8_t caps[22] = {0x2a, 20,   0x3b, 0, 0x70, 0x60, 0x29, 0,
                                     0x0a, 0xc4, 0,    2, 2,    0,    0x0a, 0xc4};
    uint8_t now[sizeof caps], *start = p;

    memcpy(now, caps, sizeof now);
    if (d->locked)
        now[6] |= 2;
    p = put_page(p, cdb, recovery, sizeof recovery);
    p = put_page(p, cdb, cd_params, sizeof cd_params);
    p = put_page(p, cdb, audio, sizeof audio);
    p = put_page(p, cdb, now, sizeof now);
    return p == start ? NULL : p;
}

static uint8_t medium_type(const struct ide_drive *d)
{
    return d->tray_open ? 0x71 : d->blk ? 0x01 : 0x70;
}

static void mode_sense(struct ide_drive *d, const uint8_t *cdb, uint32_t header, uint32_t alloc)
{
    uint8_t *end = mode_pages(d, d->buf + header, cdb);

    if (!end) {
        bad_field(d);
        return;
    }
    if (cdb[2] >> 6 == 3) { /* saved values: there are none */
        atapi_check(d, KEY_ILLEGAL, 0x39, 0);
        return;
    }
    memset(d->buf, 0, header);
    if (header == 8) {
        be16_put(d->buf, (uint16_t)((uint32_t)(end - d->buf) - 2));
        d->buf[2] = medium_type(d);
    } else {
        d->buf[0] = (uint8_t)(end - d->buf - 1);
        d->buf[1] = medium_type(d);
    }
    atapi_reply(d, (uint32_t)(end - d->buf), alloc);
}

static void mode_sense6(struct ide_drive *d, const uint8_t *cdb)
{
    mode_sense(d, cdb, 4, cdb[4]);
}

static void mode_sense10(struct ide_drive *d, const uint8_t *cdb)
{
    mode_sense(d, cdb, 8, be16_get(cdb + 7));
}

static void mode_select6(struct ide_drive *d, const uint8_t *cdb)
{
    atapi_sink(d, cdb[4]);
}

static void mode_select10(struct ide_drive *d, const uint8_t *cdb)
{
    atapi_sink(d, be16_get(cdb + 7));
}

static void set_cd_speed(struct ide_drive *d, const uint8_t *cdb)
{
    (void)cdb;
    atapi_done(d);
}

static void mechanism_status(struct ide_drive *d, const uint8_t *cdb)
{
    memset(d->buf, 0, 8);
    d->buf[1] = d->tray_open ? 0x10 : 0;
    d->buf[5] = 1; /* one slot */
    atapi_reply(d, 8, be16_get(cdb + 8));
}

static const struct mmc_command mmc_commands[] = {
#define MMC_ROW(opcode, run, flags, name) {opcode, flags, run, name},
#include "devices/disk/mmc.def"
#undef MMC_ROW
};

const struct mmc_command *mmc_find(uint8_t opcode)
{
    for (unsigned i = 0; i < ARRAY_LEN(mmc_commands); i++)
        if (mmc_commands[i].opcode == opcode)
            return &mmc_commands[i];
    return NULL;
}
