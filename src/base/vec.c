/* vec.c - growth of arrays, and allocation that cannot fail. */
#include "base/vec.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void *checked(void *p, size_t n)
{
    if (!p && n) {
        fprintf(stderr, "bygone: out of memory (%zu bytes)\n", n);
        exit(1);
    }
    return p;
}

void *vec_grow_(void *at, size_t *cap, size_t need, size_t elem)
{
    size_t n = *cap ? *cap : 8;

    while (n < need)
        n = n > SIZE_MAX / 2 ? need : n * 2;
    if (n > SIZE_MAX / elem)
        return checked(NULL, SIZE_MAX);
    *cap = n;
    return checked(realloc(at, n * elem), n * elem);
}

void *xmalloc(size_t n)
{
    return checked(malloc(n), n);
}

void *xcalloc(size_t n, size_t size)
{
    return checked(calloc(n, size), n && size ? n : 0);
}

char *xstrdup(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(xmalloc(n), s, n);
}
