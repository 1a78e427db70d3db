/* test_smm.c - tests of system-management mode: what may enter it, what it holds back, what RSM
 * refuses. */
#include "sys_bench.h"

enum {
    SAVED_EFLAGS = 0x3fff4,
    SAVED_CR0 = 0x3fffc,
    SAVED_SMBASE = 0x3fef8,
    SAVED_HALT = 0x3ff00,
    SAVED_CR4 = 0x3ff14
};

static void smi(struct bench *b)
{
    cpu_smi(&b->cpu);
    cpu_poll(&b->cpu);
}

static void an_smi_goes_before_init_which_waits_for_rsm(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    cpu_init_pin(cpu);
    smi(b);
    assert_true(cpu->smm && cpu->init_pending);
    assert_int_equal(cpu->eip, 0x8000);
    assert_runs(b, helper_rsm(cpu));
    cpu_poll(cpu);
    assert_false(cpu->init_pending);
    assert_int_equal(cpu->eip, 0xfff0);
    assert_int_equal(cpu->smbase, 0x30000);
}

static void a_second_smi_waits_for_rsm(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    cpu->eip = 0x444;
    smi(b);
    cpu->eip = 0x8003;
    smi(b);
    assert_int_equal(cpu->eip, 0x8003);
    assert_true(cpu->smi_pending);
    assert_runs(b, helper_rsm(cpu));
    assert_int_equal(cpu->eip, 0x444);
    cpu_poll(cpu);
    assert_int_equal(cpu->eip, 0x8000);
    assert_false(cpu->smi_pending);
}

static void an_smi_wakes_from_hlt_and_rsm_goes_back_to_it(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    cpu->halted = true;
    smi(b);
    assert_false(cpu->halted);
    assert_int_equal(bench_get(b, SAVED_HALT), 0x10000);
    assert_runs(b, helper_rsm(cpu));
    assert_true(cpu->halted);
    smi(b);
    bench_put(b, SAVED_HALT, 0);
    assert_runs(b, helper_rsm(cpu));
    assert_false(cpu->halted);
}

static void a_debug_trap_waits_for_rsm(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    debug_pend(cpu, BIT(14));
    smi(b);
    assert_int_equal(cpu->eip, 0x8000);
    assert_false(cpu->db_pending);
    assert_runs(b, helper_rsm(cpu));
    assert_true(cpu->db_pending);
    assert_int_equal(cpu->dr6_pending, BIT(14));
}

static void the_shadow_of_sti_goes_on_behind_rsm(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    cpu_set_eflags(cpu, 0x202);
    cpu->shadow_count = cpu_count(cpu);
    smi(b);
    assert_true(cpu->shadow_count == NEVER);
    assert_runs(b, helper_rsm(cpu));
    assert_int_equal(cpu->shadow_count, count_after(cpu));
}

static void page_directory_pointers_survive_a_handler_that_loads_its_own(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    cpu->pdpte[1] = 0x123456001;
    smi(b);
    cpu->pdpte[1] = 0;
    assert_runs(b, helper_rsm(cpu));
    assert_int_equal(cpu->pdpte[1], 0x123456001);
}

static void count_smiact(void *opaque, bool on)
{
    struct bench *b = opaque;

    b->port_log[b->port_writes++ % 64] = on;
}

static void smiact_is_driven_until_rsm_or_reset(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    cpu->hooks.opaque = b;
    cpu->hooks.smm = count_smiact;
    smi(b);
    assert_true(b->port_writes == 1 && b->port_log[0]);
    assert_runs(b, helper_rsm(cpu));
    assert_true(b->port_writes == 2 && !b->port_log[1]);
    smi(b);
    cpu_reset(cpu);
    assert_true(b->port_writes == 4 && !b->port_log[3]);
    assert_false(cpu->smm);
    assert_false(cpu->mode & MODE_SMM);
}

/* Changes a dword of the save map; RSM must shut down. */
static void assert_shuts_down(struct bench *b, uint32_t at, uint32_t val)
{
    struct cpu *cpu = &b->cpu;
    uint32_t was;

    smi(b);
    was = bench_get(b, at);
    bench_put(b, at, val);
    assert_runs(b, helper_rsm(cpu));
    assert_true(cpu->shutdown && cpu->smm);
    cpu->shutdown = false;
    bench_put(b, at, was);
    assert_runs(b, helper_rsm(cpu));
    assert_false(cpu->shutdown || cpu->smm);
}

static void rsm_shuts_down_for_an_impossible_state(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    assert_shuts_down(b, SAVED_CR0, CR0_PG);
    assert_shuts_down(b, SAVED_CR0, CR0_PE | CR0_NW);
    assert_shuts_down(b, SAVED_CR4, 1u << 31);
    b->cpu.model = cpu_model_find("pentium");
    assert_shuts_down(b, SAVED_SMBASE, 0x30100);
    assert_shuts_down(b, SAVED_CR4, CR4_PAE);
}

static void smbase_is_a_multiple_of_32_kb_up_to_the_pentium(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    smi(b);
    bench_put(b, SAVED_SMBASE, 0x30100);
    assert_runs(b, helper_rsm(&b->cpu));
    assert_int_equal(b->cpu.smbase, 0x30100);
}

static void a_386_has_no_smi(void **state)
{
    struct bench *b = *state;

    b->cpu.model = cpu_model_find("386");
    smi(b);
    assert_false(b->cpu.smm || b->cpu.smi_pending);
    assert_int_equal(RAISED(b, helper_rsm(&b->cpu)), EXC_UD);
}

static void rsm_goes_back_to_virtual_8086_mode(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;
    static const uint16_t sel[SEG_COUNT] = {1, 2, 3, 4, 5, 6};

    bench_protected(b);
    enter_v86(cpu, 0x77, EF_VM | EF_IOPL | 2, sel);
    smi(b);
    assert_true(cpu_real(cpu) && !cpu_v86(cpu));
    assert_int_equal(cpu->cpl, 0);
    assert_int_equal(bench_get(b, SAVED_EFLAGS), EF_VM | EF_IOPL | 2);
    assert_runs(b, helper_rsm(cpu));
    assert_true(cpu_v86(cpu));
    assert_int_equal(cpu->cpl, 3);
    assert_int_equal(cpu->seg[SEG_GS].base, cpu->seg[SEG_GS].sel << 4);
    assert_false(cpu->mode & MODE_SMM);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
int test_smm(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_smi_goes_before_init_which_waits_for_rsm),
        TEST(a_second_smi_waits_for_rsm),
        TEST(an_smi_wakes_from_hlt_and_rsm_goes_back_to_it),
        TEST(a_debug_trap_waits_for_rsm),
        TEST(the_shadow_of_sti_goes_on_behind_rsm),
        TEST(page_directory_pointers_survive_a_handler_that_loads_its_own),
        TEST(smiact_is_driven_until_rsm_or_reset),
        TEST(rsm_shuts_down_for_an_impossible_state),
        TEST(smbase_is_a_multiple_of_32_kb_up_to_the_pentium),
        TEST(a_386_has_no_smi),
        TEST(rsm_goes_back_to_virtual_8086_mode),
    };
    return cmocka_run_group_tests_name("smm", tests, NULL, NULL);
}
