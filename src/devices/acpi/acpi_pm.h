/* acpi_pm.h - the ACPI registers of the PIIX4's power management (Intel 290562, chapter 7.2;
 * ACPI 2.0, 4.7).
 *
 * The PCI function 00:01.3 owns the configuration registers and tells this device where its block
 * of 64 ports is.  The GPE0 block stands at AFE0h and the APM ports at B2h and B3h, always.
 * Out "sci" (level), "smi" (pulse on a write of the APM control port, when enabled). */
#ifndef DEVICES_ACPI_ACPI_PM_H
#define DEVICES_ACPI_ACPI_PM_H
#include "devices/device.h"

#define ACPI_PM_HZ    3579545u
#define ACPI_GPE0     0xafe0u
#define ACPI_PM_PORTS 64u

extern const struct device_class acpi_pm_class;

/* PMBA (config register 40h) and PMIOSE (80h bit 0); a base of 0 answers nowhere. */
void acpi_pm_set_base(struct device *d, uint16_t base, bool enabled);
/* APMC_EN (bit 25 of config register 58h): with SMI_EN of the global control
 * register, a write of port B2h pulses "smi". */
void acpi_pm_set_apmc(struct device *d, bool enabled);

/* The guest set SLP_EN: slp_typ is 0 for soft off (S5), 1 for suspend to RAM, 2 for suspend to
 * disk, as the firmware's \_S5, \_S3 and \_S4 name them. */
void acpi_pm_on_sleep(struct device *d, void (*fn)(void *opaque, unsigned slp_typ), void *opaque);

void acpi_pm_power_button(struct device *d);
/* Sets a bit of the first GPE0 status byte (hot-plug events). */
void acpi_pm_gpe(struct device *d, unsigned bit);

#endif
