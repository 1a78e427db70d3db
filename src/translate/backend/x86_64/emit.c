/* emit.c - encodes host instructions (SDM vol. 2, chapter 2). */
#include <assert.h>
#include "base/bytes.h"
#include "translate/backend/x86_64/jit.h"

void x8(struct jit *j, unsigned v)
{
    if (j->p < j->end)
        *j->p++ = (uint8_t)v;
    else
        j->full = true;
}

void x32(struct jit *j, uint32_t v)
{
    for (unsigned n = 0; n < 32; n += 8)
        x8(j, v >> n);
}

void x64(struct jit *j, uint64_t v)
{
    x32(j, (uint32_t)v);
    x32(j, (uint32_t)(v >> 32));
}

/* Number in ModRM, and whether a byte register needs REX (SPL..DIL) or forbids it (AH..BH). */
static unsigned code_of(unsigned reg)
{
    return reg >= HIGH ? reg - HIGH + 4 : reg & 7;
}

static bool wants_rex(unsigned reg, unsigned size)
{
    return size == 1 && reg >= 4 && reg < 8;
}

static void opcode_out(struct jit *j, unsigned opcode)
{
    if (opcode > 0xffff)
        x8(j, opcode >> 16);
    if (opcode > 0xff)
        x8(j, opcode >> 8 & 0xff);
    x8(j, opcode & 0xff);
}

/* MOVZX and MOVSX (0FB6, B7, BE, BF) have a source of one or two bytes and look at it as such. */
static unsigned rm_size(unsigned opcode, unsigned size)
{
    return opcode == 0x0fb6 || opcode == 0x0fbe ? 1 : size;
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

static void prefixes(struct jit *j, unsigned size, unsigned opcode, unsigned reg, unsigned rm,
                     unsigned base, unsigned index)
{
    unsigned rex = size == 8 ? 8 : 0;
    bool force =
        wants_rex(rm, rm_size(opcode, size)) ||
        (!reg_is_digit(opcode) && wants_rex(reg, rm_size(opcode, size) != size ? 4 : size));

    if (opcode >= 0x0f90 && opcode <= 0x0f9f && wants_rex(rm, 1))
        force = true;
    if (size == 2)
        x8(j, 0x66);
    if (reg < HIGH && reg & 8)
        rex |= 4;
    if (rm != NOREG && rm < HIGH && rm & 8)
        rex |= 1;
    if (base != NOREG && base & 8)
        rex |= 1;
    if (index != NOREG && index & 8)
        rex |= 2;
    if (rex || force) {
        assert(!(reg >= HIGH && reg != NOREG) && !(rm != NOREG && rm >= HIGH));
        x8(j, 0x40 | rex);
    }
}

void x_rr(struct jit *j, unsigned size, unsigned opcode, unsigned reg, unsigned rm)
{
    prefixes(j, size, opcode, reg, rm, NOREG, NOREG);
    opcode_out(j, opcode);
    x8(j, 0xc0 | code_of(reg) << 3 | code_of(rm));
}

void x_rm(struct jit *j, unsigned size, unsigned opcode, unsigned reg, unsigned base,
          unsigned index, unsigned scale, int32_t disp)
{
    unsigned r = code_of(reg) << 3, mod = disp == 0 && (base == NOREG || (base & 7) != 5) ? 0
                                          : disp == (int8_t)disp                          ? 0x40
                                                                                          : 0x80;

    prefixes(j, size, opcode, reg, NOREG, base, index);
    opcode_out(j, opcode);
    if (base == NOREG) {
        x8(j, r | 4);
        x8(j, scale << 6 | (index == NOREG ? 4 : index & 7) << 3 | 5);
        x32(j, (uint32_t)disp);
        return;
    }
    if (index == NOREG && (base & 7) != 4) {
        x8(j, mod | r | (base & 7));
    } else {
        x8(j, mod | r | 4);
        x8(j, scale << 6 | (index == NOREG ? 4 : index & 7) << 3 | (base & 7));
    }
    if (mod == 0x40)
        x8(j, (unsigned)disp & 0xff);
    else if (mod == 0x80)
        x32(j, (uint32_t)disp);
}

void x_mov_rr(struct jit *j, unsigned size, unsigned dst, unsigned src)
{
    if (dst != src || size == 4)
        x_rr(j, size, pair(0x88, size), src, dst);
}

void x_mov_ri(struct jit *j, unsigned dst, uint64_t v)
{
    if (v == (uint32_t)v) {
        if (dst & 8)
            x8(j, 0x41);
        x8(j, 0xb8 | (dst & 7));
        x32(j, (uint32_t)v);
    } else {
        x8(j, 0x48 | (dst >> 3 & 1));
        x8(j, 0xb8 | (dst & 7));
        x64(j, v);
    }
}

static void imm_out(struct jit *j, unsigned size, uint64_t v)
{
    for (unsigned n = 0; n < (size == 8 ? 4 : size); n++)
        x8(j, v >> n * 8 & 0xff);
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
    x8(j, 0x0f);
    x8(j, 0x80 | cc);
    x32(j, 0);
    return j->p - 4;
}

uint8_t *x_jmp(struct jit *j)
{
    x8(j, 0xe9);
    x32(j, 0);
    return j->p - 4;
}

void x_jmp_to(struct jit *j, const uint8_t *rx)
{
    x8(j, 0xe9);
    note_reloc(j, RELOC_OUT, j->p);
    x32(j, (uint32_t)(rx - (rx_of(j->d, j->p) + 4)));
}

void x_call_to(struct jit *j, const uint8_t *rx)
{
    x8(j, 0xe8);
    note_reloc(j, RELOC_OUT, j->p);
    x32(j, (uint32_t)(rx - (rx_of(j->d, j->p) + 4)));
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
