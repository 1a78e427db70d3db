/* clock.h - virtual time: the clock and its event queue.
 *
 * Time is an input.  Nothing inside the machine reads the host's clock; virtual nanoseconds follow
 * from the count of retired instructions:
 *
 *     now = base_ns + (count - base_count) * ns_per_count          (ns_per_count = num / den)
 *
 * base and rate change only at exact counts: when the processor idles and time skips to the next
 * event, or by a correction from outside that the journal records.
 *
 * An event is embedded in its device and registered once, under a name and a rank that order
 * events of the same nanosecond: (time, rank, sequence).  Nothing ticks: a device arms an event for
 * the next moment at which something it drives would change, and computes the rest when asked.
 *
 * Worked example.  Counter 0 of the PIT in mode 2 with reload 11932 has its next edge at T.  The
 * device calls event_at(&pit->edge, T).  The run loop sets the budget to the count at which now >=
 * T, translated code runs exactly that many instructions, clock_run_due calls pit_edge, which
 * raises OUT0 and arms the next edge.
 *
 * Invariants: a callback runs at the first instruction boundary at which now >= its time;
 * `deadline` is called whenever the earliest event may have come nearer, also from inside a device
 * access. */
#ifndef TIME_CLOCK_H
#define TIME_CLOCK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/field.h"

#define NS_PER_SEC 1000000000ull
#define NEVER      UINT64_MAX

struct clock;

struct event {
    uint64_t at;  /* virtual ns; NEVER when not armed */
    uint64_t seq; /* order of arming, for ties */
    struct clock *clock;
    const char *name; /* unique in the machine, e.g. "i8254.edge" */
    void (*fn)(void *opaque);
    void *opaque;
    uint32_t rank;       /* one of enum event_rank */
    uint32_t heap_index; /* place in the heap, or EVENT_IDLE */
};

/* Fixed ranks: of events at the same time, the lower rank goes first. */
enum event_rank {
    RANK_TIMER, /* PIT, HPET, RTC, APIC timer, PM timer */
    RANK_INPUT, /* scripted keys, keyboard and mouse pacing */
    RANK_SERIAL,
    RANK_DISK,
    RANK_NET,
    RANK_VIDEO,
    RANK_MACHINE /* -stop-at, hashes, snapshots: see what all others did */
};

extern const struct state_field event_state[];
#define STATE_EVENT(T, f) STATE_STRUCT(T, f, event_state)

struct clock {
    uint64_t base_ns, base_count;
    uint64_t num, den; /* nanoseconds for each count */
    uint64_t seq;
    uint64_t (*count)(void *opaque); /* retired instructions, exact even inside an access */
    void (*deadline)(void *opaque);  /* the earliest event changed */
    void *opaque;
    struct event **heap;
    struct event **all; /* every registered event, for load */
    size_t heap_len, heap_cap, all_len, all_cap;
};
extern const struct state_field clock_state[];

void clock_init(struct clock *c);
void clock_fini(struct clock *c);

/* Virtual time in ns at the exact current count. */
uint64_t clock_now(const struct clock *c);
uint64_t clock_at_count(const struct clock *c, uint64_t count);

/* The smallest count at which now >= ns; NEVER for NEVER. */
uint64_t clock_count_at(const struct clock *c, uint64_t ns);

/* Now in ticks of a clock of `hz`, rounded down; and the first ns at which that many ticks have
 * passed. */
uint64_t clock_ticks(const struct clock *c, uint64_t hz);
uint64_t ticks_to_ns(uint64_t ticks, uint64_t hz);

/* Moves time forward to ns at the current count (idle skip or correction); backward is ignored. */
void clock_skip_to(struct clock *c, uint64_t ns);

/* Registers an event; `name` must outlive it. */
void event_init(struct event *ev, struct clock *c, const char *name, enum event_rank rank,
                void (*fn)(void *opaque), void *opaque);
void event_fini(struct event *ev);
/* Arms or re-arms; a time in the past is due at once (at the next boundary). */
void event_at(struct event *ev, uint64_t ns);
void event_cancel(struct event *ev);
static inline bool event_armed(const struct event *ev)
{
    return ev->at != NEVER;
}

uint64_t clock_next(const struct clock *c); /* ns of the earliest event, or NEVER */
/* Runs, in order, every event due at now; also those armed meanwhile and due. */
void clock_run_due(struct clock *c);
/* After a load: rebuilds the heap from the `at` and `seq` of every registered event. */
void clock_requeue(struct clock *c);

#endif
