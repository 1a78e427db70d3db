/* clock.c - virtual time as a function of the instruction count, and the heap of events. */
#include "time/clock.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/bits.h"
#include "base/vec.h"

#define EVENT_IDLE UINT32_MAX

const struct state_field event_state[] = {
    STATE_INT(struct event, at),
    STATE_INT(struct event, seq),
    STATE_SKIP(struct event, clock, "belongs to the host"),
    STATE_SKIP(struct event, name, "given at init"),
    STATE_SKIP(struct event, fn, "given at init"),
    STATE_SKIP(struct event, opaque, "given at init"),
    STATE_SKIP(struct event, rank, "given at init"),
    STATE_SKIP(struct event, heap_index, "clock_requeue makes it again"),
    STATE_END};

const struct state_field clock_state[] = {
    STATE_INT(struct clock, base_ns),
    STATE_INT(struct clock, base_count),
    STATE_INT(struct clock, num),
    STATE_INT(struct clock, den),
    STATE_INT(struct clock, seq),
    STATE_SKIP(struct clock, count, "given by the machine"),
    STATE_SKIP(struct clock, deadline, "given by the machine"),
    STATE_SKIP(struct clock, opaque, "given by the machine"),
    STATE_SKIP(struct clock, heap, "clock_requeue makes it again"),
    STATE_SKIP(struct clock, all, "the devices register again"),
    STATE_SKIP(struct clock, heap_len, "clock_requeue makes it again"),
    STATE_SKIP(struct clock, heap_cap, "clock_requeue makes it again"),
    STATE_SKIP(struct clock, all_len, "the devices register again"),
    STATE_SKIP(struct clock, all_cap, "the devices register again"),
    STATE_END};

void clock_init(struct clock *c)
{
    *c = (struct clock){.num = 1, .den = 1};
}

void clock_fini(struct clock *c)
{
    free(c->heap);
    free(c->all);
    *c = (struct clock){.num = 1, .den = 1};
}

uint64_t clock_at_count(const struct clock *c, uint64_t count)
{
    if (c->num == c->den)
        return c->base_ns + (count - c->base_count);
    return c->base_ns + muldiv64(count - c->base_count, c->num, c->den);
}

uint64_t clock_now(const struct clock *c)
{
    return clock_at_count(c, c->count(c->opaque));
}

/* a * b / c rounded up, NEVER when that does not fit. */
static uint64_t muldiv64_up(uint64_t a, uint64_t b, uint64_t c)
{
    unsigned __int128 q = ((unsigned __int128)a * b + (c - 1)) / c;
    return q < NEVER ? (uint64_t)q : NEVER;
}

uint64_t clock_count_at(const struct clock *c, uint64_t ns)
{
    if (ns == NEVER)
        return NEVER;
    if (ns <= c->base_ns)
        return c->base_count;
    uint64_t n = muldiv64_up(ns - c->base_ns, c->den, c->num);
    return n < NEVER - c->base_count ? c->base_count + n : NEVER;
}

uint64_t clock_ticks(const struct clock *c, uint64_t hz)
{
    return muldiv64(clock_now(c), hz, NS_PER_SEC);
}

uint64_t ticks_to_ns(uint64_t ticks, uint64_t hz)
{
    return muldiv64_up(ticks, NS_PER_SEC, hz);
}

void clock_skip_to(struct clock *c, uint64_t ns)
{
    uint64_t count = c->count(c->opaque);

    if (ns == NEVER || ns <= clock_at_count(c, count))
        return;
    c->base_ns = ns;
    c->base_count = count;
    if (c->deadline)
        c->deadline(c->opaque);
}

/* The order in which events run: (time, rank, sequence). */
static bool event_before(const struct event *a, const struct event *b)
{
    if (a->at != b->at)
        return a->at < b->at;
    if (a->rank != b->rank)
        return a->rank < b->rank;
    return a->seq < b->seq;
}

static void heap_set(struct clock *c, uint32_t i, struct event *ev)
{
    c->heap[i] = ev;
    ev->heap_index = i;
}

/* Moves ev up or down from place i until the heap is in order again. */
static void heap_settle(struct clock *c, uint32_t i, struct event *ev)
{
    while (i > 0 && event_before(ev, c->heap[(i - 1) / 2])) {
        heap_set(c, i, c->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    for (;;) {
        uint32_t kid = i * 2 + 1;
        if (kid + 1 < c->heap_len && event_before(c->heap[kid + 1], c->heap[kid]))
            kid++;
        if (kid >= c->heap_len || !event_before(c->heap[kid], ev))
            break;
        heap_set(c, i, c->heap[kid]);
        i = kid;
    }
    heap_set(c, i, ev);
}

static void heap_insert(struct clock *c, struct event *ev)
{
    if (c->heap_len == c->heap_cap)
        c->heap = vec_grow_(c->heap, &c->heap_cap, c->heap_len + 1, sizeof(*c->heap));
    c->heap_len++;
    heap_settle(c, (uint32_t)c->heap_len - 1, ev);
}

static void heap_remove(struct clock *c, struct event *ev)
{
    uint32_t i = ev->heap_index;

    ev->heap_index = EVENT_IDLE;
    struct event *last = c->heap[--c->heap_len];
    if (last != ev)
        heap_settle(c, i, last);
}

void event_init(struct event *ev, struct clock *c, const char *name, enum event_rank rank,
                void (*fn)(void *opaque), void *opaque)
{
    *ev = (struct event){.at = NEVER,
                         .clock = c,
                         .name = name,
                         .fn = fn,
                         .opaque = opaque,
                         .rank = rank,
                         .heap_index = EVENT_IDLE};
    if (c->all_len == c->all_cap)
        c->all = vec_grow_(c->all, &c->all_cap, c->all_len + 1, sizeof(*c->all));
    c->all[c->all_len++] = ev;
}

void event_fini(struct event *ev)
{
    struct clock *c = ev->clock;

    if (!c)
        return;
    event_cancel(ev);
    for (size_t i = 0; i < c->all_len; i++) {
        if (c->all[i] == ev) {
            memmove(&c->all[i], &c->all[i + 1], (c->all_len - i - 1) * sizeof(*c->all));
            c->all_len--;
            break;
        }
    }
    ev->clock = NULL;
}

void event_at(struct event *ev, uint64_t ns)
{
    struct clock *c = ev->clock;

    if (ns == NEVER) {
        event_cancel(ev);
        return;
    }
    ev->at = ns;
    ev->seq = ++c->seq;
    if (ev->heap_index == EVENT_IDLE)
        heap_insert(c, ev);
    else
        heap_settle(c, ev->heap_index, ev);
    if (c->deadline && c->heap[0] == ev)
        c->deadline(c->opaque);
}

void event_cancel(struct event *ev)
{
    ev->at = NEVER;
    if (ev->heap_index != EVENT_IDLE)
        heap_remove(ev->clock, ev);
}

uint64_t clock_next(const struct clock *c)
{
    return c->heap_len ? c->heap[0]->at : NEVER;
}

void clock_run_due(struct clock *c)
{
    uint64_t now = clock_now(c);

    while (c->heap_len && c->heap[0]->at <= now) {
        struct event *ev = c->heap[0];
        event_cancel(ev);
        ev->fn(ev->opaque);
    }
}

void clock_requeue(struct clock *c)
{
    c->heap_len = 0;
    for (size_t i = 0; i < c->all_len; i++)
        c->all[i]->heap_index = EVENT_IDLE;
    for (size_t i = 0; i < c->all_len; i++) {
        if (c->all[i]->at != NEVER)
            heap_insert(c, c->all[i]);
    }
    if (c->deadline)
        c->deadline(c->opaque);
}
