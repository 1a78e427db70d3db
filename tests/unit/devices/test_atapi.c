/* test_atapi.c - a CD-ROM drive and its packets (MMC-3; ATA/ATAPI-6, 9.8). */
#include "disk_bench.h"

#define CD_SECTORS 1000u /* of 2048 bytes */

static struct memory_disk disc;
static struct device *controller;

static void cd_bench_with(struct bench *b, bool medium)
{
    controller = ide_socket(b);
    disc = memory_disk(CD_SECTORS * 4);
    ide_attach(controller, 0, 0, medium ? &disc.block : NULL, true);
    ide_power(b, controller);
}

static void cd_end(void)
{
    free(disc.data);
}

/* Sends a packet; the status at its first DRQ or end. */
static uint8_t packet(struct bench *b, const uint8_t cdb[12], uint16_t limit, bool dma)
{
    bench_out(b, 0x1f6, 0xa0);
    bench_out(b, 0x1f1, dma);
    bench_out(b, 0x1f4, (uint8_t)limit);
    bench_out(b, 0x1f5, (uint8_t)(limit >> 8));
    bench_out(b, 0x1f7, 0xa0);
    assert_int_equal(wait_ready(b, PRIMARY) & (DRQ | ERR), DRQ);
    assert_int_equal(bench_in(b, 0x1f2), 1); /* command, to the device */
    write_words(b, cdb, 6);
    return wait_ready(b, PRIMARY);
}

/* Reads a whole answer, block by block; returns its length. */
static unsigned answer(struct bench *b, uint8_t *buf, unsigned max)
{
    unsigned n = 0;

    while (wait_ready(b, PRIMARY) & DRQ) {
        unsigned k = bench_in(b, 0x1f4) | (unsigned)bench_in(b, 0x1f5) << 8;

        assert_int_equal(bench_in(b, 0x1f2), 2); /* data, to the host */
        assert_true(k && n + k <= max);
        read_words(b, buf + n, (k + 1) / 2);
        n += k;
    }
    assert_int_equal(bench_in(b, 0x1f2), 3); /* end */
    return n;
}

static void request_sense(struct bench *b, unsigned key, unsigned asc)
{
    static const uint8_t cdb[12] = {0x03, 0, 0, 0, 18};
    uint8_t buf[20];

    packet(b, cdb, 18, false);
    assert_int_equal(answer(b, buf, 18), 18);
    assert_int_equal(buf[0], 0x70);
    assert_int_equal(buf[2], key);
    assert_int_equal(buf[12], asc);
}

static const uint8_t test_unit_ready[12] = {0};

/* A drive with a disc in it, past its first unit attention. */
static void cd_bench(struct bench *b)
{
    cd_bench_with(b, true);
    packet(b, test_unit_ready, 0, false);
    request_sense(b, 6, 0x29);
}

static void after_power_on_the_drive_shows_the_packet_signature(void **state)
{
    struct bench *b = *state;

    cd_bench_with(b, true);
    assert_int_equal(bench_in(b, 0x1f7), 0);
    assert_int_equal(bench_in(b, 0x1f4), 0x14);
    assert_int_equal(bench_in(b, 0x1f5), 0xeb);
    cd_end();
}

static void identify_device_is_aborted_with_the_signature(void **state)
{
    struct bench *b = *state;
    uint8_t id[512];

    cd_bench_with(b, true);
    bench_out(b, 0x1f4, 0);
    assert_int_equal(command(b, 0xec, 0, 0), READY | ERR);
    assert_int_equal(bench_in(b, 0x1f4), 0x14);
    assert_int_equal(bench_in(b, 0x1f5), 0xeb);
    assert_int_equal(command(b, 0xa1, 0, 0), READY | DRQ);
    read_words(b, id, 256);
    assert_int_equal(le16_get(id), 0x85c0);
    assert_memory_equal(id + 54, "YBOGENC -DOR M", 14);
    cd_end();
}

static void device_reset_works_at_any_time_without_an_interrupt(void **state)
{
    struct bench *b = *state;

    cd_bench(b);
    bench_in(b, 0x1f7);
    bench_rises(b, "irq14");
    bench_out(b, 0x1f7, 0xa1);
    assert_int_equal(bench_in(b, 0x1f7) & BSY, BSY);
    bench_out(b, 0x1f7, 0x08);
    assert_int_equal(wait_ready(b, PRIMARY), 0);
    assert_int_equal(bench_in(b, 0x1f5), 0xeb);
    bench_ns(b, 1000000);
    assert_int_equal(bench_rises(b, "irq14"), 0);
    cd_end();
}

static void the_first_command_meets_a_unit_attention(void **state)
{
    struct bench *b = *state;

    cd_bench_with(b, true);
    assert_int_equal(packet(b, test_unit_ready, 0, false), READY | ERR);
    assert_int_equal(bench_in(b, 0x1f1) >> 4, 6);
    request_sense(b, 6, 0x29);
    assert_int_equal(packet(b, test_unit_ready, 0, false), READY);
    request_sense(b, 0, 0);
    cd_end();
}

static void inquiry_does_not_disturb_a_unit_attention(void **state)
{
    static const uint8_t cdb[12] = {0x12, 0, 0, 0, 36};
    struct bench *b = *state;
    uint8_t buf[36];

    cd_bench_with(b, true);
    assert_int_equal(packet(b, cdb, 36, false), READY | DRQ);
    assert_true(bench_level(b, "irq14"));
    assert_int_equal(answer(b, buf, 36), 36);
    assert_int_equal(buf[0], 5);
    assert_int_equal(buf[1], 0x80);
    assert_memory_equal(buf + 8, "BYGONE  CD-ROM          1.0 ", 28);
    assert_int_equal(packet(b, test_unit_ready, 0, false), READY | ERR);
    cd_end();
}

static void an_empty_drive_is_not_ready(void **state)
{
    struct bench *b = *state;

    cd_bench_with(b, false);
    packet(b, test_unit_ready, 0, false);
    assert_int_equal(packet(b, test_unit_ready, 0, false), READY | ERR);
    request_sense(b, 2, 0x3a);
    cd_end();
}

static void a_new_disc_makes_a_unit_attention_and_an_event(void **state)
{
    static const uint8_t cdb[12] = {0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8};
    struct bench *b = *state;
    uint8_t buf[8];

    cd_bench_with(b, false);
    packet(b, test_unit_ready, 0, false);
    ide_set_medium(controller, 0, 0, &disc.block);
    packet(b, cdb, 8, false);
    assert_int_equal(answer(b, buf, 8), 8);
    assert_int_equal(buf[4], 2);
    assert_int_equal(buf[5], 2);
    packet(b, cdb, 8, false);
    answer(b, buf, 8);
    assert_int_equal(buf[4], 0);
    assert_int_equal(packet(b, test_unit_ready, 0, false), READY | ERR);
    request_sense(b, 6, 0x28);
    assert_int_equal(packet(b, test_unit_ready, 0, false), READY);
    cd_end();
}

static void read_capacity_gives_the_last_sector(void **state)
{
    static const uint8_t cdb[12] = {0x25};
    struct bench *b = *state;
    uint8_t buf[8];

    cd_bench(b);
    packet(b, cdb, 8, false);
    assert_int_equal(answer(b, buf, 8), 8);
    assert_memory_equal(buf, "\0\0\x03\xe7\0\0\x08\0", 8);
    cd_end();
}

static void read_10_moves_a_sector_for_each_interrupt_when_the_limit_is_one(void **state)
{
    static const uint8_t cdb[12] = {0x28, 0, 0, 0, 0, 100, 0, 0, 3};
    struct bench *b = *state;
    uint8_t buf[3 * 2048];

    cd_bench(b);
    bench_in(b, 0x1f7);
    bench_rises(b, "irq14");
    packet(b, cdb, 2048, false);
    for (unsigned i = 0; i < 3; i++) {
        wait_ready(b, PRIMARY);
        assert_int_equal(bench_in(b, 0x1f5), 8);
        assert_int_equal(bench_in(b, 0x1f7), READY | DRQ);
        io_read_many(b->io, PRIMARY, buf + 2048 * i, 2, 1024);
    }
    assert_int_equal(wait_ready(b, PRIMARY), READY);
    assert_int_equal(bench_rises(b, "irq14"), 4);
    assert_memory_equal(buf, disc.data + 100 * 2048, sizeof buf);
    cd_end();
}

static void any_even_or_odd_limit_gives_the_same_data(void **state)
{
    static const uint8_t cdb[12] = {0xa8, 0, 0, 0, 0, 7, 0, 0, 0, 5};
    static const uint16_t limits[] = {0, 1, 3, 100, 1001, 2048, 4096, 0xffff};
    struct bench *b = *state;
    uint8_t buf[5 * 2048];

    cd_bench(b);
    for (unsigned i = b->reload ? 5 : 0; i < ARRAY_LEN(limits); i++) {
        memset(buf, 0, sizeof buf);
        packet(b, cdb, limits[i], false);
        assert_int_equal(answer(b, buf, sizeof buf), sizeof buf);
        assert_memory_equal(buf, disc.data + 7 * 2048, sizeof buf);
    }
    cd_end();
}

static void reading_past_the_end_is_out_of_range(void **state)
{
    static const uint8_t cdb[12] = {0x28, 0, 0, 0, 0x03, 0xe7, 0, 0, 2};
    struct bench *b = *state;

    cd_bench(b);
    assert_int_equal(packet(b, cdb, 2048, false), READY | ERR);
    request_sense(b, 5, 0x21);
    cd_end();
}

static void reading_no_sectors_just_ends(void **state)
{
    static const uint8_t cdb[12] = {0x28, 0, 0, 0, 0, 1, 0, 0, 0};
    struct bench *b = *state;

    cd_bench(b);
    assert_int_equal(packet(b, cdb, 2048, false), READY);
    cd_end();
}

static void read_10_by_dma_goes_to_memory(void **state)
{
    static const uint8_t cdb[12] = {0x28, 0, 0, 0, 0, 20, 0, 0, 20};
    struct bench *b = *state;

    cd_bench(b);
    put_prd(b, 0x8000, 0x10000, 40960, true);
    bench_out32(b, BM + 4, 0x8000);
    bench_out(b, BM + 0, 0x09);
    assert_int_equal(packet(b, cdb, 0, true), READY);
    assert_int_equal(bench_in(b, BM + 2), 0x04);
    assert_int_equal(bench_in(b, 0x1f2), 3);
    assert_memory_equal(b->ram.host + 0x10000, disc.data + 20 * 2048, 40960);
    cd_end();
}

static void the_toc_has_one_data_track_and_the_lead_out(void **state)
{
    static const uint8_t lba[12] = {0x43, 0, 0, 0, 0, 0, 0, 0, 64};
    static const uint8_t msf[12] = {0x43, 2, 0, 0, 0, 0, 0xaa, 0, 64};
    static const uint8_t session[12] = {0x43, 0, 1, 0, 0, 0, 0, 0, 64};
    static const uint8_t sff8020[12] = {0x43, 0, 0, 0, 0, 0, 0, 0, 64, 0x40};
    static const uint8_t full[12] = {0x43, 2, 2, 0, 0, 0, 0, 0, 64};
    struct bench *b = *state;
    uint8_t buf[64];

    cd_bench(b);
    packet(b, lba, 64, false);
    assert_int_equal(answer(b, buf, 64), 20);
    assert_memory_equal(buf, "\0\x12\1\1\0\x14\1\0\0\0\0\0\0\x14\xaa\0\0\0\x03\xe8", 20);
    packet(b, msf, 64, false);
    assert_int_equal(answer(b, buf, 64), 12);
    assert_memory_equal(buf, "\0\x0a\1\1\0\x14\xaa\0\0\0\x0f\x19", 12); /* 1000 + 150 frames */
    packet(b, session, 64, false);
    assert_int_equal(answer(b, buf, 64), 12);
    packet(b, sff8020, 64, false);
    assert_int_equal(answer(b, buf, 64), 12);
    packet(b, full, 64, false);
    assert_int_equal(answer(b, buf, 64), 48);
    cd_end();
}

static void mode_pages_are_told_one_by_one_or_all(void **state)
{
    static const uint8_t caps[12] = {0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 128};
    static const uint8_t all[12] = {0x5a, 0, 0x3f, 0, 0, 0, 0, 1, 0};
    static const uint8_t none[12] = {0x5a, 0, 0x11, 0, 0, 0, 0, 0, 128};
    static const uint8_t lock[12] = {0x1e, 0, 0, 0, 1};
    struct bench *b = *state;
    uint8_t buf[256];

    cd_bench(b);
    packet(b, caps, 128, false);
    assert_int_equal(answer(b, buf, 128), 30);
    assert_int_equal(buf[1], 28);
    assert_int_equal(buf[2], 0x01);
    assert_int_equal(buf[8], 0x2a);
    assert_int_equal(buf[14] & 2, 0);
    packet(b, lock, 0, false);
    packet(b, caps, 128, false);
    answer(b, buf, 128);
    assert_int_equal(buf[14] & 2, 2);
    packet(b, all, 256, false);
    assert_int_equal(answer(b, buf, 256), 62);
    assert_int_equal(packet(b, none, 128, false), READY | ERR);
    request_sense(b, 5, 0x24);
    cd_end();
}

static void mode_select_takes_its_parameters_from_the_host(void **state)
{
    static const uint8_t cdb[12] = {0x55, 0x10, 0, 0, 0, 0, 0, 0, 16};
    struct bench *b = *state;
    uint8_t params[16] = {0};

    cd_bench(b);
    assert_int_equal(packet(b, cdb, 16, false), READY | DRQ);
    assert_int_equal(bench_in(b, 0x1f2), 0);
    write_words(b, params, 8);
    assert_int_equal(wait_ready(b, PRIMARY), READY);
    cd_end();
}

static void the_tray_opens_and_closes_unless_it_is_locked(void **state)
{
    static const uint8_t lock[12] = {0x1e, 0, 0, 0, 1}, unlock[12] = {0x1e};
    static const uint8_t eject[12] = {0x1b, 0, 0, 0, 2}, load[12] = {0x1b, 0, 0, 0, 3};
    static const uint8_t mechanism[12] = {0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8};
    struct bench *b = *state;
    uint8_t buf[8];

    cd_bench(b);
    packet(b, lock, 0, false);
    assert_int_equal(packet(b, eject, 0, false), READY | ERR);
    request_sense(b, 5, 0x53);
    packet(b, unlock, 0, false);
    assert_int_equal(packet(b, eject, 0, false), READY);
    assert_int_equal(packet(b, test_unit_ready, 0, false), READY | ERR);
    request_sense(b, 2, 0x3a);
    packet(b, mechanism, 8, false);
    answer(b, buf, 8);
    assert_int_equal(buf[1], 0x10);
    assert_int_equal(packet(b, load, 0, false), READY);
    packet(b, test_unit_ready, 0, false);
    request_sense(b, 6, 0x28);
    assert_int_equal(packet(b, test_unit_ready, 0, false), READY);
    cd_end();
}

static void the_current_profile_is_cd_rom(void **state)
{
    static const uint8_t cdb[12] = {0x46, 0, 0, 0, 0, 0, 0, 0, 128};
    struct bench *b = *state;
    uint8_t buf[128];
    unsigned n;

    cd_bench(b);
    packet(b, cdb, 128, false);
    n = answer(b, buf, 128);
    assert_int_equal(n, buf[3] + 4);
    assert_int_equal(buf[7], 0x08);
    cd_end();
}

static void an_allocation_length_cuts_the_answer(void **state)
{
    static const uint8_t five[12] = {0x12, 0, 0, 0, 5}, none[12] = {0x12};
    struct bench *b = *state;
    uint8_t buf[6];

    cd_bench(b);
    packet(b, five, 36, false);
    assert_int_equal(answer(b, buf, 6), 5);
    assert_int_equal(packet(b, none, 36, false), READY);
    cd_end();
}

static void an_unknown_packet_is_an_illegal_request(void **state)
{
    static const uint8_t cdb[12] = {0xff};
    struct bench *b = *state;

    cd_bench(b);
    assert_int_equal(packet(b, cdb, 8, false), READY | ERR);
    assert_int_equal(bench_in(b, 0x1f1), 0x54);
    request_sense(b, 5, 0x20);
    cd_end();
}

static void any_packet_may_be_sent(void **state)
{
    struct bench *b = *state;
    uint32_t x = 99;

    cd_bench(b);
    for (unsigned i = 0; i < (b->reload ? 64u : 2048u); i++) {
        uint8_t cdb[12];

        for (unsigned k = 0; k < 12; k++) {
            x = x * 1664525 + 1013904223;
            cdb[k] = (uint8_t)(x >> 24 & (k > 2 && i & 1 ? 3 : 0xff));
        }
        cdb[0] = (uint8_t)i;
        bench_out(b, 0x1f6, 0xa0);
        bench_out(b, 0x1f1, 0);
        bench_out(b, 0x1f4, (uint8_t)(x >> 8));
        bench_out(b, 0x1f5, (uint8_t)(x >> 16));
        bench_out(b, 0x1f7, 0xa0);
        io_write_many(b->io, PRIMARY, cdb, 2, 6);
        for (unsigned k = 0; k < 40 && wait_ready(b, PRIMARY) & DRQ; k++) {
            io_read(b->io, PRIMARY, 4);
            io_write(b->io, PRIMARY, 0, 2);
        }
    }
    assert_int_equal(wait_ready(b, PRIMARY) & BSY, 0);
    cd_end();
}

#define TESTS(X)                                                                                   \
    X(after_power_on_the_drive_shows_the_packet_signature)                                         \
    X(identify_device_is_aborted_with_the_signature)                                               \
    X(device_reset_works_at_any_time_without_an_interrupt)                                         \
    X(the_first_command_meets_a_unit_attention)                                                    \
    X(inquiry_does_not_disturb_a_unit_attention)                                                   \
    X(an_empty_drive_is_not_ready)                                                                 \
    X(a_new_disc_makes_a_unit_attention_and_an_event)                                              \
    X(read_capacity_gives_the_last_sector)                                                         \
    X(read_10_moves_a_sector_for_each_interrupt_when_the_limit_is_one)                             \
    X(any_even_or_odd_limit_gives_the_same_data)                                                   \
    X(reading_past_the_end_is_out_of_range)                                                        \
    X(reading_no_sectors_just_ends)                                                                \
    X(read_10_by_dma_goes_to_memory)                                                               \
    X(the_toc_has_one_data_track_and_the_lead_out)                                                 \
    X(mode_pages_are_told_one_by_one_or_all)                                                       \
    X(mode_select_takes_its_parameters_from_the_host)                                              \
    X(the_tray_opens_and_closes_unless_it_is_locked)                                               \
    X(the_current_profile_is_cd_rom)                                                               \
    X(an_allocation_length_cuts_the_answer)                                                        \
    X(an_unknown_packet_is_an_illegal_request)                                                     \
    X(any_packet_may_be_sent)

BENCH_MAIN(TESTS)
