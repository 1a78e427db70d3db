/* tlb.c - the software TLB: reserving the tables, filling, flushing and marking entries.
 *
 * The area must read TLB_EMPTY (1) where nothing was entered, and costs no memory there: a memfd
 * of 2 MB that holds nothing but TLB_EMPTY is mapped privately over it again and again, so that
 * reads share its pages and a write copies one.
 *
 * A list may name an entry twice (after INVLPG and a new walk); when it has doubled since the
 * last time, doubles and entries that are empty again are dropped, so it stays within a constant
 * factor of the entries in use whatever a guest does. */
#include "mem/tlb.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/bits.h"
#include "base/err.h"

#define PATTERN_BYTES (2ull << 20)
#define AREA_BYTES    (TLB_SLOTS * TLB_STRIDE)
#define TIDY_MIN      (64u << 10)

enum { REC_SLOT = 20, REC_KIND = 24 };

static bool write_pattern(int fd)
{
    uint64_t *p;

    if (ftruncate(fd, PATTERN_BYTES))
        return false;
    p = mmap(NULL, PATTERN_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        return false;
    for (size_t i = 0; i < PATTERN_BYTES / sizeof(*p); i++)
        p[i] = TLB_EMPTY;
    munmap(p, PATTERN_BYTES);
    return true;
}

static bool map_pattern(uint8_t *tables, int fd)
{
    for (uint64_t at = 0; at < TLB_MMU_BYTES; at += PATTERN_BYTES) {
        if (mmap(tables + at, PATTERN_BYTES, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED, fd, 0) == MAP_FAILED)
            return false;
    }
    return true;
}

static bool map_tables(struct tlb *t, int fd)
{
    if (!write_pattern(fd))
        return false;
    for (unsigned slot = 0; slot < TLB_SLOTS; slot++) {
        if (!map_pattern(t->area + slot * TLB_STRIDE, fd))
            return false;
    }
    return true;
}

bool tlb_init(struct tlb *t, struct ram *ram, struct err *e)
{
    int fd = memfd_create("bygone-tlb", MFD_CLOEXEC);
    void *area;
    bool ok;

    *t = (struct tlb){.ram = ram, .user = TLB_USER};
    t->writers = xcalloc((ram->size >> PAGE_SHIFT) + 1, sizeof *t->writers);
    for (unsigned n = 0; n < ARRAY_LEN(t->filled); n++)
        t->filled[n].tidy_at = TIDY_MIN;
    if (fd < 0)
        return err_errno(e, "cannot make the software TLB");
    area = mmap(NULL, AREA_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area != MAP_FAILED)
        t->area = area;
    ok = t->area && map_tables(t, fd);
    if (!ok)
        err_errno(e, "cannot make the software TLB");
    close(fd);
    if (!ok)
        tlb_fini(t);
    return ok;
}

void tlb_fini(struct tlb *t)
{
    if (t->area)
        munmap(t->area, AREA_BYTES);
    for (unsigned n = 0; n < ARRAY_LEN(t->filled); n++)
        vec_fini(&t->filled[n].recs);
    for (unsigned n = 0; n < TLB_SPACES; n++) {
        tlb_space_forget(t, n);
        vec_fini(&t->space[n].changed);
        vec_fini(&t->space[n].tables);
    }
    map_fini(&t->tables);
    free(t->writers);
    vec_fini(&t->leaving);
    free(t->windowed);
    free(t->window_ram);
    *t = (struct tlb){0};
}

static uint64_t *record_entry(struct tlb *t, uint32_t rec)
{
    return tlb_slot_entry(t, rec >> REC_SLOT & 15, rec >> REC_KIND, rec & (TLB_PAGES - 1));
}

static int record_order(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void tidy(struct tlb *t, struct tlb_list *l)
{
    size_t len = 0;

    qsort(l->recs.at, l->recs.len, sizeof(*l->recs.at), record_order);
    for (size_t i = 0; i < l->recs.len; i++) {
        uint32_t rec = l->recs.at[i];
        if (*record_entry(t, rec) != TLB_EMPTY && !(len && l->recs.at[len - 1] == rec))
            l->recs.at[len++] = rec;
    }
    l->recs.len = len;
    l->tidy_at = len * 2 > TIDY_MIN ? len * 2 : TIDY_MIN;
}

void tlb_list_add(struct tlb_list *l, struct tlb *t, uint32_t rec)
{
    if (l->recs.len >= l->tidy_at)
        tidy(t, l);
    vec_push(&l->recs, rec);
}

void tlb_list_drop(struct tlb *t, struct tlb_list *l)
{
    for (size_t i = 0; i < l->recs.len; i++) {
        uint32_t rec = l->recs.at[i];
        *record_entry(t, rec) = TLB_EMPTY;
        if (rec >> REC_KIND != TLB_FETCH)
            tlb_window_leave(t, rec >> REC_SLOT & 15, rec & (TLB_PAGES - 1));
    }
    l->recs.len = 0;
}

void tlb_slot_drop(struct tlb *t, unsigned slot, uint32_t page, uint32_t pages)
{
    for (uint32_t p = page; p - page < pages; p++) {
        for (unsigned kind = 0; kind < TLB_KINDS; kind++) {
            uint64_t *e = tlb_slot_entry(t, slot, kind, p);
            if (*e != TLB_EMPTY)
                *e = TLB_EMPTY;
        }
        tlb_window_leave(t, slot, p);
    }
}

static uint64_t marks(const struct ram *ram, uint64_t ram_page)
{
    uint64_t why = 0;

    if (ram->code[ram_page])
        why |= TLB_CODE;
    if (ram->dirty[ram_page] != DIRTY_ALL)
        why |= TLB_CLEAN;
    return why;
}

static uint64_t new_entry(const struct tlb *t, enum tlb_kind kind, uint32_t page, uint64_t phys,
                          uint64_t ram_off, bool watch)
{
    uint64_t disp, why = 0;

    if (kind == TLB_FETCH)
        return ram_off == NO_RAM ? TLB_EMPTY : ram_off >> PAGE_SHIFT << 1;
    if (watch)
        why |= TLB_WATCH;
    if (ram_off == NO_RAM)
        return (phys & ~(uint64_t)TLB_FLAGS) | TLB_SLOW | TLB_IO | why;
    disp = (uint64_t)(uintptr_t)(t->ram->host + (ram_off & ~(uint64_t)TLB_FLAGS)) -
           ((uint64_t)page << PAGE_SHIFT);
    if (kind == TLB_WRITE)
        why |= marks(t->ram, ram_off >> PAGE_SHIFT);
    return disp | why | (why ? TLB_SLOW : 0);
}

/* --- who may write a page --- */

#define MANY_WRITERS UINT32_MAX

static bool leads_to(struct tlb *t, uint32_t rec, uint64_t ram_page)
{
    return tlb_ram_page(t, *record_entry(t, rec), rec & (TLB_PAGES - 1)) == ram_page;
}

void tlb_note_writer(struct tlb *t, uint32_t rec, uint64_t ram_page)
{
    struct tlb_writers *w = &t->writers[ram_page];
    unsigned n;

    if (w->rec[0] == MANY_WRITERS || w->rec[0] == rec + 1 || w->rec[1] == rec + 1)
        return;
    for (n = 0; n < 2 && w->rec[n] && leads_to(t, w->rec[n] - 1, ram_page); n++)
        continue;
    if (n < 2)
        w->rec[n] = rec + 1;
    else
        w->rec[0] = MANY_WRITERS;
}

/* An entry that is there is never filled again before a flush, so a page stays in its window
 * meanwhile. */
void tlb_fill(struct tlb *t, enum tlb_mmu mmu, enum tlb_kind kind, uint32_t page, uint64_t phys,
              uint64_t ram_off, bool global, bool watch)
{
    unsigned slot = tlb_slot(t, mmu);
    unsigned list = global && mmu != TLB_USER ? TLB_SLOTS : slot;

    uint32_t rec = page | (uint32_t)slot << REC_SLOT | (uint32_t)kind << REC_KIND;

    *tlb_slot_entry(t, slot, kind, page) = new_entry(t, kind, page, phys, ram_off, watch);
    tlb_list_add(&t->filled[list], t, rec);
    if (kind == TLB_WRITE && ram_off != NO_RAM)
        tlb_note_writer(t, rec, ram_off >> PAGE_SHIFT);
}

static void flush_all(struct tlb *t)
{
    for (unsigned n = 0; n < ARRAY_LEN(t->filled); n++)
        tlb_list_drop(t, &t->filled[n]);
    for (unsigned n = 0; n < TLB_SPACES; n++)
        tlb_space_forget(t, n);
    for (size_t i = 0; i < ARRAY_LEN(t->large); i++)
        t->large[i] = 0;
}

void tlb_flush(struct tlb *t, bool keep_global)
{
    if (keep_global) {
        tlb_list_drop(t, &t->filled[TLB_KERNEL]);
        tlb_list_drop(t, &t->filled[TLB_KERNEL_AC]);
        tlb_list_drop(t, &t->filled[t->user]);
    } else {
        flush_all(t);
    }
    tlb_window_sweep(t);
}

static void drop_page(struct tlb *t, uint32_t page)
{
    for (unsigned mmu = 0; mmu < TLB_MMUS; mmu++) {
        for (unsigned kind = 0; kind < TLB_KINDS; kind++) {
            uint64_t *e = tlb_entry(t, mmu, kind, page);
            if (*e != TLB_EMPTY)
                *e = TLB_EMPTY;
        }
        tlb_window_drop(t, mmu, page);
    }
}

void tlb_flush_page(struct tlb *t, uint32_t page)
{
    uint32_t first = page & ~1023u;

    if (!(t->large[page >> 15] >> (first >> 9 & 63) & 3)) {
        drop_page(t, page);
        return;
    }
    for (uint32_t i = 0; i < 1024; i++)
        drop_page(t, first + i);
    t->large[page >> 15] &= ~(3ull << (first >> 9 & 63));
}

uint64_t tlb_ram_page(const struct tlb *t, uint64_t entry, uint32_t page)
{
    uint64_t host = (entry & ~(uint64_t)TLB_FLAGS) + ((uint64_t)page << PAGE_SHIFT);

    if (entry == TLB_EMPTY || (entry & TLB_IO))
        return NO_RAM;
    if (tlb_leads_to_window(t, entry))
        return tlb_window_ram(t, entry, page);
    return (host - (uint64_t)(uintptr_t)t->ram->host) >> PAGE_SHIFT;
}

static void mark_write(struct tlb *t, uint32_t rec, uint64_t first, uint64_t count, uint64_t mark,
                       bool set)
{
    uint64_t *e = record_entry(t, rec);
    uint64_t p = tlb_ram_page(t, *e, rec & (TLB_PAGES - 1));
    uint64_t why = *e & (TLB_CODE | TLB_CLEAN | TLB_WATCH);

    if (p == NO_RAM || p - first >= count)
        return;
    why = set ? why | mark : why & ~mark;
    if (set)
        tlb_window_leave(t, rec >> REC_SLOT & 15, rec & (TLB_PAGES - 1));
    *e = (*e & ~(uint64_t)TLB_FLAGS) | why | (why ? TLB_SLOW : 0);
}

/* Sets or clears one mark in every write entry of RAM pages [first, first + count). */
static void mark_writes(struct tlb *t, uint64_t first, uint64_t count, uint64_t mark, bool set)
{
    for (unsigned n = 0; n < ARRAY_LEN(t->filled); n++) {
        const struct tlb_list *l = &t->filled[n];
        for (size_t i = 0; i < l->recs.len; i++) {
            if (l->recs.at[i] >> REC_KIND == TLB_WRITE)
                mark_write(t, l->recs.at[i], first, count, mark, set);
        }
    }
    tlb_window_sweep(t);
}

/* Looks for the writers of a page in the lists, if they were too many to note. */
static void find_writers(struct tlb *t, uint64_t ram_page)
{
    struct tlb_writers *w = &t->writers[ram_page];

    if (w->rec[0] != MANY_WRITERS)
        return;
    *w = (struct tlb_writers){{0}};
    for (unsigned n = 0; n < ARRAY_LEN(t->filled); n++) {
        const struct tlb_list *l = &t->filled[n];
        for (size_t i = 0; i < l->recs.len && w->rec[0] != MANY_WRITERS; i++) {
            if (l->recs.at[i] >> REC_KIND == TLB_WRITE && leads_to(t, l->recs.at[i], ram_page))
                tlb_note_writer(t, l->recs.at[i], ram_page);
        }
    }
}

void tlb_mark_code(struct tlb *t, uint64_t ram_page, bool code)
{
    struct tlb_writers *w = &t->writers[ram_page];

    find_writers(t, ram_page);
    if (w->rec[0] == MANY_WRITERS) {
        mark_writes(t, ram_page, 1, TLB_CODE, code);
        return;
    }
    for (unsigned n = 0; n < 2; n++) {
        if (w->rec[n])
            mark_write(t, w->rec[n] - 1, ram_page, 1, TLB_CODE, code);
    }
    tlb_window_sweep(t);
}

void tlb_mark_clean(struct tlb *t, uint64_t first, uint64_t count)
{
    mark_writes(t, first, count, TLB_CLEAN, true);
}
