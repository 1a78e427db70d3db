/* input.h - the funnel: the one way in which the outside world reaches the machine.
 *
 * Key presses, mouse motion, serial bytes and corrections of time all become a struct input_item,
 * stamped with the instruction count, and enter through input_push, at an instruction boundary.
 * Whoever listens at `tap` sees all that makes this run differ from another: writing the items down
 * is a recording. */
#ifndef MACHINE_INPUT_H
#define MACHINE_INPUT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/input.h"

struct machine;

enum input_kind { INPUT_KEY, INPUT_MOUSE, INPUT_SERIAL, INPUT_TIME, INPUT_POWER_BUTTON };

struct input_item {
    enum input_kind kind;
    uint64_t count; /* set by input_push */
    union {
        struct {
            unsigned key; /* host/input.h */
            bool down;
        } key;
        struct {
            int dx, dy, dz;
            unsigned buttons;
        } mouse;
        uint8_t byte; /* INPUT_SERIAL */
        uint64_t ns;  /* INPUT_TIME: virtual time moves forward to this */
    };
};

#define INPUT_SERIAL_QUEUE 4096

struct input {
    struct machine *machine;
    struct input_sink sink; /* for a window or -type: each call becomes an item */
    void (*tap)(void *opaque, const struct input_item *item);
    void *opaque;
    /* Bytes from the serial line that the UART had no room for yet: still outside. */
    uint8_t serial[INPUT_SERIAL_QUEUE];
    size_t serial_len;
};

void input_init(struct input *in, struct machine *m);

/* At an instruction boundary.  False when the device had no room (INPUT_SERIAL alone): nothing
 * entered. */
bool input_push(struct input *in, const struct input_item *item);

/* Moves what has come in from the serial line's chardev to the UART as far as it takes it. */
void input_poll_serial(struct input *in);

#endif
