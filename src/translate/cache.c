/* cache.c - blocks of translated code: making, finding, dropping them. */
#include "config.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "translate/cache.h"
#include "translate/disas.h"
#include "translate/lift/lift.h"
#include "translate/opt/opt.h"

/* What lift_block() needs to get at the bytes. */
struct fetch {
    struct engine *e;
    uint32_t page;              /* linear page of the first instruction */
    uint64_t ram, ram2;         /* RAM offsets of this page and the next, or NO_RAM */
    uint64_t phys;              /* physical address of the first byte */
    bool direct;                /* ram is known */
    uint32_t on[IR_SIDE_EXITS]; /* EIPs where a block goes on behind a conditional jump */
    unsigned non;
};

static uint32_t linear_eip(const struct cpu *cpu, uint32_t eip)
{
    return (uint32_t)cpu->seg[SEG_CS].base + eip;
}

/* Bytes [lin, lin+n) of one page into buf. */
static void copy_code(struct fetch *f, uint64_t ram, uint64_t phys, uint32_t lin, unsigned n,
                      uint8_t *buf)
{
    struct cpu *cpu = f->e->cpu;

    if (ram != NO_RAM) {
        memcpy(buf, cpu->mem->ram->host + ram + (lin & (PAGE_SIZE - 1)), n);
        return;
    }
    for (unsigned i = 0; i < n; i++)
        buf[i] = (uint8_t)phys_load(
            cpu->mem, (phys & ~(uint64_t)(PAGE_SIZE - 1)) | ((lin + i) & (PAGE_SIZE - 1)), 1);
}

static unsigned fetch_bytes(void *opaque, uint32_t eip, bool first, bool more, uint8_t buf[15])
{
    struct fetch *f = opaque;
    struct cpu *cpu = f->e->cpu;
    uint32_t lin = linear_eip(cpu, eip), limit = cpu->seg[SEG_CS].limit;
    unsigned n = PAGE_SIZE - (lin & (PAGE_SIZE - 1)), in_limit, n2;
    uint64_t phys;

    if (eip > limit) {
        if (first)
            cpu_raise_err(cpu, EXC_GP, 0);
        return 0;
    }
    if (lin >> PAGE_SHIFT != f->page || (f->ram == NO_RAM && !first))
        return 0;
    /* A segment of 4 GB wraps (SDM vol. 3A, 5.3). */
    in_limit = limit != 0xffffffff && limit - eip < 15 ? limit - eip + 1 : 15;
    if (n > 15)
        n = 15;
    if (n > in_limit)
        n = in_limit;
    copy_code(f, f->ram, f->phys, lin, n, buf);
    if (!more)
        return n;
    if (n == in_limit && in_limit < 15)
        cpu_raise_err(cpu, EXC_GP, 0);
    if (n == 15)
        return n;
    f->ram2 = cpu_fetch(cpu, (uint32_t)(lin + n), &phys);
    n2 = in_limit - n;
    copy_code(f, f->ram2, phys, lin + n, n2, buf + n);
    return n + n2;
}

static uint64_t ram_of(const struct fetch *f, uint32_t eip)
{
    return f->ram + (linear_eip(f->e->cpu, eip) & (PAGE_SIZE - 1));
}

static bool fetch_is_io(void *opaque, uint32_t eip)
{
    struct fetch *f = opaque;
    return f->ram != NO_RAM && map_get(&f->e->io, ram_of(f, eip) + 1);
}

/* Code that wraps at 64 KB, or goes on in another page, is read as it stands. */
static int fetch_patched(void *opaque, uint32_t eip, unsigned len, uint64_t *ram_off)
{
    struct fetch *f = opaque;
    uint32_t lin = linear_eip(f->e->cpu, eip);
    void *low;

    if (f->ram == NO_RAM || (lin & (PAGE_SIZE - 1)) + len > PAGE_SIZE || eip + len > 0xffff0000u)
        return -1;
    *ram_off = ram_of(f, eip);
    low = map_get(&f->e->patched, *ram_off + 1);
    return (int)(uintptr_t)low - 1;
}

static bool goes_on(void *opaque, uint32_t eip)
{
    struct fetch *f = opaque;

    for (unsigned n = 0; n < f->non; n++) {
        if (f->on[n] == eip)
            return true;
    }
    return false;
}

/* --- tables --- */

/* Blocks of one page lie together in the order of their addresses, since they are looked for
 * together. */
enum { SLOT_SHIFT = 4, SLOT_BITS = PAGE_SHIFT - SLOT_SHIFT };

static uint32_t slot_of(uint64_t ram_off, uint32_t page, uint32_t mode)
{
    uint64_t h = (ram_off >> PAGE_SHIFT ^ (uint64_t)page << 20 ^ (uint64_t)mode << 32) *
                 0x9e3779b97f4a7c15ull;
    uint32_t group = (uint32_t)(h >> (64 - (HASH_BITS - SLOT_BITS)));

    return group << SLOT_BITS | (ram_off & (PAGE_SIZE - 1)) >> SLOT_SHIFT;
}

static struct block **hash_slot(struct engine *e, uint64_t ram_off, uint32_t eip, uint32_t mode)
{
    return &e->hash[slot_of(ram_off, eip >> PAGE_SHIFT, mode)];
}

/* --- twins: one block of each bytes and mode, whatever its EIP --- */

static bool are_twins(const struct block *a, const struct block *b)
{
    return a->ram_off == b->ram_off && a->mode == b->mode && a->cs_base == b->cs_base &&
           a->cs_limit == b->cs_limit;
}

/* What points to the twin of such a block, or to the end of its slot's list. */
static struct block **twin_place(struct engine *e, const struct block *like)
{
    struct block **at = &e->twins[slot_of(like->ram_off, 0, like->mode)];

    while (*at && !are_twins(*at, like))
        at = &(*at)->twin_next;
    return at;
}

/* The newest takes the place of the one before. */
static void twin_note(struct engine *e, struct block *b)
{
    struct block **at = twin_place(e, b);

    b->twin_next = *at ? (*at)->twin_next : NULL;
    *at = b;
}

static void twin_forget(struct engine *e, const struct block *b)
{
    struct block **at = twin_place(e, b);

    if (*at == b)
        *at = b->twin_next;
}

static struct code_page *page_of(struct engine *e, uint64_t ram_off, bool make)
{
    uint64_t page = ram_off >> PAGE_SHIFT;
    struct code_page *p = map_get(&e->pages, page + 1);

    if (!p && make) {
        p = xcalloc(1, sizeof *p);
        map_put(&e->pages, page + 1, p);
        e->cpu->mem->ram->code[page] |= RAM_CODE;
        tlb_mark_code(&e->cpu->tlb, page, true);
    }
    return p;
}

static uint64_t chunk_mask(uint32_t from, uint32_t len)
{
    uint32_t a = from >> 6, b = (from + len - 1) >> 6;
    return bits_put(0, a, b - a + 1, ~0ull);
}

/* Bytes of the block in its first page; the rest is in its second. */
static uint32_t bytes_in_first(const struct block *b)
{
    uint32_t room = PAGE_SIZE - (b->ram_off & (PAGE_SIZE - 1));
    return b->bytes < room ? b->bytes : room;
}

/* Which of the block's two places in lists belongs to the page. */
static unsigned page_place(const struct block *b, uint64_t page)
{
    return b->ram_off >> PAGE_SHIFT == page ? 0 : 1;
}

static void enter_page(struct engine *e, struct block *b, uint64_t ram_off, uint32_t len)
{
    uint64_t page = ram_off >> PAGE_SHIFT;
    struct code_page *p = page_of(e, ram_off, true);
    unsigned n = page_place(b, page);

    p->chunks |= chunk_mask(ram_off & (PAGE_SIZE - 1), len);
    p->idle = 0;
    b->page_next[n] = p->blocks;
    b->page_prev[n] = &p->blocks;
    if (p->blocks)
        p->blocks->page_prev[page_place(p->blocks, page)] = &b->page_next[n];
    p->blocks = b;
}

/* A guest may map one page twice in a row: then the block is in its list once. */
static bool in_second_list(const struct block *b)
{
    return b->page2 != NO_RAM && b->page2 >> PAGE_SHIFT != b->ram_off >> PAGE_SHIFT;
}

static void register_pages(struct engine *e, struct block *b)
{
    uint32_t first = bytes_in_first(b);

    enter_page(e, b, b->ram_off, first);
    if (in_second_list(b))
        enter_page(e, b, b->page2, b->bytes - first);
    else if (b->page2 != NO_RAM)
        page_of(e, b->ram_off, true)->chunks |= chunk_mask(0, b->bytes - first);
}

static void unregister_page(struct engine *e, struct block *b, uint64_t ram_off)
{
    uint64_t page = ram_off >> PAGE_SHIFT;
    unsigned n = page_place(b, page);
    struct block *next = b->page_next[n];
    struct code_page *p;

    *b->page_prev[n] = next;
    if (next) {
        next->page_prev[page_place(next, page)] = b->page_prev[n];
        return;
    }
    p = map_get(&e->pages, page + 1);
    if (!p->blocks)
        p->chunks = 0;
}

static void jump_forget(struct engine *e, const struct block *b)
{
    struct jump_entry *j = &e->jump[jump_hash(b->eip)];
    if (j->code == b->code)
        memset(j, 0, sizeof *j);
}

void jump_clear(struct engine *e)
{
    memset(e->jump, 0, sizeof *e->jump << JUMP_BITS);
}

void block_unlink(struct engine *e, struct block *b)
{
    while (b->incoming) {
        struct block_exit *x = b->incoming;
        b->incoming = x->next_in;
        e->backend->unlink(e, x);
        x->to = NULL;
    }
    jump_forget(e, b);
}

static void unlink_exits(struct engine *e, struct block *b)
{
    block_unlink(e, b);
    for (unsigned s = 0; s < b->nexits; s++) {
        struct block_exit **at;

        if (!b->exit[s].to)
            continue;
        for (at = &b->exit[s].to->incoming; *at != &b->exit[s];)
            at = &(*at)->next_in;
        *at = b->exit[s].next_in;
        /* The block may be running, and its target may be dropped before it gets there. */
        e->backend->unlink(e, &b->exit[s]);
        b->exit[s].to = NULL;
    }
}

void block_drop(struct engine *e, struct block *b)
{
    struct block **at;

    if (b->dead)
        return;
    if (b->ram_off == NO_RAM) { /* run once, never entered in the tables */
        unlink_exits(e, b);
        b->dead = true;
        return;
    }
    if (!b->promoted) { /* a promoted form is found through its base alone */
        for (at = hash_slot(e, b->ram_off, b->eip, b->mode); *at != b;)
            at = &(*at)->hash_next;
        *at = b->hash_next;
    }
    twin_forget(e, b);
    promote_forget(e, b);
    unlink_exits(e, b);
    unregister_page(e, b, b->ram_off);
    if (in_second_list(b))
        unregister_page(e, b, b->page2);
    b->dead = true;
    e->stats.invalidated++;
}

static void forget_page(struct engine *e, uint64_t page, struct code_page *p)
{
    map_remove(&e->pages, page + 1);
    free(p);
    e->cpu->mem->ram->code[page] &= (uint8_t)~RAM_CODE;
    if (!e->cpu->mem->ram->code[page])
        tlb_mark_code(&e->cpu->tlb, page, false);
}

static void forget_pages_of(struct engine *e, const struct block *b)
{
    const uint64_t at[2] = {b->ram_off, b->page2};

    for (unsigned n = 0; n < 2; n++) {
        struct code_page *p =
            at[n] == NO_RAM ? NULL : map_get(&e->pages, (at[n] >> PAGE_SHIFT) + 1);
        if (p)
            forget_page(e, at[n] >> PAGE_SHIFT, p);
    }
}

void cache_flush(struct engine *e)
{
    for (size_t i = 0; i < e->blocks.len; i++) {
        if (!e->blocks.at[i]->dead)
            block_drop(e, e->blocks.at[i]);
    }
    for (size_t i = 0; i < e->blocks.len; i++)
        forget_pages_of(e, e->blocks.at[i]);
    vec_clear(&e->blocks);
    arena_reset(&e->memory);
    map_clear(&e->patched);
    promote_flush(e);
    jump_clear(e);
    e->backend->flush(e);
    e->stats.flushes++;
}

static bool in_hole(const struct block *b, uint64_t ram_off, uint64_t len)
{
    for (unsigned n = 0; n < b->nholes; n++) {
        uint64_t at = b->ram_off + b->holes[n].off;
        if (ram_off >= at && ram_off + len <= at + b->holes[n].len)
            return true;
    }
    return false;
}

bool cache_hits(struct engine *e, uint64_t ram_off, uint64_t len, const struct block *b)
{
    uint32_t first = bytes_in_first(b);

    (void)e;
    if (ram_off < b->ram_off + first && ram_off + len > b->ram_off)
        return !in_hole(b, ram_off, len);
    return b->page2 != NO_RAM && ram_off < b->page2 + (b->bytes - first) &&
           ram_off + len > b->page2;
}

/* Which instruction of the block a store changes, and from which of its bytes on. */
static void note_patch(struct engine *e, const struct block *b, uint64_t ram_off)
{
    uint64_t into = ram_off - b->ram_off;

    if (ram_off < b->ram_off)
        return;
    for (unsigned n = 0; n < b->n; n++) {
        uint64_t at = block_eip(b, n) - b->eip;
        if (into >= at && into < at + b->guest[n].len)
            map_put(&e->patched, b->ram_off + at + 1, (void *)(uintptr_t)(into - at + 1));
    }
}

/* Code that is written again and again leaves its page without blocks for a moment each time; only
 * a page that stays so for this many stores is taken for data. */
enum { IDLE_STORES = 64 };

/* Calls for each live block of the page that owns any of the bytes; stops at the first if !drop. */
static bool sweep_page(struct engine *e, uint64_t ram_off, uint64_t len, bool drop)
{
    uint64_t page = ram_off >> PAGE_SHIFT;
    struct code_page *p = map_get(&e->pages, page + 1);
    struct block *b, *next;
    bool any = false;

    if (p && !p->blocks) {
        if (++p->idle > IDLE_STORES)
            forget_page(e, page, p);
        return false;
    }
    if (!p || !(p->chunks & chunk_mask(ram_off & (PAGE_SIZE - 1), (uint32_t)len)))
        return false;
    for (b = p->blocks; b; b = next) {
        next = b->page_next[page_place(b, page)];
        if (!cache_hits(e, ram_off, len, b))
            continue;
        any = true;
        if (!drop)
            break;
        note_patch(e, b, ram_off);
        block_drop(e, b);
    }
    return any;
}

static bool sweep(struct engine *e, uint64_t ram_off, uint64_t len, bool drop)
{
    bool any = false;

    while (len) {
        uint64_t n = min_u64(len, PAGE_SIZE - (ram_off & (PAGE_SIZE - 1)));
        any |= sweep_page(e, ram_off, n, drop);
        ram_off += n;
        len -= n;
    }
    return any;
}

bool cache_invalidate(struct engine *e, uint64_t ram_off, uint64_t len)
{
    return sweep(e, ram_off, len, true);
}

bool cache_owned(struct engine *e, uint64_t ram_off, uint64_t len)
{
    return sweep(e, ram_off, len, false);
}

/* --- making --- */

static unsigned count_exits(const struct ir_block *ir)
{
    unsigned n = IR_FIRST_SIDE_EXIT;

    for (size_t k = 0; k < ir->code.len; k++) {
        if (ir->code.at[k].op == IR_jcc && ir->code.at[k].seg >= n)
            n = ir->code.at[k].seg + 1u;
    }
    return n;
}

void *block_table(struct arena *a, const void *items, size_t n, size_t size)
{
    return n ? memcpy(arena_alloc(a, n * size), items, n * size) : NULL;
}

static struct block *block_alloc(struct engine *e, unsigned exits)
{
    struct block *b = arena_alloc(&e->memory, sizeof *b + exits * sizeof *b->exit);

    b->exit = (struct block_exit *)(b + 1);
    b->nexits = (uint8_t)exits;
    for (unsigned s = 0; s < exits; s++)
        b->exit[s].from = b;
    return b;
}

static struct block *block_new(struct engine *e, const struct fetch *f, bool single)
{
    const struct cpu *cpu = e->cpu;
    struct block *b = block_alloc(e, count_exits(&e->ir));
    const struct ir_guest *last = &e->ir.guest.at[e->ir.guest.len - 1];

    b->ram_off = f->ram != NO_RAM ? ram_of(f, (uint32_t)cpu->eip) : NO_RAM;
    b->eip = (uint32_t)cpu->eip;
    b->cs_base = (uint32_t)cpu->seg[SEG_CS].base;
    b->cs_limit = cpu->seg[SEG_CS].limit;
    b->mode = cpu->mode | (single ? BLOCK_SINGLE : 0);
    b->bytes = last->eip + last->len - b->eip;
    b->n = (uint16_t)e->ir.guest.len;
    b->page2 = bytes_in_first(b) < b->bytes ? f->ram2 : NO_RAM;
    b->guest = block_table(&e->memory, e->ir.guest.at, b->n, sizeof *b->guest);
    b->replays = block_table(&e->memory, e->ir.replays.at, e->ir.replays.len, sizeof *b->replays);
    b->nholes = (uint16_t)e->ir.holes.len;
    b->holes = block_table(&e->memory, e->ir.holes.at, b->nholes, sizeof *b->holes);
    return b;
}

/* One block of so many is timed, and stands for the others. */
enum { TIMED_OF = 16 };

static uint64_t host_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void log_guest(struct engine *e, const struct block *b)
{
    if (log_on(e->cpu->log, LOG_IN_ASM))
        disas_guest(e->cpu, b, e->cpu->log);
    if (log_on(e->cpu->log, LOG_ROWS))
        disas_rows(e->cpu, b, e->cpu->log);
}

static void log_host(struct engine *e, const struct block *b)
{
    if (log_on(e->cpu->log, LOG_OUT_ASM))
        disas_host(b, e->cpu->log);
}

/* 32-bit code in a segment without limit, and nowhere near the end of it. */
static bool can_move(const struct block *b)
{
    return b->ram_off != NO_RAM && b->mode & MODE_CS32 && b->cs_limit == 0xffffffff &&
           b->eip < 0xffff0000u;
}

/* base: the block whose promoted form this is to be, or NULL.  Where the cache was full it is gone,
 * and what comes back is a plain block. */
static struct block *translate(struct engine *e, struct fetch *f, bool single, struct block *base)
{
    struct lift_source src = {f,       fetch_bytes,      fetch_is_io,
                              goes_on, f->ram == NO_RAM, fetch_patched};
    unsigned max = single || e->cpu->mode & MODE_STEP ? 1 : e->config.max_insns;
    bool timed = !(e->stats.blocks % TIMED_OF);
    uint64_t start = timed ? host_ns() : 0;
    struct block *b;

    lift_block(&e->ir, e->cpu, &src, max);
    opt_run(&e->ir, e->cpu->log);
    b = block_new(e, f, single);
    b->base = base;
    b->promoted = base != NULL;
    log_guest(e, b);
    if (!e->backend->compile(e, &e->ir, b)) {
        cache_flush(e);
        b = block_new(e, f, single);
        if (!e->backend->compile(e, &e->ir, b))
            assert(!"a block does not fit into an empty code cache");
    }
    b->copies = can_move(b) && b->nrelocs && !e->ir.placed && !single && !base;
    vec_push(&e->blocks, b);
    e->stats.blocks++;
    e->stats.guest_insns += b->n;
    e->stats.host_bytes += b->code_len + b->cold_len;
    if (timed)
        e->stats.translate_ns += (host_ns() - start) * TIMED_OF;
    log_host(e, b);
    return b;
}

static bool same_key(const struct block *b, const struct cpu *cpu, uint64_t ram_off, uint32_t mode)
{
    return b->ram_off == ram_off && b->eip == (uint32_t)cpu->eip && b->mode == mode &&
           b->cs_base == (uint32_t)cpu->seg[SEG_CS].base && b->cs_limit == cpu->seg[SEG_CS].limit;
}

static void enter_jump(struct engine *e, struct block *b)
{
    struct jump_entry *j = &e->jump[jump_hash(b->eip)];

    j->eip = b->eip;
    j->mode = b->mode;
    j->cs_base = b->cs_base;
    j->page = (uint32_t)(b->ram_off >> PAGE_SHIFT) << 1;
    j->cs_limit = b->cs_limit;
    j->code = b->code;
}

/* For a block that is to run at the CPU's EIP.  The second page is looked up, and may fault, only
 * if the block is otherwise the right one. */
static bool second_page_fits(const struct block *b, struct cpu *cpu)
{
    uint64_t phys;
    uint32_t lin = linear_eip(cpu, (uint32_t)cpu->eip);

    if (b->page2 == NO_RAM)
        return true;
    return cpu_fetch(cpu, (lin & ~(PAGE_SIZE - 1)) + PAGE_SIZE, &phys) == b->page2;
}

static void enter_tables(struct engine *e, struct block *b)
{
    struct block **slot = hash_slot(e, b->ram_off, b->eip, b->mode);

    if (!b->promoted) {
        b->hash_next = *slot;
        *slot = b;
        if (b->copies)
            twin_note(e, b);
    }
    register_pages(e, b);
}

/* --- copies --- */

/* What a copy shares with its original stays as long as both. */
static struct block *block_like(struct engine *e, const struct block *from)
{
    struct block *b = block_alloc(e, from->nexits);

    b->ram_off = from->ram_off;
    b->page2 = from->page2;
    b->eip = (uint32_t)e->cpu->eip;
    b->cs_base = from->cs_base;
    b->cs_limit = from->cs_limit;
    b->mode = from->mode;
    b->bytes = from->bytes;
    b->n = from->n;
    b->copies = true;
    b->guest = from->guest;
    b->replays = from->replays;
    b->holes = from->holes;
    b->nholes = from->nholes;
    return b;
}

#ifdef IR_CHECK
/* What was noted since of its instructions may have it translated otherwise now. */
static void check_copy(struct engine *e, struct fetch *f, struct block *b)
{
    struct lift_source src = {f,       fetch_bytes,      fetch_is_io,
                              goes_on, f->ram == NO_RAM, fetch_patched};

    lift_block(&e->ir, e->cpu, &src, e->config.max_insns);
    opt_run(&e->ir, NULL);
    if (e->ir.guest.len == b->n && !map_get(&e->ungrouped, b->ram_off + 1) &&
        !e->backend->same(e, &e->ir, b))
        assert(!"a copy differs from what a translation gives");
}
#endif

/* A copy of a block of the same bytes at another EIP, or NULL. */
static struct block *copy_twin(struct engine *e, struct fetch *f)
{
    const struct cpu *cpu = e->cpu;
    const struct block like = {.ram_off = ram_of(f, (uint32_t)cpu->eip),
                               .mode = cpu->mode,
                               .cs_base = (uint32_t)cpu->seg[SEG_CS].base,
                               .cs_limit = cpu->seg[SEG_CS].limit};
    const struct block *from = *twin_place(e, &like);
    struct block *b;

    if (!from || !second_page_fits(from, e->cpu))
        return NULL;
    b = block_like(e, from);
    if (!can_move(b) || !e->backend->copy(e, from, b))
        return NULL;
#ifdef IR_CHECK
    check_copy(e, f, b);
#endif
    log_guest(e, b);
    log_host(e, b);
    vec_push(&e->blocks, b);
    e->stats.copied++;
    return b;
}

static uint32_t runs_of(const struct engine *e, const struct block *b)
{
    if (b && b->promoted)
        b = b->base;
    return b && b->runs ? e->config.hot - (uint32_t)*b->runs : 0;
}

/* A block that is to be promoted takes in what follows, as long as its conditional jumps are taken
 * rarely. */
static void plan_trace(struct engine *e, struct fetch *f, const struct block *b)
{
    uint32_t head = b->eip;

    f->non = 0;
    while (f->non < IR_SIDE_EXITS) {
        const struct block_exit *taken = &b->exit[0], *on = &b->exit[1];
        uint32_t next = b->eip + b->bytes;

        if (b->promoted || !taken->used || !on->used || on->eip != next || !on->to ||
            taken->eip <= b->eip || taken->eip == head)
            return;
        if (runs_of(e, on->to) / 4 < runs_of(e, taken->to))
            return;
        f->on[f->non++] = next;
        b = on->to->promoted ? on->to->base : on->to;
        if (!b)
            return;
    }
}

/* Plain or promoted. */
static struct block *in_form(struct engine *e, struct fetch *f, struct block *b)
{
    bool wanted = false;
    struct block *form = promote_choose(e, b, &wanted);

    if (!wanted)
        return form;
    e->stats.promoted++;
    plan_trace(e, f, b);
    form = translate(e, f, false, b);
    enter_tables(e, form);
    if (form->promoted)
        promote_done(e, b, form);
    return form;
}

struct block *block_find(struct engine *e, bool single)
{
    struct cpu *cpu = e->cpu;
    struct fetch f = {.e = e, .ram2 = NO_RAM};
    uint32_t lin, mode = cpu->mode | (single ? BLOCK_SINGLE : 0);
    struct block *b;

    e->stats.lookups++;
    if ((uint32_t)cpu->eip > cpu->seg[SEG_CS].limit)
        cpu_raise_err(cpu, EXC_GP, 0);
    lin = linear_eip(cpu, (uint32_t)cpu->eip);
    f.page = lin >> PAGE_SHIFT;
    f.ram = cpu_fetch(cpu, lin, &f.phys);
    if (f.ram == NO_RAM)
        return translate(e, &f, true, NULL);
    f.ram &= ~(uint64_t)(PAGE_SIZE - 1);
    for (b = *hash_slot(e, ram_of(&f, (uint32_t)cpu->eip), (uint32_t)cpu->eip, mode); b;
         b = b->hash_next) {
        if (same_key(b, cpu, ram_of(&f, (uint32_t)cpu->eip), mode) && second_page_fits(b, cpu))
            break;
    }
    if (!b) {
        e->stats.misses++;
        if (!single)
            b = copy_twin(e, &f);
        if (!b)
            b = translate(e, &f, single, NULL);
        enter_tables(e, b);
    }
    if (single)
        return b;
    b = in_form(e, &f, b);
    enter_jump(e, b);
    return b;
}
