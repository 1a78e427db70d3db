/* statehash.c - the hash of all state, with RAM's share kept page by page. */
#include "machine/statehash.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "machine/machine.h"

bool statehash_open(struct machine *m, struct err *e)
{
    struct statehash *h = &m->hash;

    h->next = NEVER;
    if (!m->config->hash_file)
        return true;
    h->file = fopen(m->config->hash_file, "w");
    if (!h->file)
        return err_errno(e, "cannot write state hashes to '%s'", m->config->hash_file);
    h->every = m->config->hash_every;
    h->next = (machine_count(m) / h->every + 1) * h->every;
    return true;
}

void statehash_fini(struct statehash *h)
{
    if (h->file)
        fclose(h->file);
    free(h->page);
}

static bool is_zero(const uint8_t *p)
{
    return !p[0] && !memcmp(p, p + 1, PAGE_SIZE - 1);
}

/* Brings sum up to date with the pages written since the last time.  A page that nobody wrote holds
 * zeros and is not looked at, so that memory the guest has never used stays untouched on the host
 * too. */
static void update_ram(struct machine *m)
{
    struct statehash *h = &m->hash;
    struct ram *ram = &m->ram;
    uint64_t pages = ram->used >> PAGE_SHIFT, first = pages, last = 0;

    if (!h->page)
        h->page = xcalloc(pages, sizeof(*h->page));
    for (uint64_t i = 0; i < pages; i++) {
        if (!(ram->dirty[i] & DIRTY_HASH))
            continue;
        const uint8_t *p = ram->host + (i << PAGE_SHIFT);
        uint64_t share = is_zero(p) ? 0 : hash_bytes(p, PAGE_SIZE, i + 1);
        h->sum += share - h->page[i];
        h->page[i] = share;
        ram->dirty[i] &= (uint8_t)~DIRTY_HASH;
        first = min_u64(first, i);
        last = i + 1;
    }
    if (last)
        tlb_mark_clean(&m->cpu.tlb, first, last - first);
}

uint64_t machine_hash(struct machine *m)
{
    uint64_t h;

    machine_settle(m);
    update_ram(m);
    h = state_hash(cpu_state, &m->cpu, m->hash.sum);
    h = state_hash(clock_state, &m->clock, h);
    for (size_t i = 0; i < m->devices.len; i++) {
        const struct device *d = m->devices.at[i];
        uint64_t pins[2] = {d->out_level, d->in_level};
        uint8_t le[16];
        le64_put(le, pins[0]);
        le64_put(le + 8, pins[1]);
        h = hash_bytes(le, sizeof(le), h);
        h = state_hash(d->cls->state, d, h);
    }
    return h;
}

void statehash_line(struct machine *m)
{
    struct statehash *h = &m->hash;
    uint64_t count = machine_count(m);

    if (!h->file || count < h->next)
        return;
    fprintf(h->file, "%" PRIu64 " %016" PRIx64 "\n", count, machine_hash(m));
    fflush(h->file);
    h->next = (count / h->every + 1) * h->every;
}
