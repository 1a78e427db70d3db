/* err.c - formats the one sentence of a failure. */
#include "base/err.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void err_format(struct err *e, const char *fmt, va_list ap)
{
    if (e && !e->msg[0])
        vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
}

bool err_set(struct err *e, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    err_format(e, fmt, ap);
    va_end(ap);
    return false;
}

bool err_errno(struct err *e, const char *fmt, ...)
{
    const char *why = strerror(errno);
    va_list ap;

    if (!e || e->msg[0])
        return false;
    va_start(ap, fmt);
    err_format(e, fmt, ap);
    va_end(ap);
    size_t len = strlen(e->msg);
    snprintf(e->msg + len, sizeof(e->msg) - len, ": %s", why);
    return false;
}
