/* physmem.c - regions, the flattened map, and accesses through it. */
#include "mem/physmem.h"
#include <assert.h>
#include <string.h>
#include "base/bits.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/log.h"

void physmem_init(struct physmem *pm, struct ram *ram)
{
    *pm = (struct physmem){.ram = ram, .a20_mask = ~0ull};
}

void physmem_fini(struct physmem *pm)
{
    vec_fini(&pm->regions);
    vec_fini(&pm->reads);
    vec_fini(&pm->writes);
}

static int u64_order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static uint64_t region_end(const struct region *r)
{
    return r->base > UINT64_MAX - r->size ? UINT64_MAX : r->base + r->size;
}

/* The region with the highest priority at addr; of equal ones the last added. */
static struct region *winner(const struct physmem *pm, uint64_t addr, bool write)
{
    struct region *best = NULL;

    for (size_t i = 0; i < pm->regions.len; i++) {
        struct region *r = pm->regions.at[i];
        if ((write ? r->wr : r->rd) && addr >= r->base && addr < region_end(r) &&
            (!best || r->priority >= best->priority))
            best = r;
    }
    return best;
}

/* Finds who wins between each two borders and merges neighbours; `out` has room for n ranges. */
static size_t flatten(const struct physmem *pm, bool write, const uint64_t *cut, size_t n,
                      struct range *out)
{
    size_t len = 0;

    for (size_t i = 0; i + 1 < n; i++) {
        struct region *r = cut[i] < cut[i + 1] ? winner(pm, cut[i], write) : NULL;
        if (!r)
            continue;
        if (len && out[len - 1].region == r && out[len - 1].end == cut[i])
            out[len - 1].end = cut[i + 1];
        else
            out[len++] = (struct range){cut[i], cut[i + 1], r};
    }
    return len;
}

static void rebuild(struct physmem *pm)
{
    VEC(uint64_t) cut = {0};

    vec_reserve(&cut, pm->regions.len * 2 + 1);
    for (size_t i = 0; i < pm->regions.len; i++) {
        vec_push(&cut, pm->regions.at[i]->base);
        vec_push(&cut, region_end(pm->regions.at[i]));
    }
    qsort(cut.at, cut.len, sizeof(*cut.at), u64_order);
    vec_reserve(&pm->reads, cut.len);
    vec_reserve(&pm->writes, cut.len);
    pm->reads.len = flatten(pm, false, cut.at, cut.len, pm->reads.at);
    pm->writes.len = flatten(pm, true, cut.at, cut.len, pm->writes.at);
    vec_fini(&cut);
    if (pm->changed)
        pm->changed(pm->opaque);
}

void physmem_add(struct physmem *pm, struct region *r)
{
    vec_push(&pm->regions, r);
    rebuild(pm);
}

void physmem_remove(struct physmem *pm, struct region *r)
{
    for (size_t i = 0; i < pm->regions.len; i++) {
        if (pm->regions.at[i] == r) {
            memmove(&pm->regions.at[i], &pm->regions.at[i + 1],
                    (pm->regions.len - i - 1) * sizeof(*pm->regions.at));
            pm->regions.len--;
            rebuild(pm);
            return;
        }
    }
}

void region_move(struct physmem *pm, struct region *r, uint64_t base)
{
    r->base = base;
    rebuild(pm);
}

void region_route(struct physmem *pm, struct region *r, bool rd, bool wr)
{
    if (r->rd == rd && r->wr == wr)
        return;
    r->rd = rd;
    r->wr = wr;
    rebuild(pm);
}

void physmem_set_a20(struct physmem *pm, bool enabled)
{
    uint64_t mask = enabled ? ~0ull : ~BIT64(20);

    if (mask == pm->a20_mask)
        return;
    pm->a20_mask = mask;
    if (pm->changed)
        pm->changed(pm->opaque);
}

void region_init_ram(struct region *r, const char *name, uint64_t base, uint64_t size, int priority,
                     uint64_t ram_off)
{
    *r = (struct region){.name = name,
                         .base = base,
                         .size = size,
                         .priority = priority,
                         .rd = true,
                         .wr = true,
                         .ram = ram_off};
}

void region_init_ops(struct region *r, const char *name, uint64_t base, uint64_t size, int priority,
                     const struct mem_ops *ops, void *opaque)
{
    assert(ops->max >= 1 && ops->min <= ops->max);
    region_init_ram(r, name, base, size, priority, NO_RAM);
    r->ops = ops;
    r->opaque = opaque;
}

void physmem_set_fetches(struct physmem *pm, struct region *r)
{
    if (r == pm->fetches)
        return;
    pm->fetches = r;
    if (pm->changed)
        pm->changed(pm->opaque);
}

/* The range at addr, or the place of the first one behind it. */
static const struct range *range_at(const struct range *at, size_t len, uint64_t addr)
{
    size_t lo = 0, hi = len;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (at[mid].end <= addr)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < len ? &at[lo] : NULL;
}

const struct range *physmem_find(const struct physmem *pm, uint64_t addr, bool write)
{
    const struct range *r = write ? range_at(pm->writes.at, pm->writes.len, addr)
                                  : range_at(pm->reads.at, pm->reads.len, addr);

    return r && r->start <= addr ? r : NULL;
}

uint64_t physmem_ram(const struct physmem *pm, uint64_t addr, bool write)
{
    const struct range *r = physmem_find(pm, addr, write);

    if (!r || r->region->ram == NO_RAM)
        return NO_RAM;
    return r->region->ram + (addr - r->region->base);
}

uint64_t physmem_code(const struct physmem *pm, uint64_t addr)
{
    const struct region *r = pm->fetches;

    if (r && addr >= r->base && addr < region_end(r))
        return r->ram + (addr - r->base);
    return physmem_ram(pm, addr, false);
}

void ram_touch(struct physmem *pm, uint64_t ram_off, uint64_t len)
{
    struct ram *ram = pm->ram;

    if (!len)
        return;
    for (uint64_t p = ram_off >> PAGE_SHIFT; p <= (ram_off + len - 1) >> PAGE_SHIFT; p++) {
        ram->dirty[p] = DIRTY_ALL;
        if (ram->code[p] && pm->code_write) {
            uint64_t from = max_u64(ram_off, p << PAGE_SHIFT);
            uint64_t to = min_u64(ram_off + len, (p + 1) << PAGE_SHIFT);
            pm->code_write(pm->opaque, from, to - from);
        }
    }
}

/* The bytes from addr that one answer covers: *r is NULL in a gap. */
static size_t run_at(const struct physmem *pm, uint64_t addr, size_t n, bool write,
                     const struct range **r)
{
    const struct range *at = write ? range_at(pm->writes.at, pm->writes.len, addr)
                                   : range_at(pm->reads.at, pm->reads.len, addr);

    *r = at && at->start <= addr ? at : NULL;
    uint64_t end = *r ? at->end : at ? at->start : UINT64_MAX;
    return (size_t)min_u64(n, end - addr);
}

/* One access to a device, of at most 8 bytes, in pieces that its ops allow. */
static uint64_t ops_read(const struct region *r, uint64_t off, unsigned size)
{
    const struct mem_ops *ops = r->ops;
    uint64_t val = 0;

    if (size < ops->min) {
        uint64_t from = off & ~(uint64_t)(ops->min - 1);
        unsigned lead = (unsigned)(off - from);
        val = ops->read(r->opaque, from, ops->min) >> lead * 8;
        if (lead + size > ops->min)
            val |= ops->read(r->opaque, from + ops->min, ops->min) << (ops->min - lead) * 8;
        return val & mask_bytes(size);
    }
    unsigned step = size < ops->max ? size : ops->max;
    for (unsigned i = 0; i < size; i += step)
        val |= (ops->read(r->opaque, off + i, step) & mask_bytes(step)) << i * 8;
    return val;
}

static void ops_write(const struct region *r, uint64_t off, uint64_t val, unsigned size)
{
    unsigned step = size < r->ops->max ? size : r->ops->max;

    for (unsigned i = 0; i < size; i += step)
        r->ops->write(r->opaque, off + i, val >> i * 8 & mask_bytes(step), step);
}

static void note_unanswered(const struct physmem *pm, uint64_t addr, const char *what)
{
    if (log_on(pm->log, LOG_UNIMP))
        log_print(pm->log, "%s of %#llx: nothing answers\n", what, (unsigned long long)addr);
}

uint64_t phys_load(struct physmem *pm, uint64_t addr, unsigned size)
{
    const struct range *r;
    uint8_t buf[8];

    if (run_at(pm, addr, size, false, &r) < size) {
        phys_read(pm, addr, buf, size);
        return le_get(buf, size);
    }
    if (!r) {
        note_unanswered(pm, addr, "read");
        return mask_bytes(size);
    }
    uint64_t off = addr - r->region->base;
    if (r->region->ram == NO_RAM)
        return ops_read(r->region, off, size);
    return le_get(pm->ram->host + r->region->ram + off, size);
}

void phys_store(struct physmem *pm, uint64_t addr, uint64_t val, unsigned size)
{
    const struct range *r;
    uint8_t buf[8];

    if (run_at(pm, addr, size, true, &r) < size) {
        le_put(buf, val, size);
        phys_write(pm, addr, buf, size);
        return;
    }
    if (!r) {
        note_unanswered(pm, addr, "write");
        return;
    }
    uint64_t off = addr - r->region->base;
    if (r->region->ram == NO_RAM) {
        ops_write(r->region, off, val, size);
        return;
    }
    le_put(pm->ram->host + r->region->ram + off, val, size);
    ram_touch(pm, r->region->ram + off, size);
}

/* The widest natural access at addr within n bytes: a device sees aligned 4-byte accesses by DMA.
 */
static unsigned natural(uint64_t addr, size_t n)
{
    unsigned size = 4;

    while (size > n || (addr & (size - 1)))
        size /= 2;
    return size;
}

void phys_read(struct physmem *pm, uint64_t addr, void *buf, size_t n)
{
    const struct range *r;
    uint8_t *to = buf;

    while (n) {
        size_t len = run_at(pm, addr, n, false, &r);
        uint64_t off = r ? addr - r->region->base : 0;
        if (!len) { /* the top of the 64-bit space */
            memset(to, 0xff, n);
            return;
        }
        if (!r) {
            memset(to, 0xff, len);
        } else if (r->region->ram != NO_RAM) {
            memcpy(to, pm->ram->host + r->region->ram + off, len);
        } else {
            len = natural(addr, len);
            le_put(to, ops_read(r->region, off, (unsigned)len), (unsigned)len);
        }
        addr += len;
        to += len;
        n -= len;
    }
}

void phys_write(struct physmem *pm, uint64_t addr, const void *buf, size_t n)
{
    const struct range *r;
    const uint8_t *from = buf;

    while (n) {
        size_t len = run_at(pm, addr, n, true, &r);
        uint64_t off = r ? addr - r->region->base : 0;
        if (!len)
            return;
        if (r && r->region->ram != NO_RAM) {
            memcpy(pm->ram->host + r->region->ram + off, from, len);
            ram_touch(pm, r->region->ram + off, len);
        } else if (r) {
            len = natural(addr, len);
            ops_write(r->region, off, le_get(from, (unsigned)len), (unsigned)len);
        }
        addr += len;
        from += len;
        n -= len;
    }
}
