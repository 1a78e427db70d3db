/* exec_alu.h - handlers of arithmetic, by form, as macros that exec.c lays out.
 *
 * In all of them `p` is the record, `cpu` the state; a handler ends in NEXT. */
#ifndef TRANSLATE_BACKEND_INTERP_EXEC_ALU_H
#define TRANSLATE_BACKEND_INTERP_EXEC_ALU_H
#include "translate/backend/interp/exec_forms.h"

enum { CARRY_OVERFLOW = FLAG_C | FLAG_O, ALL_BUT_CARRY = FLAGS_STATUS & ~FLAG_C };

static inline struct alu low_half(struct alu_wide w)
{
    return (struct alu){w.lo, w.flags};
}

/* The product of bytes goes to AX; wider ones to d (low) and c (high), 32 bits clearing what is
 * above. */
ALU_FN void store_product(const struct record *p, unsigned size, struct alu_wide w)
{
    void *high = (void *)(uintptr_t)p->c;

    if (size == 1) {
        wr1(p->d, w.lo);
        wr1(high, w.hi);
    } else if (size == 2) {
        wr2(p->d, w.lo);
        wr2(high, w.hi);
    } else {
        wr8(p->d, w.lo);
        wr8(high, w.hi);
    }
}

#define CARRY (cpu->lahf & 1u)

/* d = value of a and b, without flags. */
#define H_PLAIN(f, name, value)                                                                    \
    L_##name##_##f:                                                                                \
    {                                                                                              \
        enum { s = SIZE_##f };                                                                     \
        uint64_t a = RD_##f(p->a), b = RD_##f(p->b);                                               \
        (void)a, (void)b, (void)s;                                                                 \
        WR_##f(p->d, value);                                                                       \
        NEXT;                                                                                      \
    }

/* The same with flags: `call` gives a struct alu. */
#define H_FLAGS(f, name, call, defines)                                                            \
    L_##name##F_##f:                                                                               \
    {                                                                                              \
        enum { s = SIZE_##f };                                                                     \
        uint64_t a = RD_##f(p->a), b = RD_##f(p->b);                                               \
        struct alu x = call;                                                                       \
        (void)a, (void)b;                                                                          \
        WR_##f(p->d, x.r);                                                                         \
        set_flags_of(cpu, x.flags, defines);                                                       \
        NEXT;                                                                                      \
    }

/* A shift or rotate; a count of zero changes nothing but the form of the destination. */
#define H_SHIFT(f, name, call, defines)                                                            \
    L_##name##_##f:                                                                                \
    {                                                                                              \
        enum { s = SIZE_##f };                                                                     \
        uint64_t a = RD_##f(p->a), n = rd1(p->b);                                                  \
        WR_##f(p->d, alu_count(s, n) ? (call).r : a);                                              \
        NEXT;                                                                                      \
    }                                                                                              \
    L_##name##F_##f:                                                                               \
    {                                                                                              \
        enum { s = SIZE_##f };                                                                     \
        uint64_t a = RD_##f(p->a), n = rd1(p->b);                                                  \
        if (alu_count(s, n)) {                                                                     \
            struct alu x = call;                                                                   \
            WR_##f(p->d, x.r);                                                                     \
            set_flags_of(cpu, x.flags, defines);                                                   \
        } else {                                                                                   \
            WR_##f(p->d, a);                                                                       \
        }                                                                                          \
        NEXT;                                                                                      \
    }

#define H_DOUBLE_SHIFT(f, name)                                                                    \
    L_##name##_##f:                                                                                \
    {                                                                                              \
        uint64_t a = RD_##f(p->a), b = RD_##f(p->b), n = rd1(p->c);                                \
        WR_##f(p->d, alu_count(SIZE_##f, n) ? alu_##name(SIZE_##f, a, b, n).r : a);                \
        NEXT;                                                                                      \
    }                                                                                              \
    L_##name##F_##f:                                                                               \
    {                                                                                              \
        uint64_t a = RD_##f(p->a), b = RD_##f(p->b), n = rd1(p->c);                                \
        if (alu_count(SIZE_##f, n)) {                                                              \
            struct alu x = alu_##name(SIZE_##f, a, b, n);                                          \
            WR_##f(p->d, x.r);                                                                     \
            set_flags(cpu, x.flags);                                                               \
        } else {                                                                                   \
            WR_##f(p->d, a);                                                                       \
        }                                                                                          \
        NEXT;                                                                                      \
    }

/* Wide products go to AX, or to the accumulator at d and the register at c. */
#define H_PRODUCT(size, name, fn)                                                                  \
    L_##name##_##size:                                                                             \
    {                                                                                              \
        struct alu_wide w = fn(size, rd##size(p->a), rd##size(p->b));                              \
        store_product(p, size, w);                                                                 \
        NEXT;                                                                                      \
    }                                                                                              \
    L_##name##F_##size:                                                                            \
    {                                                                                              \
        struct alu_wide w = fn(size, rd##size(p->a), rd##size(p->b));                              \
        store_product(p, size, w);                                                                 \
        set_flags_of(cpu, w.flags, CARRY_OVERFLOW);                                                \
        NEXT;                                                                                      \
    }

/* d = a with a bit changed; C is the bit before. */
#define H_BIT(f, name, value)                                                                      \
    H_PLAIN(f, name, value)                                                                        \
    H_FLAGS(f, name, ((struct alu){value, alu_bit(s, a, b)}), FLAG_C)

#define H_UNARY(f, name, value)                                                                    \
    L_##name##_##f:                                                                                \
    {                                                                                              \
        enum { s = SIZE_##f };                                                                     \
        uint64_t a = RD_##f(p->a);                                                                 \
        (void)s;                                                                                   \
        WR_##f(p->d, value);                                                                       \
        NEXT;                                                                                      \
    }

#define H_UNARY_FLAGS(f, name, call, defines)                                                      \
    L_##name##F_##f:                                                                               \
    {                                                                                              \
        enum { s = SIZE_##f };                                                                     \
        struct alu x;                                                                              \
        uint64_t a = RD_##f(p->a);                                                                 \
        x = call;                                                                                  \
        WR_##f(p->d, x.r);                                                                         \
        set_flags_of(cpu, x.flags, defines);                                                       \
        NEXT;                                                                                      \
    }

#define H_EXTEND(f, from)                                                                          \
    L_zext##from##_##f:                                                                            \
    {                                                                                              \
        WR_##f(p->d, rd##from(p->a));                                                              \
        NEXT;                                                                                      \
    }                                                                                              \
    L_sext##from##_##f:                                                                            \
    {                                                                                              \
        WR_##f(p->d, (uint64_t)sign_extend(rd##from(p->a), from));                                 \
        NEXT;                                                                                      \
    }

#define CONDITION (d->conditions[cpu->of << 8 | cpu->lahf] >> p->k & 1)

#define H_MOVES(f, ...)                                                                            \
    L_lea_##f:                                                                                     \
    {                                                                                              \
        WR_##f(p->d, (uint32_t)rd4(p->a) + ((uint32_t)rd4(p->b) << p->k) + p->aux);                \
        NEXT;                                                                                      \
    }                                                                                              \
    L_setcc_##f:                                                                                   \
    {                                                                                              \
        WR_##f(p->d, CONDITION);                                                                   \
        NEXT;                                                                                      \
    }                                                                                              \
    L_cmov_##f:                                                                                    \
    {                                                                                              \
        WR_##f(p->d, RD_##f(CONDITION ? p->a : p->b));                                             \
        NEXT;                                                                                      \
    }                                                                                              \
    L_sel_##f:                                                                                     \
    {                                                                                              \
        WR_##f(p->d, RD_##f(RD_##f(p->c) ? p->a : p->b));                                          \
        NEXT;                                                                                      \
    }

/* Everything in this header, laid out. */
#define ARITHMETIC_HANDLERS                                                                        \
    EACH_FORM(H_PLAIN, add, a + b)                                                                 \
    EACH_FORM(H_PLAIN, or, a | b)                                                                  \
    EACH_FORM(H_PLAIN, adc, a + b + CARRY)                                                         \
    EACH_FORM(H_PLAIN, sbb, a - b - CARRY)                                                         \
    EACH_FORM(H_PLAIN, and, a &b)                                                                  \
    EACH_FORM(H_PLAIN, sub, a - b)                                                                 \
    EACH_FORM(H_PLAIN, xor, a ^ b)                                                                 \
    EACH_FORM(H_FLAGS, add, alu_add(s, a, b, 0), FLAGS_STATUS)                                     \
    EACH_FORM(H_FLAGS, or, alu_logic(s, a | b), FLAGS_STATUS)                                      \
    EACH_FORM(H_FLAGS, adc, alu_add(s, a, b, CARRY), FLAGS_STATUS)                                 \
    EACH_FORM(H_FLAGS, sbb, alu_sub(s, a, b, CARRY), FLAGS_STATUS)                                 \
    EACH_FORM(H_FLAGS, and, alu_logic(s, a &b), FLAGS_STATUS)                                      \
    EACH_FORM(H_FLAGS, sub, alu_sub(s, a, b, 0), FLAGS_STATUS)                                     \
    EACH_FORM(H_FLAGS, xor, alu_logic(s, a ^ b), FLAGS_STATUS)                                     \
    EACH_FORM(H_UNARY, inc, a + 1)                                                                 \
    EACH_FORM(H_UNARY, dec, a - 1)                                                                 \
    EACH_FORM(H_UNARY, neg, 0 - a)                                                                 \
    EACH_FORM(H_UNARY, not, ~a)                                                                    \
    EACH_FORM(H_UNARY_FLAGS, inc, alu_inc(s, a), ALL_BUT_CARRY)                                    \
    EACH_FORM(H_UNARY_FLAGS, dec, alu_dec(s, a), ALL_BUT_CARRY)                                    \
    EACH_FORM(H_UNARY_FLAGS, neg, alu_sub(s, 0, a, 0), FLAGS_STATUS)                               \
    EACH_FORM(H_SHIFT, shl, alu_shl(s, a, n), FLAGS_STATUS)                                        \
    EACH_FORM(H_SHIFT, shr, alu_shr(s, a, n), FLAGS_STATUS)                                        \
    EACH_FORM(H_SHIFT, sar, alu_sar(s, a, n), FLAGS_STATUS)                                        \
    EACH_FORM(H_SHIFT, rol, alu_rol(s, a, n), CARRY_OVERFLOW)                                      \
    EACH_FORM(H_SHIFT, ror, alu_ror(s, a, n), CARRY_OVERFLOW)                                      \
    EACH_FORM(H_SHIFT, rcl, alu_rcl(s, a, n, CARRY), CARRY_OVERFLOW)                               \
    EACH_FORM(H_SHIFT, rcr, alu_rcr(s, a, n, CARRY), CARRY_OVERFLOW)                               \
    EACH_FORM(H_DOUBLE_SHIFT, shld)                                                                \
    EACH_FORM(H_DOUBLE_SHIFT, shrd)                                                                \
    EACH_SIZE(H_PRODUCT, mul, alu_mul)                                                             \
    EACH_SIZE(H_PRODUCT, imulw, alu_imul)                                                          \
    EACH_FORM(H_PLAIN, imul, a *b)                                                                 \
    EACH_FORM(H_FLAGS, imul, low_half(alu_imul(s, a, b)), CARRY_OVERFLOW)                          \
    EACH_FORM(H_PLAIN, bsf, alu_bsf(s, a, b).r)                                                    \
    EACH_FORM(H_PLAIN, bsr, alu_bsr(s, a, b).r)                                                    \
    EACH_FORM(H_FLAGS, bsf, alu_bsf(s, a, b), FLAGS_STATUS)                                        \
    EACH_FORM(H_FLAGS, bsr, alu_bsr(s, a, b), FLAGS_STATUS)                                        \
    EACH_FORM(H_FLAGS, bt, ((struct alu){a, alu_bit(s, a, b)}), FLAG_C)                            \
    EACH_FORM(H_BIT, bts, a | alu_bit_mask(s, b))                                                  \
    EACH_FORM(H_BIT, btr, a & ~alu_bit_mask(s, b))                                                 \
    EACH_FORM(H_BIT, btc, a ^ alu_bit_mask(s, b))                                                  \
    EACH_FORM(H_UNARY, bswap, alu_bswap(s, a))                                                     \
    EACH_FORM(H_UNARY, popcnt, alu_popcnt(s, a).r)                                                 \
    EACH_FORM(H_UNARY_FLAGS, popcnt, alu_popcnt(s, a), FLAGS_STATUS)                               \
    EACH_FORM(H_UNARY, mov, a)                                                                     \
    EACH_FORM(H_EXTEND, 1)                                                                         \
    EACH_FORM(H_EXTEND, 2)                                                                         \
    EACH_FORM(H_EXTEND, 4)                                                                         \
    EACH_FORM(H_MOVES, )

#endif
