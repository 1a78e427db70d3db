/* i8237.c - two 8237A DMA controllers (Intel 231466) as the PC/AT wires them: channels 0-3 move
 * bytes, 5-7 move words, channel 4 is the cascade, and a page register beside each holds address
 * bits 16-23. */
#include "devices/dma/i8237.h"

#define MODE_TYPE      0x0cu /* transfer type: 0 verify, 4 write to memory, 8 read from memory */
#define MODE_WRITE     0x04u
#define MODE_READ      0x08u
#define MODE_AUTOINIT  0x10u
#define MODE_DECREMENT 0x20u
#define MODE_CASCADE   0xc0u
#define COMMAND_OFF    0x04u

struct dma_channel {
    uint16_t base_addr, base_count;
    uint16_t addr, count; /* count is one less than the transfers left */
    uint8_t mode;
    uint8_t page;
};

struct dma_controller {
    struct dma_channel channel[4];
    uint8_t command, mask, request, tc; /* one bit for each channel but for command */
    uint8_t dreq;
    uint8_t temporary;
    bool high_byte; /* the first/last flip-flop */
};

struct i8237 {
    struct device dev;
    struct dma_controller ctl[2];
    uint8_t
        page_scratch[16]; /* 80h-8Fh without the page registers; PC/AT BIOSes keep bytes there */
};

static const struct state_field channel_state[] = {STATE_INT(struct dma_channel, base_addr),
                                                   STATE_INT(struct dma_channel, base_count),
                                                   STATE_INT(struct dma_channel, addr),
                                                   STATE_INT(struct dma_channel, count),
                                                   STATE_INT(struct dma_channel, mode),
                                                   STATE_INT(struct dma_channel, page),
                                                   STATE_END};

static const struct state_field controller_state[] = {
    STATE_ARRAY(struct dma_controller, channel, channel_state),
    STATE_INT(struct dma_controller, command),
    STATE_INT(struct dma_controller, mask),
    STATE_INT(struct dma_controller, request),
    STATE_INT(struct dma_controller, tc),
    STATE_INT(struct dma_controller, dreq),
    STATE_INT(struct dma_controller, temporary),
    STATE_INT(struct dma_controller, high_byte),
    STATE_END};

static const struct state_field i8237_state[] = {
    STATE_SKIP(struct i8237, dev, "belongs to the host"),
    STATE_ARRAY(struct i8237, ctl, controller_state), STATE_INTS(struct i8237, page_scratch),
    STATE_END};

static struct i8237 *of(struct device *d)
{
    return (struct i8237 *)d;
}

/* Which channel a page register at 80h + index belongs to, or -1 (PC/AT technical reference, 1-12).
 */
static int page_channel(unsigned index)
{
    static const int8_t channel[16] = {-1, 2, 3, 1, -1, -1, -1, 0, -1, 6, 7, 5, -1, -1, -1, 4};
    return channel[index & 15];
}

static void master_clear(struct dma_controller *c)
{
    c->command = c->request = c->tc = c->temporary = 0;
    c->high_byte = false;
    c->mask = 0x0f;
}

/* Registers of one controller, 0-15 (231466, figures 5 to 7). */
static uint8_t controller_read(struct dma_controller *c, unsigned reg)
{
    uint8_t val;

    if (reg < 8) {
        const struct dma_channel *ch = &c->channel[reg / 2];
        uint16_t word = reg & 1 ? ch->count : ch->addr;

        val = (uint8_t)(c->high_byte ? word >> 8 : word);
        c->high_byte = !c->high_byte;
        return val;
    }
    switch (reg) {
    case 8: /* status; reading clears the terminal counts */
        val = (uint8_t)(c->tc | (c->dreq | c->request) << 4);
        c->tc = 0;
        return val;
    case 13:
        return c->temporary;
    case 15: /* all mask bits, as later chips answer */
        return c->mask | 0xf0;
    default:
        return 0xff;
    }
}

static void write_word(struct dma_controller *c, unsigned reg, uint8_t val)
{
    struct dma_channel *ch = &c->channel[reg / 2];
    uint16_t *base = reg & 1 ? &ch->base_count : &ch->base_addr;

    *base = (uint16_t)bits_put(*base, c->high_byte ? 8 : 0, 8, val);
    if (reg & 1)
        ch->count = *base;
    else
        ch->addr = *base;
    c->high_byte = !c->high_byte;
}

static void controller_write(struct dma_controller *c, unsigned reg, uint8_t val)
{
    uint8_t bit = (uint8_t)(1u << (val & 3));

    if (reg < 8) {
        write_word(c, reg, val);
        return;
    }
    switch (reg) {
    case 8:
        c->command = val;
        break;
    case 9: /* software request */
        c->request = (uint8_t)(val & 4 ? c->request | bit : c->request & ~bit);
        break;
    case 10: /* one mask bit */
        c->mask = (uint8_t)(val & 4 ? c->mask | bit : c->mask & ~bit);
        break;
    case 11:
        c->channel[val & 3].mode = val & 0xfc;
        break;
    case 12:
        c->high_byte = false;
        break;
    case 13:
        master_clear(c);
        break;
    case 14:
        c->mask = 0;
        break;
    case 15:
        c->mask = val & 0x0f;
        break;
    }
}

static uint32_t read_low(struct device *d, unsigned port, unsigned size)
{
    (void)size;
    return controller_read(&of(d)->ctl[0], port & 15);
}

static void write_low(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    (void)size;
    controller_write(&of(d)->ctl[0], port & 15, (uint8_t)val);
}

/* The second controller's registers lie two ports apart: its address lines are shifted by one. */
static uint32_t read_high(struct device *d, unsigned port, unsigned size)
{
    (void)size;
    return controller_read(&of(d)->ctl[1], (port - 0xc0) / 2);
}

static void write_high(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    (void)size;
    controller_write(&of(d)->ctl[1], (port - 0xc0) / 2, (uint8_t)val);
}

static uint8_t *page_byte(struct device *d, unsigned port)
{
    int ch = page_channel(port);

    if (ch < 0)
        return &of(d)->page_scratch[port & 15];
    return &of(d)->ctl[ch / 4].channel[ch & 3].page;
}

static uint32_t read_page(struct device *d, unsigned port, unsigned size)
{
    (void)size;
    return *page_byte(d, port);
}

static void write_page(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    (void)size;
    *page_byte(d, port) = (uint8_t)val;
}

/* Physical address of the channel's current transfer: the page register does not count on, and on
 * the 16-bit channels the address counts words and bit 0 of the page is not used. */
static uint64_t channel_address(const struct dma_channel *ch, bool words)
{
    if (words)
        return (uint64_t)(ch->page & 0xfe) << 16 | (uint64_t)ch->addr << 1;
    return (uint64_t)ch->page << 16 | ch->addr;
}

/* One transfer and its counting; true at terminal count. */
static bool step(struct i8237 *s, struct dma_channel *ch, bool words, uint8_t *buf)
{
    unsigned n = words ? 2 : 1;
    uint64_t addr = channel_address(ch, words);

    if ((ch->mode & MODE_TYPE) == MODE_WRITE)
        phys_write(s->dev.env->mem, addr, buf, n);
    else if ((ch->mode & MODE_TYPE) == MODE_READ)
        phys_read(s->dev.env->mem, addr, buf, n);
    ch->addr = (uint16_t)(ch->mode & MODE_DECREMENT ? ch->addr - 1 : ch->addr + 1);
    return ch->count-- == 0;
}

size_t i8237_transfer(struct device *d, unsigned ch, void *buf, size_t n, bool *tc)
{
    struct dma_controller *c = &of(d)->ctl[ch / 4 & 1];
    struct dma_channel *chan = &c->channel[ch & 3];
    uint8_t bit = (uint8_t)(1u << (ch & 3));
    bool words = ch >= 4;
    size_t done = 0;

    *tc = false;
    if ((c->mask & bit) || (c->command & COMMAND_OFF) ||
        (chan->mode & MODE_CASCADE) == MODE_CASCADE)
        return 0;
    while (!*tc && done + words < n) {
        *tc = step(of(d), chan, words, (uint8_t *)buf + done);
        done += words ? 2 : 1;
    }
    if (*tc) {
        c->tc |= bit;
        c->request &= (uint8_t)~bit;
        if (chan->mode & MODE_AUTOINIT) {
            chan->addr = chan->base_addr;
            chan->count = chan->base_count;
        } else {
            c->mask |= bit;
        }
    }
    return done;
}

bool i8237_to_memory(const struct device *d, unsigned ch)
{
    const struct i8237 *s = (const struct i8237 *)d;
    return (s->ctl[ch / 4 & 1].channel[ch & 3].mode & MODE_TYPE) == MODE_WRITE;
}

static void i8237_wire(struct device *d, unsigned in, bool level)
{
    struct dma_controller *c = &of(d)->ctl[in / 4 & 1];
    c->dreq = (uint8_t)bits_put(c->dreq, in & 3, 1, level);
}

/* The page registers keep their values over a reset; the controllers see the RESET pin. */
static void i8237_reset(struct device *d)
{
    master_clear(&of(d)->ctl[0]);
    master_clear(&of(d)->ctl[1]);
}

static const struct reg i8237_regs[] = {
    /* port  count read      write        meaning */
    {0x00, 16, read_low, write_low, "channels 0 to 3"},
    {0x81, 15, read_page, write_page, "page registers"},
    {0xc0, 32, read_high, write_high, "channels 4 to 7"},
    REG_END};

const struct device_class i8237_class = {
    .name = "i8237",
    .bus = BUS_ISA,
    .ports = {0, 0xe0},
    .version = 1,
    .size = sizeof(struct i8237),
    .state = i8237_state,
    .regs = i8237_regs,
    .in = {"dreq%8"},
    .wire = i8237_wire,
    .reset = i8237_reset,
};
