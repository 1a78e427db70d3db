/* rep.c - REP MOVS and REP STOS that stay within a page: by the host's own REP, in line.
 *
 * The count, EDI and ESI are in the host registers that the host's instruction uses, so it needs
 * the host addresses in their place, and gives back what it leaves.  Before it stand the checks
 * that what remains is a plain copy:
 *   the budget allows all iterations (the block's entry counted the first);
 *   source and destination each lie in one page, whose TLB entry is not a slow one;
 *   the two do not overlap, by whatever addresses the guest has mapped one page: their places
 *     within a page are apart, or the same (then it copies bytes onto themselves, or elsewhere).
 * All else goes to the helper, as do blocks with DF set.
 *
 * Worked example: rep movsd is
 *     test ecx, ecx ; jz done
 *     lea r8, [rcx-1] ; cmp r8, r14 ; ja slow
 *     mov r9d, edi ; and r9d, 0xfff ; lea r9, [r9+rcx*4] ; cmp r9, 0x1000 ; ja slow
 *     mov r9d, esi ; and ... the same
 *     mov r9d, edi ; sub r9d, esi ; and r9d, 0xfff ; jz apart
 *     lea r10, [rcx*4] ; cmp r9, r10 ; jb slow ; add r9, r10 ; cmp r9, 0x1000 ; ja slow
 *   apart:
 *     mov r9d, edi ; shr r9d, 12 ; mov r9, [write table+r9*8] ; test r9b, 1 ; jnz slow
 *     mov r10d, esi ; ... the same in the read table
 *     add rdi, r9 ; add rsi, r10 ; rep movsd ; sub edi, r9d ; sub esi, r10d
 *     sub r14, r8
 *   done: */
#include "translate/backend/x86_64/jit.h"

enum { MAX_SLOW = 8 };

struct rep {
    bool from; /* MOVS: there is a source */
    unsigned size;
    uint8_t *slow[MAX_SLOW];
    unsigned nslow;
};

static void slow_if(struct jit *j, struct rep *r, unsigned cc)
{
    r->slow[r->nslow++] = x_jcc(j, cc);
}

static unsigned shift_of(unsigned size)
{
    return size == 4 ? 2 : size - 1;
}

static void in_one_page(struct jit *j, struct rep *r, unsigned at)
{
    x_mov_rr(j, 4, R9, at);
    x_alu_ri(j, 4, ALU_AND, R9, PAGE_SIZE - 1);
    x_rm(j, 8, 0x8d, R9, R9, RCX, shift_of(r->size), 0);
    x_alu_ri(j, 8, ALU_CMP, R9, PAGE_SIZE);
    slow_if(j, r, 7);
}

static void apart(struct jit *j, struct rep *r)
{
    uint8_t *same;

    x_mov_rr(j, 4, R9, RDI);
    x_alu_rr(j, 4, ALU_SUB, R9, RSI);
    x_alu_ri(j, 4, ALU_AND, R9, PAGE_SIZE - 1);
    same = x_jcc(j, 4);
    x_mov_rr(j, 4, R10, RCX);
    x_rr(j, 4, 0xc1, 4, R10);
    x8(j, shift_of(r->size));
    x_alu_rr(j, 4, ALU_CMP, R9, R10);
    slow_if(j, r, 2);
    x_alu_rr(j, 4, ALU_ADD, R9, R10);
    x_alu_ri(j, 4, ALU_CMP, R9, PAGE_SIZE);
    slow_if(j, r, 7);
    x_patch(j, same, j->p);
}

static void look_up(struct jit *j, struct rep *r, unsigned at, unsigned entry, int32_t table)
{
    x_mov_rr(j, 4, entry, at);
    x_rr(j, 4, 0xc1, 5, entry);
    x8(j, PAGE_SHIFT);
    x_rm(j, 8, 0x8b, entry, TLB_REG, entry, 3, table);
    x_rr(j, 1, 0xf6, 0, entry);
    x8(j, TLB_SLOW);
    slow_if(j, r, 5);
}

static void host_rep(struct jit *j, const struct rep *r)
{
    x_alu_rr(j, 8, ALU_ADD, RDI, R9);
    if (r->from)
        x_alu_rr(j, 8, ALU_ADD, RSI, R10);
    if (r->size == 2)
        x8(j, 0x66);
    x8(j, 0xf3);
    x8(j, pair(r->from ? 0xa4 : 0xaa, r->size));
    x_alu_rr(j, 4, ALU_SUB, RDI, R9);
    if (r->from)
        x_alu_rr(j, 4, ALU_SUB, RSI, R10);
}

static void put_const(struct jit *j, ir_ref r, unsigned n)
{
    uint64_t v = 0;

    ref_value(j, r, &v);
    x_mov_ri(j, R8, v);
    note_eip(j, r);
    mem_arg_reg(j, n, R8);
}

static void stub_rep(struct jit *j, struct stub *s)
{
    const struct ir_insn *i = s->insn;

    put_const(j, i->a, 0);
    put_const(j, i->b, 1);
    put_const(j, i->c, 2);
    x_call_to(j, j->d->helper[i->aux]);
    note_loc(j, i->index);
    x_ld_state(j, 8, s->dst, offsetof(struct cpu, ret));
    mem_go_back(j, s);
}

/* With flat segments, 32-bit addresses, upwards and without alignment checks. */
static bool in_line(struct jit *j, const struct ir_insn *i, struct rep *r)
{
    uint32_t mode = j->b->mode;
    uint64_t packed = 0;

    if ((i->aux != HELPER_movs && i->aux != HELPER_stos) || !ref_value(j, i->a, &packed) ||
        mode & (BLOCK_SINGLE | MODE_STEP | MODE_AC | MODE_DF) || i->dst == IR_NONE)
        return false;
    r->from = i->aux == HELPER_movs;
    r->size = packed & 0xff;
    return r->size <= 4 && (packed >> 8 & 0xff) == 4 && packed >> 24 == 1 &&
           mode_flat(mode, SEG_ES, true) &&
           (!r->from || mode_flat(mode, packed >> 16 & 0xff, false));
}

bool rep_helper(struct jit *j, const struct ir_insn *i)
{
    struct rep r = {.nslow = 0};
    uint8_t *none, *over;
    struct stub *s;
    unsigned dst;

    if (!in_line(j, i, &r))
        return false;
    x87_store_pointers(j);
    vec_forget(j);
    flags_clobber(j, (uint16_t)(i->ffault | i->fkeep));
    regs_spill_live(j);
    dst = reg_def(j, i->dst);
    x_rr(j, 4, 0x85, RCX, RCX);
    none = x_jcc(j, 4);
    x_rm(j, 8, 0x8d, R8, RCX, NOREG, 0, -1);
    x_alu_rr(j, 8, ALU_CMP, R8, BUDGET_REG);
    slow_if(j, &r, 7);
    in_one_page(j, &r, RDI);
    if (r.from) {
        in_one_page(j, &r, RSI);
        apart(j, &r);
        look_up(j, &r, RSI, R10, READ_OFF);
    }
    look_up(j, &r, RDI, R9, WRITE_OFF);
    host_rep(j, &r);
    x_alu_rr(j, 8, ALU_SUB, BUDGET_REG, R8);
    x_patch(j, none, j->p);
    x_rr(j, 4, 0x31, dst, dst);
    over = x_jmp(j);
    for (unsigned n = 0; n < r.nslow; n++)
        x_patch(j, r.slow[n], j->p);
    s = add_stub(j, stub_rep);
    s->insn = i;
    s->dst = (uint8_t)dst;
    s->from[s->nfrom++] = x_jmp(j);
    x_patch(j, over, j->p);
    s->back = j->p;
    j->host = 0;
    return true;
}
