/* mc146818.h - real-time clock with 128 bytes of CMOS RAM (Motorola MC146818A), ports 70h and 71h.
 *
 * Out "irq", high until register C is read.  The time of day runs with virtual time. */
#ifndef DEVICES_TIMER_MC146818_H
#define DEVICES_TIMER_MC146818_H
#include "devices/device.h"

extern const struct device_class mc146818_class;

/* The time of day now, as seconds since 1970-01-01 00:00:00; 2024-01-01 00:00:00 unless set. */
void rtc_set_time(struct device *d, uint64_t seconds);

/* A byte of CMOS RAM, index 0Eh to 7Fh except the century at 32h, e.g. the memory sizes. */
void rtc_cmos_set(struct device *d, uint8_t index, uint8_t value);
uint8_t rtc_cmos_get(const struct device *d, uint8_t index);

#endif
