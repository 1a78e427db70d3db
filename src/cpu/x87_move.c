/* x87_move.c - x87 loads, stores, exchanges, constants and the stack's own instructions. */
#include "cpu/internal.h"
#include "cpu/x87.h"

/* Pushes a value that has been computed with st's exceptions.  An unmasked denormal operand is
 * pushed all the same. */
static void push_result(struct cpu *cpu, const struct x87_insn *in, struct f80 v,
                        struct x87_status *st)
{
    if (!x87_empty(&cpu->fpu, 7)) {
        st->sf.flags = 0;
        x87_overflow(st);
        v = x87_indefinite();
    }
    if (x87_commit(cpu, in, st) || !(st->sf.flags & SF_INVALID))
        x87_push(&cpu->fpu, v);
}

/* D9 /0 single, DD /0 double, DB /5 double extended. */
void x87_fld_mem(struct cpu *cpu, const struct x87_insn *in)
{
    struct x87_status st = x87_begin(&cpu->fpu);
    struct f80 v;

    if (in->op >> 8 == 1)
        v = f32_to_f80((uint32_t)x87_load(cpu, in, 4), &st.sf);
    else if (in->op >> 8 == 5)
        v = f64_to_f80(x87_load(cpu, in, 8), &st.sf);
    else
        v = x87_load_f80(cpu, in);
    push_result(cpu, in, v, &st);
}

/* DB /0 32-bit, DF /0 16-bit, DF /5 64-bit. */
void x87_fild(struct cpu *cpu, const struct x87_insn *in)
{
    struct x87_status st = x87_begin(&cpu->fpu);
    int64_t v;

    if (in->op >> 8 == 3)
        v = (int32_t)x87_load(cpu, in, 4);
    else if (in->op & 0x28)
        v = (int64_t)x87_load(cpu, in, 8);
    else
        v = (int16_t)x87_load(cpu, in, 2);
    push_result(cpu, in, f80_from_i64(v), &st);
}

void x87_fbld(struct cpu *cpu, const struct x87_insn *in)
{
    struct x87_status st = x87_begin(&cpu->fpu);
    struct f80 raw = x87_load_f80(cpu, in);
    uint8_t bcd[10];

    for (int i = 0; i < 8; i++)
        bcd[i] = (uint8_t)(raw.man >> 8 * i);
    bcd[8] = (uint8_t)raw.se;
    bcd[9] = (uint8_t)(raw.se >> 8);
    push_result(cpu, in, f80_from_bcd(bcd), &st);
}

void x87_fld_reg(struct cpu *cpu, const struct x87_insn *in)
{
    struct x87_status st = x87_begin(&cpu->fpu);
    struct f80 v = x87_indefinite();

    if (x87_missing(&cpu->fpu, in->op & 7, &st)) {
        if (x87_commit(cpu, in, &st))
            x87_push(&cpu->fpu, v);
        return;
    }
    push_result(cpu, in, x87_get(&cpu->fpu, in->op & 7), &st);
}

/* FLD1 to FLDZ (D9 E8 to EE), rounded from longer constants (SDM vol. 2A, FLD1; vol. 1, 8.3.8). */
void x87_constant(struct cpu *cpu, const struct x87_insn *in)
{
    /* low: what the 64 bits leave of the constant, to the next 64. */
    static const struct {
        uint64_t man, low;
        uint16_t se;
    } constants[8] = {
        {0x8000000000000000, 0, 0x3fff},                  /* 1 */
        {0xd49a784bcd1b8afe, 0x492bf6ff4dafdb4c, 0x4000}, /* log2 10 */
        {0xb8aa3b295c17f0bb, 0xbe87fed0691d3e88, 0x3fff}, /* log2 e */
        {0xc90fdaa22168c234, 0xc4c6628b80dc1cd1, 0x4000}, /* pi */
        {0x9a209a84fbcff798, 0x8f8959ac0b7c9178, 0x3ffd}, /* log10 2 */
        {0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af, 0x3ffe}, /* ln 2 */
    };
    struct x87_status st = x87_begin(&cpu->fpu);
    unsigned k = in->op & 7;
    struct f80 v = {.man = constants[k].man, .se = constants[k].se};

    v.man += (st.sf.round == SF_NEAREST && constants[k].low >> 63) ||
             (st.sf.round == SF_UP && constants[k].low);
    push_result(cpu, in, v, &st);
}

/* What a store of `size` bytes would raise; an exception that keeps it back does not keep that
 * back. */
static void check_store(struct cpu *cpu, const struct x87_insn *in, unsigned size)
{
    uint64_t lin = cpu_linear(cpu, in->seg, in->ea, size, true);

    alignment_check(cpu, lin, size == 10 ? 8 : size);
    cpu_probe(cpu, lin, size, TLB_WRITE, cpu->mmu);
}

/* Delivers to memory and pops: D9 /2 /3 single, DD /2 /3 double, DB /7 double extended. */
void x87_fst_mem(struct cpu *cpu, const struct x87_insn *in)
{
    struct fpu *f = &cpu->fpu;
    struct x87_status st = x87_begin(f);
    struct f80 v = x87_missing(f, 0, &st) ? x87_indefinite() : x87_get(f, 0);
    bool stores;

    if (in->op >> 8 == 3) {
        uint64_t lin = cpu_linear(cpu, in->seg, in->ea, 10, true);
        check_store(cpu, in, 10);
        stores = x87_stores(&st);
        if (stores) {
            cpu_store(cpu, lin, v.man, 8, cpu->mmu);
            cpu_store(cpu, lin + 8, v.se, 2, cpu->mmu);
        }
    } else if (in->op >> 8 == 1) {
        uint32_t bits = f80_to_f32(v, &st.sf);
        stores = x87_stores(&st);
        if (stores)
            x87_store(cpu, in, bits, 4);
        else
            check_store(cpu, in, 4);
    } else {
        uint64_t bits = f80_to_f64(v, &st.sf);
        stores = x87_stores(&st);
        if (stores)
            x87_store(cpu, in, bits, 8);
        else
            check_store(cpu, in, 8);
    }
    if (x87_commit(cpu, in, &st) && stores && (in->op & 8))
        x87_pop(f);
}

static void store_int(struct cpu *cpu, const struct x87_insn *in, unsigned bits,
                      enum sf_round round, bool pops)
{
    struct fpu *f = &cpu->fpu;
    struct x87_status st = x87_begin(f);
    int64_t v = (int64_t)(~(uint64_t)0 << (bits - 1));

    if (!x87_missing(f, 0, &st))
        v = f80_to_int(x87_get(f, 0), bits, round, &st.sf);
    if (x87_stores(&st))
        x87_store(cpu, in, (uint64_t)v & (~(uint64_t)0 >> (64 - bits)), bits / 8);
    else
        check_store(cpu, in, bits / 8);
    if (x87_commit(cpu, in, &st) && pops)
        x87_pop(f);
}

/* DB /2 /3 32-bit, DF /2 /3 16-bit, DF /7 64-bit. */
void x87_fist(struct cpu *cpu, const struct x87_insn *in)
{
    unsigned reg = in->op >> 3 & 7;
    unsigned bits = in->op >> 8 == 3 ? 32 : reg == 7 ? 64 : 16;

    store_int(cpu, in, bits, cpu->fpu.cw >> 10 & 3, reg != 2);
}

/* DB /1 32-bit, DD /1 64-bit, DF /1 16-bit. */
void x87_fisttp(struct cpu *cpu, const struct x87_insn *in)
{
    static const uint8_t bits[8] = {[3] = 32, [5] = 64, [7] = 16};

    store_int(cpu, in, bits[in->op >> 8], SF_CHOP, true);
}

void x87_fbstp(struct cpu *cpu, const struct x87_insn *in)
{
    struct fpu *f = &cpu->fpu;
    struct x87_status st = x87_begin(f);
    struct f80 v = x87_missing(f, 0, &st) ? x87_indefinite() : x87_get(f, 0);
    uint8_t bcd[10];
    uint64_t low = 0, lin;

    f80_to_bcd(v, bcd, &st.sf);
    for (int i = 0; i < 8; i++)
        low |= (uint64_t)bcd[i] << 8 * i;
    check_store(cpu, in, 10);
    if (x87_stores(&st)) {
        lin = cpu_linear(cpu, in->seg, in->ea, 10, true);
        cpu_store(cpu, lin, low, 8, cpu->mmu);
        cpu_store(cpu, lin + 8, bcd[8] | (uint64_t)bcd[9] << 8, 2, cpu->mmu);
    }
    if (x87_commit(cpu, in, &st))
        x87_pop(f);
}

/* FST ST(i), FSTP ST(i) with its aliases. */
void x87_fst_reg(struct cpu *cpu, const struct x87_insn *in)
{
    struct fpu *f = &cpu->fpu;
    struct x87_status st = x87_begin(f);
    struct f80 v = x87_missing(f, 0, &st) ? x87_indefinite() : x87_get(f, 0);

    if (!x87_commit(cpu, in, &st))
        return;
    x87_put(f, in->op & 7, v);
    if ((in->op & 0x738) != 0x510) /* DD D0 is FST */
        x87_pop(f);
}

/* FSTP1 (D9 D8): as FSTP ST(i), but an empty ST(0) is popped and nothing more. */
void x87_fstp1(struct cpu *cpu, const struct x87_insn *in)
{
    struct fpu *f = &cpu->fpu;

    x87_commit_quiet(cpu, in, false);
    if (!x87_empty(f, 0))
        x87_put(f, in->op & 7, x87_get(f, 0));
    x87_pop(f);
}

void x87_fxch(struct cpu *cpu, const struct x87_insn *in)
{
    struct fpu *f = &cpu->fpu;
    struct x87_status st = x87_begin(f);
    unsigned i = in->op & 7;
    struct f80 a = x87_missing(f, 0, &st) ? x87_indefinite() : x87_get(f, 0);
    struct f80 b = x87_missing(f, i, &st) ? x87_indefinite() : x87_get(f, i);

    if (x87_commit(cpu, in, &st)) {
        x87_put(f, 0, b);
        x87_put(f, i, a);
    }
}

/* FFREE (DD C0) and FFREEP (DF C0). */
void x87_ffree(struct cpu *cpu, const struct x87_insn *in)
{
    struct fpu *f = &cpu->fpu;

    x87_commit_quiet(cpu, in, false);
    f->valid &= (uint8_t) ~(1u << x87_phys(f, in->op & 7));
    if (in->op >> 8 == 7)
        x87_pop(f);
}

void x87_fincstp(struct cpu *cpu, const struct x87_insn *in)
{
    x87_commit_quiet(cpu, in, false);
    x87_set_top(&cpu->fpu, x87_top(&cpu->fpu) + 1);
}

void x87_fdecstp(struct cpu *cpu, const struct x87_insn *in)
{
    x87_commit_quiet(cpu, in, false);
    x87_set_top(&cpu->fpu, x87_top(&cpu->fpu) - 1);
}

void x87_fnop(struct cpu *cpu, const struct x87_insn *in)
{
    x87_commit_quiet(cpu, in, cpu->fpu.sw & FSW_C1);
}
