/* opcode_index.c - opcodes.def turned inside out: from opcode, prefix and ModRM to the row.
 *
 * Two rows that claim one form would initialise one slot twice, of which the compiler warns. */
#include "translate/decode/opcode_table.h"

/* One opcode's slots for one prefix, by the group column. */
#define GROUP_ANY(m, b, p, r)      [m][b][p][0][0 ... 7] = r, [m][b][p][1][0 ... 7] = r,
#define GROUP_MEM(m, b, p, r)      [m][b][p][0][0 ... 7] = r,
#define GROUP_REG(m, b, p, r)      [m][b][p][1][0 ... 7] = r,
#define BOTH(m, b, p, d, r)        [m][b][p][0][d] = r, [m][b][p][1][d] = r,
#define GROUP_0(m, b, p, r)        BOTH(m, b, p, 0, r)
#define GROUP_1(m, b, p, r)        BOTH(m, b, p, 1, r)
#define GROUP_2(m, b, p, r)        BOTH(m, b, p, 2, r)
#define GROUP_3(m, b, p, r)        BOTH(m, b, p, 3, r)
#define GROUP_4(m, b, p, r)        BOTH(m, b, p, 4, r)
#define GROUP_5(m, b, p, r)        BOTH(m, b, p, 5, r)
#define GROUP_6(m, b, p, r)        BOTH(m, b, p, 6, r)
#define GROUP_7(m, b, p, r)        BOTH(m, b, p, 7, r)
#define GROUP_M0(m, b, p, r)       [m][b][p][0][0] = r,
#define GROUP_M1(m, b, p, r)       [m][b][p][0][1] = r,
#define GROUP_M2(m, b, p, r)       [m][b][p][0][2] = r,
#define GROUP_M3(m, b, p, r)       [m][b][p][0][3] = r,
#define GROUP_M4(m, b, p, r)       [m][b][p][0][4] = r,
#define GROUP_M5(m, b, p, r)       [m][b][p][0][5] = r,
#define GROUP_M7(m, b, p, r)       [m][b][p][0][7] = r,
#define GROUP_R0(m, b, p, r)       [m][b][p][1][0] = r,
#define GROUP_R1(m, b, p, r)       [m][b][p][1][1] = r,
#define GROUP_R2(m, b, p, r)       [m][b][p][1][2] = r,
#define GROUP_R3(m, b, p, r)       [m][b][p][1][3] = r,
#define GROUP_R5(m, b, p, r)       [m][b][p][1][5] = r,
#define GROUP_R6(m, b, p, r)       [m][b][p][1][6] = r,
#define GROUP_R7(m, b, p, r)       [m][b][p][1][7] = r,

/* One opcode's slots, by the prefix column. */
#define PREFIX_NP(group, m, b, r)  GROUP_##group(m, b, SLOT_NP, r)
#define PREFIX_P66(group, m, b, r) GROUP_##group(m, b, SLOT_P66, r)
#define PREFIX_PF2(group, m, b, r) GROUP_##group(m, b, SLOT_PF2, r)
#define PREFIX_PF3(group, m, b, r) GROUP_##group(m, b, SLOT_PF3, r)
#define PREFIX_ANY(group, m, b, r)                                                                 \
    PREFIX_NP(group, m, b, r)                                                                      \
    PREFIX_P66(group, m, b, r) PREFIX_PF2(group, m, b, r) PREFIX_PF3(group, m, b, r)

/* A row's slots, by the number of opcodes that share it. */
#define COUNT_1(prefix, group, m, b, r) PREFIX_##prefix(group, m, b, r)
#define COUNT_2(prefix, group, m, b, r)                                                            \
    COUNT_1(prefix, group, m, (b), r) COUNT_1(prefix, group, m, (b) + 1, r)
#define COUNT_4(prefix, group, m, b, r)                                                            \
    COUNT_2(prefix, group, m, b, r) COUNT_2(prefix, group, m, (b) + 2, r)
#define COUNT_7(prefix, group, m, b, r)                                                            \
    COUNT_4(prefix, group, m, b, r)                                                                \
    COUNT_2(prefix, group, m, (b) + 4, r) COUNT_1(prefix, group, m, (b) + 6, r)
#define COUNT_8(prefix, group, m, b, r)                                                            \
    COUNT_4(prefix, group, m, b, r) COUNT_4(prefix, group, m, (b) + 4, r)
#define COUNT_16(prefix, group, m, b, r)                                                           \
    COUNT_8(prefix, group, m, b, r) COUNT_8(prefix, group, m, (b) + 8, r)

#define OPCODE(map, byte, count, prefix, group, ...)                                               \
    COUNT_##count(prefix, group, MAP_##map, byte, ROW_##map##_##byte##_##prefix##_##group)
#define OPCODE64(...)
#define OPCODE_0F01(...)
#define X87_MEM(...)
#define X87_REG(...)
const uint16_t opcode_index[MAP_COUNT][256][SLOT_COUNT][2][8] = {
#include "translate/decode/opcodes.def"
};
#undef OPCODE
#undef OPCODE_0F01

#define OPCODE(...)
#define OPCODE_0F01(modrm, ...) [modrm & 63] = ROW_0F01_##modrm,
const uint16_t opcode_index_0f01[64] = {
#include "translate/decode/opcodes.def"
};
#undef OPCODE_0F01
#undef X87_MEM

#define OPCODE_0F01(...)
#define X87_MEM(byte, r, ...) [byte & 7][r] = ROW_X87_##byte##_##r,
const uint16_t x87_index_mem[8][8] = {
#include "translate/decode/opcodes.def"
};
#undef X87_MEM
#undef X87_REG

#define X87_MEM(...)
#define X87_1(esc, modrm, r)             [(esc)&7][(modrm)&63] = r,
#define X87_8(esc, modrm, r)             [(esc)&7][((modrm)&63)...((modrm)&63) + 7] = r,
#define X87_REG(byte, modrm, count, ...) X87_##count(byte, modrm, ROW_X87_##byte##_##modrm)
const uint16_t x87_index_reg[8][64] = {
#include "translate/decode/opcodes.def"
};
#undef OPCODE
#undef X87_REG
#define X87_REG(...)

/* Here the rows of one opcode do name one slot each, and agree (test_decode.c checks it). */
#pragma GCC diagnostic ignored "-Woverride-init"
#define NEEDS_(a, b, c, ...)                                                                       \
    (FORM_##a >= FIRST_MODRM_FORM || FORM_##b >= FIRST_MODRM_FORM || FORM_##c >= FIRST_MODRM_FORM)
#define NEEDS(...) NEEDS_(__VA_ARGS__, none, none, none)
#define OPCODE(map, byte, count, prefix, group, name, operands, ...)                               \
    [MAP_##map][byte... byte + count - 1] = NEEDS operands || COLUMN_##group != COLUMN_ANY,
const bool opcode_has_modrm[MAP_COUNT][256] = {
#include "translate/decode/opcodes.def"
    [MAP_ONE][0xd8 ... 0xdf] = true,
};
