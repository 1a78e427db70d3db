/* chardev.c - what a serial line leads to: a file, or nothing (the terminal is in terminal.c). */
#include "host/chardev.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/err.h"
#include "base/vec.h"
#include "host/terminal.h"

bool fd_write_all(int fd, const void *p, size_t n)
{
    const uint8_t *from = p;

    while (n) {
        ssize_t done = write(fd, from, n);

        if (done >= 0) {
            from += done;
            n -= (size_t)done;
        } else if (errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

struct file_chardev {
    struct chardev c;
    int fd;
    bool failed; /* it was said once */
};

static void file_write(struct chardev *c, const void *p, size_t n)
{
    struct file_chardev *f = (struct file_chardev *)c;

    if (f->failed || fd_write_all(f->fd, p, n))
        return;
    f->failed = true;
    fprintf(stderr, "bygone: cannot write serial output: %s\n", strerror(errno));
}

static void null_write(struct chardev *c, const void *p, size_t n)
{
    (void)c, (void)p, (void)n;
}

static size_t no_read(struct chardev *c, void *p, size_t n)
{
    (void)c, (void)p, (void)n;
    return 0;
}

static int no_fd(struct chardev *c)
{
    (void)c;
    return -1;
}

static void file_close(struct chardev *c)
{
    close(((struct file_chardev *)c)->fd);
    free(c);
}

static void null_close(struct chardev *c)
{
    free(c);
}

static struct chardev *open_null(void)
{
    struct chardev *c = xcalloc(1, sizeof *c);

    *c = (struct chardev){
        .write = null_write, .read = no_read, .poll_fd = no_fd, .close = null_close};
    return c;
}

static struct chardev *open_file(const char *path, struct err *e)
{
    struct file_chardev *f;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);

    if (fd < 0) {
        err_errno(e, "cannot open serial output '%s'", path);
        return NULL;
    }
    f = xcalloc(1, sizeof *f);
    f->c = (struct chardev){
        .write = file_write, .read = no_read, .poll_fd = no_fd, .close = file_close};
    f->fd = fd;
    return &f->c;
}

struct chardev *chardev_open(const char *spec, struct err *e)
{
    if (strcmp(spec, "null") == 0 || strcmp(spec, "none") == 0)
        return open_null();
    if (strcmp(spec, "stdio") == 0)
        return chardev_open_stdio(e);
    if (strncmp(spec, "file:", 5) == 0 && spec[5])
        return open_file(spec + 5, e);
    err_set(e, "'%s' is no line that bygone knows: stdio, null or file:PATH", spec);
    return NULL;
}
