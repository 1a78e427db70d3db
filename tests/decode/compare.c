/* compare.c - what differs between the two views of a byte string, and which row explains it. */
#include <string.h>
#include "base/bits.h"
#include "check.h"

static bool same_number(const struct view_operand *a, const struct view_operand *b)
{
    unsigned size = a->size ? a->size : b->size;
    uint64_t mask = mask_bytes(size ? size : 8);

    return (a->number & mask) == (b->number & mask);
}

static bool same_size(const struct view_operand *a, const struct view_operand *b)
{
    return !a->size || !b->size || a->size == b->size;
}

static bool same_operand(const struct view_operand *a, const struct view_operand *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == 'i')
        return same_number(a, b);
    if (strcmp(a->reg, b->reg) != 0)
        return false;
    if (a->kind == 'r')
        return same_size(a, b);
    return strcmp(a->index, b->index) == 0 && strcmp(a->seg, b->seg) == 0 && a->scale == b->scale &&
           a->number == b->number;
}

/* Capstone names ST(0) or not, as the assembler may. */
static unsigned without_st0(const struct view *v, struct view_operand *out)
{
    unsigned n = 0;

    for (unsigned i = 0; i < v->nops; i++)
        if (strcmp(v->ops[i].reg, "st(0)") != 0)
            out[n++] = v->ops[i];
    return n;
}

/* String instructions have no operands in struct insn but the segment of the source. */
static bool is_string(const char *name)
{
    static const char *const names[] = {"movs", "cmps", "stos", "lods",
                                        "scas", "ins",  "outs", "xlat"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool same_source_segment(const struct pair *p)
{
    static const char *const names[] = {"es", "cs", "ss", "ds", "fs", "gs"};

    for (unsigned i = 0; i < p->theirs.nops; i++) {
        const struct view_operand *o = &p->theirs.ops[i];
        bool source = o->kind == 'm' && !strstr(o->reg, "di");
        if (source && strcmp(o->seg, names[p->in->mem.seg]) != 0)
            return false;
    }
    return true;
}

static unsigned differences_of_lists(const struct view_operand *a, unsigned na,
                                     const struct view_operand *b, unsigned nb)
{
    unsigned kind = 0;

    if (na != nb)
        return DIFF_OPERANDS;
    for (unsigned i = 0; i < na; i++) {
        if (!same_operand(&a[i], &b[i]))
            return DIFF_OPERANDS;
        if (a[i].kind == 'm' && !same_size(&a[i], &b[i]))
            kind = DIFF_SIZE;
    }
    return kind;
}

static unsigned differences_of_operands(const struct pair *p)
{
    const struct view *a = &p->ours, *b = &p->theirs;
    struct view_operand fa[VIEW_OPERANDS], fb[VIEW_OPERANDS];

    if (is_string(a->name))
        return same_source_segment(p) ? 0 : DIFF_OPERANDS;
    if (a->name[0] == 'f' && a->nops != b->nops)
        return differences_of_lists(fa, without_st0(a, fa), fb, without_st0(b, fb));
    return differences_of_lists(a->ops, a->nops, b->ops, b->nops);
}

static unsigned differences_of_instructions(const struct pair *p)
{
    unsigned kind = 0;

    if (strcmp(p->ours.name, p->theirs.name) != 0 || p->ours.cc != p->theirs.cc)
        kind |= DIFF_NAME;
    if (p->ours.len != p->theirs.len)
        kind |= DIFF_LENGTH;
    if (p->theirs.width && p->theirs.width != p->ours.width)
        kind |= DIFF_NAME;
    return kind | differences_of_operands(p);
}

void pair_compare(csh handle, struct pair *p)
{
    p->s = shape_of(p->bytes);
    view_of_insn(&p->ours, p->in);
    view_of_capstone(handle, &p->theirs, p);
    if (p->theirs.valid && strcmp(p->theirs.name, "ud") == 0)
        p->theirs.valid = false;
    if (!p->ours.valid && !p->theirs.valid)
        p->kind = DIFF_NONE;
    else if (!p->theirs.valid)
        p->kind = DIFF_OURS_ONLY;
    else if (!p->ours.valid)
        p->kind = DIFF_THEIRS_ONLY;
    else
        p->kind = differences_of_instructions(p);
}

bool one_of(unsigned byte, const uint8_t *list, unsigned n)
{
    return memchr(list, (int)byte, n) != NULL;
}

/* 66, F2 or F3 as the mandatory prefix of a row, where F2 and F3 outweigh 66. */
static unsigned mandatory_prefix(const struct shape *s)
{
    return s->rep ? s->rep : s->p66 ? 0x66 : 0;
}

uint8_t row_prefix(const struct pair *p)
{
    return opcode_rows[p->in->row].prefix;
}

static bool row_is_for(const struct opcode_row *row, const struct shape *s)
{
    return row->map == s->map && row->opcode == s->opcode &&
           (row->group < 0 || row->group == (int)s->reg) &&
           (row->mod == MOD_ANY || (row->mod == MOD_REG) == (s->mod == 3));
}

bool no_row_for_prefix(const struct pair *p)
{
    bool rows = false;

    for (size_t i = 1; i < opcode_row_count; i++) {
        const struct opcode_row *row = &opcode_rows[i];
        if (!row_is_for(row, &p->s))
            continue;
        if (row->prefix == mandatory_prefix(&p->s))
            return false;
        if (row->bare || row->prefix)
            rows = rows || strcmp(insn_names[row->op], p->theirs.name) == 0;
    }
    return rows;
}

bool lock_allowed(const struct pair *p)
{
    static const char *const names[] = {"add",     "adc",       "and", "btc", "btr",  "bts",
                                        "cmpxchg", "cmpxchg8b", "dec", "inc", "neg",  "not",
                                        "or",      "sbb",       "sub", "xor", "xadd", "xchg"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(p->theirs.name, names[i]) == 0)
            return p->theirs.nops && p->theirs.ops[0].kind == 'm';
    return false;
}

struct difference {
    const char *name, *reason;
    bool (*holds)(const struct pair *p);
};

#define DIFFERENCE(name, kinds, condition, reason)                                                 \
    static bool name##_holds(const struct pair *p)                                                 \
    {                                                                                              \
        const struct shape s = p->s;                                                               \
        (void)s;                                                                                   \
        return !(p->kind & ~(unsigned)(kinds)) && (condition);                                     \
    }
#include "differences.def"
#undef DIFFERENCE

#define DIFFERENCE(name, kinds, condition, reason) {#name, reason, name##_holds},
static const struct difference differences[] = {
#include "differences.def"
};
#undef DIFFERENCE

unsigned difference_count(void)
{
    return ARRAY_LEN(differences);
}

const char *difference_name(unsigned row)
{
    return differences[row].name;
}

const char *difference_reason(unsigned row)
{
    return differences[row].reason;
}

int difference_find(const struct pair *p)
{
    for (unsigned i = 0; i < ARRAY_LEN(differences); i++)
        if (differences[i].holds(p))
            return (int)i;
    return -1;
}
