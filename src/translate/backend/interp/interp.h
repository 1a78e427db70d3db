/* interp.h - the portable interpreter: IR as threaded code.
 *
 * A block becomes a row of records, one for each IR operation (or for several that fuse.c joins).
 * A record holds the address of its handler, a label of exec.c, and pointers to its operands, found
 * once: a guest register in struct cpu, a temporary, a constant.  A handler reads through them,
 * computes by alu.h, writes, and jumps to the handler of the next record.
 *
 * Worked example: add eax, [ebx+8] and jz are, fused,
 *     head     n = 2                              takes the block's length from the budget
 *     ld_d     d = &t0, a = &gpr[BX], aux = 8
 *     addF_d   d = a = &gpr[AX], b = &t0
 *     jcc_z    target
 *     jmp      target
 *
 * Forms.  A destination of one or two bytes is part of a guest register (b, w) or a whole temporary
 * (x, y); four and eight bytes (d, q) always write all 64 bits.
 *
 * Exits.  A record that leaves the block holds the head of the record to go on with.  Unlinked,
 * that is a stub of its own block, which names the exit to the run loop; linked, it is the target's
 * head or, where the target lies on another page, a stub that first compares the page's fetch
 * entry, as cache.h asks.
 *
 * Faults.  A record whose handler calls out writes its own address to cpu->host_pc before; from
 * that, locate() finds block and guest instruction. */
#ifndef TRANSLATE_BACKEND_INTERP_INTERP_H
#define TRANSLATE_BACKEND_INTERP_INTERP_H
#include <ffi.h>
#include "translate/cache.h"

enum form { FORM_B, FORM_W, FORM_X, FORM_Y, FORM_D, FORM_Q, FORM_COUNT };

enum handler {
#define HANDLER(name) H_##name,
#include "translate/backend/interp/handlers.def"
#undef HANDLER
    HANDLER_COUNT
};

struct record {
    const void *go; /* label of the handler */
    void *d;
    const void *a, *b;
    union {
        const void *c;
        struct record *target;     /* exits: head to go on with */
        struct block_exit *exit;   /* stubs of exits */
        const struct block *block; /* heads and page2; NULL in the head of a stub */
        const struct helper *helper;
    };
    uint32_t aux;   /* displacement, EIP, page; n of a head */
    uint16_t index; /* guest instruction of the block */
    uint8_t k;      /* condition, scale */
    uint8_t seg;    /* segment, or SEG_COUNT where it is flat */
};

struct interp;

/* One compilation. */
struct compiler {
    struct interp *d;
    const struct ir_block *ir;
    struct block *b;
    struct record *start, *p, *end;
    uint64_t *consts;           /* the block's constants, before its head */
    const void **args;          /* next argument row of a helper call, five pointers each */
    uint16_t reads[IR_MAX_TMP]; /* how often each temporary is read */
    bool full;
};

struct interp {
    struct cpu *cpu;
    struct engine *e;
    const void *const *labels; /* of handlers, by enum handler */
    uint8_t *code;             /* records and constants, in the order of e->blocks */
    size_t size, used;
    ffi_cif cif[5]; /* of helpers, by the number of arguments */
    ffi_type *types[5];
    void *cpu_arg;            /* the first argument of helpers */
    uint16_t conditions[512]; /* by of << 8 | lahf: bit cc is set where the condition holds */
    uint64_t zero, sink;      /* a missing source and a missing destination */
    uint64_t tmp[IR_MAX_TMP];
    struct compiler compiler; /* reused for each compilation */
};

/* Runs from a block's head until something leaves. With d NULL it only fills in `labels`. */
struct block_exit *interp_run(struct interp *d, struct record *p, const void *const **labels);

bool interp_compile(struct engine *e, const struct ir_block *ir, struct block *b);

/* --- compile.c, for fuse.c --- */
struct record *record_new(struct compiler *k, const struct ir_insn *i, unsigned handler);
const void *source(const struct compiler *k, ir_ref r, unsigned size);
void *target(const struct compiler *k, ir_ref r, unsigned size);
enum form form_of(ir_ref dst, unsigned size);
static inline bool seg_flat(const struct compiler *k, unsigned seg, bool write)
{
    return mode_flat(k->ir->mode, seg, write);
}
void compile_exit(struct compiler *k, const struct ir_insn *i, unsigned handler);

/* --- fuse.c --- */
/* Compiles several operations from i on into one record, if it knows how; how many, else 0. */
unsigned fuse(struct compiler *k, const struct ir_insn *i, size_t left);

#endif
