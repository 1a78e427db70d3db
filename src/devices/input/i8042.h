/* i8042.h - the keyboard controller with its keyboard and mouse (IBM PS/2 Hardware Interface
 * Technical Reference, "Keyboard and Auxiliary Device Controller"). */
#ifndef DEVICES_INPUT_I8042_H
#define DEVICES_INPUT_I8042_H
#include "devices/device.h"

/* Ports 0x60 and 0x64.  Output wires: "irq1", "irq12", "a20" (high: address bit 20 passes; high
 * after reset), "reset" (a pulse asks for a processor reset). */
extern const struct device_class i8042_class;

/* Input as in host/input.h. */
void ps2_key(struct device *i8042, unsigned key, bool down);
void ps2_mouse(struct device *i8042, int dx, int dy, int dz, unsigned buttons);

/* Bits 0 Scroll, 1 Num, 2 Caps Lock lamps of the keyboard. */
unsigned ps2_leds(const struct device *i8042);

#endif
