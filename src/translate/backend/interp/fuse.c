/* fuse.c - operations that often come together, joined into one record.
 *
 * None of this changes what a block does: the joined operations stand side by side in the IR, and a
 * temporary that only connects them is not written. */
#include "translate/backend/interp/interp.h"

static unsigned size_row(unsigned size)
{
    return size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;
}

/* CMP or TEST, jcc, jmp. */
static unsigned fuse_compare(struct compiler *k, const struct ir_insn *i, size_t left)
{
    unsigned jcc = left > 1 && i[1].op == IR_insn ? 2 : 1, base;
    struct record *r = k->p;

    if (i->dst != IR_NONE || !i->fset || i->size > 4 || left < jcc + 2u || i[jcc].op != IR_jcc ||
        i[jcc + 1].op != IR_jmp)
        return 0;
    if (i->op == IR_sub)
        base = i->size == 1 ? H_cmp1_o : i->size == 2 ? H_cmp2_o : H_cmp4_o;
    else
        base = i->size == 1 ? H_test1_o : i->size == 2 ? H_test2_o : H_test4_o;
    compile_exit(k, &i[jcc], base + i[jcc].cc);
    r->a = source(k, i->a, i->size);
    r->b = source(k, i->b, i->size);
    compile_exit(k, &i[jcc + 1], H_jmp);
    return jcc + 2;
}

/* An address of 4 bytes and a push to it: lea, st, and the register that it came from takes the
 * address. */
static unsigned fuse_push(struct compiler *k, const struct ir_insn *i, size_t left)
{
    const struct ir_insn *st = i + 1, *mov = i + 2;
    struct record *r;

    if (left < 3 || st->op != IR_st || st->a != i->dst || st->b == i->dst ||
        !seg_flat(k, st->seg, true) || mov->op != IR_mov || mov->size != 4 || mov->a != i->dst ||
        !ir_is_gpr(mov->dst) || i->b != IR_NONE || k->reads[ir_tmp(i->dst)] != 2)
        return 0;
    r = record_new(k, st, H_push_1 + size_row(st->size));
    r->d = target(k, mov->dst, 4);
    r->a = source(k, i->a, 4);
    r->b = source(k, st->b, st->size);
    r->aux = i->aux;
    return 3;
}

static void set_address(struct compiler *k, struct record *r, const struct ir_insn *lea)
{
    r->a = source(k, lea->a, 4);
    r->aux = lea->aux;
    r->k = lea->seg;
}

/* An address of 4 bytes and a load from it. */
static unsigned fuse_load(struct compiler *k, const struct ir_insn *lea, const struct ir_insn *ld)
{
    bool flat = seg_flat(k, ld->seg, ld->op == IR_ldw);
    struct record *r;
    unsigned h;

    if (lea->b != IR_NONE && (!flat || ld->op == IR_ldw))
        return 0;
    h = ld->op == IR_ldw ? H_ldw_b : lea->b != IR_NONE ? H_ldX_b : flat ? H_ld_b : H_ldS_b;
    r = record_new(k, ld, h + form_of(ld->dst, ld->size));
    r->d = target(k, ld->dst, ld->size);
    r->seg = flat ? SEG_COUNT : ld->seg;
    set_address(k, r, lea);
    r->b = source(k, lea->b, 4);
    return 2;
}

static unsigned fuse_store(struct compiler *k, const struct ir_insn *lea, const struct ir_insn *st)
{
    bool flat = seg_flat(k, st->seg, true);
    struct record *r;
    unsigned h;

    if (st->b == lea->dst || (lea->b != IR_NONE && !flat))
        return 0;
    h = lea->b != IR_NONE ? H_stX_1 : flat ? H_st_1 : H_stS_1;
    r = record_new(k, st, h + size_row(st->size));
    r->seg = flat ? SEG_COUNT : st->seg;
    set_address(k, r, lea);
    r->b = source(k, st->b, st->size);
    r->c = source(k, lea->b, 4);
    return 2;
}

static unsigned fuse_address(struct compiler *k, const struct ir_insn *i, size_t left)
{
    unsigned n;

    if (left < 2 || i->size != 4 || !ir_is_tmp(i->dst))
        return 0;
    n = fuse_push(k, i, left);
    if (n || k->reads[ir_tmp(i->dst)] != 1 || i[1].a != i->dst)
        return n;
    if (i[1].op == IR_ld || i[1].op == IR_ldw)
        return fuse_load(k, i, &i[1]);
    return i[1].op == IR_st ? fuse_store(k, i, &i[1]) : 0;
}

unsigned fuse(struct compiler *k, const struct ir_insn *i, size_t left)
{
    switch (i->op) {
    case IR_sub:
    case IR_and:
        return fuse_compare(k, i, left);
    case IR_lea:
        return fuse_address(k, i, left);
    default:
        return 0;
    }
}
