/* map.c - a hash map from uint64_t to a pointer (open addressing, linear probing). */
#include "base/map.h"
#include <stdlib.h>
#include <string.h>
#include "base/vec.h"

struct map_slot {
    uint64_t key;
    void *value; /* NULL: the slot is free */
};

/* The finalizer of Fibonacci hashing: high bits of the product depend on every bit of the key. */
static size_t map_home(const struct map *m, uint64_t key)
{
    uint64_t h = (key ^ key >> 32) * 0x9e3779b97f4a7c15ull;
    return (size_t)(h >> 32 ^ h >> 12) & (m->cap - 1);
}

/* The slot that holds key, or the free one where it would go. */
static struct map_slot *map_slot(const struct map *m, uint64_t key)
{
    size_t i = map_home(m, key);

    while (m->slots[i].value && m->slots[i].key != key)
        i = (i + 1) & (m->cap - 1);
    return &m->slots[i];
}

static void map_grow(struct map *m)
{
    struct map old = *m;

    m->cap = old.cap ? old.cap * 2 : 16;
    m->slots = xcalloc(m->cap, sizeof(*m->slots));
    for (size_t i = 0; i < old.cap; i++) {
        if (old.slots[i].value)
            *map_slot(m, old.slots[i].key) = old.slots[i];
    }
    free(old.slots);
}

void map_fini(struct map *m)
{
    free(m->slots);
    *m = (struct map){0};
}

void *map_get(const struct map *m, uint64_t key)
{
    return m->cap ? map_slot(m, key)->value : NULL;
}

void map_put(struct map *m, uint64_t key, void *value)
{
    if ((m->len + 1) * 2 > m->cap)
        map_grow(m);
    struct map_slot *s = map_slot(m, key);
    m->len += !s->value;
    *s = (struct map_slot){key, value};
}

void *map_remove(struct map *m, uint64_t key)
{
    struct map_slot *s = m->cap ? map_slot(m, key) : NULL;

    if (!s || !s->value)
        return NULL;
    void *value = s->value;
    size_t hole = (size_t)(s - m->slots), i = hole;
    m->len--;
    /* Move later members of the run into the hole where their home allows it. */
    for (;;) {
        m->slots[hole].value = NULL;
        size_t home;
        do {
            i = (i + 1) & (m->cap - 1);
            if (!m->slots[i].value)
                return value;
            home = map_home(m, m->slots[i].key);
        } while (((i - home) & (m->cap - 1)) < ((i - hole) & (m->cap - 1)));
        m->slots[hole] = m->slots[i];
        hole = i;
    }
}

void map_clear(struct map *m)
{
    if (m->cap)
        memset(m->slots, 0, m->cap * sizeof(*m->slots));
    m->len = 0;
}
