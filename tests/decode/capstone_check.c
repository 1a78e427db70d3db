/* capstone_check.c - the decoder against Capstone over random byte strings.
 *
 * usage: capstone_check [-n COUNT] [-s SEED] [-m 16|32] [-l LIMIT] [-v] [-u]
 * Each string is decoded by both; what differs must be explained by a row of differences.def; the
 * first LIMIT that are not are printed.  -v counts the
 * strings that each row explained, -u fails for a row that explained none (for large counts).  Half
 * of the strings are plain random bytes; the others begin as instructions do, so that rare opcode
 * maps are met often. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/bits.h"
#include "check.h"

struct run {
    uint64_t count, seed, random;
    unsigned only_mode;
    uint64_t limit;
    bool verbose, unused_fails;
    uint64_t instructions, unexplained;
    uint64_t *explained; /* for each row of differences.def */
    csh handle[2];       /* 16 and 32 bits */
    cs_insn *cs;
};

/* xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators"). */
static uint32_t random_next(struct run *r)
{
    r->random ^= r->random >> 12;
    r->random ^= r->random << 25;
    r->random ^= r->random >> 27;
    return (uint32_t)(r->random * 0x2545f4914f6cdd1dull >> 32);
}

/* Prefixes that matter and an opcode map, ahead of the random bytes. */
static void shape_string(struct run *r, uint8_t *b)
{
    static const uint8_t prefix[] = {0x66, 0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e, 0x65};
    unsigned at = 0, n = random_next(r) % 4;

    while (n--)
        b[at++] = prefix[random_next(r) % ARRAY_LEN(prefix)];
    switch (random_next(r) % 8) {
    case 0:
    case 1:
    case 2:
        b[at] = 0x0f;
        break;
    case 3:
        b[at] = 0x0f;
        b[at + 1] = 0x38;
        break;
    case 4:
        b[at] = 0x0f;
        b[at + 1] = 0x3a;
        break;
    case 5:
        b[at] = 0xd8 | (random_next(r) & 7);
        break;
    default:
        break;
    }
}

static void make_string(struct run *r, uint8_t *b)
{
    for (unsigned i = 0; i < STRING_BYTES; i += 4) {
        uint32_t v = random_next(r);
        memcpy(b + i, &v, 4);
    }
    if (random_next(r) & 1)
        shape_string(r, b);
}

static void print_view(const char *who, const struct view *v)
{
    if (!v->valid) {
        printf("    %-8s undefined\n", who);
        return;
    }
    printf("    %-8s %u %s cc=%u", who, v->len, v->name, v->cc);
    for (unsigned i = 0; i < v->nops; i++) {
        const struct view_operand *o = &v->ops[i];
        printf(" %c%u", o->kind, o->size);
        if (o->kind == 'm')
            printf("[%s:%s+%s*%u+%" PRIx64 "]", o->seg, o->reg, o->index, o->scale, o->number);
        else if (o->kind == 'i')
            printf(":%" PRIx64, o->number);
        else
            printf(":%s", o->reg);
    }
    printf("\n");
}

static void report(struct run *r, const struct pair *p)
{
    if (r->unexplained++ >= r->limit)
        return;
    printf("no row explains, %u-bit:", p->mode);
    for (unsigned i = 0; i < STRING_BYTES; i++)
        printf(" %02x", p->bytes[i]);
    printf("\n");
    print_view("ours", &p->ours);
    print_view("Capstone", &p->theirs);
    if (p->cs)
        printf("             %s %s\n", p->cs->mnemonic, p->cs->op_str);
}

static void check_string(struct run *r, const uint8_t *bytes, unsigned mode)
{
    const uint8_t *code = bytes;
    size_t size = STRING_BYTES;
    uint64_t address = CODE_ADDRESS;
    csh handle = r->handle[mode == 32];
    struct insn in;
    struct pair p = {.mode = mode, .bytes = bytes, .in = &in};
    int row;

    decode(&in, bytes, STRING_BYTES, mode, true);
    if (cs_disasm_iter(handle, &code, &size, &address, r->cs))
        p.cs = r->cs;
    pair_compare(handle, &p);
    r->instructions += p.ours.valid;
    if (p.kind == DIFF_NONE)
        return;
    row = difference_find(&p);
    if (row < 0)
        report(r, &p);
    else
        r->explained[row]++;
}

static bool rows_are_used(const struct run *r)
{
    bool all = true;

    for (unsigned i = 0; i < difference_count(); i++) {
        if (r->verbose)
            printf("%10" PRIu64 " %s: %s\n", r->explained[i], difference_name(i),
                   difference_reason(i));
        if (r->unused_fails && !r->explained[i]) {
            printf("row %s explains nothing\n", difference_name(i));
            all = false;
        }
    }
    return all;
}

static bool parse(struct run *r, int argc, char **argv)
{
    int c;

    while ((c = getopt(argc, argv, "n:s:m:l:vu")) != -1) {
        switch (c) {
        case 'n':
            r->count = strtoull(optarg, NULL, 0);
            break;
        case 's':
            r->seed = strtoull(optarg, NULL, 0);
            break;
        case 'm':
            r->only_mode = (unsigned)strtoul(optarg, NULL, 0);
            break;
        case 'l':
            r->limit = strtoull(optarg, NULL, 0);
            break;
        case 'v':
            r->verbose = true;
            break;
        case 'u':
            r->unused_fails = true;
            break;
        default:
            return false;
        }
    }
    return optind == argc;
}

static bool open_capstone(struct run *r)
{
    if (cs_open(CS_ARCH_X86, CS_MODE_16, &r->handle[0]) != CS_ERR_OK ||
        cs_open(CS_ARCH_X86, CS_MODE_32, &r->handle[1]) != CS_ERR_OK)
        return false;
    for (int i = 0; i < 2; i++)
        cs_option(r->handle[i], CS_OPT_DETAIL, CS_OPT_ON);
    r->cs = cs_malloc(r->handle[0]);
    return r->cs != NULL;
}

int main(int argc, char **argv)
{
    struct run r = {.count = 200000, .seed = 1, .limit = 50};
    uint8_t bytes[STRING_BYTES];
    bool used;

    if (!parse(&r, argc, argv)) {
        fprintf(stderr, "usage: %s [-n COUNT] [-s SEED] [-m 16|32] [-l LIMIT] [-v] [-u]\n",
                argv[0]);
        return 1;
    }
    if (!open_capstone(&r)) {
        fprintf(stderr, "Capstone does not open for x86\n");
        return 1;
    }
    r.random = r.seed * 0x9e3779b97f4a7c15ull | 1;
    r.explained = calloc(difference_count() + 1, sizeof *r.explained);
    for (uint64_t i = 0; i < r.count; i++) {
        make_string(&r, bytes);
        if (r.only_mode != 32)
            check_string(&r, bytes, 16);
        if (r.only_mode != 16)
            check_string(&r, bytes, 32);
    }
    used = rows_are_used(&r);
    printf("seed %" PRIu64 ": %" PRIu64 " strings in each mode, %" PRIu64 " instructions, %" PRIu64
           " differences unexplained\n",
           r.seed, r.count, r.instructions, r.unexplained);
    free(r.explained);
    cs_free(r.cs, 1);
    cs_close(&r.handle[0]);
    cs_close(&r.handle[1]);
    return r.unexplained || !used;
}
