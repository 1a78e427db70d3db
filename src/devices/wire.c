/* wire.c - the pins of devices and the wires between them (device.h). */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "devices/device.h"

void device_out(struct device *d, unsigned out, bool level)
{
    const struct wire *w = &d->out[out];

    if (device_out_level(d, out) == level)
        return;
    d->out_level ^= BIT64(out);
    if (w->to)
        device_in(w->to, w->in, level);
    else if (w->fn)
        w->fn(w->opaque, level);
}

void device_in(struct device *d, unsigned in, bool level)
{
    if ((d->in_level >> in & 1) == level)
        return;
    d->in_level ^= BIT64(in);
    if (d->cls->wire)
        d->cls->wire(d, in, level);
}

/* How many pins a row of names stands for; *stem is the length of the name before the number, or
 * that of all of it for a single pin. */
static unsigned pins_of(const char *row, size_t *stem)
{
    const char *percent = strchr(row, '%');

    if (!percent) {
        *stem = strlen(row);
        return 1;
    }
    *stem = (size_t)(percent - row);
    return (unsigned)strtoul(percent + 1, NULL, 10);
}

int device_pin(const char *const *names, const char *name)
{
    unsigned pin = 0;

    for (unsigned i = 0; i < DEVICE_MAX_WIRES && names[i]; i++) {
        size_t stem;
        unsigned n = pins_of(names[i], &stem);

        if (!strncmp(name, names[i], stem)) {
            char *end;
            unsigned long k = strtoul(name + stem, &end, 10);
            bool single = !names[i][stem];

            if (single && !name[stem])
                return (int)pin;
            if (!single && end != name + stem && !*end && k < n)
                return (int)(pin + k);
        }
        pin += n;
    }
    return -1;
}

/* Connects pin `out`, and passes on a level that is high already. */
static void connect(struct device *from, const char *out, struct wire w)
{
    int pin = device_pin(from->cls->out, out);

    assert(pin >= 0 && pin < DEVICE_MAX_WIRES);
    from->out[pin] = w;
    if (!device_out_level(from, (unsigned)pin))
        return;
    if (w.to)
        device_in(w.to, w.in, true);
    else if (w.fn)
        w.fn(w.opaque, true);
}

void wire_connect(struct device *from, const char *out, struct device *to, const char *in)
{
    int pin = device_pin(to->cls->in, in);

    assert(pin >= 0 && pin < DEVICE_MAX_WIRES);
    connect(from, out, (struct wire){.to = to, .in = (unsigned)pin});
}

void wire_connect_fn(struct device *from, const char *out, void (*fn)(void *, bool), void *opaque)
{
    connect(from, out, (struct wire){.fn = fn, .opaque = opaque});
}
