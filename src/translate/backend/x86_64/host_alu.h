/* host_alu.h - one host instruction on given values and flags.
 *
 * HOST_OP(name, instruction text) makes host_<name>(size, a, b, c, &flags, &high) out of AT&T text
 * in which %0 is the destination, %3 the source, and CL the count; *high stays as it is. */
#ifndef TRANSLATE_BACKEND_X86_64_HOST_ALU_H
#define TRANSLATE_BACKEND_X86_64_HOST_ALU_H
#include <stdint.h>

/* The red zone is stepped over before the flags are pushed. */
#define HOST_ASM(T, text)                                                                          \
    do {                                                                                           \
        T r_ = (T)a, b_ = (T)b;                                                                    \
        uint64_t f_ = *flags;                                                                      \
        __asm__ volatile("lea -128(%%rsp), %%rsp\n\tpush %1\n\tpopfq\n\t" text                     \
                         "\n\tpushfq\n\tpop %1\n\tlea 128(%%rsp), %%rsp"                           \
                         : "+q"(r_), "+r"(f_)                                                      \
                         : "c"((uint8_t)c), "q"(b_)                                                \
                         : "cc", "memory");                                                        \
        *flags = f_;                                                                               \
        return r_;                                                                                 \
    } while (0)

#define HOST_OP_WIDE(name, before, after)                                                          \
    static uint64_t host_##name(unsigned size, uint64_t a, uint64_t b, uint64_t c,                 \
                                uint64_t *flags, uint64_t *high)                                   \
    {                                                                                              \
        (void)high;                                                                                \
        if (size == 2)                                                                             \
            HOST_ASM(uint16_t, before "w " after);                                                 \
        if (size == 4)                                                                             \
            HOST_ASM(uint32_t, before "l " after);                                                 \
        HOST_ASM(uint64_t, before "q " after);                                                     \
    }

#define HOST_OP(name, before, after)                                                               \
    static uint64_t host_##name(unsigned size, uint64_t a, uint64_t b, uint64_t c,                 \
                                uint64_t *flags, uint64_t *high)                                   \
    {                                                                                              \
        (void)high;                                                                                \
        if (size == 1)                                                                             \
            HOST_ASM(uint8_t, before "b " after);                                                  \
        if (size == 2)                                                                             \
            HOST_ASM(uint16_t, before "w " after);                                                 \
        if (size == 4)                                                                             \
            HOST_ASM(uint32_t, before "l " after);                                                 \
        HOST_ASM(uint64_t, before "q " after);                                                     \
    }

HOST_OP(add, "add", "%3, %0")
HOST_OP(adc, "adc", "%3, %0")
HOST_OP(sub, "sub", "%3, %0")
HOST_OP(sbb, "sbb", "%3, %0")
HOST_OP(and, "and", "%3, %0")
HOST_OP(or, "or", "%3, %0")
HOST_OP(xor, "xor", "%3, %0")
HOST_OP(inc, "inc", "%0")
HOST_OP(dec, "dec", "%0")
HOST_OP(neg, "neg", "%0")
HOST_OP(shl, "shl", "%%cl, %0")
HOST_OP(shr, "shr", "%%cl, %0")
HOST_OP(sar, "sar", "%%cl, %0")
HOST_OP(rol, "rol", "%%cl, %0")
HOST_OP(ror, "ror", "%%cl, %0")
HOST_OP(rcl, "rcl", "%%cl, %0")
HOST_OP(rcr, "rcr", "%%cl, %0")
HOST_OP_WIDE(shld, "shld", "%%cl, %3, %0")
HOST_OP_WIDE(shrd, "shrd", "%%cl, %3, %0")
HOST_OP_WIDE(imul2, "imul", "%3, %0")
HOST_OP_WIDE(bsf, "bsf", "%3, %0")
HOST_OP_WIDE(bsr, "bsr", "%3, %0")
HOST_OP_WIDE(bt, "bt", "%3, %0")
HOST_OP_WIDE(bts, "bts", "%3, %0")
HOST_OP_WIDE(btr, "btr", "%3, %0")
HOST_OP_WIDE(btc, "btc", "%3, %0")
HOST_OP_WIDE(popcnt, "popcnt", "%3, %0")

/* The one-operand products: the high half comes back in *high. */
#define HOST_PRODUCT(name, text)                                                                   \
    static uint64_t host_##name(unsigned size, uint64_t a, uint64_t b, uint64_t c,                 \
                                uint64_t *flags, uint64_t *high)                                   \
    {                                                                                              \
        uint64_t lo = a, hi = 0, f = *flags;                                                       \
        (void)c;                                                                                   \
        if (size == 1)                                                                             \
            HOST_PRODUCT_ASM(text "b %b3");                                                        \
        else if (size == 2)                                                                        \
            HOST_PRODUCT_ASM(text "w %w3");                                                        \
        else if (size == 4)                                                                        \
            HOST_PRODUCT_ASM(text "l %k3");                                                        \
        else                                                                                       \
            HOST_PRODUCT_ASM(text "q %3");                                                         \
        *flags = f;                                                                                \
        *high = size == 1 ? lo >> 8 : hi;                                                          \
        return lo;                                                                                 \
    }
#define HOST_PRODUCT_ASM(text)                                                                     \
    __asm__ volatile("lea -128(%%rsp), %%rsp\n\tpush %2\n\tpopfq\n\t" text                         \
                     "\n\tpushfq\n\tpop %2\n\tlea 128(%%rsp), %%rsp"                               \
                     : "+a"(lo), "+d"(hi), "+r"(f)                                                 \
                     : "r"(b)                                                                      \
                     : "cc", "memory")
HOST_PRODUCT(mul, "mul")
HOST_PRODUCT(imul, "imul")

#endif
