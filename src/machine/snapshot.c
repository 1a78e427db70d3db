/* snapshot.c - saves and loads all state by the tables of processor and devices. */
#include "machine/snapshot.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/bytes.h"
#include "base/err.h"
#include "machine/board.h"
#include "machine/machine.h"
#include "translate/translate.h"

#define MAGIC          "BYGONESV"
#define FORMAT_VERSION 1u
#define CPU_VERSION    2u
#define TLB_VERSION    3u
#define HEAD_SIZE      12u
#define PAGE_ROW       (8u + PAGE_SIZE)

#define HASH_BLOCK     65536u

/* The hash at the end covers the file in blocks of HASH_BLOCK bytes, the last one shorter. */
static uint64_t hash_file(const uint8_t *p, size_t n)
{
    uint64_t h = 0;

    for (size_t at = 0; at < n; at += HASH_BLOCK)
        h = hash_bytes(p + at, (size_t)min_u64(HASH_BLOCK, n - at), h);
    return h;
}

/* What the machine is made of, as far as its state depends on it. */
static void describe(const struct machine *m, struct state_buf *b)
{
    const struct config *c = m->config;
    char line[128];

    int n = snprintf(line, sizeof(line), "memory=%" PRIu64 " cpu=%s", c->memory,
                     c->cpu ? c->cpu : "max");
    state_buf_put(b, line, min_u64((uint64_t)n, sizeof(line) - 1));
    for (unsigned i = 0; i < CONFIG_DRIVES; i++) {
        if (!m->drives[i])
            continue;
        n = snprintf(line, sizeof(line), " drive%u=%s,%" PRIu64, i,
                     c->drives[i].cdrom ? "cdrom" : "disk", m->drives[i]->size);
        state_buf_put(b, line, (size_t)n);
    }
}

/* ---- writing */

struct writer {
    FILE *file;
    uint64_t hash;
    size_t used;
    uint8_t block[HASH_BLOCK];
};

static void flush_block(struct writer *w)
{
    if (w->used) {
        fwrite(w->block, 1, w->used, w->file);
        w->hash = hash_bytes(w->block, w->used, w->hash);
    }
    w->used = 0;
}

static void put(struct writer *w, const void *p, size_t n)
{
    const uint8_t *from = p;

    while (n) {
        size_t len = (size_t)min_u64(n, sizeof(w->block) - w->used);
        memcpy(w->block + w->used, from, len);
        w->used += len;
        from += len;
        n -= len;
        if (w->used == sizeof(w->block))
            flush_block(w);
    }
}

static void put_number(struct writer *w, uint64_t v, unsigned size)
{
    uint8_t le[8];

    le_put(le, v, size);
    put(w, le, size);
}

static void put_head(struct writer *w, const char *name, uint32_t version, uint64_t len)
{
    put_number(w, strlen(name), 1);
    put(w, name, strlen(name));
    put_number(w, version, 4);
    put_number(w, len, 8);
}

static void put_table(struct writer *w, const char *name, uint32_t version,
                      const struct state_field *t, const void *obj)
{
    struct state_buf b = {0};

    state_save(t, obj, &b);
    put_head(w, name, version, b.len);
    put(w, b.data, b.len);
    state_buf_fini(&b);
}

static void put_tlb(struct writer *w, struct tlb *t)
{
    struct state_buf b = {0};

    tlb_save(t, &b);
    put_head(w, "tlb", TLB_VERSION, b.len);
    put(w, b.data, b.len);
    state_buf_fini(&b);
}

static void put_device(struct writer *w, const struct device *d)
{
    struct state_buf b = {0};

    state_save(d->cls->state, d, &b);
    put_head(w, d->name, d->cls->version, b.len + 16);
    put_number(w, d->out_level, 8);
    put_number(w, d->in_level, 8);
    put(w, b.data, b.len);
    state_buf_fini(&b);
}

static bool page_is_zero(const uint8_t *p)
{
    return !p[0] && !memcmp(p, p + 1, PAGE_SIZE - 1);
}

/* Writes each page that holds anything (with w NULL: counts them), without touching those that the
 * host has not given out. */
static uint64_t each_page(const struct ram *r, struct writer *w)
{
    uint64_t n = 0;
    off_t at = 0, end;

    while ((at = lseek(r->fd, at, SEEK_DATA)) >= 0 && (uint64_t)at < r->used) {
        end = lseek(r->fd, at, SEEK_HOLE);
        for (; at < end && (uint64_t)at < r->used; at += PAGE_SIZE) {
            if (page_is_zero(r->host + at))
                continue;
            n++;
            if (w) {
                put_number(w, (uint64_t)at >> PAGE_SHIFT, 8);
                put(w, r->host + at, PAGE_SIZE);
            }
        }
    }
    return n;
}

static void write_all(struct machine *m, struct writer *w)
{
    struct state_buf text = {0};

    put(w, MAGIC, 8);
    put_number(w, FORMAT_VERSION, 4);
    describe(m, &text);
    put_head(w, "config", 1, text.len);
    put(w, text.data, text.len);
    state_buf_fini(&text);
    put_table(w, "clock", 1, clock_state, &m->clock);
    put_table(w, "cpu", CPU_VERSION, cpu_state, &m->cpu);
    put_tlb(w, &m->cpu.tlb);
    for (size_t i = 0; i < m->devices.len; i++)
        put_device(w, m->devices.at[i]);
    put_head(w, "ram", 1, 8 + each_page(&m->ram, NULL) * PAGE_ROW);
    put_number(w, m->ram.used, 8);
    each_page(&m->ram, w);
    flush_block(w);
    uint8_t le[8];
    le64_put(le, w->hash);
    fwrite(le, 1, 8, w->file);
}

bool machine_save(struct machine *m, const char *path, struct err *e)
{
    struct writer *w = xcalloc(1, sizeof(*w));
    size_t n = strlen(path) + 5;
    char *fresh = xmalloc(n);
    bool ok = false;

    snprintf(fresh, n, "%s.new", path);
    machine_settle(m);
    w->file = fopen(fresh, "wb");
    if (w->file) {
        write_all(m, w);
        ok = !ferror(w->file);
        ok = !fclose(w->file) && ok && !rename(fresh, path);
    }
    if (!ok) {
        err_errno(e, "cannot save the machine to '%s'", path);
        unlink(fresh);
    }
    free(fresh);
    free(w);
    return ok;
}

/* ---- reading */

struct reader {
    const char *path;
    const uint8_t *data;
    size_t len, pos;      /* without the hash */
    struct state_buf tlb; /* that section: loaded last, when the memory map stands */
};

static bool cut_short(const struct reader *r, struct err *e)
{
    return err_set(e, "cannot load '%s': it is damaged or cut short", r->path);
}

/* The bytes of the next section, which must have this name and version. */
static bool take_section(struct reader *r, const char *name, uint32_t version, struct state_buf *b,
                         struct err *e)
{
    size_t n = strlen(name), head = 1 + n + 12;
    const uint8_t *p = r->data + r->pos;

    if (r->len - r->pos < head || p[0] != n || memcmp(p + 1, name, n))
        return err_set(e, "cannot load '%s': it was saved by a machine without %s", r->path, name);
    uint32_t has = le32_get(p + 1 + n);
    uint64_t len = le64_get(p + 5 + n);
    if (has != version)
        return err_set(e, "cannot load '%s': %s has version %u there, %u here", r->path, name, has,
                       version);
    if (len > r->len - r->pos - head)
        return cut_short(r, e);
    *b = (struct state_buf){.data = (uint8_t *)p + head, .len = len, .cap = len};
    r->pos += head + len;
    return true;
}

/* Loads a table from a section, or tries it on a copy when `apply` is false. */
static bool take_table(struct state_buf *b, const struct state_field *t, void *obj, size_t size,
                       bool apply, struct err *e)
{
    void *copy = apply ? NULL : xcalloc(1, size);
    bool ok = state_load(t, apply ? obj : copy, b, e);

    free(copy);
    return ok && (b->pos == b->len || err_set(e, "saved state is too long"));
}

static bool take_device(struct reader *r, struct device *d, bool apply, struct err *e)
{
    struct state_buf b;
    uint8_t pins[16];

    if (!take_section(r, d->name, d->cls->version, &b, e))
        return false;
    if (!state_buf_get(&b, pins, sizeof(pins)))
        return cut_short(r, e);
    if (!take_table(&b, d->cls->state, d, d->cls->size, apply, e))
        return false;
    if (apply) {
        d->out_level = le64_get(pins);
        d->in_level = le64_get(pins + 8);
    }
    return true;
}

static bool take_ram(struct reader *r, struct machine *m, bool apply, struct err *e)
{
    struct ram *ram = &m->ram;
    struct state_buf b;

    if (!take_section(r, "ram", 1, &b, e))
        return false;
    if (b.len < 8 || (b.len - 8) % PAGE_ROW || le64_get(b.data) != ram->used)
        return cut_short(r, e);
    if (apply &&
        fallocate(ram->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)ram->used))
        memset(ram->host, 0, ram->used);
    for (size_t at = 8; at < b.len; at += PAGE_ROW) {
        uint64_t page = le64_get(b.data + at);
        if (page >= ram->used >> PAGE_SHIFT)
            return cut_short(r, e);
        if (!apply)
            continue;
        memcpy(ram->host + (page << PAGE_SHIFT), b.data + at + 8, PAGE_SIZE);
        ram_touch(&m->mem, page << PAGE_SHIFT, PAGE_SIZE);
    }
    return true;
}

static bool take_config(struct reader *r, const struct machine *m, struct err *e)
{
    struct state_buf b, here = {0};

    if (!take_section(r, "config", 1, &b, e))
        return false;
    describe(m, &here);
    bool same = here.len == b.len && !memcmp(here.data, b.data, b.len);
    if (!same)
        err_set(e, "cannot load '%s': it is of another machine (%.*s; here %.*s)", r->path,
                (int)min_u64(b.len, 150), (const char *)b.data, (int)min_u64(here.len, 150),
                (const char *)here.data);
    state_buf_fini(&here);
    return same;
}

/* Walks the sections; with `apply` false nothing of the machine changes. */
static bool take_all(struct reader *r, struct machine *m, bool apply, struct err *e)
{
    struct state_buf b;

    r->pos = HEAD_SIZE;
    if (!take_config(r, m, e))
        return false;
    if (!take_section(r, "clock", 1, &b, e) ||
        !take_table(&b, clock_state, &m->clock, sizeof(m->clock), apply, e))
        return false;
    if (!take_section(r, "cpu", CPU_VERSION, &b, e) ||
        !take_table(&b, cpu_state, &m->cpu, sizeof(m->cpu), apply, e))
        return false;
    if (!take_section(r, "tlb", TLB_VERSION, &r->tlb, e) || !tlb_check(&m->cpu.tlb, &r->tlb, e))
        return false;
    for (size_t i = 0; i < m->devices.len; i++) {
        if (!take_device(r, m->devices.at[i], apply, e))
            return false;
    }
    if (!take_ram(r, m, apply, e))
        return false;
    return r->pos == r->len ||
           err_set(e, "cannot load '%s': it holds more than this machine has", r->path);
}

static bool check_file(struct reader *r, size_t size, struct err *e)
{
    if (size < HEAD_SIZE + 8 || memcmp(r->data, MAGIC, 8))
        return err_set(e, "cannot load '%s': it is not a saved machine", r->path);
    if (le32_get(r->data + 8) != FORMAT_VERSION)
        return err_set(e, "cannot load '%s': its format has version %u, not %u", r->path,
                       le32_get(r->data + 8), FORMAT_VERSION);
    r->len = size - 8;
    return hash_file(r->data, r->len) == le64_get(r->data + r->len) || cut_short(r, e);
}

/* What the tables leave out is made again. */
static void after_load(struct machine *m, const struct reader *r)
{
    clock_requeue(&m->clock);
    for (size_t i = 0; i < m->devices.len; i++) {
        struct device *d = m->devices.at[i];
        if (d->cls->post_load)
            d->cls->post_load(d);
    }
    board_post_load(m);
    cpu_post_load(&m->cpu);
    engine_flush(m->engine);
    tlb_load(&m->cpu.tlb, &r->tlb);
    m->cpu.tlb_base = tlb_base(&m->cpu.tlb, m->cpu.mmu);
    m->cpu.flush_pending = false;
    m->reset_asked = false;
}

bool machine_load(struct machine *m, const char *path, struct err *e)
{
    struct reader r = {.path = path};
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &st)) {
        err_errno(e, "cannot load '%s'", path);
        if (fd >= 0)
            close(fd);
        return false;
    }
    size_t size = S_ISREG(st.st_mode) ? (size_t)st.st_size : 0;
    void *map = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    close(fd);
    if (map == MAP_FAILED)
        return err_set(e, "cannot load '%s': it is not a saved machine", path);
    r.data = map;
    bool ok = check_file(&r, size, e) && take_all(&r, m, false, e) && take_all(&r, m, true, e);
    if (ok)
        after_load(m, &r);
    munmap(map, size);
    return ok;
}
