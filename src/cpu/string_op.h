/* string_op.h - what the string instructions and those of port I/O share: one operation and its
 * loop. */
#ifndef CPU_STRING_OP_H
#define CPU_STRING_OP_H
#include "cpu/internal.h"

struct string_op {
    struct cpu *cpu;
    unsigned size;      /* of an element, bytes */
    uint32_t mask;      /* of offsets and of the count: 0xffff or all ones */
    enum seg_index seg; /* of the source */
    unsigned rep;       /* 0 none, 1 REP or REPE, 2 REPNE */
    bool back;          /* EFLAGS.DF */
    bool compares;
    bool late;         /* QUIRK_LATE_OVERRUN is in force */
    bool fetched_each; /* before each iteration: code in device memory may read differently */
};

/* What a 286 has moved on when the source or the destination turns out to lie outside its segment;
 * LATE_COUNT2 takes two from the count of a REP. */
enum string_late { LATE_SI = 1, LATE_DI = 2, LATE_COUNT = 4, LATE_COUNT2 = 8 };

struct string_kind {
    void (*one)(const struct string_op *op);
    /* Up to `room` elements; returns how many, 0 to leave one to `one`. */
    uint32_t (*many)(const struct string_op *op, uint32_t room);
    bool compares;              /* REPE and REPNE look at ZF */
    uint8_t late_src, late_dst; /* enum string_late; 0: no such operand */
};

void string_init(struct string_op *op, struct cpu *cpu, uint64_t packed);
/* Sets EIP to `next`, or to `ip` where iterations are left, and says which: 1 if some are. */
uint64_t string_run(struct string_op *op, const struct string_kind *kind, uint64_t ip,
                    uint64_t next);
uint32_t string_off(const struct string_op *op, enum gpr r);
void string_advance(const struct string_op *op, enum gpr r, uint32_t n);
uint32_t string_room(const struct string_op *op);
uint32_t string_span(const struct string_op *op, enum seg_index seg, uint32_t off, uint32_t n,
                     bool write, uint32_t *lin);
uint8_t *string_host(const struct string_op *op, enum seg_index seg, uint32_t off, bool write,
                     uint32_t *n);

#endif
