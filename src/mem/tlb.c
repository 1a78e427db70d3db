/* tlb.c - the software TLB: reserving the tables, filling, flushing and marking entries.
 *
 * The area must read TLB_EMPTY (1) where nothing was entered, and costs no memory there: a memfd
 * of 2 MB that holds nothing but TLB_EMPTY is mapped privately over it again and again, so that
 * reads share its pages and a write copies one.
 *
 * `filled` may name an entry twice (after INVLPG and a new walk); when it has doubled since the
 * last time, doubles and entries that are empty again are dropped, so it stays within a constant
 * factor of the entries in use whatever a guest does. */
#include "mem/tlb.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/err.h"

#define PATTERN_BYTES (2ull << 20)
#define AREA_BYTES    (TLB_MMUS * TLB_STRIDE)
#define TIDY_MIN      (64u << 10)

enum { REC_MMU = 20, REC_GLOBAL = 22, REC_KIND = 23 };

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
    for (enum tlb_mmu mmu = 0; mmu < TLB_MMUS; mmu++) {
        if (!map_pattern(tlb_base(t, mmu), fd))
            return false;
    }
    return true;
}

bool tlb_init(struct tlb *t, struct ram *ram, struct err *e)
{
    int fd = memfd_create("bygone-tlb", MFD_CLOEXEC);
    void *area;
    bool ok;

    *t = (struct tlb){.ram = ram, .tidy_at = TIDY_MIN};
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
    vec_fini(&t->filled);
    vec_fini(&t->leaving);
    free(t->windowed);
    free(t->window_ram);
    *t = (struct tlb){0};
}

static uint64_t *record_entry(struct tlb *t, uint32_t rec)
{
    return tlb_entry(t, rec >> REC_MMU & 3, rec >> REC_KIND, rec & (TLB_PAGES - 1));
}

static int record_order(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void tidy(struct tlb *t)
{
    size_t len = 0;

    qsort(t->filled.at, t->filled.len, sizeof(*t->filled.at), record_order);
    for (size_t i = 0; i < t->filled.len; i++) {
        uint32_t rec = t->filled.at[i];
        if (*record_entry(t, rec) != TLB_EMPTY && !(len && t->filled.at[len - 1] == rec))
            t->filled.at[len++] = rec;
    }
    t->filled.len = len;
    t->tidy_at = len * 2 > TIDY_MIN ? len * 2 : TIDY_MIN;
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

/* An entry that is there is never filled again before a flush, so a page stays in its window
 * meanwhile. */
void tlb_fill(struct tlb *t, enum tlb_mmu mmu, enum tlb_kind kind, uint32_t page, uint64_t phys,
              uint64_t ram_off, bool global, bool watch)
{
    *tlb_entry(t, mmu, kind, page) = new_entry(t, kind, page, phys, ram_off, watch);
    if (t->filled.len >= t->tidy_at)
        tidy(t);
    vec_push(&t->filled, page | (uint32_t)mmu << REC_MMU | (uint32_t)global << REC_GLOBAL |
                             (uint32_t)kind << REC_KIND);
}

void tlb_flush(struct tlb *t, bool keep_global)
{
    size_t kept = 0;

    for (size_t i = 0; i < t->filled.len; i++) {
        uint32_t rec = t->filled.at[i];
        if (keep_global && (rec >> REC_GLOBAL & 1)) {
            t->filled.at[kept++] = rec;
            continue;
        }
        *record_entry(t, rec) = TLB_EMPTY;
        if (rec >> REC_KIND != TLB_FETCH)
            tlb_window_leave(t, rec >> REC_MMU & 3, rec & (TLB_PAGES - 1));
    }
    tlb_window_sweep(t);
    t->filled.len = kept;
    if (!kept) {
        for (size_t i = 0; i < 32; i++)
            t->large[i] = 0;
    }
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

/* Sets or clears one mark in every write entry of RAM pages [first, first + count). */
static void mark_writes(struct tlb *t, uint64_t first, uint64_t count, uint64_t mark, bool set)
{
    for (size_t i = 0; i < t->filled.len; i++) {
        uint32_t rec = t->filled.at[i];
        if (rec >> REC_KIND != TLB_WRITE)
            continue;
        uint64_t *e = record_entry(t, rec);
        uint64_t p = tlb_ram_page(t, *e, rec & (TLB_PAGES - 1));
        if (p == NO_RAM || p - first >= count)
            continue;
        uint64_t why = *e & (TLB_CODE | TLB_CLEAN | TLB_WATCH);
        why = set ? why | mark : why & ~mark;
        if (set)
            tlb_window_leave(t, rec >> REC_MMU & 3, rec & (TLB_PAGES - 1));
        *e = (*e & ~(uint64_t)TLB_FLAGS) | why | (why ? TLB_SLOW : 0);
    }
    tlb_window_sweep(t);
}

void tlb_mark_code(struct tlb *t, uint64_t ram_page, bool code)
{
    mark_writes(t, ram_page, 1, TLB_CODE, code);
}

void tlb_mark_clean(struct tlb *t, uint64_t first, uint64_t count)
{
    mark_writes(t, first, count, TLB_CLEAN, true);
}
