/* field.c - saves, loads, hashes, prints and compares state by its table of fields. */
#include "base/field.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/err.h"
#include "base/vec.h"

void state_buf_fini(struct state_buf *b)
{
    free(b->data);
    *b = (struct state_buf){0};
}

void state_buf_put(struct state_buf *b, const void *p, size_t n)
{
    if (!n)
        return;
    if (b->len + n > b->cap)
        b->data = vec_grow_(b->data, &b->cap, b->len + n, 1);
    memcpy(b->data + b->len, p, n);
    b->len += n;
}

bool state_buf_get(struct state_buf *b, void *p, size_t n)
{
    if (b->len - b->pos < n)
        return false;
    if (n)
        memcpy(p, b->data + b->pos, n);
    b->pos += n;
    return true;
}

/* An integer of the host's byte order as a number, and back. */
static uint64_t int_get(const void *p, unsigned size)
{
    union {
        uint8_t u8;
        uint16_t u16;
        uint32_t u32;
        uint64_t u64;
    } v = {.u64 = 0};

    memcpy(&v, p, size);
    switch (size) {
    case 1:
        return v.u8;
    case 2:
        return v.u16;
    case 4:
        return v.u32;
    default:
        return v.u64;
    }
}

static void int_put(void *p, uint64_t val, unsigned size)
{
    uint8_t u8 = (uint8_t)val;
    uint16_t u16 = (uint16_t)val;
    uint32_t u32 = (uint32_t)val;

    switch (size) {
    case 1:
        memcpy(p, &u8, 1);
        break;
    case 2:
        memcpy(p, &u16, 2);
        break;
    case 4:
        memcpy(p, &u32, 4);
        break;
    default:
        memcpy(p, &val, 8);
        break;
    }
}

static void save_ints(const struct state_field *f, const uint8_t *p, struct state_buf *b)
{
    uint8_t le[8];

    if (f->size == 1) {
        state_buf_put(b, p, f->count);
        return;
    }
    for (uint32_t i = 0; i < f->count; i++) {
        le_put(le, int_get(p + (size_t)i * f->size, f->size), f->size);
        state_buf_put(b, le, f->size);
    }
}

void state_save(const struct state_field *t, const void *obj, struct state_buf *b)
{
    for (; t->kind != FIELD_END; t++) {
        const uint8_t *p = (const uint8_t *)obj + t->offset;
        if (t->kind == FIELD_INT)
            save_ints(t, p, b);
        for (uint32_t i = 0; t->kind == FIELD_STRUCT && i < t->count; i++)
            state_save(t->sub, p + (size_t)i * t->size, b);
    }
}

size_t state_size(const struct state_field *t)
{
    size_t n = 0;

    for (; t->kind != FIELD_END; t++) {
        if (t->kind == FIELD_INT)
            n += (size_t)t->size * t->count;
        else if (t->kind == FIELD_STRUCT)
            n += state_size(t->sub) * t->count;
    }
    return n;
}

/* True when every bool below t can take the bytes at *p; advances *p. */
static bool check_bools(const struct state_field *t, const uint8_t **p, struct err *e)
{
    for (; t->kind != FIELD_END; t++) {
        for (uint32_t i = 0; t->kind == FIELD_STRUCT && i < t->count; i++) {
            if (!check_bools(t->sub, p, e))
                return false;
        }
        if (t->kind != FIELD_INT)
            continue;
        for (uint32_t i = 0; t->is_bool && i < t->count; i++) {
            if ((*p)[i] > 1)
                return err_set(e, "saved field %s is neither true nor false", t->name);
        }
        *p += (size_t)t->size * t->count;
    }
    return true;
}

static void load_fields(const struct state_field *t, uint8_t *obj, struct state_buf *b)
{
    for (; t->kind != FIELD_END; t++) {
        uint8_t *p = obj + t->offset, *end = p + (size_t)t->size * t->count;
        for (; t->kind == FIELD_STRUCT && p < end; p += t->size)
            load_fields(t->sub, p, b);
        for (; t->kind == FIELD_INT && p < end; p += t->size) {
            int_put(p, le_get(b->data + b->pos, t->size), t->size);
            b->pos += t->size;
        }
    }
}

bool state_load(const struct state_field *t, void *obj, struct state_buf *b, struct err *e)
{
    size_t need = state_size(t);

    if (b->len - b->pos < need)
        return err_set(e, "saved state is short: %zu bytes where %zu are needed", b->len - b->pos,
                       need);
    if (need) {
        const uint8_t *p = b->data + b->pos;
        if (!check_bools(t, &p, e))
            return false;
    }
    load_fields(t, obj, b);
    return true;
}

/* Two multiplications for each 16 bytes; the length is part of the last step. */
static uint64_t hash_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 m = (unsigned __int128)a * b;
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

#define HASH_K0 0xa0761d6478bd642full
#define HASH_K1 0xe7037ed1a0b428dbull
#define HASH_K2 0x8ebc6af09c88c6e3ull

uint64_t hash_bytes(const void *data, size_t n, uint64_t seed)
{
    const uint8_t *p = data;
    size_t left = n;
    uint64_t h = seed ^ HASH_K0;

    for (; left >= 16; left -= 16, p += 16)
        h = hash_mix(le64_get(p) ^ HASH_K1, le64_get(p + 8) ^ h);
    if (left) {
        uint8_t tail[16] = {0};
        memcpy(tail, p, left);
        h = hash_mix(le64_get(tail) ^ HASH_K2, le64_get(tail + 8) ^ h);
    }
    return hash_mix(h ^ HASH_K2, (uint64_t)n ^ HASH_K1);
}

uint64_t state_hash(const struct state_field *t, const void *obj, uint64_t seed)
{
    struct state_buf b = {0};

    state_save(t, obj, &b);
    seed = hash_bytes(b.data, b.len, seed);
    state_buf_fini(&b);
    return seed;
}
