/* terminal.h - the terminal, or whatever standard input and output are, as a chardev. */
#ifndef HOST_TERMINAL_H
#define HOST_TERMINAL_H
#include "host/chardev.h"

/* Raw mode when standard input is a terminal; then Ctrl-A x sets `quit`, and Ctrl-A twice sends
 * one. */
struct chardev *chardev_open_stdio(struct err *e);

/* Writes all of it, also to a descriptor that does not block; false with errno on failure. */
bool fd_write_all(int fd, const void *p, size_t n);

#endif
