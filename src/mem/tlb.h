/* tlb.h - the software TLB: from a linear page to host memory in one load.  Its shape is known
 * here, in tlb.c and to the code generators alone.
 *
 * For each privilege (TLB_KERNEL, TLB_USER, TLB_KERNEL_AC) there are three flat tables of 2^20
 * entries of 8 bytes, one entry for each page of a 32-bit linear space: reads, writes, fetches. The
 * address space is reserved at once and touched lazily; an untouched entry reads TLB_EMPTY.
 *
 * A read or write entry is one of
 *
 * - a displacement, the host address of the page less its linear address, with the low 12 bits
 *   zero: the fast path adds the linear address, and that is all;
 * - displacement | TLB_SLOW | why: valid, but the slow path must look at the access (a page of code
 *   or of page tables, a clean page, a watchpoint); the walk is not repeated;
 * - physical page | TLB_SLOW | TLB_IO: valid, no RAM there;
 * - TLB_EMPTY: walk the page tables.
 *
 * So `(entry | address) & (size - 1 | 1)` is zero exactly when the access may go ahead: one branch
 * tests slow and misaligned together.  A fetch entry is RAM page number << 1, or TLB_EMPTY; code
 * that is not in RAM is never entered.
 *
 * What a guest could notice of a TLB (stale entries, accessed bits not set again) depends on the
 * sequence of accesses and flushes alone, never on code pages, dirty tracking or the engine.  That
 * is why a slow entry stays an entry.
 *
 * Windows.  On a 64-bit host 4 GB behind the tables of each privilege are kept free: at linear
 * address + a constant, tlb_window_map() maps the RAM of a page that has entries, so that
 * translated code can go there with no look-up at all.  A page in the window may do what its
 * entries allow in one step and no more: it is writable only if its write entry is fast, and leaves
 * the window when an entry changes.  What is not there faults on the host, and so do the guards
 * before and behind, which bear addresses with an offset that wrap. While a page is in the window
 * its fast entries lead there too, since a host's first-level cache is slow where one line is used
 * by two addresses in turn. Mapping a page costs some microseconds, so this is for code that runs
 * often.
 *
 * Address spaces.  A load of CR3 flushes, but a guest that switches between processes loads the
 * same few values again and again.  So TLB_USER has the tables and the window of several address
 * spaces, and a load of CR3 changes from one to another (tlb_switch()).  What is found there again
 * is what a walk would enter: the page tables of a space are traced, and what a store to them
 * concerns is dropped when the space is next switched to, which is where a processor would have
 * dropped all (tlb_space.c).
 *
 * Lists of filled entries make a flush cheap.  A large page is entered 4 KB at a time; `large`
 * remembers where that happened, so that INVLPG of any address in it drops all of it (SDM vol.
 * 3A, 4.10.2.3). */
#ifndef MEM_TLB_H
#define MEM_TLB_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/map.h"
#include "base/vec.h"
#include "mem/physmem.h"

/* TLB_KERNEL_AC: supervisor accesses that SMAP lets go to user pages, since EFLAGS.AC is set. */
enum tlb_mmu { TLB_KERNEL, TLB_USER, TLB_KERNEL_AC, TLB_MMUS };
enum tlb_kind { TLB_READ, TLB_WRITE, TLB_FETCH, TLB_KINDS };

#define TLB_EMPTY       1ull
#define TLB_SLOW        0x01ull
#define TLB_IO          0x02ull
#define TLB_CODE        0x04ull /* RAM page holds translated code, or traced page tables */
#define TLB_CLEAN       0x08ull /* the next store must mark the page dirty */
#define TLB_WATCH       0x10ull /* a data breakpoint lies in the page */
#define TLB_FLAGS       0xfffull

#define TLB_PAGES       (1u << 20)
#define TLB_TABLE_BYTES (8ull << 20)                  /* one table */
#define TLB_MMU_BYTES   (TLB_KINDS * TLB_TABLE_BYTES) /* the three tables of one privilege */
#define TLB_GUARD_BYTES (1ull << 30)
#define TLB_WINDOW_OFF  (TLB_MMU_BYTES + TLB_GUARD_BYTES) /* from the tables to the window */
#if UINTPTR_MAX > UINT32_MAX
#define TLB_STRIDE                                                                                 \
    (TLB_WINDOW_OFF + (4ull << 30) + TLB_GUARD_BYTES) /* from one privilege to the next */
#else
#define TLB_STRIDE TLB_MMU_BYTES
#endif

/* Tables and a window each: one for each privilege, and more for the other address spaces. */
enum { TLB_SPACES = 8, TLB_SLOTS = TLB_MMUS + TLB_SPACES - 1 };

struct tlb_list {
    VEC(uint32_t) recs; /* page | slot << 20 | kind << 24; may hold an entry twice */
    size_t tidy_at;     /* length at which doubles are sorted out */
};

/* Linear pages that a store to page tables concerns. */
struct tlb_span {
    uint32_t page, pages;
};

struct tlb_space {
    uint64_t key[5];              /* CR3, and the PDPTEs under PAE */
    bool known;                   /* it is that of `key` */
    bool stale;                   /* too much has changed: drop all of it */
    uint64_t used;                /* of tlb.switches, when it was last switched to */
    uint64_t ran;                 /* instructions in it, up to then: tlb_switch() counts */
    uint64_t serial;              /* another with each new key */
    VEC(struct tlb_span) changed; /* to be dropped when it is */
    VEC(uint32_t) tables;         /* RAM pages that are traced for it */
};

/* Write entries that lead to a RAM page: records + 1, 0 for none; if they are more than two,
 * UINT32_MAX first. */
struct tlb_writers {
    uint32_t rec[2];
};

struct tlb {
    uint8_t *area; /* TLB_SLOTS * TLB_STRIDE */
    struct ram *ram;
    struct tlb_list filled[TLB_SLOTS + 1]; /* the last: global ones of TLB_KERNEL, TLB_KERNEL_AC */
    struct tlb_space space[TLB_SPACES];
    unsigned user;                  /* slot of TLB_USER now */
    uint64_t switches;              /* so far */
    uint64_t since, serials;        /* count of instructions at the last one; keys so far */
    struct map tables;              /* RAM page + 1 of page tables -> struct tlb_table */
    struct tlb_writers *writers;    /* by RAM page */
    bool walking;                   /* a walk stores accessed and dirty flags */
    uint64_t large[32];             /* a bit for each 2 MB that large pages were filled from */
    uint64_t *windowed;             /* a bit for each page of each slot that is in its window */
    uint32_t *window_ram;           /* and its RAM page */
    uint32_t in_window[TLB_SLOTS];  /* how many are */
    uint32_t left_window[TLB_MMUS]; /* how many have left, ever */
    VEC(uint32_t) leaving;          /* page | slot << 20 of those that a flush takes out */
};

struct err;
bool tlb_init(struct tlb *t, struct ram *ram, struct err *e);
void tlb_fini(struct tlb *t);

static inline unsigned tlb_slot(const struct tlb *t, enum tlb_mmu mmu)
{
    return mmu == TLB_USER ? t->user : mmu;
}

static inline enum tlb_mmu tlb_slot_mmu(unsigned slot)
{
    return slot >= TLB_MMUS ? TLB_USER : (enum tlb_mmu)slot;
}

/* For TLB_USER it changes with tlb_switch() and tlb_load(). */
static inline uint8_t *tlb_base(struct tlb *t, enum tlb_mmu mmu)
{
    return t->area + tlb_slot(t, mmu) * TLB_STRIDE;
}

static inline uint64_t *tlb_slot_entry(struct tlb *t, unsigned slot, enum tlb_kind kind,
                                       uint32_t page)
{
    return (uint64_t *)(t->area + slot * TLB_STRIDE + kind * TLB_TABLE_BYTES) + page;
}

static inline uint64_t *tlb_entry(struct tlb *t, enum tlb_mmu mmu, enum tlb_kind kind,
                                  uint32_t page)
{
    return tlb_slot_entry(t, tlb_slot(t, mmu), kind, page);
}

/* Enters a translation.  ram_off is the RAM offset of the page, or NO_RAM when a device or nothing
 * answers at `phys`.  A write entry gets TLB_CODE and TLB_CLEAN as the page's marks say, and
 * TLB_WATCH on request. */
void tlb_fill(struct tlb *t, enum tlb_mmu mmu, enum tlb_kind kind, uint32_t page, uint64_t phys,
              uint64_t ram_off, bool global, bool watch);

/* The page just filled is part of a large page. */
static inline void tlb_note_large(struct tlb *t, uint32_t page)
{
    t->large[page >> 15] |= 1ull << (page >> 9 & 63);
}

/* All of the address space in use and of the kernel, but global pages if they are to stay; if not,
 * all address spaces. */
void tlb_flush(struct tlb *t, bool keep_global);
/* One page; all 4 MB around it when large pages were filled there. */
void tlb_flush_page(struct tlb *t, uint32_t page);

/* tlb_space.c.  CR3 was loaded: flushes like tlb_flush(t, true), or finds the address space again.
 * key: CR3, and the PDPTEs under PAE, else 0; count: of instructions now. */
void tlb_switch(struct tlb *t, const uint64_t key[5], uint64_t count);
/* For promote.c.  Instructions that the space in use has run, with what the kernel did for it,
 * since a load of the machine's state; and a number that each new space has of its own. */
uint64_t tlb_space_ran(struct tlb *t, uint64_t count);
uint64_t tlb_space_serial(struct tlb *t);
/* All was flushed, and CR3 is this. */
void tlb_set_key(struct tlb *t, const uint64_t key[5]);
/* What is entered now is not what a load of CR3 as it was would give. */
void tlb_forget_key(struct tlb *t);
/* A walk for TLB_USER has read these entries of page tables, RAM offsets of `levels` (1 or 2) from
 * the top; NO_RAM where none can be traced.  size: bytes of an entry, 4 or 8. */
void tlb_trace(struct tlb *t, uint32_t page, const uint64_t entry[2], unsigned levels,
               unsigned size);
/* RAM that ram->code marks as RAM_TABLE was written. */
void tlb_table_written(struct tlb *t, uint64_t ram_off, uint64_t len);

/* The page now holds translated code or page tables (or no more): stores to it take the slow path
 * (or not). */
void tlb_mark_code(struct tlb *t, uint64_t ram_page, bool code);

/* After dirty bits were cleared for RAM pages [first, first+count): their next stores take the slow
 * path. */
void tlb_mark_clean(struct tlb *t, uint64_t first, uint64_t count);

/* tlb_window.c.  Maps a page into the window of its privilege, as far as its entries allow; false
 * when it has no read entry that is fast, or the host has no room. */
bool tlb_window_map(struct tlb *t, enum tlb_mmu mmu, uint32_t page);
/* Takes one page out, if it is there. */
void tlb_window_drop(struct tlb *t, enum tlb_mmu mmu, uint32_t page);
/* The same for many: tlb_window_leave() for each page, then tlb_window_sweep() once. */
void tlb_window_leave(struct tlb *t, unsigned slot, uint32_t page);
void tlb_window_sweep(struct tlb *t);

static inline bool tlb_slot_window_has(const struct tlb *t, unsigned slot, uint32_t page)
{
    uint32_t n = page | slot << 20;
    return t->windowed && t->windowed[n >> 6] >> (n & 63) & 1;
}

static inline bool tlb_window_has(const struct tlb *t, enum tlb_mmu mmu, uint32_t page)
{
    return tlb_slot_window_has(t, tlb_slot(t, mmu), page);
}

/* Entries of pages in a window hold the window's own address. */
static inline bool tlb_leads_to_window(const struct tlb *t, uint64_t entry)
{
    uint64_t at = (uint64_t)(uintptr_t)t->area + TLB_WINDOW_OFF;

    entry = (entry & ~(uint64_t)TLB_FLAGS) - at;
    return entry < TLB_SLOTS * TLB_STRIDE && entry % TLB_STRIDE == 0;
}
uint64_t tlb_window_ram(const struct tlb *t, uint64_t entry, uint32_t page);

/* RAM page that a read or write entry of a linear page leads to, or NO_RAM. */
uint64_t tlb_ram_page(const struct tlb *t, uint64_t entry, uint32_t page);

/* --- tlb.c, for tlb_space.c and tlb_state.c --- */
void tlb_list_add(struct tlb_list *l, struct tlb *t, uint32_t rec);
void tlb_note_writer(struct tlb *t, uint32_t rec, uint64_t ram_page);
void tlb_list_drop(struct tlb *t,
                   struct tlb_list *l); /* all its entries; tlb_window_sweep() next */
void tlb_slot_drop(struct tlb *t, unsigned slot, uint32_t page, uint32_t pages); /* likewise */

/* --- tlb_space.c, for tlb.c and tlb_state.c --- */
struct tlb_use {
    uint8_t slot;
    uint8_t size;      /* of an entry, bytes */
    uint8_t span_bits; /* an entry is for 1 << span_bits pages */
    uint32_t first;    /* the first entry's first page */
};
struct tlb_table {
    VEC(struct tlb_use) uses;
};
static inline unsigned tlb_space_slot(unsigned space)
{
    return space ? TLB_MMUS + space - 1 : TLB_USER;
}
struct tlb_space *tlb_space_now(struct tlb *t);
void tlb_space_forget(struct tlb *t, unsigned space); /* it is nobody's, and nothing is traced */
void tlb_add_use(struct tlb *t, uint64_t ram_page, struct tlb_use use);

/* The entries as a part of a saved machine (tlb_state.c): tlb_check says whether b can be loaded
 * into a machine with this RAM, tlb_load replaces all entries. */
struct state_buf;
void tlb_save(struct tlb *t, struct state_buf *b);
bool tlb_check(const struct tlb *t, const struct state_buf *b, struct err *e);
void tlb_load(struct tlb *t, const struct state_buf *b);

#endif
