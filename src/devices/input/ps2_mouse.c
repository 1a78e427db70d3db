/* ps2_mouse.c - the mouse: a PS/2 mouse that becomes an IntelliMouse when the driver knocks
 * (IBM PS/2 Hardware Interface Technical Reference, "Mouse"; Microsoft's wheel extension).
 *
 * Movement adds up in counters; a packet leaves when something changed and the sample period is
 * over, so a driver sees at most the rate that it asked for. */
#include "devices/input/ps2.h"
#include <string.h>
#include "base/bits.h"

enum { REPLY_ACK = 0xfa, REPLY_RESEND = 0xfe, BAT_OK = 0xaa };

enum {
    CMD_SCALING_1 = 0xe6,
    CMD_SCALING_2 = 0xe7,
    CMD_RESOLUTION = 0xe8,
    CMD_STATUS = 0xe9,
    CMD_STREAM = 0xea,
    CMD_READ_DATA = 0xeb,
    CMD_RESET_WRAP = 0xec,
    CMD_WRAP = 0xee,
    CMD_REMOTE = 0xf0,
    CMD_READ_ID = 0xf2,
    CMD_RATE = 0xf3,
    CMD_ENABLE = 0xf4,
    CMD_DISABLE = 0xf5,
    CMD_DEFAULT = 0xf6,
    CMD_RESEND = 0xfe,
    CMD_RESET = 0xff
};

const struct state_field ps2_mouse_state[] = {
    STATE_STRUCT(struct ps2_mouse, reply, ps2_queue_state),
    STATE_STRUCT(struct ps2_mouse, data, ps2_queue_state),
    STATE_INT(struct ps2_mouse, command),
    STATE_INT(struct ps2_mouse, id),
    STATE_INTS(struct ps2_mouse, rates),
    STATE_INT(struct ps2_mouse, resolution),
    STATE_INT(struct ps2_mouse, last),
    STATE_INT(struct ps2_mouse, buttons),
    STATE_INT(struct ps2_mouse, sent_buttons),
    STATE_INT(struct ps2_mouse, enabled),
    STATE_INT(struct ps2_mouse, remote),
    STATE_INT(struct ps2_mouse, wrap),
    STATE_INT(struct ps2_mouse, scaling),
    STATE_INT(struct ps2_mouse, dx),
    STATE_INT(struct ps2_mouse, dy),
    STATE_INT(struct ps2_mouse, dz),
    STATE_EVENT(struct ps2_mouse, sample),
    STATE_SKIP(struct ps2_mouse, ready, "belongs to the controller"),
    STATE_SKIP(struct ps2_mouse, opaque, "belongs to the controller"),
    STATE_END,
};

static unsigned rate(const struct ps2_mouse *m)
{
    return m->rates[2] ? m->rates[2] : 100;
}

static bool has_news(const struct ps2_mouse *m)
{
    return m->dx || m->dy || (m->id && m->dz) || m->buttons != m->sent_buttons;
}

/* Takes at most [min, max] out of a counter. */
static int take(uint32_t *counter, int min, int max)
{
    int v = (int)*counter;

    v = v < min ? min : v > max ? max : v;
    *counter -= (uint32_t)v;
    return v;
}

/* Scaling 2:1, in stream mode alone. */
static int scale(const struct ps2_mouse *m, int v)
{
    static const int8_t small[6] = {0, 1, 1, 3, 6, 9};
    int size = v < 0 ? -v : v;

    if (!m->scaling || m->remote)
        return v;
    size = size < 6 ? small[size] : size * 2;
    size = size > 255 ? 255 : size;
    return v < 0 ? -size : size;
}

static void put_packet(struct ps2_mouse *m, struct ps2_queue *q)
{
    int dx = scale(m, take(&m->dx, -255, 255)), dy = scale(m, take(&m->dy, -255, 255));
    int dz = m->id ? take(&m->dz, -8, 7) : 0;

    ps2_queue_push(q, (uint8_t)(8 | (m->buttons & 7) | (dx < 0 ? 0x10 : 0) | (dy < 0 ? 0x20 : 0)));
    ps2_queue_push(q, (uint8_t)dx);
    ps2_queue_push(q, (uint8_t)dy);
    if (m->id == 3)
        ps2_queue_push(q, (uint8_t)dz);
    else if (m->id == 4)
        ps2_queue_push(q, (uint8_t)(dz & 15));
    m->sent_buttons = m->buttons;
}

/* Sends a packet if there is one to send, then keeps quiet for a sample period. */
static void stream(struct ps2_mouse *m)
{
    if (!m->enabled || m->remote || m->wrap || event_armed(&m->sample) || !has_news(m))
        return;
    if (m->data.len == 0) {
        put_packet(m, &m->data);
        m->ready(m->opaque);
    }
    event_at(&m->sample, clock_now(m->sample.clock) + NS_PER_SEC / rate(m));
}

static void on_sample(void *opaque)
{
    stream(opaque);
}

void ps2_mouse_init(struct ps2_mouse *m, struct clock *c, void (*ready)(void *), void *opaque)
{
    event_init(&m->sample, c, "ps2_mouse.sample", RANK_INPUT, on_sample, m);
    m->ready = ready;
    m->opaque = opaque;
}

void ps2_mouse_fini(struct ps2_mouse *m)
{
    event_fini(&m->sample);
}

static void forget_movement(struct ps2_mouse *m)
{
    m->dx = m->dy = m->dz = 0;
    ps2_queue_clear(&m->data);
    event_cancel(&m->sample);
}

static void set_defaults(struct ps2_mouse *m)
{
    static const uint8_t rates[3] = {0, 0, 100};

    memcpy(m->rates, rates, sizeof rates);
    m->resolution = 2;
    m->enabled = m->remote = m->wrap = m->scaling = false;
    m->command = 0;
    forget_movement(m);
}

void ps2_mouse_reset(struct ps2_mouse *m)
{
    set_defaults(m);
    ps2_queue_clear(&m->reply);
    m->id = 0;
    m->last = 0;
    m->buttons = m->sent_buttons = 0;
}

static void put_status(struct ps2_mouse *m)
{
    static const uint8_t swapped[8] = {0, 4, 1, 5, 2, 6, 3, 7}; /* bit 2 left, 1 middle, 0 right */

    ps2_queue_push(&m->reply, (uint8_t)((m->remote ? 0x40 : 0) | (m->enabled ? 0x20 : 0) |
                                        (m->scaling ? 0x10 : 0) | swapped[m->buttons & 7]));
    ps2_queue_push(&m->reply, m->resolution);
    ps2_queue_push(&m->reply, (uint8_t)rate(m));
}

/* Rates 200, 100, 80 in a row make it an IntelliMouse; 200, 200, 80 then one with five buttons. */
static void set_rate(struct ps2_mouse *m, uint8_t byte)
{
    m->rates[0] = m->rates[1];
    m->rates[1] = m->rates[2];
    m->rates[2] = byte;
    if (m->rates[0] != 200 || m->rates[2] != 80)
        return;
    if (m->rates[1] == 100)
        m->id = 3;
    else if (m->rates[1] == 200 && m->id)
        m->id = 4;
}

static void write_parameter(struct ps2_mouse *m, uint8_t byte)
{
    ps2_queue_push(&m->reply, REPLY_ACK);
    if (m->command == CMD_RATE)
        set_rate(m, byte);
    else
        m->resolution = byte & 3;
    m->command = 0;
}

/* Commands that change a mode and answer with an acknowledge alone. */
static void set_mode(struct ps2_mouse *m, uint8_t byte)
{
    switch (byte) {
    case CMD_SCALING_1:
    case CMD_SCALING_2:
        m->scaling = byte == CMD_SCALING_2;
        break;
    case CMD_RESOLUTION:
    case CMD_RATE:
        m->command = byte;
        break;
    case CMD_STREAM:
    case CMD_REMOTE:
        m->remote = byte == CMD_REMOTE;
        forget_movement(m);
        break;
    case CMD_RESET_WRAP:
    case CMD_WRAP:
        m->wrap = byte == CMD_WRAP;
        break;
    case CMD_ENABLE:
    case CMD_DISABLE:
        m->enabled = byte == CMD_ENABLE;
        forget_movement(m);
        break;
    case CMD_DEFAULT:
        set_defaults(m);
        break;
    }
}

static void write_command(struct ps2_mouse *m, uint8_t byte)
{
    if (byte == CMD_RESEND) {
        ps2_queue_push(&m->reply, m->last);
        return;
    }
    if (byte < CMD_SCALING_1 || byte == 0xed || byte == 0xef || byte == 0xf1 ||
        (byte > CMD_DEFAULT && byte < CMD_RESEND)) {
        ps2_queue_push(&m->reply, REPLY_RESEND);
        return;
    }
    if (byte == CMD_RESET)
        ps2_mouse_reset(m);
    ps2_queue_push(&m->reply, REPLY_ACK);
    switch (byte) {
    case CMD_RESET:
        ps2_queue_push(&m->reply, BAT_OK);
        ps2_queue_push(&m->reply, m->id);
        break;
    case CMD_READ_ID:
        ps2_queue_push(&m->reply, m->id);
        break;
    case CMD_STATUS:
        put_status(m);
        break;
    case CMD_READ_DATA:
        put_packet(m, &m->reply);
        break;
    default:
        set_mode(m, byte);
    }
}

void ps2_mouse_write(struct ps2_mouse *m, uint8_t byte)
{
    if (byte != CMD_RESEND)
        ps2_queue_clear(&m->reply);
    if (m->wrap && byte != CMD_RESET && byte != CMD_RESET_WRAP)
        ps2_queue_push(&m->reply, byte);
    else if (m->command && byte < CMD_SCALING_1)
        write_parameter(m, byte);
    else {
        m->command = 0;
        write_command(m, byte);
    }
    stream(m);
}

/* Adds without leaving the range of a few screens, so that a burst does not go on for ever. */
static uint32_t add_clamped(uint32_t counter, int v)
{
    int64_t sum = (int64_t)(int32_t)counter + v;

    sum = sum < -4096 ? -4096 : sum > 4096 ? 4096 : sum;
    return (uint32_t)(int32_t)sum;
}

void ps2_mouse_move(struct ps2_mouse *m, int dx, int dy, int dz, unsigned buttons)
{
    /* A press whose packet waits must not vanish under its release. */
    if (m->buttons != m->sent_buttons && (buttons & 7) != m->buttons && m->enabled && !m->remote &&
        m->data.len <= PS2_QUEUE_SIZE - 8)
        put_packet(m, &m->data);
    m->buttons = buttons & 7;
    if (!m->enabled && !m->remote)
        return;
    m->dx = add_clamped(m->dx, dx);
    m->dy = add_clamped(m->dy, dy == INT32_MIN ? INT32_MAX : -dy);
    m->dz = add_clamped(m->dz, dz);
    stream(m);
}

bool ps2_mouse_has_byte(const struct ps2_mouse *m)
{
    return m->reply.len || (m->data.len && !m->command);
}

uint8_t ps2_mouse_read(struct ps2_mouse *m)
{
    m->last = ps2_queue_pop(m->reply.len ? &m->reply : &m->data);
    return m->last;
}

void ps2_mouse_repair(struct ps2_mouse *m)
{
    ps2_queue_repair(&m->reply);
    ps2_queue_repair(&m->data);
}
