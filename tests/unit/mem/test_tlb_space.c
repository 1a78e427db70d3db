/* test_tlb_space.c - tests of address spaces that the TLB remembers: what is found again after a
 * load of CR3, and what a store to page tables drops. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdbool.h>
#include <cmocka.h>
#include <stdlib.h>
#include "base/field.h"
#include "mem/tlb.h"

enum { RAM_PAGES = 256, DIRECTORY = 100, TABLE = 101, OTHER_TABLE = 102 };

struct bench {
    struct ram ram;
    struct tlb tlb;
};

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof *b);

    *state = b;
    return !ram_init(&b->ram, RAM_PAGES * PAGE_SIZE, NULL) || !tlb_init(&b->tlb, &b->ram, NULL);
}

static int teardown(void **state)
{
    struct bench *b = *state;

    tlb_fini(&b->tlb);
    ram_fini(&b->ram);
    free(b);
    return 0;
}

static void go_to(struct bench *b, uint64_t cr3)
{
    const uint64_t key[5] = {cr3};

    tlb_switch(&b->tlb, key, 0);
}

/* As a walk by entries of 4 bytes in DIRECTORY and in `table`. */
static void enter(struct bench *b, uint32_t page, uint64_t table, uint64_t ram_page)
{
    const uint64_t at[2] = {(uint64_t)DIRECTORY * PAGE_SIZE + (page >> 10) * 4,
                            table * PAGE_SIZE + (page & 1023) * 4};

    tlb_trace(&b->tlb, page, at, 2, 4);
    tlb_fill(&b->tlb, TLB_USER, TLB_READ, page, ram_page * PAGE_SIZE, ram_page * PAGE_SIZE, false,
             false);
}

static bool entered(struct bench *b, uint32_t page)
{
    return *tlb_entry(&b->tlb, TLB_USER, TLB_READ, page) != TLB_EMPTY;
}

static void write_entry(struct bench *b, uint64_t table, uint32_t n)
{
    assert_true(b->ram.code[table] & RAM_TABLE);
    tlb_table_written(&b->tlb, table * PAGE_SIZE + n * 4, 4);
}

static void a_space_is_found_again(void **state)
{
    struct bench *b = *state;

    go_to(b, 0x1000);
    enter(b, 0x8048, TABLE, 5);
    go_to(b, 0x2000);
    assert_false(entered(b, 0x8048));
    enter(b, 0x8048, OTHER_TABLE, 6);
    go_to(b, 0x1000);
    assert_true(tlb_ram_page(&b->tlb, *tlb_entry(&b->tlb, TLB_USER, TLB_READ, 0x8048), 0x8048) ==
                5);
    go_to(b, 0x2000);
    assert_true(tlb_ram_page(&b->tlb, *tlb_entry(&b->tlb, TLB_USER, TLB_READ, 0x8048), 0x8048) ==
                6);
}

static void the_kernels_entries_are_not_kept(void **state)
{
    struct bench *b = *state;

    go_to(b, 0x1000);
    tlb_fill(&b->tlb, TLB_KERNEL, TLB_READ, 0x8048, 0x5000, 0x5000, false, false);
    tlb_fill(&b->tlb, TLB_KERNEL, TLB_READ, 0xc0000, 0x6000, 0x6000, true, false);
    go_to(b, 0x1000);
    assert_true(*tlb_entry(&b->tlb, TLB_KERNEL, TLB_READ, 0x8048) == TLB_EMPTY);
    assert_true(*tlb_entry(&b->tlb, TLB_KERNEL, TLB_READ, 0xc0000) != TLB_EMPTY);
}

static void a_changed_entry_is_dropped_by_the_next_load_of_cr3(void **state)
{
    struct bench *b = *state;

    go_to(b, 0x1000);
    enter(b, 0x8048, TABLE, 5);
    enter(b, 0x8049, TABLE, 6);
    write_entry(b, TABLE, 0x48);
    assert_true(entered(b, 0x8048)); /* stale, as on a processor */
    go_to(b, 0x1000);
    assert_false(entered(b, 0x8048));
    assert_true(entered(b, 0x8049));
}

static void a_change_in_another_space_is_seen_there(void **state)
{
    struct bench *b = *state;

    go_to(b, 0x1000);
    enter(b, 0x8048, TABLE, 5);
    go_to(b, 0x2000);
    enter(b, 0x8048, TABLE, 5); /* both have this table */
    write_entry(b, TABLE, 0x48);
    go_to(b, 0x1000);
    assert_false(entered(b, 0x8048));
    go_to(b, 0x2000);
    assert_false(entered(b, 0x8048));
}

static void an_entry_of_the_directory_stands_for_4_mb(void **state)
{
    struct bench *b = *state;

    go_to(b, 0x1000);
    enter(b, 0x8048, TABLE, 5);
    enter(b, 0x83ff, TABLE, 6);
    enter(b, 0x8400, OTHER_TABLE, 7);
    write_entry(b, DIRECTORY, 0x8048 >> 10);
    go_to(b, 0x1000);
    assert_false(entered(b, 0x8048) || entered(b, 0x83ff));
    assert_true(entered(b, 0x8400));
}

static void a_space_in_which_much_changes_is_dropped_whole(void **state)
{
    struct bench *b = *state;

    go_to(b, 0x1000);
    for (uint32_t n = 0; n < 200; n++)
        enter(b, 0x8000 + n, TABLE, 5);
    enter(b, 0x8400, OTHER_TABLE, 7);
    for (uint32_t n = 0; n < 100; n++)
        tlb_table_written(&b->tlb, TABLE * PAGE_SIZE + n * 4, 4);
    assert_int_equal(b->ram.code[TABLE] | b->ram.code[OTHER_TABLE] | b->ram.code[DIRECTORY], 0);
    assert_true(entered(b, 0x8000));
    go_to(b, 0x1000);
    assert_false(entered(b, 0x8000) || entered(b, 0x80c0) || entered(b, 0x8400));
    enter(b, 0x8000, TABLE, 5);
    assert_int_equal(b->ram.code[TABLE], RAM_TABLE);
}

static void a_walks_own_stores_change_nothing(void **state)
{
    struct bench *b = *state;

    go_to(b, 0x1000);
    enter(b, 0x8048, TABLE, 5);
    b->tlb.walking = true;
    write_entry(b, TABLE, 0x48);
    b->tlb.walking = false;
    go_to(b, 0x1000);
    assert_true(entered(b, 0x8048));
}

static void tables_outside_ram_are_not_trusted(void **state)
{
    struct bench *b = *state;
    const uint64_t at[2] = {DIRECTORY * PAGE_SIZE, NO_RAM};

    go_to(b, 0x1000);
    tlb_trace(&b->tlb, 0x10, at, 2, 4);
    tlb_fill(&b->tlb, TLB_USER, TLB_READ, 0x10, 0x5000, 0x5000, false, false);
    go_to(b, 0x1000);
    assert_false(entered(b, 0x10));
}

static void the_space_not_used_for_longest_makes_room(void **state)
{
    struct bench *b = *state;

    for (uint64_t n = 1; n <= TLB_SPACES; n++) {
        go_to(b, n << 12);
        enter(b, 0x8048, TABLE, n);
    }
    go_to(b, 1 << 12);
    assert_true(entered(b, 0x8048));
    go_to(b, 99 << 12);
    assert_false(entered(b, 0x8048));
    go_to(b, 1 << 12);
    assert_true(entered(b, 0x8048));
    go_to(b, 2 << 12);
    assert_false(entered(b, 0x8048));
}

static void a_flush_of_all_forgets_all_spaces(void **state)
{
    struct bench *b = *state;

    go_to(b, 0x1000);
    enter(b, 0x8048, TABLE, 5);
    go_to(b, 0x2000);
    tlb_flush(&b->tlb, false);
    go_to(b, 0x1000);
    assert_false(entered(b, 0x8048));
    assert_int_equal(b->ram.code[TABLE], 0);
}

static void windows_stay_with_their_spaces(void **state)
{
    struct bench *b = *state;

    b->ram.host[5 * PAGE_SIZE] = 55;
    b->ram.host[6 * PAGE_SIZE] = 66;
    go_to(b, 0x1000);
    enter(b, 0x8048, TABLE, 5);
    assert_true(tlb_window_map(&b->tlb, TLB_USER, 0x8048));
    go_to(b, 0x2000);
    assert_false(tlb_window_has(&b->tlb, TLB_USER, 0x8048));
    enter(b, 0x8048, OTHER_TABLE, 6);
    assert_true(tlb_window_map(&b->tlb, TLB_USER, 0x8048));
    assert_int_equal(tlb_base(&b->tlb, TLB_USER)[TLB_WINDOW_OFF + 0x8048000], 66);
    go_to(b, 0x1000);
    assert_true(tlb_window_has(&b->tlb, TLB_USER, 0x8048));
    assert_int_equal(tlb_base(&b->tlb, TLB_USER)[TLB_WINDOW_OFF + 0x8048000], 55);
    write_entry(b, TABLE, 0x48);
    go_to(b, 0x1000);
    assert_false(tlb_window_has(&b->tlb, TLB_USER, 0x8048));
}

static void spaces_are_saved(void **state)
{
    struct bench *b = *state;
    struct state_buf first = {0}, second = {0};
    struct tlb to;

    go_to(b, 0x1000);
    enter(b, 0x8048, TABLE, 5);
    enter(b, 0x8049, TABLE, 5);
    go_to(b, 0x2000);
    enter(b, 0x8048, OTHER_TABLE, 6);
    write_entry(b, TABLE, 0x49);
    tlb_save(&b->tlb, &first);
    assert_true(tlb_init(&to, &b->ram, NULL));
    assert_true(tlb_check(&to, &first, NULL));
    tlb_load(&to, &first);
    tlb_save(&to, &second);
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.data, second.data, first.len);
    tlb_switch(&to, (const uint64_t[5]){0x1000}, 0);
    assert_true(*tlb_entry(&to, TLB_USER, TLB_READ, 0x8048) != TLB_EMPTY);
    assert_true(*tlb_entry(&to, TLB_USER, TLB_READ, 0x8049) == TLB_EMPTY);
    tlb_fini(&to);
    state_buf_fini(&first);
    state_buf_fini(&second);
}

/* --- whatever happens: after a switch, what is entered is what a walk would find --- */

enum { DIRECTORIES = 10, FIRST_DIRECTORY = 10, FIRST_TABLE = 30, TABLES = 12 };

static uint32_t *entry_in(struct bench *b, uint32_t ram_page, uint32_t n)
{
    return (uint32_t *)(void *)(b->ram.host + ram_page * PAGE_SIZE) + n;
}

/* An entry is a RAM page, or 0: not present. */
static void change(struct bench *b, uint32_t ram_page, uint32_t n, uint32_t value)
{
    *entry_in(b, ram_page, n) = value;
    if (b->ram.code[ram_page] & RAM_TABLE)
        tlb_table_written(&b->tlb, ram_page * PAGE_SIZE + n * 4, 4);
}

static uint32_t walk(struct bench *b, uint32_t directory, uint32_t page, uint64_t at[2])
{
    uint32_t table = *entry_in(b, directory, page >> 10);

    at[0] = directory * PAGE_SIZE + (page >> 10) * 4;
    at[1] = table * PAGE_SIZE + (page & 1023) * 4;
    return table ? *entry_in(b, table, page & 1023) : 0;
}

static uint32_t some_page(void)
{
    return (uint32_t)(rand() % 3) << 10 | (uint32_t)(rand() % 40);
}

static void touch(struct bench *b, uint32_t directory, enum tlb_kind kind)
{
    uint32_t page = some_page(), ram_page;
    uint64_t at[2];

    if (*tlb_entry(&b->tlb, TLB_USER, kind, page) != TLB_EMPTY)
        return;
    ram_page = walk(b, directory, page, at);
    if (!ram_page)
        return;
    tlb_trace(&b->tlb, page, at, 2, 4);
    tlb_fill(&b->tlb, TLB_USER, kind, page, ram_page * PAGE_SIZE, ram_page * PAGE_SIZE, false,
             false);
}

static void all_is_true(struct bench *b, uint32_t directory)
{
    uint64_t at[2];

    for (uint32_t n = 0; n < 3 * 40; n++) {
        uint32_t page = n / 40 << 10 | n % 40, ram_page = walk(b, directory, page, at);
        for (enum tlb_kind kind = TLB_READ; kind <= TLB_WRITE; kind++) {
            uint64_t e = *tlb_entry(&b->tlb, TLB_USER, kind, page);
            if (e != TLB_EMPTY)
                assert_int_equal(tlb_ram_page(&b->tlb, e, page), ram_page);
        }
    }
}

static void what_is_found_again_is_true(void **state)
{
    struct bench *b = *state;
    uint32_t directory = FIRST_DIRECTORY;
    uint64_t kept = 0;

    srand(4);
    go_to(b, directory << 12);
    for (unsigned n = 0; n < 300000; n++) {
        switch (rand() % (n % 5000 < 2500 ? 40 : 12)) {
        case 0:
            directory = FIRST_DIRECTORY + (uint32_t)rand() % DIRECTORIES;
            go_to(b, directory << 12);
            all_is_true(b, directory);
            for (uint32_t page = 0; page < 40; page++)
                kept += entered(b, page);
            break;
        case 1:
            change(b, FIRST_DIRECTORY + (uint32_t)rand() % DIRECTORIES, (uint32_t)rand() % 3,
                   rand() % 4 ? FIRST_TABLE + (uint32_t)rand() % TABLES : 0);
            break;
        case 2:
        case 3:
            change(b, FIRST_TABLE + (uint32_t)rand() % TABLES, (uint32_t)rand() % 40,
                   rand() % 4 ? 60 + (uint32_t)rand() % 150 : 0);
            break;
        case 4:
            tlb_flush_page(&b->tlb, some_page());
            break;
        default:
            touch(b, directory, rand() % 2 ? TLB_READ : TLB_WRITE);
        }
    }
    assert_true(kept > 10000); /* it was worth it */
}

int test_tlb_space(void);
int test_tlb_space(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_space_is_found_again),
        TEST(the_kernels_entries_are_not_kept),
        TEST(a_changed_entry_is_dropped_by_the_next_load_of_cr3),
        TEST(a_change_in_another_space_is_seen_there),
        TEST(an_entry_of_the_directory_stands_for_4_mb),
        TEST(a_space_in_which_much_changes_is_dropped_whole),
        TEST(a_walks_own_stores_change_nothing),
        TEST(tables_outside_ram_are_not_trusted),
        TEST(the_space_not_used_for_longest_makes_room),
        TEST(a_flush_of_all_forgets_all_spaces),
        TEST(windows_stay_with_their_spaces),
        TEST(spaces_are_saved),
        TEST(what_is_found_again_is_true),
    };
    return cmocka_run_group_tests_name("tlb_space", tests, NULL, NULL);
}
