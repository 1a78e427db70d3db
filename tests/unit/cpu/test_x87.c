/* test_x87.c - the x87: against the host in random states, and what the host's user mode cannot
 * show. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "fpu/x87_bench.h"

/* Opcodes as helper_x87 takes them. */
enum {
    FADD_M32 = 0x000,
    FDIV_ST1 = 0x0f1,
    FLD_M32 = 0x100,
    FLDENV = 0x120,
    FLDCW = 0x128,
    FNSTENV = 0x130,
    FLD1 = 0x1e8,
    FLDZ = 0x1ee,
    FLDPI = 0x1eb,
    FSIN = 0x1fe,
    FNCLEX = 0x3e2,
    FNINIT = 0x3e3,
    FSTP_M80 = 0x338,
    FLD_M80 = 0x328,
    FSTP_M64 = 0x518,
    FRSTOR = 0x520,
    FNSAVE = 0x530
};

static int setup(void **state)
{
    struct bench *b = malloc(sizeof(*b));

    if (!b)
        return -1;
    bench_init(b);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static uint32_t word_at(const struct bench *b, unsigned at, unsigned size)
{
    uint32_t v = 0;

    memcpy(&v, b->mem + at, size);
    return v;
}

static void compare_with_host(struct bench *b, const struct x87_opcode *ops, unsigned count,
                              unsigned cases,
                              bool (*same)(const struct x87_case *, const struct x87_case *))
{
    struct rng r = {0x2545f4914f6cdd1d};

    if (!host_x87_available())
        skip();
    for (unsigned i = 0; i < count; i++) {
        for (unsigned n = 0; n < cases; n++) {
            struct x87_case start, host, soft;
            x87_case_make(&r, &start, ops[i].op);
            host = soft = start;
            host_x87_run(&host);
            soft_x87_run(b, &soft);
            if (!same(&host, &soft)) {
                x87_case_print("from", &start);
                x87_case_print("host", &host);
                x87_case_print("soft", &soft);
                fail_msg("%s differs from the host", ops[i].name);
            }
        }
    }
}

static void exact_instructions_agree_with_the_host_in_random_states(void **state)
{
    compare_with_host(*state, x87_exact_ops, x87_exact_op_count, 20000, x87_case_same);
}

static void transcendental_instructions_are_within_a_unit_of_the_host(void **state)
{
    compare_with_host(*state, x87_close_ops, x87_close_op_count, 20000, x87_case_close);
}

static void an_unmasked_error_raises_mf_at_the_next_waiting_instruction(void **state)
{
    struct bench *b = *state;

    b->cpu.fpu.cw = FCW_INIT & ~SF_ZERODIV;
    bench_x87(b, FLDZ, 0);
    bench_x87(b, FLD1, 0);
    assert_true(bench_x87(b, FDIV_ST1, 0));
    assert_true(b->cpu.fpu.sw & FSW_ES);
    assert_true(bench_x87(b, FNSTENV, 0)); /* does not wait; masks everything */
    b->cpu.fpu.cw &= (uint16_t)~SF_ZERODIV;
    b->cpu.fpu.sw |= FSW_ES;
    assert_false(bench_x87(b, FLD1, 0));
    assert_int_equal(b->vector, EXC_MF);
    assert_true(bench_x87(b, FNCLEX, 0));
    assert_true(bench_x87(b, FLD1, 0));
}

static void without_ne_an_error_drives_ferr_and_clearing_it_releases(void **state)
{
    struct bench *b = *state;

    b->cpu.cr0 &= ~(uint64_t)CR0_NE;
    b->cpu.fpu.cw = FCW_INIT & ~SF_ZERODIV;
    bench_x87(b, FLDZ, 0);
    bench_x87(b, FLD1, 0);
    assert_false(b->ferr);
    bench_x87(b, FDIV_ST1, 0);
    assert_true(b->ferr);
    assert_true(bench_x87(b, FLD1, 0)); /* IGNNE# is taken as given */
    bench_x87(b, FNINIT, 0);
    assert_false(b->ferr);
}

static void unmasking_a_recorded_error_makes_it_pending(void **state)
{
    struct bench *b = *state;

    b->cpu.fpu.sw |= SF_PRECISION;
    b->mem[0] = 0x5f;
    b->mem[1] = 0x03;
    bench_x87(b, FLDCW, 0);
    assert_int_equal(b->cpu.fpu.sw & (FSW_ES | FSW_B), FSW_ES | FSW_B);
    assert_false(bench_x87(b, FLD1, 0));
    assert_int_equal(b->vector, EXC_MF);
}

static void a_faulting_store_leaves_no_trace(void **state)
{
    struct bench *b = *state;
    struct fpu before;

    bench_x87(b, FLDPI, 0);
    before = b->cpu.fpu;
    assert_false(bench_x87(b, FSTP_M64, sizeof(b->mem) - 4));
    assert_memory_equal(&before, &b->cpu.fpu, sizeof(before));
    assert_false(bench_x87(b, FSTP_M80, sizeof(b->mem) - 9));
    assert_memory_equal(&before, &b->cpu.fpu, sizeof(before));
}

static void pointers_name_the_last_instruction_and_its_operand(void **state)
{
    struct bench *b = *state;

    b->cpu.seg[SEG_CS].sel = 0x08;
    b->cpu.seg[SEG_DS].sel = 0x10;
    bench_x87(b, FLD_M32, 0x80);
    bench_x87(b, FNSTENV, 0x100);
    assert_int_equal(word_at(b, 0x10c, 4), 0x1234);
    assert_int_equal(word_at(b, 0x110, 4), FLD_M32 << 16 | 0x08);
    assert_int_equal(word_at(b, 0x114, 4), 0x80);
    assert_int_equal(word_at(b, 0x118, 4), 0xffff0010);
}

static void the_real_format_stores_linear_pointers(void **state)
{
    struct bench *b = *state;

    b->cpu.cr0 = CR0_NE;
    b->cpu.seg[SEG_CS].sel = 0xf000;
    b->cpu.seg[SEG_DS].sel = 0x1000;
    bench_x87(b, FLD_M32, 0x80);
    helper_x87(&b->cpu, FNSTENV, 0x100, SEG_DS | 2 << 8, 0);
    assert_int_equal(word_at(b, 0x106, 2), 0x1234);
    assert_int_equal(word_at(b, 0x108, 2), 0xf000 | FLD_M32);
    assert_int_equal(word_at(b, 0x10a, 2), 0x0080);
    assert_int_equal(word_at(b, 0x10c, 2), 0x1000);
}

static void save_and_restore_bring_everything_back(void **state)
{
    struct bench *b = *state;
    struct fpu before;

    for (unsigned word = 2; word <= 4; word += 2) {
        bench_x87(b, FLDPI, 0);
        bench_x87(b, FLDZ, 0);
        before = b->cpu.fpu;
        helper_x87(&b->cpu, FNSAVE, 0x100, SEG_DS | word << 8, 0);
        assert_int_equal(b->cpu.fpu.cw, FCW_INIT);
        assert_int_equal(b->cpu.fpu.valid, 0);
        assert_int_equal(word_at(b, 0x100 + 2 * word, 2), 0x1fff);
        helper_x87(&b->cpu, FRSTOR, 0x100, SEG_DS | word << 8, 0);
        assert_int_equal(b->cpu.fpu.sw, before.sw);
        assert_int_equal(b->cpu.fpu.valid, before.valid);
        assert_memory_equal(b->cpu.fpu.r, before.r, sizeof(before.r));
        bench_x87(b, FNINIT, 0);
    }
}

static void fxsave_and_fxrstor_bring_everything_back(void **state)
{
    struct bench *b = *state;
    struct fpu before;

    b->cpu.cr4 = CR4_OSFXSR;
    b->cpu.fpu.mxcsr = 0x1fa0;
    b->cpu.xmm[7].q[1] = 0x0123456789abcdef;
    bench_x87(b, FLDPI, 0);
    before = b->cpu.fpu;
    helper_fxsave(&b->cpu, 0x200, SEG_DS);
    assert_int_equal(word_at(b, 0x204, 1), 0x80);
    assert_int_equal(word_at(b, 0x218, 4), 0x1fa0);
    assert_int_equal(word_at(b, 0x21c, 4), 0xffff);
    bench_x87(b, FNINIT, 0);
    b->cpu.fpu.mxcsr = 0;
    b->cpu.xmm[7].q[1] = 0;
    helper_fxrstor(&b->cpu, 0x200, SEG_DS);
    assert_memory_equal(&b->cpu.fpu, &before, sizeof(before));
    assert_int_equal(b->cpu.xmm[7].q[1], 0x0123456789abcdef);
}

static void fxsave_to_an_odd_address_and_a_reserved_mxcsr_bit_fault(void **state)
{
    struct bench *b = *state;

    b->vector = -1;
    if (!setjmp(b->fault))
        helper_fxsave(&b->cpu, 0x208, SEG_DS);
    assert_int_equal(b->vector, EXC_GP);
    b->vector = -1;
    if (!setjmp(b->fault))
        helper_ldmxcsr(&b->cpu, 0x10000);
    assert_int_equal(b->vector, EXC_GP);
}

static void entering_mmx_fills_the_stack_and_emms_empties_it(void **state)
{
    struct bench *b = *state;

    bench_x87(b, FLD1, 0);
    helper_mmx_enter(&b->cpu);
    assert_int_equal(x87_top(&b->cpu.fpu), 0);
    assert_int_equal(b->cpu.fpu.valid, 0xff);
    helper_emms(&b->cpu);
    assert_int_equal(b->cpu.fpu.valid, 0);
}

static void a_sine_out_of_range_sets_c2_and_keeps_its_operand(void **state)
{
    struct bench *b = *state;
    struct f80 v = {.man = SF_INT_BIT, .se = 0x3fff + 63};

    x87_push(&b->cpu.fpu, v);
    bench_x87(b, FSIN, 0);
    assert_true(b->cpu.fpu.sw & FSW_C2);
    assert_int_equal(x87_get(&b->cpu.fpu, 0).se, v.se);
}

static void sines_are_reduced_by_a_pi_of_66_bits(void **state)
{
    struct bench *b = *state;

    bench_x87(b, FLDPI, 0);
    bench_x87(b, FSIN, 0);
    /* pi66 - pi64 = -2^-64 */
    assert_int_equal(x87_get(&b->cpu.fpu, 0).se, 0xbfbf);
    assert_int_equal(x87_get(&b->cpu.fpu, 0).man, SF_INT_BIT);
}

static void every_opcode_of_the_escapes_is_harmless(void **state)
{
    struct bench *b = *state;
    struct rng r = {7};

    for (unsigned n = 0; n < 200000; n++) {
        unsigned op = rng_below(&r, 0x800);
        if (rng_below(&r, 16) == 0)
            x87_set_words(&b->cpu, (uint16_t)rng_next(&r), b->cpu.fpu.sw);
        for (unsigned i = 0; i < 16; i++)
            b->mem[rng_below(&r, 256)] = (uint8_t)rng_next(&r);
        if (!bench_x87(b, op, rng_below(&r, 64)))
            bench_x87(b, FNCLEX, 0);
        assert_int_equal(!!(b->cpu.fpu.sw & FSW_ES), !!(b->cpu.fpu.sw & ~b->cpu.fpu.cw & SF_ALL));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(exact_instructions_agree_with_the_host_in_random_states),
        TEST(transcendental_instructions_are_within_a_unit_of_the_host),
        TEST(an_unmasked_error_raises_mf_at_the_next_waiting_instruction),
        TEST(without_ne_an_error_drives_ferr_and_clearing_it_releases),
        TEST(unmasking_a_recorded_error_makes_it_pending),
        TEST(a_faulting_store_leaves_no_trace),
        TEST(pointers_name_the_last_instruction_and_its_operand),
        TEST(the_real_format_stores_linear_pointers),
        TEST(save_and_restore_bring_everything_back),
        TEST(fxsave_and_fxrstor_bring_everything_back),
        TEST(fxsave_to_an_odd_address_and_a_reserved_mxcsr_bit_fault),
        TEST(entering_mmx_fills_the_stack_and_emms_empties_it),
        TEST(a_sine_out_of_range_sets_c2_and_keeps_its_operand),
        TEST(sines_are_reduced_by_a_pi_of_66_bits),
        TEST(every_opcode_of_the_escapes_is_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
