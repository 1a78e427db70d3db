/* x87_oracle.c - compares every x87 instruction with the host's, in all rounding and precision
 * modes.
 *
 *     x87_oracle [-e jit|interp|both] [-n PAIRS] [-k NAME] [-s SEED]
 *
 * -n   random pairs of operands for each instruction (2000), each in 4 rounding and 3 precision
 *      modes: a state of all registers, masks and flags weighted to the edges; those that but
 *      move values have a tenth
 * -k   that instruction alone (a name of x87_exact.def)
 *
 * Prints for each instruction the cases, how many of them raised each exception on the host, and
 * how many came out differently: a bit of the registers, tags, control and status word, memory or
 * EFLAGS. Of the transcendental functions the last bit is not compared; tests/fpu/transcendental
 * measures them. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "fpu/x87_bench.h"

enum { MODES = 12, PAIRS = X87_BATCH / MODES, MAX_ENGINES = 2, KINDS = 7, SHOWN = 3 };

struct oracle {
    struct x87_guest *guest[MAX_ENGINES];
    const char *name[MAX_ENGINES];
    unsigned engines;
    unsigned long pairs;
    struct rng r;
    unsigned long cases, differ;
};

struct tally {
    unsigned long cases, differ, raised[KINDS];
};

typedef bool compare_fn(const struct x87_case *, const struct x87_case *);

static void show(const char *engine, const struct x87_case *start, const struct x87_case *host,
                 const struct x87_case *ours)
{
    x87_case_print("from", start);
    x87_case_print("host", host);
    x87_case_print(engine, ours);
}

static void compare(const struct oracle *o, unsigned e, struct tally *t, compare_fn *same,
                    const struct x87_case *start, const struct x87_case *host, unsigned n)
{
    static struct x87_case ours[X87_BATCH];

    memcpy(ours, start, n * sizeof *ours);
    x87_guest_run(o->guest[e], ours, n);
    for (unsigned i = 0; i < n; i++) {
        if (!same(&host[i], &ours[i]) && t->differ++ < SHOWN)
            show(o->name[e], &start[i], &host[i], &ours[i]);
    }
}

static void run_batch(struct oracle *o, struct tally *t, unsigned op, compare_fn *same,
                      unsigned pairs)
{
    static struct x87_case start[X87_BATCH], host[X87_BATCH];
    static const uint8_t precision[] = {0, 2, 3};
    unsigned n = 0;

    for (unsigned k = 0; k < pairs; k++) {
        struct x87_case c;

        x87_case_make(&o->r, &c, op);
        for (unsigned mode = 0; mode < MODES; mode++) {
            c.state.cw =
                (c.state.cw & ~0xf00u) | (mode & 3) << 10 | (uint32_t)precision[mode >> 2] << 8;
            start[n++] = c;
        }
    }
    memcpy(host, start, n * sizeof *host);
    for (unsigned i = 0; i < n; i++) {
        host_x87_run(&host[i]);
        for (unsigned b = 0; b < KINDS; b++)
            t->raised[b] += (host[i].state.sw & ~start[i].state.sw) >> b & 1;
    }
    t->cases += n;
    for (unsigned e = 0; e < o->engines; e++)
        compare(o, e, t, same, start, host, n);
}

static void run(struct oracle *o, const struct x87_opcode *op, compare_fn *same)
{
    struct tally t = {0};

    for (unsigned long left = op->moves ? o->pairs / 10 : o->pairs; left;) {
        unsigned n = left < PAIRS ? (unsigned)left : PAIRS;
        run_batch(o, &t, op->op, same, n);
        left -= n;
    }
    printf("%-14s %9lu", op->name, t.cases);
    for (unsigned b = 0; b < KINDS; b++)
        printf(" %9lu", t.raised[b]);
    printf(" %7lu\n", t.differ);
    fflush(stdout);
    o->cases += t.cases;
    o->differ += t.differ;
}

static void run_all(struct oracle *o, const char *only)
{
    static const char *const kinds[KINDS] = {"invalid",   "denormal",  "zerodiv", "overflow",
                                             "underflow", "precision", "stack"};

    printf("%-14s %9s", "instruction", "cases");
    for (unsigned b = 0; b < KINDS; b++)
        printf(" %9s", kinds[b]);
    printf(" %7s\n", "differ");
    for (unsigned i = 0; i < x87_exact_op_count; i++)
        if (!only || !strcmp(only, x87_exact_ops[i].name))
            run(o, &x87_exact_ops[i], x87_case_same);
    for (unsigned i = 0; i < x87_close_op_count; i++)
        if (!only || !strcmp(only, x87_close_ops[i].name))
            run(o, &x87_close_ops[i], x87_case_close);
}

static bool start(struct oracle *o, const char *engine)
{
    struct err e = {""};
    bool both = !strcmp(engine, "both");

    o->engines = both ? 2 : 1;
    o->name[0] = both ? "jit" : engine;
    o->name[1] = "interp";
    for (unsigned k = 0; k < o->engines; k++) {
        o->guest[k] = x87_guest_new(o->name[k], &e);
        if (!o->guest[k]) {
            fprintf(stderr, "x87_oracle: %s\n", e.msg);
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct oracle o = {.pairs = 2000, .r = {0x9e3779b97f4a7c15}};
    const char *engine = "both", *only = NULL;
    int opt;

    while ((opt = getopt(argc, argv, "e:n:k:s:")) != -1) {
        switch (opt) {
        case 'e':
            engine = optarg;
            break;
        case 'n':
            o.pairs = strtoul(optarg, NULL, 0);
            break;
        case 'k':
            only = optarg;
            break;
        case 's':
            o.r.s += strtoull(optarg, NULL, 0) << 1;
            break;
        default:
            return 2;
        }
    }
    if (!host_x87_available()) {
        printf("SKIP: no x87 on this host\n");
        return 77;
    }
    if (!start(&o, engine))
        return 2;
    run_all(&o, only);
    printf("%lu cases on %s, %lu differ\n", o.cases, engine, o.differ);
    for (unsigned k = 0; k < o.engines; k++)
        x87_guest_free(o.guest[k]);
    return o.differ != 0;
}
