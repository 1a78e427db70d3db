/* host_gen.c - makes cases from the opcode rows: instruction bytes first, then values for what they
 * read. */
#include <cpuid.h>
#include <string.h>
#include "base/bytes.h"
#include "host.h"
#include "translate/decode/opcode_table.h"

uint64_t rng_next(struct rng *r)
{
    r->s += 0x9e3779b97f4a7c15;
    uint64_t z = r->s;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* --- which rows --- */

static bool host_has_xsave(void)
{
    unsigned a, b, c = 0, d;

    return __get_cpuid(1, &a, &b, &c, &d) && c >> 27 & 1;
}

static const char *excluded_op(unsigned op)
{
    switch (op) {
    case INSN_sysenter:
    case INSN_syscall:
        return "calls the host's kernel";
    case INSN_rdrand:
    case INSN_rdseed:
        return "random";
    case INSN_icebp:
        return "a hypervisor may come between";
    case INSN_cpuid:
    case INSN_rdtsc:
    case INSN_rdtscp:
    case INSN_rdpmc:
        return "tells what the host is";
    case INSN_sgdt:
    case INSN_sidt:
    case INSN_sldt:
    case INSN_str:
    case INSN_smsw:
        return "the host's kernel answers (UMIP)";
    case INSN_xgetbv:
        return "tells what the host is";
    case INSN_xsetbv:
    case INSN_xsave:
    case INSN_xrstor:
        return host_has_xsave() ? NULL : "the host has no XSAVE";
    case INSN_movbe:
        return "not in the model";
    }
    return NULL;
}

const char *host_row_excluded(unsigned id)
{
    const struct opcode_row *row = &opcode_rows[id];

    if (id == ROW_UD)
        return "every other opcode";
    if (row->attr & OPA_ONLY64)
        return "64-bit mode";
    return excluded_op(row->op);
}

/* --- bytes --- */

static uint8_t random_byte(struct rng *r)
{
    static const uint8_t edge[] = {0, 1, 2, 0x7f, 0x80, 0x81, 0xff, 0xfe, 0x10, 0x20};

    return rng_one_in(r, 3) ? edge[rng_below(r, sizeof edge)] : (uint8_t)rng_next(r);
}

bool xsave_area(unsigned op)
{
    return op == INSN_xsave || op == INSN_xrstor;
}

bool is_string(unsigned op)
{
    switch (op) {
    case INSN_movs:
    case INSN_cmps:
    case INSN_stos:
    case INSN_lods:
    case INSN_scas:
    case INSN_ins:
    case INSN_outs:
        return true;
    }
    return false;
}

static unsigned put_prefixes(struct host_case *c, struct rng *r, const struct opcode_row *row)
{
    static const uint8_t seg[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
    unsigned n = 0;

    if (!row->bare && !row->prefix && rng_one_in(r, 3))
        c->code[n++] = 0x66;
    if (rng_one_in(r, c->flavour == FLAT32 ? 40 : 5))
        c->code[n++] = 0x67;
    if (rng_one_in(r, 5))
        c->code[n++] = seg[rng_below(r, sizeof seg)];
    if ((row->attr & OPA_LOCKABLE) && rng_one_in(r, 6))
        c->code[n++] = 0xf0;
    if (is_string(row->op) && rng_one_in(r, 2))
        c->code[n++] = rng_one_in(r, 2) ? 0xf2 : 0xf3;
    if (row->prefix)
        c->code[n++] = row->prefix;
    return n;
}

static unsigned put_opcode(struct host_case *c, struct rng *r, const struct opcode_row *row,
                           unsigned n)
{
    static const uint8_t second[] = {[MAP_38] = 0x38, [MAP_3A] = 0x3a};

    if (row->map == MAP_0F || row->map == MAP_38 || row->map == MAP_3A)
        c->code[n++] = 0x0f;
    if (row->map == MAP_38 || row->map == MAP_3A)
        c->code[n++] = second[row->map];
    c->code[n] = row->opcode;
    if (row->map != MAP_X87 && !row->modrm)
        c->code[n] = (uint8_t)(row->opcode + rng_below(r, row->count));
    return n + 1;
}

static void fix_modrm(struct rng *r, const struct opcode_row *row, uint8_t *modrm)
{
    if (row->modrm) {
        *modrm = (uint8_t)(row->modrm + (row->map == MAP_X87 ? rng_below(r, row->count) : 0));
        return;
    }
    if (row->group >= 0)
        *modrm = (uint8_t)((*modrm & ~0x38) | row->group << 3);
    if (row->map == MAP_X87 || row->mod == MOD_MEM)
        *modrm = (uint8_t)((*modrm & 0x3f) | rng_below(r, 3) << 6);
    else if (row->mod == MOD_REG)
        *modrm |= 0xc0;
}

static bool wanted(const struct host_case *c, unsigned row)
{
    const struct insn *in = &c->in;

    if (in->row != row || in->op != opcode_rows[row].op)
        return false;
    if (in->op == INSN_int && (uint8_t)in->ops[0].imm == 0x80)
        return false;
    return true;
}

static uint32_t code_offset(const struct host_case *c, uint32_t off)
{
    return c->flavour == FLAT32 ? CODE_AT + off : off;
}

unsigned displacement_size(const struct insn *in)
{
    const struct opcode_row *row = &opcode_rows[in->row];
    unsigned op = row->opcode;

    if (row->map == MAP_ONE && (op == 0x70 || (op >= 0xe0 && op <= 0xe3) || op == 0xeb))
        return 1;
    return in->opsize == 2 ? 2 : 4;
}

/* A branch goes to INT3: not into the instruction, nor so far back that it is run again. */
static void fix_branch(struct host_case *c, struct rng *r)
{
    unsigned size = displacement_size(&c->in);
    int32_t disp;

    if (size == 1)
        disp = (int8_t)rng_next(r);
    else
        disp = rng_one_in(r, 16) ? (int32_t)rng_next(r) : (int32_t)rng_below(r, 0x800) - 0x80;
    if (disp < 0 && disp >= -15)
        disp = 15 - disp;
    le_put(c->code + c->len - size, (uint32_t)disp, size);
}

static const uint16_t code_sels[] = {SEL_CODE32,          SEL_CODE32,        LDT_SEL(LDT_CODE16),
                                     LDT_SEL(LDT_CODE32), SEL_DATA32,        0,
                                     SEL_KERNEL_CODE | 3, LDT_SEL(LDT_DATA), 0x1000};
static const uint16_t data_sels[] = {0,
                                     3,
                                     SEL_DATA32,
                                     SEL_DATA32 & ~3,
                                     SEL_CODE32,
                                     SEL_KERNEL_DATA,
                                     0x1003,
                                     LDT_SEL(LDT_CODE16),
                                     LDT_SEL(LDT_STACK16),
                                     LDT_SEL(LDT_DATA),
                                     LDT_SEL(LDT_SHORT),
                                     LDT_SEL(LDT_READ_ONLY),
                                     LDT_SEL(LDT_DOWN16),
                                     LDT_SEL(LDT_STACK32),
                                     LDT_SEL(LDT_DOWN32),
                                     LDT_SEL(LDT_COUNT)};

static uint16_t code_sel(struct rng *r)
{
    return code_sels[rng_below(r, sizeof code_sels / 2)];
}

static uint16_t data_sel(struct rng *r)
{
    return data_sels[rng_below(r, sizeof data_sels / 2)];
}

/* For LAR, LSL, VERR and VERW, which would tell Linux's descriptors from ours. */
static uint16_t local_sel(struct rng *r)
{
    uint16_t sel = LDT_SEL(rng_below(r, LDT_COUNT + 1));

    return rng_one_in(r, 8) ? rng_below(r, 4) : (uint16_t)(rng_one_in(r, 4) ? sel & ~3 : sel);
}

static uint32_t far_offset(const struct host_case *c, struct rng *r, uint16_t sel)
{
    uint32_t off = rng_below(r, CODE_SIZE);

    if (off - (c->eip & (CODE_SIZE - 1)) < 16)
        off += 16;
    if (rng_one_in(r, 16))
        return gen_int(r);
    return sel & 4 ? off : CODE_AT + off;
}

static void fix_far(struct host_case *c, struct rng *r)
{
    uint16_t sel = code_sel(r);

    le_put(c->code + c->len - 2, sel, 2);
    le_put(c->code + c->len - 2 - c->in.opsize, far_offset(c, r, sel), c->in.opsize);
}

static uint32_t segment_base(const struct host_case *c, unsigned seg)
{
    uint16_t sel = c->sel[seg];
    return sel & 4 ? host_ldt[sel >> 3].base : 0;
}

uint32_t case_linear(const struct host_case *c, unsigned seg, uint32_t off)
{
    return segment_base(c, seg) + off;
}

/* An offset in the window of the operand's segment: anywhere, or at an edge. */
static uint32_t window_offset(const struct host_case *c, struct rng *r, unsigned seg)
{
    uint32_t base = segment_base(c, seg), x;
    bool stack = base == STACK_AT || (!base && c->in.mem.base == R_SP);

    switch (rng_below(r, 16)) {
    case 0:
    case 1:
        x = 0x1000 - rng_below(r, 20);
        break;
    case 2:
        x = (stack ? STACK_SIZE : DATA_RW) - rng_below(r, 40);
        break;
    case 3:
        x = rng_one_in(r, 2) ? 0x800 - rng_below(r, 40) : 0u - rng_below(r, 20);
        break;
    case 4:
        x = rng_one_in(r, 2) ? (uint32_t)DATA_RW + rng_below(r, PAGE_SIZE) : gen_int(r);
        break;
    default:
        x = 0x20 + rng_below(r, 0x1e00);
        if (rng_one_in(r, 2))
            x &= ~15u;
        else if (rng_one_in(r, 2))
            x &= ~3u;
    }
    return base ? x : (stack ? STACK_AT : DATA_AT) + x;
}

/* A displacement alone: its bytes are found by their value. */
static void fix_absolute(struct host_case *c, struct rng *r)
{
    const struct insn *in = &c->in;
    unsigned size = in->addrsize;
    uint32_t old = 0, off = window_offset(c, r, in->mem.seg);
    bool have = false;

    for (unsigned k = 0; k < in->nops; k++) {
        if (in->ops[k].kind == OPD_MOFFS) {
            old = (uint32_t)in->ops[k].imm;
            have = true;
        } else if (in->ops[k].kind == OPD_MEM && in->mem.base == REG_NONE &&
                   in->mem.index == REG_NONE) {
            old = (uint32_t)in->mem.disp;
            have = true;
        }
    }
    for (unsigned at = 1; have && at + size <= c->len; at++) {
        if ((uint32_t)le_get(c->code + at, size) == (size == 2 ? old & 0xffff : old)) {
            le_put(c->code + at, off, size);
            return;
        }
    }
}

static void set_flavour(struct host_case *c, struct rng *r)
{
    static const uint16_t spare[] = {
        LDT_SEL(LDT_DATA),   LDT_SEL(LDT_SHORT),  LDT_SEL(LDT_READ_ONLY),
        LDT_SEL(LDT_DOWN16), LDT_SEL(LDT_DOWN32), 0,
        SEL_DATA32,          LDT_SEL(LDT_CODE32)};
    bool wide = c->flavour == SEGS32;

    c->sel[SEG_FS] = spare[rng_below(r, 8)];
    if (c->flavour == FLAT32) {
        c->sel[SEG_CS] = SEL_CODE32;
        c->sel[SEG_SS] = c->sel[SEG_DS] = c->sel[SEG_ES] = SEL_DATA32;
        c->sel[SEG_GS] = rng_one_in(r, 3) ? spare[rng_below(r, 8)] : SEL_DATA32;
        return;
    }
    if (rng_one_in(r, 8))
        wide = !wide;
    c->sel[SEG_CS] = c->flavour == SEGS32 ? LDT_SEL(LDT_CODE32) : LDT_SEL(LDT_CODE16);
    c->sel[SEG_SS] = wide ? LDT_SEL(LDT_STACK32) : LDT_SEL(LDT_STACK16);
    c->sel[SEG_DS] = rng_one_in(r, 3) ? LDT_SEL(LDT_SHORT) : LDT_SEL(LDT_DATA);
    c->sel[SEG_ES] = rng_one_in(r, 2) ? LDT_SEL(LDT_DATA) : spare[rng_below(r, 8)];
    c->sel[SEG_GS] = spare[rng_below(r, 8)];
}

static void random_bytes(struct host_case *c, struct rng *r, const struct opcode_row *row)
{
    unsigned n = put_prefixes(c, r, row);

    n = put_opcode(c, r, row, n);
    for (unsigned k = n; k < 24; k++)
        c->code[k] = random_byte(r);
    fix_modrm(r, row, &c->code[n]);
    if (row->group < 0 && row->mod == MOD_ANY && !row->modrm && row->map != MAP_X87 &&
        opcode_has_modrm[row->map][row->opcode] && rng_one_in(r, 3))
        c->code[n] |= 0xc0;
    /* [EBX + disp8] or [BX + disp8]. */
    if (c->hot && c->code[n] < 0xc0 && opcode_has_modrm[row->map & 3][row->opcode] &&
        row->map != MAP_X87 && !rng_one_in(r, 4))
        c->code[n] = (uint8_t)((c->code[n] & 0x38) | 0x40 | (c->flavour == SEGS16 ? 7 : 3));
}

bool gen_bytes(struct host_case *c, struct rng *r, unsigned id)
{
    unsigned mode = c->flavour == SEGS16 ? 16 : 32;

    for (unsigned tries = 0; tries < 60; tries++) {
        random_bytes(c, r, &opcode_rows[id]);
        decode(&c->in, c->code, 15, mode, true);
        if (!wanted(c, id))
            continue;
        c->len = c->in.len;
        if (c->in.nops && c->in.ops[0].kind == OPD_REL)
            fix_branch(c, r);
        if (c->in.nops && c->in.ops[0].kind == OPD_FAR)
            fix_far(c, r);
        fix_absolute(c, r);
        decode(&c->in, c->code, c->len, mode, true);
        memset(c->code + c->len, 0xcc, sizeof c->code - c->len);
        return wanted(c, id);
    }
    return false;
}

void gen_place(struct host_case *c, struct rng *r)
{
    memset(c->code, 0xcc, sizeof c->code);
    set_flavour(c, r);
    c->eip = code_offset(c, rng_one_in(r, 12) ? PAGE_SIZE - rng_below(r, 12)
                                              : 0x200 + rng_below(r, 0x900));
}

bool gen_code(struct host_case *c, struct rng *r, unsigned id)
{
    gen_place(c, r);
    return gen_bytes(c, r, id);
}

/* --- values --- */

uint32_t case_ea(const struct host_case *c)
{
    const struct insn *in = &c->in;
    const struct mem_operand *m = &in->mem;
    uint32_t ea = (uint32_t)m->disp;

    for (unsigned k = 0; k < in->nops; k++) {
        if (in->ops[k].kind == OPD_MOFFS)
            return (uint32_t)in->ops[k].imm & (uint32_t)mask_bytes(in->addrsize);
    }
    if (m->base != REG_NONE)
        ea += c->gpr[m->base];
    if (m->index != REG_NONE)
        ea += c->gpr[m->index] << m->scale;
    return ea & (uint32_t)mask_bytes(in->addrsize);
}

static void set_reg(struct host_case *c, unsigned reg, uint32_t v, unsigned size)
{
    uint32_t mask = (uint32_t)mask_bytes(size);
    c->gpr[reg] = (c->gpr[reg] & ~mask) | (v & mask);
}

const struct operand *memory_operand(const struct insn *in)
{
    for (unsigned k = 0; k < in->nops; k++) {
        if (in->ops[k].kind == OPD_MEM || in->ops[k].kind == OPD_MOFFS)
            return &in->ops[k];
    }
    return NULL;
}

/* Registers of the memory operand, so that it lies in a window. */
static void place_operand(struct host_case *c, struct rng *r)
{
    const struct mem_operand *m = &c->in.mem;
    uint32_t off = window_offset(c, r, m->seg);
    unsigned size = c->in.addrsize;

    if (xsave_area(c->in.op) && !rng_one_in(r, 8))
        off &= ~63u;
    off -= (uint32_t)m->disp;

    if (m->base == REG_NONE && m->index == REG_NONE)
        return;
    if (m->index == REG_NONE)
        set_reg(c, m->base, off, size);
    else if (m->base == REG_NONE)
        set_reg(c, m->index, off >> m->scale, size);
    else if (m->base == m->index)
        set_reg(c, m->base, off / (1 + (1u << m->scale)), size);
    else
        set_reg(c, m->base, off - (c->gpr[m->index] << m->scale), size);
}

static void set_pointer(struct host_case *c, struct rng *r, unsigned reg, unsigned seg)
{
    set_reg(c, reg, window_offset(c, r, seg), c->flavour == SEGS16 && c->in.addrsize == 2 ? 2 : 4);
}

static void set_stack(struct host_case *c, struct rng *r)
{
    uint32_t base = segment_base(c, SEG_SS) ? 0 : STACK_AT, off = 0x400 + rng_below(r, 0x1800);

    if (!rng_one_in(r, 8))
        off &= ~3u;
    if (rng_one_in(r, 16))
        off = rng_one_in(r, 2) ? rng_below(r, 48) : STACK_SIZE - rng_below(r, 48);
    if (rng_one_in(r, 32))
        off = 0x1000 + rng_below(r, 24) - 12;
    c->gpr[R_SP] = base + off;
    if (rng_one_in(r, 2))
        c->gpr[R_BP] = base + (rng_one_in(r, 16) ? gen_int(r) : 0x100 + rng_below(r, 0x1e00));
}

static void set_dividend(struct host_case *c, struct rng *r)
{
    bool is_signed = c->in.op == INSN_idiv;
    unsigned size = c->in.ops[0].size;

    if (rng_one_in(r, 4))
        return;
    if (size == 1)
        set_reg(c, R_AX, is_signed ? (uint32_t)(int8_t)gen_int(r) : gen_int(r) & 0xff, 2);
    else if (rng_one_in(r, 2))
        set_reg(c, R_DX, is_signed && c->gpr[R_AX] >> (size * 8 - 1) & 1 ? 0xffffffff : 0, size);
    else
        set_reg(c, R_DX, rng_below(r, 16), size);
}

/* Registers with a part that the operands do not show. */
static void set_implied(struct host_case *c, struct rng *r)
{
    const struct insn *in = &c->in;
    bool wide = rng_one_in(r, 2);

    if (is_string(in->op)) {
        set_pointer(c, r, R_SI, in->mem.seg);
        set_pointer(c, r, R_DI, SEG_ES);
        if (in->rep && !rng_one_in(r, 16))
            set_reg(c, R_CX, rng_below(r, 24), wide ? 4 : in->addrsize);
    }
    /* The components that every model has. */
    if (xsave_area(in->op)) {
        c->gpr[R_AX] = rng_one_in(r, 4) ? rng_below(r, 4) : 3;
        c->gpr[R_DX] = 0;
    }
    switch (in->op) {
    case INSN_xlat:
        set_pointer(c, r, R_BX, in->mem.seg);
        break;
    case INSN_maskmovq:
    case INSN_maskmovdqu:
        set_pointer(c, r, R_DI, in->mem.seg);
        break;
    case INSN_loop:
    case INSN_loope:
    case INSN_loopne:
    case INSN_jcxz:
        if (rng_one_in(r, 2))
            set_reg(c, R_CX, rng_below(r, 3), wide ? 4 : 2);
        break;
    case INSN_div:
    case INSN_idiv:
        set_dividend(c, r);
        break;
    case INSN_shl:
    case INSN_shr:
    case INSN_sar:
    case INSN_rol:
    case INSN_ror:
    case INSN_rcl:
    case INSN_rcr:
    case INSN_shld:
    case INSN_shrd:
        set_reg(c, R_CX, rng_below(r, 40), 1);
        break;
    case INSN_bt:
    case INSN_bts:
    case INSN_btr:
    case INSN_btc:
        if (in->ops[1].kind == OPD_REG && !rng_one_in(r, 4))
            set_reg(c, in->ops[1].reg, rng_below(r, 512) - 256, in->ops[1].size);
        break;
    case INSN_pcmpestri:
    case INSN_pcmpestrm:
        set_reg(c, R_AX, rng_below(r, 40) - 20, 4);
        set_reg(c, R_DX, rng_below(r, 40) - 20, 4);
        break;
    }
}

bool in_windows(uint32_t lin, uint32_t n)
{
    return (lin >= DATA_AT && lin - DATA_AT + n <= DATA_RW) ||
           (lin >= STACK_AT && lin - STACK_AT + n <= STACK_SIZE);
}

/* Flags as POPF and IRET may take them: no TF, no NT, no bit above AC. */
static uint32_t flags_image(struct rng *r)
{
    return (uint32_t)rng_next(r) & (0x13ed7u | (rng_one_in(r, 8) ? EF_AC : 0));
}

static uint32_t target_offset(const struct host_case *c, struct rng *r)
{
    uint32_t off = code_offset(c, rng_below(r, CODE_SIZE));

    if (rng_one_in(r, 16))
        return gen_int(r);
    return off - c->eip < c->len ? off + 16 : off; /* not into itself */
}

/* The stack's top, for what pops more than data. */
static void set_stack_values(struct host_case *c, struct rng *r)
{
    struct patch *p = &c->patch[1];
    const struct insn *in = &c->in;
    unsigned size = in->opsize;
    uint32_t sp = c->gpr[R_SP];
    uint16_t sel = in->op == INSN_pop ? data_sel(r) : code_sel(r);

    if (c->sel[SEG_SS] == LDT_SEL(LDT_STACK16))
        sp &= 0xffff;
    p->at = case_linear(c, SEG_SS, sp);
    p->len = 0;
    if (!in_windows(p->at, 16))
        return;
    p->len = 12;
    for (unsigned k = 0; k < 3; k++)
        le32_put(p->bytes + k * 4, gen_int(r));
    switch (in->op) {
    case INSN_ret:
        le_put(p->bytes, target_offset(c, r), size);
        break;
    case INSN_retf:
    case INSN_iret:
        le_put(p->bytes, far_offset(c, r, sel), size);
        le_put(p->bytes + size, sel, 2);
        le_put(p->bytes + 2 * size, flags_image(r), size);
        break;
    case INSN_popf:
        le_put(p->bytes, flags_image(r), size);
        break;
    case INSN_pop:
        if (in->ops[0].kind == OPD_SEG)
            le_put(p->bytes, sel, 2);
        break;
    }
}

/* Values of operands that are addresses or selectors. */
static void set_special_operand(struct host_case *c, struct rng *r)
{
    const struct insn *in = &c->in;
    const struct operand *o = in->op == INSN_mov_sreg ? &in->ops[1] : &in->ops[0];
    struct patch *p = &c->patch[0];
    uint16_t sel = code_sel(r);

    switch (in->op) {
    case INSN_lar:
    case INSN_lsl:
        o = &in->ops[1]; /* fall through */
    case INSN_verr:
    case INSN_verw:
        if (o->kind == OPD_REG)
            set_reg(c, o->reg, local_sel(r), 2);
        else
            le_put(p->bytes, local_sel(r), 2);
        break;
    case INSN_jmp:
    case INSN_call:
        if (o->kind == OPD_REG)
            set_reg(c, o->reg, target_offset(c, r), o->size);
        else if (o->kind == OPD_MEM)
            le_put(p->bytes, target_offset(c, r), in->opsize);
        break;
    case INSN_jmpf:
    case INSN_callf:
        le_put(p->bytes, far_offset(c, r, sel), in->opsize);
        le_put(p->bytes + in->opsize, sel, 2);
        break;
    case INSN_lds:
    case INSN_les:
    case INSN_lfs:
    case INSN_lgs:
    case INSN_lss:
        le_put(p->bytes + in->opsize, data_sel(r), 2);
        break;
    case INSN_mov_sreg:
        if (in->ops[0].kind != OPD_SEG)
            break;
        if (o->kind == OPD_REG)
            set_reg(c, o->reg, data_sel(r), 2);
        else
            le_put(p->bytes, data_sel(r), 2);
        break;
    }
}

/* An area for XSAVE and XRSTOR: 512 bytes as FXSAVE's and a header (SDM vol. 1, 13.4). */
static void set_area(struct host_case *c, struct rng *r, uint8_t *p)
{
    memset(p, 0, XSAVE_SIZE);
    memcpy(p, &c->fx, sizeof c->fx);
    le32_put(p + 24, c->fx.mxcsr | (rng_one_in(r, 32) ? gen_int(r) & ~0x20000u : 0));
    p[512] = (uint8_t)(rng_one_in(r, 3) ? rng_below(r, 4) : 3);
    /* What must be zero, but for components and the compacted form, which the host may have. */
    if (rng_one_in(r, 16)) {
        p[515 + rng_below(r, 21)] ^= (uint8_t)(1u << rng_below(r, 8));
        p[527] &= 0x7f;
    }
}

static void set_operand(struct host_case *c, struct rng *r)
{
    const struct operand *o = memory_operand(&c->in);
    struct patch *p = &c->patch[0];
    unsigned n;

    p->len = 0;
    p->at = DATA_AT;
    if (!o)
        return;
    n = c->in.op == INSN_fxrstor ? sizeof(struct fx)
        : xsave_area(c->in.op)   ? XSAVE_SIZE
        : o->size                ? o->size
                                 : 16;
    p->at = case_linear(c, c->in.mem.seg, case_ea(c));
    p->len = (uint16_t)n;
    if (xsave_area(c->in.op)) {
        set_area(c, r, p->bytes);
        return;
    }
    gen_operand(c, r, p->bytes, n);
    if (c->in.op == INSN_fxrstor)
        memcpy(p->bytes, &c->fx, sizeof c->fx);
}

void gen_state(struct host_case *c, struct rng *r)
{
    static const uint32_t status = FLAGS_STATUS;

    for (unsigned k = 0; k < ARRAY_LEN(c->patch); k++)
        c->patch[k] = (struct patch){.at = DATA_AT};
    for (unsigned i = 0; i < 8; i++)
        c->gpr[i] = gen_int(r);
    c->eflags = 0x202 | ((uint32_t)rng_next(r) & status) | (rng_one_in(r, 3) ? EF_DF : 0) |
                (rng_one_in(r, 32) ? EF_AC : 0);
    gen_fx(c, r);
    set_stack(c, r);
    if (memory_operand(&c->in))
        place_operand(c, r);
    set_implied(c, r);
    set_operand(c, r);
    set_stack_values(c, r);
    set_special_operand(c, r);
    if (!in_windows(c->patch[0].at, c->patch[0].len))
        c->patch[0] = (struct patch){.at = DATA_AT};
}
