/* statehash.h - one number for all of the machine's state, cheap enough for every million
 * instructions.
 *
 * The hash covers the processor, virtual time, every device with its pins, and all of RAM space.
 * Two runs that give the same hash at the same count are in the same state.  RAM is hashed page by
 * page; each page's share is kept, and a dirty bit of its own tells which pages to hash again. */
#ifndef MACHINE_STATEHASH_H
#define MACHINE_STATEHASH_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct err;
struct machine;

struct statehash {
    FILE *file;           /* NULL: no lines are written */
    uint64_t every, next; /* counts */
    uint64_t *page;       /* share of each page of RAM space; 0 for a page of zeros */
    uint64_t sum;         /* of all shares */
};

bool statehash_open(struct machine *m, struct err *e);
void statehash_fini(struct statehash *h);

/* At an instruction boundary. */
uint64_t machine_hash(struct machine *m);
/* Writes the line of this count when it is due, and sets the next. */
void statehash_line(struct machine *m);

#endif
