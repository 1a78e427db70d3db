/* ir_check.c - checks the invariants of a block of IR that ir.h states.
 *
 * Each check_*() gives the rule that is broken, or NULL. */
#include <string.h>
#include "base/err.h"
#include "translate/ir/ir.h"

struct checker {
    const struct ir_block *b;
    uint8_t defined[IR_MAX_TMP]; /* temporaries with a value */
    uint16_t guests;             /* `insn` operations so far */
    bool changed;                /* this guest instruction has changed registers, flags or state */
    bool last;                   /* no further guest instruction may begin */
    uint8_t slots;               /* exit slots in use, a bit each */
};

static bool in_form(const struct ir_insn *i, char letter)
{
    return strchr(ir_op_info[i->op].form, letter) != NULL;
}

static bool is_size(unsigned size)
{
    return size == 1 || size == 2 || size == 4 || size == 8;
}

static bool unary_rmw(unsigned op)
{
    return op == IR_inc || op == IR_dec || op == IR_neg || op == IR_not;
}

/* --- references --- */

static const char *check_ref(const struct checker *k, ir_ref r, unsigned size, bool defines)
{
    if (ir_is_gpr(r)) {
        if (r & ~(IR_KIND | IR_HIGH | 15))
            return "a register reference has stray bits";
        if (ir_high(r) && (size != 1 || ir_gpr(r) > 3))
            return "only the first four registers have a high byte";
        return NULL;
    }
    if (ir_is_tmp(r)) {
        if (ir_tmp(r) >= k->b->tmps)
            return "no such temporary";
        return defines || k->defined[ir_tmp(r)] ? NULL : "a temporary is read before it is written";
    }
    if (!ir_is_const(r))
        return "a reference is of no kind";
    if (defines)
        return "a constant is written";
    return (r & 0xfff) < k->b->consts.len ? NULL : "no such constant";
}

static bool optional(const struct ir_insn *i, char letter)
{
    switch (i->op) {
    case IR_helper:
    case IR_lea:
        return letter == 'a' || letter == 'b' || letter == 'c' || letter == 'D';
    case IR_rmw:
        return letter == 'b' && unary_rmw(i->cc);
    default:
        return false;
    }
}

static bool optional_dst(const struct ir_insn *i)
{
    return i->op == IR_and || i->op == IR_sub || i->op == IR_rmw || i->op == IR_helper;
}

static unsigned read_size(const struct ir_insn *i, char letter)
{
    if (i->op == IR_zext || i->op == IR_sext)
        return i->cc;
    if (i->op == IR_lea || (letter == 'a' && in_form(i, 'g')))
        return 4;
    return i->size;
}

static const char *check_source(const struct checker *k, const struct ir_insn *i, char letter,
                                ir_ref r)
{
    if (!in_form(i, letter))
        return r == IR_NONE ? NULL : "an operand that the operation does not have";
    if (r == IR_NONE)
        return optional(i, letter) ? NULL : "an operand is missing";
    return check_ref(k, r, read_size(i, letter), false);
}

static const char *check_targets(const struct checker *k, const struct ir_insn *i)
{
    const char *rule = NULL;

    if (i->dst == IR_NONE && in_form(i, 'd') && !optional_dst(i))
        return "a destination is missing";
    if (i->dst != IR_NONE && !in_form(i, 'd'))
        return "a destination that the operation does not have";
    if (i->dst != IR_NONE)
        rule = check_ref(k, i->dst, i->size, true);
    if (rule || i->op == IR_helper)
        return rule;
    if (i->dst2 != IR_NONE)
        return in_form(i, 'D') ? check_ref(k, i->dst2, i->size, true) : "a second destination";
    return i->op == IR_mul ? "a destination is missing" : NULL;
}

static const char *check_operands(const struct checker *k, const struct ir_insn *i)
{
    const char *rule = check_source(k, i, 'a', i->a);

    if (!rule)
        rule = check_source(k, i, 'b', i->b);
    if (!rule)
        rule = check_source(k, i, 'c', i->c);
    if (!rule && i->op == IR_helper)
        rule = check_source(k, i, 'D', i->dst2);
    return rule ? rule : check_targets(k, i);
}

/* --- registers that some operations are bound to, as the instructions are --- */

static const char *check_count(ir_ref r)
{
    return ir_is_const(r) || r == (IR_GPR | R_CX) ? NULL : "a count is neither CX nor constant";
}

static const char *check_wide_mul(const struct ir_insn *i)
{
    ir_ref high = (ir_ref)(i->size == 1 ? IR_GPR | R_AX | IR_HIGH : IR_GPR | R_DX);

    if (i->dst2 == IR_NONE)
        return i->size == 1 ? "a product of bytes has two halves" : NULL;
    return i->a == (IR_GPR | R_AX) && i->dst == i->a && i->dst2 == high
               ? NULL
               : "a wide product is not AX times an operand into DX:AX";
}

static const char *check_fixed(const struct ir_insn *i)
{
    const ir_ref ah = IR_GPR | R_AX | IR_HIGH;

    switch (i->op) {
    case IR_shl:
    case IR_shr:
    case IR_sar:
    case IR_rol:
    case IR_ror:
    case IR_rcl:
    case IR_rcr:
        return check_count(i->b);
    case IR_shld:
    case IR_shrd:
        return check_count(i->c);
    case IR_mul:
    case IR_imul:
        return check_wide_mul(i);
    case IR_lahf:
        return i->dst == ah ? NULL : "lahf has another destination than AH";
    case IR_sahf:
        return i->a == ah ? NULL : "sahf has another source than AH";
    default:
        return NULL;
    }
}

/* --- fields --- */

static const char *check_fields(const struct ir_insn *i)
{
    if (!is_size(i->size))
        return "a size is not 1, 2, 4 or 8";
    if ((i->op == IR_zext || i->op == IR_sext) && (!is_size(i->cc) || i->cc > i->size))
        return "an extension makes its source shorter";
    if (in_form(i, 'm') && i->cc > 15)
        return "no such condition";
    if (in_form(i, 'g') && i->seg >= SEG_COUNT)
        return "no such segment";
    if (i->op == IR_lea && i->seg > 3)
        return "no such scale";
    if (i->op == IR_helper && i->aux >= HELPER_COUNT)
        return "no such helper";
    if ((i->op == IR_ldst || i->op == IR_stst) && i->aux > sizeof(struct cpu) - i->size)
        return "outside the state";
    if (i->op != IR_rmw)
        return NULL;
    if (unary_rmw(i->cc))
        return i->b == IR_NONE ? NULL : "an operand that the operation does not have";
    return i->cc == IR_mov || (i->cc >= IR_add && i->cc <= IR_xor) ? NULL
                                                                   : "not an operation of rmw";
}

/* Status flags that an operation can define. */
static uint16_t can_set(const struct ir_insn *i)
{
    switch (i->op == IR_rmw ? i->cc : i->op) {
    case IR_not:
    case IR_mov:
        return 0;
    case IR_inc:
    case IR_dec:
        return FLAGS_STATUS & ~FLAG_C;
    case IR_rol:
    case IR_ror:
    case IR_rcl:
    case IR_rcr:
    case IR_mul:
    case IR_imul:
        return FLAG_C | FLAG_O;
    case IR_bt:
    case IR_bts:
    case IR_btr:
    case IR_btc:
    case IR_stc:
    case IR_clc:
    case IR_cmc:
        return FLAG_C;
    case IR_sahf:
        return FLAGS_STATUS & ~FLAG_O;
    case IR_helper:
        return helpers[i->aux].effects & HE_WFLAGS ? FLAGS_STATUS : 0;
    default:
        return ir_attr(i) & IRA_FLAGS ? FLAGS_STATUS : 0;
    }
}

static const char *check_flags(const struct ir_insn *i)
{
    if (i->fset & ~can_set(i))
        return "a flag is set that the operation does not define";
    if (i->fkeep & ~FLAGS_STATUS)
        return "a flag is kept that is none";
    if (i->fset && i->fkeep & can_set(i))
        return "a flag is kept that the operation defines";
    return NULL;
}

/* --- order --- */

static const char *check_guest(struct checker *k, const struct ir_insn *i)
{
    if (i->op == IR_insn) {
        if (k->last)
            return "a guest instruction follows one that must be the last";
        if (i->aux != k->guests || i->aux >= k->b->guest.len)
            return "guest instructions are not in order";
        k->guests++;
        k->changed = false;
    }
    if (!k->guests || i->index != k->guests - 1)
        return "an operation belongs to another guest instruction";
    return NULL;
}

static bool changes(const struct ir_insn *i)
{
    return ir_is_gpr(i->dst) || i->fset || i->op == IR_stst ||
           ir_effects(i) & (HE_WGPR | HE_WFLAGS);
}

static const char *check_precise(struct checker *k, const struct ir_insn *i)
{
    if (ir_may_fault(i) && k->changed)
        return "something may fault after a change of state";
    if (changes(i))
        k->changed = true;
    if (ir_effects(i) & (HE_END | HE_IO))
        k->last = true;
    return NULL;
}

static const char *check_end(struct checker *k, const struct ir_insn *i, bool last)
{
    bool end = ir_attr(i) & IRA_END;

    if (end != last)
        return end ? "an operation follows the end" : "the block does not end";
    if (!in_form(i, 's'))
        return NULL;
    if (i->seg >= (i->op == IR_jcc ? IR_EXITS : IR_FIRST_SIDE_EXIT))
        return "no such exit slot";
    if (k->slots & BIT(i->seg))
        return "an exit slot is used twice";
    k->slots |= (uint8_t)BIT(i->seg);
    return NULL;
}

static void define(struct checker *k, ir_ref r)
{
    if (ir_is_tmp(r))
        k->defined[ir_tmp(r)] = 1;
}

static const char *check_insn(struct checker *k, const struct ir_insn *i, bool last)
{
    const char *rule;

    if (i->op >= IR_OP_COUNT)
        return "no such operation";
    rule = check_fields(i);
    if (!rule)
        rule = check_operands(k, i);
    if (!rule)
        rule = check_fixed(i);
    if (!rule)
        rule = check_flags(i);
    if (!rule)
        rule = check_guest(k, i);
    if (!rule)
        rule = check_precise(k, i);
    if (!rule)
        rule = check_end(k, i, last);
    define(k, i->dst);
    return rule;
}

bool ir_check(const struct ir_block *b, struct err *e)
{
    struct checker k = {.b = b};

    if (!b->code.len)
        return err_set(e, "the block is empty");
    for (size_t n = 0; n < b->code.len; n++) {
        const struct ir_insn *i = &b->code.at[n];
        const char *rule = check_insn(&k, i, n == b->code.len - 1);

        if (rule)
            return err_set(e, "operation %zu (%s): %s", n,
                           i->op < IR_OP_COUNT ? ir_op_info[i->op].name : "?", rule);
    }
    if (k.guests != b->guest.len)
        return err_set(e, "a guest instruction has no operation");
    return true;
}
