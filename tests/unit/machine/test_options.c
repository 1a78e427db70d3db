/* test_options.c - tests of machine/options.h: the command line in the words of its user. */
#include "test_machine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "machine/options.h"
#include "time/clock.h"

struct parsed {
    struct config c;
    struct err e;
    char *out;
    enum options_result got;
};

/* Parses a command line given as words separated by '|'. */
static struct parsed parse(const char *line)
{
    struct parsed p = {.e = {{0}}};
    char *copy = strdup(line), *argv[32] = {"bygone"}, *save = NULL;
    int argc = 1;
    size_t len;
    FILE *f = open_memstream(&p.out, &len);

    for (char *s = strtok_r(copy, "|", &save); s; s = strtok_r(NULL, "|", &save))
        argv[argc++] = s;
    config_init(&p.c);
    p.got = options_parse(&p.c, argc, argv, f, &p.e);
    fclose(f);
    free(copy);
    return p;
}

static void done(struct parsed *p)
{
    config_fini(&p->c);
    free(p->out);
}

static void without_options_the_defaults_hold(void **state)
{
    struct parsed p = parse("");
    (void)state;
    assert_int_equal(p.got, OPTIONS_RUN);
    assert_int_equal(p.c.memory, 128 << 20);
    assert_string_equal(p.c.boot.order, "cd");
    assert_true(p.c.stop_at == NEVER);
    assert_int_equal(p.c.rtc, 1704067200);
    done(&p);
}

static void sizes_are_in_megabytes_or_have_a_suffix(void **state)
{
    static const struct {
        const char *line;
        uint64_t bytes;
    } good[] = {{"-m|32", 32ull << 20},     {"-m|64M", 64ull << 20},      {"-m|3G", 3ull << 30},
                {"-m|65536K", 64ull << 20}, {"--m|size=16", 16ull << 20}, {"-m|0x20", 32ull << 20}};
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct parsed p = parse(good[i].line);
        assert_int_equal(p.got, OPTIONS_RUN);
        assert_true(p.c.memory == good[i].bytes);
        done(&p);
    }
}

static void mistakes_are_one_sentence(void **state)
{
    static const char *const bad[] = {"-m|0",
                                      "-m|x",
                                      "-m|12Q",
                                      "-m|-5",
                                      "-m|99999G",
                                      "-m|18446744073709551616",
                                      "-m",
                                      "-vnc|:1",
                                      "disk.img",
                                      "-",
                                      "-hda|",
                                      "-hda|a|-hda|b",
                                      "-hdc|a|-cdrom|b",
                                      "-smp|2",
                                      "-display|gtk",
                                      "-engine|fast",
                                      "-speed|warp",
                                      "-boot|xyz",
                                      "-boot|order=",
                                      "-drive|format=raw",
                                      "-drive|file=a,format=qcow2",
                                      "-drive|file=a,index=4",
                                      "-device|e1000",
                                      "-device|isa-debug-exit,iobase=70000",
                                      "-device|isa-debug-exit,color=red",
                                      "-initrd|x",
                                      "-append|x",
                                      "-save|x",
                                      "-stop-at|1x",
                                      "-stop-at|",
                                      "-state-hash|every=0,file=x",
                                      "-state-hash|every=5",
                                      "-state-hash|file=x",
                                      "-rtc|base=yesterday",
                                      "-nic|user",
                                      "-monitor|stdio"};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct parsed p = parse(bad[i]);
        if (p.got != OPTIONS_BAD)
            fail_msg("'%s' was accepted", bad[i]);
        assert_true(strlen(p.e.msg) > 5);
        assert_null(strchr(p.e.msg, '\n'));
        done(&p);
    }
}

static void an_unknown_option_is_named(void **state)
{
    struct parsed p = parse("-m|64|-vnc|:1");
    (void)state;
    assert_non_null(strstr(p.e.msg, "-vnc"));
    done(&p);
}

static void drives_find_their_places(void **state)
{
    struct parsed p = parse("-hda|a|-cdrom|b|-drive|file=c,snapshot=on|-drive|file=d,media=cdrom");
    (void)state;
    assert_int_equal(p.got, OPTIONS_RUN);
    assert_string_equal(p.c.drives[0].file, "a");
    assert_string_equal(p.c.drives[1].file, "c");
    assert_true(p.c.drives[1].snapshot);
    assert_string_equal(p.c.drives[2].file, "b");
    assert_true(p.c.drives[2].cdrom && p.c.drives[2].readonly);
    assert_string_equal(p.c.drives[3].file, "d");
    assert_true(p.c.drives[3].cdrom);
    done(&p);
}

static void nographic_means_serial_on_stdio(void **state)
{
    struct parsed p = parse("-nographic"), q = parse("-serial|null|-nographic");
    (void)state;
    assert_string_equal(p.c.serial, "stdio");
    assert_int_equal(p.c.display, DISPLAY_NONE);
    assert_string_equal(q.c.serial, "null");
    done(&p);
    done(&q);
}

static void devices_and_hashes_have_properties(void **state)
{
    struct parsed p =
        parse("-device|isa-debug-exit,iobase=0xf4,iosize=0x04|-state-hash|every=1000000,file=h");
    (void)state;
    assert_int_equal(p.got, OPTIONS_RUN);
    assert_true(p.c.debug_exit.on);
    assert_int_equal(p.c.debug_exit.port, 0xf4);
    assert_int_equal(p.c.hash_every, 1000000);
    assert_string_equal(p.c.hash_file, "h");
    done(&p);
}

static void help_lists_every_option_and_ends(void **state)
{
    struct parsed p = parse("--help|-nonsense");
    (void)state;
    assert_int_equal(p.got, OPTIONS_DONE);
    assert_non_null(strstr(p.out, "-state-hash"));
    assert_non_null(strstr(p.out, "-kernel FILE"));
    done(&p);
}

static void the_manual_page_is_made_of_the_same_rows(void **state)
{
    struct parsed p = parse("-man");
    (void)state;
    assert_int_equal(p.got, OPTIONS_DONE);
    assert_non_null(strstr(p.out, ".TH BYGONE 1"));
    assert_non_null(strstr(p.out, "\\fB\\-state\\-hash\\fR"));
    done(&p);
}

int test_options(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_the_defaults_hold),
        cmocka_unit_test(sizes_are_in_megabytes_or_have_a_suffix),
        cmocka_unit_test(mistakes_are_one_sentence),
        cmocka_unit_test(an_unknown_option_is_named),
        cmocka_unit_test(drives_find_their_places),
        cmocka_unit_test(nographic_means_serial_on_stdio),
        cmocka_unit_test(devices_and_hashes_have_properties),
        cmocka_unit_test(help_lists_every_option_and_ends),
        cmocka_unit_test(the_manual_page_is_made_of_the_same_rows),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
