/* ps2_keyboard.c - the keyboard: its commands, its queue and the three scan code sets
 * (IBM PS/2 Hardware Interface Technical Reference, "Keyboards"). */
#include "devices/input/ps2.h"
#include <string.h>
#include "host/input.h"

#define KEY_BUFFER 16 /* scan code bytes that the keyboard holds */

enum { REPLY_ACK = 0xfa, REPLY_RESEND = 0xfe, REPLY_ECHO = 0xee, BAT_OK = 0xaa };
enum { MOD_CTRL = 1, MOD_ALT = 2, MOD_SHIFT = 4 };

/* Commands (the manual's names). */
enum {
    CMD_SET_LEDS = 0xed,
    CMD_ECHO = 0xee,
    CMD_SCAN_SET = 0xf0,
    CMD_READ_ID = 0xf2,
    CMD_RATE = 0xf3,
    CMD_ENABLE = 0xf4,
    CMD_DEFAULT_DISABLE = 0xf5,
    CMD_DEFAULT = 0xf6,
    CMD_ALL_TYPEMATIC = 0xf7,
    CMD_ALL_MAKE_BREAK = 0xf8,
    CMD_ALL_MAKE = 0xf9,
    CMD_ALL_TYPEMATIC_MAKE_BREAK = 0xfa,
    CMD_KEY_TYPEMATIC = 0xfb,
    CMD_KEY_MAKE_BREAK = 0xfc,
    CMD_KEY_MAKE = 0xfd,
    CMD_RESEND = 0xfe,
    CMD_RESET = 0xff
};

const struct state_field ps2_queue_state[] = {
    STATE_INTS(struct ps2_queue, data),
    STATE_INT(struct ps2_queue, head),
    STATE_INT(struct ps2_queue, len),
    STATE_END,
};

const struct state_field ps2_keyboard_state[] = {
    STATE_STRUCT(struct ps2_keyboard, reply, ps2_queue_state),
    STATE_STRUCT(struct ps2_keyboard, data, ps2_queue_state),
    STATE_INT(struct ps2_keyboard, command),
    STATE_INT(struct ps2_keyboard, set),
    STATE_INT(struct ps2_keyboard, leds),
    STATE_INT(struct ps2_keyboard, rate),
    STATE_INT(struct ps2_keyboard, last),
    STATE_INT(struct ps2_keyboard, modifiers),
    STATE_INT(struct ps2_keyboard, scanning),
    STATE_INTS(struct ps2_keyboard, silent),
    STATE_END,
};

/* Codes of a key by its set 1 make code. */
struct key_codes {
    uint8_t set2, set3;
};

static const struct key_codes key_codes[256] = {
#define KEY(set1, set2, set3) [set1] = {set2, set3},
#include "devices/input/ps2_keys.def"
#undef KEY
};

void ps2_queue_clear(struct ps2_queue *q)
{
    q->head = q->len = 0;
}

bool ps2_queue_push(struct ps2_queue *q, uint8_t byte)
{
    if (q->len == PS2_QUEUE_SIZE)
        return false;
    q->data[(q->head + q->len++) % PS2_QUEUE_SIZE] = byte;
    return true;
}

uint8_t ps2_queue_pop(struct ps2_queue *q)
{
    uint8_t byte = q->data[q->head];

    q->head = (q->head + 1) % PS2_QUEUE_SIZE;
    q->len--;
    return byte;
}

void ps2_queue_repair(struct ps2_queue *q)
{
    q->head %= PS2_QUEUE_SIZE;
    if (q->len > PS2_QUEUE_SIZE)
        q->len = PS2_QUEUE_SIZE;
}

static void set_defaults(struct ps2_keyboard *k)
{
    ps2_queue_clear(&k->data);
    k->set = 2;
    k->rate = 0x2b; /* 10.9 characters a second after 500 ms */
    memset(k->silent, 0, sizeof k->silent);
}

void ps2_keyboard_reset(struct ps2_keyboard *k)
{
    memset(k, 0, sizeof *k);
    set_defaults(k);
    k->scanning = true;
}

/* The second byte of a command; true if it was one. */
static bool write_parameter(struct ps2_keyboard *k, uint8_t byte)
{
    uint8_t command = k->command;

    k->command = 0;
    if (command == 0 || byte >= 0xed)
        return false; /* a new command takes the place of the parameter */
    ps2_queue_push(&k->reply, REPLY_ACK);
    switch (command) {
    case CMD_SET_LEDS:
        k->leds = byte & 7;
        break;
    case CMD_SCAN_SET:
        if (byte == 0)
            ps2_queue_push(&k->reply, k->set);
        else if (byte <= 3)
            k->set = byte;
        break;
    case CMD_RATE:
        k->rate = byte & 0x7f;
        break;
    case CMD_KEY_TYPEMATIC:
    case CMD_KEY_MAKE:
        k->silent[byte] = true;
        break;
    case CMD_KEY_MAKE_BREAK:
        k->silent[byte] = false;
        break;
    }
    return true;
}

static void reset_command(struct ps2_keyboard *k)
{
    uint8_t modifiers = k->modifiers;

    ps2_keyboard_reset(k);
    k->modifiers = modifiers;
    ps2_queue_push(&k->reply, REPLY_ACK);
    ps2_queue_push(&k->reply, BAT_OK);
}

static void write_command(struct ps2_keyboard *k, uint8_t byte)
{
    if (byte == CMD_RESEND) {
        ps2_queue_push(&k->reply, k->last);
        return;
    }
    if (byte == CMD_ECHO || byte < CMD_SET_LEDS || byte == 0xef || byte == 0xf1) {
        ps2_queue_push(&k->reply, byte == CMD_ECHO ? REPLY_ECHO : REPLY_RESEND);
        return;
    }
    if (byte == CMD_RESET) {
        reset_command(k);
        return;
    }
    ps2_queue_push(&k->reply, REPLY_ACK);
    switch (byte) {
    case CMD_SET_LEDS:
    case CMD_SCAN_SET:
    case CMD_RATE:
    case CMD_KEY_TYPEMATIC:
    case CMD_KEY_MAKE_BREAK:
    case CMD_KEY_MAKE:
        k->command = byte;
        break;
    case CMD_READ_ID:
        ps2_queue_push(&k->reply, 0xab);
        ps2_queue_push(&k->reply, 0x83);
        break;
    case CMD_ENABLE:
        ps2_queue_clear(&k->data);
        k->scanning = true;
        break;
    case CMD_DEFAULT_DISABLE:
        set_defaults(k);
        k->scanning = false;
        break;
    case CMD_DEFAULT:
        set_defaults(k);
        break;
    case CMD_ALL_TYPEMATIC:
    case CMD_ALL_MAKE:
        memset(k->silent, 1, sizeof k->silent);
        break;
    case CMD_ALL_MAKE_BREAK:
    case CMD_ALL_TYPEMATIC_MAKE_BREAK:
        memset(k->silent, 0, sizeof k->silent);
        break;
    }
}

void ps2_keyboard_write(struct ps2_keyboard *k, uint8_t byte)
{
    if (byte != CMD_RESEND)
        ps2_queue_clear(&k->reply);
    if (!write_parameter(k, byte))
        write_command(k, byte);
}

static void put_codes(struct ps2_keyboard *k, const uint8_t *codes, unsigned n)
{
    if (k->data.len + n > KEY_BUFFER) {
        /* Overrun: one code in the place of what is lost. */
        if (k->data.len < KEY_BUFFER + 1)
            ps2_queue_push(&k->data, k->set == 1 ? 0xff : 0x00);
        return;
    }
    for (unsigned i = 0; i < n; i++)
        ps2_queue_push(&k->data, codes[i]);
}

/* One key of the table in the current set. */
static void put_key(struct ps2_keyboard *k, uint8_t key, bool down)
{
    const struct key_codes *c = &key_codes[key];
    uint8_t codes[3];
    unsigned n = 0;

    if (!c->set2)
        return;
    if (k->set == 3) {
        if (!down && k->silent[c->set3])
            return;
        if (!down)
            codes[n++] = 0xf0;
        codes[n++] = c->set3;
    } else {
        if (key & 0x80)
            codes[n++] = 0xe0;
        if (k->set == 1) {
            codes[n++] = (key & 0x7f) | (down ? 0 : 0x80);
        } else {
            if (!down)
                codes[n++] = 0xf0;
            codes[n++] = c->set2;
        }
    }
    put_codes(k, codes, n);
}

/* Pause has no break code; with Ctrl it is Break, which sends make and break at once. */
static void put_pause(struct ps2_keyboard *k, bool down)
{
    static const uint8_t set1[] = {0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5};
    static const uint8_t set2[] = {0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77};

    if (k->set == 3) {
        if (down)
            put_codes(k, (const uint8_t[]){0x62}, 1);
        else if (!k->silent[0x62])
            put_codes(k, (const uint8_t[]){0xf0, 0x62}, 2);
        return;
    }
    if (!down)
        return;
    if (k->modifiers & MOD_CTRL) {
        put_key(k, 0xc6, true);
        put_key(k, 0xc6, false);
    } else if (k->set == 1) {
        put_codes(k, set1, sizeof set1);
    } else {
        put_codes(k, set2, sizeof set2);
    }
}

/* Print Screen alone sends a false left Shift around it; with Alt it is SysRq. */
static void put_print(struct ps2_keyboard *k, bool down)
{
    if (k->set == 3 || k->modifiers & (MOD_CTRL | MOD_SHIFT)) {
        put_key(k, 0xb7, down);
        return;
    }
    if (k->modifiers & MOD_ALT) {
        put_key(k, 0x54, down);
        return;
    }
    if (!down)
        put_key(k, 0xb7, false);
    if (k->set == 1)
        put_codes(k, (const uint8_t[]){0xe0, down ? 0x2a : 0xaa}, 2);
    else if (down)
        put_codes(k, (const uint8_t[]){0xe0, 0x12}, 2);
    else
        put_codes(k, (const uint8_t[]){0xe0, 0xf0, 0x12}, 3);
    if (down)
        put_key(k, 0xb7, true);
}

static void track_modifiers(struct ps2_keyboard *k, unsigned key, bool down)
{
    uint8_t bit = 0;

    if (key == 0x1d || key == 0x9d)
        bit = MOD_CTRL;
    else if (key == 0x38 || key == 0xb8)
        bit = MOD_ALT;
    else if (key == 0x2a || key == 0x36)
        bit = MOD_SHIFT;
    k->modifiers = down ? k->modifiers | bit : k->modifiers & (uint8_t)~bit;
}

void ps2_keyboard_key(struct ps2_keyboard *k, unsigned key, bool down)
{
    track_modifiers(k, key, down);
    if (!k->scanning)
        return;
    if (key == KEY_PAUSE)
        put_pause(k, down);
    else if (key == KEY_PRINT)
        put_print(k, down);
    else if (key < 256)
        put_key(k, (uint8_t)key, down);
}

bool ps2_keyboard_has_byte(const struct ps2_keyboard *k)
{
    /* Scan codes wait while a command is being given. */
    return k->reply.len || (k->data.len && !k->command);
}

uint8_t ps2_keyboard_read(struct ps2_keyboard *k)
{
    k->last = ps2_queue_pop(k->reply.len ? &k->reply : &k->data);
    return k->last;
}

void ps2_keyboard_repair(struct ps2_keyboard *k)
{
    ps2_queue_repair(&k->reply);
    ps2_queue_repair(&k->data);
}
