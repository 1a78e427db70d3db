/* vec.c - guest SIMD instructions on the host's SIMD registers.
 *
 * Guest XMM0 to XMM7 are loaded into the host's registers of the same numbers when a block first
 * uses them, and written back before anything outside the block could look: exits, helpers, and the
 * stubs of slow paths.  MMX registers are the host's own all the time (x87.c).  XMM8 and XMM9 are
 * scratch.
 *
 * A helper call that names a row of simd.def is replaced by the host's instruction where the row
 * says that it gives the same bits.  Rows that round need the guest's MXCSR in the host (x87.c
 * loads it around a run), with all exceptions masked; where the guest has unmasked one (MODE_XM),
 * the helper is called. */
#include <assert.h>
#include "cpu/simd.h"
#include "translate/backend/x86_64/jit.h"

enum { SCRATCH_XMM = 8 };

static size_t xmm_off(unsigned g)
{
    return offsetof(struct cpu, xmm) + g * sizeof(union vec128);
}

void vec_store(struct jit *j, uint16_t regs)
{
    for (unsigned g = 0; g < 8; g++) {
        if (regs >> g & 1)
            x_rm(j, 4, 0x0f29, g, STATE_REG, NOREG, 0, (int32_t)xmm_off(g));
    }
}

void vec_load(struct jit *j, uint16_t regs)
{
    for (unsigned g = 0; g < 8; g++) {
        if (regs >> g & 1)
            x_rm(j, 4, 0x0f28, g, STATE_REG, NOREG, 0, (int32_t)xmm_off(g));
    }
}

void vec_flush(struct jit *j)
{
    vec_store(j, j->vdirty);
    j->vdirty = 0;
}

void vec_forget(struct jit *j)
{
    vec_flush(j);
    j->vloaded = 0;
}

static void use(struct jit *j, unsigned g)
{
    if (!(j->vloaded >> g & 1))
        vec_load(j, (uint16_t)BIT(g));
    j->vloaded |= (uint16_t)BIT(g);
}

static void define(struct jit *j, unsigned g)
{
    j->vloaded |= (uint16_t)BIT(g);
    j->vdirty |= (uint16_t)BIT(g);
}

/* MOVAPS where the guest's operand must be aligned, or MOVUPS; one more is the store. */
static unsigned whole(bool aligned)
{
    return aligned ? 0x0f28 : 0x0f10;
}

/* --- loads, stores and moves --- */

/* The register whose field this is, or 8; *half is which quadword. */
static unsigned field_register(const struct ir_insn *i, unsigned *half)
{
    size_t at = i->aux;

    if (at < xmm_off(0) || at >= xmm_off(8))
        return 8;
    *half = (at - xmm_off(0)) % 16 / 8;
    return (unsigned)((at - xmm_off(0)) / 16);
}

bool vec_ldst(struct jit *j, const struct ir_insn *i)
{
    unsigned half, g = field_register(i, &half);

    if (g == 8)
        return false;
    if (i->size >= 4 && i->aux % 16 == xmm_off(0) % 16 && j->vloaded >> g & 1) {
        x8(j, 0x66);
        x_rr(j, i->size, 0x0f7e, g, reg_def(j, i->dst));
        return true;
    }
    if (j->vdirty >> g & 1) {
        vec_store(j, (uint16_t)BIT(g));
        j->vdirty &= (uint16_t)~BIT(g);
    }
    return false;
}

bool vec_stst(struct jit *j, const struct ir_insn *i)
{
    unsigned half, g = field_register(i, &half);

    if (g == 8)
        return false;
    if (i->size == 8 && !ir_is_const(i->a)) {
        unsigned r = reg_use(j, i->a, 8);
        use(j, g);
        if (half == 0) {
            /* MOVQ to scratch, MOVSD keeps the high half. */
            x8(j, 0x66);
            x_rr(j, 8, 0x0f6e, SCRATCH_XMM, r);
            x8(j, 0xf2);
            x_rr(j, 4, 0x0f10, g, SCRATCH_XMM);
        } else {
            x8(j, 0x66);
            x_rr(j, 8, 0x0f6e, SCRATCH_XMM, r);
            x8(j, 0x66);
            x_rr(j, 4, 0x0f6c, g, SCRATCH_XMM);
        }
        define(j, g);
        return true;
    }
    if (j->vdirty >> g & 1)
        vec_store(j, (uint16_t)BIT(g));
    j->vdirty &= (uint16_t)~BIT(g);
    j->vloaded &= (uint16_t)~BIT(g);
    return false;
}

static uint64_t const_arg(const struct jit *j, ir_ref r)
{
    assert(ir_is_const(r));
    return ir_const_value(j->ir, r);
}

static void may_fault_here(struct jit *j, const struct ir_insn *i)
{
    flags_clobber(j, (uint16_t)(i->fkeep | i->ffault));
}

static bool load_whole(struct jit *j, const struct ir_insn *i)
{
    unsigned g = (unsigned)const_arg(j, i->a), how = (unsigned)const_arg(j, i->c),
             size = how >> 8 & 0xff;
    bool aligned = how >> 16 & 1;
    struct access a;

    may_fault_here(j, i);
    access_begin(j, i->b, how & 0xff, size, false, size < 8 || aligned, &a);
    if (size != 16)
        x8(j, 0xf3);
    x_rm(j, 4, size == 16 ? whole(aligned) : size == 8 ? 0x0f7e : 0x0f10, g, a.entry, a.lin, 0, 0);
    define(j, g);
    access_end(j, i, &a);
    return true;
}

static bool store_whole(struct jit *j, const struct ir_insn *i)
{
    unsigned g = (unsigned)const_arg(j, i->a), how = (unsigned)const_arg(j, i->c);
    struct access a;

    may_fault_here(j, i);
    use(j, g);
    access_begin(j, i->b, how & 0xff, 16, true, how >> 8 & 1, &a);
    x_rm(j, 4, whole(how >> 8 & 1) + 1, g, a.entry, a.lin, 0, 0);
    access_end(j, i, &a);
    return true;
}

static bool move_whole(struct jit *j, const struct ir_insn *i)
{
    unsigned regs = (unsigned)const_arg(j, i->a), d = regs & 15, s = regs >> 8 & 15;

    use(j, s);
    x_rr(j, 4, 0x0f28, d, s);
    define(j, d);
    return true;
}

static bool store_mmx(struct jit *j, const struct ir_insn *i)
{
    unsigned reg = (unsigned)const_arg(j, i->a), how = (unsigned)const_arg(j, i->c),
             size = how >> 8 & 0xff;
    struct access a;

    may_fault_here(j, i);
    access_begin(j, i->b, how & 0xff, size, true, size == 4, &a);
    x_rm(j, 4, size == 8 ? 0x0f7f : 0x0f7e, reg, a.entry, a.lin, 0, 0);
    access_end(j, i, &a);
    return true;
}

/* --- rows of simd.def --- */

struct row_call {
    const struct simd_row *row;
    unsigned dst, src, imm;
    bool mmx;
};

static bool is_mm(unsigned operand)
{
    return operand >= SIMD_MM0 && operand < SIMD_VALUE;
}

static struct row_call unpack(const struct jit *j, const struct ir_insn *i)
{
    uint64_t what = const_arg(j, i->a);
    struct row_call c = {.row = &simd_rows[what & 0xffff],
                         .dst = what >> 16 & 0xff,
                         .src = what >> 24 & 0xff,
                         .imm = (unsigned)(what >> 32)};

    c.mmx = is_mm(c.dst) || is_mm(c.src);
    return c;
}

static bool host_has(enum simd_feature f)
{
    switch (f) {
    case SIMD_FEATURE_SSE3:
        return __builtin_cpu_supports("sse3");
    case SIMD_FEATURE_SSSE3:
        return __builtin_cpu_supports("ssse3");
    case SIMD_FEATURE_SSE41:
        return __builtin_cpu_supports("sse4.1");
    case SIMD_FEATURE_SSE42:
        return __builtin_cpu_supports("sse4.2");
    case SIMD_FEATURE_AES:
        return __builtin_cpu_supports("aes");
    case SIMD_FEATURE_PCLMULQDQ:
        return __builtin_cpu_supports("pclmul");
    default:
        return true;
    }
}

static bool usable(const struct jit *j, const struct row_call *c)
{
    uint32_t mode = j->ir->mode;

    if (c->row->host == SIMD_SOFT || !host_has((enum simd_feature)c->row->feature))
        return false;
    if (c->row->host == SIMD_MXCSR && mode & MODE_XM)
        return false;
    return !(c->mmx && mode & MODE_MF) && c->row->call != SIMD_STRING;
}

/* What the helper call becomes: code here, or a call. */
static bool in_line(const struct jit *j, const struct ir_insn *i, const struct row_call *c)
{
    if (!usable(j, c))
        return false;
    switch (i->aux) {
    case HELPER_simd:
    case HELPER_simd_fp:
        return c->row->call == SIMD_OP && c->dst != SIMD_NOWHERE &&
               !(c->src == SIMD_VALUE && !is_mm(c->dst) && c->row->src == SIMD_MM);
    case HELPER_simd_mem:
        return c->row->call == SIMD_OP && c->dst < 16;
    case HELPER_simd_get:
        return i->dst != IR_NONE && c->imm >> 8 != 8 && c->src <= SIMD_VALUE;
    default:
        assert(i->aux == HELPER_simd_flags);
        return c->dst < 16 && c->src != SIMD_MEM;
    }
}

static unsigned opcode_of(const struct simd_row *r)
{
    return r->map == 0x38   ? 0x0f3800u | r->opcode
           : r->map == 0x3a ? 0x0f3a00u | r->opcode
                            : 0x0f00u | r->opcode;
}

static bool has_imm(const struct simd_row *r)
{
    return r->map == 0x3a || (r->map == 0x0f && (r->opcode == 0x70 || r->opcode == 0xc2 ||
                                                 (r->opcode >= 0xc4 && r->opcode <= 0xc6)));
}

static void prefix(struct jit *j, const struct simd_row *r)
{
    if (r->prefix)
        x8(j, r->prefix);
}

static void op_rr(struct jit *j, const struct row_call *c, unsigned size, unsigned reg, unsigned rm)
{
    prefix(j, c->row);
    x_rr(j, size, opcode_of(c->row), reg, rm);
    if (has_imm(c->row))
        x8(j, c->imm & 0xff);
}

static unsigned host_register(unsigned operand)
{
    return is_mm(operand) ? operand - SIMD_MM0 : operand;
}

/* XMM0 is the third operand of BLENDVPS, BLENDVPD and PBLENDVB. */
static bool reads_xmm0(const struct simd_row *r)
{
    return r->map == 0x38 && (r->opcode == 0x10 || r->opcode == 0x14 || r->opcode == 0x15);
}

static void use_operand(struct jit *j, unsigned operand)
{
    if (operand < 16)
        use(j, operand);
}

/* An 8-byte value as source: a general register where the row takes one, else through memory (MMX)
 * or a scratch XMM register. */
static void op_value(struct jit *j, const struct row_call *c, unsigned reg, ir_ref value)
{
    unsigned r = reg_use(j, value, 8);

    if (c->row->src == SIMD_R) {
        op_rr(j, c, c->imm >> 8 == 8 ? 8 : 4, reg, r);
    } else if (is_mm(c->dst)) {
        x_st_state(j, 8, r, offsetof(struct cpu, vtmp));
        prefix(j, c->row);
        x_rm(j, 4, opcode_of(c->row), reg, STATE_REG, NOREG, 0, offsetof(struct cpu, vtmp));
        if (has_imm(c->row))
            x8(j, c->imm & 0xff);
    } else {
        x8(j, 0x66);
        x_rr(j, 8, 0x0f6e, SCRATCH_XMM, r);
        op_rr(j, c, 4, reg, SCRATCH_XMM);
    }
}

static void op_imm(struct jit *j, const struct row_call *c, unsigned reg)
{
    prefix(j, c->row);
    x_rr(j, 4, opcode_of(c->row), (unsigned)c->row->digit, reg);
    x8(j, c->imm & 0xff);
}

static bool run_row(struct jit *j, const struct ir_insn *i)
{
    struct row_call c = unpack(j, i);
    unsigned d;

    if (!in_line(j, i, &c))
        return false;
    d = host_register(c.dst);
    use_operand(j, c.dst);
    use_operand(j, c.src < 16 ? c.src : 16);
    if (reads_xmm0(c.row))
        use(j, 0);
    if (c.src == SIMD_IMM && c.row->digit >= 0)
        op_imm(j, &c, d);
    else if (c.src == SIMD_VALUE)
        op_value(j, &c, d, i->b);
    else
        op_rr(j, &c, 4, d, host_register(c.src));
    if (c.dst < 16)
        define(j, c.dst);
    return true;
}

static bool run_mem(struct jit *j, const struct ir_insn *i)
{
    struct row_call c = unpack(j, i);
    unsigned how = (unsigned)const_arg(j, i->c);
    struct access a;

    if (!in_line(j, i, &c))
        return false;
    may_fault_here(j, i);
    use(j, c.dst);
    if (reads_xmm0(c.row))
        use(j, 0);
    access_begin(j, i->b, how & 0xff, 16, false, how >> 8 & 1, &a);
    x_rm(j, 4, whole(how >> 8 & 1), SCRATCH_XMM, a.entry, a.lin, 0, 0);
    op_rr(j, &c, 4, c.dst, SCRATCH_XMM);
    define(j, c.dst);
    access_end(j, i, &a);
    return true;
}

/* MOVD, MOVQ, PEXTRB, PEXTRW (0F 3A), PEXTRD and EXTRACTPS name the general register in ModRM.rm.
 */
static bool result_in_rm(const struct simd_row *r)
{
    return (r->map == 0x0f && r->opcode == 0x7e) ||
           (r->map == 0x3a && r->opcode >= 0x14 && r->opcode <= 0x17);
}

static bool run_get(struct jit *j, const struct ir_insn *i)
{
    struct row_call c = unpack(j, i);
    unsigned d, s;

    if (!in_line(j, i, &c))
        return false;
    if (c.src == SIMD_VALUE) {
        unsigned r = reg_use(j, i->b, 8);
        x8(j, 0x66);
        x_rr(j, 8, 0x0f6e, SCRATCH_XMM, r);
        s = SCRATCH_XMM;
    } else {
        use_operand(j, c.src);
        s = host_register(c.src);
    }
    d = reg_def(j, i->dst);
    if (result_in_rm(c.row))
        op_rr(j, &c, 4, s, d);
    else
        op_rr(j, &c, 4, d, s);
    return true;
}

/* COMISS, UCOMISS, their double forms, PTEST: the host sets all six flags as the guest's
 * instruction does. */
static bool run_flags(struct jit *j, const struct ir_insn *i)
{
    struct row_call c = unpack(j, i);
    unsigned s;

    if (!in_line(j, i, &c))
        return false;
    use(j, c.dst);
    if (c.src == SIMD_VALUE) {
        unsigned r = reg_use(j, i->b, 8);
        x8(j, 0x66);
        x_rr(j, 8, 0x0f6e, SCRATCH_XMM, r);
        s = SCRATCH_XMM;
    } else {
        use(j, c.src);
        s = c.src;
    }
    op_rr(j, &c, 4, c.dst, s);
    if (i->fset)
        flags_defined(j, i, FLAGS_STATUS);
    else
        j->host = 0;
    return true;
}

/* XMM registers that a helper call names: used, and written. False if it would run in C. */
static bool registers_of(const struct jit *j, const struct ir_insn *i, uint16_t *used,
                         uint16_t *written)
{
    struct row_call c;
    unsigned a;

    switch (i->aux) {
    case HELPER_simd_load:
        *written |= (uint16_t)BIT(const_arg(j, i->a) & 7);
        *used |= (uint16_t)BIT(const_arg(j, i->a) & 7);
        return true;
    case HELPER_simd_store:
        *used |= (uint16_t)BIT(const_arg(j, i->a) & 7);
        return true;
    case HELPER_simd_move:
        a = (unsigned)const_arg(j, i->a);
        *used |= (uint16_t)(BIT(a & 7) | BIT(a >> 8 & 7));
        *written |= (uint16_t)BIT(a & 7);
        return true;
    case HELPER_simd:
    case HELPER_simd_fp:
    case HELPER_simd_mem:
    case HELPER_simd_get:
    case HELPER_simd_flags:
        c = unpack(j, i);
        if (!in_line(j, i, &c) || c.mmx || reads_xmm0(c.row) ||
            (c.src == SIMD_MEM && i->aux != HELPER_simd_mem))
            return false;
        if (c.dst < 8) {
            *used |= (uint16_t)BIT(c.dst);
            *written |= (uint16_t)(i->aux == HELPER_simd_flags ? 0 : BIT(c.dst));
        }
        *used |= (uint16_t)(c.src < 8 ? BIT(c.src) : 0);
        return true;
    default:
        return false;
    }
}

static bool jumps_to_start(const struct jit *j)
{
    for (size_t n = 0; n < j->ir->code.len; n++) {
        const struct ir_insn *i = &j->ir->code.at[n];
        if ((i->op == IR_jcc || i->op == IR_jnz) && i->aux == j->b->eip)
            return true;
    }
    return false;
}

void vec_plan_loop(struct jit *j)
{
    uint16_t used = 0, written = 0;

    j->vloop_used = j->vloop_written = 0;
    if (j->b->mode & (BLOCK_SINGLE | MODE_STEP) || !jumps_to_start(j))
        return;
    for (size_t n = 0; n < j->ir->code.len; n++) {
        const struct ir_insn *i = &j->ir->code.at[n];
        unsigned half, g;

        if (i->op == IR_helper && !registers_of(j, i, &used, &written))
            return;
        if ((i->op == IR_ldst || i->op == IR_stst) && (g = field_register(i, &half)) < 8) {
            used |= (uint16_t)BIT(g);
            if (i->op == IR_stst && (i->size != 8 || ir_is_const(i->a)))
                return;
            if (i->op == IR_ldst && i->aux % 16 != xmm_off(0) % 16)
                return;
            written |= (uint16_t)(i->op == IR_stst ? BIT(g) : 0);
        }
    }
    j->vloop_used = used;
    j->vloop_written = written;
}

bool vec_helper(struct jit *j, const struct ir_insn *i)
{
    switch (i->aux) {
    case HELPER_simd_load:
        return load_whole(j, i);
    case HELPER_simd_store:
        return store_whole(j, i);
    case HELPER_simd_move:
        return move_whole(j, i);
    case HELPER_mmx_store:
        return !(j->ir->mode & MODE_MF) && store_mmx(j, i);
    case HELPER_simd:
    case HELPER_simd_fp:
        return run_row(j, i);
    case HELPER_simd_mem:
        return run_mem(j, i);
    case HELPER_simd_get:
        return run_get(j, i);
    case HELPER_simd_flags:
        return run_flags(j, i);
    default:
        return false;
    }
}
