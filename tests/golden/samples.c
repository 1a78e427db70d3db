/* samples.c - the bytes of blocks.def, by the assembler that builds this program. */
#include "golden.h"

#define NEXT        "9: jmp 9b + 0x100"

#define CODE_USER   ".code32"
#define CODE_KERNEL ".code32"
#define CODE_SEG32  ".code32"
#define CODE_REAL   ".code16"

#define BLOCK(name, mode, forms, at, text)                                                         \
    extern const uint8_t sample_##name[], sample_end_##name[];                                     \
    __asm__(".pushsection .rodata\n" CODE_##mode "\n.intel_syntax noprefix\n"                      \
                                                 "sample_" #name ": " text "\nsample_end_" #name   \
                                                 ":\n"                                             \
                                                 ".att_syntax\n.code64\n.popsection\n");
#include "blocks.def"
#undef BLOCK

const struct sample samples[] = {
#define BLOCK(name, mode, forms, at, text)                                                         \
    {#name, mode, forms, at, sample_##name, sample_end_##name},
#include "blocks.def"
#undef BLOCK
};
const unsigned samples_count = ARRAY_LEN(samples);
