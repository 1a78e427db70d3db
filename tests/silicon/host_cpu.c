/* host_cpu.c - checks engines against the host's CPU, one instruction form after the other.
 *
 *     host_cpu [-e jit|interp|both|soft] [-n CASES] [-q SEQUENCES] [-t SECONDS] [-s SEED] [-k NAME]
 *              [-1 SEED] [-f MAX] [-d LOG,...] [-v] [-r FILE]
 *
 * -e   the engines (both); soft: the code generator as on a host of which every undefined result is
 *      another, and the interpreter
 * -n   cases for each form, which is a row of opcodes.def (4000)
 * -q   sequences of instructions (40000)
 * -t   end after about so many seconds, each form having had its share (60; 0: no end)
 * -s   the first seed
 * -k   the forms of one mnemonic alone
 * -1   the one case of that seed, which a failure has printed
 * -f   print so many failures of a form (1)
 * -d   log what the engines do, as bygone does
 * -v   a table says how many cases each form had, and which are left out and why
 * -r   write FILE, a line for each row: name, cases in 32-bit code that ended well and by a fault,
 *      the same in 16-bit code; or name, "-" and why it is left out (for scripts/coverage)
 *
 * A failing case shrinks itself and is printed as an assembly file.  Exits 1 on a difference, 77
 * where the host cannot do it. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/err.h"
#include "host.h"
#include "translate/decode/opcode_table.h"

enum { STATES = 16, MAX_ENGINES = 2 };

struct runner {
    struct guest *guest[MAX_ENGINES];
    const char *name[MAX_ENGINES];
    unsigned engines, cases, max_fails;
    bool verbose;
    uint64_t seed, only;
    unsigned total, failed;
    char why[200];
    FILE *rows;
    struct log log;
};

/* The host's CPU can be asked; the engine that is asked where it cannot. */
static bool use_host;
static struct guest *reference;

struct form {
    unsigned ran, failed, faulted;
    unsigned by_code[2][2]; /* 32- and 16-bit code; ended well and by a fault */
};

/* A seed says everything: the row above, then flavour, encoding and state. */
static bool make_case(struct host_case *c, uint64_t seed, unsigned row)
{
    uint64_t encoding = seed / STATES * STATES;
    struct rng r = {.s = encoding ^ (uint64_t)row << 40};

    memset(c, 0, sizeof *c);
    c->flavour = (uint8_t)(rng_one_in(&r, 2) ? FLAT32 : rng_one_in(&r, 2) ? SEGS32 : SEGS16);
    if (!gen_code(c, &r, row))
        return false;
    c->seed = seed;
    r.s ^= (seed % STATES + 1) << 52;
    gen_state(c, &r);
    return true;
}

void oracle_run(const struct host_case *c, struct host_result *r)
{
    if (use_host)
        native_run(c, r);
    else
        guest_run(reference, c, r);
}

/* A sequence, or a single case where n is 0, on engine e: against the host, and against the last
 * engine. */
static bool fails_after(struct runner *run, const struct host_seq *s, unsigned e,
                        const struct host_result *host, char *why, size_t n)
{
    static struct host_result engine, last;
    static struct host_case view;

    /* Once more, now that the engine has translated and linked all of it. */
    if (s->n)
        guest_run(run->guest[e], &s->c, &engine);
    guest_run(run->guest[e], &s->c, &engine);
    if (s->n)
        seq_case(s, host, &view);
    else
        view = s->c;
    if (use_host && !results_agree(&view, host, &engine, why, n))
        return true;
    if (e == run->engines - 1)
        return false;
    guest_run(reference, &s->c, &last);
    return !results_same(&engine, &last, why, n);
}

static bool fails(struct runner *run, const struct host_seq *s, unsigned e, char *why, size_t n)
{
    static struct host_result host;

    oracle_run(&s->c, &host);
    return fails_after(run, s, e, &host, why, n);
}

/* Tries a simpler case; keeps it if it fails in the same place. */
static bool keep(struct runner *run, struct host_seq *s, const struct host_seq *simpler, unsigned e)
{
    char why[200];
    size_t n = strcspn(run->why, "0123456789");

    if (!memcmp(s, simpler, sizeof *s) || !fails(run, simpler, e, why, sizeof why) ||
        strncmp(why, run->why, n) != 0)
        return false;
    *s = *simpler;
    return true;
}

static void shrink_fx(struct runner *run, struct host_seq *c, unsigned e)
{
    static struct host_seq s;

    for (unsigned i = 0; i < 8; i++) {
        s = *c;
        memset(&s.c.fx.xmm[i], 0, 16);
        keep(run, c, &s, e);
        s = *c;
        memset(&s.c.fx.st[i], 0, sizeof s.c.fx.st[i]);
        keep(run, c, &s, e);
    }
    s = *c;
    s.c.fx.cw = 0x37f;
    s.c.fx.sw &= 0x7f7f;
    keep(run, c, &s, e);
    s = *c;
    s.c.fx.mxcsr = 0x1f80;
    keep(run, c, &s, e);
}

static void shrink_code(struct runner *run, struct host_seq *c, unsigned e)
{
    static struct host_seq s;

    for (unsigned k = c->n; k-- > 0 && c->n > 1;) {
        s = *c;
        if (seq_drop(&s, k))
            keep(run, c, &s, e);
    }
}

static void shrink(struct runner *run, struct host_seq *c, unsigned e)
{
    static struct host_seq s;

    shrink_code(run, c, e);
    for (unsigned i = 0; i < 8; i++) {
        s = *c;
        s.c.gpr[i] = 0;
        if (!keep(run, c, &s, e)) {
            s.c.gpr[i] = c->c.gpr[i] & 0xff;
            keep(run, c, &s, e);
        }
    }
    for (unsigned b = 0; b < 32; b++) {
        s = *c;
        s.c.eflags &= ~(b == 1 || b == 9 ? 0u : 1u << b);
        keep(run, c, &s, e);
    }
    shrink_fx(run, c, e);
    for (unsigned i = 0; i < ARRAY_LEN(c->c.patch); i++) {
        s = *c;
        memset(s.c.patch[i].bytes, 0, s.c.patch[i].len);
        keep(run, c, &s, e);
    }
}

static void report(struct runner *run, struct host_seq *s, unsigned e)
{
    static struct host_result host, engine;
    static struct host_case view;
    char why[200] = "";

    fails(run, s, e, run->why, sizeof run->why);
    shrink(run, s, e);
    fails(run, s, e, why, sizeof why);
    oracle_run(&s->c, &host);
    guest_run(run->guest[e], &s->c, &engine);
    view = s->c;
    if (s->n)
        seq_case(s, &host, &view);
    case_print(&view, &host, &engine, run->name[e], why);
    fflush(stdout);
}

static void run_engines(struct runner *run, struct form *f, struct host_seq *s)
{
    static struct host_result host;
    static struct host_seq copy;
    char why[200];

    oracle_run(&s->c, &host);
    if (host.vector == NATIVE_STUCK)
        return;
    f->ran++;
    f->faulted += host.vector != EXC_BP;
    f->by_code[s->c.flavour == SEGS16][host.vector != EXC_BP]++;
    for (unsigned e = 0; e < run->engines; e++) {
        if (!fails_after(run, s, e, &host, why, sizeof why))
            continue;
        copy = *s;
        if (f->failed++ < run->max_fails)
            report(run, &copy, e);
    }
}

static void run_case(struct runner *run, struct form *f, unsigned row, uint64_t seed)
{
    static struct host_seq s;

    s.n = 0;
    if (make_case(&s.c, seed, row))
        run_engines(run, f, &s);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void run_form(struct runner *run, unsigned row, double deadline)
{
    struct form f = {0};
    char name[ROW_NAME_SIZE];

    if (run->only) {
        run_case(run, &f, row, run->only);
    } else {
        for (unsigned k = 0; k < run->cases && (!(k % STATES) ? now() < deadline : true); k++)
            run_case(run, &f, row, run->seed + k);
    }
    run->total += f.ran;
    run->failed += f.failed;
    opcode_row_name(row, name, sizeof name);
    if (run->verbose || f.failed)
        printf("%-44s %6u cases, %6u by a fault, %u differ\n", name, f.ran, f.faulted, f.failed);
    fflush(stdout);
    if (run->rows && use_host && !f.failed)
        fprintf(run->rows, "%s\t%u\t%u\t%u\t%u\n", name, f.by_code[0][0], f.by_code[0][1],
                f.by_code[1][0], f.by_code[1][1]);
}

static void leave_out(struct runner *run, unsigned row, const char *why)
{
    char name[ROW_NAME_SIZE];

    opcode_row_name(row, name, sizeof name);
    if (run->verbose)
        printf("%-44s left out: %s\n", name, why);
    if (run->rows)
        fprintf(run->rows, "%s\t-\t%s\n", name, why);
}

static bool start(struct runner *run, const char *engine, struct err *e)
{
    bool soft = !strcmp(engine, "soft"), both = soft || !strcmp(engine, "both");

    use_host = native_start(e);
    run->engines = both ? 2 : 1;
    run->name[0] = both && !soft ? "jit" : engine;
    run->name[1] = "interp";
    for (unsigned k = 0; k < run->engines; k++) {
        run->guest[k] = guest_new(run->name[k], &run->log, e);
        if (!run->guest[k])
            return false;
    }
    reference = run->guest[run->engines - 1];
    if (!use_host && both)
        printf("the host's CPU cannot be asked, engines are compared alone: %s\n", e->msg);
    return use_host || both;
}

static void run_all(struct runner *run, const char *only, double seconds)
{
    double begin = now();

    for (unsigned row = 1; row < opcode_row_count; row++) {
        const char *why = host_row_excluded(row);

        if (only && strcmp(only, insn_names[opcode_rows[row].op]) != 0)
            continue;
        if (why) {
            leave_out(run, row, why);
            continue;
        }
        run_form(run, row,
                 seconds > 0 ? begin + seconds * row / (double)opcode_row_count : begin + 1e9);
    }
}

/* Sequences of instructions: as many as asked for, or for the time that is left. */
static void run_sequences(struct runner *run, unsigned n, double deadline)
{
    static struct host_seq s;
    struct form f = {0};

    for (unsigned k = 0; k < n && now() < deadline; k++) {
        uint64_t seed = run->only ? run->only : run->seed + k;
        struct rng r = {.s = ~seed};

        memset(&s, 0, sizeof s);
        s.c.seed = seed;
        s.c.flavour = (uint8_t)(rng_one_in(&r, 2) ? FLAT32 : rng_one_in(&r, 2) ? SEGS32 : SEGS16);
        if (gen_sequence(&s, &r))
            run_engines(run, &f, &s);
    }
    run->total += f.ran;
    run->failed += f.failed;
    printf("%-44s %6u cases, %6u by a fault, %u differ\n", "sequences", f.ran, f.faulted, f.failed);
}

int main(int argc, char **argv)
{
    static struct runner run = {.cases = 4000, .max_fails = 1, .seed = 0};
    const char *engine = "both", *only = NULL;
    unsigned sequences = 40000;
    double seconds = 60, begin;
    struct err e = {""};
    int opt;

    log_init(&run.log);

    while ((opt = getopt(argc, argv, "e:n:q:t:s:k:1:f:d:vr:")) != -1) {
        switch (opt) {
        case 'e':
            engine = optarg;
            break;
        case 'n':
            run.cases = (unsigned)atoi(optarg);
            break;
        case 'q':
            sequences = (unsigned)atoi(optarg);
            break;
        case 't':
            seconds = atof(optarg);
            break;
        case 's':
            run.seed = strtoull(optarg, NULL, 0) / STATES * STATES;
            break;
        case 'k':
            only = optarg;
            break;
        case '1':
            run.only = strtoull(optarg, NULL, 0);
            break;
        case 'f':
            run.max_fails = (unsigned)atoi(optarg);
            break;
        case 'd':
            if (!log_parse(&run.log, optarg, &e)) {
                fprintf(stderr, "host_cpu: %s\n", e.msg);
                return 2;
            }
            break;
        case 'v':
            run.verbose = true;
            break;
        case 'r':
            run.rows = fopen(optarg, "w");
            if (!run.rows) {
                perror(optarg);
                return 2;
            }
            break;
        default:
            return 2;
        }
    }
    if (!start(&run, engine, &e)) {
        printf("SKIP: %s\n", e.msg);
        return 77;
    }
    begin = now();
    printf("seed %llu\n", (unsigned long long)run.seed);
    if (run.cases)
        run_all(&run, only, sequences ? seconds * 2 / 3 : seconds);
    if (sequences && !only)
        run_sequences(&run, sequences, seconds > 0 ? begin + seconds : begin + 1e9);
    printf("%u cases, %u differ\n", run.total, run.failed);
    if (run.rows && fclose(run.rows)) {
        perror("host_cpu");
        return 2;
    }
    return run.failed != 0;
}
