/* i8042.c - the keyboard controller with its keyboard and mouse (IBM PS/2 Hardware Interface
 * Technical Reference, "Keyboard and Auxiliary Device Controller").
 *
 * Bytes reach the output buffer through one event: a reply of the controller after 20 microseconds,
 * a byte from a device after 200, the order of the serial line's pace.  So a driver that polls sees
 * an empty buffer first, and one that waits for IRQ 1 or 12 gets an edge for each byte. */
#include "devices/input/i8042.h"
#include <string.h>
#include "devices/input/ps2.h"

#define CONTROLLER_NS 20000u
#define LINE_NS       200000u

/* Status register, port 64h. */
enum {
    STATUS_OBF = 0x01,
    STATUS_SYS = 0x04,
    STATUS_COMMAND = 0x08,
    STATUS_UNLOCKED = 0x10,
    STATUS_AUX_OBF = 0x20
};

/* Command byte, RAM location 0. */
enum {
    CB_KBD_INT = 0x01,
    CB_AUX_INT = 0x02,
    CB_SYS = 0x04,
    CB_KBD_DISABLE = 0x10,
    CB_AUX_DISABLE = 0x20,
    CB_TRANSLATE = 0x40
};

/* Output port. */
enum { OP_RESET = 0x01, OP_A20 = 0x02, OP_AUX_OBF = 0x20, OP_OBF = 0x10, OP_ALWAYS = 0xcc };

enum { OUT_IRQ1, OUT_IRQ12, OUT_A20, OUT_RESET };

struct i8042 {
    struct device dev;
    uint8_t status;  /* without OBF and AUX_OBF */
    uint8_t command; /* that waits for its data byte at port 60h, or 0 */
    uint8_t ram[32]; /* ram[0] is the command byte */
    uint8_t output_port;
    uint8_t data;               /* output buffer; keeps the last byte */
    bool full;                  /* OBF */
    bool from_aux;              /* AUX_OBF */
    bool break_next;            /* translation: F0 was seen */
    struct ps2_queue reply;     /* of the controller, as from the keyboard */
    struct ps2_queue aux_reply; /* as from the auxiliary device */
    struct ps2_keyboard keyboard;
    struct ps2_mouse mouse;
    struct event deliver;
};

static const struct state_field i8042_state[] = {
    STATE_SKIP(struct i8042, dev, "belongs to the host"),
    STATE_INT(struct i8042, status),
    STATE_INT(struct i8042, command),
    STATE_INTS(struct i8042, ram),
    STATE_INT(struct i8042, output_port),
    STATE_INT(struct i8042, data),
    STATE_INT(struct i8042, full),
    STATE_INT(struct i8042, from_aux),
    STATE_INT(struct i8042, break_next),
    STATE_STRUCT(struct i8042, reply, ps2_queue_state),
    STATE_STRUCT(struct i8042, aux_reply, ps2_queue_state),
    STATE_STRUCT(struct i8042, keyboard, ps2_keyboard_state),
    STATE_STRUCT(struct i8042, mouse, ps2_mouse_state),
    STATE_EVENT(struct i8042, deliver),
    STATE_END,
};

/* What the controller makes of each set 2 code when it translates; 80h and up pass, but for two. */
static const uint8_t translation[128] = {
    0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59,
    0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b,
    0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d,
    0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f,
    0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61,
    0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76,
    0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f,
    0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54,
};

static struct i8042 *i8042_of(struct device *d)
{
    return (struct i8042 *)d;
}

static void update_irq(struct i8042 *k)
{
    device_out(&k->dev, OUT_IRQ1, k->full && !k->from_aux && k->ram[0] & CB_KBD_INT);
    device_out(&k->dev, OUT_IRQ12, k->full && k->from_aux && k->ram[0] & CB_AUX_INT);
}

static bool keyboard_waits(const struct i8042 *k)
{
    return !(k->ram[0] & CB_KBD_DISABLE) && ps2_keyboard_has_byte(&k->keyboard);
}

static bool mouse_waits(const struct i8042 *k)
{
    return !(k->ram[0] & CB_AUX_DISABLE) && ps2_mouse_has_byte(&k->mouse);
}

/* Arms the event if the output buffer is free and there is a byte to put into it. */
static void schedule(struct i8042 *k)
{
    uint64_t now = clock_now(k->dev.env->clock);
    uint64_t at = NEVER;

    if (k->full)
        return;
    if (k->reply.len || k->aux_reply.len)
        at = now + CONTROLLER_NS;
    else if (keyboard_waits(k) || mouse_waits(k))
        at = now + LINE_NS;
    if (at < k->deliver.at)
        event_at(&k->deliver, at);
}

static void put_output(struct i8042 *k, uint8_t byte, bool aux)
{
    k->data = byte;
    k->full = true;
    k->from_aux = aux;
    update_irq(k);
}

static void put_keyboard_byte(struct i8042 *k, uint8_t byte)
{
    if (!(k->ram[0] & CB_TRANSLATE)) {
        put_output(k, byte, false);
        return;
    }
    if (byte == 0xf0) {
        k->break_next = true;
        schedule(k);
        return;
    }
    if (byte < 0x80)
        byte = translation[byte];
    else if (byte == 0x83)
        byte = 0x41;
    else if (byte == 0x84)
        byte = 0x54;
    put_output(k, byte | (k->break_next ? 0x80 : 0), false);
    k->break_next = false;
}

static void on_deliver(void *opaque)
{
    struct i8042 *k = opaque;

    if (k->full)
        return;
    if (k->reply.len)
        put_output(k, ps2_queue_pop(&k->reply), false);
    else if (k->aux_reply.len)
        put_output(k, ps2_queue_pop(&k->aux_reply), true);
    else if (keyboard_waits(k))
        put_keyboard_byte(k, ps2_keyboard_read(&k->keyboard));
    else if (mouse_waits(k))
        put_output(k, ps2_mouse_read(&k->mouse), true);
}

static void on_mouse_ready(void *opaque)
{
    schedule(opaque);
}

static void write_output_port(struct i8042 *k, uint8_t val)
{
    bool falls = k->output_port & OP_RESET && !(val & OP_RESET);

    k->output_port = val;
    device_out(&k->dev, OUT_A20, val & OP_A20);
    if (falls) {
        /* The line is active low; the wire is not. */
        k->output_port |= OP_RESET;
        device_out(&k->dev, OUT_RESET, true);
        device_out(&k->dev, OUT_RESET, false);
    }
}

static uint8_t read_output_port(const struct i8042 *k)
{
    uint8_t v = k->output_port & (uint8_t) ~(OP_OBF | OP_AUX_OBF);

    if (k->full)
        v |= k->from_aux ? OP_AUX_OBF : OP_OBF;
    return v;
}

static void write_command_byte(struct i8042 *k, uint8_t val)
{
    k->ram[0] = val;
    k->status = (k->status & (uint8_t)~STATUS_SYS) | (val & CB_SYS ? STATUS_SYS : 0);
    update_irq(k);
}

static void reply(struct i8042 *k, uint8_t byte)
{
    ps2_queue_push(&k->reply, byte);
}

/* Commands of one byte from A4h up. */
static void simple_command(struct i8042 *k, uint8_t cmd)
{
    switch (cmd) {
    case 0xa4:
        reply(k, 0xf1);
        break; /* no password is installed */
    case 0xa7:
        k->ram[0] |= CB_AUX_DISABLE;
        break;
    case 0xa8:
        k->ram[0] &= (uint8_t)~CB_AUX_DISABLE;
        break;
    case 0xa9:
        reply(k, 0x00);
        break; /* auxiliary interface test */
    case 0xaa:
        k->status |= STATUS_SYS;
        k->ram[0] |= CB_SYS;
        ps2_queue_clear(&k->reply);
        reply(k, 0x55);
        break;
    case 0xab:
        reply(k, 0x00);
        break; /* keyboard interface test */
    case 0xad:
        k->ram[0] |= CB_KBD_DISABLE;
        break;
    case 0xae:
        k->ram[0] &= (uint8_t)~CB_KBD_DISABLE;
        break;
    case 0xc0:
        reply(k, 0xbf);
        break; /* input port: not locked, colour display */
    case 0xd0:
        reply(k, read_output_port(k));
        break;
    case 0xdd:
        write_output_port(k, k->output_port & (uint8_t)~OP_A20);
        break;
    case 0xdf:
        write_output_port(k, k->output_port | OP_A20);
        break;
    case 0xe0:
        reply(k, 0x00);
        break; /* test inputs: both clocks low */
    }
}

static void write_command(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct i8042 *k = i8042_of(d);
    uint8_t cmd = (uint8_t)val;

    (void)port, (void)size;
    k->status |= STATUS_COMMAND;
    k->command = 0;
    if (cmd >= 0xf0) { /* pulses the output port's low bits that are 0 in the command */
        if (!(cmd & 1))
            write_output_port(k, k->output_port & (uint8_t)~OP_RESET);
    } else if (cmd >= 0x20 && cmd < 0x40) {
        reply(k, k->ram[cmd & 31]);
    } else if ((cmd >= 0x60 && cmd < 0x80) || (cmd >= 0xd1 && cmd <= 0xd4)) {
        k->command = cmd;
    } else {
        simple_command(k, cmd);
    }
    schedule(k);
}

static void write_data(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct i8042 *k = i8042_of(d);
    uint8_t byte = (uint8_t)val, cmd = k->command;

    (void)port, (void)size;
    k->status &= (uint8_t)~STATUS_COMMAND;
    k->command = 0;
    if (cmd == 0x60)
        write_command_byte(k, byte);
    else if (cmd > 0x60 && cmd < 0x80)
        k->ram[cmd & 31] = byte;
    else if (cmd == 0xd1)
        write_output_port(k, byte);
    else if (cmd == 0xd2)
        reply(k, byte);
    else if (cmd == 0xd3)
        ps2_queue_push(&k->aux_reply, byte);
    else if (cmd == 0xd4) {
        k->ram[0] &= (uint8_t)~CB_AUX_DISABLE; /* sending starts the clock */
        ps2_mouse_write(&k->mouse, byte);
    } else {
        k->ram[0] &= (uint8_t)~CB_KBD_DISABLE;
        k->break_next = false;
        ps2_keyboard_write(&k->keyboard, byte);
    }
    schedule(k);
}

static uint32_t read_data(struct device *d, unsigned port, unsigned size)
{
    struct i8042 *k = i8042_of(d);

    (void)port, (void)size;
    if (k->full) {
        k->full = k->from_aux = false;
        update_irq(k);
        schedule(k);
    }
    return k->data;
}

static uint32_t read_status(struct device *d, unsigned port, unsigned size)
{
    const struct i8042 *k = i8042_of(d);

    (void)port, (void)size;
    return k->status | (k->full ? STATUS_OBF : 0) | (k->full && k->from_aux ? STATUS_AUX_OBF : 0);
}

static const struct reg i8042_regs[] = {
    /* port count read         write          meaning */
    {0, 1, read_data, write_data, "output buffer; data to keyboard or command", 1},
    {4, 1, read_status, write_command, "status; command", 1},
    REG_END,
};

static void i8042_init(struct device *d)
{
    struct i8042 *k = i8042_of(d);

    event_init(&k->deliver, d->env->clock, "i8042.deliver", RANK_INPUT, on_deliver, k);
    ps2_mouse_init(&k->mouse, d->env->clock, on_mouse_ready, k);
}

static void i8042_fini(struct device *d)
{
    event_fini(&i8042_of(d)->deliver);
    ps2_mouse_fini(&i8042_of(d)->mouse);
}

static void i8042_reset(struct device *d)
{
    struct i8042 *k = i8042_of(d);

    event_cancel(&k->deliver);
    memset(k->ram, 0, sizeof k->ram);
    k->ram[0] = CB_KBD_INT | CB_AUX_INT;
    k->status = STATUS_COMMAND | STATUS_UNLOCKED;
    k->command = k->data = 0;
    k->full = k->from_aux = k->break_next = false;
    ps2_queue_clear(&k->reply);
    ps2_queue_clear(&k->aux_reply);
    ps2_keyboard_reset(&k->keyboard);
    ps2_mouse_reset(&k->mouse);
    write_output_port(k, OP_ALWAYS | OP_A20 | OP_RESET);
    update_irq(k);
}

static void i8042_post_load(struct device *d)
{
    struct i8042 *k = i8042_of(d);

    ps2_queue_repair(&k->reply);
    ps2_queue_repair(&k->aux_reply);
    ps2_keyboard_repair(&k->keyboard);
    ps2_mouse_repair(&k->mouse);
}

const struct device_class i8042_class = {
    .name = "i8042",
    .bus = BUS_ISA,
    .ports = {0x60, 5},
    .version = 1,
    .size = sizeof(struct i8042),
    .state = i8042_state,
    .regs = i8042_regs,
    .out = {"irq1", "irq12", "a20", "reset"},
    .init = i8042_init,
    .fini = i8042_fini,
    .reset = i8042_reset,
    .post_load = i8042_post_load,
};

void ps2_key(struct device *i8042, unsigned key, bool down)
{
    struct i8042 *k = i8042_of(i8042);

    ps2_keyboard_key(&k->keyboard, key, down);
    schedule(k);
}

void ps2_mouse(struct device *i8042, int dx, int dy, int dz, unsigned buttons)
{
    ps2_mouse_move(&i8042_of(i8042)->mouse, dx, dy, dz, buttons);
}

unsigned ps2_leds(const struct device *i8042)
{
    return ((const struct i8042 *)i8042)->keyboard.leds;
}
