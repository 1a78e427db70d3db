/* work.h - the benchmark programs: each does a fixed amount of work and returns a checksum.
 *
 * A row of programs.def names a program by class and name and gives its function.  The checksum
 * depends on the results alone, so it is the same on every correct PC; work.c prints it.
 *
 * A host takes the time between the lines BENCH-BEGIN and BENCH-END.  Amounts are such that QEMU's
 * TCG takes some 0.2 to 1 s. */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H
#include <stddef.h>
#include <stdint.h>

#define WORK(class, name, what) uint32_t class##_##name(void);
#include "programs.def"
#undef WORK

/* Adds a value to a checksum (FNV-1a over its four bytes at once). */
static inline uint32_t mix(uint32_t sum, uint32_t value)
{
    return (sum ^ value) * 16777619u;
}

/* The next number of a fixed sequence (xorshift of 32 bits); *state is never 0. */
static inline uint32_t random_next(uint32_t *state)
{
    uint32_t x = *state;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

/* Zeroed memory, which is never given back; ends the program when there is none. */
void *get_memory(size_t bytes);
/* `bytes` of text made of words, lines and numbers. */
char *make_text(size_t bytes);
/* Ends the program with a sentence unless `ok`. */
void must(int ok, const char *what);

#endif
