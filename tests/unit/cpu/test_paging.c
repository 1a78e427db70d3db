/* test_paging.c - tests of the page walk and of accesses through the software TLB. */
#include "sys_bench.h"

enum {
    PD = 0x10000,
    PT = 0x11000,
    PDPT = 0x12000,
    P = 1,
    W = 2,
    U = 4,
    A = 0x20,
    D = 0x40,
    PS = 0x80,
    G = 0x100
};

/* 4 KB pages: linear 400000h maps PT; the low 4 MB are one large supervisor page. */
static struct bench *paged(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    assert_runs(b, helper_write_cr(&b->cpu, 4, CR4_PSE | CR4_PGE));
    bench_put(b, PD, PS | P | W);
    bench_put(b, PD + 4, PT | P | W | U);
    assert_runs(b, helper_write_cr(&b->cpu, 3, PD));
    assert_runs(b, helper_write_cr(&b->cpu, 0, CR0_PE | CR0_PG));
    return b;
}

static struct bench *paged_pae(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_put(b, PDPT, PD | P);
    bench_put(b, PD, PS | P | W);
    bench_put(b, PD + 16, PT | P | W | U);
    assert_runs(b, helper_write_cr(&b->cpu, 4, CR4_PAE));
    assert_runs(b, helper_write_cr(&b->cpu, 3, PDPT));
    assert_runs(b, helper_write_cr(&b->cpu, 0, CR0_PE | CR0_PG));
    return b;
}

static void read_sets_accessed_and_write_sets_dirty(void **state)
{
    struct bench *b = paged(state);

    bench_put(b, PT, 0x20000 | P | W);
    bench_put(b, 0x20010, 0x12345678);
    assert_int_equal(cpu_load(&b->cpu, 0x400010, 4, TLB_KERNEL), 0x12345678);
    assert_int_equal(bench_get(b, PT), 0x20000 | P | W | A);
    assert_int_equal(bench_get(b, PD + 4), PT | P | W | U | A);
    cpu_store(&b->cpu, 0x400012, 0xabcd, 2, TLB_KERNEL);
    assert_int_equal(bench_get(b, PT), 0x20000 | P | W | A | D);
    assert_int_equal(bench_get(b, 0x20010), 0xabcd5678);
}

static void missing_page_faults_with_its_address(void **state)
{
    struct bench *b = paged(state);

    assert_raises(b, EXC_PF, 0, cpu_load(&b->cpu, 0x401004, 4, TLB_KERNEL));
    assert_int_equal(b->cpu.cr2, 0x401004);
    assert_raises(b, EXC_PF, 6, (cpu_store(&b->cpu, 0x401008, 0, 4, TLB_USER), 0));
    assert_raises(b, EXC_PF, 0, cpu_load(&b->cpu, 0x900000, 4, TLB_KERNEL));
}

static void user_and_read_only_pages_are_protected(void **state)
{
    struct bench *b = paged(state);

    bench_put(b, PT, 0x20000 | P | W);
    bench_put(b, PT + 4, 0x21000 | P | U);
    assert_raises(b, EXC_PF, 5, cpu_load(&b->cpu, 0x400000, 4, TLB_USER));
    assert_runs(b, cpu_load(&b->cpu, 0x401000, 4, TLB_USER));
    assert_raises(b, EXC_PF, 7, (cpu_store(&b->cpu, 0x401000, 0, 4, TLB_USER), 0));
    assert_runs(b, (cpu_store(&b->cpu, 0x401000, 0, 4, TLB_KERNEL), 0));
    assert_runs(b, helper_write_cr(&b->cpu, 0, CR0_PE | CR0_PG | CR0_WP));
    assert_raises(b, EXC_PF, 3, (cpu_store(&b->cpu, 0x401000, 0, 4, TLB_KERNEL), 0));
}

static void fault_leaves_accessed_bits_alone(void **state)
{
    struct bench *b = paged(state);

    bench_put(b, PT, 0x20000 | P | W);
    assert_raises(b, EXC_PF, 5, cpu_load(&b->cpu, 0x400000, 4, TLB_USER));
    assert_int_equal(bench_get(b, PT), 0x20000 | P | W);
}

static void store_across_pages_changes_nothing_when_the_second_is_missing(void **state)
{
    struct bench *b = paged(state);

    bench_put(b, PT, 0x20000 | P | W);
    assert_raises(b, EXC_PF, 2, (cpu_store(&b->cpu, 0x400ffe, ~0u, 4, TLB_KERNEL), 0));
    assert_int_equal(b->cpu.cr2, 0x401000);
    assert_int_equal(bench_get(b, 0x20ffc), 0);
    bench_put(b, PT + 4, 0x30000 | P | W);
    assert_runs(b, (cpu_store(&b->cpu, 0x400ffe, 0x44332211, 4, TLB_KERNEL), 0));
    assert_int_equal(bench_get(b, 0x20ffc), 0x22110000);
    assert_int_equal(bench_get(b, 0x30000), 0x4433);
    assert_int_equal(cpu_load(&b->cpu, 0x400ffe, 4, TLB_KERNEL), 0x44332211);
}

static void large_page_with_reserved_bits_faults(void **state)
{
    struct bench *b = paged(state);

    bench_put(b, PD + 8, PS | P | W | 1 << 21);
    assert_raises(b, EXC_PF, 9, cpu_load(&b->cpu, 0x800000, 4, TLB_KERNEL));
    bench_put(b, PD + 8, PS | P | W | 1 << 13);
    assert_runs(b, cpu_load(&b->cpu, 0x800000, 4, TLB_KERNEL));
    assert_int_equal(cpu_load(&b->cpu, 0x800000, 4, TLB_KERNEL), 0xffffffff); /* 4 GB up: nothing */
}

static void stale_translation_stays_until_invlpg(void **state)
{
    struct bench *b = paged(state);

    bench_put(b, PT, 0x20000 | P | W | G);
    bench_put(b, 0x20000, 1);
    bench_put(b, 0x21000, 2);
    assert_int_equal(cpu_load(&b->cpu, 0x400000, 4, TLB_KERNEL), 1);
    bench_put(b, PT, 0x21000 | P | W);
    assert_runs(b, helper_write_cr(&b->cpu, 3, PD));
    assert_int_equal(cpu_load(&b->cpu, 0x400000, 4, TLB_KERNEL), 1); /* it was global */
    assert_runs(b, helper_invlpg(&b->cpu, 0x400abc));
    assert_int_equal(cpu_load(&b->cpu, 0x400000, 4, TLB_KERNEL), 2);
    bench_put(b, PT, 0x20000 | P | W);
    assert_runs(b, helper_write_cr(&b->cpu, 3, PD));
    assert_int_equal(cpu_load(&b->cpu, 0x400000, 4, TLB_KERNEL), 1);
}

static void invlpg_drops_all_of_a_large_page(void **state)
{
    struct bench *b = paged(state);

    bench_put(b, PD + 8, PS | P | W);
    assert_runs(b, cpu_load(&b->cpu, 0x810000, 4, TLB_KERNEL));
    bench_put(b, PD + 8, 0);
    assert_runs(b, cpu_load(&b->cpu, 0x810000, 4, TLB_KERNEL));
    assert_runs(b, helper_invlpg(&b->cpu, 0x850000));
    assert_raises(b, EXC_PF, 0, cpu_load(&b->cpu, 0x810000, 4, TLB_KERNEL));
}

static void pae_knows_no_execute(void **state)
{
    struct bench *b = paged_pae(state);

    bench_put(b, PT, 0x20000 | P | W);
    bench_put(b, PT + 4, 0x80000000);
    assert_raises(b, EXC_PF, 9, cpu_load(&b->cpu, 0x400000, 4, TLB_KERNEL));
    b->cpu.gpr[R_CX] = 0xc0000080;
    b->cpu.gpr[R_AX] = 0x800;
    b->cpu.gpr[R_DX] = 0;
    assert_runs(b, helper_wrmsr(&b->cpu));
    assert_runs(b, cpu_load(&b->cpu, 0x400000, 4, TLB_KERNEL));
    assert_raises(b, EXC_PF, 0x11, cpu_fetch(&b->cpu, 0x400000, NULL));
    assert_int_equal(RAISED(b, cpu_fetch(&b->cpu, 0x3000, NULL)), -1);
    assert_int_equal(cpu_fetch(&b->cpu, 0x3008, NULL), 0x3008);
}

static void pae_pointers_are_checked_when_cr3_is_loaded(void **state)
{
    struct bench *b = paged_pae(state);

    bench_put(b, PDPT + 8, P | W);
    assert_raises(b, EXC_GP, 0, helper_write_cr(&b->cpu, 3, PDPT));
    assert_int_equal(b->cpu.pdpte[1], 0);
}

static void a20_masks_physical_addresses(void **state)
{
    struct bench *b = *state;

    bench_put(b, 0x500, 77);
    physmem_set_a20(&b->mem, false);
    cpu_tlb_flush(&b->cpu);
    assert_int_equal(cpu_load(&b->cpu, 0x100500, 4, TLB_KERNEL), 77);
    physmem_set_a20(&b->mem, true);
    cpu_tlb_flush(&b->cpu);
    assert_int_equal(cpu_load(&b->cpu, 0x100500, 4, TLB_KERNEL), 0xffffffff);
}

static void first_store_to_a_clean_page_marks_it_dirty(void **state)
{
    struct bench *b = *state;

    b->ram.dirty[5] = 0;
    assert_null(cpu_host(&b->cpu, 0x5000, 4, TLB_WRITE, TLB_KERNEL));
    cpu_store(&b->cpu, 0x5000, 1, 1, TLB_KERNEL);
    assert_int_equal(b->ram.dirty[5], DIRTY_ALL);
    assert_ptr_equal(cpu_host(&b->cpu, 0x5000, 4, TLB_WRITE, TLB_KERNEL), b->ram.host + 0x5000);
    b->ram.dirty[5] = 0;
    tlb_mark_clean(&b->cpu.tlb, 5, 1);
    assert_null(cpu_host(&b->cpu, 0x5000, 4, TLB_WRITE, TLB_KERNEL));
}

static unsigned code_writes;
static void note_code_write(struct cpu *cpu, uint64_t off, unsigned len)
{
    (void)cpu;
    assert_int_equal(off, 0x5123);
    assert_int_equal(len, 2);
    code_writes++;
}

static void store_to_a_code_page_asks_first(void **state)
{
    struct bench *b = *state;

    cpu_store(&b->cpu, 0x5000, 1, 1, TLB_KERNEL);
    b->ram.code[5] = 1;
    tlb_mark_code(&b->cpu.tlb, 5, true);
    b->cpu.code_write = note_code_write;
    code_writes = 0;
    cpu_store(&b->cpu, 0x5123, 0x1234, 2, TLB_KERNEL);
    assert_int_equal(code_writes, 1);
    tlb_mark_code(&b->cpu.tlb, 5, false);
    cpu_store(&b->cpu, 0x5123, 0x1234, 2, TLB_KERNEL);
    assert_int_equal(code_writes, 1);
}

static void flushing_and_touching_for_ever_stays_bounded(void **state)
{
    struct bench *b = *state;

    for (unsigned i = 0; i < 1000000; i++) {
        tlb_flush_page(&b->cpu.tlb, i & 7);
        cpu_load(&b->cpu, (i & 7) << 12, 1, TLB_KERNEL);
    }
    assert_true(b->cpu.tlb.filled[TLB_KERNEL].recs.cap <= 1 << 18);
}

static void misaligned_user_access_raises_ac(void **state)
{
    struct bench *b = *state;

    bench_protected(b);
    bench_user(b);
    b->cpu.cr0 |= CR0_AM;
    assert_runs(b, cpu_load(&b->cpu, 0x5001, 4, TLB_USER));
    cpu_set_eflags(&b->cpu, cpu_eflags(&b->cpu) | EF_AC);
    assert_raises(b, EXC_AC, 0, cpu_load(&b->cpu, 0x5001, 4, TLB_USER));
    assert_runs(b, cpu_load(&b->cpu, 0x5001, 1, TLB_USER));
    assert_runs(b, cpu_load(&b->cpu, 0x5001, 4, TLB_KERNEL));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
int test_paging(void)
{
    const struct CMUnitTest tests[] = {
        TEST(read_sets_accessed_and_write_sets_dirty),
        TEST(missing_page_faults_with_its_address),
        TEST(user_and_read_only_pages_are_protected),
        TEST(fault_leaves_accessed_bits_alone),
        TEST(store_across_pages_changes_nothing_when_the_second_is_missing),
        TEST(large_page_with_reserved_bits_faults),
        TEST(stale_translation_stays_until_invlpg),
        TEST(invlpg_drops_all_of_a_large_page),
        TEST(pae_knows_no_execute),
        TEST(pae_pointers_are_checked_when_cr3_is_loaded),
        TEST(a20_masks_physical_addresses),
        TEST(first_store_to_a_clean_page_marks_it_dirty),
        TEST(store_to_a_code_page_asks_first),
        TEST(flushing_and_touching_for_ever_stays_bounded),
        TEST(misaligned_user_access_raises_ac),
    };
    return cmocka_run_group_tests_name("paging", tests, NULL, NULL);
}
