/* run.c - the run loop: from block to block, and everything that happens between instructions. */
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "translate/cache.h"

/* A block whose groups of accesses did not hold this often is translated without. */
enum { MAX_UNGROUPABLE = 4 };

enum unwind { UNWIND_NONE, UNWIND_FAULT, UNWIND_RESTART };

/* Pointers of the last x87 instruction before guest instruction `index`, where the block has not
 * stored them. */
static void note_x87(struct cpu *cpu, const struct block *b, unsigned index)
{
    unsigned last = b->guest[index].x87_before, mem = b->guest[index].x87_mem_before;

    if (!last)
        return;
    cpu->fpu.fip = block_eip(b, last - 1);
    cpu->fpu.fop = b->guest[last - 1].fop;
    cpu->fpu.fcs = cpu->seg[SEG_CS].sel;
    if (mem)
        cpu->fpu.fds = cpu->seg[b->guest[mem - 1].x87_seg].sel;
}

/* Takes back the running block's instructions from `index` on: EIP and budget as before that
 * instruction. */
static void rewind_to(struct engine *e, const struct block *b, unsigned index)
{
    struct cpu *cpu = e->cpu;

    replay_flags(cpu, b, index);
    note_x87(cpu, b, index);
    cpu->eip = block_eip(b, index);
    cpu->budget += b->n - index;
    cpu->inside = 0;
}

static void unwind_block(struct engine *e)
{
    unsigned index;
    struct block *b = e->cpu->host_pc ? e->backend->locate(e, &index) : NULL;

    if (b)
        rewind_to(e, b, index);
    e->cpu->host_pc = NULL;
}

_Noreturn static void restart(struct engine *e)
{
    siglongjmp(*e->cpu->unwind, UNWIND_RESTART);
}

/* cpu->again: the current instruction waits for an event. */
_Noreturn static void again(struct cpu *cpu)
{
    restart(cpu->engine);
}

/* cpu->io_begin: a device is about to be accessed by the current instruction's memory operand. */
static void io_begin(struct cpu *cpu)
{
    struct engine *e = cpu->engine;
    unsigned index;
    struct block *b;

    if (!cpu->host_pc) {
        cpu->inside = 0;
        return;
    }
    b = e->backend->locate(e, &index);
    if (index != b->n - 1u) {
        if (b->ram_off != NO_RAM)
            map_put(&e->io, b->ram_off + (block_eip(b, index) - b->eip) + 1, e);
        if (!b->dead)
            block_drop(e, b);
        e->stats.io_restarts++;
        restart(e);
    }
    cpu->inside = 1;
}

/* cpu->code_write: a store of the current instruction, or of its page walk, goes to a page with
 * translated code. */
static void code_write(struct cpu *cpu, uint64_t ram_off, unsigned len)
{
    struct engine *e = cpu->engine;
    unsigned index;
    struct block *b = NULL;

    if (!cache_owned(e, ram_off, len))
        return;
    if (cpu->host_pc)
        b = e->backend->locate(e, &index);
    if (b && cache_hits(e, ram_off, len, b)) {
        if (index != b->n - 1u) {
            e->stats.code_restarts++;
            restart(e);
        }
        /* A REP that stores over itself is fetched again after the iteration that did, as it is
         * wherever a run ends between two. */
        cpu_kick(cpu);
    }
    cache_invalidate(e, ram_off, len);
}

_Noreturn void engine_ungroup(struct engine *e)
{
    unsigned index;
    struct block *b = e->backend->locate(e, &index);

    if (++b->ungroupable >= MAX_UNGROUPABLE && !b->dead) {
        map_put(&e->ungrouped, b->ram_off + 1, e);
        block_drop(e, b);
    }
    restart(e);
}

void engine_code_write(struct engine *e, uint64_t ram_off, uint64_t len)
{
    if (!cache_owned(e, ram_off, len))
        return;
    cache_invalidate(e, ram_off, len);
    cpu_kick(e->cpu); /* REP OUTS may be the cause, and has changed itself */
}

void engine_flush(struct engine *e)
{
    cache_flush(e);
}

/* What happens between instructions; true when the CPU can go on. */
static bool boundary(struct engine *e)
{
    struct cpu *cpu = e->cpu;

    if (cpu->flush_pending) {
        cpu->flush_pending = false;
        tlb_flush(&cpu->tlb, false);
    }
    if (cpu_poll_needed(cpu))
        cpu_poll(cpu);
    return !cpu->halted && !cpu->shutdown;
}

static void run_block(struct engine *e, struct block *b)
{
    struct cpu *cpu = e->cpu;
    struct block_exit *x;
    struct block *from = NULL;
    uint64_t flushes = e->stats.flushes;

    if (log_on(cpu->log, LOG_EXEC))
        log_print(cpu->log, "exec %04x:%08x mode %x count %llu\n", cpu->seg[SEG_CS].sel, b->eip,
                  b->mode, (unsigned long long)cpu_count(cpu));
    e->stats.enters++;
    x = e->backend->enter(e, b);
    cpu->host_pc = NULL;
    cpu->inside = 0;
    if (x)
        from = x->from;
    if (!x || from->dead || from->mode & (BLOCK_SINGLE | MODE_STEP) || cpu->budget <= 0)
        return;
    /* A direct exit that is not linked: find its target now, and link, unless that flushed the
     * cache. */
    if (cpu->flush_pending || cpu_poll_needed(cpu))
        return;
    b = block_find(e, false);
    if (e->stats.flushes != flushes || from->dead || b->ram_off == NO_RAM || b->dead || x->to)
        return;
    e->backend->link(e, x, b);
    x->to = b;
    x->next_in = b->incoming;
    b->incoming = x;
    e->stats.links++;
}

/* One instruction under TF or debug registers. */
static void run_stepped(struct engine *e)
{
    struct cpu *cpu = e->cpu;
    bool trap;
    struct block *b;

    if (cpu_debug_before(cpu, &trap))
        return;
    b = block_find(e, true);
    e->stats.enters++;
    e->backend->enter(e, b);
    cpu->host_pc = NULL;
    cpu->inside = 0;
    cpu_debug_after(cpu, trap);
}

static void run_one(struct engine *e)
{
    struct cpu *cpu = e->cpu;
    bool single = e->single;
    struct block *b;

    e->single = false;
    if (cpu->mode & MODE_STEP) {
        run_stepped(e);
        return;
    }
    b = block_find(e, single);
    if (b->n > cpu->budget)
        b = block_find(e, true);
    run_block(e, b);
}

static enum cpu_exit run_until(struct engine *e, uint64_t until)
{
    struct cpu *cpu = e->cpu;
    sigjmp_buf here;
    int how;

    cpu->budget += (int64_t)(until - cpu->limit);
    cpu->limit = until;
    cpu->unwind = &here;
    how = sigsetjmp(here, 0);
    if (how) {
        unwind_block(e);
        if (how == UNWIND_FAULT)
            cpu_deliver(cpu);
        else
            e->single = true;
    }
    cpu->unwind = &here;
    for (;;) {
        bool going = boundary(e);

        if (cpu->shutdown)
            return CPU_EXIT_SHUTDOWN;
        if (cpu->budget <= 0)
            return CPU_EXIT_LIMIT;
        if (!going)
            return CPU_EXIT_HALT;
        run_one(e);
    }
}

enum cpu_exit engine_run(struct engine *e, uint64_t until)
{
    enum cpu_exit why;

    if (e->backend->begin)
        e->backend->begin(e);
    why = run_until(e, until);
    if (e->backend->end)
        e->backend->end(e);
    return why;
}

/* --- life --- */

static const struct backend *find_backend(const char *name)
{
#ifdef __x86_64__
    if (!strcmp(name, "jit"))
        return &backend_x86_64;
#endif
    return strcmp(name, "interp") ? NULL : &backend_interp;
}

struct engine *engine_new(struct cpu *cpu, const struct engine_config *config, struct err *err)
{
    struct engine *e;
    const struct backend *backend = find_backend(config->name);

    if (!backend) {
        err_set(err, "no engine '%s' on this host", config->name);
        return NULL;
    }
    e = xcalloc(1, sizeof *e);
    e->cpu = cpu;
    e->backend = backend;
    e->config = *config;
    if (!e->config.cache_bytes)
        e->config.cache_bytes = 128u << 20;
    if (!e->config.hot)
        e->config.hot = 1500;
    if (!e->config.max_insns || e->config.max_insns > 64)
        e->config.max_insns = 64;
    ir_block_init(&e->ir);
    e->jump = xcalloc(1u << JUMP_BITS, sizeof *e->jump);
    e->hash = xcalloc(1u << HASH_BITS, sizeof(struct block *));
    e->twins = xcalloc(1u << HASH_BITS, sizeof(struct block *));
    cpu->engine = e;
    cpu->io_begin = io_begin;
    cpu->code_write = code_write;
    cpu->again = again;
    if (!backend->init(e, err)) {
        free(e->jump);
        free(e->hash);
        free(e->twins);
        free(e);
        return NULL;
    }
    return e;
}

void engine_free(struct engine *e)
{
    if (!e)
        return;
    cache_flush(e);
    e->backend->fini(e);
    vec_fini(&e->blocks);
    map_fini(&e->pages);
    map_fini(&e->io);
    map_fini(&e->ungrouped);
    map_fini(&e->patched);
    map_fini(&e->promotion.refused);
    vec_fini(&e->promotion.blocks);
    ir_block_fini(&e->ir);
    arena_fini(&e->memory);
    free(e->jump);
    free(e->hash);
    free(e->twins);
    free(e);
}

const struct engine_stats *engine_get_stats(const struct engine *e)
{
    return &e->stats;
}
