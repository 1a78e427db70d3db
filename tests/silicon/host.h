/* host.h - the host's own CPU as the oracle: a case, its result, and who makes, runs and compares
 * them.
 *
 * A *case* is one instruction in user mode with all that it may read: registers, flags, selectors,
 * x87, MMX and SSE state and memory.  It runs on the host CPU in a compatibility-mode code segment
 * of 32 or 16 bits, and on an engine in a protected-mode guest that has the same descriptors, the
 * same pages at the same linear addresses and CPL 3. Both run on until an exception; the code
 * window holds nothing but INT3 around the instruction, so that one that goes well ends in #BP
 * behind it or at its target.  Then all registers and the whole of the windows are compared.
 *
 * Worked example, flat: F7 31 (div dword [ecx]) with ecx = 20100123h ends in vector 3 with eip
 * three bytes on, in vector 0 with nothing changed, or (ecx outside the windows) in vector 14 with
 * CR2. */
#ifndef TESTS_SILICON_HOST_H
#define TESTS_SILICON_HOST_H
#include <stdbool.h>
#include <stdint.h>
#include "cpu/cpu.h"
#include "translate/decode/insn.h"

struct err;

/* Windows: linear addresses, the same on both sides, with unmapped pages around each.  The last
 * page of the data window is read-only. */
enum {
    CODE_AT = 0x20000000,
    CODE_SIZE = 0x2000,
    DATA_AT = 0x20100000,
    DATA_SIZE = 0x3000,
    DATA_RW = 0x2000,
    STACK_AT = 0x20200000,
    STACK_SIZE = 0x2000,
    CODE_RW_AT = 0x20300000, /* the code window once more, writable: for code that changes itself */
    MAX_PATCH = 600,
    XSAVE_SIZE = 576,
    MAX_CODE = 160,
    MAX_SEQ = 12
};

/* Selectors that mean the same on both sides: Linux's flat user segments and the local descriptors
 * of host_segs. */
enum { SEL_CODE32 = 0x23, SEL_DATA32 = 0x2b, SEL_KERNEL_CODE = 0x10, SEL_KERNEL_DATA = 0x18 };
#define LDT_SEL(n) ((uint16_t)((n) << 3 | 7))
enum ldt_seg {
    LDT_CODE16,
    LDT_STACK16,
    LDT_DATA,  /* limit: the data window */
    LDT_SHORT, /* limit within the first page */
    LDT_READ_ONLY,
    LDT_DOWN16, /* expand-down, B = 0 */
    LDT_CODE32,
    LDT_STACK32,
    LDT_DOWN32, /* expand-down, B = 1 */
    LDT_COUNT
};

struct ldt_row {
    uint32_t base, limit;
    bool big, code, down, writable; /* big: D or B; a code segment is readable */
};
extern const struct ldt_row host_ldt[LDT_COUNT];

/* How a case's segments are set up. */
enum flavour { FLAT32, SEGS32, SEGS16, FLAVOURS };

/* x87, MMX and SSE state as FXSAVE lays it out (SDM vol. 1, table 10-2), up to XMM7. */
struct fx {
    uint16_t cw, sw;
    uint8_t tags, pad;
    uint16_t fop;
    uint32_t fip, fcs, fdp, fds, mxcsr, mxcsr_mask;
    struct {
        uint64_t man;
        uint16_t se, pad[3];
    } st[8];
    union vec128 xmm[8];
};
_Static_assert(sizeof(struct fx) == 288, "as FXSAVE");

struct patch {
    uint32_t at; /* linear, inside the data or stack window */
    uint16_t len;
    uint8_t bytes[MAX_PATCH];
};

struct host_case {
    uint64_t seed;
    uint8_t flavour;
    bool rewrites; /* runs in the writable window, and changes it */
    bool hot;      /* memory operands are mostly near EBX or BX */
    uint8_t code[MAX_CODE];
    uint8_t len; /* bytes */
    uint32_t gpr[8], eip, eflags;
    uint16_t sel[SEG_COUNT]; /* enum seg_index */
    struct fx fx;
    struct patch patch[3]; /* operand, stack, second operand */
    struct insn in;        /* the instruction; of a sequence, that which a fault ended */
    uint32_t undef;        /* status flags that stand undefined when it begins */
};

/* Several instructions in a row, without branches: what an engine does to them as one block. */
struct host_seq {
    struct host_case c; /* its code holds all of them */
    unsigned n;
    struct insn in[MAX_SEQ];
    uint8_t at[MAX_SEQ + 1];     /* where each begins in c.code */
    uint32_t undef[MAX_SEQ + 1]; /* status flags that are undefined before each, and at the end */
};

struct host_result {
    int vector;
    uint32_t error, cr2; /* error code where the vector has one; cr2 of #PF */
    uint32_t gpr[8], eip, eflags;
    uint16_t sel[SEG_COUNT];
    struct fx fx;
    uint8_t data[DATA_RW], stack[STACK_SIZE];
};

/* --- random numbers (host_gen.c) --- */
struct rng {
    uint64_t s;
};
uint64_t rng_next(struct rng *r);
static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
    return (uint32_t)((rng_next(r) >> 32) * n >> 32);
}
static inline bool rng_one_in(struct rng *r, uint32_t n)
{
    return !rng_below(r, n);
}

/* --- making cases (host_gen.c, host_values.c) --- */
/* NULL where user mode can run the row on this host with a defined outcome, else why not. */
const char *host_row_excluded(unsigned row);
/* New place, selectors and instruction bytes for the row; false where no bytes were found. */
bool gen_code(struct host_case *c, struct rng *r, unsigned row);
/* Its two parts. */
void gen_place(struct host_case *c, struct rng *r);
bool gen_bytes(struct host_case *c, struct rng *r, unsigned row);
/* New values for everything that the instruction reads. */
void gen_state(struct host_case *c, struct rng *r);
uint32_t gen_int(struct rng *r);
void gen_fx(struct host_case *c, struct rng *r);
/* A memory operand of n bytes. */
void gen_operand(struct host_case *c, struct rng *r, uint8_t *p, unsigned n);
/* Effective offset of the memory operand, and the linear address of segment:offset. */
uint32_t case_ea(const struct host_case *c);
bool is_string(unsigned op);
bool xsave_area(unsigned op);
/* Bytes of the displacement at the end of a relative branch. */
unsigned displacement_size(const struct insn *in);
const struct operand *memory_operand(const struct insn *in);
bool in_windows(uint32_t lin, uint32_t n);
uint32_t case_linear(const struct host_case *c, unsigned seg, uint32_t off);
/* What the windows hold before the patches. */
extern const uint8_t *host_background(void);

/* --- sequences (host_seq.c) --- */
/* Makes one by growing it: each instruction is tried on the host in the state that those before it
 * leave. */
bool gen_sequence(struct host_seq *s, struct rng *r);
/* Leaves out instruction k; false if what is left reads undefined flags. */
bool seq_drop(struct host_seq *s, unsigned k);
/* The sequence as a case to compare a result by. */
void seq_case(const struct host_seq *s, const struct host_result *host, struct host_case *c);

/* --- running them --- */
enum { NATIVE_STUCK = 255 }; /* the vector of a case that never ends */
bool native_start(struct err *e);
void native_run(const struct host_case *c, struct host_result *r);

struct guest;
struct guest *guest_new(const char *engine, const struct log *log, struct err *e);
void guest_free(struct guest *g);
void guest_run(struct guest *g, const struct host_case *c, struct host_result *r);

/* Runs a case on the host's CPU, or on an engine where that cannot be used (host_cpu.c). */
void oracle_run(const struct host_case *c, struct host_result *r);

/* --- comparing (host_compare.c) --- */
/* Two engines: every bit, the undefined ones too. */
bool results_same(const struct host_result *a, const struct host_result *b, char *why, size_t n);
bool transcendental(unsigned op);
bool reciprocal(unsigned op);
bool compares_to_eflags(unsigned op);
bool x87_image(unsigned op); /* loads or stores an environment or more */
/* True if the manual makes the two results the same; `why` says where they differ first. */
bool results_agree(const struct host_case *c, const struct host_result *host,
                   const struct host_result *engine, char *why, size_t n);
void case_print(const struct host_case *c, const struct host_result *host,
                const struct host_result *engine, const char *name, const char *why);
#endif
