/* bus.c - what stands around the fuzzed processor: a bus that answers everything, notes it with its
 * exact count, and sometimes acts. */
#include <string.h>
#include "base/bytes.h"
#include "fuzz.h"
#include "translate/translate.h"

static void note(struct guest *g, uint64_t what, uint64_t addr, uint64_t val)
{
    uint8_t le[32];

    if (fuzz_verbose)
        fprintf(stderr, "bus %#llx: %#llx %#llx count %llu\n", (unsigned long long)what,
                (unsigned long long)addr, (unsigned long long)val,
                (unsigned long long)cpu_count(&g->cpu));
    le64_put(le, what);
    le64_put(le + 8, addr);
    le64_put(le + 16, val);
    le64_put(le + 24, cpu_count(&g->cpu));
    g->bus.trace = hash_bytes(le, sizeof le, g->bus.trace);
    g->bus.accesses++;
}

static void set_a20(struct guest *g, bool off)
{
    g->bus.a20_off = off;
    physmem_set_a20(&g->mem, !off);
}

/* Bytes of code, written by a device. */
static void dma(struct guest *g, unsigned arg)
{
    uint8_t bytes[3] = {(uint8_t)(0x40 | (arg & 15)), 0x90, (uint8_t)arg};

    phys_write(&g->mem, CODE + (arg & 0xff) * 4, bytes, 1 + arg % 3);
}

/* A write to a port or to MMIO may do what devices do: the low bits of the address choose. */
static void act(struct guest *g, unsigned addr, unsigned val)
{
    switch (addr & 15) {
    case 1:
        cpu_set_intr(&g->cpu, val & 1);
        break;
    case 2:
        cpu_nmi(&g->cpu);
        break;
    case 3:
        cpu_set_deadline(&g->cpu, cpu_count(&g->cpu) + (val & 31));
        break;
    case 4:
        set_a20(g, val & 1);
        break;
    case 5:
        if (val == 0x55)
            cpu_smi(&g->cpu);
        break;
    case 6:
        dma(g, val);
        break;
    case 7:
        if (val == 0x77)
            cpu_init_pin(&g->cpu);
        break;
    }
}

static uint64_t answer(struct guest *g, uint64_t what, uint64_t addr)
{
    note(g, what, addr, 0);
    return g->bus.trace * 0x9e3779b97f4a7c15ull;
}

/* Some ports move nothing but data, and take runs of elements: these leave the same trace one by
 * one. */
static bool takes_runs(const struct guest *g, uint16_t port)
{
    return (g->bus.options & 1) && !(port & 1);
}

static void note_element(struct guest *g, uint16_t port, uint32_t val)
{
    g->bus.trace = (g->bus.trace + port + val) * 0x9e3779b97f4a7c15ull;
    g->bus.accesses++;
}

static uint32_t port_in(void *opaque, uint16_t port, unsigned size)
{
    struct guest *g = opaque;

    if (!takes_runs(g, port))
        return (uint32_t)answer(g, size, port);
    note_element(g, port, 0);
    return port * 0x01010101u;
}

static void port_out(void *opaque, uint16_t port, uint32_t val, unsigned size)
{
    struct guest *g = opaque;

    if (takes_runs(g, port)) {
        note_element(g, port, val);
        return;
    }
    note(g, 0x100 + size, port, val);
    act(g, port, val);
}

static unsigned port_in_many(void *opaque, uint16_t port, void *buf, unsigned size, unsigned count)
{
    struct guest *g = opaque;

    if (!takes_runs(g, port))
        return 0;
    for (unsigned n = 0; n < count; n++)
        le_put((uint8_t *)buf + n * size, port_in(g, port, size), size);
    return count;
}

static unsigned port_out_many(void *opaque, uint16_t port, const void *buf, unsigned size,
                              unsigned count)
{
    struct guest *g = opaque;

    if (!takes_runs(g, port))
        return 0;
    for (unsigned n = 0; n < count; n++)
        note_element(g, port, (uint32_t)le_get((const uint8_t *)buf + n * size, size));
    return count;
}

static int int_ack(void *opaque)
{
    struct guest *g = opaque;

    note(g, 0x200, 0, 0);
    cpu_set_intr(&g->cpu, false);
    return g->bus.vector;
}

static void ferr(void *opaque, bool level)
{
    note(opaque, 0x300, level, 0);
}

static void smm(void *opaque, bool on)
{
    note(opaque, 0x400, on, 0);
}

static uint64_t mmio_read(void *opaque, uint64_t off, unsigned size)
{
    return answer(opaque, 0x500 + size, off);
}

static void mmio_write(void *opaque, uint64_t off, uint64_t val, unsigned size)
{
    note(opaque, 0x600 + size, off, val);
    act(opaque, (unsigned)off, (unsigned)val);
}

/* --- the machine's hooks --- */

static uint64_t count_of(void *opaque)
{
    return cpu_count(&((struct guest *)opaque)->cpu);
}

static void map_changed(void *opaque)
{
    struct guest *g = opaque;

    g->cpu.flush_pending = true;
    cpu_kick(&g->cpu);
}

static void code_written(void *opaque, uint64_t ram_off, uint64_t len)
{
    engine_code_write(((struct guest *)opaque)->engine, ram_off, len);
}

void bus_connect(struct guest *g)
{
    static const struct mem_ops ops = {mmio_read, mmio_write, 1, 4};

    g->clock.count = count_of;
    g->clock.opaque = g;
    g->mem.changed = map_changed;
    g->mem.code_write = code_written;
    g->mem.opaque = g;
    region_init_ops(&g->mmio, "mmio", MMIO, PAGE_SIZE, 0, &ops, g);
    physmem_add(&g->mem, &g->mmio);
}

void bus_reset(struct guest *g, const struct engine_head *h)
{
    memset(&g->bus, 0, sizeof g->bus);
    g->bus.options = h->bus;
    g->bus.vector = h->vector;
    g->mem.a20_mask = ~0ull;
    g->cpu.intr = false;
    g->cpu.hooks = (struct cpu_hooks){.opaque = g,
                                      .port_in = port_in,
                                      .port_out = port_out,
                                      .port_in_many = port_in_many,
                                      .port_out_many = port_out_many,
                                      .int_ack = int_ack,
                                      .ferr = ferr,
                                      .smm = smm};
}

void bus_pin(struct guest *g, unsigned kind, unsigned arg)
{
    struct cpu *cpu = &g->cpu;

    switch (kind % PIN_KINDS) {
    case PIN_NMI:
        cpu_nmi(cpu);
        break;
    case PIN_INTR:
        cpu_set_intr(cpu, arg & 1);
        break;
    case PIN_SMI:
        cpu_smi(cpu);
        break;
    case PIN_INIT:
        if (arg & 1)
            cpu_init_pin(cpu);
        break;
    case PIN_A20:
        set_a20(g, arg & 1);
        break;
    case PIN_DMA:
        dma(g, arg);
        break;
    case PIN_FLUSH: /* one engine only */
        if ((arg & 1) == g->index)
            engine_flush(g->engine);
        break;
    }
}
