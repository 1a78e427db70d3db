/* sse_host.c - scalar SSE2 operations on the host and in softfloat, side by side. */
#include "fpu/sse_host.h"
#include <stdio.h>

#if defined(__x86_64__)

/* One instruction under a given MXCSR; xmm0 is the destination operand, xmm1 the source. */
#define HOST(name, insn)                                                                           \
    static struct sse_result host_##name(uint64_t a, uint64_t b, uint32_t mxcsr)                   \
    {                                                                                              \
        struct sse_result r = {.value = a};                                                        \
        uint32_t csr = mxcsr, saved;                                                               \
        __asm__ volatile("stmxcsr %2\n\tldmxcsr %1\n\tmovq %0, %%xmm0\n\tmovq %3, %%xmm1\n\t" insn \
                         "\n\tmovq %%xmm0, %0\n\tstmxcsr %1\n\tldmxcsr %2"                         \
                         : "+r"(r.value), "+m"(csr), "=m"(saved)                                   \
                         : "r"(b)                                                                  \
                         : "xmm0", "xmm1", "rax", "cc", "memory");                                 \
        r.flags = csr & 63;                                                                        \
        return r;                                                                                  \
    }
#else
#define HOST(name, insn)                                                                           \
    static struct sse_result host_##name(uint64_t a, uint64_t b, uint32_t mxcsr)                   \
    {                                                                                              \
        (void)mxcsr;                                                                               \
        (void)b;                                                                                   \
        return (struct sse_result){.value = a};                                                    \
    }
#endif

#define SOFT(name, expr)                                                                           \
    static uint64_t soft_##name(uint64_t a, uint64_t b, struct sf_status *s)                       \
    {                                                                                              \
        (void)b;                                                                                   \
        return expr;                                                                               \
    }

#define F32                            (uint32_t)
#define SSE_OP(name, wide, insn, expr) HOST(name, insn) SOFT(name, expr)
#include "fpu/sse_ops.def"
#undef SSE_OP

const struct sse_op sse_ops[] = {
#define SSE_OP(name, wide, insn, expr) {#name, wide, host_##name, soft_##name},
#include "fpu/sse_ops.def"
#undef SSE_OP
};
const unsigned sse_op_count = sizeof(sse_ops) / sizeof(sse_ops[0]);

struct sse_result sse_soft(const struct sse_op *op, uint64_t a, uint64_t b, uint32_t mxcsr)
{
    struct sf_status s;
    struct sse_result r;

    sf_begin_sse(&s, mxcsr);
    r.value = op->soft(a, b, &s);
    r.flags = sf_sse_flags(&s);
    return r;
}

unsigned long sse_compare(const struct sse_op *op, struct rng *r, unsigned long count,
                          unsigned print)
{
    unsigned long bad = 0;

    for (unsigned long n = 0; n < count; n++) {
        uint64_t a = op->wide ? rng_f64(r) : rng_f32(r), b = op->wide ? rng_f64(r) : rng_f32(r);
        uint32_t mxcsr = 0x1f80 | rng_below(r, 4) << 13 | (rng_next(r) & 0x8040);

        if (rng_below(r, 4) == 0)
            b = a ^ (rng_bits(r) >> rng_below(r, 64) & (op->wide ? ~(uint64_t)0 : 0xffffffff));
        struct sse_result host = op->host(a, b, mxcsr), soft = sse_soft(op, a, b, mxcsr);
        if (host.value == soft.value && host.flags == soft.flags)
            continue;
        if (bad++ < print)
            printf("%s(%llx, %llx) mxcsr %04x: host %llx flags %02x, soft %llx flags %02x\n",
                   op->name, (unsigned long long)a, (unsigned long long)b, mxcsr,
                   (unsigned long long)host.value, host.flags, (unsigned long long)soft.value,
                   soft.flags);
    }
    return bad;
}
