/* dead_flags.c - which status flags each operation must define, and which must outlive it.
 *
 * Going back from the end, where an interrupt may push all flags, `live` holds the flags that
 * somebody behind reads.  An operation's fset shrinks to what is live; what it does not define
 * stays live and is noted in fkeep.
 *
 * An operation that may fault would read all flags, since the fault pushes them, and most flags
 * would live for that reason alone.  So a forward pass goes first.  At each guest instruction it
 * knows for every flag the operation that defined it, and whether that operation can be done once
 * more: its operands are guest registers or constants that nothing has written since, or its result
 * still stands and undoes it (a = r - b for an addition; the result alone for logic).  Such flags
 * are replayed on a fault; the others (ffault) are read by it.
 *
 * Worked example.
 *     insn #0    ecx = add.4 ecx, ebx      !OSZAPC
 *     insn #1    t0 = ld.4 ds:esi          may fault: ecx and ebx stand, so #1 gets the replay
 *                eax = mov.4 t0                { add, undo, a ecx, b ebx, mask OSZAPC }
 *     insn #2    sub.4 eax, 5              !OSZAPC
 * The addition's flags are dead, and it becomes one host instruction with nothing around it. */
#include <string.h>
#include "translate/opt/opt.h"

enum { FLAG_KINDS = 6, MAX_REPLAYS = 4 };

/* The operations that defined the flags as they stand, in order, each with those that are still
 * its own. */
struct producers {
    struct {
        uint32_t op; /* index */
        uint16_t flags;
    } at[FLAG_KINDS];
    unsigned count;
};

/* When each guest register was last written, as index of the operation + 1. */
struct writes {
    uint32_t at[GPR_COUNT];
    uint32_t all; /* a helper that may write any */
};

static bool stands(const struct writes *w, ir_ref r, uint32_t since)
{
    if (ir_is_const(r) || r == IR_NONE)
        return true;
    return ir_is_gpr(r) && w->at[ir_gpr(r)] <= since && w->all <= since;
}

static bool replayable(unsigned op)
{
    return op == IR_add || op == IR_sub || op == IR_and || op == IR_or || op == IR_xor ||
           op == IR_neg || op == IR_inc || op == IR_dec;
}

static bool same_reg(ir_ref a, ir_ref b)
{
    return ir_is_gpr(a) && ir_is_gpr(b) && ir_gpr(a) == ir_gpr(b);
}

/* Can operation n be done again here?  Fills in the replay but for its mask. */
static bool make_replay(const struct ir_block *b, const struct writes *w, uint32_t n,
                        struct ir_replay *r)
{
    const struct ir_insn *i = &b->code.at[n];
    bool logic = i->op == IR_and || i->op == IR_or || i->op == IR_xor;

    if (!replayable(i->op) || i->size > 4)
        return false;
    *r = (struct ir_replay){.op = i->op, .size = i->size, .a = i->a, .b = i->b};
    if (ir_is_const(i->b))
        r->value = ir_const_value(b, i->b);
    if (ir_is_gpr(i->a) && stands(w, i->a, n) && stands(w, i->b, n))
        return true;
    if (!ir_is_gpr(i->dst) || !stands(w, i->dst, n + 1))
        return false;
    r->undo = true;
    r->a = i->dst;
    if (logic) {
        r->op = IR_and;
        r->b = IR_NONE;
        return true;
    }
    return stands(w, i->b, n) && !same_reg(i->b, i->dst);
}

/* Decides for the guest instruction `g` which flags it replays; returns those it cannot. */
static uint16_t plan(struct ir_block *b, struct ir_guest *g, const struct producers *p,
                     const struct writes *w)
{
    uint16_t hard = FLAGS_STATUS;

    g->replay = (uint16_t)b->replays.len;
    g->nreplays = 0;
    for (unsigned n = 0; n < p->count && g->nreplays < MAX_REPLAYS; n++) {
        struct ir_replay r;
        if (!make_replay(b, w, p->at[n].op, &r))
            continue;
        r.mask = p->at[n].flags;
        hard &= (uint16_t)~r.mask;
        vec_push(&b->replays, r);
        g->nreplays++;
    }
    return hard;
}

static void note_producer(struct producers *p, uint32_t op, uint16_t flags)
{
    unsigned keep = 0;

    for (unsigned n = 0; n < p->count; n++) {
        p->at[n].flags &= (uint16_t)~flags;
        if (p->at[n].flags)
            p->at[keep++] = p->at[n];
    }
    p->at[keep].op = op;
    p->at[keep].flags = flags;
    p->count = keep + 1;
}

static void note_write(struct writes *w, ir_ref r, uint32_t at)
{
    if (ir_is_gpr(r))
        w->at[ir_gpr(r)] = at;
}

/* String instructions fault between iterations, with registers changed; so may transfers to a new
 * task. */
static bool changes_first(uint16_t fx)
{
    return fx & HE_FAULT && fx & HE_WGPR && fx & (HE_IO | HE_END);
}

static void forward(struct ir_block *b)
{
    struct producers p = {.count = 0};
    struct writes w = {{0}, 0};
    uint16_t hard = FLAGS_STATUS;
    bool planned = false;
    uint32_t len = (uint32_t)b->code.len;

    vec_clear(&b->replays);
    for (uint32_t n = 0; n < len; n++) {
        struct ir_insn *i = &b->code.at[n];
        uint16_t fx = ir_effects(i);
        bool may_fault = ir_attr(i) & IRA_FAULT || fx & HE_FAULT;

        i->ffault = 0;
        if (i->op == IR_insn) {
            planned = false;
            continue;
        }
        /* Until something may leave, the instruction has changed neither registers nor flags. */
        if ((may_fault || i->op == IR_helper) && !planned) {
            hard = plan(b, &b->guest.at[i->index], &p, &w);
            planned = true;
        }
        if (changes_first(fx)) {
            b->guest.at[i->index].nreplays = 0;
            hard = FLAGS_STATUS;
        }
        if (may_fault)
            i->ffault = hard;
        note_write(&w, i->dst, n + 1);
        if (i->op != IR_helper)
            note_write(&w, i->dst2, n + 1);
        if (fx & HE_WGPR)
            w.all = n + 1;
        if (i->fset)
            note_producer(&p, n, i->fset);
    }
}

static void backward(struct ir_block *b)
{
    struct ir_insn *at = b->code.at;
    uint16_t live = FLAGS_STATUS;

    for (struct ir_insn *i = at + b->code.len; i-- > at;) {
        unsigned attr = ir_attr(i);
        uint16_t read = i->ffault, defined;

        if (attr & IRA_EXIT)
            live = FLAGS_STATUS;
        if (attr & IRA_READSF)
            read |= ir_flags_read(i);
        defined = i->fset & live;
        i->fset = defined;
        i->fkeep = live & ~defined;
        if (attr & IRA_COUNT && ir_flags_maybe(b, i))
            defined = 0;
        live = (uint16_t)((live & ~defined) | read);
    }
    b->flags_in = live;
}

void opt_dead_flags(struct ir_block *b)
{
    forward(b);
    backward(b);
}
