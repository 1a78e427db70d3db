/* lockstep.c - runs the code generator and the interpreter side by side and finds the first
 * difference.
 *
 * Usage: lockstep [--count N] [--step N] OPTION...      with the options of bygone
 *
 * Both machines run to the same counts, `step` instructions at a time, and their state hashes are
 * compared. Now and then the state is saved.  After a difference both go on from there again, to
 * half the way, and so on, until the first count is known at which they differ when they run to it
 * in one go; that is the end of the block that holds the culprit, or the culprit itself.  Exit
 * status 0: no difference up to `count` or to the end of the run. */
#include <capstone/capstone.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/err.h"
#include "machine/machine.h"
#include "machine/snapshot.h"

enum { KEEP_STEPS = 16, LISTED = 24, BYTES_SHOWN = 16 };

struct pair {
    struct config config[2];
    struct machine *m[2];
};

struct run {
    int argc;
    char **argv;
    uint64_t count, step;
    uint64_t saved; /* count of the saved state; 0: none, from the start */
    char path[64];
};

static const char *const engine_names[2] = {"jit", "interp"};

_Noreturn static void give_up(const char *what)
{
    fprintf(stderr, "lockstep: %s\n", what);
    exit(2);
}

static void set(char **field, const char *value)
{
    free(*field);
    *field = value ? xstrdup(value) : NULL;
}

/* What would tell the two apart, or has two of them write one file, is changed. */
static void configure(struct config *c, const struct run *r, bool interp)
{
    struct err e = {""};

    config_init(c);
    if (options_parse(c, r->argc, r->argv, stdout, &e) != OPTIONS_RUN)
        give_up(e.msg);
    c->interp = interp;
    c->speed = SPEED_MAX;
    c->display = DISPLAY_NONE;
    c->snapshot = true;
    set(&c->hash_file, NULL);
    set(&c->save, NULL);
    if (interp || !c->serial || !strcmp(c->serial, "stdio"))
        set(&c->serial, "null");
    if (interp)
        set(&c->debugcon, NULL);
    if (r->saved)
        set(&c->load, r->path);
}

static void pair_open(struct pair *p, const struct run *r)
{
    struct err e = {""};

    for (unsigned k = 0; k < 2; k++) {
        configure(&p->config[k], r, k == 1);
        p->m[k] = machine_new(&p->config[k], &e);
        if (!p->m[k])
            give_up(e.msg);
    }
}

static void pair_close(struct pair *p)
{
    for (unsigned k = 0; k < 2; k++) {
        machine_free(p->m[k]);
        config_fini(&p->config[k]);
    }
}

/* False when the run has ended in another way. */
static bool run_to(struct pair *p, unsigned k, uint64_t count)
{
    p->config[k].stop_at = count;
    if (machine_count(p->m[k]) >= count)
        return true;
    p->m[k]->end = END_NONE;
    return machine_run(p->m[k]) == END_STOP_AT;
}

/* Both to `count`; true if they are in the same state then. */
static bool same_at(struct pair *p, uint64_t count, bool *ended)
{
    bool on0 = run_to(p, 0, count), on1 = run_to(p, 1, count);

    *ended = !on0 || !on1;
    return p->m[0]->end == p->m[1]->end && machine_count(p->m[0]) == machine_count(p->m[1]) &&
           machine_hash(p->m[0]) == machine_hash(p->m[1]);
}

/* --- the report --- */

static void compare_ram(const struct pair *p)
{
    const struct ram *a = &p->m[0]->ram, *b = &p->m[1]->ram;
    unsigned shown = 0;

    for (uint64_t n = 0; n < a->used && shown < BYTES_SHOWN; n++) {
        if (a->host[n] != b->host[n]) {
            printf("  RAM %#" PRIx64 ": %02x %02x\n", n, a->host[n], b->host[n]);
            shown++;
        }
    }
}

static void compare(const struct pair *p)
{
    printf("counts: %" PRIu64 " %" PRIu64 "\n", machine_count(p->m[0]), machine_count(p->m[1]));
    state_diff(cpu_state, &p->m[0]->cpu, &p->m[1]->cpu, "  cpu.", stdout);
    state_diff(clock_state, &p->m[0]->clock, &p->m[1]->clock, "  clock.", stdout);
    for (size_t n = 0; n < p->m[0]->devices.len; n++) {
        const struct device *a = p->m[0]->devices.at[n], *b = p->m[1]->devices.at[n];
        char prefix[48];

        snprintf(prefix, sizeof prefix, "  %s.", a->cls->name);
        state_diff(a->cls->state, a, b, prefix, stdout);
    }
    compare_ram(p);
    for (unsigned k = 0; k < 2; k++) {
        printf("%s:\n", engine_names[k]);
        cpu_print(&p->m[k]->cpu, stdout);
    }
}

/* Bytes at the processor's EIP that are mapped. */
static unsigned code_bytes(struct machine *m, uint8_t *buf, unsigned n)
{
    uint64_t lin = (uint32_t)(m->cpu.seg[SEG_CS].base + m->cpu.eip), phys;
    unsigned got;

    for (got = 0; got < n; got++) {
        if (!cpu_translate_debug(&m->cpu, (uint32_t)(lin + got), &phys))
            break;
        buf[got] = (uint8_t)phys_load(&m->mem, phys, 1);
    }
    return got;
}

static void list_insn(csh h16, csh h32, struct machine *m)
{
    uint8_t buf[15];
    unsigned n = code_bytes(m, buf, sizeof buf);
    cs_insn *in;

    printf("  %" PRIu64 "  %04x:%08" PRIx64 "  ", machine_count(m), m->cpu.seg[SEG_CS].sel,
           m->cpu.eip);
    if (cs_disasm(m->cpu.mode & MODE_CS32 ? h32 : h16, buf, n, m->cpu.eip, 1, &in)) {
        for (unsigned k = 0; k < in->size; k++)
            printf("%02x ", buf[k]);
        printf(" %s %s\n", in->mnemonic, in->op_str);
        cs_free(in, 1);
    } else {
        printf("?\n");
    }
}

/* The instructions up to `count`, as the code generator runs them one at a time. */
static void list(const struct run *r, uint64_t count)
{
    uint64_t from = count > r->saved + LISTED ? count - LISTED : r->saved;
    struct pair p;
    csh h16, h32;

    if (cs_open(CS_ARCH_X86, CS_MODE_16, &h16) != CS_ERR_OK ||
        cs_open(CS_ARCH_X86, CS_MODE_32, &h32) != CS_ERR_OK)
        return;
    pair_open(&p, r);
    for (uint64_t at = from; at < count && run_to(&p, 0, at); at++)
        list_insn(h16, h32, p.m[0]);
    pair_close(&p);
    cs_close(&h16);
    cs_close(&h32);
}

/* --- the search --- */

static bool same_from_saved(const struct run *r, uint64_t count)
{
    struct pair p;
    bool ended, same;

    pair_open(&p, r);
    same = same_at(&p, count, &ended);
    pair_close(&p);
    return same;
}

static void narrow(const struct run *r, uint64_t bad)
{
    uint64_t good = r->saved;
    struct pair p;
    bool ended;

    if (same_from_saved(r, bad)) {
        printf("going on from the saved state at %" PRIu64 " there is no difference\n", r->saved);
        return;
    }
    while (bad - good > 1) {
        uint64_t middle = good + (bad - good) / 2;
        if (same_from_saved(r, middle))
            good = middle;
        else
            bad = middle;
    }
    printf("first difference at %" PRIu64 ", running from %" PRIu64 " in one go:\n", bad, r->saved);
    pair_open(&p, r);
    same_at(&p, bad, &ended);
    compare(&p);
    pair_close(&p);
    list(r, bad);
}

static void save(struct run *r, const struct pair *p)
{
    struct err e = {""};

    if (!machine_save(p->m[0], r->path, &e))
        give_up(e.msg);
    r->saved = machine_count(p->m[0]);
}

static int lockstep(struct run *r)
{
    struct pair p;
    bool ended = false;
    int status = 0;

    pair_open(&p, r);
    for (uint64_t at = r->step, steps = 1; at <= r->count && !ended; at += r->step, steps++) {
        if (!same_at(&p, at, &ended)) {
            printf("different at %" PRIu64 ":\n", at);
            compare(&p);
            fflush(stdout);
            narrow(r, at);
            status = 1;
            break;
        }
        if (steps % KEEP_STEPS == 0)
            save(r, &p);
    }
    if (!status)
        printf("no difference up to %" PRIu64 "\n", machine_count(p.m[0]));
    pair_close(&p);
    return status;
}

int main(int argc, char **argv)
{
    struct run r = {.count = 100000000, .step = 1000000};
    int n = 1, status, fd;

    for (; n + 1 < argc && !strncmp(argv[n], "--", 2); n += 2) {
        if (!strcmp(argv[n], "--count"))
            r.count = strtoull(argv[n + 1], NULL, 0);
        else if (!strcmp(argv[n], "--step") && atoll(argv[n + 1]) > 0)
            r.step = strtoull(argv[n + 1], NULL, 0);
        else
            break;
    }
    argv[n - 1] = argv[0];
    r.argc = argc - n + 1;
    r.argv = argv + n - 1;
    strcpy(r.path, "/tmp/lockstep.XXXXXX");
    fd = mkstemp(r.path);
    if (fd < 0)
        give_up("no place for saved states");
    close(fd);
    status = lockstep(&r);
    unlink(r.path);
    return status;
}
