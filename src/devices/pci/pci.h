/* pci.h - the PCI bus: functions with 256 bytes of configuration space, base address registers and
 * INTx lines (PCI Local Bus Specification 2.1, chapter 6).
 *
 * A PCI device is a struct that begins with `struct pci_device pci`, which begins with `struct
 * device dev`.  Its init calls pci_init and then pci_bar_mem, pci_bar_rom or pci_bar_io for each
 * base address register; its reset calls pci_reset first; its post_load calls pci_post_load; its
 * state table has the row STATE_STRUCT(struct x, pci, pci_device_state).  The machine gives it a
 * place on the bus:
 *
 *     vga = device_new(env, &vga_pci_class, "vga");
 *     pci_attach(i440fx_bus(host), pci_of(vga), PCI_DEVFN(2, 0));
 *
 * Worked example, a frame buffer of 16 MB in BAR0: init makes the region with region_init_ram (at
 * any base) and calls pci_bar_mem(p, 0, &fb, PCI_BAR_PREFETCH).  Firmware writes all ones to offset
 * 10h, reads FF000008h, writes E0000000h, and sets bit 1 of the command register: from there on the
 * region answers at E0000000h.
 *
 * Invariants: wmask has a one for each bit that a configuration write changes, w1c one for each bit
 * that writing a one clears; a region or port block of a BAR answers only while the command
 * register enables its space; config always holds what the guest reads. */
#ifndef DEVICES_PCI_PCI_H
#define DEVICES_PCI_PCI_H
#include "devices/device.h"

#define PCI_DEVFN(slot, fn) ((unsigned)(slot) << 3 | (unsigned)(fn))
#define PCI_BARS            7 /* six, and the expansion ROM */
#define PCI_BAR_ROM         6

/* Offsets in the header (section 6.1). */
enum {
    PCI_VENDOR_ID = 0x00,
    PCI_DEVICE_ID = 0x02,
    PCI_COMMAND = 0x04,
    PCI_STATUS = 0x06,
    PCI_REVISION = 0x08,
    PCI_CLASS_PROG = 0x09,
    PCI_CLASS = 0x0a,
    PCI_CACHE_LINE = 0x0c,
    PCI_LATENCY = 0x0d,
    PCI_HEADER_TYPE = 0x0e,
    PCI_BAR0 = 0x10,
    PCI_SUBSYSTEM_VENDOR_ID = 0x2c,
    PCI_SUBSYSTEM_ID = 0x2e,
    PCI_ROM_ADDRESS = 0x30,
    PCI_INTERRUPT_LINE = 0x3c,
    PCI_INTERRUPT_PIN = 0x3d
};

/* Bits of the command register (6.2.2). */
enum {
    PCI_COMMAND_IO = 0x0001,
    PCI_COMMAND_MEMORY = 0x0002,
    PCI_COMMAND_MASTER = 0x0004,
    PCI_COMMAND_INTX_DISABLE = 0x0400
};

enum pci_bar_flags { PCI_BAR_PLAIN = 0, PCI_BAR_PREFETCH = 8 };

struct pci_device;

struct pci_bar {
    uint32_t size; /* bytes, a power of two; 0: not there */
    bool io;
    bool mapped; /* the space answers at `base` now */
    uint32_t base;
    struct region *region;  /* memory and ROM; the device's */
    const struct reg *regs; /* I/O */
};

struct pci_bus {
    uint32_t address; /* the CONFADD register of mechanism #1; saved by the host bridge */
    struct pci_device *fn[256];
    /* The chip that routes interrupts: line is PIRQA..D as 0..3, level the OR of all functions. */
    void (*pirq)(void *opaque, unsigned line, bool level);
    /* Byte accesses to CF9h, which mechanism #1 passes on to the ISA bridge. */
    uint8_t (*reset_read)(void *opaque);
    void (*reset_write)(void *opaque, uint8_t val);
    void *opaque;
};

struct pci_device {
    struct device dev;
    struct pci_bus *bus; /* NULL until attached */
    uint8_t config[256];
    uint8_t wmask[256];
    uint8_t w1c[256];
    struct pci_bar bar[PCI_BARS];
    uint8_t devfn;
    bool intx; /* the level of its INTx line, before INTX_DISABLE */
    /* After a write changed config (BARs are already mapped); offset and size as the guest wrote.
     * May be NULL. */
    void (*written)(struct pci_device *p, unsigned off, unsigned size);
};
extern const struct state_field pci_device_state[];

static inline struct pci_device *pci_of(struct device *d)
{
    return (struct pci_device *)d;
}

/* Fills in the header; class_code is 24 bits: base class, sub-class, programming interface.  `pin`
 * is 1 for INTA, 0 for none. */
void pci_init(struct pci_device *p, uint16_t vendor, uint16_t device, uint32_t class_code,
              uint8_t revision, uint8_t pin);
void pci_fini(struct pci_device *p);

/* BAR n is the memory of r, which the device has filled in with region_init_ram or region_init_ops;
 * its size is a power of two from 16 bytes up.  The bus adds r to the memory map, and from now on
 * routes it. */
void pci_bar_mem(struct pci_device *p, unsigned n, struct region *r, enum pci_bar_flags flags);
/* The expansion ROM: read only, with its own enable bit.  r's size is a power of two from 2 KB up.
 */
void pci_bar_rom(struct pci_device *p, struct region *r);
/* BAR n is `size` ports (a power of two from 4 up) that answer by regs, with ports relative to the
 * BAR. */
void pci_bar_io(struct pci_device *p, unsigned n, const struct reg *regs, uint32_t size);
/* Base address of an enabled BAR, or 0. */
uint32_t pci_bar_base(const struct pci_device *p, unsigned n);

/* The header's state after RST#: command, BARs and interrupt line are zero, INTx is low. */
void pci_reset(struct pci_device *p);
/* Maps the BARs again as config says. */
void pci_post_load(struct pci_device *p);

/* Drives the function's INTx line. */
void pci_set_intx(struct pci_device *p, bool level);

/* True when the function may master the bus (command register bit 2). */
static inline bool pci_may_master(const struct pci_device *p)
{
    return p->config[PCI_COMMAND] & PCI_COMMAND_MASTER;
}

/* Puts a function on the bus; a slot with more than function 0 becomes multi-function. */
void pci_attach(struct pci_bus *bus, struct pci_device *p, unsigned devfn);

/* Configuration accesses of 1, 2 or 4 bytes within one dword; absent functions read all ones. */
uint32_t pci_config_read(struct pci_bus *bus, unsigned devfn, unsigned off, unsigned size);
void pci_config_write(struct pci_bus *bus, unsigned devfn, unsigned off, uint32_t val,
                      unsigned size);

/* Mechanism #1 (3.7.4.1): CONFADD at CF8h, CONFDATA at CFCh; ports are relative to CF8h. */
uint32_t pci_mech1_read(struct pci_bus *bus, unsigned port, unsigned size);
void pci_mech1_write(struct pci_bus *bus, unsigned port, uint32_t val, unsigned size);

#endif
