/* test_tlb_window.c - tests of the TLB's windows: what lies there, with which rights, and when it
 * leaves. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdbool.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/err.h"
#include "base/field.h"
#include "mem/tlb.h"

enum { PAGES = 16, SPACE = PAGES * 4096 };

struct bench {
    struct ram ram;
    struct tlb tlb;
    int pipe[2]; /* the kernel says what may be read and written */
};

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof *b);

    *state = b;
    if (!ram_init(&b->ram, SPACE, NULL) || !tlb_init(&b->tlb, &b->ram, NULL) ||
        pipe2(b->pipe, O_NONBLOCK))
        return 1;
    memset(b->ram.dirty, DIRTY_ALL, PAGES);
    for (unsigned n = 0; n < PAGES; n++)
        b->ram.host[n * PAGE_SIZE] = (uint8_t)(0xa0 + n);
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    tlb_fini(&b->tlb);
    ram_fini(&b->ram);
    close(b->pipe[0]);
    close(b->pipe[1]);
    free(b);
    return 0;
}

static uint8_t *at(struct bench *b, enum tlb_mmu mmu, uint64_t lin)
{
    return tlb_base(&b->tlb, mmu) + TLB_WINDOW_OFF + lin;
}

static bool readable(struct bench *b, enum tlb_mmu mmu, uint64_t lin)
{
    uint8_t byte;

    if (write(b->pipe[1], at(b, mmu, lin), 1) != 1)
        return false;
    assert_int_equal(read(b->pipe[0], &byte, 1), 1);
    return true;
}

/* Puts the byte there that is there. */
static bool writable(struct bench *b, enum tlb_mmu mmu, uint64_t lin)
{
    uint8_t byte;

    if (write(b->pipe[1], at(b, mmu, lin), 1) != 1)
        return false;
    if (read(b->pipe[0], at(b, mmu, lin), 1) == 1)
        return true;
    (void)!read(b->pipe[0], &byte, 1);
    return false;
}

static void fill(struct bench *b, enum tlb_mmu mmu, enum tlb_kind kind, uint32_t page,
                 unsigned ram_page)
{
    tlb_fill(&b->tlb, mmu, kind, page, ram_page * PAGE_SIZE, ram_page * PAGE_SIZE, false, false);
}

static void fill_both(struct bench *b, enum tlb_mmu mmu, uint32_t page, unsigned ram_page)
{
    fill(b, mmu, TLB_READ, page, ram_page);
    fill(b, mmu, TLB_WRITE, page, ram_page);
}

static uint64_t entry(struct bench *b, enum tlb_mmu mmu, enum tlb_kind kind, uint32_t page)
{
    return *tlb_entry(&b->tlb, mmu, kind, page);
}

/* The entry of a page that is not in the window. */
static uint64_t plain(struct bench *b, uint32_t page, unsigned ram_page)
{
    return (uint64_t)(uintptr_t)b->ram.host + ram_page * PAGE_SIZE - ((uint64_t)page << PAGE_SHIFT);
}

#define LIN(page) ((uint64_t)(page) << PAGE_SHIFT)

static void a_page_lies_at_its_linear_address(void **state)
{
    struct bench *b = *state;

    fill_both(b, TLB_USER, 0xbffff, 3);
    assert_false(readable(b, TLB_USER, LIN(0xbffff)));
    assert_true(tlb_window_map(&b->tlb, TLB_USER, 0xbffff));
    assert_true(tlb_window_has(&b->tlb, TLB_USER, 0xbffff));
    assert_int_equal(*at(b, TLB_USER, LIN(0xbffff)), 0xa3);
    *at(b, TLB_USER, LIN(0xbffff) + 5) = 0x5a;
    assert_int_equal(b->ram.host[3 * PAGE_SIZE + 5], 0x5a);
    assert_false(readable(b, TLB_USER, LIN(0xbfffe)));
    assert_false(readable(b, TLB_USER, LIN(0xc0000)));
    assert_false(readable(b, TLB_KERNEL, LIN(0xbffff)));
}

static void entries_lead_to_the_window_meanwhile(void **state)
{
    struct bench *b = *state;
    uint64_t window = (uint64_t)(uintptr_t)at(b, TLB_KERNEL, 0);

    fill_both(b, TLB_KERNEL, 0x123, 4);
    assert_true(tlb_window_map(&b->tlb, TLB_KERNEL, 0x123));
    for (enum tlb_kind kind = TLB_READ; kind <= TLB_WRITE; kind++) {
        uint64_t e = entry(b, TLB_KERNEL, kind, 0x123);
        assert_int_equal(e, window);
        assert_true(tlb_leads_to_window(&b->tlb, e));
        assert_int_equal(tlb_ram_page(&b->tlb, e, 0x123), 4);
    }
    tlb_window_drop(&b->tlb, TLB_KERNEL, 0x123);
    for (enum tlb_kind kind = TLB_READ; kind <= TLB_WRITE; kind++) {
        assert_int_equal(entry(b, TLB_KERNEL, kind, 0x123), plain(b, 0x123, 4));
        assert_int_equal(tlb_ram_page(&b->tlb, plain(b, 0x123, 4), 0x123), 4);
    }
    assert_false(readable(b, TLB_KERNEL, LIN(0x123)));
    assert_false(tlb_window_has(&b->tlb, TLB_KERNEL, 0x123));
}

static void privileges_have_windows_of_their_own(void **state)
{
    struct bench *b = *state;

    fill_both(b, TLB_USER, 0x8048, 1);
    fill_both(b, TLB_KERNEL, 0x8048, 2);
    assert_true(tlb_window_map(&b->tlb, TLB_USER, 0x8048));
    assert_true(tlb_window_map(&b->tlb, TLB_KERNEL, 0x8048));
    assert_int_equal(*at(b, TLB_USER, LIN(0x8048)), 0xa1);
    assert_int_equal(*at(b, TLB_KERNEL, LIN(0x8048)), 0xa2);
    tlb_window_drop(&b->tlb, TLB_USER, 0x8048);
    assert_false(readable(b, TLB_USER, LIN(0x8048)));
    assert_int_equal(*at(b, TLB_KERNEL, LIN(0x8048)), 0xa2);
}

static void the_ends_of_the_space_have_guards(void **state)
{
    struct bench *b = *state;

    fill_both(b, TLB_USER, 0, 1);
    fill_both(b, TLB_USER, 0xfffff, 2);
    assert_true(tlb_window_map(&b->tlb, TLB_USER, 0));
    assert_true(tlb_window_map(&b->tlb, TLB_USER, 0xfffff));
    assert_true(writable(b, TLB_USER, 0));
    assert_true(writable(b, TLB_USER, 0xffffffff));
    assert_false(readable(b, TLB_USER, 1ull << 32));
    assert_false(readable(b, TLB_USER, (1ull << 32) + TLB_GUARD_BYTES - 1));
    assert_false(readable(b, TLB_USER, (uint64_t)-1));
    assert_false(readable(b, TLB_USER, -TLB_GUARD_BYTES));
}

static void only_a_fast_write_entry_lets_stores_in(void **state)
{
    struct bench *b = *state;

    fill(b, TLB_USER, TLB_READ, 0x10, 1); /* never written yet */
    b->ram.code[2] = 1;
    fill_both(b, TLB_USER, 0x20, 2);
    b->ram.dirty[3] = 0;
    fill_both(b, TLB_USER, 0x30, 3);
    fill(b, TLB_USER, TLB_READ, 0x40, 4); /* reads from ROM, writes to RAM */
    fill(b, TLB_USER, TLB_WRITE, 0x40, 5);
    fill(b, TLB_USER, TLB_READ, 0x50, 6); /* ROM whose writes go nowhere */
    tlb_fill(&b->tlb, TLB_USER, TLB_WRITE, 0x50, 0xf0000, NO_RAM, false, false);
    for (uint32_t page = 0x10; page <= 0x50; page += 0x10) {
        uint64_t before = entry(b, TLB_USER, TLB_WRITE, page);
        assert_true(tlb_window_map(&b->tlb, TLB_USER, page));
        assert_true(readable(b, TLB_USER, LIN(page)));
        assert_false(writable(b, TLB_USER, LIN(page)));
        assert_int_equal(entry(b, TLB_USER, TLB_WRITE, page), before);
    }
    assert_int_equal(*at(b, TLB_USER, LIN(0x40)), 0xa4);
}

static void a_page_that_gets_a_write_entry_is_mapped_again(void **state)
{
    struct bench *b = *state;

    fill(b, TLB_USER, TLB_READ, 0x10, 1);
    assert_true(tlb_window_map(&b->tlb, TLB_USER, 0x10));
    fill(b, TLB_USER, TLB_WRITE, 0x10, 1);
    assert_false(writable(b, TLB_USER, LIN(0x10)));
    assert_true(tlb_window_map(&b->tlb, TLB_USER, 0x10));
    assert_true(writable(b, TLB_USER, LIN(0x10)));
    assert_int_equal(b->tlb.in_window[TLB_USER], 1);
}

static void what_has_no_fast_read_entry_stays_out(void **state)
{
    struct bench *b = *state;

    fill(b, TLB_USER, TLB_WRITE, 0x10, 1);
    tlb_fill(&b->tlb, TLB_USER, TLB_READ, 0x20, 0xfee00000, NO_RAM, false, false);
    tlb_fill(&b->tlb, TLB_USER, TLB_READ, 0x30, 0x2000, 0x2000, false, true); /* a breakpoint */
    for (uint32_t page = 0x10; page <= 0x30; page += 0x10) {
        assert_false(tlb_window_map(&b->tlb, TLB_USER, page));
        assert_false(tlb_window_has(&b->tlb, TLB_USER, page));
        assert_false(readable(b, TLB_USER, LIN(page)));
    }
    tlb_window_drop(&b->tlb, TLB_USER, 0x10);
    assert_int_equal(b->tlb.left_window[TLB_USER], 0);
}

static void invlpg_takes_a_page_out_of_all_windows(void **state)
{
    struct bench *b = *state;

    for (enum tlb_mmu mmu = 0; mmu < TLB_MMUS; mmu++) {
        fill_both(b, mmu, 0x77, 1);
        fill_both(b, mmu, 0x78, 2);
        assert_true(tlb_window_map(&b->tlb, mmu, 0x77));
        assert_true(tlb_window_map(&b->tlb, mmu, 0x78));
    }
    tlb_flush_page(&b->tlb, 0x77);
    for (enum tlb_mmu mmu = 0; mmu < TLB_MMUS; mmu++) {
        assert_false(readable(b, mmu, LIN(0x77)));
        assert_true(writable(b, mmu, LIN(0x78)));
        assert_int_equal(entry(b, mmu, TLB_READ, 0x77), TLB_EMPTY);
        assert_int_equal(b->tlb.in_window[mmu], 1);
        assert_int_equal(b->tlb.left_window[mmu], 1);
    }
    fill_both(b, TLB_USER, 0x77, 9); /* the new translation */
    assert_true(tlb_window_map(&b->tlb, TLB_USER, 0x77));
    assert_int_equal(*at(b, TLB_USER, LIN(0x77)), 0xa9);
}

static void invlpg_of_a_large_page_takes_out_all_of_it(void **state)
{
    struct bench *b = *state;

    fill_both(b, TLB_KERNEL, 0xc0001, 1);
    tlb_note_large(&b->tlb, 0xc0001);
    fill_both(b, TLB_KERNEL, 0xc03ff, 2);
    tlb_note_large(&b->tlb, 0xc03ff);
    fill_both(b, TLB_KERNEL, 0xc0400, 3);
    assert_true(tlb_window_map(&b->tlb, TLB_KERNEL, 0xc0001));
    assert_true(tlb_window_map(&b->tlb, TLB_KERNEL, 0xc03ff));
    assert_true(tlb_window_map(&b->tlb, TLB_KERNEL, 0xc0400));
    tlb_flush_page(&b->tlb, 0xc0200);
    assert_false(readable(b, TLB_KERNEL, LIN(0xc0001)));
    assert_false(readable(b, TLB_KERNEL, LIN(0xc03ff)));
    assert_true(readable(b, TLB_KERNEL, LIN(0xc0400)));
}

static void a_cr3_load_leaves_global_pages(void **state)
{
    struct bench *b = *state;

    tlb_fill(&b->tlb, TLB_KERNEL, TLB_READ, 0xc0000, 0x1000, 0x1000, true, false);
    tlb_fill(&b->tlb, TLB_KERNEL, TLB_WRITE, 0xc0000, 0x1000, 0x1000, true, false);
    fill_both(b, TLB_KERNEL, 0x10, 2);
    assert_true(tlb_window_map(&b->tlb, TLB_KERNEL, 0xc0000));
    assert_true(tlb_window_map(&b->tlb, TLB_KERNEL, 0x10));
    tlb_flush(&b->tlb, true);
    assert_true(writable(b, TLB_KERNEL, LIN(0xc0000)));
    assert_false(readable(b, TLB_KERNEL, LIN(0x10)));
    assert_int_equal(b->tlb.in_window[TLB_KERNEL], 1);
    tlb_flush(&b->tlb, false);
    assert_false(readable(b, TLB_KERNEL, LIN(0xc0000)));
    assert_int_equal(b->tlb.in_window[TLB_KERNEL], 0);
    assert_int_equal(b->tlb.left_window[TLB_KERNEL], 2);
    assert_int_equal(entry(b, TLB_KERNEL, TLB_WRITE, 0xc0000), TLB_EMPTY);
}

/* The guest changed the G bit between the walk for reads and that for writes. */
static void a_page_that_is_half_global_leaves(void **state)
{
    struct bench *b = *state;

    fill(b, TLB_KERNEL, TLB_READ, 0x10, 1);
    tlb_fill(&b->tlb, TLB_KERNEL, TLB_WRITE, 0x10, 0x1000, 0x1000, true, false);
    assert_true(tlb_window_map(&b->tlb, TLB_KERNEL, 0x10));
    tlb_flush(&b->tlb, true);
    assert_false(readable(b, TLB_KERNEL, LIN(0x10)));
    assert_int_equal(entry(b, TLB_KERNEL, TLB_READ, 0x10), TLB_EMPTY);
    assert_int_equal(entry(b, TLB_KERNEL, TLB_WRITE, 0x10), plain(b, 0x10, 1));
}

static void a_flush_of_many_pages_empties_the_window(void **state)
{
    struct bench *b = *state;

    for (uint32_t n = 0; n < 200; n++) {
        fill_both(b, TLB_USER, n * 3, n % PAGES);
        assert_true(tlb_window_map(&b->tlb, TLB_USER, n * 3));
    }
    fill_both(b, TLB_KERNEL, 6, 6);
    tlb_flush(&b->tlb, false);
    assert_int_equal(b->tlb.left_window[TLB_USER], 200);
    assert_int_equal(b->tlb.leaving.len, 0);
    for (uint32_t n = 0; n < 200; n++)
        assert_false(readable(b, TLB_USER, LIN(n * 3)));
}

/* Stores must come by the slow path from then on, by all names of the page; reads may stay. */
static void a_page_with_translated_code_leaves(void **state)
{
    struct bench *b = *state;

    fill_both(b, TLB_USER, 0x10, 5);
    fill_both(b, TLB_KERNEL, 0xc0005, 5);
    fill_both(b, TLB_USER, 0x11, 6);
    assert_true(tlb_window_map(&b->tlb, TLB_USER, 0x10));
    assert_true(tlb_window_map(&b->tlb, TLB_KERNEL, 0xc0005));
    assert_true(tlb_window_map(&b->tlb, TLB_USER, 0x11));
    tlb_mark_code(&b->tlb, 5, true);
    assert_false(writable(b, TLB_USER, LIN(0x10)));
    assert_false(writable(b, TLB_KERNEL, LIN(0xc0005)));
    assert_true(writable(b, TLB_USER, LIN(0x11)));
    assert_int_equal(entry(b, TLB_USER, TLB_READ, 0x10), plain(b, 0x10, 5));
    assert_int_equal(entry(b, TLB_USER, TLB_WRITE, 0x10), plain(b, 0x10, 5) | TLB_SLOW | TLB_CODE);
    assert_true(tlb_window_map(&b->tlb, TLB_USER, 0x10));
    assert_true(readable(b, TLB_USER, LIN(0x10)));
    assert_false(writable(b, TLB_USER, LIN(0x10)));
    tlb_mark_code(&b->tlb, 5, false);
    assert_false(writable(b, TLB_USER, LIN(0x10)));
    assert_true(tlb_window_map(&b->tlb, TLB_USER, 0x10));
    assert_true(writable(b, TLB_USER, LIN(0x10)));
}

static void a_page_whose_dirty_bits_are_cleared_leaves(void **state)
{
    struct bench *b = *state;

    for (uint32_t n = 4; n < 8; n++) {
        fill_both(b, TLB_USER, n, n);
        assert_true(tlb_window_map(&b->tlb, TLB_USER, n));
    }
    tlb_mark_clean(&b->tlb, 5, 2);
    for (uint32_t n = 4; n < 8; n++)
        assert_int_equal(writable(b, TLB_USER, LIN(n)), n == 4 || n == 7);
    assert_int_equal(entry(b, TLB_USER, TLB_WRITE, 6), plain(b, 6, 6) | TLB_SLOW | TLB_CLEAN);
    assert_int_equal(entry(b, TLB_USER, TLB_WRITE, 7), (uintptr_t)at(b, TLB_USER, 0));
}

static void a_saved_tlb_does_not_tell_what_was_in_the_window(void **state)
{
    struct bench *b = *state;
    struct state_buf without = {0}, with = {0}, again = {0};

    for (uint32_t n = 0; n < PAGES; n++)
        fill_both(b, n & 1, 0x1000 + n * 7, n);
    tlb_save(&b->tlb, &without);
    for (uint32_t n = 0; n < PAGES; n += 3)
        assert_true(tlb_window_map(&b->tlb, n & 1, 0x1000 + n * 7));
    tlb_save(&b->tlb, &with);
    assert_int_equal(with.len, without.len);
    assert_memory_equal(with.data, without.data, with.len);
    tlb_load(&b->tlb, &with);
    assert_int_equal(b->tlb.in_window[TLB_KERNEL] + b->tlb.in_window[TLB_USER], 0);
    assert_false(readable(b, TLB_KERNEL, LIN(0x1000)));
    tlb_save(&b->tlb, &again);
    assert_memory_equal(again.data, without.data, without.len);
    state_buf_fini(&without);
    state_buf_fini(&with);
    state_buf_fini(&again);
}

/* The host allows some 65,000 mappings. */
static void a_window_is_emptied_before_the_host_has_no_room(void **state)
{
    enum { MANY = 40000, MOST = 20000 };
    struct bench *b = *state;
    uint32_t most = 0;

    for (uint32_t n = 0; n < MANY; n++) {
        fill_both(b, TLB_USER, n * 2, n % PAGES);
        assert_true(tlb_window_map(&b->tlb, TLB_USER, n * 2));
        if (b->tlb.in_window[TLB_USER] > most)
            most = b->tlb.in_window[TLB_USER];
    }
    assert_true(most > 1000 && most < MOST);
    assert_true(writable(b, TLB_USER, LIN((MANY - 1) * 2)));
    assert_false(readable(b, TLB_USER, 0));
    assert_int_equal(entry(b, TLB_USER, TLB_WRITE, 0), plain(b, 0, 0));
    assert_int_equal(b->tlb.left_window[TLB_USER] + b->tlb.in_window[TLB_USER], MANY);
    assert_true(tlb_window_map(&b->tlb, TLB_USER, 0));
    assert_int_equal(*at(b, TLB_USER, 0), 0xa0);
}

int test_tlb_window(void);
int test_tlb_window(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_page_lies_at_its_linear_address),
        TEST(entries_lead_to_the_window_meanwhile),
        TEST(privileges_have_windows_of_their_own),
        TEST(the_ends_of_the_space_have_guards),
        TEST(only_a_fast_write_entry_lets_stores_in),
        TEST(a_page_that_gets_a_write_entry_is_mapped_again),
        TEST(what_has_no_fast_read_entry_stays_out),
        TEST(invlpg_takes_a_page_out_of_all_windows),
        TEST(invlpg_of_a_large_page_takes_out_all_of_it),
        TEST(a_cr3_load_leaves_global_pages),
        TEST(a_page_that_is_half_global_leaves),
        TEST(a_flush_of_many_pages_empties_the_window),
        TEST(a_page_with_translated_code_leaves),
        TEST(a_page_whose_dirty_bits_are_cleared_leaves),
        TEST(a_saved_tlb_does_not_tell_what_was_in_the_window),
        TEST(a_window_is_emptied_before_the_host_has_no_room),
    };
    if (TLB_STRIDE == TLB_MMU_BYTES) /* a 32-bit host has no windows */
        return 0;
    return cmocka_run_group_tests_name("TLB windows", tests, NULL, NULL);
}
