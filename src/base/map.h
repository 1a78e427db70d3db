/* map.h - a hash map from uint64_t to a pointer (open addressing, linear probing). */
#ifndef BASE_MAP_H
#define BASE_MAP_H
#include <stddef.h>
#include <stdint.h>

struct map {
    struct map_slot *slots; /* power-of-two many, or NULL */
    size_t len, cap;
};

void map_fini(struct map *m);
void *map_get(const struct map *m, uint64_t key);       /* NULL when absent */
void map_put(struct map *m, uint64_t key, void *value); /* value is not NULL */
void *map_remove(struct map *m, uint64_t key);          /* the value it had, or NULL */
void map_clear(struct map *m);

#endif
