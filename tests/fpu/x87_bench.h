/* x87_bench.h - a CPU with a small flat memory for tests of the x87, and the host's x87 beside it.
 */
#ifndef TESTS_FPU_X87_BENCH_H
#define TESTS_FPU_X87_BENCH_H
#include <setjmp.h>
#include "cpu/cpu.h"
#include "cpu/helpers.h"
#include "cpu/x87.h"

/* The bench answers for memory and faults in place of the rest of the CPU. */
struct bench {
    struct cpu cpu; /* first: a struct cpu * is the bench's address */
    uint8_t mem[4096];
    jmp_buf fault;
    int vector; /* of the last fault, -1: none */
    bool ferr;
};
void bench_init(struct bench *b);
/* Runs helper_x87 on an instruction whose memory operand is at `ea`; false if it faulted. */
bool bench_x87(struct bench *b, unsigned op, uint64_t ea);

/* xorshift64*. */
struct rng {
    uint64_t s;
};
uint64_t rng_next(struct rng *r);
unsigned rng_below(struct rng *r, unsigned n);
/* Values weighted to the edges of their formats. */
struct f80 rng_f80(struct rng *r);
uint64_t rng_f64(struct rng *r);
uint32_t rng_f32(struct rng *r);
uint64_t rng_bits(struct rng *r);

/* An FSAVE image, 32-bit protected format. */
struct fsave_image {
    uint32_t cw, sw, tw, fip, fcs, fdp, fds;
    uint8_t st[8][10];
};

/* One instruction in one state, for the host and for us. */
struct x87_case {
    uint8_t mem[16]; /* aligned, as engines have a fast path for that */
    uint16_t op;     /* (opcode & 7) << 8 | modrm */
    struct fsave_image state;
    uint64_t rflags; /* status flags before FCMOVcc, after FCOMI */
};
/* To and from registers, as FRSTOR and FNSAVE do it; without the pointers. */
void x87_image_load(struct fpu *f, const struct fsave_image *m);
void x87_image_save(const struct fpu *f, struct fsave_image *m);
bool host_x87_available(void);
void host_x87_run(struct x87_case *c);
void soft_x87_run(struct bench *b, struct x87_case *c);
/* An engine that runs cases (x87_guest.c). */
struct x87_guest;
struct err;
struct x87_guest *x87_guest_new(const char *engine, struct err *e);
void x87_guest_free(struct x87_guest *g);
void x87_guest_run(struct x87_guest *g, struct x87_case *c);
/* A random state and operands for an opcode. */
void x87_case_make(struct rng *r, struct x87_case *c, unsigned op);
/* True if what the instruction left is the same; the pointers of the environment are not compared.
 */
bool x87_case_same(const struct x87_case *a, const struct x87_case *b);
/* The same but for one unit in the last place of registers, and C1. */
bool x87_case_close(const struct x87_case *a, const struct x87_case *b);
void x87_case_print(const char *title, const struct x87_case *c);

/* The opcodes with one exact answer: all but the transcendental functions and the environments. */
struct x87_opcode {
    uint16_t op;
    const char *name;
    bool moves; /* computes, converts and compares nothing */
};
extern const struct x87_opcode x87_exact_ops[];
extern const unsigned x87_exact_op_count;
/* The transcendental functions. */
extern const struct x87_opcode x87_close_ops[];
extern const unsigned x87_close_op_count;

#endif
