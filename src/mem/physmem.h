/* physmem.h - the guest-physical address space: RAM, ROM, MMIO, and who answers where.
 *
 * Two notions.  *RAM space* is all memory that guests or devices store bytes in (system RAM, video
 * RAM, ROM images), one memfd of one size, addressed by a RAM offset; per RAM page there is a dirty
 * byte and a pointer for translated code.  *Regions* map parts of RAM space, or functions of a
 * device, at physical addresses; the higher priority wins, and reads and writes are routed apart
 * (440FX PAM: reads from ROM, writes to RAM).  The regions are flattened into two sorted arrays of
 * ranges, one for reads and one for writes, rebuilt when a region changes.
 *
 * Worked example: 0xF0000 after reset.  Region "bios-low" (ROM image, readable, priority 1) covers
 * 0xE0000-0xFFFFF; region "pam-f0000" (system RAM, priority 2) has neither rd nor wr.  Firmware
 * writes PAM0 = 0x30: region_route(pam, true, true), the flattened arrays now show RAM, `changed`
 * tells the CPU to flush its software TLB.
 *
 * Invariants: everything a guest can store to is in RAM space or behind mem_ops; a device that
 * writes RAM uses phys_write (or calls ram_touch), so that dirty pages and translated code are seen
 * to; an address that nothing answers reads all ones and drops writes. */
#ifndef MEM_PHYSMEM_H
#define MEM_PHYSMEM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/vec.h"

struct err;
struct log;

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096u
#define NO_RAM     UINT64_MAX

/* RAM space. */
struct ram {
    uint8_t *host;  /* all of it, mapped once */
    uint64_t size;  /* bytes, page multiple */
    uint64_t used;  /* handed out by ram_alloc */
    int fd;         /* the memfd */
    uint8_t *dirty; /* per RAM page: bits of enum dirty_client */
    uint8_t *code;  /* per RAM page: bits of enum ram_code */
};

/* Stores to such a page concern others: translated code came from it, or a page walk has. */
enum ram_code { RAM_CODE = 1, RAM_TABLE = 2 };

enum dirty_client {
    DIRTY_DISPLAY = 1,
    DIRTY_SNAPSHOT = 2,
    DIRTY_MIGRATE = 4,
    DIRTY_HASH = 8,
    DIRTY_ALL = 0xff
};

/* size in bytes, all of it reserved at once and touched lazily. */
bool ram_init(struct ram *r, uint64_t size, struct err *e);
void ram_fini(struct ram *r);
/* The RAM offset of a new zeroed area of `size` bytes (rounded up to pages). Asserts that it fits.
 */
uint64_t ram_alloc(struct ram *r, uint64_t size);

/* Functions of a device.  `off` is relative to the region; size is 1, 2, 4 or 8 and never more than
 * `max` (a wider access is cut into pieces, ascending).  An access narrower than `min` is widened
 * for reads; for writes it is passed as it is. */
struct mem_ops {
    uint64_t (*read)(void *opaque, uint64_t off, unsigned size);
    void (*write)(void *opaque, uint64_t off, uint64_t val, unsigned size);
    unsigned min, max;
};

struct region {
    const char *name;
    uint64_t base, size; /* guest-physical, bytes; page multiples for RAM, any for ops */
    int priority;
    bool rd, wr;               /* takes part in reads, in writes */
    uint64_t ram;              /* RAM offset of its first byte, or NO_RAM */
    const struct mem_ops *ops; /* when ram is NO_RAM */
    void *opaque;
};

struct range {
    uint64_t start, end; /* [start, end) */
    struct region *region;
};

struct physmem {
    struct ram *ram;
    VEC(struct region *) regions;
    VEC(struct range) reads; /* sorted, disjoint; gaps answer all ones */
    VEC(struct range) writes;
    struct region *fetches; /* instruction fetches see it before all else; NULL: as reads do */
    uint64_t a20_mask;      /* ANDed to every CPU address: ~0 or ~BIT64(20) */
    struct log *log;
    /* Hooks that machine/ connects; each may be NULL. */
    void (*changed)(void *opaque);                                    /* the map or A20 changed */
    void (*code_write)(void *opaque, uint64_t ram_off, uint64_t len); /* a store hit a code page */
    void *opaque;
};

void physmem_init(struct physmem *pm, struct ram *ram);
void physmem_fini(struct physmem *pm);

/* The region is the caller's and stays in place until removed. */
void physmem_add(struct physmem *pm, struct region *r);
void physmem_remove(struct physmem *pm, struct region *r);
void region_move(struct physmem *pm, struct region *r, uint64_t base); /* base or size changed */
void region_route(struct physmem *pm, struct region *r, bool rd, bool wr);
void physmem_set_a20(struct physmem *pm, bool enabled);
/* A region of RAM for instruction fetches alone, however it is routed (SMRAM closed to data). */
void physmem_set_fetches(struct physmem *pm, struct region *r);

/* Helpers that fill in a region, routed for reads and writes; physmem_add makes it take part. */
void region_init_ram(struct region *r, const char *name, uint64_t base, uint64_t size, int priority,
                     uint64_t ram_off);
void region_init_ops(struct region *r, const char *name, uint64_t base, uint64_t size, int priority,
                     const struct mem_ops *ops, void *opaque);

/* The range at addr for reads (or writes), or NULL where nothing answers. */
const struct range *physmem_find(const struct physmem *pm, uint64_t addr, bool write);
/* RAM offset of addr when RAM answers there, else NO_RAM. */
uint64_t physmem_ram(const struct physmem *pm, uint64_t addr, bool write);
/* The same for an instruction fetch. */
uint64_t physmem_code(const struct physmem *pm, uint64_t addr);

/* One access of 1, 2, 4 or 8 bytes, of the CPU's slow path or of a device.  May cross regions. */
uint64_t phys_load(struct physmem *pm, uint64_t addr, unsigned size);
void phys_store(struct physmem *pm, uint64_t addr, uint64_t val, unsigned size);

/* DMA: any length; all ones are read where nothing answers. */
void phys_read(struct physmem *pm, uint64_t addr, void *buf, size_t n);
void phys_write(struct physmem *pm, uint64_t addr, const void *buf, size_t n);

/* After bytes of RAM space were changed by hand: marks dirty, tells translated code. */
void ram_touch(struct physmem *pm, uint64_t ram_off, uint64_t len);

/* True if any page of [off, off+len) is dirty for `client`; clears the bits of that client. */
bool ram_test_and_clear_dirty(struct ram *r, uint64_t off, uint64_t len, enum dirty_client client);

#endif
