/* log.h - the log that `-d ITEM,... -D FILE` turns on.
 *
 * A struct log is a value that the machine owns and hands down by pointer; there is no global log.
 * Each item is one bit, one row of log_items.def.  Test the bit before you format:
 *     if (log_on(l, LOG_INT)) log_print(l, "..."); */
#ifndef BASE_LOG_H
#define BASE_LOG_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum log_item {
#define LOG_ITEM(id, name, help) LOG_##id,
#include "base/log_items.def"
#undef LOG_ITEM
    LOG_ITEM_COUNT
};

struct err;

struct log {
    uint32_t mask; /* 1 << LOG_x for each item that is on */
    FILE *file;    /* where it goes; stderr unless -D */
    int port;      /* the port that LOG_PORT watches (-d port=N), or -1 */
};

void log_init(struct log *l);
void log_fini(struct log *l);

/* Parses "int,exec,port=0x190"; false with a sentence for an unknown item. */
bool log_parse(struct log *l, const char *items, struct err *e);
bool log_open(struct log *l, const char *path, struct err *e);
/* One line for each item: its name and what it prints. */
void log_help(FILE *f);

static inline bool log_on(const struct log *l, enum log_item item)
{
    return l && (l->mask >> item & 1);
}

void log_print(const struct log *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
