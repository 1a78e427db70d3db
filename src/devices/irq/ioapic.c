/* ioapic.c - the I/O APIC (Intel 290566, 82093AA). */
#include "devices/irq/apic.h"

enum { PINS = 24, IOAPIC_BASE = 0xfec00000 };
enum { REG_SELECT = 0x00, REG_WINDOW = 0x10 };
enum { INDEX_ID, INDEX_VERSION, INDEX_ARBITRATION, INDEX_REDIRECTION = 0x10 };
enum { VERSION = 0x11 };

/* Bits of a redirection entry (82093AA, 3.2.4). */
#define RED_LOGICAL    BIT64(11)
#define RED_REMOTE_IRR BIT64(14)
#define RED_LEVEL      BIT64(15)
#define RED_MASKED     BIT64(16)
#define RED_WRITABLE   0xff0000000001afffull /* all but delivery status and remote IRR */

struct ioapic {
    struct device dev;
    struct region region;
    struct apic_bus *bus;
    uint64_t entry[PINS];
    uint8_t select, id;
};

static const struct state_field ioapic_state[] = {
    STATE_SKIP(struct ioapic, dev, "belongs to the host"),
    STATE_SKIP(struct ioapic, region, "does not move"),
    STATE_SKIP(struct ioapic, bus, "connected by the machine"),
    STATE_INTS(struct ioapic, entry),
    STATE_INT(struct ioapic, select),
    STATE_INT(struct ioapic, id),
    STATE_END,
};

/* Sends what an entry says. */
static bool send(struct ioapic *a, uint64_t entry)
{
    struct apic_msg m = {
        .dest = (uint8_t)(entry >> 56),
        .logical = entry & RED_LOGICAL,
        .level = entry & RED_LEVEL,
        .assert = true,
        .vector = (uint8_t)entry,
        .mode = entry >> 8 & 7,
    };

    return apic_bus_send(a->bus, &m);
}

static bool is_level(uint64_t entry)
{
    unsigned mode = entry >> 8 & 7;

    return entry & RED_LEVEL && (mode == APIC_FIXED || mode == APIC_LOWEST);
}

/* A level-triggered input asks while it is high and its last message has not been ended. */
static void service_level(struct ioapic *a, unsigned pin)
{
    uint64_t *entry = &a->entry[pin];

    if (!is_level(*entry) || *entry & (RED_MASKED | RED_REMOTE_IRR))
        return;
    if (!(a->dev.in_level >> pin & 1))
        return;
    *entry |= RED_REMOTE_IRR;
    if (!send(a, *entry))
        *entry &= ~RED_REMOTE_IRR;
}

/* The polarity bit is not looked at: wires carry "asserted".  An edge at a masked input is lost
 * (82093AA, 3.2.4, bit 16). */
static void ioapic_wire(struct device *d, unsigned pin, bool level)
{
    struct ioapic *a = (struct ioapic *)d;
    uint64_t entry = a->entry[pin];

    if (!level)
        return;
    if (is_level(entry))
        service_level(a, pin);
    else if (!(entry & RED_MASKED))
        send(a, entry & ~RED_LEVEL);
}

void ioapic_eoi(struct device *d, uint8_t vector)
{
    struct ioapic *a = (struct ioapic *)d;

    for (unsigned pin = 0; pin < PINS; pin++) {
        uint64_t *entry = &a->entry[pin];

        if ((uint8_t)*entry == vector && *entry & RED_REMOTE_IRR) {
            *entry &= ~RED_REMOTE_IRR;
            service_level(a, pin);
        }
    }
}

static uint32_t read_window(const struct ioapic *a)
{
    unsigned r = a->select - INDEX_REDIRECTION;

    switch (a->select) {
    case INDEX_ID:
    case INDEX_ARBITRATION:
        return (uint32_t)a->id << 24;
    case INDEX_VERSION:
        return (PINS - 1) << 16 | VERSION;
    default:
        return r < 2 * PINS ? (uint32_t)(a->entry[r / 2] >> r % 2 * 32) : 0;
    }
}

static void write_entry(struct ioapic *a, unsigned r, uint32_t val)
{
    uint64_t *entry = &a->entry[r / 2];
    uint64_t wanted = bits_put(*entry, r % 2 * 32, 32, val);

    *entry = (*entry & ~RED_WRITABLE) | (wanted & RED_WRITABLE);
    if (!(*entry & RED_LEVEL))
        *entry &= ~RED_REMOTE_IRR;
    service_level(a, r / 2);
}

static uint64_t ioapic_read(void *opaque, uint64_t off, unsigned size)
{
    const struct ioapic *a = opaque;

    (void)size;
    switch (off & 0xff) {
    case REG_SELECT:
        return a->select;
    case REG_WINDOW:
        return read_window(a);
    default:
        return 0;
    }
}

static void ioapic_write(void *opaque, uint64_t off, uint64_t val, unsigned size)
{
    struct ioapic *a = opaque;

    (void)size;
    if ((off & 0xff) == REG_SELECT)
        a->select = (uint8_t)val;
    if ((off & 0xff) != REG_WINDOW)
        return;
    if (a->select == INDEX_ID)
        a->id = val >> 24 & 0x0f;
    else if ((unsigned)(a->select - INDEX_REDIRECTION) < 2 * PINS)
        write_entry(a, a->select - INDEX_REDIRECTION, (uint32_t)val);
}

static const struct mem_ops ioapic_ops = {
    .read = ioapic_read,
    .write = ioapic_write,
    .min = 4,
    .max = 4,
};

static void ioapic_init(struct device *d)
{
    struct ioapic *a = (struct ioapic *)d;

    region_init_ops(&a->region, "ioapic", IOAPIC_BASE, PAGE_SIZE, 10, &ioapic_ops, a);
    physmem_add(d->env->mem, &a->region);
}

static void ioapic_fini(struct device *d)
{
    physmem_remove(d->env->mem, &((struct ioapic *)d)->region);
}

static void ioapic_reset(struct device *d)
{
    struct ioapic *a = (struct ioapic *)d;

    for (unsigned i = 0; i < PINS; i++)
        a->entry[i] = RED_MASKED;
    a->select = a->id = 0;
}

void ioapic_connect(struct device *d, struct apic_bus *bus)
{
    ((struct ioapic *)d)->bus = bus;
}

const struct device_class ioapic_class = {
    .name = "ioapic",
    .bus = BUS_SYSTEM,
    .version = 1,
    .size = sizeof(struct ioapic),
    .state = ioapic_state,
    .in = {"irq%24"},
    .init = ioapic_init,
    .fini = ioapic_fini,
    .reset = ioapic_reset,
    .wire = ioapic_wire,
};
