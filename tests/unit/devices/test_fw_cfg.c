/* test_fw_cfg.c - items by port and by DMA, as firmware reads them. */
#include "bench.h"
#include "devices/firmware/fw_cfg.h"

static struct device *cfg_bench(struct bench *b)
{
    return bench_device(b, &fw_cfg_class, "fw-cfg");
}

static void select_key(struct bench *b, uint16_t key)
{
    bench_out16(b, 0x510, key);
}

static uint32_t read32(struct bench *b)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < 4; i++)
        v |= (uint32_t)bench_in(b, 0x511) << 8 * i;
    return v;
}

static uint32_t swap(uint32_t v)
{
    return __builtin_bswap32(v);
}

/* A DMA access structure at 8000h. */
static void dma(struct bench *b, uint32_t control, uint32_t length, uint32_t address)
{
    bench_store(b, 0x8000, swap(control));
    bench_store(b, 0x8004, swap(length));
    bench_store(b, 0x8008, 0);
    bench_store(b, 0x800c, swap(address));
    bench_out32(b, 0x518, swap(0x8000));
}

static void the_signature_and_id_say_what_it_is(void **state)
{
    struct bench *b = *state;

    cfg_bench(b);
    select_key(b, FW_CFG_SIGNATURE);
    assert_int_equal(read32(b), 0x554d4551); /* "QEMU" */
    select_key(b, FW_CFG_ID);
    assert_int_equal(read32(b), 3);
}

static void past_the_end_of_an_item_there_are_zeros(void **state)
{
    struct bench *b = *state;
    struct device *d = cfg_bench(b);

    fw_cfg_add_u16(d, FW_CFG_NB_CPUS, 0x0102);
    select_key(b, FW_CFG_NB_CPUS);
    assert_int_equal(read32(b), 0x0102);
    select_key(b, 0x3fff);
    assert_int_equal(read32(b), 0);
}

static void files_stand_in_the_directory_big_endian(void **state)
{
    struct bench *b = *state;
    struct device *d = cfg_bench(b);
    char name[57] = {0};

    fw_cfg_add_file(d, "etc/one", "abc", 3);
    fw_cfg_add_file(d, "etc/two", "defgh", 5);
    select_key(b, FW_CFG_FILE_DIR);
    assert_int_equal(read32(b), swap(2));
    assert_int_equal(read32(b), swap(3));
    assert_int_equal(read32(b), 0x00002000);
    for (unsigned i = 0; i < 56; i++)
        name[i] = (char)bench_in(b, 0x511);
    assert_string_equal(name, "etc/one");
    assert_int_equal(read32(b), swap(5));
    assert_int_equal(read32(b), 0x00002100);
    select_key(b, 0x21);
    assert_int_equal(bench_in(b, 0x511), 'd');
}

static void a_file_of_the_same_name_is_replaced(void **state)
{
    struct bench *b = *state;
    struct device *d = cfg_bench(b);

    fw_cfg_add_file(d, "a", "1", 1);
    fw_cfg_add_file(d, "a", "22", 2);
    select_key(b, FW_CFG_FILE_DIR);
    assert_int_equal(read32(b), swap(1));
    assert_int_equal(read32(b), swap(2));
}

static void rep_insb_reads_an_item_at_once(void **state)
{
    struct bench *b = *state;
    struct device *d = cfg_bench(b);
    uint8_t buf[8];

    fw_cfg_add_bytes(d, FW_CFG_KERNEL_CMDLINE, "hello", 5);
    select_key(b, FW_CFG_KERNEL_CMDLINE);
    io_read_many(b->io, 0x511, buf, 1, 8);
    assert_memory_equal(buf, "hello\0\0\0", 8);
}

static void the_dma_register_shows_its_signature(void **state)
{
    struct bench *b = *state;

    cfg_bench(b);
    assert_int_equal(bench_in32(b, 0x514), 0x554d4551);
    assert_int_equal(bench_in32(b, 0x518), 0x47464320);
    assert_int_equal(bench_in(b, 0x51b), 'G');
}

static void dma_selects_reads_and_clears_its_control_word(void **state)
{
    struct bench *b = *state;
    struct device *d = cfg_bench(b);

    fw_cfg_add_bytes(d, FW_CFG_KERNEL_DATA, "0123456789", 10);
    bench_store(b, 0x9008, 0xffffffff);
    dma(b, FW_CFG_KERNEL_DATA << 16 | 0x0a, 12, 0x9000);
    assert_int_equal(bench_load(b, 0x8000), 0);
    assert_int_equal(bench_load(b, 0x9000), 0x33323130);
    assert_int_equal(bench_load(b, 0x9008), 0x00003938);
}

static void dma_goes_on_where_the_last_access_ended_and_skips(void **state)
{
    struct bench *b = *state;
    struct device *d = cfg_bench(b);

    fw_cfg_add_bytes(d, FW_CFG_KERNEL_DATA, "0123456789abcdef", 16);
    dma(b, FW_CFG_KERNEL_DATA << 16 | 0x0a, 4, 0x9000);
    dma(b, 0x04, 4, 0);
    dma(b, 0x02, 4, 0x9000);
    assert_int_equal(bench_load(b, 0x9000), 0x62613938);
    dma(b, 0x04, 0xffffffff, 0);
    dma(b, 0x04, 0xffffffff, 0);
    dma(b, 0x02, 4, 0x9000);
    assert_int_equal(bench_load(b, 0x9000), 0);
}

static void writing_an_item_is_refused(void **state)
{
    struct bench *b = *state;
    struct device *d = cfg_bench(b);

    fw_cfg_add_u32(d, FW_CFG_RAM_SIZE, 7);
    dma(b, FW_CFG_RAM_SIZE << 16 | 0x18, 4, 0x9000);
    assert_int_equal(bench_load(b, 0x8000), swap(1));
    select_key(b, FW_CFG_RAM_SIZE);
    bench_out(b, 0x511, 0xff);
    assert_int_equal(read32(b), 7);
}

static void a_dma_structure_where_nothing_answers_does_no_harm(void **state)
{
    struct bench *b = *state;

    cfg_bench(b);
    bench_out32(b, 0x514, swap(0xffffffff));
    bench_out32(b, 0x518, swap(0xfffffff8));
    select_key(b, FW_CFG_SIGNATURE);
    assert_int_equal(read32(b), 0x554d4551);
}

#define TESTS(X)                                                                                   \
    X(the_signature_and_id_say_what_it_is)                                                         \
    X(past_the_end_of_an_item_there_are_zeros)                                                     \
    X(files_stand_in_the_directory_big_endian)                                                     \
    X(a_file_of_the_same_name_is_replaced)                                                         \
    X(rep_insb_reads_an_item_at_once)                                                              \
    X(the_dma_register_shows_its_signature)                                                        \
    X(dma_selects_reads_and_clears_its_control_word)                                               \
    X(dma_goes_on_where_the_last_access_ended_and_skips)                                           \
    X(writing_an_item_is_refused)                                                                  \
    X(a_dma_structure_where_nothing_answers_does_no_harm)

BENCH_MAIN(TESTS)
