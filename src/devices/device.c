/* device.c - makes, resets, saves and frees devices of any class (device.h). */
#include <stdlib.h>
#include "base/err.h"
#include "devices/device.h"

/* The levels of the wires are state of each device, whatever its class. */
static const struct state_field wire_state[] = {
    STATE_SKIP(struct device, cls, "fixed when the device is made"),
    STATE_SKIP(struct device, env, "fixed when the device is made"),
    STATE_SKIP(struct device, name, "fixed when the device is made"),
    STATE_SKIP(struct device, out, "connected by the machine"),
    STATE_INT(struct device, out_level),
    STATE_INT(struct device, in_level),
    STATE_END,
};

uint32_t reg_open_bus(struct device *d, unsigned port, unsigned size)
{
    (void)d;
    (void)port;
    return (uint32_t)mask_bytes(size);
}

void reg_ignore(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    (void)d;
    (void)port;
    (void)val;
    (void)size;
}

struct device *device_new(const struct device_env *env, const struct device_class *cls,
                          const char *name)
{
    struct device *d = xcalloc(1, cls->size);

    d->cls = cls;
    d->env = env;
    d->name = name;
    if (cls->init)
        cls->init(d);
    if (cls->regs && cls->ports.count && env->io)
        io_map(env->io, d, cls->regs, cls->ports.base);
    return d;
}

void device_free(struct device *d)
{
    if (!d)
        return;
    if (d->cls->fini)
        d->cls->fini(d);
    if (d->cls->regs && d->env->io)
        io_unmap(d->env->io, d, d->cls->regs);
    free(d);
}

void device_reset(struct device *d)
{
    if (d->cls->reset)
        d->cls->reset(d);
}

void device_save(const struct device *d, struct state_buf *b)
{
    state_save(wire_state, d, b);
    if (d->cls->state)
        state_save(d->cls->state, d, b);
}

bool device_load(struct device *d, struct state_buf *b, struct err *e)
{
    uint64_t out = d->out_level, in = d->in_level;

    if (!state_load(wire_state, d, b, e))
        return false;
    if (d->cls->state && !state_load(d->cls->state, d, b, e)) {
        d->out_level = out;
        d->in_level = in;
        return false;
    }
    return true;
}

uint64_t device_hash(const struct device *d, uint64_t seed)
{
    seed = state_hash(wire_state, d, seed);
    return d->cls->state ? state_hash(d->cls->state, d, seed) : seed;
}
