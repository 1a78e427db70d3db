/* x87.c - entry to the x87 instructions: dispatch, pending exceptions, the last instruction's
 * pointers. */
#include "cpu/x87.h"
#include "cpu/helpers.h"

/* Moves FERR# as ES asks for, where CR0.NE leaves errors to the pin (SDM vol. 3A, 2.5; vol.
 * 1, 8.7.2). */
static void drive_ferr(struct cpu *cpu, bool was, bool is)
{
    uint8_t inside = cpu->inside;

    if (was == is || cpu->cr0 & CR0_NE || !cpu->hooks.ferr)
        return;
    if (cpu->io_begin)
        cpu->io_begin(cpu);
    cpu->hooks.ferr(cpu->hooks.opaque, is);
    cpu->inside = inside;
}

void x87_set_words(struct cpu *cpu, uint16_t cw, uint16_t sw)
{
    bool was = cpu->fpu.sw & FSW_ES, is = sw & ~cw & SF_ALL;

    drive_ferr(cpu, was, is);
    was = (~cw ^ ~cpu->fpu.cw) & SF_ALL;
    cpu->fpu.cw = (uint16_t)((cw & 0x1f3f) | 0x40);
    cpu->fpu.sw = (uint16_t)((sw & ~(FSW_ES | FSW_B)) | (is ? FSW_ES | FSW_B : 0));
    if (was)
        cpu_update_mode(cpu);
}

/* Memory forms also note the operand (SDM vol. 1, 8.1.8). */
static void note_pointers(struct cpu *cpu, const struct x87_insn *in)
{
    struct fpu *f = &cpu->fpu;

    f->fop = in->op;
    f->fip = in->ip;
    f->fcs = cpu->seg[SEG_CS].sel;
    if ((in->op & 0xc0) != 0xc0) {
        f->fdp = in->ea;
        f->fds = cpu->seg[in->seg].sel;
    }
}

void x87_commit_quiet(struct cpu *cpu, const struct x87_insn *in, bool c1)
{
    struct fpu *f = &cpu->fpu;

    note_pointers(cpu, in);
    f->sw = (uint16_t)((f->sw & ~FSW_C1) | (c1 ? FSW_C1 : 0));
}

bool x87_commit(struct cpu *cpu, const struct x87_insn *in, const struct x87_status *st)
{
    struct fpu *f = &cpu->fpu;
    unsigned flags = st->sf.flags, unmasked = flags & ~st->sf.masked;
    bool result = !(unmasked & SF_PRE), c1 = result && st->sf.up;

    if (!result)
        flags &= SF_PRE;
    if (unmasked) {
        drive_ferr(cpu, f->sw & FSW_ES, true);
        flags |= FSW_ES | FSW_B;
    }
    if (st->stack_fault)
        c1 = st->stack_fault & FSW_C1;
    x87_commit_quiet(cpu, in, c1);
    f->sw |= (uint16_t)(flags | (st->stack_fault & FSW_SF));
    return result;
}

uint64_t x87_load(struct cpu *cpu, const struct x87_insn *in, unsigned size)
{
    return cpu_load(cpu, cpu_linear(cpu, in->seg, in->ea, size, false), size, cpu->mmu);
}

struct f80 x87_load_f80(struct cpu *cpu, const struct x87_insn *in)
{
    uint64_t lin = cpu_linear(cpu, in->seg, in->ea, 10, false);
    uint64_t man = cpu_load(cpu, lin, 8, cpu->mmu);

    return (struct f80){.man = man, .se = (uint16_t)cpu_load(cpu, lin + 8, 2, cpu->mmu)};
}

void x87_store(struct cpu *cpu, const struct x87_insn *in, uint64_t v, unsigned size)
{
    cpu_store(cpu, cpu_linear(cpu, in->seg, in->ea, size, true), v, size, cpu->mmu);
}

/* With NE clear the processor stops before the next instruction that waits, until an interrupt
 * comes or IGNNE# lets it go on (SDM vol. 1, 8.7.2 and D.1). */
static void freeze(struct cpu *cpu)
{
    if (!cpu->hooks.ignne || cpu->hooks.ignne(cpu->hooks.opaque) || !cpu->again)
        return;
    cpu->halted = true;
    cpu->again(cpu);
}

static void raise_pending(struct cpu *cpu)
{
    if (!(cpu->fpu.sw & FSW_ES))
        return;
    if (cpu->cr0 & CR0_NE)
        cpu_raise(cpu, EXC_MF);
    freeze(cpu);
}

/* FNSTCW, FNSTENV, FNSAVE, FNSTSW, and FNENI to FNSETPM do not look at pending exceptions (SDM vol.
 * 1, 8.3.11). */
static bool waits(unsigned op)
{
    unsigned reg = op >> 3 & 7;

    if ((op & 0xc0) == 0xc0)
        return op < 0x3e0 || op > 0x3e4;
    return !((op >> 8 == 1 || op >> 8 == 5) && reg >= 6);
}

uint64_t helper_x87(struct cpu *cpu, uint64_t op, uint64_t ea, uint64_t so, uint64_t ip)
{
    struct x87_insn in = {
        .op = (uint16_t)op, .seg = so & 7, .opsize = so >> 8 & 15, .ea = ea, .ip = ip};
    unsigned row = op >> 8 & 7;

    if (cpu->fpu.sw & FSW_ES && waits((unsigned)op))
        raise_pending(cpu);
    if ((op & 0xc0) == 0xc0)
        x87_register_ops[row][op & 63](cpu, &in);
    else
        x87_memory_ops[row][op >> 3 & 7](cpu, &in);
    return 0;
}

uint64_t helper_fwait(struct cpu *cpu)
{
    raise_pending(cpu);
    return 0;
}

uint64_t helper_x87_fnstsw_ax(struct cpu *cpu)
{
    return cpu->fpu.sw;
}

/* SDM vol. 2A, FCOMI: ZF PF CF tell the relation, OF SF AF are cleared.  The SDM has unmasked
 * exceptions leave the flags alone; silicon sets them. */
uint64_t helper_x87_fcomi(struct cpu *cpu, uint64_t op, uint64_t ea, uint64_t so, uint64_t ip)
{
    static const uint8_t flags[] = {[SF_EQUAL] = EF_ZF,
                                    [SF_LESS] = EF_CF,
                                    [SF_GREATER] = 0,
                                    [SF_UNORDERED] = EF_ZF | EF_PF | EF_CF};
    struct x87_insn in = {.op = (uint16_t)op, .ip = ip};
    struct fpu *f = &cpu->fpu;
    enum sf_relation rel = SF_UNORDERED;
    unsigned i = op & 7;
    bool pops = op & 0x400, ordered = op & 0x10; /* DB E8+i FUCOMI, DB F0+i FCOMI */

    (void)ea;
    (void)so;
    raise_pending(cpu);
    struct x87_status st = x87_begin(f);
    if (!x87_missing(f, 0, &st) && !x87_missing(f, i, &st))
        rel = f80_compare(x87_get(f, 0), x87_get(f, i), ordered, &st.sf);
    if (x87_commit(cpu, &in, &st) && pops)
        x87_pop(f);
    cpu->lahf = flags[rel] | 2;
    cpu->of = 0;
    return 0;
}

uint64_t helper_x87_fcmov(struct cpu *cpu, uint64_t op, uint64_t cond, uint64_t ip)
{
    struct x87_insn in = {.op = (uint16_t)op, .ip = ip};
    struct fpu *f = &cpu->fpu;
    struct f80 v = x87_indefinite();
    unsigned i = op & 7;

    raise_pending(cpu);
    struct x87_status st = x87_begin(f);
    bool missing = x87_missing(f, 0, &st) || x87_missing(f, i, &st);
    if (!missing)
        v = x87_get(f, i);
    st.sf.up = !missing && f->sw & FSW_C1; /* C1 changes for a stack fault alone */
    if (x87_commit(cpu, &in, &st) && (cond || missing))
        x87_put(f, 0, v);
    return 0;
}

uint64_t helper_emms(struct cpu *cpu)
{
    raise_pending(cpu);
    cpu->fpu.valid = 0;
    x87_set_top(&cpu->fpu, 0); /* SDM vol. 3A, table 12-1 */
    return 0;
}

uint64_t helper_mmx_enter(struct cpu *cpu)
{
    raise_pending(cpu);
    x87_set_top(&cpu->fpu, 0);
    cpu->fpu.valid = 0xff;
    return 0;
}
