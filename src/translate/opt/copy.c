/* copy.c - copy forwarding: a temporary that is a copy is replaced by what it copies, and a
 * temporary that only carries a result into a guest register disappears.
 *
 * Forward, `copy` says for each temporary what it is a copy of and of how many bytes; a write of
 * the original ends that.  The removed moves have temporaries that nobody reads: dead_code.c takes
 * them away.
 *
 * Then `t = op ...` and `reg = mov t` become `reg = op ...` where t has no other use and nothing
 * between the two reads or writes the register or may leave the block (ir.h, "Precise faults"). */
#include <string.h>
#include "translate/opt/opt.h"

/* What is known of a temporary. */
struct temp {
    ir_ref from;         /* what it is a copy of; IR_NONE: not a copy */
    uint8_t size, width; /* bytes that are the same; bytes above `width` are zero */
    uint16_t reads, writes;
};

struct copies {
    struct ir_block *b;
    struct temp tmp[IR_MAX_TMP];
    uint16_t made[IR_MAX_TMP]; /* the temporaries that are copies now, and perhaps others */
    unsigned nmade;
};

/* --- forwarding --- */

static bool same_register(ir_ref a, ir_ref b)
{
    return ir_is_gpr(a) && ir_is_gpr(b) && ir_gpr(a) == ir_gpr(b);
}

static void forget(struct copies *k, ir_ref written)
{
    if (ir_is_tmp(written))
        k->tmp[ir_tmp(written)].from = IR_NONE;
    for (unsigned n = 0; n < k->nmade; n++) {
        ir_ref *from = &k->tmp[k->made[n]].from;
        if (*from == written || same_register(*from, written))
            *from = IR_NONE;
        if (*from == IR_NONE)
            k->made[n--] = k->made[--k->nmade];
    }
}

static void forget_registers(struct copies *k)
{
    for (unsigned n = 0; n < k->nmade; n++) {
        struct temp *t = &k->tmp[k->made[n]];
        if (ir_is_gpr(t->from))
            t->from = IR_NONE;
    }
}

/* Bytes of a source that the operation looks at. */
static unsigned read_size(const struct ir_insn *i)
{
    if (i->op == IR_zext || i->op == IR_sext)
        return i->cc;
    return i->op == IR_lea ? 4 : i->size;
}

static void forward(struct copies *k, ir_ref *r, unsigned size)
{
    const struct temp *t;

    if (!ir_is_tmp(*r))
        return;
    t = &k->tmp[ir_tmp(*r)];
    if (t->from == IR_NONE)
        return;
    if (size <= t->size || (ir_is_tmp(t->from) && k->tmp[ir_tmp(t->from)].width <= t->size))
        *r = t->from;
}

/* Helpers get 8 bytes; outside 64-bit code the high half of a guest register is zero. */
static unsigned helper_size(const struct copies *k)
{
    return k->b->mode & MODE_LONG ? 8 : 4;
}

static void forward_sources(struct copies *k, struct ir_insn *i)
{
    bool memory = i->op == IR_ld || i->op == IR_ldw || i->op == IR_st || i->op == IR_rmw;
    unsigned size = i->op == IR_helper ? helper_size(k) : read_size(i);

    if ((i->op == IR_mul || i->op == IR_imul) && i->dst2 != IR_NONE) {
        forward(k, &i->b, size);
        return;
    }
    forward(k, &i->a, memory ? 4 : size);
    forward(k, &i->b, size);
    forward(k, &i->c, size);
    if (i->op == IR_helper)
        forward(k, &i->dst2, size);
}

static void count_read(struct copies *k, ir_ref r)
{
    if (ir_is_tmp(r))
        k->tmp[ir_tmp(r)].reads++;
}

static void count_reads(struct copies *k, const struct ir_insn *i)
{
    count_read(k, i->a);
    count_read(k, i->b);
    count_read(k, i->c);
    if (i->op == IR_helper)
        count_read(k, i->dst2);
}

static void note_write(struct copies *k, const struct ir_insn *i)
{
    unsigned t = ir_tmp(i->dst);

    k->tmp[t].writes++;
    k->tmp[t].width = i->size;
    if (i->op != IR_mov || ir_is_const(i->a) || i->a == i->dst)
        return;
    if (k->tmp[t].from == IR_NONE)
        k->made[k->nmade++] = (uint16_t)t;
    k->tmp[t].from = i->a;
    k->tmp[t].size = i->size;
}

/* Replaces copies, and counts what is read and written then. */
static void forward_all(struct copies *k)
{
    for (size_t n = 0; n < k->b->code.len; n++) {
        struct ir_insn *i = &k->b->code.at[n];

        if (i->op == IR_insn)
            continue;
        if (ir_any_tmp(i->a | i->b | i->c | i->dst2)) {
            if (k->nmade)
                forward_sources(k, i);
            count_reads(k, i);
        }
        if (k->nmade) {
            if (i->dst != IR_NONE)
                forget(k, i->dst);
            if (i->dst2 != IR_NONE && i->op != IR_helper)
                forget(k, i->dst2);
            if (ir_effects(i) & (HE_WGPR | HE_END))
                forget_registers(k);
        }
        if (ir_is_tmp(i->dst))
            note_write(k, i);
    }
}

/* --- results straight into guest registers --- */

/* Operations that may have any guest register as their destination. */
static bool can_target(const struct ir_insn *i, ir_ref reg)
{
    switch (i->op) {
    case IR_sel:
        return i->size >= 4;
    case IR_ldst:
        return !ir_high(reg);
    case IR_ld:
        return true;
    case IR_lahf:
        return false;
    default:
        return !(ir_attr(i) & (IRA_EFFECT | IRA_EXIT)) && i->dst2 == IR_NONE;
    }
}

static bool touches(const struct ir_insn *i, ir_ref reg)
{
    return same_register(i->a, reg) || same_register(i->b, reg) || same_register(i->c, reg) ||
           same_register(i->dst, reg) || same_register(i->dst2, reg);
}

/* The operation that writes temporary `t` for the move at `at`, if its result may go to `reg` at
 * once. */
static struct ir_insn *producer(const struct copies *k, size_t at, ir_ref t, ir_ref reg)
{
    for (size_t n = at; n-- > 0;) {
        struct ir_insn *i = &k->b->code.at[n];

        if (i->op == IR_insn)
            return NULL;
        if (i->dst == t)
            return can_target(i, reg) ? i : NULL;
        if (touches(i, reg) || ir_may_fault(i) || i->op == IR_helper || ir_attr(i) & IRA_EXIT)
            return NULL;
    }
    return NULL;
}

/* A move into a guest register of a temporary that has no other use. */
static bool carries(const struct copies *k, const struct ir_insn *i)
{
    const struct temp *t;

    if (i->op != IR_mov || !ir_is_gpr(i->dst) || !ir_is_tmp(i->a))
        return false;
    t = &k->tmp[ir_tmp(i->a)];
    return t->reads == 1 && t->writes == 1;
}

static void retarget(struct copies *k)
{
    struct ir_insn *at = k->b->code.at;
    size_t keep = 0;

    for (size_t n = 0; n < k->b->code.len; n++) {
        if (carries(k, &at[n])) {
            struct ir_insn *from = producer(k, keep, at[n].a, at[n].dst);
            if (from && from->size == at[n].size) {
                from->dst = at[n].dst;
                continue;
            }
        }
        if (keep != n)
            at[keep] = at[n];
        keep++;
    }
    k->b->code.len = keep;
}

void opt_copy(struct ir_block *b)
{
    struct copies k;

    k.b = b;
    k.nmade = 0;
    memset(k.tmp, 0, b->tmps * sizeof k.tmp[0]);
    forward_all(&k);
    retarget(&k);
}
