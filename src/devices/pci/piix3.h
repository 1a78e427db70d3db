/* piix3.h - the PIIX3 ISA bridge, function 0 (Intel 290550): PCI interrupt routing and reset
 * control. */
#ifndef DEVICES_PCI_PIIX3_H
#define DEVICES_PCI_PIIX3_H
#include "devices/pci/pci.h"

/* Outputs: "pirq_irq0".."pirq_irq15", high while a PCI interrupt is routed to that ISA interrupt
 * and asserted (the machine ORs them with the ISA sources of the same IRQ); "pirqa".."pirqd", the
 * lines as they are (for an I/O APIC); "reset", a pulse that asks for a hard reset of the machine.
 */
extern const struct device_class piix3_class;

/* Attaches at devfn and takes charge of the bus's interrupt lines and of port CF9h. */
void piix3_attach(struct device *d, struct pci_bus *bus, unsigned devfn);

#endif
