/* smm.c - system-management mode: entry by SMI, the state save map, RSM (SDM vol. 3C, chapter 31).
 *
 * SMIACT# opens SMRAM for as long as the processor is in SMM: before the state is saved, until it
 * is restored.  What an SMI interrupts between two instructions (a debug trap that waits, the
 * shadow of STI) goes on after RSM, so it is saved too; so are the PDPTEs, which a handler may load
 * anew. */
#include "cpu/internal.h"

/* Offsets from SMBASE + 8000h.  Those at 7FA8h and above, and 7EF8h to 7F02h, are the SDM's (table
 * 31-1); the rest lies in its reserved part. */
enum {
    SAVE_AREA = 0x8000,
    SAVE_TRAP = 0x7ec8,   /* causes of the debug trap that waits, as in DR6; bit 31 if one does */
    SAVE_SHADOW = 0x7ecc, /* 1 in the shadow of STI */
    SAVE_PDPTE = 0x7ed0,
    SAVE_CR4 = 0x7f14,
    SAVE_SEG = 0x7f20, /* 12 bytes each: attributes, limit, base; LDTR and TR behind GS */
    SAVE_SEG_STEP = 12,
    SAVE_GDT = 0x7f80, /* base, limit */
    SAVE_IDT = 0x7f88,
    SAVE_CPL = 0x7f90,
    SAVE_REVISION = 0x7efc,
    SAVE_SMBASE = 0x7ef8,
    SAVE_HALT = 0x7f02,
    SAVE_SELECTOR = 0x7fa8, /* ES CS SS DS FS GS LDTR TR */
    SAVE_DR7 = 0x7fc8,
    SAVE_DR6 = 0x7fcc,
    SAVE_GPR = 0x7fd0,
    SAVE_EIP = 0x7ff0,
    SAVE_EFLAGS = 0x7ff4,
    SAVE_CR3 = 0x7ff8,
    SAVE_CR0 = 0x7ffc,
    REVISION = 0x20000 /* SMBASE can be moved */
};

static void put(struct cpu *cpu, unsigned at, uint64_t val)
{
    phys_store(cpu->mem, (uint32_t)(cpu->smbase + SAVE_AREA + at), (uint32_t)val, 4);
}

static uint32_t get(struct cpu *cpu, unsigned at)
{
    return (uint32_t)phys_load(cpu->mem, (uint32_t)(cpu->smbase + SAVE_AREA + at), 4);
}

/* Segment registers, LDTR and TR in the order of the save map. */
static struct segment *saved_segment(struct cpu *cpu, unsigned i)
{
    return i < SEG_COUNT ? &cpu->seg[i] : i == SEG_COUNT ? &cpu->ldt : &cpu->tr;
}

static void save_between(struct cpu *cpu)
{
    put(cpu, SAVE_TRAP, cpu->db_pending ? cpu->dr6_pending | BIT(31) : 0);
    put(cpu, SAVE_SHADOW, cpu_count(cpu) == cpu->shadow_count);
    for (unsigned i = 0; i < 4; i++) {
        put(cpu, SAVE_PDPTE + i * 8, cpu->pdpte[i]);
        put(cpu, SAVE_PDPTE + i * 8 + 4, cpu->pdpte[i] >> 32);
    }
}

static void save(struct cpu *cpu)
{
    save_between(cpu);
    for (unsigned i = 0; i < SEG_COUNT + 2; i++) {
        const struct segment *s = saved_segment(cpu, i);
        put(cpu, SAVE_SELECTOR + i * 4, s->sel);
        put(cpu, SAVE_SEG + i * SAVE_SEG_STEP, s->attr);
        put(cpu, SAVE_SEG + i * SAVE_SEG_STEP + 4, s->limit);
        put(cpu, SAVE_SEG + i * SAVE_SEG_STEP + 8, s->base);
    }
    for (unsigned i = 0; i < 8; i++)
        put(cpu, SAVE_GPR + i * 4, cpu->gpr[i]);
    put(cpu, SAVE_GDT, cpu->gdt.base);
    put(cpu, SAVE_GDT + 4, cpu->gdt.limit);
    put(cpu, SAVE_IDT, cpu->idt.base);
    put(cpu, SAVE_IDT + 4, cpu->idt.limit);
    put(cpu, SAVE_CPL, cpu->cpl);
    put(cpu, SAVE_REVISION, REVISION);
    put(cpu, SAVE_SMBASE, cpu->smbase);
    put(cpu, SAVE_CR4, cpu->cr4);
    put(cpu, SAVE_CR3, cpu->cr3);
    put(cpu, SAVE_CR0, cpu->cr0);
    put(cpu, SAVE_DR6, cpu->dr[6]);
    put(cpu, SAVE_DR7, cpu->dr[7]);
    put(cpu, SAVE_EIP, cpu->eip);
    put(cpu, SAVE_EFLAGS, eflags_image(cpu));
}

static void set_segments(struct cpu *cpu)
{
    for (unsigned i = 0; i < SEG_COUNT; i++) {
        cpu->seg[i] = (struct segment){.limit = 0xffffffff,
                                       .attr = SEGA_P | SEGA_S | SEGA_RW | SEGA_A | SEGA_G};
        segment_derive(&cpu->seg[i]);
    }
    cpu->seg[SEG_CS].sel = (uint16_t)(cpu->smbase >> 4);
    cpu->seg[SEG_CS].base = cpu->smbase;
}

void smm_set(struct cpu *cpu, bool on)
{
    bool was = cpu->smm;

    cpu->smm = on;
    if (was != on && cpu->hooks.smm)
        cpu->hooks.smm(cpu->hooks.opaque, on);
}

/* SDM vol. 3C, table 31-4. */
void smm_enter(struct cpu *cpu)
{
    bool halted = cpu->halted;

    smm_set(cpu, true);
    save(cpu);
    put(cpu, SAVE_HALT & ~3u, halted ? 0x10000 : 0);
    cpu->halted = cpu->db_pending = false;
    cpu->dr6_pending = 0;
    cpu->nmi_blocked = true;
    cpu->shadow_count = cpu->nodb_count = cpu->rf_count = NEVER;
    cpu->dr[7] = 0x400;
    cpu->eip = 0x8000;
    cpu->cpl = 0;
    cpu->cr4 = 0;
    set_segments(cpu);
    cpu_set_eflags(cpu, 2);
    cr0_set(cpu, cpu->cr0 & ~(uint64_t)(CR0_PE | CR0_EM | CR0_TS | CR0_PG));
    cpu_tlb_flush(cpu);
    cpu->flush_pending = false; /* SMRAM's */
    cpu_update_mode(cpu);
}

/* What makes RSM shut down (SDM vol. 3C, 31.3.2): impossible CR0 and CR4, and up to the Pentium an
 * SMBASE that is not a multiple of 32 KB. */
static bool saved_state_ok(struct cpu *cpu)
{
    uint32_t cr0 = get(cpu, SAVE_CR0), cr4 = get(cpu, SAVE_CR4);
    bool aligned = !(get(cpu, SAVE_SMBASE) & 0x7fff) || (cpu->model->signature >> 8 & 15) >= 6;

    return aligned && (cr0 & (CR0_PG | CR0_PE)) != CR0_PG && (cr0 & (CR0_NW | CR0_CD)) != CR0_NW &&
           !(cr4 & ~cpu_model_cr4(cpu->model));
}

static void restore_between(struct cpu *cpu)
{
    uint32_t trap = get(cpu, SAVE_TRAP);

    cpu->db_pending = trap >> 31;
    cpu->dr6_pending = trap & (BIT(14) | BIT(15) | 15);
    if (get(cpu, SAVE_SHADOW) & 1)
        cpu->shadow_count = count_after(cpu);
    for (unsigned i = 0; i < 4; i++)
        cpu->pdpte[i] = get(cpu, SAVE_PDPTE + i * 8) | (uint64_t)get(cpu, SAVE_PDPTE + i * 8 + 4)
                                                           << 32;
}

static void restore_segments(struct cpu *cpu)
{
    for (unsigned i = 0; i < SEG_COUNT + 2; i++) {
        struct segment *s = saved_segment(cpu, i);
        *s = (struct segment){.sel = (uint16_t)get(cpu, SAVE_SELECTOR + i * 4),
                              .attr = get(cpu, SAVE_SEG + i * SAVE_SEG_STEP) & SEGA_MASK,
                              .limit = get(cpu, SAVE_SEG + i * SAVE_SEG_STEP + 4),
                              .base = get(cpu, SAVE_SEG + i * SAVE_SEG_STEP + 8)};
        segment_derive(s);
    }
}

static void restore(struct cpu *cpu)
{
    uint32_t flags = get(cpu, SAVE_EFLAGS), cr0 = get(cpu, SAVE_CR0);

    restore_segments(cpu);
    restore_between(cpu);
    for (unsigned i = 0; i < 8; i++)
        cpu->gpr[i] = get(cpu, SAVE_GPR + i * 4);
    cpu->gdt.base = get(cpu, SAVE_GDT);
    cpu->gdt.limit = get(cpu, SAVE_GDT + 4);
    cpu->idt.base = get(cpu, SAVE_IDT);
    cpu->idt.limit = get(cpu, SAVE_IDT + 4);
    cpu->cpl = get(cpu, SAVE_CPL) & 3;
    cpu->cr4 = get(cpu, SAVE_CR4);
    cpu->cr3 = get(cpu, SAVE_CR3);
    cpu->dr[6] = get(cpu, SAVE_DR6);
    cpu->dr[7] = get(cpu, SAVE_DR7);
    cpu->eip = get(cpu, SAVE_EIP);
    cpu->halted = get(cpu, SAVE_HALT & ~3u) >> 16 & 1;
    cpu->smbase = get(cpu, SAVE_SMBASE);
    cpu->rf_count = flags & EF_RF ? count_after(cpu) : NEVER;
    cpu_set_eflags(cpu, flags);
    cr0_set(cpu, cr0);
    smm_set(cpu, false);
    cpu_tlb_flush(cpu);
    cpu->flush_pending = false;
    cpu_update_mode(cpu);
}

uint64_t helper_rsm(struct cpu *cpu)
{
    if (!cpu->smm)
        cpu_raise(cpu, EXC_UD);
    if (!saved_state_ok(cpu)) {
        cpu->shutdown = true;
        cpu_kick(cpu);
        return 0;
    }
    restore(cpu);
    cpu->nmi_blocked = false;
    cpu_kick(cpu);
    return 0;
}
