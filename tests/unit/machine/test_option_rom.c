/* test_option_rom.c - tests of machine/option_rom.h: the ROMs as a BIOS looks at them. */
#include "test_machine.h"
#include <string.h>
#include "base/bytes.h"
#include "machine/option_rom.h"

static void check(const struct option_rom *rom)
{
    const uint8_t *p = rom->image;
    unsigned pnp = le16_get(p + 0x1a);

    assert_int_equal(le16_get(p), 0xaa55);
    assert_int_equal(p[2] * 512, *rom->size);
    assert_memory_equal(p + pnp, "$PnP", 4);
    assert_int_equal(p[pnp + 5], 2);
    assert_true(le16_get(p + pnp + 0x1a) > pnp + 32 && le16_get(p + pnp + 0x1a) < *rom->size);
    assert_int_equal(p[4], 0);
    assert_int_equal(p[pnp + 9], 0);
}

static void both_have_headers_and_a_bootstrap_vector(void **state)
{
    (void)state;
    check(&option_rom_linux);
    check(&option_rom_multiboot);
}

int test_option_rom(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_have_headers_and_a_bootstrap_vector),
    };
    return cmocka_run_group_tests_name("option ROMs", tests, NULL, NULL);
}
