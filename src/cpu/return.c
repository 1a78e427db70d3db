/* return.c - far returns and IRET (SDM vol. 3A, 5.8.6 and 6.12.1; vol. 2A, IRET). */
#include "cpu/internal.h"

/* A frame being returned to. */
struct frame {
    uint16_t cs, ss;
    uint32_t eip, esp, flags;
    struct desc code, stack;
    bool outer;
};

static void read_cs(struct cpu *cpu, struct frame *f)
{
    uint32_t err = f->cs & 0xfffc;
    unsigned rpl = f->cs & 3;

    if (sel_null(f->cs))
        cpu_raise_err(cpu, EXC_GP, 0);
    desc_need(cpu, f->cs, &f->code, EXC_GP, 0);
    bool fits = desc_is(&f->code, SEGA_DC) ? desc_dpl(&f->code) <= rpl : desc_dpl(&f->code) == rpl;
    if (rpl < cpu->cpl || !desc_code(&f->code) || !fits)
        cpu_raise_err(cpu, EXC_GP, err);
    if (!desc_is(&f->code, SEGA_P))
        cpu_raise_err(cpu, EXC_NP, err);
    f->outer = rpl > cpu->cpl;
}

static void read_ss(struct cpu *cpu, struct frame *f)
{
    uint32_t err = f->ss & 0xfffc;
    unsigned rpl = f->cs & 3;

    if (sel_null(f->ss))
        cpu_raise_err(cpu, EXC_GP, 0);
    desc_need(cpu, f->ss, &f->stack, EXC_GP, 0);
    if ((f->ss & 3u) != rpl || !desc_writable(&f->stack) || desc_dpl(&f->stack) != rpl)
        cpu_raise_err(cpu, EXC_GP, err);
    if (!desc_is(&f->stack, SEGA_P))
        cpu_raise_err(cpu, EXC_SS, err);
}

/* Reads SS:ESP of an outer level at `skip`, checks the rest, sets accessed bits. */
static void finish_checks(struct cpu *cpu, const struct stack *st, struct frame *f, uint32_t skip,
                          unsigned size)
{
    if (f->outer) {
        f->esp = stack_peek(cpu, st, skip, size);
        f->ss = (uint16_t)stack_peek(cpu, st, skip + size, size);
        read_ss(cpu, f);
    }
    if (f->eip > desc_limit(&f->code))
        cpu_raise_err(cpu, EXC_GP, 0);
    desc_touch(cpu, &f->code);
    if (f->outer)
        desc_touch(cpu, &f->stack);
}

/* Registers of the frame; `pop` more bytes are released on both stacks. */
static void commit(struct cpu *cpu, struct stack *st, struct frame *f, uint32_t skip, uint32_t pop)
{
    st->sp = stack_sp_after(st, skip + pop);
    stack_commit(cpu, st);
    if (f->outer) {
        desc_to_segment(&cpu->seg[SEG_SS], f->ss, &f->stack);
        stack_of(cpu, st, &cpu->seg[SEG_SS], f->esp, f->cs & 3);
        st->sp = stack_sp_after(st, pop);
        stack_commit(cpu, st);
    }
    transfer_cs(cpu, f->cs, &f->code, f->cs & 3, f->eip);
    if (f->outer)
        segments_drop_inner(cpu);
}

static void set_cs_8086(struct cpu *cpu, const struct frame *f)
{
    if (cpu_v86(cpu))
        segment_set_v86(&cpu->seg[SEG_CS], f->cs);
    else
        segment_set_real(&cpu->seg[SEG_CS], f->cs);
    cpu->eip = f->eip;
    cpu_update_mode(cpu);
}

static void read_ip(struct cpu *cpu, const struct stack *st, struct frame *f, unsigned size)
{
    f->eip = stack_peek(cpu, st, 0, size);
    f->cs = (uint16_t)stack_peek(cpu, st, size, size);
}

uint64_t helper_ret_far(struct cpu *cpu, uint64_t opsize, uint64_t pop)
{
    unsigned size = (unsigned)opsize;
    struct frame f = {0};
    struct stack st;

    stack_current(cpu, &st);
    read_ip(cpu, &st, &f, size);
    if (cpu_real(cpu) || cpu_v86(cpu)) {
        if (f.eip > cpu->seg[SEG_CS].limit)
            cpu_raise_err(cpu, EXC_GP, 0);
        st.sp = stack_sp_after(&st, size * 2 + (uint32_t)pop);
        stack_commit(cpu, &st);
        set_cs_8086(cpu, &f);
        return 0;
    }
    read_cs(cpu, &f);
    finish_checks(cpu, &st, &f, size * 2 + (uint32_t)pop, size);
    commit(cpu, &st, &f, size * 2, (uint32_t)pop);
    return 0;
}

/* --- IRET --- */

uint32_t flags_writable(const struct cpu *cpu)
{
    uint32_t m = EF_STATUS | EF_TF | EF_DF | EF_NT | EF_AC | EF_ID;
    unsigned iopl = cpu->eflags >> 12 & 3;

    if (cpu->cpl <= iopl)
        m |= EF_IF;
    if (!cpu->cpl)
        m |= EF_IOPL;
    return m;
}

/* Loads EFLAGS from a popped image, where `mask` allows. */
static void load_flags(struct cpu *cpu, uint32_t image, uint32_t mask, unsigned size)
{
    if (size == 2)
        mask &= 0xffff;
    cpu->rf_count = size == 4 && (image & EF_RF) ? count_after(cpu) : NEVER;
    cpu_set_eflags(cpu, (cpu_eflags(cpu) & ~mask) | (image & mask));
}

/* In virtual-8086 mode with VME and IOPL below 3, the image's IF stands for VIF. */
static uint32_t vme_image(struct cpu *cpu, uint32_t image)
{
    if ((image & EF_TF) || ((image & EF_IF) && (cpu->eflags & EF_VIP)))
        cpu_raise_err(cpu, EXC_GP, 0);
    return (image & 0xffff) | (image & EF_IF ? EF_VIF : 0);
}

static void iret_8086(struct cpu *cpu, unsigned size)
{
    uint32_t mask = flags_writable(cpu);
    struct frame f = {0};
    struct stack st;
    bool virtual_if = cpu_v86(cpu) && (cpu->eflags & EF_IOPL) != EF_IOPL;

    if (virtual_if && (size != 2 || !(cpu->cr4 & CR4_VME)))
        cpu_raise_err(cpu, EXC_GP, 0);
    stack_current(cpu, &st);
    read_ip(cpu, &st, &f, size);
    f.flags = stack_peek(cpu, &st, size * 2, size);
    if (f.eip > cpu->seg[SEG_CS].limit)
        cpu_raise_err(cpu, EXC_GP, 0);
    if (virtual_if)
        f.flags = vme_image(cpu, f.flags);
    st.sp = stack_sp_after(&st, size * 3);
    stack_commit(cpu, &st);
    if (virtual_if) {
        mask = (mask & 0xffff) | EF_VIF;
        cpu->rf_count = NEVER;
        cpu_set_eflags(cpu, (cpu_eflags(cpu) & ~mask) | (f.flags & mask));
    } else {
        load_flags(cpu, f.flags, mask, size);
    }
    set_cs_8086(cpu, &f);
}

void enter_v86(struct cpu *cpu, uint32_t eip, uint32_t eflags, const uint16_t sel[SEG_COUNT])
{
    cpu->rf_count = eflags & EF_RF ? count_after(cpu) : NEVER;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        segment_set_v86(&cpu->seg[i], sel[i]);
    cpu->eip = eip;
    cpu->cpl = 3;
    cpu_set_eflags(cpu, eflags);
    cpu_update_mode(cpu);
}

/* SDM vol. 3A, 20.2.5: ESP, SS, ES, DS, FS, GS follow EFLAGS. */
static void iret_to_v86(struct cpu *cpu, const struct stack *st, const struct frame *f)
{
    static const uint8_t order[] = {SEG_SS, SEG_ES, SEG_DS, SEG_FS, SEG_GS};
    uint32_t esp = stack_peek(cpu, st, 12, 4);
    uint16_t sel[SEG_COUNT];

    for (unsigned i = 0; i < ARRAY_LEN(order); i++)
        sel[order[i]] = (uint16_t)stack_peek(cpu, st, 16 + i * 4, 4);
    sel[SEG_CS] = f->cs;
    if (f->eip > 0xffff)
        cpu_raise_err(cpu, EXC_GP, 0);
    cpu->gpr[R_SP] = esp;
    enter_v86(cpu, f->eip, f->flags, sel);
}

static void iret_protected(struct cpu *cpu, unsigned size)
{
    uint32_t mask = flags_writable(cpu);
    struct frame f = {0};
    struct stack st;

    stack_current(cpu, &st);
    read_ip(cpu, &st, &f, size);
    f.flags = stack_peek(cpu, &st, size * 2, size);
    if (size == 4 && (f.flags & EF_VM) && !cpu->cpl) {
        iret_to_v86(cpu, &st, &f);
        return;
    }
    if (!cpu->cpl)
        mask |= EF_VIF | EF_VIP;
    read_cs(cpu, &f);
    finish_checks(cpu, &st, &f, size * 3, size);
    commit(cpu, &st, &f, size * 3, 0);
    load_flags(cpu, f.flags, mask, size);
}

/* NMIs are let in again also by an IRET that faults (SDM vol. 3C, 27.2.3, of "NMI unblocking due to
 * IRET"). */
uint64_t helper_iret(struct cpu *cpu, uint64_t opsize, uint64_t next)
{
    cpu->nmi_blocked = false;
    if (cpu->nmi_pending)
        cpu_kick(cpu);
    if (cpu_real(cpu) || cpu_v86(cpu))
        iret_8086(cpu, (unsigned)opsize);
    else if (cpu->eflags & EF_NT)
        iret_task(cpu, (uint32_t)next);
    else
        iret_protected(cpu, (unsigned)opsize);
    return 0;
}
