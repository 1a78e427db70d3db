/* debug_ports.c - POST code, debug console and debug exit: ports through which firmware and tests
 * speak. */
#include "devices/misc/misc.h"

/* ---- POST code, port 80h */

struct post {
    struct device dev;
    uint8_t code;
};

static const struct state_field post_state[] = {
    STATE_SKIP(struct post, dev, "belongs to the host"),
    STATE_INT(struct post, code),
    STATE_END,
};

static uint32_t read_post(struct device *d, unsigned port, unsigned size)
{
    (void)port;
    (void)size;
    return ((struct post *)d)->code;
}

static void write_post(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    (void)port;
    (void)size;
    ((struct post *)d)->code = (uint8_t)val;
}

uint8_t post_code(const struct device *d)
{
    return ((const struct post *)d)->code;
}

static void post_reset(struct device *d)
{
    ((struct post *)d)->code = 0;
}

static const struct reg post_regs[] = {
    {0, 1, read_post, write_post, "POST code"},
    REG_END,
};

const struct device_class post_class = {
    .name = "post",
    .bus = BUS_ISA,
    .ports = {0x80, 1},
    .version = 1,
    .size = sizeof(struct post),
    .state = post_state,
    .regs = post_regs,
    .reset = post_reset,
};

/* ---- debug console */

/* What a read answers at either port: Bochs's port E9h reads as its number, and SeaBIOS asks for
 * that at 402h before it writes. */
enum { DEBUGCON_HERE = 0xe9 };

struct debugcon {
    struct device dev;
    struct chardev *chardev;
};

static const struct state_field debugcon_state[] = {
    STATE_SKIP(struct debugcon, dev, "belongs to the host"),
    STATE_SKIP(struct debugcon, chardev, "belongs to the host"),
    STATE_END,
};

static uint32_t read_debugcon(struct device *d, unsigned port, unsigned size)
{
    (void)d;
    (void)port;
    (void)size;
    return DEBUGCON_HERE;
}

static void write_debugcon(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct chardev *c = ((struct debugcon *)d)->chardev;
    uint8_t byte = (uint8_t)val;

    (void)port;
    (void)size;
    if (c)
        c->write(c, &byte, 1);
}

static const struct reg debugcon_regs[] = {
    {0, 1, read_debugcon, write_debugcon, "debug console"},
    REG_END,
};

void debugcon_setup(struct device *d, uint16_t port, struct chardev *c)
{
    ((struct debugcon *)d)->chardev = c;
    io_map(d->env->io, d, debugcon_regs, port);
}

const struct device_class debugcon_class = {
    .name = "debugcon",
    .bus = BUS_ISA,
    .version = 1,
    .size = sizeof(struct debugcon),
    .state = debugcon_state,
    .regs = debugcon_regs,
};

/* ---- debug exit */

struct debug_exit {
    struct device dev;
    void (*fn)(void *opaque, int status);
    void *opaque;
};

static const struct state_field debug_exit_state[] = {
    STATE_SKIP(struct debug_exit, dev, "belongs to the host"),
    STATE_SKIP(struct debug_exit, fn, "connected by the machine"),
    STATE_SKIP(struct debug_exit, opaque, "connected by the machine"),
    STATE_END,
};

static uint32_t read_debug_exit(struct device *d, unsigned port, unsigned size)
{
    (void)d;
    (void)port;
    (void)size;
    return 0;
}

static void write_debug_exit(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct debug_exit *x = (struct debug_exit *)d;

    (void)port;
    (void)size;
    if (x->fn)
        x->fn(x->opaque, (int)(val << 1 | 1));
}

static const struct reg debug_exit_regs[] = {
    {0, 4, read_debug_exit, write_debug_exit, "exit with status (value << 1) | 1", 4},
    REG_END,
};

void debug_exit_setup(struct device *d, uint16_t port, void (*fn)(void *opaque, int status),
                      void *opaque)
{
    struct debug_exit *x = (struct debug_exit *)d;

    x->fn = fn;
    x->opaque = opaque;
    io_map(d->env->io, d, debug_exit_regs, port);
}

const struct device_class debug_exit_class = {
    .name = "debug-exit",
    .bus = BUS_ISA,
    .version = 1,
    .size = sizeof(struct debug_exit),
    .state = debug_exit_state,
    .regs = debug_exit_regs,
};
