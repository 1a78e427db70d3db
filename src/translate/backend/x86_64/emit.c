/* emit.c - encodes host instructions (SDM vol. 2, chapter 2).
 *
 * An instruction is put together in a register and stored as eight bytes, of which only the first
 * belong to it; what follows overwrites the others.  So there must be room for more than is
 * written, and one check for each instruction, or part of one, sees to that.  What depends on
 * registers and displacements is computed by masks, since the host would mispredict branches. */
#include <assert.h>
#include <string.h>
#include "base/bytes.h"
#include "translate/backend/x86_64/jit.h"

/* The encoders proper are made anew for callers that know the opcode, since most of them folds. */
#define INLINE static inline __attribute__((always_inline))

enum { ROOM = 16 };

INLINE bool room(struct jit *j)
{
    bool fits = j->end - j->p >= ROOM;

    if (!fits)
        j->full = true;
    return fits;
}

/* The first n bytes of `bytes`, lowest first. */
INLINE void put(struct jit *j, uint64_t bytes, unsigned n)
{
    if (!room(j))
        return;
    memcpy(j->p, &bytes, sizeof bytes);
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
INLINE unsigned code_of(unsigned reg)
{
    return (reg & 7) | (reg & HIGH) >> 2;
}

/* REX bit of a register; NOREG and AH..BH have none. */
INLINE unsigned rex_bit(unsigned reg, unsigned bit)
{
    return bit & -(unsigned)((reg & 0x18) == 8);
}

/* As a byte register it needs REX: SPL..DIL. */
INLINE bool wants_rex(unsigned reg)
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

/* A byte register is named that only REX can name.  SETcc, MOVZX and MOVSX (0FB6, BE) have a byte
 * in rm whatever their size. */
static bool byte_forces_rex(unsigned size, unsigned opcode, unsigned reg, unsigned rm)
{
    bool rm_is_byte = size == 1 || (opcode & ~0xfu) == 0x0f90 || (opcode & ~8u) == 0x0fb6;

    return (rm_is_byte && wants_rex(rm)) || (size == 1 && wants_rex(reg) && !reg_is_digit(opcode));
}

/* An instruction as far as it is put together: n bytes. */
struct code {
    uint64_t bytes;
    unsigned n;
};

INLINE void add(struct code *c, unsigned byte)
{
    c->bytes |= (uint64_t)byte << 8 * c->n;
    c->n++;
}

INLINE struct code opcode_bytes(unsigned opcode)
{
    struct code c = {0};

    if (opcode > 0xffff)
        add(&c, opcode >> 16);
    if (opcode > 0xff)
        add(&c, opcode >> 8 & 0xff);
    add(&c, opcode & 0xff);
    return c;
}

/* All but REX is there. */
INLINE void prepend_rex(struct code *c, unsigned rex, bool force)
{
    bool need = (rex != 0) | force;

    c->bytes = c->bytes << 8 * need | ((0x40 | rex) & -(unsigned)need);
    c->n += need;
}

INLINE void rr(struct jit *j, unsigned size, unsigned opcode, unsigned reg, unsigned rm)
{
    unsigned rex = (size & 8) | rex_bit(reg, 4) | rex_bit(rm, 1);
    bool force = (size == 1 || opcode > 0xff) && byte_forces_rex(size, opcode, reg, rm);
    struct code c = opcode_bytes(opcode);

    assert(!(rex || force) || !((reg | rm) & HIGH));
    if (size == 2)
        x8(j, 0x66);
    add(&c, 0xc0 | code_of(reg) << 3 | code_of(rm));
    prepend_rex(&c, rex, force);
    put(j, c.bytes, c.n);
}

/* ModRM, and SIB where `sib`.  Without a base there is SIB (SDM vol. 2A, table 2-3). */
INLINE void add_address(struct code *c, unsigned mod_reg, unsigned base, unsigned index,
                        unsigned scale, bool sib)
{
    unsigned low = base == NOREG ? 5 : base & 7, of_index = index == NOREG ? 4 : index & 7;

    add(c, mod_reg | (sib ? 4 : low));
    add(c, scale << 6 | of_index << 3 | low);
    c->n -= !sib;
    c->bytes &= ~0ull >> 8 * (8 - c->n);
}

INLINE void rm(struct jit *j, unsigned size, unsigned opcode, unsigned reg, unsigned base,
               unsigned index, unsigned scale, int32_t disp)
{
    unsigned rex = (size & 8) | rex_bit(reg, 4) | rex_bit(base, 1) | rex_bit(index, 2);
    bool force = size == 1 && byte_forces_rex(size, opcode, reg, NOREG);
    bool byte = disp == (int8_t)disp, some = (disp != 0) | ((base & 7) == 5);
    unsigned mod = (2u - byte) & -(unsigned)some, bytes = (4u - 3u * byte) & -(unsigned)some;
    struct code c = opcode_bytes(opcode);

    assert(!(rex || force) || !(reg & HIGH));
    if (size == 2)
        x8(j, 0x66);
    if (base == NOREG) {
        mod = 0;
        bytes = 4;
    }
    add_address(&c, mod << 6 | code_of(reg) << 3, base, index, scale,
                (index != NOREG) | ((base & 7) == 4) | (base == NOREG));
    prepend_rex(&c, rex, force);
    if (!room(j))
        return;
    memcpy(j->p, &c.bytes, sizeof c.bytes);
    memcpy(j->p + c.n, &disp, sizeof disp);
    j->p += c.n + bytes;
}

void x_rr(struct jit *j, unsigned size, unsigned opcode, unsigned reg, unsigned rm)
{
    rr(j, size, opcode, reg, rm);
}

void x_rm(struct jit *j, unsigned size, unsigned opcode, unsigned reg, unsigned base,
          unsigned index, unsigned scale, int32_t disp)
{
    rm(j, size, opcode, reg, base, index, scale, disp);
}

void x_mov_rr(struct jit *j, unsigned size, unsigned dst, unsigned src)
{
    if (dst != src || size == 4)
        rr(j, size, pair(0x88, size), src, dst);
}

void x_mov_ri(struct jit *j, unsigned dst, uint64_t v)
{
    bool wide = v != (uint32_t)v;
    struct code c = opcode_bytes(0xb8 | (dst & 7));

    prepend_rex(&c, (wide ? 8 : 0) | rex_bit(dst, 1), false);
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
    rr(j, size, pair(0xc6, size), 0, dst);
    imm_out(j, size, v);
}

void x_alu_rr(struct jit *j, unsigned size, unsigned alu, unsigned dst, unsigned src)
{
    rr(j, size, pair(alu << 3, size), src, dst);
}

void x_alu_ri(struct jit *j, unsigned size, unsigned alu, unsigned dst, int64_t v)
{
    v = sign_extend((uint64_t)v, size);
    if (size == 1) {
        rr(j, 1, 0x80, alu, dst);
        x8(j, (unsigned)v & 0xff);
    } else if (v == (int8_t)v) {
        rr(j, size, 0x83, alu, dst);
        x8(j, (unsigned)v & 0xff);
    } else {
        rr(j, size, 0x81, alu, dst);
        imm_out(j, size, (uint64_t)v);
    }
}

void x_alu_mi(struct jit *j, unsigned size, unsigned alu, unsigned base, unsigned index,
              int32_t disp, int64_t v)
{
    v = sign_extend((uint64_t)v, size);
    if (size == 1 || v == (int8_t)v) {
        rm(j, size, size == 1 ? 0x80 : 0x83, alu, base, index, 0, disp);
        x8(j, (unsigned)v & 0xff);
    } else {
        rm(j, size, 0x81, alu, base, index, 0, disp);
        imm_out(j, size, (uint64_t)v);
    }
}

void x_movzx(struct jit *j, unsigned from, unsigned dst, unsigned src)
{
    if (from >= 4)
        rr(j, 4, 0x89, src, dst);
    else
        rr(j, 4, from == 1 ? 0x0fb6 : 0x0fb7, dst, src);
}

void x_movsx(struct jit *j, unsigned to, unsigned from, unsigned dst, unsigned src)
{
    if (from == 4)
        rr(j, to, to == 8 ? 0x63 : 0x8b, dst, src);
    else
        rr(j, to, from == 1 ? 0x0fbe : 0x0fbf, dst, src);
}

void x_ld_state(struct jit *j, unsigned size, unsigned dst, size_t off)
{
    if (size >= 4)
        rm(j, size, 0x8b, dst, STATE_REG, NOREG, 0, (int32_t)off);
    else
        rm(j, 4, size == 1 ? 0x0fb6 : 0x0fb7, dst, STATE_REG, NOREG, 0, (int32_t)off);
}

void x_st_state(struct jit *j, unsigned size, unsigned src, size_t off)
{
    rm(j, size, pair(0x88, size), src, STATE_REG, NOREG, 0, (int32_t)off);
}

void x_st_state_imm(struct jit *j, unsigned size, size_t off, uint32_t v)
{
    rm(j, size, pair(0xc6, size), 0, STATE_REG, NOREG, 0, (int32_t)off);
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
