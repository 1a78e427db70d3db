/* input.c - the funnel: what comes from outside is stamped and handed to its device. */
#include "machine/input.h"
#include <string.h>
#include "devices/acpi/acpi_pm.h"
#include "devices/input/i8042.h"
#include "devices/serial/uart16550.h"
#include "machine/machine.h"

static void sink_key(void *opaque, unsigned key, bool down)
{
    input_push(opaque, &(struct input_item){.kind = INPUT_KEY, .key = {key, down}});
}

static void sink_mouse(void *opaque, int dx, int dy, int dz, unsigned buttons)
{
    input_push(opaque, &(struct input_item){.kind = INPUT_MOUSE, .mouse = {dx, dy, dz, buttons}});
}

void input_init(struct input *in, struct machine *m)
{
    *in = (struct input){.machine = m, .sink = {in, sink_key, sink_mouse}};
}

/* Hands an item to its device. */
static bool deliver(struct machine *m, const struct input_item *item)
{
    switch (item->kind) {
    case INPUT_KEY:
        ps2_key(m->board.i8042, item->key.key, item->key.down);
        return true;
    case INPUT_MOUSE:
        ps2_mouse(m->board.i8042, item->mouse.dx, item->mouse.dy, item->mouse.dz,
                  item->mouse.buttons);
        return true;
    case INPUT_SERIAL:
        return uart_receive(m->board.uart, &item->byte, 1) == 1;
    case INPUT_TIME:
        clock_skip_to(&m->clock, item->ns);
        return true;
    case INPUT_POWER_BUTTON:
        acpi_pm_power_button(m->board.acpi);
        return true;
    }
    return false;
}

bool input_push(struct input *in, const struct input_item *item)
{
    struct input_item stamped = *item;

    stamped.count = machine_count(in->machine);
    if (!deliver(in->machine, &stamped))
        return false;
    if (in->tap)
        in->tap(in->opaque, &stamped);
    return true;
}

void input_poll_serial(struct input *in)
{
    struct chardev *c = in->machine->serial;
    size_t done = 0;

    if (c && in->serial_len < sizeof(in->serial))
        in->serial_len +=
            c->read(c, in->serial + in->serial_len, sizeof(in->serial) - in->serial_len);
    while (done < in->serial_len &&
           input_push(in, &(struct input_item){.kind = INPUT_SERIAL, .byte = in->serial[done]}))
        done++;
    in->serial_len -= done;
    memmove(in->serial, in->serial + done, in->serial_len);
}
