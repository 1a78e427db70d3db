/* field_show.c - prints and compares state by its table of fields, and checks such a table. */
#include "base/field.h"
#include <inttypes.h>
#include <string.h>
#include "base/err.h"

static uint64_t show_int(const void *p, unsigned size)
{
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;

    switch (size) {
    case 1:
        return memcpy(&u8, p, 1), u8;
    case 2:
        return memcpy(&u16, p, 2), u16;
    case 4:
        return memcpy(&u32, p, 4), u32;
    default:
        return memcpy(&u64, p, 8), u64;
    }
}

/* "prefix.name" or "prefix.name[i]" where there are several. */
static void name_of(const struct state_field *t, uint32_t i, const char *prefix, char *out,
                    size_t n)
{
    const char *dot = *prefix ? "." : "";

    if (t->count == 1)
        snprintf(out, n, "%s%s%s", prefix, dot, t->name);
    else
        snprintf(out, n, "%s%s%s[%" PRIu32 "]", prefix, dot, t->name, i);
}

void state_print(const struct state_field *t, const void *obj, const char *prefix, FILE *f)
{
    char name[256];

    for (; t->kind != FIELD_END; t++) {
        for (uint32_t i = 0; t->kind != FIELD_SKIP && i < t->count; i++) {
            const uint8_t *p = (const uint8_t *)obj + t->offset + (size_t)i * t->size;
            name_of(t, i, prefix, name, sizeof(name));
            if (t->kind == FIELD_STRUCT)
                state_print(t->sub, p, name, f);
            else
                fprintf(f, "%s = 0x%" PRIx64 "\n", name, show_int(p, t->size));
        }
    }
}

unsigned state_diff(const struct state_field *t, const void *a, const void *b, const char *prefix,
                    FILE *f)
{
    char name[256];
    unsigned n = 0;

    for (; t->kind != FIELD_END; t++) {
        for (uint32_t i = 0; t->kind != FIELD_SKIP && i < t->count; i++) {
            size_t off = t->offset + (size_t)i * t->size;
            const uint8_t *pa = (const uint8_t *)a + off, *pb = (const uint8_t *)b + off;
            name_of(t, i, prefix, name, sizeof(name));
            if (t->kind == FIELD_STRUCT) {
                n += state_diff(t->sub, pa, pb, name, f);
            } else if (memcmp(pa, pb, t->size)) {
                fprintf(f, "%s: 0x%" PRIx64 " 0x%" PRIx64 "\n", name, show_int(pa, t->size),
                        show_int(pb, t->size));
                n++;
            }
        }
    }
    return n;
}

/* The row that begins first at or after `at`. */
static const struct state_field *row_from(const struct state_field *t, size_t at)
{
    const struct state_field *best = NULL;

    for (; t->kind != FIELD_END; t++) {
        if (t->offset >= at && t->count && t->size && (!best || t->offset < best->offset))
            best = t;
    }
    return best;
}

static bool row_overlaps(const struct state_field *t, const struct state_field *row)
{
    size_t end = row->offset + (size_t)row->size * row->count;

    for (; t->kind != FIELD_END; t++) {
        if (t != row && t->offset >= row->offset && t->offset < end && t->size)
            return true;
    }
    return false;
}

static bool covers(const struct state_field *t, size_t size, const char *in, struct err *e)
{
    const struct state_field *row, *last = NULL;
    size_t at = 0;
    uint32_t most = 1;

    while ((row = row_from(t, at))) {
        most = row->align > most ? row->align : most;
        if (row->offset - at >= row->align)
            return err_set(e, "%s: %zu bytes before field %s are in no row", in, row->offset - at,
                           row->name);
        if (row_overlaps(t, row))
            return err_set(e, "%s: field %s overlaps another row", in, row->name);
        if (row->kind == FIELD_SKIP && !row->why)
            return err_set(e, "%s: field %s is not saved and does not say why", in, row->name);
        if (row->kind == FIELD_STRUCT && !covers(row->sub, row->size, row->name, e))
            return false;
        at = row->offset + (size_t)row->size * row->count;
        last = row;
    }
    if (at > size || size - at >= most)
        return err_set(e, "%s: the rows end at byte %zu of %zu, after field %s", in, at, size,
                       last ? last->name : "(none)");
    return true;
}

bool state_covers(const struct state_field *t, size_t size, struct err *e)
{
    return covers(t, size, "struct", e);
}
