/* snapshot.h - a saved machine: one file with all of its state.
 *
 *     "BYGONESV"  format version (4 bytes)
 *     sections, each: length of name (1), name, version (4), length (8), bytes
 *         "config"      what the machine is made of, as text
 *         "clock", "cpu", "tlb"
 *         one for each device, by its name: levels of its output and input pins (8 each), its table
 *         "ram"         size used (8), then rows: RAM page number (8), 4096 bytes; pages of zeros
 * are left out hash of all bytes before it (8)
 *
 * Numbers are little-endian.  The bytes of a section are what state_save writes by the table of the
 * version named, so that a file moves between hosts and engines. */
#ifndef MACHINE_SNAPSHOT_H
#define MACHINE_SNAPSHOT_H
#include <stdbool.h>

struct err;
struct machine;

/* At an instruction boundary.  The file is replaced only when all was written. */
bool machine_save(struct machine *m, const char *path, struct err *e);

/* Into a fresh machine of the same configuration.  False when the file is damaged, cut short, or of
 * another machine; then nothing has happened. */
bool machine_load(struct machine *m, const char *path, struct err *e);

#endif
