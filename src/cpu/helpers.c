/* helpers.c - the table of helpers, made from their rows. */
#include "cpu/helpers.h"

const struct helper helpers[HELPER_COUNT] = {
#define HELPER(name, nargs, effects)                                                               \
    [HELPER_##name] = {#name, (void (*)(void))helper_##name, nargs, (effects)},
#include "cpu/helpers.def"
#undef HELPER
};
