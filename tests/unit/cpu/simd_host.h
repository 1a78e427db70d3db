/* simd_host.h - runs one SIMD instruction on the host processor, as an oracle for a row of
 * simd.def. */
#ifndef TESTS_UNIT_CPU_SIMD_HOST_H
#define TESTS_UNIT_CPU_SIMD_HOST_H
#include "cpu/simd.h"

/* Registers before and after. dst is register 1 and src register 2, XMM or MMX as the row says. */
struct simd_regs {
    union vec128 xmm[3]; /* 0: the implicit mask or result */
    uint64_t mm[3];
    uint64_t ax, cx, dx;
    uint64_t flags; /* status flags, after */
    uint32_t mxcsr;
    bool faulted; /* an unmasked exception was raised; dst is as before */
};

struct simd_oracle;

/* NULL where the host is no x86-64. */
struct simd_oracle *simd_host_new(void);
void simd_host_free(struct simd_oracle *h);
/* True if the host has the row's feature. */
bool simd_host_has(const struct simd_row *row);
/* True if the row's instruction ends in an imm8. */
bool simd_host_takes_imm(const struct simd_row *row);
void simd_host_run(struct simd_oracle *h, const struct simd_row *row, unsigned imm,
                   struct simd_regs *r);

#endif
