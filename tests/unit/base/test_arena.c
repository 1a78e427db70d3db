/* test_arena.c - tests of base/arena.h and base/vec.h. */
#include "test_base.h"
#include "base/arena.h"
#include "base/vec.h"

static void memory_is_zeroed_and_aligned(void **state)
{
    struct arena a = {0};
    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t n = 1; n < 3000; n += 7) {
            uint8_t *p = arena_alloc(&a, n);
            assert_int_equal((uintptr_t)p % 16, 0);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(p[i], 0);
                p[i] = 0xa5;
            }
        }
        arena_reset(&a);
    }
    arena_fini(&a);
}

static void a_request_may_be_larger_than_a_chunk(void **state)
{
    struct arena a = {0};
    (void)state;
    uint8_t *p = arena_alloc(&a, 1000000);
    p[999999] = 1;
    assert_non_null(arena_alloc(&a, 8));
    arena_reset(&a);
    p = arena_alloc(&a, 1000000);
    assert_int_equal(p[999999], 0);
    arena_fini(&a);
}

static void a_vector_keeps_what_was_pushed(void **state)
{
    VEC(int) v = {0};
    (void)state;
    for (int i = 0; i < 1000; i++)
        vec_push(&v, i);
    assert_int_equal(v.len, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(v.at[i], i);
    vec_fini(&v);
    assert_null(v.at);
}

int test_arena(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(a_request_may_be_larger_than_a_chunk),
        cmocka_unit_test(a_vector_keeps_what_was_pushed),
    };
    return cmocka_run_group_tests_name("arena and vec", tests, NULL, NULL);
}
