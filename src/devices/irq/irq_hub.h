/* irq_hub.h - the board's interrupt wiring: who shares a line, and which controllers see it.
 *
 * Pins, in:  "isa%16"   interrupt lines of ISA devices
 *            "pirq%16"  PCI interrupts as the PIIX3 has steered them; ORed with the above
 *            "hpet%24"  the HPET's outputs
 *            "legacy"   the HPET's legacy replacement is on: its outputs 0 and 8 take the places
 *                       of the 8254 (isa0) and of the clock (isa8) (IA-PC HPET 1.0a, 2.4.4)
 *            "sci"      the ACPI interrupt, on line 9
 *      out:  "pic%16"   to the 8259 pair
 *            "apic%24"  to the I/O APIC, where line 0 arrives at input 2 (ISA override of the MADT)
 * A high level means "asserted" throughout, whatever the polarity of the real wire. */
#ifndef DEVICES_IRQ_IRQ_HUB_H
#define DEVICES_IRQ_IRQ_HUB_H
#include "devices/device.h"

extern const struct device_class irq_hub_class;

/* The OR of up to 16 lines: in "in%16", out "out". */
extern const struct device_class or_gate_class;

#endif
