/* fuzz_engines.c - target: code and a state of the processor run on both engines; nothing may
 * differ afterwards. */
#include <string.h>
#include "base/err.h"
#include "fuzz.h"
#include "translate/translate.h"

enum { MAX_COUNT = 1500, MAX_CODE_BYTES = 768 };

static const char *const names[2] = {"jit", "interp"};

static void guest_make(struct guest *g, unsigned index)
{
    struct err e = {""};

    g->index = index;
    log_init(&g->log);
    g->log.file = stderr;
    if (!ram_init(&g->ram, RAM_SIZE, &e))
        fuzz_fail("%s", e.msg);
    physmem_init(&g->mem, &g->ram);
    region_init_ram(&g->low, "ram", 0, RAM_SIZE, 0, ram_alloc(&g->ram, RAM_SIZE));
    physmem_add(&g->mem, &g->low);
    region_init_ram(&g->top, "top", 0xfffff000, PAGE_SIZE, 0, TOP_RAM);
    physmem_add(&g->mem, &g->top);
    clock_init(&g->clock);
    bus_connect(g);
    if (!cpu_init(&g->cpu, "max", &g->mem, &g->clock, &g->log, &e))
        fuzz_fail("%s", e.msg);
}

/* The two guests stay from one input to the next, but for their engines. */
static struct guest *guests(void)
{
    static struct guest g[2];
    static bool made;

    for (unsigned n = 0; n < 2 && !made; n++)
        guest_make(&g[n], n);
    made = true;
    return g;
}

static void guest_begin(struct guest *g, const struct engine_head *h, const uint8_t *code,
                        size_t len)
{
    static const uint8_t longest[4] = {64, 1, 3, 12};
    struct engine_config config = {.name = names[g->index], .cache_bytes = 1};
    struct err e = {""};

    config.max_insns = longest[h->engine[g->index] & 3];
    config.hot = h->engine[g->index] & 4 ? 1 : 0;
    memset(g->ram.code, 0, RAM_SIZE / PAGE_SIZE);
    memset(g->ram.dirty, DIRTY_ALL, RAM_SIZE / PAGE_SIZE);
    g->engine = engine_new(&g->cpu, &config, &e);
    if (!g->engine)
        fuzz_fail("%s", e.msg);
    image_fill(g->ram.host, h);
    for (size_t n = 0; n < len; n++)
        g->ram.host[CODE + ((h->eip + n) & 0xffff)] = code[n];
    bus_reset(g, h);
    state_set(g, h);
    g->log.mask = fuzz_verbose ? 1 << LOG_IN_ASM | 1 << LOG_INT | 1 << LOG_EXEC | 1 << LOG_OUT_ASM |
                                     1 << LOG_IR
                               : 0;
}

static bool stopped(const struct guest *g)
{
    return g->cpu.shutdown && !g->cpu.init_pending;
}

/* To `until`, or until nothing goes on: `step` instructions at a time. */
static void guest_run(struct guest *g, uint64_t until, unsigned step)
{
    for (;;) {
        uint64_t count = cpu_count(&g->cpu), to = until;

        if (count >= until)
            return;
        if (step && until - count > step)
            to = count + step;
        if (engine_run(g->engine, to) != CPU_EXIT_LIMIT)
            return;
    }
}

static void guest_go(struct guest *g, const struct engine_head *h)
{
    static const uint8_t steps[8] = {0, 0, 1, 2, 7, 31, 0, 100};
    unsigned step = steps[h->engine[g->index] >> 2 & 7];
    uint64_t end = h->count % MAX_COUNT;

    for (unsigned n = 0; n < ARRAY_LEN(h->pin) && !stopped(g); n++) {
        uint64_t at = min_u64(h->pin[n].at % MAX_COUNT, end);

        if (h->pin[n].kind % PIN_KINDS == PIN_NONE)
            continue;
        guest_run(g, at, step);
        bus_pin(g, h->pin[n].kind, h->pin[n].arg);
    }
    if (!stopped(g))
        guest_run(g, end, step);
}

/* What a machine does before its state is looked at. */
static void guest_end(struct guest *g)
{
    struct cpu *cpu = &g->cpu;

    if (cpu->flush_pending) {
        cpu->flush_pending = false;
        cpu_tlb_flush(cpu);
    }
    cpu->limit = cpu_count(cpu);
    cpu->budget = 0;
    cpu_forget_passed(cpu);
}

static void show(struct guest *g, const struct engine_head *h)
{
    unsigned shown = 0;

    fprintf(stderr, "model %s, kind %u\n", head_model(h->model), h->kind % KIND_COUNT);
    state_diff(cpu_state, &g[0].cpu, &g[1].cpu, "  cpu.", stderr);
    fprintf(stderr, "  accesses: %llu %llu\n", (unsigned long long)g[0].bus.accesses,
            (unsigned long long)g[1].bus.accesses);
    for (uint32_t n = 0; n < RAM_SIZE && shown < 32; n++) {
        if (g[0].ram.host[n] != g[1].ram.host[n]) {
            fprintf(stderr, "  RAM %#x: %02x %02x\n", n, g[0].ram.host[n], g[1].ram.host[n]);
            shown++;
        }
    }
    for (unsigned n = 0; n < 2; n++) {
        fprintf(stderr, "%s:\n", names[n]);
        cpu_print(&g[n].cpu, stderr);
    }
}

static bool same(const struct guest *g)
{
    return state_hash(cpu_state, &g[0].cpu, 0) == state_hash(cpu_state, &g[1].cpu, 0) &&
           g[0].bus.trace == g[1].bus.trace && !memcmp(g[0].ram.host, g[1].ram.host, RAM_SIZE);
}

void fuzz_engines(const uint8_t *data, size_t size)
{
    struct engine_head h = {0};
    size_t len = size > sizeof h ? size - sizeof h : 0;
    struct guest *g = guests();

    memcpy(&h, data, size < sizeof h ? size : sizeof h);
    if (len > MAX_CODE_BYTES)
        len = MAX_CODE_BYTES;
    for (unsigned n = 0; n < 2; n++) {
        guest_begin(&g[n], &h, data + sizeof h, len);
        guest_go(&g[n], &h);
        guest_end(&g[n]);
    }
    if (!same(g)) {
        show(g, &h);
        fuzz_fail("the engines differ");
    }
    for (unsigned n = 0; n < 2; n++)
        engine_free(g[n].engine);
}
