/* board.c - puts the chips of a 440FX board in their places and connects them.
 *
 * Interrupts: every source leads to the hub, which drives the 8259 pair and the I/O APIC; the
 * 8259's INT goes through the local APIC's LINT0 to the processor, as on a board of the time. */
#include "machine/board.h"
#include <stdio.h>
#include "cpu/feature.h"
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
#include "machine/machine.h"

static struct device *make(struct machine *m, const struct device_class *cls, const char *name)
{
    struct device *d = device_new(&m->env, cls, name);

    vec_push(&m->devices, d);
    return d;
}

static void on_sleep(void *opaque, unsigned slp_typ)
{
    struct machine *m = opaque;

    if (slp_typ == 0)
        machine_ask_end(m, END_POWER_OFF);
}

static void on_debug_exit(void *opaque, int status)
{
    struct machine *m = opaque;

    m->debug_status = status;
    machine_ask_end(m, END_DEBUG_EXIT);
}

static void on_host_error(void *opaque, const char *sentence)
{
    struct machine *m = opaque;

    if (!m->error[0])
        snprintf(m->error, sizeof(m->error), "%s", sentence);
    machine_ask_end(m, END_HOST_ERROR);
}

/* The PCI bus: host bridge, ISA bridge with its functions, video. */
static void make_pci(struct machine *m)
{
    struct board *b = &m->board;

    b->i440fx = make(m, &i440fx_class, "i440fx");
    i440fx_set_ram(b->i440fx, m->map.ram_off);
    struct pci_bus *bus = i440fx_bus(b->i440fx);
    b->piix3 = make(m, &piix3_class, "piix3");
    piix3_attach(b->piix3, bus, PCI_DEVFN(1, 0));
    b->ide = make(m, &piix3_ide_class, "ide");
    pci_attach(bus, pci_of(b->ide), PCI_DEVFN(1, 1));
    for (unsigned i = 0; i < CONFIG_DRIVES; i++) {
        if (m->drives[i])
            ide_attach(b->ide, i / 2, i % 2, m->drives[i], m->config->drives[i].cdrom);
    }
    ide_on_host_error(b->ide, on_host_error, m);
    b->acpi = make(m, &acpi_pm_class, "acpi");
    acpi_pm_on_sleep(b->acpi, on_sleep, m);
    b->pm = make(m, &piix4_pm_class, "piix4-pm");
    piix4_pm_connect(b->pm, b->acpi);
    if (!cpu_offers(&m->cpu, FEAT_SMM))
        piix4_pm_without_smm(b->pm);
    pci_attach(bus, pci_of(b->pm), PCI_DEVFN(1, 3));
    if (m->config->no_vga)
        return;
    b->vga = make(m, &vga_pci_class, "vga");
    pci_attach(bus, pci_of(b->vga), PCI_DEVFN(2, 0));
    vga_set_rom(b->vga, m->firmware.vgabios, m->firmware.vgabios_size);
    vga_display(b->vga, &m->display);
}

static void make_interrupts(struct machine *m)
{
    struct board *b = &m->board;

    b->pic = make(m, &i8259_class, "i8259");
    b->lapic = make(m, &lapic_class, "lapic");
    b->ioapic = make(m, &ioapic_class, "ioapic");
    b->hub = make(m, &irq_hub_class, "irq-hub");
    m->apic_bus.lapic[0] = b->lapic;
    m->apic_bus.lapics = 1;
    m->apic_bus.ioapic = b->ioapic;
    lapic_connect(b->lapic, &m->apic_bus, NULL, NULL);
    ioapic_connect(b->ioapic, &m->apic_bus);
}

static void make_isa(struct machine *m)
{
    const struct config *c = m->config;
    struct board *b = &m->board;

    b->pit = make(m, &i8254_class, "i8254");
    b->rtc = make(m, &mc146818_class, "rtc");
    rtc_set_time(b->rtc, c->rtc);
    if (!c->no_hpet)
        b->hpet = make(m, &hpet_class, "hpet");
    b->dma = make(m, &i8237_class, "i8237");
    b->i8042 = make(m, &i8042_class, "i8042");
    b->uart = make(m, &uart16550_class, "com1");
    uart_set_chardev(b->uart, m->serial);
    uart_set_unpaced(b->uart, true);
    b->fw_cfg = make(m, &fw_cfg_class, "fw-cfg");
    b->port61 = make(m, &port61_class, "port61");
    port61_connect(b->port61, b->pit);
    b->port92 = make(m, &port92_class, "port92");
    b->port_f0 = make(m, &port_f0_class, "port-f0");
    b->post = make(m, &post_class, "post");
    b->debugcon = make(m, &debugcon_class, "debugcon");
    debugcon_setup(b->debugcon, BOARD_DEBUGCON_PORT, m->debugcon);
    b->port_e9 = make(m, &debugcon_class, "port-e9");
    debugcon_setup(b->port_e9, BOARD_E9_PORT, m->debugcon);
    if (c->debug_exit.on) {
        b->debug_exit = make(m, &debug_exit_class, "debug-exit");
        debug_exit_setup(b->debug_exit, c->debug_exit.port, on_debug_exit, m);
    }
}

void board_make(struct machine *m)
{
    make_pci(m);
    make_interrupts(m);
    make_isa(m);
}

/* Pins to the processor and to memory. */
static void pin_intr(void *opaque, bool level)
{
    cpu_set_intr(opaque, level);
}

static void pin_nmi(void *opaque, bool level)
{
    if (level)
        cpu_nmi(opaque);
}

static void pin_smi(void *opaque, bool level)
{
    if (level)
        cpu_smi(opaque);
}

static void pin_init(void *opaque, bool level)
{
    if (level)
        cpu_init_pin(opaque);
}

static void pin_a20(void *opaque, bool level)
{
    physmem_set_a20(opaque, level);
}

static void pin_reset(void *opaque, bool level)
{
    if (level)
        machine_ask_reset(opaque);
}

/* from's pins "OUT0".."OUTn-1" to to's "IN0".."INn-1". */
static void wire_row(struct device *from, const char *out, struct device *to, const char *in,
                     unsigned n)
{
    char a[32], b[32];

    for (unsigned i = 0; i < n; i++) {
        snprintf(a, sizeof(a), "%s%u", out, i);
        snprintf(b, sizeof(b), "%s%u", in, i);
        wire_connect(from, a, to, b);
    }
}

static void wire_interrupts(struct machine *m)
{
    struct board *b = &m->board;

    wire_row(b->hub, "pic", b->pic, "irq", 16);
    wire_row(b->hub, "apic", b->ioapic, "irq", 24);
    wire_row(b->piix3, "pirq_irq", b->hub, "pirq", 16);
    wire_connect(b->pit, "out0", b->hub, "isa0");
    wire_connect(b->i8042, "irq1", b->hub, "isa1");
    wire_connect(b->uart, "irq", b->hub, "isa4");
    wire_connect(b->rtc, "irq", b->hub, "isa8");
    wire_connect(b->i8042, "irq12", b->hub, "isa12");
    wire_connect(b->port_f0, "irq", b->hub, "isa13");
    wire_connect(b->ide, "irq14", b->hub, "isa14");
    wire_connect(b->ide, "irq15", b->hub, "isa15");
    wire_connect(b->acpi, "sci", b->hub, "sci");
    if (b->hpet) {
        wire_row(b->hpet, "irq", b->hub, "hpet", 24);
        wire_connect(b->hpet, "legacy", b->hub, "legacy");
    }
    wire_connect(b->pic, "intr", b->lapic, "lint0");
    wire_connect(b->port61, "nmi", b->lapic, "lint1");
    wire_connect_fn(b->lapic, "intr", pin_intr, &m->cpu);
    wire_connect_fn(b->lapic, "nmi", pin_nmi, &m->cpu);
    wire_connect_fn(b->lapic, "smi", pin_smi, &m->cpu);
    wire_connect_fn(b->lapic, "init", pin_init, &m->cpu);
}

void board_wire(struct machine *m)
{
    struct board *b = &m->board;

    wire_interrupts(m);
    wire_connect_fn(b->acpi, "smi", pin_smi, &m->cpu);
    wire_connect(b->port61, "gate2", b->pit, "gate2");
    wire_connect(b->i8042, "a20", b->port92, "kbd_a20");
    wire_connect_fn(b->port92, "a20", pin_a20, &m->mem);
    wire_connect_fn(b->i8042, "reset", pin_reset, m);
    wire_connect_fn(b->port92, "reset", pin_reset, m);
    wire_connect_fn(b->piix3, "reset", pin_reset, m);
}

void board_post_load(struct machine *m)
{
    int a20 = device_pin(port92_class.out, "a20");

    physmem_set_a20(&m->mem, device_out_level(m->board.port92, (unsigned)a20));
}
