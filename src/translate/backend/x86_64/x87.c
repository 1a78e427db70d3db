/* x87.c - guest x87 instructions on the host's x87.
 *
 * While an engine runs, the guest's x87 and MMX registers, its status word and the flags of MXCSR
 * live in the host's registers, with all exceptions masked there; C code of the emulator touches
 * neither.  engine_run() loads them at its start and stores them at its end; the thunks of helpers
 * that look at them do the same around the call.
 *
 * An instruction runs on the host where all exceptions are masked in the guest too (MODE_MF is
 * clear) and where its result is exact, so the same on every host: not the transcendental ones, nor
 * those that load or store images.
 *
 * The pointers to the last instruction (FIP, FOP, FCS, FDS) are constants of the block: they are
 * stored before exits and before C looks, and a fault in between finds them in the table of guest
 * instructions.  FDP is stored with each memory operand. */
#include <assert.h>
#include <string.h>
#include "translate/backend/x86_64/jit.h"

/* FXSAVE, 64-bit form (SDM vol. 1, table 10-2). */
struct fx_image {
    uint16_t cw, sw;
    uint8_t tags, reserved;
    uint16_t fop;
    uint64_t ip, dp;
    uint32_t mxcsr, mxcsr_mask;
    struct {
        uint64_t man;
        uint16_t se, pad[3];
    } st[8];
};

enum { SW_ES = 0x80, SW_B = 0x8000, MXCSR_MASKED = 0x1f80, MXCSR_FLAGS = 0x3f };

static uint8_t *image(const struct cpu *cpu)
{
    struct engine *e = cpu->engine;
    return ((struct jit_data *)e->data)->fx;
}

void mxcsr_out(struct cpu *cpu)
{
    cpu->fpu.mxcsr |= __builtin_ia32_stmxcsr() & MXCSR_FLAGS;
}

void mxcsr_in(struct cpu *cpu)
{
    __builtin_ia32_ldmxcsr(cpu->fpu.mxcsr | MXCSR_MASKED);
}

void fpu_out(struct cpu *cpu)
{
    uint8_t *fx = image(cpu);
    struct fx_image m;
    struct fpu *f = &cpu->fpu;
    unsigned top;

    __asm__ volatile("fxsave64 %0" : "=m"(*(uint8_t(*)[512])fx));
    memcpy(&m, fx, sizeof m);
    top = m.sw >> 11 & 7;
    for (unsigned n = 0; n < 8; n++) {
        f->r[(top + n) & 7].man = m.st[n].man;
        f->r[(top + n) & 7].se = m.st[n].se;
    }
    f->sw = (uint16_t)((m.sw & ~(SW_ES | SW_B)) | (m.sw & ~f->cw & 0x3f ? SW_ES | SW_B : 0));
    f->valid = m.tags;
    f->mxcsr |= m.mxcsr & MXCSR_FLAGS;
}

void fpu_in(struct cpu *cpu)
{
    uint8_t *fx = image(cpu);
    struct fx_image m;
    const struct fpu *f = &cpu->fpu;
    unsigned top = f->sw >> 11 & 7;

    memset(&m, 0, sizeof m);
    m.cw = f->cw | 0x3f;
    m.sw = f->sw & (uint16_t) ~(SW_ES | SW_B);
    m.tags = f->valid;
    m.mxcsr = f->mxcsr | MXCSR_MASKED;
    for (unsigned n = 0; n < 8; n++) {
        m.st[n].man = f->r[(top + n) & 7].man;
        m.st[n].se = f->r[(top + n) & 7].se;
    }
    memcpy(fx, &m, sizeof m);
    __asm__ volatile("fxrstor64 %0" : : "m"(*(uint8_t(*)[512])fx));
}

void fpu_begin(struct engine *e)
{
    fpu_in(e->cpu);
}

void fpu_end(struct engine *e)
{
    fpu_out(e->cpu);
    __asm__ volatile("fninit");
    __builtin_ia32_ldmxcsr(MXCSR_MASKED);
}

/* --- which instructions, and what they do to memory --- */

enum x87_form { FORM_HELPER, FORM_LOAD, FORM_STORE };

struct memory_op {
    uint8_t form, size;
};

/* By row D8..DF and /r digit (SDM vol. 2D, tables ). */
static const struct memory_op memory_ops[8][8] = {
    [0] = {{1, 4}, {1, 4}, {1, 4}, {1, 4}, {1, 4}, {1, 4}, {1, 4}, {1, 4}},
    [1] = {{1, 4}, {0, 0}, {2, 4}, {2, 4}, {0, 0}, {0, 0}, {0, 0}, {0, 0}},
    [2] = {{1, 4}, {1, 4}, {1, 4}, {1, 4}, {1, 4}, {1, 4}, {1, 4}, {1, 4}},
    [3] = {{1, 4}, {2, 4}, {2, 4}, {2, 4}, {0, 0}, {1, 10}, {0, 0}, {2, 10}},
    [4] = {{1, 8}, {1, 8}, {1, 8}, {1, 8}, {1, 8}, {1, 8}, {1, 8}, {1, 8}},
    [5] = {{1, 8}, {2, 8}, {2, 8}, {2, 8}, {0, 0}, {0, 0}, {0, 0}, {0, 0}},
    [6] = {{1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}},
    [7] = {{1, 2}, {2, 2}, {2, 2}, {2, 2}, {0, 0}, {1, 8}, {0, 0}, {2, 8}},
};

/* Register forms whose result every host agrees on.  Left to the helper: transcendental functions,
 * FNINIT, and the undocumented aliases. */
static bool register_op(unsigned row, unsigned modrm)
{
    switch (row) {
    case 0:
    case 4:
        return row == 0 || modrm < 0xd0 || modrm >= 0xe0;
    case 1:
        if (modrm < 0xd1)
            return true;
        return modrm == 0xe0 || modrm == 0xe1 || modrm == 0xe4 || modrm == 0xe5 ||
               (modrm >= 0xe8 && modrm <= 0xee) || modrm == 0xf6 || modrm == 0xf7 ||
               modrm == 0xfa || modrm == 0xfc;
    case 2:
        return modrm == 0xe9;
    case 5:
        return (modrm & 0xf8) != 0xc8 && modrm < 0xf0;
    case 6:
        return modrm < 0xd0 || modrm == 0xd9 || modrm >= 0xe0;
    default:
        return false;
    }
}

/* --- pointers --- */

static void copy_selector(struct jit *j, unsigned seg, size_t to)
{
    unsigned s = reg_scratch(j);

    x_ld_state(j, 2, s,
               offsetof(struct cpu, seg) + seg * sizeof(struct segment) +
                   offsetof(struct segment, sel));
    x_st_state(j, 2, s, to);
    reg_release(j, s);
}

void x87_store_pointers(struct jit *j)
{
    const struct ir_guest *g;

    if (!j->x87_last)
        return;
    g = &j->b->guest[j->x87_last - 1];
    x_st_state_imm(j, 4, offsetof(struct cpu, fpu.fip), block_eip(j->b, j->x87_last - 1u));
    note_reloc(j, RELOC_EIP, j->p - 4);
    x_st_state_imm(j, 2, offsetof(struct cpu, fpu.fop), g->fop);
    copy_selector(j, SEG_CS, offsetof(struct cpu, fpu.fcs));
    if (j->x87_mem)
        copy_selector(j, j->b->guest[j->x87_mem - 1].x87_seg, offsetof(struct cpu, fpu.fds));
    j->x87_last = j->x87_mem = 0;
}

static void note(struct jit *j, const struct ir_insn *i, unsigned op)
{
    j->b->guest[i->index].fop = (uint16_t)op;
    j->x87_last = (uint16_t)(i->index + 1);
}

static void note_memory(struct jit *j, const struct ir_insn *i, unsigned seg, unsigned ea)
{
    j->b->guest[i->index].x87_seg = (uint8_t)seg;
    j->x87_mem = (uint16_t)(i->index + 1);
    x_st_state(j, 8, ea, offsetof(struct cpu, fpu.fdp));
}

/* --- instructions --- */

static bool memory_form(struct jit *j, const struct ir_insn *i, unsigned op, unsigned seg)
{
    unsigned row = op >> 8, digit = op >> 3 & 7;
    const struct memory_op *m = &memory_ops[row][digit];
    struct access a;

    if (m->form == FORM_HELPER || (m->size == 10 && j->ir->mode & MODE_AC))
        return false;
    flags_clobber(j, (uint16_t)(i->fkeep | i->ffault));
    access_begin(j, i->b, seg, m->size, m->form == FORM_STORE, m->size <= 4, &a);
    x_rm(j, 4, 0xd8 + row, digit, a.entry, a.lin, 0, 0);
    note(j, i, op);
    note_memory(j, i, seg, a.ea);
    access_end(j, i, &a);
    return true;
}

/* FLDCW m16: on the host if it leaves all masked; else the helper does it and the mode changes. */
static bool load_control(struct jit *j, const struct ir_insn *i, unsigned seg)
{
    struct access a;
    unsigned v;

    flags_clobber(j, (uint16_t)(i->fkeep | i->ffault));
    access_begin(j, i->b, seg, 2, false, true, &a);
    v = reg_scratch(j);
    x_rm(j, 4, 0x0fb7, v, a.entry, a.lin, 0, 0);
    x_alu_ri(j, 4, ALU_AND, v, 0x1f3f);
    x_alu_ri(j, 4, ALU_OR, v, 0x40);
    x_st_state(j, 2, v, offsetof(struct cpu, ret));
    x_rr(j, 4, 0xf7, 2, v);
    x_rr(j, 1, 0xf6, 0, v);
    x8(j, 0x3f);
    a.slow[a.nslow++] = x_jcc(j, 5);
    x_rr(j, 4, 0xf7, 2, v);
    x_st_state(j, 2, v, offsetof(struct cpu, fpu.cw));
    x_rm(j, 4, 0xd9, 5, STATE_REG, NOREG, 0, offsetof(struct cpu, ret));
    access_end(j, i, &a);
    return true;
}

/* FNSTCW m16 and FNSTSW m16. */
static bool store_word(struct jit *j, const struct ir_insn *i, unsigned seg, bool status)
{
    struct access a;
    unsigned v;

    flags_clobber(j, (uint16_t)(i->fkeep | i->ffault));
    access_begin(j, i->b, seg, 2, true, true, &a);
    if (status) {
        x_rm(j, 4, 0xdd, 7, a.entry, a.lin, 0, 0);
    } else {
        v = reg_scratch(j);
        x_ld_state(j, 2, v, offsetof(struct cpu, fpu.cw));
        x_rm(j, 2, 0x89, v, a.entry, a.lin, 0, 0);
    }
    access_end(j, i, &a);
    return true;
}

static bool plain(struct jit *j, const struct ir_insn *i)
{
    uint64_t op = 0, so = 0;
    unsigned row, modrm, seg;

    if (!ref_value(j, i->a, &op) || !ref_value(j, i->c, &so))
        return false;
    row = op >> 8 & 7;
    modrm = op & 0xff;
    seg = so & 7;
    if (modrm < 0xc0) {
        if (row == 1 && (modrm >> 3 & 7) == 5)
            return load_control(j, i, seg);
        if ((row == 1 || row == 5) && (modrm >> 3 & 7) == 7)
            return store_word(j, i, seg, row == 5);
        return memory_form(j, i, (unsigned)op, seg);
    }
    if (row == 3 && modrm == 0xe2) {
        x8(j, 0xdb);
        x8(j, 0xe2);
        return true;
    }
    if (!register_op(row, modrm))
        return false;
    x8(j, 0xd8 + row);
    x8(j, modrm);
    note(j, i, (unsigned)op);
    return true;
}

static bool compare_flags(struct jit *j, const struct ir_insn *i)
{
    uint64_t op = 0;

    if (!ref_value(j, i->a, &op))
        return false;
    /* C1 becomes 0, which AMD's FCOMI leaves alone: FINCSTP and FDECSTP do that. */
    x8(j, 0xd9);
    x8(j, 0xf7);
    x8(j, 0xd9);
    x8(j, 0xf6);
    x8(j, 0xd8 + (op >> 8 & 7));
    x8(j, op & 0xff);
    note(j, i, (unsigned)op);
    if (i->fset)
        flags_defined(j, i, FLAGS_STATUS);
    else
        j->host = 0;
    return true;
}

/* FCMOVNE (DB C8+i) moves if the condition, computed before, is not 0. */
static bool conditional_move(struct jit *j, const struct ir_insn *i)
{
    uint64_t op = 0;
    unsigned cond;

    if (!ref_value(j, i->a, &op))
        return false;
    cond = reg_use(j, i->b, 1);
    flags_clobber(j, (uint16_t)(i->fkeep | i->ffault));
    x_rr(j, 1, 0x84, cond, cond);
    x8(j, 0xdb);
    x8(j, 0xc8 | (op & 7));
    note(j, i, (unsigned)op);
    return true;
}

static bool status_word(struct jit *j, const struct ir_insn *i)
{
    x_rm(j, 4, 0xdd, 7, STATE_REG, NOREG, 0, offsetof(struct cpu, ret));
    x_ld_state(j, 2, reg_def(j, i->dst), offsetof(struct cpu, ret));
    return true;
}

bool x87_helper(struct jit *j, const struct ir_insn *i)
{
    if (j->ir->mode & MODE_MF)
        return false;
    switch (i->aux) {
    case HELPER_x87:
        return plain(j, i);
    case HELPER_x87_fcomi:
        return compare_flags(j, i);
    case HELPER_x87_fcmov:
        return conditional_move(j, i);
    case HELPER_x87_fnstsw_ax:
        return status_word(j, i);
    case HELPER_fwait:
        return true;
    case HELPER_emms:
        x8(j, 0x0f);
        x8(j, 0x77);
        return true;
    default:
        return false;
    }
}
