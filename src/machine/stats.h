/* stats.h - the engine's counts as a file, for measurements (-stats). */
#ifndef MACHINE_STATS_H
#define MACHINE_STATS_H
#include <stdbool.h>

struct machine;
struct err;

/* Writes one JSON object: instructions counted, virtual nanoseconds, the counts of
 * translate/stats.def, and what follows from them.  False with a sentence. */
bool machine_write_stats(struct machine *m, const char *file, struct err *e);

#endif
