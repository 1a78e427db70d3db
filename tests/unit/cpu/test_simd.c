/* test_simd.c - the SIMD functions against the host processor, row by row, and their own rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/bits.h"
#include "cpu/helpers.h"
#include "simd_host.h"

enum { ROUNDS = 3000, MXCSR_MASKED = 0x1f80 };

struct bench {
    struct cpu cpu;
    struct simd_oracle *host;
    uint64_t seed;
    unsigned rounds; /* for each row; SIMD_ROUNDS in the environment makes it more */
};

/* xorshift64*: the same vectors in each run. */
static uint64_t next(struct bench *b)
{
    b->seed ^= b->seed >> 12;
    b->seed ^= b->seed << 25;
    b->seed ^= b->seed >> 27;
    return b->seed * 0x2545f4914f6cdd1dull;
}

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    const char *rounds = getenv("SIMD_ROUNDS");

    b->rounds = rounds ? (unsigned)atoi(rounds) : ROUNDS;
    b->seed = 0x9e3779b97f4a7c15ull;
    b->host = simd_host_new();
    b->cpu.cr4 = CR4_OSFXSR | CR4_OSXMMEXCPT;
    b->cpu.fpu.mxcsr = MXCSR_MASKED;
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    simd_host_free(b->host);
    free(b);
    return 0;
}

/* --- vectors weighted to edges --- */

static uint32_t edge32(struct bench *b)
{
    static const uint32_t edges[] = {
        0,          0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000,
        0xffc00000, 0x7f800001, 0xff812345, 0x7fc12345, 1,          0x80000001, 0x007fffff,
        0x00800000, 0x80800000, 0x7f7fffff, 0xff7fffff, 0x3f000000, 0x40200000, 0x4b000001,
        0x4f000000, 0xcf000000, 0x4effffff, 0x3f7fffff, 0x3f800001, 0x5f000000, 0x33800000,
        0x7fffffff, 0xffffffff, 0x00008000, 0x007f0080,
    };
    return edges[next(b) % ARRAY_LEN(edges)];
}

static uint64_t edge64(struct bench *b)
{
    static const uint64_t edges[] = {
        0,
        0x8000000000000000,
        0x3ff0000000000000,
        0xbff0000000000000,
        0x7ff0000000000000,
        0xfff0000000000000,
        0x7ff8000000000000,
        0xfff8000000000000,
        0x7ff0000000000001,
        0xfff4000000000000,
        0x7ff8123400000000,
        1,
        0x8000000000000001,
        0x000fffffffffffff,
        0x0010000000000000,
        0x7fefffffffffffff,
        0xffefffffffffffff,
        0x3fe0000000000000,
        0x4004000000000000,
        0x41dfffffffc00000,
        0x41e0000000000000,
        0xc1e0000000000000,
        0xc1e0000000200000,
        0x43e0000000000000,
        0x47efffffe0000000,
        0x47efffffefffffff,
        0x47effffff0000000,
        0x380fffffffffffff,
        0x3810000000000000,
        0x36a0000000000000,
        0x369fffffffffffff,
        0x4330000000000001,
    };
    return edges[next(b) % ARRAY_LEN(edges)];
}

/* A number near others in exponent, so that sums cancel and quotients are even. */
static uint32_t near32(struct bench *b)
{
    return (uint32_t)(next(b) & 0x80000000) | (uint32_t)(0x7c + next(b) % 8) << 23 |
           (uint32_t)(next(b) & next(b) & 0x7fffff);
}

static uint64_t near64(struct bench *b)
{
    return (next(b) & 0x8000000000000000) | (0x3fc + next(b) % 8) << 52 |
           (next(b) & next(b) & 0xfffffffffffff);
}

static uint64_t pick64(struct bench *b)
{
    switch (next(b) % 8) {
    case 0:
        return edge64(b);
    case 1:
    case 2:
        return edge32(b) | (uint64_t)edge32(b) << 32;
    case 3:
        return near64(b);
    case 4:
        return near32(b) | (uint64_t)near32(b) << 32;
    case 5:
        return near32(b) | (uint64_t)edge32(b) << 32;
    case 6:
        return next(b) & next(b) & 0x7f7f00ff00ff7f7f; /* nulls for the string comparisons */
    default:
        return next(b);
    }
}

static void pick_registers(struct bench *b, struct simd_regs *r)
{
    memset(r, 0, sizeof(*r));
    for (unsigned i = 0; i < 3; i++) {
        r->xmm[i].q[0] = pick64(b);
        r->xmm[i].q[1] = pick64(b);
        r->mm[i] = pick64(b);
    }
    switch (next(b) % 8) {
    case 0:
        r->xmm[2] = r->xmm[1];
        r->mm[2] = r->mm[1];
        break;
    case 1:
        r->xmm[2].q[0] = next(b) % 130; /* counts of shifts */
        r->mm[2] = next(b) % 130;
        break;
    default:
        break;
    }
    r->ax = next(b) % 4 ? next(b) % 40 - 20 : pick64(b);
    r->dx = next(b) % 4 ? next(b) % 40 - 20 : pick64(b);
    r->cx = next(b);
}

/* --- the guest's side --- */

static unsigned source_index(const struct simd_row *row)
{
    switch (row->src) {
    case SIMD_MM:
        return SIMD_MM0 + 2;
    case SIMD_X:
        return 2;
    case SIMD_I:
        return SIMD_IMM;
    default:
        return SIMD_VALUE;
    }
}

static unsigned dest_index(const struct simd_row *row)
{
    return row->dst == SIMD_MM ? SIMD_MM0 + 1 : row->dst == SIMD_R ? SIMD_NOWHERE : 1;
}

static void call_row(struct cpu *cpu, enum simd_id id, unsigned imm, struct simd_regs *r)
{
    const struct simd_row *row = &simd_rows[id];
    uint64_t what = simd_what(id, dest_index(row), source_index(row), imm);
    uint64_t value = row->src == SIMD_M ? r->xmm[2].q[0] : r->ax;

    if (row->size < 8 && row->size)
        value &= mask_bytes(row->size);
    switch (row->call) {
    case SIMD_GET:
        r->ax = helper_simd_get(cpu, what, value);
        break;
    case SIMD_FLAGS:
        helper_simd_flags(cpu, what, value, 0);
        break;
    case SIMD_STRING:
        helper_simd_string(cpu, what, value, 0);
        break;
    default:
        helper_simd_fp(cpu, what, value);
        break;
    }
}

/* LDDQU and MOVNTDQA have no register form: their function runs alone. */
static void call_memory_row(struct cpu *cpu, const struct simd_row *row, const struct simd_regs *r)
{
    union vec128 src = r->xmm[2];

    row->fn(cpu, &cpu->xmm[1], &src, 0);
}

static void guest_run(struct bench *b, enum simd_id id, unsigned imm, struct simd_regs *r)
{
    struct cpu *cpu = &b->cpu;
    sigjmp_buf unwind;

    for (unsigned i = 0; i < 3; i++) {
        cpu->xmm[i] = r->xmm[i];
        cpu->fpu.r[i].man = r->mm[i];
    }
    cpu->gpr[R_AX] = r->ax;
    cpu->gpr[R_CX] = r->cx;
    cpu->gpr[R_DX] = r->dx;
    cpu->fpu.mxcsr = r->mxcsr;
    cpu->lahf = 2;
    cpu->of = 0;
    cpu->unwind = &unwind;
    r->faulted = sigsetjmp(unwind, 0);
    if (!r->faulted) {
        if (simd_rows[id].src == SIMD_M && simd_rows[id].size == 16)
            call_memory_row(cpu, &simd_rows[id], r);
        else
            call_row(cpu, id, imm, r);
        if (simd_rows[id].call == SIMD_STRING)
            r->cx = cpu->gpr[R_CX];
        r->xmm[0] = cpu->xmm[0];
        r->xmm[1] = cpu->xmm[1];
        r->mm[1] = cpu->fpu.r[1].man;
    } else {
        assert_int_equal(cpu->fault.vector, EXC_XM);
        assert_memory_equal(&cpu->xmm[1], &r->xmm[1], 16);
        assert_int_equal(cpu->fpu.r[1].man, r->mm[1]);
    }
    r->mxcsr = cpu->fpu.mxcsr;
    r->flags = (cpu->lahf & 0xd5u) | (unsigned)cpu->of << 11;
}

/* --- comparing --- */

static bool same(const struct simd_row *row, const struct simd_regs *a, const struct simd_regs *b)
{
    bool flags = row->call == SIMD_FLAGS || row->call == SIMD_STRING;

    return a->faulted == b->faulted && a->mxcsr == b->mxcsr && !memcmp(a->xmm, b->xmm, 32) &&
           a->mm[1] == b->mm[1] && a->ax == b->ax && a->cx == b->cx &&
           (!flags || a->faulted || (a->flags & EF_STATUS) == (b->flags & EF_STATUS));
}

static void show(const char *who, const struct simd_regs *r)
{
    printf("%s: xmm1 %016llx:%016llx xmm2 %016llx:%016llx xmm0 %016llx:%016llx\n"
           "  mm1 %016llx mm2 %016llx ax %llx cx %llx dx %llx flags %llx mxcsr %x fault %d\n",
           who, (unsigned long long)r->xmm[1].q[1], (unsigned long long)r->xmm[1].q[0],
           (unsigned long long)r->xmm[2].q[1], (unsigned long long)r->xmm[2].q[0],
           (unsigned long long)r->xmm[0].q[1], (unsigned long long)r->xmm[0].q[0],
           (unsigned long long)r->mm[1], (unsigned long long)r->mm[2], (unsigned long long)r->ax,
           (unsigned long long)r->cx, (unsigned long long)r->dx, (unsigned long long)r->flags,
           r->mxcsr, r->faulted);
}

/* One instruction on both; false, having shown it, where they differ. */
static bool agree(struct bench *b, enum simd_id id, unsigned imm, const struct simd_regs *in)
{
    struct simd_regs host = *in, guest = *in;

    simd_host_run(b->host, &simd_rows[id], imm, &host);
    guest_run(b, id, imm, &guest);
    if (same(&simd_rows[id], &host, &guest))
        return true;
    printf("%s imm %x prefix %02x opcode %02x\n", simd_rows[id].name, imm, simd_rows[id].prefix,
           simd_rows[id].opcode);
    show("in   ", in);
    show("host ", &host);
    show("guest", &guest);
    return false;
}

static bool approximates(const struct simd_row *row)
{
    return row->map == 0x0f && (row->opcode == 0x52 || row->opcode == 0x53);
}

/* imm8 and the size of a general register: 8 where the form has REX.W, which MOVD has as MOVQ. */
static unsigned pick_imm(struct bench *b, const struct simd_row *row)
{
    bool gpr = row->src == SIMD_R || row->dst == SIMD_R;
    bool may_widen = row->size == SIMD_SIZE_GPR || row->dst == SIMD_R || row->call == SIMD_STRING;
    unsigned imm = simd_host_takes_imm(row) ? next(b) & 0xff : 0;
    bool wide = may_widen && next(b) & 1;

    if (gpr && !strcmp(row->name, "movq"))
        wide = true;
    if (gpr && !strcmp(row->name, "movd"))
        wide = false;
    return imm | (wide ? 8u : 4u) << 8;
}

/* Rows that the host can run, with random operands; mxcsr() gives the control bits of each. */
static unsigned compare_rows(struct bench *b, uint32_t (*mxcsr)(struct bench *b), bool only_fp)
{
    unsigned bad = 0;

    for (unsigned id = 0; id < SIMD_COUNT; id++) {
        const struct simd_row *row = &simd_rows[id];
        bool right = true;
        if (approximates(row) || !simd_host_has(row) || (only_fp && row->host != SIMD_MXCSR))
            continue;
        for (unsigned n = 0; right && n < b->rounds; n++) {
            struct simd_regs in;
            pick_registers(b, &in);
            in.mxcsr = mxcsr(b);
            right = agree(b, id, pick_imm(b, row), &in);
        }
        bad += !right;
    }
    return bad;
}

static uint32_t all_masked(struct bench *b)
{
    return MXCSR_MASKED | (uint32_t)(next(b) & 0x6000);
}

static uint32_t flushing(struct bench *b)
{
    return all_masked(b) | (uint32_t)(next(b) & 0x8040);
}

static uint32_t some_unmasked(struct bench *b)
{
    return flushing(b) & ~((uint32_t)next(b) & (uint32_t)next(b) & 0x1f80);
}

static void every_row_gives_the_hosts_result(void **state)
{
    struct bench *b = *state;

    if (!b->host)
        skip();
    assert_int_equal(compare_rows(b, all_masked, false), 0);
}

static void flushing_tiny_numbers_to_zero_is_the_hosts(void **state)
{
    struct bench *b = *state;

    if (!b->host)
        skip();
    assert_int_equal(compare_rows(b, flushing, true), 0);
}

static void an_unmasked_exception_is_raised_where_the_host_raises_it(void **state)
{
    struct bench *b = *state;

    if (!b->host)
        skip();
    assert_int_equal(compare_rows(b, some_unmasked, true), 0);
}

static void without_osxmmexcpt_an_unmasked_exception_is_ud(void **state)
{
    struct bench *b = *state;
    sigjmp_buf unwind;

    b->cpu.cr4 &= ~(uint64_t)CR4_OSXMMEXCPT;
    b->cpu.fpu.mxcsr = 0;
    b->cpu.xmm[1].d[0] = 0x3f800000;
    b->cpu.xmm[2].d[0] = 0;
    b->cpu.unwind = &unwind;
    if (!sigsetjmp(unwind, 0)) {
        helper_simd_fp(&b->cpu, simd_what(SIMD_divss_X_X, 1, 2, 0), 0);
        fail();
    }
    assert_int_equal(b->cpu.fault.vector, EXC_UD);
    assert_int_equal(b->cpu.fpu.mxcsr, 4);
    assert_int_equal(b->cpu.xmm[1].d[0], 0x3f800000);
}

static void an_mmx_instruction_makes_all_registers_valid_and_top_zero(void **state)
{
    struct bench *b = *state;
    struct fpu *f = &b->cpu.fpu;

    f->sw = 0x3800;
    f->valid = 0;
    f->r[1].se = 0x1234;
    helper_simd_fp(&b->cpu, simd_what(SIMD_paddb_MM_MM, SIMD_MM0 + 1, SIMD_MM0 + 2, 0), 0);
    assert_int_equal(f->sw, 0);
    assert_int_equal(f->valid, 0xff);
    assert_int_equal(f->r[1].se, 0xffff);
}

static void cvtpi2ps_from_memory_leaves_the_x87_alone(void **state)
{
    struct bench *b = *state;

    b->cpu.fpu.sw = 0x3800;
    helper_simd_fp(&b->cpu, simd_what(SIMD_cvtpi2ps_X_MM, 1, SIMD_VALUE, 0), 0x100000002);
    assert_int_equal(b->cpu.fpu.sw, 0x3800);
    assert_int_equal(b->cpu.xmm[1].d[0], 0x40000000);
    assert_int_equal(b->cpu.xmm[1].d[1], 0x3f800000);
}

static double value32(uint32_t v)
{
    float f;

    memcpy(&f, &v, 4);
    return f;
}

/* SDM vol. 2B, RCPPS and RSQRTPS: a relative error of at most 1.5 * 2^-12. */
static void approximations_are_within_the_manuals_bound(void **state)
{
    struct bench *b = *state;
    double worst = 0;

    for (unsigned n = 0; n < 100000; n++) {
        uint32_t x = (uint32_t)(next(b) & 0x7fffff) | (uint32_t)(1 + next(b) % 251) << 23;
        b->cpu.xmm[2].d[0] = x;
        helper_simd(&b->cpu, simd_what(SIMD_rcpss_X_X, 1, 2, 0), 0);
        double e = value32(b->cpu.xmm[1].d[0]) * value32(x) - 1;
        helper_simd(&b->cpu, simd_what(SIMD_rsqrtss_X_X, 1, 2, 0), 0);
        double r = value32(b->cpu.xmm[1].d[0]), e2 = r * r * value32(x) - 1;
        worst = e > worst ? e : -e > worst ? -e : worst;
        worst = e2 / 2 > worst ? e2 / 2 : -e2 / 2 > worst ? -e2 / 2 : worst;
    }
    assert_true(worst < 1.5 / 4096);
}

static void approximations_of_special_values_are_the_manuals(void **state)
{
    static const struct {
        uint32_t x, rcp, rsqrt;
    } rows[] = {
        {0, 0x7f800000, 0x7f800000},
        {0x80000000, 0xff800000, 0xff800000},
        {0x7f800000, 0, 0},
        {0xff800000, 0x80000000, 0xffc00000},
        {0x007fffff, 0x7f800000, 0x7f800000},
        {0x807fffff, 0xff800000, 0xff800000},
        {0x7f800001, 0x7fc00001, 0x7fc00001},
        {0xbf800000, 0xbf800000, 0xffc00000},
        {0x7f7fffff, 0, 0x1f800000},
    };
    struct bench *b = *state;

    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        b->cpu.xmm[2].d[0] = rows[i].x;
        helper_simd(&b->cpu, simd_what(SIMD_rcpss_X_X, 1, 2, 0), 0);
        assert_int_equal(b->cpu.xmm[1].d[0], rows[i].rcp);
        helper_simd(&b->cpu, simd_what(SIMD_rsqrtss_X_X, 1, 2, 0), 0);
        assert_int_equal(b->cpu.xmm[1].d[0], rows[i].rsqrt);
    }
    assert_int_equal(b->cpu.fpu.mxcsr, MXCSR_MASKED);
}

/* The check value of CRC-32C: "123456789" gives E3069283. */
static void crc32_of_the_digits_is_the_check_value(void **state)
{
    struct bench *b = *state;
    uint64_t crc = 0xffffffff;

    crc = helper_crc32(&b->cpu, crc, 0x3837363534333231, 8);
    crc = helper_crc32(&b->cpu, crc, '9', 1);
    assert_int_equal(crc ^ 0xffffffff, 0xe3069283);
    crc = helper_crc32(&b->cpu, 0xffffffff, 0x34333231, 4);
    crc = helper_crc32(&b->cpu, crc, 0x3635, 2);
    crc = helper_crc32(&b->cpu, crc, 0x3837, 2);
    crc = helper_crc32(&b->cpu, crc, '9', 1);
    assert_int_equal(crc ^ 0xffffffff, 0xe3069283);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_row_gives_the_hosts_result),
        TEST(flushing_tiny_numbers_to_zero_is_the_hosts),
        TEST(an_unmasked_exception_is_raised_where_the_host_raises_it),
        TEST(without_osxmmexcpt_an_unmasked_exception_is_ud),
        TEST(an_mmx_instruction_makes_all_registers_valid_and_top_zero),
        TEST(cvtpi2ps_from_memory_leaves_the_x87_alone),
        TEST(approximations_are_within_the_manuals_bound),
        TEST(approximations_of_special_values_are_the_manuals),
        TEST(crc32_of_the_digits_is_the_check_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
