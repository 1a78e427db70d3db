/* vec.h - a growing array: declare `VEC(struct x) v = {0}`, then vec_push(&v, item), v.at[i],
 * v.len. */
#ifndef BASE_VEC_H
#define BASE_VEC_H
#include <stddef.h>
#include <stdlib.h>

#define VEC(T)                                                                                     \
    struct {                                                                                       \
        T *at;                                                                                     \
        size_t len, cap;                                                                           \
    }

/* Out of memory ends the program. */
void *vec_grow_(void *at, size_t *cap, size_t need, size_t elem);

#define vec_reserve(v, n)                                                                          \
    ((n) > (v)->cap ? (void)((v)->at = vec_grow_((v)->at, &(v)->cap, (n), sizeof *(v)->at))        \
                    : (void)0)
#define vec_push(v, item) (vec_reserve((v), (v)->len + 1), (v)->at[(v)->len++] = (item))
#define vec_clear(v)      ((v)->len = 0)
#define vec_fini(v)       (free((v)->at), (v)->at = NULL, (v)->len = (v)->cap = 0)

/* malloc and calloc that end the program with a sentence when memory runs out. */
void *xmalloc(size_t n);
void *xcalloc(size_t n, size_t size);
char *xstrdup(const char *s);

#endif
