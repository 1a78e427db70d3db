/* compile.c - turns a block of IR into records.
 *
 * In the cache a block is: its constants, the argument rows of its helper calls, its head, its
 * records, and the stubs of its exits. */
#include <assert.h>
#include <string.h>
#include "base/err.h"
#include "translate/backend/interp/interp.h"

/* --- operands --- */

/* Where the `size` low bytes of a 64-bit value lie; `high`: the byte above the lowest. */
static size_t byte_offset(unsigned size, bool high)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    (void)size;
    return high;
#else
    return 8 - size - high;
#endif
}

static char *gpr_bytes(const struct compiler *k, ir_ref r, unsigned size)
{
    return (char *)&k->d->cpu->gpr[ir_gpr(r)] + byte_offset(size, ir_high(r));
}

const void *source(const struct compiler *k, ir_ref r, unsigned size)
{
    if (ir_is_gpr(r))
        return gpr_bytes(k, r, size);
    if (ir_is_tmp(r))
        return (char *)&k->d->tmp[ir_tmp(r)] + byte_offset(size, false);
    if (ir_is_const(r))
        return (char *)&k->consts[r & 0xfff] + byte_offset(size, false);
    return (char *)&k->d->zero;
}

void *target(const struct compiler *k, ir_ref r, unsigned size)
{
    if (ir_is_gpr(r))
        return size < 4 ? gpr_bytes(k, r, size) : (char *)&k->d->cpu->gpr[ir_gpr(r)];
    return ir_is_tmp(r) ? &k->d->tmp[ir_tmp(r)] : &k->d->sink;
}

enum form form_of(ir_ref dst, unsigned size)
{
    if (size >= 4)
        return size == 4 ? FORM_D : FORM_Q;
    if (ir_is_gpr(dst))
        return size == 1 ? FORM_B : FORM_W;
    return size == 1 ? FORM_X : FORM_Y;
}

static unsigned size_row(unsigned size)
{
    return size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;
}

struct record *record_new(struct compiler *k, const struct ir_insn *i, unsigned handler)
{
    struct record *r = k->p;

    if (k->p + 1 >= k->end)
        k->full = true;
    else
        k->p++;
    *r = (struct record){.go = k->d->labels[handler], .index = i ? i->index : 0, .seg = SEG_COUNT};
    return r;
}

/* --- operations in forms --- */

struct pair {
    uint16_t plain, flags; /* handlers of form b, or of size 1 */
};

#define PAIR(name) [IR_##name] = {H_##name##_b, H_##name##F_b}
static const struct pair alu_handlers[IR_OP_COUNT] = {
    PAIR(add),
    PAIR(or),
    PAIR(adc),
    PAIR(sbb),
    PAIR(and),
    PAIR(sub),
    PAIR(xor),
    PAIR(inc),
    PAIR(dec),
    PAIR(neg),
    PAIR(shl),
    PAIR(shr),
    PAIR(sar),
    PAIR(rol),
    PAIR(ror),
    PAIR(rcl),
    PAIR(rcr),
    PAIR(shld),
    PAIR(shrd),
    PAIR(imul),
    PAIR(bsf),
    PAIR(bsr),
    PAIR(bts),
    PAIR(btr),
    PAIR(btc),
    PAIR(popcnt),
    [IR_not] = {H_not_b, H_not_b},
    [IR_bt] = {H_mov_b, H_btF_b},
    [IR_bswap] = {H_bswap_b, H_bswap_b},
    [IR_mov] = {H_mov_b, H_mov_b},
    [IR_cmov] = {H_cmov_b, H_cmov_b},
    [IR_sel] = {H_sel_b, H_sel_b},
    [IR_setcc] = {H_setcc_b, H_setcc_b},
};
#undef PAIR

static bool is_shift(unsigned op)
{
    return op >= IR_shl && op <= IR_rcr;
}

static void compile_alu(struct compiler *k, const struct ir_insn *i)
{
    const struct pair *h = &alu_handlers[i->op];
    struct record *r = record_new(k, i, (i->fset ? h->flags : h->plain) + form_of(i->dst, i->size));

    r->d = target(k, i->dst, i->size);
    r->a = source(k, i->a, i->size);
    r->b = source(k, i->b, is_shift(i->op) ? 1 : i->size);
    r->c = source(k, i->c, i->op == IR_sel ? i->size : 1);
    r->k = i->cc;
}

static void compile_product(struct compiler *k, const struct ir_insn *i)
{
    unsigned h =
        i->op == IR_mul ? (i->fset ? H_mulF_1 : H_mul_1) : (i->fset ? H_imulwF_1 : H_imulw_1);
    struct record *r;

    if (i->dst2 == IR_NONE) {
        compile_alu(k, i);
        return;
    }
    r = record_new(k, i, h + size_row(i->size));
    r->d = target(k, i->dst, i->size);
    r->a = source(k, i->a, i->size);
    r->b = source(k, i->b, i->size);
    r->c = target(k, i->dst2, i->size);
}

static void compile_extend(struct compiler *k, const struct ir_insn *i)
{
    static const uint16_t zext[] = {H_zext1_b, H_zext2_b, H_zext4_b};
    static const uint16_t sext[] = {H_sext1_b, H_sext2_b, H_sext4_b};
    unsigned h = (i->op == IR_zext ? zext : sext)[size_row(i->cc)];
    struct record *r = record_new(k, i, h + form_of(i->dst, i->size));

    r->d = target(k, i->dst, i->size);
    r->a = source(k, i->a, i->cc);
}

static void compile_lea(struct compiler *k, const struct ir_insn *i)
{
    struct record *r = record_new(k, i, H_lea_b + form_of(i->dst, i->size));

    r->d = target(k, i->dst, i->size);
    r->a = source(k, i->a, 4);
    r->b = source(k, i->b, 4);
    r->k = i->seg;
    r->aux = i->aux;
}

static void compile_carry(struct compiler *k, const struct ir_insn *i)
{
    struct record *r;

    if (i->op == IR_lahf) {
        r = record_new(k, i, H_lahf);
        r->d = target(k, i->dst, 1);
    } else if (i->fset) {
        r = record_new(k, i,
                       i->op == IR_stc   ? H_stc
                       : i->op == IR_clc ? H_clc
                       : i->op == IR_cmc ? H_cmc
                                         : H_sahf);
        r->a = source(k, i->a, 1);
    }
}

/* --- memory and state --- */

static void compile_load(struct compiler *k, const struct ir_insn *i)
{
    bool flat = seg_flat(k, i->seg, i->op == IR_ldw);
    unsigned h = i->op == IR_ldw ? H_ldw_b : flat ? H_ld_b : H_ldS_b;
    struct record *r = record_new(k, i, h + form_of(i->dst, i->size));

    r->d = target(k, i->dst, i->size);
    r->a = source(k, i->a, 4);
    r->seg = flat ? SEG_COUNT : i->seg;
}

static void compile_store(struct compiler *k, const struct ir_insn *i)
{
    bool flat = seg_flat(k, i->seg, true);
    struct record *r = record_new(k, i, (flat ? H_st_1 : H_stS_1) + size_row(i->size));

    r->a = source(k, i->a, 4);
    r->b = source(k, i->b, i->size);
    r->seg = flat ? SEG_COUNT : i->seg;
}

static void compile_rmw(struct compiler *k, const struct ir_insn *i)
{
#define PAIR(name) [IR_##name] = { H_rmw_##name##_1, H_rmw_##name##F_1 }
    static const struct pair handlers[IR_OP_COUNT] = {
        PAIR(add),
        PAIR(or),
        PAIR(adc),
        PAIR(sbb),
        PAIR(and),
        PAIR(sub),
        PAIR(xor),
        PAIR(inc),
        PAIR(dec),
        PAIR(neg),
        [IR_not] = {H_rmw_not_1, H_rmw_not_1},
        [IR_mov] = {H_rmw_mov_1, H_rmw_mov_1},
    };
#undef PAIR
    const struct pair *h = &handlers[i->cc];
    struct record *r = record_new(k, i, (i->fset ? h->flags : h->plain) + size_row(i->size));

    r->d = i->dst == IR_NONE ? NULL : target(k, i->dst, i->size);
    r->k = (uint8_t)form_of(i->dst, i->size);
    r->a = source(k, i->a, 4);
    r->b = source(k, i->b, i->size);
    r->seg = seg_flat(k, i->seg, true) ? SEG_COUNT : i->seg;
}

static void compile_state(struct compiler *k, const struct ir_insn *i)
{
    char *field = (char *)k->d->cpu + i->aux;
    struct record *r;

    if (i->op == IR_ldst) {
        r = record_new(k, i, H_mov_b + form_of(i->dst, i->size));
        r->d = target(k, i->dst, i->size);
        r->a = field;
    } else {
        r = record_new(k, i, H_stst_1 + size_row(i->size));
        r->d = field;
        r->a = source(k, i->a, i->size);
    }
}

static void compile_seteip(struct compiler *k, const struct ir_insn *i)
{
    struct record *r = record_new(k, i, H_mov_d);

    r->d = &k->d->cpu->eip;
    r->a = source(k, i->a, 4);
}

static void compile_helper(struct compiler *k, const struct ir_insn *i)
{
    const ir_ref args[4] = {i->a, i->b, i->c, i->dst2};
    const void **row = k->args;
    struct record *r = record_new(k, i, ir_is_gpr(i->dst) ? H_helper_d : H_helper_q);

    k->args += 5;
    row[0] = &k->d->cpu_arg;
    for (unsigned n = 0; n < 4; n++)
        row[n + 1] = source(k, args[n], 8);
    r->d = target(k, i->dst, 8);
    r->a = row;
    r->helper = &helpers[i->aux];
}

/* --- exits --- */

void compile_exit(struct compiler *k, const struct ir_insn *i, unsigned handler)
{
    struct record *r = record_new(k, i, handler);
    struct block_exit *x = &k->b->exit[i->seg];

    assert(!x->used);
    x->used = true;
    x->eip = i->aux;
    x->site = (uint32_t)(r - k->start);
}

static void compile_end(struct compiler *k, const struct ir_insn *i)
{
    struct record *r;

    switch (i->op) {
    case IR_jcc:
        compile_exit(k, i, H_jcc_o + i->cc);
        break;
    case IR_jnz:
        r = k->p;
        compile_exit(k, i, H_jnz_1 + size_row(i->size));
        r->a = source(k, i->a, i->size);
        break;
    case IR_jmp:
        compile_exit(k, i, H_jmp);
        break;
    case IR_jmpi:
        r = record_new(k, i, H_jmpi);
        r->a = source(k, i->a, 4);
        break;
    default:
        assert(i->op == IR_leave);
        record_new(k, i, H_leave);
        break;
    }
}

static bool same_page(const struct block *b, uint32_t eip)
{
    return (b->cs_base + eip) >> PAGE_SHIFT == (b->cs_base + b->eip) >> PAGE_SHIFT;
}

/* Stubs: for a target on another page a head and the check of the page; a head and the way out. */
static void compile_stub(struct compiler *k, struct block_exit *x)
{
    struct record *r;

    x->page_site = 0;
    if (!same_page(k->b, x->eip)) {
        x->page_site = (uint32_t)(record_new(k, NULL, H_head) - k->start);
        r = record_new(k, NULL, H_far);
        r->aux = (k->b->cs_base + x->eip) >> PAGE_SHIFT;
    }
    x->stub = (uint32_t)(record_new(k, NULL, H_head) - k->start);
    r = record_new(k, NULL, H_unlinked);
    r->exit = x;
    k->start[x->site].target = k->start + x->stub;
}

/* --- the block --- */

static void compile_insn(struct compiler *k, const struct ir_insn *i)
{
    switch (i->op) {
    case IR_insn:
        break;
    case IR_zext:
    case IR_sext:
        compile_extend(k, i);
        break;
    case IR_lea:
        compile_lea(k, i);
        break;
    case IR_mul:
    case IR_imul:
        compile_product(k, i);
        break;
    case IR_stc:
    case IR_clc:
    case IR_cmc:
    case IR_lahf:
    case IR_sahf:
        compile_carry(k, i);
        break;
    case IR_ld:
    case IR_ldw:
        compile_load(k, i);
        break;
    case IR_st:
        compile_store(k, i);
        break;
    case IR_rmw:
        compile_rmw(k, i);
        break;
    case IR_ldst:
    case IR_stst:
        compile_state(k, i);
        break;
    case IR_helper:
        compile_helper(k, i);
        break;
    case IR_seteip:
        compile_seteip(k, i);
        break;
    default:
        if (ir_attr(i) & IRA_EXIT)
            compile_end(k, i);
        else
            compile_alu(k, i);
        break;
    }
}

/* One operation, or several together; how many. */
static unsigned compile_some(struct compiler *k, const struct ir_insn *i, size_t left)
{
    unsigned n = fuse(k, i, left);

    if (n)
        return n;
    compile_insn(k, i);
    return 1;
}

static void count_read(struct compiler *k, ir_ref r)
{
    if (ir_is_tmp(r))
        k->reads[ir_tmp(r)]++;
}

/* Counts what is read, and lays out the room before the head. */
static void compile_room(struct compiler *k)
{
    const struct ir_block *ir = k->ir;
    size_t calls = 0, bytes;
    uint8_t *at = k->d->code + k->d->used;

    memset(k->reads, 0, ir->tmps * sizeof k->reads[0]);
    for (size_t n = 0; n < ir->code.len; n++) {
        const struct ir_insn *i = &ir->code.at[n];

        count_read(k, i->a);
        count_read(k, i->b);
        count_read(k, i->c);
        if (i->op == IR_helper)
            count_read(k, i->dst2);
        calls += i->op == IR_helper;
    }
    k->consts = (uint64_t *)(void *)at;
    k->args = (const void **)(void *)(at + ir->consts.len * sizeof(uint64_t));
    bytes = ir->consts.len * sizeof(uint64_t) + calls * 5 * sizeof(void *);
    bytes = (bytes + 15) & ~(size_t)15;
    k->start = k->p = (struct record *)(void *)(at + bytes);
    k->end = k->start + (k->d->used + bytes < k->d->size
                             ? (k->d->size - k->d->used - bytes) / sizeof(struct record)
                             : 0);
    k->full = k->end - k->start < 8;
    if (!k->full && ir->consts.len)
        memcpy(k->consts, ir->consts.at, ir->consts.len * sizeof(uint64_t));
}

static void compile_head(struct compiler *k)
{
    const struct block *b = k->b;
    struct record *r = record_new(k, NULL, H_head);

    r->aux = b->n;
    r->block = b;
    if (b->page2 != NO_RAM) {
        r = record_new(k, NULL, H_page2);
        r->aux = (b->cs_base + b->eip + b->bytes - 1) >> PAGE_SHIFT;
        r->block = b;
    }
}

bool interp_compile(struct engine *e, const struct ir_block *ir, struct block *b)
{
    struct interp *d = e->data;
    struct compiler *k = &d->compiler;

    k->d = d;
    k->ir = ir;
    k->b = b;
    compile_room(k);
    if (k->full)
        return false;
    for (unsigned s = 0; s < 2; s++)
        b->exit[s].used = false;
    compile_head(k);
    for (size_t n = 0; n < ir->code.len && !k->full;)
        n += compile_some(k, &ir->code.at[n], ir->code.len - n);
    for (unsigned s = 0; s < 2; s++) {
        if (b->exit[s].used && !k->full)
            compile_stub(k, &b->exit[s]);
    }
    if (k->full)
        return false;
    b->code = k->start;
    b->code_len = (uint32_t)((uint8_t *)k->p - (uint8_t *)k->start);
    d->used = (size_t)((uint8_t *)k->p - d->code);
    return true;
}
