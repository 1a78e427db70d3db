/* simd_fp.h - the beginning and the end of an SSE instruction that computes in floating point. */
#ifndef CPU_SIMD_FP_H
#define CPU_SIMD_FP_H
#include "cpu/simd_lane.h"
#include "cpu/softfloat.h"

static inline struct sf_status simd_fp_begin(const struct cpu *cpu)
{
    struct sf_status s;

    sf_begin_sse(&s, cpu->fpu.mxcsr);
    return s;
}

/* All elements are done: their exceptions go to MXCSR, and an unmasked one ends the instruction
 * before its destination is written (SDM vol. 1, 11.5.3.2). */
void simd_fp_end(struct cpu *cpu, const struct sf_status *s);

#endif
