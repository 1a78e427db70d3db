/* opt.c - the pipeline of passes. */
#include "config.h"
#include <assert.h>
#include "base/err.h"
#include "translate/opt/opt.h"

const struct opt_pass opt_passes[] = {
    {"fold", opt_fold},
    {"copy", opt_copy},
    {"dead flags", opt_dead_flags},
    {"dead code", opt_dead_code},
};
const size_t opt_pass_count = sizeof(opt_passes) / sizeof(opt_passes[0]);

static void check(const struct ir_block *b, const char *after)
{
#ifdef IR_CHECK
    struct err e = {""};

    if (!ir_check(b, &e)) {
        fprintf(stderr, "IR is broken after %s: %s\n", after, e.msg);
        ir_print(b, stderr);
        assert(!"IR check");
    }
#else
    (void)b;
    (void)after;
#endif
}

void opt_run(struct ir_block *b, const struct log *log)
{
    check(b, "lifting");
    if (log_on(log, LOG_IR)) {
        log_print(log, "IR, lifted:\n");
        ir_print(b, log->file);
    }
    for (size_t n = 0; n < opt_pass_count; n++) {
        opt_passes[n].run(b);
        check(b, opt_passes[n].name);
        if (log_on(log, LOG_IR)) {
            log_print(log, "IR, after %s:\n", opt_passes[n].name);
            ir_print(b, log->file);
        }
    }
}
