/* test_multiboot.c - tests of machine/multiboot.h against the Multiboot Specification 0.6.96. */
#include "test_machine.h"
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/err.h"
#include "machine/multiboot.h"

#define SIZE 4096

static void put_header(uint8_t *f, size_t at, uint32_t flags)
{
    le32_put(f + at, 0x1badb002);
    le32_put(f + at + 4, flags);
    le32_put(f + at + 8, -(0x1badb002 + flags));
}

/* Header at 64 with address fields: the file loads from byte 32 on to 1 MB. */
static void put_addresses(uint8_t *f, uint32_t load_end, uint32_t bss_end)
{
    put_header(f, 64, 0x10003);
    le32_put(f + 76, 0x100020);
    le32_put(f + 80, 0x100000);
    le32_put(f + 84, load_end);
    le32_put(f + 88, bss_end);
    le32_put(f + 92, 0x100040);
}

static void the_header_needs_its_checksum(void **state)
{
    uint8_t f[SIZE] = {0};
    (void)state;
    put_header(f, 100, 0);
    assert_true(multiboot_is_kernel(f, SIZE));
    f[108]++;
    assert_false(multiboot_is_kernel(f, SIZE));
    assert_false(multiboot_is_kernel(f, 3));
}

static void address_fields_place_the_kernel(void **state)
{
    struct multiboot_image img;
    uint8_t f[SIZE] = {0};
    (void)state;
    f[32] = 0xaa;
    put_addresses(f, 0x100400, 0x102000);
    assert_true(multiboot_layout(&img, f, SIZE, 16 << 20, NULL));
    assert_int_equal(img.addr, 0x100000);
    assert_int_equal(img.size, 0x2000);
    assert_int_equal(img.entry, 0x100040);
    assert_int_equal(img.data[0], 0xaa);
    assert_int_equal(img.data[0x1fff], 0);
    free(img.data);
}

static void an_elf_kernel_is_placed_by_its_segments(void **state)
{
    struct multiboot_image img;
    uint8_t f[SIZE] = {0x7f, 'E', 'L', 'F', 1, 1};
    (void)state;
    put_header(f, 256, 0);
    le32_put(f + 24, 0xc0100010);
    le32_put(f + 28, 52);
    le16_put(f + 42, 32);
    le16_put(f + 44, 1);
    le32_put(f + 52, 1);
    le32_put(f + 56, 1024);
    le32_put(f + 60, 0xc0100000);
    le32_put(f + 64, 0x100000);
    le32_put(f + 68, 512);
    le32_put(f + 72, 8192);
    f[1024] = 0x55;
    assert_true(multiboot_layout(&img, f, SIZE, 16 << 20, NULL));
    assert_int_equal(img.addr, 0x100000);
    assert_int_equal(img.size, 8192);
    assert_int_equal(img.entry, 0x100010);
    assert_int_equal(img.data[0], 0x55);
    free(img.data);
}

/* Whatever the fields say, nothing outside the file is read. */
static void nonsense_is_refused(void **state)
{
    struct multiboot_image img;
    (void)state;
    srand(3);
    for (int i = 0; i < 20000; i++) {
        uint8_t f[SIZE] = {0};
        if (i % 2) {
            put_addresses(f, 0x100400, 0x102000);
        } else {
            memcpy(f, "\177ELF\1\1", 6);
            put_header(f, 256, 0);
            le32_put(f + 28, 52);
            le16_put(f + 44, 3);
        }
        for (int k = 0; k < 6; k++)
            le32_put(f + (i % 2 ? 76 + 4 * (rand() % 5) : 24 + rand() % 120),
                     rand() % 2 ? (uint32_t)rand() : (uint32_t)(rand() % 8192));
        if (multiboot_layout(&img, f, SIZE, 16 << 20, NULL))
            assert_true(img.addr >= 0x100000 && img.addr + (uint64_t)img.size <= 16 << 20);
        free(img.data);
    }
}

int test_multiboot(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_needs_its_checksum),
        cmocka_unit_test(address_fields_place_the_kernel),
        cmocka_unit_test(an_elf_kernel_is_placed_by_its_segments),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests_name("multiboot", tests, NULL, NULL);
}
