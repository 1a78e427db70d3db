/* decode_int.h - what decode.c and operand.c share: an instruction in the middle of being decoded.
 */
#ifndef TRANSLATE_DECODE_DECODE_INT_H
#define TRANSLATE_DECODE_DECODE_INT_H
#include "base/bits.h"
#include "translate/decode/opcode_table.h"

struct decoder {
    struct insn *in;
    const uint8_t *at, *end; /* bytes not yet taken */
    uint8_t override;        /* segment prefix, or REG_NONE */
    uint8_t opcode;          /* last opcode byte */
    uint8_t opsize;          /* as insn.opsize, but without OPA_BYTE */
    bool p66, p67;
    bool short_of_bytes; /* more were wanted than there are */
    bool defined;        /* all operands are */
};

/* Takes `size` bytes (1, 2, 4 or 8), sign-extended. */
int64_t decoder_signed(struct decoder *d, unsigned size);

/* Fills *o; false if there is no such operand (a register where only memory may be, CR1, ...). */
bool decoder_operand(struct decoder *d, const struct operand_rule *rule, struct operand *o);

#endif
