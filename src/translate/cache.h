/* cache.h - blocks of translated code: keys, look-up, links and invalidation.
 *
 * A block is keyed by where its bytes are (RAM offset), where it runs (EIP, CS base and limit) and
 * the mode it was lifted under.  Three ways lead to one: a link patched into the block before it;
 * the jump cache, a direct-mapped table that translated code searches by itself; and block_find(),
 * the hash of all blocks.
 *
 * A jump-cache entry and a link across pages hold only while the fetch table of the TLB still maps
 * the target page to where it was; the check is a compare with memory, so neither a CR3 load nor
 * INVLPG touches them.  A block whose last instruction straddles two pages checks the second one
 * itself.
 *
 * The same bytes may run at several EIPs, as a shared library does in each process that has it at
 * another address.  Of those blocks the last one made is known as the twin, and the next is a copy
 * of it, which the backend adjusts (backend/x86_64/copy.c).
 *
 * RAM pages with blocks are marked in ram->code.  For each there is a bitmap of 64-byte chunks and
 * the list of blocks; a store that changes bytes of a chunk in use drops the blocks that own them.
 * A block does not own an immediate that it reads as it runs, since a store has changed it before
 * (its holes; lift.c).  Dropped blocks leave all tables at once; their memory goes when the code
 * cache is flushed, since they may be running. */
#ifndef TRANSLATE_CACHE_H
#define TRANSLATE_CACHE_H
#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "translate/ir/ir.h"
#include "translate/translate.h"

enum { BLOCK_SINGLE = 1u << 31 }; /* in `mode` of a key: one instruction only */

/* A direct exit. */
struct block_exit {
    struct block *from, *to;    /* to: NULL until linked */
    struct block_exit *next_in; /* next in to->incoming */
    uint32_t eip;               /* where it goes */
    uint32_t site;              /* offset of the rel32 in the code cache; backend's */
    uint32_t page_site;         /* offset of the page check's imm32, or 0 */
    uint32_t stub;              /* offset of the code for "not linked" */
    bool used;
};

/* Where a call out of translated code returns to, and the guest instruction it belongs to. */
enum { LOC_COLD = 1u << 31 };
struct block_loc {
    uint32_t off; /* from block->code, or from block->cold | LOC_COLD */
    uint16_t index;
};

/* Host code whose memory access may fault on the host, and where it goes on then; from block->code.
 */
struct block_site {
    uint32_t from, to, stub;
};

struct block {
    uint64_t ram_off; /* of its first byte */
    uint64_t page2;   /* RAM offset of the second page, or NO_RAM */
    uint32_t eip, cs_base, cs_limit, mode;
    uint32_t bytes; /* guest bytes */
    uint16_t n;     /* guest instructions */
    bool dead;
    bool copies;         /* its code can be copied for another EIP */
    uint8_t ungroupable; /* how often its groups of accesses did not hold */
    uint8_t outside;     /* how often an access was not to be had in the window */
    void *code, *cold;   /* entry; what rarely runs, elsewhere */
    uint32_t loop;       /* offset from it of the entry for its own exits; the backend's */
    uint32_t code_len, cold_len;
    int32_t *runs;      /* counts down to its promotion; NULL: the backend has one tier */
    struct block *hot;  /* its promoted form */
    struct block *base; /* of which this is the promoted form; NULL when it is gone */
    uint32_t hot_at;    /* place in the list of promoted blocks */
    bool promoted;
    struct ir_guest *guest;
    struct ir_replay *replays;
    struct block_loc *locs;
    struct block_site *sites;
    struct ir_hole *holes; /* bytes that it reads as it runs: their change does not concern it */
    uint32_t *relocs;      /* what a copy at another EIP must adjust; the backend's */
    uint32_t nlocs, nsites, nrelocs;
    uint16_t nholes;
    struct block_exit *exit; /* behind this struct; by slot */
    uint8_t nexits;
    struct block_exit *incoming;
    struct block *hash_next, *twin_next;
    struct block *page_next[2];  /* in the lists of its pages */
    struct block **page_prev[2]; /* what points to it there */
};

struct code_page {
    uint64_t chunks;
    struct block *blocks;
    uint32_t idle; /* stores since the last block went */
};

struct jump_entry {
    uint32_t eip, mode, cs_base, page; /* page: RAM page << 1, as in the TLB's fetch table */
    uint32_t cs_limit, pad;
    void *code; /* NULL: empty */
};
_Static_assert(sizeof(void *) != 8 || sizeof(struct jump_entry) == 32,
               "translated code shifts by 5");

enum { JUMP_BITS = 14, HASH_BITS = 19 };

struct engine;

struct backend {
    const char *name;
    bool (*init)(struct engine *e, struct err *err);
    void (*fini)(struct engine *e);
    /* Translates; fills in code, code_len, locs, exit[].  False when the cache is full. */
    bool (*compile)(struct engine *e, const struct ir_block *ir, struct block *b);
    /* The same for a block of the same bytes at another EIP, from the code of one that is alive.
     * False where that cannot be done.  May be NULL. */
    bool (*copy)(struct engine *e, const struct block *from, struct block *b);
    /* In check builds: the block was just copied; is it what ir gives there?  May be NULL. */
    bool (*same)(struct engine *e, const struct ir_block *ir, struct block *b);
    /* Runs from a block until something leaves; a direct exit that was not linked, or NULL. */
    struct block_exit *(*enter)(struct engine *e, struct block *b);
    void (*link)(struct engine *e, struct block_exit *x, struct block *to);
    void (*unlink)(struct engine *e, struct block_exit *x);
    /* The block and instruction that was running, after a fault or before a device access. */
    struct block *(*locate)(struct engine *e, unsigned *index);
    void (*flush)(struct engine *e);
    /* Around a run: floating-point state into the host's registers and back.  May be NULL. */
    void (*begin)(struct engine *e);
    void (*end)(struct engine *e);
};
extern const struct backend backend_x86_64, backend_interp;

/* EIP of one of its instructions; ir_guest has that of the block that was translated first. */
static inline uint32_t block_eip(const struct block *b, unsigned index)
{
    return b->eip + (b->guest[index].eip - b->guest[0].eip);
}

/* A copy of n items in the blocks' memory. */
void *block_table(struct arena *a, const void *items, size_t n, size_t size);

/* From a slow path of the running block: what it assumed of a group of accesses does not hold.  The
 * instruction starts again, alone in a block. */
_Noreturn void engine_ungroup(struct engine *e);

/* Makes the flags that guest instruction `index` was entered with, where they were not kept. */
void replay_flags(struct cpu *cpu, const struct block *b, unsigned index);

/* promote.c: which blocks are promoted, and whether promoted ones are to run. */
struct allowance {
    bool off;       /* the windows change too often: run the plain forms */
    uint64_t since; /* count of instructions when it was turned on or off */
    uint64_t pause; /* for which it stays off the next time, unless one space runs alone */
};

/* Of one address space, or the kernel's part of all: fills that it may still do, which grow with
 * the instructions that it runs. */
struct credit {
    uint64_t serial; /* of the space */
    int64_t spent;   /* fills, or what was earned and lost */
};

struct promotion {
    struct allowance allowance[TLB_MMUS];
    struct credit credit[TLB_SLOTS];
    struct map refused; /* RAM offset + 1 of blocks whose accesses miss the window */
    VEC(struct block *) blocks;
    struct block *faulting; /* whose access to a window just faulted on the host */
};

struct engine {
    struct cpu *cpu;
    const struct backend *backend;
    void *data; /* the backend's */
    struct engine_config config;
    struct engine_stats stats;
    struct ir_block ir;
    struct jump_entry *jump; /* 1 << JUMP_BITS */
    struct block **hash;     /* 1 << HASH_BITS */
    struct block **twins;    /* 1 << HASH_BITS: of the same bytes the last one made, at any EIP */
    struct arena memory;     /* of the blocks and their tables */
    struct map pages;        /* RAM page + 1 -> struct code_page */
    struct map io;           /* RAM offset + 1 of instructions known to touch devices */
    struct map patched;      /* RAM offset + 1 of instructions that a store changed -> offset of the
                              * first byte that it changed + 1 */
    struct map ungrouped;    /* RAM offset + 1 of blocks whose accesses are checked one by one */
    VEC(struct block *) blocks; /* in order of their code */
    struct promotion promotion;
    bool single; /* next block: one instruction, whatever the budget */
    bool debug_stepping;
};

static inline uint32_t jump_hash(uint32_t eip)
{
    return (eip ^ eip >> JUMP_BITS) & ((1u << JUMP_BITS) - 1);
}

/* The block for the CPU's current EIP and mode, translated if need be; single: of one instruction.
 * May leave by a fault of the fetch.  NULL when the code is not in RAM (then *temp is filled with
 * bytes to run once). */
struct block *block_find(struct engine *e, bool single);
void block_drop(struct engine *e, struct block *b);
void jump_clear(struct engine *e);
void cache_flush(struct engine *e);
/* No block goes to this one any more without the run loop. */
void block_unlink(struct engine *e, struct block *b);

/* The form of a block to run now; *wanted: it is to be promoted first. */
struct block *promote_choose(struct engine *e, struct block *b, bool *wanted);
void promote_done(struct engine *e, struct block *b, struct block *hot);
void promote_forget(struct engine *e, struct block *b); /* b is dropped */
void promote_flush(struct engine *e);
/* A promoted block's access to `size` bytes at `lin` was not in the window, and was done without.
 */
void promote_fill(struct engine *e, uint32_t lin, unsigned size, bool write);
/* Drops the blocks that own any of the bytes; returns whether there was one. `running` is told
 * apart. */
bool cache_invalidate(struct engine *e, uint64_t ram_off, uint64_t len);
bool cache_hits(struct engine *e, uint64_t ram_off, uint64_t len, const struct block *b);
bool cache_owned(struct engine *e, uint64_t ram_off, uint64_t len);

#endif
