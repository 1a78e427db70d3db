/* i8254.c - programmable interval timer (Intel 231164).
 *
 * Nothing ticks.  A counter remembers the value it loaded (n) and the CLK at which it did (origin);
 * its count and its OUT level at any later CLK follow from these.  What is still to come, a load
 * that waits for the next CLK or for the end of a period, is (cr, load_at).  Time is in CLKs since
 * the machine started.  Only an OUT that is connected arms an event, for its next edge. */
#include "devices/timer/i8254.h"

enum { COUNTERS = 3, CONTROL = 3 };
enum { ACCESS_LATCH, ACCESS_LOW, ACCESS_HIGH, ACCESS_BOTH };

struct counter {
    uint64_t origin;  /* CLK at which n was loaded */
    uint64_t gone;    /* CLKs counted, while not counting */
    uint64_t load_at; /* CLK at which cr will be loaded, or NEVER */
    uint64_t edge_at; /* CLK that the event is armed for, or NEVER */
    uint32_t n;       /* value loaded, 1 to 65536; 0: none yet */
    uint32_t cr;      /* count register, 1 to 65536; 0: none written yet */
    uint16_t latch;
    uint8_t status, low_byte;
    uint8_t mode, access;
    bool bcd, gate;
    bool counting;              /* n is being counted down */
    bool null;                  /* cr was written and not loaded: status bit 6 */
    bool low_first;             /* mode 3: the half period at origin is the low one */
    bool load_low;              /* the same for the load to come */
    bool write_high, read_high; /* the second byte of two is next */
    bool latched, status_latched;
};

struct i8254 {
    struct device dev;
    struct counter counter[COUNTERS];
    struct event edge[COUNTERS];
};

static const struct state_field counter_state[] = {
    STATE_INT(struct counter, origin),
    STATE_INT(struct counter, gone),
    STATE_INT(struct counter, load_at),
    STATE_INT(struct counter, edge_at),
    STATE_INT(struct counter, n),
    STATE_INT(struct counter, cr),
    STATE_INT(struct counter, latch),
    STATE_INT(struct counter, status),
    STATE_INT(struct counter, low_byte),
    STATE_INT(struct counter, mode),
    STATE_INT(struct counter, access),
    STATE_INT(struct counter, bcd),
    STATE_INT(struct counter, gate),
    STATE_INT(struct counter, counting),
    STATE_INT(struct counter, null),
    STATE_INT(struct counter, low_first),
    STATE_INT(struct counter, load_low),
    STATE_INT(struct counter, write_high),
    STATE_INT(struct counter, read_high),
    STATE_INT(struct counter, latched),
    STATE_INT(struct counter, status_latched),
    STATE_END,
};

static const struct state_field i8254_state[] = {
    STATE_SKIP(struct i8254, dev, "belongs to the host"),
    STATE_ARRAY(struct i8254, counter, counter_state),
    STATE_ARRAY(struct i8254, edge, event_state),
    STATE_END,
};

/* Modes 1 and 5 start at a rising gate; 2 and 3 repeat. */
static bool is_triggered(const struct counter *c)
{
    return c->mode == 1 || c->mode == 5;
}

static bool is_periodic(const struct counter *c)
{
    return c->mode == 2 || c->mode == 3;
}

static uint64_t elapsed(const struct counter *c, uint64_t clk)
{
    return c->counting ? clk - c->origin : c->gone;
}

/* Takes the load that has fallen due by now. */
static void sync(struct counter *c, uint64_t clk)
{
    if (clk < c->load_at)
        return;
    c->n = c->cr;
    c->origin = c->load_at;
    c->load_at = NEVER;
    c->gone = 0;
    c->null = false;
    c->low_first = c->load_low;
    c->load_low = false;
    c->counting = is_triggered(c) || c->gate;
}

/* Mode 3: CLKs of the half period that position `pos` of a period lies in, its start, and its
 * level.  An odd n is one CLK longer high than low. */
static bool half_period(const struct counter *c, uint64_t pos, uint64_t *start, uint64_t *len)
{
    uint64_t high = (c->n + 1) / 2, low = c->n / 2;
    uint64_t first = c->low_first ? low : high;
    bool second = pos >= first;

    *start = second ? first : 0;
    *len = second ? c->n - first : first;
    return second == c->low_first;
}

/* OUT at a CLK (231164, "Mode definitions"). */
static bool out_level(const struct counter *c, uint64_t clk)
{
    uint64_t e = elapsed(c, clk), start, len;

    switch (c->mode) {
    case 0:
        return c->n && !c->null && e >= c->n;
    case 1:
        return !(c->counting && e < c->n);
    case 2: /* a count of 1 is illegal and gives no pulses */
        return !(c->counting && c->n > 1 && e % c->n == c->n - 1);
    case 3:
        return !c->counting || c->n < 2 || half_period(c, e % c->n, &start, &len);
    default:
        return !(c->counting && c->n && e == c->n);
    }
}

/* The next CLK after `clk` at which OUT may change, or NEVER. */
static uint64_t next_edge(const struct counter *c, uint64_t clk)
{
    uint64_t e = elapsed(c, clk), edge = NEVER, start, len;

    if (c->counting && c->n) {
        switch (c->mode) {
        case 0:
        case 1:
            if (e < c->n)
                edge = c->origin + c->n;
            break;
        case 2:
            if (c->n > 1)
                edge = clk + (e % c->n < c->n - 1 ? c->n - 1 - e % c->n : 1);
            break;
        case 3:
            if (c->n > 1) {
                half_period(c, e % c->n, &start, &len);
                edge = clk + start + len - e % c->n;
            }
            break;
        default:
            if (e <= c->n)
                edge = c->origin + c->n + (e == c->n);
            break;
        }
    }
    return min_u64(edge, c->load_at);
}

/* The counting element as a read finds it. */
static uint16_t count_value(const struct counter *c, uint64_t clk)
{
    uint32_t modulus = c->bcd ? 10000 : 65536, v;
    uint64_t e = elapsed(c, clk), start, len;

    if (!c->n)
        return 0;
    if (c->mode == 3 && c->n > 1) { /* counts down by two in each half period */
        half_period(c, e % c->n, &start, &len);
        v = (c->n & ~1u) - 2 * (uint32_t)(e % c->n - start);
    } else if (is_periodic(c)) {
        v = c->n - (uint32_t)(e % c->n);
    } else {
        v = c->n + modulus - (uint32_t)(e % modulus);
    }
    v %= modulus;
    if (c->bcd)
        v = v / 1000 << 12 | v / 100 % 10 << 8 | v / 10 % 10 << 4 | v % 10;
    return (uint16_t)v;
}

/* ---- time and the output pins */

static uint64_t clk_now(const struct i8254 *p)
{
    return clock_ticks(p->dev.env->clock, I8254_HZ);
}

static bool is_connected(const struct i8254 *p, unsigned k)
{
    return p->dev.out[k].to || p->dev.out[k].fn;
}

/* Drives OUT as it is at `clk` and arms the event for the next edge. */
static void drive(struct i8254 *p, unsigned k, uint64_t clk)
{
    struct counter *c = &p->counter[k];

    if (!is_connected(p, k))
        return;
    c->edge_at = next_edge(c, clk);
    if (c->edge_at == NEVER)
        event_cancel(&p->edge[k]);
    else
        event_at(&p->edge[k], ticks_to_ns(c->edge_at, I8254_HZ));
    device_out(&p->dev, k, out_level(c, clk));
}

/* Brings a counter to the present, edge by edge where somebody is looking. */
static uint64_t catch_up(struct i8254 *p, unsigned k)
{
    struct counter *c = &p->counter[k];
    uint64_t clk = clk_now(p);

    while (c->edge_at <= clk) {
        uint64_t at = c->edge_at;

        sync(c, at);
        drive(p, k, at);
    }
    sync(c, clk);
    return clk;
}

static void edge0(void *opaque)
{
    catch_up(opaque, 0);
}

static void edge1(void *opaque)
{
    catch_up(opaque, 1);
}

static void edge2(void *opaque)
{
    catch_up(opaque, 2);
}

bool i8254_out(struct device *d, unsigned counter)
{
    struct i8254 *p = (struct i8254 *)d;
    uint64_t clk = catch_up(p, counter);

    return out_level(&p->counter[counter], clk);
}

static void i8254_wire(struct device *d, unsigned pin, bool level)
{
    struct i8254 *p = (struct i8254 *)d;
    struct counter *c = &p->counter[2];
    uint64_t clk = catch_up(p, 2);

    (void)pin;
    c->gate = level;
    if (level && (c->mode == 0 || c->mode == 4)) {
        if (c->n && !c->counting) {
            c->origin = clk - c->gone;
            c->counting = true;
        }
    } else if (level) {
        c->load_at = c->cr ? clk + 1 : NEVER;
        c->load_low = false;
    } else if (!is_triggered(c)) {
        c->gone = elapsed(c, clk);
        c->counting = false;
        if (is_periodic(c) && c->n)
            c->load_at = NEVER; /* the gate's rise will load */
    }
    drive(p, 2, clk);
}

/* ---- registers */

/* A count is complete. */
static void write_count(struct counter *c, uint16_t val, uint64_t clk)
{
    uint32_t v = val;
    uint64_t pos, start, len;

    if (c->bcd)
        v = (v >> 12) * 1000 + (v >> 8 & 15) * 100 + (v >> 4 & 15) * 10 + (v & 15);
    c->cr = v ? v : c->bcd ? 10000 : 65536;
    c->null = true;
    if (is_triggered(c))
        return; /* until the next trigger */
    if (!is_periodic(c) || !c->n) {
        c->load_at = clk + 1;
        return;
    }
    if (!c->counting)
        return; /* the gate's rise will load */
    pos = elapsed(c, clk) % c->n;
    start = 0;
    len = c->n;
    c->load_low = false;
    if (c->mode == 3 && c->n > 1)
        c->load_low = half_period(c, pos, &start, &len);
    c->load_at = clk + start + len - pos;
}

static void write_counter(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct i8254 *p = (struct i8254 *)d;
    struct counter *c = &p->counter[port];
    uint64_t clk = catch_up(p, port);

    (void)size;
    if (c->access == ACCESS_BOTH && !c->write_high) {
        c->write_high = true;
        c->low_byte = (uint8_t)val;
        if (c->mode == 0) { /* the first byte stops the count and OUT goes low */
            c->gone = elapsed(c, clk);
            c->counting = false;
            c->null = true;
            c->load_at = NEVER;
        }
    } else if (c->access == ACCESS_BOTH) {
        c->write_high = false;
        write_count(c, (uint16_t)(val << 8 | c->low_byte), clk);
    } else {
        write_count(c, (uint16_t)(c->access == ACCESS_HIGH ? val << 8 : val), clk);
    }
    drive(p, port, clk);
}

static uint32_t read_counter(struct device *d, unsigned port, unsigned size)
{
    struct i8254 *p = (struct i8254 *)d;
    struct counter *c = &p->counter[port];
    uint16_t v = c->latch;
    bool high = c->access == ACCESS_HIGH || (c->access == ACCESS_BOTH && c->read_high);

    (void)size;
    if (c->status_latched) {
        c->status_latched = false;
        return c->status;
    }
    if (!c->latched)
        v = count_value(c, catch_up(p, port));
    if (c->access == ACCESS_BOTH)
        c->read_high = !c->read_high;
    if (c->access != ACCESS_BOTH || high)
        c->latched = false;
    return high ? v >> 8 : v & 0xff;
}

static void latch_count(struct counter *c, uint64_t clk)
{
    if (c->latched)
        return; /* until it has been read */
    c->latched = true;
    c->latch = count_value(c, clk);
}

static void latch_status(struct counter *c, uint64_t clk)
{
    if (c->status_latched)
        return;
    c->status_latched = true;
    c->status =
        (uint8_t)(out_level(c, clk) << 7 | c->null << 6 | c->access << 4 | c->mode << 1 | c->bcd);
}

/* Read-back command: D5 and D4 low latch counts and status of the counters of D3 to D1. */
static void read_back(struct i8254 *p, uint8_t val)
{
    for (unsigned k = 0; k < COUNTERS; k++) {
        uint64_t clk;

        if (!(val >> (k + 1) & 1))
            continue;
        clk = catch_up(p, k);
        if (!(val & 0x20))
            latch_count(&p->counter[k], clk);
        if (!(val & 0x10))
            latch_status(&p->counter[k], clk);
    }
}

static void program(struct counter *c, uint8_t val)
{
    unsigned mode = val >> 1 & 7;
    bool gate = c->gate;

    *c = (struct counter){.load_at = NEVER, .edge_at = NEVER, .null = true, .gate = gate};
    c->access = val >> 4 & 3;
    c->mode = (uint8_t)(mode > 5 ? mode & 3 : mode);
    c->bcd = val & 1;
}

static void write_control(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct i8254 *p = (struct i8254 *)d;
    unsigned k = val >> 6;
    uint64_t clk;

    (void)port;
    (void)size;
    if (k == COUNTERS) {
        read_back(p, (uint8_t)val);
        return;
    }
    clk = catch_up(p, k);
    if ((val >> 4 & 3) == ACCESS_LATCH) {
        latch_count(&p->counter[k], clk);
        return;
    }
    program(&p->counter[k], (uint8_t)val);
    drive(p, k, clk);
}

/* ---- class */

static void i8254_init(struct device *d)
{
    static const char *const names[COUNTERS] = {"i8254.edge0", "i8254.edge1", "i8254.edge2"};
    static void (*const edges[COUNTERS])(void *) = {edge0, edge1, edge2};
    struct i8254 *p = (struct i8254 *)d;

    for (unsigned k = 0; k < COUNTERS; k++)
        event_init(&p->edge[k], d->env->clock, names[k], RANK_TIMER, edges[k], p);
}

static void i8254_fini(struct device *d)
{
    for (unsigned k = 0; k < COUNTERS; k++)
        event_fini(&((struct i8254 *)d)->edge[k]);
}

/* The chip comes up in no particular state; ours waits in mode 0 for a count. */
static void i8254_reset(struct device *d)
{
    struct i8254 *p = (struct i8254 *)d;

    for (unsigned k = 0; k < COUNTERS; k++) {
        p->counter[k].gate = k < 2 || (d->in_level & 1);
        program(&p->counter[k], ACCESS_BOTH << 4);
        drive(p, k, clk_now(p));
    }
}

static const struct reg i8254_regs[] = {
    /* port count read write meaning */
    {0, COUNTERS, read_counter, write_counter, "counters 0 to 2"},
    {CONTROL, 1, reg_open_bus, write_control, "control word"},
    REG_END,
};

const struct device_class i8254_class = {
    .name = "i8254",
    .bus = BUS_ISA,
    .ports = {0x40, 4},
    .version = 1,
    .size = sizeof(struct i8254),
    .state = i8254_state,
    .regs = i8254_regs,
    .in = {"gate2"},
    .out = {"out0", "out1", "out2"},
    .init = i8254_init,
    .fini = i8254_fini,
    .reset = i8254_reset,
    .wire = i8254_wire,
};
