/* test_ata.c - a disk through its task file, and by the bus master (ATA/ATAPI-6; SFF-8038i). */
#include "disk_bench.h"

#define SECTORS 81920u /* 40 MB: 81 cylinders, 16 heads, 63 sectors */

static struct memory_disk disk, slave;

static struct device *disk_bench(struct bench *b)
{
    struct device *d = ide_socket(b);

    disk = memory_disk(SECTORS);
    ide_attach(d, 0, 0, &disk.block, false);
    ide_power(b, d);
    return d;
}

static void disk_end(void)
{
    free(disk.data);
}

static void after_power_on_the_disk_shows_its_signature(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    assert_int_equal(bench_in(b, 0x1f7), READY);
    assert_int_equal(bench_in(b, 0x1f1), 0x01);
    assert_int_equal(bench_in(b, 0x1f2), 0x01);
    assert_int_equal(bench_in(b, 0x1f3), 0x01);
    assert_int_equal(bench_in(b, 0x1f4), 0x00);
    assert_int_equal(bench_in(b, 0x1f5), 0x00);
    disk_end();
}

static void without_the_decode_bit_no_port_answers(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    put_config16(b, IDE, 0x40, 0);
    assert_int_equal(bench_in(b, 0x1f7), 0xff);
    assert_int_equal(bench_in(b, 0x3f6), 0xff);
    disk_end();
}

static void an_absent_drive_reads_zero(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    bench_out(b, 0x1f6, 0xb0);
    bench_out(b, 0x1f2, 0x55);
    assert_int_equal(bench_in(b, 0x1f2), 0);
    assert_int_equal(bench_in(b, 0x1f7), 0);
    bench_out(b, 0x1f7, 0xec);
    bench_ns(b, 1000000);
    assert_int_equal(bench_in(b, 0x1f7), 0);
    assert_int_equal(bench_in(b, 0x177), 0);
    disk_end();
}

static void identify_tells_model_geometry_and_size(void **state)
{
    struct bench *b = *state;
    uint8_t id[512];

    disk_bench(b);
    assert_int_equal(command(b, 0xec, 0, 0), READY | DRQ);
    assert_true(bench_level(b, "irq14"));
    read_words(b, id, 256);
    assert_memory_equal(id + 54, "YBOGENH RADDSI K", 16);
    assert_int_equal(le16_get(id + 2), 81);
    assert_int_equal(le16_get(id + 6), 16);
    assert_int_equal(le16_get(id + 12), 63);
    assert_int_equal(le32_get(id + 120), SECTORS);
    assert_int_equal(le64_get(id + 200), SECTORS);
    assert_int_equal(bench_in(b, 0x1f7), READY);
    disk_end();
}

static void reading_status_takes_the_interrupt_back_and_alternate_status_does_not(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    command(b, 0xe7, 0, 0);
    assert_true(bench_level(b, "irq14"));
    bench_in(b, 0x3f6);
    assert_true(bench_level(b, "irq14"));
    bench_in(b, 0x1f7);
    assert_false(bench_level(b, "irq14"));
    disk_end();
}

static void nien_holds_the_interrupt(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    bench_out(b, 0x3f6, 0x02);
    command(b, 0xe7, 0, 0);
    assert_false(bench_level(b, "irq14"));
    bench_out(b, 0x3f6, 0x00);
    assert_true(bench_level(b, "irq14"));
    disk_end();
}

static void read_sectors_interrupts_once_for_each_sector(void **state)
{
    struct bench *b = *state;
    uint8_t buf[512];

    disk_bench(b);
    bench_rises(b, "irq14");
    assert_int_equal(command(b, 0x20, 3, 1000), READY | DRQ);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(wait_ready(b, PRIMARY), READY | DRQ);
        assert_int_equal(bench_rises(b, "irq14"), 1);
        assert_int_equal(bench_in(b, 0x1f7), READY | DRQ);
        read_words(b, buf, 256);
        assert_int_equal(le32_get(buf), 1000 + i);
        assert_int_equal(buf[511], (1000 + i) & 0xff);
    }
    assert_int_equal(bench_in(b, 0x1f7), READY);
    bench_ns(b, 1000000);
    assert_int_equal(bench_rises(b, "irq14"), 0);
    assert_int_equal(bench_in(b, 0x1f2), 0);
    assert_int_equal(bench_in(b, 0x1f3), 1002 & 0xff);
    disk_end();
}

static void a_count_of_zero_is_256_sectors(void **state)
{
    struct bench *b = *state;
    uint8_t buf[512];

    disk_bench(b);
    command(b, 0x20, 0, 0);
    for (unsigned i = 0; i < 256; i++) {
        assert_int_equal(wait_ready(b, PRIMARY), READY | DRQ);
        assert_int_equal(io_read(b->io, PRIMARY, 4), i);
        io_read_many(b->io, PRIMARY, buf, 2, 254);
        assert_int_equal(buf[507], i);
    }
    assert_int_equal(wait_ready(b, PRIMARY), READY);
    disk_end();
}

static void dword_accesses_and_rep_insw_read_the_same(void **state)
{
    struct bench *b = *state;
    uint8_t buf[512];

    disk_bench(b);
    command(b, 0x20, 2, 77);
    assert_int_equal(bench_in32(b, PRIMARY), 77);
    for (unsigned i = 0; i < 127; i++)
        assert_int_equal(bench_in32(b, PRIMARY), 77 * 0x01010101u);
    wait_ready(b, PRIMARY);
    io_read_many(b->io, PRIMARY, buf, 2, 256);
    assert_memory_equal(buf, disk.data + 78 * 512, 512);
    assert_int_equal(wait_ready(b, PRIMARY), READY);
    disk_end();
}

static void chs_addresses_the_same_sectors(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    bench_out(b, 0x1f6, 0xa3); /* head 3 */
    bench_out(b, 0x1f2, 1);
    bench_out(b, 0x1f3, 5);
    bench_out(b, 0x1f4, 40);
    bench_out(b, 0x1f5, 0);
    bench_out(b, 0x1f7, 0x20);
    assert_int_equal(wait_ready(b, PRIMARY), READY | DRQ);
    assert_int_equal(bench_in32(b, PRIMARY), (40 * 16 + 3) * 63 + 4);
    disk_end();
}

static void initialize_parameters_changes_the_translation(void **state)
{
    struct bench *b = *state;
    uint8_t id[512];

    disk_bench(b);
    bench_out(b, 0x1f6, 0xa7); /* 8 heads */
    bench_out(b, 0x1f2, 32);
    bench_out(b, 0x1f7, 0x91);
    assert_int_equal(wait_ready(b, PRIMARY), READY);
    command(b, 0xec, 0, 0);
    read_words(b, id, 256);
    assert_int_equal(le16_get(id + 108), SECTORS / 256);
    assert_int_equal(le16_get(id + 110), 8);
    assert_int_equal(le16_get(id + 112), 32);
    bench_out(b, 0x1f6, 0xa1);
    bench_out(b, 0x1f2, 1);
    bench_out(b, 0x1f3, 1);
    bench_out(b, 0x1f4, 2);
    bench_out(b, 0x1f5, 0);
    bench_out(b, 0x1f7, 0x20);
    wait_ready(b, PRIMARY);
    assert_int_equal(bench_in32(b, PRIMARY), (2 * 8 + 1) * 32);
    disk_end();
}

static void sector_0_and_a_head_too_many_are_not_found(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    bench_out(b, 0x1f6, 0xa0);
    bench_out(b, 0x1f2, 1);
    bench_out(b, 0x1f3, 0);
    bench_out(b, 0x1f7, 0x20);
    assert_int_equal(wait_ready(b, PRIMARY), READY | ERR);
    assert_int_equal(bench_in(b, 0x1f1) & 0x10, 0x10);
    bench_out(b, 0x1f3, 64);
    bench_out(b, 0x1f7, 0x20);
    assert_int_equal(wait_ready(b, PRIMARY), READY | ERR);
    disk_end();
}

static void reading_past_the_end_is_not_found(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    assert_int_equal(command(b, 0x20, 2, SECTORS - 1), READY | ERR);
    assert_int_equal(bench_in(b, 0x1f1) & 0x10, 0x10);
    assert_true(bench_level(b, "irq14"));
    assert_int_equal(command(b, 0x20, 1, SECTORS - 1), READY | DRQ);
    disk_end();
}

static void write_sectors_puts_them_on_the_medium(void **state)
{
    struct bench *b = *state;
    uint8_t buf[1024];

    disk_bench(b);
    memset(buf, 0x3c, sizeof buf);
    bench_rises(b, "irq14");
    assert_int_equal(command(b, 0x30, 2, 50), READY | DRQ);
    assert_int_equal(bench_rises(b, "irq14"), 0);
    write_words(b, buf, 256);
    assert_int_equal(wait_ready(b, PRIMARY), READY | DRQ);
    assert_int_equal(bench_rises(b, "irq14"), 1);
    bench_in(b, 0x1f7);
    io_write_many(b->io, PRIMARY, buf, 2, 256);
    assert_int_equal(wait_ready(b, PRIMARY), READY);
    assert_int_equal(bench_rises(b, "irq14"), 1);
    assert_memory_equal(disk.data + 50 * 512, buf, 1024);
    assert_int_equal(disk.data[52 * 512 + 511], 52);
    disk_end();
}

static void a_read_only_disk_aborts_writes(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    disk.block.readonly = true;
    assert_int_equal(command(b, 0x30, 1, 0), READY | ERR);
    assert_int_equal(bench_in(b, 0x1f1) & 0x04, 0x04);
    disk_end();
}

static void read_multiple_moves_blocks_and_needs_set_multiple(void **state)
{
    struct bench *b = *state;
    uint8_t buf[2048];

    disk_bench(b);
    assert_int_equal(command(b, 0xc4, 1, 0), READY | ERR);
    assert_int_equal(command(b, 0xc6, 3, 0), READY | ERR);
    assert_int_equal(command(b, 0xc6, 4, 0), READY);
    bench_in(b, 0x1f7);
    bench_rises(b, "irq14");
    assert_int_equal(command(b, 0xc4, 6, 200), READY | DRQ);
    read_words(b, buf, 1024);
    assert_memory_equal(buf, disk.data + 200 * 512, 2048);
    bench_in(b, 0x1f7);
    wait_ready(b, PRIMARY);
    read_words(b, buf, 512);
    assert_memory_equal(buf, disk.data + 204 * 512, 1024);
    assert_int_equal(wait_ready(b, PRIMARY), READY);
    assert_int_equal(bench_rises(b, "irq14"), 2);
    disk_end();
}

static void the_48_bit_commands_take_two_writes_of_each_register(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    task_file(b, 0, 0, 0, 0xe0); /* high bytes */
    bench_out(b, 0x1f3, 0x00);
    task_file(b, 0, 1, 0x012345, 0xe0);
    bench_out(b, 0x1f7, 0x24);
    assert_int_equal(wait_ready(b, PRIMARY), READY | DRQ);
    assert_int_equal(bench_in32(b, PRIMARY), 0x012345);
    task_file(b, 0, 0, 1, 0xe0); /* LBA bit 24 */
    task_file(b, 0, 1, 0, 0xe0);
    bench_out(b, 0x3f6, 0x80);
    assert_int_equal(bench_in(b, 0x1f3), 1);
    bench_out(b, 0x1f7, 0x24);
    assert_int_equal(wait_ready(b, PRIMARY), READY | ERR);
    disk_end();
}

static void verify_seek_and_recalibrate_move_no_data(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    assert_int_equal(command(b, 0x40, 8, 16), READY);
    assert_int_equal(command(b, 0x40, 8, SECTORS), READY | ERR);
    assert_int_equal(command(b, 0x70, 0, 16), READY);
    assert_int_equal(command(b, 0x10, 0, 0), READY);
    disk_end();
}

static void power_modes_are_told_and_sleep_ends_by_a_reset(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    command(b, 0xe5, 0, 0);
    assert_int_equal(bench_in(b, 0x1f2), 0xff);
    command(b, 0xe0, 0, 0);
    command(b, 0xe5, 0, 0);
    assert_int_equal(bench_in(b, 0x1f2), 0x00);
    assert_int_equal(command(b, 0xe6, 0, 0), READY);
    bench_in(b, 0x1f7);
    bench_out(b, 0x1f7, 0xec);
    bench_ns(b, 1000000);
    assert_int_equal(bench_in(b, 0x1f7), READY);
    bench_out(b, 0x3f6, 0x04);
    bench_out(b, 0x3f6, 0x00);
    wait_ready(b, PRIMARY);
    assert_int_equal(command(b, 0xec, 0, 0), READY | DRQ);
    disk_end();
}

static void read_native_max_gives_the_last_sector(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    assert_int_equal(command(b, 0xf8, 0, 0), READY);
    assert_int_equal(bench_in(b, 0x1f3) | bench_in(b, 0x1f4) << 8 | bench_in(b, 0x1f5) << 16,
                     SECTORS - 1);
    disk_end();
}

static void set_features_selects_the_mode_that_identify_shows(void **state)
{
    struct bench *b = *state;
    uint8_t id[512];

    disk_bench(b);
    task_file(b, 0x03, 0x22, 0, 0xe0);
    bench_out(b, 0x1f7, 0xef);
    assert_int_equal(wait_ready(b, PRIMARY), READY);
    task_file(b, 0x03, 0x5f, 0, 0xe0);
    bench_out(b, 0x1f7, 0xef);
    assert_int_equal(wait_ready(b, PRIMARY), READY | ERR);
    task_file(b, 0x82, 0, 0, 0xe0);
    bench_out(b, 0x1f7, 0xef);
    wait_ready(b, PRIMARY);
    command(b, 0xec, 0, 0);
    read_words(b, id, 256);
    assert_int_equal(le16_get(id + 126), 0x0407);
    assert_int_equal(le16_get(id + 170) & 0x60, 0x40);
    disk_end();
}

static void an_unknown_command_is_aborted(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    assert_int_equal(command(b, 0xfe, 0, 0), READY | ERR);
    assert_int_equal(bench_in(b, 0x1f1), 0x04);
    assert_int_equal(command(b, 0xa0, 0, 0), READY | ERR);
    assert_int_equal(command(b, 0xa1, 0, 0), READY | ERR);
    disk_end();
}

static void a_software_reset_holds_bsy_and_leaves_the_signature(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    command(b, 0x20, 1, 0x123456 % SECTORS);
    bench_out(b, 0x3f6, 0x04);
    bench_ns(b, 1000000);
    assert_int_equal(bench_in(b, 0x1f7), BSY);
    assert_false(bench_level(b, "irq14"));
    bench_out(b, 0x3f6, 0x00);
    assert_int_equal(bench_in(b, 0x1f7), BSY);
    assert_int_equal(wait_ready(b, PRIMARY), READY);
    assert_int_equal(bench_in(b, 0x1f1), 0x01);
    assert_int_equal(bench_in(b, 0x1f3), 0x01);
    assert_int_equal(bench_in(b, 0x1f4), 0x00);
    disk_end();
}

static void diagnostic_selects_device_0_and_passes(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    bench_out(b, 0x1f7, 0x90);
    assert_int_equal(wait_ready(b, PRIMARY), READY);
    assert_int_equal(bench_in(b, 0x1f1), 0x01);
    assert_true(bench_level(b, "irq14"));
    disk_end();
}

static void two_drives_of_a_channel_are_told_apart(void **state)
{
    struct bench *b = *state;
    struct device *d = ide_socket(b);
    uint8_t id[512];

    disk = memory_disk(2048);
    slave = memory_disk(4096);
    ide_attach(d, 0, 0, &disk.block, false);
    ide_attach(d, 0, 1, &slave.block, false);
    ide_power(b, d);
    bench_out(b, 0x1f6, 0xf0);
    bench_out(b, 0x1f7, 0xec);
    assert_int_equal(wait_ready(b, PRIMARY), READY | DRQ);
    assert_true(bench_level(b, "irq14"));
    read_words(b, id, 256);
    assert_int_equal(le32_get(id + 120), 4096);
    bench_out(b, 0x1f6, 0xe0);
    assert_false(bench_level(b, "irq14"));
    assert_int_equal(command(b, 0xec, 0, 0), READY | DRQ);
    read_words(b, id, 256);
    assert_int_equal(le32_get(id + 120), 2048);
    free(slave.data);
    disk_end();
}

/* Starts the bus master of the primary channel with the table at 8000h. */
static void start_dma(struct bench *b, bool to_memory)
{
    bench_out(b, BM + 0, 0);
    bench_out32(b, BM + 4, 0x8000);
    bench_out(b, BM + 2, 0x06);
    bench_out(b, BM + 0, to_memory ? 0x09 : 0x01);
}

static void read_dma_scatters_by_the_descriptors(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    put_prd(b, 0x8000, 0x10000, 256, false);
    put_prd(b, 0x8008, 0x20000, 1024 - 256, true);
    task_file(b, 0, 2, 300, 0xe0);
    bench_out(b, 0x1f7, 0xc8);
    start_dma(b, true);
    assert_int_equal(bench_in(b, BM + 2), 0x01);
    assert_int_equal(wait_ready(b, PRIMARY), READY);
    assert_true(bench_level(b, "irq14"));
    assert_int_equal(bench_in(b, BM + 2), 0x04);
    assert_memory_equal(b->ram.host + 0x10000, disk.data + 300 * 512, 256);
    assert_memory_equal(b->ram.host + 0x20000, disk.data + 300 * 512 + 256, 768);
    bench_out(b, BM + 2, 0x04);
    assert_int_equal(bench_in(b, BM + 2), 0);
    disk_end();
}

static void write_dma_gathers_by_the_descriptors(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    memset(b->ram.host + 0x10000, 0x77, 65536);
    put_prd(b, 0x8000, 0x10000, 0, true); /* 0 is 64 KB */
    task_file(b, 0, 128, 400, 0xe0);
    bench_out(b, 0x1f7, 0xca);
    start_dma(b, false);
    assert_int_equal(wait_ready(b, PRIMARY), READY);
    assert_int_equal(bench_in(b, BM + 2), 0x04);
    assert_memory_equal(disk.data + 400 * 512, b->ram.host + 0x10000, 65536);
    disk_end();
}

static void the_drive_waits_for_the_bus_master_to_start(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    put_prd(b, 0x8000, 0x10000, 512, true);
    task_file(b, 0, 1, 9, 0xe0);
    bench_out(b, 0x1f7, 0xc8);
    bench_ns(b, 10000000);
    assert_int_equal(bench_in(b, 0x1f7) & BSY, BSY);
    start_dma(b, true);
    assert_int_equal(wait_ready(b, PRIMARY), READY);
    assert_int_equal(bench_load(b, 0x10000), 9);
    disk_end();
}

static void a_table_that_is_too_short_leaves_the_drive_waiting(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    put_prd(b, 0x8000, 0x10000, 512, true);
    task_file(b, 0, 2, 9, 0xe0);
    bench_out(b, 0x1f7, 0xc8);
    start_dma(b, true);
    bench_ns(b, 10000000);
    assert_int_equal(bench_in(b, 0x1f7) & BSY, BSY);
    assert_int_equal(bench_in(b, BM + 2), 0x00);
    put_prd(b, 0x8000, 0x10200, 512, true);
    start_dma(b, true);
    assert_int_equal(wait_ready(b, PRIMARY), READY);
    assert_int_equal(bench_load(b, 0x10200), 10);
    disk_end();
}

static void a_table_that_is_too_long_leaves_the_master_active(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    put_prd(b, 0x8000, 0x10000, 2048, true);
    task_file(b, 0, 1, 9, 0xe0);
    bench_out(b, 0x1f7, 0xc8);
    start_dma(b, true);
    assert_int_equal(wait_ready(b, PRIMARY), READY);
    assert_int_equal(bench_in(b, BM + 2), 0x05);
    bench_out(b, BM + 0, 0);
    assert_int_equal(bench_in(b, BM + 2), 0x04);
    disk_end();
}

static void a_function_that_may_not_master_moves_nothing(void **state)
{
    struct bench *b = *state;

    disk_bench(b);
    put_config16(b, IDE, PCI_COMMAND, PCI_COMMAND_IO);
    put_prd(b, 0x8000, 0x10000, 512, true);
    task_file(b, 0, 1, 9, 0xe0);
    bench_out(b, 0x1f7, 0xc8);
    start_dma(b, true);
    bench_ns(b, 10000000);
    assert_int_equal(bench_load(b, 0x10000), 0);
    disk_end();
}

static void dma_takes_its_time_by_length(void **state)
{
    struct bench *b = *state;
    uint64_t start;

    disk_bench(b);
    for (unsigned i = 0; i < 2; i++)
        put_prd(b, 0x8000 + 8 * i, 0x10000, 0, i == 1);
    task_file(b, 0, 0, 0, 0xe0); /* 128 KB */
    bench_out(b, 0x1f7, 0xc8);
    start = b->count;
    start_dma(b, true);
    wait_ready(b, PRIMARY);
    assert_in_range(b->count - start, 1310720, 1400000); /* 100 MB/s */
    disk_end();
}

static unsigned host_errors;

static void count_error(void *opaque, const char *sentence)
{
    assert_string_equal(sentence, "the disk is broken");
    ++*(unsigned *)opaque;
}

static void a_failing_host_is_reported_and_the_command_fails(void **state)
{
    struct bench *b = *state;
    struct device *d = disk_bench(b);
    uint8_t buf[512] = {0};

    host_errors = 0;
    ide_on_host_error(d, count_error, &host_errors);
    disk.broken = true;
    assert_int_equal(command(b, 0x20, 1, 0), READY | ERR);
    assert_int_equal(bench_in(b, 0x1f1), 0x40);
    command(b, 0x30, 1, 0);
    write_words(b, buf, 256);
    assert_int_equal(wait_ready(b, PRIMARY), READY | ERR | 0x20);
    assert_int_equal(command(b, 0xe7, 0, 0), READY | ERR | 0x20);
    assert_int_equal(host_errors, 3);
    disk_end();
}

static void any_byte_may_be_written_to_any_port(void **state)
{
    struct bench *b = *state;
    uint32_t x = 12345;

    disk_bench(b);
    for (unsigned i = 0; i < 20000; i++) {
        uint16_t port;

        x = x * 1664525 + 1013904223;
        port = (uint16_t)(x >> 28 < 12   ? 0x1f0 + (x >> 8) % 8
                          : x >> 28 < 13 ? 0x3f6
                                         : BM + (x >> 8) % 16);
        io_write(b->io, port, x >> 16, 1u << (x >> 4) % 3);
        io_read(b->io, port, 1u << (x >> 6) % 3);
        if (i % 4 == 0)
            bench_ns(b, (x >> 12) % 20000);
    }
    bench_out(b, 0x3f6, 0x04);
    bench_out(b, 0x3f6, 0x00);
    wait_ready(b, PRIMARY);
    assert_int_equal(command(b, 0xec, 0, 0), READY | DRQ);
    disk_end();
}

#define TESTS(X)                                                                                   \
    X(after_power_on_the_disk_shows_its_signature)                                                 \
    X(without_the_decode_bit_no_port_answers)                                                      \
    X(an_absent_drive_reads_zero)                                                                  \
    X(identify_tells_model_geometry_and_size)                                                      \
    X(reading_status_takes_the_interrupt_back_and_alternate_status_does_not)                       \
    X(nien_holds_the_interrupt)                                                                    \
    X(read_sectors_interrupts_once_for_each_sector)                                                \
    X(a_count_of_zero_is_256_sectors)                                                              \
    X(dword_accesses_and_rep_insw_read_the_same)                                                   \
    X(chs_addresses_the_same_sectors)                                                              \
    X(initialize_parameters_changes_the_translation)                                               \
    X(sector_0_and_a_head_too_many_are_not_found)                                                  \
    X(reading_past_the_end_is_not_found)                                                           \
    X(write_sectors_puts_them_on_the_medium)                                                       \
    X(a_read_only_disk_aborts_writes)                                                              \
    X(read_multiple_moves_blocks_and_needs_set_multiple)                                           \
    X(the_48_bit_commands_take_two_writes_of_each_register)                                        \
    X(verify_seek_and_recalibrate_move_no_data)                                                    \
    X(power_modes_are_told_and_sleep_ends_by_a_reset)                                              \
    X(read_native_max_gives_the_last_sector)                                                       \
    X(set_features_selects_the_mode_that_identify_shows)                                           \
    X(an_unknown_command_is_aborted)                                                               \
    X(a_software_reset_holds_bsy_and_leaves_the_signature)                                         \
    X(diagnostic_selects_device_0_and_passes)                                                      \
    X(two_drives_of_a_channel_are_told_apart)                                                      \
    X(read_dma_scatters_by_the_descriptors)                                                        \
    X(write_dma_gathers_by_the_descriptors)                                                        \
    X(the_drive_waits_for_the_bus_master_to_start)                                                 \
    X(a_table_that_is_too_short_leaves_the_drive_waiting)                                          \
    X(a_table_that_is_too_long_leaves_the_master_active)                                           \
    X(a_function_that_may_not_master_moves_nothing)                                                \
    X(dma_takes_its_time_by_length)                                                                \
    X(a_failing_host_is_reported_and_the_command_fails)                                            \
    X(any_byte_may_be_written_to_any_port)

BENCH_MAIN(TESTS)
