/* fuzz.h - fuzzing the processor: targets, the form of an input, and who makes inputs.
 *
 * A *target* is a function from bytes to nothing: it returns when all is well and aborts when not.
 * The same functions are run by libFuzzer (entry.c, one program for each target) and by `replay`,
 * which runs kept inputs, or new ones made from the opcode rows, in any build.
 *
 *     decode      a byte of mode, then instruction bytes: the decoder alone
 *     translate   struct block_head, then code: decoder, lifter, passes and both backends, nothing
 * is run engines     struct engine_head, then code: both engines run it, and all state and RAM must
 * be equal
 *
 * Any bytes are an input: what is missing at the end reads as zeros, and each field is taken modulo
 * what it may be.
 *
 * The guest of `engines` is a bare processor with 256 KB of RAM, a page of MMIO and a bus that
 * answers every port (bus.c).  Its code stands in slots of 32 bytes: unless the input says
 * otherwise, the handler of an exception goes on at the next slot, so that one input runs many
 * instructions after one that faults. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "cpu/cpu.h"

struct engine;

enum { INPUT_MAX = 1024, SLOT = 32 };

/* Guest-physical places; linear addresses are the same below 256 KB. */
enum {
    RAM_SIZE = 0x40000,
    PAGE_DIR = 0x1000,
    PAGE_TABLE = 0x2000, /* of the first 4 MB, and of the last */
    PDPT = 0x3000,
    PAE_DIR = 0x4000,
    PAE_TABLE = 0x5000, /* of the first 2 MB, and of the last */
    GDT = 0x6000,
    LDT = 0x6200,
    TSS = 0x6400, /* with redirection map and I/O bitmap */
    TSS_B = 0x6800,
    TSS16 = 0x6c00,
    IDT = 0x7000,
    HANDLERS = 0x8000,      /* 32 bytes for each vector */
    HANDLERS_REAL = 0xa000, /* 16 bytes for each */
    INNER_STACKS = 0xf000,  /* tops: 0xf000 - CPL * 0x1000 */
    CODE = 0x10000,
    DATA = 0x20000,
    STACK = 0x30000,
    SMI_CODE = 0x38000,
    ALIAS = 0x80000, /* linear: all of RAM once more */
    MMIO = 0x100000,
    TOP_RAM = 0x2f000, /* what the last page below 4 GB shows */
};

enum { GDT_ROWS = 32, LDT_ROWS = 8 };

/* Where a register points to at first. */
enum reg_kind { REG_RAW, REG_DATA, REG_CODE, REG_STACK, REG_SMALL, REG_KINDS };

/* How the processor runs at first. */
enum guest_kind { KIND_REAL, KIND_BIG_REAL, KIND_PROT, KIND_FLAT, KIND_V86, KIND_COUNT };

/* What happens between two instructions, from outside. */
enum pin_kind {
    PIN_NONE,
    PIN_NMI,
    PIN_INTR,
    PIN_SMI,
    PIN_INIT,
    PIN_A20,
    PIN_DMA,
    PIN_FLUSH,
    PIN_KINDS
};

struct engine_head {
    uint8_t model;     /* of models.def, from the end */
    uint8_t kind;      /* enum guest_kind */
    uint8_t paging;    /* bits: PG, PAE, PSE, NX, A and D set, WP, ... (state.c) */
    uint8_t handlers;  /* what exception handlers do */
    uint8_t engine[2]; /* of each engine: longest block, instructions at a time */
    uint8_t bus;       /* bits: string I/O in runs; ... */
    uint8_t vector;    /* of INTR */
    uint8_t seg[6];    /* rows of the GDT, or paragraphs of real mode */
    uint8_t cpl, dr7;
    uint8_t gpr_kind[8];
    uint32_t gpr[8];
    uint32_t eflags, cr0, cr4, mxcsr;
    uint32_t fpu_seed, data_seed;
    uint32_t dr[4];
    uint16_t eip, count; /* count: instructions to run */
    uint16_t fcw, fsw;
    uint8_t tags, cr0_xor;
    uint8_t spare[2];
    struct {
        uint8_t page, frame;
        uint16_t flags; /* page table entry of `page`: bits to flip */
    } pte[4];
    uint8_t desc[2][8]; /* two descriptors as they are */
    struct {
        uint16_t at; /* count */
        uint8_t kind, arg;
    } pin[4];
};

struct block_head {
    uint32_t mode, eip;
    uint8_t model, max_insns;
    uint8_t single, text;
    uint32_t base, limit; /* of CS */
};

/* --- targets: they never return a failure, they abort --- */
void fuzz_decode(const uint8_t *data, size_t size);
void fuzz_translate(const uint8_t *data, size_t size);
void fuzz_engines(const uint8_t *data, size_t size);

struct fuzz_target {
    const char *name;
    void (*run)(const uint8_t *data, size_t size);
    /* A new input, or a change of one; returns its size. */
    size_t (*make)(uint8_t *data, size_t max, uint64_t seed);
    size_t (*mutate)(uint8_t *data, size_t size, size_t max, uint64_t seed);
};
extern const struct fuzz_target fuzz_targets[];
extern const size_t fuzz_target_count;
/* NULL for an unknown name. */
const struct fuzz_target *fuzz_target_find(const char *name);

/* Says what is wrong, and aborts. */
_Noreturn void fuzz_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Listing of what each engine runs, to stderr: for a person with a failing input. */
extern bool fuzz_verbose;

/* --- random numbers --- */
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
uint32_t rng_int(struct rng *r); /* the edges weigh more */

/* --- instructions (gen_insn.c) --- */
struct gen {
    struct rng *r;
    unsigned mode; /* 16 or 32 */
    bool flat;     /* addresses are linear */
    bool prot;     /* protected mode, not V86 */
    bool system;   /* may change how the processor runs */
    uint32_t at;   /* offset in the code segment, about */
};
/* At most 15 bytes of one instruction, made from a row of the opcode table. */
unsigned gen_insn(const struct gen *g, uint8_t *out);
/* Several that belong together, at most SLOT bytes. */
unsigned gen_idiom(const struct gen *g, uint8_t *out);

/* --- inputs (gen_case.c) --- */
size_t make_decode(uint8_t *data, size_t max, uint64_t seed);
size_t make_translate(uint8_t *data, size_t max, uint64_t seed);
size_t make_engines(uint8_t *data, size_t max, uint64_t seed);
size_t mutate_decode(uint8_t *data, size_t size, size_t max, uint64_t seed);
size_t mutate_translate(uint8_t *data, size_t size, size_t max, uint64_t seed);
size_t mutate_engines(uint8_t *data, size_t size, size_t max, uint64_t seed);

/* --- the guest of `engines` --- */
/* What the outside has seen of the guest (bus.c). */
struct bus {
    uint64_t trace; /* running hash of every access, with its count */
    uint64_t accesses;
    uint8_t options, vector;
    bool a20_off;
};

struct guest {
    struct ram ram;
    struct physmem mem;
    struct region low, mmio, top;
    struct clock clock;
    struct cpu cpu;
    struct engine *engine;
    struct bus bus;
    struct log log;
    unsigned index; /* 0: jit, 1: interp */
};

/* Connects the hooks and adds the MMIO region. */
void bus_connect(struct guest *g);
void bus_reset(struct guest *g, const struct engine_head *h);
/* Something from outside, between two instructions. */
void bus_pin(struct guest *g, unsigned kind, unsigned arg);

/* RAM and registers as the input says (image.c, state.c). */
void image_fill(uint8_t *ram, const struct engine_head *h);
void state_set(struct guest *g, const struct engine_head *h);
/* The code's first place in RAM. */
uint32_t head_code_at(const struct engine_head *h);
const char *head_model(unsigned n);

#endif
