/* log.c - parses -d and -D, and prints to the log. */
#include "base/log.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "base/bits.h"
#include "base/err.h"

static const struct {
    const char *name, *help;
} log_items[] = {
#define LOG_ITEM(id, name, help) {name, help},
#include "base/log_items.def"
#undef LOG_ITEM
};

void log_init(struct log *l)
{
    *l = (struct log){.file = stderr, .port = -1};
}

void log_fini(struct log *l)
{
    if (l->file && l->file != stderr)
        fclose(l->file);
    l->file = NULL;
}

static bool log_parse_port(struct log *l, const char *s, size_t n, struct err *e)
{
    char *end;
    unsigned long v = strtoul(s, &end, 0);

    if (end != s + n || n == 0 || v > 0xffff)
        return err_set(e, "'%.*s' is not an I/O port", (int)n, s);
    l->port = (int)v;
    l->mask |= BIT(LOG_PORT);
    return true;
}

static bool log_parse_item(struct log *l, const char *s, size_t n, struct err *e)
{
    if (n >= 5 && !strncmp(s, "port=", 5))
        return log_parse_port(l, s + 5, n - 5, e);
    if (n == 4 && !strncmp(s, "port", 4))
        return err_set(e, "log item port wants a number: port=0x190");
    for (size_t i = 0; i < ARRAY_LEN(log_items); i++) {
        if (strlen(log_items[i].name) == n && !memcmp(log_items[i].name, s, n)) {
            l->mask |= BIT(i);
            return true;
        }
    }
    return err_set(e, "'%.*s' is not a log item (see -d help)", (int)n, s);
}

bool log_parse(struct log *l, const char *items, struct err *e)
{
    for (;;) {
        size_t n = strcspn(items, ",");
        if (!log_parse_item(l, items, n, e))
            return false;
        if (!items[n])
            return true;
        items += n + 1;
    }
}

bool log_open(struct log *l, const char *path, struct err *e)
{
    FILE *f = fopen(path, "w");

    if (!f)
        return err_errno(e, "cannot open log file '%s'", path);
    log_fini(l);
    l->file = f;
    return true;
}

void log_help(FILE *f)
{
    for (size_t i = 0; i < ARRAY_LEN(log_items); i++)
        fprintf(f, "  %-9s %s\n", log_items[i].name, log_items[i].help);
}

void log_print(const struct log *l, const char *fmt, ...)
{
    va_list ap;

    if (!l || !l->file)
        return;
    va_start(ap, fmt);
    vfprintf(l->file, fmt, ap);
    va_end(ap);
}
