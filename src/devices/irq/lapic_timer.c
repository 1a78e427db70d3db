/* lapic_timer.c - the local APIC's timer (SDM vol. 3A, 10.5.4): its count is computed from virtual
 * time. */
#include "devices/irq/lapic.h"

enum timer_mode { ONE_SHOT, PERIODIC, TSC_DEADLINE };

static unsigned timer_mode(const struct lapic *l)
{
    return l->lvt[LVT_TIMER] >> 17 & 3;
}

/* Nanoseconds of one count: the bus clock divided by 1 to 128 (bits 3, 1, 0; 111b divides by 1). */
static uint64_t ns_per_count(const struct lapic *l)
{
    unsigned code = (l->divide >> 1 & 4) | (l->divide & 3);

    return (NS_PER_SEC / LAPIC_BUS_HZ) << ((code + 1) & 7);
}

static uint64_t now(const struct lapic *l)
{
    return clock_now(l->dev.env->clock);
}

/* A timer that has not run out yet; a periodic one never does. */
static uint64_t counts_gone(const struct lapic *l)
{
    return (now(l) - l->timer_start) / ns_per_count(l);
}

uint32_t lapic_current_count(const struct lapic *l)
{
    uint64_t gone;

    if (!l->initial_count || timer_mode(l) >= TSC_DEADLINE)
        return 0;
    gone = counts_gone(l);
    if (timer_mode(l) == PERIODIC)
        return l->initial_count - (uint32_t)(gone % l->initial_count);
    return gone < l->initial_count ? l->initial_count - (uint32_t)gone : 0;
}

void lapic_timer_arm(struct lapic *l)
{
    uint64_t period = l->initial_count * ns_per_count(l);
    uint64_t gone;

    if (timer_mode(l) >= TSC_DEADLINE)
        return; /* armed by lapic_set_deadline; expires masked too */
    if (!period || l->lvt[LVT_TIMER] & LVT_MASKED) {
        event_cancel(&l->timer);
        return;
    }
    gone = now(l) - l->timer_start;
    if (timer_mode(l) == PERIODIC)
        event_at(&l->timer, l->timer_start + (gone / period + 1) * period);
    else if (gone < period)
        event_at(&l->timer, l->timer_start + period);
    else
        event_cancel(&l->timer);
}

void lapic_timer_start(struct lapic *l)
{
    if (timer_mode(l) >= TSC_DEADLINE)
        return;
    l->timer_start = now(l);
    lapic_timer_arm(l);
}

void lapic_timer_event(void *opaque)
{
    struct lapic *l = opaque;

    if (timer_mode(l) == TSC_DEADLINE)
        l->deadline = 0;
    lapic_timer_arm(l);
    lapic_lvt_fire(l, LVT_TIMER);
}

/* The count goes on from where it is, at the new pace. */
void lapic_set_divide(struct lapic *l, uint32_t divide)
{
    uint64_t left = lapic_current_count(l), gone = l->initial_count - left;

    l->divide = divide;
    l->timer_start = now(l) - gone * ns_per_count(l);
    lapic_timer_arm(l);
}

void lapic_set_lvt_timer(struct lapic *l, uint32_t val)
{
    unsigned old = timer_mode(l);

    l->lvt[LVT_TIMER] = val;
    if ((old == TSC_DEADLINE) != (timer_mode(l) == TSC_DEADLINE)) {
        l->initial_count = 0; /* a change to or from deadline mode disarms the timer */
        l->deadline = 0;
        event_cancel(&l->timer);
    }
    lapic_timer_arm(l);
}

void lapic_set_deadline(struct device *d, uint64_t tsc, uint64_t ns)
{
    struct lapic *l = (struct lapic *)d;

    if (timer_mode(l) != TSC_DEADLINE)
        return;
    l->deadline = tsc;
    if (tsc)
        event_at(&l->timer, ns);
    else
        event_cancel(&l->timer);
}

uint64_t lapic_get_deadline(const struct device *d)
{
    return ((const struct lapic *)d)->deadline;
}
