/* test_task.c - tests of task switches. */
#include <string.h>
#include "sys_bench.h"

enum { EIP = 0x20, EFLAGS = 0x24, EAX = 0x28, ESP = 0x38, SEGS = 0x48, LDT = 0x60, TRAP = 0x64 };

/* A 32-bit task at 2100h: kernel code at 700h. */
static void make_task(struct bench *b)
{
    memset(b->ram.host + TSS2, 0, 0x68);
    bench_put(b, TSS2 + EIP, 0x700);
    bench_put(b, TSS2 + EFLAGS, 0x202);
    bench_put(b, TSS2 + EAX, 0x11112222);
    bench_put(b, TSS2 + ESP, 0x8000);
    for (unsigned i = 0; i < SEG_COUNT; i++)
        bench_put(b, TSS2 + SEGS + i * 4, i == SEG_CS ? KCODE : KDATA);
}

static unsigned tss_type(const struct bench *b, unsigned sel)
{
    return bench_get(b, GDT + sel + 4) >> 8 & 15;
}

static void jump_saves_the_old_task_and_loads_the_new(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    make_task(b);
    cpu->gpr[R_AX] = 0x55;
    assert_runs(b, helper_jmp_far(cpu, TSS_B, 0, 4, 0x123));
    assert_int_equal(cpu->eip, 0x700);
    assert_int_equal(cpu->gpr[R_AX], 0x11112222);
    assert_int_equal(cpu->gpr[R_SP], 0x8000);
    assert_int_equal(cpu_eflags(cpu), 0x202);
    assert_true(cpu->cr0 & CR0_TS);
    assert_int_equal(cpu->tr.sel, TSS_B);
    assert_int_equal(tss_type(b, TSS_A), SYS_TSS32);
    assert_int_equal(tss_type(b, TSS_B), SYS_TSS32_BUSY);
    assert_int_equal(bench_get(b, TSS + EIP), 0x123);
    assert_int_equal(bench_get(b, TSS + EAX), 0x55);
    assert_int_equal(bench_get(b, TSS + SEGS + SEG_CS * 4) & 0xffff, KCODE);
}

static void call_nests_and_iret_goes_back(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    make_task(b);
    cpu->gpr[R_BX] = 0x77;
    assert_runs(b, helper_call_far(cpu, TSS_B, 0, 4, 0x123));
    assert_true(cpu->eflags & EF_NT);
    assert_int_equal(bench_get(b, TSS2) & 0xffff, TSS_A);
    assert_int_equal(tss_type(b, TSS_A), SYS_TSS32_BUSY);
    assert_raises(b, EXC_GP, TSS_A, helper_jmp_far(cpu, TSS_A, 0, 4, 0));
    assert_runs(b, helper_iret(cpu, 4, 0x702));
    assert_int_equal(cpu->eip, 0x123);
    assert_int_equal(cpu->gpr[R_BX], 0x77);
    assert_int_equal(cpu->tr.sel, TSS_A);
    assert_int_equal(tss_type(b, TSS_B), SYS_TSS32);
    assert_false(bench_get(b, TSS2 + EFLAGS) & EF_NT);
    assert_int_equal(bench_get(b, TSS2 + EIP), 0x702);
}

static void task_gate_in_the_idt_pushes_the_error_code(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    make_task(b);
    bench_put(b, IDT + EXC_DF * 8, TSS_B << 16);
    bench_put(b, IDT + EXC_DF * 8 + 4, SEGA_P | SYS_TASK << 8);
    bench_put(b, IDT + EXC_GP * 8 + 4, 0);
    cpu->eip = 0x345;
    cpu->fault.vector = EXC_GP;
    cpu->fault.has_error = true;
    cpu_deliver(cpu);
    assert_int_equal(cpu->eip, 0x700);
    assert_int_equal(cpu->gpr[R_SP], 0x7ffc);
    assert_int_equal(bench_get(b, 0x7ffc), 0);
    assert_int_equal(bench_get(b, TSS + EIP), 0x345);
    assert_true(bench_get(b, TSS + EFLAGS) & EF_RF);
}

static void bad_segment_faults_in_the_new_task(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    make_task(b);
    bench_put(b, TSS2 + SEGS + SEG_DS * 4, KDATA);
    bench_put(b, TSS2 + SEGS + SEG_ES * 4, 0x7f8);
    assert_runs(b, helper_jmp_far(cpu, TSS_B, 0, 4, 0x123));
    assert_int_equal(cpu->tr.sel, TSS_B);
    assert_int_equal(cpu->eip, HANDLER + EXC_TS * 16);
    assert_int_equal(cpu->gpr[R_SP], 0x8000 - 16);
    assert_int_equal(bench_get(b, 0x8000 - 16), 0x7f8);
    assert_int_equal(bench_get(b, 0x8000 - 12), 0x700);
}

static void short_tss_faults_in_the_old_task(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    make_task(b);
    bench_desc(b, TSS_B, TSS2, 0x66, SEGA_P | SYS_TSS32 << 8);
    assert_raises(b, EXC_TS, TSS_B, helper_jmp_far(&b->cpu, TSS_B, 0, 4, 0x123));
    assert_int_equal(b->cpu.tr.sel, TSS_A);
    assert_int_equal(tss_type(b, TSS_A), SYS_TSS32_BUSY);
}

static void sixteen_bit_task_loads_words(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    memset(b->ram.host + TSS2, 0, 0x2c);
    bench_put(b, TSS2 + 0x0e, 0x0002 << 16 | 0x900);
    bench_put(b, TSS2 + 0x12, 0x4321);
    bench_put(b, TSS2 + 0x1a, 0x8000);
    bench_put(b, TSS2 + 0x22, KCODE << 16 | KDATA);
    bench_put(b, TSS2 + 0x26, KDATA << 16 | KDATA);
    cpu->gpr[R_AX] = 0xaaaabbbb;
    assert_runs(b, helper_jmp_far(cpu, TSS16_B, 0, 4, 0x123));
    assert_int_equal(cpu->eip, 0x900);
    assert_int_equal(cpu->gpr[R_AX], 0xffff4321);
    assert_int_equal(cpu->seg[SEG_FS].sel, 0);
    assert_int_equal(cpu->seg[SEG_DS].sel, KDATA);
    assert_int_equal(bench_get(b, TSS + EAX), 0xaaaabbbb);
}

static void t_flag_raises_a_debug_trap_before_the_first_instruction(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    make_task(b);
    bench_put(b, TSS2 + TRAP, 1);
    assert_runs(b, helper_jmp_far(cpu, TSS_B, 0, 4, 0x123));
    assert_true(cpu_poll_needed(cpu));
    cpu_poll(cpu);
    assert_int_equal(cpu->eip, HANDLER + EXC_DB * 16);
    assert_true(cpu->dr[6] & BIT(15));
}

static void task_in_virtual_8086_mode(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    make_task(b);
    bench_put(b, TSS2 + EFLAGS, EF_VM | 2);
    bench_put(b, TSS2 + SEGS + SEG_CS * 4, 0x1234);
    assert_runs(b, helper_jmp_far(&b->cpu, TSS_B, 0, 4, 0x123));
    assert_true(cpu_v86(&b->cpu));
    assert_int_equal(b->cpu.cpl, 3);
    assert_int_equal(b->cpu.seg[SEG_CS].base, 0x12340);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
int test_task(void)
{
    const struct CMUnitTest tests[] = {
        TEST(jump_saves_the_old_task_and_loads_the_new),
        TEST(call_nests_and_iret_goes_back),
        TEST(task_gate_in_the_idt_pushes_the_error_code),
        TEST(bad_segment_faults_in_the_new_task),
        TEST(short_tss_faults_in_the_old_task),
        TEST(sixteen_bit_task_loads_words),
        TEST(t_flag_raises_a_debug_trap_before_the_first_instruction),
        TEST(task_in_virtual_8086_mode),
    };
    return cmocka_run_group_tests_name("task", tests, NULL, NULL);
}
