/* pci.c - configuration space, base address registers and INTx lines of PCI functions, and
 * configuration mechanism #1 (PCI Local Bus Specification 2.1, chapter 6 and 3.7.4.1). */
#include "devices/pci/pci.h"

#define CONFADD_ENABLE   BIT(31)
#define BAR_IO           1u
#define ROM_ENABLE       1u
#define STATUS_INTX      0x08u   /* PCI 2.3: the level of INTx, before INTX_DISABLE */
#define COMMAND_WRITABLE 0x0547u /* IO, memory, master, parity, SERR#, INTx disable */
#define HEADER_MULTI     0x80u

const struct state_field pci_device_state[] = {
    STATE_SKIP(struct pci_device, dev, "belongs to the host"),
    STATE_SKIP(struct pci_device, bus, "set by the machine"),
    STATE_INTS(struct pci_device, config),
    STATE_SKIP(struct pci_device, wmask, "fixed at init"),
    STATE_SKIP(struct pci_device, w1c, "fixed at init"),
    STATE_SKIP(struct pci_device, bar, "follows from config"),
    STATE_SKIP(struct pci_device, devfn, "set by the machine"),
    STATE_INT(struct pci_device, intx),
    STATE_SKIP(struct pci_device, written, "fixed at init"),
    STATE_END};

static unsigned bar_offset(unsigned n)
{
    return n == PCI_BAR_ROM ? PCI_ROM_ADDRESS : PCI_BAR0 + 4 * n;
}

void pci_init(struct pci_device *p, uint16_t vendor, uint16_t device, uint32_t class_code,
              uint8_t revision, uint8_t pin)
{
    le16_put(p->config + PCI_VENDOR_ID, vendor);
    le16_put(p->config + PCI_DEVICE_ID, device);
    p->config[PCI_REVISION] = revision;
    p->config[PCI_CLASS_PROG] = (uint8_t)class_code;
    le16_put(p->config + PCI_CLASS, (uint16_t)(class_code >> 8));
    p->config[PCI_INTERRUPT_PIN] = pin;
    le16_put(p->wmask + PCI_COMMAND, COMMAND_WRITABLE);
    p->wmask[PCI_CACHE_LINE] = 0xff;
    p->wmask[PCI_LATENCY] = 0xff;
    p->wmask[PCI_INTERRUPT_LINE] = 0xff;
    p->w1c[PCI_STATUS + 1] = 0xf9; /* parity, system and abort errors */
}

static void unmap(struct pci_device *p, struct pci_bar *bar)
{
    if (!bar->mapped)
        return;
    if (bar->io)
        io_unmap(p->dev.env->io, &p->dev, bar->regs);
    else
        region_route(p->dev.env->mem, bar->region, false, false);
    bar->mapped = false;
}

void pci_fini(struct pci_device *p)
{
    for (unsigned n = 0; n < PCI_BARS; n++) {
        unmap(p, &p->bar[n]);
        if (p->bar[n].region)
            physmem_remove(p->dev.env->mem, p->bar[n].region);
    }
}

/* The base register of BAR n: which bits can be written, and the fixed ones at its low end. */
static void bar_register(struct pci_device *p, unsigned n, uint32_t size, uint32_t low)
{
    unsigned off = bar_offset(n);
    uint32_t writable = ~(size - 1);

    if (n == PCI_BAR_ROM)
        writable |= ROM_ENABLE;
    p->bar[n].size = size;
    le32_put(p->config + off, low);
    le32_put(p->wmask + off, writable);
}

static void add_region(struct pci_device *p, unsigned n, struct region *r)
{
    p->bar[n].region = r;
    r->rd = r->wr = false;
    physmem_add(p->dev.env->mem, r);
}

void pci_bar_mem(struct pci_device *p, unsigned n, struct region *r, enum pci_bar_flags flags)
{
    add_region(p, n, r);
    bar_register(p, n, (uint32_t)r->size, flags);
}

void pci_bar_rom(struct pci_device *p, struct region *r)
{
    add_region(p, PCI_BAR_ROM, r);
    bar_register(p, PCI_BAR_ROM, (uint32_t)r->size, 0);
}

void pci_bar_io(struct pci_device *p, unsigned n, const struct reg *regs, uint32_t size)
{
    p->bar[n].io = true;
    p->bar[n].regs = regs;
    bar_register(p, n, size, BAR_IO);
}

/* Where BAR n should answer now; false for nowhere.  All ones is the sizing pattern and no address.
 */
static bool bar_wanted(const struct pci_device *p, unsigned n, uint32_t *base)
{
    const struct pci_bar *bar = &p->bar[n];
    uint32_t val = le32_get(p->config + bar_offset(n));
    uint32_t enable = bar->io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;

    *base = val & ~(bar->size - 1);
    if (!bar->size || !(p->config[PCI_COMMAND] & enable) || *base == 0)
        return false;
    if (n == PCI_BAR_ROM && !(val & ROM_ENABLE))
        return false;
    if (bar->io)
        return (uint64_t)*base + bar->size <= 0x10000;
    return *base != ~(bar->size - 1);
}

static void map(struct pci_device *p, unsigned n, uint32_t base)
{
    struct pci_bar *bar = &p->bar[n];

    bar->base = base;
    bar->mapped = true;
    if (bar->io) {
        io_map(p->dev.env->io, &p->dev, bar->regs, (uint16_t)base);
        return;
    }
    region_move(p->dev.env->mem, bar->region, base);
    region_route(p->dev.env->mem, bar->region, true, n != PCI_BAR_ROM);
}

static void update_bars(struct pci_device *p)
{
    for (unsigned n = 0; n < PCI_BARS; n++) {
        uint32_t base;
        bool wanted = bar_wanted(p, n, &base);

        if (wanted && p->bar[n].mapped && p->bar[n].base == base)
            continue;
        unmap(p, &p->bar[n]);
        if (wanted)
            map(p, n, base);
    }
}

uint32_t pci_bar_base(const struct pci_device *p, unsigned n)
{
    return p->bar[n].mapped ? p->bar[n].base : 0;
}

/* What the function drives onto the bus. */
static bool intx_out(const struct pci_device *p)
{
    return p->intx && !(le16_get(p->config + PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE);
}

/* The 440FX boards wire INTA of slot 1 to PIRQA, of slot 2 to PIRQB, and so on around. */
static unsigned pirq_line(const struct pci_device *p)
{
    return ((p->devfn >> 3) - 1u + p->config[PCI_INTERRUPT_PIN] - 1u) & 3;
}

static void update_intx(struct pci_device *p)
{
    bool level = false;

    if (p->intx)
        p->config[PCI_STATUS] |= STATUS_INTX;
    else
        p->config[PCI_STATUS] &= (uint8_t)~STATUS_INTX;
    if (!p->bus || !p->bus->pirq || !p->config[PCI_INTERRUPT_PIN])
        return;
    for (unsigned i = 0; i < ARRAY_LEN(p->bus->fn); i++) {
        const struct pci_device *q = p->bus->fn[i];
        if (q && q->config[PCI_INTERRUPT_PIN] && pirq_line(q) == pirq_line(p))
            level |= intx_out(q);
    }
    p->bus->pirq(p->bus->opaque, pirq_line(p), level);
}

void pci_set_intx(struct pci_device *p, bool level)
{
    if (p->intx == level)
        return;
    p->intx = level;
    update_intx(p);
}

void pci_reset(struct pci_device *p)
{
    le16_put(p->config + PCI_COMMAND, 0);
    p->config[PCI_STATUS + 1] &= (uint8_t)~p->w1c[PCI_STATUS + 1];
    p->config[PCI_CACHE_LINE] = 0;
    p->config[PCI_LATENCY] = 0;
    p->config[PCI_INTERRUPT_LINE] = 0;
    for (unsigned n = 0; n < PCI_BARS; n++) {
        uint8_t *reg = p->config + bar_offset(n);
        if (p->bar[n].size)
            le32_put(reg, le32_get(reg) & ~le32_get(p->wmask + bar_offset(n)));
    }
    update_bars(p);
    pci_set_intx(p, false);
}

void pci_post_load(struct pci_device *p)
{
    update_bars(p);
}

void pci_attach(struct pci_bus *bus, struct pci_device *p, unsigned devfn)
{
    unsigned slot = devfn & ~7u & 0xff;

    p->bus = bus;
    p->devfn = (uint8_t)devfn;
    bus->fn[p->devfn] = p;
    for (unsigned fn = 1; fn < 8; fn++) {
        if (bus->fn[slot] && bus->fn[slot + fn])
            bus->fn[slot]->config[PCI_HEADER_TYPE] |= HEADER_MULTI;
    }
}

uint32_t pci_config_read(struct pci_bus *bus, unsigned devfn, unsigned off, unsigned size)
{
    const struct pci_device *p = bus->fn[devfn & 0xff];
    uint32_t val = 0;

    if (!p)
        return (uint32_t)mask_bytes(size);
    for (unsigned i = 0; i < size; i++)
        val |= (uint32_t)p->config[(off + i) & 0xff] << 8 * i;
    return val;
}

void pci_config_write(struct pci_bus *bus, unsigned devfn, unsigned off, uint32_t val,
                      unsigned size)
{
    struct pci_device *p = bus->fn[devfn & 0xff];

    if (!p)
        return;
    for (unsigned i = 0; i < size; i++) {
        unsigned at = (off + i) & 0xff;
        uint8_t byte = (uint8_t)(val >> 8 * i);

        p->config[at] = (uint8_t)((p->config[at] & ~p->wmask[at]) | (byte & p->wmask[at]));
        p->config[at] &= (uint8_t) ~(byte & p->w1c[at]);
    }
    if (off < PCI_INTERRUPT_LINE)
        update_bars(p);
    if (off <= PCI_COMMAND + 1 && off + size > PCI_COMMAND)
        update_intx(p);
    if (p->written)
        p->written(p, off, size);
}

/* CONFADD is a register only for dword accesses; others go on to the ISA bus, where CF9h answers.
 */
uint32_t pci_mech1_read(struct pci_bus *bus, unsigned port, unsigned size)
{
    if (port < 4) {
        if (port == 0 && size == 4)
            return bus->address;
        if (port == 1 && size == 1 && bus->reset_read)
            return bus->reset_read(bus->opaque);
        return (uint32_t)mask_bytes(size);
    }
    if (!(bus->address & CONFADD_ENABLE) || bits_get(bus->address, 16, 8) != 0)
        return (uint32_t)mask_bytes(size);
    return pci_config_read(bus, (unsigned)bits_get(bus->address, 8, 8),
                           (bus->address & 0xfc) + (port & 3), size);
}

void pci_mech1_write(struct pci_bus *bus, unsigned port, uint32_t val, unsigned size)
{
    if (port < 4) {
        if (port == 0 && size == 4)
            bus->address = val & 0x80fffffc;
        else if (port == 1 && size == 1 && bus->reset_write)
            bus->reset_write(bus->opaque, (uint8_t)val);
        return;
    }
    if ((bus->address & CONFADD_ENABLE) && bits_get(bus->address, 16, 8) == 0)
        pci_config_write(bus, (unsigned)bits_get(bus->address, 8, 8),
                         (bus->address & 0xfc) + (port & 3), val, size);
}
