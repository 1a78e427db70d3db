/* test_i440fx.c - shadow RAM and SMRAM of the 440FX (Intel 290549, 3.2.18 and 3.2.20). */
#include "pci_bench.h"

#define SYSTEM_RAM 0u /* RAM offset of the bench's memory */

/* ROM at C0000h-FFFFFh, full of R; the shadow below it is full of zeros. */
struct shadow {
    struct region rom, vga;
};

static struct shadow *shadow_bench(struct bench *b)
{
    struct shadow *s = xcalloc(1, sizeof *s);
    struct device *host = bench_socket(b, &i440fx_class, "i440fx");
    uint64_t rom = ram_alloc(&b->ram, 0x40000), vga = ram_alloc(&b->ram, 0x20000);

    memset(b->ram.host + rom, 'R', 0x40000);
    memset(b->ram.host + vga, 'V', 0x20000);
    region_init_ram(&s->rom, "rom", 0xc0000, 0x40000, 1, rom);
    s->rom.wr = false;
    physmem_add(&b->mem, &s->rom);
    region_init_ram(&s->vga, "vga", 0xa0000, 0x20000, 1, vga);
    physmem_add(&b->mem, &s->vga);
    i440fx_set_ram(host, SYSTEM_RAM);
    device_reset(host);
    return s;
}

static void shadow_end(struct bench *b, struct shadow *s)
{
    physmem_remove(&b->mem, &s->rom);
    physmem_remove(&b->mem, &s->vga);
    free(s);
}

#define ROM 0x52525252u
#define VGA 0x56565656u

static void after_reset_rom_answers_everywhere(void **state)
{
    struct bench *b = *state;
    struct shadow *s = shadow_bench(b);

    for (uint32_t at = 0xc0000; at < 0x100000; at += 0x4000)
        assert_int_equal(bench_load(b, at), ROM);
    shadow_end(b, s);
}

static void each_nibble_routes_its_own_16_kb(void **state)
{
    struct bench *b = *state;
    struct shadow *s = shadow_bench(b);

    for (unsigned piece = 0; piece < 12; piece++) {
        uint32_t at = 0xc0000 + piece * 0x4000;

        put_config8(b, 0, 0x5a + piece / 2, (uint8_t)(1 << 4 * (piece & 1)));
        assert_int_equal(bench_load(b, at), 0);
        assert_int_equal(bench_load(b, at + 0x3ffc), 0);
        assert_int_equal(bench_load(b, at + 0x4000), ROM);
        if (piece)
            assert_int_equal(bench_load(b, at - 4), ROM);
        put_config8(b, 0, 0x5a + piece / 2, 0);
    }
    shadow_end(b, s);
}

static void the_high_nibble_of_59h_routes_f0000h(void **state)
{
    struct bench *b = *state;
    struct shadow *s = shadow_bench(b);

    put_config8(b, 0, 0x59, 0x10);
    assert_int_equal(bench_load(b, 0xf0000), 0);
    assert_int_equal(bench_load(b, 0xffffc), 0);
    assert_int_equal(bench_load(b, 0xefffc), ROM);
    shadow_end(b, s);
}

static void rom_is_copied_by_reading_it_and_writing_ram(void **state)
{
    struct bench *b = *state;
    struct shadow *s = shadow_bench(b);

    put_config8(b, 0, 0x59, 0x20); /* write RAM, read ROM */
    bench_store(b, 0xf1000, 0x12345678);
    assert_int_equal(bench_load(b, 0xf1000), ROM);
    put_config8(b, 0, 0x59, 0x10); /* read RAM, write protected */
    assert_int_equal(bench_load(b, 0xf1000), 0x12345678);
    put_config8(b, 0, 0x59, 0x30);
    bench_store(b, 0xf1000, 0x9abcdef0);
    assert_int_equal(bench_load(b, 0xf1000), 0x9abcdef0);
    shadow_end(b, s);
}

static void smram_covers_vga_memory_while_it_is_open(void **state)
{
    struct bench *b = *state;
    struct shadow *s = shadow_bench(b);

    assert_int_equal(config8(b, 0, 0x72), 0x02);
    put_config8(b, 0, 0x72, 0x4a);
    bench_store(b, 0xa8000, 0x77);
    assert_int_equal(bench_load(b, 0xa8000), 0x77);
    put_config8(b, 0, 0x72, 0x0a);
    assert_int_equal(bench_load(b, 0xa8000), VGA);
    put_config8(b, 0, 0x72, 0x4a);
    assert_int_equal(bench_load(b, 0xa8000), 0x77);
    shadow_end(b, s);
}

static void smram_is_there_while_the_processor_is_in_smm(void **state)
{
    struct bench *b = *state;
    struct shadow *s = shadow_bench(b);
    struct device *host = b->devices.at[0];

    put_config8(b, 0, 0x72, 0x4a);
    bench_store(b, 0xa8000, 0x77);
    put_config8(b, 0, 0x72, 0x1a);
    i440fx_smiact(host, true);
    assert_int_equal(bench_load(b, 0xa8000), 0x77);
    i440fx_smiact(host, false);
    assert_int_equal(bench_load(b, 0xa8000), VGA);
    device_reset(host);
    i440fx_smiact(host, true);
    assert_int_equal(bench_load(b, 0xa8000), VGA); /* G_SMRAME is clear */
    shadow_end(b, s);
}

static void d_cls_leaves_smram_to_instruction_fetches(void **state)
{
    struct bench *b = *state;
    struct shadow *s = shadow_bench(b);
    struct device *host = b->devices.at[0];

    put_config8(b, 0, 0x72, 0x4a);
    bench_store(b, 0xa8000, 0x77);
    put_config8(b, 0, 0x72, 0x2a);
    assert_int_equal(physmem_code(&b->mem, 0xa8000), physmem_ram(&b->mem, 0xa8000, false));
    i440fx_smiact(host, true);
    assert_int_equal(bench_load(b, 0xa8000), VGA);
    assert_int_equal(physmem_code(&b->mem, 0xa8000), SYSTEM_RAM + 0xa8000);
    assert_int_equal(physmem_code(&b->mem, 0x98000), SYSTEM_RAM + 0x98000);
    shadow_end(b, s);
}

static void smram_stays_closed_once_it_is_locked(void **state)
{
    struct bench *b = *state;
    struct shadow *s = shadow_bench(b);

    put_config8(b, 0, 0x72, 0x5a);
    assert_int_equal(config8(b, 0, 0x72), 0x1a);
    put_config8(b, 0, 0x72, 0x4a);
    assert_int_equal(config8(b, 0, 0x72), 0x1a);
    assert_int_equal(bench_load(b, 0xa0000), VGA);
    shadow_end(b, s);
}

#define TESTS(X)                                                                                   \
    X(after_reset_rom_answers_everywhere)                                                          \
    X(each_nibble_routes_its_own_16_kb)                                                            \
    X(the_high_nibble_of_59h_routes_f0000h)                                                        \
    X(rom_is_copied_by_reading_it_and_writing_ram)                                                 \
    X(smram_covers_vga_memory_while_it_is_open)                                                    \
    X(smram_is_there_while_the_processor_is_in_smm)                                                \
    X(d_cls_leaves_smram_to_instruction_fetches)                                                   \
    X(smram_stays_closed_once_it_is_locked)

BENCH_MAIN(TESTS)
