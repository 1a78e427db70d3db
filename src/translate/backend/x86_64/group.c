/* group.c - one page check for several accesses through the same base.
 *
 * Before a block is emitted, a pass follows what its registers and temporaries hold as `base +
 * constant`, where a base is the unknown value of some register at some point.  Loads through one
 * base form a group, stores another; what PUSH, POP and a frame's variables do are such groups,
 * since ESP moves by constants.  The first access of a group looks up its TLB entry and checks that
 * the lowest and the highest byte of the whole group lie in its page; the entry stays in a
 * temporary, and the others are single host instructions that cannot fault.
 *
 * Worked example: push ebp; push edi; push esi, with ESP = b.  Stores at b-4, b-8, b-12: the first
 * one checks that b-12 .. b-1 is one page and keeps the entry, the others are MOV [entry +
 * address], reg.
 *
 * Nothing in the middle of a block can take an entry away (flushes and new code pages wait for its
 * end), so what held for the first access holds for all.  Where the page is not plain memory, or
 * the group lies across two pages, the instruction of the first access starts again, alone in a
 * block; a block to which that happens often is translated anew without groups. */
#include <string.h>
#include "translate/backend/x86_64/jit.h"

enum { MAX_SPAN = 2048, MIN_MEMBERS = 2, MAX_BASES = 512 };

static struct group_value fresh(struct jit *j)
{
    struct group_value v = {j->bases, 0};

    j->bases++;
    return v;
}

/* Of a register or temporary; without a branch, since either is as likely. */
static struct group_value *place(struct jit *j, ir_ref r)
{
    return &j->value[ir_is_tmp(r) ? GPR_COUNT + ir_tmp(r) : ir_gpr(r)];
}

static bool has_place(ir_ref r)
{
    return r & (IR_GPR | IR_TMP);
}

static struct group_value plus(struct jit *j, ir_ref a, int64_t n)
{
    struct group_value v = *place(j, a);

    if (v.off + n > INT32_MAX / 2 || v.off + n < INT32_MIN / 2)
        return fresh(j);
    v.off += (int32_t)n;
    return v;
}

/* Is the result a plus a constant? */
static bool adds_constant(const struct jit *j, const struct ir_insn *i, int64_t *n)
{
    if (i->size != 4 || !has_place(i->a))
        return false;
    if (i->op == IR_mov || i->op == IR_lea) {
        *n = i->op == IR_lea ? (int32_t)i->aux : 0;
        return i->b == IR_NONE;
    }
    if (i->op == IR_add || i->op == IR_sub) {
        *n = ir_is_const(i->b) ? (int32_t)ir_const_value(j->ir, i->b) : 0;
        *n = i->op == IR_sub ? -*n : *n;
        return ir_is_const(i->b);
    }
    *n = i->op == IR_inc ? 1 : -1;
    return i->op == IR_inc || i->op == IR_dec;
}

/* What the operation writes gets its new value. */
static void follow(struct jit *j, const struct ir_insn *i)
{
    int64_t n;

    if (i->op == IR_helper && ir_effects(i) & (HE_WGPR | HE_END)) {
        for (unsigned k = 0; k < GPR_COUNT; k++)
            j->value[k] = fresh(j);
    }
    if (i->op != IR_helper && has_place(i->dst2))
        *place(j, i->dst2) = fresh(j);
    if (!has_place(i->dst))
        return;
    *place(j, i->dst) = adds_constant(j, i, &n) ? plus(j, i->a, n) : fresh(j);
}

static bool groupable(const struct jit *j, const struct ir_insn *i)
{
    return (i->op == IR_ld || i->op == IR_st) && mode_flat(j->ir->mode, i->seg, i->op == IR_st) &&
           !ir_is_const(i->a);
}

static struct group *group_of(struct jit *j, const struct group_value *v, bool write)
{
    struct group g = {.base = v->base, .write = write, .min = v->off, .max = v->off};

    for (size_t n = 0; n < j->groups.len; n++) {
        if (j->groups.at[n].base == v->base && j->groups.at[n].write == write)
            return &j->groups.at[n];
    }
    vec_push(&j->groups, g);
    return &j->groups.at[j->groups.len - 1];
}

/* A member that would make the group too wide stays outside. */
static void join(struct jit *j, const struct group_value *v, const struct ir_insn *i, size_t pos)
{
    struct group *g = group_of(j, v, i->op == IR_st);
    int32_t min = v->off < g->min ? v->off : g->min, max = v->off + i->size;

    if (max < g->max)
        max = g->max;
    if (max - min > MAX_SPAN)
        return;
    if (!g->members++) {
        g->first = (uint32_t)pos;
        g->first_off = v->off;
    }
    g->min = min;
    g->max = max;
    g->last = (uint32_t)pos;
    j->member.at[pos] = (uint16_t)(g - j->groups.at + 1);
}

/* Groups get temporaries of their own, behind those of the block. */
static void give_temporaries(struct jit *j)
{
    unsigned next = j->ir->tmps;

    for (size_t n = 0; n < j->groups.len; n++) {
        struct group *g = &j->groups.at[n];

        g->entry = IR_NONE;
        if (g->members < MIN_MEMBERS || next >= IR_MAX_TMP)
            continue;
        g->entry = (ir_ref)(IR_TMP | next);
        j->tmp_loc[next] = NOREG;
        j->last_use[next] = (uint16_t)g->last;
        next++;
    }
    if (next == j->ir->tmps)
        vec_clear(&j->groups);
}

/* The operations up to the last access that could be of a group; 0: there is nothing to group. */
static size_t interesting(const struct jit *j)
{
    unsigned loads = 0, stores = 0;
    size_t end = 0;

    for (size_t n = 0; n < j->ir->code.len; n++) {
        unsigned op = j->ir->code.at[n].op;
        loads += op == IR_ld;
        stores += op == IR_st;
        end = op == IR_ld || op == IR_st ? n + 1 : end;
    }
    return loads >= MIN_MEMBERS || stores >= MIN_MEMBERS ? end : 0;
}

void groups_plan(struct jit *j, bool wanted)
{
    size_t len;

    vec_clear(&j->groups);
    if (!wanted || j->b->mode & (BLOCK_SINGLE | MODE_STEP | MODE_AC) || j->b->n < 2)
        return;
    len = interesting(j);
    if (!len)
        return;
    vec_reserve(&j->member, j->ir->code.len);
    memset(j->member.at, 0, j->ir->code.len * sizeof j->member.at[0]);
    for (unsigned n = 0; n < GPR_COUNT; n++)
        j->value[n] = (struct group_value){n, 0};
    j->bases = GPR_COUNT;
    for (size_t n = 0; n < len; n++) {
        const struct ir_insn *i = &j->ir->code.at[n];

        if (groupable(j, i))
            join(j, place(j, i->a), i, n);
        follow(j, i);
    }
    give_temporaries(j);
}

struct group *group_at(struct jit *j)
{
    unsigned n = j->groups.len ? j->member.at[j->pos] : 0;
    struct group *g;

    if (!n)
        return NULL;
    g = &j->groups.at[n - 1];
    return g->entry == IR_NONE ? NULL : g;
}

/* Free at the end of its last member: the register allocator knows only the operands of operations.
 */
void group_after(struct jit *j)
{
    struct group *g = group_at(j);

    if (g && g->last == j->pos)
        reg_drop(j, g->entry);
}

/* --- the check of the first member --- */

static void stub_check(struct jit *j, struct stub *s)
{
    const struct group *g = &j->groups.at[s->slot];

    x_st_state(j, 8, s->addr, offsetof(struct cpu, args));
    x_st_state_imm(j, 8, offsetof(struct cpu, args[1]), s->size | (uint32_t)g->write << 8);
    x_st_state_imm(j, 8, offsetof(struct cpu, args[2]), (uint32_t)(g->min - g->first_off));
    x_st_state_imm(j, 8, offsetof(struct cpu, args[3]), (uint32_t)(g->max - 1 - g->first_off));
    vec_store(j, s->vdirty);
    x_call_to(j, j->d->group);
    note_loc(j, s->insn->index);
    vec_load(j, s->vloaded);
    x_ld_state(j, 8, s->dst, offsetof(struct cpu, ret));
    x_patch(j, x_jmp(j), s->back);
}

unsigned group_entry(struct jit *j, const struct ir_insn *i, struct group *g, unsigned lin)
{
    unsigned t, u;
    struct stub *s;

    if (g->first != j->pos)
        return reg_use(j, g->entry, 8);
    t = reg_def(j, g->entry);
    u = reg_scratch(j);
    x_mov_rr(j, 4, t, lin);
    x_rr(j, 4, 0xc1, 5, t);
    x8(j, PAGE_SHIFT);
    x_rm(j, 8, 0x8b, t, TLB_REG, t, 3, g->write ? WRITE_OFF : READ_OFF);
    x_rm(j, 4, 0x8d, u, lin, NOREG, 0, g->min - g->first_off);
    x_alu_ri(j, 4, ALU_AND, u, PAGE_SIZE - 1);
    x_alu_ri(j, 4, ALU_CMP, u, (int64_t)PAGE_SIZE - (g->max - g->min));
    s = add_stub(j, stub_check);
    s->from[s->nfrom++] = x_jcc(j, 7);
    x_rr(j, 1, 0xf6, 0, t);
    x8(j, 1);
    s->from[s->nfrom++] = x_jcc(j, 5);
    s->back = j->p;
    s->insn = i;
    s->addr = (uint8_t)lin;
    s->dst = (uint8_t)t;
    s->size = i->size;
    s->slot = (uint32_t)(g - j->groups.at);
    reg_release(j, u);
    return t;
}

/* The slow path: faults as the access would, fills the entry, and answers with it if all of the
 * group can use it. */
void slow_group(struct cpu *cpu)
{
    uint32_t lin = (uint32_t)cpu->args[0], size = cpu->args[1] & 0xff;
    uint32_t lo = lin + (uint32_t)cpu->args[2], hi = lin + (uint32_t)cpu->args[3];
    bool write = cpu->args[1] >> 8;
    enum tlb_kind kind = write ? TLB_WRITE : TLB_READ;
    uint64_t *e;

    if (lo >> PAGE_SHIFT == hi >> PAGE_SHIFT) {
        cpu_probe(cpu, lin, size, kind, cpu->mmu);
        e = tlb_entry(&cpu->tlb, cpu->mmu, kind, lin >> PAGE_SHIFT);
        if ((*e & TLB_FLAGS) == (TLB_SLOW | TLB_CLEAN)) {
            uint64_t host = (*e & ~TLB_FLAGS) + (lin & ~(uint64_t)(PAGE_SIZE - 1));
            cpu->tlb.ram->dirty[(host - (uintptr_t)cpu->tlb.ram->host) >> PAGE_SHIFT] = DIRTY_ALL;
            *e &= ~(TLB_SLOW | TLB_CLEAN);
        }
        if (!(*e & TLB_SLOW)) {
            cpu->ret = *e;
            return;
        }
    }
    engine_ungroup(cpu->engine);
}
