/* entry.c - a target as libFuzzer calls it: one program for each, by -DTARGET. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "fuzz.h"

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

bool fuzz_verbose;

_Noreturn void fuzz_fail(const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "fuzz: ");
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\n");
    abort();
}

static const struct fuzz_target *target(void)
{
    static const struct fuzz_target *t;

    if (!t)
        t = fuzz_target_find(TEXT(TARGET));
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    target()->run(data, size);
    return 0;
}

/* By turns: libFuzzer's own change of bytes, one that knows what they mean, a new input. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    struct rng r = {.s = seed};

    if (max > INPUT_MAX)
        max = INPUT_MAX;
    switch (rng_below(&r, 8)) {
    case 0:
    case 1:
        return LLVMFuzzerMutate(data, size, max);
    case 2:
        return target()->make(data, max, rng_next(&r));
    }
    return target()->mutate(data, size, max, rng_next(&r));
}
