/* test_system.c - tests of control and debug registers, MSRs, CPUID, SMM and stack-frame
 * instructions. */
#include "base/err.h"
#include "sys_bench.h"

static void every_field_of_the_cpu_is_in_its_table(void **state)
{
    struct err e = {{0}};

    (void)state;
    if (!state_covers(cpu_state, sizeof(struct cpu), &e))
        fail_msg("%s", e.msg);
}

static void control_registers_refuse_bad_combinations(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    assert_raises(b, EXC_GP, 0, helper_write_cr(cpu, 0, CR0_PG));
    assert_raises(b, EXC_GP, 0, helper_write_cr(cpu, 0, CR0_NW));
    assert_raises(b, EXC_GP, 0, helper_write_cr(cpu, 4, 0x2000));
    assert_int_equal(RAISED(b, helper_read_cr(cpu, 1)), EXC_UD);
    assert_runs(b, helper_lmsw(cpu, 0xffff));
    assert_int_equal(cpu->cr0 & 0xf, 0xf);
    assert_runs(b, helper_lmsw(cpu, 0));
    assert_int_equal(cpu->cr0 & 0xf, CR0_PE);
}

static void user_may_not_touch_system_registers(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    bench_user(b);
    assert_raises(b, EXC_GP, 0, helper_write_cr(cpu, 3, 0));
    assert_raises(b, EXC_GP, 0, helper_read_dr(cpu, 0));
    assert_raises(b, EXC_GP, 0, helper_rdmsr(cpu));
    assert_raises(b, EXC_GP, 0, helper_hlt(cpu, 0));
    assert_raises(b, EXC_GP, 0, helper_invlpg(cpu, 0));
    assert_raises(b, EXC_GP, 0, helper_lgdt(cpu, 0x5000, SEG_DS, 4));
    assert_raises(b, EXC_GP, 0, helper_cli(cpu));
    assert_runs(b, helper_smsw(cpu));
    cpu->cr4 |= CR4_UMIP;
    assert_raises(b, EXC_GP, 0, helper_smsw(cpu));
}

static void instruction_breakpoint_faults_once(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;
    bool trap;

    bench_protected(b);
    assert_runs(b, helper_write_dr(cpu, 0, 0x200));
    assert_runs(b, helper_write_dr(cpu, 7, 1));
    assert_true(cpu->mode & MODE_STEP);
    cpu->eip = 0x200;
    assert_true(cpu_debug_before(cpu, &trap));
    assert_int_equal(cpu->eip, HANDLER + EXC_DB * 16);
    assert_int_equal(cpu->dr[6] & 0xf, 1);
    cpu->gpr[R_SP] = KSTACK - 12;
    bench_put(b, KSTACK - 4, EF_RF | 2);
    assert_runs(b, helper_iret(cpu, 4, 0));
    assert_int_equal(cpu->eip, 0x200);
    assert_false(cpu_debug_before(cpu, &trap)); /* RF */
    cpu->budget--;
    assert_true(cpu_debug_before(cpu, &trap));
}

static void data_breakpoint_traps_behind_the_store(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    assert_runs(b, helper_write_dr(cpu, 1, 0x6000));
    assert_runs(b, helper_write_dr(cpu, 7, 4 | 0xd << 20)); /* write, 4 bytes */
    cpu_load(cpu, 0x6000, 4, TLB_KERNEL);
    cpu_store(cpu, 0x6004, 0, 4, TLB_KERNEL);
    assert_false(cpu->db_pending);
    cpu_store(cpu, 0x5ffe, 0, 4, TLB_KERNEL);
    assert_true(cpu->db_pending);
    cpu_poll(cpu);
    assert_int_equal(cpu->eip, HANDLER + EXC_DB * 16);
    assert_int_equal(cpu->dr[6] & 0xf, 2);
}

static void single_step_traps_behind_the_instruction(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;
    bool trap;

    bench_protected(b);
    assert_runs(b, helper_popf(cpu, EF_TF, 4));
    assert_true(cpu->mode & MODE_STEP);
    assert_false(cpu_debug_before(cpu, &trap));
    assert_true(trap);
    cpu->budget--;
    cpu->eip = 0x222;
    cpu_debug_after(cpu, trap);
    cpu_poll(cpu);
    assert_int_equal(cpu->eip, HANDLER + EXC_DB * 16);
    assert_true(cpu->dr[6] & BIT(14));
    assert_false(cpu->mode & MODE_STEP);
    assert_int_equal(bench_get(b, (uint32_t)cpu->gpr[R_SP]), 0x222);
}

static void software_interrupt_is_not_stepped_into(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;
    bool trap;

    bench_protected(b);
    assert_runs(b, helper_popf(cpu, EF_TF, 4));
    assert_false(cpu_debug_before(cpu, &trap));
    cpu->budget--;
    assert_runs(b, helper_int3(cpu, 0x10));
    cpu_debug_after(cpu, trap);
    assert_false(cpu->db_pending);
}

static void general_detect_guards_the_debug_registers(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    assert_runs(b, helper_write_dr(cpu, 7, 1 << 13));
    assert_int_equal(RAISED(b, helper_read_dr(cpu, 0)), EXC_DB);
    assert_true(cpu->dr[6] & 1 << 13);
    cpu_deliver(cpu);
    assert_runs(b, helper_read_dr(cpu, 6));
}

static void msrs_store_and_check(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    cpu->gpr[R_CX] = 0x20f;
    cpu->gpr[R_AX] = 0xff000800;
    cpu->gpr[R_DX] = 0xf;
    assert_runs(b, helper_wrmsr(cpu));
    cpu->gpr[R_AX] = cpu->gpr[R_DX] = 0;
    assert_runs(b, helper_rdmsr(cpu));
    assert_int_equal(cpu->gpr[R_AX], 0xff000800);
    assert_int_equal(cpu->gpr[R_DX], 0xf);
    cpu->gpr[R_DX] = 0x10;
    assert_raises(b, EXC_GP, 0, helper_wrmsr(cpu));
    cpu->gpr[R_CX] = 0x277;
    cpu->gpr[R_AX] = 0x02000000;
    assert_raises(b, EXC_GP, 0, helper_wrmsr(cpu));
    cpu->gpr[R_CX] = 0x12345;
    assert_raises(b, EXC_GP, 0, helper_rdmsr(cpu));
    cpu->gpr[R_CX] = 0x40f;
    assert_runs(b, helper_rdmsr(cpu));
}

static void cpuid_names_the_processor(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    cpu->gpr[R_AX] = 0;
    helper_cpuid(cpu);
    assert_int_equal(cpu->gpr[R_BX], 0x756e6547); /* Genu */
    assert_int_equal(cpu->gpr[R_AX], 0x16);
    cpu->gpr[R_AX] = 0x15;
    helper_cpuid(cpu);
    assert_int_equal(cpu->gpr[R_CX] * cpu->gpr[R_BX] / cpu->gpr[R_AX], TSC_HZ);
    cpu->gpr[R_AX] = 0x80000002;
    helper_cpuid(cpu);
    assert_int_equal(cpu->gpr[R_AX], 0x6f677942); /* Bygo */
    assert_null(cpu_model_find("z80"));
    assert_false(cpu_model_find("pentium2")->features >> FEAT_SSE & 1);
}

static void smi_saves_and_rsm_restores(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    cpu->smbase = 0x40000;
    cpu->gpr[R_SI] = 0x5151;
    cpu->eip = 0x333;
    cpu_set_eflags(cpu, 0x202);
    cpu_smi(cpu);
    cpu_poll(cpu);
    assert_true(cpu->smm && cpu_real(cpu));
    assert_int_equal(cpu->eip, 0x8000);
    assert_int_equal(cpu->seg[SEG_CS].base, 0x40000);
    assert_int_equal(bench_get(b, 0x4fef8), 0x40000);
    assert_int_equal(bench_get(b, 0x4fefc), 0x20000);
    bench_put(b, 0x4fef8, 0x50000);
    cpu->gpr[R_SI] = 0;
    assert_runs(b, helper_rsm(cpu));
    assert_false(cpu->smm);
    assert_int_equal(cpu->smbase, 0x50000);
    assert_int_equal(cpu->gpr[R_SI], 0x5151);
    assert_int_equal(cpu->eip, 0x333);
    assert_int_equal(cpu_eflags(cpu), 0x202);
    assert_int_equal(cpu->seg[SEG_CS].limit, 0xffffffff);
    assert_int_equal(RAISED(b, helper_rsm(cpu)), EXC_UD);
}

static void pusha_and_popa_round_trip(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    for (unsigned i = 0; i < 8; i++)
        cpu->gpr[i] = i == R_SP ? KSTACK : 0x1000 + i;
    assert_runs(b, helper_pusha(cpu, 4));
    assert_int_equal(cpu->gpr[R_SP], KSTACK - 32);
    assert_int_equal(bench_get(b, KSTACK - 20), KSTACK);
    cpu->gpr[R_BX] = cpu->gpr[R_DI] = 0;
    assert_runs(b, helper_popa(cpu, 4));
    assert_int_equal(cpu->gpr[R_BX], 0x1000 + R_BX);
    assert_int_equal(cpu->gpr[R_DI], 0x1000 + R_DI);
    assert_int_equal(cpu->gpr[R_SP], KSTACK);
}

static void enter_copies_the_display(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    cpu->gpr[R_SP] = KSTACK;
    cpu->gpr[R_BP] = KSTACK + 0x100;
    bench_put(b, KSTACK + 0xfc, 0xaaaa);
    assert_runs(b, helper_enter(cpu, 0x20, 2, 4 | 1 << 8));
    assert_int_equal(bench_get(b, KSTACK - 4), KSTACK + 0x100);
    assert_int_equal(bench_get(b, KSTACK - 8), 0xaaaa);
    assert_int_equal(bench_get(b, KSTACK - 12), KSTACK - 4);
    assert_int_equal(cpu->gpr[R_BP], KSTACK - 4);
    assert_int_equal(cpu->gpr[R_SP], KSTACK - 12 - 0x20);
}

static void cmpxchg8b_exchanges_or_loads(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    bench_put(b, 0x6000, 1);
    bench_put(b, 0x6004, 2);
    cpu->gpr[R_AX] = 1;
    cpu->gpr[R_DX] = 3;
    assert_runs(b, helper_cmpxchg8b(cpu, 0x6000, SEG_DS));
    assert_false(cpu->lahf & EF_ZF);
    assert_int_equal(cpu->gpr[R_DX], 2);
    cpu->gpr[R_BX] = 0x77;
    cpu->gpr[R_CX] = 0x88;
    assert_runs(b, helper_cmpxchg8b(cpu, 0x6000, SEG_DS));
    assert_true(cpu->lahf & EF_ZF);
    assert_int_equal(bench_get(b, 0x6000), 0x77);
    assert_int_equal(bench_get(b, 0x6004), 0x88);
}

static void aligned_vector_access_needs_alignment(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    bench_put(b, 0x6018, 0xabc);
    assert_raises(b, EXC_GP, 0, helper_ld128(cpu, 0x6008, SEG_DS, 1 << 8));
    assert_runs(b, helper_ld128(cpu, 0x600c, SEG_DS, 1));
    assert_int_equal(cpu->vtmp[1].d[3], 0xabc);
    assert_runs(b, helper_st128(cpu, 0x7ff8, SEG_DS, 1));
    assert_int_equal(bench_get(b, 0x8004), 0xabc);
}

static void deadline_and_kick_keep_the_count(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;
    uint64_t count = cpu_count(cpu);

    cpu_set_deadline(cpu, count + 5);
    assert_int_equal(cpu->budget, 5);
    cpu_set_deadline(cpu, count + 50);
    assert_int_equal(cpu->budget, 5);
    cpu_set_deadline(cpu, 0);
    assert_int_equal(cpu->budget, 0);
    assert_int_equal(cpu_count(cpu), count);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
int test_system(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_field_of_the_cpu_is_in_its_table),
        TEST(control_registers_refuse_bad_combinations),
        TEST(user_may_not_touch_system_registers),
        TEST(instruction_breakpoint_faults_once),
        TEST(data_breakpoint_traps_behind_the_store),
        TEST(single_step_traps_behind_the_instruction),
        TEST(software_interrupt_is_not_stepped_into),
        TEST(general_detect_guards_the_debug_registers),
        TEST(msrs_store_and_check),
        TEST(cpuid_names_the_processor),
        TEST(smi_saves_and_rsm_restores),
        TEST(pusha_and_popa_round_trip),
        TEST(enter_copies_the_display),
        TEST(cmpxchg8b_exchanges_or_loads),
        TEST(aligned_vector_access_needs_alignment),
        TEST(deadline_and_kick_keep_the_count),
    };
    return cmocka_run_group_tests_name("system", tests, NULL, NULL);
}
