/* lapic.h - what the files of the local APIC share: its state, and the parts that call each other.
 */
#ifndef DEVICES_IRQ_LAPIC_H
#define DEVICES_IRQ_LAPIC_H
#include "devices/irq/apic.h"

#define APIC_BASE_BSP     BIT64(8)
#define APIC_BASE_ENABLE  BIT64(11)
#define APIC_BASE_DEFAULT 0xfee00000u

/* The local vector table, in the order of its registers from 320h. */
enum { LVT_TIMER, LVT_THERMAL, LVT_PERF, LVT_LINT0, LVT_LINT1, LVT_ERROR, LVT_COUNT };
enum { LVT_MASKED = BIT(16), LVT_LEVEL = BIT(15), LVT_REMOTE_IRR = BIT(14) };
enum { SVR_ENABLE = BIT(8) };

/* Bits of the error status register (SDM vol. 3A, 10.5.3). */
enum {
    ESR_SEND_ACCEPT = BIT(2),
    ESR_SEND_VECTOR = BIT(5),
    ESR_RECEIVE_VECTOR = BIT(6),
    ESR_REGISTER = BIT(7)
};

enum { LAPIC_IN_LINT0, LAPIC_IN_LINT1 };
enum { LAPIC_OUT_INTR, LAPIC_OUT_NMI, LAPIC_OUT_SMI, LAPIC_OUT_INIT };

struct lapic {
    struct device dev;
    struct region page;
    struct apic_bus *bus;
    void (*sipi)(void *opaque, uint8_t vector);
    void *opaque;
    uint64_t base;                   /* IA32_APIC_BASE */
    uint32_t irr[8], isr[8], tmr[8]; /* by vector */
    uint32_t id, tpr, ldr, dfr, svr;
    uint32_t esr, errors; /* as read, and gathered since ESR was written */
    uint32_t icr_low, icr_high;
    uint32_t lvt[LVT_COUNT];
    uint32_t initial_count, divide;
    uint64_t timer_start; /* virtual ns at which the count was initial_count */
    uint64_t deadline;    /* IA32_TSC_DEADLINE; 0 when not armed */
    struct event timer;
    bool extint; /* an ExtINT message waits for its acknowledge */
};

/* lapic.c */
void lapic_update(struct lapic *l); /* drives "intr" anew */
void lapic_request(struct lapic *l, uint8_t vector, bool level);
void lapic_error(struct lapic *l, uint32_t bit);
void lapic_eoi(struct lapic *l);
void lapic_lvt_fire(struct lapic *l, unsigned lvt); /* a local source has something to say */
void lapic_send_ipi(struct lapic *l);               /* as the ICR says */
uint8_t lapic_ppr(const struct device *d);
bool lapic_matches(const struct device *d, const struct apic_msg *m);

/* lapic_timer.c */
uint32_t lapic_current_count(const struct lapic *l);
void lapic_timer_start(struct lapic *l); /* initial count was written */
void lapic_timer_arm(struct lapic *l);   /* mask or mode may have changed */
void lapic_set_divide(struct lapic *l, uint32_t divide);
void lapic_set_lvt_timer(struct lapic *l, uint32_t val);
void lapic_timer_event(void *opaque);

/* lapic_regs.c */
extern const struct mem_ops lapic_ops;

#endif
