/* image.c - RAM of the fuzzed guest before it runs: page tables, descriptors, handlers, data. */
#include <string.h>
#include "base/bytes.h"
#include "fuzz.h"

enum { P = 1, W = 2, U = 4, AD = 0x60, LARGE = 0x80, GLOBAL = 0x100 };

enum {
    FLAT = SEGA_P | SEGA_S | SEGA_RW | SEGA_DB | SEGA_G,
    SMALL = SEGA_P | SEGA_S | SEGA_RW,
    CODE_SEG = SEGA_CODE,
    USER = 3 << SEGA_DPL_SHIFT,
    RING1 = 1 << SEGA_DPL_SHIFT
};

/* The GDT; the LDT has rows of it too.  state.c knows the rows by what is in them. */
static const struct {
    uint32_t base, limit, attr; /* a gate: offset, selector | count << 16 */
} rows[GDT_ROWS] = {
    {0, 0, 0},
    {0, 0xfffff, FLAT | CODE_SEG},
    {0, 0xfffff, FLAT},
    {0, 0xfffff, FLAT | CODE_SEG | USER},
    {0, 0xfffff, FLAT | USER},
    {TSS, 0x1ff, SEGA_P | 11 << 8},
    {LDT, LDT_ROWS * 8 - 1, SEGA_P | 2 << 8},
    {CODE, 0xffff, SMALL | CODE_SEG},
    {DATA, 0xffff, SMALL},
    {STACK, 0xffff, SMALL},
    {CODE, 0xffff, SMALL | CODE_SEG | USER},
    {DATA, 0xffff, SMALL | USER},
    {STACK, 0xffff, SMALL | USER},
    {CODE, 0xffff, SMALL | CODE_SEG | SEGA_DC | SEGA_DB},
    {0, 0xfffff, (FLAT & ~SEGA_RW) | USER},
    {DATA, 0x0fff, SMALL | SEGA_DC | USER},
    {0, 0x1fff, SMALL | SEGA_DC | SEGA_DB | USER},
    {CODE, 0xffff, (SMALL & ~SEGA_RW) | CODE_SEG | SEGA_DB | USER},
    {DATA, 0xffff, (SMALL & ~SEGA_P) | USER},
    {DATA, 0x07ff, SMALL | USER},
    {CODE + 0x40, 1 * 8 | 1 << 16, SEGA_P | USER | 12 << 8},
    {CODE + 0x60, 7 * 8 | 2 << 16, SEGA_P | USER | 4 << 8},
    {0, 23 * 8, SEGA_P | USER | 5 << 8},
    {TSS_B, 0x67, SEGA_P | 9 << 8},
    {TSS16, 0x2b, SEGA_P | USER | 1 << 8},
    {0, 0, 0}, /* the input's own */
    {0, 0, 0},
    {CODE, 0xffff, SMALL | CODE_SEG | SEGA_DB},
    {CODE, 0xffff, SMALL | CODE_SEG | SEGA_DB | USER},
    {0, 0xfffff, FLAT | CODE_SEG | RING1},
    {0, 0xfffff, FLAT | RING1},
    {STACK, 0xffff, SMALL | SEGA_DB | USER},
};

static void put32(uint8_t *ram, uint32_t at, uint32_t v)
{
    le32_put(ram + at, v);
}

static void put_row(uint8_t *ram, uint32_t at, unsigned n)
{
    uint32_t base = rows[n].base, limit = rows[n].limit, attr = rows[n].attr;
    unsigned type = attr >> 8 & 31;

    if (type == 12 || type == 4 || type == 5) {
        put32(ram, at, (base & 0xffff) | limit << 16);
        put32(ram, at + 4, (base & 0xffff0000) | attr | limit >> 16);
        return;
    }
    put32(ram, at, (limit & 0xffff) | base << 16);
    put32(ram, at + 4, (base >> 16 & 0xff) | (limit & 0xf0000) | attr | (base & 0xff000000));
}

static void put_descriptors(uint8_t *ram, const struct engine_head *h)
{
    for (unsigned n = 0; n < GDT_ROWS; n++)
        put_row(ram, GDT + n * 8, n);
    memcpy(ram + GDT + 25 * 8, h->desc, sizeof h->desc);
    for (unsigned n = 0; n < LDT_ROWS; n++)
        put_row(ram, LDT + n * 8, (n * 5 + 3) % GDT_ROWS);
    if (h->handlers & 0x80) { /* accessed already */
        for (unsigned n = 1; n < GDT_ROWS; n++) {
            if (rows[n].attr & SEGA_S)
                ram[GDT + n * 8 + 5] |= 1;
        }
    }
}

/* --- task-state segments (SDM vol. 3A, 8.2) --- */

static void put_tss(uint8_t *ram, uint32_t at, const struct engine_head *h)
{
    static const uint16_t sels[3] = {2 * 8, 30 * 8 | 1, 2 * 8 | 2};

    memset(ram + at, 0, 0x68);
    for (unsigned n = 0; n < 3; n++) {
        put32(ram, at + 4 + n * 8, INNER_STACKS - n * 0x1000);
        put32(ram, at + 8 + n * 8, sels[n]);
    }
    put32(ram, at + 0x1c, h->paging & 2 ? PDPT : PAGE_DIR);
    put32(ram, at + 0x20, CODE + 0x200);
    put32(ram, at + 0x24, 2 | (h->data_seed & 0xcd5));
    put32(ram, at + 0x38, INNER_STACKS - 0x3000);
    for (unsigned n = 0; n < 6; n++)
        put32(ram, at + 0x48 + n * 4, n == 1 ? 1 * 8 : 2 * 8);
    put32(ram, at + 0x60, 6 * 8);
    put32(ram, at + 0x64, 0x88u << 16 | (h->data_seed >> 20 & 1));
}

static void put_tss16(uint8_t *ram)
{
    memset(ram + TSS16, 0, 0x2c);
    le16_put(ram + TSS16 + 2, 0xf000);
    le16_put(ram + TSS16 + 4, 2 * 8);
    le16_put(ram + TSS16 + 14, 0x300);
    le16_put(ram + TSS16 + 16, 2);
    le16_put(ram + TSS16 + 26, 0xe000);
    le16_put(ram + TSS16 + 34, 8 * 8);
    le16_put(ram + TSS16 + 36, 7 * 8);
    le16_put(ram + TSS16 + 38, 2 * 8);
    le16_put(ram + TSS16 + 40, 8 * 8);
}

static void put_tasks(uint8_t *ram, const struct engine_head *h)
{
    struct rng r = {.s = h->data_seed};

    put_tss(ram, TSS, h);
    put_tss(ram, TSS_B, h);
    put_tss16(ram);
    /* Interrupt redirection and I/O permission: mostly allowed. */
    for (unsigned n = 0x68; n < 0x200; n++)
        ram[TSS + n] = (uint8_t)(rng_next(&r) & rng_next(&r) & rng_next(&r));
}

/* --- handlers --- */

static bool has_error(unsigned v)
{
    return v == 8 || (v >= 10 && v <= 14) || v == 17;
}

static unsigned put(uint8_t *to, const char *bytes, unsigned n)
{
    memcpy(to, bytes, n);
    return n;
}

/* Next slot, or the same place, or HLT. */
static void put_handler(uint8_t *ram, unsigned v, bool wide, unsigned how)
{
    uint8_t *to = ram + HANDLERS + v * 32;

    if (how == 7 && v != 6) {
        *to = 0xf4;
        return;
    }
    if (has_error(v))
        to += wide ? put(to, "\x83\xc4\x04", 3) : put(to, "\x83\xc4\x02", 3);
    if (how != 6) {
        to += wide ? put(to, "\x83\x24\x24\xe0\x83\x04\x24\x20", 8)
                   : put(to, "\x66\x83\x24\x24\xe0\x66\x83\x04\x24\x20", 10);
    }
    if (how == 5)
        to += put(to, "\xf3\x0f\x1e\xfb\x9b", 5); /* a NOP that not all know, and WAIT */
    if (!wide)
        *to++ = 0x66;
    *to = 0xcf;
}

static void put_gate(uint8_t *ram, unsigned v, const struct engine_head *h)
{
    unsigned pick = (v * 7 + h->handlers) & 31, how = (v + h->handlers) & 7;
    bool wide = pick != 9, trap = pick & 2, user = v >= 32 || v == 3 || v == 4 || pick == 5;
    uint32_t attr = SEGA_P | (user ? USER : 0), sel = pick == 11 ? 13 * 8 : 1 * 8;

    put_handler(ram, v, wide, how);
    if ((v == 8 || v == 10 || pick == 17) && h->handlers & 0x40) {
        put32(ram, IDT + v * 8, 23u * 8 << 16);
        put32(ram, IDT + v * 8 + 4, attr | 5 << 8);
        return;
    }
    attr |= (wide ? 14u : 6u) << 8 | (trap ? 1 << 8 : 0);
    put32(ram, IDT + v * 8, (HANDLERS + v * 32) | sel << 16);
    put32(ram, IDT + v * 8 + 4, attr);
}

static void put_handlers(uint8_t *ram, const struct engine_head *h)
{
    /* push bp; mov bp, sp; and word [bp+2], -32; add word [bp+2], 32; pop bp; iret */
    static const char real[] = "\x55\x8b\xec\x83\x66\x02\xe0\x83\x46\x02\x20\x5d\xcf";

    for (unsigned v = 0; v < 256; v++) {
        unsigned how = (v + h->handlers) & 7;

        put_gate(ram, v, h);
        put32(ram, v * 4, HANDLERS_REAL / 16 << 16 | v * 16);
        memcpy(ram + HANDLERS_REAL + v * 16, real, 13);
        if (how > 5 && v != 6)
            ram[HANDLERS_REAL + v * 16] = how == 6 ? 0xcf : 0xf4;
    }
    put(ram + SMI_CODE, "\x0f\xaa", 2);
}

/* --- pages --- */

static uint64_t flags_of(uint32_t page, bool ad)
{
    /* The supervisor's own tables are not the user's. */
    return P | W | (page >= CODE >> PAGE_SHIFT ? U : 0) | (ad ? AD : 0);
}

static uint64_t frame_of(uint32_t page)
{
    if (page >= ALIAS >> PAGE_SHIFT && page < (ALIAS + RAM_SIZE) >> PAGE_SHIFT)
        return (page << PAGE_SHIFT) - ALIAS;
    if (page == 511 || page == 1023)
        return TOP_RAM;
    return page << PAGE_SHIFT;
}

static void put_pages(uint8_t *ram, bool ad)
{
    uint32_t all = P | W | U | (ad ? AD : 0);

    memset(ram + PAGE_DIR, 0, PAGE_SIZE);
    put32(ram, PAGE_DIR, PAGE_TABLE | all);
    put32(ram, PAGE_DIR + 4, LARGE | all | GLOBAL);
    put32(ram, PAGE_DIR + 1023 * 4, PAGE_TABLE | all);
    for (uint32_t n = 0; n < 1024; n++)
        put32(ram, PAGE_TABLE + n * 4, (uint32_t)(frame_of(n) | flags_of(n, ad)));
    memset(ram + PDPT, 0, 32);
    le64_put(ram + PDPT, PAE_DIR | P);
    le64_put(ram + PDPT + 24, PAE_DIR | P);
    memset(ram + PAE_DIR, 0, PAGE_SIZE);
    le64_put(ram + PAE_DIR, PAE_TABLE | all);
    le64_put(ram + PAE_DIR + 8, LARGE | all | GLOBAL);
    le64_put(ram + PAE_DIR + 511 * 8, PAE_TABLE | all);
    for (uint32_t n = 0; n < 512; n++)
        le64_put(ram + PAE_TABLE + n * 8, frame_of(n) | flags_of(n, ad));
}

/* The input's own entries: pages of code, data and stack mostly. */
static void flip_pages(uint8_t *ram, const struct engine_head *h)
{
    for (unsigned n = 0; n < ARRAY_LEN(h->pte); n++) {
        uint32_t page = h->pte[n].page, to = h->pte[n].frame & 63;
        uint32_t flags = h->pte[n].flags & 0xfff;
        uint64_t nx = (uint64_t)(h->pte[n].flags >> 15) << 63;

        if (!h->pte[n].flags || page < 16)
            continue;
        if (!(h->pte[n].flags & 0x1000))
            to = (uint32_t)(frame_of(page) >> PAGE_SHIFT);
        put32(ram, PAGE_TABLE + page * 4,
              (uint32_t)(to << PAGE_SHIFT | (flags_of(page, false) ^ flags)));
        le64_put(ram + PAE_TABLE + page * 8,
                 ((uint64_t)to << PAGE_SHIFT | (flags_of(page, false) ^ flags)) | nx);
    }
}

/* --- all --- */

static void put_data(uint8_t *ram, uint32_t seed)
{
    struct rng r = {.s = seed & 3};

    for (uint32_t at = DATA; at < DATA + 0x2000; at += 8)
        le64_put(ram + at, rng_one_in(&r, 3) ? rng_int(&r) : rng_next(&r));
    for (uint32_t at = STACK + 0xe000; at < STACK + 0x10000; at += 4)
        put32(ram, at, rng_one_in(&r, 2) ? CODE + rng_below(&r, 512) : rng_int(&r));
    /* Around the code, jumps back by three slots: what runs off its end loops. */
    for (uint32_t at = CODE; at < CODE + 0x10000; at += 2)
        le16_put(ram + at, 0x9eeb);
}

static const uint8_t *base_image(bool ad, unsigned seed)
{
    static uint8_t kept[2][4][RAM_SIZE];
    static bool made[2][4];

    if (!made[ad][seed]) {
        put_data(kept[ad][seed], seed);
        put_pages(kept[ad][seed], ad);
        made[ad][seed] = true;
    }
    return kept[ad][seed];
}

void image_fill(uint8_t *ram, const struct engine_head *h)
{
    memcpy(ram, base_image(h->paging & 0x10, h->data_seed & 3), RAM_SIZE);
    put_descriptors(ram, h);
    put_tasks(ram, h);
    put_handlers(ram, h);
    flip_pages(ram, h);
}
