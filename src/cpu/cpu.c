/* cpu.c - the CPU's state table, reset, mode, pins and what happens between instructions. */
#include "cpu/cpu.h"
#include <string.h>
#include "base/err.h"
#include "cpu/internal.h"

static const struct state_field segment_state[] = {
    STATE_INT(struct segment, base),
    STATE_INT(struct segment, limit),
    STATE_INT(struct segment, attr),
    STATE_INT(struct segment, sel),
    STATE_SKIP(struct segment, pad, "padding"),
    STATE_SKIP(struct segment, read_end, "segment_derive makes it again"),
    STATE_SKIP(struct segment, write_end, "segment_derive makes it again"),
    STATE_END,
};

static const struct state_field table_reg_state[] = {
    STATE_INT(struct table_reg, base),
    STATE_INT(struct table_reg, limit),
    STATE_SKIP(struct table_reg, pad, "padding"),
    STATE_END,
};

static const struct state_field f80_state[] = {
    STATE_INT(struct f80, man),
    STATE_INT(struct f80, se),
    STATE_SKIP(struct f80, pad, "padding"),
    STATE_END,
};

static const struct state_field fpu_state[] = {
    STATE_ARRAY(struct fpu, r, f80_state),
    STATE_INT(struct fpu, cw),
    STATE_INT(struct fpu, sw),
    STATE_INT(struct fpu, valid),
    STATE_SKIP(struct fpu, pad, "padding"),
    STATE_INT(struct fpu, fop),
    STATE_SKIP(struct fpu, pad2, "padding"),
    STATE_INT(struct fpu, fip),
    STATE_INT(struct fpu, fdp),
    STATE_INT(struct fpu, fcs),
    STATE_INT(struct fpu, fds),
    STATE_INT(struct fpu, mxcsr),
    STATE_END,
};

static const struct state_field vec128_state[] = {
    STATE_INTS(union vec128, q),
    STATE_END,
};

static const struct state_field msr_state[] = {
    STATE_INT(struct msr_file, tsc_offset),
    STATE_INT(struct msr_file, apic_base),
    STATE_INT(struct msr_file, efer),
    STATE_INT(struct msr_file, pat),
    STATE_INT(struct msr_file, sysenter_cs),
    STATE_INT(struct msr_file, sysenter_esp),
    STATE_INT(struct msr_file, sysenter_eip),
    STATE_INT(struct msr_file, misc_enable),
    STATE_INT(struct msr_file, mtrr_def_type),
    STATE_INTS(struct msr_file, mtrr_base),
    STATE_INTS(struct msr_file, mtrr_mask),
    STATE_INTS(struct msr_file, mtrr_fix),
    STATE_INT(struct msr_file, ucode_rev),
    STATE_INTS(struct msr_file, p5_mc),
    STATE_INT(struct msr_file, mcg_status),
    STATE_INT(struct msr_file, mcg_ctl),
    STATE_INTS_OF(struct msr_file, mc, mc[0][0]),
    STATE_INT(struct msr_file, star),
    STATE_INT(struct msr_file, lstar),
    STATE_INT(struct msr_file, cstar),
    STATE_INT(struct msr_file, fmask),
    STATE_INT(struct msr_file, fs_base),
    STATE_INT(struct msr_file, gs_base),
    STATE_INT(struct msr_file, kernel_gs_base),
    STATE_INT(struct msr_file, tsc_aux),
    STATE_INT(struct msr_file, feature_control),
    STATE_INT(struct msr_file, debugctl),
    STATE_END,
};

#define SKIP(f, why) STATE_SKIP(struct cpu, f, why)
const struct state_field cpu_state[] = {
    STATE_INTS(struct cpu, gpr),
    STATE_INT(struct cpu, eip),
    STATE_INT(struct cpu, of),
    STATE_INT(struct cpu, lahf),
    SKIP(pad0, "padding"),
    STATE_INT(struct cpu, eflags),
    STATE_ARRAY(struct cpu, seg, segment_state),
    STATE_STRUCT(struct cpu, ldt, segment_state),
    STATE_STRUCT(struct cpu, tr, segment_state),
    STATE_STRUCT(struct cpu, gdt, table_reg_state),
    STATE_STRUCT(struct cpu, idt, table_reg_state),
    STATE_INT(struct cpu, cr0),
    STATE_INT(struct cpu, cr2),
    STATE_INT(struct cpu, cr3),
    STATE_INT(struct cpu, cr4),
    STATE_INT(struct cpu, cr8),
    STATE_INT(struct cpu, xcr0),
    STATE_INTS(struct cpu, dr),
    STATE_INTS(struct cpu, pdpte),
    STATE_STRUCT(struct cpu, fpu, fpu_state),
    STATE_ARRAY(struct cpu, xmm, vec128_state),
    STATE_STRUCT(struct cpu, msr, msr_state),
    STATE_INT(struct cpu, limit),
    STATE_INT(struct cpu, budget),
    STATE_INT(struct cpu, shadow_count),
    STATE_INT(struct cpu, nodb_count),
    STATE_INT(struct cpu, rf_count),
    STATE_INT(struct cpu, cpl),
    STATE_INT(struct cpu, halted),
    STATE_INT(struct cpu, shutdown),
    STATE_INT(struct cpu, intr),
    STATE_INT(struct cpu, nmi_pending),
    STATE_INT(struct cpu, nmi_blocked),
    STATE_INT(struct cpu, smi_pending),
    STATE_INT(struct cpu, init_pending),
    STATE_INT(struct cpu, smm),
    STATE_INT(struct cpu, db_pending),
    SKIP(pad1, "padding"),
    STATE_INT(struct cpu, dr6_pending),
    STATE_INT(struct cpu, smbase),
    SKIP(mode, "cpu_update_mode makes it again"),
    SKIP(inside, "0 between instructions"),
    SKIP(mmu, "cpu_update_mode makes it again"),
    SKIP(tlb_base, "cpu_update_mode makes it again"),
    SKIP(tlb, "filled again by walks"),
    SKIP(mem, "given at init"),
    SKIP(clock, "given at init"),
    SKIP(log, "given at init"),
    SKIP(model, "given at init"),
    SKIP(hooks, "given by the machine"),
    SKIP(flush_pending, "done before a state is saved"),
    SKIP(mode_changed, "the engine's"),
    SKIP(db_before, "within an instruction only"),
    SKIP(dr6_before, "within an instruction only"),
    SKIP(delivering, "false between instructions"),
    SKIP(fault, "in flight within an instruction only"),
    SKIP(chain, "for the story of a shutdown"),
    SKIP(chain_len, "for the story of a shutdown"),
    SKIP(unwind, "the run loop's"),
    SKIP(engine, "the engine's"),
    SKIP(host_pc, "the engine's"),
    SKIP(block, "the engine's"),
    SKIP(io_begin, "the engine's"),
    SKIP(code_write, "the engine's"),
    SKIP(again, "the engine's"),
    SKIP(host_sp, "the engine's"),
    SKIP(host_sp_limit, "the engine's"),
    SKIP(args, "within a helper call only"),
    SKIP(ret, "within a helper call only"),
    SKIP(scratch, "within an instruction only"),
    SKIP(vtmp, "within an instruction only"),
    STATE_END,
};
#undef SKIP

bool cpu_init(struct cpu *cpu, const char *model, struct physmem *mem, struct clock *clock,
              const struct log *log, struct err *e)
{
    memset(cpu, 0, sizeof(*cpu));
    cpu->model = cpu_model_find(model);
    if (!cpu->model)
        return err_set(e, "unknown processor '%s'", model);
    cpu->mem = mem;
    cpu->clock = clock;
    cpu->log = log;
    if (!tlb_init(&cpu->tlb, mem->ram, e))
        return false;
    cpu_reset(cpu);
    return true;
}

void cpu_fini(struct cpu *cpu)
{
    tlb_fini(&cpu->tlb);
}

/* --- reset (SDM vol. 3A, table 9-1) --- */

static void reset_segments(struct cpu *cpu)
{
    static const uint32_t data = SEGA_P | SEGA_S | SEGA_RW | SEGA_A;

    for (unsigned i = 0; i < SEG_COUNT; i++)
        cpu->seg[i] = (struct segment){.limit = 0xffff, .attr = data};
    cpu->seg[SEG_CS].sel = 0xf000;
    cpu->seg[SEG_CS].base = 0xffff0000;
    cpu->ldt = (struct segment){.limit = 0xffff, .attr = SEGA_P | SYS_LDT << 8};
    cpu->tr = (struct segment){.limit = 0xffff, .attr = SEGA_P | SYS_TSS32_BUSY << 8};
    cpu->gdt = cpu->idt = (struct table_reg){.limit = 0xffff};
}

/* What RESET# and INIT# have in common. */
static void reset_core(struct cpu *cpu)
{
    memset(cpu->gpr, 0, sizeof(cpu->gpr));
    cpu->gpr[R_DX] = cpu->model->signature;
    cpu->eip = 0xfff0;
    cpu->lahf = 2;
    cpu->of = 0;
    cpu->eflags = 2;
    reset_segments(cpu);
    cpu->cr2 = cpu->cr3 = cpu->cr4 = cpu->cr8 = 0;
    memset(cpu->pdpte, 0, sizeof(cpu->pdpte));
    memset(cpu->dr, 0, sizeof(cpu->dr));
    cpu->dr[6] = 0xffff0ff0;
    cpu->dr[7] = 0x400;
    cpu->msr.efer = 0;
    cpu->cpl = 0;
    cpu->halted = cpu->shutdown = false;
    cpu->nmi_pending = cpu->nmi_blocked = cpu->smi_pending = cpu->init_pending = false;
    smm_set(cpu, false);
    cpu->db_pending = false;
    cpu->dr6_pending = 0;
    cpu->shadow_count = cpu->nodb_count = cpu->rf_count = NEVER;
    cpu->inside = 0;
    cpu->delivering = false;
    cpu_tlb_flush(cpu);
    cpu_post_load(cpu);
}

static void reset_msrs(struct cpu *cpu)
{
    memset(&cpu->msr, 0, sizeof(cpu->msr));
    cpu->msr.apic_base = 0xfee00000 | BIT(11) | BIT(8);
    cpu->msr.pat = 0x0007040600070406;
    cpu->msr.misc_enable = 1;
    if (cpu->clock && cpu->clock->count)
        cpu->msr.tsc_offset = 0 - clock_now(cpu->clock);
}

void cpu_reset(struct cpu *cpu)
{
    reset_msrs(cpu);
    memset(cpu->xmm, 0, sizeof(cpu->xmm));
    cpu->fpu = (struct fpu){.cw = 0x40, .valid = 0xff, .mxcsr = 0x1f80};
    cpu->xcr0 = 1;
    cpu->cr0 = cpu_has(cpu, FEAT_I486) ? CR0_CD | CR0_NW | CR0_ET : CR0_ET;
    cpu->smbase = 0x30000;
    reset_core(cpu);
}

/* INIT# keeps caches, MSRs, FPU and SSE (SDM vol. 3A, 9.1). */
static void reset_init(struct cpu *cpu)
{
    cpu->cr0 = (cpu->cr0 & (CR0_CD | CR0_NW)) | CR0_ET;
    reset_core(cpu);
}

void cpu_post_load(struct cpu *cpu)
{
    for (unsigned i = 0; i < SEG_COUNT; i++)
        segment_derive(&cpu->seg[i]);
    segment_derive(&cpu->ldt);
    segment_derive(&cpu->tr);
    cpu->inside = 0;
    cpu->delivering = cpu->flush_pending = false;
    cpu_tlb_flush(cpu);
    cpu_update_mode(cpu);
    cpu->mode_changed = true;
}

/* --- mode and flags --- */

static bool wide(const struct cpu *cpu, unsigned i)
{
    const struct segment *s = &cpu->seg[i];

    return s->read_end == BIT64(32) && (i == SEG_CS || s->write_end == BIT64(32));
}

static bool flat(const struct cpu *cpu, unsigned i)
{
    return !cpu->seg[i].base && wide(cpu, i);
}

static uint32_t mode_of_fpu(const struct cpu *cpu)
{
    uint32_t m = 0;

    if (~cpu->fpu.cw & 0x3f)
        m |= MODE_MF;
    if (~cpu->fpu.mxcsr & 0x1f80)
        m |= MODE_XM;
    if (cpu->cr0 & (CR0_EM | CR0_TS))
        m |= MODE_NOFPU;
    if ((cpu->cr0 & CR0_EM) || !(cpu->cr4 & CR4_OSFXSR))
        m |= MODE_NOSSE;
    if (cpu->cr0 & CR0_TS)
        m |= MODE_TS;
    if (cpu->cr0 & CR0_EM)
        m |= MODE_NOMMX;
    if ((cpu->cr0 & (CR0_MP | CR0_TS)) == (CR0_MP | CR0_TS))
        m |= MODE_WAIT_NM;
    return m;
}

/* The mode's bits that a data segment register alone decides. */
static uint32_t mode_of_segment(const struct cpu *cpu, unsigned i)
{
    uint32_t m = flat(cpu, i) ? BIT(MODE_FLAT_SHIFT + i) : 0;

    if (i == SEG_FS && wide(cpu, i))
        m |= MODE_WIDE_FS;
    if (i == SEG_GS && wide(cpu, i))
        m |= MODE_WIDE_GS;
    return m;
}

void cpu_update_mode_segment(struct cpu *cpu, unsigned i)
{
    uint32_t bits = BIT(MODE_FLAT_SHIFT + i) | (i == SEG_FS ? MODE_WIDE_FS : 0) |
                    (i == SEG_GS ? MODE_WIDE_GS : 0);
    uint32_t m = (cpu->mode & ~bits) | mode_of_segment(cpu, i);

    cpu->mode_changed |= m != cpu->mode;
    cpu->mode = m;
}

void cpu_update_mode(struct cpu *cpu)
{
    uint32_t m = mode_of_fpu(cpu) | (uint32_t)cpu->cpl << MODE_CPL_SHIFT;

    if (cpu->cpl == 3 && cpu->cr0 & CR0_AM && cpu->eflags & EF_AC)
        m |= MODE_AC;
    if (cpu->seg[SEG_CS].attr & SEGA_DB)
        m |= MODE_CS32;
    if (cpu->seg[SEG_SS].attr & SEGA_DB)
        m |= MODE_SS32;
    if (cpu_v86(cpu))
        m |= MODE_VM;
    else if (!cpu_real(cpu))
        m |= MODE_PE;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        m |= mode_of_segment(cpu, i);
    if ((cpu->eflags & EF_TF) || (cpu->dr[7] & 0xff))
        m |= MODE_STEP;
    if (cpu->eflags & EF_DF)
        m |= MODE_DF;
    if (cpu->smm)
        m |= MODE_SMM;
    if (cpu_mmu(cpu, cpu->cpl) == TLB_KERNEL_AC)
        m |= MODE_KERNEL_AC;
    cpu->mode_changed |= m != cpu->mode;
    cpu->mode = m;
    cpu->mmu = cpu_mmu(cpu, cpu->cpl);
    cpu->tlb_base = tlb_base(&cpu->tlb, cpu->mmu);
}

/* SDM vol. 3A, 4.6.1.  What accesses system tables says TLB_KERNEL: SMAP holds there whatever AC
 * is. */
enum tlb_mmu cpu_mmu(const struct cpu *cpu, unsigned cpl)
{
    if (cpl == 3)
        return TLB_USER;
    return (cpu->cr4 & CR4_SMAP) && (cpu->eflags & EF_AC) ? TLB_KERNEL_AC : TLB_KERNEL;
}

void cpu_set_eflags(struct cpu *cpu, uint32_t v)
{
    uint32_t known = EF_TF | EF_IF | EF_DF | EF_IOPL | EF_NT | EF_VM, old = cpu->eflags;

    if (cpu_has(cpu, FEAT_I486))
        known |= EF_AC;
    if (cpu->model->max_leaf)
        known |= EF_ID;
    if (cpu_has(cpu, FEAT_VME))
        known |= EF_VIF | EF_VIP;
    cpu->lahf = (uint8_t)((v & 0xd5) | 2);
    cpu->of = v >> 11 & 1;
    cpu->eflags = (v & known) | 2;
    if ((old ^ cpu->eflags) & (EF_TF | EF_DF | EF_VM | EF_AC))
        cpu_update_mode(cpu);
    if (cpu->intr && (cpu->eflags & ~old & EF_IF))
        cpu_kick(cpu);
}

/* --- pins --- */

void cpu_forget_passed(struct cpu *cpu)
{
    uint64_t *const counts[] = {&cpu->shadow_count, &cpu->nodb_count, &cpu->rf_count};

    for (unsigned n = 0; n < ARRAY_LEN(counts); n++) {
        if (*counts[n] < cpu_count(cpu))
            *counts[n] = NEVER;
    }
}

void cpu_set_deadline(struct cpu *cpu, uint64_t count)
{
    if (count >= cpu->limit)
        return;
    uint64_t by = cpu->limit - count;
    if (cpu->budget <= 0 || by >= (uint64_t)cpu->budget) {
        cpu_kick(cpu);
        return;
    }
    cpu->limit -= by;
    cpu->budget -= (int64_t)by;
}

void cpu_set_intr(struct cpu *cpu, bool level)
{
    cpu->intr = level;
    if (level && ((cpu->eflags & EF_IF) || cpu->halted))
        cpu_kick(cpu);
}

void cpu_nmi(struct cpu *cpu)
{
    cpu->nmi_pending = true;
    cpu_kick(cpu);
}

void cpu_smi(struct cpu *cpu)
{
    if (!cpu_has(cpu, FEAT_SMM))
        return;
    cpu->smi_pending = true;
    cpu_kick(cpu);
}

void cpu_init_pin(struct cpu *cpu)
{
    cpu->init_pending = true;
    cpu_kick(cpu);
}

/* --- between instructions --- */

struct due {
    bool smi, init, trap, nmi, intr;
    bool shadowed; /* something would be due but for the shadow of STI or MOV SS */
};

static struct due due_now(const struct cpu *cpu)
{
    uint64_t count = cpu_count(cpu);
    bool shadow = count == cpu->shadow_count, nodb = cpu_ss_shadow(cpu);
    bool smi = cpu->smi_pending && !cpu->smm, trap = cpu->db_pending;
    bool nmi = cpu->nmi_pending && !cpu->nmi_blocked, intr = cpu->intr && (cpu->eflags & EF_IF);

    return (struct due){
        .smi = smi && !nodb,
        .init = cpu->init_pending && !cpu->smm,
        .trap = trap && !nodb,
        .nmi = nmi && !nodb,
        .intr = intr && !shadow,
        .shadowed = (nodb && (smi || trap || nmi)) || (shadow && intr),
    };
}

bool cpu_poll_needed(const struct cpu *cpu)
{
    if (!(cpu->flush_pending | cpu->smi_pending | cpu->init_pending | cpu->db_pending |
          cpu->nmi_pending | cpu->intr))
        return false;
    struct due d = due_now(cpu);

    if (cpu->shutdown)
        return d.init;
    return cpu->flush_pending || d.smi || d.init || d.trap || d.nmi || d.intr || d.shadowed;
}

static void deliver_external(struct cpu *cpu, int vector)
{
    struct event_in ev = {.vector = (uint8_t)vector,
                          .ext = 1,
                          .ret = (uint32_t)cpu->eip,
                          .rf = cpu_count(cpu) == cpu->rf_count};

    event_deliver(cpu, &ev);
}

static void deliver_trap(struct cpu *cpu)
{
    cpu->db_pending = false;
    cpu->dr[6] |= cpu->dr6_pending;
    cpu->dr6_pending = 0;
    cpu->dr[7] &= ~(uint64_t)BIT(13); /* GD */
    deliver_external(cpu, EXC_DB);
}

static void deliver_intr(struct cpu *cpu)
{
    int vector = cpu->hooks.int_ack ? cpu->hooks.int_ack(cpu->hooks.opaque) : -1;

    if (vector >= 0)
        deliver_external(cpu, vector);
}

/* One event at a time: after each, what else is due is looked at again, by the flags of the
 * handler. */
static bool poll_one(struct cpu *cpu)
{
    struct due d = due_now(cpu);

    if (cpu->shutdown && !d.init)
        return false;
    if (!(d.smi || d.init || d.trap || d.nmi || d.intr))
        return false;
    if (d.smi) {
        cpu->smi_pending = false;
        smm_enter(cpu);
        return true;
    }
    cpu->halted = false;
    if (d.init) {
        reset_init(cpu);
    } else if (d.trap) {
        deliver_trap(cpu);
    } else if (d.nmi) {
        cpu->nmi_pending = false;
        cpu->nmi_blocked = true;
        deliver_external(cpu, EXC_NMI);
    } else {
        deliver_intr(cpu);
    }
    return true;
}

void cpu_poll(struct cpu *cpu)
{
    if (cpu->flush_pending) {
        cpu->flush_pending = false;
        cpu_tlb_flush(cpu);
    }
    for (unsigned i = 0; i < 4 && poll_one(cpu); i++)
        continue;
    if (due_now(cpu).shadowed)
        cpu_set_deadline(cpu, cpu_count(cpu) + 1);
}
