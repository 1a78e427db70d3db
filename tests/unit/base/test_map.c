/* test_map.c - tests of base/map.h. */
#include "test_base.h"
#include <stdlib.h>
#include "base/map.h"

static void an_empty_map_has_nothing(void **state)
{
    struct map m = {0};
    (void)state;
    assert_null(map_get(&m, 0));
    assert_null(map_remove(&m, 0));
    map_clear(&m);
    map_fini(&m);
}

static void put_replaces_and_remove_returns(void **state)
{
    struct map m = {0};
    int a, b;
    (void)state;
    map_put(&m, 0, &a);
    map_put(&m, 0, &b);
    assert_int_equal(m.len, 1);
    assert_ptr_equal(map_remove(&m, 0), &b);
    assert_null(map_get(&m, 0));
    map_fini(&m);
}

/* Against an array as the model, with keys that collide often. */
static void random_work_agrees_with_an_array(void **state)
{
    struct map m = {0};
    void *model[512] = {0};
    char marks[512];
    size_t len = 0;
    (void)state;
    srand(1);
    for (int i = 0; i < 200000; i++) {
        unsigned k = (unsigned)rand() % 512;
        uint64_t key = (uint64_t)k << 12;
        if (rand() % 2) {
            len += !model[k];
            model[k] = &marks[rand() % 512];
            map_put(&m, key, model[k]);
        } else {
            assert_ptr_equal(map_remove(&m, key), model[k]);
            len -= model[k] != NULL;
            model[k] = NULL;
        }
        k = (unsigned)rand() % 512;
        assert_ptr_equal(map_get(&m, (uint64_t)k << 12), model[k]);
        assert_int_equal(m.len, len);
    }
    map_clear(&m);
    assert_null(map_get(&m, 0));
    map_fini(&m);
}

int test_map(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(put_replaces_and_remove_returns),
        cmocka_unit_test(random_work_agrees_with_an_array),
    };
    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
