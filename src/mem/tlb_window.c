/* tlb_window.c - linear address spaces as the host's memory: pages with entries, mapped where
 * translated code finds them without a look-up.
 *
 * The host pays some microseconds for each page, and one of its own map entries; it allows some
 * 65,000 (vm.max_map_count), so a window is emptied before it gets near. */
#include <stdlib.h>
#include <sys/mman.h>
#include "base/err.h"
#include "mem/tlb.h"

enum { MAX_IN_WINDOW = 12000 };

static uint8_t *window(struct tlb *t, enum tlb_mmu mmu)
{
    return tlb_base(t, mmu) + TLB_WINDOW_OFF;
}

static uint64_t window_entry(struct tlb *t, enum tlb_mmu mmu)
{
    return (uint64_t)(uintptr_t)window(t, mmu);
}

uint64_t tlb_window_ram(const struct tlb *t, uint64_t entry, uint32_t page)
{
    uint64_t first = (uint64_t)(uintptr_t)t->area + TLB_WINDOW_OFF;

    uint64_t mmu = ((entry & ~(uint64_t)TLB_FLAGS) - first) / TLB_STRIDE;

    return t->window_ram[page | (uint32_t)mmu << 20];
}

static void set_bit(struct tlb *t, enum tlb_mmu mmu, uint32_t page)
{
    uint32_t n = page | (uint32_t)mmu << 20;

    t->windowed[n >> 6] |= 1ull << (n & 63);
    t->in_window[mmu]++;
}

/* The entries lead to RAM itself again. */
static void restore(struct tlb *t, enum tlb_mmu mmu, uint32_t page)
{
    uint64_t ram = t->window_ram[page | (uint32_t)mmu << 20];
    uint64_t entry =
        (uint64_t)(uintptr_t)(t->ram->host + (ram << PAGE_SHIFT)) - ((uint64_t)page << PAGE_SHIFT);

    for (enum tlb_kind kind = TLB_READ; kind <= TLB_WRITE; kind++) {
        uint64_t *e = tlb_entry(t, mmu, kind, page);
        if ((*e & ~(uint64_t)TLB_FLAGS) == window_entry(t, mmu))
            *e = entry | (*e & TLB_FLAGS);
    }
}

static bool clear_bit(struct tlb *t, enum tlb_mmu mmu, uint32_t page)
{
    uint32_t n = page | (uint32_t)mmu << 20;

    if (!tlb_window_has(t, mmu, page))
        return false;
    t->windowed[n >> 6] &= ~(1ull << (n & 63));
    t->in_window[mmu]--;
    t->left_window[mmu]++;
    restore(t, mmu, page);
    return true;
}

static bool map_none(struct tlb *t, enum tlb_mmu mmu, uint64_t page, uint64_t pages)
{
    return mmap(window(t, mmu) + (page << PAGE_SHIFT), pages << PAGE_SHIFT, PROT_NONE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED;
}

/* One mapping takes the place of all, so the host has room for it. */
static void unmap_all(struct tlb *t, enum tlb_mmu mmu)
{
    if (!map_none(t, mmu, 0, TLB_PAGES))
        abort();
}

static void empty(struct tlb *t, enum tlb_mmu mmu)
{
    for (uint32_t page = 0; page < TLB_PAGES; page++)
        clear_bit(t, mmu, page);
    unmap_all(t, mmu);
}

/* A page out of the middle of several makes one mapping into three: where the host allows no more,
 * all go. */
static void unmap_page(struct tlb *t, enum tlb_mmu mmu, uint32_t page)
{
    if (!map_none(t, mmu, page, 1))
        empty(t, mmu);
}

/* May the page be written by what may read it? */
static bool writable(const struct tlb *t, uint64_t r, uint64_t w, uint32_t page)
{
    return !(w & TLB_SLOW) && tlb_ram_page(t, w, page) == tlb_ram_page(t, r, page);
}

static void make_tables(struct tlb *t)
{
    t->windowed = xcalloc(TLB_MMUS * TLB_PAGES / 64, sizeof *t->windowed);
    t->window_ram = xcalloc(TLB_MMUS * TLB_PAGES, sizeof *t->window_ram);
}

bool tlb_window_map(struct tlb *t, enum tlb_mmu mmu, uint32_t page)
{
    uint64_t *r = tlb_entry(t, mmu, TLB_READ, page), *w = tlb_entry(t, mmu, TLB_WRITE, page), ram;
    bool write;

    if (TLB_STRIDE == TLB_MMU_BYTES || *r & TLB_SLOW)
        return false;
    if (!t->windowed)
        make_tables(t);
    if (t->in_window[mmu] >= MAX_IN_WINDOW)
        empty(t, mmu);
    write = writable(t, *r, *w, page);
    ram = tlb_ram_page(t, *r, page);
    if (mmap(window(t, mmu) + ((uint64_t)page << PAGE_SHIFT), PAGE_SIZE,
             write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED | MAP_FIXED | MAP_POPULATE,
             t->ram->fd, (off_t)(ram << PAGE_SHIFT)) == MAP_FAILED) {
        empty(t, mmu); /* a failed MAP_FIXED may leave a hole */
        return false;
    }
    if (!tlb_window_has(t, mmu, page))
        set_bit(t, mmu, page);
    t->window_ram[page | (uint32_t)mmu << 20] = (uint32_t)ram;
    *r = window_entry(t, mmu);
    if (write)
        *w = window_entry(t, mmu);
    return true;
}

void tlb_window_drop(struct tlb *t, enum tlb_mmu mmu, uint32_t page)
{
    if (clear_bit(t, mmu, page))
        unmap_page(t, mmu, page);
}

void tlb_window_leave(struct tlb *t, enum tlb_mmu mmu, uint32_t page)
{
    if (clear_bit(t, mmu, page))
        vec_push(&t->leaving, page | (uint32_t)mmu << 20);
}

void tlb_window_sweep(struct tlb *t)
{
    bool whole[TLB_MMUS] = {false};

    for (size_t n = 0; n < t->leaving.len; n++) {
        enum tlb_mmu mmu = t->leaving.at[n] >> 20;
        if (whole[mmu])
            continue;
        whole[mmu] = !t->in_window[mmu];
        if (whole[mmu])
            unmap_all(t, mmu);
        else
            unmap_page(t, mmu, t->leaving.at[n] & (TLB_PAGES - 1));
    }
    vec_clear(&t->leaving);
}
