/* test_simd_mem.c - memory operands of SIMD instructions: alignment, masks, faults that leave no
 * trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/bytes.h"
#include "base/err.h"
#include "cpu/helpers.h"
#include "cpu/simd.h"

enum { RAM_SIZE = 1 << 20, DATA = 0x2000, ALIGNED = 1 << 8 };

struct bench {
    struct cpu cpu;
    struct ram ram;
    struct physmem mem;
    struct region region;
    struct clock clock;
    struct log log;
    sigjmp_buf unwind;
    uint8_t *data; /* DS:DATA */
};

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    struct err e;

    assert_true(ram_init(&b->ram, RAM_SIZE, &e));
    physmem_init(&b->mem, &b->ram);
    region_init_ram(&b->region, "ram", 0, RAM_SIZE, 0, ram_alloc(&b->ram, RAM_SIZE));
    physmem_add(&b->mem, &b->region);
    clock_init(&b->clock);
    log_init(&b->log);
    assert_true(cpu_init(&b->cpu, "max", &b->mem, &b->clock, &b->log, &e));
    cpu_reset(&b->cpu);
    b->cpu.unwind = &b->unwind;
    b->data = b->ram.host + b->region.ram + DATA;
    for (unsigned i = 0; i < 32; i++)
        b->data[i] = (uint8_t)(0x40 + i);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    cpu_fini(&b->cpu);
    physmem_fini(&b->mem);
    ram_fini(&b->ram);
    log_fini(&b->log);
    free(b);
    return 0;
}

/* Calls `call`, which must raise the vector. */
#define ASSERT_RAISES(b, vec, call)                                                                \
    do {                                                                                           \
        if (!sigsetjmp((b)->unwind, 0)) {                                                          \
            call;                                                                                  \
            fail();                                                                                \
        }                                                                                          \
        assert_int_equal((b)->cpu.fault.vector, vec);                                              \
    } while (0)

static const uint64_t paddb_mem = (uint64_t)SIMD_paddb_X_X | 1ull << 16 | (uint64_t)SIMD_MEM << 24;

static void sixteen_bytes_of_memory_are_a_source(void **state)
{
    struct bench *b = *state;

    helper_simd_mem(&b->cpu, paddb_mem, DATA, SEG_DS | ALIGNED);
    assert_int_equal(b->cpu.xmm[1].q[0], 0x4746454443424140);
    assert_int_equal(b->cpu.xmm[1].q[1], 0x4f4e4d4c4b4a4948);
}

static void a_misaligned_operand_is_gp(void **state)
{
    struct bench *b = *state;

    ASSERT_RAISES(b, EXC_GP, helper_simd_mem(&b->cpu, paddb_mem, DATA + 4, SEG_DS | ALIGNED));
    assert_int_equal(b->cpu.fault.error, 0);
    assert_int_equal(b->cpu.xmm[1].q[0], 0);
    helper_simd_mem(&b->cpu, paddb_mem, DATA + 4, SEG_DS);
    assert_int_equal(b->cpu.xmm[1].q[0], 0x4b4a494847464544);
}

static void an_operand_past_the_limit_is_gp(void **state)
{
    struct bench *b = *state;

    ASSERT_RAISES(b, EXC_GP, helper_simd_mem(&b->cpu, paddb_mem, 0xfff8, SEG_DS));
}

static void a_store_writes_sixteen_bytes(void **state)
{
    struct bench *b = *state;

    b->cpu.xmm[3].q[0] = 0x0807060504030201;
    b->cpu.xmm[3].q[1] = 0x100f0e0d0c0b0a09;
    helper_simd_store(&b->cpu, 3, DATA + 1, SEG_DS);
    assert_int_equal(b->data[0], 0x40);
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(b->data[1 + i], i + 1);
    assert_int_equal(b->data[17], 0x51);
    ASSERT_RAISES(b, EXC_GP, helper_simd_store(&b->cpu, 3, DATA + 1, SEG_DS | ALIGNED));
}

static void maskmovdqu_stores_the_selected_bytes(void **state)
{
    struct bench *b = *state;

    b->cpu.xmm[1].q[0] = 0x0807060504030201;
    b->cpu.xmm[1].q[1] = 0x100f0e0d0c0b0a09;
    b->cpu.xmm[2].q[0] = 0x80007f00000000ff;
    b->cpu.xmm[2].q[1] = 0x8000000000000000;
    helper_simd_maskmov(&b->cpu, 1 | 2 << 8, DATA, SEG_DS);
    assert_int_equal(le64_get(b->data), 0x0846454443424101);
    assert_int_equal(le64_get(b->data + 8), 0x104e4d4c4b4a4948);
}

static void maskmovq_stores_eight_bytes_and_enters_mmx(void **state)
{
    struct bench *b = *state;

    b->cpu.fpu.r[1].man = 0x0807060504030201;
    b->cpu.fpu.r[2].man = 0x8080808080808080;
    b->cpu.fpu.sw = 0x1800;
    helper_simd_maskmov(&b->cpu, (SIMD_MM0 + 1) | (SIMD_MM0 + 2) << 8, DATA, SEG_DS);
    assert_int_equal(le64_get(b->data), 0x0807060504030201);
    assert_int_equal(le64_get(b->data + 8), 0x4f4e4d4c4b4a4948);
    assert_int_equal(b->cpu.fpu.sw, 0);
    assert_int_equal(b->cpu.fpu.valid, 0xff);
}

static void a_waiting_x87_exception_is_mf_before_mmx(void **state)
{
    struct bench *b = *state;

    b->cpu.cr0 |= CR0_NE;
    b->cpu.fpu.sw = 0x9881;
    b->cpu.fpu.valid = 0;
    ASSERT_RAISES(b, EXC_MF, helper_mmx_store(&b->cpu, 1, DATA, SEG_DS | 8 << 8));
    assert_int_equal(b->data[0], 0x40);
    assert_int_equal(b->cpu.fpu.sw, 0x9881);
    assert_int_equal(b->cpu.fpu.valid, 0);
}

static void an_mmx_store_that_faults_leaves_the_x87_alone(void **state)
{
    struct bench *b = *state;

    b->cpu.fpu.sw = 0x1800;
    b->cpu.fpu.valid = 0;
    ASSERT_RAISES(b, EXC_GP, helper_mmx_store(&b->cpu, 1, 0xfffc, SEG_DS | 8 << 8));
    assert_int_equal(b->cpu.fpu.sw, 0x1800);
    assert_int_equal(b->cpu.fpu.valid, 0);
    helper_mmx_store(&b->cpu, 1, 0xfffc, SEG_DS | 4 << 8);
    assert_int_equal(b->cpu.fpu.valid, 0xff);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(sixteen_bytes_of_memory_are_a_source),
        TEST(a_misaligned_operand_is_gp),
        TEST(an_operand_past_the_limit_is_gp),
        TEST(a_store_writes_sixteen_bytes),
        TEST(maskmovdqu_stores_the_selected_bytes),
        TEST(maskmovq_stores_eight_bytes_and_enters_mmx),
        TEST(a_waiting_x87_exception_is_mf_before_mmx),
        TEST(an_mmx_store_that_faults_leaves_the_x87_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
