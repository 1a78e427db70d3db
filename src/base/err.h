/* err.h - how a failure of the host or a mistake of the user travels up: `false` and one sentence.
 *
 * A guest's fault never comes this way (it is architecture, see cpu/fault.h), and our own bug
 * asserts.  The sentence says what and where, starts in lower case and has no final period:
 * "cannot open disk image 'a.img': No such file or directory". */
#ifndef BASE_ERR_H
#define BASE_ERR_H
#include <stdbool.h>

struct err {
    char msg[512];
};

/* Formats the sentence into *e (which may be NULL) and returns false, so that a caller can write
 * `return err_set(e, ...)`.  The first message wins: a filled *e is left alone. */
bool err_set(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* As err_set, and appends ": " and the text of errno. */
bool err_errno(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
