/* host_flags.h - operations whose undefined results this host gives otherwise than
 * docs/undefined.md, and the same operations in software.
 *
 * The code generator emits the host's own instruction for each operation.  What the manual leaves
 * undefined is documented to be what one maker's processors give; another's may differ.  So a probe
 * at start runs each such instruction on a few hundred operands and compares it with alu.h: an
 * operation of which flags that differ are wanted, or whose value differs, is then done by alu.h
 * (soft.c).
 *
 * Worked example.  On a host whose SHL leaves A as it was, the probe gives differ[IR_shl] = FLAG_A.
 * `shl eax, 4` whose A nobody reads is still one host instruction. */
#ifndef TRANSLATE_BACKEND_X86_64_HOST_FLAGS_H
#define TRANSLATE_BACKEND_X86_64_HOST_FLAGS_H
#include <stdbool.h>
#include <stdint.h>
#include "translate/ir/ir.h"

struct alu_wide; /* alu.h */
struct cpu;

/* The value itself differs; beside the bits of status flags. */
enum { HOST_VALUE = 0x8000 };

/* Of what is undefined: flags given and all six come back. */
typedef struct alu_wide soft_fn(unsigned size, uint64_t a, uint64_t b, uint64_t c, uint32_t flags);
typedef uint64_t host_fn(unsigned size, uint64_t a, uint64_t b, uint64_t c, uint64_t *flags,
                         uint64_t *high);

struct host_op {
    const char *name; /* NULL: no row */
    host_fn *host;
    soft_fn *soft;
    bool bytes;         /* has a form of one byte */
    bool counts;        /* c is a count; 0 changes nothing */
    uint16_t undefined; /* flags that the manual leaves open in some case, and HOST_VALUE */
};

/* By IR operation; IR_imul is the form with one product, host_imul_wide that with two halves. */
extern const struct host_op host_ops[IR_OP_COUNT];
extern const struct host_op host_imul_wide;

/* Flags that differ for some operands, and HOST_VALUE. */
uint16_t host_op_differs(const struct host_op *o);
/* For all operations.  `all`: as on a host that differs in all that is undefined, for tests. */
void host_flags_probe(uint16_t differ[IR_OP_COUNT], bool all);

/* Does an operation in software.  cpu->args: operands a, b, c, and SOFT_WHAT; flags are in cpu->of
 * and lahf.  Leaves the result in cpu->ret, the high half of a product in args[0]. */
#define SOFT_WHAT(op, size, fset) ((op) | (uint32_t)(size) << 8 | (uint32_t)(fset) << 16)
void slow_alu(struct cpu *cpu);

#endif
