/* i8259.h - the two interrupt controllers of a PC, master and slave (Intel 231468, PIIX3 4.2).
 *
 * One device stands for both chips, the slave's INT being the master's IR2, with the edge/level
 * registers of the PIIX3 at 4D0h and 4D1h.  Pins: in "irq0" to "irq15" (irq2 goes nowhere, as on
 * the board); out "intr", high while the master asks for service.
 *
 * An IR input in edge mode must stay high until it is acknowledged, as the data sheet says: a
 * request that goes away gives the default IR7, so devices hold their lines. */
#ifndef DEVICES_IRQ_I8259_H
#define DEVICES_IRQ_I8259_H
#include "devices/device.h"

extern const struct device_class i8259_class;

/* The CPU's interrupt acknowledge cycle: puts the highest request in service and returns its
 * vector, or that of the default IR7 when none is left. */
int i8259_ack(struct device *d);

#endif
