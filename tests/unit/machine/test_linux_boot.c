/* test_linux_boot.c - tests of machine/linux_boot.h against the boot protocol (boot.rst). */
#include "test_machine.h"
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/err.h"
#include "machine/linux_boot.h"

#define SETUP_SECTS 3
#define FILE_SIZE   (512 * (SETUP_SECTS + 1) + 4096)

/* A bzImage of protocol 2.12 with 3 set-up sectors and 4 KB of kernel. */
static uint8_t *bzimage(void)
{
    uint8_t *f = calloc(1, FILE_SIZE);

    f[0x1f1] = SETUP_SECTS;
    le16_put(f + 0x1fe, 0xaa55);
    memcpy(f + 0x202, "HdrS", 4);
    le16_put(f + 0x206, 0x20c);
    f[0x211] = 1;
    le32_put(f + 0x22c, 0x37ffffff);
    le32_put(f + 0x238, 2047);
    memset(f + 512 * (SETUP_SECTS + 1), 0x90, 4096);
    return f;
}

static void a_kernel_is_known_by_its_marks(void **state)
{
    uint8_t *f = bzimage();
    (void)state;
    assert_true(linux_is_kernel(f, FILE_SIZE));
    assert_false(linux_is_kernel(f, 1000));
    f[0x1fe] = 0;
    assert_false(linux_is_kernel(f, FILE_SIZE));
    free(f);
}

static void a_big_kernel_loads_at_one_megabyte(void **state)
{
    struct linux_image img;
    uint8_t *f = bzimage();
    (void)state;
    assert_true(linux_prepare(&img, f, FILE_SIZE, 64 << 20, "quiet", 0, NULL));
    assert_int_equal(img.kernel_addr, 0x100000);
    assert_int_equal(img.setup_addr, 0x10000);
    assert_int_equal(img.setup_size, 2048);
    assert_int_equal(img.kernel_size, 4096);
    assert_int_equal(img.kernel[0], 0x90);
    assert_int_equal(img.setup[0x210], 0xff);
    assert_int_equal(img.setup[0x211] & 0x81, 0x81);
    assert_int_equal(le32_get(img.setup + 0x228), img.cmdline_addr);
    free(img.setup);
    free(f);
}

static void the_initrd_lies_high_but_below_the_limit(void **state)
{
    struct linux_image img;
    uint8_t *f = bzimage();
    (void)state;
    assert_true(linux_prepare(&img, f, FILE_SIZE, 64 << 20, "", 5000, NULL));
    assert_int_equal(img.initrd_addr, (64 << 20) - 0x28000 - 8192);
    assert_int_equal(le32_get(img.setup + 0x218), img.initrd_addr);
    assert_int_equal(le32_get(img.setup + 0x21c), 5000);
    free(img.setup);
    assert_true(linux_prepare(&img, f, FILE_SIZE, 3ull << 30, "", 4096, NULL));
    assert_int_equal(img.initrd_addr, 0x38000000 - 4096);
    free(img.setup);
    free(f);
}

static void what_does_not_fit_is_refused(void **state)
{
    struct linux_image img;
    struct err e = {{0}}, e2 = {{0}}, e3 = {{0}};
    uint8_t *f = bzimage();
    char *line = malloc(3000);
    (void)state;
    assert_false(linux_prepare(&img, f, FILE_SIZE, 4 << 20, "", 5 << 20, &e));
    free(img.setup);
    assert_false(linux_prepare(&img, f, 2000, 64 << 20, "", 0, &e2));
    free(img.setup);
    memset(line, 'x', 2999);
    line[2999] = 0;
    assert_false(linux_prepare(&img, f, FILE_SIZE, 64 << 20, line, 0, &e3));
    assert_non_null(strstr(e3.msg, "2047"));
    free(img.setup);
    free(line);
    free(f);
}

static void vga_is_for_the_loader(void **state)
{
    struct linux_image img;
    uint8_t *f = bzimage();
    (void)state;
    assert_true(linux_prepare(&img, f, FILE_SIZE, 64 << 20, "quiet vga=0x314", 0, NULL));
    assert_int_equal(le16_get(img.setup + 0x1fa), 0x314);
    free(img.setup);
    assert_true(linux_prepare(&img, f, FILE_SIZE, 64 << 20, "vga=ask", 0, NULL));
    assert_int_equal(le16_get(img.setup + 0x1fa), 0xfffd);
    free(img.setup);
    free(f);
}

static void an_old_kernel_loads_low_with_an_old_command_line(void **state)
{
    struct linux_image img;
    uint8_t *f = bzimage();
    (void)state;
    f[0x211] = 0;
    le16_put(f + 0x206, 0x200);
    assert_true(linux_prepare(&img, f, FILE_SIZE, 64 << 20, "x", 0, NULL));
    assert_int_equal(img.kernel_addr, 0x10000);
    assert_int_equal(img.setup_addr, 0x90000);
    assert_int_equal(le16_get(img.setup + 0x20), 0xa33f);
    assert_int_equal(img.setup_addr + le16_get(img.setup + 0x22), img.cmdline_addr);
    free(img.setup);
    free(f);
}

int test_linux_boot(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_is_known_by_its_marks),
        cmocka_unit_test(a_big_kernel_loads_at_one_megabyte),
        cmocka_unit_test(the_initrd_lies_high_but_below_the_limit),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(vga_is_for_the_loader),
        cmocka_unit_test(an_old_kernel_loads_low_with_an_old_command_line),
    };
    return cmocka_run_group_tests_name("linux boot", tests, NULL, NULL);
}
