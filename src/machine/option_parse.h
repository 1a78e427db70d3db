/* option_parse.h - the parsers that rows of options.def name. */
#ifndef MACHINE_OPTION_PARSE_H
#define MACHINE_OPTION_PARSE_H
#include <stddef.h>
#include "machine/options.h"

/* One use of an option on the command line. */
struct option_use {
    struct config *config;
    const char *name; /* as the user wrote it, for messages */
    const char *arg;  /* NULL when the option takes none */
    void *field;      /* that the row names */
    FILE *out;
    bool done; /* set with a false result: printed what was asked, end now */
};

struct option {
    const char *name; /* NULL: a heading, in `help` */
    const char *arg;  /* what --help calls it; "" when it takes none */
    bool (*parse)(struct option_use *u, struct err *e);
    size_t field;
    const char *help;
};

#define PARSER(name) bool option_##name(struct option_use *u, struct err *e)
PARSER(string);
PARSER(flag);
PARSER(memory);
PARSER(count);
PARSER(machine);
PARSER(one);
PARSER(none);
PARSER(vga);
PARSER(rtc);
PARSER(device);
PARSER(hda);
PARSER(hdb);
PARSER(hdc);
PARSER(hdd);
PARSER(cdrom);
PARSER(drive);
PARSER(boot);
PARSER(display);
PARSER(nographic);
PARSER(engine);
PARSER(speed);
PARSER(state_hash);
PARSER(help);
PARSER(version);
PARSER(man);
#undef PARSER

#endif
