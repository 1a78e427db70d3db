/* dead_flags.c - a backward pass: which status flags each operation must define, and which must outlive it.
 *
 * Going back from the end, where an interrupt may push all flags, `live` holds the flags that somebody
 * behind reads.  An operation's fset shrinks to what is live; what it does not define stays live and is
 * noted in fkeep.  An operation that may fault reads all flags, since the fault pushes them. */
#include "translate/opt/opt.h"

void opt_dead_flags(struct ir_block *b)
{
    uint16_t live = FLAGS_STATUS;

    for (size_t n = b->code.len; n-- > 0;) {
        struct ir_insn *i = &b->code.at[n];
        uint16_t defined;

        if (ir_op_info[i->op].attr & IRA_EXIT)
            live = FLAGS_STATUS;
        i->fset &= live;
        defined = ir_flags_maybe(b, i) ? 0 : i->fset;
        i->fkeep = live & ~i->fset;
        live = (uint16_t)((live & ~defined) | ir_flags_read(i));
        if (ir_may_fault(i))
            live = FLAGS_STATUS;
    }
}
