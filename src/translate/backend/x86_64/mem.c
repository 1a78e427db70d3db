/* mem.c - memory accesses: segment check, TLB look-up in line, and the stubs for what it does not
 * do. */
#include <assert.h>
#include "translate/backend/x86_64/jit.h"

static size_t seg_field(unsigned seg, size_t field)
{
    return offsetof(struct cpu, seg) + seg * sizeof(struct segment) + field;
}

void mem_arg_reg(struct jit *j, unsigned n, unsigned reg)
{
    x_st_state(j, 8, reg, offsetof(struct cpu, args) + n * 8);
}

void mem_arg_imm(struct jit *j, unsigned n, uint32_t v)
{
    x_st_state_imm(j, 8, offsetof(struct cpu, args) + n * 8, v);
}

/* Calls a slow-path thunk; XMM registers go through memory, where a fault must find them. */
void mem_call_slow(struct jit *j, const struct stub *s, const uint8_t *thunk)
{
    vec_store(j, s->vdirty);
    x_call_to(j, thunk);
    note_loc(j, s->insn->index);
    vec_load(j, s->vloaded);
}

void mem_go_back(struct jit *j, struct stub *s)
{
    x_patch(j, x_jmp(j), s->back);
}

/* --- segments --- */

static void stub_segment(struct jit *j, struct stub *s)
{
    mem_arg_imm(j, 0, s->insn->seg | (uint32_t)s->kind << 8);
    mem_arg_reg(j, 1, s->addr);
    mem_arg_imm(j, 2, s->size);
    mem_call_slow(j, s, j->d->linear);
    x_ld_state(j, 8, s->dst, offsetof(struct cpu, ret));
    mem_go_back(j, s);
}

/* A segment of 4 GB with a base; flags stay as they are. */
static unsigned add_base(struct jit *j, const struct ir_insn *i)
{
    uint64_t v = 0;
    bool known = ref_value(j, i->a, &v);
    unsigned a = known ? NOREG : reg_use(j, i->a, 4), lin = reg_scratch(j);

    x_ld_state(j, 4, lin, seg_field(i->seg, offsetof(struct segment, base)));
    x_rm(j, 4, 0x8d, lin, lin, a, 0, known ? (int32_t)v : 0);
    if (!known && reg_is_temp(a))
        j->pinned &= (uint8_t)~BIT(a - TEMP_FIRST);
    return lin;
}

/* The linear address in a register: that of the offset itself where the segment is flat. */
unsigned mem_linear(struct jit *j, const struct ir_insn *i, bool write)
{
    unsigned a, lin;
    struct stub *s;
    uint8_t *slow;

    if (!mode_flat(j->ir->mode, i->seg, write) && mode_wide(j->ir->mode, i->seg))
        return add_base(j, i);
    a = reg_use(j, i->a, 4);
    if (mode_flat(j->ir->mode, i->seg, write))
        return a;
    lin = reg_scratch(j);
    x_rm(j, 8, 0x8d, lin, a, NOREG, 0, i->size);
    x_rm(j, 8, 0x3b, lin, STATE_REG, NOREG, 0,
         (int32_t)seg_field(i->seg, write ? offsetof(struct segment, write_end)
                                          : offsetof(struct segment, read_end)));
    slow = x_jcc(j, 7);
    x_mov_rr(j, 4, lin, a);
    x_rm(j, 4, 0x03, lin, STATE_REG, NOREG, 0,
         (int32_t)seg_field(i->seg, offsetof(struct segment, base)));
    s = add_stub(j, stub_segment);
    s->from[s->nfrom++] = slow;
    s->back = j->p;
    s->insn = i;
    s->addr = (uint8_t)a;
    s->dst = (uint8_t)lin;
    s->size = i->size;
    s->kind = write;
    if (reg_is_temp(a))
        j->pinned &= (uint8_t)~BIT(a - TEMP_FIRST);
    reg_release(j, a);
    return lin;
}

/* --- the look-up --- */

/* Leaves the entry in *entry, so that [entry + lin] is the operand; returns the branch to the slow
 * path. */
static uint8_t *look_up(struct jit *j, unsigned size, unsigned lin, bool write, unsigned *entry,
                        unsigned *scratch)
{
    unsigned t = reg_scratch(j), u;

    x_mov_rr(j, 4, t, lin);
    x_rr(j, 4, 0xc1, 5, t);
    x8(j, PAGE_SHIFT);
    x_rm(j, 8, 0x8b, t, TLB_REG, t, 3, write ? WRITE_OFF : READ_OFF);
    *entry = t;
    *scratch = NOREG;
    if (size == 1) {
        x_rr(j, 1, 0xf6, 0, t);
        x8(j, 1);
        return x_jcc(j, 5);
    }
    u = reg_scratch(j);
    x_mov_rr(j, 4, u, lin);
    x_alu_rr(j, 4, ALU_OR, u, t);
    x_rr(j, 1, 0xf6, 0, u);
    x8(j, size - 1);
    reg_release(j, u);
    *scratch = u;
    return x_jcc(j, 5);
}

/* In a stub: an operand that is merely misaligned goes ahead after all.  Returns how many branches
 * to the rest of the stub stand in slow[]; 0 where alignment is checked, or for bytes. */
static unsigned misaligned(struct jit *j, unsigned size, unsigned lin, unsigned entry,
                           unsigned scratch, uint8_t **slow)
{
    if (scratch == NOREG || j->ir->mode & MODE_AC)
        return 0;
    x_rr(j, 1, 0xf6, 0, entry);
    x8(j, 1);
    slow[0] = x_jcc(j, 5);
    x_rm(j, 4, 0x8d, scratch, lin, NOREG, 0, (int32_t)size - 1);
    x_alu_rr(j, 4, ALU_XOR, scratch, lin);
    x_rr(j, 4, 0xc1, 5, scratch);
    x8(j, PAGE_SHIFT);
    slow[1] = x_jcc(j, 5);
    return 2;
}

static void patch_here(struct jit *j, uint8_t **slow, unsigned n)
{
    while (n--)
        x_patch(j, slow[n], j->p);
}

/* The same for any size and alignment: only an operand that crosses into the next page is slow. */
static unsigned look_up_any(struct jit *j, unsigned size, unsigned lin, bool write, unsigned *entry,
                            uint8_t **slow)
{
    unsigned t = reg_scratch(j), u = reg_scratch(j);

    x_mov_rr(j, 4, t, lin);
    x_rr(j, 4, 0xc1, 5, t);
    x8(j, PAGE_SHIFT);
    x_rm(j, 8, 0x8b, t, TLB_REG, t, 3, write ? WRITE_OFF : READ_OFF);
    x_rr(j, 1, 0xf6, 0, t);
    x8(j, 1);
    slow[0] = x_jcc(j, 5);
    x_rm(j, 4, 0x8d, u, lin, NOREG, 0, (int32_t)size - 1);
    x_alu_rr(j, 4, ALU_XOR, u, lin);
    x_rr(j, 4, 0xc1, 5, u);
    x8(j, PAGE_SHIFT);
    slow[1] = x_jcc(j, 5);
    reg_release(j, u);
    *entry = t;
    return 2;
}

/* Spills until two registers are free: nothing may be spilled between the first branch to the stub
 * and its return. */
static void make_room(struct jit *j)
{
    unsigned t = reg_scratch(j), u = reg_scratch(j);

    reg_release(j, t);
    reg_release(j, u);
}

void access_begin(struct jit *j, ir_ref ea, unsigned seg, unsigned size, bool write, bool natural,
                  struct access *a)
{
    a->nslow = 0;
    a->vloaded = j->vloaded;
    a->vdirty = j->vdirty;
    a->size = size;
    a->write = write;
    a->from = NULL;
    a->ea = a->lin = reg_use(j, ea, 4);
    if (!mode_flat(j->ir->mode, seg, write))
        a->lin = reg_scratch(j);
    make_room(j);
    if (!mode_flat(j->ir->mode, seg, write)) {
        x_rm(j, 8, 0x8d, a->lin, a->ea, NOREG, 0, (int32_t)size);
        x_rm(j, 8, 0x3b, a->lin, STATE_REG, NOREG, 0,
             (int32_t)seg_field(seg, write ? offsetof(struct segment, write_end)
                                           : offsetof(struct segment, read_end)));
        a->slow[a->nslow++] = x_jcc(j, 7);
        x_mov_rr(j, 4, a->lin, a->ea);
        x_rm(j, 4, 0x03, a->lin, STATE_REG, NOREG, 0,
             (int32_t)seg_field(seg, offsetof(struct segment, base)));
    }
    if (j->window) {
        a->entry = TLB_REG;
        a->from = j->p;
    } else if (natural || (j->ir->mode & MODE_AC && size != 10))
        a->slow[a->nslow++] = look_up(j, size, a->lin, write, &a->entry, &(unsigned){0});
    else
        a->nslow += look_up_any(j, size, a->lin, write, &a->entry, &a->slow[a->nslow]);
}

static void push_temps(struct jit *j, bool push)
{
    for (unsigned n = 0; n < TEMP_COUNT; n++) {
        x8(j, 0x41);
        x8(j, push ? 0x50 + n : 0x58 + (TEMP_COUNT - 1 - n));
    }
}

/* The next access there may find it in the window. */
static void ask_fill(struct jit *j, const struct stub *s)
{
    mem_arg_reg(j, 1, s->aux);
    mem_arg_imm(j, 2, s->size | (uint32_t)s->kind << 8);
    x_call_to(j, j->d->out_fill);
}

static void stub_access(struct jit *j, struct stub *s)
{
    const struct ir_insn *i = s->insn;
    const ir_ref args[4] = {i->a, i->b, i->c, i->dst2};

    vec_store(j, s->vdirty);
    if (j->window)
        ask_fill(j, s);
    mem_arg_reg(j, 1, s->addr);
    push_temps(j, true);
    for (unsigned n = 0; n < 4; n++) {
        uint64_t v;
        if (n == 1 || !ref_value(j, args[n], &v))
            continue;
        x_mov_ri(j, R8, v);
        note_eip(j, args[n]);
        mem_arg_reg(j, n, R8);
    }
    x_call_to(j, j->d->helper[i->aux]);
    note_loc(j, i->index);
    push_temps(j, false);
    vec_load(j, s->vafter);
    mem_go_back(j, s);
}

/* The effective address is the second argument of these helpers; the others are constants. */
void access_end(struct jit *j, const struct ir_insn *i, const struct access *a)
{
    struct stub *s = add_stub(j, stub_access);

    for (unsigned n = 0; n < a->nslow; n++)
        s->from[s->nfrom++] = a->slow[n];
    s->back = j->p;
    s->insn = i;
    s->addr = (uint8_t)a->ea;
    s->aux = (uint8_t)a->lin;
    s->vloaded = a->vloaded;
    s->vdirty = a->vdirty;
    s->vafter = j->vloaded;
    s->size = (uint8_t)a->size;
    s->kind = a->write;
    if (a->from)
        window_site(j, a->from, s);
}

/* --- loads --- */

void load_operand(struct jit *j, unsigned size, unsigned d, unsigned entry, unsigned lin,
                  int32_t disp)
{
    if (size >= 4)
        x_rm(j, size, 0x8b, d, entry, lin, 0, disp);
    else if (reg_is_temp(d))
        x_rm(j, 4, size == 1 ? 0x0fb6 : 0x0fb7, d, entry, lin, 0, disp);
    else
        x_rm(j, size, pair(0x8a, size), d, entry, lin, 0, disp);
}

/* AH to BH by way of the entry's register. */
static void load_any(struct jit *j, unsigned size, unsigned d, unsigned entry, unsigned lin)
{
    if (d >= HIGH) {
        x_rm(j, 4, 0x0fb6, entry, entry, lin, 0, 0);
        x_put_high(j, d, entry);
    } else {
        load_operand(j, size, d, entry, lin, 0);
    }
}

/* The loaded value, zero-extended in `from` or in cpu->ret, into the destination. */
static void stub_load(struct jit *j, struct stub *s)
{
    uint8_t *slow[2];
    unsigned n = misaligned(j, s->size, s->addr, s->reg, s->aux, slow);

    if (n) {
        load_any(j, s->size, s->dst, s->reg, s->addr);
        mem_go_back(j, s);
        patch_here(j, slow, n);
    }
    mem_arg_reg(j, 0, s->addr);
    mem_call_slow(j, s, s->kind ? j->d->loadw[s->size] : j->d->load[s->size]);
    if (s->dst >= HIGH) {
        x_ld_state(j, 1, s->reg, offsetof(struct cpu, ret));
        x_put_high(j, s->dst, s->reg);
    } else if (reg_is_temp(s->dst) || s->size >= 4) {
        x_ld_state(j, s->size, s->dst, offsetof(struct cpu, ret));
    } else {
        x_rm(j, s->size, pair(0x8a, s->size), s->dst, STATE_REG, NOREG, 0,
             offsetof(struct cpu, ret));
    }
    mem_go_back(j, s);
}

static void load(struct jit *j, const struct ir_insn *i, bool write)
{
    unsigned lin, entry, scratch, d;
    uint8_t *slow;
    struct stub *s;

    flags_clobber(j, (uint16_t)(i->fkeep | i->ffault));
    lin = mem_linear(j, i, write);
    /* Nothing may be spilled between the branch to the stub and its return; with size 1 no scratch
     * register is given back meanwhile. */
    if (i->size == 1)
        reg_def(j, i->dst);
    slow = look_up(j, i->size, lin, write, &entry, &scratch);
    d = reg_def(j, i->dst);
    load_any(j, i->size, d, entry, lin);
    s = add_stub(j, stub_load);
    s->from[s->nfrom++] = slow;
    s->back = j->p;
    s->insn = i;
    s->addr = (uint8_t)lin;
    s->reg = (uint8_t)entry;
    s->aux = (uint8_t)scratch;
    s->dst = (uint8_t)d;
    s->size = i->size;
    s->kind = write;
}

/* A member of a group; only the first may fault. */
static bool load_in_group(struct jit *j, const struct ir_insn *i)
{
    struct group *g = group_at(j);
    unsigned lin, entry, d;

    if (!g)
        return false;
    if (g->first == j->pos)
        flags_clobber(j, (uint16_t)(i->fkeep | i->ffault));
    lin = reg_use(j, i->a, 4);
    entry = group_entry(j, i, g, lin);
    d = reg_def(j, i->dst);
    if (d >= HIGH) {
        unsigned s = reg_scratch(j);
        x_rm(j, 4, 0x0fb6, s, entry, lin, 0, 0);
        x_put_high(j, d, s);
    } else {
        load_operand(j, i->size, d, entry, lin, 0);
    }
    return true;
}

void emit_ld(struct jit *j, const struct ir_insn *i)
{
    if (!window_ld(j, i) && !load_in_group(j, i))
        load(j, i, false);
}

void emit_ldw(struct jit *j, const struct ir_insn *i)
{
    load(j, i, true);
}

/* --- stores --- */

void store_operand(struct jit *j, unsigned size, unsigned v, bool imm, uint64_t value,
                   unsigned entry, unsigned lin, int32_t disp)
{
    if (!imm) {
        x_rm(j, size, pair(0x88, size), v, entry, lin, 0, disp);
        return;
    }
    x_rm(j, size, pair(0xc6, size), 0, entry, lin, 0, disp);
    for (unsigned n = 0; n < size; n++)
        x8(j, value >> n * 8 & 0xff);
}

/* The value of a store was just emitted as an immediate. */
static void note_stored(struct jit *j, const struct ir_insn *i)
{
    if (i->size == 4 && i->op == IR_st)
        note_eip(j, i->b);
}

static void stub_store(struct jit *j, struct stub *s)
{
    uint8_t *slow[2];
    unsigned n = misaligned(j, s->size, s->addr, s->aux, s->dst, slow);

    if (n) {
        store_operand(j, s->size, s->reg, s->imm, s->value, s->aux, s->addr, 0);
        note_stored(j, s->insn);
        mem_go_back(j, s);
        patch_here(j, slow, n);
    }
    mem_arg_reg(j, 0, s->addr);
    if (s->imm) {
        x_mov_ri(j, s->aux, s->value);
        note_stored(j, s->insn);
        mem_arg_reg(j, 1, s->aux);
    } else {
        mem_arg_reg(j, 1, s->reg);
    }
    mem_call_slow(j, s, j->d->store[s->size]);
    mem_go_back(j, s);
}

unsigned mem_plain(struct jit *j, unsigned reg)
{
    unsigned s;

    if (reg < HIGH)
        return reg;
    s = reg_scratch(j);
    x_get_high(j, s, reg);
    return s;
}

static bool store_in_group(struct jit *j, const struct ir_insn *i)
{
    struct group *g = group_at(j);
    unsigned lin, entry, v = NOREG;
    uint64_t value = 0;
    bool imm = ref_value(j, i->b, &value) && i->size <= 4;

    if (!g)
        return false;
    if (g->first == j->pos)
        flags_clobber(j, (uint16_t)(i->fkeep | i->ffault));
    lin = reg_use(j, i->a, 4);
    if (!imm)
        v = mem_plain(j, reg_use(j, i->b, i->size));
    entry = group_entry(j, i, g, lin);
    store_operand(j, i->size, v, imm, value, entry, lin, 0);
    note_stored(j, i);
    return true;
}

void emit_st(struct jit *j, const struct ir_insn *i)
{
    unsigned lin, entry, scratch, v = NOREG;
    uint64_t value = 0;
    bool imm = ref_value(j, i->b, &value) && i->size <= 4;
    uint8_t *slow;
    struct stub *s;

    if (window_st(j, i) || store_in_group(j, i))
        return;
    flags_clobber(j, (uint16_t)(i->fkeep | i->ffault));
    lin = mem_linear(j, i, true);
    if (!imm)
        v = mem_plain(j, reg_use(j, i->b, i->size));
    slow = look_up(j, i->size, lin, true, &entry, &scratch);
    store_operand(j, i->size, v, imm, value, entry, lin, 0);
    note_stored(j, i);
    s = add_stub(j, stub_store);
    s->from[s->nfrom++] = slow;
    s->back = j->p;
    s->insn = i;
    s->addr = (uint8_t)lin;
    s->reg = (uint8_t)v;
    s->aux = (uint8_t)entry;
    s->dst = (uint8_t)scratch;
    s->imm = imm;
    s->value = value & mask_bytes(i->size);
    s->size = i->size;
}

/* --- read, modify, write --- */

/* The host's own instruction on memory [entry + lin + disp] or, with entry NOREG, on the register
 * `reg`. */
static void rmw_modrm(struct jit *j, unsigned size, unsigned opcode, unsigned field,
                      const struct rmw_operand *o)
{
    if (o->entry == NOREG)
        x_rr(j, size, opcode, field, o->reg);
    else
        x_rm(j, size, opcode, field, o->entry, o->lin, 0, o->disp);
}

static void rmw_alu(struct jit *j, const struct ir_insn *i, unsigned alu,
                    const struct rmw_operand *o)
{
    unsigned size = i->size;

    if (!o->imm)
        rmw_modrm(j, size, pair(alu << 3, size), o->b, o);
    else if (o->entry == NOREG)
        x_alu_ri(j, size, alu, o->reg, (int64_t)o->value);
    else
        x_alu_mi(j, size, alu, o->entry, o->lin, o->disp, (int64_t)o->value);
}

void rmw_apply(struct jit *j, const struct ir_insn *i, const struct rmw_operand *o)
{
    static const uint8_t alu_of[IR_OP_COUNT] = {
        [IR_add] = ALU_ADD, [IR_or] = ALU_OR,   [IR_adc] = ALU_ADC, [IR_sbb] = ALU_SBB,
        [IR_and] = ALU_AND, [IR_sub] = ALU_SUB, [IR_xor] = ALU_XOR,
    };

    if (i->fset && i->fkeep)
        flags_need_host(j, i->fkeep);
    if (i->cc == IR_adc || i->cc == IR_sbb)
        flags_need_host(j, FLAG_C);
    switch (i->cc) {
    case IR_inc:
        rmw_modrm(j, i->size, pair(0xfe, i->size), 0, o);
        break;
    case IR_dec:
        rmw_modrm(j, i->size, pair(0xfe, i->size), 1, o);
        break;
    case IR_neg:
        rmw_modrm(j, i->size, pair(0xf6, i->size), 3, o);
        break;
    case IR_not:
        rmw_modrm(j, i->size, pair(0xf6, i->size), 2, o);
        break;
    default:
        rmw_alu(j, i, alu_of[i->cc], o);
        break;
    }
}

void push_flags(struct jit *j)
{
    x8(j, 0x9c);
    x_rm(j, 8, 0x8d, RSP, RSP, NOREG, 0, -8);
}

void pop_flags(struct jit *j)
{
    x_rm(j, 8, 0x8d, RSP, RSP, NOREG, 0, 8);
    x8(j, 0x9d);
}

static void set_old(struct jit *j, unsigned size, unsigned dst, unsigned from)
{
    if (dst == NOREG)
        return;
    if (dst >= HIGH)
        x_put_high(j, dst, from);
    else
        x_rr(j, size, pair(0x88, size), from, dst);
}

/* Old value and source into registers, operate there, store, and only then change the destination.
 */
static void stub_rmw(struct jit *j, struct stub *s)
{
    const struct ir_insn *i = s->insn;
    struct rmw_operand o = {NOREG, NOREG, s->aux, s->reg, 0, s->imm, s->value};

    j->host = s->host;
    j->state = s->state;
    mem_arg_reg(j, 0, s->addr);
    mem_call_slow(j, s, j->d->loadw[s->size]);
    x_ld_state(j, s->size, s->aux, offsetof(struct cpu, ret));
    x_st_state(j, 8, s->aux, offsetof(struct cpu, args) + 3 * 8);
    if (i->cc == IR_mov) {
        if (s->imm)
            x_mov_ri(j, s->aux, s->value);
        else
            x_mov_rr(j, 8, s->aux, s->reg);
    } else {
        rmw_apply(j, i, &o);
    }
    push_flags(j);
    mem_arg_reg(j, 0, s->addr);
    mem_arg_reg(j, 1, s->aux);
    mem_call_slow(j, s, j->d->store[s->size]);
    x_ld_state(j, s->size, s->aux, offsetof(struct cpu, args) + 3 * 8);
    pop_flags(j);
    set_old(j, s->size, s->dst, s->aux);
    mem_go_back(j, s);
}

void emit_rmw(struct jit *j, const struct ir_insn *i)
{
    unsigned lin, entry, scratch, v = NOREG, d = NOREG, old = NOREG;
    uint64_t value = 0;
    bool imm = i->b != IR_NONE && ref_value(j, i->b, &value);
    struct rmw_operand o;
    uint16_t host, state;
    uint8_t *slow;
    struct stub *s;

    if (window_rmw(j, i))
        return;
    flags_clobber(j, (uint16_t)(i->fkeep | i->ffault | ir_flags_read(i)));
    lin = mem_linear(j, i, true);
    if (!imm && i->b != IR_NONE)
        v = mem_plain(j, reg_use(j, i->b, i->size));
    /* As in load(): nothing may be spilled before the stub's return. */
    if (i->dst != IR_NONE)
        d = reg_def(j, i->dst);
    if (i->size == 1)
        old = reg_scratch(j);
    slow = look_up(j, i->size, lin, true, &entry, &scratch);
    if (i->size > 1)
        old = reg_scratch(j);
    host = j->host;
    state = j->state;
    o = (struct rmw_operand){entry, lin, NOREG, v, 0, imm, value};
    if (d != NOREG)
        x_rm(j, i->size >= 4 ? i->size : 4,
             i->size == 1   ? 0x0fb6
             : i->size == 2 ? 0x0fb7
                            : 0x8b,
             old, entry, lin, 0, 0);
    if (i->cc == IR_mov)
        x_rm(j, i->size, pair(0x88, i->size), v, entry, lin, 0, 0);
    else
        rmw_apply(j, i, &o);
    set_old(j, i->size, d, old);
    s = add_stub(j, stub_rmw);
    s->from[s->nfrom++] = slow;
    s->back = j->p;
    s->insn = i;
    s->addr = (uint8_t)lin;
    s->reg = (uint8_t)v;
    s->aux = (uint8_t)old;
    s->dst = (uint8_t)d;
    s->imm = imm;
    s->value = value & mask_bytes(i->size);
    s->size = i->size;
    s->host = host;
    s->state = state;
    if (i->fset)
        flags_defined(j, i, i->fset);
    else
        j->host = 0;
}
