/* i8254.h - the programmable interval timer (Intel 231164). */
#ifndef DEVICES_TIMER_I8254_H
#define DEVICES_TIMER_I8254_H
#include "devices/device.h"

#define I8254_HZ 1193182u

/* Ports 40h to 43h; in "gate2" (the other gates are tied high); out "out0" to "out2".
 * An output that is connected is driven at its exact edges; one that is not costs nothing. */
extern const struct device_class i8254_class;

/* OUT of a counter (0 to 2) at this moment. */
bool i8254_out(struct device *d, unsigned counter);

#endif
