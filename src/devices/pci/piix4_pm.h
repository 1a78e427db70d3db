/* piix4_pm.h - power management of the PIIX4, function 00:01.3 (Intel 290562): the configuration
 * space before the ACPI registers. */
#ifndef DEVICES_PCI_PIIX4_PM_H
#define DEVICES_PCI_PIIX4_PM_H
#include "devices/pci/pci.h"

extern const struct device_class piix4_pm_class;

/* `acpi` is the device of acpi_pm_class whose registers this function places and enables. */
void piix4_pm_connect(struct device *d, struct device *acpi);

/* A processor without SMM: APMC_EN is set from reset on, which tells firmware that SMIs are spoken
 * for and that it is not to set up a handler.  Before the first reset. */
void piix4_pm_without_smm(struct device *d);

#endif
