/* task.c - task switches (SDM vol. 3A, chapter 7).
 *
 * A switch has two halves.  The first reads both TSSs, checks and saves; its faults belong to the
 * old task and leave no trace.  The second, after TR was loaded, checks the new task's segments;
 * its faults are met in the new task, before its first instruction.  Within an instruction they are
 * delivered here, so that the instruction counts as completed. */
#include "cpu/internal.h"

/* Where a TSS keeps what: general registers are `reg` bytes each in encoding order, segment
 * selectors in the order of enum seg_index. */
struct tss_layout {
    uint8_t size; /* of a register */
    uint8_t eip, eflags, gpr, seg, seg_step, segs, ldt;
    uint8_t limit; /* smallest legal one */
    uint32_t
        high; /* what the general registers have above the bits that are kept (docs/undefined.md) */
};
static const struct tss_layout layout16 = {2, 0x0e, 0x10, 0x12, 0x22, 2, 4, 0x2a, 0x2b, 0xffff0000};
static const struct tss_layout layout32 = {4, 0x20, 0x24, 0x28, 0x48, 4, 6, 0x60, 0x67, 0};
enum { TSS_CR3 = 0x1c, TSS_TRAP = 0x64 };

/* All that a TSS says. */
struct task {
    const struct tss_layout *layout;
    uint32_t base;
    uint32_t cr3, eip, eflags, gpr[8];
    uint16_t seg[SEG_COUNT], ldt;
    bool trap;
};

static const struct tss_layout *layout_of(unsigned type)
{
    return type & 8 ? &layout32 : &layout16;
}

static void read_task(struct cpu *cpu, struct task *t)
{
    const struct tss_layout *l = t->layout;

    t->eip = kernel_load(cpu, t->base + l->eip, l->size);
    t->eflags = kernel_load(cpu, t->base + l->eflags, l->size);
    for (unsigned i = 0; i < 8; i++)
        t->gpr[i] = kernel_load(cpu, t->base + l->gpr + i * l->size, l->size) | l->high;
    for (unsigned i = 0; i < l->segs; i++)
        t->seg[i] = (uint16_t)kernel_load(cpu, t->base + l->seg + i * l->seg_step, 2);
    t->ldt = (uint16_t)kernel_load(cpu, t->base + l->ldt, 2);
    if (l == &layout32) {
        t->cr3 = kernel_load(cpu, t->base + TSS_CR3, 4);
        t->trap = kernel_load(cpu, t->base + TSS_TRAP, 2) & 1;
    }
}

static void save_task(struct cpu *cpu, uint32_t eip, uint32_t eflags)
{
    const struct tss_layout *l = layout_of(cpu->tr.attr >> 8);
    uint32_t base = (uint32_t)cpu->tr.base;

    cpu_store(cpu, base + l->eip, eip, l->size, TLB_KERNEL);
    cpu_store(cpu, base + l->eflags, eflags, l->size, TLB_KERNEL);
    for (unsigned i = 0; i < 8; i++)
        cpu_store(cpu, base + l->gpr + i * l->size, cpu->gpr[i], l->size, TLB_KERNEL);
    for (unsigned i = 0; i < l->segs; i++)
        cpu_store(cpu, base + l->seg + i * l->seg_step, cpu->seg[i].sel, 2, TLB_KERNEL);
}

/* Everything that the first half writes must be writable before it writes anything. */
static void probe_writes(struct cpu *cpu, const struct task *new, const struct desc *d)
{
    const struct tss_layout *l = layout_of(cpu->tr.attr >> 8);

    cpu_probe(cpu, (uint32_t)cpu->tr.base, l->limit + 1, TLB_WRITE, TLB_KERNEL);
    cpu_probe(cpu, new->base, 2, TLB_WRITE, TLB_KERNEL);
    cpu_probe(cpu, d->lin, 8, TLB_WRITE, TLB_KERNEL);
    if (desc_base(d) != cpu->tr.base)
        cpu_probe(cpu, (uint32_t)(cpu->gdt.base + (cpu->tr.sel & 0xfff8)), 8, TLB_WRITE,
                  TLB_KERNEL);
}

static void load_registers(struct cpu *cpu, const struct task *t)
{
    for (unsigned i = 0; i < 8; i++)
        cpu->gpr[i] = t->gpr[i];
    cpu->eip = t->eip;
    cpu->rf_count = t->eflags & EF_RF ? count_after(cpu) : NEVER;
    cpu_set_eflags(cpu, t->eflags);
    /* Selectors are there at once, usable only after their checks. */
    for (unsigned i = 0; i < SEG_COUNT; i++)
        segment_set_null(&cpu->seg[i], t->seg[i]);
    segment_set_null(&cpu->ldt, t->ldt);
    cpu->cpl = t->eflags & EF_VM ? 3 : t->seg[SEG_CS] & 3;
    cpu->dr[7] &= ~0x155ull;
    cpu_update_mode(cpu);
}

/* Segments are checked in the order of SDM vol. 3A, table 7-1, which is the P6's. */

/* A selector of an LDT; one that is not present makes every selector in it invalid. */
static void load_ldt(struct cpu *cpu, uint16_t sel, unsigned ext)
{
    uint32_t err = (sel & 0xfffcu) | ext;
    struct desc d;

    if (sel_null(sel))
        return;
    if (sel & 4)
        cpu_raise_err(cpu, EXC_TS, err);
    desc_need(cpu, sel, &d, EXC_TS, ext);
    if (desc_is(&d, SEGA_S) || desc_type(&d) != SYS_LDT)
        cpu_raise_err(cpu, EXC_TS, err);
    desc_to_segment(&cpu->ldt, sel, &d);
}

static void need_ldt(struct cpu *cpu, const struct task *t, unsigned ext)
{
    if (!sel_null(t->ldt) && !(cpu->ldt.attr & SEGA_P))
        cpu_raise_err(cpu, EXC_TS, (t->ldt & 0xfffcu) | ext);
}

static void check_ss(struct cpu *cpu, uint16_t sel, struct desc *d, unsigned ext)
{
    uint32_t err = (sel & 0xfffcu) | ext;

    if (sel_null(sel))
        cpu_raise_err(cpu, EXC_TS, ext);
    desc_need(cpu, sel, d, EXC_TS, ext);
    if (!desc_writable(d))
        cpu_raise_err(cpu, EXC_TS, err);
    if (!desc_is(d, SEGA_P))
        cpu_raise_err(cpu, EXC_SS, err);
    if (desc_dpl(d) != cpu->cpl)
        cpu_raise_err(cpu, EXC_TS, err);
}

static bool fits_rpl(const struct desc *d, unsigned rpl)
{
    return desc_is(d, SEGA_DC) ? desc_dpl(d) <= rpl : desc_dpl(d) == rpl;
}

static void load_cs_ss(struct cpu *cpu, const struct task *t, unsigned ext)
{
    uint16_t cs = t->seg[SEG_CS], ss = t->seg[SEG_SS];
    uint32_t err = (cs & 0xfffcu) | ext;
    struct desc code, stack;
    bool valid = !sel_null(cs) && desc_read(cpu, cs, &code) && desc_code(&code);

    if (valid && !fits_rpl(&code, cs & 3))
        cpu_raise_err(cpu, EXC_TS, err);
    check_ss(cpu, ss, &stack, ext);
    need_ldt(cpu, t, ext);
    if (!valid)
        cpu_raise_err(cpu, EXC_TS, err);
    if (!desc_is(&code, SEGA_P))
        cpu_raise_err(cpu, EXC_NP, err);
    if ((ss & 3) != desc_dpl(&stack))
        cpu_raise_err(cpu, EXC_TS, (ss & 0xfffcu) | ext);
    desc_touch(cpu, &code);
    desc_to_segment(&cpu->seg[SEG_CS], cs, &code);
    desc_touch(cpu, &stack);
    desc_to_segment(&cpu->seg[SEG_SS], ss, &stack);
}

static void load_data(struct cpu *cpu, enum seg_index seg, uint16_t sel, unsigned ext)
{
    uint32_t err = (sel & 0xfffcu) | ext;
    struct desc d;

    if (sel_null(sel))
        return;
    desc_need(cpu, sel, &d, EXC_TS, ext);
    bool conforming = desc_is(&d, SEGA_CODE | SEGA_DC);
    bool readable = desc_is(&d, SEGA_S) && (!desc_code(&d) || (d.hi & SEGA_RW));
    if (!readable)
        cpu_raise_err(cpu, EXC_TS, err);
    if (!desc_is(&d, SEGA_P))
        cpu_raise_err(cpu, EXC_NP, err);
    if (!conforming && (desc_dpl(&d) < cpu->cpl || desc_dpl(&d) < (sel & 3)))
        cpu_raise_err(cpu, EXC_TS, err);
    desc_touch(cpu, &d);
    desc_to_segment(&cpu->seg[seg], sel, &d);
}

/* The second half: segments, the error code, the T flag. */
static void load_context(struct cpu *cpu, const struct task *t, const struct event_in *ev)
{
    static const uint8_t data[] = {SEG_DS, SEG_ES, SEG_FS, SEG_GS};
    unsigned ext = ev ? ev->ext : 0;

    if ((cpu->cr0 & CR0_PG) && t->layout == &layout32)
        cr3_set(cpu, t->cr3);
    load_ldt(cpu, t->ldt, ext);
    if (cpu_v86(cpu)) {
        need_ldt(cpu, t, ext);
        for (unsigned i = 0; i < SEG_COUNT; i++)
            segment_set_v86(&cpu->seg[i], t->seg[i]);
    } else {
        load_cs_ss(cpu, t, ext);
        for (unsigned i = 0; i < ARRAY_LEN(data); i++)
            load_data(cpu, data[i], t->seg[data[i]], ext);
    }
    cpu_update_mode(cpu);
    if (ev && ev->has_error) {
        struct stack st;
        stack_current(cpu, &st);
        st.error = ext;
        stack_push(cpu, &st, &ev->error, 1, t->layout->size);
        stack_commit(cpu, &st);
    }
    if (cpu->eip > cpu->seg[SEG_CS].limit)
        cpu_raise_err(cpu, EXC_GP, ext);
    /* A fault comes before the trap: the task is not there yet, and will be switched to again. */
    if (t->trap)
        debug_pend(cpu, BIT(15));
}

static void load_context_here(struct cpu *cpu, const struct task *t, const struct event_in *ev)
{
    sigjmp_buf own, *outer = cpu->unwind;

    cpu->unwind = &own;
    if (!sigsetjmp(own, 0)) {
        load_context(cpu, t, ev);
        cpu->unwind = outer;
        return;
    }
    cpu->unwind = outer;
    cpu_update_mode(cpu);
    cpu_deliver(cpu);
}

/* Saves the old task, links and marks both TSSs: nothing here faults any more. */
static void leave_old(struct cpu *cpu, const struct task *t, struct desc *d, enum task_cause cause,
                      uint32_t next, const struct event_in *ev)
{
    uint32_t flags = eflags_image(cpu) | (ev && ev->rf ? EF_RF : 0);
    struct desc old = {.lin = (uint32_t)(cpu->gdt.base + (cpu->tr.sel & 0xfff8))};

    if (cause == TASK_IRET)
        flags &= ~(uint32_t)EF_NT;
    save_task(cpu, next, flags);
    if (cause == TASK_CALL)
        cpu_store(cpu, t->base, cpu->tr.sel, 2, TLB_KERNEL);
    else
        desc_busy(cpu, &old, false);
    if (cause != TASK_IRET)
        desc_busy(cpu, d, true);
}

void task_switch(struct cpu *cpu, uint16_t sel, struct desc *d, enum task_cause cause,
                 uint32_t next, const struct event_in *ev)
{
    struct task t = {.layout = layout_of(desc_type(d)), .base = desc_base(d)};

    if (desc_limit(d) < t.layout->limit)
        cpu_raise_err(cpu, EXC_TS, (sel & 0xfffcu) | (ev ? ev->ext : 0));
    read_task(cpu, &t);
    probe_writes(cpu, &t, d);
    leave_old(cpu, &t, d, cause, next, ev);
    if (cause == TASK_CALL)
        t.eflags |= EF_NT;
    if (cpu->halted)
        cpu->halted = false;
    desc_to_segment(&cpu->tr, sel, d);
    cpu->tr.attr |= BIT(9);
    cpu->cr0 |= CR0_TS;
    load_registers(cpu, &t);
    if (cpu->delivering)
        load_context(cpu, &t, ev);
    else
        load_context_here(cpu, &t, ev);
}

void task_gate(struct cpu *cpu, const struct desc *gate, enum task_cause cause, uint32_t next,
               const struct event_in *ev)
{
    uint16_t sel = (uint16_t)(gate->lo >> 16);
    unsigned ext = ev ? ev->ext : 0;
    struct desc d;

    if (sel & 4)
        cpu_raise_err(cpu, EXC_GP, (sel & 0xfffcu) | ext);
    desc_need(cpu, sel, &d, EXC_GP, ext);
    if (desc_is(&d, SEGA_S) || (desc_type(&d) != SYS_TSS16 && desc_type(&d) != SYS_TSS32))
        cpu_raise_err(cpu, EXC_GP, (sel & 0xfffcu) | ext);
    if (!desc_is(&d, SEGA_P))
        cpu_raise_err(cpu, EXC_NP, (sel & 0xfffcu) | ext);
    task_switch(cpu, sel, &d, cause, next, ev);
}

/* IRET with NT set goes back along the link (SDM vol. 3A, 7.4). */
void iret_task(struct cpu *cpu, uint32_t next)
{
    uint16_t sel = (uint16_t)kernel_load(cpu, (uint32_t)cpu->tr.base, 2);
    struct desc d;

    if (sel & 4)
        cpu_raise_err(cpu, EXC_TS, sel & 0xfffcu);
    desc_need(cpu, sel, &d, EXC_TS, 0);
    if (desc_is(&d, SEGA_S) || (desc_type(&d) != SYS_TSS16_BUSY && desc_type(&d) != SYS_TSS32_BUSY))
        cpu_raise_err(cpu, EXC_TS, sel & 0xfffcu);
    if (!desc_is(&d, SEGA_P))
        cpu_raise_err(cpu, EXC_NP, sel & 0xfffcu);
    task_switch(cpu, sel, &d, TASK_IRET, next, NULL);
}
