/* i8259.c - the two interrupt controllers of a PC (Intel 231468; ELCR: PIIX3, 2.5.3). */
#include "devices/irq/i8259.h"

enum { MASTER, SLAVE, CASCADE = 2 };
enum { OUT_INTR };
enum { NO_LEVEL = 8 };

/* Which initialisation word the chip waits for at A0 = 1. */
enum icw { ICW_DONE, ICW2 = 2, ICW3, ICW4 };

struct chip {
    uint8_t lines;  /* levels of IR0 to IR7 */
    uint8_t irr;    /* latched requests; of a level-triggered input, its level */
    uint8_t isr;    /* in service */
    uint8_t imr;    /* masked */
    uint8_t elcr;   /* level-triggered inputs */
    uint8_t vector; /* T7 to T3 of ICW2 */
    uint8_t lowest; /* level of lowest priority */
    uint8_t icw;    /* enum icw */
    bool icw4;      /* ICW1 asked for ICW4 */
    bool single;    /* ICW1: no ICW3 */
    bool auto_eoi, rotate_on_aeoi, special_mask, special_nested;
    bool read_isr; /* OCW3: reads at A0 = 0 give ISR, else IRR */
    bool poll;     /* OCW3: the next read is a poll */
};

struct i8259 {
    struct device dev;
    struct chip chip[2];
};

static const struct state_field chip_state[] = {
    STATE_INT(struct chip, lines),
    STATE_INT(struct chip, irr),
    STATE_INT(struct chip, isr),
    STATE_INT(struct chip, imr),
    STATE_INT(struct chip, elcr),
    STATE_INT(struct chip, vector),
    STATE_INT(struct chip, lowest),
    STATE_INT(struct chip, icw),
    STATE_INT(struct chip, icw4),
    STATE_INT(struct chip, single),
    STATE_INT(struct chip, auto_eoi),
    STATE_INT(struct chip, rotate_on_aeoi),
    STATE_INT(struct chip, special_mask),
    STATE_INT(struct chip, special_nested),
    STATE_INT(struct chip, read_isr),
    STATE_INT(struct chip, poll),
    STATE_END,
};

static const struct state_field i8259_state[] = {
    STATE_SKIP(struct i8259, dev, "belongs to the host"),
    STATE_ARRAY(struct i8259, chip, chip_state),
    STATE_END,
};

/* Place of a level in the order of priority: 0 is the highest. */
static unsigned rank(const struct chip *c, unsigned level)
{
    return (level - c->lowest - 1) & 7;
}

static unsigned highest(const struct chip *c, uint8_t levels)
{
    for (unsigned i = 0; i < 8; i++) {
        unsigned level = (c->lowest + 1 + i) & 7;

        if (levels >> level & 1)
            return level;
    }
    return NO_LEVEL;
}

/* The level that the chip asks service for, or NO_LEVEL. */
static unsigned request(const struct i8259 *p, unsigned which)
{
    const struct chip *c = &p->chip[which];
    unsigned req = highest(c, c->irr & ~c->imr);
    unsigned serving;

    if (c->icw != ICW_DONE || req == NO_LEVEL)
        return NO_LEVEL;
    serving = highest(c, c->special_mask ? c->isr & ~c->imr : c->isr);
    if (serving == NO_LEVEL || rank(c, req) < rank(c, serving))
        return req;
    if (c->special_nested && which == MASTER && req == CASCADE && serving == CASCADE)
        return req;
    return NO_LEVEL;
}

static void set_line(struct chip *c, unsigned level, bool high)
{
    uint8_t bit = (uint8_t)BIT(level);

    if (high && !(c->lines & bit))
        c->irr |= bit;
    else if (!high)
        c->irr &= (uint8_t)~bit;
    c->lines = high ? c->lines | bit : c->lines & (uint8_t)~bit;
}

/* Drives the slave's INT into the master, and the master's to the processor. */
static void update(struct i8259 *p)
{
    set_line(&p->chip[MASTER], CASCADE, request(p, SLAVE) != NO_LEVEL);
    device_out(&p->dev, OUT_INTR, request(p, MASTER) != NO_LEVEL);
}

static void i8259_wire(struct device *d, unsigned in, bool level)
{
    struct i8259 *p = (struct i8259 *)d;

    if (in == CASCADE)
        return;
    set_line(&p->chip[in >> 3], in & 7, level);
    update(p);
}

static void end_of_interrupt(struct chip *c, unsigned level, bool rotate)
{
    if (level == NO_LEVEL)
        return;
    c->isr &= (uint8_t)~BIT(level);
    if (rotate)
        c->lowest = (uint8_t)level;
}

/* An acknowledge or a poll puts a level in service. */
static void serve(struct chip *c, unsigned level)
{
    uint8_t bit = (uint8_t)BIT(level);

    c->isr |= bit;
    if (!(c->elcr & bit))
        c->irr &= (uint8_t)~bit;
    if (c->auto_eoi)
        end_of_interrupt(c, level, c->rotate_on_aeoi);
}

/* INTA to one chip: its vector; the default IR7 leaves ISR alone (231468, "Interrupt sequence"). */
static int acknowledge(struct i8259 *p, unsigned which)
{
    struct chip *c = &p->chip[which];
    unsigned level = request(p, which);

    if (level == NO_LEVEL)
        return c->vector | 7;
    serve(c, level);
    return c->vector | (int)level;
}

int i8259_ack(struct device *d)
{
    struct i8259 *p = (struct i8259 *)d;
    bool slave = request(p, MASTER) == CASCADE;
    int vector = acknowledge(p, MASTER);

    if (slave) {
        vector = acknowledge(p, SLAVE);
        /* INT falls with INTA, so that a further request makes a new edge. */
        set_line(&p->chip[MASTER], CASCADE, false);
    }
    update(p);
    return vector;
}

/* The level-triggered inputs request while they are high. */
static void latch_levels(struct chip *c)
{
    c->irr = (c->irr & (uint8_t)~c->elcr) | (c->lines & c->elcr);
}

static void write_icw1(struct chip *c, uint8_t val)
{
    uint8_t lines = c->lines, elcr = c->elcr, vector = c->vector;

    *c = (struct chip){.lines = lines, .elcr = elcr, .vector = vector, .lowest = 7, .icw = ICW2};
    c->icw4 = val & 0x01;
    c->single = val & 0x02;
    latch_levels(c); /* LTIM (bit 3) is ignored: ELCR takes its place */
}

static void write_ocw2(struct chip *c, uint8_t val)
{
    unsigned level = val & 7;
    unsigned serving = highest(c, c->special_mask ? c->isr & ~c->imr : c->isr);

    switch (val >> 5) {
    case 0: /* clear rotation in automatic EOI */
    case 4: /* set it */
        c->rotate_on_aeoi = val >> 7;
        break;
    case 1: /* non-specific EOI, and with rotation */
    case 5:
        end_of_interrupt(c, serving, val >> 7);
        break;
    case 3: /* specific EOI, and with rotation */
    case 7:
        end_of_interrupt(c, level, val >> 7);
        break;
    case 6: /* set priority */
        c->lowest = (uint8_t)level;
        break;
    }
}

static void write_ocw3(struct chip *c, uint8_t val)
{
    c->poll = val & 0x04;
    if (val & 0x02)
        c->read_isr = val & 0x01;
    if (val & 0x40)
        c->special_mask = val & 0x20;
}

static unsigned chip_at(unsigned port)
{
    return port >= 0x80 ? SLAVE : MASTER;
}

static void write_command(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct i8259 *p = (struct i8259 *)d;
    struct chip *c = &p->chip[chip_at(port)];

    (void)size;
    if (val & 0x10)
        write_icw1(c, (uint8_t)val);
    else if (val & 0x08)
        write_ocw3(c, (uint8_t)val);
    else
        write_ocw2(c, (uint8_t)val);
    update(p);
}

static void write_data(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct i8259 *p = (struct i8259 *)d;
    struct chip *c = &p->chip[chip_at(port)];

    (void)size;
    switch (c->icw) {
    case ICW_DONE:
        c->imr = (uint8_t)val;
        break;
    case ICW2:
        c->vector = val & 0xf8;
        c->icw = !c->single ? ICW3 : c->icw4 ? ICW4 : ICW_DONE;
        break;
    case ICW3: /* the cascade is wired on the board */
        c->icw = c->icw4 ? ICW4 : ICW_DONE;
        break;
    default: /* ICW4 */
        c->auto_eoi = val & 0x02;
        c->special_nested = val & 0x10;
        c->icw = ICW_DONE;
        break;
    }
    update(p);
}

static uint8_t read_poll(struct i8259 *p, unsigned which)
{
    struct chip *c = &p->chip[which];
    unsigned level = request(p, which);

    c->poll = false;
    if (level == NO_LEVEL)
        return 0;
    serve(c, level);
    if (which == SLAVE)
        set_line(&p->chip[MASTER], CASCADE, false);
    update(p);
    return (uint8_t)(0x80 | level);
}

static uint32_t read_command(struct device *d, unsigned port, unsigned size)
{
    struct i8259 *p = (struct i8259 *)d;
    const struct chip *c = &p->chip[chip_at(port)];

    (void)size;
    if (c->poll)
        return read_poll(p, chip_at(port));
    return c->read_isr ? c->isr : c->irr;
}

static uint32_t read_data(struct device *d, unsigned port, unsigned size)
{
    struct i8259 *p = (struct i8259 *)d;

    (void)size;
    if (p->chip[chip_at(port)].poll)
        return read_poll(p, chip_at(port));
    return p->chip[chip_at(port)].imr;
}

static uint32_t read_elcr(struct device *d, unsigned port, unsigned size)
{
    (void)size;
    return ((struct i8259 *)d)->chip[port & 1].elcr;
}

static void write_elcr(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct i8259 *p = (struct i8259 *)d;
    struct chip *c = &p->chip[port & 1];

    (void)size;
    /* Lines 0, 1, 2, 8 and 13 are always edge-triggered (PIIX3, 2.5.3). */
    c->elcr = val & ((port & 1) == MASTER ? 0xf8 : 0xde);
    latch_levels(c);
    update(p);
}

static void i8259_reset(struct device *d)
{
    struct i8259 *p = (struct i8259 *)d;

    for (unsigned i = 0; i < 2; i++) {
        uint8_t lines = p->chip[i].lines;

        p->chip[i] = (struct chip){.lines = lines, .lowest = 7};
    }
    update(p);
}

static const struct reg i8259_regs[] = {
    /* port  count read          write          meaning */
    {0x00, 1, read_command, write_command, "master: ICW1, OCW2, OCW3; IRR, ISR, poll"},
    {0x01, 1, read_data, write_data, "master: ICW2 to ICW4, mask"},
    {0x80, 1, read_command, write_command, "slave: ICW1, OCW2, OCW3; IRR, ISR, poll"},
    {0x81, 1, read_data, write_data, "slave: ICW2 to ICW4, mask"},
    {0x4b0, 2, read_elcr, write_elcr, "edge/level control, lines 0-7 and 8-15"},
    REG_END,
};

const struct device_class i8259_class = {
    .name = "i8259",
    .bus = BUS_ISA,
    .ports = {0x20, 2},
    .version = 1,
    .size = sizeof(struct i8259),
    .state = i8259_state,
    .regs = i8259_regs,
    .in = {"irq%16"},
    .out = {"intr"},
    .reset = i8259_reset,
    .wire = i8259_wire,
};
