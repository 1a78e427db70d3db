/* x87_trans.c - transcendental x87 instructions. */
#include "cpu/x87.h"

#define NOT_YET(n)                                                                                 \
    void n(struct cpu *cpu, const struct x87_insn *in)                                             \
    {                                                                                              \
        x87_none(cpu, in);                                                                         \
    }
NOT_YET(x87_f2xm1)
NOT_YET(x87_fyl2x)
NOT_YET(x87_fyl2xp1)
NOT_YET(x87_fptan)
NOT_YET(x87_fpatan)
NOT_YET(x87_fsin)
NOT_YET(x87_fcos)
NOT_YET(x87_fsincos)
