/* apic_bus.c - messages between the I/O APIC and local APICs (SDM vol. 3A, 10.6.2). */
#include "devices/irq/lapic.h"

static void send_lowest(struct apic_bus *bus, const struct apic_msg *m, bool *taken)
{
    struct device *best = NULL;

    for (unsigned i = 0; i < bus->lapics; i++) {
        struct device *d = bus->lapic[i];

        if (lapic_matches(d, m) && (!best || lapic_ppr(d) < lapic_ppr(best)))
            best = d;
    }
    *taken = best && lapic_deliver(best, m);
}

bool apic_bus_send(struct apic_bus *bus, const struct apic_msg *m)
{
    bool taken = false;

    if (!bus)
        return false;
    if (m->mode == APIC_LOWEST) {
        send_lowest(bus, m, &taken);
        return taken;
    }
    for (unsigned i = 0; i < bus->lapics; i++)
        if (lapic_matches(bus->lapic[i], m))
            taken |= lapic_deliver(bus->lapic[i], m);
    return taken;
}

void apic_bus_eoi(struct apic_bus *bus, uint8_t vector)
{
    if (bus && bus->ioapic)
        ioapic_eoi(bus->ioapic, vector);
}
