/* names.c - names of what emitted code refers to. */
#include <string.h>
#include "base/field.h"
#include "cpu/helpers.h"
#include "golden.h"

/* --- struct cpu, by its state table --- */

static const struct state_field *field_at(const struct state_field *t, uint32_t off)
{
    for (; t->name; t++) {
        if (off >= t->offset && off < t->offset + t->size * t->count)
            return t;
    }
    return NULL;
}

static void put_field(const struct state_field *t, uint32_t off, char *name, size_t room)
{
    const struct state_field *f = field_at(t, off);
    int n;

    if (!f) {
        snprintf(name, room, "?");
        return;
    }
    off -= f->offset;
    if (f->count > 1)
        n = snprintf(name, room, "%s[%u]", f->name, off / f->size);
    else
        n = snprintf(name, room, "%s", f->name);
    off %= f->size;
    if ((size_t)n + 2 >= room)
        return;
    if (f->sub) {
        name[n] = '.';
        put_field(f->sub, off, name + n + 1, room - (size_t)n - 1);
    } else if (off) {
        snprintf(name + n, room - (size_t)n, "+%u", off);
    }
}

bool name_field(uint32_t off, char name[NAME_SIZE])
{
    if (off >= sizeof(struct cpu))
        return false;
    put_field(cpu_state, off, name, NAME_SIZE);
    return true;
}

/* --- the engine's code --- */

static bool name_helper(const struct jit_data *d, const uint8_t *at, char name[NAME_SIZE])
{
    for (unsigned n = 0; n < HELPER_COUNT; n++) {
        if (d->helper[n] == at) {
            snprintf(name, NAME_SIZE, "helper_%s", helpers[n].name);
            return true;
        }
    }
    return false;
}

static bool name_access(const struct jit_data *d, const uint8_t *at, char name[NAME_SIZE])
{
    const struct {
        const char *name;
        uint8_t *const *at;
    } rows[] = {{"load", d->load},
                {"store", d->store},
                {"loadw", d->loadw},
                {"out_load", d->out_load},
                {"out_store", d->out_store}};

    for (unsigned k = 0; k < ARRAY_LEN(rows); k++) {
        for (unsigned size = 1; size <= 8; size *= 2) {
            if (rows[k].at[size] == at) {
                snprintf(name, NAME_SIZE, "%s%u", rows[k].name, size);
                return true;
            }
        }
    }
    return false;
}

bool name_code(const struct engine *e, const uint8_t *at, char name[NAME_SIZE])
{
    const struct jit_data *d = e->data;
    const struct {
        const char *name;
        const uint8_t *at;
    } rows[] = {{"exit", d->exit},
                {"dispatch", d->dispatch},
                {"miss", d->miss},
                {"return_miss", d->return_miss},
                {"return_base", d->return_base},
                {"slow_fill", d->out_fill},
                {"slow_group", d->group},
                {"slow_linear", d->linear},
                {"slow_alu", d->alu}};

    for (unsigned k = 0; k < ARRAY_LEN(rows); k++) {
        if (rows[k].at == at) {
            snprintf(name, NAME_SIZE, "%s", rows[k].name);
            return true;
        }
    }
    return name_helper(d, at, name) || name_access(d, at, name);
}

/* --- data --- */

bool name_pointer(const struct engine *e, const struct block *b, uint64_t v, char name[NAME_SIZE])
{
    const struct jit_data *d = e->data;

    for (unsigned n = 0; n < b->nexits; n++) {
        if (v == (uintptr_t)&b->exit[n]) {
            snprintf(name, NAME_SIZE, "exit_record[%u]", n);
            return true;
        }
    }
    if (v == (uintptr_t)e->jump)
        snprintf(name, NAME_SIZE, "jump_cache");
    else if (b->runs && v == (uintptr_t)b->runs)
        snprintf(name, NAME_SIZE, "runs");
    else if (v == (uintptr_t)d->fx)
        snprintf(name, NAME_SIZE, "fx");
    else
        return false;
    return true;
}
