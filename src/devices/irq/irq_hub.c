/* irq_hub.c - the board's interrupt wiring and the OR of several lines (irq_hub.h). */
#include "devices/irq/irq_hub.h"

enum { IN_ISA = 0, IN_PIRQ = 16, IN_HPET = 32, IN_LEGACY = 56, IN_SCI = 57 };
enum { OUT_PIC = 0, OUT_APIC = 16 };
enum {
    LINE_TIMER = 0,
    LINE_CASCADE = 2,
    LINE_CLOCK = 8,
    LINE_SCI = 9,
    PIC_LINES = 16,
    APIC_LINES = 24
};

struct irq_hub {
    struct device dev;
};

static const struct state_field irq_hub_state[] = {
    STATE_SKIP(struct irq_hub, dev, "belongs to the host"),
    STATE_END,
};

static bool in(const struct device *d, unsigned pin)
{
    return d->in_level >> pin & 1;
}

/* The level of board line n: whatever shares it, ORed. */
static bool line_level(const struct device *d, unsigned n)
{
    bool legacy = in(d, IN_LEGACY);
    bool level = in(d, IN_HPET + n);

    if (n >= PIC_LINES)
        return level;
    if (!(legacy && (n == LINE_TIMER || n == LINE_CLOCK)))
        level |= in(d, IN_ISA + n);
    level |= in(d, IN_PIRQ + n);
    if (n == LINE_SCI)
        level |= in(d, IN_SCI);
    return level;
}

/* Line 0 arrives at input 2 of the I/O APIC, which is also where an HPET timer of line 2 goes; line
 * 2 is the cascade of the 8259s and input 0 is left open. */
static void drive(struct device *d, unsigned n)
{
    if (n < PIC_LINES && n != LINE_CASCADE)
        device_out(d, OUT_PIC + n, line_level(d, n));
    if (n == LINE_TIMER || n == LINE_CASCADE)
        device_out(d, OUT_APIC + LINE_CASCADE,
                   line_level(d, LINE_TIMER) || in(d, IN_HPET + LINE_CASCADE));
    else
        device_out(d, OUT_APIC + n, line_level(d, n));
}

static void irq_hub_wire(struct device *d, unsigned pin, bool level)
{
    (void)level;
    if (pin < IN_HPET)
        drive(d, pin & 15);
    else if (pin < IN_LEGACY)
        drive(d, pin - IN_HPET);
    else if (pin == IN_SCI)
        drive(d, LINE_SCI);
    else {
        drive(d, LINE_TIMER);
        drive(d, LINE_CLOCK);
    }
}

const struct device_class irq_hub_class = {
    .name = "irq-hub",
    .bus = BUS_SYSTEM,
    .version = 1,
    .size = sizeof(struct irq_hub),
    .state = irq_hub_state,
    .in = {"isa%16", "pirq%16", "hpet%24", "legacy", "sci"},
    .out = {"pic%16", "apic%24"},
    .wire = irq_hub_wire,
};

static void or_gate_wire(struct device *d, unsigned pin, bool level)
{
    (void)pin;
    (void)level;
    device_out(d, 0, d->in_level != 0);
}

const struct device_class or_gate_class = {
    .name = "or-gate",
    .bus = BUS_SYSTEM,
    .version = 1,
    .size = sizeof(struct irq_hub),
    .state = irq_hub_state,
    .in = {"in%16"},
    .out = {"out"},
    .wire = or_gate_wire,
};
