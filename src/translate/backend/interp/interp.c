/* interp.c - the interpreter as a backend: its life, links, and finding the running instruction. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "translate/backend/interp/interp.h"

static struct block_exit *enter(struct engine *e, struct block *b)
{
    return interp_run(e->data, b->code, NULL);
}

static struct record *record_at(const struct block_exit *x, uint32_t index)
{
    return (struct record *)x->from->code + index;
}

static void link_exit(struct engine *e, struct block_exit *x, struct block *to)
{
    struct record *r = record_at(x, x->site);

    (void)e;
    if (!x->page_site) {
        r->target = to->code;
        return;
    }
    record_at(x, x->page_site)[1].target = to->code;
    r->target = record_at(x, x->page_site);
}

static void unlink_exit(struct engine *e, struct block_exit *x)
{
    (void)e;
    record_at(x, x->site)->target = record_at(x, x->stub);
}

/* Blocks lie in the order of their code. */
static struct block *block_at(struct engine *e, const void *pc)
{
    size_t lo = 0, hi = e->blocks.len;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if ((uintptr_t)e->blocks.at[mid]->code <= (uintptr_t)pc)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo ? e->blocks.at[lo - 1] : NULL;
}

static struct block *locate(struct engine *e, unsigned *index)
{
    const struct record *r = e->cpu->host_pc;
    struct block *b = block_at(e, r);

    assert(b);
    *index = r->index;
    return b;
}

static void flush(struct engine *e)
{
    struct interp *d = e->data;
    d->used = 0;
}

/* --- life --- */

static bool condition(unsigned cc, unsigned of, unsigned lahf)
{
    bool holds[8] = {
        of,
        lahf & FLAG_C,
        lahf & FLAG_Z,
        lahf & (FLAG_C | FLAG_Z),
        lahf & FLAG_S,
        lahf & FLAG_P,
        lahf >> 7 != of,
        lahf & FLAG_Z || lahf >> 7 != of,
    };
    return holds[cc >> 1] != (cc & 1);
}

static void fill_conditions(struct interp *d)
{
    for (unsigned n = 0; n < ARRAY_LEN(d->conditions); n++) {
        for (unsigned cc = 0; cc < 16; cc++)
            d->conditions[n] |= (uint16_t)(condition(cc, n >> 8, n & 0xff) << cc);
    }
}

/* uint64_t helper(struct cpu *, uint64_t ...), for each number of arguments. */
static bool prepare_calls(struct interp *d)
{
    d->types[0] = &ffi_type_pointer;
    for (unsigned n = 1; n < 5; n++)
        d->types[n] = &ffi_type_uint64;
    for (unsigned n = 0; n < 5; n++) {
        if (ffi_prep_cif(&d->cif[n], FFI_DEFAULT_ABI, n + 1, &ffi_type_uint64, d->types) != FFI_OK)
            return false;
    }
    return true;
}

static bool init(struct engine *e, struct err *err)
{
    struct interp *d = xcalloc(1, sizeof *d);

    d->e = e;
    d->cpu = d->cpu_arg = e->cpu;
    d->size = e->config.cache_bytes < 256 << 10 ? 256 << 10 : e->config.cache_bytes;
    if (!prepare_calls(d)) {
        free(d);
        return err_set(err, "libffi cannot call the helpers on this host");
    }
    d->code = xmalloc(d->size);
    interp_run(NULL, NULL, &d->labels);
    fill_conditions(d);
    e->data = d;
    return true;
}

static void fini(struct engine *e)
{
    struct interp *d = e->data;

    free(d->code);
    free(d);
}

const struct backend backend_interp = {
    .name = "interp",
    .init = init,
    .fini = fini,
    .compile = interp_compile,
    .enter = enter,
    .link = link_exit,
    .unlink = unlink_exit,
    .locate = locate,
    .flush = flush,
};
