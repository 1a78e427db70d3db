/* soft.c - operations done in software because this host's instruction gives something undefined
 * otherwise than docs/undefined.md (host_flags.h says which).
 *
 * Operands and result go through cpu->args and cpu->ret, flags through cpu->of and lahf; a thunk
 * that keeps all registers calls alu.h. */
#include "translate/backend/x86_64/host_flags.h"
#include "translate/backend/x86_64/jit.h"

static void put(struct jit *j, ir_ref r, unsigned size, unsigned n)
{
    unsigned reg, low;

    if (r == IR_NONE)
        return;
    reg = reg_use(j, r, size);
    low = lower_byte(j, reg);
    x_st_state(j, 8, low, offsetof(struct cpu, args) + n * 8);
    reg_release(j, low);
}

static void get(struct jit *j, ir_ref r, unsigned size, size_t off)
{
    unsigned d, s;

    if (r == IR_NONE)
        return;
    d = reg_def(j, r);
    if (d >= HIGH) {
        s = reg_scratch(j);
        x_ld_state(j, 1, s, off);
        x_put_high(j, d, s);
        reg_release(j, s);
    } else if (ir_is_gpr(r) && size < 4) {
        x_rm(j, size, pair(0x8a, size), d, STATE_REG, NOREG, 0, (int32_t)off);
    } else {
        x_ld_state(j, size, d, off);
    }
}

bool soft_wanted(const struct jit *j, const struct ir_insn *i)
{
    return j->d->differ[i->op] & (i->fset | HOST_VALUE);
}

void emit_soft(struct jit *j, const struct ir_insn *i)
{
    bool counts = host_ops[i->op].counts, two = i->op == IR_shld || i->op == IR_shrd;

    flags_need_state(j);
    put(j, i->a, i->size, 0);
    if (counts && !two)
        put(j, i->b, 1, 2);
    else
        put(j, i->b, i->size, 1);
    if (two)
        put(j, i->c, 1, 2);
    x_st_state_imm(j, 8, offsetof(struct cpu, args) + 3 * 8, SOFT_WHAT(i->op, i->size, i->fset));
    vec_store(j, j->vdirty);
    x_call_to(j, j->d->alu);
    note_loc(j, i->index);
    vec_load(j, j->vloaded);
    j->host = 0;
    j->state |= i->fset;
    get(j, i->dst2, i->size, offsetof(struct cpu, args));
    get(j, i->dst, i->size, offsetof(struct cpu, ret));
}
