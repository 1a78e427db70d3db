/* port_f0.c - port F0h, coprocessor error (Intel 290550, PIIX3, 2.5.6): FERR# to interrupt request
 * 13, IGNNE#.
 *
 * FERR# raises the request; a write of port F0h takes it back and, while FERR# lasts, asserts
 * IGNNE#, so that the handler may use the FPU before it has cleared the error. */
#include "devices/misc/misc.h"

enum { OUT_IRQ, OUT_IGNNE };

struct port_f0 {
    struct device dev; /* the level of FERR# is the input's */
    bool irq, ignne;
};

static const struct state_field port_f0_state[] = {
    STATE_SKIP(struct port_f0, dev, "belongs to the host"),
    STATE_INT(struct port_f0, irq),
    STATE_INT(struct port_f0, ignne),
    STATE_END,
};

static void update(struct port_f0 *p)
{
    device_out(&p->dev, OUT_IRQ, p->irq);
    device_out(&p->dev, OUT_IGNNE, p->ignne);
}

static void port_f0_wire(struct device *d, unsigned in, bool level)
{
    struct port_f0 *p = (struct port_f0 *)d;

    (void)in;
    p->irq = level;
    p->ignne &= level;
    update(p);
}

static void write_port(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct port_f0 *p = (struct port_f0 *)d;

    (void)port;
    (void)val;
    (void)size;
    p->irq = false;
    p->ignne = d->in_level & 1;
    update(p);
}

bool port_f0_ignne(const struct device *d)
{
    return ((const struct port_f0 *)d)->ignne;
}

static void port_f0_reset(struct device *d)
{
    struct port_f0 *p = (struct port_f0 *)d;

    d->in_level = 0; /* the processor's reset clears the error */
    p->irq = p->ignne = false;
    update(p);
}

static const struct reg port_f0_regs[] = {
    {0, 1, reg_open_bus, write_port, "coprocessor error"},
    REG_END,
};

const struct device_class port_f0_class = {
    .name = "port-f0",
    .bus = BUS_ISA,
    .ports = {0xf0, 1},
    .version = 1,
    .size = sizeof(struct port_f0),
    .state = port_f0_state,
    .regs = port_f0_regs,
    .in = {"ferr"},
    .out = {"irq", "ignne"},
    .reset = port_f0_reset,
    .wire = port_f0_wire,
};
