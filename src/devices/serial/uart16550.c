/* uart16550.c - the serial port: a 16550A (National PC16550D).
 *
 * A byte that is written goes to the outside at once, but leaves the transmitter only after the
 * time that its bits take at the programmed baud rate, so that a driver sees the line's pace.
 * Received bytes come from the machine, as many as the FIFO holds.
 *
 * The PC wires OUT2 as the gate of the interrupt line, and loopback forces OUT2 off (8.6.6). */
#include "devices/serial/uart16550.h"
#include <stdio.h>
#include <string.h>

#define FIFO_SIZE  16
#define CRYSTAL_HZ 1843200u

/* Register bits, by the names of PC16550D table II. */
enum {
    IER_ERBFI = 0x01,
    IER_ETBEI = 0x02,
    IER_ELSI = 0x04,
    IER_EDSSI = 0x08,
    IIR_NONE = 0x01,
    IIR_MODEM = 0x00,
    IIR_THRE = 0x02,
    IIR_DATA = 0x04,
    IIR_LINE = 0x06,
    IIR_TIMEOUT = 0x0c,
    IIR_FIFOS = 0xc0,
    FCR_ENABLE = 0x01,
    FCR_RESET_RX = 0x02,
    FCR_RESET_TX = 0x04,
    LCR_STB = 0x04,
    LCR_PEN = 0x08,
    LCR_BREAK = 0x40,
    LCR_DLAB = 0x80,
    MCR_DTR = 0x01,
    MCR_RTS = 0x02,
    MCR_OUT1 = 0x04,
    MCR_OUT2 = 0x08,
    MCR_LOOP = 0x10,
    LSR_DR = 0x01,
    LSR_OE = 0x02,
    LSR_PE = 0x04,
    LSR_FE = 0x08,
    LSR_BI = 0x10,
    LSR_THRE = 0x20,
    LSR_TEMT = 0x40,
    LSR_FIFO_ERROR = 0x80,
    LSR_ERRORS = LSR_OE | LSR_PE | LSR_FE | LSR_BI,
    MSR_CTS = 0x10,
    MSR_DSR = 0x20,
    MSR_RI = 0x40,
    MSR_DCD = 0x80
};

struct uart_fifo {
    uint8_t data[FIFO_SIZE];
    uint8_t error[FIFO_SIZE]; /* LSR error bits that came with the byte */
    uint8_t head, len;
};

static const struct state_field fifo_state[] = {
    STATE_INTS(struct uart_fifo, data),
    STATE_INTS(struct uart_fifo, error),
    STATE_INT(struct uart_fifo, head),
    STATE_INT(struct uart_fifo, len),
    STATE_END,
};

struct uart {
    struct device dev;
    uint8_t ier, fcr, lcr, mcr, scr, dll, dlm;
    uint8_t errors;    /* LSR error bits not read yet */
    uint8_t lines;     /* modem inputs, MSR bits 7-4 */
    uint8_t delta;     /* MSR bits 3-0 */
    uint8_t shift;     /* transmitter shift register */
    bool shifting;     /* it holds a byte */
    bool thre_pending; /* the THRE interrupt, until IIR or THR is accessed */
    bool timed_out;    /* character timeout */
    struct uart_fifo rx, tx;
    struct event sent;    /* the shift register becomes empty */
    struct event timeout; /* four character times without an access */
    struct chardev *chardev;
    bool unpaced; /* characters leave at once, whatever the divisor */
    char event_name[2][48];
};

static const struct state_field uart_state[] = {
    STATE_SKIP(struct uart, dev, "belongs to the host"),
    STATE_INT(struct uart, ier),
    STATE_INT(struct uart, fcr),
    STATE_INT(struct uart, lcr),
    STATE_INT(struct uart, mcr),
    STATE_INT(struct uart, scr),
    STATE_INT(struct uart, dll),
    STATE_INT(struct uart, dlm),
    STATE_INT(struct uart, errors),
    STATE_INT(struct uart, lines),
    STATE_INT(struct uart, delta),
    STATE_INT(struct uart, shift),
    STATE_INT(struct uart, shifting),
    STATE_INT(struct uart, thre_pending),
    STATE_INT(struct uart, timed_out),
    STATE_STRUCT(struct uart, rx, fifo_state),
    STATE_STRUCT(struct uart, tx, fifo_state),
    STATE_EVENT(struct uart, sent),
    STATE_EVENT(struct uart, timeout),
    STATE_SKIP(struct uart, chardev, "belongs to the host"),
    STATE_SKIP(struct uart, unpaced, "how the machine is set up"),
    STATE_SKIP(struct uart, event_name, "made of the device's name"),
    STATE_END,
};

enum { OUT_IRQ };

static struct uart *uart_of(struct device *d)
{
    return (struct uart *)d;
}

static unsigned fifo_size(const struct uart *u)
{
    return u->fcr & FCR_ENABLE ? FIFO_SIZE : 1;
}

static void fifo_push(struct uart_fifo *f, uint8_t byte, uint8_t error)
{
    unsigned i = (f->head + f->len) % FIFO_SIZE;

    f->data[i] = byte;
    f->error[i] = error;
    f->len++;
}

static uint8_t fifo_pop(struct uart_fifo *f)
{
    uint8_t byte = f->data[f->head % FIFO_SIZE];

    f->head = (f->head + 1) % FIFO_SIZE;
    f->len--;
    return byte;
}

static void fifo_clear(struct uart_fifo *f)
{
    memset(f, 0, sizeof *f);
}

/* A file or terminal at the far end has no baud rate, and a guest that polls for an empty
 * transmitter would spend most of its time on it at 9600 baud: one character of 10 bits at 10
 * Mbit/s. */
#define UNPACED_NS 1000

/* Time on the line of one character: start, data, parity and stop bits (PC16550D 8.1). */
static uint64_t character_ns(const struct uart *u)
{
    unsigned divisor = u->dll | u->dlm << 8;
    unsigned half_bits = 2 * (1 + 5 + (u->lcr & 3) + (u->lcr & LCR_PEN ? 1 : 0));

    if (u->unpaced)
        return UNPACED_NS;
    if (!(u->lcr & LCR_STB))
        half_bits += 2;
    else
        half_bits += (u->lcr & 3) == 0 ? 3 : 4;
    if (divisor == 0)
        divisor = 1;
    return muldiv64((uint64_t)half_bits * divisor * 8, NS_PER_SEC, CRYSTAL_HZ);
}

static unsigned rx_trigger(const struct uart *u)
{
    static const uint8_t level[4] = {1, 4, 8, 14};

    return u->fcr & FCR_ENABLE ? level[u->fcr >> 6] : 1;
}

/* The pending interrupt of highest priority (PC16550D table III). */
static uint8_t interrupt_id(const struct uart *u)
{
    if (u->ier & IER_ELSI && u->errors)
        return IIR_LINE;
    if (u->ier & IER_ERBFI && u->rx.len >= rx_trigger(u))
        return IIR_DATA;
    if (u->ier & IER_ERBFI && u->timed_out)
        return IIR_TIMEOUT;
    if (u->ier & IER_ETBEI && u->thre_pending)
        return IIR_THRE;
    if (u->ier & IER_EDSSI && u->delta)
        return IIR_MODEM;
    return IIR_NONE;
}

static void update_irq(struct uart *u)
{
    bool gate = u->mcr & MCR_OUT2 && !(u->mcr & MCR_LOOP);

    device_out(&u->dev, OUT_IRQ, gate && interrupt_id(u) != IIR_NONE);
}

/* Modem inputs as MSR bits 7-4: in loopback they are the modem outputs. */
static uint8_t modem_lines(const struct uart *u)
{
    if (!(u->mcr & MCR_LOOP))
        return u->lines;
    return (u->mcr & MCR_RTS ? MSR_CTS : 0) | (u->mcr & MCR_DTR ? MSR_DSR : 0) |
           (u->mcr & MCR_OUT1 ? MSR_RI : 0) | (u->mcr & MCR_OUT2 ? MSR_DCD : 0);
}

/* Sets the delta bits for modem inputs that differ from `old`; RI counts its trailing edge. */
static void note_modem_change(struct uart *u, uint8_t old)
{
    uint8_t now = modem_lines(u), changed = old ^ now;

    if (changed & MSR_RI && now & MSR_RI)
        changed &= (uint8_t)~MSR_RI;
    u->delta |= changed >> 4;
}

static void restart_timeout(struct uart *u)
{
    u->timed_out = false;
    if (u->fcr & FCR_ENABLE && u->rx.len)
        event_at(&u->timeout, clock_now(u->dev.env->clock) + 4 * character_ns(u));
    else
        event_cancel(&u->timeout);
}

static void receive_byte(struct uart *u, uint8_t byte, uint8_t error)
{
    if (u->rx.len >= fifo_size(u)) {
        u->errors |= LSR_OE;
        if (u->fcr & FCR_ENABLE)
            return;
        fifo_clear(&u->rx); /* a 16450 loses the byte that was there */
    }
    fifo_push(&u->rx, byte, error);
    if (u->rx.len == 1)
        u->errors |= error;
    restart_timeout(u);
}

static void start_shifting(struct uart *u)
{
    u->shift = fifo_pop(&u->tx);
    u->shifting = true;
    if (u->tx.len == 0)
        u->thre_pending = true;
    event_at(&u->sent, clock_now(u->dev.env->clock) + character_ns(u));
}

static void on_sent(void *opaque)
{
    struct uart *u = opaque;

    u->shifting = false;
    if (u->mcr & MCR_LOOP)
        receive_byte(u, u->shift, 0);
    if (u->tx.len)
        start_shifting(u);
    update_irq(u);
}

static void on_timeout(void *opaque)
{
    struct uart *u = opaque;

    u->timed_out = u->rx.len > 0;
    update_irq(u);
}

static void write_thr(struct uart *u, uint8_t byte)
{
    u->thre_pending = false;
    if (u->tx.len >= fifo_size(u)) {
        update_irq(u);
        return; /* the transmitter is full: the byte is lost */
    }
    if (!(u->mcr & MCR_LOOP) && u->chardev)
        u->chardev->write(u->chardev, &byte, 1);
    fifo_push(&u->tx, byte, 0);
    if (!u->shifting)
        start_shifting(u);
    update_irq(u);
}

static uint8_t read_rbr(struct uart *u)
{
    uint8_t byte;

    if (u->rx.len == 0)
        return u->rx.data[(u->rx.head + FIFO_SIZE - 1) % FIFO_SIZE];
    byte = fifo_pop(&u->rx);
    if (u->rx.len)
        u->errors |= u->rx.error[u->rx.head];
    restart_timeout(u);
    update_irq(u);
    return byte;
}

static uint32_t read_data(struct device *d, unsigned port, unsigned size)
{
    struct uart *u = uart_of(d);

    (void)port, (void)size;
    return u->lcr & LCR_DLAB ? u->dll : read_rbr(u);
}

static void write_data(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct uart *u = uart_of(d);

    (void)port, (void)size;
    if (u->lcr & LCR_DLAB)
        u->dll = (uint8_t)val;
    else
        write_thr(u, (uint8_t)val);
}

static uint32_t read_ier(struct device *d, unsigned port, unsigned size)
{
    struct uart *u = uart_of(d);

    (void)port, (void)size;
    return u->lcr & LCR_DLAB ? u->dlm : u->ier;
}

static void write_ier(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct uart *u = uart_of(d);

    (void)port, (void)size;
    if (u->lcr & LCR_DLAB) {
        u->dlm = (uint8_t)val;
        return;
    }
    /* Enabling the THRE interrupt while the transmitter is empty raises it. */
    if (val & IER_ETBEI && !(u->ier & IER_ETBEI) && u->tx.len == 0)
        u->thre_pending = true;
    u->ier = val & 0x0f;
    update_irq(u);
}

static uint32_t read_iir(struct device *d, unsigned port, unsigned size)
{
    struct uart *u = uart_of(d);
    uint8_t id = interrupt_id(u);

    (void)port, (void)size;
    if (id == IIR_THRE) {
        u->thre_pending = false;
        update_irq(u);
    }
    return id | (u->fcr & FCR_ENABLE ? IIR_FIFOS : 0);
}

static void write_fcr(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct uart *u = uart_of(d);
    bool toggled = (val ^ u->fcr) & FCR_ENABLE;

    (void)port, (void)size;
    if (toggled || (val & FCR_ENABLE && val & FCR_RESET_RX)) {
        fifo_clear(&u->rx);
        restart_timeout(u);
    }
    if (toggled || (val & FCR_ENABLE && val & FCR_RESET_TX)) {
        fifo_clear(&u->tx);
        u->thre_pending = true;
    }
    u->fcr = val & FCR_ENABLE ? val & 0xc9 : 0;
    update_irq(u);
}

static uint32_t read_lcr(struct device *d, unsigned port, unsigned size)
{
    (void)port, (void)size;
    return uart_of(d)->lcr;
}

static void write_lcr(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct uart *u = uart_of(d);
    bool starts_break = val & LCR_BREAK && !(u->lcr & LCR_BREAK);

    (void)port, (void)size;
    u->lcr = (uint8_t)val;
    if (starts_break && u->mcr & MCR_LOOP)
        receive_byte(u, 0, LSR_BI | LSR_FE);
    update_irq(u);
}

static uint32_t read_mcr(struct device *d, unsigned port, unsigned size)
{
    (void)port, (void)size;
    return uart_of(d)->mcr;
}

static void write_mcr(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct uart *u = uart_of(d);
    uint8_t old = modem_lines(u);

    (void)port, (void)size;
    u->mcr = val & 0x1f;
    note_modem_change(u, old);
    update_irq(u);
}

static uint32_t read_lsr(struct device *d, unsigned port, unsigned size)
{
    struct uart *u = uart_of(d);
    uint8_t v = u->errors;

    (void)port, (void)size;
    if (u->rx.len)
        v |= LSR_DR;
    if (u->tx.len == 0)
        v |= u->shifting ? LSR_THRE : LSR_THRE | LSR_TEMT;
    for (unsigned i = 0; u->fcr & FCR_ENABLE && i < u->rx.len; i++)
        if (u->rx.error[(u->rx.head + i) % FIFO_SIZE])
            v |= LSR_FIFO_ERROR;
    if (u->errors) {
        u->errors = 0;
        if (u->rx.len)
            u->rx.error[u->rx.head] = 0;
        update_irq(u);
    }
    return v;
}

static uint32_t read_msr(struct device *d, unsigned port, unsigned size)
{
    struct uart *u = uart_of(d);
    uint8_t v = modem_lines(u) | u->delta;

    (void)port, (void)size;
    if (u->delta) {
        u->delta = 0;
        update_irq(u);
    }
    return v;
}

static uint32_t read_scr(struct device *d, unsigned port, unsigned size)
{
    (void)port, (void)size;
    return uart_of(d)->scr;
}

static void write_scr(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    (void)port, (void)size;
    uart_of(d)->scr = (uint8_t)val;
}

static const struct reg uart_regs[] = {
    /* port count read       write       meaning */
    {0, 1, read_data, write_data, "receiver and transmitter; divisor low", 1},
    {1, 1, read_ier, write_ier, "interrupt enable; divisor high", 1},
    {2, 1, read_iir, write_fcr, "interrupt identification; FIFO control", 1},
    {3, 1, read_lcr, write_lcr, "line control", 1},
    {4, 1, read_mcr, write_mcr, "modem control", 1},
    {5, 1, read_lsr, reg_ignore, "line status", 1},
    {6, 1, read_msr, reg_ignore, "modem status", 1},
    {7, 1, read_scr, write_scr, "scratch", 1},
    REG_END,
};

static void uart_init(struct device *d)
{
    struct uart *u = uart_of(d);

    snprintf(u->event_name[0], sizeof u->event_name[0], "%.32s.sent", d->name);
    snprintf(u->event_name[1], sizeof u->event_name[1], "%.32s.timeout", d->name);
    event_init(&u->sent, d->env->clock, u->event_name[0], RANK_SERIAL, on_sent, u);
    event_init(&u->timeout, d->env->clock, u->event_name[1], RANK_SERIAL, on_timeout, u);
}

static void uart_fini(struct device *d)
{
    event_fini(&uart_of(d)->sent);
    event_fini(&uart_of(d)->timeout);
}

/* Master reset, PC16550D table I; the divisor and scratch registers survive it. */
static void uart_reset(struct device *d)
{
    struct uart *u = uart_of(d);

    u->ier = u->fcr = u->lcr = u->mcr = 0;
    u->errors = u->delta = u->shift = 0;
    u->shifting = u->thre_pending = u->timed_out = false;
    u->lines = MSR_CTS | MSR_DSR | MSR_DCD; /* the other end is there and listens */
    fifo_clear(&u->rx);
    fifo_clear(&u->tx);
    event_cancel(&u->sent);
    event_cancel(&u->timeout);
    update_irq(u);
}

/* A saved file may say anything: indices come back into range. */
static void uart_post_load(struct device *d)
{
    struct uart_fifo *f[2] = {&uart_of(d)->rx, &uart_of(d)->tx};

    for (unsigned i = 0; i < 2; i++) {
        f[i]->head %= FIFO_SIZE;
        f[i]->len = (uint8_t)min_u64(f[i]->len, FIFO_SIZE);
    }
}

const struct device_class uart16550_class = {
    .name = "uart16550",
    .bus = BUS_ISA,
    .ports = {0x3f8, 8},
    .version = 1,
    .size = sizeof(struct uart),
    .state = uart_state,
    .regs = uart_regs,
    .out = {"irq"},
    .init = uart_init,
    .fini = uart_fini,
    .reset = uart_reset,
    .post_load = uart_post_load,
};

void uart_move(struct device *d, uint16_t base)
{
    io_unmap(d->env->io, d, uart_regs);
    io_map(d->env->io, d, uart_regs, base);
}

void uart_set_unpaced(struct device *d, bool unpaced)
{
    struct uart *u = (struct uart *)d;
    u->unpaced = unpaced;
}

void uart_set_chardev(struct device *d, struct chardev *c)
{
    uart_of(d)->chardev = c;
}

size_t uart_receive(struct device *d, const uint8_t *p, size_t n)
{
    struct uart *u = uart_of(d);
    size_t taken = 0;

    if (u->mcr & MCR_LOOP)
        return 0;
    while (taken < n && u->rx.len < fifo_size(u))
        receive_byte(u, p[taken++], 0);
    if (taken)
        update_irq(u);
    return taken;
}
