/* machine.c - assembles a PC from its configuration, resets it, and takes it apart. */
#include "machine/machine.h"
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "devices/irq/i8259.h"
#include "devices/misc/misc.h"
#include "devices/pci/i440fx.h"
#include "devices/serial/uart16550.h"
#include "machine/board.h"
#include "machine/linux_boot.h"
#include "machine/snapshot.h"
#include "translate/translate.h"

/* System RAM below 4 GB ends at 3 GB at most: PCI memory and the APICs follow. */
#define RAM_HOLE  0xc0000000ull
/* RAM space beside system RAM: video memory and ROM images. */
#define EXTRA_RAM (32ull << 20)

static uint64_t count_of(void *opaque)
{
    return cpu_count(&((struct machine *)opaque)->cpu);
}

/* An earlier event was armed: the run loop must be back by then. */
static void deadline_moved(void *opaque)
{
    struct machine *m = opaque;

    cpu_set_deadline(&m->cpu, clock_count_at(&m->clock, clock_next(&m->clock)));
}

/* The memory map or A20 changed, maybe in the middle of an instruction: the TLB goes at its end. */
static void map_changed(void *opaque)
{
    struct machine *m = opaque;

    m->cpu.flush_pending = true;
    cpu_kick(&m->cpu);
}

static void code_written(void *opaque, uint64_t ram_off, uint64_t len)
{
    struct machine *m = opaque;

    uint8_t what = m->mem.ram->code[ram_off >> PAGE_SHIFT];

    if (what & RAM_CODE)
        engine_code_write(m->engine, ram_off, len);
    if (what & RAM_TABLE)
        tlb_table_written(&m->cpu.tlb, ram_off, len);
}

static uint32_t port_in(void *opaque, uint16_t port, unsigned size)
{
    return io_read(((struct machine *)opaque)->io, port, size);
}

static void port_out(void *opaque, uint16_t port, uint32_t val, unsigned size)
{
    io_write(((struct machine *)opaque)->io, port, val, size);
}

static unsigned port_in_many(void *opaque, uint16_t port, void *buf, unsigned size, unsigned count)
{
    return io_read_run(((struct machine *)opaque)->io, port, buf, size, count);
}

static unsigned port_out_many(void *opaque, uint16_t port, const void *buf, unsigned size,
                              unsigned count)
{
    return io_write_run(((struct machine *)opaque)->io, port, buf, size, count);
}

static int int_ack(void *opaque)
{
    struct machine *m = opaque;
    int vector = lapic_ack(m->board.lapic);

    return vector >= 0 ? vector : i8259_ack(m->board.pic);
}

static uint64_t apic_get_base(void *opaque)
{
    return lapic_get_base(((struct machine *)opaque)->board.lapic);
}

static bool apic_set_base(void *opaque, uint64_t val)
{
    lapic_set_base(((struct machine *)opaque)->board.lapic, val);
    return true;
}

static uint32_t tpr_get(void *opaque)
{
    return lapic_get_cr8(((struct machine *)opaque)->board.lapic);
}

static void tpr_set(void *opaque, uint32_t tpr)
{
    lapic_set_cr8(((struct machine *)opaque)->board.lapic, (uint8_t)tpr);
}

static void ferr(void *opaque, bool level)
{
    struct device *d = ((struct machine *)opaque)->board.port_f0;

    device_in(d, (unsigned)device_pin(d->cls->in, "ferr"), level);
}

static bool ignne(void *opaque)
{
    return port_f0_ignne(((struct machine *)opaque)->board.port_f0);
}

static void smiact(void *opaque, bool on)
{
    i440fx_smiact(((struct machine *)opaque)->board.i440fx, on);
}

static bool open_outside(struct machine *m, struct err *e)
{
    const struct config *c = m->config;

    log_init(&m->log);
    if (c->log_items && !log_parse(&m->log, c->log_items, e))
        return false;
    if (c->log_file && !log_open(&m->log, c->log_file, e))
        return false;
    if (c->serial && c->debugcon && !strcmp(c->serial, "stdio") && !strcmp(c->debugcon, "stdio"))
        return err_set(e, "only one of -serial and -debugcon can have stdio");
    for (unsigned i = 0; i < CONFIG_DRIVES; i++) {
        const struct drive_config *d = &c->drives[i];
        if (!d->file)
            continue;
        m->drives[i] = block_open_raw(d->file, d->readonly, d->snapshot || c->snapshot, e);
        if (!m->drives[i])
            return false;
    }
    if (c->serial && !(m->serial = chardev_open(c->serial, e)))
        return false;
    return !c->debugcon || (m->debugcon = chardev_open(c->debugcon, e));
}

static void map_system_ram(struct machine *m)
{
    struct memory_map *map = &m->map;
    uint64_t size = m->config->memory;

    map->below_4g = min_u64(size, RAM_HOLE);
    map->above_4g = size - map->below_4g;
    map->ram_off = ram_alloc(&m->ram, size);
    region_init_ram(&map->low, "ram-low", 0, 0xa0000, 0, map->ram_off);
    physmem_add(&m->mem, &map->low);
    if (map->below_4g > 0x100000) {
        region_init_ram(&map->middle, "ram", 0x100000, map->below_4g - 0x100000, 0,
                        map->ram_off + 0x100000);
        physmem_add(&m->mem, &map->middle);
    }
    if (map->above_4g) {
        region_init_ram(&map->high, "ram-high", 1ull << 32, map->above_4g, 0,
                        map->ram_off + map->below_4g);
        physmem_add(&m->mem, &map->high);
    }
}

static void connect_cpu(struct machine *m)
{
    m->cpu.hooks = (struct cpu_hooks){.opaque = m,
                                      .port_in = port_in,
                                      .port_out = port_out,
                                      .port_in_many = port_in_many,
                                      .port_out_many = port_out_many,
                                      .int_ack = int_ack,
                                      .apic_get_base = apic_get_base,
                                      .apic_set_base = apic_set_base,
                                      .tpr_get = tpr_get,
                                      .tpr_set = tpr_set,
                                      .ferr = ferr,
                                      .ignne = ignne,
                                      .smm = smiact};
    m->clock.count = count_of;
    m->clock.deadline = deadline_moved;
    m->clock.opaque = m;
    m->mem.changed = map_changed;
    m->mem.code_write = code_written;
    m->mem.opaque = m;
}

static bool make_core(struct machine *m, struct err *e)
{
    const struct config *c = m->config;

    clock_init(&m->clock);
    physmem_init(&m->mem, &m->ram);
    m->mem.log = &m->log;
    if (!ram_init(&m->ram, c->memory + EXTRA_RAM, e))
        return false;
    m->made_ram = true;
    map_system_ram(m);
    if (!cpu_init(&m->cpu, c->cpu ? c->cpu : "max", &m->mem, &m->clock, &m->log, e))
        return false;
    m->made_cpu = true;
    m->engine = engine_new(&m->cpu,
                           &(struct engine_config){.name = c->interp ? "interp" : "jit",
                                                   .cache_bytes = c->code_cache,
                                                   .max_insns = c->singlestep ? 1 : 0,
                                                   .hot = (unsigned)min_u64(c->hot, INT32_MAX)},
                           e);
    if (!m->engine)
        return false;
    connect_cpu(m);
    m->io = io_space_new(&m->log);
    m->env = (struct device_env){&m->clock, &m->mem, m->io, &m->log};
    return true;
}

static bool assemble(struct machine *m, struct err *e)
{
    if (!firmware_load(&m->firmware, m->config, e) || !open_outside(m, e) || !make_core(m, e))
        return false;
    firmware_map(m);
    board_make(m);
    board_wire(m);
    firmware_describe(m);
    if (!linux_boot_setup(m, e))
        return false;
    input_init(&m->input, m);
    machine_reset(m);
    if (m->config->load && !machine_load(m, m->config->load, e))
        return false;
    return statehash_open(m, e);
}

struct machine *machine_new(const struct config *c, struct err *e)
{
    struct machine *m = xcalloc(1, sizeof(*m));

    m->config = c;
    if (assemble(m, e))
        return m;
    machine_free(m);
    return NULL;
}

void machine_close_lines(struct machine *m)
{
    if (m->board.uart)
        uart_set_chardev(m->board.uart, NULL);
    if (m->board.debugcon)
        debugcon_setup(m->board.debugcon, BOARD_DEBUGCON_PORT, NULL);
    if (m->board.port_e9)
        debugcon_setup(m->board.port_e9, BOARD_E9_PORT, NULL);
    if (m->serial)
        m->serial->close(m->serial);
    if (m->debugcon)
        m->debugcon->close(m->debugcon);
    m->serial = m->debugcon = NULL;
}

void machine_free(struct machine *m)
{
    if (!m)
        return;
    machine_close_lines(m);
    while (m->devices.len)
        device_free(m->devices.at[--m->devices.len]);
    vec_fini(&m->devices);
    if (m->io)
        io_space_free(m->io);
    if (m->engine)
        engine_free(m->engine);
    if (m->made_cpu)
        cpu_fini(&m->cpu);
    physmem_fini(&m->mem);
    if (m->made_ram)
        ram_fini(&m->ram);
    clock_fini(&m->clock);
    for (unsigned i = 0; i < CONFIG_DRIVES; i++)
        block_close(m->drives[i]);
    firmware_fini(&m->firmware);
    statehash_fini(&m->hash);
    log_fini(&m->log);
    free(m);
}

void machine_reset(struct machine *m)
{
    m->reset_asked = false;
    for (size_t i = 0; i < m->devices.len; i++)
        device_reset(m->devices.at[i]);
    cpu_reset(&m->cpu);
    m->cpu.flush_pending = true;
}

void machine_ask_reset(struct machine *m)
{
    m->reset_asked = true;
    cpu_kick(&m->cpu);
}

void machine_ask_end(struct machine *m, enum machine_end why)
{
    if (m->end == END_NONE)
        m->end = why;
    cpu_kick(&m->cpu);
}

int machine_status(const struct machine *m)
{
    switch (m->end) {
    case END_DEBUG_EXIT:
        return m->debug_status & 0xff;
    case END_TRIPLE_FAULT:
        return 3;
    case END_HOST_ERROR:
        return 1;
    default:
        return 0;
    }
}
