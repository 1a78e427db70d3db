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

static uint8_t *window(struct tlb *t, unsigned slot)
{
    return t->area + slot * TLB_STRIDE + TLB_WINDOW_OFF;
}

static uint64_t window_entry(struct tlb *t, unsigned slot)
{
    return (uint64_t)(uintptr_t)window(t, slot);
}

uint64_t tlb_window_ram(const struct tlb *t, uint64_t entry, uint32_t page)
{
    uint64_t first = (uint64_t)(uintptr_t)t->area + TLB_WINDOW_OFF;

    uint64_t slot = ((entry & ~(uint64_t)TLB_FLAGS) - first) / TLB_STRIDE;

    return t->window_ram[page | (uint32_t)slot << 20];
}

static void set_bit(struct tlb *t, unsigned slot, uint32_t page)
{
    uint32_t n = page | slot << 20;

    t->windowed[n >> 6] |= 1ull << (n & 63);
    t->in_window[slot]++;
}

/* The entries lead to RAM itself again. */
static void restore(struct tlb *t, unsigned slot, uint32_t page)
{
    uint64_t ram = t->window_ram[page | slot << 20];
    uint64_t entry =
        (uint64_t)(uintptr_t)(t->ram->host + (ram << PAGE_SHIFT)) - ((uint64_t)page << PAGE_SHIFT);

    for (enum tlb_kind kind = TLB_READ; kind <= TLB_WRITE; kind++) {
        uint64_t *e = tlb_slot_entry(t, slot, kind, page);
        if ((*e & ~(uint64_t)TLB_FLAGS) == window_entry(t, slot))
            *e = entry | (*e & TLB_FLAGS);
    }
}

static bool clear_bit(struct tlb *t, unsigned slot, uint32_t page)
{
    uint32_t n = page | slot << 20;

    if (!tlb_slot_window_has(t, slot, page))
        return false;
    t->windowed[n >> 6] &= ~(1ull << (n & 63));
    t->in_window[slot]--;
    t->left_window[tlb_slot_mmu(slot)]++;
    restore(t, slot, page);
    return true;
}

static bool map_none(struct tlb *t, unsigned slot, uint64_t page, uint64_t pages)
{
    return mmap(window(t, slot) + (page << PAGE_SHIFT), pages << PAGE_SHIFT, PROT_NONE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED;
}

/* One mapping takes the place of all, so the host has room for it. */
static void unmap_all(struct tlb *t, unsigned slot)
{
    if (!map_none(t, slot, 0, TLB_PAGES))
        abort();
}

static void empty(struct tlb *t, unsigned slot)
{
    for (uint32_t page = 0; page < TLB_PAGES; page++)
        clear_bit(t, slot, page);
    unmap_all(t, slot);
}

/* A page out of the middle of several makes one mapping into three: where the host allows no more,
 * all go. */
static void unmap_page(struct tlb *t, unsigned slot, uint32_t page)
{
    if (!map_none(t, slot, page, 1))
        empty(t, slot);
}

/* May the page be written by what may read it? */
static bool writable(const struct tlb *t, uint64_t r, uint64_t w, uint32_t page)
{
    return !(w & TLB_SLOW) && tlb_ram_page(t, w, page) == tlb_ram_page(t, r, page);
}

static void make_tables(struct tlb *t)
{
    t->windowed = xcalloc(TLB_SLOTS * TLB_PAGES / 64, sizeof *t->windowed);
    t->window_ram = xcalloc(TLB_SLOTS * TLB_PAGES, sizeof *t->window_ram);
}

/* Two windows at most may be full, counting all. */
static void make_room(struct tlb *t, unsigned slot)
{
    uint32_t all = 0;

    for (unsigned n = 0; n < TLB_SLOTS; n++)
        all += t->in_window[n];
    if (t->in_window[slot] >= MAX_IN_WINDOW || all >= 2 * MAX_IN_WINDOW) {
        for (unsigned n = 0; n < TLB_SLOTS; n++) {
            if (n == slot || n >= TLB_MMUS)
                empty(t, n);
        }
    }
}

bool tlb_window_map(struct tlb *t, enum tlb_mmu mmu, uint32_t page)
{
    uint64_t *r = tlb_entry(t, mmu, TLB_READ, page), *w = tlb_entry(t, mmu, TLB_WRITE, page), ram;
    unsigned slot = tlb_slot(t, mmu);
    bool write;

    if (TLB_STRIDE == TLB_MMU_BYTES || *r & TLB_SLOW)
        return false;
    if (!t->windowed)
        make_tables(t);
    make_room(t, slot);
    write = writable(t, *r, *w, page);
    ram = tlb_ram_page(t, *r, page);
    if (mmap(window(t, slot) + ((uint64_t)page << PAGE_SHIFT), PAGE_SIZE,
             write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED | MAP_FIXED | MAP_POPULATE,
             t->ram->fd, (off_t)(ram << PAGE_SHIFT)) == MAP_FAILED) {
        empty(t, slot); /* a failed MAP_FIXED may leave a hole */
        return false;
    }
    if (!tlb_window_has(t, mmu, page))
        set_bit(t, slot, page);
    t->window_ram[page | slot << 20] = (uint32_t)ram;
    *r = window_entry(t, slot);
    if (write)
        *w = window_entry(t, slot);
    return true;
}

void tlb_window_drop(struct tlb *t, enum tlb_mmu mmu, uint32_t page)
{
    unsigned slot = tlb_slot(t, mmu);

    if (clear_bit(t, slot, page))
        unmap_page(t, slot, page);
}

void tlb_window_leave(struct tlb *t, unsigned slot, uint32_t page)
{
    if (clear_bit(t, slot, page))
        vec_push(&t->leaving, page | slot << 20);
}

void tlb_window_sweep(struct tlb *t)
{
    bool whole[TLB_SLOTS] = {false};

    for (size_t n = 0; n < t->leaving.len; n++) {
        unsigned slot = t->leaving.at[n] >> 20;
        if (whole[slot])
            continue;
        whole[slot] = !t->in_window[slot];
        if (whole[slot])
            unmap_all(t, slot);
        else
            unmap_page(t, slot, t->leaving.at[n] & (TLB_PAGES - 1));
    }
    vec_clear(&t->leaving);
}
