/* test_state_tables.c - every byte of every device and of the processor is in a row of its state
 * table. */
#include "test_machine.h"
#include "base/err.h"
#include "cpu/cpu.h"
#include "devices/acpi/acpi_pm.h"
#include "devices/disk/ide.h"
#include "devices/dma/i8237.h"
#include "devices/firmware/fw_cfg.h"
#include "devices/input/i8042.h"
#include "devices/irq/apic.h"
#include "devices/irq/i8259.h"
#include "devices/irq/irq_hub.h"
#include "devices/misc/misc.h"
#include "devices/pci/i440fx.h"
#include "devices/pci/piix3.h"
#include "devices/pci/piix4_pm.h"
#include "devices/serial/uart16550.h"
#include "devices/timer/hpet.h"
#include "devices/timer/i8254.h"
#include "devices/timer/mc146818.h"
#include "devices/video/vga.h"

static const struct device_class *const classes[] = {
    &acpi_pm_class, &piix3_ide_class, &i8237_class,    &fw_cfg_class,    &i8042_class,
    &lapic_class,   &ioapic_class,    &i8259_class,    &irq_hub_class,   &or_gate_class,
    &port61_class,  &port92_class,    &post_class,     &debugcon_class,  &debug_exit_class,
    &i440fx_class,  &piix3_class,     &piix4_pm_class, &uart16550_class, &hpet_class,
    &i8254_class,   &mc146818_class,  &vga_pci_class,  &vga_isa_class};

static void no_field_of_a_device_is_forgotten(void **state)
{
    bool ok = true;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
        struct err e = {{0}};
        if (!state_covers(classes[i]->state, classes[i]->size, &e)) {
            print_error("%s: %s\n", classes[i]->name, e.msg);
            ok = false;
        }
    }
    assert_true(ok);
}

static void no_field_of_the_processor_is_forgotten(void **state)
{
    struct err e = {{0}};
    (void)state;
    if (!state_covers(cpu_state, sizeof(struct cpu), &e))
        fail_msg("%s", e.msg);
}

int test_state_tables(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_field_of_a_device_is_forgotten),
        cmocka_unit_test(no_field_of_the_processor_is_forgotten),
    };
    return cmocka_run_group_tests_name("state tables", tests, NULL, NULL);
}
