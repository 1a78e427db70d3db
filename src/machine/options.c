/* options.c - reads the command line by the rows of options.def. */
#include "machine/options.h"
#include <stdlib.h>
#include <string.h>
#include "base/bits.h"
#include "base/err.h"
#include "base/vec.h"
#include "machine/option_parse.h"
#include "time/clock.h"

static const struct option options[] = {
#define GROUP(title) {NULL, NULL, NULL, 0, title},
#define OPTION(name, arg, parser, field, help)                                                     \
    {name, arg, option_##parser, offsetof(struct config, field), help},
#define ignored memory /* a field that the parser does not touch */
#include "machine/options.def"
#undef ignored
#undef OPTION
#undef GROUP
};

#define DEFAULT_MEMORY (128ull << 20)
#define DEFAULT_RTC    1704067200ull /* 2024-01-01 00:00:00 */

void config_init(struct config *c)
{
    *c = (struct config){.memory = DEFAULT_MEMORY,
                         .rtc = DEFAULT_RTC,
                         .debug_exit.port = 0x501,
                         .boot.order = "cd",
                         .stop_at = NEVER};
}

void config_fini(struct config *c)
{
    char *owned[] = {c->cpu,       c->bios,  c->kernel,     c->initrd,     c->append, c->serial,
                     c->debugcon,  c->type,  c->screendump, c->screentext, c->save,   c->load,
                     c->hash_file, c->stats, c->log_items,  c->log_file};

    for (size_t i = 0; i < ARRAY_LEN(owned); i++)
        free(owned[i]);
    for (size_t i = 0; i < CONFIG_DRIVES; i++)
        free(c->drives[i].file);
}

/* -name and --name are the same. */
static const struct option *option_find(const char *arg)
{
    const char *name = arg[1] == '-' ? arg + 2 : arg + 1;

    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (options[i].name && !strcmp(options[i].name, name))
            return &options[i];
    }
    return NULL;
}

static bool check_together(const struct config *c, struct err *e)
{
    if (!c->kernel && c->initrd)
        return err_set(e, "-initrd needs -kernel");
    if (!c->kernel && c->append)
        return err_set(e, "-append needs -kernel");
    if (c->save && c->stop_at == NEVER)
        return err_set(e, "-save needs -stop-at");
    return true;
}

enum options_result options_parse(struct config *c, int argc, char **argv, FILE *out, struct err *e)
{
    for (int i = 1; i < argc; i++) {
        struct option_use use = {.config = c, .name = argv[i]};
        if (argv[i][0] != '-' || !argv[i][1])
            return err_set(e, "'%s' is not an option (disk images go behind -hda)", argv[i]),
                   OPTIONS_BAD;
        const struct option *o = option_find(argv[i]);
        if (!o)
            return err_set(e, "option '%s' is not supported (see --help)", argv[i]), OPTIONS_BAD;
        if (o->arg[0] && i + 1 >= argc)
            return err_set(e, "option %s wants %s behind it", argv[i], o->arg), OPTIONS_BAD;
        use.arg = o->arg[0] ? argv[++i] : NULL;
        use.field = (char *)c + o->field;
        use.out = out;
        if (!o->parse(&use, e))
            return use.done ? OPTIONS_DONE : OPTIONS_BAD;
    }
    return check_together(c, e) ? OPTIONS_RUN : OPTIONS_BAD;
}

/* Prints words of text between the columns `from` and 79. */
static void print_wrapped(FILE *out, const char *text, int from)
{
    int at = from;

    while (*text) {
        int n = (int)strcspn(text, " ");
        if (at > from && at + 1 + n > 79) {
            fprintf(out, "\n%*s", from, "");
            at = from;
        }
        at += fprintf(out, "%s%.*s", at > from ? " " : "", n, text);
        text += n + strspn(text + n, " ");
    }
    fputc('\n', out);
}

void options_help(FILE *out)
{
    fputs("Usage: bygone [OPTION]...\nA PC in software.\n", out);
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        const struct option *o = &options[i];
        if (!o->name) {
            fprintf(out, "\n%s:\n", o->help);
            continue;
        }
        if (!o->help[0])
            continue;
        int n = fprintf(out, "  -%s %s", o->name, o->arg);
        fprintf(out, n > 24 ? "\n%*s" : "%*s", n > 24 ? 26 : 26 - n, "");
        print_wrapped(out, o->help, 26);
    }
}

/* troff takes a leading period as a request, '-' as a hyphen and '\' as an escape. */
static void print_troff(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '-')
            fputs("\\-", out);
        else if (*text == '\\')
            fputs("\\e", out);
        else
            fputc(*text, out);
    }
}

static void man_option(FILE *out, const struct option *o)
{
    fputs(".TP\n\\fB\\-", out);
    print_troff(out, o->name);
    fputs("\\fR", out);
    if (o->arg[0]) {
        fputs(" \\fI", out);
        print_troff(out, o->arg);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    print_troff(out, o->help);
    fputc('\n', out);
}

static const char man_head[] = ".TH BYGONE 1\n.SH NAME\nbygone \\- a PC in software\n.SH "
                               "SYNOPSIS\n.B bygone\n[\\fIOPTION\\fR]...\n"
                               ".SH DESCRIPTION\n"
                               "Boots x86 operating systems in an ordinary process.\n"
                               "Options are spelled as QEMU spells them, with one dash or two.\n"
                               "Defaults stand in parentheses.\n";

static const char man_tail[] =
    ".SH EXIT STATUS\n.TP\n0\nThe guest powered off, the run was ended by the user, or "
    "\\-stop\\-at was "
    "reached.\n.TP\n1\nA mistake in the options, or a file that cannot be used.\n.TP\n3\n"
    "The guest ended in a triple fault under \\-no\\-reboot.\n.PP\n"
    "A write of N to the isa\\-debug\\-exit port ends with status 2N+1.\n"
    ".SH EXAMPLES\n.nf\n"
    "bygone \\-m 256 \\-kernel vmlinuz \\-initrd initrd.gz \\-append console=ttyS0 \\-nographic\n"
    "bygone \\-cdrom grub.iso\n.fi\n";

void options_man(FILE *out)
{
    fputs(man_head, out);
    fputs(".SH OPTIONS\n", out);
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (!options[i].name)
            fprintf(out, ".SS %s\n", options[i].help);
        else if (options[i].help[0])
            man_option(out, &options[i]);
    }
    fputs(man_tail, out);
}
