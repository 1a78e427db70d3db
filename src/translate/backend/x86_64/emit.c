/* emit.c - encodes host instructions (SDM vol. 2, chapter 2).
 *
 * An instruction is put together in a register and stored as eight bytes, of which only the first
 * belong to it; what follows overwrites the others.  So there must be room for more than is
 * written, and one check for each instruction, or part of one, sees to that.  What is chosen by
 * sizes and registers is computed without branches, since the host would mispredict them. */
#include <assert.h>
#include "base/bytes.h"
#include "translate/backend/x86_64/jit.h"

enum { ROOM = 16 };

static inline bool room(struct jit *j)
{
    bool fits = j->end - j->p >= ROOM;

    if (!fits)
        j->full = true;
    return fits;
}

/* The first n bytes of `bytes`, lowest first. */
static inline void put(struct jit *j, uint64_t bytes, unsigned n)
{
    if (!room(j))
        return;
    le64_put(j->p, bytes);
    j->p += n;
}

void x8(struct jit *j, unsigned v)
{
    put(j, v, 1);
}

void x32(struct jit *j, uint32_t v)
{
    put(j, v, 4);
}

void x64(struct jit *j, uint64_t v)
{
    put(j, v, 8);
}

/* Number in ModRM: AH..BH have those of SPL..DIL. */
static inline unsigned code_of(unsigned reg)
{
    return (reg & 7) | (reg & HIGH) >> 2;
}

/* REX bit of a register; NOREG and AH..BH have none. */
static inline unsigned rex_bit(unsigned reg, unsigned bit)
{
    return (reg & 0x18) == 8 ? bit : 0;
}

/* As a byte register it needs REX: SPL..DIL. */
static inline bool wants_rex(unsigned reg)
{
    return (reg & 0x1c) == 4;
}

/* The ModRM reg field extends the opcode and names no register. */
static bool reg_is_digit(unsigned opcode)
{
    switch (opcode) {
    case 0x80:
    case 0x81:
    case 0x83:
    case 0xc0:
    case 0xc1:
    case 0xc6:
    case 0xc7:
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
    case 0xf6:
    case 0xf7:
    case 0xfe:
    case 0xff:
    case 0x0fba:
        return true;
    default:
        return opcode >= 0x0f90 && opcode <= 0x0f9f;
    }
}

/* The operand in ModRM rm is a byte: also for SETcc, MOVZX and MOVSX (0FB6, BE) of any size. */
static inline bool rm_is_byte(unsigned size, unsigned opcode)
{
    return size == 1 || (opcode & ~0xfu) == 0x0f90 || (opcode & ~8u) == 0x0fb6;
}

static inline bool reg_forces_rex(unsigned size, unsigned opcode, unsigned reg)
{
    return size == 1 && wants_rex(reg) && !reg_is_digit(opcode);
}

/* An instruction as far as it is put together: n bytes. */
struct code {
    uint64_t bytes;
    unsigned n;
};

static inline void add_if(struct code *c, bool really, unsigned byte)
{
    c->bytes |= (uint64_t)(really ? byte : 0) << 8 * c->n;
    c->n += really;
}

static inline struct code prefixes(unsigned size, unsigned rex, bool force)
{
    struct code c = {0};

    rex |= size == 8 ? 8 : 0;
    add_if(&c, size == 2, 0x66);
    add_if(&c, (rex != 0) | force, 0x40 | rex);
    return c;
}

static inline void add_opcode(struct code *c, unsigned opcode)
{
    unsigned n = 1u + (opcode > 0xff) + (opcode > 0xffff);

    c->bytes |= (uint64_t)(__builtin_bswap32(opcode) >> (32 - 8 * n)) << 8 * c->n;
    c->n += n;
}

void x_rr(struct jit *j, unsigned size, unsigned opcode, unsigned reg, unsigned rm)
{
    unsigned rex = rex_bit(reg, 4) | rex_bit(rm, 1);
    bool force = (rm_is_byte(size, opcode) & wants_rex(rm)) | reg_forces_rex(size, opcode, reg);
    struct code c = prefixes(size, rex, force);

    assert(!(rex || force || size == 8) || (reg < HIGH && rm < HIGH));
    add_opcode(&c, opcode);
    add_if(&c, true, 0xc0 | code_of(reg) << 3 | code_of(rm));
    put(j, c.bytes, c.n);
}

/* ModRM without a base has SIB and four bytes of displacement (SDM vol. 2A, table 2-3). */
static void no_base(struct jit *j, struct code c, unsigned reg, unsigned index, unsigned scale,
                    int32_t disp)
{
    add_if(&c, true, code_of(reg) << 3 | 4);
    add_if(&c, true, scale << 6 | (index == NOREG ? 4 : index & 7) << 3 | 5);
    put(j, c.bytes, c.n);
    put(j, (uint32_t)disp, 4);
}

void x_rm(struct jit *j, unsigned size, unsigned opcode, unsigned reg, unsigned base,
          unsigned index, unsigned scale, int32_t disp)
{
    unsigned rex = rex_bit(reg, 4) | rex_bit(base, 1) | rex_bit(index, 2), low = base & 7;
    bool force = reg_forces_rex(size, opcode, reg), sib = (index != NOREG) | (low == 4);
    unsigned mod = disp == (int8_t)disp ? 1 : 2, bytes = disp == (int8_t)disp ? 1 : 4;
    struct code c = prefixes(size, rex, force);

    assert(!(rex || force || size == 8) || reg < HIGH);
    add_opcode(&c, opcode);
    if (base == NOREG) {
        no_base(j, c, reg, index, scale, disp);
        return;
    }
    mod = (disp == 0) & (low != 5) ? 0 : mod;
    bytes = (disp == 0) & (low != 5) ? 0 : bytes;
    add_if(&c, true, mod << 6 | code_of(reg) << 3 | (sib ? 4 : low));
    add_if(&c, sib, scale << 6 | (index == NOREG ? 4 : index & 7) << 3 | low);
    if (!room(j))
        return;
    le64_put(j->p, c.bytes);
    le32_put(j->p + c.n, (uint32_t)disp);
    j->p += c.n + bytes;
}

void x_mov_rr(struct jit *j, unsigned size, unsigned dst, unsigned src)
{
    if (dst != src || size == 4)
        x_rr(j, size, pair(0x88, size), src, dst);
}

void x_mov_ri(struct jit *j, unsigned dst, uint64_t v)
{
    bool wide = v != (uint32_t)v;
    struct code c = prefixes(wide ? 8 : 4, rex_bit(dst, 1), false);

    add_if(&c, true, 0xb8 | (dst & 7));
    if (wide) {
        put(j, c.bytes, c.n);
        put(j, v, 8);
    } else {
        put(j, c.bytes | v << 8 * c.n, c.n + 4);
    }
}

static void imm_out(struct jit *j, unsigned size, uint64_t v)
{
    put(j, v, size == 8 ? 4 : size);
}

void x_mov_ri_size(struct jit *j, unsigned size, unsigned dst, uint64_t v)
{
    if (size >= 4) {
        x_mov_ri(j, dst, size == 4 ? (uint32_t)v : v);
        return;
    }
    x_rr(j, size, pair(0xc6, size), 0, dst);
    imm_out(j, size, v);
}

void x_alu_rr(struct jit *j, unsigned size, unsigned alu, unsigned dst, unsigned src)
{
    x_rr(j, size, pair(alu << 3, size), src, dst);
}

void x_alu_ri(struct jit *j, unsigned size, unsigned alu, unsigned dst, int64_t v)
{
    v = sign_extend((uint64_t)v, size);
    if (size == 1) {
        x_rr(j, 1, 0x80, alu, dst);
        x8(j, (unsigned)v & 0xff);
    } else if (v == (int8_t)v) {
        x_rr(j, size, 0x83, alu, dst);
        x8(j, (unsigned)v & 0xff);
    } else {
        x_rr(j, size, 0x81, alu, dst);
        imm_out(j, size, (uint64_t)v);
    }
}

void x_alu_mi(struct jit *j, unsigned size, unsigned alu, unsigned base, unsigned index,
              int32_t disp, int64_t v)
{
    v = sign_extend((uint64_t)v, size);
    if (size == 1 || v == (int8_t)v) {
        x_rm(j, size, size == 1 ? 0x80 : 0x83, alu, base, index, 0, disp);
        x8(j, (unsigned)v & 0xff);
    } else {
        x_rm(j, size, 0x81, alu, base, index, 0, disp);
        imm_out(j, size, (uint64_t)v);
    }
}

void x_movzx(struct jit *j, unsigned from, unsigned dst, unsigned src)
{
    if (from >= 4)
        x_rr(j, 4, 0x89, src, dst);
    else
        x_rr(j, 4, from == 1 ? 0x0fb6 : 0x0fb7, dst, src);
}

void x_movsx(struct jit *j, unsigned to, unsigned from, unsigned dst, unsigned src)
{
    if (from == 4)
        x_rr(j, to, to == 8 ? 0x63 : 0x8b, dst, src);
    else
        x_rr(j, to, from == 1 ? 0x0fbe : 0x0fbf, dst, src);
}

void x_ld_state(struct jit *j, unsigned size, unsigned dst, size_t off)
{
    if (size >= 4)
        x_rm(j, size, 0x8b, dst, STATE_REG, NOREG, 0, (int32_t)off);
    else
        x_rm(j, 4, size == 1 ? 0x0fb6 : 0x0fb7, dst, STATE_REG, NOREG, 0, (int32_t)off);
}

void x_st_state(struct jit *j, unsigned size, unsigned src, size_t off)
{
    x_rm(j, size, pair(0x88, size), src, STATE_REG, NOREG, 0, (int32_t)off);
}

void x_st_state_imm(struct jit *j, unsigned size, size_t off, uint32_t v)
{
    x_rm(j, size, pair(0xc6, size), 0, STATE_REG, NOREG, 0, (int32_t)off);
    imm_out(j, size, v);
}

uint8_t *x_jcc(struct jit *j, unsigned cc)
{
    put(j, 0x800f | cc << 8, 6);
    return j->p - 4;
}

uint8_t *x_jmp(struct jit *j)
{
    put(j, 0xe9, 5);
    return j->p - 4;
}

static void relative(struct jit *j, unsigned opcode, const uint8_t *rx)
{
    uint32_t rel32 = (uint32_t)(rx - (rx_of(j->d, j->p) + 5));

    note_reloc(j, RELOC_OUT, j->p + 1);
    put(j, opcode | (uint64_t)rel32 << 8, 5);
}

void x_jmp_to(struct jit *j, const uint8_t *rx)
{
    relative(j, 0xe9, rx);
}

void x_call_to(struct jit *j, const uint8_t *rx)
{
    relative(j, 0xe8, rx);
}

void x_patch(struct jit *j, uint8_t *rel32, const uint8_t *to)
{
    if (j->full)
        return;
    le32_put(rel32, (uint32_t)(to - (rel32 + 4)));
    if (is_cold(j->d, rel32) != is_cold(j->d, to))
        note_reloc(j, RELOC_ACROSS, rel32);
}

void x_patch_to(struct jit *j, uint8_t *rel32, const uint8_t *rx)
{
    if (j->full)
        return;
    le32_put(rel32, (uint32_t)(rx - (rx_of(j->d, rel32) + 4)));
    note_reloc(j, RELOC_OUT, rel32);
}
