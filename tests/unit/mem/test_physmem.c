/* test_physmem.c - tests of mem/physmem.h. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdbool.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "mem/physmem.h"

struct bench {
    struct ram ram;
    struct physmem pm;
    struct region low, rom, shadow, io;
    char trace[256];
    unsigned changed;
    uint64_t code_off, code_len;
};

static uint64_t io_read(void *opaque, uint64_t off, unsigned size)
{
    struct bench *b = opaque;
    char *end = b->trace + strlen(b->trace);
    sprintf(end, "r%u.%u ", (unsigned)off, size);
    return 0x8877665544332211ull >> off * 8;
}

static void io_write(void *opaque, uint64_t off, uint64_t val, unsigned size)
{
    struct bench *b = opaque;
    char *end = b->trace + strlen(b->trace);
    sprintf(end, "w%u.%u=%llx ", (unsigned)off, size, (unsigned long long)val);
}

static const struct mem_ops io_ops = {io_read, io_write, 2, 4};

static void on_changed(void *opaque)
{
    ((struct bench *)opaque)->changed++;
}

static void on_code(void *opaque, uint64_t off, uint64_t len)
{
    struct bench *b = opaque;
    b->code_off = off;
    b->code_len = len;
}

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    *state = b;
    if (!ram_init(&b->ram, 0x40000, NULL))
        return 1;
    physmem_init(&b->pm, &b->ram);
    b->pm.changed = on_changed;
    b->pm.code_write = on_code;
    b->pm.opaque = b;
    region_init_ram(&b->low, "low", 0, 0x10000, 0, ram_alloc(&b->ram, 0x10000));
    region_init_ram(&b->rom, "rom", 0x10000, 0x10000, 1, ram_alloc(&b->ram, 0x10000));
    region_init_ram(&b->shadow, "shadow", 0x14000, 0x4000, 2, ram_alloc(&b->ram, 0x4000));
    region_init_ops(&b->io, "io", 0x20000, 0x100, 0, &io_ops, b);
    b->rom.wr = false;
    b->shadow.rd = b->shadow.wr = false;
    physmem_add(&b->pm, &b->low);
    physmem_add(&b->pm, &b->rom);
    physmem_add(&b->pm, &b->shadow);
    physmem_add(&b->pm, &b->io);
    memset(b->ram.host + b->rom.ram, 0x5a, 0x10000);
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    physmem_fini(&b->pm);
    ram_fini(&b->ram);
    free(b);
    return 0;
}

static void ram_keeps_and_rom_does_not(void **state)
{
    struct bench *b = *state;
    phys_store(&b->pm, 0x1234, 0x1122334455667788ull, 8);
    assert_true(phys_load(&b->pm, 0x1234, 8) == 0x1122334455667788ull);
    assert_int_equal(phys_load(&b->pm, 0x1235, 2), 0x6677);
    phys_store(&b->pm, 0x10000, 0, 4);
    assert_int_equal(phys_load(&b->pm, 0x10000, 4), 0x5a5a5a5a);
}

static void nothing_answers_all_ones(void **state)
{
    struct bench *b = *state;
    uint8_t buf[4] = {0};
    assert_true(phys_load(&b->pm, 0x90000000, 8) == ~0ull);
    assert_true(phys_load(&b->pm, UINT64_MAX - 2, 8) == ~0ull);
    phys_store(&b->pm, UINT64_MAX - 2, 0, 8);
    phys_read(&b->pm, 0x90000000, buf, 4);
    assert_int_equal(buf[3], 0xff);
    assert_true(physmem_ram(&b->pm, 0x90000000, false) == NO_RAM);
}

static void shadowing_routes_reads_and_writes_apart(void **state)
{
    struct bench *b = *state;
    unsigned before = b->changed;
    region_route(&b->pm, &b->shadow, false, true);
    assert_int_equal(b->changed, before + 1);
    phys_store(&b->pm, 0x14000, 0x77, 1);
    assert_int_equal(phys_load(&b->pm, 0x14000, 1), 0x5a);
    region_route(&b->pm, &b->shadow, true, false);
    assert_int_equal(phys_load(&b->pm, 0x14000, 1), 0x77);
    assert_int_equal(phys_load(&b->pm, 0x13fff, 1), 0x5a);
    assert_int_equal(phys_load(&b->pm, 0x18000, 1), 0x5a);
    region_route(&b->pm, &b->shadow, true, false);
    assert_int_equal(b->changed, before + 2);
}

static void an_access_may_cross_two_regions(void **state)
{
    struct bench *b = *state;
    phys_store(&b->pm, 0xfffe, 0x11223344, 4);
    assert_int_equal(phys_load(&b->pm, 0xfffc, 4), 0x33440000);
    assert_int_equal(phys_load(&b->pm, 0xfffe, 4), 0x5a5a3344);
}

static void a_wide_access_is_cut_and_a_narrow_read_widened(void **state)
{
    struct bench *b = *state;
    assert_true(phys_load(&b->pm, 0x20000, 8) == 0x8877665544332211ull);
    assert_string_equal(b->trace, "r0.4 r4.4 ");
    b->trace[0] = 0;
    assert_int_equal(phys_load(&b->pm, 0x20003, 1), 0x44);
    assert_string_equal(b->trace, "r2.2 ");
    b->trace[0] = 0;
    phys_store(&b->pm, 0x20008, 0x1122334455667788ull, 8);
    phys_store(&b->pm, 0x20001, 0xab, 1);
    assert_string_equal(b->trace, "w8.4=55667788 w12.4=11223344 w1.1=ab ");
}

static void dma_reaches_devices_in_natural_pieces(void **state)
{
    struct bench *b = *state;
    uint8_t buf[7] = {1, 2, 3, 4, 5, 6, 7};
    phys_write(&b->pm, 0x20001, buf, 7);
    assert_string_equal(b->trace, "w1.1=1 w2.2=302 w4.4=7060504 ");
}

static void a_store_marks_the_page_dirty(void **state)
{
    struct bench *b = *state;
    assert_false(ram_test_and_clear_dirty(&b->ram, 0, 0x10000, DIRTY_DISPLAY));
    phys_store(&b->pm, 0x2fff, 0, 2);
    assert_true(ram_test_and_clear_dirty(&b->ram, 0x2000, 0x1000, DIRTY_DISPLAY));
    assert_true(ram_test_and_clear_dirty(&b->ram, 0x3000, 0x1000, DIRTY_DISPLAY));
    assert_false(ram_test_and_clear_dirty(&b->ram, 0, 0x10000, DIRTY_DISPLAY));
    assert_true(ram_test_and_clear_dirty(&b->ram, 0, 0x10000, DIRTY_HASH));
}

static void a_store_to_a_code_page_is_told(void **state)
{
    struct bench *b = *state;
    uint8_t buf[0x1800] = {0};
    b->ram.code[3] = 1;
    phys_store(&b->pm, 0x2000, 0, 4);
    assert_int_equal(b->code_len, 0);
    phys_store(&b->pm, 0x3010, 0, 4);
    assert_int_equal(b->code_off, 0x3010);
    assert_int_equal(b->code_len, 4);
    phys_write(&b->pm, 0x2c00, buf, sizeof(buf));
    assert_int_equal(b->code_off, 0x3000);
    assert_int_equal(b->code_len, 0x1000);
}

static void a_region_moves_and_goes(void **state)
{
    struct bench *b = *state;
    region_move(&b->pm, &b->io, 0x30000);
    assert_null(physmem_find(&b->pm, 0x20000, false));
    assert_ptr_equal(physmem_find(&b->pm, 0x300ff, false)->region, &b->io);
    assert_null(physmem_find(&b->pm, 0x30100, false));
    physmem_remove(&b->pm, &b->io);
    assert_null(physmem_find(&b->pm, 0x30000, false));
}

static void a20_masks_one_address_line(void **state)
{
    struct bench *b = *state;
    unsigned before = b->changed;
    physmem_set_a20(&b->pm, false);
    assert_true(b->pm.a20_mask == ~0x100000ull);
    physmem_set_a20(&b->pm, false);
    assert_int_equal(b->changed, before + 1);
    physmem_set_a20(&b->pm, true);
    assert_true(b->pm.a20_mask == ~0ull);
}

static void too_much_ram_is_an_error(void **state)
{
    struct ram r;
    struct err e = {{0}};
    (void)state;
    assert_false(ram_init(&r, 1ull << 62, &e));
    assert_non_null(strstr(e.msg, "cannot reserve"));
}

int test_tlb_space(void);
int test_tlb_state(void);
int test_tlb_window(void);

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(ram_keeps_and_rom_does_not),
        TEST(nothing_answers_all_ones),
        TEST(shadowing_routes_reads_and_writes_apart),
        TEST(an_access_may_cross_two_regions),
        TEST(a_wide_access_is_cut_and_a_narrow_read_widened),
        TEST(dma_reaches_devices_in_natural_pieces),
        TEST(a_store_marks_the_page_dirty),
        TEST(a_store_to_a_code_page_is_told),
        TEST(a_region_moves_and_goes),
        TEST(a20_masks_one_address_line),
        TEST(too_much_ram_is_an_error),
    };
    return cmocka_run_group_tests_name("physmem", tests, NULL, NULL) + test_tlb_space() +
           test_tlb_state() + test_tlb_window();
}
