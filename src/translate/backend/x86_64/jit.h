/* jit.h - the code generator for x86-64 hosts: register assignment, the state of one compilation,
 * and how the parts fit together.
 *
 * Registers.  EAX ECX EDX EBX EBP ESI EDI live in the host registers of the same name, so that byte
 * registers, shift counts, multiplication and division need no moves; ESP lives in R12, never in
 * RSP.  R15 points to struct cpu, R14 is the budget, R13 the base of the current privilege's TLB
 * tables.  R8 to R11 are for temporaries and scratch.  All hold what they should at every block
 * entry and exit.
 *
 * Stack.  Inside translated code RSP is 8 modulo 16, so that a thunk that was called may call C at
 * once.
 *
 * Calls.  Arguments of a helper go through cpu->args[], its result through cpu->ret.  A thunk for
 * each helper stores what the helper's effects ask for, notes the return address in cpu->host_pc,
 * calls it, and loads what it may have changed.  Slow paths of memory accesses have thunks that
 * preserve every register.
 *
 * Flags.  `host` and `state` say which status flags are right in the host's EFLAGS and in cpu->of,
 * lahf.  Between guest instructions all live flags are in one or the other (flags.c).
 *
 * Memory.  mem.c emits the TLB look-up in line; what the fast path does not do goes to a stub.  In
 * promoted blocks (promote.c) there is no look-up: window.c emits accesses to the TLB's window, and
 * the stub is reached by way of a signal.
 *
 * Places.  Stubs lie apart from the code that runs, in the upper part of the cache, so that what
 * runs lies close together.
 *
 * Worked example: add eax, [ebx+8] is
 *     lea r8d, [rbx+8]
 *     mov r9d, r8d ; shr r9d, 12 ; mov r9, [r13+r9*8]          entry
 *     mov r10d, r8d ; or r10d, r9d ; test r10b, 3 ; jnz stub
 *     mov r8d, [r9+r8]
 *     add eax, r8d */
#ifndef TRANSLATE_BACKEND_X86_64_JIT_H
#define TRANSLATE_BACKEND_X86_64_JIT_H
#include "translate/cache.h"

enum host_reg {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP,
    RSI,
    RDI,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
    HIGH = 16, /* HIGH + n: AH CH DH BH */
    NOREG = 0xff
};

#define STATE_REG  R15
#define BUDGET_REG R14
#define TLB_REG    R13 /* the window; the tables lie before it */
#define READ_OFF   (-(int32_t)TLB_WINDOW_OFF)
#define WRITE_OFF  (READ_OFF + (int32_t)(TLB_WRITE * TLB_TABLE_BYTES))
#define FETCH_OFF  (READ_OFF + (int32_t)(TLB_FETCH * TLB_TABLE_BYTES))
enum { TEMP_FIRST = R8, TEMP_COUNT = 4, SPILL_SLOTS = 16 };

/* Host register of each guest register. */
extern const uint8_t guest_home[8];

enum { SPILLED = 0x80 }; /* | slot, in tmp_loc */

/* A slow path, emitted behind the block. */
struct jit;

struct stub {
    void (*emit)(struct jit *j, struct stub *s);
    uint8_t *from[3]; /* rel32 fields to point here */
    unsigned nfrom;
    uint8_t *back; /* where to go on */
    uint8_t *at;   /* where it was emitted */
    const struct ir_insn *insn;
    uint8_t addr, reg, dst, aux, kind; /* host registers; what they are, emit knows */
    uint8_t size;
    bool imm;
    int32_t disp; /* of an address in the window */
    uint64_t value;
    uint32_t slot;
    uint16_t host, state;             /* flags machine when it branched off */
    uint16_t vloaded, vdirty, vafter; /* XMM registers then; and loaded when it comes back */
};

/* --- copies at another EIP ---
 *
 * The same bytes of RAM that run at another EIP, as a shared library does in each process, need no
 * second translation: the code is copied, and what depends on EIP or on its own place is adjusted
 * (copy.c).  Each such field is noted as it is emitted: where it is, in which part, and its kind.
 */
enum reloc_kind {
    RELOC_OUT,    /* rel32 to code made once for each engine */
    RELOC_ACROSS, /* rel32 between the block and its stubs */
    RELOC_RUNS,   /* rel32 to the count of its runs */
    RELOC_EIP,    /* imm32, an EIP */
    RELOC_PAGE,   /* disp32 of a fetch entry of the TLB: that of a linear page */
    RELOC_EXIT    /* imm64, address of one of its exits */
};
enum { RELOC_KIND_SHIFT = 28, RELOC_COLD = 1 << 27, RELOC_OFF = RELOC_COLD - 1 };

/* Host code that may fault on the host, and the stub it goes on with. */
struct window_site {
    uint8_t *from, *to;
    uint32_t stub; /* index */
};

/* group.c: what is known of a register or temporary, and the accesses through one base. */
struct group_value {
    uint32_t base;
    int32_t off;
};

struct group {
    uint32_t base, first, last, members; /* first, last: index of the operation */
    int32_t min, max, first_off;         /* bytes [min, max) from the base */
    bool write;
    ir_ref entry; /* temporary that holds the TLB entry; IR_NONE: no group */
};

struct jit {
    struct engine *e;
    struct jit_data *d;
    const struct ir_block *ir;
    struct block *b;
    uint8_t *start, *p, *end; /* in the writable mapping */
    uint8_t *cold;            /* where the block's stubs begin */
    const struct ir_insn *cur;
    uint32_t pos; /* index of cur */
    /* temporaries */
    uint8_t tmp_loc[IR_MAX_TMP]; /* host register, SPILLED | slot, or NOREG */
    uint16_t last_use[IR_MAX_TMP];
    uint16_t reg_tmp[TEMP_COUNT]; /* which temporary a temp register has, if not one of these: */
    uint8_t free, scratch;        /* temp registers, a bit each */
    uint8_t pinned;               /* and those not to be spilled now */
    uint16_t slots;               /* spill slots in use, a bit each */
    /* flags */
    uint16_t host, state;
    /* guest XMM registers in the host registers of the same number: loaded, and newer than memory
     */
    uint16_t vloaded, vdirty;
    /* A block that jumps to its own start keeps them there: used and written in all of it, else 0
     */
    uint16_t vloop_used, vloop_written;
    /* x87 pointers not stored yet: index + 1 of the last instruction, and of the last with memory
     */
    uint16_t x87_last, x87_mem;
    VEC(struct group) groups;
    VEC(uint16_t) member; /* for each operation its group + 1 */
    uint32_t bases;
    struct group_value value[GPR_COUNT + IR_MAX_TMP]; /* of registers, and of temporaries */
    /* A promoted block that jumps to its own start by a condition (exits.c): index + 1 of the
     * operation that sets its flags, or 0; where it arrives; where that operation begins and ends
     */
    uint32_t loop_flags;
    uint8_t *loop_top, *again_from, *again_to;
    /* window.c: accesses go to the window; an address not computed yet, base + disp */
    bool window;
    ir_ref fold;
    uint8_t fold_base;
    int32_t fold_disp;
    VEC(struct window_site) sites;
    /* output */
    VEC(struct stub) stubs;
    VEC(struct block_loc) locs;
    VEC(uint32_t) relocs;
    bool eip_seen; /* the current operation looked at an EIP that was not noted yet */
    bool fixed;    /* so the block cannot be copied */
    bool full;
};

/* Stubs made once for each engine. */
struct jit_data {
    int32_t *runs;                /* counts of the blocks' runs, before rw in one piece of memory */
    uint8_t *rw, *rx;             /* the cache, mapped twice */
    size_t size, used, base;      /* base: end of the fixed stubs */
    size_t cold, cold_used;       /* where stubs begin, and the first free byte there */
    size_t touched, cold_touched; /* so far the host's pages are there; whole pages */
    int fd;
    bool has_promoted;
    struct jit *j;     /* reused for each compilation */
    uint8_t *enter;    /* all these in the rx mapping */
    uint8_t *exit;     /* R8: exit record or 0 */
    uint8_t *dispatch; /* R8D: target EIP */
    uint8_t *miss;     /* cpu->eip is set: to the run loop */
    uint8_t *return_miss, *return_base;
    uint8_t *helper[HELPER_COUNT];
    uint8_t *load[9], *store[9], *loadw[9];       /* slow accesses by size */
    uint8_t *out_load[9], *out_store[9];          /* the same for what was not in the window */
    uint8_t *out_fill;                            /* slow_fill */
    uint8_t *group;                               /* slow_group */
    uint8_t *linear;                              /* segment check the long way */
    uint8_t *alu;                                 /* slow_alu */
    uint16_t differ[IR_OP_COUNT];                 /* host_flags_probe() */
    uint8_t fx[512] __attribute__((aligned(16))); /* FXSAVE image in transit */
};

static inline bool is_cold(const struct jit_data *d, const uint8_t *rw)
{
    return rw >= d->rw + d->cold;
}

static inline uint8_t *rx_of(const struct jit_data *d, const uint8_t *rw)
{
    return d->rx + (rw - d->rw);
}

/* --- copy.c --- */
void note_reloc(struct jit *j, enum reloc_kind kind, const uint8_t *field);
/* The imm32 just emitted is the value of r: notes it if that is an EIP. */
void note_eip(struct jit *j, ir_ref r);
bool jit_copy(struct engine *e, const struct block *from, struct block *b);

/* --- jit.c, for copy.c --- */
/* Is there room for a block's two parts? */
bool jit_room(struct engine *e, size_t hot, size_t cold);
void jit_count_runs(struct engine *e, struct block *b); /* gives it a count of its runs */
void jit_keep(struct engine *e, const struct block *b); /* its parts are there now */

/* --- emit.c: instructions.  size is 1, 2, 4 or 8; the opcode's byte form is given, wider forms add
 * 1 where the map has pairs (x_op, x_op_mem). Opcodes above 0xff are two-byte (0x0fXX). --- */
void x8(struct jit *j, unsigned v);
void x32(struct jit *j, uint32_t v);
void x64(struct jit *j, uint64_t v);
/* op reg, rm: exact opcode. */
void x_rr(struct jit *j, unsigned size, unsigned opcode, unsigned reg, unsigned rm);
/* op reg, [base + index << scale + disp]; index NOREG for none. */
void x_rm(struct jit *j, unsigned size, unsigned opcode, unsigned reg, unsigned base,
          unsigned index, unsigned scale, int32_t disp);
/* The same with a byte/word pair of opcodes. */
static inline unsigned pair(unsigned opcode, unsigned size)
{
    return size == 1 ? opcode : opcode + 1;
}
void x_mov_rr(struct jit *j, unsigned size, unsigned dst, unsigned src);
void x_mov_ri(struct jit *j, unsigned dst, uint64_t v); /* whole register */
void x_mov_ri_size(struct jit *j, unsigned size, unsigned dst, uint64_t v);
void x_alu_rr(struct jit *j, unsigned size, unsigned alu, unsigned dst, unsigned src);
void x_alu_ri(struct jit *j, unsigned size, unsigned alu, unsigned dst, int64_t v);
void x_alu_mi(struct jit *j, unsigned size, unsigned alu, unsigned base, unsigned index,
              int32_t disp, int64_t v);
void x_movzx(struct jit *j, unsigned from, unsigned dst, unsigned src);
void x_movsx(struct jit *j, unsigned to, unsigned from, unsigned dst, unsigned src);
/* Fields of struct cpu. */
void x_ld_state(struct jit *j, unsigned size, unsigned dst, size_t off); /* zero-extends */
void x_st_state(struct jit *j, unsigned size, unsigned src, size_t off);
void x_st_state_imm(struct jit *j, unsigned size, size_t off, uint32_t v);
uint8_t *x_jcc(struct jit *j, unsigned cc); /* rel32 to be patched: its address */
uint8_t *x_jmp(struct jit *j);
void x_jmp_to(struct jit *j, const uint8_t *rx);
void x_call_to(struct jit *j, const uint8_t *rx);
void x_patch_to(struct jit *j, uint8_t *rel32, const uint8_t *rx);
void x_patch(struct jit *j, uint8_t *rel32, const uint8_t *to); /* both in the rw mapping */
enum alu { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };

/* --- regs.c: temporaries and operands --- */
void regs_begin(struct jit *j);
void regs_after(struct jit *j);      /* frees what the current operation used last */
unsigned reg_scratch(struct jit *j); /* until reg_release */
void reg_release(struct jit *j, unsigned reg);
/* A host register with the operand's value (its low `size` bytes); pinned until unpin_all. */
unsigned reg_use(struct jit *j, ir_ref r, unsigned size);
/* Register to write the operand into; a temporary gets one. */
unsigned reg_def(struct jit *j, ir_ref r);
/* After an operation of size 1 or 2 wrote a temporary's register: clears the rest. */
void reg_defined(struct jit *j, ir_ref r, unsigned size);
void regs_spill_live(struct jit *j); /* before a helper: temporaries into memory */
void regs_unpin(struct jit *j);
bool reg_is_temp(unsigned reg);
bool ref_value(struct jit *j, ir_ref r, uint64_t *v); /* constant?  See note_eip(). */
/* High byte registers to and from temporaries, flags untouched. */
void x_get_high(struct jit *j, unsigned dst, unsigned high);
void x_put_high(struct jit *j, unsigned high, unsigned src);

/* --- flags.c --- */
/* Host flags are about to be lost; those in `keep` must survive. */
void flags_clobber(struct jit *j, uint16_t keep);
void flags_need_host(struct jit *j, uint16_t flags);
void flags_need_state(struct jit *j); /* all six in memory, host's kept too */
void flags_defined(struct jit *j, const struct ir_insn *i, uint16_t architectural);
/* A condition code's flags in the host, or a cheaper test of memory: the host condition to branch
 * on. */
unsigned flags_condition(struct jit *j, unsigned cc);

/* --- mem.c --- */
void emit_ld(struct jit *j, const struct ir_insn *i);
void emit_ldw(struct jit *j, const struct ir_insn *i);
void emit_st(struct jit *j, const struct ir_insn *i);
void emit_rmw(struct jit *j, const struct ir_insn *i);

/* An access by an instruction that is otherwise a helper's: its fast path in line.  Segment check
 * and look-up branch to one stub, which calls the helper for the whole instruction. */
struct access {
    unsigned ea, lin, entry; /* host registers: offset, linear address, TLB entry */
    uint8_t *slow[3];
    unsigned nslow;
    uint16_t vloaded, vdirty;
    uint8_t *from; /* in the window: where its code begins */
    unsigned size;
    bool write;
};
/* size 1 to 16; `natural`: a misaligned operand takes the slow path, else only one that crosses
 * pages. */
void access_begin(struct jit *j, ir_ref ea, unsigned seg, unsigned size, bool write, bool natural,
                  struct access *a);
/* After the host instruction: the stub comes back here. */
void access_end(struct jit *j, const struct ir_insn *i, const struct access *a);

/* --- window.c: promoted blocks --- */
bool window_ld(struct jit *j, const struct ir_insn *i);
bool window_st(struct jit *j, const struct ir_insn *i);
bool window_rmw(struct jit *j, const struct ir_insn *i);
bool window_fold(struct jit *j, const struct ir_insn *i); /* a lea that its user will do */
void window_site(struct jit *j, uint8_t *from, const struct stub *s); /* from .. j->p faults to s */
void window_catch(struct engine *e); /* before a promoted block: SIGSEGV comes to window.c */
void window_begin(struct engine *e); /* around a run: it is this engine that runs on this thread */
void window_end(struct engine *e);
struct block *block_at(struct engine *e, const uint8_t *pc); /* jit.c: whose code it is, or NULL */
void slow_fill(struct cpu *cpu); /* args[1]: address, args[2]: size | write << 8 */

/* --- mem.c, for window.c --- */
unsigned mem_linear(struct jit *j, const struct ir_insn *i, bool write);
unsigned mem_plain(struct jit *j, unsigned reg);
void mem_call_slow(struct jit *j, const struct stub *s, const uint8_t *thunk);
void mem_arg_reg(struct jit *j, unsigned n, unsigned reg);
void mem_arg_imm(struct jit *j, unsigned n, uint32_t v);
void mem_go_back(struct jit *j, struct stub *s);
struct rmw_operand {
    unsigned entry, lin, reg, b;
    int32_t disp;
    bool imm;
    uint64_t value;
};
void rmw_apply(struct jit *j, const struct ir_insn *i, const struct rmw_operand *o);
void push_flags(struct jit *j);
void pop_flags(struct jit *j);
void load_operand(struct jit *j, unsigned size, unsigned d, unsigned entry, unsigned lin,
                  int32_t disp);
void store_operand(struct jit *j, unsigned size, unsigned v, bool imm, uint64_t value,
                   unsigned entry, unsigned lin, int32_t disp);

/* --- group.c: one page check for several accesses --- */
void groups_plan(struct jit *j, bool wanted); /* after regs_begin */
struct group *group_at(struct jit *j);        /* of the current operation, or NULL */
/* Host register with the entry of the group; checked by the first member, which may fault there. */
unsigned group_entry(struct jit *j, const struct ir_insn *i, struct group *g, unsigned lin);
void group_after(struct jit *j);
void slow_group(struct cpu *cpu);
void reg_drop(struct jit *j, ir_ref tmp);

/* --- vec.c: SIMD on the host's SIMD --- */
/* Finds out whether the block is such a loop, before anything is emitted. */
void vec_plan_loop(struct jit *j);
void vec_flush(struct jit *j);  /* memory is right */
void vec_forget(struct jit *j); /* flushed, and the host registers are lost */
void vec_store(struct jit *j, uint16_t regs);
void vec_load(struct jit *j, uint16_t regs);
/* In line if it can be; false: call the helper. */
bool vec_helper(struct jit *j, const struct ir_insn *i);
bool vec_ldst(struct jit *j, const struct ir_insn *i);
bool vec_stst(struct jit *j, const struct ir_insn *i);

/* --- x87.c: x87 on the host's x87 --- */
bool x87_helper(struct jit *j, const struct ir_insn *i);
void x87_store_pointers(struct jit *j); /* before exits, and before C looks */
void fpu_out(struct cpu *cpu);          /* host registers to cpu->fpu */
void fpu_in(struct cpu *cpu);
void mxcsr_out(struct cpu *cpu);
void mxcsr_in(struct cpu *cpu);
void fpu_begin(struct engine *e);
void fpu_end(struct engine *e);

/* --- rep.c --- */
bool rep_helper(struct jit *j, const struct ir_insn *i); /* false: call the helper */

/* --- ops.c --- */
void put_arg(struct jit *j, ir_ref r, unsigned n);
unsigned lower_byte(struct jit *j, unsigned reg);
void emit_op(struct jit *j, const struct ir_insn *i);
void emit_exit(struct jit *j, const struct ir_insn *i); /* exits.c */
void emit_entry(struct jit *j);
void loop_plan(struct jit *j);                                        /* after vec_plan_loop */
void loop_before(struct jit *j);                                      /* before each operation */
void emit_dispatch(struct jit *j, bool flat_cs, const uint8_t *miss); /* stubs.c */
struct stub *add_stub(struct jit *j, void (*emit)(struct jit *, struct stub *));
void note_loc(struct jit *j, uint16_t index); /* the call just emitted returns here */
/* Shifts and rotates: /r digit of C0, D0, D2. */
unsigned shift_digit(unsigned op);

/* --- soft.c: operations with a result that the host leaves otherwise --- */
bool soft_wanted(const struct jit *j, const struct ir_insn *i);
void emit_soft(struct jit *j, const struct ir_insn *i);

/* --- stubs.c --- */
void stubs_make(struct jit *j);

#endif
