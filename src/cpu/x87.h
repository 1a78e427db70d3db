/* x87.h - what the files of the x87 share: the instruction at hand, the register stack, exceptions.
 *
 * Every instruction function has three steps.  It computes, from registers and memory, a result and
 * a struct sf_status with the exceptions found.  A store to memory comes next, if x87_stores() says
 * that there is a result; it may fault.  Then x87_commit() enters exceptions, C1 and the pointers,
 * and says whether registers are to change.  Nothing before that has left a trace, so that any step
 * may leave by a fault or start the instruction again.
 *
 * An unmasked invalid, denormal or zero-divide exception leaves operands and stack alone; an
 * unmasked overflow, underflow or precision exception still delivers to a register, but of those
 * only precision delivers to memory (SDM vol. 1, 8.5). */
#ifndef CPU_X87_H
#define CPU_X87_H
#include "base/bits.h"
#include "cpu/cpu.h"
#include "cpu/softfloat_num.h"

/* Status word (SDM vol. 1, 8.1.3). */
enum {
    FSW_SF = 0x40,
    FSW_ES = 0x80,
    FSW_C0 = 0x100,
    FSW_C1 = 0x200,
    FSW_C2 = 0x400,
    FSW_TOP = 0x3800,
    FSW_C3 = 0x4000,
    FSW_B = 0x8000,
    FSW_CC = FSW_C0 | FSW_C2 | FSW_C3
};
#define FCW_INIT 0x37f

struct x87_insn {
    uint16_t op; /* 11-bit opcode */
    uint8_t seg, opsize;
    uint64_t ea, ip;
};

/* Exceptions with the stack fault beside them: status flags and FSW share their places. */
struct x87_status {
    struct sf_status sf;
    uint16_t stack_fault; /* 0, FSW_SF, or FSW_SF | FSW_C1 for an overflow of the stack */
};

typedef void x87_fn(struct cpu *cpu, const struct x87_insn *in);

extern x87_fn *const x87_memory_ops[8][8];    /* by opcode & 7 and the ModRM's reg */
extern x87_fn *const x87_register_ops[8][64]; /* by opcode & 7 and modrm & 63 */

static inline unsigned x87_top(const struct fpu *f)
{
    return f->sw >> 11 & 7;
}
static inline void x87_set_top(struct fpu *f, unsigned top)
{
    f->sw = (uint16_t)((f->sw & ~FSW_TOP) | (top & 7) << 11);
}
static inline unsigned x87_phys(const struct fpu *f, unsigned i)
{
    return (x87_top(f) + i) & 7;
}
static inline bool x87_empty(const struct fpu *f, unsigned i)
{
    return !(f->valid >> x87_phys(f, i) & 1);
}
static inline struct f80 x87_get(const struct fpu *f, unsigned i)
{
    const struct f80 *r = &f->r[x87_phys(f, i)];

    return (struct f80){.man = r->man, .se = r->se};
}
static inline void x87_put(struct fpu *f, unsigned i, struct f80 v)
{
    unsigned p = x87_phys(f, i);

    f->r[p].man = v.man;
    f->r[p].se = v.se;
    f->valid |= (uint8_t)(1u << p);
}
static inline void x87_pop(struct fpu *f)
{
    f->valid &= (uint8_t) ~(1u << x87_top(f));
    x87_set_top(f, x87_top(f) + 1);
}
static inline void x87_push(struct fpu *f, struct f80 v)
{
    x87_set_top(f, x87_top(f) - 1);
    x87_put(f, 0, v);
}
static inline struct f80 x87_indefinite(void)
{
    return (struct f80){.man = 0xc000000000000000, .se = 0xffff};
}
static inline struct x87_status x87_begin(const struct fpu *f)
{
    return (struct x87_status){
        .sf = {.round = f->cw >> 10 & 3, .precision = f->cw >> 8 & 3, .masked = f->cw & SF_ALL}};
}
static inline void x87_underflow(struct x87_status *st)
{
    st->sf.flags |= SF_INVALID;
    st->stack_fault = FSW_SF;
}
static inline void x87_overflow(struct x87_status *st)
{
    st->sf.flags |= SF_INVALID;
    st->stack_fault = FSW_SF | FSW_C1;
}
/* Notes an underflow if ST(i) is empty. */
static inline bool x87_missing(const struct fpu *f, unsigned i, struct x87_status *st)
{
    if (!x87_empty(f, i))
        return false;
    x87_underflow(st);
    return true;
}

/* Whether a store to memory delivers.  One that does not is not inexact either. */
static inline bool x87_stores(struct x87_status *st)
{
    if (!(st->sf.flags & ~st->sf.masked & (SF_PRE | SF_OVERFLOW | SF_UNDERFLOW)))
        return true;
    st->sf.flags &= (uint8_t)~SF_PRECISION;
    st->sf.up = false;
    return false;
}
/* Enters exceptions, C1 and the instruction's pointers.  True if the registers are to change. */
bool x87_commit(struct cpu *cpu, const struct x87_insn *in, const struct x87_status *st);
/* The same for instructions without exceptions, C1 becoming `c1`. */
void x87_commit_quiet(struct cpu *cpu, const struct x87_insn *in, bool c1);
/* Puts new control and status words in place with ES and B as they say, and moves FERR#. */
void x87_set_words(struct cpu *cpu, uint16_t cw, uint16_t sw);

/* Memory operands. */
uint64_t x87_load(struct cpu *cpu, const struct x87_insn *in, unsigned size);
struct f80 x87_load_f80(struct cpu *cpu, const struct x87_insn *in);
void x87_store(struct cpu *cpu, const struct x87_insn *in, uint64_t v, unsigned size);

/* Instructions, by file. */
x87_fn x87_mem_arith, x87_reg_arith, x87_reg_compare, x87_fcompp, x87_ftst, x87_fsqrt, x87_frndint,
    x87_fscale, x87_fxtract, x87_fprem, x87_fxam, x87_fchs, x87_fabs;
x87_fn x87_fld_mem, x87_fst_mem, x87_fild, x87_fist, x87_fisttp, x87_fbld, x87_fbstp, x87_fld_reg,
    x87_fxch, x87_fst_reg, x87_fstp1, x87_constant, x87_ffree, x87_fincstp, x87_fdecstp, x87_fnop;
x87_fn x87_fldenv, x87_fnstenv, x87_frstor, x87_fnsave, x87_fldcw, x87_fnstcw, x87_fnstsw,
    x87_fnclex, x87_fninit, x87_none;
x87_fn x87_f2xm1, x87_fyl2x, x87_fyl2xp1, x87_fptan, x87_fpatan, x87_fsin, x87_fcos, x87_fsincos;

#endif
