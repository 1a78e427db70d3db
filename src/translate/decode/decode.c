/* decode.c - from bytes to one struct insn: prefixes, opcode, row, operands (SDM vol. 2A, chapter
 * 2). */
#include <string.h>
#include "base/bytes.h"
#include "translate/decode/opcode_table.h"
#include "translate/decode/decode_int.h"

enum { INSN_LIMIT = 15 };

/* Takes the next byte; past the end it is 0 and the shortage is remembered. */
static uint8_t next_byte(struct decoder *d)
{
    if (d->at == d->end) {
        d->short_of_bytes = true;
        return 0;
    }
    return *d->at++;
}

int64_t decoder_signed(struct decoder *d, unsigned size)
{
    uint64_t v;

    if ((size_t)(d->end - d->at) < size) {
        d->at = d->end;
        d->short_of_bytes = true;
        return 0;
    }
    v = le_get(d->at, size);
    d->at += size;
    return sign_extend(v, size);
}

/* Takes legacy prefixes and, in 64-bit mode, REX.  Of each group the last one counts (SDM vol.
 * 2A, 2.1.1 leaves repeated ones undefined; processors do this), and REX counts only right before
 * the opcode. */
static uint8_t take_prefixes(struct decoder *d)
{
    struct insn *in = d->in;

    for (;;) {
        uint8_t b = next_byte(d);
        switch (b) {
        case 0x26:
            d->override = SEG_ES;
            break;
        case 0x2e:
            d->override = SEG_CS;
            break;
        case 0x36:
            d->override = SEG_SS;
            break;
        case 0x3e:
            d->override = SEG_DS;
            break;
        case 0x64:
            d->override = SEG_FS;
            break;
        case 0x65:
            d->override = SEG_GS;
            break;
        case 0x66:
            d->p66 = true;
            break;
        case 0x67:
            d->p67 = true;
            break;
        case 0xf0:
            in->lock = true;
            break;
        case 0xf2:
        case 0xf3:
            in->rep = b;
            break;
        default:
            if (in->mode != 64 || (b & 0xf0) != 0x40)
                return b;
            in->rex = b;
            continue;
        }
        in->rex = 0;
        if (d->short_of_bytes)
            return b;
    }
}

static unsigned prefix_slot(const struct decoder *d)
{
    if (d->in->rep)
        return d->in->rep == REP_E ? SLOT_PF3 : SLOT_PF2;
    return d->p66 ? SLOT_P66 : SLOT_NP;
}

static void take_modrm(struct decoder *d)
{
    d->in->has_modrm = true;
    d->in->modrm = next_byte(d);
}

/* The rows that only 64-bit mode has in a slot of another (vol. 2D, tables ). */
static unsigned row_of_64bit_mode(const struct insn *in, unsigned map, uint8_t opcode, unsigned row)
{
    if (map == MAP_ONE && opcode == 0x63)
        return ROW64_ONE_0x63_ANY;
    if (map == MAP_ONE && opcode == 0x90 && in->rex & 1)
        return ROW64_ONE_0x90_ANY;
    if (row == ROW_0F_0xc7_ANY_M1 && in->rex & 8)
        return ROW64_0F_0xc7_M1;
    return row;
}

/* Reads the rest of the opcode and ModRM, and finds the row. */
static unsigned find_row(struct decoder *d, uint8_t opcode)
{
    struct insn *in = d->in;
    unsigned map = MAP_ONE, mod, reg, row = ROW_UD;

    if (opcode == 0x0f) {
        map = MAP_0F;
        opcode = next_byte(d);
        if (opcode == 0x38 || opcode == 0x3a) {
            map = opcode == 0x38 ? MAP_38 : MAP_3A;
            opcode = next_byte(d);
        }
    }
    d->opcode = opcode;
    if (opcode_has_modrm[map][opcode])
        take_modrm(d);
    mod = in->modrm >> 6;
    reg = in->modrm >> 3 & 7;
    if (map == MAP_ONE && (opcode & 0xf8) == 0xd8)
        return mod == 3 ? x87_index_reg[opcode & 7][in->modrm & 63]
                        : x87_index_mem[opcode & 7][reg];
    if (map == MAP_0F && opcode == 0x01 && mod == 3)
        row = opcode_index_0f01[in->modrm & 63];
    if (row == ROW_UD)
        row = opcode_index[map][opcode][prefix_slot(d)][mod == 3][reg];
    return in->mode == 64 ? row_of_64bit_mode(in, map, opcode, row) : row;
}

/* Operand and address size (SDM vol. 1, 3.6). */
static void set_sizes(struct decoder *d, const struct opcode_row *row)
{
    struct insn *in = d->in;
    unsigned size = (in->mode == 16) != d->p66 ? 2 : 4;

    if (in->mode == 64) {
        if (in->rex & 8 || row->attr & OPA_F64)
            size = 8;
        else if (row->attr & OPA_D64 && size == 4)
            size = 8;
        in->addrsize = d->p67 ? 4 : 8;
    } else {
        in->addrsize = (in->mode == 16) != d->p67 ? 2 : 4;
    }
    d->opsize = size;
    in->stacksize = size;
    in->opsize = row->attr & OPA_BYTE ? 1 : size == 8 && row->attr & OPA_IO ? 4 : size;
}

static void set_condition(struct decoder *d, const struct opcode_row *row)
{
    struct insn *in = d->in;

    if (row->attr & OPA_CC)
        in->cc = d->opcode & 15;
    else if (in->op == INSN_fcmovcc)
        in->cc = (d->opcode & 1) << 2 | (in->modrm >> 3 & 3);
}

/* #UD for what depends on more than the slot: mode, LOCK (SDM vol. 2A, LOCK), prefixes. */
static bool allowed(const struct decoder *d, const struct opcode_row *row, bool prot)
{
    const struct insn *in = d->in;

    if (row->attr & (in->mode == 64 ? OPA_NOT64 : OPA_ONLY64))
        return false;
    if (row->attr & OPA_PROT && !prot)
        return false;
    if (in->lock && !(row->attr & OPA_LOCKABLE && in->ops[0].kind == OPD_MEM))
        return false;
    return !(row->bare && prefix_slot(d) != SLOT_NP);
}

static void set_undefined(struct insn *in)
{
    in->op = INSN_ud;
    in->row = ROW_UD;
    in->nops = 0;
    in->cc = 0;
    memset(in->ops, 0, sizeof in->ops);
}

static void take_operands(struct decoder *d, const struct opcode_row *row)
{
    struct insn *in = d->in;
    bool defined = true;

    in->mem.seg = d->override == REG_NONE ? SEG_DS : d->override;
    for (unsigned i = 0; i < 3 && row->forms[i] != FORM_none; i++) {
        struct operand *o = &in->ops[in->nops];
        if (!decoder_operand(d, &operand_rules[row->forms[i]], o))
            defined = false;
        if (o->kind != OPD_NONE)
            in->nops++;
    }
    d->defined = defined;
}

/* In parts that compilers clear by a few stores; all at once would be REP STOS, which is slow to
 * start. */
static void clear(struct insn *in)
{
    memset(in, 0, offsetof(struct insn, ops));
    memset(&in->ops[0], 0, 2 * sizeof in->ops[0]);
    memset(&in->ops[2], 0, 2 * sizeof in->ops[0]);
    memset((uint8_t *)in + offsetof(struct insn, mem), 0, sizeof *in - offsetof(struct insn, mem));
    in->mem.base = in->mem.index = REG_NONE;
}

void decode(struct insn *in, const uint8_t *bytes, size_t avail, unsigned mode, bool prot)
{
    struct decoder d = {.in = in, .at = bytes, .override = REG_NONE};
    const struct opcode_row *row;
    bool whole = avail >= INSN_LIMIT;

    clear(in);
    d.end = bytes + (whole ? INSN_LIMIT : avail);
    in->mode = (uint8_t)mode;
    in->row = (uint16_t)find_row(&d, take_prefixes(&d));
    row = &opcode_rows[in->row];
    in->op = row->op;
    set_sizes(&d, row);
    if (mode == 64 && d.override < SEG_FS)
        d.override = REG_NONE;
    take_operands(&d, row);
    set_condition(&d, row);
    in->len = (uint8_t)(d.at - bytes);
    if (row->prefix == 0xf2 || row->prefix == 0xf3)
        in->rep = REP_NONE;
    if (!d.defined || !allowed(&d, row, prot))
        set_undefined(in);
    if (d.short_of_bytes) {
        set_undefined(in);
        in->op = whole ? INSN_toolong : INSN_bad;
    }
}
