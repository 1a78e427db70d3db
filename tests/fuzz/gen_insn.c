/* gen_insn.c - makes instructions from the opcode rows, and idioms of several, for the fuzzers. */
#include <string.h>
#include "base/bytes.h"
#include "fuzz.h"
#include "translate/decode/opcode_table.h"

uint64_t rng_next(struct rng *r)
{
    r->s += 0x9e3779b97f4a7c15;
    uint64_t z = r->s;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

uint32_t rng_int(struct rng *r)
{
    static const uint32_t edge[] = {0,      1,       2,          0xffffffff, 0xfffffffe, 0x7f,
                                    0x80,   0xff,    0x100,      0x7fff,     0x8000,     0xffff,
                                    0x1000, 0x10000, 0x7fffffff, 0x80000000, 0xf,        0x10,
                                    0x1f,   0x20,    0xffe,      0xfff,      0xfffff000, 0x99};

    switch (rng_below(r, 4)) {
    case 0:
        return edge[rng_below(r, ARRAY_LEN(edge))];
    case 1:
        return (uint32_t)(rng_next(r) >> (32 + rng_below(r, 32)));
    }
    return (uint32_t)rng_next(r);
}

/* --- one instruction --- */

static bool is_string(unsigned op)
{
    return op == INSN_movs || op == INSN_cmps || op == INSN_stos || op == INSN_lods ||
           op == INSN_scas || op == INSN_ins || op == INSN_outs;
}

static unsigned put_prefixes(const struct gen *g, const struct opcode_row *row, uint8_t *out)
{
    static const uint8_t seg[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
    unsigned n = 0;

    if (!row->bare && !row->prefix && rng_one_in(g->r, 3))
        out[n++] = 0x66;
    if (rng_one_in(g->r, 12))
        out[n++] = 0x67;
    if (rng_one_in(g->r, 8))
        out[n++] = seg[rng_below(g->r, sizeof seg)];
    if ((row->attr & OPA_LOCKABLE) && rng_one_in(g->r, 8))
        out[n++] = 0xf0;
    if (is_string(row->op) && rng_one_in(g->r, 2))
        out[n++] = rng_one_in(g->r, 2) ? 0xf2 : 0xf3;
    if (row->prefix)
        out[n++] = row->prefix;
    return n;
}

static unsigned put_opcode(const struct gen *g, const struct opcode_row *row, uint8_t *out)
{
    unsigned n = 0;

    if (row->map >= MAP_0F && row->map <= MAP_3A)
        out[n++] = 0x0f;
    if (row->map == MAP_38 || row->map == MAP_3A)
        out[n++] = row->map == MAP_38 ? 0x38 : 0x3a;
    out[n] = row->opcode;
    if (row->map != MAP_X87 && !row->modrm)
        out[n] = (uint8_t)(row->opcode + rng_below(g->r, row->count));
    return n + 1;
}

/* Memory operands mostly by way of a register that points somewhere, or at a place in the data. */
static void put_modrm(const struct gen *g, const struct opcode_row *row, uint8_t *modrm)
{
    struct rng *r = g->r;

    if (row->modrm) {
        *modrm = (uint8_t)(row->modrm + (row->map == MAP_X87 ? rng_below(r, row->count) : 0));
        return;
    }
    if (row->group >= 0)
        *modrm = (uint8_t)((*modrm & ~0x38) | row->group << 3);
    if (row->mod == MOD_REG || (row->mod == MOD_ANY && row->map != MAP_X87 && rng_one_in(r, 2))) {
        *modrm |= 0xc0;
        return;
    }
    *modrm = (uint8_t)((*modrm & 0x38) | (rng_one_in(r, 2) ? 0x40 : 0) | rng_below(r, 8));
    if (rng_one_in(r, 3)) { /* an absolute address */
        *modrm = (uint8_t)((*modrm & 0x38) | (g->mode == 16 ? 6 : 5));
        le32_put(modrm + 1, (rng_one_in(r, 4) ? 0xffc : rng_below(r, 0x2000)) +
                                (g->flat ? rng_one_in(r, 6) ? CODE : DATA : 0));
    }
}

static bool is_branch(const struct insn *in)
{
    return in->nops && in->ops[0].kind == OPD_REL;
}

/* Branches stay near. */
static void fix_branch(const struct gen *g, const struct insn *in, uint8_t *out)
{
    const struct opcode_row *row = &opcode_rows[in->row];
    unsigned op = row->opcode, size = in->opsize == 2 ? 2 : 4;
    int32_t to = (int32_t)rng_below(g->r, 8) * SLOT - (int32_t)rng_below(g->r, 4) * SLOT;

    if (row->map == MAP_ONE && (op == 0x70 || (op >= 0xe0 && op <= 0xe3) || op == 0xeb))
        size = 1;
    if (rng_one_in(g->r, 4))
        to += (int32_t)rng_below(g->r, SLOT);
    else
        to -= (int32_t)((g->at + in->len) % SLOT);
    if (to < -128 || to > 127)
        to &= 127;
    le_put(out + in->len - size, (uint32_t)to, size);
}

/* Rows that are worth more are taken more often: plain ones, and the system's where it may change.
 */
static unsigned pick_row(const struct gen *g)
{
    for (;;) {
        unsigned id = 1 + rng_below(g->r, ROW_COUNT - 1);
        const struct opcode_row *row = &opcode_rows[id];

        if (row->attr & OPA_ONLY64 || row->op == INSN_ud)
            continue;
        if (row->attr & (OPA_PRIV | OPA_PROT) && !g->system && !rng_one_in(g->r, 8))
            continue;
        if (row->attr & (OPA_X87 | OPA_SSE | OPA_MMX) && !rng_one_in(g->r, 3))
            continue;
        return id;
    }
}

unsigned gen_insn(const struct gen *g, uint8_t *out)
{
    uint8_t bytes[40];
    struct insn in;

    for (unsigned tries = 0; tries < 40; tries++) {
        unsigned id = pick_row(g), n;
        const struct opcode_row *row = &opcode_rows[id];

        n = put_prefixes(g, row, bytes);
        n += put_opcode(g, row, bytes + n);
        for (unsigned k = n; k < sizeof bytes - 8; k++)
            bytes[k] = (uint8_t)(rng_one_in(g->r, 3) ? rng_int(g->r) : rng_next(g->r));
        if (row->map == MAP_X87 || opcode_has_modrm[row->map][row->opcode])
            put_modrm(g, row, bytes + n);
        decode(&in, bytes, 15, g->mode, g->prot || rng_one_in(g->r, 16));
        if (in.row != id || in.op == INSN_ud || in.len > 15)
            continue;
        if (is_branch(&in))
            fix_branch(g, &in, bytes);
        memcpy(out, bytes, in.len);
        return in.len;
    }
    out[0] = 0x90;
    return 1;
}

/* --- idioms --- */

struct out {
    uint8_t *to;
    unsigned n;
};

static void put1(struct out *o, unsigned b)
{
    o->to[o->n++] = (uint8_t)b;
}

static void put_imm(struct out *o, uint32_t v, unsigned size)
{
    le_put(o->to + o->n, v, size);
    o->n += size;
}

/* Operand size 32 (or 16) whatever the code segment's. */
static void want_size(const struct gen *g, struct out *o, unsigned size)
{
    if (g->mode != size * 8)
        put1(o, 0x66);
}

static uint32_t near_value(const struct gen *g)
{
    uint32_t base = g->flat ? DATA : 0;

    switch (rng_below(g->r, 6)) {
    case 0:
        return rng_int(g->r);
    case 1:
        return base + 0x1000 - rng_below(g->r, 20);
    case 2:
        return (g->flat ? CODE : 0) + g->at + rng_below(g->r, 64);
    case 3:
        return g->flat ? rng_one_in(g->r, 2) ? MMIO + rng_below(g->r, 64)
                                             : ALIAS + CODE + g->at + rng_below(g->r, 64)
                       : 0xffffu - rng_below(g->r, 16);
    }
    return base + rng_below(g->r, 0x1f00);
}

static void mov_reg(const struct gen *g, struct out *o)
{
    want_size(g, o, 4);
    put1(o, 0xb8 + rng_below(g->r, 8));
    put_imm(o, near_value(g), 4);
}

/* mov byte or dword cs:[near here], imm: code that changes what comes, or itself. */
static void write_code(const struct gen *g, struct out *o)
{
    uint32_t at = (g->flat ? CODE : 0) + g->at + rng_below(g->r, 48);
    bool wide = rng_one_in(g->r, 2);

    if (rng_one_in(g->r, 3) && g->flat)
        at += ALIAS;
    if (!g->flat)
        put1(o, 0x2e);
    put1(o, wide ? 0xc7 : 0xc6);
    put1(o, g->mode == 16 ? 6 : 5);
    put_imm(o, at, g->mode / 8);
    put_imm(o, rng_one_in(g->r, 3) ? 0x90909090 : 0x40404040 | rng_below(g->r, 0x10101010),
            wide ? g->mode / 8 : 1);
}

static void loop(const struct gen *g, struct out *o)
{
    unsigned start;

    put1(o, 0xb9);
    put_imm(o, 1 + rng_below(g->r, 20), g->mode / 8);
    start = o->n;
    o->n += gen_insn(g, o->to + o->n);
    put1(o, rng_one_in(g->r, 2) ? 0xe2 : 0xe0 + rng_below(g->r, 2));
    put1(o, start - o->n - 1);
}

static void set_segment(const struct gen *g, struct out *o)
{
    static const uint8_t regs[] = {SEG_ES, SEG_SS, SEG_DS, SEG_FS, SEG_GS};
    uint32_t sel = rng_below(g->r, GDT_ROWS) * 8 + (rng_one_in(g->r, 2) ? 3 : 0);

    if (rng_one_in(g->r, 4))
        sel = rng_one_in(g->r, 2) ? DATA / 16 : rng_below(g->r, 0x10000);
    want_size(g, o, 4);
    put1(o, 0xb8);
    put_imm(o, sel, 4);
    put1(o, 0x8e);
    put1(o, 0xc0 | regs[rng_below(g->r, 5)] << 3);
}

static void far_transfer(const struct gen *g, struct out *o)
{
    static const uint8_t rows[] = {1, 3, 7, 10, 13, 20, 21, 22, 23, 24, 27, 28, 29};

    want_size(g, o, 4);
    put1(o, rng_one_in(g->r, 2) ? 0xea : 0x9a);
    put_imm(o, rng_below(g->r, 512) + (rng_one_in(g->r, 2) ? CODE : 0), 4);
    put_imm(o, rows[rng_below(g->r, sizeof rows)] * 8u + rng_below(g->r, 4), 2);
}

static void set_flags(const struct gen *g, struct out *o)
{
    uint32_t v = (uint32_t)rng_next(g->r) & 0x244fd5;

    if (!rng_one_in(g->r, 4))
        v &= ~(uint32_t)(EF_TF | EF_NT);
    want_size(g, o, 4);
    put1(o, 0x68);
    put_imm(o, v, 4);
    want_size(g, o, 4);
    put1(o, 0x9d);
}

static void set_control(const struct gen *g, struct out *o)
{
    static const uint8_t regs[] = {0, 0, 0, 2, 3, 4, 4};
    unsigned cr = regs[rng_below(g->r, sizeof regs)];

    put_imm(o, 0x200f, 2);
    put1(o, 0xc0 | cr << 3); /* mov eax, crN */
    want_size(g, o, 4);
    put1(o, 0x35); /* xor eax, imm */
    put_imm(o, rng_one_in(g->r, 4) ? rng_int(g->r) : 1u << rng_below(g->r, 32), 4);
    put_imm(o, 0x220f, 2);
    put1(o, 0xc0 | cr << 3);
}

static void string(const struct gen *g, struct out *o)
{
    static const uint8_t ops[] = {0xa4, 0xa6, 0xaa, 0xac, 0xae, 0x6c, 0x6e};

    put1(o, 0xb9);
    put_imm(o, rng_below(g->r, rng_one_in(g->r, 4) ? 600 : 30), g->mode / 8);
    put1(o, 0xbe + rng_below(g->r, 2));
    put_imm(o, near_value(g), g->mode / 8);
    put1(o, rng_one_in(g->r, 6) ? 0xfd : 0xfc);
    if (rng_one_in(g->r, 6))
        put1(o, 0x67);
    put1(o, rng_one_in(g->r, 3) ? 0xf2 : 0xf3);
    put1(o, ops[rng_below(g->r, sizeof ops)] + rng_below(g->r, 2));
}

static void port(const struct gen *g, struct out *o)
{
    if (rng_one_in(g->r, 2)) {
        put1(o, 0xb0);
        put1(o, rng_one_in(g->r, 4) ? 0x55 : rng_below(g->r, 4));
    }
    put1(o, 0xe4 + rng_below(g->r, 4));
    put1(o, rng_below(g->r, 8));
    if (rng_one_in(g->r, 4))
        put1(o, rng_one_in(g->r, 2) ? 0xfb : 0xfa);
}

static void page_entry(const struct gen *g, struct out *o)
{
    uint32_t page = rng_below(g->r, 3) * 16 + 16 + rng_below(g->r, 4);

    put1(o, 0x80 + rng_below(g->r, 2) * 3); /* xor [entry], imm8 */
    put1(o, g->mode == 16 ? 0x36 : 0x35);
    put_imm(o, PAGE_TABLE + page * 4, g->mode / 8);
    put1(o, 1u << rng_below(g->r, 7));
    if (rng_one_in(g->r, 2)) { /* invlpg [page] */
        put_imm(o, 0x010f, 2);
        put1(o, g->mode == 16 ? 0x3e : 0x3d);
        put_imm(o, page << 12, g->mode / 8);
    }
}

static void iret_frame(const struct gen *g, struct out *o)
{
    static const uint8_t rows[] = {1, 3, 7, 10, 13, 27, 28, 29};
    unsigned row = rows[rng_below(g->r, sizeof rows)];
    unsigned rpl = row == 29 ? 1 : row == 3 || row == 10 || row == 28 ? 3 : 0;

    want_size(g, o, 4);
    put1(o, 0x68);
    put_imm(o, 2 | (rng_next(g->r) & 0x200ed5) | (rng_one_in(g->r, 6) ? EF_VM : 0), 4);
    want_size(g, o, 4);
    put1(o, 0x68);
    put_imm(o, row * 8 | rpl, 4);
    want_size(g, o, 4);
    put1(o, 0x68);
    put_imm(o, (row < 7 || row == 29 ? CODE : 0) + g->at + SLOT, 4);
    want_size(g, o, 4);
    put1(o, rng_one_in(g->r, 3) ? 0xcb : 0xcf);
}

static void (*const idioms[])(const struct gen *g, struct out *o) = {
    mov_reg,     mov_reg,   mov_reg,      write_code,  loop,       string,     port,
    set_segment, set_flags, far_transfer, set_control, page_entry, iret_frame,
};

enum { PLAIN_IDIOMS = 7 };

unsigned gen_idiom(const struct gen *g, uint8_t *out)
{
    struct out o = {out, 0};

    idioms[rng_below(g->r, g->system ? ARRAY_LEN(idioms) : PLAIN_IDIOMS + 1)](g, &o);
    return o.n;
}
