/* hpet.c - high precision event timers (IA-PC HPET 1.0a).
 *
 * The main counter is computed from virtual time.  A comparator remembers the count up to which it
 * was looked at (seen); whoever looks next finds out whether the counter has passed it since.  Only
 * a timer whose interrupt is enabled arms an event. */
#include "devices/timer/hpet.h"

enum { TIMERS = 3 };
enum {
    REG_CAPS = 0x000,
    REG_CONFIG = 0x010,
    REG_STATUS = 0x020,
    REG_COUNTER = 0x0f0,
    REG_TIMER = 0x100
};
enum { T_CONFIG = 0x00, T_COMPARATOR = 0x08, T_FSB = 0x10 };

/* Revision 1, three timers, 64 bits, legacy replacement, vendor 8086h; 10 ns in femtoseconds. */
#define CAPABILITIES    (0x8086a201ull | 10000000ull << 32)

#define CONFIG_ENABLE   BIT64(0)
#define CONFIG_LEGACY   BIT64(1)

/* Timer configuration and capability (2.3.8). */
#define TN_LEVEL        BIT64(1)
#define TN_INT_ENABLE   BIT64(2)
#define TN_PERIODIC     BIT64(3)
#define TN_PERIODIC_CAP BIT64(4)
#define TN_SIZE_CAP     BIT64(5)
#define TN_VAL_SET      BIT64(6)
#define TN_32MODE       BIT64(8)
#define TN_ROUTE        0x3e00ull
#define TN_WRITABLE     (TN_LEVEL | TN_INT_ENABLE | TN_PERIODIC | TN_VAL_SET | TN_32MODE | TN_ROUTE)
#define TN_ROUTES       (BIT64(2) << 32) /* line 2, the I/O APIC's input of the 8254 */
#define TN_CAPS         (TN_ROUTES | TN_PERIODIC_CAP | TN_SIZE_CAP)

enum { LINE_TIMER = 0, LINE_CLOCK = 8, OUT_LEGACY = 24 };

struct timer {
    uint64_t config;
    uint64_t comparator;
    uint64_t period;
    uint64_t fsb;
    uint64_t seen; /* the main counter at the last look */
    bool line;     /* drives its interrupt line */
};

struct hpet {
    struct device dev;
    struct region region;
    uint64_t config, status;
    uint64_t counter; /* the main counter at base_ns */
    uint64_t base_ns;
    struct timer timer[TIMERS];
    struct event match[TIMERS];
};

static const struct state_field timer_state[] = {
    STATE_INT(struct timer, config),
    STATE_INT(struct timer, comparator),
    STATE_INT(struct timer, period),
    STATE_INT(struct timer, fsb),
    STATE_INT(struct timer, seen),
    STATE_INT(struct timer, line),
    STATE_END,
};

static const struct state_field hpet_state[] = {
    STATE_SKIP(struct hpet, dev, "belongs to the host"),
    STATE_SKIP(struct hpet, region, "does not move"),
    STATE_INT(struct hpet, config),
    STATE_INT(struct hpet, status),
    STATE_INT(struct hpet, counter),
    STATE_INT(struct hpet, base_ns),
    STATE_ARRAY(struct hpet, timer, timer_state),
    STATE_ARRAY(struct hpet, match, event_state),
    STATE_END,
};

static uint64_t count_now(const struct hpet *h)
{
    if (!(h->config & CONFIG_ENABLE))
        return h->counter;
    return h->counter + (clock_now(h->dev.env->clock) - h->base_ns) / (NS_PER_SEC / HPET_HZ);
}

/* ---- interrupt lines */

/* The line that timer k drives, or -1 when its configuration names none that is offered (2.4.4). */
static int line_of(const struct hpet *h, unsigned k)
{
    unsigned route = (unsigned)((h->timer[k].config & TN_ROUTE) >> 9);

    if (h->config & CONFIG_LEGACY && k < 2)
        return k ? LINE_CLOCK : LINE_TIMER;
    return TN_ROUTES >> 32 >> route & 1 ? (int)route : -1;
}

/* Drives the lines as the timers stand. */
static void drive(struct hpet *h)
{
    uint32_t high = 0;

    for (unsigned k = 0; k < TIMERS; k++) {
        int line = line_of(h, k);

        if (h->timer[k].line && line >= 0)
            high |= BIT(line);
    }
    for (unsigned line = 0; line < OUT_LEGACY; line++)
        device_out(&h->dev, line, high >> line & 1);
    device_out(&h->dev, OUT_LEGACY, h->config & CONFIG_LEGACY);
}

/* A level-triggered line follows the status bit; an edge-triggered one stays where fire left it. */
static void set_line(struct hpet *h, unsigned k)
{
    struct timer *t = &h->timer[k];
    bool enabled = t->config & TN_INT_ENABLE && h->config & CONFIG_ENABLE;

    if (t->config & TN_LEVEL)
        t->line = enabled && h->status >> k & 1;
    else
        t->line &= enabled;
}

/* The counter has reached comparator k.  An edge is low, then high until the next one, so that it
 * stays for an 8259 to acknowledge. */
static void fire(struct hpet *h, unsigned k)
{
    struct timer *t = &h->timer[k];

    if (t->config & TN_LEVEL)
        h->status |= BIT64(k);
    set_line(h, k);
    if (!(t->config & TN_LEVEL) && t->config & TN_INT_ENABLE) {
        t->line = false;
        drive(h);
        t->line = true;
    }
    drive(h);
}

/* ---- comparators */

static uint64_t mask_of(const struct timer *t)
{
    return t->config & TN_32MODE ? 0xffffffff : UINT64_MAX;
}

/* Counts from the last look to the match; a comparator that equals the counter is a whole turn
 * away. */
static uint64_t to_match(const struct timer *t)
{
    uint64_t mask = mask_of(t), left = (t->comparator - t->seen) & mask;

    return left || mask == UINT64_MAX ? left ? left : NEVER : mask + 1;
}

static bool is_periodic(const struct timer *t)
{
    return t->config & TN_PERIODIC && t->period & mask_of(t);
}

/* Looks at comparator k; matches that lie close together come as one. */
static void look(struct hpet *h, unsigned k)
{
    struct timer *t = &h->timer[k];
    uint64_t now = count_now(h), left = to_match(t), gone = now - t->seen;

    t->seen = now;
    if (gone < left)
        return;
    if (is_periodic(t)) {
        uint64_t period = t->period & mask_of(t);

        t->comparator = (t->comparator + ((gone - left) / period + 1) * period) & mask_of(t);
    }
    fire(h, k);
}

static void arm(struct hpet *h, unsigned k)
{
    const struct timer *t = &h->timer[k];
    uint64_t left = to_match(t), tick = NS_PER_SEC / HPET_HZ;
    uint64_t done = t->seen - h->counter; /* counts since base_ns */

    if (!(h->config & CONFIG_ENABLE) || !(t->config & TN_INT_ENABLE) || left >= NEVER / tick - done)
        event_cancel(&h->match[k]);
    else
        event_at(&h->match[k], h->base_ns + (done + left) * tick);
}

static void look_all(struct hpet *h)
{
    for (unsigned k = 0; k < TIMERS; k++)
        look(h, k);
}

static void arm_all(struct hpet *h)
{
    for (unsigned k = 0; k < TIMERS; k++) {
        set_line(h, k);
        arm(h, k);
    }
    drive(h);
}

static void match_event(struct hpet *h, unsigned k)
{
    look(h, k);
    arm(h, k);
}

static void match0(void *opaque)
{
    match_event(opaque, 0);
}

static void match1(void *opaque)
{
    match_event(opaque, 1);
}

static void match2(void *opaque)
{
    match_event(opaque, 2);
}

/* ---- registers, 64 bits each; a write changes the bits of `mask` */

static uint64_t merge(uint64_t old, uint64_t val, uint64_t mask)
{
    return (old & ~mask) | (val & mask);
}

static void write_config(struct hpet *h, uint64_t val)
{
    uint64_t count = count_now(h);

    h->config = val & (CONFIG_ENABLE | CONFIG_LEGACY);
    h->counter = count;
    h->base_ns = clock_now(h->dev.env->clock);
}

static void write_counter(struct hpet *h, uint64_t val, uint64_t mask)
{
    h->counter = merge(count_now(h), val, mask);
    h->base_ns = clock_now(h->dev.env->clock);
    for (unsigned k = 0; k < TIMERS; k++)
        h->timer[k].seen = h->counter;
}

static void write_timer_config(struct timer *t, uint64_t val, uint64_t mask)
{
    uint64_t wanted = merge(t->config, val, mask & TN_WRITABLE);

    t->config = (wanted & TN_WRITABLE) | TN_CAPS;
    t->comparator &= mask_of(t);
}

/* In periodic mode a write sets the period, and the accumulator too after VAL_SET (2.3.9.2.2). */
static void write_comparator(struct timer *t, uint64_t val, uint64_t mask)
{
    if (!(t->config & TN_PERIODIC) || t->config & TN_VAL_SET)
        t->comparator = merge(t->comparator, val, mask) & mask_of(t);
    if (t->config & TN_PERIODIC)
        t->period = merge(t->period, val, mask);
    t->config &= ~TN_VAL_SET;
}

static struct timer *timer_at(struct hpet *h, uint64_t reg)
{
    uint64_t k = (reg - REG_TIMER) / 0x20;

    return reg >= REG_TIMER && k < TIMERS ? &h->timer[k] : NULL;
}

static uint64_t read_reg(struct hpet *h, uint64_t reg)
{
    const struct timer *t = timer_at(h, reg);

    switch (reg) {
    case REG_CAPS:
        return CAPABILITIES;
    case REG_CONFIG:
        return h->config;
    case REG_STATUS:
        return h->status;
    case REG_COUNTER:
        return count_now(h);
    }
    if (!t)
        return 0;
    switch (reg & 0x1f) {
    case T_CONFIG:
        return t->config;
    case T_COMPARATOR:
        return t->comparator;
    case T_FSB:
        return t->fsb;
    default:
        return 0;
    }
}

static void write_reg(struct hpet *h, uint64_t reg, uint64_t val, uint64_t mask)
{
    struct timer *t = timer_at(h, reg);

    if (reg == REG_CONFIG)
        write_config(h, merge(h->config, val, mask));
    else if (reg == REG_STATUS)
        h->status &= ~(val & mask);
    else if (reg == REG_COUNTER)
        write_counter(h, val, mask);
    else if (t && (reg & 0x1f) == T_CONFIG)
        write_timer_config(t, val, mask);
    else if (t && (reg & 0x1f) == T_COMPARATOR)
        write_comparator(t, val, mask);
    else if (t && (reg & 0x1f) == T_FSB)
        t->fsb = merge(t->fsb, val, mask);
}

/* The main counter is read often and has no side effects, so it does not look at the comparators.
 */
static uint64_t hpet_read(void *opaque, uint64_t off, unsigned size)
{
    struct hpet *h = opaque;

    (void)size;
    if ((off & ~7ull) != REG_COUNTER) {
        look_all(h);
        arm_all(h);
    }
    return read_reg(h, off & ~7ull) >> (off & 7) * 8;
}

static void hpet_write(void *opaque, uint64_t off, uint64_t val, unsigned size)
{
    struct hpet *h = opaque;
    unsigned shift = (off & 7) * 8;

    look_all(h);
    write_reg(h, off & ~7ull, val << shift, mask_bytes(size) << shift);
    arm_all(h);
}

static const struct mem_ops hpet_ops = {
    .read = hpet_read,
    .write = hpet_write,
    .min = 4,
    .max = 8,
};

/* ---- class */

static void hpet_init(struct device *d)
{
    static const char *const names[TIMERS] = {"hpet.match0", "hpet.match1", "hpet.match2"};
    static void (*const matches[TIMERS])(void *) = {match0, match1, match2};
    struct hpet *h = (struct hpet *)d;

    for (unsigned k = 0; k < TIMERS; k++)
        event_init(&h->match[k], d->env->clock, names[k], RANK_TIMER, matches[k], h);
    region_init_ops(&h->region, "hpet", HPET_BASE, 0x400, 10, &hpet_ops, h);
    physmem_add(d->env->mem, &h->region);
}

static void hpet_fini(struct device *d)
{
    struct hpet *h = (struct hpet *)d;

    for (unsigned k = 0; k < TIMERS; k++)
        event_fini(&h->match[k]);
    physmem_remove(d->env->mem, &h->region);
}

static void hpet_reset(struct device *d)
{
    struct hpet *h = (struct hpet *)d;

    h->config = h->status = h->counter = h->base_ns = 0;
    for (unsigned k = 0; k < TIMERS; k++)
        h->timer[k] = (struct timer){.config = TN_CAPS, .comparator = UINT64_MAX};
    arm_all(h);
}

const struct device_class hpet_class = {
    .name = "hpet",
    .bus = BUS_SYSTEM,
    .version = 1,
    .size = sizeof(struct hpet),
    .state = hpet_state,
    .out = {"irq%24", "legacy"},
    .init = hpet_init,
    .fini = hpet_fini,
    .reset = hpet_reset,
};
