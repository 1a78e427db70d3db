/* test_ir.c - the IR's text and its checker. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/err.h"
#include "translate/ir/ir.h"

static const char every_operation[] = "block eip 0x1000 base 0x0 mode 0xfc3\n"
                                      "insn #0 0x1000+3\n"
                                      "t0 = mov.4 0x12345678\n"
                                      "t1 = zext.4.1 ah\n"
                                      "t2 = sext.4.2 cx\n"
                                      "t3 = lea.4 ebx, esi*8, -1\n"
                                      "t4 = lea.4 -, -, +4096\n"
                                      "t5 = add.4 t0, t1 !OSZAP\n"
                                      "t6 = not.4 t5\n"
                                      "t7 = shl.4 t6, cl !OSZAPC\n"
                                      "t8 = shld.4 t7, edx, 0x5\n"
                                      "t9 = bsf.4 t8, edi !Z\n"
                                      "bt.4 t9, 0x3 !C\n"
                                      "sub.1 al, 0xff !OSZAPC\n"
                                      "and.2 ax, bx !SZP\n"
                                      "t10 = setcc.1 nle\n"
                                      "t11 = cmov.4 be, eax, ebx\n"
                                      "t12 = sel.4 t10, eax, 0xffffffffffffffff\n"
                                      "stc.4 !C ~OS\n"
                                      "t13 = ldst.2 0x10\n"
                                      "eax, edx = mul.4 eax, t12 !OC\n"
                                      "ax, dx = imul.2 ax, si !OC\n"
                                      "ecx = imul.4 ecx, 0x7\n"
                                      "ah = lahf.1\n"
                                      "sahf.1 ah !SZAPC\n"
                                      "stst.4 t13, 0x20\n"
                                      "insn #1 0x1003+2\n"
                                      "t14 = ld.4 fs:t3\n"
                                      "t15 = ldw.1 ds:ebx\n"
                                      "st.1 ds:ebx, t15\n"
                                      "t16 = rmw.4.add ss:ebp, eax !OSZAPC\n"
                                      "insn #2 0x1005+2\n"
                                      "rmw.1.not es:0x400, -\n"
                                      "insn #3 0x1007+2\n"
                                      "t17 = helper.8 arpl, t14, t15\n"
                                      "helper.8 bound, eax, ebx, ecx, 0x4\n"
                                      "seteip.4 0x1009\n"
                                      "insn #4 0x1009+2 io\n"
                                      "jnz.4 ecx, 0x1000 slot 0\n"
                                      "jmp.call 0x100b slot 1\n";

static char *print(const struct ir_block *b)
{
    char *text;
    size_t n;
    FILE *f = open_memstream(&text, &n);

    ir_print(b, f);
    fclose(f);
    return text;
}

/* The first word after blanks of each line's operation and its operands, blanks squeezed. */
static void squeeze(char *s)
{
    char *out = s;
    bool start = true;

    for (; *s; s++) {
        bool blank = *s == ' ';
        if (blank && (start || s[1] == ' ' || s[1] == '\n'))
            continue;
        start = *s == '\n';
        *out++ = *s;
    }
    *out = 0;
}

static void what_is_printed_parses_to_the_same_text(void **state)
{
    struct ir_block a, b;
    struct err e = {""};
    char *first, *second;

    (void)state;
    ir_block_init(&a);
    ir_block_init(&b);
    if (!ir_parse(&a, every_operation, &e))
        fail_msg("%s", e.msg);
    first = print(&a);
    if (!ir_parse(&b, first, &e))
        fail_msg("%s in\n%s", e.msg, first);
    second = print(&b);
    assert_string_equal(first, second);
    assert_int_equal(a.tmps, 18);
    assert_int_equal(a.mode, 0xfc3);
    assert_int_equal(b.guest.len, 5);
    assert_true(b.guest.at[4].io);
    assert_int_equal(b.code.at[b.code.len - 1].cc, IR_JUMP_CALL);
    squeeze(first);
    assert_non_null(strstr(first, "\nt3 = lea.4 ebx, esi*8, -1\n"));
    assert_non_null(strstr(first, "\nax, dx = imul.2 ax, si !OC\n"));
    assert_non_null(strstr(first, "\njnz.4 ecx, 0x1000 slot 0\n"));
    free(first);
    free(second);
    ir_block_fini(&a);
    ir_block_fini(&b);
}

static void the_example_block_passes_the_checker(void **state)
{
    struct ir_block b;
    struct err e = {""};

    (void)state;
    ir_block_init(&b);
    assert_true(ir_parse(&b,
                         "insn   #0                          # guest instruction 0 begins\n"
                         "t0 = lea.4    ebx, -, +8\n"
                         "t1 = ld.4     ds:t0\n"
                         "eax = add.4   eax, t1              !OSZAPC\n"
                         "insn   #1\n"
                         "jcc    z, 0x1000                   slot 0\n"
                         "jmp    0x1005                      slot 1\n",
                         &e));
    if (!ir_check(&b, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(b.code.len, 7);
    assert_int_equal(b.code.at[3].fset, FLAGS_STATUS);
    ir_block_fini(&b);
}

static void a_mistake_in_the_text_names_its_line(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"frobnicate.4 eax\n", "line 1: no such operation"},
        {"\n# x\neax = mov.4\n", "line 3: a register, temporary or constant is missing"},
        {"eax = mov.4 t9999\n", "line 1: no such temporary"},
        {"eax = ld.4 xs:ebx\n", "line 1: no such segment"},
        {"jcc zz, 0x1 slot 0\n", "line 1: no such condition"},
        {"jmp 0x1\n", "line 1: the exit slot is missing"},
        {"helper.8 no_such_helper\n", "line 1: no such helper"},
        {"t0 = lea.4 eax, ebx*3, +0\n", "line 1: a scale is 1, 2, 4 or 8"},
        {"eax = add.4 eax, ebx !Q\n", "line 1: no such flag"},
        {"leave eax\n", "line 1: something is left at the end of the line"},
        {"insn #1\n", "line 1: guest instructions are not in order"},
    };

    (void)state;
    for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++) {
        struct ir_block b;
        struct err e = {""};

        ir_block_init(&b);
        assert_false(ir_parse(&b, bad[n].text, &e));
        if (!strstr(e.msg, bad[n].says))
            fail_msg("'%s' instead of '%s'", e.msg, bad[n].says);
        ir_block_fini(&b);
    }
}

static void each_broken_rule_is_found(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"insn #0\neax = mov.4 ebx\n", "the block does not end"},
        {"insn #0\nleave\nleave\n", "an operation follows the end"},
        {"eax = mov.4 ebx\nleave\n", "belongs to another guest instruction"},
        {"insn #0\neax = mov.4 t0\nleave\n", "a temporary is read before it is written"},
        {"insn #0\nah = mov.4 ebx\nleave\n", "only the first four registers have a high byte"},
        {"insn #0\n0x1 = mov.4 ebx\nleave\n", "a constant is written"},
        {"insn #0\nmov.4 ebx\nleave\n", "a destination is missing"},
        {"insn #0\neax = mov.3 ebx\nleave\n", "a size is not 1, 2, 4 or 8"},
        {"insn #0\neax = shl.4 eax, dl\nleave\n", "a count is neither CX nor constant"},
        {"insn #0\nebx, edx = mul.4 ebx, ecx\nleave\n", "a wide product"},
        {"insn #0\neax = inc.4 eax !C\nleave\n",
         "a flag is set that the operation does not define"},
        {"insn #0\neax = mov.4 eax !C\nleave\n",
         "a flag is set that the operation does not define"},
        {"insn #0\neax = add.4 eax, ebx !C ~C\nleave\n",
         "a flag is kept that the operation defines"},
        {"insn #0\neax = mov.4 ebx\nst.4 ds:ecx, eax\nleave\n", "may fault after a change"},
        {"insn #0\nsub.4 eax, 0x1 !OSZAPC\nst.4 ds:ecx, eax\nleave\n", "may fault after a change"},
        {"insn #0\nt0 = ldst.4 0x7fffffff\nleave\n", "outside the state"},
        {"insn #0\njmp 0x1 slot 2\n", "no such exit slot"},
        {"insn #0\njcc z, 0x1 slot 0\njmp 0x2 slot 0\n", "an exit slot is used twice"},
        {"insn #0\nrmw.4.shl ds:eax, 0x1\nleave\n", "not an operation of rmw"},
        {"insn #0\nhelper.8 hlt, 0x5\ninsn #1\nleave\n", "one that must be the last"},
        {"", "the block is empty"},
    };

    (void)state;
    for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++) {
        struct ir_block b;
        struct err e = {""};

        ir_block_init(&b);
        if (!ir_parse(&b, bad[n].text, &e))
            fail_msg("%s", e.msg);
        if (ir_check(&b, &e))
            fail_msg("passes: %s", bad[n].text);
        if (!strstr(e.msg, bad[n].says))
            fail_msg("'%s' instead of '%s'", e.msg, bad[n].says);
        ir_block_fini(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_printed_parses_to_the_same_text),
        cmocka_unit_test(the_example_block_passes_the_checker),
        cmocka_unit_test(a_mistake_in_the_text_names_its_line),
        cmocka_unit_test(each_broken_rule_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
