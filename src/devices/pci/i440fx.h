/* i440fx.h - the 440FX host bridge (Intel 290549): owner of the PCI bus, of shadow RAM and of
 * SMRAM. */
#ifndef DEVICES_PCI_I440FX_H
#define DEVICES_PCI_I440FX_H
#include "devices/pci/pci.h"

extern const struct device_class i440fx_class;

struct pci_bus *i440fx_bus(struct device *d);

/* Tells where system RAM lies in RAM space (the byte at guest-physical 0); makes the shadow regions
 * of C0000h-FFFFFh and the SMRAM region of A0000h-BFFFFh from it.  Before the first reset. */
void i440fx_set_ram(struct device *d, uint64_t ram_off);

/* The processor's SMIACT#: SMRAM opens in system-management mode. */
void i440fx_smiact(struct device *d, bool on);

#endif
