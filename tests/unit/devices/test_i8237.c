/* test_i8237.c - the DMA controllers and their page registers (Intel 231466). */
#include "bench.h"
#include "devices/dma/i8237.h"

static struct device *dma_bench(struct bench *b)
{
    return bench_device(b, &i8237_class, "i8237");
}

/* Channel 2 as a floppy driver programs it: to memory at 12345h, n bytes, single mode. */
static void program_channel_2(struct bench *b, uint8_t mode, uint16_t n)
{
    bench_out(b, 0x0a, 0x06);
    bench_out(b, 0x0c, 0);
    bench_out(b, 0x0b, mode);
    bench_out(b, 0x04, 0x45);
    bench_out(b, 0x04, 0x23);
    bench_out(b, 0x81, 0x01);
    bench_out(b, 0x05, (uint8_t)(n - 1));
    bench_out(b, 0x05, (uint8_t)((n - 1) >> 8));
    bench_out(b, 0x0a, 0x02);
}

static void a_write_transfer_puts_bytes_into_memory(void **state)
{
    struct bench *b = *state;
    struct device *d = dma_bench(b);
    uint8_t buf[4] = {1, 2, 3, 4};
    bool tc;

    program_channel_2(b, 0x46, 512);
    assert_true(i8237_to_memory(d, 2));
    assert_int_equal(i8237_transfer(d, 2, buf, 4, &tc), 4);
    assert_false(tc);
    assert_int_equal(bench_load(b, 0x12345), 0x04030201);
}

static void a_read_transfer_takes_bytes_from_memory(void **state)
{
    struct bench *b = *state;
    struct device *d = dma_bench(b);
    uint8_t buf[4];
    bool tc;

    bench_store(b, 0x12345, 0xaabbccdd);
    program_channel_2(b, 0x4a, 4);
    assert_int_equal(i8237_transfer(d, 2, buf, 4, &tc), 4);
    assert_true(tc);
    assert_int_equal(le32_get(buf), 0xaabbccdd);
}

static void terminal_count_ends_the_transfer_and_masks_the_channel(void **state)
{
    struct bench *b = *state;
    struct device *d = dma_bench(b);
    uint8_t buf[16] = {0};
    bool tc;

    program_channel_2(b, 0x46, 10);
    assert_int_equal(i8237_transfer(d, 2, buf, 16, &tc), 10);
    assert_true(tc);
    assert_int_equal(bench_in(b, 0x08) & 0x04, 0x04);
    assert_int_equal(bench_in(b, 0x08) & 0x04, 0);
    assert_int_equal(bench_in(b, 0x0f) & 0x04, 0x04);
    assert_int_equal(i8237_transfer(d, 2, buf, 16, &tc), 0);
}

static void autoinitialize_loads_the_base_registers_again(void **state)
{
    struct bench *b = *state;
    struct device *d = dma_bench(b);
    uint8_t buf[8] = {9};
    bool tc;

    program_channel_2(b, 0x56, 8);
    i8237_transfer(d, 2, buf, 8, &tc);
    assert_true(tc);
    bench_out(b, 0x0c, 0);
    assert_int_equal(bench_in(b, 0x04), 0x45);
    assert_int_equal(bench_in(b, 0x04), 0x23);
    assert_int_equal(bench_in(b, 0x05), 7);
    assert_int_equal(i8237_transfer(d, 2, buf, 8, &tc), 8);
}

static void the_address_counts_and_the_page_does_not(void **state)
{
    struct bench *b = *state;
    struct device *d = dma_bench(b);
    uint8_t buf[2] = {0x11, 0x22};
    bool tc;

    program_channel_2(b, 0x46, 512);
    bench_out(b, 0x0c, 0);
    bench_out(b, 0x04, 0xff);
    bench_out(b, 0x04, 0xff);
    i8237_transfer(d, 2, buf, 2, &tc);
    assert_int_equal(bench_load(b, 0x1ffff) & 0xff, 0x11);
    assert_int_equal(bench_load(b, 0x10000) & 0xff, 0x22);
}

static void channel_5_counts_words(void **state)
{
    struct bench *b = *state;
    struct device *d = dma_bench(b);
    uint8_t buf[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    bool tc;

    bench_out(b, 0xd6, 0x45);
    bench_out(b, 0xd8, 0);
    bench_out(b, 0xc4, 0x00);
    bench_out(b, 0xc4, 0x10); /* word 1000h is byte 2000h */
    bench_out(b, 0xc6, 3);
    bench_out(b, 0xc6, 0);
    bench_out(b, 0x8b, 0x03); /* bit 0 is not used */
    bench_out(b, 0xd4, 0x01);
    assert_int_equal(i8237_transfer(d, 5, buf, 8, &tc), 8);
    assert_true(tc);
    assert_int_equal(bench_load(b, 0x22000), 0x04030201);
}

static void a_disabled_controller_moves_nothing(void **state)
{
    struct bench *b = *state;
    struct device *d = dma_bench(b);
    uint8_t buf[4] = {0};
    bool tc;

    program_channel_2(b, 0x46, 4);
    bench_out(b, 0x08, 0x04);
    assert_int_equal(i8237_transfer(d, 2, buf, 4, &tc), 0);
}

static void status_shows_requests(void **state)
{
    struct bench *b = *state;

    dma_bench(b);
    bench_pin(b, "dreq1", true);
    bench_out(b, 0x09, 0x07);
    assert_int_equal(bench_in(b, 0x08), 0xa0);
    bench_pin(b, "dreq1", false);
    assert_int_equal(bench_in(b, 0x08), 0x80);
}

static void page_registers_read_back(void **state)
{
    struct bench *b = *state;

    dma_bench(b);
    for (uint16_t port = 0x81; port < 0x90; port++)
        bench_out(b, port, (uint8_t)(port ^ 0x55));
    for (uint16_t port = 0x81; port < 0x90; port++)
        assert_int_equal(bench_in(b, port), port ^ 0x55);
}

static void any_byte_may_be_written_to_any_register(void **state)
{
    struct bench *b = *state;
    struct device *d = dma_bench(b);
    uint8_t buf[64];
    bool tc;

    for (unsigned i = 0; i < 4096; i++) {
        uint16_t port = (uint16_t)(i % 3 == 0   ? i % 16
                                   : i % 3 == 1 ? 0xc0 + i % 32
                                                : 0x81 + i % 15);

        bench_out(b, port, (uint8_t)(i * 37));
        bench_in(b, port);
        i8237_transfer(d, i % 8, buf, sizeof buf, &tc);
    }
}

#define TESTS(X)                                                                                   \
    X(a_write_transfer_puts_bytes_into_memory)                                                     \
    X(a_read_transfer_takes_bytes_from_memory)                                                     \
    X(terminal_count_ends_the_transfer_and_masks_the_channel)                                      \
    X(autoinitialize_loads_the_base_registers_again)                                               \
    X(the_address_counts_and_the_page_does_not)                                                    \
    X(channel_5_counts_words)                                                                      \
    X(a_disabled_controller_moves_nothing)                                                         \
    X(status_shows_requests)                                                                       \
    X(page_registers_read_back)                                                                    \
    X(any_byte_may_be_written_to_any_register)

BENCH_MAIN(TESTS)
