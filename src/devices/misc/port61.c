/* port61.c - port 61h, NMI status and control (Intel 290550, PIIX3, 2.5.4). */
#include "devices/misc/misc.h"
#include "devices/timer/i8254.h"

enum { IN_IOCHK, IN_SERR };
enum { OUT_GATE2, OUT_NMI };

/* Bits of the port; the high four are read only. */
enum {
    GATE2 = 0x01,
    SPEAKER = 0x02,
    SERR_OFF = 0x04,
    IOCHK_OFF = 0x08,
    REFRESH = 0x10,
    OUT2 = 0x20,
    IOCHK = 0x40,
    SERR = 0x80,
    WRITABLE = 0x0f
};

/* Counter 1 of the 8254 asks for a refresh every 18 clocks, 15.085 us; the bit toggles with each.
 */
enum { REFRESH_CLOCKS = 18 };

struct port61 {
    struct device dev;
    struct device *i8254;
    uint8_t control;
    bool iochk, serr; /* latched */
};

static const struct state_field port61_state[] = {
    STATE_SKIP(struct port61, dev, "belongs to the host"),
    STATE_SKIP(struct port61, i8254, "connected by the machine"),
    STATE_INT(struct port61, control),
    STATE_INT(struct port61, iochk),
    STATE_INT(struct port61, serr),
    STATE_END,
};

static void update(struct port61 *p)
{
    device_out(&p->dev, OUT_GATE2, p->control & GATE2);
    device_out(&p->dev, OUT_NMI, p->iochk || p->serr);
}

/* IOCHK# and SERR# are latched unless their enable bit, which clears the latch, is high. */
static void port61_wire(struct device *d, unsigned in, bool level)
{
    struct port61 *p = (struct port61 *)d;

    if (in == IN_IOCHK)
        p->iochk |= level && !(p->control & IOCHK_OFF);
    else
        p->serr |= level && !(p->control & SERR_OFF);
    update(p);
}

static bool refresh(const struct port61 *p)
{
    return clock_ticks(p->dev.env->clock, I8254_HZ) / REFRESH_CLOCKS & 1;
}

static uint32_t read_port(struct device *d, unsigned port, unsigned size)
{
    struct port61 *p = (struct port61 *)d;
    uint32_t val = p->control;

    (void)port;
    (void)size;
    if (refresh(p))
        val |= REFRESH;
    if (p->i8254 && i8254_out(p->i8254, 2))
        val |= OUT2;
    return val | (p->iochk ? IOCHK : 0) | (p->serr ? SERR : 0);
}

static void write_port(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct port61 *p = (struct port61 *)d;

    (void)port;
    (void)size;
    p->control = val & WRITABLE;
    if (val & IOCHK_OFF)
        p->iochk = false;
    if (val & SERR_OFF)
        p->serr = false;
    update(p);
}

void port61_connect(struct device *d, struct device *i8254)
{
    ((struct port61 *)d)->i8254 = i8254;
}

bool port61_speaker(struct device *d)
{
    struct port61 *p = (struct port61 *)d;

    return p->control & SPEAKER && p->i8254 && i8254_out(p->i8254, 2);
}

static void port61_reset(struct device *d)
{
    struct port61 *p = (struct port61 *)d;

    p->control = 0;
    p->iochk = p->serr = false;
    update(p);
}

static const struct reg port61_regs[] = {
    {0, 1, read_port, write_port, "NMI status and control"},
    REG_END,
};

const struct device_class port61_class = {
    .name = "port61",
    .bus = BUS_ISA,
    .ports = {0x61, 1},
    .version = 1,
    .size = sizeof(struct port61),
    .state = port61_state,
    .regs = port61_regs,
    .in = {"iochk", "serr"},
    .out = {"gate2", "nmi"},
    .reset = port61_reset,
    .wire = port61_wire,
};
