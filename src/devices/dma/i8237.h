/* i8237.h - the two 8237A DMA controllers of the PC/AT with their page registers. */
#ifndef DEVICES_DMA_I8237_H
#define DEVICES_DMA_I8237_H
#include "devices/device.h"

/* Inputs "dreq0".."dreq7" (4 is the cascade and stays low). */
extern const struct device_class i8237_class;

/* Moves up to n bytes between a device and memory as channel ch (0-3, 5-7) is programmed, the
 * direction being the channel's own; a verify transfer counts and moves nothing.  n is in bytes for
 * the 16-bit channels too, and even.  Returns how many bytes went; 0 while the channel is masked or
 * the controller is off.  *tc tells whether terminal count was reached. */
size_t i8237_transfer(struct device *d, unsigned ch, void *buf, size_t n, bool *tc);

/* True when the channel's mode is a transfer from the device to memory (write, in the chip's
 * words). */
bool i8237_to_memory(const struct device *d, unsigned ch);

#endif
