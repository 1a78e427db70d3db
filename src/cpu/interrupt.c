/* interrupt.c - entering a handler: the real-mode vector table and protected-mode gates (SDM vol.
 * 3A, 6.12, 20.1.4 and 20.3; vol. 2A, INT n). */
#include "cpu/internal.h"

uint32_t eflags_image(const struct cpu *cpu)
{
    return cpu_eflags(cpu) | (cpu_count(cpu) == cpu->rf_count ? EF_RF : 0);
}

/* EFLAGS on entry to a handler. */
void handler_flags(struct cpu *cpu, bool clear_if)
{
    uint32_t clear = EF_TF | EF_NT | EF_VM | EF_RF | (clear_if ? EF_IF : 0);

    cpu->rf_count = NEVER;
    cpu_set_eflags(cpu, cpu_eflags(cpu) & ~clear);
}

static void log_event(const struct cpu *cpu, const struct event_in *ev)
{
    log_print(cpu->log, "%s %02x error %04x at %04x:%08x cpl %u ss:esp %04x:%08x eax %08x",
              ev->software    ? "software interrupt"
              : ev->exception ? "exception"
                              : "interrupt",
              ev->vector, ev->error, cpu->seg[SEG_CS].sel, ev->ret, cpu->cpl, cpu->seg[SEG_SS].sel,
              reg32(cpu, R_SP), reg32(cpu, R_AX));
    if (ev->vector == EXC_PF && ev->has_error)
        log_print(cpu->log, " cr2 %08x", (uint32_t)cpu->cr2);
    log_print(cpu->log, " count %llu\n", (unsigned long long)cpu_count(cpu));
}

/* SDM vol. 3A, 20.1.4. */
static void enter_real(struct cpu *cpu, const struct event_in *ev)
{
    uint32_t at = ev->vector * 4u, frame[3], ip;
    struct stack st;
    uint16_t sel;

    if (at + 3 > cpu->idt.limit)
        cpu_raise_err(cpu, EXC_GP, ev->vector * 8u + 2);
    ip = kernel_load(cpu, (uint32_t)cpu->idt.base + at, 2);
    sel = (uint16_t)kernel_load(cpu, (uint32_t)cpu->idt.base + at + 2, 2);
    frame[0] = cpu_eflags(cpu);
    frame[1] = cpu->seg[SEG_CS].sel;
    frame[2] = ev->ret;
    stack_current(cpu, &st);
    stack_push(cpu, &st, frame, 3, 2);
    stack_commit(cpu, &st);
    segment_set_real(&cpu->seg[SEG_CS], sel);
    cpu->eip = ip;
    cpu->rf_count = NEVER;
    cpu_set_eflags(cpu, cpu_eflags(cpu) & ~(uint32_t)(EF_IF | EF_TF | EF_AC));
    cpu_update_mode(cpu);
}

/* What a gate leads to. */
struct target {
    struct desc gate, code;
    uint16_t sel;
    uint32_t off;
    unsigned size; /* of pushed values: 2 or 4 */
    bool clear_if;
};

static bool gate_is_interrupt(unsigned type)
{
    return type == SYS_INT16 || type == SYS_INT32 || type == SYS_TRAP16 || type == SYS_TRAP32;
}

static void read_gate(struct cpu *cpu, const struct event_in *ev, struct target *t)
{
    uint32_t at = ev->vector * 8u, err = at + 2;
    bool system;

    if (at + 7 > cpu->idt.limit)
        cpu_raise_err(cpu, EXC_GP, err | ev->ext);
    t->gate.lin = (uint32_t)(cpu->idt.base + at);
    uint64_t v = cpu_load(cpu, t->gate.lin, 8, TLB_KERNEL);
    t->gate.lo = (uint32_t)v;
    t->gate.hi = (uint32_t)(v >> 32);
    system = !desc_is(&t->gate, SEGA_S);
    if (!system || !(desc_type(&t->gate) == SYS_TASK || gate_is_interrupt(desc_type(&t->gate))))
        cpu_raise_err(cpu, EXC_GP, err | ev->ext);
    if (ev->software && desc_dpl(&t->gate) < cpu->cpl)
        cpu_raise_err(cpu, EXC_GP, err);
    if (!desc_is(&t->gate, SEGA_P))
        cpu_raise_err(cpu, EXC_NP, err | ev->ext);
}

static void read_code(struct cpu *cpu, const struct event_in *ev, struct target *t)
{
    bool wide = desc_type(&t->gate) & 8;

    t->sel = (uint16_t)(t->gate.lo >> 16);
    t->off = (t->gate.lo & 0xffff) | (wide ? t->gate.hi & 0xffff0000 : 0);
    t->size = wide ? 4 : 2;
    t->clear_if = !(desc_type(&t->gate) & 1);
    uint32_t err = (t->sel & 0xfffcu) | ev->ext;
    if (sel_null(t->sel))
        cpu_raise_err(cpu, EXC_GP, ev->ext);
    desc_need(cpu, t->sel, &t->code, EXC_GP, ev->ext);
    if (!desc_code(&t->code) || desc_dpl(&t->code) > cpu->cpl)
        cpu_raise_err(cpu, EXC_GP, err);
    if (!desc_is(&t->code, SEGA_P))
        cpu_raise_err(cpu, EXC_NP, err);
}

static unsigned frame_tail(const struct cpu *cpu, const struct event_in *ev, uint32_t *v)
{
    uint32_t image = cpu_eflags(cpu);
    unsigned n = 0;

    v[n++] = image | (ev->rf ? EF_RF : 0);
    v[n++] = cpu->seg[SEG_CS].sel;
    v[n++] = ev->ret;
    if (ev->has_error)
        v[n++] = ev->error;
    return n;
}

static void check_offset(struct cpu *cpu, const struct event_in *ev, const struct target *t)
{
    if (t->off > desc_limit(&t->code))
        cpu_raise_err(cpu, EXC_GP, ev->ext);
}

static void enter_same(struct cpu *cpu, const struct event_in *ev, struct target *t)
{
    uint32_t v[4];
    struct stack st;
    unsigned n = frame_tail(cpu, ev, v);

    stack_current(cpu, &st);
    st.error = ev->ext;
    stack_probe(cpu, &st, n, t->size);
    check_offset(cpu, ev, t);
    desc_touch(cpu, &t->code);
    stack_push(cpu, &st, v, n, t->size);
    stack_commit(cpu, &st);
    handler_flags(cpu, t->clear_if);
    transfer_cs(cpu, t->sel, &t->code, cpu->cpl, t->off);
}

/* To an inner level, on the stack that the TSS names; out of virtual-8086 mode with all segment
 * registers pushed and made null (SDM vol. 3A, 20.3.1). */
static void enter_inner(struct cpu *cpu, const struct event_in *ev, struct target *t)
{
    unsigned cpl = desc_dpl(&t->code), n = 0;
    bool v86 = cpu_v86(cpu);
    struct stack st;
    struct desc ss;
    uint32_t v[10];

    stack_inner(cpu, cpl, ev->ext, &st, &ss);
    if (v86) {
        v[n++] = cpu->seg[SEG_GS].sel;
        v[n++] = cpu->seg[SEG_FS].sel;
        v[n++] = cpu->seg[SEG_DS].sel;
        v[n++] = cpu->seg[SEG_ES].sel;
    }
    v[n++] = cpu->seg[SEG_SS].sel;
    v[n++] = reg32(cpu, R_SP);
    n += frame_tail(cpu, ev, v + n);
    stack_probe(cpu, &st, n, t->size);
    check_offset(cpu, ev, t);
    desc_touch(cpu, &t->code);
    desc_touch(cpu, &ss);
    stack_push(cpu, &st, v, n, t->size);
    handler_flags(cpu, t->clear_if);
    desc_to_segment(&cpu->seg[SEG_SS], st.ss.sel, &ss);
    stack_commit(cpu, &st);
    if (v86) {
        static const uint8_t data[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};
        for (unsigned i = 0; i < ARRAY_LEN(data); i++)
            segment_set_null(&cpu->seg[data[i]], 0);
    }
    transfer_cs(cpu, t->sel, &t->code, cpl, t->off);
}

void interrupt_enter(struct cpu *cpu, const struct event_in *ev)
{
    struct target t;

    if (log_on(cpu->log, LOG_INT))
        log_event(cpu, ev);
    if (cpu_real(cpu)) {
        enter_real(cpu, ev);
        return;
    }
    read_gate(cpu, ev, &t);
    if (desc_type(&t.gate) == SYS_TASK) {
        task_gate(cpu, &t.gate, TASK_CALL, ev->ret, ev);
        return;
    }
    read_code(cpu, ev, &t);
    bool inner = !desc_is(&t.code, SEGA_DC) && desc_dpl(&t.code) < cpu->cpl;
    if (cpu_v86(cpu) && (!inner || desc_dpl(&t.code)))
        cpu_raise_err(cpu, EXC_GP, (t.sel & 0xfffcu) | ev->ext);
    if (inner)
        enter_inner(cpu, ev, &t);
    else
        enter_same(cpu, ev, &t);
}

/* --- software interrupts --- */

void cpu_interrupt(struct cpu *cpu, unsigned vector, bool software, uint64_t next_eip)
{
    struct event_in ev = {.vector = (uint8_t)vector,
                          .software = software,
                          .ext = !software,
                          .ret = (uint32_t)next_eip};

    interrupt_enter(cpu, &ev);
    /* TF was cleared on the way: no single-step trap behind this instruction. */
    cpu->nodb_count = count_after(cpu);
}

/* VME: a clear bit in the redirection bitmap, the 32 bytes below the I/O bitmap, sends INT n of a
 * virtual-8086 program to its own vector table (SDM vol. 3A, 20.3.3). */
static bool redirected(struct cpu *cpu, unsigned vector)
{
    uint32_t map, at;

    if (!(cpu->cr4 & CR4_VME) || cpu->tr.limit < 103)
        return false;
    map = kernel_load(cpu, (uint32_t)cpu->tr.base + 102, 2);
    at = map - 32 + vector / 8;
    if (map < 32 || at > cpu->tr.limit)
        return false;
    return !(kernel_load(cpu, (uint32_t)cpu->tr.base + at, 1) >> (vector & 7) & 1);
}

/* The pushed image has VIF in the place of IF when IOPL is below 3, and IOPL reads 3. */
static void enter_redirected(struct cpu *cpu, unsigned vector, uint32_t next)
{
    uint32_t flags = cpu_eflags(cpu), frame[3], ip;
    bool virtual_if = (flags & EF_IOPL) != EF_IOPL;
    struct stack st;
    uint16_t sel;

    if (virtual_if)
        flags = (flags & ~(uint32_t)EF_IF) | (flags & EF_VIF ? EF_IF : 0) | EF_IOPL;
    ip = (uint32_t)cpu_load(cpu, vector * 4, 2, TLB_USER);
    sel = (uint16_t)cpu_load(cpu, vector * 4 + 2, 2, TLB_USER);
    frame[0] = flags;
    frame[1] = cpu->seg[SEG_CS].sel;
    frame[2] = next;
    stack_current(cpu, &st);
    stack_push(cpu, &st, frame, 3, 2);
    stack_commit(cpu, &st);
    segment_set_v86(&cpu->seg[SEG_CS], sel);
    cpu->eip = ip;
    cpu_set_eflags(cpu, cpu_eflags(cpu) & ~(uint32_t)(EF_TF | (virtual_if ? EF_VIF : EF_IF)));
    cpu->nodb_count = count_after(cpu);
    cpu_update_mode(cpu);
}

uint64_t helper_int(struct cpu *cpu, uint64_t vector, uint64_t next)
{
    if (cpu_v86(cpu)) {
        if (redirected(cpu, (unsigned)vector)) {
            enter_redirected(cpu, (unsigned)vector, (uint32_t)next);
            return 0;
        }
        if ((cpu->eflags & EF_IOPL) != EF_IOPL)
            cpu_raise_err(cpu, EXC_GP, 0);
    }
    cpu_interrupt(cpu, (unsigned)vector, true, next);
    return 0;
}

/* INT3 and INTO are not sensitive to IOPL and are never redirected. */
uint64_t helper_int3(struct cpu *cpu, uint64_t next)
{
    cpu_interrupt(cpu, EXC_BP, true, next);
    return 0;
}

uint64_t helper_into(struct cpu *cpu, uint64_t next)
{
    if (cpu->of)
        cpu_interrupt(cpu, EXC_OF, true, next);
    else
        cpu->eip = next;
    return 0;
}

/* INT1: no DPL check, and DR6 stays as it is. */
uint64_t helper_icebp(struct cpu *cpu, uint64_t next)
{
    cpu_interrupt(cpu, EXC_DB, false, next);
    return 0;
}
