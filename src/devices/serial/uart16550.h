/* uart16550.h - the serial port: a 16550A (National PC16550D). */
#ifndef DEVICES_SERIAL_UART16550_H
#define DEVICES_SERIAL_UART16550_H
#include <stddef.h>
#include <stdint.h>
#include "devices/device.h"
#include "host/chardev.h"

/* Ports 0x3f8-0x3ff; the output wire "irq" is high while an enabled interrupt is pending. */
extern const struct device_class uart16550_class;

/* Moves the eight ports (COM2 is at 0x2f8). */
void uart_move(struct device *d, uint16_t base);

/* Where transmitted bytes go; NULL: nowhere. */
void uart_set_chardev(struct device *d, struct chardev *c);

/* Characters take 1 microsecond on the line instead of what the divisor says. */
void uart_set_unpaced(struct device *d, bool unpaced);

/* Bytes that arrive on the line; returns how many the receiver had room for, the rest stay with
 * the caller.  A receiver that is looped back takes none. */
size_t uart_receive(struct device *d, const uint8_t *p, size_t n);

#endif
