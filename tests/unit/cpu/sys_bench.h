/* sys_bench.h - a CPU with 1 MB of memory and small descriptor tables, for tests that call helpers
 * directly.
 *
 * bench_protected() makes flat segments of both privileges, an IDT and one 32-bit TSS:
 *     GDT at 1000h, IDT at 1800h, TSS at 2000h, kernel stack below 9000h, user stack below A000h.
 */
#ifndef TESTS_UNIT_CPU_SYS_BENCH_H
#define TESTS_UNIT_CPU_SYS_BENCH_H
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/bytes.h"
#include "cpu/helpers.h"
#include "cpu/internal.h"

struct bench {
    struct ram ram;
    struct physmem mem;
    struct region low;
    struct cpu cpu;
    sigjmp_buf here;
    uint32_t port_value;   /* what IN reads; counts up */
    unsigned port_taken;   /* elements that the device takes in one go */
    uint32_t port_log[64]; /* what OUT wrote */
    unsigned port_writes;
    int vector; /* of the next acknowledge */
};

enum {
    KCODE = 0x08,
    KDATA = 0x10,
    UCODE = 0x18 | 3,
    UDATA = 0x20 | 3,
    TSS_A = 0x28,
    TSS_B = 0x30,
    GATE = 0x38,
    SPARE = 0x40,
    TSS16_B = 0x48,
    CONFORMING = 0x50,
    GDT = 0x1000,
    IDT = 0x1800,
    TSS = 0x2000,
    TSS2 = 0x2100,
    KSTACK = 0x9000,
    USTACK = 0xa000,
    HANDLER = 0x5000
};

int bench_setup(void **state);
int bench_teardown(void **state);
void bench_protected(struct bench *b);
/* Enters CPL 3 with the flat user segments. */
void bench_user(struct bench *b);
/* A descriptor; attr as in SEGA_*, limit in bytes or, with SEGA_G, in pages. */
void bench_desc(struct bench *b, unsigned sel, uint32_t base, uint32_t limit, uint32_t attr);
void bench_gate(struct bench *b, uint32_t at, unsigned sel, uint32_t off, unsigned type,
                unsigned dpl, unsigned params);
void bench_idt(struct bench *b, unsigned vector, unsigned type, unsigned dpl);
uint32_t bench_get(const struct bench *b, uint32_t at);
void bench_put(struct bench *b, uint32_t at, uint32_t val);

/* The vector that `call` raises, or -1. */
#define RAISED(b, call)                                                                            \
    ({                                                                                             \
        volatile int raised_ = -1;                                                                 \
        (b)->cpu.unwind = &(b)->here;                                                              \
        if (sigsetjmp((b)->here, 0))                                                               \
            raised_ = (b)->cpu.fault.vector;                                                       \
        else                                                                                       \
            (void)(call);                                                                          \
        (int)raised_;                                                                              \
    })

#define assert_raises(b, want, err, call)                                                          \
    do {                                                                                           \
        assert_int_equal(RAISED(b, call), want);                                                   \
        assert_true((b)->cpu.fault.has_error);                                                     \
        assert_int_equal((b)->cpu.fault.error, err);                                               \
    } while (0)
#define assert_runs(b, call) assert_int_equal(RAISED(b, call), -1)

int test_paging(void);
int test_segment(void);
int test_gates(void);
int test_task(void);
int test_string(void);
int test_msr(void);
int test_smm(void);
int test_system(void);

#endif
