/* internal.h - what the files of the CPU's system side share: descriptors, stacks, events, walks.
 *
 * Vocabulary.  A *descriptor* is the eight bytes of a GDT or LDT entry and where they lie.  A
 * *stack* is an SS and ESP that need not be the current ones: transfers check and write the new
 * stack while the old one is still in force.  An *event* is an interrupt or exception on its way to
 * a handler.
 *
 * Order of a transfer: read and check everything, probe every byte that will be written, then write
 * memory (pushes, accessed and busy bits), then registers.  Nothing behind the first write can
 * fault. */
#ifndef CPU_INTERNAL_H
#define CPU_INTERNAL_H
#include "cpu/cpu.h"
#include "cpu/feature.h"
#include "cpu/helpers.h"

/* --- models (cpuid.c) --- */
/* What an early processor does otherwise than all later ones. */
enum cpu_quirk {
    QUIRK_GP_FOR_SS = 1,    /* real mode: interrupt 13 where later processors raise #SS (80286
                             * Programmer's Reference Manual, 5.2.2) */
    QUIRK_LATE_OVERRUN = 2, /* real mode: string instructions meet a word at offset FFFF only after
                             * their registers have moved on */
    QUIRK_LATE_POP = 4      /* real mode: POP to memory has moved SP when the destination faults */
};

struct cpu_model {
    const char *name;
    uint32_t signature;         /* leaf 1 EAX: family, model, stepping; EDX after reset */
    uint32_t max_leaf;          /* highest basic leaf; 0 where CPUID is not there */
    const char *vendor, *brand; /* brand NULL: no extended leaves */
    uint64_t features;          /* a bit for each enum cpu_feature */
    uint32_t quirks;            /* enum cpu_quirk */
};

const struct cpu_model *cpu_model_find(const char *name);
/* CR4 bits and EFLAGS bits that the model knows; others are reserved. */
uint64_t cpu_model_cr4(const struct cpu_model *m);
static inline bool cpu_has(const struct cpu *cpu, enum cpu_feature f)
{
    return cpu->model->features >> f & 1;
}
static inline bool cpu_quirk(const struct cpu *cpu, enum cpu_quirk q)
{
    return cpu->model->quirks & q;
}

enum { PHYS_BITS = 36, TSC_HZ = 1000000000, CRYSTAL_HZ = 100000000 };

/* --- descriptors (descriptor.c) --- */
struct desc {
    uint32_t lo, hi;
    uint64_t lin; /* linear address of its first byte */
};

/* System descriptor types (SDM vol. 3A, table 3-2). */
enum {
    SYS_TSS16 = 1,
    SYS_LDT = 2,
    SYS_TSS16_BUSY = 3,
    SYS_CALL16 = 4,
    SYS_TASK = 5,
    SYS_INT16 = 6,
    SYS_TRAP16 = 7,
    SYS_TSS32 = 9,
    SYS_TSS32_BUSY = 11,
    SYS_CALL32 = 12,
    SYS_INT32 = 14,
    SYS_TRAP32 = 15
};

static inline bool sel_null(uint16_t sel)
{
    return !(sel & 0xfffc);
}
static inline unsigned desc_dpl(const struct desc *d)
{
    return d->hi >> SEGA_DPL_SHIFT & 3;
}
static inline unsigned desc_type(const struct desc *d)
{
    return d->hi >> 8 & 15; /* of a system descriptor */
}
static inline bool desc_is(const struct desc *d, uint32_t attrs)
{
    return (d->hi & attrs) == attrs;
}
static inline bool desc_code(const struct desc *d)
{
    return desc_is(d, SEGA_S | SEGA_CODE);
}
static inline bool desc_writable(const struct desc *d)
{
    return (d->hi & (SEGA_S | SEGA_CODE | SEGA_RW)) == (SEGA_S | SEGA_RW);
}
uint32_t desc_base(const struct desc *d);
uint32_t desc_limit(const struct desc *d);

/* False where the selector lies beyond its table, or in an LDT that is not there. */
bool desc_read(struct cpu *cpu, uint16_t sel, struct desc *d);
/* As desc_read, raising `vector` with the selector (and ext) as error code. */
void desc_need(struct cpu *cpu, uint16_t sel, struct desc *d, unsigned vector, unsigned ext);
void desc_to_segment(struct segment *s, uint16_t sel, const struct desc *d);
/* Sets the accessed bit in memory; d->hi too. */
void desc_touch(struct cpu *cpu, struct desc *d);
/* Sets or clears the busy bit of a TSS descriptor in memory. */
void desc_busy(struct cpu *cpu, struct desc *d, bool busy);

/* --- segments (segment.c) --- */
void segment_set_real(struct segment *s, uint16_t sel); /* a load in real mode */
void segment_set_v86(struct segment *s, uint16_t sel);
void segment_set_null(struct segment *s, uint16_t sel);
void segment_load(struct cpu *cpu, enum seg_index seg, uint16_t sel);
/* An access outside the segment: #SS or #GP. */
_Noreturn void raise_overrun(struct cpu *cpu, enum seg_index seg, uint32_t error);
/* Returning outward: data segments that the new CPL may not hold become null. */
void segments_drop_inner(struct cpu *cpu);
/* After CS was loaded: the CPL and all that hangs on it. */
void cpl_set(struct cpu *cpu, unsigned cpl);

/* --- stacks (stack.c) --- */
struct stack {
    struct segment ss;
    uint32_t sp, mask; /* mask: 0xffff or all ones, by the B bit */
    uint32_t error;    /* of the #SS when it has no room */
    enum tlb_mmu mmu;
};
void stack_current(const struct cpu *cpu, struct stack *s);
void stack_of(const struct cpu *cpu, struct stack *s, const struct segment *ss, uint32_t sp,
              unsigned cpl);
/* Pushes v[0] .. v[n-1] of `size` bytes each: all checked before the first is written. */
void stack_push(struct cpu *cpu, struct stack *s, const uint32_t *v, unsigned n, unsigned size);
/* Only the checks. */
void stack_probe(struct cpu *cpu, struct stack *s, unsigned n, unsigned size);
/* Reads the i-th value of `size` bytes above the top, `skip` bytes up. */
uint32_t stack_peek(struct cpu *cpu, const struct stack *s, uint32_t skip, unsigned size);
/* Makes ESP (or SP) the stack's. */
void stack_commit(struct cpu *cpu, const struct stack *s);
static inline uint32_t stack_at(const struct stack *s, uint32_t up)
{
    return (s->sp + up) & s->mask;
}
/* ESP after `up` more bytes are popped: the high half stays in 16-bit stacks. */
static inline uint32_t stack_sp_after(const struct stack *s, uint32_t up)
{
    return (s->sp & ~s->mask) | stack_at(s, up);
}

/* The SS:ESP that the TSS holds for privilege `cpl`, checked; faults are #TS and #SS with ext. */
void stack_inner(struct cpu *cpu, unsigned cpl, unsigned ext, struct stack *s, struct desc *ss);

/* --- events (interrupt.c, fault.c) --- */
struct event_in {
    uint8_t vector;
    bool software;      /* INT n, INT3, INTO: gate DPL is checked */
    bool exception;     /* takes part in double faults */
    bool has_error, rf; /* rf: the pushed EFLAGS has RF set */
    uint8_t ext;        /* EXT bit of faults on the way: 0 for software interrupts */
    uint32_t error;
    uint32_t ret; /* EIP to push */
};
/* Enters the handler; may raise. */
void interrupt_enter(struct cpu *cpu, const struct event_in *ev);
/* Outside instructions: enters the handler, and those of the faults met on the way. */
void event_deliver(struct cpu *cpu, const struct event_in *ev);
_Noreturn void raise_page_fault(struct cpu *cpu, uint64_t lin, uint32_t error);
void handler_flags(struct cpu *cpu, bool clear_if);

/* --- far transfers (transfer.c, return.c, task.c) --- */
/* Commits CS:EIP. */
void transfer_cs(struct cpu *cpu, uint16_t sel, struct desc *d, unsigned cpl, uint32_t eip);
enum task_cause { TASK_JUMP, TASK_CALL, TASK_IRET };
/* Switches to the task of TSS descriptor d; `next` goes into the old TSS as EIP. */
void task_switch(struct cpu *cpu, uint16_t sel, struct desc *d, enum task_cause cause,
                 uint32_t next, const struct event_in *ev);
/* Reads the task gate's or TSS's descriptor and checks it; ext as for interrupts. */
void task_gate(struct cpu *cpu, const struct desc *gate, enum task_cause cause, uint32_t next,
               const struct event_in *ev);
void iret_task(struct cpu *cpu, uint32_t next);
void enter_v86(struct cpu *cpu, uint32_t eip, uint32_t eflags, const uint16_t sel[SEG_COUNT]);
/* EFLAGS bits that IRET and POPF may change at this privilege. */
uint32_t flags_writable(const struct cpu *cpu);
/* EFLAGS with RF where it is in force. */
uint32_t eflags_image(const struct cpu *cpu);

/* --- paging (paging.c, access.c) --- */
void page_fill(struct cpu *cpu, uint32_t lin, enum tlb_kind kind, enum tlb_mmu mmu);
/* #AC for an operand that is not aligned, where alignment is checked. */
void alignment_check(struct cpu *cpu, uint64_t lin, unsigned size);
/* Everything by which a store may fault or start the instruction again, without the store. */
void store_ready(struct cpu *cpu, uint64_t lin, unsigned size, enum tlb_mmu mmu);
void pdptes_load(struct cpu *cpu, uint64_t cr3); /* #GP for reserved bits, before any change */
/* The TLB for explicit accesses at a privilege level. */
enum tlb_mmu cpu_mmu(const struct cpu *cpu, unsigned cpl);
static inline uint32_t kernel_load(struct cpu *cpu, uint32_t lin, unsigned size)
{
    return (uint32_t)cpu_load(cpu, lin, size, TLB_KERNEL);
}

/* --- debug (debug.c) --- */
bool debug_watched(const struct cpu *cpu, uint32_t page); /* a data breakpoint lies in the page */
void debug_data(struct cpu *cpu, uint32_t lin, unsigned size, bool write);
void debug_io(struct cpu *cpu, uint16_t port, unsigned size);
void debug_pend(struct cpu *cpu, uint64_t causes); /* a trap at the next boundary */
void debug_begin(struct cpu *cpu); /* what pends from here on is this instruction's */
void debug_drop(struct cpu *cpu);

/* --- I/O (io.c) --- */
void io_check(struct cpu *cpu, uint16_t port, unsigned size);

/* --- SMM (smm.c) --- */
void smm_enter(struct cpu *cpu);
void smm_set(struct cpu *cpu, bool on); /* with SMIACT#; the caller updates the mode */

/* --- control registers --- */
void cr0_set(struct cpu *cpu, uint64_t val); /* no checks; flushes and updates the mode */
void cr3_set(struct cpu *cpu, uint64_t val);
uint64_t tsc_read(const struct cpu *cpu);
void need_cpl0(struct cpu *cpu);

/* The count at the boundary behind the current instruction, which is the last of its block. */
static inline uint64_t count_after(const struct cpu *cpu)
{
    return cpu->limit - (uint64_t)cpu->budget;
}
/* The shadow of MOV SS and POP SS is in force: no interrupts and no debug exceptions (SDM vol. 3A,
 * 6.8.3).  Behind STI shadow_count alone has this count, behind INT n nodb_count alone. */
static inline bool cpu_ss_shadow(const struct cpu *cpu)
{
    uint64_t count = cpu_count(cpu);

    return count == cpu->shadow_count && count == cpu->nodb_count;
}
static inline uint32_t reg32(const struct cpu *cpu, enum gpr r)
{
    return (uint32_t)cpu->gpr[r];
}

#endif
