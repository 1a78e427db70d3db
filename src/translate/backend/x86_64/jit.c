/* jit.c - the x86-64 backend: compiles blocks into the code cache, runs and links them. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/bits.h"
#include "base/err.h"
#include "base/bytes.h"
#include "translate/backend/x86_64/host_flags.h"
#include "translate/backend/x86_64/jit.h"

enum { MAX_BLOCKS = 1 << 20 };
#define TOUCH_BYTES ((size_t)256 << 10)
#define RUNS_BYTES  (MAX_BLOCKS * sizeof(int32_t))

struct stub *add_stub(struct jit *j, void (*emit)(struct jit *, struct stub *))
{
    struct stub s = {.emit = emit, .vloaded = j->vloaded, .vdirty = j->vdirty};
    vec_push(&j->stubs, s);
    return &j->stubs.at[j->stubs.len - 1];
}

void note_loc(struct jit *j, uint16_t index)
{
    struct block_loc l = {.off = (uint32_t)(j->p - j->start), .index = index};

    if (is_cold(j->d, j->p))
        l.off = (uint32_t)(j->p - j->cold) | LOC_COLD;
    vec_push(&j->locs, l);
}

/* Stubs may add stubs, so the array may move while one is emitted.  They go to the cold part. */
static void emit_stubs(struct jit *j)
{
    for (size_t n = 0; n < j->stubs.len; n++) {
        struct stub s = j->stubs.at[n];

        for (unsigned k = 0; k < s.nfrom; k++)
            x_patch(j, s.from[k], j->p);
        j->stubs.at[n].at = j->p;
        s.emit(j, &s);
    }
}

static void emit_block(struct jit *j)
{
    emit_entry(j);
    for (j->pos = 0; j->pos < j->ir->code.len && !j->full; j->pos++) {
        j->cur = &j->ir->code.at[j->pos];
        loop_before(j);
        j->eip_seen = false;
        emit_op(j, j->cur);
        j->fixed |= j->eip_seen;
        group_after(j);
        regs_after(j);
    }
}

void jit_count_runs(struct engine *e, struct block *b)
{
    const struct jit_data *d = e->data;

    b->runs = &d->runs[e->blocks.len];
    *b->runs = (int32_t)e->config.hot;
}

static void begin(struct jit *j, const struct ir_block *ir, struct block *b)
{
    struct jit_data *d = j->d;

    j->ir = ir;
    j->b = b;
    j->start = j->p = d->rw + d->used;
    j->end = d->rw + d->cold;
    j->cold = d->rw + d->cold_used;
    j->full = j->fixed = false;
    j->host = 0;
    j->state = FLAGS_STATUS;
    j->vloaded = j->vdirty = 0;
    j->x87_last = j->x87_mem = 0;
    j->window = b->promoted && !(b->mode & MODE_AC);
    if (j->window)
        window_catch(j->e);
    j->fold = IR_NONE;
    vec_clear(&j->sites);
    vec_clear(&j->stubs);
    vec_clear(&j->locs);
    vec_clear(&j->relocs);
    for (unsigned s = 0; s < b->nexits; s++)
        b->exit[s].used = false;
    b->loop = 0;
    b->runs = NULL;
    if (!b->promoted && b->ram_off != NO_RAM &&
        !(b->mode & (BLOCK_SINGLE | MODE_STEP | MODE_AC | MODE_KERNEL_AC)))
        jit_count_runs(j->e, b);
    regs_begin(j);
    vec_plan_loop(j);
    loop_plan(j);
    groups_plan(j,
                !j->window && b->ram_off != NO_RAM && !map_get(&j->e->ungrouped, b->ram_off + 1));
}

static void keep_tables(struct jit *j, struct block *b)
{
    struct arena *a = &j->e->memory;

    b->nlocs = (uint32_t)j->locs.len;
    b->locs = block_table(a, j->locs.at, j->locs.len, sizeof *b->locs);
    b->nrelocs = j->fixed ? 0 : (uint32_t)j->relocs.len;
    b->relocs = block_table(a, j->relocs.at, b->nrelocs, sizeof *b->relocs);
    b->nsites = (uint32_t)j->sites.len;
    b->sites = arena_alloc(a, b->nsites * sizeof *b->sites);
    for (uint32_t n = 0; n < b->nsites; n++) {
        const struct window_site *s = &j->sites.at[n];
        b->sites[n] =
            (struct block_site){(uint32_t)(s->from - j->start), (uint32_t)(s->to - j->start),
                                (uint32_t)(j->stubs.at[s->stub].at - j->start)};
    }
}

/* The host's pages of the cache in steps, which costs a fraction of a fault for each. */
static void touch(struct jit_data *d, size_t *touched, size_t used, size_t end)
{
    size_t from = *touched, len = min_u64(TOUCH_BYTES, end - from);

    if (used + TOUCH_BYTES / 4 < from || !len)
        return;
    madvise(d->rw + from, len, MADV_POPULATE_WRITE);
    madvise(d->rx + from, len, MADV_POPULATE_READ);
    *touched = from + len;
}

bool jit_room(struct engine *e, size_t hot, size_t cold)
{
    struct jit_data *d = e->data;

    if (e->blocks.len >= MAX_BLOCKS || hot > d->cold - d->used || cold > d->size - d->cold_used)
        return false;
    touch(d, &d->touched, d->used, d->cold);
    touch(d, &d->cold_touched, d->cold_used, d->size);
    return true;
}

void jit_keep(struct engine *e, const struct block *b)
{
    struct jit_data *d = e->data;

    d->used += (b->code_len + 15) & ~15u;
    d->cold_used += b->cold_len;
}

static bool compile(struct engine *e, const struct ir_block *ir, struct block *b)
{
    struct jit_data *d = e->data;
    struct jit *j = d->j;
    uint8_t *hot_end;

    if (!jit_room(e, 0, 0))
        return false;
    begin(j, ir, b);
    emit_block(j);
    hot_end = j->p;
    j->p = j->cold;
    j->end = d->rw + d->size;
    if (!j->full)
        emit_stubs(j);
    if (j->full)
        return false;
    b->code = rx_of(d, j->start);
    b->code_len = (uint32_t)(hot_end - j->start);
    b->cold = rx_of(d, j->cold);
    b->cold_len = (uint32_t)(j->p - j->cold);
    keep_tables(j, b);
    jit_keep(e, b);
    return true;
}

/* Translates to where the copy is, and compares. */
static bool same(struct engine *e, const struct ir_block *ir, struct block *b)
{
    struct jit_data *d = e->data;
    uint32_t len = b->code_len, cold_len = b->cold_len;
    uint8_t *hot = d->rw + d->used - ((len + 15) & ~15u), *cold = d->rw + d->cold_used - cold_len;
    uint8_t *was = xmalloc(len + cold_len);
    bool ok;

    memcpy(was, hot, len);
    memcpy(was + len, cold, cold_len);
    d->used = (size_t)(hot - d->rw);
    d->cold_used = (size_t)(cold - d->rw);
    ok = compile(e, ir, b);
    for (unsigned n = 0; ok && n < b->nexits; n++) {
        if (b->exit[n].used)
            e->backend->unlink(e, &b->exit[n]);
    }
    ok = ok && b->code_len == len && b->cold_len == cold_len && !memcmp(was, hot, len) &&
         !memcmp(was + len, cold, cold_len);
    free(was);
    return ok;
}

static struct block_exit *enter(struct engine *e, struct block *b)
{
    struct jit_data *d = e->data;
    struct block_exit *(*fn)(struct cpu *, void *) =
        (struct block_exit * (*)(struct cpu *, void *))(uintptr_t)d->enter;

    return fn(e->cpu, b->code);
}

static void link_exit(struct engine *e, struct block_exit *x, struct block *to)
{
    struct jit_data *d = e->data;
    uint8_t *site = d->rw + x->site;
    uint8_t *target = d->rw + ((uint8_t *)to->code - d->rx) + (to == x->from ? to->loop : 0);

    if (x->page_site)
        le32_put(d->rw + x->page_site, (uint32_t)(to->ram_off >> PAGE_SHIFT) << 1);
    le32_put(site, (uint32_t)(target - (site + 4)));
}

static void unlink_exit(struct engine *e, struct block_exit *x)
{
    struct jit_data *d = e->data;
    uint8_t *site = d->rw + x->site;

    if (x->page_site)
        le32_put(d->rw + x->page_site, (uint32_t)TLB_EMPTY);
    le32_put(site, (uint32_t)(d->rw + x->stub - (site + 4)));
}

/* Blocks lie in the order of their code, and of their stubs. */
struct block *block_at(struct engine *e, const uint8_t *pc)
{
    const struct jit_data *d = e->data;
    bool cold = pc >= d->rx + d->cold;
    size_t lo = 0, hi = e->blocks.len;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        const struct block *b = e->blocks.at[mid];
        if ((const uint8_t *)(cold ? b->cold : b->code) <= pc)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo ? e->blocks.at[lo - 1] : NULL;
}

static struct block *locate(struct engine *e, unsigned *index)
{
    const struct jit_data *d = e->data;
    const uint8_t *pc = e->cpu->host_pc;
    struct block *b = block_at(e, pc);
    uint32_t off;

    assert(b);
    if (pc >= d->rx + d->cold)
        off = (uint32_t)(pc - (uint8_t *)b->cold) | LOC_COLD;
    else
        off = (uint32_t)(pc - (uint8_t *)b->code);
    for (uint32_t n = 0; n < b->nlocs; n++) {
        if (b->locs[n].off == off) {
            *index = b->locs[n].index;
            return b;
        }
    }
    assert(!"a call out of translated code that the table does not know");
    return NULL;
}

static void flush(struct engine *e)
{
    struct jit_data *d = e->data;
    d->used = d->base;
    d->cold_used = d->cold;
}

/* The counts of runs first, then the cache to write to and the cache to run, within reach of each
 * other's addresses relative to RIP. */
static bool map_cache(struct jit_data *d, struct err *err)
{
    uint8_t *all = mmap(NULL, RUNS_BYTES + 2 * d->size, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    int fixed = MAP_SHARED | MAP_FIXED;

    if (all == MAP_FAILED)
        return err_errno(err, "cannot map the code cache");
    d->fd = memfd_create("bygone-code", MFD_CLOEXEC);
    if (d->fd < 0 || ftruncate(d->fd, (off_t)d->size))
        return err_errno(err, "cannot make the code cache");
    d->runs = mmap(all, RUNS_BYTES, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    d->rw = mmap(all + RUNS_BYTES, d->size, PROT_READ | PROT_WRITE, fixed, d->fd, 0);
    d->rx = mmap(all + RUNS_BYTES + d->size, d->size, PROT_READ | PROT_EXEC, fixed, d->fd, 0);
    if (d->rw == MAP_FAILED || d->rx == MAP_FAILED || (void *)d->runs == MAP_FAILED)
        return err_errno(err, "cannot map the code cache");
    return true;
}

/* Operations on memory are the host's own, whatever it does to A. */
static bool probe_host(struct engine *e, struct err *err)
{
    struct jit_data *d = e->data;

    host_flags_probe(d->differ, e->config.soft_undefined);
    if ((d->differ[IR_and] || d->differ[IR_or] || d->differ[IR_xor]) && !e->config.soft_undefined)
        return err_set(err, "AND on this host leaves AF otherwise than documented; use the "
                            "interpreter");
    return true;
}

static bool init(struct engine *e, struct err *err)
{
    struct jit_data *d = xcalloc(1, sizeof *d);
    size_t size = e->config.cache_bytes;

    e->data = d;
    d->size = ((size < 256 << 10 ? 256 << 10 : size) + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1);
    if (!probe_host(e, err) || !map_cache(d, err)) {
        free(d);
        return false;
    }
    d->cold = (d->size / 16 * 7) & ~(size_t)(PAGE_SIZE - 1);
    d->j = xcalloc(1, sizeof *d->j);
    d->j->e = e;
    d->j->d = d;
    d->j->p = d->rw;
    d->j->end = d->rw + d->cold;
    stubs_make(d->j);
    d->base = d->used = (size_t)(d->j->p - d->rw + 63) & ~63ull;
    d->cold_used = d->cold_touched = d->cold;
    return true;
}

static void fini(struct engine *e)
{
    struct jit_data *d = e->data;

    munmap(d->runs, RUNS_BYTES + 2 * d->size);
    close(d->fd);
    vec_fini(&d->j->stubs);
    vec_fini(&d->j->locs);
    vec_fini(&d->j->relocs);
    vec_fini(&d->j->sites);
    vec_fini(&d->j->groups);
    vec_fini(&d->j->member);
    free(d->j);
    free(d);
}

static void begin_run(struct engine *e)
{
    window_begin(e);
    fpu_begin(e);
}

static void end_run(struct engine *e)
{
    fpu_end(e);
    window_end(e);
}

const struct backend backend_x86_64 = {
    .name = "jit",
    .init = init,
    .fini = fini,
    .compile = compile,
    .copy = jit_copy,
    .same = same,
    .enter = enter,
    .link = link_exit,
    .unlink = unlink_exit,
    .locate = locate,
    .flush = flush,
    .begin = begin_run,
    .end = end_run,
};
