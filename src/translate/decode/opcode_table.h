/* opcode_table.h - opcodes.def as tables that decode() indexes: from opcode bytes to a row, from a
 * row to operands.
 *
 * A look-up costs one or two loads whatever the instruction:
 *     opcode_index[map][opcode][prefix][mod == 3][reg]     all but the following
 *     opcode_index_0f01[modrm & 63]                        0F 01 with mod 3, before opcode_index
 *     x87_index_mem[opcode & 7][reg], x87_index_reg[opcode & 7][modrm & 63]
 * A slot is the index of a row in opcode_rows; slot 0 is the row of `ud`. */
#ifndef TRANSLATE_DECODE_OPCODE_TABLE_H
#define TRANSLATE_DECODE_OPCODE_TABLE_H
#include "translate/decode/insn.h"

enum opcode_map { MAP_ONE, MAP_0F, MAP_38, MAP_3A, MAP_COUNT, MAP_X87 = 4 };
enum prefix_slot { SLOT_NP, SLOT_P66, SLOT_PF2, SLOT_PF3, SLOT_COUNT };

/* The /r column: mod (enum opcode_mod) << 4 | digit + 1, or no digit. */
enum opcode_column {
    COLUMN_ANY = 0x00,
    COLUMN_MEM = 0x10,
    COLUMN_REG = 0x20,
    COLUMN_0 = 0x01,
    COLUMN_1,
    COLUMN_2,
    COLUMN_3,
    COLUMN_4,
    COLUMN_5,
    COLUMN_6,
    COLUMN_7,
    COLUMN_M0 = 0x11,
    COLUMN_M1,
    COLUMN_M2,
    COLUMN_M3,
    COLUMN_M4,
    COLUMN_M5,
    COLUMN_M6,
    COLUMN_M7,
    COLUMN_R0 = 0x21,
    COLUMN_R1,
    COLUMN_R2,
    COLUMN_R3,
    COLUMN_R4,
    COLUMN_R5,
    COLUMN_R6,
    COLUMN_R7
};

/* Sizes that depend on the instruction, above any size in bytes (SIZE_STATE is at most 108). */
enum operand_size {
    SIZE_V = 0xf0, /* operand size */
    SIZE_Z,        /* operand size, at most 4 */
    SIZE_Y,        /* 4, or 8 with REX.W */
    SIZE_M,        /* 8 in 64-bit mode, else 4 */
    SIZE_P,        /* far pointer: operand size and 2 */
    SIZE_A,        /* two of operand size */
    SIZE_S,        /* pseudo-descriptor: 6, or 10 in 64-bit mode */
    SIZE_ENV,      /* x87 environment: 14 or 28 */
    SIZE_STATE     /* x87 state: 94 or 108 */
};

/* Where an operand is. */
enum operand_place {
    NOWHERE,
    OPCODE_REG,
    FIXED_REG,
    FIXED_SEG,
    CONST_ONE,
    IMM_ZERO,
    IMM_SIGN,
    RELATIVE,
    FAR_PTR,
    MOFFS,
    STRING,
    FIXED_ST,
    FIXED_XMM,
    RM,
    REG,
    RM_REG,
    RM_ANY_MOD,
    REG_SEG,
    REG_CR,
    REG_DR,
    RM_MEM,
    RM_ST,
    REG_MM,
    RM_MM,
    RM_REG_MM,
    REG_XMM,
    RM_REG_XMM,
    RM_XMM
};

enum operand_form {
#define OPERAND(letters, place, in_reg, in_mem, arg) FORM_##letters,
#include "translate/decode/operands.def"
#undef OPERAND
    FORM_COUNT,
    FIRST_MODRM_FORM = FORM_Eb
};

struct operand_rule {
    uint8_t place;              /* enum operand_place */
    uint8_t reg_size, mem_size; /* bytes or enum operand_size */
    uint8_t arg;                /* fixed register, or the size of an immediate */
};

/* One row of opcodes.def, by place in opcode_rows. */
enum opcode_row_id {
    ROW_UD,
#define OPCODE(map, byte, count, prefix, group, ...) ROW_##map##_##byte##_##prefix##_##group,
#define OPCODE64(map, byte, group, ...)              ROW64_##map##_##byte##_##group,
#define OPCODE_0F01(modrm, ...)                      ROW_0F01_##modrm,
#define X87_MEM(byte, r, ...)                        ROW_X87_##byte##_##r,
#define X87_REG(byte, modrm, ...)                    ROW_X87_##byte##_##modrm,
#include "translate/decode/opcodes.def"
#undef OPCODE
#undef OPCODE64
#undef OPCODE_0F01
#undef X87_MEM
#undef X87_REG
    ROW_COUNT
};

extern const struct operand_rule operand_rules[FORM_COUNT];
extern const uint16_t opcode_index[MAP_COUNT][256][SLOT_COUNT][2][8];
extern const uint16_t opcode_index_0f01[64];
extern const uint16_t x87_index_mem[8][8];
extern const uint16_t x87_index_reg[8][64];
/* True for an opcode of which any form has a ModRM byte. */
extern const bool opcode_has_modrm[MAP_COUNT][256];

#endif
