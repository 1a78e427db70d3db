/* exits.c - the ways out of a block: entry check, direct exits that can be linked, indirect ones.
 */
#include <assert.h>
#include "translate/backend/x86_64/jit.h"

static uint32_t offset(const struct jit *j, const uint8_t *p)
{
    return (uint32_t)(p - j->d->rw);
}

/* cpu->eip = eip, an EIP that the block knows. */
static void set_eip(struct jit *j, uint32_t eip)
{
    x_st_state_imm(j, 4, offsetof(struct cpu, eip), eip);
    note_reloc(j, RELOC_EIP, j->p - 4);
}

/* Out to the run loop with EIP at the block's start and its instructions given back. */
static void stub_entry(struct jit *j, struct stub *s)
{
    (void)s;
    x_alu_ri(j, 8, ALU_ADD, BUDGET_REG, j->b->n);
    set_eip(j, j->b->eip);
    x_rr(j, 4, 0x31, R8, R8);
    x_jmp_to(j, j->d->exit);
}

/* Compares the fetch entry of a linear page with a RAM page; returns the branch taken if they
 * differ. */
static uint8_t *page_check(struct jit *j, uint32_t linear_page, uint32_t value, uint8_t **imm)
{
    x_rm(j, 4, 0x81, ALU_CMP, TLB_REG, NOREG, 0, FETCH_OFF + (int32_t)(linear_page * 8));
    note_reloc(j, RELOC_PAGE, j->p - 4);
    x32(j, value);
    if (imm)
        *imm = j->p - 4;
    return x_jcc(j, 5);
}

/* DEC of the count, relative to RIP of the mapping that runs; returns the branch taken at zero. */
static uint8_t *count_run(struct jit *j)
{
    x8(j, 0xff);
    x8(j, 0x0d);
    note_reloc(j, RELOC_RUNS, j->p);
    x32(j, (uint32_t)((uint8_t *)j->b->runs - (rx_of(j->d, j->p) + 4)));
    return x_jcc(j, 4);
}

/* Where the block's own jump to its start arrives, with XMM registers loaded: out with them in
 * memory. */
static void stub_loop_entry(struct jit *j, struct stub *s)
{
    vec_store(j, j->vloop_written);
    stub_entry(j, s);
}

/* A loop has a second entry.  It passes by the loads, and by the check of a second page, since it
 * comes from there. */
static void loop_entry(struct jit *j)
{
    uint8_t *over;
    struct stub *s;

    vec_load(j, j->vloop_used);
    over = x_jmp(j);
    j->b->loop = (uint32_t)(j->p - j->start);
    s = add_stub(j, stub_loop_entry);
    x_alu_ri(j, 8, ALU_SUB, BUDGET_REG, j->b->n);
    s->from[s->nfrom++] = x_jcc(j, 8);
    if (j->b->runs)
        s->from[s->nfrom++] = count_run(j);
    x_patch(j, over, j->p);
    j->vloaded = j->vloop_used;
    j->vdirty = j->vloop_written;
}

/* --- tight loops ---
 *
 * A promoted block that ends in `P; jcc to its own start`, where P defines all flags, keeps them in
 * the host's EFLAGS around the loop, and takes the next round's instructions off the budget before
 * P.  If the budget does not allow another round, P and the jump are done once more, out of line:
 *
 *     top:   ...                         tail:   P
 *            sub budget, n                       flags, XMM registers into memory
 *            js tail                             budget += n
 *            P                                   EIP = by the condition, top or behind
 *            jcc top                             to the run loop
 *            budget += n                                                      */

/* May be done twice in two places: its code does not depend on where it stands, nor does it fault.
 */
static bool repeatable(const struct jit *j, const struct ir_insn *i)
{
    return i->fset == FLAGS_STATUS && !i->fkeep && !i->ffault && i->op != IR_rmw &&
           i->op != IR_helper && ir_op_info[i->op].attr & IRA_FLAGS && !ir_flags_read(i) &&
           !ir_flags_maybe(j->ir, i) && !soft_wanted(j, i);
}

void loop_plan(struct jit *j)
{
    size_t n = j->ir->code.len;
    const struct ir_insn *at = j->ir->code.at;

    j->loop_flags = 0;
    j->loop_top = NULL;
    if (!j->window || n < 3 || at[n - 1].op != IR_jmp || at[n - 2].op != IR_jcc ||
        at[n - 2].aux != j->b->eip)
        return;
    for (n -= 2; n-- > 0 && at[n].op == IR_insn;)
        ;
    if (n < j->ir->code.len && repeatable(j, &at[n]))
        j->loop_flags = (uint32_t)n + 1;
}

static void begin_tight_loop(struct jit *j)
{
    vec_load(j, j->vloop_used);
    j->vloaded = j->vloop_used;
    j->vdirty = j->vloop_written;
    if (j->ir->flags_in) {
        flags_need_host(j, FLAGS_STATUS);
        j->state = 0;
    }
    j->loop_top = j->p;
}

static void stub_tail(struct jit *j, struct stub *s)
{
    uint8_t *taken, *out;

    for (const uint8_t *p = j->again_from; p < j->again_to; p++)
        x8(j, *p);
    j->host = FLAGS_STATUS;
    j->state = 0;
    flags_need_state(j);
    vec_store(j, j->vloop_written);
    x_rm(j, 8, 0x8d, BUDGET_REG, BUDGET_REG, NOREG, 0, j->b->n);
    taken = x_jcc(j, s->insn->cc);
    set_eip(j, s->insn[1].aux);
    out = x_jmp(j);
    x_patch(j, taken, j->p);
    set_eip(j, s->insn->aux);
    x_patch(j, out, j->p);
    x_rr(j, 4, 0x31, R8, R8);
    x_jmp_to(j, j->d->exit);
}

void loop_before(struct jit *j)
{
    struct stub *s;

    if (!j->loop_flags || j->pos + 1 != j->loop_flags)
        return;
    x_alu_ri(j, 8, ALU_SUB, BUDGET_REG, j->b->n);
    s = add_stub(j, stub_tail);
    s->insn = &j->ir->code.at[j->ir->code.len - 2];
    s->from[s->nfrom++] = x_jcc(j, 8);
    j->host = 0;
    j->again_from = j->p;
}

static void jump_to_top(struct jit *j, const struct ir_insn *i)
{
    j->again_to = j->p;
    assert(j->host == FLAGS_STATUS);
    x_patch(j, x_jcc(j, i->cc), j->loop_top);
    x_rm(j, 8, 0x8d, BUDGET_REG, BUDGET_REG, NOREG, 0, j->b->n);
}

void emit_entry(struct jit *j)
{
    struct stub *s = add_stub(j, stub_entry);

    x_alu_ri(j, 8, ALU_SUB, BUDGET_REG, j->b->n);
    s->from[s->nfrom++] = x_jcc(j, 8);
    if (j->b->runs)
        s->from[s->nfrom++] = count_run(j);
    if (j->b->page2 != NO_RAM) {
        uint32_t page = (j->b->cs_base + j->b->eip + j->b->bytes - 1) >> PAGE_SHIFT;
        s->from[s->nfrom++] = page_check(j, page, (uint32_t)(j->b->page2 >> PAGE_SHIFT) << 1, NULL);
    }
    if (j->loop_flags)
        begin_tight_loop(j);
    else if (j->vloop_used)
        loop_entry(j);
}

static bool stays_in_loop(const struct jit *j, uint32_t eip)
{
    return j->vloop_used && eip == j->b->eip;
}

/* Not linked: names the exit to the run loop. */
static void stub_exit(struct jit *j, struct stub *s)
{
    struct block_exit *x = &j->b->exit[s->slot];

    x->stub = offset(j, j->p);
    if (stays_in_loop(j, x->eip))
        vec_store(j, j->vloop_written);
    set_eip(j, x->eip);
    x_mov_ri(j, R8, (uintptr_t)x);
    note_reloc(j, RELOC_EXIT, j->p - 8);
    x_jmp_to(j, j->d->exit);
}

static bool same_page(const struct jit *j, uint32_t eip)
{
    const struct block *b = j->b;
    return (b->cs_base + eip) >> PAGE_SHIFT == (b->cs_base + b->eip) >> PAGE_SHIFT;
}

static struct block_exit *begin_exit(struct jit *j, unsigned slot, uint32_t eip)
{
    struct block_exit *x = &j->b->exit[slot];

    assert(!x->used);
    x->used = true;
    x->eip = eip;
    return x;
}

/* Records where the jump is patched; all of its branches lead to the stub until then. */
static void exit_site(struct jit *j, unsigned slot, uint8_t *rel32, uint8_t *check, uint8_t *imm)
{
    struct block_exit *x = &j->b->exit[slot];
    struct stub *s = add_stub(j, stub_exit);

    x->site = offset(j, rel32);
    x->page_site = imm ? offset(j, imm) : 0;
    s->slot = slot;
    s->from[s->nfrom++] = rel32;
    if (check)
        s->from[s->nfrom++] = check;
}

static uint8_t *target_check(struct jit *j, uint32_t eip, uint8_t **imm)
{
    *imm = NULL;
    return same_page(j, eip) ? NULL
                             : page_check(j, (j->b->cs_base + eip) >> PAGE_SHIFT, TLB_EMPTY, imm);
}

static void jump_out(struct jit *j, unsigned slot, uint32_t eip)
{
    uint8_t *imm, *check = target_check(j, eip, &imm);

    exit_site(j, slot, x_jmp(j), check, imm);
}

/* A conditional exit to another page goes through a jump of its own behind the block. */
static void stub_far_exit(struct jit *j, struct stub *s)
{
    jump_out(j, s->insn->seg, s->insn->aux);
}

static void branch_out(struct jit *j, const struct ir_insn *i, unsigned cc)
{
    uint8_t *rel32 = x_jcc(j, cc);

    if (same_page(j, i->aux)) {
        exit_site(j, i->seg, rel32, NULL, NULL);
    } else {
        struct stub *s = add_stub(j, stub_far_exit);
        s->insn = i;
        s->from[s->nfrom++] = rel32;
    }
}

static void emit_jnz(struct jit *j, const struct ir_insn *i)
{
    unsigned a = reg_use(j, i->a, i->size);

    flags_clobber(j, FLAGS_STATUS);
    x_rr(j, i->size, pair(0x84, i->size), a, a);
    begin_exit(j, i->seg, i->aux);
    branch_out(j, i, 5);
}

/* --- calls and returns ---
 *
 * A guest call is a host call, so that the host's own return predictor follows the guest's.  The
 * host stack then holds, for each guest call since the run loop entered, the host's return address
 * and above it the guest's.  A guest return compares the address that it popped with the latter,
 * and goes back by a host return; if they differ, one entry is dropped and the jump cache decides.
 * The code behind a host call is the landing: the caller's block goes on there with the instruction
 * after the call, if the mode is still the same.
 *
 * Nothing on the host stack outlives an exit to the run loop, where mappings and CS may change: the
 * exit takes the stack back to cpu->host_sp.  There lies an entry whose landing is the jump cache.
 */

static uint32_t return_eip(const struct jit *j)
{
    unsigned last = j->b->n - 1u;
    return block_eip(j->b, last) + j->b->guest[last].len;
}

static void stub_stack_full(struct jit *j, struct stub *s)
{
    x_ld_state(j, 8, RSP, offsetof(struct cpu, host_sp));
    x_patch(j, x_jmp(j), s->back);
}

static void stub_landing_mode(struct jit *j, struct stub *s)
{
    (void)s;
    x_mov_ri(j, R8, return_eip(j));
    note_reloc(j, RELOC_EIP, j->p - 4);
    x_jmp_to(j, j->d->dispatch);
}

static void push_return(struct jit *j)
{
    struct stub *s;

    x_rm(j, 8, 0x3b, RSP, STATE_REG, NOREG, 0, offsetof(struct cpu, host_sp_limit));
    s = add_stub(j, stub_stack_full);
    s->from[s->nfrom++] = x_jcc(j, 2);
    s->back = j->p;
    x8(j, 0x68);
    note_reloc(j, RELOC_EIP, j->p);
    x32(j, return_eip(j));
}

static void landing(struct jit *j)
{
    struct stub *s;

    x_rm(j, 8, 0x8d, RSP, RSP, NOREG, 0, 8);
    x_rm(j, 4, 0x81, ALU_CMP, STATE_REG, NOREG, 0, offsetof(struct cpu, mode));
    x32(j, j->ir->mode);
    s = add_stub(j, stub_landing_mode);
    s->from[s->nfrom++] = x_jcc(j, 5);
    begin_exit(j, 0, return_eip(j));
    jump_out(j, 0, return_eip(j));
}

/* A call of the next instruction asks where it is, and never returns. */
static bool is_call(const struct jit *j, const struct ir_insn *i)
{
    return i->cc == IR_JUMP_CALL && !(j->b->mode & (BLOCK_SINGLE | MODE_STEP)) &&
           i->aux != return_eip(j);
}

static void call_out(struct jit *j, const struct ir_insn *i)
{
    uint8_t *imm, *check;

    begin_exit(j, i->seg, i->aux);
    check = target_check(j, i->aux, &imm);
    push_return(j);
    x8(j, 0xe8);
    x32(j, 0);
    exit_site(j, i->seg, j->p - 4, check, imm);
    landing(j);
}

/* The jump cache's look-up in line, so that each site has its own prediction; R8D is the target. */
static void indirect(struct jit *j)
{
    emit_dispatch(j, j->ir->mode & BIT(MODE_FLAT_SHIFT + SEG_CS), j->d->miss);
}

static void stub_indirect(struct jit *j, struct stub *s)
{
    (void)s;
    indirect(j);
}

static void emit_jmpi(struct jit *j, const struct ir_insn *i)
{
    unsigned r = reg_use(j, i->a, 4);

    if (r != R8)
        x_mov_rr(j, 4, R8, r);
    if (i->cc == IR_JUMP_RET) {
        x_rm(j, 4, 0x39, R8, RSP, NOREG, 0, 8);
        x_patch_to(j, x_jcc(j, 5), j->d->return_miss);
        x8(j, 0xc3);
    } else if (is_call(j, i)) {
        struct stub *s;
        push_return(j);
        x8(j, 0xe8);
        x32(j, 0);
        s = add_stub(j, stub_indirect);
        s->from[s->nfrom++] = j->p - 4;
        landing(j);
    } else if (i->cc == IR_JUMP_FAR) {
        x_jmp_to(j, j->d->dispatch);
    } else {
        indirect(j);
    }
}

/* --- side exits --- */

/* Everything that the main path keeps in registers goes to memory here, and the instructions behind
 * the jump go back to the budget. */
static void stub_side_exit(struct jit *j, struct stub *s)
{
    j->host = s->host;
    j->state = s->state;
    flags_need_state(j);
    vec_store(j, s->vdirty);
    j->x87_last = s->value & 0xffff;
    j->x87_mem = s->value >> 16 & 0xffff;
    x87_store_pointers(j);
    x_rm(j, 8, 0x8d, BUDGET_REG, BUDGET_REG, NOREG, 0, s->disp);
    begin_exit(j, s->insn->seg, s->insn->aux);
    jump_out(j, s->insn->seg, s->insn->aux);
}

static void side_exit(struct jit *j, const struct ir_insn *i)
{
    unsigned cc = flags_condition(j, i->cc);
    struct stub *s = add_stub(j, stub_side_exit);

    s->insn = i;
    s->host = j->host;
    s->state = j->state;
    s->value = j->x87_last | (uint64_t)j->x87_mem << 16;
    s->disp = j->b->n - (i->index + 1);
    s->from[s->nfrom++] = x_jcc(j, cc);
}

void emit_exit(struct jit *j, const struct ir_insn *i)
{
    if (i->op == IR_jcc && i->seg >= IR_FIRST_SIDE_EXIT) {
        side_exit(j, i);
        return;
    }
    if (!((i->op == IR_jcc || i->op == IR_jnz) && stays_in_loop(j, i->aux)))
        vec_flush(j);
    x87_store_pointers(j);
    if (i->op == IR_jcc && j->loop_flags) {
        jump_to_top(j, i);
        return;
    }
    flags_need_state(j);
    switch (i->op) {
    case IR_jcc:
        begin_exit(j, i->seg, i->aux);
        branch_out(j, i, flags_condition(j, i->cc));
        break;
    case IR_jnz:
        emit_jnz(j, i);
        break;
    case IR_jmp:
        if (is_call(j, i)) {
            call_out(j, i);
        } else {
            begin_exit(j, i->seg, i->aux);
            jump_out(j, i->seg, i->aux);
        }
        break;
    case IR_jmpi:
        emit_jmpi(j, i);
        break;
    default:
        assert(i->op == IR_leave);
        x_rr(j, 4, 0x31, R8, R8);
        x_jmp_to(j, j->d->exit);
        break;
    }
}
