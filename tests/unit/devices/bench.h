/* bench.h - the bench that devices are tested on: a board with power, a clock, RAM and probes.
 *
 * A test speaks the hardware's language:
 *
 *     struct bench *b = *state;
 *     struct device *pit = bench_device(b, &i8254_class, "i8254");
 *
 *     bench_out(b, 0x43, 0x36);            // counter 0, both bytes, mode 3
 *     bench_out(b, 0x40, 5);
 *     bench_out(b, 0x40, 0);
 *     bench_tick(b, 1);
 *     assert_wave(b, "out0", "HHHLL HHHLL");
 *
 * Every output pin has a probe; a pin is named "pin", the first device that has it, or
 * "device.pin".  The clock is the bench's own, one nanosecond a count, and moves only when the test
 * says so; bench_tick goes by edges of the frequency of bench_clock.  BENCH_MAIN runs each test
 * twice: the second time every device is saved and loaded before each step, which nobody must
 * notice. */
#ifndef TESTS_UNIT_DEVICES_BENCH_H
#define TESTS_UNIT_DEVICES_BENCH_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "devices/device.h"

struct probe {
    struct device *dev;
    unsigned pin;
    unsigned rises; /* since the last bench_rises */
};

struct bench {
    uint64_t count; /* virtual ns */
    uint64_t hz;
    bool reload; /* save and load before each step */
    struct clock clock;
    struct ram ram;
    struct physmem mem;
    struct log log;
    struct io_space *io;
    struct device_env env;
    VEC(struct device *) devices;
    VEC(struct probe *) probes;
};

#define BENCH_RAM 0x100000u /* bytes at address 0 */

/* cmocka fixtures. */
int bench_setup(void **state);
int bench_setup_reload(void **state);
int bench_teardown(void **state);

/* Puts a device on the bench and resets it; its state table must cover its struct. */
struct device *bench_device(struct bench *b, const struct device_class *cls, const char *name);
/* The same without the reset, for devices that need a setter first: then call device_reset. */
struct device *bench_socket(struct bench *b, const struct device_class *cls, const char *name);
/* From an output to an input, both named as "device.pin". */
void bench_wire(struct bench *b, const char *from, const char *to);

void bench_out(struct bench *b, uint16_t port, uint8_t val);
uint8_t bench_in(struct bench *b, uint16_t port);
void bench_out16(struct bench *b, uint16_t port, uint16_t val);
uint16_t bench_in16(struct bench *b, uint16_t port);
void bench_out32(struct bench *b, uint16_t port, uint32_t val);
uint32_t bench_in32(struct bench *b, uint16_t port);
uint32_t bench_load(struct bench *b, uint64_t addr); /* 32 bits of physical memory */
void bench_store(struct bench *b, uint64_t addr, uint32_t val);

/* Drives an input pin. */
void bench_pin(struct bench *b, const char *pin, bool level);
bool bench_level(struct bench *b, const char *pin);
/* Rising edges of an output pin since the last call for it; 0 for a pin that bench_wire has taken.
 */
unsigned bench_rises(struct bench *b, const char *pin);

/* Time goes on by so many ns, or to the edge of the clock of `hz` that is `ticks` away. */
void bench_ns(struct bench *b, uint64_t ns);
void bench_clock(struct bench *b, uint64_t hz);
void bench_tick(struct bench *b, uint64_t ticks);

/* Saves and loads every device now. */
void bench_reload(struct bench *b);

/* The pin's level now and after each further tick: H or L, blanks for the reader. */
#define assert_wave(b, pin, wave) bench_assert_wave(b, pin, wave, __FILE__, __LINE__)
void bench_assert_wave(struct bench *b, const char *pin, const char *wave, const char *file,
                       int line);

#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
#define BENCH_AGAIN(f)                                                                             \
    {                                                                                              \
#f " (saved and loaded between steps)", f, bench_setup_reload, bench_teardown, NULL        \
    }

/* TESTS(X) names each test as X(name). */
#define BENCH_ONCE_(f)  BENCH_TEST(f),
#define BENCH_TWICE_(f) BENCH_AGAIN(f),
#define BENCH_MAIN(TESTS)                                                                          \
    int main(void)                                                                                 \
    {                                                                                              \
        const struct CMUnitTest tests[] = {TESTS(BENCH_ONCE_) TESTS(BENCH_TWICE_)};                \
        return cmocka_run_group_tests(tests, NULL, NULL);                                          \
    }

#endif
