/* reciprocal.c - the relative error of RCPPS and RSQRTPS over all single-precision inputs:
 * reciprocal [STEP].
 *
 * Every STEP-th bit pattern is tried (4093; 1 takes ten minutes).  The bound is 1.5 *
 * 2^-12; zeros, denormals, infinities, negative roots, NaNs and inputs whose reciprocal is tiny
 * have one answer each (SDM vol. 2B, "RCPPS", "RSQRTPS").  RCPSS and RSQRTSS are compared with
 * them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cpu/simd.h"

typedef void simd_fn(struct cpu *, union vec128 *, const union vec128 *, unsigned);

struct approximation {
    const char *name;
    simd_fn *packed, *scalar;
    bool root;
};

struct tally {
    unsigned long long inputs, special, wrong;
    double worst;
    uint32_t at;
};

enum { QUIET = 0x00400000, INFINITE = 0x7f800000, INDEFINITE = 0xffc00000u, SIGN = 0x80000000u };
#define BOUND (1.5 / 4096)

static double value(uint32_t bits)
{
    float f;

    memcpy(&f, &bits, 4);
    return f;
}

/* The one answer of an input that has no error bound; false if it has one. */
static bool special(bool root, uint32_t x, uint32_t *answer)
{
    uint32_t magnitude = x & ~SIGN, sign = x & SIGN;

    if (magnitude > INFINITE)
        *answer = x | QUIET;
    else if (magnitude < 0x00800000)
        *answer = sign | INFINITE;
    else if (root && sign)
        *answer = INDEFINITE;
    else if (magnitude == INFINITE)
        *answer = sign;
    else
        return false;
    return true;
}

/* The reciprocal of an input from 1.00000000000110000000001b * 2^126 on is flushed to zero; between
 * 1.11111111110100000000000b * 2^125 and that it may be. */
static bool tiny(uint32_t x, uint32_t r)
{
    uint32_t magnitude = x & ~SIGN;

    if (magnitude >= 0x7e800c01)
        return r == (x & SIGN);
    return magnitude > 0x7e7fe800 && r == (x & SIGN);
}

static void check(const struct approximation *a, uint32_t x, uint32_t r, struct tally *t)
{
    uint32_t answer;
    double e;

    t->inputs++;
    if (special(a->root, x, &answer)) {
        t->special++;
        t->wrong += r != answer;
        return;
    }
    if (!a->root && tiny(x, r)) {
        t->special++;
        return;
    }
    e = fabs(value(r) * (a->root ? sqrt(value(x)) : value(x)) - 1);
    if (e > t->worst) {
        t->worst = e;
        t->at = x;
    }
    t->wrong += !(e <= BOUND);
}

static bool measure(struct cpu *cpu, const struct approximation *a, uint64_t step)
{
    struct tally t = {0};

    for (uint64_t at = 0; at < 0x100000000; at += 4 * step) {
        union vec128 x, r = {{0}}, one = {{0}};

        for (unsigned k = 0; k < 4; k++)
            x.d[k] = (uint32_t)(at + k * step);
        a->packed(cpu, &r, &x, 0);
        for (unsigned k = 0; k < 4; k++)
            check(a, x.d[k], r.d[k], &t);
        if (at / (4 * step) % 64)
            continue;
        a->scalar(cpu, &one, &x, 0);
        t.wrong += one.d[0] != r.d[0];
    }
    printf("%-12s %12llu %12llu %14.4g %10.6f  %08x %8llu\n", a->name, t.inputs, t.special, t.worst,
           t.worst / BOUND, t.at, t.wrong);
    fflush(stdout);
    return !t.wrong;
}

int main(int argc, char **argv)
{
    static const struct approximation rows[] = {
        {"rcpps", simd_rcpps, simd_rcpss, false},
        {"rsqrtps", simd_rsqrtps, simd_rsqrtss, true},
    };
    uint64_t step = argc > 1 ? strtoull(argv[1], NULL, 0) : 4093;
    struct cpu *cpu = calloc(1, sizeof *cpu);
    bool good = cpu && step;

    printf("%-12s %12s %12s %14s %10s  %-8s %8s\n", "instruction", "inputs", "one answer",
           "relative error", "of bound", "at", "wrong");
    for (unsigned i = 0; good && i < sizeof rows / sizeof rows[0]; i++)
        good = measure(cpu, &rows[i], step);
    free(cpu);
    return !good;
}
