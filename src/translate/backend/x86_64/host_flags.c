/* host_flags.c - each integer operation by the host's instruction and by alu.h, and the probe that
 * compares the two. */
#include "translate/backend/x86_64/host_flags.h"
#include "cpu/cpu.h"
#include "translate/backend/interp/alu.h"
#include "translate/backend/x86_64/host_alu.h"

enum {
    CO = FLAG_C | FLAG_O,
    SZAP = FLAG_S | FLAG_Z | FLAG_A | FLAG_P,
    OSAP = SZAP ^ FLAG_Z ^ FLAG_O
};

static struct alu_wide merge(struct alu x, uint32_t defines, uint32_t flags)
{
    return (struct alu_wide){x.r, 0, x.flags | (flags & FLAGS_STATUS & ~defines)};
}

#define SOFT(name, expression, defines)                                                            \
    static struct alu_wide soft_##name(unsigned s, uint64_t a, uint64_t b, uint64_t c, uint32_t f) \
    {                                                                                              \
        (void)a, (void)b, (void)c;                                                                 \
        return merge(expression, defines, f);                                                      \
    }
SOFT(add, alu_add(s, a, b, 0), FLAGS_STATUS)
SOFT(adc, alu_add(s, a, b, f &FLAG_C), FLAGS_STATUS)
SOFT(sub, alu_sub(s, a, b, 0), FLAGS_STATUS)
SOFT(sbb, alu_sub(s, a, b, f &FLAG_C), FLAGS_STATUS)
SOFT(and, alu_logic(s, a &b), FLAGS_STATUS)
SOFT(or, alu_logic(s, a | b), FLAGS_STATUS)
SOFT(xor, alu_logic(s, a ^ b), FLAGS_STATUS)
SOFT(inc, alu_inc(s, a), FLAGS_STATUS & ~FLAG_C)
SOFT(dec, alu_dec(s, a), FLAGS_STATUS & ~FLAG_C)
SOFT(neg, alu_sub(s, 0, a, 0), FLAGS_STATUS)
SOFT(shl, alu_shl(s, a, c), FLAGS_STATUS)
SOFT(shr, alu_shr(s, a, c), FLAGS_STATUS)
SOFT(sar, alu_sar(s, a, c), FLAGS_STATUS)
SOFT(rol, alu_rol(s, a, c), CO)
SOFT(ror, alu_ror(s, a, c), CO)
SOFT(rcl, alu_rcl(s, a, c, f &FLAG_C), CO)
SOFT(rcr, alu_rcr(s, a, c, f &FLAG_C), CO)
SOFT(shld, alu_shld(s, a, b, c), FLAGS_STATUS)
SOFT(shrd, alu_shrd(s, a, b, c), FLAGS_STATUS)
SOFT(bsf, alu_bsf(s, a, b), FLAGS_STATUS)
SOFT(bsr, alu_bsr(s, a, b), FLAGS_STATUS)
SOFT(popcnt, alu_popcnt(s, b), FLAGS_STATUS)

static struct alu bit(unsigned size, uint64_t r, uint64_t a, uint64_t n)
{
    return (struct alu){r & mask_bytes(size), alu_bit(size, a, n)};
}
SOFT(bt, bit(s, a, a, b), FLAG_C)
SOFT(bts, bit(s, a | alu_bit_mask(s, b), a, b), FLAG_C)
SOFT(btr, bit(s, a & ~alu_bit_mask(s, b), a, b), FLAG_C)
SOFT(btc, bit(s, a ^ alu_bit_mask(s, b), a, b), FLAG_C)

#define SOFT_PRODUCT(name, expression)                                                             \
    static struct alu_wide soft_##name(unsigned s, uint64_t a, uint64_t b, uint64_t c, uint32_t f) \
    {                                                                                              \
        struct alu_wide w = expression;                                                            \
        (void)c;                                                                                   \
        w.flags |= f & SZAP;                                                                       \
        return w;                                                                                  \
    }
SOFT_PRODUCT(mul, alu_mul(s, a, b))
SOFT_PRODUCT(imul, alu_imul(s, a, b))

static struct alu_wide soft_imul2(unsigned s, uint64_t a, uint64_t b, uint64_t c, uint32_t f)
{
    struct alu_wide w = soft_imul(s, a, b, c, f);

    w.hi = 0;
    return w;
}

#define ROW(name, bytes, counts, undefined)                                                        \
    {                                                                                              \
#name, host_##name, soft_##name, bytes, counts, undefined                                  \
    }
const struct host_op host_ops[IR_OP_COUNT] = {
    [IR_add] = ROW(add, true, false, 0),
    [IR_adc] = ROW(adc, true, false, 0),
    [IR_sub] = ROW(sub, true, false, 0),
    [IR_sbb] = ROW(sbb, true, false, 0),
    [IR_and] = ROW(and, true, false, FLAG_A),
    [IR_or] = ROW(or, true, false, FLAG_A),
    [IR_xor] = ROW(xor, true, false, FLAG_A),
    [IR_inc] = ROW(inc, true, false, 0),
    [IR_dec] = ROW(dec, true, false, 0),
    [IR_neg] = ROW(neg, true, false, 0),
    [IR_shl] = ROW(shl, true, true, FLAG_A | CO),
    [IR_shr] = ROW(shr, true, true, FLAG_A | CO),
    [IR_sar] = ROW(sar, true, true, FLAG_A | FLAG_O),
    [IR_rol] = ROW(rol, true, true, FLAG_O),
    [IR_ror] = ROW(ror, true, true, FLAG_O),
    [IR_rcl] = ROW(rcl, true, true, FLAG_O),
    [IR_rcr] = ROW(rcr, true, true, FLAG_O),
    [IR_shld] = ROW(shld, false, true, FLAGS_STATUS | HOST_VALUE),
    [IR_shrd] = ROW(shrd, false, true, FLAGS_STATUS | HOST_VALUE),
    [IR_mul] = ROW(mul, true, false, SZAP),
    [IR_imul] = ROW(imul2, false, false, SZAP),
    [IR_bsf] = ROW(bsf, false, false, OSAP | FLAG_C | HOST_VALUE),
    [IR_bsr] = ROW(bsr, false, false, OSAP | FLAG_C | HOST_VALUE),
    [IR_bt] = ROW(bt, false, false, OSAP),
    [IR_bts] = ROW(bts, false, false, OSAP),
    [IR_btr] = ROW(btr, false, false, OSAP),
    [IR_btc] = ROW(btc, false, false, OSAP),
    [IR_popcnt] = ROW(popcnt, false, false, 0),
};
const struct host_op host_imul_wide = ROW(imul, true, false, SZAP);

/* --- the probe --- */

/* Edges, and bits from a multiplicative generator. */
static uint64_t operand(unsigned n, unsigned size)
{
    static const uint64_t edge[] = {0, 1, 2, 0x7f, 0x80, 0xf0f, 0x7fff, 0x8000, 0x55555555};
    uint64_t v = n % 3 ? (n + 1) * 0x9e3779b97f4a7c15ull : edge[n / 3 % ARRAY_LEN(edge)];

    v ^= v >> 29;
    return (n & 4 ? ~v : v) & mask_bytes(size);
}

static uint16_t compare(const struct host_op *o, unsigned size, unsigned n)
{
    uint64_t a = operand(n, size), b = n % 5 ? operand(n / 2 + 7, size) : 0, high = 0;
    uint64_t count = n % (size == 8 ? 64 : 32), flags = n & 1 ? FLAGS_STATUS | 2 : 2, r;
    struct alu_wide w;

    if (o->counts && !count)
        return 0;
    w = o->soft(size, a, b, count, (uint32_t)flags);
    r = o->host(size, a, b, count, &flags, &high) & mask_bytes(size);
    return (uint16_t)(((flags ^ w.flags) & FLAGS_STATUS) |
                      (r == w.lo && (high & mask_bytes(size)) == w.hi ? 0 : HOST_VALUE));
}

uint16_t host_op_differs(const struct host_op *o)
{
    uint16_t differ = 0;

    for (unsigned size = o->bytes ? 1 : 2; size <= 8; size *= 2) {
        for (unsigned n = 0; n < 320; n++)
            differ |= compare(o, size, n);
    }
    return differ;
}

void host_flags_probe(uint16_t differ[IR_OP_COUNT], bool all)
{
    for (unsigned op = 0; op < IR_OP_COUNT; op++) {
        const struct host_op *o = &host_ops[op];

        differ[op] = 0;
        if (!o->undefined)
            continue;
        differ[op] = all ? o->undefined : host_op_differs(o);
        if (op == IR_imul && !all)
            differ[op] |= host_op_differs(&host_imul_wide);
    }
}

/* --- in software --- */

static uint32_t flags_in_memory(const struct cpu *cpu)
{
    return (cpu->lahf & FLAGS_STATUS) | (cpu->of ? FLAG_O : 0);
}

void slow_alu(struct cpu *cpu)
{
    uint64_t what = cpu->args[3], *v = cpu->args;
    unsigned op = what & 0xff, size = what >> 8 & 0xff;
    uint32_t fset = (uint32_t)(what >> 16) & FLAGS_STATUS, old = flags_in_memory(cpu), f;
    const struct host_op *o = &host_ops[op];
    struct alu_wide w = {v[0] & mask_bytes(size), 0, old};

    if (op == IR_imul)
        o = &host_imul_wide;
    if (!o->counts || alu_count(size, v[2]))
        w = o->soft(size, v[0], v[1], v[2], old);
    f = (old & ~fset) | (w.flags & fset);
    cpu->lahf = (uint8_t)((f & 0xd5) | 2);
    cpu->of = f >> 11 & 1;
    cpu->ret = w.lo;
    cpu->args[0] = w.hi;
}
