/* simd_fp.c - SSE floating-point arithmetic, packed and scalar, by softfloat (SDM vol. 1, 11.5). */
#include "cpu/simd_fp.h"

void simd_fp_end(struct cpu *cpu, const struct sf_status *s)
{
    unsigned raised = sf_sse_flags(s);

    cpu->fpu.mxcsr |= raised;
    if (raised & ~s->masked) {
        cpu_raise(cpu, cpu->cr4 & CR4_OSXMMEXCPT ? EXC_XM : EXC_UD);
    }
}

/* n lanes of the result, each `expr` of a (destination) and b (source); the other lanes stay. */
#define FP_LANES(name, L, n, T, expr)                                                              \
    SIMD_FN(name)                                                                                  \
    {                                                                                              \
        struct sf_status s = simd_fp_begin(cpu);                                                   \
        union vec128 r = *dst;                                                                     \
        for (unsigned i = 0; i < (n); i++) {                                                       \
            SIMD_UNUSED T a = L(dst, i);                                                           \
            T b = L(src, i);                                                                       \
            L(&r, i) = (expr);                                                                     \
        }                                                                                          \
        simd_fp_end(cpu, &s);                                                                      \
        *dst = r;                                                                                  \
    }

/* The four forms of an operation: packed and scalar, single and double. */
#define FP_FOUR(op, single, dbl)                                                                   \
    FP_LANES(op##ps, D, 4, uint32_t, single)                                                       \
    FP_LANES(op##ss, D, 1, uint32_t, single)                                                       \
    FP_LANES(op##pd, Q, 2, uint64_t, dbl)                                                          \
    FP_LANES(op##sd, Q, 1, uint64_t, dbl)

FP_FOUR(add, f32_add(a, b, &s), f64_add(a, b, &s))
FP_FOUR(sub, f32_sub(a, b, &s), f64_sub(a, b, &s))
FP_FOUR(mul, f32_mul(a, b, &s), f64_mul(a, b, &s))
FP_FOUR(div, f32_div(a, b, &s), f64_div(a, b, &s))
FP_FOUR(min, f32_min(a, b, &s), f64_min(a, b, &s))
FP_FOUR(max, f32_max(a, b, &s), f64_max(a, b, &s))
FP_FOUR(sqrt, f32_sqrt(b, &s), f64_sqrt(b, &s))

/* CMPPS and its kind: predicates of SDM vol. 2A, "CMPPD", table 3-1; the legacy encodings have
 * three bits. */
static bool predicate_signals(unsigned imm)
{
    return (imm & 3) == 1 || (imm & 3) == 2;
}

static bool predicate_holds(unsigned imm, enum sf_relation rel)
{
    bool yes;

    switch (imm & 3) {
    case 0:
        yes = rel == SF_EQUAL;
        break;
    case 1:
        yes = rel == SF_LESS;
        break;
    case 2:
        yes = rel == SF_LESS || rel == SF_EQUAL;
        break;
    default:
        yes = rel == SF_UNORDERED;
        break;
    }
    return yes != (imm >> 2 & 1);
}

FP_FOUR(cmp, -(uint32_t)predicate_holds(imm, f32_compare(a, b, predicate_signals(imm), &s)),
        -(uint64_t)predicate_holds(imm, f64_compare(a, b, predicate_signals(imm), &s)))

/* COMISS and UCOMISS set ZF PF CF as the x87's FCOMI does and clear OF SF AF. */
static void set_relation(struct cpu *cpu, enum sf_relation rel)
{
    static const uint8_t flags[] = {[SF_EQUAL] = EF_ZF,
                                    [SF_LESS] = EF_CF,
                                    [SF_GREATER] = 0,
                                    [SF_UNORDERED] = EF_ZF | EF_PF | EF_CF};

    cpu->lahf = 2 | flags[rel];
    cpu->of = 0;
}

#define COMPARE(name, L, compare, signal)                                                          \
    SIMD_FN(name)                                                                                  \
    {                                                                                              \
        struct sf_status s = simd_fp_begin(cpu);                                                   \
        enum sf_relation rel = compare(L(dst, 0), L(src, 0), signal, &s);                          \
        simd_fp_end(cpu, &s);                                                                      \
        set_relation(cpu, rel);                                                                    \
    }

COMPARE(comiss, D, f32_compare, true)
COMPARE(ucomiss, D, f32_compare, false)
COMPARE(comisd, Q, f64_compare, true)
COMPARE(ucomisd, Q, f64_compare, false)

/* ROUNDPS and its kind: imm8[2] takes the mode from MXCSR, else imm8[1:0]; imm8[3] hides
 * inexactness. */
static struct sf_status round_begin(const struct cpu *cpu, unsigned imm)
{
    struct sf_status s = simd_fp_begin(cpu);

    if (!(imm & 4)) {
        s.round = imm & 3;
    }
    return s;
}

static void round_end(struct cpu *cpu, struct sf_status *s, unsigned imm)
{
    if (imm & 8) {
        s->flags &= ~SF_PRECISION;
    }
    simd_fp_end(cpu, s);
}

#define ROUND(name, L, n, fn)                                                                      \
    SIMD_FN(name)                                                                                  \
    {                                                                                              \
        struct sf_status s = round_begin(cpu, imm);                                                \
        union vec128 r = *dst;                                                                     \
        for (unsigned i = 0; i < (n); i++) {                                                       \
            L(&r, i) = fn(L(src, i), &s);                                                          \
        }                                                                                          \
        round_end(cpu, &s, imm);                                                                   \
        *dst = r;                                                                                  \
    }

ROUND(roundps, D, 4, f32_round)
ROUND(roundss, D, 1, f32_round)
ROUND(roundpd, Q, 2, f64_round)
ROUND(roundsd, Q, 1, f64_round)

/* Lanes of odd number are added, of even number subtracted. */
FP_LANES(addsubps, D, 4, uint32_t, i & 1 ? f32_add(a, b, &s) : f32_sub(a, b, &s))
FP_LANES(addsubpd, Q, 2, uint64_t, i & 1 ? f64_add(a, b, &s) : f64_sub(a, b, &s))

/* Neighbours of the destination, then those of the source. */
#define FP_HORIZONTAL(name, L, n, fn)                                                              \
    SIMD_FN(name)                                                                                  \
    {                                                                                              \
        struct sf_status s = simd_fp_begin(cpu);                                                   \
        union vec128 r;                                                                            \
        for (unsigned i = 0; i < (n); i++) {                                                       \
            const union vec128 *from = i < (n) / 2 ? dst : src;                                    \
            unsigned k = 2 * i % (n);                                                              \
            L(&r, i) = fn(L(from, k), L(from, k + 1), &s);                                         \
        }                                                                                          \
        simd_fp_end(cpu, &s);                                                                      \
        *dst = r;                                                                                  \
    }

FP_HORIZONTAL(haddps, D, 4, f32_add)
FP_HORIZONTAL(haddpd, Q, 2, f64_add)
FP_HORIZONTAL(hsubps, D, 4, f32_sub)
FP_HORIZONTAL(hsubpd, Q, 2, f64_sub)

/* Dot products: imm8[7:4] chooses the products, imm8[3:0] where the sum goes.  Each step is rounded
 * and raises its exceptions before the next (SDM vol. 2A, "DPPS"). */
static void step_end(struct cpu *cpu, struct sf_status *s)
{
    simd_fp_end(cpu, s);
    s->flags = 0;
}

SIMD_FN(dpps)
{
    struct sf_status s = simd_fp_begin(cpu);
    union vec128 r;
    uint32_t p[4];

    for (unsigned i = 0; i < 4; i++) {
        p[i] = imm >> (4 + i) & 1 ? f32_mul(D(dst, i), D(src, i), &s) : 0;
    }
    step_end(cpu, &s);
    uint32_t lo = f32_add(p[0], p[1], &s), hi = f32_add(p[2], p[3], &s);
    step_end(cpu, &s);
    uint32_t sum = f32_add(lo, hi, &s);
    step_end(cpu, &s);
    for (unsigned i = 0; i < 4; i++) {
        D(&r, i) = imm >> i & 1 ? sum : 0;
    }
    *dst = r;
}

SIMD_FN(dppd)
{
    struct sf_status s = simd_fp_begin(cpu);
    union vec128 r;
    uint64_t p[2];

    for (unsigned i = 0; i < 2; i++) {
        p[i] = imm >> (4 + i) & 1 ? f64_mul(Q(dst, i), Q(src, i), &s) : 0;
    }
    step_end(cpu, &s);
    uint64_t sum = f64_add(p[0], p[1], &s);
    step_end(cpu, &s);
    for (unsigned i = 0; i < 2; i++) {
        Q(&r, i) = imm >> i & 1 ? sum : 0;
    }
    *dst = r;
}

/* Approximations.  The manual bounds the relative error by 1.5 * 2^-12 and makers differ below
 * that; ours, the same on every host, are the quotient rounded to nearest (RCPPS), and the
 * quotient of 1 and the square root, each rounded to nearest in double precision and the last to
 * single (RSQRTPS).  No exceptions; denormal operands are zeros, tiny results zero (SDM vol. 2B,
 * "RCPPS", "RSQRTPS"). */
static struct sf_status approx_begin(void)
{
    return (struct sf_status){
        .round = SF_NEAREST, .precision = SF_PC64, .masked = SF_ALL, .ftz = true, .daz = true};
}

static uint32_t reciprocal(uint32_t a)
{
    struct sf_status s = approx_begin();

    return f32_div(0x3f800000, a, &s);
}

static uint32_t reciprocal_sqrt(uint32_t a)
{
    struct sf_status s = approx_begin();
    uint64_t root = f64_sqrt(f32_to_f64(a, &s), &s);

    return f64_to_f32(f64_div(0x3ff0000000000000, root, &s), &s);
}

SIMD_LANES(rcpps, D, 4, uint32_t, reciprocal(b))
SIMD_LANES(rsqrtps, D, 4, uint32_t, reciprocal_sqrt(b))

SIMD_FN(rcpss)
{
    D(dst, 0) = reciprocal(D(src, 0));
}

SIMD_FN(rsqrtss)
{
    D(dst, 0) = reciprocal_sqrt(D(src, 0));
}
