/* lift.c - the lifter's frame: decodes and lifts a block, and the small vocabulary of lift.h. */
#include "translate/lift/lift.h"
#include "cpu/feature.h"

static void (*const lift_table[INSN_OP_COUNT])(struct lift *L) = {
#define LIFT(mnemonic, fn) [INSN_##mnemonic] = fn,
#include "translate/lift/lift_table.def"
#undef LIFT
};

/* Features that instructions need, plus one; 0: every model has them. */
static const uint8_t need_table[INSN_OP_COUNT] = {
#define NEED(mnemonic, feature) [INSN_##mnemonic] = FEAT_##feature + 1,
#include "translate/lift/needs.def"
#undef NEED
};

static bool model_lacks(const struct lift *L)
{
    unsigned need = need_table[L->in.op];

    return need && !cpu_offers(L->cpu, (enum cpu_feature)(need - 1));
}

/* Apart, so that lift_emit() has nothing to save where there is room. */
static __attribute__((noinline)) struct ir_insn *emit_into_more(struct lift *L, enum ir_opcode op,
                                                                unsigned size, ir_ref dst, ir_ref a,
                                                                ir_ref b)
{
    vec_reserve(&L->b->code, L->b->code.len + 1);
    return lift_emit(L, op, size, dst, a, b);
}

struct ir_insn *lift_emit(struct lift *L, enum ir_opcode op, unsigned size, ir_ref dst, ir_ref a,
                          ir_ref b)
{
    struct ir_insn *i;

    if (L->b->code.len == L->b->code.cap)
        return emit_into_more(L, op, size, dst, a, b);
    i = &L->b->code.at[L->b->code.len++];
    *i = (struct ir_insn){
        .op = (uint8_t)op, .size = (uint8_t)size, .dst = dst, .a = a, .b = b, .index = L->index};
    return i;
}

ir_ref lift_op(struct lift *L, enum ir_opcode op, unsigned size, ir_ref a, ir_ref b)
{
    ir_ref t = lift_tmp(L);
    lift_emit(L, op, size, t, a, b);
    return t;
}

void lift_opf(struct lift *L, enum ir_opcode op, unsigned size, ir_ref dst, ir_ref a, ir_ref b,
              unsigned flags)
{
    lift_emit(L, op, size, dst, a, b)->fset = (uint16_t)flags;
}

static struct ir_insn *emit_helper(struct lift *L, enum helper_id id, ir_ref dst, ir_ref a,
                                   ir_ref b, ir_ref c, ir_ref d)
{
    struct ir_insn *i = lift_emit(L, IR_helper, 8, dst, a, b);

    i->c = c;
    i->dst2 = d;
    i->aux = id;
    if (helpers[id].effects & HE_WFLAGS)
        i->fset = FLAGS_STATUS;
    return i;
}

void lift_call(struct lift *L, enum helper_id id, ir_ref a, ir_ref b, ir_ref c, ir_ref d)
{
    emit_helper(L, id, IR_NONE, a, b, c, d);
}

ir_ref lift_call_value(struct lift *L, enum helper_id id, ir_ref a, ir_ref b, ir_ref c, ir_ref d)
{
    ir_ref t = lift_tmp(L);
    emit_helper(L, id, t, a, b, c, d);
    return t;
}

ir_ref lift_ldst(struct lift *L, unsigned size, size_t offset)
{
    ir_ref t = lift_tmp(L);
    lift_emit(L, IR_ldst, size, t, IR_NONE, IR_NONE)->aux = (uint32_t)offset;
    return t;
}

void lift_stst(struct lift *L, unsigned size, size_t offset, ir_ref v)
{
    lift_emit(L, IR_stst, size, IR_NONE, v, IR_NONE)->aux = (uint32_t)offset;
}

/* --- operands --- */

static ir_ref emit_lea(struct lift *L, unsigned size, ir_ref base, ir_ref index, unsigned scale,
                       int32_t disp)
{
    ir_ref t = lift_tmp(L);
    struct ir_insn *i = lift_emit(L, IR_lea, size, t, base, index);

    i->seg = (uint8_t)scale;
    i->aux = (uint32_t)disp;
    return t;
}

ir_ref lift_ea(struct lift *L, int32_t add)
{
    const struct mem_operand *m = &L->in.mem;
    ir_ref base = m->base == REG_NONE ? IR_NONE : lift_gpr(m->base);
    ir_ref index = m->index == REG_NONE ? IR_NONE : lift_gpr(m->index);
    int32_t disp = (int32_t)((uint32_t)m->disp + (uint32_t)add);

    if (base == IR_NONE && index == IR_NONE)
        return lift_const(L, (uint32_t)disp & (uint32_t)mask_bytes(L->in.addrsize));
    if (index == IR_NONE && disp == 0 && L->in.addrsize == 4)
        return base;
    return emit_lea(L, L->in.addrsize, base, index, m->scale, disp);
}

ir_ref lift_ld(struct lift *L, unsigned size, unsigned seg, ir_ref ea)
{
    ir_ref t = lift_tmp(L);
    lift_emit(L, IR_ld, size, t, ea, IR_NONE)->seg = (uint8_t)seg;
    return t;
}

void lift_st(struct lift *L, unsigned size, unsigned seg, ir_ref ea, ir_ref v)
{
    lift_emit(L, IR_st, size, IR_NONE, ea, v)->seg = (uint8_t)seg;
}

static ir_ref moffs(struct lift *L, const struct operand *o)
{
    return lift_const(L, (uint64_t)o->imm & mask_bytes(L->in.addrsize));
}

static ir_ref patched_immediate(struct lift *L, unsigned size)
{
    unsigned bytes = L->in.imm_bytes;
    ir_ref v = lift_call_value(L, HELPER_code_bytes, lift_const(L, L->imm_ram),
                               lift_const(L, bytes), IR_NONE, IR_NONE),
           t;

    L->imm_read = true;
    if (bytes >= size)
        return v;
    t = lift_tmp(L);
    lift_emit(L, IR_sext, size, t, v, IR_NONE)->cc = (uint8_t)bytes;
    return t;
}

ir_ref lift_read(struct lift *L, const struct operand *o, unsigned size)
{
    if (!size)
        size = o->size;
    switch (o->kind) {
    case OPD_REG:
        return (ir_ref)(lift_gpr(o->reg) | (o->high ? IR_HIGH : 0));
    case OPD_MEM:
        return lift_ld(L, size, L->in.mem.seg, lift_ea(L, 0));
    case OPD_MOFFS:
        return lift_ld(L, size, L->in.mem.seg, moffs(L, o));
    case OPD_SEG:
        return lift_ldst(L, 2, offsetof(struct cpu, seg[0].sel) + o->reg * sizeof(struct segment));
    case OPD_ONE:
        return lift_const(L, 1);
    case OPD_IMM:
        if (L->imm_patched)
            return patched_immediate(L, size);
        /* fall through */
    default:
        return lift_const(L, (uint64_t)o->imm & mask_bytes(size));
    }
}

void lift_write(struct lift *L, const struct operand *o, unsigned size, ir_ref v)
{
    if (!size)
        size = o->size;
    if (o->kind == OPD_REG)
        lift_emit(L, IR_mov, size, (ir_ref)(lift_gpr(o->reg) | (o->high ? IR_HIGH : 0)), v,
                  IR_NONE);
    else if (o->kind == OPD_MOFFS)
        lift_st(L, size, L->in.mem.seg, moffs(L, o), v);
    else
        lift_st(L, size, L->in.mem.seg, lift_ea(L, 0), v);
}

/* --- ends --- */

void lift_end_jmp(struct lift *L, uint32_t eip)
{
    struct ir_insn *i = lift_emit(L, IR_jmp, 4, IR_NONE, IR_NONE, IR_NONE);
    i->seg = 1;
    i->aux = eip;
    L->ended = true;
}

void lift_end_leave(struct lift *L)
{
    lift_emit(L, IR_leave, 4, IR_NONE, IR_NONE, IR_NONE);
    L->ended = true;
}

void lift_end_far(struct lift *L)
{
    if (L->mode & MODE_STEP) { /* the debug trap comes first */
        lift_end_leave(L);
        return;
    }
    lift_emit(L, IR_jmpi, 4, IR_NONE, lift_ldst(L, 4, offsetof(struct cpu, eip)), IR_NONE)->cc =
        IR_JUMP_FAR;
    L->ended = true;
}

void lift_end_next(struct lift *L)
{
    lift_end_jmp(L, L->next);
}

void lift_raise(struct lift *L, unsigned vector)
{
    lift_call(L, HELPER_raise, lift_const(L, vector), lift_const(L, 0), IR_NONE, IR_NONE);
    lift_end_leave(L);
}

void lift_raise_gp0(struct lift *L)
{
    lift_call(L, HELPER_raise, lift_const(L, EXC_GP), lift_const(L, 1ull << 32), IR_NONE, IR_NONE);
    lift_end_leave(L);
}

bool lift_require_cpl0(struct lift *L)
{
    if (lift_cpl(L) == 0)
        return true;
    lift_raise_gp0(L);
    return false;
}

void lift_ud_insn(struct lift *L)
{
    lift_ud(L);
}

void lift_toolong(struct lift *L)
{
    lift_raise_gp0(L);
}

/* --- immediates that change ---
 *
 * Programs patch constants into their own code: inner loops of games, and compilers that run while
 * their code does.  To translate the code anew each time costs a hundred times what the program
 * meant to save.  So where a store has changed no more than the immediate of an instruction, that
 * is read from RAM as the instruction runs, and the block does not hold the bytes (ir.h, holes). */

static bool takes_patched(unsigned op)
{
    switch (op) {
    case INSN_add:
    case INSN_or:
    case INSN_adc:
    case INSN_sbb:
    case INSN_and:
    case INSN_sub:
    case INSN_xor:
    case INSN_cmp:
    case INSN_test:
    case INSN_mov:
    case INSN_push:
    case INSN_imul:
        return true;
    default:
        return false;
    }
}

static void look_for_patches(struct lift *L)
{
    const struct lift_source *src = L->source;
    int from = L->in.len - L->in.imm_bytes;
    uint64_t ram = 0;

    L->imm_read = false;
    L->imm_patched = src->patched && L->in.imm_bytes && takes_patched(L->in.op) &&
                     src->patched(src->opaque, L->eip, L->in.len, &ram) >= from;
    L->imm_ram = ram + (unsigned)from;
}

static void note_hole(struct lift *L)
{
    struct ir_hole h = {(uint16_t)(L->next - L->in.imm_bytes - L->b->eip), L->in.imm_bytes};

    if (L->imm_read)
        vec_push(&L->b->holes, h);
}

/* --- the block --- */

/* Decodes the instruction at eip; false where the block must end before it. */
static bool fetch(struct lift *L, const struct lift_source *src, uint32_t eip, bool first)
{
    unsigned mode = L->mode & MODE_CS32 ? 32 : 16;
    bool prot = L->mode & MODE_PE;
    uint8_t buf[16];
    unsigned n = src->bytes(src->opaque, eip, first, false, buf);

    if (!n)
        return false;
    decode(&L->in, buf, n, mode, prot);
    if (L->in.op == INSN_bad) {
        if (!first)
            return false;
        n = src->bytes(src->opaque, eip, true, true, buf);
        decode(&L->in, buf, n, mode, prot);
    }
    return L->in.op != INSN_bad;
}

static void begin_insn(struct lift *L, uint32_t eip, bool io)
{
    struct ir_guest g = {.eip = eip, .len = L->in.len, .io = io};

    L->eip = eip;
    L->next = eip + L->in.len;
    L->index = (uint16_t)L->b->guest.len;
    vec_push(&L->b->guest, g);
    lift_emit(L, IR_insn, 4, IR_NONE, IR_NONE, IR_NONE)->aux = L->index;
}

void lift_block(struct ir_block *b, struct cpu *cpu, const struct lift_source *src, unsigned max)
{
    struct lift L = {.b = b, .cpu = cpu, .mode = cpu->mode, .source = src};
    uint32_t eip = (uint32_t)cpu->eip;

    ir_block_clear(b);
    b->mode = cpu->mode;
    b->eip = eip;
    b->cs_base = (uint32_t)cpu->seg[SEG_CS].base;
    while (!L.ended && b->guest.len < max && fetch(&L, src, eip, b->guest.len == 0)) {
        bool io = src->is_io(src->opaque, eip);

        begin_insn(&L, eip, io);
        look_for_patches(&L);
        if (lift_table[L.in.op] && !model_lacks(&L))
            lift_table[L.in.op](&L);
        else
            lift_ud(&L);
        note_hole(&L);
        eip = L.next;
        if (io && !L.ended)
            lift_end_next(&L);
    }
    if (!L.ended)
        lift_end_jmp(&L, eip);
}
