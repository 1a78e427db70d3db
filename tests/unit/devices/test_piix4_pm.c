/* test_piix4_pm.c - the configuration registers that place the ACPI block (Intel 290562, 7.1). */
#include "pci_bench.h"
#include "devices/acpi/acpi_pm.h"
#include "devices/pci/piix4_pm.h"

#define PM PCI_DEVFN(1, 3)

struct bench_pm {
    struct device *acpi, *pm;
};

static struct bench_pm pm_bench(struct bench *b)
{
    struct pci_bus *bus = bench_bus(b);
    struct device *acpi = bench_device(b, &acpi_pm_class, "acpi");
    struct device *pm = bench_socket(b, &piix4_pm_class, "pm");

    piix4_pm_connect(pm, acpi);
    pci_attach(bus, pci_of(pm), PM);
    device_reset(pm);
    return (struct bench_pm){acpi, pm};
}

static void it_is_the_power_management_function(void **state)
{
    struct bench *b = *state;

    pm_bench(b);
    assert_int_equal(config32(b, PM, 0), 0x71138086);
    assert_int_equal(config16(b, PM, PCI_CLASS), 0x0680);
    assert_int_equal(config32(b, PM, 0x40), 1);
}

static void the_block_answers_at_its_base_once_enabled(void **state)
{
    struct bench *b = *state;
    uint32_t t;

    pm_bench(b);
    put_config32(b, PM, 0x40, 0x601);
    assert_int_equal(bench_in32(b, 0x608), 0xffffffff);
    put_config8(b, PM, 0x80, 1);
    t = bench_in32(b, 0x608);
    assert_true(t < 0x1000000);
    bench_ns(b, 1000000);
    assert_in_range(bench_in32(b, 0x608) - t, 3579, 3580);
    put_config32(b, PM, 0x40, 0xb001);
    assert_int_equal(bench_in32(b, 0x608), 0xffffffff);
    assert_true(bench_in32(b, 0xb008) < 0x1000000);
    put_config8(b, PM, 0x80, 0);
    assert_int_equal(bench_in32(b, 0xb008), 0xffffffff);
}

static void firmware_finds_smi_handling_set_up_already_without_smm(void **state)
{
    struct bench *b = *state;
    struct bench_pm x = pm_bench(b);

    assert_int_equal(config32(b, PM, 0x58) & 0x02000000, 0);
    piix4_pm_without_smm(x.pm);
    device_reset(x.pm);
    assert_int_equal(config32(b, PM, 0x58) & 0x02000000, 0x02000000);
}

static void apm_raises_smi_when_both_enables_are_set(void **state)
{
    struct bench *b = *state;

    pm_bench(b);
    put_config32(b, PM, 0x40, 0x601);
    put_config8(b, PM, 0x80, 1);
    bench_out(b, 0x628, 1);
    bench_out(b, 0xb2, 0x12);
    assert_int_equal(bench_rises(b, "smi"), 0);
    put_config32(b, PM, 0x58, 0x02000000);
    bench_out(b, 0xb2, 0x12);
    assert_int_equal(bench_rises(b, "smi"), 1);
}

static void no_serial_port_is_decoded_on_a_bare_board(void **state)
{
    struct bench *b = *state;

    pm_bench(b);
    assert_int_equal(config8(b, PM, 0x67), 0);
    assert_int_equal(config8(b, PM, 0x5f), 0x10);
}

#define TESTS(X)                                                                                   \
    X(it_is_the_power_management_function)                                                         \
    X(the_block_answers_at_its_base_once_enabled)                                                  \
    X(firmware_finds_smi_handling_set_up_already_without_smm)                                      \
    X(apm_raises_smi_when_both_enables_are_set)                                                    \
    X(no_serial_port_is_decoded_on_a_bare_board)

BENCH_MAIN(TESTS)
