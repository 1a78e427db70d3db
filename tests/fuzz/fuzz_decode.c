/* fuzz_decode.c - target: any bytes through the decoder, and what must hold of the result. */
#include <stdlib.h>
#include <string.h>
#include "fuzz.h"
#include "translate/decode/opcode_table.h"

#define NEED(what, cond)                                                                           \
    do {                                                                                           \
        if (!(cond))                                                                               \
            fuzz_fail("decoder: %s", what);                                                        \
    } while (0)

/* From a copy that ends where the bytes end, so that a sanitizer sees a read beyond. */
static void decode_exact(struct insn *in, const uint8_t *bytes, size_t avail, unsigned mode,
                         bool prot)
{
    uint8_t *copy = malloc(avail ? avail : 1);

    memcpy(copy, bytes, avail);
    memset(in, 0xa5, sizeof *in); /* nothing of it may stay */
    decode(in, copy, avail, mode, prot);
    free(copy);
}

static bool is_prefix(uint8_t b, unsigned mode)
{
    static const uint8_t all[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3};

    return memchr(all, b, sizeof all) || (mode == 64 && (b & 0xf0) == 0x40);
}

static unsigned last_of(const uint8_t *bytes, unsigned n, uint8_t a, uint8_t b)
{
    unsigned found = 0;

    for (unsigned k = 0; k < n; k++) {
        if (bytes[k] == a || bytes[k] == b)
            found = bytes[k];
    }
    return found;
}

/* The row claims the bytes: map, opcode, /r digit, mod, mandatory prefix. */
static void check_row(const struct insn *in, const uint8_t *data)
{
    const struct opcode_row *row = &opcode_rows[in->row];
    unsigned n = 0, map = MAP_ONE, op, modrm, prefix;
    uint8_t bytes[20] = {0};

    memcpy(bytes, data, in->len);
    while (is_prefix(bytes[n], in->mode))
        n++;
    prefix = last_of(bytes, n, 0xf2, 0xf3);
    if (!prefix)
        prefix = last_of(bytes, n, 0x66, 0x66);
    if (bytes[n] == 0x0f) {
        map = MAP_0F;
        n++;
        if (bytes[n] == 0x38 || bytes[n] == 0x3a)
            map = bytes[n++] == 0x38 ? MAP_38 : MAP_3A;
    }
    op = bytes[n];
    modrm = bytes[n + 1];
    if (map == MAP_ONE && (op & 0xf8) == 0xd8) {
        NEED("a row of another escape", row->map == MAP_X87 && row->opcode == op);
        NEED("another /r of an escape", modrm >= 0xc0 || row->group == (int)(modrm >> 3 & 7));
        if (row->modrm)
            NEED("another ModRM", modrm >= row->modrm && modrm < row->modrm + row->count + 0u);
        return;
    }
    NEED("a row of another map", row->map == map);
    NEED("a row of another opcode",
         op >= row->opcode &&
             (row->modrm ? op == row->opcode : op < row->opcode + row->count + 0u));
    NEED("ModRM is not taken", !in->has_modrm || in->modrm == modrm);
    if (row->group >= 0)
        NEED("another /r", row->group == (int)(modrm >> 3 & 7));
    if (row->mod != MOD_ANY)
        NEED("another mod", (row->mod == MOD_REG) == (modrm >= 0xc0));
    if (row->prefix)
        NEED("another mandatory prefix", row->prefix == prefix);
}

static bool is_size(unsigned n)
{
    return n == 2 || n == 4 || n == 8;
}

static void check_operands(const struct insn *in)
{
    NEED("more than four operands", in->nops <= 4);
    NEED("sizes", is_size(in->addrsize) && (in->opsize == 1 || is_size(in->opsize)));
    NEED("a segment that is not there", in->mem.seg < SEG_COUNT);
    NEED("a base that is not there", in->mem.base < 16 || in->mem.base == REG_NONE);
    NEED("an index that is not there", in->mem.index < 16 || in->mem.index == REG_NONE);
    NEED("a scale above 8", in->mem.scale < 4);
    for (unsigned k = 0; k < in->nops; k++) {
        const struct operand *o = &in->ops[k];

        NEED("an operand without kind", o->kind > OPD_NONE && o->kind <= OPD_ONE);
        NEED("a register that is not there", o->reg < 16);
        NEED("a high byte that is not there", !o->high || (o->kind == OPD_REG && o->reg < 4));
        NEED("a 64-bit register in other modes",
             in->mode == 64 || o->reg < 8 || (o->kind != OPD_REG && o->kind != OPD_XMM));
    }
}

static void check_one(const uint8_t *bytes, size_t avail, unsigned mode, bool prot)
{
    struct insn in, again, part;

    decode_exact(&in, bytes, avail, mode, prot);
    decode_exact(&again, bytes, avail, mode, prot);
    NEED("another answer to the same bytes", !memcmp(&in, &again, sizeof in));
    NEED("a name that is not there", in.op < INSN_OP_COUNT);
    NEED("a row that is not there", in.row < ROW_COUNT);
    if (in.op == INSN_bad) {
        NEED("15 bytes are too few", avail < 15);
        return;
    }
    NEED("longer than 15 bytes, or than there are", in.len <= 15 && in.len <= avail);
    NEED("no length", in.len > 0);
    if (in.op == INSN_toolong)
        return;
    for (size_t n = 0; n < in.len; n++) {
        decode_exact(&part, bytes, n, mode, prot);
        NEED("fewer bytes were enough", part.op == INSN_bad);
    }
    decode_exact(&part, bytes, in.len, mode, prot);
    NEED("bytes behind it change it", !memcmp(&in, &part, sizeof in));
    check_operands(&in);
    if (in.op == INSN_ud && in.row == ROW_UD) { /* UD1 and UD2 have rows of their own */
        NEED("undefined, with operands", !in.nops);
        return;
    }
    NEED("another name than its row", opcode_rows[in.row].op == in.op);
    NEED("undefined in this mode",
         !(opcode_rows[in.row].attr & (mode == 64 ? OPA_NOT64 : OPA_ONLY64)));
    NEED("undefined outside protected mode", prot || !(opcode_rows[in.row].attr & OPA_PROT));
    check_row(&in, bytes);
}

void fuzz_decode(const uint8_t *data, size_t size)
{
    static const uint8_t modes[3] = {16, 32, 64};
    struct insn in;

    if (size < 2)
        return;
    for (size_t at = 1; at < size;) {
        unsigned mode = modes[data[0] % 3];
        bool prot = mode == 64 || data[0] & 0x80;
        size_t avail = size - at < 20 ? size - at : 20;

        check_one(data + at, avail, mode, prot);
        decode(&in, data + at, avail, mode, prot);
        at += in.op == INSN_bad ? avail : in.len;
    }
}
