/* operand.c - operands of an instruction: registers, immediates and ModRM addresses (SDM vol.
 * 2A, 2.1 and 2.2). */
#include "translate/decode/decode_int.h"

enum { RBX = 3, RSP = 4, RBP = 5, RSI = 6, RDI = 7 };

enum { REX_B = 1, REX_X = 2, REX_R = 4, REX_W = 8 };

/* Bit 3 of a register number, from REX. */
static unsigned rex_bit(const struct decoder *d, unsigned bit)
{
    return d->in->rex & bit ? 8 : 0;
}

static unsigned modrm_reg(const struct decoder *d)
{
    return d->in->modrm >> 3 & 7;
}

static unsigned modrm_rm(const struct decoder *d)
{
    return d->in->modrm & 7;
}

/* SDM vol. 2A, table 2-1. */
static void address16(struct decoder *d)
{
    static const uint8_t base[8] = {RBX, RBX, RBP, RBP, RSI, RDI, RBP, RBX};
    static const uint8_t index[8] = {RSI, RDI, RSI, RDI, REG_NONE, REG_NONE, REG_NONE, REG_NONE};
    struct mem_operand *m = &d->in->mem;
    unsigned mod = d->in->modrm >> 6, rm = modrm_rm(d);

    m->base = base[rm];
    m->index = index[rm];
    if (mod == 0 && rm == 6) {
        m->base = REG_NONE;
        mod = 2;
    }
    if (mod)
        m->disp = (int32_t)decoder_signed(d, mod);
}

/* SDM vol. 2A, tables 2-2 and 2-3; RIP-relative: 2.2.1.6. */
static void address32(struct decoder *d)
{
    struct mem_operand *m = &d->in->mem;
    unsigned mod = d->in->modrm >> 6, base = modrm_rm(d);
    bool sib = base == RSP;

    if (sib) {
        uint8_t b = (uint8_t)decoder_signed(d, 1);
        unsigned index = (b >> 3 & 7) | rex_bit(d, REX_X);
        if (index != RSP) {
            m->index = (uint8_t)index;
            m->scale = b >> 6;
        }
        base = b & 7;
    }
    if (mod == 0 && base == RBP) {
        m->rip = d->in->mode == 64 && !sib;
        mod = 2;
    } else {
        m->base = (uint8_t)(base | rex_bit(d, REX_B));
    }
    if (mod)
        m->disp = (int32_t)decoder_signed(d, mod == 1 ? 1 : 4);
}

/* Takes SIB and displacement and fills insn.mem; mod is not 3. */
static void take_address(struct decoder *d)
{
    struct mem_operand *m = &d->in->mem;

    if (d->in->addrsize == 2)
        address16(d);
    else
        address32(d);
    if (d->override == REG_NONE && (m->base == RBP || m->base == RSP))
        m->seg = SEG_SS;
}

static unsigned special_size(const struct decoder *d, unsigned size)
{
    unsigned v = d->opsize;

    switch (size) {
    case SIZE_Z:
        return v < 4 ? v : 4;
    case SIZE_Y:
        return d->in->rex & REX_W ? 8 : 4;
    case SIZE_M:
        return d->in->mode == 64 ? 8 : 4;
    case SIZE_P:
        return v + 2;
    case SIZE_A:
        return 2 * v;
    case SIZE_S:
        return d->in->mode == 64 ? 10 : 6;
    case SIZE_ENV:
        return v == 2 ? 14 : 28;
    default: /* SIZE_STATE */
        return v == 2 ? 94 : 108;
    }
}

static inline unsigned size_of(const struct decoder *d, unsigned size)
{
    if (size == SIZE_V)
        return d->opsize;
    return size < SIZE_V ? size : special_size(d, size);
}

static bool set(struct operand *o, enum operand_kind kind, unsigned reg, unsigned size)
{
    o->kind = kind;
    o->reg = (uint8_t)reg;
    o->size = (uint8_t)size;
    return true;
}

/* A general register; without REX the byte registers 4 to 7 are AH to BH. */
static bool set_gpr(const struct decoder *d, struct operand *o, unsigned reg, unsigned size)
{
    o->high = size == 1 && reg >= 4 && !d->in->rex;
    return set(o, OPD_REG, o->high ? reg - 4 : reg, size);
}

static bool set_imm(struct operand *o, enum operand_kind kind, int64_t imm, unsigned size)
{
    o->imm = imm;
    return set(o, kind, 0, size);
}

static bool set_far(struct decoder *d, struct operand *o)
{
    unsigned size = d->opsize;

    o->imm = decoder_signed(d, size) & (int64_t)mask_bytes(size);
    o->sel = (uint16_t)decoder_signed(d, 2);
    return set(o, OPD_FAR, 0, size + 2);
}

/* The offset is as wide as an address (SDM vol. 2B, MOV). */
static bool set_moffs(struct decoder *d, struct operand *o, unsigned size)
{
    unsigned width = d->in->addrsize;

    o->imm = decoder_signed(d, width) & (int64_t)mask_bytes(width);
    return set(o, OPD_MOFFS, 0, size);
}

/* CS cannot be loaded, and there are six (SDM vol. 2B, MOV). */
static bool set_sreg(const struct decoder *d, struct operand *o)
{
    unsigned reg = modrm_reg(d);

    set(o, OPD_SEG, reg, 2);
    return reg < SEG_COUNT && !(reg == SEG_CS && o == &d->in->ops[0]);
}

/* CR0, CR2, CR3, CR4 and, in 64-bit mode, CR8 (SDM vol. 2B, MOV to/from control registers). */
static bool set_cr(const struct decoder *d, struct operand *o, unsigned size)
{
    unsigned reg = modrm_reg(d) | rex_bit(d, REX_R);

    set(o, OPD_CR, reg, size);
    return reg == 0 || (reg >= 2 && reg <= 4) || reg == 8;
}

/* DR4 and DR5 are the lifter's concern (CR4.DE); DR8 and up are not there. */
static bool set_dr(const struct decoder *d, struct operand *o, unsigned size)
{
    set(o, OPD_DR, modrm_reg(d), size);
    return !rex_bit(d, REX_R);
}

/* A register or memory of ModRM r/m. */
static bool set_rm(struct decoder *d, const struct operand_rule *rule, struct operand *o)
{
    if (d->in->modrm < 0xc0) {
        take_address(d);
        return set(o, OPD_MEM, 0, size_of(d, rule->mem_size));
    }
    switch (rule->place) {
    case RM:
        return set_gpr(d, o, modrm_rm(d) | rex_bit(d, REX_B), size_of(d, rule->reg_size));
    case RM_MM:
        return set(o, OPD_MM, modrm_rm(d), 8);
    case RM_XMM:
        return set(o, OPD_XMM, modrm_rm(d) | rex_bit(d, REX_B), 16);
    default:
        return false; /* RM_MEM */
    }
}

/* A register of ModRM r/m where memory may not be. */
static bool set_rm_reg(struct decoder *d, const struct operand_rule *rule, struct operand *o)
{
    unsigned rm = modrm_rm(d), size = size_of(d, rule->reg_size);
    bool is_reg = d->in->modrm >= 0xc0;

    if (!is_reg && rule->place != RM_ANY_MOD)
        take_address(d);
    switch (rule->place) {
    case RM_REG_MM:
        return set(o, OPD_MM, rm, size) && is_reg;
    case RM_REG_XMM:
        return set(o, OPD_XMM, rm | rex_bit(d, REX_B), size) && is_reg;
    case RM_ST:
        return set(o, OPD_ST, rm, size);
    default:
        return set_gpr(d, o, rm | rex_bit(d, REX_B), size) && (is_reg || rule->place == RM_ANY_MOD);
    }
}

/* A register of ModRM reg. */
static bool set_reg(const struct decoder *d, const struct operand_rule *rule, struct operand *o)
{
    unsigned reg = modrm_reg(d), size = size_of(d, rule->reg_size);

    switch (rule->place) {
    case REG_SEG:
        return set_sreg(d, o);
    case REG_CR:
        return set_cr(d, o, size);
    case REG_DR:
        return set_dr(d, o, size);
    case REG_MM:
        return set(o, OPD_MM, reg, size);
    case REG_XMM:
        return set(o, OPD_XMM, reg | rex_bit(d, REX_R), size);
    default:
        return set_gpr(d, o, reg | rex_bit(d, REX_R), size);
    }
}

bool decoder_operand(struct decoder *d, const struct operand_rule *rule, struct operand *o)
{
    unsigned size = size_of(d, rule->reg_size), bytes;
    int64_t v;

    switch (rule->place) {
    case OPCODE_REG:
        return set_gpr(d, o, (d->opcode & 7) | rex_bit(d, REX_B), size);
    case FIXED_REG:
        return set(o, OPD_REG, rule->arg, size);
    case FIXED_SEG:
        return set(o, OPD_SEG, rule->arg, size);
    case FIXED_ST:
        return set(o, OPD_ST, 0, size);
    case FIXED_XMM:
        return set(o, OPD_XMM, 0, size);
    case CONST_ONE:
        return set_imm(o, OPD_ONE, 1, size);
    case IMM_ZERO:
        bytes = size_of(d, rule->arg);
        v = decoder_signed(d, bytes);
        return set_imm(o, OPD_IMM, v & (int64_t)mask_bytes(bytes), size);
    case IMM_SIGN:
        bytes = size_of(d, rule->arg);
        d->in->imm_bytes = (uint8_t)bytes;
        return set_imm(o, OPD_IMM, decoder_signed(d, bytes), size);
    case RELATIVE:
        return set_imm(o, OPD_REL, decoder_signed(d, size_of(d, rule->arg)), size);
    case FAR_PTR:
        return set_far(d, o);
    case MOFFS:
        return set_moffs(d, o, size_of(d, rule->mem_size));
    case STRING:
        return true;
    case RM:
    case RM_MEM:
    case RM_MM:
    case RM_XMM:
        return set_rm(d, rule, o);
    case RM_REG:
    case RM_ANY_MOD:
    case RM_ST:
    case RM_REG_MM:
    case RM_REG_XMM:
        return set_rm_reg(d, rule, o);
    default:
        return set_reg(d, rule, o);
    }
}
