/* real_mode.c - runs recorded single instructions of a real 80286 (real mode) on an engine and
 * compares.
 *
 *     real_mode [-e jit|interp] [-c MODEL] [-v] [-k FILE] [-r FILE] FOLDER
 *
 * FOLDER holds the cases as one gzip file for each opcode form, in the line format of its README.
 * Prints passes and failures for each file with failures and in all; exits 1 on a failure, 77 where
 * there is no folder.  -r writes a file with a line for each row of opcodes.def that passed: name,
 * cases that ended well and by an exception (for scripts/coverage).
 *
 * Where later processors differ from a 286 by design, the later model's answer is right, and such
 * cases are counted by reason and not compared (or compared without the bits named): flags bits
 * 12-15 are masked, and the status flags that the manual leaves undefined length     an instruction
 * of more than 10 bytes (#GP on a 286, legal since the 386) refused    the 286 raises #UD for what
 * a 386 defines lock       LOCK before an instruction that cannot take it (#UD since the 386)
 * What else a 286 does otherwise, its model in models.def does too. */
#include <dirent.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/bits.h"
#include "base/err.h"
#include "translate/decode/insn.h"
#include "translate/translate.h"

enum { RAM_SIZE = 0x120000, MAX_BYTES = 4096, REGS = 14 };

static const char *const reg_names[REGS] = {"ax", "bx", "cx", "dx", "cs", "ss", "ds",
                                            "es", "sp", "bp", "si", "di", "ip", "flags"};

struct byte_at {
    uint32_t addr;
    uint8_t val;
};

struct test_case {
    char text[128];
    uint8_t code[32];
    unsigned code_len;
    uint16_t before[REGS], after[REGS];
    struct byte_at mem[MAX_BYTES], out[MAX_BYTES];
    unsigned nmem, nout;
    int exception; /* -1: none */
};

enum reason { R_NONE, R_LENGTH, R_REFUSED, R_LOCK, R_COUNT };
static const char *const reason_names[R_COUNT] = {"", "over 10 bytes", "refused by the 286 alone",
                                                  "invalid LOCK"};

struct runner {
    struct ram ram;
    struct physmem mem;
    struct region region;
    struct clock clock;
    struct cpu cpu;
    struct engine *engine;
    bool verbose;
    unsigned passed, failed, skipped[R_COUNT];
    unsigned (*rows)[2]; /* for each row: passed, ending well and by an exception */
};

/* --- parsing --- */

static unsigned parse_hex(const char *s, uint8_t *out, unsigned max)
{
    unsigned n = 0, v;

    while (n < max && sscanf(s, "%2x", &v) == 1) {
        out[n++] = (uint8_t)v;
        s += 2;
        if (!*s || *s == ' ' || *s == '\n')
            break;
    }
    return n;
}

static unsigned parse_mem(char *line, struct byte_at *out)
{
    unsigned n = 0;

    for (char *w = strtok(line, " \n"); w; w = strtok(NULL, " \n")) {
        uint8_t bytes[256];
        char *colon = strchr(w, ':');
        uint32_t addr = (uint32_t)strtoul(w, NULL, 16);
        unsigned len = colon ? parse_hex(colon + 1, bytes, sizeof bytes) : 0;

        for (unsigned k = 0; k < len && n < MAX_BYTES; k++)
            out[n++] = (struct byte_at){addr + k, bytes[k]};
    }
    return n;
}

static void parse_changes(char *line, uint16_t *regs)
{
    for (char *w = strtok(line, " \n"); w; w = strtok(NULL, " \n")) {
        char *eq = strchr(w, '=');
        if (!eq)
            continue;
        *eq = 0;
        for (unsigned n = 0; n < REGS; n++) {
            if (!strcmp(w, reg_names[n]))
                regs[n] = (uint16_t)strtoul(eq + 1, NULL, 16);
        }
    }
}

static void parse_title(struct test_case *t, const char *line)
{
    char bytes[80];

    memset(t, 0, sizeof *t);
    t->exception = -1;
    snprintf(t->text, sizeof t->text, "%.127s", line + 2);
    t->text[strcspn(t->text, "\n")] = 0;
    if (sscanf(line, "T %*d %79s", bytes) == 1)
        t->code_len = parse_hex(bytes, t->code, sizeof t->code);
}

static void parse_regs(struct test_case *t, const char *line)
{
    for (unsigned n = 0; n < REGS; n++) {
        int used;
        unsigned v;
        if (sscanf(line, "%x%n", &v, &used) != 1)
            break;
        t->before[n] = t->after[n] = (uint16_t)v;
        line += used;
    }
}

/* --- running --- */

static void set_seg(struct segment *s, uint16_t sel)
{
    s->sel = sel;
    s->base = (uint32_t)sel << 4;
}

static void load_state(struct runner *r, const struct test_case *t)
{
    static const uint8_t gpr[REGS] = {R_AX, R_BX, R_CX, R_DX, 0, 0, 0, 0, R_SP, R_BP, R_SI, R_DI};
    struct cpu *cpu = &r->cpu;

    cpu_reset(cpu);
    for (unsigned n = 0; n < REGS; n++) {
        if (n < 4 || (n >= 8 && n < 12))
            cpu->gpr[gpr[n]] = t->before[n];
    }
    set_seg(&cpu->seg[SEG_CS], t->before[4]);
    set_seg(&cpu->seg[SEG_SS], t->before[5]);
    set_seg(&cpu->seg[SEG_DS], t->before[6]);
    set_seg(&cpu->seg[SEG_ES], t->before[7]);
    cpu->eip = t->before[12];
    cpu_set_eflags(cpu, t->before[13] & 0xfd7);
    cpu_post_load(cpu);
    for (unsigned n = 0; n < t->nmem; n++) {
        phys_store(&r->mem, t->mem[n].addr, t->mem[n].val, 1);
        engine_code_write(r->engine, t->mem[n].addr, 1);
    }
}

static uint16_t state_reg(const struct cpu *cpu, unsigned n)
{
    static const uint8_t gpr[REGS] = {R_AX, R_BX, R_CX, R_DX, 0, 0, 0, 0, R_SP, R_BP, R_SI, R_DI};
    static const uint8_t seg[REGS] = {[4] = SEG_CS, [5] = SEG_SS, [6] = SEG_DS, [7] = SEG_ES};

    if (n >= 4 && n < 8)
        return cpu->seg[seg[n]].sel;
    if (n == 12)
        return (uint16_t)cpu->eip;
    if (n == 13)
        return (uint16_t)cpu_eflags(cpu);
    return (uint16_t)cpu->gpr[gpr[n]];
}

static unsigned shift_count(const struct test_case *t, const struct insn *in)
{
    const struct operand *o = &in->ops[1];

    if (o->kind == OPD_ONE)
        return 1;
    return (o->kind == OPD_IMM ? (unsigned)o->imm : t->before[2]) & 31;
}

/* Status flags that the README leaves open: those undefined after products, quotients, decimal
 * adjustments, and shifts and rotates by other than 1. */
static uint16_t undefined_flags(const struct test_case *t, const struct insn *in)
{
    uint16_t undef = opcode_rows[in->row].flags_undef;

    switch (in->op) {
    case INSN_shl:
    case INSN_shr:
    case INSN_sar:
        if (shift_count(t, in) == 0)
            return 0;
        if (shift_count(t, in) == 1)
            return in->ops[1].kind == OPD_REG ? FLAG_A : 0;
        return FLAG_A | FLAG_O | (shift_count(t, in) >= in->ops[0].size * 8u ? FLAG_C : 0);
    case INSN_rol:
    case INSN_ror:
    case INSN_rcl:
    case INSN_rcr:
        return shift_count(t, in) <= 1 ? 0 : FLAG_O;
    case INSN_mul:
    case INSN_imul:
    case INSN_div:
    case INSN_idiv:
    case INSN_aaa:
    case INSN_aas:
    case INSN_aam:
    case INSN_aad:
    case INSN_daa:
    case INSN_das:
        return t->exception == EXC_DE ? FLAGS_STATUS : undef;
    }
    return 0;
}

static enum reason by_design(const struct test_case *t, const struct insn *in)
{
    if (in->len > 10)
        return R_LENGTH;
    if (in->op == INSN_ud && in->lock && t->exception != 6)
        return R_LOCK;
    if (t->exception == 6 && in->op != INSN_ud)
        return R_REFUSED;
    return R_NONE;
}

static bool compare(struct runner *r, const struct test_case *t, uint16_t ignore)
{
    uint16_t mask = 0x0fff & (uint16_t)~ignore;
    /* The handler has popped nothing: IP, CS and the flags lie on top of the stack. */
    uint32_t pushed = ((uint32_t)t->after[5] << 4) + (uint16_t)(t->after[8] + 4);
    bool same = true;

    for (unsigned n = 0; n < REGS; n++) {
        uint16_t m = n == 13 ? mask : 0xffff, got = state_reg(&r->cpu, n);
        if ((got ^ t->after[n]) & m) {
            if (r->verbose)
                printf("    %s is %04x, not %04x\n", reg_names[n], got, t->after[n]);
            same = false;
        }
    }
    for (unsigned n = 0; n < t->nout; n++) {
        uint8_t got = (uint8_t)phys_load(&r->mem, t->out[n].addr, 1), m = 0xff;
        if (t->exception >= 0 && t->out[n].addr == pushed)
            m = (uint8_t)mask;
        if (t->exception >= 0 && t->out[n].addr == pushed + 1)
            m = (uint8_t)(mask >> 8);
        if ((got ^ t->out[n].val) & m) {
            if (r->verbose)
                printf("    byte at %06x is %02x, not %02x\n", t->out[n].addr, got, t->out[n].val);
            same = false;
        }
    }
    return same;
}

static void clean_up(struct runner *r, const struct test_case *t)
{
    for (unsigned n = 0; n < t->nmem; n++)
        phys_store(&r->mem, t->mem[n].addr, 0, 1);
    for (unsigned n = 0; n < t->nout; n++)
        phys_store(&r->mem, t->out[n].addr, 0, 1);
}

static void run_case(struct runner *r, const struct test_case *t)
{
    struct insn in;
    enum reason why;

    decode(&in, t->code, t->code_len, 16, false);
    why = by_design(t, &in);
    if (why) {
        r->skipped[why]++;
        return;
    }
    load_state(r, t);
    engine_run(r->engine, cpu_count(&r->cpu) + 100000);
    if (compare(r, t, undefined_flags(t, &in))) {
        r->passed++;
        r->rows[in.row][t->exception >= 0]++;
    } else {
        r->failed++;
        if (r->verbose)
            printf("  FAIL %s\n", t->text);
    }
    clean_up(r, t);
}

static bool run_file(struct runner *r, const char *folder, const char *name)
{
    char cmd[4096];
    static char line[65536];
    static struct test_case t;
    bool have = false;
    FILE *f;

    snprintf(cmd, sizeof cmd, "gzip -dc '%s/%s'", folder, name);
    f = popen(cmd, "r");
    if (!f)
        return false;
    while (fgets(line, sizeof line, f)) {
        switch (line[0]) {
        case 'T':
            if (have)
                run_case(r, &t);
            parse_title(&t, line);
            have = true;
            break;
        case 'R':
            parse_regs(&t, line + 1);
            break;
        case 'M':
            t.nmem = parse_mem(line + 1, t.mem);
            break;
        case 'r':
            parse_changes(line + 1, t.after);
            break;
        case 'm':
            t.nout = parse_mem(line + 1, t.out);
            break;
        case 'X':
            sscanf(line + 1, "%d", &t.exception);
            break;
        }
    }
    if (have)
        run_case(r, &t);
    return pclose(f) == 0;
}

static bool start(struct runner *r, const char *engine, const char *model, struct err *e)
{
    struct engine_config config = {.name = engine, .cache_bytes = 4 << 20};

    if (!ram_init(&r->ram, RAM_SIZE, e))
        return false;
    physmem_init(&r->mem, &r->ram);
    region_init_ram(&r->region, "ram", 0, RAM_SIZE, 0, ram_alloc(&r->ram, RAM_SIZE));
    physmem_add(&r->mem, &r->region);
    clock_init(&r->clock);
    if (!cpu_init(&r->cpu, model, &r->mem, &r->clock, NULL, e))
        return false;
    r->engine = engine_new(&r->cpu, &config, e);
    return r->engine != NULL;
}

static bool write_rows(const struct runner *r, const char *path)
{
    FILE *f = fopen(path, "w");
    char name[ROW_NAME_SIZE];

    if (!f)
        return false;
    for (unsigned k = 0; k < opcode_row_count; k++) {
        opcode_row_name(k, name, sizeof name);
        if (r->rows[k][0] || r->rows[k][1])
            fprintf(f, "%s\t%u\t%u\n", name, r->rows[k][0], r->rows[k][1]);
    }
    return fclose(f) == 0;
}

static int ends_in_gz(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return n > 3 && !strcmp(d->d_name + n - 3, ".gz");
}

int main(int argc, char **argv)
{
    static struct runner r;
    const char *engine = "jit", *model = "286", *only = NULL, *rows = NULL;
    struct dirent **names;
    struct err e = {""};
    int n, opt;

    while ((opt = getopt(argc, argv, "e:c:vk:r:")) != -1) {
        if (opt == 'e')
            engine = optarg;
        else if (opt == 'c')
            model = optarg;
        else if (opt == 'k')
            only = optarg;
        else if (opt == 'r')
            rows = optarg;
        else if (opt == 'v')
            r.verbose = true;
        else
            return 2;
    }
    if (optind >= argc || (n = scandir(argv[optind], &names, ends_in_gz, alphasort)) <= 0) {
        printf("SKIP: no folder of recorded cases\n");
        return 77;
    }
    r.rows = xcalloc(opcode_row_count, sizeof *r.rows);
    if (!start(&r, engine, model, &e)) {
        fprintf(stderr, "real_mode: %s\n", e.msg);
        return 1;
    }
    for (int k = 0; k < n; k++) {
        unsigned passed = r.passed, failed = r.failed;

        if (only && strncmp(only, names[k]->d_name, strlen(only)))
            continue;
        if (!run_file(&r, argv[optind], names[k]->d_name))
            r.failed++;
        if (r.failed != failed)
            printf("%-12s %u passed, %u failed\n", names[k]->d_name, r.passed - passed,
                   r.failed - failed);
    }
    for (unsigned k = 1; k < R_COUNT; k++)
        printf("by design: %u %s\n", r.skipped[k], reason_names[k]);
    printf("%u passed, %u failed\n", r.passed, r.failed);
    if (rows && !write_rows(&r, rows)) {
        perror(rows);
        return 1;
    }
    free(r.rows);
    return r.failed != 0;
}
