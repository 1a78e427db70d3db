/* test_clock.c - tests of time/clock.h. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdbool.h>
#include <cmocka.h>
#include <stdlib.h>
#include "base/bits.h"
#include "time/clock.h"

struct bench {
    struct clock clock;
    uint64_t count;
    unsigned deadlines;
    struct event ev[8];
    char order[64];
    unsigned len;
};

static uint64_t bench_count(void *opaque)
{
    return ((struct bench *)opaque)->count;
}

static void bench_deadline(void *opaque)
{
    ((struct bench *)opaque)->deadlines++;
}

struct mark {
    struct bench *b;
    char name;
};

static void fire(void *opaque)
{
    struct mark *m = opaque;
    m->b->order[m->b->len++] = m->name;
    m->b->order[m->b->len] = 0;
}

static struct bench *bench_new(void)
{
    struct bench *b = calloc(1, sizeof(*b));
    clock_init(&b->clock);
    b->clock.count = bench_count;
    b->clock.deadline = bench_deadline;
    b->clock.opaque = b;
    return b;
}

static void bench_free(struct bench *b)
{
    clock_fini(&b->clock);
    free(b);
}

static void one_count_is_one_nanosecond_to_begin_with(void **state)
{
    struct bench *b = bench_new();
    (void)state;
    b->count = 1234;
    assert_int_equal(clock_now(&b->clock), 1234);
    assert_int_equal(clock_count_at(&b->clock, 5000), 5000);
    assert_true(clock_count_at(&b->clock, NEVER) == NEVER);
    bench_free(b);
}

static void the_count_at_a_time_is_the_first_that_reaches_it(void **state)
{
    struct bench *b = bench_new();
    (void)state;
    b->clock.num = 30;
    b->clock.den = 7;
    for (uint64_t ns = 0; ns < 1000; ns++) {
        uint64_t n = clock_count_at(&b->clock, ns);
        assert_true(clock_at_count(&b->clock, n) >= ns);
        assert_true(n == 0 || clock_at_count(&b->clock, n - 1) < ns);
    }
    bench_free(b);
}

static void ticks_and_times_agree(void **state)
{
    struct bench *b = bench_new();
    (void)state;
    for (uint64_t t = 1; t < 100000; t += 997) {
        b->count = ticks_to_ns(t, 1193182);
        assert_int_equal(clock_ticks(&b->clock, 1193182), t);
        b->count--;
        assert_int_equal(clock_ticks(&b->clock, 1193182), t - 1);
    }
    bench_free(b);
}

static void skipping_moves_time_but_not_the_count(void **state)
{
    struct bench *b = bench_new();
    (void)state;
    b->count = 100;
    clock_skip_to(&b->clock, 1000);
    assert_int_equal(clock_now(&b->clock), 1000);
    b->count = 150;
    assert_int_equal(clock_now(&b->clock), 1050);
    clock_skip_to(&b->clock, 10);
    assert_int_equal(clock_now(&b->clock), 1050);
    assert_int_equal(b->deadlines, 1);
    bench_free(b);
}

static void events_run_by_time_then_rank_then_order_of_arming(void **state)
{
    struct bench *b = bench_new();
    struct mark m[5] = {{b, 'a'}, {b, 'b'}, {b, 'c'}, {b, 'd'}, {b, 'e'}};
    (void)state;
    event_init(&b->ev[0], &b->clock, "a", RANK_DISK, fire, &m[0]);
    event_init(&b->ev[1], &b->clock, "b", RANK_TIMER, fire, &m[1]);
    event_init(&b->ev[2], &b->clock, "c", RANK_DISK, fire, &m[2]);
    event_init(&b->ev[3], &b->clock, "d", RANK_VIDEO, fire, &m[3]);
    event_init(&b->ev[4], &b->clock, "e", RANK_VIDEO, fire, &m[4]);
    event_at(&b->ev[2], 10);
    event_at(&b->ev[0], 10);
    event_at(&b->ev[1], 10);
    event_at(&b->ev[3], 9);
    event_at(&b->ev[4], 11);
    b->count = 10;
    clock_run_due(&b->clock);
    assert_string_equal(b->order, "dbca");
    assert_int_equal(clock_next(&b->clock), 11);
    event_cancel(&b->ev[4]);
    assert_true(clock_next(&b->clock) == NEVER);
    assert_false(event_armed(&b->ev[4]));
    bench_free(b);
}

static void a_nearer_event_tells_the_run_loop(void **state)
{
    struct bench *b = bench_new();
    struct mark m = {b, 'x'};
    (void)state;
    event_init(&b->ev[0], &b->clock, "a", RANK_TIMER, fire, &m);
    event_init(&b->ev[1], &b->clock, "b", RANK_TIMER, fire, &m);
    event_at(&b->ev[0], 100);
    assert_int_equal(b->deadlines, 1);
    event_at(&b->ev[1], 200);
    assert_int_equal(b->deadlines, 1);
    event_at(&b->ev[1], 50);
    assert_int_equal(b->deadlines, 2);
    bench_free(b);
}

/* Against a plain search as the model. */
static void a_long_random_life_keeps_the_heap_in_order(void **state)
{
    struct bench *b = bench_new();
    struct mark m = {b, 'x'};
    (void)state;
    srand(7);
    for (int i = 0; i < 8; i++)
        event_init(&b->ev[i], &b->clock, "e", (enum event_rank)(i % 3), fire, &m);
    for (int step = 0; step < 100000; step++) {
        struct event *ev = &b->ev[rand() % 8];
        if (rand() % 3)
            event_at(ev, b->count + (uint64_t)rand() % 50);
        else
            event_cancel(ev);
        b->count += (uint64_t)rand() % 4;
        b->len = 0;
        clock_run_due(&b->clock);
        uint64_t least = NEVER;
        for (int i = 0; i < 8; i++)
            least = min_u64(least, b->ev[i].at);
        assert_true(clock_next(&b->clock) == least);
        assert_true(least > b->count);
    }
    bench_free(b);
}

static void requeue_restores_the_order_after_a_load(void **state)
{
    struct bench *b = bench_new();
    struct mark m[3] = {{b, 'a'}, {b, 'b'}, {b, 'c'}};
    (void)state;
    for (int i = 0; i < 3; i++)
        event_init(&b->ev[i], &b->clock, "e", RANK_DISK, fire, &m[i]);
    b->ev[0].at = 5, b->ev[0].seq = 9;
    b->ev[1].at = 5, b->ev[1].seq = 3;
    clock_requeue(&b->clock);
    b->count = 5;
    clock_run_due(&b->clock);
    assert_string_equal(b->order, "ba");
    bench_free(b);
}

static void a_device_may_go_away(void **state)
{
    struct bench *b = bench_new();
    struct mark m = {b, 'x'};
    (void)state;
    event_init(&b->ev[0], &b->clock, "a", RANK_TIMER, fire, &m);
    event_at(&b->ev[0], 1);
    event_fini(&b->ev[0]);
    event_fini(&b->ev[0]);
    b->count = 2;
    clock_run_due(&b->clock);
    clock_requeue(&b->clock);
    assert_int_equal(b->len, 0);
    bench_free(b);
}

static void the_tables_cover_their_structs(void **state)
{
    (void)state;
    assert_true(state_covers(event_state, sizeof(struct event), NULL));
    assert_true(state_covers(clock_state, sizeof(struct clock), NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_count_is_one_nanosecond_to_begin_with),
        cmocka_unit_test(the_count_at_a_time_is_the_first_that_reaches_it),
        cmocka_unit_test(ticks_and_times_agree),
        cmocka_unit_test(skipping_moves_time_but_not_the_count),
        cmocka_unit_test(events_run_by_time_then_rank_then_order_of_arming),
        cmocka_unit_test(a_nearer_event_tells_the_run_loop),
        cmocka_unit_test(a_long_random_life_keeps_the_heap_in_order),
        cmocka_unit_test(requeue_restores_the_order_after_a_load),
        cmocka_unit_test(a_device_may_go_away),
        cmocka_unit_test(the_tables_cover_their_structs),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
