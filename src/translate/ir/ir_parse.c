/* ir_parse.c - parses a block of IR from the text that ir_text.c prints and describes. */
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "translate/ir/ir_names.h"

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
    bool eip;

    skip_blanks(s);
    if (s->p[0] == '-' && !(s->p[1] >= '0' && s->p[1] <= '9')) {
        s->p++;
        *r = IR_NONE;
        return true;
    }
    eip = *s->p == '@';
    s->p += eip;
    if (*s->p == '-' || (*s->p >= '0' && *s->p <= '9')) {
        if (!number(s, &v))
            return false;
        if (s->b->consts.len >= IR_MAX_TMP)
            return fail(s, "too many constants");
        *r = eip ? ir_const_eip(s->b, (uint32_t)v) : ir_const(s->b, v);
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

/* What follows a '.' and is a word: the operation of rmw, or what a jump is. */
static bool parse_kind(struct parser *s, struct ir_insn *i)
{
    char name[40];

    word(s, name);
    if (i->op == IR_rmw)
        return find_op(name, &i->cc) || fail(s, "no such operation for rmw");
    for (unsigned n = 0; is_jump(i->op) && n < ARRAY_LEN(jump_names); n++) {
        if (!strcmp(jump_names[n], name)) {
            i->cc = (uint8_t)n;
            return true;
        }
    }
    return fail(s, "no such kind of operation");
}

static bool parse_name(struct parser *s, struct ir_insn *i)
{
    char name[40];
    unsigned numbers = 0;
    uint64_t v;

    word(s, name);
    if (!find_op(name, &i->op))
        return fail(s, "no such operation");
    i->size = 4;
    while (*s->p == '.') {
        s->p++;
        if (*s->p < '0' || *s->p > '9') {
            if (!parse_kind(s, i))
                return false;
            continue;
        }
        if (!number(s, &v))
            return false;
        if (numbers++ == 0)
            i->size = (uint8_t)v;
        else if (has_source_size(i->op))
            i->cc = (uint8_t)v;
        else
            return fail(s, "a second size");
    }
    return true;
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
