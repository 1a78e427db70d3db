/* io_space.c - the 65536 I/O ports and who answers at each (device.h). */
#include <stdlib.h>
#include "devices/device.h"

struct io_space *io_space_new(struct log *log)
{
    struct io_space *io = xcalloc(1, sizeof *io);

    io->log = log;
    return io;
}

void io_space_free(struct io_space *io)
{
    if (!io)
        return;
    for (size_t i = 0; i < io->handlers.len; i++)
        free(io->handlers.at[i]);
    vec_fini(&io->handlers);
    free(io);
}

void io_map(struct io_space *io, struct device *d, const struct reg *regs, uint16_t base)
{
    for (const struct reg *r = regs; r->count; r++) {
        struct io_handler *h = xmalloc(sizeof *h);

        *h = (struct io_handler){.dev = d, .reg = r, .base = base};
        vec_push(&io->handlers, h);
        for (unsigned i = 0; i < r->count; i++)
            io->port[(uint16_t)(base + r->port + i)] = h;
    }
}

/* The latest mapping that is left for a port. */
static struct io_handler *find_handler(const struct io_space *io, uint16_t port)
{
    for (size_t i = io->handlers.len; i-- > 0;) {
        struct io_handler *h = io->handlers.at[i];

        if ((uint16_t)(port - h->base - h->reg->port) < h->reg->count)
            return h;
    }
    return NULL;
}

static bool is_row_of(const struct reg *row, const struct reg *regs)
{
    for (const struct reg *r = regs; r->count; r++)
        if (r == row)
            return true;
    return false;
}

void io_unmap(struct io_space *io, struct device *d, const struct reg *regs)
{
    VEC(struct io_handler *) gone = {0};
    size_t kept = 0;

    for (size_t i = 0; i < io->handlers.len; i++) {
        struct io_handler *h = io->handlers.at[i];

        if (h->dev == d && is_row_of(h->reg, regs))
            vec_push(&gone, h);
        else
            io->handlers.at[kept++] = h;
    }
    io->handlers.len = kept;
    for (size_t i = 0; i < gone.len; i++) {
        struct io_handler *h = gone.at[i];

        for (unsigned k = 0; k < h->reg->count; k++) {
            uint16_t port = (uint16_t)(h->base + h->reg->port + k);

            if (io->port[port] == h)
                io->port[port] = find_handler(io, port);
        }
    }
    for (size_t i = 0; i < gone.len; i++)
        free(gone.at[i]);
    vec_fini(&gone);
}

static unsigned widest(const struct io_handler *h)
{
    return h->reg->max ? h->reg->max : 1;
}

/* Whether h answers all of an access at once. */
static bool takes_whole(const struct io_space *io, const struct io_handler *h, uint16_t port,
                        unsigned size)
{
    return size == 1 || (size <= widest(h) && io->port[(uint16_t)(port + size - 1)] == h);
}

static uint32_t read_whole(const struct io_handler *h, uint16_t port, unsigned size)
{
    uint32_t v = h->reg->read(h->dev, (uint16_t)(port - h->base), size);

    return v & (uint32_t)mask_bytes(size);
}

static uint32_t read_cut(struct io_space *io, uint16_t port, unsigned size)
{
    const struct io_handler *h = io->port[port];
    unsigned half = size / 2;
    uint32_t low;

    if (h && takes_whole(io, h, port, size))
        return read_whole(h, port, size);
    if (size == 1) {
        if (log_on(io->log, LOG_UNIMP))
            log_print(io->log, "io: read of port 0x%04x, which nothing answers\n", port);
        return 0xff;
    }
    low = read_cut(io, port, half);
    return low | read_cut(io, (uint16_t)(port + half), half) << half * 8;
}

static void write_cut(struct io_space *io, uint16_t port, uint32_t val, unsigned size)
{
    const struct io_handler *h = io->port[port];
    unsigned half = size / 2;

    if (h && takes_whole(io, h, port, size)) {
        h->reg->write(h->dev, (uint16_t)(port - h->base), val & (uint32_t)mask_bytes(size), size);
        return;
    }
    if (size == 1) {
        if (log_on(io->log, LOG_UNIMP))
            log_print(io->log, "io: write of 0x%02x to port 0x%04x, which nothing answers\n",
                      val & 0xff, port);
        return;
    }
    write_cut(io, port, val, half);
    write_cut(io, (uint16_t)(port + half), val >> half * 8, half);
}

static bool log_wants(const struct io_space *io, uint16_t port)
{
    return io->log &&
           (log_on(io->log, LOG_IO) || (log_on(io->log, LOG_PORT) && io->log->port == port));
}

/* -d port=N shows what goes to one port. */
static void log_write(const struct io_space *io, uint16_t port, uint32_t val, unsigned size)
{
    if (log_on(io->log, LOG_IO))
        log_print(io->log, "io: write%u 0x%04x = 0x%x\n", size * 8, port, val);
    if (log_on(io->log, LOG_PORT) && io->log->port == port)
        log_print(io->log, "port %#x: %#x\n", port, val);
}

uint32_t io_read(struct io_space *io, uint16_t port, unsigned size)
{
    uint32_t val = read_cut(io, port, size);

    if (log_on(io->log, LOG_IO))
        log_print(io->log, "io: read%u 0x%04x = 0x%x\n", size * 8, port, val);
    return val;
}

void io_write(struct io_space *io, uint16_t port, uint32_t val, unsigned size)
{
    if (io->log && io->log->mask)
        log_write(io, port, val, size);
    write_cut(io, port, val, size);
}

/* The handler, when an access of this size is for it alone. */
static const struct io_handler *whole_handler(struct io_space *io, uint16_t port, unsigned size)
{
    const struct io_handler *h = io->port[port];

    return h && takes_whole(io, h, port, size) ? h : NULL;
}

unsigned io_read_run(struct io_space *io, uint16_t port, void *buf, unsigned size, unsigned count)
{
    const struct io_handler *h = whole_handler(io, port, size);

    if (!h || !h->reg->read_many)
        return 0;
    return h->reg->read_many(h->dev, (uint16_t)(port - h->base), buf, size, count);
}

unsigned io_write_run(struct io_space *io, uint16_t port, const void *buf, unsigned size,
                      unsigned count)
{
    const struct io_handler *h = whole_handler(io, port, size);

    if (!h || !h->reg->write_many || log_wants(io, port))
        return 0;
    return h->reg->write_many(h->dev, (uint16_t)(port - h->base), buf, size, count);
}

void io_read_many(struct io_space *io, uint16_t port, void *buf, unsigned size, unsigned count)
{
    uint8_t *p = buf;

    while (count) {
        unsigned done = io_read_run(io, port, p, size, count);
        if (!done) {
            le_put(p, io_read(io, port, size), size);
            done = 1;
        }
        p += (size_t)done * size;
        count -= done;
    }
}

void io_write_many(struct io_space *io, uint16_t port, const void *buf, unsigned size,
                   unsigned count)
{
    const uint8_t *p = buf;

    while (count) {
        unsigned done = io_write_run(io, port, p, size, count);
        if (!done) {
            io_write(io, port, (uint32_t)le_get(p, size), size);
            done = 1;
        }
        p += (size_t)done * size;
        count -= done;
    }
}
