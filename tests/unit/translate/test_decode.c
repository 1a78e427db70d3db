/* test_decode.c - the decoder: prefixes, sizes, operands, undefined forms, and every row by its own
 * bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/bits.h"
#include "translate/decode/opcode_table.h"

#define DECODE(mode, ...)                                                                          \
    decode_bytes(mode, true, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static struct insn decode_bytes(unsigned mode, bool prot, const uint8_t *bytes, size_t n)
{
    uint8_t padded[32] = {0};
    struct insn in;

    memcpy(padded, bytes, n);
    decode(&in, padded, sizeof padded, mode, prot);
    return in;
}

static void the_example_of_the_header_decodes_as_it_says(void **state)
{
    struct insn in = DECODE(16, 0x66, 0x26, 0x8b, 0x44, 0xfc);

    (void)state;
    assert_int_equal(in.op, INSN_mov);
    assert_int_equal(in.len, 5);
    assert_int_equal(in.opsize, 4);
    assert_int_equal(in.addrsize, 2);
    assert_int_equal(in.nops, 2);
    assert_int_equal(in.ops[0].kind, OPD_REG);
    assert_int_equal(in.ops[0].size, 4);
    assert_int_equal(in.ops[0].reg, 0);
    assert_int_equal(in.ops[1].kind, OPD_MEM);
    assert_int_equal(in.mem.base, 6);
    assert_int_equal(in.mem.index, REG_NONE);
    assert_int_equal(in.mem.disp, -4);
    assert_int_equal(in.mem.seg, SEG_ES);
}

static void memory_based_on_bp_or_esp_is_in_the_stack_segment(void **state)
{
    (void)state;
    assert_int_equal(DECODE(16, 0x8b, 0x46, 0x02).mem.seg, SEG_SS);
    assert_int_equal(DECODE(16, 0x8b, 0x03).mem.seg, SEG_SS);
    assert_int_equal(DECODE(16, 0x8b, 0x06, 0x34, 0x12).mem.seg, SEG_DS);
    assert_int_equal(DECODE(32, 0x8b, 0x04, 0x24).mem.seg, SEG_SS);
    assert_int_equal(DECODE(32, 0x8b, 0x04, 0x2d, 0, 0, 0, 0).mem.seg, SEG_DS);
    assert_int_equal(DECODE(32, 0x8b, 0x45, 0x00).mem.seg, SEG_SS);
    assert_int_equal(DECODE(32, 0x3e, 0x8b, 0x45, 0x00).mem.seg, SEG_DS);
}

static void a_string_instruction_carries_the_segment_of_its_source(void **state)
{
    struct insn in = DECODE(32, 0xf3, 0x65, 0xa5);

    (void)state;
    assert_int_equal(in.op, INSN_movs);
    assert_int_equal(in.rep, REP_E);
    assert_int_equal(in.nops, 0);
    assert_int_equal(in.mem.seg, SEG_GS);
    assert_int_equal(in.opsize, 4);
    assert_int_equal(DECODE(32, 0x6e).opsize, 1);
    assert_int_equal(DECODE(32, 0xae).mem.seg, SEG_DS);
}

static void the_last_segment_prefix_and_the_last_repeat_prefix_count(void **state)
{
    (void)state;
    assert_int_equal(DECODE(32, 0x26, 0x64, 0x8b, 0x00).mem.seg, SEG_FS);
    assert_int_equal(DECODE(32, 0xf3, 0xf2, 0xa6).rep, REP_NE);
    assert_int_equal(DECODE(32, 0xf2, 0xf3, 0x0f, 0x10, 0xc1).op, INSN_movss);
}

static void a_repeated_size_prefix_counts_once(void **state)
{
    (void)state;
    assert_int_equal(DECODE(32, 0x66, 0x66, 0x05, 0x34, 0x12).opsize, 2);
    assert_int_equal(DECODE(32, 0x67, 0x67, 0x8b, 0x00).addrsize, 2);
}

static void f2_and_f3_outweigh_66_as_mandatory_prefix_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(DECODE(32, 0xf3, 0x66, 0x0f, 0x58, 0xc1).op, INSN_addss);
    assert_int_equal(DECODE(32, 0x66, 0xf2, 0x0f, 0x58, 0xc1).op, INSN_addsd);
    assert_int_equal(DECODE(32, 0x66, 0x2e, 0x0f, 0x58, 0xc1).op, INSN_addpd);
    assert_int_equal(DECODE(32, 0xf3, 0x0f, 0x58, 0xc1).rep, REP_NONE);
    assert_int_equal(DECODE(32, 0xf3, 0x0f, 0xfc, 0xc1).op, INSN_ud);
}

static void lock_needs_a_lockable_instruction_and_a_memory_destination(void **state)
{
    (void)state;
    assert_int_equal(DECODE(32, 0xf0, 0x01, 0x08).op, INSN_add);
    assert_true(DECODE(32, 0xf0, 0x01, 0x08).lock);
    assert_int_equal(DECODE(32, 0xf0, 0x01, 0xc8).op, INSN_ud);
    assert_int_equal(DECODE(32, 0xf0, 0x03, 0x08).op, INSN_ud);
    assert_int_equal(DECODE(32, 0xf0, 0x39, 0x08).op, INSN_ud);
    assert_int_equal(DECODE(32, 0xf0, 0x89, 0x08).op, INSN_ud);
    assert_int_equal(DECODE(32, 0xf0, 0x0f, 0xc7, 0x08).op, INSN_cmpxchg8b);
}

static void protected_mode_instructions_are_undefined_in_real_mode(void **state)
{
    static const uint8_t arpl[] = {0x63, 0xc8}, ltr[] = {0x0f, 0x00, 0xd8};

    (void)state;
    assert_int_equal(decode_bytes(16, false, arpl, 2).op, INSN_ud);
    assert_int_equal(decode_bytes(16, true, arpl, 2).op, INSN_arpl);
    assert_int_equal(decode_bytes(16, false, ltr, 3).op, INSN_ud);
    assert_int_equal(decode_bytes(16, true, ltr, 3).op, INSN_ltr);
}

static void a_register_where_only_memory_may_be_is_undefined(void **state)
{
    (void)state;
    assert_int_equal(DECODE(32, 0x8d, 0xc0).op, INSN_ud);
    assert_int_equal(DECODE(32, 0xc4, 0xc0).op, INSN_ud);
    assert_int_equal(DECODE(32, 0x62, 0xc0).op, INSN_ud);
    assert_int_equal(DECODE(32, 0xff, 0xd8).op, INSN_ud);
    assert_int_equal(DECODE(32, 0x0f, 0xc7, 0xc8).op, INSN_ud);
}

static void cs_cannot_be_loaded_and_cr1_is_not_there(void **state)
{
    (void)state;
    assert_int_equal(DECODE(32, 0x8e, 0xc8).op, INSN_ud);
    assert_int_equal(DECODE(32, 0x8c, 0xc8).op, INSN_mov_sreg);
    assert_int_equal(DECODE(32, 0x8c, 0xf0).op, INSN_ud);
    assert_int_equal(DECODE(32, 0x0f, 0x20, 0xc8).op, INSN_ud);
    assert_int_equal(DECODE(32, 0x0f, 0x22, 0xe0).op, INSN_mov_cr);
}

static void moves_to_control_registers_do_not_look_at_mod(void **state)
{
    struct insn in = DECODE(32, 0x0f, 0x22, 0x44, 0x24, 0x10);

    (void)state;
    assert_int_equal(in.op, INSN_mov_cr);
    assert_int_equal(in.len, 3);
    assert_int_equal(in.ops[0].kind, OPD_CR);
    assert_int_equal(in.ops[1].reg, 4);
}

static void immediates_are_extended_as_the_instruction_says(void **state)
{
    (void)state;
    assert_int_equal(DECODE(32, 0x83, 0xc0, 0xff).ops[1].imm, -1);
    assert_int_equal(DECODE(32, 0x05, 0xff, 0xff, 0xff, 0xff).ops[1].imm, -1);
    assert_int_equal(DECODE(32, 0x6a, 0x80).ops[0].imm, -128);
    assert_int_equal(DECODE(32, 0xcd, 0x80).ops[0].imm, 0x80);
    assert_int_equal(DECODE(32, 0xc2, 0xf0, 0xff).ops[0].imm, 0xfff0);
    assert_int_equal(DECODE(32, 0xeb, 0xfe).ops[0].imm, -2);
    assert_int_equal(DECODE(16, 0xea, 0x5b, 0xe0, 0x00, 0xf0).ops[0].imm, 0xe05b);
    assert_int_equal(DECODE(16, 0xea, 0x5b, 0xe0, 0x00, 0xf0).ops[0].sel, 0xf000);
}

static void byte_registers_4_to_7_are_the_high_halves_without_rex(void **state)
{
    struct insn ah = DECODE(32, 0x88, 0xe0), spl = DECODE(64, 0x40, 0x88, 0xe0);

    (void)state;
    assert_true(ah.ops[1].high);
    assert_int_equal(ah.ops[1].reg, 0);
    assert_false(spl.ops[1].high);
    assert_int_equal(spl.ops[1].reg, 4);
}

static void conditions_come_from_the_opcode(void **state)
{
    (void)state;
    assert_int_equal(DECODE(32, 0x75, 0x00).cc, 5);
    assert_int_equal(DECODE(32, 0x0f, 0x8f, 0, 0, 0, 0).cc, 15);
    assert_int_equal(DECODE(32, 0x0f, 0x92, 0xc0).cc, 2);
    assert_int_equal(DECODE(32, 0xdb, 0xd9).cc, 7);
    assert_int_equal(DECODE(32, 0xda, 0xc9).cc, 1);
}

static void a_64_bit_instruction_uses_rex_and_the_instruction_pointer(void **state)
{
    struct insn in = DECODE(64, 0x4c, 0x8b, 0x05, 0x10, 0, 0, 0);

    (void)state;
    assert_int_equal(in.opsize, 8);
    assert_int_equal(in.ops[0].reg, 8);
    assert_true(in.mem.rip);
    assert_int_equal(in.mem.base, REG_NONE);
    assert_int_equal(DECODE(64, 0x48, 0x66, 0x05, 0, 0).opsize, 2);
    assert_int_equal(DECODE(64, 0x50).stacksize, 8);
    assert_int_equal(DECODE(64, 0x48, 0x63, 0xc1).op, INSN_movsxd);
    assert_int_equal(DECODE(64, 0x41, 0x90).op, INSN_xchg);
    assert_int_equal(DECODE(64, 0x90).op, INSN_nop);
    assert_int_equal(DECODE(64, 0x06).op, INSN_ud);
    assert_int_equal(DECODE(64, 0x26, 0x8b, 0x00).mem.seg, SEG_DS);
}

static void more_than_15_bytes_are_too_long(void **state)
{
    uint8_t bytes[16];
    struct insn in;

    (void)state;
    memset(bytes, 0x66, sizeof bytes);
    bytes[14] = 0x90;
    decode(&in, bytes, sizeof bytes, 32, true);
    assert_int_equal(in.op, INSN_nop);
    assert_int_equal(in.len, 15);
    bytes[14] = 0x66;
    decode(&in, bytes, sizeof bytes, 32, true);
    assert_int_equal(in.op, INSN_toolong);
    bytes[13] = 0x05;
    decode(&in, bytes, sizeof bytes, 32, true);
    assert_int_equal(in.op, INSN_toolong);
    decode(&in, bytes, 14, 32, true);
    assert_int_equal(in.op, INSN_bad);
}

static void too_few_bytes_ask_for_more_and_just_enough_do(void **state)
{
    uint8_t bytes[16];
    struct insn whole, part;

    (void)state;
    srand(7);
    for (unsigned i = 0; i < 20000; i++) {
        for (unsigned j = 0; j < sizeof bytes; j++)
            bytes[j] = (uint8_t)(rand() >> 7);
        if (i & 1)
            bytes[0] = 0x0f;
        decode(&whole, bytes, 15, i & 2 ? 16 : 32, true);
        for (unsigned n = 0; n < whole.len; n++) {
            decode(&part, bytes, n, whole.mode, true);
            assert_int_equal(part.op, INSN_bad);
        }
        if (whole.op == INSN_toolong)
            continue;
        decode(&part, bytes, whole.len, whole.mode, true);
        assert_memory_equal(&part, &whole, sizeof whole);
    }
}

/* Bytes of the row's i-th opcode, with ModRM made to fit; returns their number. */
static unsigned bytes_of_row(const struct opcode_row *row, unsigned i, uint8_t *b)
{
    unsigned n = 0;

    if (row->prefix)
        b[n++] = row->prefix;
    if (row->op == INSN_cmpxchg16b)
        b[n++] = 0x48;
    if (row->map == MAP_ONE && row->opcode == 0x90 && row->attr & OPA_ONLY64)
        b[n++] = 0x41;
    if (row->map >= MAP_0F && row->map <= MAP_3A)
        b[n++] = 0x0f;
    if (row->map == MAP_38 || row->map == MAP_3A)
        b[n++] = row->map == MAP_38 ? 0x38 : 0x3a;
    b[n++] = (uint8_t)(row->opcode + (row->modrm ? 0 : i));
    if (row->modrm)
        b[n++] = (uint8_t)(row->modrm + i);
    else
        b[n++] =
            (uint8_t)((row->mod == MOD_REG ? 0xc0 : 0) | (row->group < 0 ? 0 : row->group << 3));
    return n;
}

static void every_row_is_found_by_its_own_bytes(void **state)
{
    (void)state;
    for (unsigned r = 1; r < opcode_row_count; r++) {
        const struct opcode_row *row = &opcode_rows[r];
        unsigned mode = row->attr & OPA_ONLY64 ? 64 : 32;
        for (unsigned i = 0; i < row->count; i++) {
            uint8_t b[24] = {0};
            struct insn in;
            unsigned at = bytes_of_row(row, i, b) - 1;
            decode(&in, b, 15, mode, true);
            if (in.op == INSN_ud && row->mod == MOD_ANY) {
                b[at] |= 0xc0;
                decode(&in, b, 15, mode, true);
            }
            assert_int_equal(in.op, row->op);
            if (row->op != INSN_ud)
                assert_int_equal(in.row, r);
        }
    }
}

static void no_two_rows_have_one_name(void **state)
{
    static char names[ROW_COUNT][ROW_NAME_SIZE];

    (void)state;
    for (unsigned r = 0; r < opcode_row_count; r++) {
        opcode_row_name(r, names[r], sizeof names[r]);
        assert_true(strlen(names[r]) < ROW_NAME_SIZE - 1);
        for (unsigned q = 0; q < r; q++)
            assert_string_not_equal(names[r], names[q]);
    }
    assert_string_equal(names[DECODE(32, 0x66, 0x0f, 0x3a, 0x61, 0xc0, 0).row],
                        "66 0F3A 61 pcmpestri V, W, Ib");
    assert_string_equal(names[DECODE(32, 0x43).row], "40-47 inc Zv");
}

static void rows_of_one_opcode_agree_on_modrm(void **state)
{
    (void)state;
    for (unsigned r = 1; r < opcode_row_count; r++) {
        const struct opcode_row *row = &opcode_rows[r];
        if (row->map != MAP_X87)
            assert_int_equal(opcode_has_modrm[row->map][row->opcode],
                             row->attr & OPA_MODRM || row->group >= 0);
    }
}

static void the_flags_column_is_read_into_masks(void **state)
{
    const struct opcode_row *and = &opcode_rows[DECODE(32, 0x21, 0xc0).row];
    const struct opcode_row *stc = &opcode_rows[DECODE(32, 0xf9).row];
    const struct opcode_row *adc = &opcode_rows[DECODE(32, 0x11, 0xc0).row];

    (void)state;
    assert_int_equal(and->flags_set, FLAGS_STATUS & ~FLAG_A);
    assert_int_equal(and->flags_clear, FLAG_O | FLAG_C);
    assert_int_equal(and->flags_undef, FLAG_A);
    assert_int_equal(stc->flags_set, FLAG_C);
    assert_int_equal(stc->flags_force, FLAG_C);
    assert_int_equal(adc->flags_read, FLAG_C);
    assert_string_equal(and->operands, "Ev, Gv");
    for (unsigned r = 0; r < opcode_row_count; r++)
        assert_int_equal(opcode_rows[r].flags_set & opcode_rows[r].flags_undef, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_header_decodes_as_it_says),
        cmocka_unit_test(memory_based_on_bp_or_esp_is_in_the_stack_segment),
        cmocka_unit_test(a_string_instruction_carries_the_segment_of_its_source),
        cmocka_unit_test(the_last_segment_prefix_and_the_last_repeat_prefix_count),
        cmocka_unit_test(a_repeated_size_prefix_counts_once),
        cmocka_unit_test(f2_and_f3_outweigh_66_as_mandatory_prefix_in_any_order),
        cmocka_unit_test(lock_needs_a_lockable_instruction_and_a_memory_destination),
        cmocka_unit_test(protected_mode_instructions_are_undefined_in_real_mode),
        cmocka_unit_test(a_register_where_only_memory_may_be_is_undefined),
        cmocka_unit_test(cs_cannot_be_loaded_and_cr1_is_not_there),
        cmocka_unit_test(moves_to_control_registers_do_not_look_at_mod),
        cmocka_unit_test(immediates_are_extended_as_the_instruction_says),
        cmocka_unit_test(byte_registers_4_to_7_are_the_high_halves_without_rex),
        cmocka_unit_test(conditions_come_from_the_opcode),
        cmocka_unit_test(a_64_bit_instruction_uses_rex_and_the_instruction_pointer),
        cmocka_unit_test(more_than_15_bytes_are_too_long),
        cmocka_unit_test(too_few_bytes_ask_for_more_and_just_enough_do),
        cmocka_unit_test(every_row_is_found_by_its_own_bytes),
        cmocka_unit_test(no_two_rows_have_one_name),
        cmocka_unit_test(rows_of_one_opcode_agree_on_modrm),
        cmocka_unit_test(the_flags_column_is_read_into_masks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
