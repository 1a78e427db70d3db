/* translate.h - the engine as the machine sees it: runs the CPU for an exact number of
 * instructions.
 *
 * An engine is the run loop and the cache of blocks (the same for all), and a backend that turns IR
 * into something to run: host code (x86_64) or threaded operations (interp). */
#ifndef TRANSLATE_TRANSLATE_H
#define TRANSLATE_TRANSLATE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "cpu/cpu.h"

struct engine;
struct err;

struct engine_config {
    const char *name;   /* "jit" or "interp" */
    size_t cache_bytes; /* of translated code; 0: 128 MB */
    unsigned max_insns; /* longest block, 1 to 64; 0: 64 */
    unsigned hot;       /* runs after which a block is promoted; 0: 1500 */
    /* For tests: the code generator behaves as on a host that differs in all that is undefined. */
    bool soft_undefined;
};

/* Counts since the engine was made. */
struct engine_stats {
#define STAT(name, what) uint64_t name;
#include "translate/stats.def"
#undef STAT
};

/* Connects itself to cpu->engine and its hooks. False with a sentence for an unknown name or a host
 * that the engine does not know. */
struct engine *engine_new(struct cpu *cpu, const struct engine_config *config, struct err *e);
void engine_free(struct engine *e);

/* Runs until cpu_count() reaches `until`, or until one of enum cpu_exit happens before.  An
 * instruction that itself counts several (exceptions delivered at the end) may overshoot by the
 * deliveries. */
enum cpu_exit engine_run(struct engine *e, uint64_t until);

/* A device wrote RAM that holds translated code (physmem's code_write). */
void engine_code_write(struct engine *e, uint64_t ram_off, uint64_t len);
/* Forgets all translations (after a load). */
void engine_flush(struct engine *e);
const struct engine_stats *engine_get_stats(const struct engine *e);

#endif
