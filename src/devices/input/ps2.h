/* ps2.h - the two devices at the ends of the 8042's serial lines: keyboard and mouse.
 *
 * Each has two queues of bytes for the host: replies to commands, which go first and which the next
 * command throws away, and data (scan codes, movement packets), which waits.  The controller asks
 * for a byte when its line is free. */
#ifndef DEVICES_INPUT_PS2_H
#define DEVICES_INPUT_PS2_H
#include <stdbool.h>
#include <stdint.h>
#include "base/field.h"
#include "time/clock.h"

#define PS2_QUEUE_SIZE 32

struct ps2_queue {
    uint8_t data[PS2_QUEUE_SIZE];
    uint8_t head, len;
};
extern const struct state_field ps2_queue_state[];

void ps2_queue_clear(struct ps2_queue *q);
bool ps2_queue_push(struct ps2_queue *q, uint8_t byte); /* false when full */
uint8_t ps2_queue_pop(struct ps2_queue *q);             /* q is not empty */
void ps2_queue_repair(struct ps2_queue *q);             /* after a load: indices in range */

struct ps2_keyboard {
    struct ps2_queue reply, data;
    uint8_t command;   /* that waits for its parameter, or 0 */
    uint8_t set;       /* scan code set: 1, 2 or 3 */
    uint8_t leds;      /* bit 0 Scroll, 1 Num, 2 Caps */
    uint8_t rate;      /* typematic rate and delay, as written */
    uint8_t last;      /* byte sent last, for RESEND */
    uint8_t modifiers; /* bit 0 Ctrl, 1 Alt, 2 Shift is down */
    bool scanning;     /* F4 */
    bool silent[256];  /* set 3: the key sends no break code, by set 3 code */
};
extern const struct state_field ps2_keyboard_state[];

void ps2_keyboard_reset(struct ps2_keyboard *k);
void ps2_keyboard_write(struct ps2_keyboard *k, uint8_t byte);
/* A key by the name of host/input.h; what the queue has no room for is lost, with an overrun code.
 */
void ps2_keyboard_key(struct ps2_keyboard *k, unsigned key, bool down);
bool ps2_keyboard_has_byte(const struct ps2_keyboard *k);
uint8_t ps2_keyboard_read(struct ps2_keyboard *k);
void ps2_keyboard_repair(struct ps2_keyboard *k);

struct ps2_mouse {
    struct ps2_queue reply, data;
    uint8_t command;    /* that waits for its parameter, or 0 */
    uint8_t id;         /* 0: standard, 3: IntelliMouse, 4: with five buttons */
    uint8_t rates[3];   /* the last three sample rates, newest last: the IntelliMouse knock */
    uint8_t resolution; /* 0..3: 1, 2, 4, 8 counts a millimetre */
    uint8_t last;       /* byte sent last, for RESEND */
    uint8_t buttons;    /* as of the last packet bits: 0 left, 1 right, 2 middle */
    uint8_t sent_buttons;
    bool enabled, remote, wrap, scaling;
    uint32_t dx, dy, dz;         /* movement not reported yet, two's complement; dy upward */
    struct event sample;         /* when the next packet may leave */
    void (*ready)(void *opaque); /* tells the controller that there is a byte */
    void *opaque;
};
extern const struct state_field ps2_mouse_state[];

void ps2_mouse_init(struct ps2_mouse *m, struct clock *c, void (*ready)(void *), void *opaque);
void ps2_mouse_fini(struct ps2_mouse *m);
void ps2_mouse_reset(struct ps2_mouse *m);
void ps2_mouse_write(struct ps2_mouse *m, uint8_t byte);
/* As input_sink's mouse (host/input.h). */
void ps2_mouse_move(struct ps2_mouse *m, int dx, int dy, int dz, unsigned buttons);
bool ps2_mouse_has_byte(const struct ps2_mouse *m);
uint8_t ps2_mouse_read(struct ps2_mouse *m);
void ps2_mouse_repair(struct ps2_mouse *m);

#endif
