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

#define REC_MAX (TLB_KINDS << 23)

static enum tlb_kind rec_kind(uint32_t rec)
{
    return (enum tlb_kind)(rec >> 23);
}

static uint64_t *rec_entry(struct tlb *t, uint32_t rec)
{
    return tlb_entry(t, (enum tlb_mmu)(rec >> 20 & 3), rec_kind(rec), rec & (TLB_PAGES - 1));
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

static void put(struct state_buf *b, uint64_t v, unsigned size)
{
    uint8_t le[8];

    le_put(le, v, size);
    state_buf_put(b, le, size);
}

void tlb_save(struct tlb *t, struct state_buf *b)
{
    put(b, t->filled.len, 8);
    put(b, t->tidy_at, 8);
    for (size_t i = 0; i < ARRAY_LEN(t->large); i++)
        put(b, t->large[i], 8);
    for (size_t i = 0; i < t->filled.len; i++) {
        uint32_t rec = t->filled.at[i];
        uint64_t entry = *rec_entry(t, rec);
        if (is_ram(rec, entry))
            entry =
                (tlb_ram_page(t, entry, rec & (TLB_PAGES - 1)) << PAGE_SHIFT) + (entry & TLB_WATCH);
        put(b, rec, 4);
        put(b, entry, 8);
    }
}

static bool valid(const struct tlb *t, uint32_t rec, uint64_t entry)
{
    if (rec >= REC_MAX || (rec >> 20 & 3) >= TLB_MMUS)
        return false;
    if (entry == TLB_EMPTY)
        return true;
    if (rec_kind(rec) == TLB_FETCH)
        return !(entry & 1) && entry >> 1 < t->ram->size >> PAGE_SHIFT;
    if (entry & TLB_IO)
        return (entry & TLB_SLOW) != 0;
    return (entry & TLB_FLAGS & ~TLB_WATCH) == 0 && entry < t->ram->size;
}

#define HEAD_BYTES(t) (16 + 8 * ARRAY_LEN((t)->large))
#define ROW_BYTES     12u

bool tlb_check(const struct tlb *t, const struct state_buf *b, struct err *e)
{
    const uint8_t *p = b->data + HEAD_BYTES(t);

    if (b->len < HEAD_BYTES(t) || (b->len - HEAD_BYTES(t)) % ROW_BYTES ||
        (b->len - HEAD_BYTES(t)) / ROW_BYTES != le64_get(b->data))
        return err_set(e, "the saved TLB is cut short");
    for (; p < b->data + b->len; p += ROW_BYTES) {
        if (!valid(t, le32_get(p), le64_get(p + 4)))
            return err_set(e, "the saved TLB has an impossible entry");
    }
    return true;
}

static uint64_t marks_of(const struct ram *ram, uint64_t ram_page)
{
    return (ram->code[ram_page] ? TLB_CODE : 0) |
           (ram->dirty[ram_page] != DIRTY_ALL ? TLB_CLEAN : 0);
}

void tlb_load(struct tlb *t, const struct state_buf *b)
{
    const uint8_t *p = b->data + HEAD_BYTES(t);

    tlb_flush(t, false);
    t->tidy_at = max_u64(le64_get(b->data + 8), 1);
    for (size_t i = 0; i < ARRAY_LEN(t->large); i++)
        t->large[i] = le64_get(b->data + 16 + 8 * i);
    for (; p < b->data + b->len; p += ROW_BYTES) {
        uint32_t rec = le32_get(p);
        uint64_t entry = le64_get(p + 4);
        if (is_ram(rec, entry)) {
            uint64_t why = entry & TLB_WATCH;
            if (rec_kind(rec) == TLB_WRITE)
                why |= marks_of(t->ram, entry >> PAGE_SHIFT);
            entry = (entry & ~TLB_FLAGS) + displacement(t, rec);
            entry |= why | (why ? TLB_SLOW : 0);
        }
        *rec_entry(t, rec) = entry;
        vec_push(&t->filled, rec);
    }
}
