/* arena.c - memory for one unit of work, freed in one go. */
#include "base/arena.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/vec.h"

#define ARENA_CHUNK 65536u
#define ARENA_ALIGN 16u

struct arena_chunk {
    struct arena_chunk *next; /* older */
    size_t size;              /* bytes of data */
    uint64_t pad[2];          /* keeps data 16-byte aligned */
    uint8_t data[];
};
_Static_assert(sizeof(struct arena_chunk) % ARENA_ALIGN == 0, "data must be aligned");

static void arena_grow(struct arena *a, size_t need)
{
    size_t size = need > ARENA_CHUNK ? need : ARENA_CHUNK;
    struct arena_chunk *c = xmalloc(sizeof(*c) + size);

    c->next = a->chunk;
    c->size = size;
    a->chunk = c;
    a->used = 0;
}

void *arena_alloc(struct arena *a, size_t n)
{
    n = (n + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (!a->chunk || a->chunk->size - a->used < n)
        arena_grow(a, n);
    void *p = a->chunk->data + a->used;
    a->used += n;
    return memset(p, 0, n);
}

/* Keeps the largest chunk, so that a steady workload settles on a single one. */
void arena_reset(struct arena *a)
{
    struct arena_chunk *keep = NULL;

    while (a->chunk) {
        struct arena_chunk *c = a->chunk;
        a->chunk = c->next;
        if (keep && keep->size >= c->size) {
            free(c);
        } else {
            free(keep);
            keep = c;
        }
    }
    if (keep)
        keep->next = NULL;
    a->chunk = keep;
    a->used = 0;
}

void arena_fini(struct arena *a)
{
    arena_reset(a);
    free(a->chunk);
    a->chunk = NULL;
}
