/* ir_names.h - the words of the IR's text, for ir_text.c and ir_parse.c. */
#ifndef TRANSLATE_IR_IR_NAMES_H
#define TRANSLATE_IR_IR_NAMES_H
#include "translate/ir/ir.h"

static const char gpr_names[5][16][5] = {
    {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "r8b", "r9b", "r10b", "r11b", "r12b",
     "r13b", "r14b", "r15b"},
    {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "r8w", "r9w", "r10w", "r11w", "r12w", "r13w",
     "r14w", "r15w"},
    {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d",
     "r13d", "r14d", "r15d"},
    {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
     "r14", "r15"},
    {"ah", "ch", "dh", "bh"},
};
static const char seg_names[SEG_COUNT][3] = {"es", "cs", "ss", "ds", "fs", "gs"};
static const char cc_names[16][4] = {
    "o", "no", "c", "nc", "z", "nz", "be", "nbe", "s", "ns", "p", "np", "l", "nl", "le", "nle",
};
static const char jump_names[3][6] = {"plain", "call", "ret"};
/* In the order in which the SDM's flag columns are written. */
static const struct {
    char letter;
    uint16_t flag;
} flag_letters[] = {
    {'O', FLAG_O}, {'S', FLAG_S}, {'Z', FLAG_Z}, {'A', FLAG_A}, {'P', FLAG_P}, {'C', FLAG_C},
};

/* Operations whose text carries a sub-field in `cc` that is not a condition. */
static inline bool has_source_size(unsigned op)
{
    return op == IR_zext || op == IR_sext;
}

static inline bool is_jump(unsigned op)
{
    return op == IR_jmp || op == IR_jmpi;
}

#endif
