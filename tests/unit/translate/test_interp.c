/* test_interp.c - blocks of IR on the interpreter: what they do, and that the code generator does
 * the same.
 *
 * Every test makes a processor in flat 32-bit mode with 1 MB of RAM, compiles a block from text
 * under mode bits of its own, and runs it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/bytes.h"
#include "base/err.h"
#include "translate/cache.h"
#include "translate/opt/opt.h"

enum { RAM_SIZE = 1 << 20, DATA = 0x8000, STACK = 0x9000, ROUNDS = 12 };

struct bench {
    struct ram ram;
    struct physmem mem;
    struct region region;
    struct clock clock;
    struct cpu cpu;
    struct engine *engine;
    struct block block;
    struct block_exit exits[IR_FIRST_SIDE_EXIT];
    sigjmp_buf unwind;
};

static struct bench *bench_new(const char *engine)
{
    struct bench *b = calloc(1, sizeof *b);
    struct engine_config config = {.name = engine};
    struct err e = {""};

    assert_true(ram_init(&b->ram, RAM_SIZE, &e));
    physmem_init(&b->mem, &b->ram);
    region_init_ram(&b->region, "ram", 0, RAM_SIZE, 0, ram_alloc(&b->ram, RAM_SIZE));
    physmem_add(&b->mem, &b->region);
    clock_init(&b->clock);
    assert_true(cpu_init(&b->cpu, "max", &b->mem, &b->clock, NULL, &e));
    b->engine = engine_new(&b->cpu, &config, &e);
    assert_non_null(b->engine);
    cpu_reset(&b->cpu);
    for (unsigned n = 0; n < SEG_COUNT; n++) {
        b->cpu.seg[n].base = n == SEG_FS ? 0x100 : 0;
        b->cpu.seg[n].limit = n == SEG_FS ? 0xffff : 0xffffffff;
        b->cpu.seg[n].attr |= SEGA_DB;
        segment_derive(&b->cpu.seg[n]);
    }
    cpu_update_mode(&b->cpu);
    b->block.exit = b->exits;
    b->block.nexits = IR_FIRST_SIDE_EXIT;
    b->cpu.limit = 1000;
    b->cpu.budget = 1000;
    b->cpu.unwind = &b->unwind;
    return b;
}

static void bench_free(struct bench *b)
{
    free(b->block.guest);
    b->engine->blocks.len = 0;
    engine_free(b->engine);
    cpu_fini(&b->cpu);
    physmem_fini(&b->mem);
    ram_fini(&b->ram);
    free(b);
}

static void bench_load(struct bench *b, const char *text)
{
    struct ir_block *ir = &b->engine->ir;
    struct err e = {""};

    if (!ir_parse(ir, text, &e) || !ir_check(ir, &e))
        fail_msg("%s in\n%s", e.msg, text);
    ir->mode = (b->cpu.mode | 0x3f << MODE_FLAT_SHIFT) & ~(1u << (MODE_FLAT_SHIFT + SEG_FS));
    ir->eip = 0x1000;
    opt_dead_flags(ir);
    b->block.eip = 0x1000;
    b->block.mode = ir->mode;
    b->block.page2 = NO_RAM;
    b->block.n = (uint16_t)ir->guest.len;
    b->block.guest = calloc(ir->guest.len, sizeof *b->block.guest);
    memcpy(b->block.guest, ir->guest.at, ir->guest.len * sizeof *b->block.guest);
    for (unsigned s = 0; s < 2; s++)
        b->block.exit[s].from = &b->block;
    assert_true(b->engine->backend->compile(b->engine, ir, &b->block));
    vec_push(&b->engine->blocks, &b->block);
}

/* The exit that was taken, or NULL. */
static struct block_exit *bench_enter(struct bench *b)
{
    struct block_exit *x = b->engine->backend->enter(b->engine, &b->block);
    b->cpu.host_pc = NULL;
    return x;
}

static struct bench *run(const char *text)
{
    struct bench *b = bench_new("interp");

    bench_load(b, text);
    bench_enter(b);
    return b;
}

/* --- what blocks do --- */

static void registers_are_written_in_their_parts(void **state)
{
    struct bench *b = bench_new("interp");

    (void)state;
    b->cpu.gpr[R_AX] = 0x11223344;
    b->cpu.gpr[R_BX] = 0xffffffffffffffffull;
    b->cpu.gpr[R_CX] = 0xaabbccdd;
    bench_load(b, "insn #0\nah = mov.1 cl\nal = mov.1 0x7f\nebx = mov.4 ecx\n"
                  "dx = mov.2 cx\nt0 = mov.1 ch\nesi = mov.4 t0\nleave\n");
    assert_null(bench_enter(b));
    assert_int_equal(b->cpu.gpr[R_AX], 0x1122dd7f);
    assert_int_equal(b->cpu.gpr[R_BX], 0xaabbccdd);
    assert_int_equal(b->cpu.gpr[R_DX] & 0xffff, 0xccdd);
    assert_int_equal(b->cpu.gpr[R_SI], 0xcc);
    assert_int_equal(b->cpu.budget, 999);
    bench_free(b);
}

static void memory_is_read_and_written_through_the_tlb(void **state)
{
    struct bench *b = run("insn #0\nst.4 ds:0x8000, 0x12345678\n"
                          "t0 = ld.2 ds:0x8001\neax = mov.4 t0\nleave\n");

    (void)state;
    assert_int_equal(b->cpu.gpr[R_AX], 0x3456);
    assert_int_equal(le32_get(b->ram.host + 0x8000), 0x12345678);
    bench_free(b);
}

static void a_segment_adds_its_base(void **state)
{
    struct bench *b = run("insn #0\nst.1 fs:0x8000, 0x5a\nleave\n");

    (void)state;
    assert_int_equal(b->ram.host[0x8100], 0x5a);
    bench_free(b);
}

static void an_access_beyond_the_limit_faults_and_is_found(void **state)
{
    struct bench *b = bench_new("interp");
    unsigned index = 99;

    (void)state;
    bench_load(b, "insn #0\neax = mov.4 0x1\ninsn #1\nt0 = lea.4 ebx, -, +65535\n"
                  "st.4 fs:t0, eax\nleave\n");
    if (!sigsetjmp(b->unwind, 0)) {
        bench_enter(b);
        fail_msg("no fault");
    }
    assert_int_equal(b->cpu.fault.vector, EXC_GP);
    assert_ptr_equal(b->engine->backend->locate(b->engine, &index), &b->block);
    assert_int_equal(index, 1);
    assert_int_equal(b->cpu.gpr[R_AX], 1);
    bench_free(b);
}

static void a_block_longer_than_the_budget_does_not_run(void **state)
{
    struct bench *b = bench_new("interp");

    (void)state;
    bench_load(b, "insn #0\neax = mov.4 0x1\ninsn #1\ninsn #2\njmp 0x2000 slot 0\n");
    b->cpu.budget = 2;
    assert_null(bench_enter(b));
    assert_int_equal(b->cpu.budget, 2);
    assert_int_equal(b->cpu.eip, 0x1000);
    assert_int_not_equal(b->cpu.gpr[R_AX], 1);
    b->cpu.budget = 3;
    assert_ptr_equal(bench_enter(b), &b->block.exit[0]);
    assert_int_equal(b->cpu.budget, 0);
    assert_int_equal(b->cpu.eip, 0x2000);
    bench_free(b);
}

/* ECX from 5 down to 0 in one entry, then out by slot 1. */
static void a_linked_exit_stays_inside(void **state)
{
    struct bench *b = bench_new("interp");

    (void)state;
    bench_load(b, "insn #0\necx = sub.4 ecx, 0x1 !OSZAPC\ninsn #1\n"
                  "jcc nz, 0x1000 slot 0\njmp 0x1005 slot 1\n");
    b->cpu.gpr[R_CX] = 5;
    b->engine->backend->link(b->engine, &b->block.exit[0], &b->block);
    assert_ptr_equal(bench_enter(b), &b->block.exit[1]);
    assert_int_equal(b->cpu.gpr[R_CX], 0);
    assert_int_equal(b->cpu.budget, 990);
    assert_int_equal(b->cpu.lahf, 0x46);
    b->cpu.gpr[R_CX] = 5;
    b->engine->backend->unlink(b->engine, &b->block.exit[0]);
    assert_ptr_equal(bench_enter(b), &b->block.exit[0]);
    assert_int_equal(b->cpu.gpr[R_CX], 4);
    bench_free(b);
}

static void an_exit_to_another_page_looks_at_the_fetch_entry(void **state)
{
    struct bench *b = bench_new("interp");
    uint64_t *entry = tlb_entry(&b->cpu.tlb, b->cpu.mmu, TLB_FETCH, 0x5);

    (void)state;
    bench_load(b, "insn #0\njmp 0x5000 slot 0\n");
    b->block.ram_off = 0x1000;
    b->engine->backend->link(b->engine, &b->block.exit[0], &b->block);
    b->cpu.budget = 3;
    assert_ptr_equal(bench_enter(b), &b->block.exit[0]);
    assert_int_equal(b->cpu.budget, 2);
    *entry = 1 << 1;
    assert_null(bench_enter(b));
    assert_int_equal(b->cpu.budget, 0);
    *entry = TLB_EMPTY;
    bench_free(b);
}

static void helpers_get_their_arguments_and_give_a_value(void **state)
{
    struct bench *b = run("insn #0\nt0 = helper.8 arpl, 0x10, 0x3\neax = mov.4 t0\n"
                          "t1 = shr.8 t0, 0x20\nebx = mov.4 t1\nleave\n");

    (void)state;
    assert_int_equal(b->cpu.gpr[R_AX], 0x13);
    assert_int_equal(b->cpu.gpr[R_BX], 1);
    bench_free(b);
}

/* --- both engines --- */

#ifdef __x86_64__
static uint64_t random_bits(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed * 0x2545f4914f6cdd1dull;
}

static void randomize(struct bench *b, uint64_t seed)
{
    random_bits(&seed);
    for (unsigned n = 0; n < 8; n++) {
        uint64_t pick = random_bits(&seed);
        b->cpu.gpr[n] = (uint32_t)(pick & 3 ? pick >> 20 : pick >> 20 & 0x1f);
    }
    b->cpu.gpr[R_BX] = DATA;
    b->cpu.gpr[R_SP] = STACK;
    b->cpu.lahf = (uint8_t)((random_bits(&seed) & 0xd5) | 2);
    b->cpu.of = random_bits(&seed) & 1;
    for (unsigned n = 0; n < 64; n++)
        b->ram.host[DATA + n] = (uint8_t)random_bits(&seed);
}

static void compare(const struct bench *a, const struct bench *b, const char *text)
{
    for (unsigned n = 0; n < 8; n++) {
        if (a->cpu.gpr[n] != b->cpu.gpr[n])
            fail_msg("register %u: jit %llx, interp %llx after\n%s", n,
                     (unsigned long long)a->cpu.gpr[n], (unsigned long long)b->cpu.gpr[n], text);
    }
    if (a->cpu.of != b->cpu.of || a->cpu.lahf != b->cpu.lahf)
        fail_msg("flags: jit %u %02x, interp %u %02x after\n%s", a->cpu.of, a->cpu.lahf, b->cpu.of,
                 b->cpu.lahf, text);
    if (memcmp(a->ram.host + DATA, b->ram.host + DATA, 64))
        fail_msg("memory differs after\n%s", text);
}

/* The block, with random registers, flags and memory, on both. */
static void both(const char *text)
{
    struct bench *a = bench_new("jit"), *b = bench_new("interp");

    bench_load(a, text);
    bench_load(b, text);
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        randomize(a, seed * 0x9e3779b97f4a7c15ull);
        randomize(b, seed * 0x9e3779b97f4a7c15ull);
        if (bench_enter(a) == &a->block.exit[0])
            assert_ptr_equal(bench_enter(b), &b->block.exit[0]);
        else
            assert_ptr_not_equal(bench_enter(b), &b->block.exit[0]);
        compare(a, b, text);
    }
    bench_free(a);
    bench_free(b);
}

static const struct {
    unsigned size;
    const char *regs[4]; /* destination, two sources, a third */
} sizes[] = {
    {1, {"al", "dl", "ah", "ch"}},     {1, {"dh", "cl", "0x7", "al"}},
    {1, {"ch", "ch", "ch", "ch"}},     {2, {"ax", "dx", "si", "bp"}},
    {2, {"di", "di", "0xfff0", "cx"}}, {4, {"eax", "edx", "esi", "ebp"}},
    {4, {"edi", "edi", "edi", "eax"}}, {4, {"esi", "ecx", "0x80000005", "edx"}},
};

/* `pattern` with {d} {a} {b} {c} and {s} replaced; ends the block. */
static void fill(char *out, const char *pattern, unsigned n)
{
    char *at = out + sprintf(out, "insn #0 0x1000+1\n");

    for (const char *p = pattern; *p; p++) {
        if (*p != '{') {
            *at++ = *p;
            continue;
        }
        switch (p[1]) {
        case 's':
            at += sprintf(at, "%u", sizes[n].size);
            break;
        case 'd':
            at += sprintf(at, "%s", sizes[n].regs[0]);
            break;
        default:
            at += sprintf(at, "%s", sizes[n].regs[p[1] - 'a' + 1]);
            break;
        }
        p += 2;
    }
    strcpy(at, "\ninsn #1 0x1001+2\njcc le, 0x1003 slot 0\njmp 0x1005 slot 1\n");
}

static void every_operation_agrees_with_the_code_generator(void **state)
{
    static const char *const patterns[] = {
        "{d} = add.{s} {a}, {b} !OSZAPC",
        "{d} = adc.{s} {a}, {b} !OSZAPC",
        "{d} = sub.{s} {a}, {b} !OSZAPC",
        "{d} = sbb.{s} {a}, {b} !OSZAPC",
        "{d} = and.{s} {a}, {b} !OSZAPC",
        "{d} = or.{s} {a}, {b} !OSZAPC",
        "{d} = xor.{s} {a}, {b} !OSZAPC",
        "sub.{s} {a}, {b} !OSZAPC",
        "and.{s} {a}, {b} !OSZAPC",
        "{d} = add.{s} {a}, {b}",
        "{d} = sbb.{s} {a}, {b}",
        "{d} = inc.{s} {a} !OSZAP",
        "{d} = dec.{s} {a} !OSZAP",
        "{d} = neg.{s} {a} !OSZAPC",
        "{d} = not.{s} {a}",
        "{d} = shl.{s} {a}, cl !OSZAPC",
        "{d} = shr.{s} {a}, cl !OSZAPC",
        "{d} = sar.{s} {a}, cl !OSZAPC",
        "{d} = rol.{s} {a}, cl !OC",
        "{d} = ror.{s} {a}, cl !OC",
        "{d} = rcl.{s} {a}, cl !OC",
        "{d} = rcr.{s} {a}, cl !OC",
        "{d} = shl.{s} {a}, 0x1 !OSZAPC",
        "{d} = sar.{s} {a}, 0x9 !OSZAPC",
        "{d} = rcr.{s} {a}, 0x3 !OC",
        "{d} = setcc.1 nle",
        "{d} = setcc.1 o",
        "{d} = mov.{s} {b}",
        "t0 = setcc.1 c\n{d} = neg.1 t0",
        "t0 = sub.{s} {a}, {b}\nt1 = sel.{s} t0, {a}, {b}\n{d} = mov.{s} t1",
        "{d} = ld.{s} ds:ebx",
        "st.{s} ds:ebx, {b}",
        "t0 = lea.4 ebx, -, +5\n{d} = ld.{s} ds:t0",
        "rmw.{s}.add ds:ebx, {a} !OSZAPC",
        "rmw.{s}.sbb ds:ebx, {b} !OSZAPC",
        "rmw.{s}.not ds:ebx, -",
        "{d} = rmw.{s}.mov ds:ebx, {a}",
        "{d} = rmw.{s}.add ds:ebx, {a} !OSZAPC",
        "rmw.{s}.dec fs:0x7f10, - !OSZAP",
        "t0 = ldw.{s} ds:ebx\nst.{s} ds:ebx, {a}",
    };
    static const char *const wide[] = {
        "{d} = imul.{s} {a}, {b} !OC",
        "{d} = bsf.{s} {a}, {b} !OSZAPC",
        "{d} = bsr.{s} {a}, {b} !OSZAPC",
        "bt.{s} {a}, {b} !C",
        "{d} = bts.{s} {a}, {b} !C",
        "{d} = btr.{s} {a}, {b} !C",
        "{d} = btc.{s} {a}, 0x3 !C",
        "{d} = shld.{s} {a}, {c}, cl !OSZAPC",
        "{d} = shrd.{s} {a}, {c}, cl !OSZAPC",
        "{d} = shrd.{s} {a}, {c}, 0x4 !OSZAPC",
        "{d} = bswap.{s} {a}",
        "{d} = popcnt.{s} {a} !OSZAPC",
        "{d} = cmov.{s} nl, {a}, {c}",
        "{d} = zext.{s}.1 ah",
        "{d} = sext.{s}.1 cl",
        "{d} = lea.{s} ebx, esi*4, -7",
        "{d} = ldst.{s} 0x40",
    };
    char text[512];

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(patterns) + ARRAY_LEN(wide); k++) {
        bool all = k < ARRAY_LEN(patterns);
        for (unsigned n = 0; n < ARRAY_LEN(sizes); n++) {
            if (!all && sizes[n].size == 1)
                continue;
            if (all && strstr(patterns[k], "setcc.1") && sizes[n].size != 1)
                continue;
            fill(text, all ? patterns[k] : wide[k - ARRAY_LEN(patterns)], n);
            both(text);
        }
    }
}

static void bound_operations_agree_with_the_code_generator(void **state)
{
    static const char *const blocks[] = {
        "al, ah = mul.1 al, dl !OC",
        "ax, dx = mul.2 ax, si !OC",
        "eax, edx = mul.4 eax, esi !OC",
        "al, ah = imul.1 al, bh !OC",
        "ax, dx = imul.2 ax, 0x11 !OC",
        "eax, edx = imul.4 eax, edx !OC",
        "ah = lahf.1",
        "sahf.1 ah !SZAPC",
        "stc.4 !C",
        "clc.4 !C",
        "cmc.4 !C",
        "t0 = lea.4 esp, -, -4\nst.4 ss:t0, ebp\nesp = mov.4 t0",
        "t0 = lea.2 sp, -, -2\nst.2 ss:t0, bp\nsp = mov.2 t0",
        "t1 = and.4 ecx, 0x7\nt2 = lea.4 ebx, t1*4, +3\neax = ld.4 ds:t2",
        "t0 = zext.4.1 cl\nt1 = and.4 t0, 0x7\nt2 = lea.4 ebx, t1*2, +1\nst.2 ds:t2, dx",
        "t0 = ldst.2 0x40\nst.2 fs:0x7f10, t0",
        "t1 = lea.4 ebx, -, -256\neax = rmw.4.add fs:t1, eax !OSZAPC",
        "t0 = ldst.2 0x40\nt1 = lea.2 bx, -, -256\nst.2 fs:t1, t0",
        "sub.4 eax, edx !OSZAPC",
        "sub.2 cx, 0x1 !OSZAPC",
        "and.1 ch, 0x81 !OSZAPC",
    };
    char text[512];

    (void)state;
    for (size_t n = 0; n < ARRAY_LEN(blocks); n++) {
        for (unsigned cc = 0; cc < 16; cc++) {
            static const char names[16][4] = {"o", "no", "c", "nc", "z", "nz", "be", "nbe",
                                              "s", "ns", "p", "np", "l", "nl", "le", "nle"};
            snprintf(text, sizeof text,
                     "insn #0 0x1000+1\n%s\ninsn #1 0x1001+2\njcc %s, 0x1003 slot 0\njmp 0x1005 "
                     "slot 1\n",
                     blocks[n], names[cc]);
            both(text);
        }
    }
}
#else
static void every_operation_agrees_with_the_code_generator(void **state)
{
    (void)state;
    skip();
}

static void bound_operations_agree_with_the_code_generator(void **state)
{
    (void)state;
    skip();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_are_written_in_their_parts),
        cmocka_unit_test(memory_is_read_and_written_through_the_tlb),
        cmocka_unit_test(a_segment_adds_its_base),
        cmocka_unit_test(an_access_beyond_the_limit_faults_and_is_found),
        cmocka_unit_test(a_block_longer_than_the_budget_does_not_run),
        cmocka_unit_test(a_linked_exit_stays_inside),
        cmocka_unit_test(an_exit_to_another_page_looks_at_the_fetch_entry),
        cmocka_unit_test(helpers_get_their_arguments_and_give_a_value),
        cmocka_unit_test(every_operation_agrees_with_the_code_generator),
        cmocka_unit_test(bound_operations_agree_with_the_code_generator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
