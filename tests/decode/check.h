/* check.h - one byte string as Bygone's decoder and as Capstone see it, in one form for both. */
#ifndef TESTS_DECODE_CHECK_H
#define TESTS_DECODE_CHECK_H
#include <capstone/capstone.h>
#include "translate/decode/insn.h"

enum { VIEW_OPERANDS = 8, STRING_BYTES = 16, CODE_ADDRESS = 0x1000 };

/* An operand in words: registers by Capstone's names, immediates and addresses as numbers. */
struct view_operand {
    char kind;       /* 'r' register, 'm' memory, 'i' immediate */
    const char *reg; /* or base register, "" for none */
    const char *index, *seg;
    unsigned scale, size; /* size 0: not known */
    uint64_t number;      /* immediate, branch target or displacement, cut to its width */
};

struct view {
    bool valid;
    unsigned len, nops;
    const char *name; /* Bygone's mnemonic */
    unsigned cc;
    unsigned width; /* opsize where the name tells it (addrsize for jcxz), or 0 */
    struct view_operand ops[VIEW_OPERANDS];
};

/* The opcode, found without the decoder's help. */
struct shape {
    unsigned map; /* 0 one-byte, 1 0F, 2 0F38, 3 0F3A */
    uint8_t opcode, modrm;
    unsigned mod, reg, rm;
    bool lock, p66, p67, seg;
    uint8_t rep;       /* the last of F2 and F3, or 0 */
    unsigned prefixes; /* their number */
    uint8_t last;      /* the last prefix, or 0 */
};

/* What differs: one of the first two, or any of the others. */
enum difference_kind {
    DIFF_NONE = 0,
    DIFF_OURS_ONLY = 1, /* only Bygone takes it for an instruction */
    DIFF_THEIRS_ONLY = 2,
    DIFF_LENGTH = 4,
    DIFF_NAME = 8,
    DIFF_OPERANDS = 16,
    DIFF_SIZE = 32 /* operands, but only the size of memory */
};

struct pair {
    unsigned mode;
    const uint8_t *bytes;
    struct shape s;
    const struct insn *in;
    const cs_insn *cs; /* NULL when Capstone refuses */
    struct view ours, theirs;
    unsigned kind; /* DIFF_ bits */
};

/* Fills p->s, p->ours, p->theirs and p->kind from the rest. */
void pair_compare(csh handle, struct pair *p);

void view_of_insn(struct view *v, const struct insn *in);
void view_of_capstone(csh handle, struct view *v, const struct pair *p);
struct shape shape_of(const uint8_t *bytes);

/* True if LOCK may stand before what Capstone sees (SDM vol. 2A, LOCK). */
bool lock_allowed(const struct pair *p);
/* True if the opcode has rows for mandatory prefixes, but none for those of p, and Capstone
 * takes it for one of those rows. */
bool no_row_for_prefix(const struct pair *p);
/* The mandatory prefix of Bygone's row: 0, 66, F2 or F3. */
uint8_t row_prefix(const struct pair *p);
/* True if `byte` is one of the n after it. */
bool one_of(unsigned byte, const uint8_t *list, unsigned n);
#define ONE_OF(byte, ...)                                                                          \
    one_of(byte, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* The number of the row of differences.def that explains p, or -1. */
int difference_find(const struct pair *p);
unsigned difference_count(void);
const char *difference_name(unsigned row);
const char *difference_reason(unsigned row);

#endif
