/* ram.c - RAM space: one memfd, mapped once, with a dirty byte and a code byte for each page. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/err.h"
#include "mem/physmem.h"

static void *map_anon(size_t n)
{
    return mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                0);
}

bool ram_init(struct ram *r, uint64_t size, struct err *e)
{
    uint64_t pages = (size + PAGE_SIZE - 1) >> PAGE_SHIFT;

    *r = (struct ram){.size = pages << PAGE_SHIFT, .fd = -1};
    r->host = MAP_FAILED;
    r->dirty = r->code = MAP_FAILED;
    r->fd = memfd_create("bygone-ram", MFD_CLOEXEC);
    if (r->fd >= 0 && !ftruncate(r->fd, (off_t)r->size)) {
        r->host = mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, r->fd, 0);
        r->dirty = map_anon(pages);
        r->code = map_anon(pages);
    }
    if (r->host != MAP_FAILED && r->dirty != MAP_FAILED && r->code != MAP_FAILED)
        return true;
    err_errno(e, "cannot reserve %llu MB of memory for the guest",
              (unsigned long long)(r->size >> 20));
    ram_fini(r);
    return false;
}

void ram_fini(struct ram *r)
{
    uint64_t pages = r->size >> PAGE_SHIFT;

    if (r->host && r->host != MAP_FAILED)
        munmap(r->host, r->size);
    if (r->dirty && r->dirty != MAP_FAILED)
        munmap(r->dirty, pages);
    if (r->code && r->code != MAP_FAILED)
        munmap(r->code, pages);
    if (r->fd >= 0)
        close(r->fd);
    *r = (struct ram){.fd = -1};
}

uint64_t ram_alloc(struct ram *r, uint64_t size)
{
    uint64_t off = r->used;

    size = (size + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
    assert(size <= r->size - r->used);
    r->used += size;
    return off;
}

bool ram_test_and_clear_dirty(struct ram *r, uint64_t off, uint64_t len, enum dirty_client client)
{
    uint64_t page = off >> PAGE_SHIFT, end = (off + len + PAGE_SIZE - 1) >> PAGE_SHIFT;
    bool any = false;

    for (; page < end; page++) {
        any |= (r->dirty[page] & client) != 0;
        r->dirty[page] &= (uint8_t)~client;
    }
    return any;
}
