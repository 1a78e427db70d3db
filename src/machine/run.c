/* run.c - the main loop: lets the engine run to the next event, and keeps time.
 *
 * Virtual time advances with the instruction count alone.  Under -speed max an idle machine skips
 * to its next event at once.  Under -speed realtime it sleeps until then; and when virtual time has
 * fallen behind the host's clock, a correction brings it forward, which enters through the funnel.
 */
#include <poll.h>
#include <time.h>
#include "machine/machine.h"
#include "translate/translate.h"

#define SLICE      2000000ull        /* instructions between two looks at the outside */
#define SLICE_REAL 250000ull         /* the same when somebody may be typing */
#define LOOK_NS    4000000ull        /* host time between them */
#define LAG_NS     10000000ull       /* corrected only when behind by more */
#define LOST_NS    1000000000ull     /* behind by more: the host slept; time does not catch up */
#define AHEAD_NS   1000000ull        /* sleep when ahead by more */
#define HALTED_NS  (60 * NS_PER_SEC) /* of virtual time without interrupts: it is over */

/* The host's side of a run. */
struct pace {
    bool realtime;
    uint64_t base;   /* host ns at which virtual time was 0 */
    uint64_t looked; /* host ns of the last look outside */
    uint64_t halted; /* virtual ns at which the processor halted for good, or NEVER */
};

static uint64_t host_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static bool is_realtime(const struct machine *m)
{
    if (m->config->speed != SPEED_DEFAULT)
        return m->config->speed == SPEED_REALTIME;
    return m->config->display == DISPLAY_SDL || (m->serial && m->serial->terminal);
}

static void pace_init(struct pace *p, const struct machine *m)
{
    uint64_t now = host_ns();

    *p = (struct pace){
        .realtime = is_realtime(m), .base = now - clock_now(&m->clock), .halted = NEVER};
}

/* Somebody could still give input, or close the window. */
static bool has_outside(const struct machine *m)
{
    return m->config->display == DISPLAY_SDL || (m->serial && m->serial->poll_fd(m->serial) >= 0);
}

/* Window, keyboard, serial line. */
static void look_outside(struct machine *m, struct pace *p)
{
    p->looked = host_ns();
    if (m->outside.poll && m->outside.poll(m->outside.opaque))
        machine_ask_end(m, END_QUIT);
    input_poll_serial(&m->input);
    if (m->serial && m->serial->quit)
        machine_ask_end(m, END_QUIT);
}

/* Waits for input on the serial line, at most ns. */
static void wait_outside(struct machine *m, uint64_t ns)
{
    int fd = m->serial ? m->serial->poll_fd(m->serial) : -1;
    struct pollfd pfd = {.fd = fd, .events = POLLIN};
    struct timespec ts = {.tv_sec = (time_t)(ns / NS_PER_SEC), .tv_nsec = (long)(ns % NS_PER_SEC)};

    ppoll(&pfd, fd >= 0 ? 1 : 0, &ts, NULL);
}

/* Brings virtual time and the host's clock together. */
static void keep_pace(struct machine *m, struct pace *p)
{
    uint64_t now = host_ns() - p->base, virtual = clock_now(&m->clock);

    if (virtual > now + AHEAD_NS) {
        wait_outside(m, min_u64(virtual - now, LOOK_NS));
    } else if (now > virtual + LOST_NS) {
        p->base += now - virtual;
    } else if (now > virtual + LAG_NS) {
        input_push(&m->input, &(struct input_item){.kind = INPUT_TIME, .ns = now});
    }
}

/* The processor halts with interrupts off: only NMI or reset could wake it. */
static bool halted_for_good(struct machine *m, struct pace *p)
{
    if (!m->cpu.halted || (m->cpu.eflags & EF_IF)) {
        p->halted = NEVER;
        return false;
    }
    if (p->halted == NEVER)
        p->halted = clock_now(&m->clock);
    return !has_outside(m) && clock_now(&m->clock) - p->halted > HALTED_NS;
}

/* HLT: time goes on to the next event, at once or as the host's clock does. */
static void idle(struct machine *m, struct pace *p)
{
    uint64_t next = clock_next(&m->clock);

    if (halted_for_good(m, p) || (next == NEVER && !has_outside(m))) {
        machine_ask_end(m, END_HALTED);
        return;
    }
    if (!p->realtime && next != NEVER) {
        clock_skip_to(&m->clock, next);
        if (host_ns() - p->looked > LOOK_NS)
            look_outside(m, p);
        return;
    }
    uint64_t now = host_ns() - p->base, virtual = clock_now(&m->clock);
    if (next > now)
        wait_outside(m, min_u64(next - now, LOOK_NS));
    now = host_ns() - p->base;
    if (now > virtual && p->realtime)
        input_push(&m->input, &(struct input_item){.kind = INPUT_TIME, .ns = min_u64(now, next)});
    look_outside(m, p);
}

/* The count up to which the engine may run without a look at anything. */
static uint64_t next_stop(const struct machine *m, const struct pace *p)
{
    uint64_t count = machine_count(m);
    uint64_t stop = clock_count_at(&m->clock, clock_next(&m->clock));

    stop = min_u64(stop, count + (p->realtime ? SLICE_REAL : SLICE));
    stop = min_u64(stop, m->config->stop_at);
    return min_u64(stop, m->hash.next);
}

void machine_settle(struct machine *m)
{
    m->cpu.limit = cpu_count(&m->cpu);
    m->cpu.budget = 0;
    if (m->cpu.flush_pending)
        tlb_flush(&m->cpu.tlb, false);
    m->cpu.flush_pending = false;
    cpu_forget_passed(&m->cpu);
}

static void triple_fault(struct machine *m)
{
    if (m->config->no_reboot)
        machine_ask_end(m, END_TRIPLE_FAULT);
    else
        m->reset_asked = true;
}

/* What waits for an instruction boundary. */
static void at_boundary(struct machine *m)
{
    clock_run_due(&m->clock);
    if (m->reset_asked && m->config->no_reboot)
        machine_ask_end(m, END_RESET);
    else if (m->reset_asked)
        machine_reset(m);
    statehash_line(m);
    if (machine_count(m) >= m->config->stop_at)
        machine_ask_end(m, END_STOP_AT);
}

enum machine_end machine_run(struct machine *m)
{
    struct pace pace;

    pace_init(&pace, m);
    look_outside(m, &pace);
    at_boundary(m);
    while (m->end == END_NONE) {
        switch (engine_run(m->engine, next_stop(m, &pace))) {
        case CPU_EXIT_LIMIT:
            break;
        case CPU_EXIT_HALT:
            idle(m, &pace);
            break;
        case CPU_EXIT_SHUTDOWN:
            triple_fault(m);
            break;
        }
        at_boundary(m);
        if (host_ns() - pace.looked > LOOK_NS) {
            if (pace.realtime)
                keep_pace(m, &pace);
            look_outside(m, &pace);
        }
    }
    return m->end;
}
