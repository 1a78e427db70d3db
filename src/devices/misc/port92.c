/* port92.c - port 92h, fast A20 and reset (Intel 290550, PIIX3, 2.5.5). */
#include "devices/misc/misc.h"

enum { OUT_A20, OUT_RESET };
enum { FAST_INIT = 0x01, FAST_A20 = 0x02 };

struct port92 {
    struct device dev;
    uint8_t control;
};

static const struct state_field port92_state[] = {
    STATE_SKIP(struct port92, dev, "belongs to the host"),
    STATE_INT(struct port92, control),
    STATE_END,
};

/* A20 is ORed with the keyboard controller's. */
static void update(struct port92 *p)
{
    device_out(&p->dev, OUT_A20, p->control & FAST_A20 || p->dev.in_level & 1);
}

static void port92_wire(struct device *d, unsigned in, bool level)
{
    (void)in;
    (void)level;
    update((struct port92 *)d);
}

static uint32_t read_port(struct device *d, unsigned port, unsigned size)
{
    (void)port;
    (void)size;
    return ((struct port92 *)d)->control;
}

/* A rise of bit 0 resets the processor. */
static void write_port(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct port92 *p = (struct port92 *)d;
    bool init = val & ~p->control & FAST_INIT;

    (void)port;
    (void)size;
    p->control = val & (FAST_A20 | FAST_INIT);
    update(p);
    if (init) {
        device_out(d, OUT_RESET, true);
        device_out(d, OUT_RESET, false);
    }
}

static void port92_reset(struct device *d)
{
    struct port92 *p = (struct port92 *)d;

    p->control = 0;
    update(p);
}

static const struct reg port92_regs[] = {
    {0, 1, read_port, write_port, "fast A20, fast reset"},
    REG_END,
};

const struct device_class port92_class = {
    .name = "port92",
    .bus = BUS_ISA,
    .ports = {0x92, 1},
    .version = 1,
    .size = sizeof(struct port92),
    .state = port92_state,
    .regs = port92_regs,
    .in = {"kbd_a20"},
    .out = {"a20", "reset"},
    .reset = port92_reset,
    .wire = port92_wire,
};
