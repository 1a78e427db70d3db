/* int.c - integer helpers: division, decimal adjustment, BOUND, ARPL.
 *
 * Division leaves the flags as they were (undefined by the manual).  After the decimal adjustments
 * OF is 0 and, after AAA and AAS, S Z and P follow AL; AAM and AAD clear C, A and O
 * (docs/undefined.md). */
#include "cpu/helpers.h"

static void set_result_flags(struct cpu *cpu, uint8_t al, bool af, bool cf)
{
    unsigned parity = al ^ al >> 4;

    parity ^= parity >> 2;
    parity ^= parity >> 1;
    cpu->of = 0;
    cpu->lahf = (uint8_t)((al & EF_SF) | (al ? 0 : EF_ZF) | (af ? EF_AF : 0) |
                          (parity & 1 ? 0 : EF_PF) | 2 | cf);
}

static void set_ax(struct cpu *cpu, unsigned ax)
{
    cpu->gpr[R_AX] = (cpu->gpr[R_AX] & ~0xffffull) | (ax & 0xffff);
}

static void set_part(struct cpu *cpu, unsigned reg, uint64_t v, unsigned size)
{
    if (size == 2)
        cpu->gpr[reg] = (cpu->gpr[reg] & ~0xffffull) | (v & 0xffff);
    else
        cpu->gpr[reg] = v & mask_bytes(size);
}

static void div8(struct cpu *cpu, unsigned divisor)
{
    unsigned ax = cpu->gpr[R_AX] & 0xffff;

    if (!divisor || ax / divisor > 0xff)
        cpu_raise(cpu, EXC_DE);
    set_ax(cpu, ax / divisor | ax % divisor << 8);
}

uint64_t helper_div(struct cpu *cpu, uint64_t divisor, uint64_t size)
{
    unsigned bits = (unsigned)size * 8;
    uint64_t mask = mask_bytes((unsigned)size), n;

    divisor &= mask;
    if (size == 1) {
        div8(cpu, (unsigned)divisor);
        return 0;
    }
    n = (cpu->gpr[R_DX] & mask) << bits | (cpu->gpr[R_AX] & mask);
    if (!divisor || n / divisor > mask)
        cpu_raise(cpu, EXC_DE);
    set_part(cpu, R_AX, n / divisor, (unsigned)size);
    set_part(cpu, R_DX, n % divisor, (unsigned)size);
    return 0;
}

static void idiv8(struct cpu *cpu, int divisor)
{
    int ax = (int16_t)cpu->gpr[R_AX];

    if (!divisor || ax / divisor != (int8_t)(ax / divisor))
        cpu_raise(cpu, EXC_DE);
    set_ax(cpu, (unsigned)(uint8_t)(ax / divisor) | (unsigned)(uint8_t)(ax % divisor) << 8);
}

uint64_t helper_idiv(struct cpu *cpu, uint64_t divisor, uint64_t size)
{
    unsigned bits = (unsigned)size * 8;
    uint64_t mask = mask_bytes((unsigned)size);
    int64_t d = sign_extend(divisor, (unsigned)size), n, q;

    if (size == 1) {
        idiv8(cpu, (int)d);
        return 0;
    }
    n = sign_extend((cpu->gpr[R_DX] & mask) << bits | (cpu->gpr[R_AX] & mask), (unsigned)size * 2);
    if (!d || (n == INT64_MIN && d == -1))
        cpu_raise(cpu, EXC_DE);
    q = n / d;
    if (q != sign_extend((uint64_t)q, (unsigned)size))
        cpu_raise(cpu, EXC_DE);
    set_part(cpu, R_AX, (uint64_t)q, (unsigned)size);
    set_part(cpu, R_DX, (uint64_t)(n % d), (unsigned)size);
    return 0;
}

/* SDM vol. 2A, AAA; AX is adjusted as a whole since the 286. */
static uint64_t ascii_adjust(struct cpu *cpu, int step)
{
    unsigned ax = cpu->gpr[R_AX] & 0xffff;
    bool adjust = (ax & 15) > 9 || cpu->lahf & EF_AF;

    if (adjust)
        ax += (unsigned)step;
    ax &= 0xff0f;
    set_ax(cpu, ax);
    set_result_flags(cpu, (uint8_t)ax, adjust, adjust);
    return 0;
}

uint64_t helper_aaa(struct cpu *cpu)
{
    return ascii_adjust(cpu, 0x106);
}

uint64_t helper_aas(struct cpu *cpu)
{
    return ascii_adjust(cpu, -0x106);
}

static uint64_t decimal_adjust(struct cpu *cpu, bool subtract)
{
    unsigned al = cpu->gpr[R_AX] & 0xff, old = al;
    bool cf = cpu->lahf & EF_CF, af = (al & 15) > 9 || cpu->lahf & EF_AF, carry = false;

    if (af) {
        carry = cf || (subtract ? al < 6 : al + 6 > 0xff);
        al = (subtract ? al - 6 : al + 6) & 0xff;
    }
    if (old > 0x99 || cf) {
        al = (subtract ? al - 0x60 : al + 0x60) & 0xff;
        carry = true;
    }
    cpu->gpr[R_AX] = (cpu->gpr[R_AX] & ~0xffull) | al;
    set_result_flags(cpu, (uint8_t)al, af, carry);
    return 0;
}

uint64_t helper_daa(struct cpu *cpu)
{
    return decimal_adjust(cpu, false);
}

uint64_t helper_das(struct cpu *cpu)
{
    return decimal_adjust(cpu, true);
}

uint64_t helper_aam(struct cpu *cpu, uint64_t base)
{
    unsigned al = cpu->gpr[R_AX] & 0xff;

    if (!base)
        cpu_raise(cpu, EXC_DE);
    set_ax(cpu, (unsigned)(al / base << 8 | al % base));
    set_result_flags(cpu, (uint8_t)(al % base), false, false);
    return 0;
}

uint64_t helper_aad(struct cpu *cpu, uint64_t base)
{
    unsigned ax = cpu->gpr[R_AX] & 0xffff, al = (ax + (ax >> 8) * (unsigned)base) & 0xff;

    set_ax(cpu, al);
    set_result_flags(cpu, (uint8_t)al, false, false);
    return 0;
}

uint64_t helper_bound(struct cpu *cpu, uint64_t index, uint64_t lower, uint64_t upper,
                      uint64_t size)
{
    int64_t i = sign_extend(index, (unsigned)size);

    if (i < sign_extend(lower, (unsigned)size) || i > sign_extend(upper, (unsigned)size))
        cpu_raise(cpu, EXC_BR);
    return 0;
}

uint64_t helper_arpl(struct cpu *cpu, uint64_t dst, uint64_t src)
{
    (void)cpu;
    if ((dst & 3) >= (src & 3))
        return dst & 0xffff;
    return (dst & 0xfffc) | (src & 3) | 1ull << 32;
}

uint64_t helper_set_zf(struct cpu *cpu, uint64_t v)
{
    cpu->lahf = (uint8_t)((cpu->lahf & ~EF_ZF) | (v ? EF_ZF : 0));
    return 0;
}
