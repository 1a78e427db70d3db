/* ir_text.c - prints a block of IR.
 *
 * A line is
 *     [dst[, dst2] =] name[.size[.sub]] operands [slot n] [!flags set] [~flags kept]
 * where `sub` is the source size of zext and sext, the operation of rmw, or what a jump is (call,
 * ret), and operands come in the order of the operation's form (ir_ops.def).  A missing operand is
 * '-'; where nothing follows it, it is left out. Memory is seg:ref, an index of lea is ref*scale,
 * `insn` may give EIP and length of the guest instruction. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include "translate/ir/ir_names.h"

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
        put(l, "%s0x%" PRIx64, ir_is_eip(b, r) ? "@" : "", ir_const_value(b, r));
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
    else if (is_jump(i->op) && i->cc && i->cc < ARRAY_LEN(jump_names))
        put(&l, ".%s", jump_names[i->cc]);
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
