/* sse_host.h - scalar SSE2 operations on the host and in softfloat, side by side. */
#ifndef TESTS_FPU_SSE_HOST_H
#define TESTS_FPU_SSE_HOST_H
#include "fpu/x87_bench.h"

/* A result and the MXCSR flags that it raised. */
struct sse_result {
    uint64_t value;
    unsigned flags;
};

/* Operands are patterns of the operation's format, in the low bits. */
struct sse_op {
    const char *name;
    bool wide; /* operands are double */
    struct sse_result (*host)(uint64_t a, uint64_t b, uint32_t mxcsr);
    uint64_t (*soft)(uint64_t a, uint64_t b, struct sf_status *s);
};
extern const struct sse_op sse_ops[];
extern const unsigned sse_op_count;

struct sse_result sse_soft(const struct sse_op *op, uint64_t a, uint64_t b, uint32_t mxcsr);
/* Compares `count` random operations; prints up to `print` differences and returns how many there
 * were. */
unsigned long sse_compare(const struct sse_op *op, struct rng *r, unsigned long count,
                          unsigned print);

#endif
