/* test_vga_pci.c - the display adapter on the PCI bus: its BARs, its page of registers, its ROM. */
#include <string.h>
#include "bench.h"
#include "devices/pci/pci.h"
#include "devices/video/vga.h"

#define DEVFN PCI_DEVFN(2, 0)

static struct device *plug(struct bench *b, struct pci_bus *bus)
{
    struct device *d = bench_device(b, &vga_pci_class, "vga");

    memset(bus, 0, sizeof *bus);
    pci_attach(bus, pci_of(d), DEVFN);
    pci_config_write(bus, DEVFN, 0x10, 0xe0000000, 4);
    pci_config_write(bus, DEVFN, 0x18, 0xfebf0000, 4);
    pci_config_write(bus, DEVFN, 0x30, 0xfebe0001, 4);
    pci_config_write(bus, DEVFN, 0x04, 0x0003, 2);
    return d;
}

static void is_known_by_its_numbers(void **state)
{
    struct pci_bus bus;

    plug(*state, &bus);
    assert_int_equal(pci_config_read(&bus, DEVFN, 0, 4), 0x11111234);
    assert_int_equal(pci_config_read(&bus, DEVFN, 8, 4) >> 8, 0x030000);
    pci_config_write(&bus, DEVFN, 0x10, 0xffffffff, 4);
    assert_int_equal(pci_config_read(&bus, DEVFN, 0x10, 4), 0xff000008);
}

static void rom_shows_its_image(void **state)
{
    struct bench *b = *state;
    struct pci_bus bus;
    struct device *d = plug(b, &bus);
    static const uint8_t image[4] = {0x55, 0xaa, 0x01, 0x02};

    assert_true(vga_set_rom(d, image, sizeof image));
    assert_false(vga_set_rom(d, image, VGA_ROM_SIZE + 1));
    assert_int_equal(bench_load(b, 0xfebe0000), 0x0201aa55);
    bench_store(b, 0xfebe0000, 0);
    assert_int_equal(bench_load(b, 0xfebe0000), 0x0201aa55);
}

static void page_of_registers_sets_a_mode(void **state)
{
    struct bench *b = *state;
    struct pci_bus bus;
    struct device *d = plug(b, &bus);
    struct display_source s;
    bool changed;

    assert_int_equal(phys_load(&b->mem, 0xfebf0500, 2), 0xb0c5);
    assert_int_equal(bench_load(b, 0xfebf0604), 0x1e1e1e1e);
    phys_store(&b->mem, 0xfebf0502, 1024, 2);
    phys_store(&b->mem, 0xfebf0504, 768, 2);
    phys_store(&b->mem, 0xfebf0506, 32, 2);
    phys_store(&b->mem, 0xfebf0508, 0x41, 2);
    bench_store(b, 0xe0000000 + 4 * (1024 * 767 + 1023), 0x00abcdef);
    vga_display(d, &s);
    assert_int_equal(s.draw(s.opaque, &changed)->pixels[1024 * 768 - 1], 0xabcdef);
    assert_true(changed);
    s.draw(s.opaque, &changed);
    assert_false(changed);
    bench_store(b, 0xe0000000, 0x00112233);
    assert_int_equal(s.draw(s.opaque, &changed)->pixels[0], 0x112233);
    assert_true(changed);
    phys_store(&b->mem, 0xfebf0410, 0, 1); /* port 3D0h: nothing there */
    phys_store(&b->mem, 0xfebf0402, 0x67, 1);
    assert_int_equal(bench_in(b, 0x3cc), 0x67);
}

static void edid_is_a_block_that_adds_up(void **state)
{
    struct bench *b = *state;
    struct pci_bus bus;
    unsigned sum = 0;

    plug(b, &bus);
    for (unsigned i = 0; i < 128; i++)
        sum += (unsigned)phys_load(&b->mem, 0xfebf0000 + i, 1);
    assert_int_equal(bench_load(b, 0xfebf0000), 0xffffff00);
    assert_int_equal(sum & 0xff, 0);
}

#define TESTS(X)                                                                                   \
    X(is_known_by_its_numbers)                                                                     \
    X(rom_shows_its_image)                                                                         \
    X(page_of_registers_sets_a_mode)                                                               \
    X(edid_is_a_block_that_adds_up)
BENCH_MAIN(TESTS)
