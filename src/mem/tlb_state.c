/* tlb_state.c - saves and loads the software TLB.
 *
 * What a guest may notice of a TLB (a translation that outlives its page table entry, an accessed
 * bit that is not set again) must be the same after a load, so the entries are state.  A saved
 * entry names a RAM page by its offset, not by the host's address; marks for code and clean pages
 * are left out and made again. */
#include <string.h>
#include "base/bits.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/field.h"
#include "mem/tlb.h"

#define REC_MAX (TLB_KINDS << 24)

static enum tlb_kind rec_kind(uint32_t rec)
{
    return (enum tlb_kind)(rec >> 24);
}

static unsigned rec_slot(uint32_t rec)
{
    return rec >> 20 & 15;
}

static uint64_t *rec_entry(struct tlb *t, uint32_t rec)
{
    return tlb_slot_entry(t, rec_slot(rec), rec_kind(rec), rec & (TLB_PAGES - 1));
}

/* The difference between a page's host address and its RAM offset, less the linear address. */
static uint64_t displacement(const struct tlb *t, uint32_t rec)
{
    return (uint64_t)(uintptr_t)t->ram->host - ((uint64_t)(rec & (TLB_PAGES - 1)) << PAGE_SHIFT);
}

static bool is_ram(uint32_t rec, uint64_t entry)
{
    return rec_kind(rec) != TLB_FETCH && entry != TLB_EMPTY && !(entry & TLB_IO);
}

/* --- saving --- */

static void put(struct state_buf *b, uint64_t v, unsigned size)
{
    uint8_t le[8];

    le_put(le, v, size);
    state_buf_put(b, le, size);
}

static void save_list(struct tlb *t, const struct tlb_list *l, struct state_buf *b)
{
    put(b, l->recs.len, 8);
    put(b, l->tidy_at, 8);
    for (size_t i = 0; i < l->recs.len; i++) {
        uint32_t rec = l->recs.at[i];
        uint64_t entry = *rec_entry(t, rec);
        if (is_ram(rec, entry))
            entry =
                (tlb_ram_page(t, entry, rec & (TLB_PAGES - 1)) << PAGE_SHIFT) + (entry & TLB_WATCH);
        put(b, rec, 4);
        put(b, entry, 8);
    }
}

static void save_uses(const struct tlb *t, unsigned slot, uint32_t ram_page, struct state_buf *b)
{
    const struct tlb_table *x = map_get(&t->tables, (uint64_t)ram_page + 1);

    for (size_t n = 0; n < x->uses.len; n++) {
        const struct tlb_use *u = &x->uses.at[n];
        if (u->slot != slot)
            continue;
        put(b, ram_page, 4);
        put(b, u->size, 1);
        put(b, u->span_bits, 1);
        put(b, u->first, 4);
    }
}

static void save_space(const struct tlb *t, unsigned space, struct state_buf *b)
{
    const struct tlb_space *s = &t->space[space];
    size_t uses = 0;

    for (unsigned n = 0; n < ARRAY_LEN(s->key); n++)
        put(b, s->known ? s->key[n] : 0, 8);
    put(b, s->known, 1);
    put(b, s->stale, 1);
    put(b, s->known ? s->used : 0, 8);
    put(b, s->changed.len, 8);
    for (size_t n = 0; n < s->changed.len; n++) {
        put(b, s->changed.at[n].page, 4);
        put(b, s->changed.at[n].pages, 4);
    }
    for (size_t n = 0; n < s->tables.len; n++) {
        const struct tlb_table *x = map_get(&t->tables, (uint64_t)s->tables.at[n] + 1);
        for (size_t k = 0; k < x->uses.len; k++)
            uses += x->uses.at[k].slot == tlb_space_slot(space);
    }
    put(b, uses, 8);
    for (size_t n = 0; n < s->tables.len; n++)
        save_uses(t, tlb_space_slot(space), s->tables.at[n], b);
}

void tlb_save(struct tlb *t, struct state_buf *b)
{
    put(b, t->user, 8);
    put(b, t->switches, 8);
    for (size_t i = 0; i < ARRAY_LEN(t->large); i++)
        put(b, t->large[i], 8);
    for (unsigned n = 0; n < ARRAY_LEN(t->filled); n++)
        save_list(t, &t->filled[n], b);
    for (unsigned n = 0; n < TLB_SPACES; n++)
        save_space(t, n, b);
}

/* --- loading: first without a TLB to load into, to check --- */

struct reader {
    const uint8_t *p, *end;
    const struct tlb *t; /* for its RAM */
    struct tlb *to;      /* NULL: only check */
    const char *wrong;   /* NULL so far */
};

static uint64_t get(struct reader *r, unsigned size)
{
    uint64_t v;

    if ((size_t)(r->end - r->p) < size) {
        r->wrong = "is cut short";
        r->p = r->end;
        return 0;
    }
    v = le_get(r->p, size);
    r->p += size;
    return v;
}

static void want(struct reader *r, bool ok, const char *what)
{
    if (!ok && !r->wrong)
        r->wrong = what;
}

/* How many items of `size` bytes follow. */
static uint64_t get_count(struct reader *r, unsigned size)
{
    uint64_t n = get(r, 8);

    if (n <= (uint64_t)(r->end - r->p) / size)
        return n;
    want(r, false, "is cut short");
    return 0;
}

static bool valid(const struct tlb *t, uint32_t rec, uint64_t entry)
{
    if (rec >= REC_MAX || rec_slot(rec) >= TLB_SLOTS)
        return false;
    if (entry == TLB_EMPTY)
        return true;
    if (rec_kind(rec) == TLB_FETCH)
        return !(entry & 1) && entry >> 1 < t->ram->size >> PAGE_SHIFT;
    if (entry & TLB_IO)
        return (entry & TLB_SLOW) != 0;
    return (entry & TLB_FLAGS & ~TLB_WATCH) == 0 && entry < t->ram->size;
}

static uint64_t marks_of(const struct ram *ram, uint64_t ram_page)
{
    return (ram->code[ram_page] ? TLB_CODE : 0) |
           (ram->dirty[ram_page] != DIRTY_ALL ? TLB_CLEAN : 0);
}

static void load_entry(struct tlb *t, struct tlb_list *l, uint32_t rec, uint64_t entry)
{
    if (is_ram(rec, entry)) {
        uint64_t why = entry & TLB_WATCH;
        if (rec_kind(rec) == TLB_WRITE)
            why |= marks_of(t->ram, entry >> PAGE_SHIFT);
        entry = (entry & ~TLB_FLAGS) + displacement(t, rec);
        entry |= why | (why ? TLB_SLOW : 0);
    }
    *rec_entry(t, rec) = entry;
    vec_push(&l->recs, rec);
    if (rec_kind(rec) == TLB_WRITE && is_ram(rec, entry))
        tlb_note_writer(t, rec, tlb_ram_page(t, entry, rec & (TLB_PAGES - 1)));
}

/* Each list holds entries of its own slot, the last those of the kernel's. */
static void read_list(struct reader *r, unsigned list)
{
    uint64_t n = get_count(r, 12);
    uint64_t tidy_at = get(r, 8);

    if (r->to)
        r->to->filled[list].tidy_at = max_u64(tidy_at, 1);
    while (n-- && !r->wrong) {
        uint32_t rec = (uint32_t)get(r, 4);
        uint64_t entry = get(r, 8);
        want(r,
             valid(r->t, rec, entry) &&
                 (list < TLB_SLOTS ? rec_slot(rec) == list : rec_slot(rec) < TLB_MMUS),
             "has an impossible entry");
        if (r->to)
            load_entry(r->to, &r->to->filled[list], rec, entry);
    }
}

static void read_changed(struct reader *r, struct tlb_space *s)
{
    uint64_t n = get_count(r, 8);

    while (n-- && !r->wrong) {
        struct tlb_span span = {(uint32_t)get(r, 4), 0};
        span.pages = (uint32_t)get(r, 4);
        want(r, span.page < TLB_PAGES && span.pages <= TLB_PAGES - span.page,
             "has changes beyond the address space");
        if (s)
            vec_push(&s->changed, span);
    }
}

static bool possible(const struct tlb_use *u)
{
    unsigned bits = u->size == 4 ? 10 : 9;

    return (u->size == 4 || u->size == 8) && (u->span_bits == 0 || u->span_bits == bits) &&
           u->first < TLB_PAGES && !(u->first & ((1u << (bits + u->span_bits)) - 1));
}

static void read_uses(struct reader *r, unsigned space)
{
    uint64_t n = get_count(r, 10);

    while (n-- && !r->wrong) {
        uint64_t ram_page = get(r, 4);
        struct tlb_use use = {(uint8_t)tlb_space_slot(space), (uint8_t)get(r, 1), 0, 0};
        use.span_bits = (uint8_t)get(r, 1);
        use.first = (uint32_t)get(r, 4);
        want(r, ram_page < r->t->ram->size >> PAGE_SHIFT && possible(&use),
             "has an impossible page table");
        if (r->to)
            tlb_add_use(r->to, ram_page, use);
    }
}

static void read_space(struct reader *r, unsigned space)
{
    struct tlb_space *s = r->to ? &r->to->space[space] : NULL;
    struct tlb_space got = {.known = false};

    for (unsigned n = 0; n < ARRAY_LEN(got.key); n++)
        got.key[n] = get(r, 8);
    got.known = get(r, 1);
    got.stale = get(r, 1);
    got.used = get(r, 8);
    if (s) {
        memcpy(s->key, got.key, sizeof s->key);
        s->known = got.known;
        s->stale = got.stale;
        s->used = got.used;
    }
    read_changed(r, s);
    read_uses(r, space);
}

static void read_all(struct reader *r)
{
    uint64_t user = get(r, 8), switches = get(r, 8);

    want(r, user == TLB_USER || (user >= TLB_MMUS && user < TLB_SLOTS), "names no address space");
    if (r->to) {
        r->to->user = (unsigned)user;
        r->to->switches = switches;
    }
    for (size_t i = 0; i < ARRAY_LEN(r->t->large); i++) {
        uint64_t large = get(r, 8);
        if (r->to)
            r->to->large[i] = large;
    }
    for (unsigned n = 0; n < ARRAY_LEN(r->t->filled); n++)
        read_list(r, n);
    for (unsigned n = 0; n < TLB_SPACES; n++)
        read_space(r, n);
    want(r, r->p == r->end, "goes on behind its end");
}

bool tlb_check(const struct tlb *t, const struct state_buf *b, struct err *e)
{
    struct reader r = {.p = b->data, .end = b->data + b->len, .t = t};

    read_all(&r);
    return !r.wrong || err_set(e, "the saved TLB %s", r.wrong);
}

void tlb_load(struct tlb *t, const struct state_buf *b)
{
    struct reader r = {.p = b->data, .end = b->data + b->len, .t = t, .to = t};

    tlb_flush(t, false);
    read_all(&r);
}
