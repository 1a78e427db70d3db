/* x87_ops.c - which function runs each x87 opcode (SDM vol. 2D, appendix A.5), aliases included.
 * FCMOVcc, FCOMI and FNSTSW AX have helpers of their own. */
#include "cpu/x87.h"

void x87_none(struct cpu *cpu, const struct x87_insn *in)
{
    (void)cpu;
    (void)in;
}

#define EIGHT(fn) fn, fn, fn, fn, fn, fn, fn, fn
#define NONE      x87_none
#define ARITH     EIGHT(x87_reg_arith)
#define COMPARE   EIGHT(x87_reg_compare)

x87_fn *const x87_memory_ops[8][8] = {
    {EIGHT(x87_mem_arith)},
    {x87_fld_mem, NONE, x87_fst_mem, x87_fst_mem, x87_fldenv, x87_fldcw, x87_fnstenv, x87_fnstcw},
    {EIGHT(x87_mem_arith)},
    {x87_fild, x87_fisttp, x87_fist, x87_fist, NONE, x87_fld_mem, NONE, x87_fst_mem},
    {EIGHT(x87_mem_arith)},
    {x87_fld_mem, x87_fisttp, x87_fst_mem, x87_fst_mem, x87_frstor, NONE, x87_fnsave, x87_fnstsw},
    {EIGHT(x87_mem_arith)},
    {x87_fild, x87_fisttp, x87_fist, x87_fist, x87_fbld, x87_fild, x87_fbstp, x87_fist},
};

/* One line for eight ModRM bytes, C0 to F8. */
x87_fn *const x87_register_ops[8][64] = {
    {ARITH, ARITH, COMPARE, COMPARE, ARITH, ARITH, ARITH, ARITH},
    {EIGHT(x87_fld_reg),
     EIGHT(x87_fxch),
     x87_fnop,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     EIGHT(x87_fstp1),
     x87_fchs,
     x87_fabs,
     NONE,
     NONE,
     x87_ftst,
     x87_fxam,
     NONE,
     NONE,
     x87_constant,
     x87_constant,
     x87_constant,
     x87_constant,
     x87_constant,
     x87_constant,
     x87_constant,
     NONE,
     x87_f2xm1,
     x87_fyl2x,
     x87_fptan,
     x87_fpatan,
     x87_fxtract,
     x87_fprem,
     x87_fdecstp,
     x87_fincstp,
     x87_fprem,
     x87_fyl2xp1,
     x87_fsqrt,
     x87_fsincos,
     x87_frndint,
     x87_fscale,
     x87_fsin,
     x87_fcos},
    {EIGHT(NONE), EIGHT(NONE), EIGHT(NONE), EIGHT(NONE), EIGHT(NONE), NONE, x87_fcompp, NONE, NONE,
     NONE, NONE, NONE, NONE, EIGHT(NONE), EIGHT(NONE)},
    {EIGHT(NONE), EIGHT(NONE), EIGHT(NONE), EIGHT(NONE), NONE, NONE, x87_fnclex, x87_fninit, NONE,
     NONE, NONE, NONE, EIGHT(NONE), EIGHT(NONE), EIGHT(NONE)},
    {ARITH, ARITH, COMPARE, COMPARE, ARITH, ARITH, ARITH, ARITH},
    {EIGHT(x87_ffree), EIGHT(x87_fxch), EIGHT(x87_fst_reg), EIGHT(x87_fst_reg), COMPARE, COMPARE,
     EIGHT(NONE), EIGHT(NONE)},
    {ARITH, ARITH, COMPARE, NONE, x87_fcompp, NONE, NONE, NONE, NONE, NONE, NONE, ARITH, ARITH,
     ARITH, ARITH},
    {EIGHT(x87_ffree), EIGHT(x87_fxch), EIGHT(x87_fst_reg), EIGHT(x87_fst_reg), EIGHT(NONE),
     EIGHT(NONE), EIGHT(NONE), EIGHT(NONE)},
};
