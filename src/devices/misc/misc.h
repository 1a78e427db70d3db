/* misc.h - the small ports of a PC's board: 61h, 80h, 92h, debug console and debug exit. */
#ifndef DEVICES_MISC_MISC_H
#define DEVICES_MISC_MISC_H
#include "devices/device.h"
#include "host/chardev.h"

/* Port 61h, NMI status and control (PIIX3 2.5.4): in "iochk" (ISA channel check), "serr"; out
 * "gate2" to the 8254, "nmi". */
extern const struct device_class port61_class;
void port61_connect(struct device *d, struct device *i8254);
/* Whether the speaker is fed (data enable AND OUT2). */
bool port61_speaker(struct device *d);

/* Port 92h, fast A20 and reset (PIIX3 2.5.5): in "kbd_a20" (8042 output port bit 1); out "a20",
 * high when either opens the gate, and "reset", a pulse. */
extern const struct device_class port92_class;

/* Port F0h, coprocessor error: in "ferr"; out "irq" (13), "ignne". */
extern const struct device_class port_f0_class;
bool port_f0_ignne(const struct device *d);

/* Port 80h, POST code: reads back what was written. */
extern const struct device_class post_class;
uint8_t post_code(const struct device *d);

/* A debug console: each byte written leaves on a chardev (NULL: is dropped); reads give E9h at 402h
 * and at E9h, which tells firmware that it is there. */
extern const struct device_class debugcon_class;
void debugcon_setup(struct device *d, uint16_t port, struct chardev *c);

/* Debug exit: a write of `val` ends the program with status (val << 1) | 1. */
#define DEBUG_EXIT_PORT 0x501
extern const struct device_class debug_exit_class;
void debug_exit_setup(struct device *d, uint16_t port, void (*fn)(void *opaque, int status),
                      void *opaque);

#endif
