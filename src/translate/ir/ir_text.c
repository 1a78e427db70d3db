/* ir_text.c - the IR as text: prints a block, and parses what it prints.
 *
 * A line is
 *     [dst[, dst2] =] name[.size[.sub]] operands [slot n] [!flags set] [~flags kept]
 * where `sub` is the source size of zext and sext or the operation of rmw, and operands come in the
 * order of the operation's form (ir_ops.def).  A missing operand is '-'; where nothing follows it,
 * it is left out. Memory is seg:ref, an index of lea is ref*scale, `insn` may give EIP and length
 * of the guest instruction. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "translate/ir/ir.h"

static const char gpr_names[5][16][5] = {
    {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "r8b", "r9b", "r10b", "r11b", "r12b",
     "r13b", "r14b", "r15b"},
    {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "r8w", "r9w", "r10w", "r11w", "r12w", "r13w",
     "r14w", "r15w"},
    {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d",
     "r13d", "r14d", "r15d"},
    {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
     "r14", "r15"},
    {"ah", "ch", "dh", "bh"},
};
static const char seg_names[SEG_COUNT][3] = {"es", "cs", "ss", "ds", "fs", "gs"};
static const char cc_names[16][4] = {
    "o", "no", "c", "nc", "z", "nz", "be", "nbe", "s", "ns", "p", "np", "l", "nl", "le", "nle",
};
/* In the order in which the SDM's flag columns are written. */
static const struct {
    char letter;
    uint16_t flag;
} flag_letters[] = {
    {'O', FLAG_O}, {'S', FLAG_S}, {'Z', FLAG_Z}, {'A', FLAG_A}, {'P', FLAG_P}, {'C', FLAG_C},
};

/* Operations whose text carries a sub-field in `cc` that is not a condition. */
static bool has_source_size(unsigned op)
{
    return op == IR_zext || op == IR_sext;
}

/* --- printing --- */

struct line {
    char text[160];
    size_t len;
};

__attribute__((format(printf, 2, 3))) static void put(struct line *l, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(l->text + l->len, sizeof l->text - l->len, fmt, ap);
    va_end(ap);
    l->len += n > 0 ? (size_t)n : 0;
    if (l->len >= sizeof l->text)
        l->len = sizeof l->text - 1;
}

static void put_to_column(struct line *l, size_t column)
{
    do
        put(l, " ");
    while (l->len < column);
}

static unsigned size_row(unsigned size)
{
    return size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;
}

static void put_ref(struct line *l, const struct ir_block *b, ir_ref r, unsigned size)
{
    if (ir_is_gpr(r))
        put(l, "%s",
            gpr_names[ir_high(r) ? 4 : size_row(size)][ir_high(r) ? ir_gpr(r) & 3 : ir_gpr(r)]);
    else if (ir_is_tmp(r))
        put(l, "t%u", ir_tmp(r));
    else if (ir_is_const(r))
        put(l, "0x%" PRIx64, ir_const_value(b, r));
    else
        put(l, "-");
}

static void put_flags(struct line *l, char mark, uint16_t flags)
{
    put(l, "%c", mark);
    for (size_t n = 0; n < ARRAY_LEN(flag_letters); n++) {
        if (flags & flag_letters[n].flag)
            put(l, "%c", flag_letters[n].letter);
    }
}

static unsigned source_size(const struct ir_insn *i)
{
    if (has_source_size(i->op))
        return i->cc;
    return i->op == IR_lea || i->op == IR_helper || i->op == IR_jmpi ? 4 : i->size;
}

static void put_aux(struct line *l, const struct ir_block *b, const struct ir_insn *i)
{
    if (i->op == IR_insn) {
        put(l, "#%" PRIu32, i->aux);
        if (i->aux < b->guest.len) {
            const struct ir_guest *g = &b->guest.at[i->aux];
            put(l, " 0x%" PRIx32 "+%u%s", g->eip, g->len, g->io ? " io" : "");
        }
    } else if (i->op == IR_lea) {
        put(l, "%+" PRId32, (int32_t)i->aux);
    } else {
        put(l, "0x%" PRIx32, i->aux);
    }
}

static void put_operand(struct line *l, const struct ir_block *b, const struct ir_insn *i,
                        char letter)
{
    bool memory = strchr(ir_op_info[i->op].form, 'g');

    switch (letter) {
    case 'a':
        put_ref(l, b, i->a, memory ? 4 : source_size(i));
        break;
    case 'b':
        put_ref(l, b, i->b, source_size(i));
        break;
    case 'c':
        put_ref(l, b, i->c, source_size(i));
        break;
    case 'D':
        put_ref(l, b, i->dst2, source_size(i));
        break;
    case 'm':
        put(l, "%s", cc_names[i->cc & 15]);
        break;
    case 'g':
        put(l, "%s:", seg_names[i->seg % SEG_COUNT]);
        break;
    case 'x':
        if (i->seg)
            put(l, "*%u", 1u << (i->seg & 3));
        break;
    case 'h':
        put(l, "%s", helpers[i->aux].name);
        break;
    default:
        put_aux(l, b, i);
        break;
    }
}

/* Whether the rest of a helper's arguments is empty. */
static bool no_more(const struct ir_insn *i, const char *form)
{
    for (; *form; form++) {
        ir_ref r = *form == 'a' ? i->a : *form == 'b' ? i->b : *form == 'c' ? i->c : i->dst2;
        if (r != IR_NONE)
            return false;
    }
    return true;
}

static void put_operands(struct line *l, const struct ir_block *b, const struct ir_insn *i)
{
    const char *form = ir_op_info[i->op].form;
    bool first = true, slot = false;

    for (; *form; form++) {
        if (*form == 's')
            slot = true;
        if (*form == 's' || *form == 'd' || (*form == 'D' && i->op != IR_helper))
            continue;
        if (i->op == IR_helper && *form != 'h' && no_more(i, form))
            break;
        if (!first && *form != 'x' && form[-1] != 'g')
            put(l, ", ");
        put_operand(l, b, i, *form);
        first = false;
    }
    if (slot)
        put(l, " slot %u", i->seg);
}

static void print_insn(const struct ir_block *b, const struct ir_insn *i, FILE *f)
{
    const struct ir_op_info *info = &ir_op_info[i->op];
    struct line l = {.len = 0};

    put(&l, "    ");
    if (i->dst != IR_NONE) {
        put_ref(&l, b, i->dst, i->size);
        if (i->op != IR_helper && i->dst2 != IR_NONE) {
            put(&l, ", ");
            put_ref(&l, b, i->dst2, i->size);
        }
        put(&l, " = ");
    }
    put(&l, "%s", info->name);
    if (strpbrk(info->form, "da"))
        put(&l, ".%u", i->size);
    if (has_source_size(i->op))
        put(&l, ".%u", i->cc);
    else if (i->op == IR_rmw)
        put(&l, ".%s", ir_op_info[i->cc].name);
    if (info->form[0])
        put_to_column(&l, i->dst != IR_NONE ? 18 : 11);
    put_operands(&l, b, i);
    if (i->fset || i->fkeep)
        put_to_column(&l, 40);
    if (i->fset)
        put_flags(&l, '!', i->fset);
    if (i->fset && i->fkeep)
        put(&l, " ");
    if (i->fkeep)
        put_flags(&l, '~', i->fkeep);
    while (l.len && l.text[l.len - 1] == ' ')
        l.len--;
    fprintf(f, "%.*s\n", (int)l.len, l.text);
}

void ir_print(const struct ir_block *b, FILE *f)
{
    fprintf(f, "block eip 0x%" PRIx32 " base 0x%" PRIx32 " mode 0x%" PRIx32 "\n", b->eip,
            b->cs_base, b->mode);
    for (size_t n = 0; n < b->code.len; n++)
        print_insn(b, &b->code.at[n], f);
}

/* --- parsing --- */

struct parser {
    struct ir_block *b;
    const char *p; /* in the current line, which ends at \n or \0 */
    unsigned line;
    uint16_t index; /* guest instruction */
    struct err *e;
};

static bool fail(struct parser *s, const char *what)
{
    return err_set(s->e, "IR line %u: %s", s->line, what);
}

static void skip_blanks(struct parser *s)
{
    while (*s->p == ' ' || *s->p == '\t' || *s->p == '\r')
        s->p++;
}

static bool at_end(struct parser *s)
{
    skip_blanks(s);
    return !*s->p || *s->p == '\n';
}

static bool accept(struct parser *s, const char *token)
{
    size_t n = strlen(token);

    skip_blanks(s);
    if (strncmp(s->p, token, n))
        return false;
    s->p += n;
    return true;
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The next word; empty if there is none or it is too long. */
static void word(struct parser *s, char out[40])
{
    size_t n = 0;

    skip_blanks(s);
    while (is_word_char(s->p[n]))
        n++;
    if (n >= 40)
        n = 0;
    memcpy(out, s->p, n);
    out[n] = 0;
    s->p += n;
}

static bool number(struct parser *s, uint64_t *v)
{
    char *end;
    bool minus;

    skip_blanks(s);
    minus = *s->p == '-';
    if (minus || *s->p == '+')
        s->p++;
    if (*s->p < '0' || *s->p > '9')
        return fail(s, "a number is missing");
    *v = strtoull(s->p, &end, 0);
    if (minus)
        *v = 0 - *v;
    s->p = end;
    return true;
}

static bool find_gpr(const char *name, ir_ref *r)
{
    for (unsigned row = 0; row < 5; row++) {
        for (unsigned n = 0; n < 16; n++) {
            if (!strcmp(gpr_names[row][n], name)) {
                *r = (ir_ref)(IR_GPR | n | (row == 4 ? IR_HIGH : 0));
                return true;
            }
        }
    }
    return false;
}

/* A register, a temporary, a constant, or '-'. */
static bool parse_ref(struct parser *s, ir_ref *r)
{
    char name[40], *end;
    uint64_t v;

    skip_blanks(s);
    if (s->p[0] == '-' && !(s->p[1] >= '0' && s->p[1] <= '9')) {
        s->p++;
        *r = IR_NONE;
        return true;
    }
    if (*s->p == '-' || (*s->p >= '0' && *s->p <= '9')) {
        if (!number(s, &v))
            return false;
        if (s->b->consts.len >= IR_MAX_TMP)
            return fail(s, "too many constants");
        *r = ir_const(s->b, v);
        return true;
    }
    word(s, name);
    if (*name && find_gpr(name, r))
        return true;
    if (name[0] != 't' || !name[1] || name[1] < '0' || name[1] > '9')
        return fail(s, "a register, temporary or constant is missing");
    v = strtoull(name + 1, &end, 10);
    if (*end || v >= IR_MAX_TMP)
        return fail(s, "no such temporary");
    *r = (ir_ref)(IR_TMP | v);
    if (v >= s->b->tmps)
        s->b->tmps = (uint16_t)(v + 1);
    return true;
}

static bool find_op(const char *name, uint8_t *op)
{
    for (unsigned n = 0; n < IR_OP_COUNT; n++) {
        if (!strcmp(ir_op_info[n].name, name)) {
            *op = (uint8_t)n;
            return true;
        }
    }
    return false;
}

static bool parse_name(struct parser *s, struct ir_insn *i)
{
    char name[40];
    uint64_t v;

    word(s, name);
    if (!find_op(name, &i->op))
        return fail(s, "no such operation");
    i->size = 4;
    if (*s->p != '.')
        return true;
    s->p++;
    if (!number(s, &v))
        return false;
    i->size = (uint8_t)v;
    if (*s->p != '.')
        return true;
    s->p++;
    if (has_source_size(i->op)) {
        if (!number(s, &v))
            return false;
        i->cc = (uint8_t)v;
        return true;
    }
    word(s, name);
    return find_op(name, &i->cc) || fail(s, "no such operation for rmw");
}

static bool parse_choice(struct parser *s, const char *names, size_t width, size_t count,
                         uint8_t *out, const char *what)
{
    char name[40];

    word(s, name);
    for (size_t n = 0; n < count; n++) {
        if (!strcmp(names + n * width, name)) {
            *out = (uint8_t)n;
            return true;
        }
    }
    return fail(s, what);
}

static bool parse_helper(struct parser *s, struct ir_insn *i)
{
    char name[40];

    word(s, name);
    for (unsigned n = 0; n < HELPER_COUNT; n++) {
        if (!strcmp(helpers[n].name, name)) {
            i->aux = n;
            return true;
        }
    }
    return fail(s, "no such helper");
}

static bool parse_guest(struct parser *s, struct ir_insn *i)
{
    struct ir_guest g = {0};
    uint64_t v;

    if (!accept(s, "#") || !number(s, &v))
        return fail(s, "the number of the guest instruction is missing");
    if (v != s->b->guest.len || v >= 0xffff)
        return fail(s, "guest instructions are not in order");
    i->aux = (uint32_t)v;
    s->index = (uint16_t)v;
    g.eip = s->b->eip;
    if (!at_end(s) && *s->p != '#') {
        if (!number(s, &v))
            return false;
        g.eip = (uint32_t)v;
        if (!accept(s, "+") || !number(s, &v))
            return fail(s, "the length of the guest instruction is missing");
        g.len = (uint8_t)v;
        g.io = accept(s, "io");
    }
    vec_push(&s->b->guest, g);
    return true;
}

static bool parse_scale(struct parser *s, struct ir_insn *i)
{
    uint64_t v;

    if (!accept(s, "*"))
        return true;
    if (!number(s, &v))
        return false;
    for (i->seg = 0; i->seg < 4; i->seg++) {
        if (v == 1u << i->seg)
            return true;
    }
    return fail(s, "a scale is 1, 2, 4 or 8");
}

static bool parse_aux(struct parser *s, struct ir_insn *i)
{
    uint64_t v;

    if (i->op == IR_insn)
        return parse_guest(s, i);
    if (!number(s, &v))
        return false;
    i->aux = (uint32_t)v;
    return true;
}

static bool parse_operand(struct parser *s, struct ir_insn *i, char letter)
{
    switch (letter) {
    case 'a':
        return parse_ref(s, &i->a);
    case 'b':
        return parse_ref(s, &i->b);
    case 'c':
        return parse_ref(s, &i->c);
    case 'D':
        return parse_ref(s, &i->dst2);
    case 'm':
        return parse_choice(s, cc_names[0], sizeof cc_names[0], 16, &i->cc, "no such condition");
    case 'g':
        return parse_choice(s, seg_names[0], sizeof seg_names[0], SEG_COUNT, &i->seg,
                            "no such segment") &&
               (accept(s, ":") || fail(s, "':' is missing"));
    case 'x':
        return parse_scale(s, i);
    case 'h':
        return parse_helper(s, i);
    default:
        return parse_aux(s, i);
    }
}

static bool parse_operands(struct parser *s, struct ir_insn *i)
{
    const char *form = ir_op_info[i->op].form;
    bool first = true, slot = false;
    uint64_t v;

    for (; *form; form++) {
        if (*form == 's')
            slot = true;
        if (*form == 's' || *form == 'd' || (*form == 'D' && i->op != IR_helper))
            continue;
        if (!first && *form != 'x' && form[-1] != 'g' && !accept(s, ",")) {
            if (i->op == IR_helper || (i->op == IR_rmw && *form == 'b'))
                break;
            return fail(s, "an operand is missing");
        }
        if (!parse_operand(s, i, *form))
            return false;
        first = false;
    }
    if (!slot)
        return true;
    if (!accept(s, "slot") || !number(s, &v))
        return fail(s, "the exit slot is missing");
    i->seg = (uint8_t)v;
    return true;
}

static bool parse_flags(struct parser *s, char mark, uint16_t *flags)
{
    size_t n;

    skip_blanks(s);
    if (*s->p != mark)
        return true;
    for (s->p++; *s->p >= 'A' && *s->p <= 'Z'; s->p++) {
        for (n = 0; n < ARRAY_LEN(flag_letters) && flag_letters[n].letter != *s->p; n++)
            ;
        if (n == ARRAY_LEN(flag_letters))
            return fail(s, "no such flag");
        *flags |= flag_letters[n].flag;
    }
    return true;
}

/* What stands before '=', if there is one. */
static bool parse_targets(struct parser *s, struct ir_insn *i)
{
    size_t eq = strcspn(s->p, "=\n#");

    if (s->p[eq] != '=')
        return true;
    if (!parse_ref(s, &i->dst))
        return false;
    if (accept(s, ",") && !parse_ref(s, &i->dst2))
        return false;
    return accept(s, "=") || fail(s, "'=' is missing");
}

static bool parse_header(struct parser *s)
{
    uint64_t eip, base, mode;

    if (!accept(s, "eip") || !number(s, &eip) || !accept(s, "base") || !number(s, &base) ||
        !accept(s, "mode") || !number(s, &mode))
        return fail(s, "the block's line is 'block eip N base N mode N'");
    s->b->eip = (uint32_t)eip;
    s->b->cs_base = (uint32_t)base;
    s->b->mode = (uint32_t)mode;
    return true;
}

static bool parse_line(struct parser *s)
{
    struct ir_insn i = {0};

    if (at_end(s) || *s->p == '#')
        return true;
    if (accept(s, "block"))
        return parse_header(s);
    if (!parse_targets(s, &i) || !parse_name(s, &i) || !parse_operands(s, &i) ||
        !parse_flags(s, '!', &i.fset) || !parse_flags(s, '~', &i.fkeep))
        return false;
    if (!at_end(s) && *s->p != '#')
        return fail(s, "something is left at the end of the line");
    i.index = s->index;
    vec_push(&s->b->code, i);
    return true;
}

bool ir_parse(struct ir_block *b, const char *text, struct err *e)
{
    struct parser s = {.b = b, .p = text, .e = e};

    ir_block_clear(b);
    b->mode = b->eip = b->cs_base = 0;
    while (*s.p) {
        s.line++;
        if (!parse_line(&s))
            return false;
        s.p += strcspn(s.p, "\n");
        s.p += *s.p == '\n';
    }
    return true;
}
