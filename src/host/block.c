/* block.c - raw image files, and the writes that a snapshot keeps in memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/bits.h"
#include "base/err.h"
#include "base/map.h"
#include "base/vec.h"
#include "host/block.h"

#define SECTOR  512u
#define CLUSTER 4096u /* what the overlay of a snapshot keeps at a time */

struct raw {
    struct block block;
    int fd;
    char *path;
    uint64_t file_size;      /* as it was opened; past it a read gives zeros */
    bool overlaid;           /* writes stay in memory */
    struct map overlay;      /* cluster number -> CLUSTER bytes */
    VEC(uint8_t *) clusters; /* the same, to be freed */
};

static struct raw *of(struct block *b)
{
    return (struct raw *)b;
}

static bool read_file(struct raw *r, uint64_t off, uint8_t *buf, size_t n, struct err *e)
{
    size_t want = off < r->file_size ? (size_t)min_u64(n, r->file_size - off) : 0;

    memset(buf + want, 0, n - want);
    while (want) {
        ssize_t got = pread(r->fd, buf, want, (off_t)off);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno(e, "cannot read disk image '%s' at byte %llu", r->path,
                             (unsigned long long)off);
        if (got == 0)
            return err_set(e, "disk image '%s' ends at byte %llu and was %llu bytes long", r->path,
                           (unsigned long long)off, (unsigned long long)r->file_size);
        buf += got;
        off += (uint64_t)got;
        want -= (size_t)got;
    }
    return true;
}

static bool write_file(struct raw *r, uint64_t off, const uint8_t *buf, size_t n, struct err *e)
{
    while (n) {
        ssize_t put = pwrite(r->fd, buf, n, (off_t)off);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return err_errno(e, "cannot write disk image '%s' at byte %llu", r->path,
                             (unsigned long long)off);
        buf += put;
        off += (uint64_t)put;
        n -= (size_t)put;
        r->file_size = max_u64(r->file_size, off);
    }
    return true;
}

/* Bytes of [off, off+n) up to the end of the cluster that off lies in. */
static size_t in_cluster(uint64_t off, size_t n)
{
    return (size_t)min_u64(n, CLUSTER - off % CLUSTER);
}

static bool overlay_read(struct raw *r, uint64_t off, uint8_t *buf, size_t n, struct err *e)
{
    while (n) {
        size_t k = in_cluster(off, n);
        const uint8_t *c = map_get(&r->overlay, off / CLUSTER);

        if (c)
            memcpy(buf, c + off % CLUSTER, k);
        else if (!read_file(r, off, buf, k, e))
            return false;
        buf += k;
        off += k;
        n -= k;
    }
    return true;
}

/* The overlay's copy of a cluster, made from the file at its first write. */
static uint8_t *overlay_cluster(struct raw *r, uint64_t cluster, struct err *e)
{
    uint8_t *c = map_get(&r->overlay, cluster);

    if (c)
        return c;
    c = xmalloc(CLUSTER);
    if (!read_file(r, cluster * CLUSTER, c, CLUSTER, e)) {
        free(c);
        return NULL;
    }
    map_put(&r->overlay, cluster, c);
    vec_push(&r->clusters, c);
    return c;
}

static bool overlay_write(struct raw *r, uint64_t off, const uint8_t *buf, size_t n, struct err *e)
{
    while (n) {
        size_t k = in_cluster(off, n);
        uint8_t *c = overlay_cluster(r, off / CLUSTER, e);

        if (!c)
            return false;
        memcpy(c + off % CLUSTER, buf, k);
        buf += k;
        off += k;
        n -= k;
    }
    return true;
}

static bool raw_read(struct block *b, uint64_t off, void *buf, size_t n, struct err *e)
{
    struct raw *r = of(b);

    if (off > b->size || n > b->size - off)
        return err_set(e, "disk image '%s' has no byte %llu", r->path,
                       (unsigned long long)(off + n));
    return r->overlaid ? overlay_read(r, off, buf, n, e) : read_file(r, off, buf, n, e);
}

static bool raw_write(struct block *b, uint64_t off, const void *buf, size_t n, struct err *e)
{
    struct raw *r = of(b);

    if (b->readonly)
        return err_set(e, "disk image '%s' is read-only", r->path);
    if (off > b->size || n > b->size - off)
        return err_set(e, "disk image '%s' has no byte %llu", r->path,
                       (unsigned long long)(off + n));
    return r->overlaid ? overlay_write(r, off, buf, n, e) : write_file(r, off, buf, n, e);
}

static bool raw_flush(struct block *b, struct err *e)
{
    struct raw *r = of(b);

    if (r->overlaid || b->readonly || fdatasync(r->fd) == 0)
        return true;
    return err_errno(e, "cannot flush disk image '%s'", r->path);
}

static void raw_close(struct block *b)
{
    struct raw *r = of(b);

    for (size_t i = 0; i < r->clusters.len; i++)
        free(r->clusters.at[i]);
    vec_fini(&r->clusters);
    map_fini(&r->overlay);
    close(r->fd);
    free(r->path);
    free(r);
}

/* Size of a regular file or a block device; anything else is refused. */
static bool image_size(int fd, const char *path, uint64_t *size, struct err *e)
{
    struct stat st;
    off_t end;

    if (fstat(fd, &st) < 0)
        return err_errno(e, "cannot examine disk image '%s'", path);
    if (S_ISDIR(st.st_mode))
        return err_set(e, "disk image '%s' is a directory", path);
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return err_set(e, "disk image '%s' is neither a file nor a block device", path);
    end = lseek(fd, 0, SEEK_END);
    if (end < 0)
        return err_errno(e, "cannot find the size of disk image '%s'", path);
    if (end == 0)
        return err_set(e, "disk image '%s' is empty", path);
    *size = (uint64_t)end;
    return true;
}

static int open_image(const char *path, bool for_writing, struct err *e)
{
    /* Not blocking, so that a FIFO is refused and not waited for. */
    int fd = open(path, (for_writing ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 && errno == EISDIR)
        err_set(e, "disk image '%s' is a directory", path);
    else if (fd < 0)
        err_errno(e, "cannot open disk image '%s'", path);
    return fd;
}

struct block *block_open_raw(const char *path, bool readonly, bool snapshot, struct err *e)
{
    int fd = open_image(path, !readonly && !snapshot, e);
    uint64_t size = 0;
    struct raw *r;

    if (fd < 0)
        return NULL;
    if (!image_size(fd, path, &size, e)) {
        close(fd);
        return NULL;
    }
    r = xcalloc(1, sizeof *r);
    r->block = (struct block){.size = (size + SECTOR - 1) / SECTOR * SECTOR,
                              .readonly = readonly,
                              .read = raw_read,
                              .write = raw_write,
                              .flush = raw_flush,
                              .close = raw_close};
    r->fd = fd;
    r->path = xstrdup(path);
    r->file_size = size;
    r->overlaid = snapshot && !readonly;
    return &r->block;
}
