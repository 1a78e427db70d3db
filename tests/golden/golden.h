/* golden.h - emitted code as text that is the same in each run and on each machine.
 *
 * A block of blocks.def is translated on a bare engine, never run, and its code disassembled.  What
 * depends on the run or the host is named instead: fields of struct cpu, the engine's stubs and
 * tables, the distance to the TLB's tables.  Pointers count as the ten bytes of a 64-bit MOV.
 *
 * The code generator asks the host what its instructions leave undefined; here it is told that the
 * host does as docs/undefined.md says. */
#ifndef TESTS_GOLDEN_GOLDEN_H
#define TESTS_GOLDEN_GOLDEN_H
#include <stdio.h>
#include "translate/backend/x86_64/jit.h"

enum mode { USER, KERNEL, REAL, SEG32 };
enum forms { PLAIN, BOTH };

struct sample {
    const char *name;
    enum mode mode;
    enum forms forms;
    uint32_t at;
    const uint8_t *first, *end; /* bytes */
};
extern const struct sample samples[];
extern const unsigned samples_count;

/* bench.c: a processor and an engine with nothing around them. */
struct bench {
    struct ram ram;
    struct physmem mem;
    struct region region;
    struct clock clock;
    struct log log;
    struct cpu cpu;
    struct engine *engine;
};
bool bench_init(struct bench *b, struct err *e);
void bench_fini(struct bench *b);
/* Forgets what was translated before. */
struct block *bench_translate(struct bench *b, const struct sample *s);
struct block *bench_promote(struct bench *b);

/* names.c.  Each returns false for what has no name. */
enum { NAME_SIZE = 64 };
bool name_field(uint32_t off, char name[NAME_SIZE]); /* of struct cpu */
bool name_code(const struct engine *e, const uint8_t *at, char name[NAME_SIZE]);
bool name_pointer(const struct engine *e, const struct block *b, uint64_t v, char name[NAME_SIZE]);

/* listing.c: false when something had no name. */
bool listing(const struct bench *m, const struct sample *s, const struct block *b, FILE *out);

#endif
