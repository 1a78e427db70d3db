/* fold.c - constant folding: operations on constants become moves of constants, and temporaries
 * that hold a constant are replaced by it.
 *
 * Guest registers are not followed: in the code generators they are as cheap as a constant.  An
 * operation that sets flags stays, with its flags, though its result may be known. */
#include <string.h>
#include "translate/opt/opt.h"

struct fold {
    struct ir_block *b;
    bool any; /* a temporary was known */
    uint8_t known[IR_MAX_TMP];
    uint64_t value[IR_MAX_TMP];
};

/* The value of a reference modulo its size, where it is known. */
static inline bool value_of(const struct fold *f, ir_ref r, unsigned size, uint64_t *v)
{
    if (ir_is_const(r) && !ir_is_eip(f->b, r))
        *v = ir_const_value(f->b, r) & mask_bytes(size);
    else if (ir_is_tmp(r) && f->known[ir_tmp(r)])
        *v = f->value[ir_tmp(r)] & mask_bytes(size);
    else
        return false;
    return true;
}

static bool pool_full(const struct fold *f)
{
    return f->b->consts.len >= IR_MAX_TMP - 1;
}

static void substitute(struct fold *f, ir_ref *r)
{
    if (ir_is_tmp(*r) && f->known[ir_tmp(*r)] && !pool_full(f))
        *r = ir_const(f->b, f->value[ir_tmp(*r)]);
}

static bool fold_shift(unsigned op, unsigned size, uint64_t a, uint64_t b, uint64_t *r)
{
    unsigned bits = size * 8, count = (unsigned)b & (size == 8 ? 63 : 31), turn = count % bits;

    switch (op) {
    case IR_shl:
        *r = count < 64 ? a << count : 0;
        return true;
    case IR_shr:
        *r = a >> count;
        return true;
    case IR_sar:
        *r = (uint64_t)(sign_extend(a, size) >> count);
        return true;
    case IR_rol:
        *r = turn ? a << turn | a >> (bits - turn) : a;
        return true;
    case IR_ror:
        *r = turn ? a >> turn | a << (bits - turn) : a;
        return true;
    default:
        return false;
    }
}

static bool fold_binary(unsigned op, unsigned size, uint64_t a, uint64_t b, uint64_t *r)
{
    switch (op) {
    case IR_add:
        *r = a + b;
        return true;
    case IR_sub:
        *r = a - b;
        return true;
    case IR_or:
        *r = a | b;
        return true;
    case IR_and:
        *r = a & b;
        return true;
    case IR_xor:
        *r = a ^ b;
        return true;
    case IR_imul:
        *r = a * b;
        return true;
    default:
        return fold_shift(op, size, a, b, r);
    }
}

static bool fold_unary(const struct ir_insn *i, uint64_t a, uint64_t *r)
{
    switch (i->op) {
    case IR_mov:
    case IR_zext:
        *r = a;
        return true;
    case IR_sext:
        *r = (uint64_t)sign_extend(a, i->cc);
        return true;
    case IR_inc:
        *r = a + 1;
        return true;
    case IR_dec:
        *r = a - 1;
        return true;
    case IR_neg:
        *r = 0 - a;
        return true;
    case IR_not:
        *r = ~a;
        return true;
    default:
        return false;
    }
}

/* The address operation: constant parts move into the displacement. */
static void simplify_lea(struct fold *f, struct ir_insn *i)
{
    uint64_t v;

    if (i->a != IR_NONE && value_of(f, i->a, 4, &v)) {
        i->aux += (uint32_t)v;
        i->a = IR_NONE;
    }
    if (i->b != IR_NONE && value_of(f, i->b, 4, &v)) {
        i->aux += (uint32_t)v << i->seg;
        i->b = IR_NONE;
        i->seg = 0;
    }
    if (i->a == IR_NONE && i->b != IR_NONE && !i->seg) {
        i->a = i->b;
        i->b = IR_NONE;
    }
}

static bool result_of(struct fold *f, struct ir_insn *i, uint64_t *r)
{
    unsigned read = i->op == IR_zext || i->op == IR_sext ? i->cc : i->size;
    uint64_t a, b;

    if (i->op == IR_lea) {
        *r = i->aux;
        return i->a == IR_NONE && i->b == IR_NONE;
    }
    if (i->dst2 != IR_NONE || i->c != IR_NONE || i->a == IR_NONE || !value_of(f, i->a, read, &a))
        return false;
    if (i->b == IR_NONE)
        return fold_unary(i, a, r);
    return value_of(f, i->b, i->size, &b) && fold_binary(i->op, i->size, a, b, r);
}

/* `sel` on a known condition is a move. */
static void simplify_sel(struct fold *f, struct ir_insn *i)
{
    uint64_t c;

    if (!value_of(f, i->c, i->size, &c))
        return;
    i->a = c ? i->a : i->b;
    i->b = i->c = IR_NONE;
    i->op = IR_mov;
}

static void make_const(struct fold *f, struct ir_insn *i, uint64_t v)
{
    i->op = IR_mov;
    i->a = ir_const(f->b, v);
    i->b = i->c = IR_NONE;
    i->cc = i->seg = 0;
    i->aux = 0;
}

static void substitute_sources(struct fold *f, struct ir_insn *i)
{
    substitute(f, &i->a);
    substitute(f, &i->b);
    substitute(f, &i->c);
    if (i->op == IR_helper)
        substitute(f, &i->dst2);
}

static void note_result(struct fold *f, ir_ref dst, bool known, uint64_t v)
{
    if (!ir_is_tmp(dst) || (!known && !f->any))
        return;
    f->known[ir_tmp(dst)] = known;
    f->value[ir_tmp(dst)] = v;
    f->any |= known;
}

static void fold_insn(struct fold *f, struct ir_insn *i)
{
    uint64_t r = 0;
    bool known;

    if (f->any && ir_any_tmp(i->a | i->b | i->c | i->dst2))
        substitute_sources(f, i);
    if (i->dst == IR_NONE)
        return;
    if (ir_attr(i) & (IRA_EFFECT | IRA_READSF)) {
        note_result(f, i->dst, false, 0);
        return;
    }
    if (i->op == IR_lea)
        simplify_lea(f, i);
    else if (i->op == IR_sel)
        simplify_sel(f, i);
    known = result_of(f, i, &r);
    r &= mask_bytes(i->size);
    if (known && !i->fset && !pool_full(f))
        make_const(f, i, r);
    else if (i->op == IR_lea && i->b == IR_NONE && !i->aux && i->a != IR_NONE) {
        i->op = IR_mov;
        i->seg = 0;
    }
    note_result(f, i->dst, known, r);
}

void opt_fold(struct ir_block *b)
{
    struct fold f;

    f.b = b;
    f.any = false;
    memset(f.known, 0, b->tmps);
    for (size_t n = 0; n < b->code.len; n++)
        fold_insn(&f, &b->code.at[n]);
}
