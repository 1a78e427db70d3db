/* mc146818.c - real-time clock and CMOS RAM (Motorola MC146818A).
 *
 * Nothing ticks.  While the clock runs, its time registers are computed from (epoch, base_ns);
 * while it is stopped they are bytes of RAM.  The flags of register C are brought up to date when
 * somebody looks, and an event is armed only for the next interrupt that is enabled. */
#include "devices/timer/mc146818.h"
#include "devices/timer/civil.h"

enum {
    SECONDS,
    SECONDS_ALARM,
    MINUTES,
    MINUTES_ALARM,
    HOURS,
    HOURS_ALARM,
    WEEKDAY,
    DAY,
    MONTH,
    YEAR,
    REG_A,
    REG_B,
    REG_C,
    REG_D,
    CENTURY = 0x32
};

enum { A_UIP = 0x80, A_DIVIDER = 0x70, A_RATE = 0x0f };
enum { B_SET = 0x80, B_PIE = 0x40, B_AIE = 0x20, B_UIE = 0x10, B_BINARY = 0x04, B_24H = 0x02 };
enum { C_IRQF = 0x80, C_PF = 0x40, C_AF = 0x20, C_UF = 0x10, C_FLAGS = 0x70 };
enum { D_VALID = 0x80, HOUR_PM = 0x80 };

#define DIVIDER_HZ   32768u
/* UIP rises 244 us before an update, which takes 1984 us (MC146818A, table 6). */
#define UIP_NS       2228000u
/* 2024-01-01 00:00:00. */
#define DEFAULT_TIME 1704067200u

struct rtc {
    struct device dev;
    uint64_t epoch;   /* the time at base_ns, seconds of civil.h */
    uint64_t base_ns; /* virtual ns of the start of a second; wraps */
    uint64_t seen_ns; /* register C is up to date to here */
    uint8_t cmos[128];
    uint8_t index;
    uint8_t weekday_offset; /* days that the weekday register is ahead of the calendar */
    struct event irq;
};

static const struct state_field rtc_state[] = {
    STATE_SKIP(struct rtc, dev, "belongs to the host"),
    STATE_INT(struct rtc, epoch),
    STATE_INT(struct rtc, base_ns),
    STATE_INT(struct rtc, seen_ns),
    STATE_INTS(struct rtc, cmos),
    STATE_INT(struct rtc, index),
    STATE_INT(struct rtc, weekday_offset),
    STATE_EVENT(struct rtc, irq),
    STATE_END,
};

static uint64_t now_ns(const struct rtc *c)
{
    return clock_now(c->dev.env->clock);
}

/* The divider chain is held in reset (register A, DV = 11x). */
static bool divider_held(const struct rtc *c)
{
    return (c->cmos[REG_A] & 0x60) == 0x60;
}

static bool is_running(const struct rtc *c)
{
    return !(c->cmos[REG_B] & B_SET) && !divider_held(c);
}

static uint64_t time_at(const struct rtc *c, uint64_t ns)
{
    return c->epoch + (ns - c->base_ns) / NS_PER_SEC;
}

/* ---- the registers' coding: BCD or binary, 12 or 24 hours */

static uint8_t encode(const struct rtc *c, uint32_t v)
{
    return (uint8_t)(c->cmos[REG_B] & B_BINARY ? v : v / 10 << 4 | v % 10);
}

static uint32_t decode(const struct rtc *c, uint8_t v)
{
    return c->cmos[REG_B] & B_BINARY ? v : (v >> 4) * 10u + (v & 15);
}

static uint8_t encode_hour(const struct rtc *c, uint32_t hour)
{
    if (c->cmos[REG_B] & B_24H)
        return encode(c, hour);
    return encode(c, hour % 12 ? hour % 12 : 12) | (hour >= 12 ? HOUR_PM : 0);
}

static uint32_t decode_hour(const struct rtc *c, uint8_t v)
{
    if (c->cmos[REG_B] & B_24H)
        return decode(c, v);
    return decode(c, v & 0x7f) % 12 + (v & HOUR_PM ? 12 : 0);
}

/* Writes the time registers as they stand at `seconds`. */
static void put_time(struct rtc *c, uint64_t seconds)
{
    struct civil t = civil_from_seconds(seconds);

    c->cmos[SECONDS] = encode(c, t.second);
    c->cmos[MINUTES] = encode(c, t.minute);
    c->cmos[HOURS] = encode_hour(c, t.hour);
    c->cmos[WEEKDAY] = encode(c, (t.weekday + c->weekday_offset) % 7 + 1);
    c->cmos[DAY] = encode(c, t.day);
    c->cmos[MONTH] = encode(c, t.month);
    c->cmos[YEAR] = encode(c, t.year % 100);
    c->cmos[CENTURY] = encode(c, t.year / 100 % 100);
}

/* The time that the registers say; the weekday counts on from what was written. */
static uint64_t take_time(struct rtc *c)
{
    struct civil t = {
        .year = decode(c, c->cmos[CENTURY]) * 100 + decode(c, c->cmos[YEAR]),
        .month = decode(c, c->cmos[MONTH]),
        .day = decode(c, c->cmos[DAY]),
        .hour = decode_hour(c, c->cmos[HOURS]),
        .minute = decode(c, c->cmos[MINUTES]),
        .second = decode(c, c->cmos[SECONDS]),
    };
    uint64_t seconds = civil_to_seconds(&t);
    uint32_t weekday = decode(c, c->cmos[WEEKDAY]);

    c->weekday_offset = (uint8_t)((weekday + 13 - civil_from_seconds(seconds).weekday) % 7);
    return seconds;
}

/* ---- interrupts */

/* CLKs of the divider for each periodic interrupt, or 0 (MC146818A, table 5). */
static uint64_t period(const struct rtc *c)
{
    unsigned rate = c->cmos[REG_A] & A_RATE;

    if (!rate || divider_held(c))
        return 0;
    return BIT64(rate < 3 ? rate + 6 : rate - 1);
}

static uint64_t divider_at(const struct rtc *c, uint64_t ns)
{
    return muldiv64(ns - c->base_ns, DIVIDER_HZ, NS_PER_SEC);
}

/* An alarm byte of 11xxxxxx matches anything. */
static bool alarm_matches(const struct rtc *c, unsigned alarm, uint8_t value)
{
    return c->cmos[alarm] >= 0xc0 || c->cmos[alarm] == value;
}

/* Whether an alarm byte names a value that is ever reached. */
static bool alarm_possible(const struct rtc *c, unsigned alarm, uint32_t values)
{
    for (uint32_t v = 0; v < values; v++)
        if (alarm_matches(c, alarm, alarm == HOURS_ALARM ? encode_hour(c, v) : encode(c, v)))
            return true;
    return false;
}

/* The first second after `seconds` at which the alarm goes off, or NEVER. */
static uint64_t next_alarm(const struct rtc *c, uint64_t seconds)
{
    uint64_t t = seconds + 1, end = seconds + SECONDS_PER_DAY;

    if (!alarm_possible(c, SECONDS_ALARM, 60) || !alarm_possible(c, MINUTES_ALARM, 60))
        return NEVER;
    while (t <= end) {
        if (!alarm_matches(c, HOURS_ALARM, encode_hour(c, (uint32_t)(t / 3600 % 24))))
            t += 3600 - t % 3600;
        else if (!alarm_matches(c, MINUTES_ALARM, encode(c, (uint32_t)(t / 60 % 60))))
            t += 60 - t % 60;
        else if (!alarm_matches(c, SECONDS_ALARM, encode(c, (uint32_t)(t % 60))))
            t++;
        else
            return t;
    }
    return NEVER;
}

/* Sets the flags of what has happened since the last look. */
static void sync(struct rtc *c)
{
    uint64_t now = now_ns(c), p = period(c);

    if (p && divider_at(c, now) / p > divider_at(c, c->seen_ns) / p)
        c->cmos[REG_C] |= C_PF;
    if (is_running(c) && time_at(c, now) > time_at(c, c->seen_ns)) {
        c->cmos[REG_C] |= C_UF;
        if (next_alarm(c, time_at(c, c->seen_ns)) <= time_at(c, now))
            c->cmos[REG_C] |= C_AF;
    }
    c->seen_ns = now;
}

/* Virtual ns of the next interrupt that is enabled. */
static uint64_t next_irq(const struct rtc *c)
{
    uint64_t now = c->seen_ns, at = NEVER, p = period(c), time = time_at(c, now), alarm;

    if (c->cmos[REG_B] & B_PIE && p)
        at = c->base_ns + ticks_to_ns((divider_at(c, now) / p + 1) * p, DIVIDER_HZ);
    if (!is_running(c))
        return at;
    if (c->cmos[REG_B] & B_UIE)
        at = min_u64(at, c->base_ns + (time + 1 - c->epoch) * NS_PER_SEC);
    if (c->cmos[REG_B] & B_AIE) {
        alarm = next_alarm(c, time);
        if (alarm != NEVER)
            at = min_u64(at, c->base_ns + (alarm - c->epoch) * NS_PER_SEC);
    }
    return at;
}

/* Drives IRQ and arms the event; call with register C up to date. */
static void update(struct rtc *c)
{
    bool irq = c->cmos[REG_B] & c->cmos[REG_C] & C_FLAGS;
    uint64_t at = irq ? NEVER : next_irq(c);

    if (at == NEVER)
        event_cancel(&c->irq);
    else
        event_at(&c->irq, at);
    device_out(&c->dev, 0, irq);
}

static void irq_event(void *opaque)
{
    sync(opaque);
    update(opaque);
}

/* ---- registers */

/* SET or the divider has changed: the time stops, or starts from what the registers hold. */
static void run_or_stop(struct rtc *c, bool was_running, bool was_held)
{
    uint64_t now = now_ns(c);

    if (was_held && !divider_held(c)) /* the first update comes half a second later */
        c->base_ns = now - NS_PER_SEC / 2;
    else if (!was_running && is_running(c))
        c->base_ns = now - (now - c->base_ns) % NS_PER_SEC;
    if (!was_running && is_running(c))
        c->epoch = take_time(c);
    c->seen_ns = now;
}

static void write_control(struct rtc *c, unsigned index, uint8_t val)
{
    bool running = is_running(c), held = divider_held(c);

    if (running)
        put_time(c, time_at(c, now_ns(c)));
    if (index == REG_A) {
        c->cmos[REG_A] = val & (A_DIVIDER | A_RATE);
    } else {
        if (val & B_SET)
            val &= (uint8_t)~B_UIE;
        c->cmos[REG_B] = val;
    }
    run_or_stop(c, running, held);
}

static bool is_time(unsigned index)
{
    return index == SECONDS || index == MINUTES || index == HOURS ||
           (index >= WEEKDAY && index <= YEAR) || index == CENTURY;
}

static void write_byte(struct rtc *c, unsigned index, uint8_t val)
{
    if (is_time(index) && is_running(c)) {
        uint64_t now = now_ns(c);

        put_time(c, time_at(c, now));
        c->cmos[index] = val;
        c->base_ns = now - (now - c->base_ns) % NS_PER_SEC;
        c->epoch = take_time(c);
    } else if (index == REG_A || index == REG_B) {
        write_control(c, index, val);
    } else if (index != REG_C && index != REG_D) {
        c->cmos[index] = val;
    }
}

static void write_data(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct rtc *c = (struct rtc *)d;

    (void)port;
    (void)size;
    sync(c);
    write_byte(c, c->index & 0x7f, (uint8_t)val);
    update(c);
}

static uint8_t read_reg_a(const struct rtc *c)
{
    bool uip = is_running(c) && (now_ns(c) - c->base_ns) % NS_PER_SEC >= NS_PER_SEC - UIP_NS;

    return c->cmos[REG_A] | (uip ? A_UIP : 0);
}

/* Reading register C clears its flags and lets IRQ go. */
static uint8_t read_reg_c(struct rtc *c)
{
    uint8_t flags;

    sync(c);
    flags = c->cmos[REG_C];
    if (flags & c->cmos[REG_B])
        flags |= C_IRQF;
    c->cmos[REG_C] = 0;
    update(c);
    return flags;
}

static uint32_t read_data(struct device *d, unsigned port, unsigned size)
{
    struct rtc *c = (struct rtc *)d;
    unsigned index = c->index & 0x7f;

    (void)port;
    (void)size;
    if (index == REG_A)
        return read_reg_a(c);
    if (index == REG_C)
        return read_reg_c(c);
    if (is_time(index) && is_running(c))
        put_time(c, time_at(c, now_ns(c)));
    return c->cmos[index];
}

/* Bit 7 masks NMI on the board; it is kept and has no further effect. */
static void write_index(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    (void)port;
    (void)size;
    ((struct rtc *)d)->index = (uint8_t)val;
}

void rtc_set_time(struct device *d, uint64_t seconds)
{
    struct rtc *c = (struct rtc *)d;

    c->base_ns = c->seen_ns = now_ns(c);
    c->epoch = CIVIL_1970 + seconds;
    c->weekday_offset = 0;
    put_time(c, c->epoch);
    update(c);
}

void rtc_cmos_set(struct device *d, uint8_t index, uint8_t value)
{
    struct rtc *c = (struct rtc *)d;

    if (index > REG_D && index < sizeof c->cmos && index != CENTURY)
        c->cmos[index] = value;
}

uint8_t rtc_cmos_get(const struct device *d, uint8_t index)
{
    return ((const struct rtc *)d)->cmos[index & 0x7f];
}

/* ---- class */

static void rtc_init(struct device *d)
{
    struct rtc *c = (struct rtc *)d;

    event_init(&c->irq, d->env->clock, "mc146818.irq", RANK_TIMER, irq_event, c);
    c->cmos[REG_A] = 0x26; /* 32768 Hz, periodic rate 1024 Hz */
    c->cmos[REG_B] = B_24H;
    c->cmos[REG_D] = D_VALID;
    rtc_set_time(d, DEFAULT_TIME);
}

static void rtc_fini(struct device *d)
{
    event_fini(&((struct rtc *)d)->irq);
}

/* RESET clears the interrupt enables and flags; the battery keeps the rest. */
static void rtc_reset(struct device *d)
{
    struct rtc *c = (struct rtc *)d;

    sync(c);
    c->cmos[REG_B] &= (uint8_t) ~(B_PIE | B_AIE | B_UIE);
    c->cmos[REG_C] = 0;
    update(c);
}

static const struct reg rtc_regs[] = {
    /* port count read write meaning */
    {0, 1, reg_open_bus, write_index, "index, NMI mask"},
    {1, 1, read_data, write_data, "data"},
    REG_END,
};

const struct device_class mc146818_class = {
    .name = "mc146818",
    .bus = BUS_ISA,
    .ports = {0x70, 2},
    .version = 1,
    .size = sizeof(struct rtc),
    .state = rtc_state,
    .regs = rtc_regs,
    .out = {"irq"},
    .init = rtc_init,
    .fini = rtc_fini,
    .reset = rtc_reset,
};
