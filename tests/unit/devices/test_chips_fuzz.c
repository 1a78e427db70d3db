/* test_chips_fuzz.c - a guest that writes anything anywhere does the chips of the board no harm,
 * and a save and load in the middle changes nothing. */
#include "bench.h"
#include "devices/acpi/acpi_pm.h"
#include "devices/irq/apic.h"
#include "devices/irq/i8259.h"
#include "devices/irq/irq_hub.h"
#include "devices/misc/misc.h"
#include "devices/timer/hpet.h"
#include "devices/timer/i8254.h"
#include "devices/timer/mc146818.h"

enum { STEPS = 20000 };

struct fuzz {
    struct bench *b;
    struct device *pic, *lapic, *rtc, *acpi;
    struct apic_bus bus;
    uint64_t seed;
};

static uint32_t any(struct fuzz *f)
{
    f->seed = f->seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(f->seed >> 32);
}

static void power(struct fuzz *f, void **state, uint64_t seed)
{
    struct bench *b = *state;
    struct device *pit, *port61, *ioapic;

    *f = (struct fuzz){.b = b, .seed = seed};
    f->pic = bench_device(b, &i8259_class, "pic");
    pit = bench_device(b, &i8254_class, "pit");
    f->rtc = bench_device(b, &mc146818_class, "rtc");
    bench_device(b, &hpet_class, "hpet");
    bench_device(b, &irq_hub_class, "hub");
    f->acpi = bench_device(b, &acpi_pm_class, "acpi");
    acpi_pm_set_base(f->acpi, 0x600, true);
    port61 = bench_device(b, &port61_class, "port61");
    port61_connect(port61, pit);
    bench_device(b, &port92_class, "port92");
    f->lapic = bench_socket(b, &lapic_class, "lapic");
    ioapic = bench_socket(b, &ioapic_class, "ioapic");
    f->bus = (struct apic_bus){.lapic = {f->lapic}, .lapics = 1, .ioapic = ioapic};
    lapic_connect(f->lapic, &f->bus, NULL, NULL);
    ioapic_connect(ioapic, &f->bus);
    device_reset(f->lapic);
    device_reset(ioapic);
    bench_wire(b, "pit.out0", "hub.isa0");
    bench_wire(b, "rtc.irq", "hub.isa8");
    bench_wire(b, "hpet.irq0", "hub.hpet0");
    bench_wire(b, "hpet.irq8", "hub.hpet8");
    bench_wire(b, "hpet.irq2", "hub.hpet2");
    bench_wire(b, "hpet.legacy", "hub.legacy");
    bench_wire(b, "acpi.sci", "hub.sci");
    bench_wire(b, "port61.gate2", "pit.gate2");
    bench_wire(b, "pic.intr", "lapic.lint0");
    for (unsigned i = 0; i < 10; i++) {
        static const char *const from[] = {"hub.pic0",  "hub.pic8",  "hub.pic9",  "hub.pic5",
                                           "hub.pic14", "hub.apic2", "hub.apic8", "hub.apic9",
                                           "hub.apic5", "hub.apic14"};
        static const char *const to[] = {"pic.irq0",    "pic.irq8",    "pic.irq9",    "pic.irq5",
                                         "pic.irq14",   "ioapic.irq2", "ioapic.irq8", "ioapic.irq9",
                                         "ioapic.irq5", "ioapic.irq14"};
        bench_wire(b, from[i], to[i]);
    }
}

static void access_port(struct fuzz *f)
{
    static const uint16_t ports[] = {0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1, 0x40, 0x41,
                                     0x42, 0x43, 0x61, 0x70, 0x71,  0x92,  0xb2, 0xb3};
    uint32_t r = any(f);
    uint16_t port = ports[r & 15];

    if (r & 0x100)
        port = (r & 0x200 ? 0x600 : ACPI_GPE0) + (r >> 10 & 63);
    if (r & 0x10000)
        io_write(f->b->io, port, any(f), 1u << (r >> 17) % 3);
    else
        io_read(f->b->io, port, 1u << (r >> 17) % 3);
}

static void access_memory(struct fuzz *f)
{
    static const uint32_t bases[] = {0xfee00000, 0xfee00000, 0xfec00000, HPET_BASE};
    uint32_t r = any(f), addr = bases[r & 3] + (r >> 2 & 0x3f8);

    if (r & 0x10000)
        phys_store(&f->b->mem, addr, any(f) >> (r >> 20 & 24), 4u << (r >> 17 & 1));
    else
        phys_load(&f->b->mem, addr, 4u << (r >> 17 & 1));
}

static void step(struct fuzz *f)
{
    static const char *const pins[] = {"hub.isa5", "hub.isa14", "hub.pirq9", "lapic.lint1"};
    uint32_t r = any(f);

    switch (r & 7) {
    case 0:
        bench_ns(f->b, any(f) >> (8 + (r >> 8) % 24));
        break;
    case 1:
        bench_pin(f->b, pins[r >> 8 & 3], r >> 10 & 1);
        break;
    case 2:
        if (lapic_pending(f->lapic) && lapic_ack(f->lapic) < 0)
            i8259_ack(f->pic);
        break;
    case 3:
        if (!(r & 0xff00))
            lapic_set_base(f->lapic, 0xfee00000 | (r >> 16 & 1) << 11);
        break;
    case 4:
    case 5:
        access_memory(f);
        break;
    default:
        access_port(f);
        break;
    }
}

static uint64_t hash_all(const struct bench *b)
{
    uint64_t hash = b->count;

    for (size_t i = 0; i < b->devices.len; i++)
        hash = device_hash(b->devices.at[i], hash);
    return hash;
}

static uint64_t run(struct bench *b, uint64_t seed, bool reload)
{
    struct fuzz f;
    void *state = b;

    power(&f, &state, seed);
    for (unsigned i = 0; i < STEPS; i++) {
        step(&f);
        if (reload && i % 64 == 0)
            bench_reload(b);
    }
    return hash_all(b);
}

static void anything_goes_and_a_reload_changes_nothing(void **state)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        void *plain, *reloaded;
        uint64_t a, b;

        bench_setup(&plain);
        bench_setup(&reloaded);
        a = run(plain, seed, false);
        b = run(reloaded, seed, true);
        bench_teardown(&plain);
        bench_teardown(&reloaded);
        assert_true(a == b);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anything_goes_and_a_reload_changes_nothing)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
