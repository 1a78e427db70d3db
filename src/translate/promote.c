/* promote.c - blocks that run often are translated once more, for the window.
 *
 * A block's plain form looks up each page in the TLB and counts its runs.  When it has run often
 * enough it is promoted: the new form goes to memory through the window (mem/tlb.h), one host
 * instruction for an access, at the price of some ten microseconds for each page that is not there
 * yet.
 *
 * That pays only while pages stay.  A guest that changes its address space all the time would spend
 * its time on mapping pages, so there is an allowance of fills, one for the kernel's window and one
 * for the user's, which grows with the instructions run.  When it is used up the plain forms run
 * for a while, and each time that happens soon again for twice as long.  What runs in which form is
 * not visible to the guest, and no count depends on it. */
#include <string.h>
#include "translate/cache.h"

enum {
    RUNS_AGAIN = 10000,   /* until a block asks again that could not be promoted */
    FILL_EVERY = 150000,  /* instructions that earn a fill */
    FILLS_MOST = 600,     /* that can be saved up, and to begin with */
    FILLS_RESUME = 100,   /* after a pause */
    WAIT_LEAST = 4000000, /* instructions of a pause */
    WAIT_MOST = 512000000,
    MAX_OUTSIDE = 24 /* accesses that cannot be had in the window, until a block is refused */
};

static void turn(struct allowance *a, bool off, uint64_t count)
{
    a->off = off;
    a->since = count;
    if (!off)
        a->fills = FILLS_RESUME;
}

/* Brings an allowance up to date. */
static void earn(struct engine *e, enum tlb_mmu mmu)
{
    struct allowance *a = &e->promotion.allowance[mmu];
    uint64_t count = cpu_count(e->cpu), n;

    if (!a->wait || count < a->count) /* at the start, or another state was loaded */
        *a = (struct allowance){
            .fills = FILLS_MOST, .count = count, .since = count, .wait = WAIT_LEAST};
    a->fills -= (int32_t)(e->cpu->tlb.left_window[mmu] - a->left);
    a->left = e->cpu->tlb.left_window[mmu];
    n = (count - a->count) / FILL_EVERY;
    a->count += n * FILL_EVERY;
    if (a->off) {
        if (count - a->since >= a->wait) {
            turn(a, false, count);
            a->wait = min_u64(a->wait * 2, WAIT_MOST);
        }
        return;
    }
    a->fills += (int32_t)min_u64(n, FILLS_MOST);
    if (a->fills > FILLS_MOST)
        a->fills = FILLS_MOST;
    if (count - a->since > 8 * a->wait) {
        a->since = count;
        a->wait = a->wait / 2 > WAIT_LEAST ? a->wait / 2 : WAIT_LEAST;
    }
}

static enum tlb_mmu mmu_of(const struct block *b)
{
    return (b->mode >> MODE_CPL_SHIFT & 3) == 3 ? TLB_USER : TLB_KERNEL;
}

static void give_up(struct engine *e, enum tlb_mmu mmu)
{
    struct promotion *p = &e->promotion;

    turn(&p->allowance[mmu], true, cpu_count(e->cpu));
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
    struct allowance *a = &p->allowance[mmu_of(b)];

    if (!b->runs)
        return b;
    if (a->off)
        earn(e, mmu_of(b));
    if (b->hot && a->off)
        return b;
    if (*b->runs > 0)
        return b->hot ? b->hot : b;
    if (b->hot) { /* what goes to the plain form is to go there */
        block_unlink(e, b);
        *b->runs = RUNS_AGAIN;
        return b->hot;
    }
    *wanted = !a->off && !map_get(&p->refused, b->ram_off + 1);
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
    e->promotion.allowance[mmu].fills--;
    return true;
}

void promote_fill(struct engine *e, uint32_t lin, unsigned size, bool write)
{
    struct promotion *p = &e->promotion;
    uint32_t first = lin >> PAGE_SHIFT, last = (lin + size - 1) >> PAGE_SHIFT;
    enum tlb_mmu mmu = e->cpu->mmu;
    bool got;

    e->stats.window_faults++;
    earn(e, mmu);
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
    if (p->allowance[mmu].fills <= 0) {
        give_up(e, mmu);
        cpu_kick(e->cpu);
    }
}
