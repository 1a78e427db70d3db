/* lift_simd_move.c - moves between XMM or MMX registers, general registers and memory. */
#include "translate/lift/lift_simd.h"

static size_t quadword(unsigned xmm, unsigned half)
{
    return offsetof(struct cpu, xmm) + (xmm & 15) * sizeof(union vec128) + half * 8;
}

static ir_ref get(struct lift *L, unsigned xmm, unsigned half)
{
    return lift_ldst(L, 8, quadword(xmm, half));
}

static void put(struct lift *L, unsigned xmm, unsigned half, ir_ref v)
{
    lift_stst(L, 8, quadword(xmm, half), v);
}

/* --- to memory --- */

enum store_part { STORE_LOW4, STORE_LOW8, STORE_HIGH8, STORE_16, STORE_ALIGNED };

struct store {
    uint16_t op;
    uint8_t part, feature;
};

static const struct store stores[] = {
    {INSN_movaps, STORE_ALIGNED, SIMD_FEATURE_SSE},
    {INSN_movapd, STORE_ALIGNED, SIMD_FEATURE_SSE2},
    {INSN_movdqa, STORE_ALIGNED, SIMD_FEATURE_SSE2},
    {INSN_movntps, STORE_ALIGNED, SIMD_FEATURE_SSE},
    {INSN_movntpd, STORE_ALIGNED, SIMD_FEATURE_SSE2},
    {INSN_movntdq, STORE_ALIGNED, SIMD_FEATURE_SSE2},
    {INSN_movups, STORE_16, SIMD_FEATURE_SSE},
    {INSN_movupd, STORE_16, SIMD_FEATURE_SSE2},
    {INSN_movdqu, STORE_16, SIMD_FEATURE_SSE2},
    {INSN_movlps, STORE_LOW8, SIMD_FEATURE_SSE},
    {INSN_movlpd, STORE_LOW8, SIMD_FEATURE_SSE2},
    {INSN_movhps, STORE_HIGH8, SIMD_FEATURE_SSE},
    {INSN_movhpd, STORE_HIGH8, SIMD_FEATURE_SSE2},
    {INSN_movss, STORE_LOW4, SIMD_FEATURE_SSE},
    {INSN_movsd, STORE_LOW8, SIMD_FEATURE_SSE2},
    {INSN_movd, STORE_LOW4, SIMD_FEATURE_SSE2},
    {INSN_movq, STORE_LOW8, SIMD_FEATURE_SSE2},
};

static const struct store *find_store(unsigned op)
{
    for (unsigned i = 0; i < ARRAY_LEN(stores); i++) {
        if (stores[i].op == op) {
            return &stores[i];
        }
    }
    return NULL;
}

static void store_mm(struct lift *L)
{
    enum simd_feature f = L->in.op == INSN_movntq ? SIMD_FEATURE_SSE : SIMD_FEATURE_MMX;

    if (lift_simd_ready(L, f, true)) {
        ir_ref seg = lift_const(L, L->in.mem.seg | (unsigned)L->in.ops[0].size << 8);
        lift_call(L, HELPER_mmx_store, lift_const(L, L->in.ops[1].reg & 7), lift_simd_ea(L), seg,
                  IR_NONE);
    }
}

static void store_xmm(struct lift *L, const struct store *s)
{
    unsigned xmm = L->in.ops[1].reg, align = s->part == STORE_ALIGNED ? 1u << 8 : 0;
    unsigned size = L->in.op == INSN_movd ? L->in.ops[0].size : s->part == STORE_LOW4 ? 4 : 8;

    if (s->part == STORE_16 || s->part == STORE_ALIGNED) {
        lift_call(L, HELPER_simd_store, lift_const(L, xmm), lift_simd_ea(L),
                  lift_const(L, L->in.mem.seg | align), IR_NONE);
        return;
    }
    ir_ref v = get(L, xmm, s->part == STORE_HIGH8);
    lift_st(L, size, L->in.mem.seg, lift_ea(L, 0), v);
}

static void store(struct lift *L)
{
    const struct store *s = find_store(L->in.op);

    if (L->in.ops[1].kind == OPD_MM) {
        store_mm(L);
    } else if (!s) {
        lift_ud(L);
    } else if (lift_simd_ready(L, s->feature, false)) {
        store_xmm(L, s);
    }
}

/* --- into XMM registers --- */

static ir_ref load8(struct lift *L, int32_t add)
{
    return lift_ld(L, 8, L->in.mem.seg, lift_ea(L, add));
}

/* `size` bytes of memory into the register, zeros above; with 16 bytes, aligned or #GP(0). */
static void load_whole(struct lift *L, unsigned size, bool aligned)
{
    uint32_t how = L->in.mem.seg | size << 8 | (aligned ? 1u << 16 : 0);

    lift_call(L, HELPER_simd_load, lift_const(L, L->in.ops[0].reg), lift_simd_ea(L),
              lift_const(L, how), IR_NONE);
}

/* False where the row's helper does it. */
static bool load_xmm(struct lift *L)
{
    unsigned reg = L->in.ops[0].reg;

    switch (L->in.op) {
    case INSN_movaps:
    case INSN_movapd:
    case INSN_movdqa:
    case INSN_movntdqa:
        load_whole(L, 16, true);
        return true;
    case INSN_movups:
    case INSN_movupd:
    case INSN_movdqu:
    case INSN_lddqu:
        load_whole(L, 16, false);
        return true;
    case INSN_movss:
        load_whole(L, 4, false);
        return true;
    case INSN_movsd:
    case INSN_movq:
        load_whole(L, 8, false);
        return true;
    case INSN_movlps:
    case INSN_movlpd:
        put(L, reg, 0, load8(L, 0));
        return true;
    case INSN_movhps:
    case INSN_movhpd:
        put(L, reg, 1, load8(L, 0));
        return true;
    default:
        return false;
    }
}

/* Between XMM registers; false where the row's helper does it. */
static bool move_xmm(struct lift *L)
{
    switch (L->in.op) {
    case INSN_movaps:
    case INSN_movapd:
    case INSN_movups:
    case INSN_movupd:
    case INSN_movdqa:
    case INSN_movdqu:
        lift_call(L, HELPER_simd_move, lift_const(L, L->in.ops[0].reg | L->in.ops[1].reg << 8),
                  IR_NONE, IR_NONE, IR_NONE);
        return true;
    default:
        return false;
    }
}

/* Whole moves, loads and stores in line; the rest by rows of simd.def. */
void lift_simd_move(struct lift *L)
{
    static const uint8_t feature[INSN_OP_COUNT] = {
        [INSN_movups] = SIMD_FEATURE_SSE,     [INSN_movaps] = SIMD_FEATURE_SSE,
        [INSN_movss] = SIMD_FEATURE_SSE,      [INSN_movlps] = SIMD_FEATURE_SSE,
        [INSN_movhps] = SIMD_FEATURE_SSE,     [INSN_movupd] = SIMD_FEATURE_SSE2,
        [INSN_movapd] = SIMD_FEATURE_SSE2,    [INSN_movdqa] = SIMD_FEATURE_SSE2,
        [INSN_movdqu] = SIMD_FEATURE_SSE2,    [INSN_movsd] = SIMD_FEATURE_SSE2,
        [INSN_movq] = SIMD_FEATURE_SSE2,      [INSN_movlpd] = SIMD_FEATURE_SSE2,
        [INSN_movhpd] = SIMD_FEATURE_SSE2,    [INSN_lddqu] = SIMD_FEATURE_SSE3,
        [INSN_movntdqa] = SIMD_FEATURE_SSE41,
    };
    const struct operand *d = &L->in.ops[0], *s = &L->in.ops[1];
    enum simd_feature f = (enum simd_feature)feature[L->in.op];

    if (d->kind == OPD_MEM) {
        store(L);
        return;
    }
    if (f && d->kind == OPD_XMM && (s->kind == OPD_MEM || s->kind == OPD_XMM)) {
        if (!lift_simd_ready(L, f, false)) {
            return;
        }
        if (s->kind == OPD_MEM ? load_xmm(L) : move_xmm(L)) {
            return;
        }
    }
    lift_simd(L);
}

/* --- others --- */

/* PEXTRB, PEXTRW, PEXTRD and EXTRACTPS; to memory in line, since nothing may happen before the
 * store. */
void lift_simd_extract(struct lift *L)
{
    const struct insn *in = &L->in;
    unsigned size = in->ops[0].size, lane = (unsigned)in->ops[2].imm & (16 / (size ? size : 1) - 1);
    unsigned at = lane * size;

    if (in->ops[0].kind != OPD_MEM) {
        lift_simd(L);
    } else if (lift_simd_ready(L, SIMD_FEATURE_SSE41, false)) {
        ir_ref v = get(L, in->ops[1].reg, at / 8);
        if (at % 8) {
            v = lift_op(L, IR_shr, 8, v, lift_const(L, at % 8 * 8));
        }
        lift_st(L, size, in->mem.seg, lift_ea(L, 0), v);
    }
}

void lift_maskmov(struct lift *L)
{
    bool mm = L->in.ops[0].kind == OPD_MM;
    unsigned base = mm ? SIMD_MM0 : 0;
    unsigned regs = (base + L->in.ops[0].reg) | (base + L->in.ops[1].reg) << 8;

    if (lift_simd_ready(L, mm ? SIMD_FEATURE_SSE : SIMD_FEATURE_SSE2, mm)) {
        ir_ref di = lift_op(L, IR_mov, L->in.addrsize, lift_gpr(R_DI), IR_NONE);
        lift_call(L, HELPER_simd_maskmov, lift_const(L, regs), di, lift_const(L, L->in.mem.seg),
                  IR_NONE);
    }
}

/* MOVNTI heeds neither CR0.EM and TS nor CR4.OSFXSR (SDM vol. 3A, 13.1.3). */
void lift_movnti(struct lift *L)
{
    if (!simd_available(L->cpu, SIMD_FEATURE_SSE2)) {
        lift_ud(L);
        return;
    }
    lift_write(L, &L->in.ops[0], 0, lift_read(L, &L->in.ops[1], 0));
}

void lift_crc32(struct lift *L)
{
    const struct operand *d = &L->in.ops[0], *s = &L->in.ops[1];
    ir_ref v;

    if (!simd_available(L->cpu, SIMD_FEATURE_SSE42)) {
        lift_ud(L);
        return;
    }
    v = lift_read(L, s, 0);
    if (ir_is_gpr(v)) {
        v = lift_op(L, IR_mov, s->size, v, IR_NONE);
    }
    v = lift_call_value(L, HELPER_crc32, lift_gpr(d->reg), v, lift_const(L, s->size), IR_NONE);
    lift_write(L, d, d->size, v);
}
