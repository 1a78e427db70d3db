/* cpu.h - the state of one virtual CPU and the verbs that act on it.
 *
 * What the guest can observe lives in the first part of struct cpu and is described by cpu_state[];
 * host handles and what is derived from the state follow behind.  Registers are 64 bits wide;
 * 32-bit code uses the low half and the high half stays zero.
 *
 * Flags.  The six status flags are kept as the host's LAHF and SETO leave them: `lahf` holds
 * SF ZF 0 AF 0 PF 1 CF, `of` is 0 or 1.  The other bits of EFLAGS stand in `eflags`, whose status
 * bits are always zero.  cpu_eflags() puts them together.  Undefined flags have documented values
 * (docs/undefined.md).
 *
 * Counting.  `limit` is an absolute count of retired instructions, `budget` how many are left until
 * then; a block subtracts its length on entry.  Between instructions count = limit - budget; inside
 * the last instruction of a block (the only place where devices and clocks are asked) the
 * instruction has been subtracted but not retired, `inside` is 1, and count = limit - budget -
 * inside.  An exception's delivery counts one, so that time goes on in a guest that does nothing
 * but fault.
 *
 * Leaving.  cpu_raise*() ends the current instruction by longjmp to the run loop, with no trace of
 * the instruction left: engines store guest registers before they call a helper that may fault, and
 * helpers change state only after the last thing that can fault.  The run loop asks the engine for
 * EIP and count of the instruction, then calls cpu_deliver().
 *
 * Time of interrupts.  cpu_set_intr() and the like make the budget zero (cpu_kick), so that the
 * next boundary goes through the run loop; cpu_poll() there delivers what is due.  Outside
 * instructions (cpu_poll, cpu_deliver) the engine's io_begin and code_write are not called. */
#ifndef CPU_CPU_H
#define CPU_CPU_H
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/bits.h"
#include "base/field.h"
#include "base/log.h"
#include "cpu/seg.h"
#include "mem/physmem.h"
#include "mem/tlb.h"
#include "time/clock.h"

enum gpr { R_AX, R_CX, R_DX, R_BX, R_SP, R_BP, R_SI, R_DI, GPR_COUNT = 16 };

/* EFLAGS (SDM vol. 1, 3.4.3). */
enum {
    EF_CF = 0x1,
    EF_PF = 0x4,
    EF_AF = 0x10,
    EF_ZF = 0x40,
    EF_SF = 0x80,
    EF_TF = 0x100,
    EF_IF = 0x200,
    EF_DF = 0x400,
    EF_OF = 0x800,
    EF_IOPL = 0x3000,
    EF_NT = 0x4000,
    EF_RF = 0x10000,
    EF_VM = 0x20000,
    EF_AC = 0x40000,
    EF_VIF = 0x80000,
    EF_VIP = 0x100000,
    EF_ID = 0x200000,
    EF_STATUS = EF_CF | EF_PF | EF_AF | EF_ZF | EF_SF | EF_OF
};

/* Exception vectors (SDM vol. 3A, table 6-1). */
enum {
    EXC_DE,
    EXC_DB,
    EXC_NMI,
    EXC_BP,
    EXC_OF,
    EXC_BR,
    EXC_UD,
    EXC_NM,
    EXC_DF,
    EXC_CSO,
    EXC_TS,
    EXC_NP,
    EXC_SS,
    EXC_GP,
    EXC_PF,
    EXC_MF = 16,
    EXC_AC,
    EXC_MC,
    EXC_XM
};

enum {
    CR0_PE = 1,
    CR0_MP = 2,
    CR0_EM = 4,
    CR0_TS = 8,
    CR0_ET = 16,
    CR0_NE = 32,
    CR0_WP = 1 << 16,
    CR0_AM = 1 << 18,
    CR0_NW = 1 << 29,
    CR0_CD = 1 << 30
};
#define CR0_PG 0x80000000u
enum {
    CR4_VME = 1,
    CR4_PVI = 2,
    CR4_TSD = 4,
    CR4_DE = 8,
    CR4_PSE = 0x10,
    CR4_PAE = 0x20,
    CR4_MCE = 0x40,
    CR4_PGE = 0x80,
    CR4_PCE = 0x100,
    CR4_OSFXSR = 0x200,
    CR4_OSXMMEXCPT = 0x400,
    CR4_UMIP = 0x800,
    CR4_OSXSAVE = 1 << 18,
    CR4_SMEP = 1 << 20,
    CR4_SMAP = 1 << 21
};

/* Segment attributes: bits 8-15 and 20-23 of the descriptor's high dword, in place (SDM vol. 3A,
 * figure 3-8). */
enum {
    SEGA_A = 1 << 8,
    SEGA_RW = 1 << 9,
    SEGA_DC = 1 << 10,
    SEGA_CODE = 1 << 11,
    SEGA_S = 1 << 12,
    SEGA_DPL_SHIFT = 13,
    SEGA_P = 1 << 15,
    SEGA_AVL = 1 << 20,
    SEGA_L = 1 << 21,
    SEGA_DB = 1 << 22,
    SEGA_G = 1 << 23,
    SEGA_MASK = 0xf0ff00
};

struct segment {
    uint64_t base;
    uint32_t limit; /* in bytes, granularity applied */
    uint32_t attr;  /* SEGA_*; 0 in an unusable segment (null selector) */
    uint16_t sel;
    uint8_t pad[6];
    /* Derived by segment_derive(): first offset that a fast-path access must not reach.  0 where
     * each access needs the full check (expand-down, unusable, execute-only; write_end also for
     * read-only). */
    uint64_t read_end, write_end;
};

struct table_reg {
    uint64_t base;
    uint32_t limit;
    uint32_t pad;
};

/* An x87 register: explicit-integer-bit significand, sign and 15-bit exponent.  MMi is the
 * significand of physical register i. */
struct f80 {
    uint64_t man;
    uint16_t se;
    uint16_t pad[3];
};

struct fpu {
    struct f80 r[8]; /* physical registers R0..R7; ST(i) is r[(top + i) & 7] */
    uint16_t cw, sw; /* sw holds TOP in bits 11-13, always current */
    uint8_t valid;   /* bit i: R_i is not empty (the abridged tag word of FXSAVE) */
    uint8_t pad;
    uint16_t fop; /* last opcode, 11 bits */
    uint32_t pad2;
    uint64_t fip, fdp; /* last instruction and data pointer offsets */
    uint16_t fcs, fds; /* and their selectors */
    uint32_t mxcsr;
};

union vec128 {
    uint8_t b[16];
    uint16_t w[8];
    uint32_t d[4];
    uint64_t q[2];
    int8_t sb[16];
    int16_t sw[8];
    int32_t sd[4];
    int64_t sq[2];
} __attribute__((aligned(16)));

/* MSRs kept as plain registers; what each is, in msrs.def. */
struct msr_file {
    uint64_t tsc_offset; /* TSC = count of virtual ns + this */
    uint64_t apic_base, efer, pat, sysenter_cs, sysenter_esp, sysenter_eip, misc_enable,
        mtrr_def_type;
    uint64_t mtrr_base[8], mtrr_mask[8], mtrr_fix[11], ucode_rev, p5_mc[2], mcg_status, mcg_ctl,
        mc[4][4];
    uint64_t star, lstar, cstar, fmask, fs_base, gs_base, kernel_gs_base, tsc_aux, feature_control,
        debugctl;
};

/* Mode bits that translated code is specialised on; part of a block's key.  cpu_update_mode()
 * derives them; CLD and STD change MODE_DF alone. */
enum cpu_mode {
    MODE_CS32 = 1 << 0,  /* code segment's D bit */
    MODE_SS32 = 1 << 1,  /* stack segment's B bit */
    MODE_PE = 1 << 2,    /* protected mode and not V86 */
    MODE_VM = 1 << 3,    /* virtual-8086 mode */
    MODE_CPL_SHIFT = 4,  /* two bits; real mode counts as 0, V86 as 3 */
    MODE_FLAT_SHIFT = 6, /* six bits, one for each enum seg_index: base 0, limit 4 GB, readable, and
                          * writable unless it is CS */
    MODE_NOFPU = 1 << 12,   /* x87 instructions raise #NM (CR0.EM or TS) */
    MODE_NOSSE = 1 << 13,   /* SSE instructions raise #UD (EM, or OSFXSR clear) */
    MODE_TS = 1 << 14,      /* SSE instructions raise #NM; with MP, WAIT too */
    MODE_NOMMX = 1 << 15,   /* MMX instructions raise #UD (EM) */
    MODE_WAIT_NM = 1 << 16, /* WAIT raises #NM (MP and TS) */
    MODE_STEP = 1 << 17,    /* EFLAGS.TF, or DR7 enabled: blocks of one instruction */
    MODE_LONG = 1 << 18,    /* 64-bit code segment */
    MODE_SMM = 1 << 19,
    MODE_AC = 1 << 20,        /* alignment is checked (CR0.AM, EFLAGS.AC, CPL 3) */
    MODE_XM = 1 << 21,        /* MXCSR leaves an exception unmasked */
    MODE_MF = 1 << 22,        /* the x87 control word does */
    MODE_KERNEL_AC = 1 << 23, /* SMAP is on, and AC lets ring 0 to 2 at user pages */
    MODE_WIDE_FS = 1 << 24,   /* FS is flat but for its base: operating systems keep data of a */
    MODE_WIDE_GS = 1 << 25,   /* processor or thread there; and GS */
    MODE_DF = 1 << 26         /* EFLAGS.DF: string instructions go down */
};

/* An access by way of `seg` needs its base, and no check. */
static inline bool mode_wide(uint32_t mode, unsigned seg)
{
    return (seg == SEG_FS && mode & MODE_WIDE_FS) || (seg == SEG_GS && mode & MODE_WIDE_GS);
}

/* An access by way of `seg` needs no segment check: CS is never written through in protected mode.
 */
static inline bool mode_flat(uint32_t mode, unsigned seg, bool write)
{
    return (mode >> MODE_FLAT_SHIFT & BIT(seg)) && !(write && seg == SEG_CS);
}

struct cpu_hooks {
    void *opaque;
    uint32_t (*port_in)(void *opaque, uint16_t port, unsigned size);
    void (*port_out)(void *opaque, uint16_t port, uint32_t val, unsigned size);
    /* REP INS and OUTS: `count` elements of `size` bytes, at least 2.  They return how many they
     * took, without looking at the clock; 0 sends the next one to port_in or port_out.  NULL: one
     * at a time. */
    unsigned (*port_in_many)(void *opaque, uint16_t port, void *buf, unsigned size, unsigned count);
    unsigned (*port_out_many)(void *opaque, uint16_t port, const void *buf, unsigned size,
                              unsigned count);
    int (*int_ack)(void *opaque);            /* vector from the local APIC or the 8259 */
    uint64_t (*apic_get_base)(void *opaque); /* IA32_APIC_BASE; NULL: no local APIC */
    bool (*apic_set_base)(void *opaque, uint64_t val);
    uint32_t (*tpr_get)(void *opaque);
    void (*tpr_set)(void *opaque, uint32_t tpr);
    void (*ferr)(void *opaque, bool level); /* FERR#: IRQ 13 when CR0.NE is clear */
    bool (*ignne)(void *opaque);            /* IGNNE#: errors are ignored meanwhile; NULL: always */
    void (*triple_fault)(void *opaque);     /* before reset or stop */
    void (*smm)(void *opaque, bool on);     /* SMIACT#: SMRAM opens and closes */
};

enum cpu_exit {
    CPU_EXIT_LIMIT,   /* count has reached the limit (or cpu_kick asked to look) */
    CPU_EXIT_HALT,    /* HLT with nothing pending: time may skip */
    CPU_EXIT_SHUTDOWN /* triple fault */
};

struct cpu_model;

struct cpu {
    /* --- what the guest can observe: cpu_state[] --- */
    uint64_t gpr[GPR_COUNT];
    uint64_t eip;
    uint8_t of, lahf; /* as above */
    uint8_t pad0[2];
    uint32_t eflags; /* without status flags; bit 1 set */
    struct segment seg[SEG_COUNT];
    struct segment ldt, tr;
    struct table_reg gdt, idt;
    uint64_t cr0, cr2, cr3, cr4, cr8, xcr0;
    uint64_t dr[8];
    uint64_t pdpte[4]; /* PAE page-directory pointers, loaded with CR3 (SDM vol. 3A, 4.4.1) */
    struct fpu fpu;
    union vec128 xmm[16];
    struct msr_file msr;
    uint64_t limit;
    int64_t budget;
    uint64_t
        shadow_count; /* no interrupt at the boundary with this count (STI, MOV SS); else NEVER */
    uint64_t nodb_count; /* nor a debug trap there (MOV SS); else NEVER */
    uint64_t rf_count; /* EFLAGS.RF is 1 at the boundary with this count only; else NEVER. `eflags`
                        * never holds RF, so that no instruction has to clear it. */
    uint8_t cpl;
    bool halted, shutdown;
    bool intr; /* level of INTR */
    bool nmi_pending, nmi_blocked, smi_pending, init_pending, smm;
    bool db_pending; /* a debug trap waits for the next boundary; its causes stand in dr6_pending */
    uint8_t pad1[6];
    uint64_t dr6_pending;
    uint32_t smbase;

    /* --- derived from the state, or of the host: skipped with a reason --- */
    uint32_t mode;     /* enum cpu_mode */
    uint8_t inside;    /* see above */
    uint8_t mmu;       /* enum tlb_mmu of the current privilege */
    uint8_t *tlb_base; /* tlb_base(tlb, mmu); in a host register inside translated code */
    struct tlb tlb;
    struct physmem *mem;
    struct clock *clock;
    const struct log *log;
    const struct cpu_model *model;
    struct cpu_hooks hooks;
    bool flush_pending; /* the TLB is to be flushed at the next boundary */
    bool mode_changed;  /* set by cpu_update_mode, for the engine's caches */
    bool db_before;     /* db_pending and dr6_pending before the current instruction of a MODE_STEP
                           block */
    uint64_t dr6_before;
    bool delivering; /* between instructions: a fault now meets the event being delivered */

    /* Fault in flight, set by cpu_raise*(). */
    struct {
        uint8_t vector;
        bool has_error, software; /* software: INT n, INT3, INTO: EIP pushed is `next_eip` */
        bool keep_rf;             /* an instruction breakpoint: the pushed EFLAGS has RF as it is */
        uint32_t error;
        uint64_t next_eip;
    } fault;
    /* Faults of the chain that led to a triple fault, for its story. */
    struct {
        uint8_t vector;
        uint32_t error;
        uint64_t eip, cr2;
        uint16_t cs;
    } chain[6];
    unsigned chain_len;
    sigjmp_buf *unwind; /* the run loop's; cpu_deliver() puts its own here meanwhile */

    /* The engine's part. */
    void *engine;
    const void *host_pc; /* where translated code called out: finds the instruction */
    void *block;         /* the interpreter's: block it is in; the code generator's: NULL */
    /* Called before a device is accessed or the clock is read by an instruction's memory operand.
     * Returns only if the instruction is the last of its block; otherwise the engine remembers to
     * cut blocks there, and starts the instruction again by longjmp. Sets inside = 1. */
    void (*io_begin)(struct cpu *cpu);
    /* A store of the current instruction hits translated code at [ram_off, ram_off+len). Called
     * before the store; may start the instruction again, alone in a block, by longjmp. */
    void (*code_write)(struct cpu *cpu, uint64_t ram_off, unsigned len);
    /* Ends the current instruction without a trace of it; it starts again at the next boundary. */
    void (*again)(struct cpu *cpu);
    uint64_t host_sp,
        host_sp_limit;     /* of translated code: where it entered, and how deep calls may go */
    uint64_t args[4], ret; /* between translated code and the helpers' thunks */
    uint64_t scratch[16];  /* spill slots of translated code */
    union vec128 vtmp[2];  /* memory operands of SIMD instructions */
};

extern const struct state_field cpu_state[];

bool cpu_init(struct cpu *cpu, const char *model, struct physmem *mem, struct clock *clock,
              const struct log *log, struct err *e);
void cpu_fini(struct cpu *cpu);
void cpu_reset(struct cpu *cpu);     /* RESET#: CS F000 base FFFF0000, EIP FFF0 */
void cpu_post_load(struct cpu *cpu); /* derives everything after a load */

/* Retired instructions, exact. */
static inline uint64_t cpu_count(const struct cpu *cpu)
{
    return cpu->limit - (uint64_t)cpu->budget - cpu->inside;
}

/* Between instructions: counts of boundaries that have passed become NEVER, which no guest can tell
 * from them, so that the state does not depend on where earlier runs ended. */
void cpu_forget_passed(struct cpu *cpu);

/* Makes the next instruction boundary go through the run loop. */
static inline void cpu_kick(struct cpu *cpu)
{
    if (cpu->budget > 0) {
        cpu->limit -= (uint64_t)cpu->budget;
        cpu->budget = 0;
    }
}

/* Lowers the limit to `count` if that is nearer. Called when an earlier event was armed. */
void cpu_set_deadline(struct cpu *cpu, uint64_t count);

/* --- flags and mode --- */
static inline uint32_t cpu_eflags(const struct cpu *cpu)
{
    return cpu->eflags | (cpu->lahf & 0xd5u) | (uint32_t)cpu->of << 11;
}
/* Sets all bits as given (bit 1 forced, reserved ones cleared); the caller has masked by privilege.
 * Updates the mode; kicks when IF became set and INTR is high. */
void cpu_set_eflags(struct cpu *cpu, uint32_t v);
void cpu_update_mode(struct cpu *cpu);
/* The same after a load of ES, DS, FS or GS alone. */
void cpu_update_mode_segment(struct cpu *cpu, unsigned seg);
void segment_derive(struct segment *s);

static inline bool cpu_real(const struct cpu *cpu)
{
    return !(cpu->cr0 & CR0_PE);
}
static inline bool cpu_v86(const struct cpu *cpu)
{
    return (cpu->eflags & EF_VM) != 0;
}

/* --- faults: these do not return --- */
_Noreturn void cpu_raise(struct cpu *cpu, unsigned vector);
_Noreturn void cpu_raise_err(struct cpu *cpu, unsigned vector, uint32_t error);
/* Delivers cpu->fault at cpu->eip (exact): pushes, gates, tasks; double and triple faults. Returns
 * with the handler's first instruction current, or with `shutdown` set. */
void cpu_deliver(struct cpu *cpu);
/* INT n and the like from an instruction; next_eip is pushed.  Used by helpers. */
void cpu_interrupt(struct cpu *cpu, unsigned vector, bool software, uint64_t next_eip);

/* At an instruction boundary: RESET, SMI, INIT, debug traps, NMI, INTR, in the SDM's order (vol.
 * 3A, table 6-2). Wakes from HLT.  What the shadow of STI or MOV SS holds back lowers the limit to
 * the next boundary, so call it with the limit of the run to come already set. */
void cpu_poll(struct cpu *cpu);
/* True if cpu_poll would do something now. */
bool cpu_poll_needed(const struct cpu *cpu);

/* Around each instruction of a MODE_STEP block.  `before` returns true when an instruction
 * breakpoint was delivered instead, and sets *trap to EFLAGS.TF; `after`, with that value and the
 * instruction retired, makes the single-step trap pending. */
bool cpu_debug_before(struct cpu *cpu, bool *trap);
void cpu_debug_after(struct cpu *cpu, bool trap);

/* POP to memory moves SP before the destination is checked, in real mode (the 286). */
bool cpu_pops_late(const struct cpu *cpu);
/* The model has an FPU, its own or beside it. */
bool cpu_has_fpu(const struct cpu *cpu);

/* --- pins --- */
void cpu_set_intr(struct cpu *cpu, bool level);
void cpu_nmi(struct cpu *cpu);
void cpu_smi(struct cpu *cpu);
void cpu_init_pin(struct cpu *cpu); /* INIT#: also what the 8042 and port 92h pulse on old PCs */

/* --- memory as instructions see it: linear addresses, permission checks, faults by cpu_raise ---
 */
uint64_t cpu_load(struct cpu *cpu, uint64_t lin, unsigned size, enum tlb_mmu mmu);
void cpu_store(struct cpu *cpu, uint64_t lin, uint64_t val, unsigned size, enum tlb_mmu mmu);
/* A load at the current privilege that a store to the same place follows: checked for writing too.
 */
uint64_t cpu_load_for_write(struct cpu *cpu, uint64_t lin, unsigned size);
/* Checks that [lin, lin+size) is accessible (and sets A and D bits), without access; size up to
 * 4096. */
void cpu_probe(struct cpu *cpu, uint64_t lin, unsigned size, enum tlb_kind kind, enum tlb_mmu mmu);
/* Segment limit, type and canonical checks: the linear address of seg:off for `size` bytes. #GP or
 * #SS. */
uint64_t cpu_linear(struct cpu *cpu, enum seg_index seg, uint64_t off, unsigned size, bool write);
/* Pointer to host memory for [lin, lin+n) within one page, if it is plain RAM for this kind of
 * access (and not a code, clean or watched page for writes); else NULL. Walks and fills; may fault.
 * For string instructions. */
uint8_t *cpu_host(struct cpu *cpu, uint64_t lin, unsigned n, enum tlb_kind kind, enum tlb_mmu mmu);
/* RAM offset of the instruction bytes at lin (fetch permission checked, entered in the TLB), or
 * NO_RAM when they are not in RAM. */
uint64_t cpu_fetch(struct cpu *cpu, uint64_t lin, uint64_t *phys);

/* True on the 286: string instructions move SI and DI before they fault. */
bool cpu_strings_advance_early(const struct cpu *cpu);

/* The page walk alone: phys address and permissions for a debugger or the inspector; false if not
 * mapped. Changes nothing. */
bool cpu_translate_debug(const struct cpu *cpu, uint64_t lin, uint64_t *phys);
void cpu_tlb_flush(struct cpu *cpu);  /* all of it */
void cpu_tlb_switch(struct cpu *cpu); /* CR3 was loaded */

/* A one-page account of the registers, for logs and the triple fault's story. */
void cpu_print(const struct cpu *cpu, FILE *f);
/* The story of a triple fault: the chain of faults, then the registers. */
void cpu_print_story(const struct cpu *cpu, FILE *f);

#endif
