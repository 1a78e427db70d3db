/* civil.h - seconds to calendar dates and back (Gregorian, from the year 0 on). */
#ifndef DEVICES_TIMER_CIVIL_H
#define DEVICES_TIMER_CIVIL_H
#include <stdint.h>

struct civil {
    uint32_t year, month, day; /* month and day from 1 */
    uint32_t hour, minute, second;
    uint32_t weekday; /* 0 is Sunday */
};

#define SECONDS_PER_DAY 86400ull
/* Seconds from the start of the year 0 to that of 1970. */
#define CIVIL_1970      (719528ull * SECONDS_PER_DAY)

/* Days from the start of the year 0 to that of `year`. */
static inline uint64_t civil_days_before(uint64_t year)
{
    uint64_t y = year - 1; /* the last complete year; the year 0 was a leap year */

    return year ? year * 365 + y / 4 - y / 100 + y / 400 + 1 : 0;
}

/* Days from January 1st to the first of a month; month 13 gives the length of the year. */
static inline uint32_t civil_month_start(uint64_t year, uint32_t month)
{
    static const uint16_t start[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    uint32_t leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return start[month - 1] + (month > 2 ? leap : 0);
}

/* Fields out of their ranges carry over; a month is taken as 1 to 12. */
static inline uint64_t civil_to_seconds(const struct civil *c)
{
    uint32_t month = c->month < 1 ? 1 : c->month > 12 ? 12 : c->month;
    uint32_t day = c->day ? c->day - 1 : 0;
    uint64_t days = civil_days_before(c->year) + civil_month_start(c->year, month) + day;

    return days * SECONDS_PER_DAY + c->hour * 3600ull + c->minute * 60ull + c->second;
}

static inline struct civil civil_from_seconds(uint64_t seconds)
{
    uint64_t days = seconds / SECONDS_PER_DAY, rest = seconds % SECONDS_PER_DAY;
    uint64_t year = days * 400 / 146097; /* right, or one too many or too few */
    uint32_t in_year, month = 1;

    while (civil_days_before(year) > days)
        year--;
    while (civil_days_before(year + 1) <= days)
        year++;
    in_year = (uint32_t)(days - civil_days_before(year));
    while (civil_month_start(year, month + 1) <= in_year)
        month++;
    return (struct civil){
        .year = (uint32_t)year,
        .month = month,
        .day = in_year - civil_month_start(year, month) + 1,
        .hour = (uint32_t)(rest / 3600),
        .minute = (uint32_t)(rest / 60 % 60),
        .second = (uint32_t)(rest % 60),
        .weekday = (uint32_t)((days + 6) % 7), /* 0000-01-01 was a Saturday */
    };
}

#endif
