/* test_tlb_state.c - tests of saving and loading the software TLB. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdbool.h>
#include <cmocka.h>
#include <stdlib.h>
#include "base/bytes.h"
#include "base/err.h"
#include "base/field.h"
#include "mem/tlb.h"

struct bench {
    struct ram ram[2];
    struct tlb tlb[2];
    struct state_buf buf;
};

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    *state = b;
    for (int i = 0; i < 2; i++) {
        if (!ram_init(&b->ram[i], 1 << 20, NULL) || !tlb_init(&b->tlb[i], &b->ram[i], NULL))
            return 1;
    }
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < 2; i++) {
        tlb_fini(&b->tlb[i]);
        ram_fini(&b->ram[i]);
    }
    state_buf_fini(&b->buf);
    free(b);
    return 0;
}

static void entries_move_to_another_ram(void **state)
{
    struct bench *b = *state;
    struct tlb *from = &b->tlb[0], *to = &b->tlb[1];
    b->ram[0].dirty[5] = b->ram[1].dirty[6] = DIRTY_ALL;
    tlb_fill(from, TLB_KERNEL, TLB_READ, 0xc0000, 0x5000, 0x5000, true, false);
    tlb_fill(from, TLB_USER, TLB_WRITE, 0x00123, 0x6000, 0x6000, false, false);
    tlb_fill(from, TLB_USER, TLB_FETCH, 0x00400, 0x7000, 0x7000, false, false);
    tlb_fill(from, TLB_KERNEL, TLB_READ, 0xfee00, 0xfee00000, NO_RAM, false, false);
    tlb_fill(from, TLB_KERNEL, TLB_READ, 0x00001, 0x1000, 0x1000, false, true);
    tlb_fill(to, TLB_KERNEL, TLB_READ, 0x99, 0, 0, false, false);
    tlb_save(from, &b->buf);
    assert_true(tlb_check(to, &b->buf, NULL));
    tlb_load(to, &b->buf);
    uint64_t host = (uint64_t)(uintptr_t)b->ram[1].host;
    assert_true(*tlb_entry(to, TLB_KERNEL, TLB_READ, 0x99) == TLB_EMPTY);
    assert_true(*tlb_entry(to, TLB_KERNEL, TLB_READ, 0xc0000) == host + 0x5000 - 0xc0000000ull);
    /* Page 6 is dirty there, so the store goes the fast way. */
    assert_true(*tlb_entry(to, TLB_USER, TLB_WRITE, 0x123) == host + 0x6000 - 0x123000ull);
    assert_true(*tlb_entry(to, TLB_USER, TLB_FETCH, 0x400) == 7 << 1);
    assert_true(*tlb_entry(to, TLB_KERNEL, TLB_READ, 0xfee00) == (0xfee00000 | TLB_SLOW | TLB_IO));
    assert_true(*tlb_entry(to, TLB_KERNEL, TLB_READ, 1) == host + (TLB_SLOW | TLB_WATCH));
    /* Global entries stay global. */
    tlb_flush(to, true);
    assert_true(*tlb_entry(to, TLB_USER, TLB_FETCH, 0x400) == TLB_EMPTY);
    assert_true(*tlb_entry(to, TLB_KERNEL, TLB_READ, 0xc0000) != TLB_EMPTY);
}

static void saving_twice_gives_the_same_bytes(void **state)
{
    struct bench *b = *state;
    struct state_buf again = {0};
    for (uint32_t i = 0; i < 200; i++)
        tlb_fill(&b->tlb[0], i & 1, i % 3, i * 37, 0, (i * 4096) & 0xfffff, i % 5 == 0, i % 7 == 0);
    tlb_save(&b->tlb[0], &b->buf);
    tlb_load(&b->tlb[1], &b->buf);
    tlb_save(&b->tlb[1], &again);
    assert_int_equal(again.len, b->buf.len);
    assert_memory_equal(again.data, b->buf.data, again.len);
    state_buf_fini(&again);
}

static void impossible_entries_are_refused(void **state)
{
    struct bench *b = *state;
    tlb_fill(&b->tlb[0], TLB_KERNEL, TLB_READ, 1, 0x1000, 0x1000, false, false);
    tlb_save(&b->tlb[0], &b->buf);
    size_t row = 16 + 8 * 32 + 16; /* the first of the first list */
    le64_put(b->buf.data + row + 4, 1 << 20);
    assert_false(tlb_check(&b->tlb[1], &b->buf, NULL));
    le64_put(b->buf.data + row + 4, TLB_EMPTY);
    assert_true(tlb_check(&b->tlb[1], &b->buf, NULL));
    le32_put(b->buf.data + row, 3u << 24);
    assert_false(tlb_check(&b->tlb[1], &b->buf, NULL));
    le32_put(b->buf.data + row, 1u << 20); /* of another list */
    assert_false(tlb_check(&b->tlb[1], &b->buf, NULL));
    le32_put(b->buf.data + row, 15u << 20);
    assert_false(tlb_check(&b->tlb[1], &b->buf, NULL));
    le32_put(b->buf.data + row, 0);
    le64_put(b->buf.data, 2); /* a slot that is not TLB_USER's */
    assert_false(tlb_check(&b->tlb[1], &b->buf, NULL));
    le64_put(b->buf.data, TLB_USER);
    assert_true(tlb_check(&b->tlb[1], &b->buf, NULL));
    b->buf.len--;
    assert_false(tlb_check(&b->tlb[1], &b->buf, NULL));
    b->buf.len = 4;
    assert_false(tlb_check(&b->tlb[1], &b->buf, NULL));
}

int test_tlb_state(void);
int test_tlb_state(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(entries_move_to_another_ram),
        TEST(saving_twice_gives_the_same_bytes),
        TEST(impossible_entries_are_refused),
    };
    return cmocka_run_group_tests_name("TLB state", tests, NULL, NULL);
}
