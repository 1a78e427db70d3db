/* insn.h - one decoded guest instruction.
 *
 * decode() turns bytes into a struct insn by one row of opcodes.def.  What follows (the lifter, the
 * flag analysis, the listing cross-check, the generated tests) reads the struct and the row and
 * never the bytes.
 *
 * Worked example, 16-bit code: 66 26 8B 44 FC = "mov eax, es:[si-4]".
 *     op INSN_mov, opsize 4 (66), addrsize 2, seg SEG_ES (26), nops 2
 *     ops[0] { OPD_REG, size 4, reg 0 }
 *     ops[1] { OPD_MEM, size 4 }, mem { base 6 (SI), index REG_NONE, scale 0, disp -4, seg SEG_ES }
 *
 * Names of operations are the SDM's mnemonics in lower case, one enumerator for each
 * (mnemonics.def). Families that differ in one field share a name: jcc, setcc, cmovcc (condition in
 * `cc`), and string instructions movs cmps stos lods scas ins outs (element size in opsize: 1, 2, 4
 * or 8). Jumps: jmp, call (relative or indirect near), jmpf, callf (far, direct or through memory),
 * ret, retf. iret is one name, its width is opsize.  Short and near forms are not told apart.
 *
 * String instructions have no operands in ops[]; mem.seg is the segment of the source, which an
 * override changes (so for outs and xlat).  mem.seg is always set.  An OPD_XMM is 16 bytes and an
 * OPD_MM 8, whatever part is used; a memory operand has the size that is accessed.  Immediates of
 * shifts, in, out, int, enter, ret, aam, aad and SSE are zero-extended, all others sign-extended.
 *
 * Invariants: length is at most 15; a form that is undefined in the mode decodes as INSN_ud with
 * its length; memory operands always carry the effective segment (after defaults: BP/SP based use
 * SS). */
#ifndef TRANSLATE_DECODE_INSN_H
#define TRANSLATE_DECODE_INSN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "cpu/seg.h"

enum insn_op {
    INSN_bad, /* the bytes ran out: more than `avail` are needed */
#define MNEMONIC(name, ...) INSN_##name,
#include "translate/decode/mnemonics.def"
#undef MNEMONIC
    INSN_OP_COUNT /* mnemonics.def has `ud` (undefined: #UD) and `toolong` (over 15 bytes: #GP) */
};

enum { REG_NONE = 0xff };

enum operand_kind {
    OPD_NONE,
    OPD_REG,   /* general register `reg` 0..15; for size 1 see `high` */
    OPD_MEM,   /* memory at insn.mem; size 0 where the instruction has none (LEA, INVLPG) or its own
                */
    OPD_IMM,   /* `imm`, already sign- or zero-extended to 64 bits as the instruction defines */
    OPD_REL,   /* branch displacement in `imm`, sign-extended, relative to the next instruction */
    OPD_FAR,   /* far pointer: offset in `imm`, selector in `sel` */
    OPD_MOFFS, /* memory at the absolute offset in `imm`, segment in insn.mem.seg */
    OPD_SEG,   /* segment register */
    OPD_CR,
    OPD_DR,
    OPD_TR, /* 386/486 test register */
    OPD_ST, /* x87 stack register ST(reg) */
    OPD_MM,
    OPD_XMM,
    OPD_ONE /* the constant 1 of D0/D1 shifts */
};

struct operand {
    uint8_t kind; /* enum operand_kind */
    uint8_t size; /* bytes: 1 2 4 6 8 10 16, or larger for state images; 0 none */
    uint8_t reg;
    bool high; /* AH, CH, DH, BH (reg 0..3) */
    uint16_t sel;
    int64_t imm;
};

struct mem_operand {
    uint8_t base, index; /* general registers or REG_NONE */
    uint8_t scale;       /* shift count 0..3 */
    uint8_t seg;         /* enum seg_index */
    bool rip;            /* 64-bit RIP-relative */
    int32_t disp;        /* sign-extended; wraps at the address size */
};

enum rep_prefix { REP_NONE, REP_E = 0xf3, REP_NE = 0xf2 };

struct insn {
    uint16_t op;       /* enum insn_op */
    uint16_t row;      /* index into opcode_rows[] */
    uint8_t len;       /* bytes, prefixes and all */
    uint8_t mode;      /* 16, 32 or 64: the code segment's */
    uint8_t opsize;    /* 2, 4 or 8 (1 for byte forms) */
    uint8_t addrsize;  /* 2, 4 or 8 */
    uint8_t stacksize; /* operand size of a push or pop: 2, 4 or 8 */
    uint8_t rep;       /* enum rep_prefix as given, when not part of the opcode (SSE) */
    bool lock;
    uint8_t
        cc; /* condition code 0..15 for jcc, setcc, cmovcc (fcmovcc: 0..7, b e be u nb ne nbe nu) */
    uint8_t nops;
    uint8_t imm_bytes; /* of the (last) immediate as it is encoded: the last of the instruction's */
    bool has_modrm;
    uint8_t modrm;
    uint8_t rex; /* 64-bit mode, else 0 */
    struct operand ops[4];
    struct mem_operand mem;
};

/* Status flags, in EFLAGS positions. */
enum {
    FLAG_C = 0x001,
    FLAG_P = 0x004,
    FLAG_A = 0x010,
    FLAG_Z = 0x040,
    FLAG_S = 0x080,
    FLAG_O = 0x800,
    FLAGS_STATUS = FLAG_C | FLAG_P | FLAG_A | FLAG_Z | FLAG_S | FLAG_O
};

/* What a row of opcodes.def says, for those who need more than the struct. */
struct opcode_row {
    uint8_t map; /* 0 one-byte, 1 0F, 2 0F38, 3 0F3A, 4 x87 */
    uint8_t opcode;
    int8_t group;   /* the /r digit, or -1 */
    uint8_t prefix; /* mandatory prefix: 0, 0x66, 0xf2, 0xf3 */
    uint16_t op;
    const char *operands; /* e.g. "Eb, Gb"; letters of operands.def */
    uint16_t flags_read;  /* status flags read (for jcc etc. as cc says: FLAGS_STATUS here) */
    uint16_t flags_set;   /* set from the result or forced */
    uint16_t flags_clear; /* of flags_set, those forced to 0 */
    uint16_t flags_force; /* of flags_set, those forced to 1 */
    uint16_t flags_undef; /* undefined by the manual */
    uint32_t attr;        /* OPA_* */
    uint8_t forms[4];     /* the operands as rows of operands.def */
    uint8_t count;        /* opcodes in sequence that share the row (x87, mod 3: ModRM bytes) */
    uint8_t mod;          /* enum opcode_mod */
    uint8_t modrm;        /* x87 and 0F 01 with mod 3: the (first) ModRM byte, else 0 */
    bool bare;            /* prefix 0 means none of 66, F2, F3, else any */
};

enum opcode_mod { MOD_ANY, MOD_MEM, MOD_REG };

enum opcode_attr {
    OPA_LOCKABLE = 1, /* LOCK allowed with a memory destination */
    OPA_NOT64 = 2,
    OPA_ONLY64 = 4,
    OPA_PROT = 8,       /* #UD in real and V86 mode */
    OPA_UNDOC = 16,     /* undocumented, but real */
    OPA_X87 = 32,       /* an escape, D8 to DF */
    OPA_MMX = 64,       /* an MMX register is an operand; EMMS */
    OPA_SSE = 128,      /* an XMM register is an operand, or MXCSR */
    OPA_PRIV = 256,     /* CPL 0 only */
    OPA_BYTE = 512,     /* opsize is 1 */
    OPA_IO = 1024,      /* opsize is at most 4 */
    OPA_D64 = 2048,     /* in 64-bit mode the operand size is 8 or, with 66, 2 */
    OPA_F64 = 4096,     /* in 64-bit mode the operand size is 8 */
    OPA_CC = 8192,      /* the low four bits of the opcode are a condition */
    OPA_KEEPS0 = 16384, /* a masked count of 0, or of REP, keeps all flags */
    OPA_MODRM = 32768
};

extern const struct opcode_row opcode_rows[];
extern const size_t opcode_row_count;
extern const char *const insn_names[INSN_OP_COUNT];

/* What row `id` is called in reports; no two have the same name.  ROW_NAME_SIZE bytes hold any. */
enum { ROW_NAME_SIZE = 64 };
void opcode_row_name(unsigned id, char *buf, size_t n);

/* Decodes one instruction from `avail` bytes.  mode is 16, 32 or 64; `prot` is false in real and
 * V86 mode (some forms are #UD there).  When avail is too small the result is INSN_bad and the
 * caller offers more (15 is always enough). CPU models are not this function's concern. */
void decode(struct insn *in, const uint8_t *bytes, size_t avail, unsigned mode, bool prot);

#endif
