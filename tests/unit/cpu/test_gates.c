/* test_gates.c - tests of interrupts, exceptions, call gates and returns. */
#include "sys_bench.h"

/* As the run loop does it: a fault at the current EIP is delivered. */
static void deliver(struct bench *b, unsigned vector, bool has_error, uint32_t error)
{
    b->cpu.unwind = NULL;
    b->cpu.fault.vector = (uint8_t)vector;
    b->cpu.fault.has_error = has_error;
    b->cpu.fault.software = false;
    b->cpu.fault.error = error;
    cpu_deliver(&b->cpu);
}

static uint32_t top(const struct bench *b, unsigned i)
{
    return bench_get(b, (uint32_t)b->cpu.gpr[R_SP] + i * 4);
}

static void real_mode_interrupt_goes_through_the_vector_table(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    cpu->idt.limit = 0x3ff;
    cpu->eip = 0x100;
    cpu->gpr[R_SP] = 0x1000;
    segment_set_real(&cpu->seg[SEG_CS], 0x50);
    bench_put(b, 0x21 * 4, 0x07001234);
    cpu_set_eflags(cpu, 0x302);
    assert_runs(b, helper_int(cpu, 0x21, 0x102));
    assert_int_equal(cpu->eip, 0x1234);
    assert_int_equal(cpu->seg[SEG_CS].base, 0x7000);
    assert_int_equal(cpu_eflags(cpu), 2);
    assert_int_equal(cpu->gpr[R_SP], 0xffa);
    assert_int_equal(bench_get(b, 0xffa), 0x00500102);
    assert_int_equal(bench_get(b, 0xffe) & 0xffff, 0x302);
    assert_runs(b, helper_iret(cpu, 2, 0));
    assert_int_equal(cpu->eip, 0x102);
    assert_int_equal(cpu->seg[SEG_CS].sel, 0x50);
    assert_int_equal(cpu_eflags(cpu), 0x302);
}

static void user_fault_switches_to_the_kernel_stack(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;
    int64_t budget;

    bench_protected(b);
    bench_user(b);
    cpu->eip = 0x345;
    budget = cpu->budget;
    deliver(b, EXC_GP, true, 0x1c);
    assert_int_equal(cpu->budget, budget - 1);
    assert_int_equal(cpu->cpl, 0);
    assert_int_equal(cpu->eip, HANDLER + EXC_GP * 16);
    assert_int_equal(cpu->gpr[R_SP], KSTACK - 24);
    assert_int_equal(top(b, 0), 0x1c);
    assert_int_equal(top(b, 1), 0x345);
    assert_int_equal(top(b, 2), UCODE);
    assert_int_equal(top(b, 3), EF_RF | 0x202);
    assert_int_equal(top(b, 4), USTACK);
    assert_int_equal(top(b, 5), UDATA);
    cpu->gpr[R_SP] += 4;
    assert_runs(b, helper_iret(cpu, 4, 0));
    assert_int_equal(cpu->cpl, 3);
    assert_int_equal(cpu->eip, 0x345);
    assert_int_equal(cpu->gpr[R_SP], USTACK);
    assert_int_equal(cpu->rf_count, cpu_count(cpu));
}

static void software_interrupt_needs_the_gates_privilege(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_idt(b, 0x80, SYS_TRAP32, 3);
    bench_user(b);
    assert_raises(b, EXC_GP, 0x21 * 8 + 2, helper_int(&b->cpu, 0x21, 0));
    assert_raises(b, EXC_GP, EXC_BP * 8 + 2, helper_int3(&b->cpu, 0));
    assert_runs(b, helper_int(&b->cpu, 0x80, 0x400));
    assert_int_equal(top(b, 0), 0x400);
    assert_true(b->cpu.eflags & EF_IF); /* a trap gate */
}

static void double_fault_when_the_handler_cannot_be_entered(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    b->cpu.eip = 0x777;
    bench_put(b, IDT + EXC_GP * 8 + 4, 0);
    deliver(b, EXC_GP, true, 0x40);
    assert_int_equal(b->cpu.eip, HANDLER + EXC_DF * 16);
    assert_int_equal(top(b, 0), 0);
    assert_int_equal(top(b, 1), 0x777);
    assert_false(b->cpu.shutdown);
}

static void benign_fault_is_not_doubled(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_put(b, IDT + EXC_UD * 8 + 4, 0);
    deliver(b, EXC_UD, false, 0);
    assert_int_equal(b->cpu.eip, HANDLER + EXC_GP * 16);
    assert_int_equal(top(b, 0), EXC_UD * 8 + 2 + 1);
}

static void triple_fault_shuts_down_and_keeps_its_story(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    b->cpu.idt.limit = 0;
    deliver(b, EXC_PF, true, 2);
    assert_true(b->cpu.shutdown);
    assert_int_equal(b->cpu.chain_len, 4);
    assert_int_equal(b->cpu.chain[0].vector, EXC_PF);
    assert_int_equal(b->cpu.chain[1].vector, EXC_GP);
    assert_int_equal(b->cpu.chain[2].vector, EXC_DF);
    assert_int_equal(b->cpu.chain[3].vector, EXC_GP);
    assert_false(cpu_poll_needed(&b->cpu));
}

static void call_gate_copies_parameters_and_returns(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    bench_gate(b, GDT + GATE, KCODE, 0x1500, SYS_CALL32, 3, 2);
    bench_user(b);
    cpu->gpr[R_SP] = USTACK - 8;
    bench_put(b, USTACK - 8, 111);
    bench_put(b, USTACK - 4, 222);
    assert_runs(b, helper_call_far(cpu, GATE | 3, 0xdead, 4, 0x456));
    assert_int_equal(cpu->cpl, 0);
    assert_int_equal(cpu->eip, 0x1500);
    assert_int_equal(top(b, 0), 0x456);
    assert_int_equal(top(b, 1), UCODE);
    assert_int_equal(top(b, 2), 111);
    assert_int_equal(top(b, 3), 222);
    assert_int_equal(top(b, 4), USTACK - 8);
    assert_int_equal(top(b, 5), UDATA);
    assert_runs(b, helper_load_seg(cpu, SEG_ES, KDATA));
    assert_runs(b, helper_ret_far(cpu, 4, 8));
    assert_int_equal(cpu->cpl, 3);
    assert_int_equal(cpu->gpr[R_SP], USTACK);
    assert_int_equal(cpu->seg[SEG_ES].sel, 0); /* the kernel's segment was taken away */
    assert_int_equal(cpu->seg[SEG_DS].sel, UDATA);
}

static void jump_cannot_change_privilege(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_gate(b, GDT + GATE, KCODE, 0x1500, SYS_CALL32, 3, 0);
    bench_user(b);
    assert_raises(b, EXC_GP, KCODE, helper_jmp_far(&b->cpu, KCODE, 0, 4, 0));
    assert_raises(b, EXC_GP, KCODE, helper_jmp_far(&b->cpu, GATE | 3, 0, 4, 0));
    assert_runs(b, helper_jmp_far(&b->cpu, CONFORMING, 0x600, 4, 0));
    assert_int_equal(b->cpu.cpl, 3);
    assert_int_equal(b->cpu.seg[SEG_CS].sel, CONFORMING | 3);
}

static void return_to_an_inner_level_is_refused(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_user(b);
    bench_put(b, USTACK - 8, 0x100);
    bench_put(b, USTACK - 4, KCODE);
    b->cpu.gpr[R_SP] = USTACK - 8;
    assert_raises(b, EXC_GP, KCODE, helper_ret_far(&b->cpu, 4, 0));
    assert_int_equal(b->cpu.gpr[R_SP], USTACK - 8);
}

static void fault_in_a_frame_leaves_no_trace(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_put(b, TSS + 4, 4); /* room for one value */
    bench_desc(b, KDATA, 0, 0xffff, SEGA_P | SEGA_S | SEGA_RW | SEGA_DB);
    bench_idt(b, 0x80, SYS_INT32, 3);
    bench_user(b);
    bench_put(b, 0, 0x5a5a5a5a);
    assert_raises(b, EXC_SS, KDATA, helper_int(&b->cpu, 0x80, 0));
    assert_int_equal(bench_get(b, 0), 0x5a5a5a5a);
    assert_int_equal(b->cpu.gpr[R_SP], USTACK);
    assert_int_equal(b->cpu.cpl, 3);
}

/* Into virtual-8086 mode by IRET: CS:IP 0700:0010, SS:SP 0800:0100. */
static void enter_vm(struct bench *b, uint32_t flags)
{
    static const uint32_t frame[] = {0x10, 0x700, 0, 0x100, 0x800, 0x11, 0x22, 0x33, 0x44};

    for (unsigned i = 0; i < 9; i++)
        bench_put(b, KSTACK - 36 + i * 4, i == 2 ? flags : frame[i]);
    b->cpu.gpr[R_SP] = KSTACK - 36;
    assert_runs(b, helper_iret(&b->cpu, 4, 0));
    assert_true(cpu_v86(&b->cpu));
    assert_int_equal(b->cpu.cpl, 3);
}

static void virtual_8086_mode_is_left_by_an_interrupt(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    enter_vm(b, EF_VM | EF_IF | 2);
    assert_int_equal(cpu->seg[SEG_CS].base, 0x7000);
    assert_int_equal(cpu->seg[SEG_GS].sel, 0x44);
    assert_raises(b, EXC_GP, 0, helper_int(cpu, 0x21, 0x12));
    assert_raises(b, EXC_GP, 0, helper_cli(cpu));
    assert_raises(b, EXC_GP, 0, helper_pushf_value(cpu, 2));
    deliver(b, EXC_GP, true, 0);
    assert_false(cpu_v86(cpu));
    assert_int_equal(cpu->cpl, 0);
    assert_int_equal(top(b, 1), 0x10);
    assert_int_equal(top(b, 2), 0x700);
    assert_int_equal(top(b, 3), EF_VM | EF_RF | EF_IF | 2);
    assert_int_equal(top(b, 5), 0x800);
    assert_int_equal(top(b, 6), 0x11);
    assert_int_equal(top(b, 9), 0x44);
    assert_int_equal(cpu->seg[SEG_DS].attr, 0);
}

static void iopl_3_lets_virtual_8086_code_use_interrupts(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    bench_idt(b, 0x21, SYS_INT32, 3);
    enter_vm(b, EF_VM | EF_IF | EF_IOPL | 2);
    assert_runs(b, helper_cli(cpu));
    assert_false(cpu->eflags & EF_IF);
    assert_runs(b, helper_sti(cpu, 0x11));
    assert_int_equal(cpu->shadow_count, cpu_count(cpu));
    assert_runs(b, helper_int(cpu, 0x21, 0x12));
    assert_int_equal(cpu->cpl, 0);
    assert_int_equal(top(b, 0), 0x12);
}

static void vme_redirects_interrupts_and_virtualises_if(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    assert_runs(b, helper_write_cr(cpu, 4, CR4_VME));
    bench_put(b, TSS + 100, 0x88 << 16); /* the redirection bitmap is at 68h and all clear */
    bench_put(b, 0x21 * 4, 0x09000055);
    enter_vm(b, EF_VM | EF_IF | EF_VIF | 2);
    assert_int_equal(helper_pushf_value(cpu, 2), EF_IF | EF_IOPL | 2);
    assert_runs(b, helper_int(cpu, 0x21, 0x12));
    assert_true(cpu_v86(cpu));
    assert_int_equal(cpu->eip, 0x55);
    assert_int_equal(cpu->seg[SEG_CS].sel, 0x900);
    assert_false(cpu->eflags & EF_VIF);
    assert_true(cpu->eflags & EF_IF);
    assert_int_equal(bench_get(b, 0x80fa), 0x07000012);
    assert_runs(b, helper_iret(cpu, 2, 0));
    assert_true(cpu->eflags & EF_VIF);
    cpu->eflags |= EF_VIP;
    assert_raises(b, EXC_GP, 0, helper_sti(cpu, 0));
}

static void sysenter_and_sysexit_load_flat_segments(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    bench_user(b);
    assert_raises(b, EXC_GP, 0, helper_sysenter(cpu));
    cpu->msr.sysenter_cs = KCODE;
    cpu->msr.sysenter_esp = 0x8800;
    cpu->msr.sysenter_eip = 0x1600;
    assert_runs(b, helper_sysenter(cpu));
    assert_int_equal(cpu->cpl, 0);
    assert_int_equal(cpu->eip, 0x1600);
    assert_false(cpu->eflags & EF_IF);
    cpu->gpr[R_DX] = 0x123;
    cpu->gpr[R_CX] = 0x9990;
    assert_runs(b, helper_sysexit(cpu, 4));
    assert_int_equal(cpu->cpl, 3);
    assert_int_equal(cpu->seg[SEG_SS].sel, (KCODE + 24) | 3);
    assert_int_equal(cpu->gpr[R_SP], 0x9990);
}

static void popf_changes_what_privilege_allows(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    bench_user(b);
    assert_runs(b, helper_popf(cpu, EF_IOPL | EF_CF | EF_DF | EF_AC, 4));
    assert_int_equal(cpu_eflags(cpu), EF_IF | EF_CF | EF_DF | EF_AC | 2);
    assert_true(cpu->mode & MODE_DF);
    assert_runs(b, helper_popf(cpu, EF_ZF, 2));
    assert_int_equal(cpu_eflags(cpu), EF_IF | EF_ZF | EF_AC | 2);
    assert_false(cpu->mode & MODE_DF);
}

static void pin_interrupt_wakes_from_hlt(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    bench_idt(b, 0x30, SYS_INT32, 0);
    b->vector = 0x30;
    assert_runs(b, helper_sti(cpu, 0x200));
    cpu->limit += 10;
    assert_runs(b, helper_hlt(cpu, 0x201));
    assert_int_equal(cpu->budget, 0);
    assert_false(cpu_poll_needed(cpu));
    cpu_set_intr(cpu, true);
    assert_true(cpu_poll_needed(cpu));
    cpu_poll(cpu);
    assert_false(cpu->halted);
    assert_int_equal(cpu->eip, HANDLER + 0x300);
    assert_int_equal(top(b, 0), 0x201);
    assert_int_equal(top(b, 2), EF_IF | 2);
}

static void sixteen_bit_gate_pushes_words(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_idt(b, 0x40, SYS_INT16, 0);
    assert_runs(b, helper_int(&b->cpu, 0x40, 0x12345));
    assert_int_equal(b->cpu.gpr[R_SP], KSTACK - 6);
    assert_int_equal(bench_get(b, KSTACK - 6), KCODE << 16 | 0x2345);
    assert_runs(b, helper_iret(&b->cpu, 2, 0));
    assert_int_equal(b->cpu.eip, 0x2345);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
int test_gates(void)
{
    const struct CMUnitTest tests[] = {
        TEST(real_mode_interrupt_goes_through_the_vector_table),
        TEST(user_fault_switches_to_the_kernel_stack),
        TEST(software_interrupt_needs_the_gates_privilege),
        TEST(double_fault_when_the_handler_cannot_be_entered),
        TEST(benign_fault_is_not_doubled),
        TEST(triple_fault_shuts_down_and_keeps_its_story),
        TEST(call_gate_copies_parameters_and_returns),
        TEST(jump_cannot_change_privilege),
        TEST(return_to_an_inner_level_is_refused),
        TEST(fault_in_a_frame_leaves_no_trace),
        TEST(virtual_8086_mode_is_left_by_an_interrupt),
        TEST(iopl_3_lets_virtual_8086_code_use_interrupts),
        TEST(vme_redirects_interrupts_and_virtualises_if),
        TEST(sysenter_and_sysexit_load_flat_segments),
        TEST(popf_changes_what_privilege_allows),
        TEST(pin_interrupt_wakes_from_hlt),
        TEST(sixteen_bit_gate_pushes_words),
    };
    return cmocka_run_group_tests_name("gates", tests, NULL, NULL);
}
