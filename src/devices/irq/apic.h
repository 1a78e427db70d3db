/* apic.h - local APICs, the I/O APIC and the bus between them (SDM vol. 3A, chapter 10; Intel
 * 290566, 82093AA).
 *
 * Each processor has a local APIC: it keeps requests by vector (IRR), those in service (ISR) and
 * which of them are level-triggered (TMR), and hands the processor the highest one above its
 * priority.  The bus carries messages (destination, delivery mode, vector, trigger mode) from the
 * I/O APIC and from other processors, and the end of a level-triggered interrupt back to the I/O
 * APIC.
 *
 * Worked example.  The I/O APIC's input 4 rises; its redirection entry says fixed, vector 31h,
 * logical destination 1.  It calls apic_bus_send; the bus finds the local APIC whose LDR matches
 * and calls lapic_deliver, which sets bit 31h of IRR and raises "intr".  The processor asks
 * lapic_ack, gets 31h, and later writes EOI.
 *
 * With the APIC disabled in IA32_APIC_BASE the LINT pins are the INTR and NMI pins of old: "intr"
 * follows lint0, and lapic_ack says -1: ask the 8259.
 *
 * The timer counts at LAPIC_BUS_HZ of virtual time, divided as the divide configuration says. */
#ifndef DEVICES_IRQ_APIC_H
#define DEVICES_IRQ_APIC_H
#include "devices/device.h"

#define APIC_BUS_MAX 8
#define LAPIC_BUS_HZ 100000000u /* 10 ns a tick */

/* Delivery modes as the registers encode them (SDM vol. 3A, 10.6.1). */
enum apic_mode {
    APIC_FIXED = 0,
    APIC_LOWEST = 1,
    APIC_SMI = 2,
    APIC_NMI = 4,
    APIC_INIT = 5,
    APIC_STARTUP = 6,
    APIC_EXTINT = 7
};

struct apic_msg {
    uint8_t dest; /* APIC ID, or the logical destination */
    bool logical;
    bool level;  /* trigger mode */
    bool assert; /* level of an INIT message; false is INIT level de-assert */
    uint8_t vector;
    enum apic_mode mode;
};

/* Who is on the bus.  The machine owns it; it holds no state. */
struct apic_bus {
    struct device *lapic[APIC_BUS_MAX]; /* index is the processor's number */
    unsigned lapics;
    struct device *ioapic;
};

/* False when no local APIC accepted it. */
bool apic_bus_send(struct apic_bus *bus, const struct apic_msg *m);
void apic_bus_eoi(struct apic_bus *bus, uint8_t vector);

/* ---- local APIC: in "lint0" (from the 8259), "lint1" (NMI); out "intr" (level), and "nmi", "smi",
 * "init" (pulses to the processor). */
extern const struct device_class lapic_class;

/* Before the first reset.  The APIC ID is the processor's number, its place on the bus.  sipi may
 * be NULL. */
void lapic_connect(struct device *d, struct apic_bus *bus,
                   void (*sipi)(void *opaque, uint8_t vector), void *opaque);

/* IA32_APIC_BASE: bit 8 boot processor, bit 11 enable, page base from bit 12.  Setting moves the
 * page. */
uint64_t lapic_get_base(const struct device *d);
void lapic_set_base(struct device *d, uint64_t base);
/* Whether CPUID.1:EDX.APIC shows (SDM vol. 3A, 10.4.3). */
bool lapic_enabled(const struct device *d);

/* Whether "intr" is high. */
bool lapic_pending(const struct device *d);
/* The processor takes the interrupt: its vector, or -1 when it is to be had from i8259_ack. */
int lapic_ack(struct device *d);

/* A message arrives; false when it is not accepted. */
bool lapic_deliver(struct device *d, const struct apic_msg *m);

/* CR8, the upper half of the task priority (SDM vol. 3A, 10.8.6.1). */
uint8_t lapic_get_cr8(const struct device *d);
void lapic_set_cr8(struct device *d, uint8_t cr8);

/* IA32_TSC_DEADLINE: the value written, with the virtual ns at which the TSC reaches it.  Ignored
 * unless the timer is in that mode; reads 0 when it is not armed. */
void lapic_set_deadline(struct device *d, uint64_t tsc, uint64_t ns);
uint64_t lapic_get_deadline(const struct device *d);

/* ---- I/O APIC: in "irq%24". */
extern const struct device_class ioapic_class;

void ioapic_connect(struct device *d, struct apic_bus *bus);
/* The end of a level-triggered interrupt with this vector. */
void ioapic_eoi(struct device *d, uint8_t vector);

#endif
