/* block.h - a disk image or CD image as the machine sees it: sectors of 512 bytes, synchronous.
 *
 * Completions fall due at virtual times in the devices; the host's own latency is never seen. */
#ifndef HOST_BLOCK_H
#define HOST_BLOCK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

struct block {
    uint64_t size; /* bytes; a multiple of 512 (a ragged last sector reads zeros) */
    bool readonly;
    bool (*read)(struct block *b, uint64_t off, void *buf, size_t n, struct err *e);
    bool (*write)(struct block *b, uint64_t off, const void *buf, size_t n, struct err *e);
    bool (*flush)(struct block *b, struct err *e);
    void (*close)(struct block *b);
};

/* A raw image file.  A directory, an empty file, or a missing one is refused with a sentence.  With
 * `snapshot`, writes go to memory and are lost at close. */
struct block *block_open_raw(const char *path, bool readonly, bool snapshot, struct err *e);
static inline void block_close(struct block *b)
{
    if (b)
        b->close(b);
}

#endif
