/* lapic.c - local APIC: requests, priorities, messages (SDM vol. 3A, chapter 10). */
#include <string.h>
#include "devices/irq/lapic.h"

static const struct state_field lapic_state[] = {
    STATE_SKIP(struct lapic, dev, "belongs to the host"),
    STATE_SKIP(struct lapic, page, "re-made from base"),
    STATE_SKIP(struct lapic, bus, "connected by the machine"),
    STATE_SKIP(struct lapic, sipi, "connected by the machine"),
    STATE_SKIP(struct lapic, opaque, "connected by the machine"),
    STATE_INT(struct lapic, base),
    STATE_INTS(struct lapic, irr),
    STATE_INTS(struct lapic, isr),
    STATE_INTS(struct lapic, tmr),
    STATE_INT(struct lapic, id),
    STATE_INT(struct lapic, tpr),
    STATE_INT(struct lapic, ldr),
    STATE_INT(struct lapic, dfr),
    STATE_INT(struct lapic, svr),
    STATE_INT(struct lapic, esr),
    STATE_INT(struct lapic, errors),
    STATE_INT(struct lapic, icr_low),
    STATE_INT(struct lapic, icr_high),
    STATE_INTS(struct lapic, lvt),
    STATE_INT(struct lapic, initial_count),
    STATE_INT(struct lapic, divide),
    STATE_INT(struct lapic, timer_start),
    STATE_INT(struct lapic, deadline),
    STATE_EVENT(struct lapic, timer),
    STATE_INT(struct lapic, extint),
    STATE_END,
};

static void set_bit(uint32_t *map, uint8_t vector, bool on)
{
    if (on)
        map[vector >> 5] |= BIT(vector & 31);
    else
        map[vector >> 5] &= ~BIT(vector & 31);
}

static bool test_bit(const uint32_t *map, uint8_t vector)
{
    return map[vector >> 5] >> (vector & 31) & 1;
}

/* Highest vector of a map, or -1. */
static int highest(const uint32_t *map)
{
    for (int i = 7; i >= 0; i--)
        if (map[i])
            return i * 32 + 31 - __builtin_clz(map[i]);
    return -1;
}

static unsigned mode_of(uint32_t lvt)
{
    return lvt >> 8 & 7;
}

static void pulse(struct lapic *l, unsigned out)
{
    device_out(&l->dev, out, true);
    device_out(&l->dev, out, false);
}

bool lapic_enabled(const struct device *d)
{
    return ((const struct lapic *)d)->base & APIC_BASE_ENABLE;
}

/* Processor priority (SDM vol. 3A, 10.8.3.1). */
uint8_t lapic_ppr(const struct device *d)
{
    const struct lapic *l = (const struct lapic *)d;
    int serving = highest(l->isr);
    uint32_t isrv = serving < 0 ? 0 : (uint32_t)serving;

    return (uint8_t)((l->tpr & 0xf0) >= (isrv & 0xf0) ? l->tpr : isrv & 0xf0);
}

/* The vector that the processor would take now, or -1. */
static int ready_vector(const struct lapic *l)
{
    int vector = highest(l->irr);

    return vector >= 0 && (vector & 0xf0) > (lapic_ppr(&l->dev) & 0xf0) ? vector : -1;
}

/* Whether the 8259 is asking through LINT0 or through the I/O APIC. */
static bool extint_waits(const struct lapic *l)
{
    uint32_t lvt = l->lvt[LVT_LINT0];
    bool lint0 = l->dev.in_level >> LAPIC_IN_LINT0 & 1;

    if (!lapic_enabled(&l->dev))
        return lint0;
    return l->extint || (lint0 && !(lvt & LVT_MASKED) && mode_of(lvt) == APIC_EXTINT);
}

void lapic_update(struct lapic *l)
{
    bool level = extint_waits(l);

    if (!level && lapic_enabled(&l->dev))
        level = ready_vector(l) >= 0;
    device_out(&l->dev, LAPIC_OUT_INTR, level);
}

bool lapic_pending(const struct device *d)
{
    return device_out_level(d, LAPIC_OUT_INTR);
}

int lapic_ack(struct device *d)
{
    struct lapic *l = (struct lapic *)d;
    int vector;

    if (!lapic_enabled(d))
        return -1;
    vector = ready_vector(l);
    if (vector >= 0) {
        set_bit(l->irr, (uint8_t)vector, false);
        set_bit(l->isr, (uint8_t)vector, true);
    } else if (extint_waits(l)) {
        l->extint = false;
    } else {
        vector = l->svr & 0xff; /* spurious: the request is gone (SDM vol. 3A, 10.9) */
    }
    lapic_update(l);
    return vector;
}

void lapic_request(struct lapic *l, uint8_t vector, bool level)
{
    if (vector < 16) {
        lapic_error(l, ESR_RECEIVE_VECTOR);
        return;
    }
    set_bit(l->irr, vector, true);
    set_bit(l->tmr, vector, level);
    lapic_update(l);
}

void lapic_error(struct lapic *l, uint32_t bit)
{
    uint32_t lvt = l->lvt[LVT_ERROR];
    bool first = !(l->errors & bit);

    l->errors |= bit;
    /* An illegal vector in the error entry itself would come back here. */
    if (first && (lvt & 0xff) >= 16)
        lapic_lvt_fire(l, LVT_ERROR);
}

/* LINT0 as a level-triggered fixed interrupt holds its request until EOI and then asks anew. */
static void lint_level_eoi(struct lapic *l, uint8_t vector)
{
    uint32_t *lvt = &l->lvt[LVT_LINT0];

    if (!(*lvt & LVT_REMOTE_IRR) || (*lvt & 0xff) != vector)
        return;
    *lvt &= ~(uint32_t)LVT_REMOTE_IRR;
    if (l->dev.in_level >> LAPIC_IN_LINT0 & 1)
        lapic_lvt_fire(l, LVT_LINT0);
}

void lapic_eoi(struct lapic *l)
{
    int vector = highest(l->isr);

    if (vector < 0)
        return;
    set_bit(l->isr, (uint8_t)vector, false);
    if (test_bit(l->tmr, (uint8_t)vector)) {
        lint_level_eoi(l, (uint8_t)vector);
        apic_bus_eoi(l->bus, (uint8_t)vector);
    }
    lapic_update(l);
}

static void init_reset(struct lapic *l);

/* What a message or a local source brings, by its delivery mode; false when it is not accepted. */
static bool accept(struct lapic *l, enum apic_mode mode, uint8_t vector, bool level)
{
    switch (mode) {
    case APIC_FIXED:
    case APIC_LOWEST:
        if (!(l->svr & SVR_ENABLE))
            return false;
        lapic_request(l, vector, level);
        return true;
    case APIC_SMI:
        pulse(l, LAPIC_OUT_SMI);
        return true;
    case APIC_NMI:
        pulse(l, LAPIC_OUT_NMI);
        return true;
    case APIC_INIT:
        init_reset(l);
        pulse(l, LAPIC_OUT_INIT);
        return true;
    case APIC_STARTUP:
        if (l->sipi)
            l->sipi(l->opaque, vector);
        return true;
    case APIC_EXTINT:
        l->extint = true;
        lapic_update(l);
        return true;
    }
    return false;
}

bool lapic_deliver(struct device *d, const struct apic_msg *m)
{
    struct lapic *l = (struct lapic *)d;

    if (!lapic_enabled(d))
        return false;
    if (m->mode == APIC_INIT && m->level && !m->assert)
        return true; /* INIT level de-assert sets arbitration IDs alone */
    return accept(l, m->mode, m->vector, m->level);
}

void lapic_lvt_fire(struct lapic *l, unsigned which)
{
    uint32_t *lvt = &l->lvt[which];
    enum apic_mode mode = mode_of(*lvt);
    bool level = which == LVT_LINT0 && (*lvt & LVT_LEVEL) && mode == APIC_FIXED;

    if (*lvt & LVT_MASKED || mode == APIC_EXTINT || mode == APIC_STARTUP)
        return;
    if (level && *lvt & LVT_REMOTE_IRR)
        return;
    if (accept(l, mode, *lvt & 0xff, level) && level)
        *lvt |= LVT_REMOTE_IRR;
}

/* A LINT pin moved.  ExtINT follows the level and is looked up by lapic_update. */
static void lapic_wire(struct device *d, unsigned in, bool level)
{
    struct lapic *l = (struct lapic *)d;

    if (!lapic_enabled(d)) {
        if (in == LAPIC_IN_LINT1 && level)
            pulse(l, LAPIC_OUT_NMI);
    } else if (level) {
        lapic_lvt_fire(l, in == LAPIC_IN_LINT0 ? LVT_LINT0 : LVT_LINT1);
    }
    lapic_update(l);
}

/* SDM vol. 3A, 10.6.2: physical, or logical in the flat and cluster models. */
bool lapic_matches(const struct device *d, const struct apic_msg *m)
{
    const struct lapic *l = (const struct lapic *)d;
    uint8_t ldr = (uint8_t)(l->ldr >> 24);

    if (!lapic_enabled(d))
        return false;
    if (m->dest == 0xff)
        return true;
    if (!m->logical)
        return l->id >> 24 == m->dest;
    if (l->dfr >> 28 == 0)
        return (ldr & 0xf0) == (m->dest & 0xf0) && (ldr & m->dest & 0x0f);
    return ldr & m->dest;
}

void lapic_send_ipi(struct lapic *l)
{
    enum { TO_DEST, TO_SELF, TO_ALL, TO_OTHERS };
    unsigned shorthand = l->icr_low >> 18 & 3;
    struct apic_msg m = {
        .dest = shorthand >= TO_ALL ? 0xff : (uint8_t)(l->icr_high >> 24),
        .logical = l->icr_low & BIT(11) && shorthand == TO_DEST,
        .level = l->icr_low & BIT(15),
        .assert = l->icr_low & BIT(14),
        .vector = (uint8_t)l->icr_low,
        .mode = mode_of(l->icr_low),
    };
    bool taken = false;

    if ((m.mode == APIC_FIXED || m.mode == APIC_LOWEST) && m.vector < 16) {
        lapic_error(l, ESR_SEND_VECTOR);
        return;
    }
    if (m.mode != APIC_INIT)
        m.level = false; /* the trigger mode is for INIT alone */
    if (shorthand == TO_SELF) {
        taken = lapic_deliver(&l->dev, &m);
    } else if (shorthand == TO_OTHERS) {
        taken = true;
        for (unsigned i = 0; l->bus && i < l->bus->lapics; i++)
            if (l->bus->lapic[i] != &l->dev)
                lapic_deliver(l->bus->lapic[i], &m);
    } else {
        taken = apic_bus_send(l->bus, &m);
    }
    if (!taken)
        lapic_error(l, ESR_SEND_ACCEPT);
}

uint8_t lapic_get_cr8(const struct device *d)
{
    return (uint8_t)(((const struct lapic *)d)->tpr >> 4);
}

void lapic_set_cr8(struct device *d, uint8_t cr8)
{
    struct lapic *l = (struct lapic *)d;

    l->tpr = (cr8 & 0xfu) << 4;
    lapic_update(l);
}

/* ---- base, reset, class */

static unsigned number(const struct lapic *l)
{
    for (unsigned i = 0; l->bus && i < l->bus->lapics; i++)
        if (l->bus->lapic[i] == &l->dev)
            return i;
    return 0;
}

/* The state after INIT (SDM vol. 3A, 10.4.7.3): as after power-up, but for the ID.  LINT0 of the
 * boot processor is the virtual wire that the MP specification 1.4 wants (3.6.2.2), until firmware
 * says so. */
static void init_reset(struct lapic *l)
{
    memset(l->irr, 0, sizeof l->irr);
    memset(l->isr, 0, sizeof l->isr);
    memset(l->tmr, 0, sizeof l->tmr);
    l->tpr = l->ldr = 0;
    l->dfr = 0xffffffff;
    l->svr = 0xff;
    l->esr = l->errors = 0;
    l->icr_low = l->icr_high = 0;
    for (unsigned i = 0; i < LVT_COUNT; i++)
        l->lvt[i] = LVT_MASKED;
    if (l->base & APIC_BASE_BSP)
        l->lvt[LVT_LINT0] = APIC_EXTINT << 8;
    l->initial_count = l->divide = 0;
    l->timer_start = l->deadline = 0;
    l->extint = false;
    event_cancel(&l->timer);
    lapic_update(l);
}

static void map_page(struct lapic *l)
{
    bool on = l->base & APIC_BASE_ENABLE;

    region_move(l->dev.env->mem, &l->page, l->base & ~0xfffull);
    region_route(l->dev.env->mem, &l->page, on, on);
}

uint64_t lapic_get_base(const struct device *d)
{
    return ((const struct lapic *)d)->base;
}

void lapic_set_base(struct device *d, uint64_t base)
{
    struct lapic *l = (struct lapic *)d;
    uint64_t old = l->base;

    l->base = (base & (APIC_BASE_ENABLE | 0xffffff000ull)) | (old & APIC_BASE_BSP);
    if (l->base == old)
        return;
    if ((l->base ^ old) & APIC_BASE_ENABLE)
        init_reset(l);
    map_page(l);
    lapic_update(l);
}

static void lapic_init(struct device *d)
{
    struct lapic *l = (struct lapic *)d;

    event_init(&l->timer, d->env->clock, "lapic.timer", RANK_TIMER, lapic_timer_event, l);
    region_init_ops(&l->page, "lapic", APIC_BASE_DEFAULT, PAGE_SIZE, 100, &lapic_ops, l);
    physmem_add(d->env->mem, &l->page);
}

static void lapic_fini(struct device *d)
{
    struct lapic *l = (struct lapic *)d;

    event_fini(&l->timer);
    physmem_remove(d->env->mem, &l->page);
}

static void lapic_reset(struct device *d)
{
    struct lapic *l = (struct lapic *)d;

    l->base = APIC_BASE_DEFAULT | APIC_BASE_ENABLE | (number(l) ? 0 : APIC_BASE_BSP);
    l->id = number(l) << 24;
    init_reset(l);
    map_page(l);
}

static void lapic_post_load(struct device *d)
{
    map_page((struct lapic *)d);
}

void lapic_connect(struct device *d, struct apic_bus *bus,
                   void (*sipi)(void *opaque, uint8_t vector), void *opaque)
{
    struct lapic *l = (struct lapic *)d;

    l->bus = bus;
    l->sipi = sipi;
    l->opaque = opaque;
}

const struct device_class lapic_class = {
    .name = "lapic",
    .bus = BUS_SYSTEM,
    .version = 1,
    .size = sizeof(struct lapic),
    .state = lapic_state,
    .in = {"lint0", "lint1"},
    .out = {"intr", "nmi", "smi", "init"},
    .init = lapic_init,
    .fini = lapic_fini,
    .reset = lapic_reset,
    .wire = lapic_wire,
    .post_load = lapic_post_load,
};
