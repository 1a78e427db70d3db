/* hpet.h - high precision event timers (IA-PC HPET 1.0a): three comparators at 100 MHz, at
 * FED00000h.
 *
 * Out "irq%24": with legacy replacement, timer 0 drives irq0 and timer 1 irq8; else each drives the
 * line that its configuration names (only 2 is offered).  Out "legacy" is high while legacy
 * replacement is on, and keeps the 8254 and the clock off lines 0 and 8. */
#ifndef DEVICES_TIMER_HPET_H
#define DEVICES_TIMER_HPET_H
#include "devices/device.h"

#define HPET_BASE 0xfed00000u
#define HPET_HZ   100000000u

extern const struct device_class hpet_class;

#endif
