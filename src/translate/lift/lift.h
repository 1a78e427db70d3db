/* lift.h - from decoded instructions to IR: the lifter's context and its small vocabulary.
 *
 * lift_block() decodes and lifts until something ends the block.  Each mnemonic has one lift
 * function, found by lift_table.def: LIFT(mnemonic, function).  A function looks at L->in (the
 * decoded instruction), emits operations, and returns; lift_end_*() ends the block.
 *
 * Order within an instruction: loads and address computations into temporaries, then what may
 * fault, then guest registers and flags (see "Precise faults" in ir.h). */
#ifndef TRANSLATE_LIFT_LIFT_H
#define TRANSLATE_LIFT_LIFT_H
#include "translate/decode/insn.h"
#include "translate/ir/ir.h"

struct lift {
    struct ir_block *b;
    const struct cpu *cpu; /* for the model's features and, as a guess, the limit of CS */
    struct insn in;        /* the instruction being lifted */
    uint32_t mode;         /* enum cpu_mode */
    uint32_t eip, next;    /* EIP of it and of the next, wrapped at 16 bits in 16-bit code */
    uint16_t index;        /* its number in the block */
    uint8_t side_exits;    /* conditional jumps behind which it went on */
    bool ended;            /* the block has its last operation */
    bool imm_patched;      /* its immediate is read from RAM as it runs, since stores change it */
    bool imm_read;         /* and it was */
    uint64_t imm_ram;      /* RAM offset of it */
    const struct lift_source *source;
};

/* How the block gets its bytes. */
struct lift_source {
    void *opaque;
    /* Instruction bytes at offset eip of the code segment: fills buf with up to 15, returns how
     * many there are before the page (or the segment) ends.  For the block's first instruction
     * (`first`) it raises the fault that the fetch raises, by longjmp; with `more` it goes on into
     * the next page.  For later instructions it returns 0 where the block's page is left. */
    unsigned (*bytes)(void *opaque, uint32_t eip, bool first, bool more, uint8_t buf[15]);
    /* The instruction is known to touch devices: it must be the last of its block. */
    bool (*is_io)(void *opaque, uint32_t eip);
    /* The block goes on at `eip`, behind a conditional jump that is rarely taken.  May be NULL. */
    bool (*goes_on)(void *opaque, uint32_t eip);
    bool outside; /* the bytes do not come from RAM */
    /* Offset of the first byte of the instruction that the last store over it changed, and the RAM
     * offset of the instruction; -1: none did.  May be NULL. */
    int (*patched)(void *opaque, uint32_t eip, unsigned len, uint64_t *ram_off);
};

/* Lifts at most `max` instructions at cpu->eip under cpu->mode into b (cleared first). */
void lift_block(struct ir_block *b, struct cpu *cpu, const struct lift_source *src, unsigned max);

/* --- emitting --- */
struct ir_insn *lift_emit(struct lift *L, enum ir_opcode op, unsigned size, ir_ref dst, ir_ref a,
                          ir_ref b);
static inline ir_ref lift_const(struct lift *L, uint64_t v)
{
    return ir_const(L->b, v);
}
static inline ir_ref lift_eip(struct lift *L, uint32_t eip)
{
    return ir_const_eip(L->b, eip);
}
static inline ir_ref lift_tmp(struct lift *L)
{
    return ir_new_tmp(L->b);
}
/* An operation into a new temporary, without flags. */
ir_ref lift_op(struct lift *L, enum ir_opcode op, unsigned size, ir_ref a, ir_ref b);
/* An operation that defines `flags`. */
void lift_opf(struct lift *L, enum ir_opcode op, unsigned size, ir_ref dst, ir_ref a, ir_ref b,
              unsigned flags);
/* Calls a helper; unused arguments IR_NONE.  Returns nothing, or the result in a new temporary. */
void lift_call(struct lift *L, enum helper_id id, ir_ref a, ir_ref b, ir_ref c, ir_ref d);
ir_ref lift_call_value(struct lift *L, enum helper_id id, ir_ref a, ir_ref b, ir_ref c, ir_ref d);
/* Whole fields of struct cpu: lift_ldst(L, 2, offsetof(struct cpu, seg[SEG_CS].sel)). */
ir_ref lift_ldst(struct lift *L, unsigned size, size_t offset);
void lift_stst(struct lift *L, unsigned size, size_t offset, ir_ref v);

/* --- operands --- */
static inline ir_ref lift_gpr(unsigned reg)
{
    return (ir_ref)(IR_GPR | reg);
}
/* The effective offset of in.mem (plus `add`, wrapped at the address size); address size applied.
 */
ir_ref lift_ea(struct lift *L, int32_t add);
ir_ref lift_ld(struct lift *L, unsigned size, unsigned seg, ir_ref ea);
void lift_st(struct lift *L, unsigned size, unsigned seg, ir_ref ea, ir_ref v);
/* The value of an operand (register, memory, immediate) of opd->size bytes, or of `size` where
 * given. */
ir_ref lift_read(struct lift *L, const struct operand *o, unsigned size);
/* Stores to a register or memory operand; the last thing that may fault. */
void lift_write(struct lift *L, const struct operand *o, unsigned size, ir_ref v);

/* --- ends --- */
/* A way out on the way, by exit slot 0. */
void lift_jump_nonzero(struct lift *L, unsigned size, ir_ref v, uint32_t eip);
void lift_end_jmp(struct lift *L,
                  uint32_t eip);     /* to a known EIP (masked to the operand size by the caller) */
void lift_end_leave(struct lift *L); /* after a helper that set cpu->eip */
/* After a helper that set cpu->eip and perhaps the mode, and that called cpu_kick() if an event may
 * be due. */
void lift_end_far(struct lift *L);
void lift_end_next(struct lift *L); /* ends the block after this instruction, going on at next */
void lift_raise(struct lift *L, unsigned vector); /* the instruction faults, without error code */
void lift_raise_gp0(struct lift *L);              /* #GP(0) */
static inline unsigned lift_cpl(const struct lift *L)
{
    return L->mode >> MODE_CPL_SHIFT & 3;
}
static inline void lift_ud(struct lift *L)
{
    lift_raise(L, EXC_UD);
}
/* True if CPL is 0; otherwise lifts #GP(0) and returns false. */
bool lift_require_cpl0(struct lift *L);

/* Lift functions live in lift_*.c. */
#define LIFT(mnemonic, fn) void fn(struct lift *L);
#include "translate/lift/lift_table.def"
#undef LIFT

#endif
