/* simd.c - the table of SIMD rows and the helpers that run them. */
#include "cpu/simd.h"
#include "base/bytes.h"
#include "cpu/helpers.h"
#include "cpu/internal.h"

enum { ALIGN_U, ALIGN_A };
#define SIZE_GPR SIMD_SIZE_GPR
#define SIZE_0   0
#define SIZE_1   1
#define SIZE_2   2
#define SIZE_4   4
#define SIZE_8   8
#define SIZE_16  16

const struct simd_row simd_rows[SIMD_COUNT] = {
#define SIMD(name, dst, src, fn, call, size, align, feature, prefix, map, opcode, digit, host)     \
    [SIMD_##name##_##dst##_##                                                                      \
        src] = {#name,       simd_##fn,   SIMD_##dst,    SIMD_##src,                               \
                SIMD_##call, SIZE_##size, ALIGN_##align, SIMD_FEATURE_##feature,                   \
                prefix,      map,         opcode,        digit,                                    \
                SIMD_##host},
#include "cpu/simd.def"
#undef SIMD
};

/* The parts of a simd_what(). */
struct call {
    const struct simd_row *row;
    unsigned dst, src, imm;
};

static struct call unpack(uint64_t what)
{
    return (struct call){&simd_rows[what & 0xffff], what >> 16 & 0xff, what >> 24 & 0xff,
                         what >> 32 & 0xffff};
}

static bool is_mm(unsigned operand)
{
    return operand >= SIMD_MM0 && operand < SIMD_MM0 + 8;
}

static union vec128 low(uint64_t v)
{
    return (union vec128){.q = {v, 0}};
}

/* The vector of a source operand; one that is not an XMM register is put together in *buf. */
static const union vec128 *source(struct cpu *cpu, const struct call *c, uint64_t a1, uint64_t a2,
                                  union vec128 *buf)
{
    if (c->src < SIMD_MM0) {
        return &cpu->xmm[c->src];
    }
    switch (c->src) {
    case SIMD_VALUE:
        *buf = low(a1);
        return buf;
    case SIMD_MEM:
        helper_ld128(cpu, a1, a2 & 0xff, a2 & ~0xffull);
        return &cpu->vtmp[0];
    case SIMD_IMM:
        *buf = low(c->imm & 0xff);
        return buf;
    default:
        *buf = low(cpu->fpu.r[c->src & 7].man);
        return buf;
    }
}

/* TOP becomes 0 and all registers valid with each MMX instruction but EMMS (SDM vol. 1, 9.6.2). */
static void mmx_done(struct cpu *cpu)
{
    cpu->fpu.sw &= (uint16_t)~0x3800u;
    cpu->fpu.valid = 0xff;
}

/* A destination that is an MMX register; writing it sets its sign and exponent bits (SDM vol. 1,
 * 9.6.2). */
static void run_mm(struct cpu *cpu, const struct call *c, const union vec128 *src)
{
    struct f80 *reg = &cpu->fpu.r[c->dst & 7];
    union vec128 d = low(reg->man);

    c->row->fn(cpu, &d, src, c->imm);
    reg->man = d.q[0];
    reg->se = 0xffff;
}

static void run(struct cpu *cpu, uint64_t what, uint64_t a1, uint64_t a2)
{
    struct call c = unpack(what);
    bool mmx = is_mm(c.dst) || is_mm(c.src);
    union vec128 buf;

    if (mmx) {
        helper_fwait(cpu);
    }
    const union vec128 *src = source(cpu, &c, a1, a2, &buf);
    if (is_mm(c.dst)) {
        run_mm(cpu, &c, src);
    } else {
        c.row->fn(cpu, &cpu->xmm[c.dst & 15], src, c.imm);
    }
    if (mmx) {
        mmx_done(cpu);
    }
}

uint64_t helper_simd(struct cpu *cpu, uint64_t what, uint64_t value)
{
    struct call c = unpack(what);
    union vec128 buf;

    c.row->fn(cpu, &cpu->xmm[c.dst & 15], source(cpu, &c, value, 0, &buf), c.imm);
    return 0;
}

uint64_t helper_simd_fp(struct cpu *cpu, uint64_t what, uint64_t value)
{
    run(cpu, what, value, 0);
    return 0;
}

uint64_t helper_simd_mem(struct cpu *cpu, uint64_t what, uint64_t off, uint64_t seg)
{
    run(cpu, what, off, seg);
    return 0;
}

uint64_t helper_simd_mem_mm(struct cpu *cpu, uint64_t what, uint64_t off, uint64_t seg)
{
    return helper_simd_mem(cpu, what, off, seg);
}

uint64_t helper_simd_get(struct cpu *cpu, uint64_t what, uint64_t value)
{
    struct call c = unpack(what);
    union vec128 buf, result;

    if (is_mm(c.src)) {
        helper_fwait(cpu);
    }
    c.row->fn(cpu, &result, source(cpu, &c, value, 0, &buf), c.imm);
    if (is_mm(c.src)) {
        mmx_done(cpu);
    }
    return result.q[0];
}

uint64_t helper_simd_flags(struct cpu *cpu, uint64_t what, uint64_t a1, uint64_t a2)
{
    run(cpu, what, a1, a2);
    return 0;
}

uint64_t helper_simd_string(struct cpu *cpu, uint64_t what, uint64_t off, uint64_t seg)
{
    run(cpu, what, off, seg);
    return 0;
}

uint64_t helper_simd_load(struct cpu *cpu, uint64_t reg, uint64_t off, uint64_t how)
{
    unsigned size = how >> 8 & 0xff;
    uint64_t seg = how & 0xff, low;

    if (size == 16) {
        helper_ld128(cpu, off, seg, (how >> 16 & 1) << 8);
        cpu->xmm[reg & 15] = cpu->vtmp[0];
        return 0;
    }
    low = cpu_load(cpu, cpu_linear(cpu, (enum seg_index)seg, off, size, false), size, cpu->mmu);
    cpu->xmm[reg & 15].q[0] = low;
    cpu->xmm[reg & 15].q[1] = 0;
    return 0;
}

uint64_t helper_simd_move(struct cpu *cpu, uint64_t regs)
{
    cpu->xmm[regs & 15] = cpu->xmm[regs >> 8 & 15];
    return 0;
}

uint64_t helper_simd_store(struct cpu *cpu, uint64_t reg, uint64_t off, uint64_t seg)
{
    cpu->vtmp[0] = cpu->xmm[reg & 15];
    return helper_st128(cpu, off, seg & 0xff, seg & ~0xffull);
}

/* MOVQ, MOVD and MOVNTQ to memory. */
uint64_t helper_mmx_store(struct cpu *cpu, uint64_t reg, uint64_t off, uint64_t seg)
{
    unsigned size = seg >> 8 & 0xff;

    helper_fwait(cpu);
    uint64_t lin = cpu_linear(cpu, (enum seg_index)(seg & 0xff), off, size, true);
    cpu_store(cpu, lin, cpu->fpu.r[reg & 7].man & mask_bytes(size), size, cpu->mmu);
    mmx_done(cpu);
    return 0;
}

/* MASKMOVDQU and MASKMOVQ: bytes whose mask byte has its top bit set are stored.  All are checked
 * before the first is written; bytes that are not stored fault by the segment's limit alone (SDM
 * vol. 2B, "MASKMOVDQU"). */
uint64_t helper_simd_maskmov(struct cpu *cpu, uint64_t regs, uint64_t off, uint64_t seg)
{
    unsigned data = regs & 0xff, mask = regs >> 8 & 0xff;
    unsigned n = is_mm(data) ? 8 : 16;
    uint8_t bytes[16], select[16];

    for (unsigned i = 0; i < n; i += 8) {
        bool mm = n == 8;
        le64_put(bytes + i, mm ? cpu->fpu.r[data & 7].man : cpu->xmm[data & 15].q[i / 8]);
        le64_put(select + i, mm ? cpu->fpu.r[mask & 7].man : cpu->xmm[mask & 15].q[i / 8]);
    }
    if (n == 8) {
        helper_fwait(cpu);
    }
    uint64_t lin = cpu_linear(cpu, (enum seg_index)seg, off, n, true);
    alignment_check(cpu, lin, 8);
    for (unsigned i = 0; i < n; i++) {
        if (select[i] & 0x80) {
            cpu_probe(cpu, (uint32_t)(lin + i), 1, TLB_WRITE, cpu->mmu);
        }
    }
    for (unsigned i = 0; i < n; i++) {
        if (select[i] & 0x80) {
            cpu_store(cpu, (uint32_t)(lin + i), bytes[i], 1, cpu->mmu);
        }
    }
    if (n == 8) {
        mmx_done(cpu);
    }
    return 0;
}

bool simd_available(const struct cpu *cpu, enum simd_feature f)
{
    static const uint8_t feature[] = {
        [SIMD_FEATURE_MMX] = FEAT_MMX,          [SIMD_FEATURE_SSE] = FEAT_SSE,
        [SIMD_FEATURE_SSE2] = FEAT_SSE2,        [SIMD_FEATURE_SSE3] = FEAT_SSE3,
        [SIMD_FEATURE_SSSE3] = FEAT_SSSE3,      [SIMD_FEATURE_SSE41] = FEAT_SSE41,
        [SIMD_FEATURE_SSE42] = FEAT_SSE42,      [SIMD_FEATURE_AES] = FEAT_AES,
        [SIMD_FEATURE_PCLMULQDQ] = FEAT_PCLMUL,
    };

    return cpu_has(cpu, (enum cpu_feature)feature[f]);
}
