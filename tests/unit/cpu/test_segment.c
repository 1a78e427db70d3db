/* test_segment.c - tests of segment registers and of the instructions that look at descriptors. */
#include "sys_bench.h"

enum { DATA = SEGA_P | SEGA_S | SEGA_RW, CODE = SEGA_P | SEGA_S | SEGA_CODE };

static void real_mode_load_keeps_the_limit(void **state)
{
    struct bench *b = *state;
    struct segment *ds = &b->cpu.seg[SEG_DS];

    ds->limit = 0xffffffff;
    assert_runs(b, helper_load_seg(&b->cpu, SEG_DS, 0x1234));
    assert_int_equal(ds->base, 0x12340);
    assert_int_equal(ds->limit, 0xffffffff);
    assert_runs(b, cpu_linear(&b->cpu, SEG_DS, 0x100000, 4, true));
    assert_raises(b, EXC_GP, 0, cpu_linear(&b->cpu, SEG_ES, 0xffff, 2, false));
    assert_raises(b, EXC_SS, 0, cpu_linear(&b->cpu, SEG_SS, 0x10000, 1, false));
}

static void null_selector_loads_but_cannot_be_used(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    assert_runs(b, helper_load_seg(&b->cpu, SEG_ES, 3));
    assert_raises(b, EXC_GP, 0, cpu_linear(&b->cpu, SEG_ES, 0, 1, false));
    assert_raises(b, EXC_GP, 0, helper_load_seg(&b->cpu, SEG_SS, 0));
}

static void descriptor_beyond_the_table_raises_gp(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    assert_raises(b, EXC_GP, 0x80, helper_load_seg(&b->cpu, SEG_DS, 0x80));
    assert_raises(b, EXC_GP, 0x0c, helper_load_seg(&b->cpu, SEG_DS, 0x0c | 1));
}

static void absent_segment_raises_np_or_ss(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_desc(b, SPARE, 0, 0xffff, DATA & ~SEGA_P);
    assert_raises(b, EXC_NP, SPARE, helper_load_seg(&b->cpu, SEG_DS, SPARE));
    assert_raises(b, EXC_SS, SPARE, helper_load_seg(&b->cpu, SEG_SS, SPARE));
}

static void load_sets_the_accessed_bit(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_desc(b, SPARE, 0x100, 0xfff, DATA);
    assert_runs(b, helper_load_seg(&b->cpu, SEG_DS, SPARE));
    assert_true(bench_get(b, GDT + SPARE + 4) & SEGA_A);
    assert_int_equal(cpu_linear(&b->cpu, SEG_DS, 0xffc, 4, true), 0x10fc);
    assert_raises(b, EXC_GP, 0, cpu_linear(&b->cpu, SEG_DS, 0xffd, 4, true));
}

static void expand_down_segment_is_valid_above_its_limit(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_desc(b, SPARE, 0, 0xfff, DATA | SEGA_DC);
    assert_runs(b, helper_load_seg(&b->cpu, SEG_DS, SPARE));
    assert_int_equal(b->cpu.seg[SEG_DS].read_end, 0);
    assert_raises(b, EXC_GP, 0, cpu_linear(&b->cpu, SEG_DS, 0xfff, 1, false));
    assert_runs(b, cpu_linear(&b->cpu, SEG_DS, 0x1000, 4, true));
    assert_runs(b, cpu_linear(&b->cpu, SEG_DS, 0xfffe, 2, true));
    assert_raises(b, EXC_GP, 0, cpu_linear(&b->cpu, SEG_DS, 0xffff, 2, true));
}

static void read_only_data_and_code_cannot_be_written(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_desc(b, SPARE, 0, 0xffff, SEGA_P | SEGA_S);
    assert_runs(b, helper_load_seg(&b->cpu, SEG_DS, SPARE));
    assert_runs(b, cpu_linear(&b->cpu, SEG_DS, 0, 4, false));
    assert_raises(b, EXC_GP, 0, cpu_linear(&b->cpu, SEG_DS, 0, 4, true));
    assert_raises(b, EXC_GP, 0, cpu_linear(&b->cpu, SEG_CS, 0, 4, true));
    bench_desc(b, SPARE, 0, 0xffff, CODE);
    assert_raises(b, EXC_GP, SPARE, helper_load_seg(&b->cpu, SEG_DS, SPARE));
}

static void user_cannot_load_kernel_data(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_user(b);
    assert_int_equal(b->cpu.mmu, TLB_USER);
    assert_raises(b, EXC_GP, KDATA, helper_load_seg(&b->cpu, SEG_DS, KDATA));
    assert_raises(b, EXC_GP, KDATA, helper_load_seg(&b->cpu, SEG_DS, KDATA | 3));
    assert_runs(b, helper_load_seg(&b->cpu, SEG_DS, CONFORMING | 3));
    assert_raises(b, EXC_GP, UDATA & ~3, helper_load_seg(&b->cpu, SEG_SS, UDATA & ~3));
}

static void mov_ss_opens_a_shadow_of_one_instruction(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    cpu_set_eflags(cpu, EF_IF | 2);
    b->vector = 0x20;
    bench_idt(b, 0x20, SYS_INT32, 0);
    assert_runs(b, helper_load_seg(cpu, SEG_SS, KDATA));
    cpu_set_intr(cpu, true);
    cpu_nmi(cpu);
    cpu->limit += 100;
    cpu->budget += 100;
    cpu_poll(cpu);
    assert_true(cpu->nmi_pending && cpu->intr);
    assert_int_equal(cpu->budget, 1); /* look again at the next boundary */
    cpu->budget = 0;
    assert_true(cpu_poll_needed(cpu));
    cpu_poll(cpu);
    assert_false(cpu->nmi_pending);
}

static void flat_segments_show_in_the_mode(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    assert_int_equal(b->cpu.mode >> MODE_FLAT_SHIFT & 0x3f, 0x3f);
    assert_true(b->cpu.mode & MODE_CS32 && b->cpu.mode & MODE_SS32 && b->cpu.mode & MODE_PE);
    bench_desc(b, SPARE, 16, 0xffff, DATA);
    assert_runs(b, helper_load_seg(&b->cpu, SEG_DS, SPARE));
    assert_int_equal(b->cpu.mode >> MODE_FLAT_SHIFT & 0x3f, 0x37);
}

static void lar_lsl_verr_and_verw_answer_without_faults(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_protected(b);
    assert_int_equal(helper_lar(cpu, KDATA),
                     (bench_get(b, GDT + KDATA + 4) & 0xffff00) | BIT64(32));
    assert_int_equal(helper_lsl(cpu, KCODE), 0xffffffff | BIT64(32));
    assert_int_equal(helper_lsl(cpu, TSS_B), 0x67 | BIT64(32));
    assert_int_equal(helper_lar(cpu, 0), 0);
    assert_int_equal(helper_lar(cpu, 0x1000), 0);
    assert_int_equal(helper_verr(cpu, KCODE), 1);
    assert_int_equal(helper_verw(cpu, KCODE), 0);
    assert_int_equal(helper_verw(cpu, KDATA), 1);
    assert_int_equal(helper_verr(cpu, TSS_A), 0);
    bench_user(b);
    assert_int_equal(helper_verr(cpu, KDATA), 0);
    assert_int_equal(helper_verr(cpu, CONFORMING), 1);
}

static void table_registers_round_trip(void **state)
{
    struct bench *b = *state;
    struct cpu *cpu = &b->cpu;

    bench_put(b, 0x600, 0x5678abcd);
    bench_put(b, 0x604, 0x1234);
    assert_runs(b, helper_lgdt(cpu, 0x600, SEG_DS, 2));
    assert_int_equal(cpu->gdt.limit, 0xabcd);
    assert_int_equal(cpu->gdt.base, 0x345678);
    assert_runs(b, helper_lidt(cpu, 0x600, SEG_DS, 4));
    assert_int_equal(cpu->idt.base, 0x12345678);
    assert_runs(b, helper_sidt(cpu, 0x610, SEG_DS));
    assert_int_equal(bench_get(b, 0x610), 0x5678abcd);
    assert_int_equal(bench_get(b, 0x614), 0x1234);
}

static void ltr_marks_the_tss_busy(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    assert_int_equal(bench_get(b, GDT + TSS_A + 4) >> 8 & 15, SYS_TSS32_BUSY);
    assert_raises(b, EXC_GP, TSS_A, helper_ltr(&b->cpu, TSS_A));
    assert_raises(b, EXC_GP, KDATA, helper_lldt(&b->cpu, KDATA));
    assert_int_equal(helper_str(&b->cpu), TSS_A);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
int test_segment(void)
{
    const struct CMUnitTest tests[] = {
        TEST(real_mode_load_keeps_the_limit),
        TEST(null_selector_loads_but_cannot_be_used),
        TEST(descriptor_beyond_the_table_raises_gp),
        TEST(absent_segment_raises_np_or_ss),
        TEST(load_sets_the_accessed_bit),
        TEST(expand_down_segment_is_valid_above_its_limit),
        TEST(read_only_data_and_code_cannot_be_written),
        TEST(user_cannot_load_kernel_data),
        TEST(mov_ss_opens_a_shadow_of_one_instruction),
        TEST(flat_segments_show_in_the_mode),
        TEST(lar_lsl_verr_and_verw_answer_without_faults),
        TEST(table_registers_round_trip),
        TEST(ltr_marks_the_tss_busy),
    };
    return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
