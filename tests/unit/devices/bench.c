/* bench.c - the bench that devices are tested on (bench.h). */
#include <stdio.h>
#include <string.h>
#include "bench.h"
#include "base/err.h"

static uint64_t bench_count(void *opaque)
{
    return ((struct bench *)opaque)->count;
}

static int setup(void **state, bool reload)
{
    struct bench *b = xcalloc(1, sizeof *b);
    struct err e = {0};

    b->reload = reload;
    b->hz = 1193182;
    clock_init(&b->clock);
    b->clock.count = bench_count;
    b->clock.opaque = b;
    log_init(&b->log);
    if (!ram_init(&b->ram, 32u << 20, &e))
        fail_msg("%s", e.msg);
    physmem_init(&b->mem, &b->ram);
    b->io = io_space_new(&b->log);
    b->env = (struct device_env){.clock = &b->clock, .mem = &b->mem, .io = b->io, .log = &b->log};
    struct region *r = xcalloc(1, sizeof *r);
    region_init_ram(r, "ram", 0, BENCH_RAM, 0, ram_alloc(&b->ram, BENCH_RAM));
    physmem_add(&b->mem, r);
    *state = b;
    return 0;
}

int bench_setup(void **state)
{
    return setup(state, false);
}

int bench_setup_reload(void **state)
{
    return setup(state, true);
}

int bench_teardown(void **state)
{
    struct bench *b = *state;
    struct region *r = b->mem.regions.len ? b->mem.regions.at[0] : NULL;

    for (size_t i = b->devices.len; i-- > 0;)
        device_free(b->devices.at[i]);
    for (size_t i = 0; i < b->probes.len; i++)
        free(b->probes.at[i]);
    vec_fini(&b->devices);
    vec_fini(&b->probes);
    io_space_free(b->io);
    physmem_fini(&b->mem);
    free(r);
    ram_fini(&b->ram);
    clock_fini(&b->clock);
    log_fini(&b->log);
    free(b);
    return 0;
}

static void probe_level(void *opaque, bool level)
{
    struct probe *p = opaque;

    if (level)
        p->rises++;
}

static unsigned count_pins(const char *const *names)
{
    unsigned n = 0;

    for (unsigned i = 0; i < DEVICE_MAX_WIRES && names[i]; i++) {
        const char *percent = strchr(names[i], '%');

        n += percent ? (unsigned)strtoul(percent + 1, NULL, 10) : 1;
    }
    return n;
}

struct device *bench_socket(struct bench *b, const struct device_class *cls, const char *name)
{
    struct device *d = device_new(&b->env, cls, name);
    struct err e = {0};
    unsigned pins = count_pins(cls->out);

    assert_true(pins <= DEVICE_MAX_WIRES);
    assert_true(count_pins(cls->in) <= DEVICE_MAX_WIRES);
    if (cls->state && !state_covers(cls->state, cls->size, &e))
        fail_msg("%s: %s", cls->name, e.msg);
    vec_push(&b->devices, d);
    for (unsigned i = 0; i < pins; i++) {
        struct probe *p = xcalloc(1, sizeof *p);

        p->dev = d;
        p->pin = i;
        d->out[i] = (struct wire){.fn = probe_level, .opaque = p};
        vec_push(&b->probes, p);
    }
    return d;
}

struct device *bench_device(struct bench *b, const struct device_class *cls, const char *name)
{
    struct device *d = bench_socket(b, cls, name);

    device_reset(d);
    return d;
}

/* The device that "device.pin" or "pin" means, and the index of the pin. */
static struct device *find_pin(struct bench *b, const char *name, bool out, unsigned *pin)
{
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; i < b->devices.len; i++) {
        struct device *d = b->devices.at[i];
        int k;

        if (dot && (strlen(d->name) != (size_t)(dot - name) ||
                    strncmp(d->name, name, (size_t)(dot - name)) != 0))
            continue;
        k = device_pin(out ? d->cls->out : d->cls->in, dot ? dot + 1 : name);
        if (k >= 0) {
            *pin = (unsigned)k;
            return d;
        }
    }
    fail_msg("no pin '%s' on the bench", name);
    return NULL;
}

void bench_wire(struct bench *b, const char *from, const char *to)
{
    unsigned out, in;
    struct device *source = find_pin(b, from, true, &out);
    struct device *sink = find_pin(b, to, false, &in);

    wire_connect(source, strrchr(from, '.') + 1, sink, strrchr(to, '.') + 1);
}

void bench_reload(struct bench *b)
{
    struct err e = {0};

    for (size_t i = 0; i < b->devices.len; i++) {
        struct device *d = b->devices.at[i];
        struct state_buf buf = {0};
        uint64_t hash = device_hash(d, 0);

        device_save(d, &buf);
        if (!device_load(d, &buf, &e))
            fail_msg("%s: %s", d->name, e.msg);
        assert_true(buf.pos == buf.len);
        assert_true(device_hash(d, 0) == hash);
        state_buf_fini(&buf);
    }
    for (size_t i = 0; i < b->devices.len; i++)
        if (b->devices.at[i]->cls->post_load)
            b->devices.at[i]->cls->post_load(b->devices.at[i]);
    clock_requeue(&b->clock);
}

static void step(struct bench *b)
{
    if (b->reload)
        bench_reload(b);
}

void bench_out(struct bench *b, uint16_t port, uint8_t val)
{
    step(b);
    io_write(b->io, port, val, 1);
}

uint8_t bench_in(struct bench *b, uint16_t port)
{
    step(b);
    return (uint8_t)io_read(b->io, port, 1);
}

void bench_out16(struct bench *b, uint16_t port, uint16_t val)
{
    step(b);
    io_write(b->io, port, val, 2);
}

uint16_t bench_in16(struct bench *b, uint16_t port)
{
    step(b);
    return (uint16_t)io_read(b->io, port, 2);
}

void bench_out32(struct bench *b, uint16_t port, uint32_t val)
{
    step(b);
    io_write(b->io, port, val, 4);
}

uint32_t bench_in32(struct bench *b, uint16_t port)
{
    step(b);
    return io_read(b->io, port, 4);
}

uint32_t bench_load(struct bench *b, uint64_t addr)
{
    step(b);
    return (uint32_t)phys_load(&b->mem, addr, 4);
}

void bench_store(struct bench *b, uint64_t addr, uint32_t val)
{
    step(b);
    phys_store(&b->mem, addr, val, 4);
}

void bench_pin(struct bench *b, const char *pin, bool level)
{
    unsigned i;
    struct device *d = find_pin(b, pin, false, &i);

    step(b);
    device_in(d, i, level);
}

bool bench_level(struct bench *b, const char *pin)
{
    unsigned i;
    struct device *d = find_pin(b, pin, true, &i);

    return device_out_level(d, i);
}

unsigned bench_rises(struct bench *b, const char *pin)
{
    unsigned i;
    struct device *d = find_pin(b, pin, true, &i);

    for (size_t k = 0; k < b->probes.len; k++) {
        struct probe *p = b->probes.at[k];
        unsigned rises = p->rises;

        if (p->dev == d && p->pin == i) {
            p->rises = 0;
            return rises;
        }
    }
    return 0;
}

static void go_to(struct bench *b, uint64_t ns)
{
    while (clock_next(&b->clock) <= ns) {
        b->count = max_u64(b->count, clock_next(&b->clock));
        clock_run_due(&b->clock);
        step(b);
    }
    b->count = ns;
}

void bench_ns(struct bench *b, uint64_t ns)
{
    step(b);
    go_to(b, b->count + ns);
}

void bench_clock(struct bench *b, uint64_t hz)
{
    b->hz = hz;
}

void bench_tick(struct bench *b, uint64_t ticks)
{
    step(b);
    go_to(b, ticks_to_ns(clock_ticks(&b->clock, b->hz) + ticks, b->hz));
}

void bench_assert_wave(struct bench *b, const char *pin, const char *wave, const char *file,
                       int line)
{
    char seen[256];
    size_t n = strlen(wave);
    bool first = true;

    assert_true(n < sizeof seen);
    for (size_t i = 0; i < n; i++) {
        seen[i] = wave[i];
        if (wave[i] != 'H' && wave[i] != 'L')
            continue;
        if (!first)
            bench_tick(b, 1);
        first = false;
        seen[i] = bench_level(b, pin) ? 'H' : 'L';
    }
    seen[n] = 0;
    if (strcmp(seen, wave) != 0) {
        print_error("%s: wanted %s\n%*s  saw    %s\n", pin, wave, (int)strlen(pin), "", seen);
        _fail(file, line);
    }
}
