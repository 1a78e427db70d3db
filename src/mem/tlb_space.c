/* tlb_space.c - address spaces that the TLB remembers while the guest is in another.
 *
 * A load of CR3 flushes what is not global (SDM vol. 3A, 4.10.4.1), and a guest relies on that
 * alone to have changed page tables seen.  A space that is switched to again may therefore keep
 * what a walk would find once more, with accessed and dirty flags as they are.  So every page table
 * that a walk for TLB_USER has read is traced: its RAM page is marked in ram->code, stores to it
 * take the slow path, and tlb_table_written() notes for each space which linear pages the changed
 * entries are for. They are dropped by the next switch to the space, not before, since stale
 * entries last until then on a processor, too.  A space in which much changes at once is dropped
 * whole, and no longer traced.
 *
 * Which stores count depends on the guest alone, so engines agree on what the TLB holds.
 *
 * Worked example.  Two processes take turns, CR3 is 1000h and 2000h.  After the load of 2000h slot
 * 1 keeps 1000h's entries.  The kernel makes a page of the first one read-only, a store to the
 * table at 5000h, which is traced for linear pages 8000h-83FFh: `changed` of slot 1 gets page
 * 8048h.  The load of 1000h drops it, and everything else is found as it was. */
#include <assert.h>
#include <string.h>
#include "base/bits.h"
#include "mem/tlb.h"

/* A space of which more has changed is dropped whole. */
enum { MAX_CHANGED = 64 };

static unsigned space_of(unsigned slot)
{
    return slot == TLB_USER ? 0 : slot - TLB_MMUS + 1;
}

struct tlb_space *tlb_space_now(struct tlb *t)
{
    return &t->space[space_of(t->user)];
}

static struct tlb_table *table_at(const struct tlb *t, uint64_t ram_page)
{
    return map_get(&t->tables, ram_page + 1);
}

/* --- tracing --- */

static void remove_uses(struct tlb *t, uint64_t ram_page, unsigned slot)
{
    struct tlb_table *x = table_at(t, ram_page);
    size_t len = 0;

    for (size_t n = 0; n < x->uses.len; n++) {
        if (x->uses.at[n].slot != slot)
            x->uses.at[len++] = x->uses.at[n];
    }
    x->uses.len = len;
    if (len)
        return;
    map_remove(&t->tables, ram_page + 1);
    vec_fini(&x->uses);
    free(x);
    t->ram->code[ram_page] &= (uint8_t)~RAM_TABLE; /* the next slow store notices */
}

static void untrace(struct tlb *t, unsigned space)
{
    struct tlb_space *s = &t->space[space];

    for (size_t n = 0; n < s->tables.len; n++)
        remove_uses(t, s->tables.at[n], tlb_space_slot(space));
    vec_clear(&s->tables);
    vec_clear(&s->changed);
}

void tlb_space_forget(struct tlb *t, unsigned space)
{
    untrace(t, space);
    t->space[space].known = t->space[space].stale = false;
}

/* Drops all of a space, and traces it no more until it is switched to. */
static void give_up(struct tlb *t, unsigned space)
{
    t->space[space].stale = true;
    untrace(t, space);
}

void tlb_add_use(struct tlb *t, uint64_t ram_page, struct tlb_use use)
{
    struct tlb_space *s = &t->space[space_of(use.slot)];
    struct tlb_table *x = table_at(t, ram_page);
    bool first = true;

    if (!x) {
        x = xcalloc(1, sizeof *x);
        map_put(&t->tables, ram_page + 1, x);
        t->ram->code[ram_page] |= RAM_TABLE;
        tlb_mark_code(t, ram_page, true);
    }
    for (size_t n = 0; n < x->uses.len; n++) {
        const struct tlb_use *u = &x->uses.at[n];
        if (u->slot != use.slot)
            continue;
        if (u->first == use.first && u->span_bits == use.span_bits && u->size == use.size)
            return;
        first = false;
    }
    vec_push(&x->uses, use);
    if (first)
        vec_push(&s->tables, (uint32_t)ram_page);
}

void tlb_trace(struct tlb *t, uint32_t page, const uint64_t entry[2], unsigned levels,
               unsigned size)
{
    struct tlb_space *s = tlb_space_now(t);
    unsigned bits = size == 4 ? 10 : 9; /* of a linear page, that a table looks up */

    if (!s->known || s->stale)
        return;
    for (unsigned n = 0; n < levels; n++) {
        struct tlb_use use = {(uint8_t)t->user, (uint8_t)size, (uint8_t)(n ? 0 : bits), 0};

        if (entry[n] == NO_RAM) { /* a device may change it in silence */
            give_up(t, space_of(t->user));
            return;
        }
        use.first = page & ~((1u << (bits + use.span_bits)) - 1);
        tlb_add_use(t, entry[n] >> PAGE_SHIFT, use);
    }
}

/* --- changes --- */

static bool entered(struct tlb *t, unsigned slot, uint32_t page)
{
    for (unsigned kind = 0; kind < TLB_KINDS; kind++) {
        if (*tlb_slot_entry(t, slot, kind, page) != TLB_EMPTY)
            return true;
    }
    return false;
}

static void note_change(struct tlb *t, unsigned slot, uint32_t page, uint32_t pages)
{
    struct tlb_space *s = &t->space[space_of(slot)];
    struct tlb_span span = {page, pages};

    if (s->stale || (pages == 1 && !entered(t, slot, page)))
        return;
    if (s->changed.len && s->changed.at[s->changed.len - 1].page == page &&
        s->changed.at[s->changed.len - 1].pages == pages)
        return;
    vec_push(&s->changed, span);
    s->stale = s->changed.len > MAX_CHANGED;
}

void tlb_table_written(struct tlb *t, uint64_t ram_off, uint64_t len)
{
    struct tlb_table *x = table_at(t, ram_off >> PAGE_SHIFT);
    uint32_t from = ram_off & (PAGE_SIZE - 1), to = from + (uint32_t)len - 1;
    bool any = false;

    if (!x || !len || t->walking)
        return;
    for (size_t n = 0; n < x->uses.len; n++) {
        const struct tlb_use *u = &x->uses.at[n];
        uint32_t first = from / u->size, last = to / u->size;

        note_change(t, u->slot, u->first + (first << u->span_bits),
                    (last - first + 1) << u->span_bits);
        any |= t->space[space_of(u->slot)].stale;
    }
    for (unsigned n = 0; any && n < TLB_SPACES; n++) {
        if (t->space[n].stale)
            untrace(t, n);
    }
}

/* --- switching --- */

static void drop_all(struct tlb *t, unsigned space)
{
    tlb_list_drop(t, &t->filled[tlb_space_slot(space)]);
    tlb_space_forget(t, space);
}

static void drop_changed(struct tlb *t, unsigned space)
{
    struct tlb_space *s = &t->space[space];

    for (size_t n = 0; n < s->changed.len; n++)
        tlb_slot_drop(t, tlb_space_slot(space), s->changed.at[n].page, s->changed.at[n].pages);
    vec_clear(&s->changed);
}

/* The space of this key, or else one that nobody knows, or that was not used for longest. */
static unsigned choose(const struct tlb *t, const uint64_t key[5])
{
    unsigned best = 0;

    for (unsigned n = 0; n < TLB_SPACES; n++) {
        const struct tlb_space *s = &t->space[n], *b = &t->space[best];
        if (s->known && !memcmp(s->key, key, sizeof s->key))
            return n;
        if (b->known && (!s->known || s->used < b->used))
            best = n;
    }
    return best;
}

static void name(struct tlb *t, struct tlb_space *s, const uint64_t key[5])
{
    if (memcmp(s->key, key, sizeof s->key)) {
        s->ran = 0;
        s->serial = ++t->serials;
    }
    memcpy(s->key, key, sizeof s->key);
    s->known = true;
}

uint64_t tlb_space_ran(struct tlb *t, uint64_t count)
{
    return tlb_space_now(t)->ran + (count > t->since ? count - t->since : 0);
}

uint64_t tlb_space_serial(struct tlb *t)
{
    return tlb_space_now(t)->serial;
}

void tlb_switch(struct tlb *t, const uint64_t key[5], uint64_t count)
{
    unsigned next;
    struct tlb_space *s;

    tlb_space_now(t)->ran = tlb_space_ran(t, count);
    t->since = count;
    tlb_list_drop(t, &t->filled[TLB_KERNEL]);
    tlb_list_drop(t, &t->filled[TLB_KERNEL_AC]);
    if (!tlb_space_now(t)->known)
        drop_all(t, space_of(t->user));
    next = choose(t, key);
    s = &t->space[next];
    if (s->stale || !s->known || memcmp(s->key, key, sizeof s->key))
        drop_all(t, next);
    drop_changed(t, next);
    name(t, s, key);
    s->used = ++t->switches;
    t->user = tlb_space_slot(next);
    tlb_window_sweep(t);
}

void tlb_set_key(struct tlb *t, const uint64_t key[5])
{
    name(t, tlb_space_now(t), key);
}

void tlb_forget_key(struct tlb *t)
{
    tlb_space_now(t)->known = false;
}
