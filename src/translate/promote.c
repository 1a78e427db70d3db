/* promote.c - blocks that run often are translated once more, for the window.
 *
 * A block's plain form looks up each page in the TLB and counts its runs.  When it has run often
 * enough it is promoted: the new form goes to memory through the window (mem/tlb.h), one host
 * instruction for an access, at the price of some ten microseconds for each page that is not there
 * yet.
 *
 * That pays only while pages stay.  A guest that changes its address spaces all the time would
 * spend its time on mapping pages, so each address space earns fills by the instructions that it
 * runs, once it is no longer young, and the kernel's window does, too.  When one that runs promoted
 * blocks has none left, the plain forms run for a while, and each time that happens soon again for
 * twice as long; but not beyond the time when one space with fills left has been running without a
 * switch.  What runs in which form is not visible to the guest, and no count depends on it.
 */
#include <string.h>
#include "translate/cache.h"

enum {
    RUNS_AGAIN = 10000,         /* until a block asks again that could not be promoted */
    FILL_EVERY = 150000,        /* instructions that earn a fill */
    FILL_EVERY_KERNEL = 300000, /* which counts those of all spaces */
    FILLS_FIRST = 600,          /* that a space has when it is no longer young */
    FILLS_MOST = 600,           /* that can be saved up */
    FILLS_MOST_KERNEL = 300,
    FILLS_RESUME = 10, /* that it must have for promoted blocks to run again */
    YOUNG = 1000,      /* instructions, times the runs that promote a block */
    ALONE = 1000000,   /* instructions without a switch to another space */
    PAUSE_LEAST = 4000000,
    PAUSE_MOST = 512000000,
    MAX_OUTSIDE = 24 /* accesses that cannot be had in the window, until a block is refused */
};

/* Fills that may be done now in the window of this privilege. */
static int64_t credit_left(struct engine *e, enum tlb_mmu mmu)
{
    struct tlb *t = &e->cpu->tlb;
    struct credit *c = &e->promotion.credit[tlb_slot(t, mmu)];
    uint64_t count = cpu_count(e->cpu), ran = mmu == TLB_USER ? tlb_space_ran(t, count) : count;
    uint64_t serial = mmu == TLB_USER ? tlb_space_serial(t) : 0;
    uint64_t every = mmu == TLB_USER ? FILL_EVERY : FILL_EVERY_KERNEL;
    int64_t most = mmu == TLB_USER ? FILLS_MOST : FILLS_MOST_KERNEL;
    int64_t earned = FILLS_FIRST + (int64_t)(ran / every);

    if (c->serial != serial || c->spent > earned) /* a new space, or another state was loaded */
        *c = (struct credit){.serial = serial};
    if (mmu == TLB_USER && ran / YOUNG + 1 < e->config.hot)
        return 0;
    if (earned - c->spent > most)
        c->spent = earned - most;
    return earned - c->spent;
}

static void turn_off(struct allowance *a, uint64_t count)
{
    uint64_t on = count - a->since;

    if (on < 8 * a->pause)
        a->pause = min_u64(a->pause * 2, PAUSE_MOST);
    else
        a->pause = PAUSE_LEAST;
    a->off = true;
    a->since = count;
}

/* Turns promotion on again where there is reason to. */
static bool is_off(struct engine *e, enum tlb_mmu mmu)
{
    struct allowance *a = &e->promotion.allowance[mmu];
    uint64_t count = cpu_count(e->cpu), off = count - a->since;
    bool alone = mmu == TLB_USER && off >= ALONE && count - e->cpu->tlb.since >= ALONE;

    if (a->off && (off >= a->pause || alone) && credit_left(e, mmu) >= FILLS_RESUME) {
        a->off = false;
        a->since = count;
    }
    return a->off;
}

static enum tlb_mmu mmu_of(const struct block *b)
{
    return (b->mode >> MODE_CPL_SHIFT & 3) == 3 ? TLB_USER : TLB_KERNEL;
}

static void give_up(struct engine *e, enum tlb_mmu mmu)
{
    struct promotion *p = &e->promotion;

    turn_off(&p->allowance[mmu], cpu_count(e->cpu));
    for (size_t n = 0; n < p->blocks.len; n++) {
        struct block *hot = p->blocks.at[n];
        if (mmu_of(hot) != mmu)
            continue;
        block_unlink(e, hot);
        if (hot->base)
            *hot->base->runs = RUNS_AGAIN;
    }
    e->stats.demotions++;
}

struct block *promote_choose(struct engine *e, struct block *b, bool *wanted)
{
    struct promotion *p = &e->promotion;
    bool off;

    if (!b->runs || (!b->hot && *b->runs > 0))
        return b;
    off = is_off(e, mmu_of(b));
    if (b->hot && off)
        return b;
    if (*b->runs > 0)
        return b->hot ? b->hot : b;
    if (b->hot) { /* what goes to the plain form is to go there */
        block_unlink(e, b);
        *b->runs = RUNS_AGAIN;
        return b->hot;
    }
    *wanted = !off && !map_get(&p->refused, b->ram_off + 1);
    if (!*wanted)
        *b->runs = RUNS_AGAIN;
    return b;
}

void promote_done(struct engine *e, struct block *b, struct block *hot)
{
    b->hot = hot;
    block_unlink(e, b);
    hot->hot_at = (uint32_t)e->promotion.blocks.len;
    vec_push(&e->promotion.blocks, hot);
}

static void leave_list(struct promotion *p, const struct block *hot)
{
    struct block *last = p->blocks.at[--p->blocks.len];

    p->blocks.at[hot->hot_at] = last;
    last->hot_at = hot->hot_at;
}

void promote_forget(struct engine *e, struct block *b)
{
    struct promotion *p = &e->promotion;

    if (p->faulting == b)
        p->faulting = NULL;
    if (b->hot)
        b->hot->base = NULL;
    if (b->base) {
        b->base->hot = NULL;
        *b->base->runs = RUNS_AGAIN;
    }
    if (b->promoted)
        leave_list(p, b);
}

void promote_flush(struct engine *e)
{
    vec_clear(&e->promotion.blocks);
    e->promotion.faulting = NULL;
}

static bool fill_page(struct engine *e, enum tlb_mmu mmu, uint32_t page, bool write)
{
    struct tlb *t = &e->cpu->tlb;
    bool had = tlb_window_has(t, mmu, page);

    if (had && !(write && !(*tlb_entry(t, mmu, TLB_WRITE, page) & TLB_SLOW)))
        return false;
    if (!tlb_window_map(t, mmu, page))
        return false;
    e->stats.window_fills++;
    e->promotion.credit[tlb_slot(t, mmu)].spent++;
    return true;
}

void promote_fill(struct engine *e, uint32_t lin, unsigned size, bool write)
{
    struct promotion *p = &e->promotion;
    uint32_t first = lin >> PAGE_SHIFT, last = (lin + size - 1) >> PAGE_SHIFT;
    enum tlb_mmu mmu = e->cpu->mmu;
    bool got;

    e->stats.window_faults++;
    if (!p->allowance[mmu].off && credit_left(e, mmu) <= 0)
        give_up(e, mmu);
    if (p->allowance[mmu].off) { /* out of this block, to its plain form */
        cpu_kick(e->cpu);
        return;
    }
    got = fill_page(e, mmu, first, write);
    if (last != first)
        got |= fill_page(e, mmu, last, write);
    if (!got && p->faulting && ++p->faulting->outside >= MAX_OUTSIDE) {
        map_put(&p->refused, p->faulting->ram_off + 1, e);
        block_drop(e, p->faulting);
        cpu_kick(e->cpu);
    }
}
