/* test_lift_simd.c - every SIMD opcode that decodes is lifted to the row of its own encoding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/err.h"
#include "cpu/internal.h"
#include "cpu/simd.h"
#include "translate/lift/lift.h"

enum { FLAT32 = MODE_CS32 | MODE_SS32 | MODE_PE | 0x3f << MODE_FLAT_SHIFT };

struct bench {
    struct cpu cpu;
    struct ir_block block;
    struct lift_source source;
    uint8_t code[16];
};

static unsigned code_bytes(void *opaque, uint32_t eip, bool first, bool more, uint8_t buf[15])
{
    struct bench *b = opaque;

    (void)eip, (void)first, (void)more;
    memcpy(buf, b->code, 15);
    return 15;
}

static bool never_io(void *opaque, uint32_t eip)
{
    (void)opaque, (void)eip;
    return false;
}

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    ir_block_init(&b->block);
    b->source = (struct lift_source){b, code_bytes, never_io};
    b->cpu.model = cpu_model_find("max");
    b->cpu.mode = FLAT32;
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    ir_block_fini(&b->block);
    free(b);
    return 0;
}

static void lift_bytes(struct bench *b, const char *bytes, size_t n)
{
    memset(b->code, 0, sizeof(b->code));
    memcpy(b->code, bytes, n);
    lift_block(&b->block, &b->cpu, &b->source, 1);
}
#define LIFT_BYTES(b, s) lift_bytes(b, s, sizeof(s) - 1)

/* The first call of a helper in the block, or NULL. */
static const struct ir_insn *first_helper(const struct bench *b)
{
    for (size_t i = 0; i < b->block.code.len; i++) {
        if (b->block.code.at[i].op == IR_helper)
            return &b->block.code.at[i];
    }
    return NULL;
}

static bool raises(const struct bench *b, unsigned vector)
{
    const struct ir_insn *h = first_helper(b);

    return h && h->aux == HELPER_raise && ir_const_value(&b->block, h->a) == vector;
}

static const struct simd_row *row_called(const struct bench *b)
{
    const struct ir_insn *h = first_helper(b);

    if (!h || h->aux < HELPER_simd || h->aux > HELPER_simd_string)
        return NULL;
    return &simd_rows[ir_const_value(&b->block, h->a) & 0xffff];
}

static bool uses_simd_registers(const struct insn *in)
{
    for (unsigned i = 0; i < in->nops; i++) {
        if (in->ops[i].kind == OPD_MM || in->ops[i].kind == OPD_XMM)
            return true;
    }
    return false;
}

/* PEXTRW has two encodings in registers, and moves have one row for both directions. */
static bool same_encoding(const struct simd_row *row, const struct insn *in)
{
    const struct opcode_row *o = &opcode_rows[in->row];

    return !strncmp(row->name, "mov", 3) || !strcmp(row->name, "pextrw") ||
           (row->opcode == o->opcode && !strcmp(row->name, insn_names[in->op]));
}

static bool lifts_well(struct bench *b, unsigned prefix, const char *map, unsigned opcode,
                       unsigned modrm)
{
    char bytes[16] = {0};
    size_t n = 0;
    struct insn in;
    struct err e;

    if (prefix)
        bytes[n++] = (char)prefix;
    for (; *map; map++)
        bytes[n++] = *map;
    bytes[n++] = (char)opcode;
    bytes[n++] = (char)modrm;
    decode(&in, (const uint8_t *)bytes, 15, 32, true);
    if (in.op == INSN_ud || !uses_simd_registers(&in))
        return true;
    lift_bytes(b, bytes, sizeof(bytes));
    const struct simd_row *row = row_called(b);
    if (raises(b, EXC_UD) || (row && !same_encoding(row, &in)))
        return false;
    if (row && in.ops[1].kind == OPD_MEM && row->size != SIMD_SIZE_GPR &&
        row->size != in.ops[1].size)
        return false;
    return ir_check(&b->block, &e);
}

static void every_opcode_finds_its_row(void **state)
{
    static const uint8_t prefixes[] = {0, 0x66, 0xf2, 0xf3};
    static const uint8_t modrms[] = {0x00, 0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38,
                                     0xc1, 0xca, 0xd3, 0xdc, 0xe5, 0xee, 0xf7, 0xf8};
    static const char *const maps[] = {"\x0f", "\x0f\x38", "\x0f\x3a"};
    unsigned bad = 0;

    for (unsigned m = 0; m < 3; m++) {
        for (unsigned i = 0; i < 4 * 256 * 16; i++) {
            unsigned p = prefixes[i >> 12 & 3], op = i >> 4 & 0xff, modrm = modrms[i & 15];
            if (!lifts_well(*state, p, maps[m], op, modrm)) {
                printf("map %u prefix %02x opcode %02x modrm %02x\n", m, p, op, modrm);
                bad++;
            }
        }
    }
    assert_int_equal(bad, 0);
}

static void sse_without_osfxsr_is_ud(void **state)
{
    struct bench *b = *state;

    b->cpu.mode = FLAT32 | MODE_NOSSE | MODE_TS;
    LIFT_BYTES(b, "\x66\x0f\xfc\xc1"); /* paddb xmm0, xmm1 */
    assert_true(raises(b, EXC_UD));
    LIFT_BYTES(b, "\x0f\x28\xc1"); /* movaps xmm0, xmm1 */
    assert_true(raises(b, EXC_UD));
    b->cpu.mode = FLAT32 | MODE_NOSSE;
    LIFT_BYTES(b, "\x0f\xfc\xc1"); /* paddb mm0, mm1 needs no OSFXSR */
    assert_false(raises(b, EXC_UD));
    LIFT_BYTES(b, "\x0f\xc3\x07"); /* movnti [edi], eax */
    assert_false(raises(b, EXC_UD));
}

static void mmx_under_emulation_is_ud(void **state)
{
    struct bench *b = *state;

    b->cpu.mode = FLAT32 | MODE_NOMMX;
    LIFT_BYTES(b, "\x0f\xfc\xc1");
    assert_true(raises(b, EXC_UD));
    LIFT_BYTES(b, "\x0f\x7f\x07"); /* movq [edi], mm0 */
    assert_true(raises(b, EXC_UD));
}

static void a_switched_task_is_nm(void **state)
{
    struct bench *b = *state;

    b->cpu.mode = FLAT32 | MODE_TS;
    LIFT_BYTES(b, "\x0f\xfc\xc1");
    assert_true(raises(b, EXC_NM));
    LIFT_BYTES(b, "\xf3\x0f\x10\x07"); /* movss xmm0, [edi] */
    assert_true(raises(b, EXC_NM));
}

static void a_model_without_the_feature_has_no_instruction(void **state)
{
    struct bench *b = *state;

    b->cpu.model = cpu_model_find("pentium3");
    LIFT_BYTES(b, "\x0f\x58\xc1"); /* addps */
    assert_false(raises(b, EXC_UD));
    LIFT_BYTES(b, "\x66\x0f\x58\xc1"); /* addpd */
    assert_true(raises(b, EXC_UD));
    LIFT_BYTES(b, "\x66\x0f\x38\x00\xc1"); /* pshufb */
    assert_true(raises(b, EXC_UD));
    LIFT_BYTES(b, "\xf2\x0f\x38\xf0\xc1"); /* crc32 */
    assert_true(raises(b, EXC_UD));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_opcode_finds_its_row),
        TEST(sse_without_osfxsr_is_ud),
        TEST(mmx_under_emulation_is_ud),
        TEST(a_switched_task_is_nm),
        TEST(a_model_without_the_feature_has_no_instruction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
