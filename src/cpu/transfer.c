/* transfer.c - far jumps and calls, call gates, SYSENTER and SYSEXIT (SDM vol. 3A, 5.8). */
#include "cpu/internal.h"

void transfer_cs(struct cpu *cpu, uint16_t sel, struct desc *d, unsigned cpl, uint32_t eip)
{
    desc_to_segment(&cpu->seg[SEG_CS], (uint16_t)((sel & 0xfffc) | cpl), d);
    cpu->eip = eip;
    cpl_set(cpu, cpl);
}

static uint32_t sized(uint64_t off, uint64_t opsize)
{
    return opsize == 2 ? (uint32_t)off & 0xffff : (uint32_t)off;
}

/* Real and virtual-8086 mode. */
static void set_cs_8086(struct cpu *cpu, uint16_t sel, uint32_t off)
{
    if (cpu_v86(cpu))
        segment_set_v86(&cpu->seg[SEG_CS], sel);
    else
        segment_set_real(&cpu->seg[SEG_CS], sel);
    cpu->eip = off;
    cpu_update_mode(cpu);
}

static void check_limit(struct cpu *cpu, uint32_t limit, uint32_t off)
{
    if (off > limit)
        cpu_raise_err(cpu, EXC_GP, 0);
}

/* Checks a code segment for a jump or a call that keeps the CPL. */
static void check_code(struct cpu *cpu, uint16_t sel, const struct desc *d, bool rpl_counts)
{
    bool ok = desc_code(d);

    if (desc_is(d, SEGA_DC))
        ok = ok && desc_dpl(d) <= cpu->cpl;
    else
        ok = ok && desc_dpl(d) == cpu->cpl && (!rpl_counts || (sel & 3) <= cpu->cpl);
    if (!ok)
        cpu_raise_err(cpu, EXC_GP, sel & 0xfffc);
    if (!desc_is(d, SEGA_P))
        cpu_raise_err(cpu, EXC_NP, sel & 0xfffc);
}

/* A system descriptor must be a call gate, a task gate or an available TSS, and a TSS in the GDT
 * (SDM vol. 2A, JMP, #GP); then privilege and presence. */
static void check_system(struct cpu *cpu, uint16_t sel, const struct desc *d)
{
    unsigned type = desc_type(d);
    bool gate = type == SYS_CALL16 || type == SYS_CALL32 || type == SYS_TASK;
    bool tss = type == SYS_TSS16 || type == SYS_TSS32;

    if (!gate && (!tss || sel & 4))
        cpu_raise_err(cpu, EXC_GP, sel & 0xfffc);
    if (desc_dpl(d) < cpu->cpl || desc_dpl(d) < (sel & 3))
        cpu_raise_err(cpu, EXC_GP, sel & 0xfffc);
    if (!desc_is(d, SEGA_P))
        cpu_raise_err(cpu, EXC_NP, sel & 0xfffc);
}

/* Reads the code segment that a call gate names; returns the offset. */
static uint32_t gate_code(struct cpu *cpu, const struct desc *gate, uint16_t *sel,
                          struct desc *code)
{
    *sel = (uint16_t)(gate->lo >> 16);
    if (sel_null(*sel))
        cpu_raise_err(cpu, EXC_GP, 0);
    desc_need(cpu, *sel, code, EXC_GP, 0);
    if (!desc_code(code) || desc_dpl(code) > cpu->cpl)
        cpu_raise_err(cpu, EXC_GP, *sel & 0xfffc);
    if (!desc_is(code, SEGA_P))
        cpu_raise_err(cpu, EXC_NP, *sel & 0xfffc);
    return (gate->lo & 0xffff) | (desc_type(gate) == SYS_CALL32 ? gate->hi & 0xffff0000 : 0);
}

static void jump_gate(struct cpu *cpu, const struct desc *gate)
{
    struct desc code;
    uint16_t sel;
    uint32_t off = gate_code(cpu, gate, &sel, &code);

    check_code(cpu, sel, &code, false);
    check_limit(cpu, desc_limit(&code), off);
    desc_touch(cpu, &code);
    transfer_cs(cpu, sel, &code, cpu->cpl, off);
}

static void jump_system(struct cpu *cpu, uint16_t sel, struct desc *d, uint32_t next)
{
    unsigned type = desc_type(d);

    check_system(cpu, sel, d);
    if (type == SYS_CALL16 || type == SYS_CALL32)
        jump_gate(cpu, d);
    else if (type == SYS_TASK)
        task_gate(cpu, d, TASK_JUMP, next, NULL);
    else
        task_switch(cpu, sel, d, TASK_JUMP, next, NULL);
}

static void read_target(struct cpu *cpu, uint16_t sel, struct desc *d)
{
    if (sel_null(sel))
        cpu_raise_err(cpu, EXC_GP, 0);
    desc_need(cpu, sel, d, EXC_GP, 0);
}

uint64_t helper_jmp_far(struct cpu *cpu, uint64_t sel, uint64_t off, uint64_t opsize, uint64_t next)
{
    uint32_t eip = sized(off, opsize);
    struct desc d;

    if (cpu_real(cpu) || cpu_v86(cpu)) {
        check_limit(cpu, cpu->seg[SEG_CS].limit, eip);
        set_cs_8086(cpu, (uint16_t)sel, eip);
        return 0;
    }
    read_target(cpu, (uint16_t)sel, &d);
    if (!desc_is(&d, SEGA_S)) {
        jump_system(cpu, (uint16_t)sel, &d, (uint32_t)next);
        return 0;
    }
    check_code(cpu, (uint16_t)sel, &d, true);
    check_limit(cpu, desc_limit(&d), eip);
    desc_touch(cpu, &d);
    transfer_cs(cpu, (uint16_t)sel, &d, cpu->cpl, eip);
    return 0;
}

/* --- calls --- */

static void call_same(struct cpu *cpu, uint16_t sel, struct desc *d, uint32_t off, unsigned size,
                      uint32_t next)
{
    uint32_t frame[2] = {cpu->seg[SEG_CS].sel, next};
    struct stack st;

    stack_current(cpu, &st);
    stack_probe(cpu, &st, 2, size);
    check_limit(cpu, desc_limit(d), off);
    desc_touch(cpu, d);
    stack_push(cpu, &st, frame, 2, size);
    stack_commit(cpu, &st);
    transfer_cs(cpu, sel, d, cpu->cpl, off);
}

/* Through a gate to an inner level: the TSS's stack, with the parameters copied (SDM vol.
 * 3A, 5.8.5). */
static void call_inner(struct cpu *cpu, const struct desc *gate, uint16_t sel, struct desc *code,
                       uint32_t off, uint32_t next)
{
    unsigned size = desc_type(gate) == SYS_CALL32 ? 4 : 2, params = gate->hi & 31, n = 0;
    unsigned cpl = desc_dpl(code);
    uint32_t v[2 + 31 + 2];
    struct stack old, st;
    struct desc ss;

    stack_current(cpu, &old);
    stack_inner(cpu, cpl, 0, &st, &ss);
    v[n++] = cpu->seg[SEG_SS].sel;
    v[n++] = reg32(cpu, R_SP);
    for (unsigned i = params; i-- > 0;)
        v[n++] = stack_peek(cpu, &old, i * size, size);
    v[n++] = cpu->seg[SEG_CS].sel;
    v[n++] = next;
    stack_probe(cpu, &st, n, size);
    check_limit(cpu, desc_limit(code), off);
    desc_touch(cpu, code);
    desc_touch(cpu, &ss);
    stack_push(cpu, &st, v, n, size);
    desc_to_segment(&cpu->seg[SEG_SS], st.ss.sel, &ss);
    stack_commit(cpu, &st);
    transfer_cs(cpu, sel, code, cpl, off);
}

static void call_gate(struct cpu *cpu, const struct desc *gate, uint32_t next)
{
    unsigned size = desc_type(gate) == SYS_CALL32 ? 4 : 2;
    struct desc code;
    uint16_t sel;
    uint32_t off = gate_code(cpu, gate, &sel, &code);

    if (!desc_is(&code, SEGA_DC) && desc_dpl(&code) < cpu->cpl)
        call_inner(cpu, gate, sel, &code, off, next);
    else
        call_same(cpu, sel, &code, off, size, next);
}

static void call_system(struct cpu *cpu, uint16_t sel, struct desc *d, uint32_t next)
{
    unsigned type = desc_type(d);

    check_system(cpu, sel, d);
    if (type == SYS_CALL16 || type == SYS_CALL32)
        call_gate(cpu, d, next);
    else if (type == SYS_TASK)
        task_gate(cpu, d, TASK_CALL, next, NULL);
    else
        task_switch(cpu, sel, d, TASK_CALL, next, NULL);
}

static void call_8086(struct cpu *cpu, uint16_t sel, uint32_t off, unsigned size, uint32_t next)
{
    uint32_t frame[2] = {cpu->seg[SEG_CS].sel, next};
    struct stack st;

    stack_current(cpu, &st);
    stack_probe(cpu, &st, 2, size);
    check_limit(cpu, cpu->seg[SEG_CS].limit, off);
    stack_push(cpu, &st, frame, 2, size);
    stack_commit(cpu, &st);
    set_cs_8086(cpu, sel, off);
}

uint64_t helper_call_far(struct cpu *cpu, uint64_t sel, uint64_t off, uint64_t opsize,
                         uint64_t next)
{
    uint32_t eip = sized(off, opsize);
    struct desc d;

    if (cpu_real(cpu) || cpu_v86(cpu)) {
        call_8086(cpu, (uint16_t)sel, eip, (unsigned)opsize, (uint32_t)next);
        return 0;
    }
    read_target(cpu, (uint16_t)sel, &d);
    if (!desc_is(&d, SEGA_S)) {
        call_system(cpu, (uint16_t)sel, &d, (uint32_t)next);
        return 0;
    }
    check_code(cpu, (uint16_t)sel, &d, true);
    call_same(cpu, (uint16_t)sel, &d, eip, (unsigned)opsize, (uint32_t)next);
    return 0;
}

/* --- fast system calls (SDM vol. 2B, SYSENTER and SYSEXIT) --- */

static void set_flat(struct segment *s, uint32_t sel, uint32_t type, unsigned dpl)
{
    *s = (struct segment){.limit = 0xffffffff,
                          .attr = SEGA_P | SEGA_S | SEGA_G | SEGA_DB | SEGA_A | SEGA_RW | type |
                                  dpl << SEGA_DPL_SHIFT,
                          .sel = (uint16_t)sel};
    segment_derive(s);
}

uint64_t helper_sysenter(struct cpu *cpu)
{
    uint32_t cs = (uint32_t)cpu->msr.sysenter_cs & 0xfffc;

    if (!cpu_has(cpu, FEAT_SEP))
        cpu_raise(cpu, EXC_UD);
    if (cpu_real(cpu) || !cs)
        cpu_raise_err(cpu, EXC_GP, 0);
    cpu_set_eflags(cpu, cpu_eflags(cpu) & ~(uint32_t)(EF_VM | EF_IF));
    set_flat(&cpu->seg[SEG_CS], cs, SEGA_CODE, 0);
    set_flat(&cpu->seg[SEG_SS], cs + 8, 0, 0);
    cpu->gpr[R_SP] = (uint32_t)cpu->msr.sysenter_esp;
    cpu->eip = (uint32_t)cpu->msr.sysenter_eip;
    cpl_set(cpu, 0);
    return 0;
}

uint64_t helper_sysexit(struct cpu *cpu, uint64_t opsize)
{
    uint32_t cs = (uint32_t)cpu->msr.sysenter_cs & 0xfffc;

    (void)opsize;
    if (!cpu_has(cpu, FEAT_SEP))
        cpu_raise(cpu, EXC_UD);
    if (cpu_real(cpu) || !cs || cpu->cpl)
        cpu_raise_err(cpu, EXC_GP, 0);
    set_flat(&cpu->seg[SEG_CS], (cs + 16) | 3, SEGA_CODE, 3);
    set_flat(&cpu->seg[SEG_SS], (cs + 24) | 3, 0, 3);
    cpu->gpr[R_SP] = reg32(cpu, R_CX);
    cpu->eip = reg32(cpu, R_DX);
    cpl_set(cpu, 3);
    return 0;
}

uint64_t helper_branch_check(struct cpu *cpu, uint64_t to, uint64_t value, uint64_t zero)
{
    if ((value == 0) == (zero != 0) && to > cpu->seg[SEG_CS].limit)
        cpu_raise_err(cpu, EXC_GP, 0);
    return 0;
}
