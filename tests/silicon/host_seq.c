/* host_seq.c - sequences of instructions for the host's CPU, which find what goes wrong between
 * instructions: flags that are dropped or come too late, registers that an engine holds elsewhere,
 * x87 and SSE state. */
#include <string.h>
#include "base/bytes.h"
#include "host.h"
#include "translate/decode/opcode_table.h"
#include "translate/ir/ir.h"

static bool left_out(unsigned op)
{
    switch (op) {
    case INSN_ret:
    case INSN_jmpf:
    case INSN_callf:
    case INSN_retf:
    case INSN_iret:
    case INSN_int:
    case INSN_int3:
    case INSN_into:
    case INSN_icebp:
    case INSN_bound:
    case INSN_popf:
    case INSN_pusha:
    case INSN_popa:
    case INSN_enter:
    case INSN_in:
    case INSN_out:
    case INSN_ins:
    case INSN_outs:
    case INSN_cli:
    case INSN_sti:
    case INSN_maskmovq:
    case INSN_maskmovdqu:
    case INSN_xlat:
    case INSN_lar:
    case INSN_lsl:
    case INSN_verr:
    case INSN_verw:
    case INSN_fxsave:
    case INSN_fxrstor:
    case INSN_xsetbv:
    case INSN_shld:
    case INSN_shrd:
    case INSN_mov_sreg:
    case INSN_lds:
    case INSN_les:
    case INSN_lfs:
    case INSN_lgs:
    case INSN_lss:
    case INSN_fyl2xp1:
    case INSN_ud:
    case INSN_bswap:
    case INSN_rsm:
    case INSN_fbld:
        return true;
    }
    return transcendental(op) || reciprocal(op) || x87_image(op) || compares_to_eflags(op);
}

/* Branches go to the next instruction, taken or not: they end blocks. */
static bool branches(unsigned op)
{
    switch (op) {
    case INSN_jmp:
    case INSN_call:
    case INSN_jcc:
    case INSN_jcxz:
    case INSN_loop:
    case INSN_loope:
    case INSN_loopne:
        return true;
    }
    return false;
}

static bool usable(unsigned id)
{
    const struct opcode_row *row = &opcode_rows[id];
    bool indirect = branches(row->op) && row->operands && row->operands[0] == 'E';
    bool segment = (row->op == INSN_push || row->op == INSN_pop) && row->operands &&
                   strchr(row->operands, 'S');

    return !host_row_excluded(id) && !left_out(row->op) && !segment && !indirect &&
           !(row->attr & OPA_PRIV);
}

/* Two thirds general instructions, the rest x87, MMX and SSE. */
static unsigned choose_row(struct rng *r)
{
    uint32_t vector = OPA_X87 | OPA_MMX | OPA_SSE, want = rng_one_in(r, 3) ? vector : 0;

    for (;;) {
        unsigned id = 1 + rng_below(r, (uint32_t)opcode_row_count - 1);
        if (!(opcode_rows[id].attr & vector) == !want && usable(id))
            return id;
    }
}

/* --- undefined flags --- */

static bool shifts(unsigned op)
{
    switch (op) {
    case INSN_shl:
    case INSN_shr:
    case INSN_sar:
    case INSN_rol:
    case INSN_ror:
    case INSN_rcl:
    case INSN_rcr:
        return true;
    }
    return false;
}

static uint32_t flags_read(const struct insn *in)
{
    if (in->op == INSN_setcc || in->op == INSN_cmovcc || in->op == INSN_jcc)
        return cc_flags(in->cc);
    return opcode_rows[in->row].flags_read;
}

static uint32_t undefined_after_shift(const struct insn *in, uint32_t undef)
{
    bool rotate = in->op != INSN_shl && in->op != INSN_shr && in->op != INSN_sar;
    const struct operand *o = &in->ops[in->nops - 1u];
    unsigned count = o->kind == OPD_ONE ? 1 : (unsigned)o->imm & 31;
    uint32_t set = rotate ? FLAG_C | FLAG_O : FLAGS_STATUS;

    if (o->kind == OPD_REG)
        return undef | (rotate ? FLAG_O : FLAG_O | FLAG_A | FLAG_C);
    if (!count)
        return undef;
    undef &= ~set;
    undef |= count > 1 ? FLAG_O : 0;
    return undef | (rotate ? 0 : FLAG_A | (count >= in->ops[0].size * 8u ? FLAG_C : 0));
}

static uint32_t undefined_after(const struct insn *in, uint32_t undef)
{
    const struct opcode_row *row = &opcode_rows[in->row];

    if (shifts(in->op))
        return undefined_after_shift(in, undef);
    if (!(row->attr & OPA_KEEPS0) || !in->rep)
        undef &= ~(uint32_t)row->flags_set;
    return undef | row->flags_undef;
}

static bool find_flags(struct host_seq *s)
{
    s->undef[0] = 0;
    for (unsigned k = 0; k < s->n; k++) {
        if (flags_read(&s->in[k]) & s->undef[k])
            return false;
        s->undef[k + 1] = undefined_after(&s->in[k], s->undef[k]);
    }
    return true;
}

/* --- growing --- */

static bool pointers_in_windows(const struct host_case *c)
{
    const struct insn *in = &c->in;
    uint32_t mask = (uint32_t)mask_bytes(in->addrsize);

    if (is_string(in->op))
        return in_windows(case_linear(c, in->mem.seg, c->gpr[R_SI] & mask), 64) &&
               in_windows(case_linear(c, SEG_ES, c->gpr[R_DI] & mask), 64);
    return !memory_operand(in) || in_windows(case_linear(c, in->mem.seg, case_ea(c)), 32);
}

/* The state in which the next instruction will begin: registers alone matter. */
static void take_state(struct host_case *now, const struct host_result *r)
{
    memcpy(now->gpr, r->gpr, sizeof now->gpr);
}

static bool append(struct host_seq *s, struct host_case *now, struct rng *r)
{
    static struct host_result result;
    struct host_case *c = &s->c;
    unsigned end = c->len + now->len;

    if (end > MAX_CODE - 1u)
        return false;
    memcpy(c->code + c->len, now->code, now->len);
    c->len = (uint8_t)end;
    s->in[s->n] = now->in;
    s->at[++s->n] = (uint8_t)end;
    if (find_flags(s)) {
        oracle_run(c, &result);
        take_state(now, &result);
        if (result.vector == EXC_BP && result.eip == c->eip + end + 1)
            return true;
        if (rng_one_in(r, 8))
            return false;
    }
    s->n--;
    c->len = s->at[s->n];
    memset(c->code + c->len, 0xcc, sizeof c->code - c->len);
    return true;
}

/* Puts MOV BYTE PTR [address], imm8 in front of instruction `first`: it changes the last byte of
 * the immediate of instruction `later`. */
static void put_rewrite(struct host_seq *s, struct rng *r, unsigned first, unsigned later)
{
    enum { LEN = 7 };
    struct host_case *c = &s->c;
    unsigned from = s->at[first];
    uint8_t *p = c->code + from;

    c->rewrites = true;
    c->eip += CODE_RW_AT - CODE_AT;
    memmove(p + LEN, p, sizeof c->code - from - LEN);
    c->len += LEN;
    s->n++;
    for (unsigned k = s->n; k > first; k--)
        s->at[k] = (uint8_t)(s->at[k - 1] + LEN);
    for (unsigned k = s->n - 1; k > first; k--)
        s->in[k] = s->in[k - 1];
    p[0] = 0xc6;
    p[1] = 0x05;
    le32_put(p + 2, c->eip + s->at[later + 2] - 1);
    p[6] = (uint8_t)rng_next(r);
    decode(&s->in[first], p, LEN, 32, true);
    find_flags(s);
}

/* Lets an instruction change one behind it, where there is one with an immediate and room. */
static void rewrite_later(struct host_seq *s, struct rng *r)
{
    unsigned first = rng_below(r, s->n - 1), later = first + rng_below(r, s->n - first);
    const struct insn *in = &s->in[later];

    if (s->n == MAX_SEQ || s->c.len + 8 > MAX_CODE || !in->nops ||
        in->ops[in->nops - 1u].kind != OPD_IMM || shifts(in->op))
        return;
    put_rewrite(s, r, first, later);
}

bool gen_sequence(struct host_seq *s, struct rng *r)
{
    static struct host_case now;
    unsigned want = 2 + rng_below(r, MAX_SEQ - 1);

    s->n = 0;
    s->at[0] = 0;
    gen_place(&s->c, r);
    s->c.in = (struct insn){.mem.seg = SEG_DS};
    gen_state(&s->c, r);
    s->c.eflags &= ~(uint32_t)EF_AC;
    s->c.len = 0;
    for (unsigned i = 0; i < 8; i++) {
        if (i != R_SP && rng_one_in(r, 2))
            s->c.gpr[i] = case_linear(&s->c, SEG_DS, 0) == DATA_AT ? rng_below(r, 0x700)
                                                                   : DATA_AT + rng_below(r, 0x1e00);
    }
    s->c.hot = rng_one_in(r, 2);
    if (s->c.hot) {
        s->c.gpr[R_BX] = (s->c.flavour == FLAT32 ? DATA_AT : 0) +
                         (rng_one_in(r, 2) ? 0x400 : 0xf80 + rng_below(r, 0x100));
        s->c.sel[SEG_DS] = s->c.flavour == FLAT32 ? SEL_DATA32 : LDT_SEL(LDT_DATA);
    }
    now = s->c;
    for (unsigned tries = 0; tries < 200 && s->n < want; tries++) {
        if (!gen_bytes(&now, r, choose_row(r)) || !pointers_in_windows(&now))
            continue;
        if (branches(now.in.op))
            memset(now.code + now.len - displacement_size(&now.in), 0, displacement_size(&now.in));
        if (!append(s, &now, r))
            break;
        if (now.len != s->c.len)
            memset(now.code, 0xcc, sizeof now.code);
    }
    if (s->n >= 3 && s->c.flavour == FLAT32 && rng_one_in(r, 4))
        rewrite_later(s, r);
    return s->n >= 2;
}

bool seq_drop(struct host_seq *s, unsigned k)
{
    struct host_case *c = &s->c;
    unsigned from = s->at[k], len = s->at[k + 1] - from;

    memmove(c->code + from, c->code + from + len, sizeof c->code - from - len);
    c->len = (uint8_t)(c->len - len);
    for (unsigned i = k; i + 1 < s->n; i++) {
        s->in[i] = s->in[i + 1];
        s->at[i + 1] = (uint8_t)(s->at[i + 2] - len);
    }
    s->n--;
    return find_flags(s);
}

void seq_case(const struct host_seq *s, const struct host_result *host, struct host_case *c)
{
    *c = s->c;
    for (unsigned k = 0; k < s->n; k++) {
        if (host->vector != EXC_BP && host->eip - s->c.eip == s->at[k]) {
            c->in = s->in[k];
            c->undef = s->undef[k];
            return;
        }
    }
    c->in = (struct insn){.op = INSN_nop};
    c->undef = s->undef[s->n];
}
