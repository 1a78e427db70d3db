/* tlb_window.c - linear address spaces as the host's memory: pages with entries, mapped where translated
 * code finds them without a look-up.
 *
 * The host pays some microseconds for each page, and one of its own map entries; it allows some 65,000
 * (vm.max_map_count), so a window is emptied before it gets near. */
#include <stdlib.h>
#include <sys/mman.h>
#include "base/err.h"
#include "mem/tlb.h"

enum { MAX_IN_WINDOW = 12000 };

static uint8_t *window(struct tlb *t, enum tlb_mmu mmu)
{
    return tlb_base(t, mmu) + TLB_WINDOW_OFF;
}

static void set_bit(struct tlb *t, enum tlb_mmu mmu, uint32_t page)
{
    uint32_t n = page | (uint32_t)mmu << 20;

    t->windowed[n >> 6] |= 1ull << (n & 63);
    t->in_window[mmu]++;
}

static bool clear_bit(struct tlb *t, enum tlb_mmu mmu, uint32_t page)
{
    uint32_t n = page | (uint32_t)mmu << 20;

    if (!tlb_window_has(t, mmu, page))
        return false;
    t->windowed[n >> 6] &= ~(1ull << (n & 63));
    t->in_window[mmu]--;
    return true;
}

static void unmap(struct tlb *t, enum tlb_mmu mmu, uint64_t page, uint64_t pages)
{
    void *at = mmap(window(t, mmu) + (page << PAGE_SHIFT), pages << PAGE_SHIFT, PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

    /* It takes the place of a mapping, so there is room. */
    if (at == MAP_FAILED)
        abort();
}

static void empty(struct tlb *t, enum tlb_mmu mmu)
{
    uint64_t *bits = t->windowed + ((size_t)mmu << 20) / 64;

    for (size_t n = 0; n < TLB_PAGES / 64; n++)
        bits[n] = 0;
    t->in_window[mmu] = 0;
    unmap(t, mmu, 0, TLB_PAGES);
}

/* PROT_* that the entries allow; PROT_NONE: none. */
static int protection(uint64_t r, uint64_t w)
{
    if (r & TLB_SLOW)
        return PROT_NONE;
    return !(w & TLB_SLOW) && w == r ? PROT_READ | PROT_WRITE : PROT_READ;
}

bool tlb_window_map(struct tlb *t, enum tlb_mmu mmu, uint32_t page)
{
    uint64_t r = *tlb_entry(t, mmu, TLB_READ, page);
    int prot = protection(r, *tlb_entry(t, mmu, TLB_WRITE, page));
    void *at = window(t, mmu) + ((uint64_t)page << PAGE_SHIFT);

    if (TLB_STRIDE == TLB_MMU_BYTES || prot == PROT_NONE)
        return false;
    if (!t->windowed)
        t->windowed = xcalloc(TLB_MMUS * TLB_PAGES / 64, sizeof *t->windowed);
    if (t->in_window[mmu] >= MAX_IN_WINDOW)
        empty(t, mmu);
    if (mmap(at, PAGE_SIZE, prot, MAP_SHARED | MAP_FIXED | MAP_POPULATE, t->ram->fd,
             (off_t)(tlb_ram_page(t, r, page) << PAGE_SHIFT)) == MAP_FAILED) {
        tlb_window_drop(t, mmu, page);
        return false;
    }
    if (!tlb_window_has(t, mmu, page))
        set_bit(t, mmu, page);
    return true;
}

void tlb_window_drop(struct tlb *t, enum tlb_mmu mmu, uint32_t page)
{
    if (clear_bit(t, mmu, page))
        unmap(t, mmu, page, 1);
}

void tlb_window_leave(struct tlb *t, enum tlb_mmu mmu, uint32_t page)
{
    if (clear_bit(t, mmu, page))
        vec_push(&t->leaving, page | (uint32_t)mmu << 20);
}

void tlb_window_sweep(struct tlb *t)
{
    bool whole[TLB_MMUS] = {false, false};

    for (size_t n = 0; n < t->leaving.len; n++) {
        enum tlb_mmu mmu = t->leaving.at[n] >> 20;
        if (whole[mmu])
            continue;
        whole[mmu] = !t->in_window[mmu];
        if (whole[mmu])
            unmap(t, mmu, 0, TLB_PAGES);
        else
            unmap(t, mmu, t->leaving.at[n] & (TLB_PAGES - 1), 1);
    }
    vec_clear(&t->leaving);
}
