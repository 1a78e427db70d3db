/* opt.h - passes over a block of IR, in the order of the pipeline table in opt.c.
 *
 * Each pass is a file and a function; each leaves a block that ir_check() accepts. */
#ifndef TRANSLATE_OPT_OPT_H
#define TRANSLATE_OPT_OPT_H
#include "translate/ir/ir.h"

struct opt_pass {
    const char *name;
    void (*run)(struct ir_block *b);
};
extern const struct opt_pass opt_passes[];
extern const size_t opt_pass_count;

/* Runs all passes; logs under LOG_IR; checks after each in check builds. */
void opt_run(struct ir_block *b, const struct log *log);

void opt_fold(struct ir_block *b);       /* constant folding */
void opt_copy(struct ir_block *b);       /* copy forwarding */
void opt_dead_flags(struct ir_block *b); /* drops unwanted flags from fset, fills in fkeep */
void opt_dead_code(struct ir_block *b);  /* removes operations whose results nobody reads */

#endif
