/* opcode_table.c - the rows of opcodes.def and operands.def, and the names of mnemonics.def, as
 * arrays. */
#include "translate/decode/opcode_table.h"

#define NAME_(x)    #x
#define MNEMONIC(x) NAME_(x),
const char *const insn_names[INSN_OP_COUNT] = {
    "(bad)",
#include "translate/decode/mnemonics.def"
};

const struct operand_rule operand_rules[FORM_COUNT] = {
#define OPERAND(letters, place, in_reg, in_mem, arg) {place, in_reg, in_mem, arg},
#include "translate/decode/operands.def"
#undef OPERAND
};

/* The flags column: "OSZAPC" by position. */
#define AT(flags, i) (("" flags)[i])
#define SUM(test, f)                                                                               \
    ((test(AT(f, 0)) ? FLAG_O : 0) | (test(AT(f, 1)) ? FLAG_S : 0) |                               \
     (test(AT(f, 2)) ? FLAG_Z : 0) | (test(AT(f, 3)) ? FLAG_A : 0) |                               \
     (test(AT(f, 4)) ? FLAG_P : 0) | (test(AT(f, 5)) ? FLAG_C : 0))
#define IS_SET(c)   ((c) != '-' && (c) != 'u')
#define IS_0(c)     ((c) == '0')
#define IS_1(c)     ((c) == '1')
#define IS_UNDEF(c) ((c) == 'u')

/* The where and notes columns. */
#define ALL         0
#define NOT64       OPA_NOT64
#define ONLY64      OPA_ONLY64
#define PROT        OPA_PROT
#define PLAIN       0
#define LOCKABLE    OPA_LOCKABLE
#define PRIV        OPA_PRIV
#define UNDOC       OPA_UNDOC
#define BYTE        OPA_BYTE
#define IO          OPA_IO
#define D64         OPA_D64
#define F64         OPA_F64
#define KEEPS0      OPA_KEEPS0
#define MODRM       OPA_MODRM
#define MXCSR       OPA_SSE
#define MMXSTATE    OPA_MMX
#define READS(f)    ((f) << 16)
#define CC          (OPA_CC | READS(FLAGS_STATUS))

/* What the operands alone tell. */
#define FORM_ATTR(f)                                                                               \
    (((f) >= FIRST_MODRM_FORM ? OPA_MODRM : 0) |                                                   \
     ((f) >= FORM_Pq && (f) <= FORM_Nq ? OPA_MMX : 0) | ((f) >= FORM_V ? OPA_SSE : 0))
#define FORMS_ATTR_(a, b, c, ...) (FORM_ATTR(FORM_##a) | FORM_ATTR(FORM_##b) | FORM_ATTR(FORM_##c))
#define FORMS_ATTR(...)           FORMS_ATTR_(__VA_ARGS__, none, none, none)
#define FORMS_(a, b, c, ...)                                                                       \
    {                                                                                              \
        FORM_##a, FORM_##b, FORM_##c, FORM_none                                                    \
    }
#define FORMS(...)      FORMS_(__VA_ARGS__, none, none, none)
#define FORMS_TEXT(...) #__VA_ARGS__

#define PREFIX_BYTE_ANY 0
#define PREFIX_BYTE_NP  0
#define PREFIX_BYTE_P66 0x66
#define PREFIX_BYTE_PF2 0xf2
#define PREFIX_BYTE_PF3 0xf3
#define BARE_ANY        0
#define BARE_NP         1
#define BARE_P66        0
#define BARE_PF2        0
#define BARE_PF3        0

#define ROW(map_, opcode_, digit, prefix_, name, operands_, flags, attr_, count_, mod_, modrm_,    \
            bare_)                                                                                 \
    {.map = (map_),                                                                                \
     .opcode = (opcode_),                                                                          \
     .group = (digit),                                                                             \
     .prefix = (prefix_),                                                                          \
     .op = INSN_##name,                                                                            \
     .operands = FORMS_TEXT operands_,                                                             \
     .flags_read = (uint32_t)(attr_) >> 16,                                                        \
     .flags_set = SUM(IS_SET, flags),                                                              \
     .flags_clear = SUM(IS_0, flags),                                                              \
     .flags_force = SUM(IS_1, flags),                                                              \
     .flags_undef = SUM(IS_UNDEF, flags),                                                          \
     .attr = ((uint32_t)(attr_)&0xffff) | FORMS_ATTR operands_,                                    \
     .forms = FORMS operands_,                                                                     \
     .count = (count_),                                                                            \
     .mod = (mod_),                                                                                \
     .modrm = (modrm_),                                                                            \
     .bare = (bare_)},

#define OPCODE(map, byte, count, prefix, group, name, operands, flags, where, notes)               \
    ROW(MAP_##map, byte, (COLUMN_##group & 15) - 1, PREFIX_BYTE_##prefix, name, operands, flags,   \
        (where) | (notes), count, COLUMN_##group >> 4, 0, BARE_##prefix)
#define OPCODE64(map, byte, group, name, operands, flags, notes)                                   \
    ROW(MAP_##map, byte, (COLUMN_##group & 15) - 1, 0, name, operands, flags, ONLY64 | (notes), 1, \
        COLUMN_##group >> 4, 0, false)
#define OPCODE_0F01(modrm, prefix, name, operands, where, notes)                                   \
    ROW(MAP_0F, 0x01, ((modrm) >> 3) & 7, 0, name, operands, "------", (where) | (notes) | MODRM,  \
        1, MOD_REG, modrm, BARE_##prefix)
#define X87_MEM(byte, r, name, operands, flags, notes)                                             \
    ROW(MAP_X87, byte, r, 0, name, operands, flags, OPA_X87 | (notes), 1, MOD_MEM, 0, false)
#define X87_REG(byte, modrm, count, name, operands, flags, notes)                                  \
    ROW(MAP_X87, byte, ((modrm) >> 3) & 7, 0, name, operands, flags, OPA_X87 | MODRM | (notes),    \
        count, MOD_REG, modrm, false)

const struct opcode_row opcode_rows[ROW_COUNT] = {
    ROW(MAP_ONE, 0, -1, 0, ud, (none), "------", 0, 0, MOD_ANY, 0, false)
#include "translate/decode/opcodes.def"
};
const size_t opcode_row_count = ROW_COUNT;
