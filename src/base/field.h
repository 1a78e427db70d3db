/* field.h - state is declared, not coded: tables of fields.
 *
 * A device and the CPU describe their state in one table.  The same table saves, loads, hashes,
 * prints, compares and fuzzes it, so a field cannot be saved and then forgotten on load.
 *
 *     static const struct state_field counter_state[] = {
 *         STATE_INT  (struct counter, mode),
 *         STATE_INT  (struct counter, latch),                 // uint8_t .. uint64_t, or bool
 *         STATE_END
 *     };
 *     static const struct state_field pit_state[] = {
 *         STATE_SKIP  (struct pit, dev, "belongs to the host"),
 *         STATE_ARRAY (struct pit, counter, counter_state),   // array of structs
 *         STATE_INTS  (struct pit, fifo),                     // array of integers, also 2-d
 *         STATE_EVENT (struct pit, edge),                     // time/clock.h
 *         STATE_END
 *     };
 *
 * Invariants: every byte of the struct lies in exactly one row or in alignment padding
 * (state_covers checks that); a row that is not saved says why; pointers are never saved, but
 * re-made by the owner.  The encoding is little-endian, fields in table order, each table headed by
 * nothing: the container (machine/snapshot) writes the name and version of the class. */
#ifndef BASE_FIELD_H
#define BASE_FIELD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct err;

enum field_kind {
    FIELD_END,
    FIELD_INT,    /* `count` unsigned integers or bools of `size` bytes each (1, 2, 4, 8) */
    FIELD_STRUCT, /* `count` structs of `size` bytes, described by `sub` */
    FIELD_SKIP    /* `size` bytes that are not state; `why` says so */
};

struct state_field {
    const char *name;
    enum field_kind kind;
    uint32_t offset, size, count;
    const struct state_field *sub;
    const char *why;
    uint32_t align; /* of the field, bytes */
    bool is_bool;   /* the integers are bools: 0 or 1 and nothing else */
};

#define FIELD_SIZE_(T, f)        sizeof(((T *)0)->f)
#define FIELD_COUNT_(T, f, elem) (FIELD_SIZE_(T, f) / (FIELD_SIZE_(T, elem)))
#define FIELD_ALIGN_(T, f)       __alignof__(((T *)0)->f)
#define FIELD_BOOL_(T, f)        _Generic(((T *)0)->f, bool : true, default : false)
#define FIELD_(T, f, kind, elem, sub, why, is_bool)                                                \
    {                                                                                              \
#f, kind, offsetof(T, f), FIELD_SIZE_(T, elem), FIELD_COUNT_(T, f, elem), sub, why,        \
            FIELD_ALIGN_(T, f), is_bool                                                            \
    }

#define STATE_INT(T, f)           FIELD_(T, f, FIELD_INT, f, NULL, NULL, FIELD_BOOL_(T, f))
/* The element may itself be an array of integers: elem names one scalar, e.g. m[0][0]. */
#define STATE_INTS_OF(T, f, elem) FIELD_(T, f, FIELD_INT, elem, NULL, NULL, FIELD_BOOL_(T, elem))
#define STATE_INTS(T, f)          STATE_INTS_OF(T, f, f[0])
#define STATE_STRUCT(T, f, table) FIELD_(T, f, FIELD_STRUCT, f, table, NULL, false)
#define STATE_ARRAY(T, f, table)  FIELD_(T, f, FIELD_STRUCT, f[0], table, NULL, false)
#define STATE_SKIP(T, f, why)     FIELD_(T, f, FIELD_SKIP, f, NULL, why, false)
#define STATE_END                                                                                  \
    {                                                                                              \
        NULL, FIELD_END, 0, 0, 0, NULL, NULL, 1, false                                             \
    }

/* A growing (save) or shrinking (load) run of bytes. */
struct state_buf {
    uint8_t *data;
    size_t len, cap, pos;
};

void state_buf_fini(struct state_buf *b);
void state_buf_put(struct state_buf *b, const void *p, size_t n);
/* False when fewer than n bytes are left; then nothing is taken. */
bool state_buf_get(struct state_buf *b, void *p, size_t n);

/* Appends obj's fields to b. */
void state_save(const struct state_field *t, const void *obj, struct state_buf *b);

/* Fills obj's fields from b; a bool that is neither 0 nor 1, or a short b, is an error.  obj is
 * changed only when all of it was read. */
bool state_load(const struct state_field *t, void *obj, struct state_buf *b, struct err *e);

/* Bytes that state_save appends. */
size_t state_size(const struct state_field *t);

/* 64-bit running hash over the bytes that state_save would write; chain by passing the last
 * result as seed.  Fast and stable across hosts; not cryptographic. */
uint64_t state_hash(const struct state_field *t, const void *obj, uint64_t seed);
uint64_t hash_bytes(const void *p, size_t n, uint64_t seed);

/* "name = value" lines, nested names joined by '.', each line led by `prefix`. */
void state_print(const struct state_field *t, const void *obj, const char *prefix, FILE *f);

/* Prints each field that differs as "name: a b"; returns how many differ. */
unsigned state_diff(const struct state_field *t, const void *a, const void *b, const char *prefix,
                    FILE *f);

/* True if the rows, nested ones too, cover all of the `size` bytes of the struct: no overlap, and
 * no gap but one smaller than the alignment of the row behind it (or of the struct, at its end).
 * Otherwise false with the place in *e. */
bool state_covers(const struct state_field *t, size_t size, struct err *e);

#endif
