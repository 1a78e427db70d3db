/* ir.h - the intermediate representation: what an instruction means, written once, run by every
 * engine.
 *
 * This header is the manual of the language.
 *
 * A block is a straight list of operations over three kinds of references (ir_ref):
 *     guest registers   eax, cx, dh ...  mutable and long-lived.  The operation's size says how
 * much of the register is meant; sizes 1 and 2 leave the rest alone, size 4 clears bits 63-32.  AH,
 * CH, DH, BH carry IR_HIGH. temporaries       t0, t1 ...  64 bits, block-local, assigned once or
 * more; an operation of size s writes the low s bytes and clears the others constants         from
 * the block's pool and the six status flags, which are one implicit guest resource of six
 * independent bits.
 *
 * Worked example.  The guest block, 32-bit flat code at 0x1000,
 *     add  eax, [ebx+8]
 *     jz   0x1000
 * is lifted to
 *     insn   #0                          guest instruction 0 begins
 *     t0 = lea.4    ebx, -, +8
 *     t1 = ld.4     ds:t0
 *     eax = add.4   eax, t1              !OSZAPC
 *     insn   #1
 *     jcc    z, 0x1000                   slot 0
 *     jmp    0x1005                      slot 1
 * and, if nothing after it reads them, the dead-flags pass would drop letters behind the '!'.  Here
 * all stay: an interrupt at the block's end pushes them.
 *
 * Flags.  `fset` of an operation names the status flags that it defines and that somebody wants;
 * other flags keep their value, also those that the host's instruction would clobber (`fkeep`,
 * filled in by the dead-flags pass, names the ones still wanted behind it).  adc, sbb, rcl, rcr,
 * setcc, cmov, jcc, cmc, lahf and helpers with RFLAGS read flags (ir_flags_read).  Every exit of a
 * block reads all six.  A shift or rotate by a variable count defines nothing when the count is
 * zero: it reads what it sets.
 *
 * A fault or a restart in the middle of a block pushes the flags as they stand there.  The
 * dead-flags pass finds out which of them can be made again from guest registers (struct
 * ir_replay), and only the others count as read by the operation that may fault (`ffault`).
 *
 * Precise faults.  ld, st, ldw, rmw and helpers with HE_FAULT may leave the block (`may fault`).
 * Within one guest instruction nothing may change a guest register, the flags or state (stst)
 * before the last operation that may fault.  An rmw changes its destination and flags itself, after
 * its own fault.
 *
 * Memory.  ld, st, ldw and rmw name segment, size and an effective offset (a reference of 4 bytes,
 * or of 2 already cleared above bit 15); privilege is the block's.  The engine checks the segment
 * (nothing to do when the block's mode says it is flat), adds its base, translates, and takes the
 * slow path for the rest.
 *
 * Ends.  A block ends in jmp, jmpi or leave, each reached by falling; jcc and jnz before them are
 * exits on the side.  A promoted block may go on behind a jcc that is rarely taken.  `leave` goes
 * back to the run loop with cpu->eip set by a helper (HE_END) or by `seteip`. */
#ifndef TRANSLATE_IR_IR_H
#define TRANSLATE_IR_IR_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "base/arena.h"
#include "base/vec.h"
#include "cpu/cpu.h"
#include "cpu/helpers.h"
#include "translate/decode/insn.h"

typedef uint16_t ir_ref;

enum {
    IR_NONE = 0,
    IR_GPR = 0x1000, /* | register number | IR_HIGH */
    IR_HIGH = 0x0100,
    IR_TMP = 0x2000,   /* | number below IR_MAX_TMP */
    IR_CONST = 0x4000, /* | index into ir_block.consts */
    IR_KIND = 0xf000,
    IR_MAX_TMP = 0x1000
};

static inline bool ir_is_gpr(ir_ref r)
{
    return (r & IR_KIND) == IR_GPR;
}
static inline bool ir_is_tmp(ir_ref r)
{
    return (r & IR_KIND) == IR_TMP;
}
static inline bool ir_is_const(ir_ref r)
{
    return (r & IR_KIND) == IR_CONST;
}
static inline unsigned ir_gpr(ir_ref r)
{
    return r & 15;
}
static inline bool ir_high(ir_ref r)
{
    return (r & (IR_KIND | IR_HIGH)) == (IR_GPR | IR_HIGH);
}
static inline unsigned ir_tmp(ir_ref r)
{
    return r & 0xfff;
}

/* Exit slots: 0 and 1 at the end of a block, the others in its middle. */
enum { IR_FIRST_SIDE_EXIT = 2, IR_SIDE_EXITS = 6, IR_EXITS = IR_FIRST_SIDE_EXIT + IR_SIDE_EXITS };

enum ir_opcode {
#define IROP(name, ...) IR_##name,
#include "translate/ir/ir_ops.def"
#undef IROP
    IR_OP_COUNT
};

/* What a jmp or jmpi is, in cc.  Engines may follow calls and returns; FAR: CS may have changed. */
enum ir_jump { IR_JUMP_PLAIN, IR_JUMP_CALL, IR_JUMP_RET, IR_JUMP_FAR };

enum ir_attr {
    IRA_FLAGS = 1,     /* may define flags (fset) */
    IRA_FAULT = 2,     /* may leave the block by a fault */
    IRA_EXIT = 4,      /* leaves the block, on the side or at its end */
    IRA_END = 8,       /* last operation of a block */
    IRA_EFFECT = 16,   /* does something besides dst and flags: never dead */
    IRA_READSF = 32,   /* reads flags (which: ir_flags_read) */
    IRA_COMMUTES = 64, /* a and b may be swapped */
    IRA_COUNT = 128    /* a count of zero, in b (shld, shrd: c), keeps all flags */
};

struct ir_op_info {
    const char *name;
    const char *form; /* letters of the fields in use, in print order */
    uint8_t attr;
};
extern const struct ir_op_info ir_op_info[IR_OP_COUNT];

struct ir_insn {
    uint8_t op;   /* enum ir_opcode */
    uint8_t size; /* bytes of the operation: 1 2 4 8 */
    uint8_t
        cc; /* condition code; sub-operation (enum ir_opcode) of rmw; source size of zext, sext */
    uint8_t seg;      /* enum seg_index; scale of lea; exit slot of jcc, jnz, jmp */
    ir_ref dst, dst2; /* dst2: high half of mul; fourth argument of a helper */
    ir_ref a, b, c;
    uint16_t fset, fkeep;
    uint16_t
        ffault;     /* flags that a fault here must find where they are (the others are replayed) */
    uint16_t index; /* guest instruction of the block */
    uint32_t aux;   /* displacement, state offset, helper id, guest EIP */
};

/* Flags that nobody but a fault would read are not kept: the fault does the operation that defined
 * them once more, with operands that still stand in guest registers (opt/dead_flags.c).  Replays of
 * one guest instruction are done in order; each sets the flags of its mask. */
struct ir_replay {
    uint8_t op, size; /* add, sub, and (for all logic), neg, inc, dec */
    bool undo;        /* a is the result; the first operand is found by undoing */
    ir_ref a, b;      /* guest registers, or IR_CONST with the value in `value` */
    uint16_t mask;
    uint64_t value;
};

/* One guest instruction of a block, for faults and listings. */
struct ir_guest {
    uint32_t eip; /* offset in the code segment */
    uint8_t len;
    bool io; /* known to touch devices: last of its block */
    uint8_t nreplays;
    /* The x87 instruction before this one whose pointers are not in cpu->fpu yet: its index + 1, or
     * 0; and of this one, if it is such an instruction, the opcode and the segment of its memory
     * operand (SEG_COUNT: none). */
    uint16_t x87_before, fop;
    uint8_t x87_seg, x87_mem_before; /* the latter: index + 1 of the last with a memory operand */
    uint16_t replay;                 /* first of its replays */
};

/* Bytes of the block that it does not hold, but reads as it runs; from its first byte. */
struct ir_hole {
    uint16_t off;
    uint8_t len;
};

struct ir_block {
    VEC(struct ir_insn) code;
    VEC(uint64_t) consts;
    VEC(struct ir_guest) guest;
    VEC(struct ir_replay) replays;
    VEC(struct ir_hole) holes;
    uint64_t eips[IR_MAX_TMP / 64]; /* which constants are EIPs, a bit each; see ir_const_eip() */
    bool placed;       /* holds at this EIP alone: a branch target was cut to 16 bits */
    uint16_t tmps;     /* temporaries in use */
    uint16_t flags_in; /* flags of before the block that something in it reads; dead-flags pass */
    uint32_t mode;     /* enum cpu_mode bits it was lifted under */
    uint32_t eip;      /* of its first instruction */
    uint32_t cs_base;
};

void ir_block_init(struct ir_block *b);
void ir_block_fini(struct ir_block *b);
void ir_block_clear(struct ir_block *b);

ir_ref ir_const(struct ir_block *b, uint64_t v);
/* A constant that is the EIP of an instruction of the block, or of the one behind it: what comes of
 * the same bytes at another address has another there.  Passes do not compute with it. */
ir_ref ir_const_eip(struct ir_block *b, uint32_t eip);
static inline uint64_t ir_const_value(const struct ir_block *b, ir_ref r)
{
    return b->consts.at[r & 0xfff];
}
static inline bool ir_is_eip(const struct ir_block *b, ir_ref r)
{
    return ir_is_const(r) && b->eips[(r & 0xfff) / 64] >> (r & 63) & 1;
}
ir_ref ir_new_tmp(struct ir_block *b);

static inline unsigned ir_attr(const struct ir_insn *i)
{
    return ir_op_info[i->op].attr;
}
/* enum helper_effect of a helper, 0 otherwise. */
static inline uint16_t ir_effects(const struct ir_insn *i)
{
    return i->op == IR_helper ? helpers[i->aux].effects : 0;
}
static inline bool ir_may_fault(const struct ir_insn *i)
{
    return ir_attr(i) & IRA_FAULT || ir_effects(i) & HE_FAULT;
}
/* FLAG_* that condition code cc looks at. */
uint16_t cc_flags(unsigned cc);
/* Status flags (FLAG_*) that the operation reads, as it stands (a conditional one by its cc). */
uint16_t ir_flags_read_(const struct ir_insn *i);
static inline uint16_t ir_flags_read(const struct ir_insn *i)
{
    return ir_attr(i) & IRA_READSF ? ir_flags_read_(i) : 0;
}
/* Status flags of fset that may also keep their old value (shifts by a variable count). */
bool ir_flags_maybe_(const struct ir_block *b, const struct ir_insn *i);
static inline bool ir_flags_maybe(const struct ir_block *b, const struct ir_insn *i)
{
    return ir_attr(i) & IRA_COUNT && ir_flags_maybe_(b, i);
}
/* Whether any of the references is a temporary; the kinds are bits. */
static inline bool ir_any_tmp(unsigned refs)
{
    return refs & IR_TMP;
}

/* Text, one operation a line, as in the example above. */
void ir_print(const struct ir_block *b, FILE *f);
/* Parses the same text (blank lines and # comments are skipped). */
bool ir_parse(struct ir_block *b, const char *text, struct err *e);
/* Checks the invariants above; false with the operation and the rule broken. */
bool ir_check(const struct ir_block *b, struct err *e);

#endif
