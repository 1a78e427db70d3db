/* exits.c - the ways out of a block: entry check, direct exits that can be linked, indirect ones.
 */
#include <assert.h>
#include "translate/backend/x86_64/jit.h"

#define FETCH_OFF ((int32_t)(TLB_FETCH * TLB_TABLE_BYTES))

static uint32_t offset(const struct jit *j, const uint8_t *p)
{
    return (uint32_t)(p - j->d->rw);
}

/* Out to the run loop with EIP at the block's start and its instructions given back. */
static void stub_entry(struct jit *j, struct stub *s)
{
    (void)s;
    x_alu_ri(j, 8, ALU_ADD, BUDGET_REG, j->b->n);
    x_st_state_imm(j, 4, offsetof(struct cpu, eip), j->b->eip);
    x_rr(j, 4, 0x31, R8, R8);
    x_jmp_to(j, j->d->exit);
}

/* Compares the fetch entry of a linear page with a RAM page; returns the branch taken if they
 * differ. */
static uint8_t *page_check(struct jit *j, uint32_t linear_page, uint32_t value, uint8_t **imm)
{
    x_rm(j, 4, 0x81, ALU_CMP, TLB_REG, NOREG, 0, FETCH_OFF + (int32_t)(linear_page * 8));
    x32(j, value);
    if (imm)
        *imm = j->p - 4;
    return x_jcc(j, 5);
}

void emit_entry(struct jit *j)
{
    struct stub *s = add_stub(j, stub_entry);

    x_alu_ri(j, 8, ALU_SUB, BUDGET_REG, j->b->n);
    s->from[s->nfrom++] = x_jcc(j, 8);
    if (j->b->page2 != NO_RAM) {
        uint32_t page = (j->b->cs_base + j->b->eip + j->b->bytes - 1) >> PAGE_SHIFT;
        s->from[s->nfrom++] = page_check(j, page, (uint32_t)(j->b->page2 >> PAGE_SHIFT) << 1, NULL);
    }
}

/* Not linked: names the exit to the run loop. */
static void stub_exit(struct jit *j, struct stub *s)
{
    struct block_exit *x = &j->b->exit[s->slot];

    x->stub = offset(j, j->p);
    x_st_state_imm(j, 4, offsetof(struct cpu, eip), x->eip);
    x_mov_ri(j, R8, (uintptr_t)x);
    x_jmp_to(j, j->d->exit);
}

static bool same_page(const struct jit *j, uint32_t eip)
{
    const struct block *b = j->b;
    return (b->cs_base + eip) >> PAGE_SHIFT == (b->cs_base + b->eip) >> PAGE_SHIFT;
}

static void begin_exit(struct jit *j, const struct ir_insn *i)
{
    struct block_exit *x = &j->b->exit[i->seg];

    assert(!x->used);
    x->used = true;
    x->eip = i->aux;
}

/* Records where the jump is patched; all of its branches lead to the stub until then. */
static void exit_site(struct jit *j, const struct ir_insn *i, uint8_t *rel32, uint8_t *check,
                      uint8_t *imm)
{
    struct block_exit *x = &j->b->exit[i->seg];
    struct stub *s = add_stub(j, stub_exit);

    x->site = offset(j, rel32);
    x->page_site = imm ? offset(j, imm) : 0;
    s->slot = i->seg;
    s->from[s->nfrom++] = rel32;
    if (check)
        s->from[s->nfrom++] = check;
}

static void jump_out(struct jit *j, const struct ir_insn *i)
{
    uint8_t *check = NULL, *imm = NULL;

    if (!same_page(j, i->aux))
        check = page_check(j, (j->b->cs_base + i->aux) >> PAGE_SHIFT, TLB_EMPTY, &imm);
    exit_site(j, i, x_jmp(j), check, imm);
}

/* A conditional exit to another page goes through a jump of its own behind the block. */
static void stub_far_exit(struct jit *j, struct stub *s)
{
    jump_out(j, s->insn);
}

static void branch_out(struct jit *j, const struct ir_insn *i, unsigned cc)
{
    uint8_t *rel32 = x_jcc(j, cc);

    if (same_page(j, i->aux)) {
        exit_site(j, i, rel32, NULL, NULL);
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
    begin_exit(j, i);
    branch_out(j, i, 5);
}

void emit_exit(struct jit *j, const struct ir_insn *i)
{
    unsigned r;

    vec_flush(j);
    x87_store_pointers(j);
    flags_need_state(j);
    switch (i->op) {
    case IR_jcc:
        begin_exit(j, i);
        branch_out(j, i, flags_condition(j, i->cc));
        break;
    case IR_jnz:
        emit_jnz(j, i);
        break;
    case IR_jmp:
        begin_exit(j, i);
        jump_out(j, i);
        break;
    case IR_jmpi:
        r = reg_use(j, i->a, 4);
        if (r != R8)
            x_mov_rr(j, 4, R8, r);
        x_jmp_to(j, j->d->dispatch);
        break;
    default:
        assert(i->op == IR_leave);
        x_rr(j, 4, 0x31, R8, R8);
        x_jmp_to(j, j->d->exit);
        break;
    }
}
