/* copy.c - a block's code once more, for the same bytes of RAM at another EIP.
 *
 * Worked example.  A process has libc at 7F2E000h, the next one at 7E41000h.  The pages of RAM are
 * the same, and so is all of a block's code but for
 *     mov dword [eip], 7F2E123h     RELOC_EIP    less ED000h
 *     cmp [r13+fetch of 7F2Eh], ..  RELOC_PAGE   the entry of 7E41h
 *     call load4                    RELOC_OUT    since the call itself has moved
 *     jnz stub                      RELOC_ACROSS since the block and its stubs have, by themselves
 *     dec dword [rip+..]            RELOC_RUNS   a count of its own
 *     mov r8, exit                  RELOC_EXIT   exits of its own, not linked yet
 * and to copy it takes a tenth of the time that it takes to translate it. */
#include <string.h>
#include "base/bits.h"
#include "base/bytes.h"
#include "translate/backend/x86_64/jit.h"

void note_reloc(struct jit *j, enum reloc_kind kind, const uint8_t *field)
{
    bool cold = is_cold(j->d, field);
    uint32_t off = (uint32_t)(field - (cold ? j->cold : j->start));

    vec_push(&j->relocs, (uint32_t)kind << RELOC_KIND_SHIFT | (cold ? RELOC_COLD : 0) | off);
}

void note_eip(struct jit *j, ir_ref r)
{
    if (!ir_is_eip(j->ir, r))
        return;
    note_reloc(j, RELOC_EIP, j->p - 4);
    j->eip_seen = false;
}

/* How far the copy's parts are from the original's. */
struct move {
    const struct block *from;
    struct block *to;
    uint32_t hot, cold, runs, eip;
};

static void add(uint8_t *field, uint32_t v)
{
    le32_put(field, le32_get(field) + v);
}

static void adjust(const struct move *m, enum reloc_kind kind, bool cold, uint8_t *field)
{
    uint32_t own = cold ? m->cold : m->hot, other = cold ? m->hot : m->cold;

    switch (kind) {
    case RELOC_OUT:
        add(field, 0 - own);
        break;
    case RELOC_ACROSS:
        add(field, other - own);
        break;
    case RELOC_RUNS:
        add(field, m->runs - own);
        break;
    case RELOC_EIP:
        add(field, m->eip);
        break;
    case RELOC_PAGE: {
        uint32_t page = (le32_get(field) - (uint32_t)FETCH_OFF) / 8 + (m->eip >> PAGE_SHIFT);
        le32_put(field, (uint32_t)FETCH_OFF + (page & (TLB_PAGES - 1)) * 8);
        break;
    }
    case RELOC_EXIT: {
        struct block_exit *x = (struct block_exit *)(uintptr_t)le64_get(field);
        le64_put(field, (uintptr_t)&m->to->exit[x - m->from->exit]);
        break;
    }
    }
}

static uint32_t moved(const struct jit_data *d, const struct move *m, uint32_t place)
{
    return place + (place >= d->cold ? m->cold : m->hot);
}

static void copy_exits(struct engine *e, const struct move *m)
{
    for (unsigned n = 0; n < m->from->nexits; n++) {
        const struct block_exit *x = &m->from->exit[n];
        struct block_exit *y = &m->to->exit[n];

        if (!x->used)
            continue;
        y->used = true;
        y->eip = x->eip + m->eip;
        y->site = moved(e->data, m, x->site);
        y->stub = moved(e->data, m, x->stub);
        y->page_site = x->page_site ? moved(e->data, m, x->page_site) : 0;
        e->backend->unlink(e, y);
    }
}

bool jit_copy(struct engine *e, const struct block *from, struct block *b)
{
    struct jit_data *d = e->data;
    struct move m = {from, b, 0, 0, 0, b->eip - from->eip};
    uint8_t *part[2] = {d->rw + d->used, d->rw + d->cold_used};

    if (!from->nrelocs || !jit_room(e, from->code_len, from->cold_len))
        return false;
    b->code = rx_of(d, part[0]);
    b->code_len = from->code_len;
    b->cold = rx_of(d, part[1]);
    b->cold_len = from->cold_len;
    b->loop = from->loop;
    memcpy(part[0], d->rw + ((uint8_t *)from->code - d->rx), b->code_len);
    memcpy(part[1], d->rw + ((uint8_t *)from->cold - d->rx), b->cold_len);
    if (from->runs) {
        jit_count_runs(e, b);
        m.runs = (uint32_t)((uint8_t *)b->runs - (uint8_t *)from->runs);
    }
    m.hot = (uint32_t)((uint8_t *)b->code - (uint8_t *)from->code);
    m.cold = (uint32_t)((uint8_t *)b->cold - (uint8_t *)from->cold);
    for (uint32_t n = 0; n < from->nrelocs; n++) {
        uint32_t r = from->relocs[n];
        bool cold = r & RELOC_COLD;
        adjust(&m, r >> RELOC_KIND_SHIFT, cold, part[cold] + (r & RELOC_OFF));
    }
    copy_exits(e, &m);
    b->locs = from->locs;
    b->nlocs = from->nlocs;
    b->relocs = from->relocs;
    b->nrelocs = from->nrelocs;
    jit_keep(e, b);
    return true;
}
