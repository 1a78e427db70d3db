/* control.c - control registers, TLB invalidation and SMSW, LMSW, CLTS (SDM vol. 3A, 2.5). */
#include "cpu/internal.h"

void need_cpl0(struct cpu *cpu)
{
    if (cpu->cpl)
        cpu_raise_err(cpu, EXC_GP, 0);
}

static void need_umip(struct cpu *cpu)
{
    if ((cpu->cr4 & CR4_UMIP) && cpu->cpl)
        cpu_raise_err(cpu, EXC_GP, 0);
}

void cr0_set(struct cpu *cpu, uint64_t val)
{
    uint64_t known = CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_PG;

    if (cpu_has(cpu, FEAT_I486))
        known |= CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD;
    uint64_t new = (val & known) | CR0_ET, changed = cpu->cr0 ^ new;

    cpu->cr0 = new;
    if (changed & (CR0_PG | CR0_WP | CR0_PE))
        cpu_tlb_flush(cpu);
    cpu_update_mode(cpu);
}

void cr3_set(struct cpu *cpu, uint64_t val)
{
    if ((cpu->cr0 & CR0_PG) && (cpu->cr4 & CR4_PAE))
        pdptes_load(cpu, val);
    cpu->cr3 = (uint32_t)val;
    cpu_tlb_switch(cpu);
}

static void write_cr0(struct cpu *cpu, uint32_t val)
{
    bool caches = cpu_has(cpu, FEAT_I486) && (val & (CR0_NW | CR0_CD)) == CR0_NW;

    if ((val & (CR0_PG | CR0_PE)) == CR0_PG || caches)
        cpu_raise_err(cpu, EXC_GP, 0);
    if ((val & CR0_PG) && (cpu->cr4 & CR4_PAE) && ((val ^ cpu->cr0) & (CR0_PG | CR0_CD | CR0_NW))) {
        pdptes_load(cpu, cpu->cr3);
        tlb_forget_key(&cpu->tlb);
    }
    cr0_set(cpu, val);
}

static void write_cr4(struct cpu *cpu, uint64_t val)
{
    uint64_t changed = val ^ cpu->cr4;

    if (val & ~cpu_model_cr4(cpu->model))
        cpu_raise_err(cpu, EXC_GP, 0);
    if ((cpu->cr0 & CR0_PG) && (val & CR4_PAE) &&
        (changed & (CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP)))
        pdptes_load(cpu, cpu->cr3);
    cpu->cr4 = val;
    if (changed & (CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP | CR4_SMAP))
        cpu_tlb_flush(cpu);
    cpu_update_mode(cpu);
}

static bool cr_exists(const struct cpu *cpu, uint64_t n)
{
    return n == 0 || n == 2 || n == 3 || (n == 4 && cpu_model_cr4(cpu->model));
}

uint64_t helper_read_cr(struct cpu *cpu, uint64_t n)
{
    if (!cr_exists(cpu, n))
        cpu_raise(cpu, EXC_UD);
    need_cpl0(cpu);
    return n == 0 ? cpu->cr0 : n == 2 ? cpu->cr2 : n == 3 ? cpu->cr3 : cpu->cr4;
}

uint64_t helper_write_cr(struct cpu *cpu, uint64_t n, uint64_t val)
{
    if (!cr_exists(cpu, n))
        cpu_raise(cpu, EXC_UD);
    need_cpl0(cpu);
    if (n == 0)
        write_cr0(cpu, (uint32_t)val);
    else if (n == 2)
        cpu->cr2 = (uint32_t)val;
    else if (n == 3)
        cr3_set(cpu, val);
    else
        write_cr4(cpu, (uint32_t)val);
    return 0;
}

/* LMSW loads PE, MP, EM and TS, and cannot clear PE. */
uint64_t helper_lmsw(struct cpu *cpu, uint64_t val)
{
    need_cpl0(cpu);
    val = (val & 0xf) | (cpu->cr0 & CR0_PE);
    cr0_set(cpu, (cpu->cr0 & ~0xfull) | val);
    return 0;
}

uint64_t helper_smsw(struct cpu *cpu)
{
    need_umip(cpu);
    return cpu->cr0;
}

uint64_t helper_clts(struct cpu *cpu)
{
    need_cpl0(cpu);
    cpu->cr0 &= ~(uint64_t)CR0_TS;
    cpu_update_mode(cpu);
    return 0;
}

uint64_t helper_invlpg(struct cpu *cpu, uint64_t lin)
{
    need_cpl0(cpu);
    if (log_on(cpu->log, LOG_MMU))
        log_print(cpu->log, "invlpg %08x\n", (uint32_t)lin);
    tlb_flush_page(&cpu->tlb, (uint32_t)lin >> PAGE_SHIFT);
    return 0;
}

uint64_t helper_wbinvd(struct cpu *cpu)
{
    need_cpl0(cpu);
    return 0;
}

/* --- descriptor-table registers --- */

static void load_table(struct cpu *cpu, struct table_reg *t, uint64_t off, uint64_t seg,
                       uint64_t opsize)
{
    uint32_t lin, limit, base;

    need_cpl0(cpu);
    lin = (uint32_t)cpu_linear(cpu, (enum seg_index)seg, (uint32_t)off, 6, false);
    limit = (uint32_t)cpu_load(cpu, lin, 2, cpu->mmu);
    base = (uint32_t)cpu_load(cpu, lin + 2, 4, cpu->mmu);
    t->limit = limit;
    t->base = opsize == 2 ? base & 0xffffff : base;
}

static void store_table(struct cpu *cpu, const struct table_reg *t, uint64_t off, uint64_t seg)
{
    uint32_t lin;

    need_umip(cpu);
    lin = (uint32_t)cpu_linear(cpu, (enum seg_index)seg, (uint32_t)off, 6, true);
    cpu_probe(cpu, lin, 6, TLB_WRITE, cpu->mmu);
    cpu_store(cpu, lin, t->limit, 2, cpu->mmu);
    cpu_store(cpu, lin + 2, t->base, 4, cpu->mmu);
}

uint64_t helper_lgdt(struct cpu *cpu, uint64_t off, uint64_t seg, uint64_t opsize)
{
    load_table(cpu, &cpu->gdt, off, seg, opsize);
    return 0;
}

uint64_t helper_lidt(struct cpu *cpu, uint64_t off, uint64_t seg, uint64_t opsize)
{
    load_table(cpu, &cpu->idt, off, seg, opsize);
    return 0;
}

uint64_t helper_sgdt(struct cpu *cpu, uint64_t off, uint64_t seg)
{
    store_table(cpu, &cpu->gdt, off, seg);
    return 0;
}

uint64_t helper_sidt(struct cpu *cpu, uint64_t off, uint64_t seg)
{
    store_table(cpu, &cpu->idt, off, seg);
    return 0;
}

/* Reads the descriptor that LLDT or LTR names: in the GDT, of one of the types, present. */
static void read_system(struct cpu *cpu, uint16_t sel, struct desc *d, uint32_t types)
{
    uint32_t err = sel & 0xfffc;

    if (sel & 4)
        cpu_raise_err(cpu, EXC_GP, err);
    desc_need(cpu, sel, d, EXC_GP, 0);
    if (desc_is(d, SEGA_S) || !(types >> desc_type(d) & 1))
        cpu_raise_err(cpu, EXC_GP, err);
    if (!desc_is(d, SEGA_P))
        cpu_raise_err(cpu, EXC_NP, err);
}

static void need_protected(struct cpu *cpu)
{
    if (cpu_real(cpu) || cpu_v86(cpu))
        cpu_raise(cpu, EXC_UD);
}

uint64_t helper_lldt(struct cpu *cpu, uint64_t sel)
{
    struct desc d;

    need_protected(cpu);
    need_cpl0(cpu);
    if (sel_null((uint16_t)sel)) {
        segment_set_null(&cpu->ldt, (uint16_t)sel);
        return 0;
    }
    read_system(cpu, (uint16_t)sel, &d, BIT(SYS_LDT));
    desc_to_segment(&cpu->ldt, (uint16_t)sel, &d);
    return 0;
}

uint64_t helper_ltr(struct cpu *cpu, uint64_t sel)
{
    struct desc d;

    need_protected(cpu);
    need_cpl0(cpu);
    if (sel_null((uint16_t)sel))
        cpu_raise_err(cpu, EXC_GP, 0);
    read_system(cpu, (uint16_t)sel, &d, BIT(SYS_TSS16) | BIT(SYS_TSS32));
    desc_busy(cpu, &d, true);
    desc_to_segment(&cpu->tr, (uint16_t)sel, &d);
    return 0;
}

uint64_t helper_sldt(struct cpu *cpu)
{
    need_protected(cpu);
    need_umip(cpu);
    return cpu->ldt.sel;
}

uint64_t helper_str(struct cpu *cpu)
{
    need_protected(cpu);
    need_umip(cpu);
    return cpu->tr.sel;
}
