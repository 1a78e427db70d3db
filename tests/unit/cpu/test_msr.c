/* test_msr.c - tests of which model has which MSR, and of what WRMSR refuses. */
#include "sys_bench.h"

static int read_of(struct bench *b, uint32_t index)
{
    b->cpu.gpr[R_CX] = index;
    return RAISED(b, helper_rdmsr(&b->cpu));
}

static int write_of(struct bench *b, uint32_t index, uint64_t val)
{
    b->cpu.gpr[R_CX] = index;
    b->cpu.gpr[R_AX] = (uint32_t)val;
    b->cpu.gpr[R_DX] = val >> 32;
    return RAISED(b, helper_wrmsr(&b->cpu));
}

static uint64_t value_of(struct bench *b, uint32_t index)
{
    assert_int_equal(read_of(b, index), -1);
    return (uint64_t)reg32(&b->cpu, R_DX) << 32 | reg32(&b->cpu, R_AX);
}

/* SDM vol. 4: tables 2-20 (P6) and 2-21 (Pentium), 2-2 for the years of the others. */
static void each_model_has_its_own(void **state)
{
    static const char *const models[] = {"pentium", "pentium2", "pentium4", "core2", "max"};
    static const struct {
        uint32_t index;
        unsigned first; /* of models[] that has it */
    } rows[] = {{0x0, 0},   {0x1, 0},   {0x10, 0},  {0x17, 1},  {0x1b, 1},       {0x2a, 1},
                {0x3a, 3},  {0x8b, 1},  {0xfe, 1},  {0x174, 1}, {0x179, 1},      {0x17a, 1},
                {0x17b, 1}, {0x1a0, 2}, {0x1d9, 1}, {0x200, 1}, {0x20f, 1},      {0x250, 1},
                {0x26f, 1}, {0x277, 1}, {0x2ff, 1}, {0x400, 1}, {0xc0000080, 3}, {0x40f, 1}};
    struct bench *b = *state;

    for (unsigned m = 0; m < ARRAY_LEN(models); m++) {
        b->cpu.model = cpu_model_find(models[m]);
        for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
            int want = m >= rows[i].first ? -1 : EXC_GP;
            if (read_of(b, rows[i].index) != want)
                fail_msg("%s: RDMSR of %x", models[m], rows[i].index);
        }
        assert_int_equal(read_of(b, 0x2000), EXC_GP);
        assert_int_equal(write_of(b, 0x2000, 0), EXC_GP);
        assert_int_equal(read_of(b, 0x210), EXC_GP);
        assert_int_equal(read_of(b, 0x410), EXC_GP);
    }
    b->cpu.model = cpu_model_find("486");
    assert_int_equal(read_of(b, 0x10), EXC_UD);
    assert_int_equal(write_of(b, 0x10, 0), EXC_UD);
}

static void machine_check_banks_are_registers_whose_status_can_only_be_cleared(void **state)
{
    struct bench *b = *state;

    assert_int_equal(value_of(b, 0x179), 0x104);
    assert_int_equal(write_of(b, 0x179, 0), EXC_GP);
    assert_int_equal(write_of(b, 0x404, ~0ull), -1);
    assert_true(value_of(b, 0x404) == ~0ull);
    assert_int_equal(write_of(b, 0x405, 0), -1);
    assert_int_equal(write_of(b, 0x405, 1), EXC_GP);
    assert_true(value_of(b, 0x405) == 0);
    assert_int_equal(write_of(b, 0x17a, 8), EXC_GP);
}

static void memory_types_that_do_not_exist_are_refused(void **state)
{
    struct bench *b = *state;

    assert_int_equal(write_of(b, 0x2ff, 0xc06), -1);
    assert_int_equal(write_of(b, 0x2ff, 0xc02), EXC_GP);
    assert_int_equal(write_of(b, 0x2ff, 0xc07), EXC_GP);
    assert_int_equal(write_of(b, 0x2ff, 0x1c06), EXC_GP);
    assert_int_equal(write_of(b, 0x250, 0x0606060606060606), -1);
    assert_int_equal(write_of(b, 0x250, 0x0606060606060206), EXC_GP);
    assert_int_equal(write_of(b, 0x200, 0x1000006), -1);
    assert_int_equal(write_of(b, 0x200, 0x1000003), EXC_GP);
    assert_int_equal(write_of(b, 0x200, 0x1000106), EXC_GP);
    assert_int_equal(write_of(b, 0x201, 0xfff000800), -1);
    assert_int_equal(write_of(b, 0x201, 0x1fff000800), EXC_GP);
    assert_int_equal(write_of(b, 0xfe, 0), EXC_GP);
    assert_int_equal(write_of(b, 0x277, 0x0007040600070406), -1);
    assert_int_equal(write_of(b, 0x277, 0x0003040600070406), EXC_GP);
}

static void the_first_processors_with_a_tsc_write_its_low_half_alone(void **state)
{
    struct bench *b = *state;

    assert_int_equal(write_of(b, 0x10, 0x500000000), -1);
    assert_int_equal(value_of(b, 0x10) >> 32, 5);
    b->cpu.model = cpu_model_find("pentium");
    assert_int_equal(write_of(b, 0x10, 0x500000000), -1);
    assert_int_equal(value_of(b, 0x10) >> 32, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
int test_msr(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_model_has_its_own),
        TEST(machine_check_banks_are_registers_whose_status_can_only_be_cleared),
        TEST(memory_types_that_do_not_exist_are_refused),
        TEST(the_first_processors_with_a_tsc_write_its_low_half_alone),
    };
    return cmocka_run_group_tests_name("msr", tests, NULL, NULL);
}
