/* stubs.c - code made once for each engine: entry, exit, dispatch, and the thunks to C. */
#include "translate/backend/x86_64/host_flags.h"
#include "translate/backend/x86_64/jit.h"

static size_t gpr_off(unsigned n)
{
    return offsetof(struct cpu, gpr) + n * 8;
}

/* Guest registers whose homes a C function may change, or all. */
static bool caller_saved(unsigned n)
{
    return n != R_BX && n != R_SP && n != R_BP;
}

static void store_guest(struct jit *j, bool all)
{
    for (unsigned n = 0; n < 8; n++) {
        if (all || caller_saved(n))
            x_st_state(j, 8, guest_home[n], gpr_off(n));
    }
}

static void load_guest(struct jit *j, bool all)
{
    for (unsigned n = 0; n < 8; n++) {
        if (all || caller_saved(n))
            x_ld_state(j, 8, guest_home[n], gpr_off(n));
    }
}

static void push(struct jit *j, unsigned reg)
{
    if (reg & 8)
        x8(j, 0x41);
    x8(j, 0x50 | (reg & 7));
}

static void pop(struct jit *j, unsigned reg)
{
    if (reg & 8)
        x8(j, 0x41);
    x8(j, 0x58 | (reg & 7));
}

static const uint8_t callee_saved[] = {RBX, RBP, R12, R13, R14, R15};

/* The host stack may hold this many bytes of guest calls. */
enum { CALL_DEPTH = 64 << 10 };

static void push_base(struct jit *j)
{
    x_mov_ri(j, R9, (uintptr_t)j->d->return_base);
    push(j, R9);
    push(j, R9);
}

static void load_tlb(struct jit *j)
{
    x_ld_state(j, 8, TLB_REG, offsetof(struct cpu, tlb_base));
    x_rm(j, 8, 0x8d, TLB_REG, TLB_REG, NOREG, 0, -READ_OFF);
}

static void make_enter(struct jit *j)
{
    j->d->enter = rx_of(j->d, j->p);
    for (unsigned n = 0; n < ARRAY_LEN(callee_saved); n++)
        push(j, callee_saved[n]);
    x_mov_rr(j, 8, STATE_REG, RDI);
    x_mov_rr(j, 8, R8, RSI);
    push_base(j);
    x_st_state(j, 8, RSP, offsetof(struct cpu, host_sp));
    x_rm(j, 8, 0x8d, R9, RSP, NOREG, 0, -CALL_DEPTH);
    x_st_state(j, 8, R9, offsetof(struct cpu, host_sp_limit));
    x_ld_state(j, 8, BUDGET_REG, offsetof(struct cpu, budget));
    load_tlb(j);
    load_guest(j, true);
    x8(j, 0x41);
    x8(j, 0xff);
    x8(j, 0xe0);
}

static void make_exit(struct jit *j)
{
    j->d->exit = rx_of(j->d, j->p);
    store_guest(j, true);
    x_st_state(j, 8, BUDGET_REG, offsetof(struct cpu, budget));
    x_mov_rr(j, 8, RAX, R8);
    x_ld_state(j, 8, RSP, offsetof(struct cpu, host_sp));
    x_alu_ri(j, 8, ALU_ADD, RSP, 16);
    for (unsigned n = ARRAY_LEN(callee_saved); n-- > 0;)
        pop(j, callee_saved[n]);
    x8(j, 0xc3);
}

/* R8D is the EIP to go to.  The jump cache answers if EIP, mode, CS base and page agree. */
void emit_dispatch(struct jit *j, bool flat_cs, const uint8_t *miss)
{
    x_st_state(j, 8, R8, offsetof(struct cpu, eip));
    x_mov_rr(j, 4, R9, R8);
    x_rr(j, 4, 0xc1, 5, R9);
    x8(j, JUMP_BITS);
    x_alu_rr(j, 4, ALU_XOR, R9, R8);
    x_alu_ri(j, 4, ALU_AND, R9, (1 << JUMP_BITS) - 1);
    x_rr(j, 4, 0xc1, 4, R9);
    x8(j, 5);
    x_mov_ri(j, R10, (uintptr_t)j->e->jump);
    x_alu_rr(j, 8, ALU_ADD, R10, R9);
    x_rm(j, 4, 0x39, R8, R10, NOREG, 0, offsetof(struct jump_entry, eip));
    x_patch_to(j, x_jcc(j, 5), miss);
    x_ld_state(j, 4, R9, offsetof(struct cpu, mode));
    x_rm(j, 4, 0x39, R9, R10, NOREG, 0, offsetof(struct jump_entry, mode));
    x_patch_to(j, x_jcc(j, 5), miss);
    if (!flat_cs) {
        x_ld_state(j, 4, R9, offsetof(struct cpu, seg[SEG_CS].base));
        x_rm(j, 4, 0x39, R9, R10, NOREG, 0, offsetof(struct jump_entry, cs_base));
        x_patch_to(j, x_jcc(j, 5), miss);
        x_ld_state(j, 4, R9, offsetof(struct cpu, seg[SEG_CS].limit));
        x_rm(j, 4, 0x39, R9, R10, NOREG, 0, offsetof(struct jump_entry, cs_limit));
        x_patch_to(j, x_jcc(j, 5), miss);
        x_ld_state(j, 4, R9, offsetof(struct cpu, seg[SEG_CS].base));
        x_alu_rr(j, 4, ALU_ADD, R9, R8);
    } else {
        x_mov_rr(j, 4, R9, R8);
    }
    x_rr(j, 4, 0xc1, 5, R9);
    x8(j, PAGE_SHIFT);
    x_rm(j, 8, 0x8b, R9, TLB_REG, R9, 3, FETCH_OFF);
    x_rm(j, 4, 0x39, R9, R10, NOREG, 0, offsetof(struct jump_entry, page));
    x_patch_to(j, x_jcc(j, 5), miss);
    x_rm(j, 8, 0x8b, R10, R10, NOREG, 0, offsetof(struct jump_entry, code));
    x_rr(j, 8, 0x85, R10, R10);
    x_patch_to(j, x_jcc(j, 4), miss);
    x8(j, 0x41);
    x8(j, 0xff);
    x8(j, 0xe2);
}

static void make_dispatch(struct jit *j)
{
    struct jit_data *d = j->d;

    d->miss = rx_of(d, j->p);
    x_rr(j, 4, 0x31, R8, R8);
    x_jmp_to(j, d->exit);
    d->dispatch = rx_of(d, j->p);
    emit_dispatch(j, false, d->miss);
}

/* Landing of the base entry, which takes its place again: a return address that happens to agree.
 */
static void make_return_base(struct jit *j)
{
    j->d->return_base = rx_of(j->d, j->p);
    x_rm(j, 8, 0x8d, RSP, RSP, NOREG, 0, -8);
    x_jmp_to(j, j->d->dispatch);
}

/* A return to somewhere else: drops an entry, but not the base. */
static void make_return_miss(struct jit *j)
{
    uint8_t *at_base;

    j->d->return_miss = rx_of(j->d, j->p);
    x_rm(j, 8, 0x3b, RSP, STATE_REG, NOREG, 0, offsetof(struct cpu, host_sp));
    at_base = x_jcc(j, 3);
    x_rm(j, 8, 0x8d, RSP, RSP, NOREG, 0, 16);
    x_patch(j, at_base, j->p);
    x_jmp_to(j, j->d->dispatch);
}

static void call_c(struct jit *j, void (*fn)(void))
{
    x_mov_rr(j, 8, RDI, STATE_REG);
    x_mov_ri(j, RAX, (uintptr_t)fn);
    x8(j, 0xff);
    x8(j, 0xd0);
}

static void note_pc(struct jit *j, int32_t depth)
{
    x_rm(j, 8, 0x8b, RAX, RSP, NOREG, 0, depth);
    x_st_state(j, 8, RAX, offsetof(struct cpu, host_pc));
    x_st_state(j, 8, BUDGET_REG, offsetof(struct cpu, budget));
}

static uint8_t *make_helper(struct jit *j, const struct helper *h)
{
    static const uint8_t arg[] = {RSI, RDX, RCX, R8};
    uint8_t *at = rx_of(j->d, j->p);
    unsigned fx = h->effects;

    store_guest(j, fx & (HE_FAULT | HE_RGPR | HE_WGPR | HE_END | HE_IO));
    note_pc(j, 0);
    if (fx & HE_X87)
        call_c(j, (void (*)(void))fpu_out);
    else if (fx & HE_MXCSR)
        call_c(j, (void (*)(void))mxcsr_out);
    for (unsigned n = 0; n < h->nargs; n++)
        x_ld_state(j, 8, arg[n], offsetof(struct cpu, args) + n * 8);
    call_c(j, h->fn);
    x_st_state(j, 8, RAX, offsetof(struct cpu, ret));
    if (fx & HE_X87)
        call_c(j, (void (*)(void))fpu_in);
    else if (fx & HE_MXCSR)
        call_c(j, (void (*)(void))mxcsr_in);
    if (fx & (HE_IO | HE_END | HE_FAULT))
        x_ld_state(j, 8, BUDGET_REG, offsetof(struct cpu, budget));
    if (fx & HE_END)
        load_tlb(j);
    load_guest(j, fx & (HE_WGPR | HE_END));
    x8(j, 0xc3);
    return at;
}

/* A slow path: every register but flags comes back as it was. */
static uint8_t *make_slow(struct jit *j, void (*fn)(struct cpu *))
{
    uint8_t *at = rx_of(j->d, j->p);

    for (unsigned r = R8; r <= R11; r++)
        push(j, r);
    store_guest(j, true);
    note_pc(j, 32);
    call_c(j, (void (*)(void))fn);
    x_ld_state(j, 8, BUDGET_REG, offsetof(struct cpu, budget));
    load_guest(j, false);
    for (unsigned r = R11; r >= R8; r--)
        pop(j, r);
    x8(j, 0xc3);
    return at;
}

#define SLOW(n)                                                                                    \
    static void slow_load##n(struct cpu *cpu)                                                      \
    {                                                                                              \
        cpu->ret = cpu_load(cpu, cpu->args[0], n, cpu->mmu);                                       \
    }                                                                                              \
    static void slow_loadw##n(struct cpu *cpu)                                                     \
    {                                                                                              \
        cpu->ret = cpu_load_for_write(cpu, cpu->args[0], n);                                       \
    }                                                                                              \
    static void slow_store##n(struct cpu *cpu)                                                     \
    {                                                                                              \
        cpu_store(cpu, cpu->args[0], cpu->args[1] & mask_bytes(n), n, cpu->mmu);                   \
    }
static void out_of_window(struct cpu *cpu, unsigned size, bool write)
{
    promote_fill(cpu->engine, (uint32_t)cpu->args[0], size, write);
}

/* promote_fill() may drop the block, but code that runs stays. */
#define OUT(n)                                                                                     \
    static void out_load##n(struct cpu *cpu)                                                       \
    {                                                                                              \
        slow_load##n(cpu);                                                                         \
        out_of_window(cpu, n, false);                                                              \
    }                                                                                              \
    static void out_store##n(struct cpu *cpu)                                                      \
    {                                                                                              \
        slow_store##n(cpu);                                                                        \
        out_of_window(cpu, n, true);                                                               \
    }
SLOW(1)
SLOW(2)
SLOW(4)
SLOW(8)
OUT(1)
OUT(2)
OUT(4)
OUT(8)

static void slow_linear(struct cpu *cpu)
{
    cpu->ret = cpu_linear(cpu, cpu->args[0] & 0xff, cpu->args[1], (unsigned)cpu->args[2],
                          cpu->args[0] >> 8);
}

void stubs_make(struct jit *j)
{
    struct jit_data *d = j->d;

    make_exit(j);
    make_dispatch(j);
    make_return_base(j);
    make_return_miss(j);
    make_enter(j);
    for (unsigned n = 0; n < HELPER_COUNT; n++)
        d->helper[n] = make_helper(j, &helpers[n]);
#define MAKE(n)                                                                                    \
    d->load[n] = make_slow(j, slow_load##n);                                                       \
    d->loadw[n] = make_slow(j, slow_loadw##n);                                                     \
    d->store[n] = make_slow(j, slow_store##n);                                                     \
    d->out_load[n] = make_slow(j, out_load##n);                                                    \
    d->out_store[n] = make_slow(j, out_store##n)
    MAKE(1);
    MAKE(2);
    MAKE(4);
    MAKE(8);
#undef MAKE
    d->linear = make_slow(j, slow_linear);
    d->group = make_slow(j, slow_group);
    d->out_fill = make_slow(j, slow_fill);
    d->alu = make_slow(j, slow_alu);
}
