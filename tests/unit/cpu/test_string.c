/* test_string.c - tests of the string instructions. */
#include <string.h>
#include "sys_bench.h"

#define ES_REP(size, addr, rep) ((size) | (addr) << 8 | SEG_DS << 16 | (uint64_t)(rep) << 24)
enum { IP = 0x50, NEXT = 0x52 };

static void regs(struct bench *b, uint32_t si, uint32_t di, uint32_t cx)
{
    b->cpu.gpr[R_SI] = si;
    b->cpu.gpr[R_DI] = di;
    b->cpu.gpr[R_CX] = cx;
}

static void movs_copies_and_counts_each_iteration(void **state)
{
    struct bench *b = *state;
    int64_t budget;

    bench_protected(b);
    for (unsigned i = 0; i < 0x3000; i++)
        b->ram.host[0x20100 + i] = (uint8_t)(i * 7);
    regs(b, 0x20100, 0x30ff3, 0x3000);
    budget = b->cpu.budget;
    assert_runs(b, helper_movs(&b->cpu, ES_REP(1, 4, 1), IP, NEXT));
    assert_memory_equal(b->ram.host + 0x20100, b->ram.host + 0x30ff3, 0x3000);
    assert_int_equal(b->cpu.budget, budget - 0x2fff);
    assert_int_equal(b->cpu.gpr[R_CX], 0);
    assert_int_equal(b->cpu.gpr[R_SI], 0x23100);
    assert_int_equal(b->cpu.gpr[R_DI], 0x33ff3);
    assert_int_equal(b->cpu.eip, NEXT);
}

static void rep_with_zero_count_does_nothing(void **state)
{
    struct bench *b = *state;
    int64_t budget;

    bench_protected(b);
    regs(b, 0x20000, 0x30000, 0);
    b->ram.host[0x20000] = 9;
    budget = b->cpu.budget;
    assert_runs(b, helper_movs(&b->cpu, ES_REP(4, 4, 1), IP, NEXT));
    assert_int_equal(b->cpu.budget, budget);
    assert_int_equal(b->ram.host[0x30000], 0);
    assert_int_equal(b->cpu.eip, NEXT);
}

static void overlapping_movs_replicates(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    memcpy(b->ram.host + 0x20000, "abc", 3);
    regs(b, 0x20000, 0x20003, 9);
    assert_runs(b, helper_movs(&b->cpu, ES_REP(1, 4, 1), IP, NEXT));
    assert_memory_equal(b->ram.host + 0x20000, "abcabcabcabc", 12);
}

static void backward_movs_runs_down(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    b->cpu.eflags |= EF_DF;
    for (unsigned i = 0; i < 0x2000; i++)
        b->ram.host[0x20000 + i] = (uint8_t)(i * 5);
    regs(b, 0x20000 + 0x2000 - 2, 0x20004 + 0x2000 - 2, 0x1000);
    assert_runs(b, helper_movs(&b->cpu, ES_REP(2, 4, 1), IP, NEXT));
    for (unsigned i = 0; i < 0x2000; i++)
        assert_int_equal(b->ram.host[0x20004 + i], (uint8_t)(i * 5));
    assert_int_equal(b->cpu.gpr[R_SI], 0x1fffe);
    assert_int_equal(b->cpu.gpr[R_DI], 0x20002);
}

static void budget_stops_a_rep_where_it_can_go_on(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    regs(b, 0, 0x20000, 100);
    b->cpu.gpr[R_AX] = 0x11223344;
    b->cpu.budget = 9;
    assert_runs(b, helper_stos(&b->cpu, ES_REP(4, 4, 1), IP, NEXT));
    assert_int_equal(b->cpu.budget, 0);
    assert_int_equal(b->cpu.gpr[R_CX], 90);
    assert_int_equal(b->cpu.gpr[R_DI], 0x20028);
    assert_int_equal(b->cpu.eip, IP);
    assert_int_equal(bench_get(b, 0x20024), 0x11223344);
    assert_int_equal(bench_get(b, 0x20028), 0);
    assert_int_equal(b->cpu.rf_count, cpu_count(&b->cpu));
}

static void fault_leaves_completed_iterations(void **state)
{
    struct bench *b = *state;
    int64_t budget;

    bench_protected(b);
    bench_desc(b, SPARE, 0x20000, 0x1fff, SEGA_P | SEGA_S | SEGA_RW);
    assert_runs(b, helper_load_far_seg(&b->cpu, SEG_ES, SPARE));
    regs(b, 0, 0x1000, 0x800);
    budget = b->cpu.budget;
    assert_raises(b, EXC_GP, 0, helper_stos(&b->cpu, ES_REP(4, 4, 1), IP, NEXT));
    assert_int_equal(b->cpu.gpr[R_DI], 0x2000);
    assert_int_equal(b->cpu.gpr[R_CX], 0x400);
    assert_int_equal(b->cpu.budget, budget - 0x400); /* the failing one is counted, too */
}

static void sixteen_bit_addresses_wrap(void **state)
{
    struct bench *b = *state;

    regs(b, 0x1fffe, 0x5fffe, 0x70003);
    b->cpu.gpr[R_AX] = 0xee;
    assert_runs(b, helper_stos(&b->cpu, ES_REP(1, 2, 1), IP, NEXT));
    assert_int_equal(b->ram.host[0xfffe], 0xee);
    assert_int_equal(b->ram.host[0xffff], 0xee);
    assert_int_equal(b->ram.host[0], 0xee);
    assert_int_equal(b->cpu.gpr[R_DI], 0x50001);
    assert_int_equal(b->cpu.gpr[R_CX], 0x70000);
}

static void scas_stops_at_the_match_with_flags(void **state)
{
    struct bench *b = *state;
    int64_t budget;

    bench_protected(b);
    memset(b->ram.host + 0x20ff0, 'x', 100);
    b->ram.host[0x21010] = 0;
    regs(b, 0, 0x20ff0, 1000);
    budget = b->cpu.budget;
    b->cpu.gpr[R_AX] = 0;
    assert_runs(b, helper_scas(&b->cpu, ES_REP(1, 4, 2), IP, NEXT));
    assert_int_equal(b->cpu.gpr[R_DI], 0x21011);
    assert_int_equal(b->cpu.gpr[R_CX], 1000 - 0x21);
    assert_int_equal(b->cpu.budget, budget - 0x20);
    assert_int_equal(b->cpu.lahf, EF_ZF | EF_PF | 2);
    assert_int_equal(b->cpu.eip, NEXT);
}

static void cmps_sets_the_flags_of_sub(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_put(b, 0x20000, 0x80000000);
    bench_put(b, 0x30000, 1);
    regs(b, 0x20000, 0x30000, 0);
    assert_runs(b, helper_cmps(&b->cpu, ES_REP(4, 4, 0), IP, NEXT));
    assert_int_equal(b->cpu.lahf, EF_PF | EF_AF | 2);
    assert_int_equal(b->cpu.of, 1);
    regs(b, 0x30000, 0x20000, 4);
    assert_runs(b, helper_cmps(&b->cpu, ES_REP(1, 4, 1), IP, NEXT));
    assert_int_equal(b->cpu.gpr[R_CX], 3);
    assert_int_equal(b->cpu.lahf, 2);
}

static void lods_fills_part_of_the_accumulator(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_put(b, 0x20000, 0xaabbccdd);
    b->cpu.gpr[R_AX] = 0x11111111;
    regs(b, 0x20000, 0, 0);
    assert_runs(b, helper_lods(&b->cpu, ES_REP(2, 4, 0), IP, NEXT));
    assert_int_equal(b->cpu.gpr[R_AX], 0x1111ccdd);
    assert_int_equal(b->cpu.gpr[R_SI], 0x20002);
}

static void ins_takes_runs_and_single_items(void **state)
{
    struct bench *b = *state;
    int64_t budget;

    bench_protected(b);
    regs(b, 0, 0x20ff0, 256);
    b->port_taken = 100;
    budget = b->cpu.budget;
    assert_runs(b, helper_ins(&b->cpu, ES_REP(2, 4, 1), IP, NEXT));
    for (unsigned i = 0; i < 256; i++)
        assert_int_equal(le16_get(b->ram.host + 0x20ff0 + i * 2), i);
    assert_int_equal(b->cpu.budget, budget - 255);
    assert_int_equal(b->cpu.gpr[R_CX], 0);
}

static void ins_checks_the_store_before_it_reads_the_port(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_desc(b, SPARE, 0x20000, 0xf, SEGA_P | SEGA_S | SEGA_RW);
    assert_runs(b, helper_load_far_seg(&b->cpu, SEG_ES, SPARE));
    regs(b, 0, 0x10, 0);
    assert_raises(b, EXC_GP, 0, helper_ins(&b->cpu, ES_REP(2, 4, 0), IP, NEXT));
    assert_int_equal(b->port_value, 0);
}

static void outs_obeys_the_io_bitmap(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_put(b, TSS + 0x68 + 0x60 / 8, 0x10); /* port 64h is shut */
    bench_user(b);
    memcpy(b->ram.host + 0x20000, "ok", 2);
    b->cpu.gpr[R_DX] = 0x60;
    regs(b, 0x20000, 0, 2);
    assert_runs(b, helper_outs(&b->cpu, ES_REP(1, 4, 1), IP, NEXT));
    assert_int_equal(b->port_log[0], 'o');
    assert_int_equal(b->port_log[1], 'k');
    b->cpu.gpr[R_DX] = 0x63;
    assert_runs(b, helper_in(&b->cpu, 0x63, 1));
    assert_raises(b, EXC_GP, 0, helper_in(&b->cpu, 0x63, 2));
    assert_raises(b, EXC_GP, 0, helper_in(&b->cpu, 0x1000, 1));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
int test_string(void)
{
    const struct CMUnitTest tests[] = {
        TEST(movs_copies_and_counts_each_iteration),
        TEST(rep_with_zero_count_does_nothing),
        TEST(overlapping_movs_replicates),
        TEST(backward_movs_runs_down),
        TEST(budget_stops_a_rep_where_it_can_go_on),
        TEST(fault_leaves_completed_iterations),
        TEST(sixteen_bit_addresses_wrap),
        TEST(scas_stops_at_the_match_with_flags),
        TEST(cmps_sets_the_flags_of_sub),
        TEST(lods_fills_part_of_the_accumulator),
        TEST(ins_takes_runs_and_single_items),
        TEST(ins_checks_the_store_before_it_reads_the_port),
        TEST(outs_obeys_the_io_bitmap),
    };
    return cmocka_run_group_tests_name("string", tests, NULL, NULL);
}
