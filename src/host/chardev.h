/* chardev.h - a byte stream to the outside: stdio, a file, or nothing.
 *
 * Output leaves at once.  Input comes in through the machine's funnel (machine/input), which hands
 * bytes to the device at an exact count; a chardev itself never calls into the machine. */
#ifndef HOST_CHARDEV_H
#define HOST_CHARDEV_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

struct chardev {
    void (*write)(struct chardev *c, const void *p, size_t n);
    /* Bytes that have come in, at most n; 0 when there are none now. */
    size_t (*read)(struct chardev *c, void *p, size_t n);
    int (*poll_fd)(struct chardev *c); /* a descriptor that becomes readable, or -1 */
    void (*close)(struct chardev *c);  /* restores the terminal */
    bool quit;                         /* Ctrl-A x was typed */
    bool terminal;                     /* a person may be typing: real time by default */
};

/* "stdio", "null" or "file:PATH". */
struct chardev *chardev_open(const char *spec, struct err *e);

#endif
