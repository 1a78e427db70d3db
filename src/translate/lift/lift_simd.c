/* lift_simd.c - SIMD instructions that compute: finds the row of simd.def and calls its helper. */
#include "translate/lift/lift_simd.h"

bool lift_simd_ready(struct lift *L, enum simd_feature f, bool mmx)
{
    if (!simd_available(L->cpu, f) || (L->mode & (mmx ? MODE_NOMMX : MODE_NOSSE))) {
        lift_ud(L);
        return false;
    }
    if (L->mode & MODE_TS) {
        lift_raise(L, EXC_NM);
        return false;
    }
    return true;
}

ir_ref lift_simd_ea(struct lift *L)
{
    ir_ref ea = lift_ea(L, 0);

    return ir_is_gpr(ea) ? lift_op(L, IR_mov, 4, ea, IR_NONE) : ea;
}

#define KEY(op, dst, src) ((unsigned)(op) << 6 | (dst) << 3 | (src))

/* The row of exactly these operand kinds, or SIMD_COUNT. */
static enum simd_id find(unsigned op, enum simd_kind dst, enum simd_kind src)
{
    switch (KEY(op, dst, src)) {
#define SIMD(name, dst, src, ...)                                                                  \
    case KEY(INSN_##name, SIMD_##dst, SIMD_##src):                                                 \
        return SIMD_##name##_##dst##_##src;
#include "cpu/simd.def"
#undef SIMD
    default:
        return SIMD_COUNT;
    }
}

static enum simd_kind kind_of(const struct operand *o)
{
    switch (o->kind) {
    case OPD_MM:
        return SIMD_MM;
    case OPD_XMM:
        return SIMD_X;
    case OPD_REG:
        return SIMD_R;
    case OPD_IMM:
        return SIMD_I;
    default:
        return SIMD_M;
    }
}

/* A memory source stands for a register of the kind that the row names, if the row has a memory
 * size. */
static enum simd_id find_source(unsigned op, enum simd_kind dst, enum simd_kind src)
{
    static const uint8_t kinds[] = {SIMD_M, SIMD_X, SIMD_MM, SIMD_R};

    if (src != SIMD_M) {
        return find(op, dst, src);
    }
    for (unsigned i = 0; i < ARRAY_LEN(kinds); i++) {
        enum simd_id id = find(op, dst, kinds[i]);
        if (id != SIMD_COUNT && simd_rows[id].size) {
            return id;
        }
    }
    return SIMD_COUNT;
}

static enum simd_id find_row(const struct lift *L)
{
    const struct operand *d = &L->in.ops[0], *s = &L->in.ops[1];
    bool wide = L->in.op == INSN_movd && (d->kind == OPD_REG ? d->size : s->size) == 8;
    unsigned op = wide ? INSN_movq : L->in.op;
    enum simd_id id = find_source(op, kind_of(d), kind_of(s));

    if (id == SIMD_COUNT && d->kind == OPD_XMM) {
        id = find_source(op, SIMD_F, kind_of(s));
    }
    return id;
}

/* imm8, and above it the size of the general register, or of the memory that stands for it. */
static unsigned immediate(const struct lift *L)
{
    const struct insn *in = &L->in;
    const struct operand *last = &in->ops[in->nops - 1];
    unsigned imm = last->kind == OPD_IMM ? last->imm & 0xff : 0, size = 4;

    /* COUNT_S chooses a part of a register, not of memory. */
    if (in->op == INSN_insertps && in->ops[1].kind == OPD_MEM)
        imm &= 0x3f;

    for (unsigned i = 0; i < 2; i++) {
        if (in->ops[i].kind == OPD_REG)
            return imm | (in->ops[i].size == 8 ? 8u : 4u) << 8;
        if (in->ops[i].kind == OPD_MEM && in->ops[i].size == 8)
            size = 8;
    }
    return imm | size << 8;
}

/* The arguments of a row's helper. */
struct call {
    const struct simd_row *row;
    ir_ref what, a1, a2;
    bool mem, mmx; /* 16 bytes of memory; an MMX register is used */
};

static unsigned register_operand(const struct operand *o)
{
    return o->kind == OPD_MM    ? SIMD_MM0 + (o->reg & 7u)
           : o->kind == OPD_XMM ? o->reg & 15u
                                : SIMD_NOWHERE;
}

static unsigned memory_source(struct lift *L, struct call *c)
{
    unsigned size = c->row->size == SIMD_SIZE_GPR ? L->in.ops[1].size : c->row->size;

    if (size == 16) {
        c->mem = true;
        c->a1 = lift_simd_ea(L);
        c->a2 = lift_const(L, L->in.mem.seg | (c->row->aligned ? 1u << 8 : 0));
        return SIMD_MEM;
    }
    /* A pending #MF comes before what the operand raises. */
    if (c->mmx && (L->mode & MODE_MF))
        lift_call(L, HELPER_fwait, IR_NONE, IR_NONE, IR_NONE, IR_NONE);
    c->a1 = lift_ld(L, size, L->in.mem.seg, lift_ea(L, 0));
    return SIMD_VALUE;
}

static unsigned source(struct lift *L, struct call *c)
{
    const struct operand *s = &L->in.ops[1];

    switch (s->kind) {
    case OPD_MEM:
        return memory_source(L, c);
    case OPD_REG:
        c->a1 = lift_gpr(s->reg);
        return SIMD_VALUE;
    case OPD_IMM:
        return SIMD_IMM;
    default:
        return register_operand(s);
    }
}

static void call_helper(struct lift *L, const struct call *c)
{
    bool faults = c->mmx || c->row->host == SIMD_MXCSR;
    ir_ref v;

    switch (c->row->call) {
    case SIMD_GET:
        v = lift_call_value(L, HELPER_simd_get, c->what, c->a1, IR_NONE, IR_NONE);
        lift_write(L, &L->in.ops[0], L->in.ops[0].size == 8 ? 8 : 4, v);
        break;
    case SIMD_FLAGS:
        lift_call(L, HELPER_simd_flags, c->what, c->a1, c->a2, IR_NONE);
        break;
    case SIMD_STRING:
        lift_call(L, HELPER_simd_string, c->what, c->a1, c->a2, IR_NONE);
        break;
    default:
        if (c->mem) {
            lift_call(L, c->mmx ? HELPER_simd_mem_mm : HELPER_simd_mem, c->what, c->a1, c->a2,
                      IR_NONE);
        } else {
            lift_call(L, faults ? HELPER_simd_fp : HELPER_simd, c->what, c->a1, IR_NONE, IR_NONE);
        }
    }
}

void lift_simd(struct lift *L)
{
    const struct operand *d = &L->in.ops[0], *s = &L->in.ops[1];
    enum simd_id id = find_row(L);
    struct call c = {.a1 = lift_const(L, 0), .a2 = lift_const(L, 0)};

    if (id == SIMD_COUNT) {
        lift_ud(L);
        return;
    }
    c.row = &simd_rows[id];
    c.mmx = d->kind == OPD_MM || s->kind == OPD_MM;
    bool xmm = d->kind == OPD_XMM || s->kind == OPD_XMM || c.row->src == SIMD_X;
    if (!lift_simd_ready(L, c.row->feature, !xmm)) {
        return;
    }
    unsigned src = source(L, &c);
    c.what = lift_const(L, simd_what(id, register_operand(d), src, immediate(L)));
    call_helper(L, &c);
}
