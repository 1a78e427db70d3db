/* arena.h - memory for one unit of work (one block's translation), freed in one go. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include <stddef.h>

struct arena {
    struct arena_chunk *chunk; /* newest first */
    size_t used;               /* bytes taken from it */
};

void arena_fini(struct arena *a);
/* Zeroed, 16-byte aligned; never NULL (out of memory ends the program). */
void *arena_alloc(struct arena *a, size_t n);
/* Forgets all allocations, keeps the memory. */
void arena_reset(struct arena *a);

#endif
