/* x87_oracle.c - compares every x87 instruction with the host's, in all rounding and precision
 * modes.
 *
 *     x87_oracle [-e jit|interp|both] [-n PAIRS] [-k NAME [-a]] [-s SEED]
 *
 * -n   random pairs of operands for each instruction (2000), each in 4 rounding and 3 precision
 *      modes: a state of all registers, masks and flags weighted to the edges; those that but
 *      move values have a tenth
 * -k   that instruction alone (a name of x87_exact.def)
 * -a   and those after it
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

enum { MODES = 12, MAX_ENGINES = 2, KINDS = 7, SHOWN = 3 };

struct oracle {
    struct x87_guest *guest[MAX_ENGINES];
    const char *name[MAX_ENGINES];
    unsigned engines;
    unsigned long pairs;
    const char *only;
    bool after;
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

static void run_mode(struct oracle *o, struct tally *t, compare_fn *same,
                     const struct x87_case *start)
{
    struct x87_case host = *start, ours;

    host_x87_run(&host);
    for (unsigned b = 0; b < KINDS; b++)
        t->raised[b] += (host.state.sw & ~start->state.sw) >> b & 1;
    t->cases++;
    for (unsigned e = 0; e < o->engines; e++) {
        ours = *start;
        x87_guest_run(o->guest[e], &ours);
        if (!same(&host, &ours) && t->differ++ < SHOWN)
            show(o->name[e], start, &host, &ours);
    }
}

static void run_pair(struct oracle *o, struct tally *t, unsigned op, compare_fn *same)
{
    static const uint8_t precision[] = {0, 2, 3};
    struct x87_case c;

    x87_case_make(&o->r, &c, op);
    for (unsigned mode = 0; mode < MODES; mode++) {
        c.state.cw =
            (c.state.cw & ~0xf00u) | (mode & 3) << 10 | (uint32_t)precision[mode >> 2] << 8;
        run_mode(o, t, same, &c);
    }
}

static void run(struct oracle *o, const struct x87_opcode *op, compare_fn *same)
{
    struct tally t = {0};

    for (unsigned long n = op->moves ? o->pairs / 10 : o->pairs; n; n--)
        run_pair(o, &t, op->op, same);
    printf("%-14s %9lu", op->name, t.cases);
    for (unsigned b = 0; b < KINDS; b++)
        printf(" %9lu", t.raised[b]);
    printf(" %7lu\n", t.differ);
    fflush(stdout);
    o->cases += t.cases;
    o->differ += t.differ;
}

static void run_table(struct oracle *o, const struct x87_opcode *ops, unsigned count,
                      compare_fn *same)
{
    for (unsigned i = 0; i < count; i++) {
        bool named = o->only && !strcmp(o->only, ops[i].name);

        if (o->only && !named)
            continue;
        run(o, &ops[i], same);
        if (o->after)
            o->only = NULL;
    }
}

static void run_all(struct oracle *o)
{
    static const char *const kinds[KINDS] = {"invalid",   "denormal",  "zerodiv", "overflow",
                                             "underflow", "precision", "stack"};

    printf("%-14s %9s", "instruction", "cases");
    for (unsigned b = 0; b < KINDS; b++)
        printf(" %9s", kinds[b]);
    printf(" %7s\n", "differ");
    run_table(o, x87_exact_ops, x87_exact_op_count, x87_case_same);
    run_table(o, x87_close_ops, x87_close_op_count, x87_case_close);
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
    const char *engine = "both";
    int opt;

    while ((opt = getopt(argc, argv, "e:n:k:s:a")) != -1) {
        switch (opt) {
        case 'e':
            engine = optarg;
            break;
        case 'n':
            o.pairs = strtoul(optarg, NULL, 0);
            break;
        case 'k':
            o.only = optarg;
            break;
        case 'a':
            o.after = true;
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
    run_all(&o);
    printf("%lu cases on %s, %lu differ\n", o.cases, engine, o.differ);
    for (unsigned k = 0; k < o.engines; k++)
        x87_guest_free(o.guest[k]);
    return o.differ != 0;
}
