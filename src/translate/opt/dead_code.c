/* dead_code.c - removes operations whose results nobody reads. */
#include <string.h>
#include "translate/opt/opt.h"

static void use(uint8_t *used, ir_ref r)
{
    if (ir_is_tmp(r))
        used[ir_tmp(r)] = 1;
}

static void use_sources(uint8_t *used, const struct ir_insn *i)
{
    use(used, i->a);
    use(used, i->b);
    use(used, i->c);
    if (i->op == IR_helper)
        use(used, i->dst2);
}

static bool dead(const struct ir_insn *i, const uint8_t *used)
{
    if (ir_attr(i) & IRA_EFFECT || i->fset)
        return false;
    if (i->dst == IR_NONE && i->dst2 == IR_NONE)
        return true;
    return ir_is_tmp(i->dst) && !used[ir_tmp(i->dst)] && i->dst2 == IR_NONE;
}

void opt_dead_code(struct ir_block *b)
{
    enum { DEAD = IR_OP_COUNT };
    uint8_t used[IR_MAX_TMP];
    size_t len = b->code.len, keep = len;

    memset(used, 0, b->tmps);
    for (size_t n = len; n-- > 0;) {
        struct ir_insn *i = &b->code.at[n];

        if (dead(i, used)) {
            i->op = DEAD;
            keep = n;
        } else if (ir_any_tmp(i->a | i->b | i->c | i->dst2)) {
            use_sources(used, i);
        }
    }
    for (size_t n = keep; n < len; n++) {
        if (b->code.at[n].op != DEAD)
            b->code.at[keep++] = b->code.at[n];
    }
    b->code.len = keep;
}
