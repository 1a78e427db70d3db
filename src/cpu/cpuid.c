/* cpuid.c - processor models and the CPUID instruction (SDM vol. 2A). */
#include <string.h>
#include "base/bytes.h"
#include "cpu/internal.h"

enum { EAX, EBX, ECX, EDX };

struct feature_row {
    uint32_t leaf;
    uint8_t reg, bit;
};
static const struct feature_row feature_rows[] = {
#define FEATURE(id, leaf, reg, bit) {leaf, reg, bit},
#include "cpu/features.def"
#undef FEATURE
};

#define F(id) BIT64(FEAT_##id)
static const struct cpu_model models[] = {
#define MODEL(...) {__VA_ARGS__},
#include "cpu/models.def"
#undef MODEL
};
#undef F

const struct cpu_model *cpu_model_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(models); i++) {
        if (!strcmp(models[i].name, name))
            return &models[i];
    }
    return NULL;
}

bool cpu_offers(const struct cpu *cpu, enum cpu_feature f)
{
    return cpu_has(cpu, f);
}

bool cpu_has_fpu(const struct cpu *cpu)
{
    return cpu_has(cpu, FEAT_FPU);
}

uint64_t cpu_model_cr4(const struct cpu_model *m)
{
    static const struct {
        uint64_t feature, bits;
    } rows[] = {
        {BIT64(FEAT_VME), CR4_VME | CR4_PVI},
        {BIT64(FEAT_TSC), CR4_TSD},
        {BIT64(FEAT_DE), CR4_DE},
        {BIT64(FEAT_PSE), CR4_PSE},
        {BIT64(FEAT_PAE), CR4_PAE},
        {BIT64(FEAT_MCE), CR4_MCE},
        {BIT64(FEAT_PGE), CR4_PGE},
        {BIT64(FEAT_MMX), CR4_PCE},
        {BIT64(FEAT_FXSR), CR4_OSFXSR},
        {BIT64(FEAT_SSE), CR4_OSXMMEXCPT},
        {BIT64(FEAT_UMIP), CR4_UMIP},
        {BIT64(FEAT_XSAVE), CR4_OSXSAVE},
        {BIT64(FEAT_SMEP), CR4_SMEP},
        {BIT64(FEAT_SMAP), CR4_SMAP},
    };
    uint64_t mask = 0;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (m->features & rows[i].feature)
            mask |= rows[i].bits;
    }
    return mask;
}

static void put_features(const struct cpu_model *m, uint32_t leaf, uint32_t r[4])
{
    for (size_t i = 0; i < FEAT_COUNT; i++) {
        if (feature_rows[i].leaf == leaf && (m->features >> i & 1))
            r[feature_rows[i].reg] |= BIT(feature_rows[i].bit);
    }
}

static void leaf_1(const struct cpu *cpu, uint32_t r[4])
{
    r[EAX] = cpu->model->signature;
    r[EBX] = cpu_has(cpu, FEAT_CLFSH) ? 8 << 8 | 1 << 16 : 0;
    put_features(cpu->model, 1, r);
    if (cpu->cr4 & CR4_OSXSAVE)
        r[ECX] |= BIT(27);
    /* The APIC bit follows IA32_APIC_BASE's global enable. */
    if (!cpu->hooks.apic_get_base || !(cpu->hooks.apic_get_base(cpu->hooks.opaque) & BIT(11)))
        r[EDX] &= ~BIT(9);
}

/* Deterministic cache parameters: 32 KB of level 1 each way, 1 MB of level 2, lines of 64 bytes. */
static void leaf_4(uint32_t index, uint32_t r[4])
{
    static const struct {
        uint8_t type, level, ways;
        uint16_t sets;
    } caches[] = {{1, 1, 8, 64}, {2, 1, 8, 64}, {3, 2, 16, 1024}};

    if (index >= ARRAY_LEN(caches))
        return;
    r[EAX] = caches[index].type | caches[index].level << 5 | 1 << 8;
    r[EBX] = (uint32_t)(caches[index].ways - 1) << 22 | 63;
    r[ECX] = caches[index].sets - 1u;
}

static void leaf_brand(const struct cpu_model *m, uint32_t part, uint32_t r[4])
{
    char text[48] = {0};

    memcpy(text, m->brand, strlen(m->brand));
    for (unsigned i = 0; i < 4; i++)
        r[i] = le32_get(text + part * 16 + i * 4);
}

static void basic(const struct cpu *cpu, uint32_t leaf, uint32_t index, uint32_t r[4])
{
    const struct cpu_model *m = cpu->model;

    switch (leaf) {
    case 0:
        r[EAX] = m->max_leaf;
        r[EBX] = le32_get(m->vendor);
        r[EDX] = le32_get(m->vendor + 4);
        r[ECX] = le32_get(m->vendor + 8);
        break;
    case 1:
        leaf_1(cpu, r);
        break;
    case 2: /* descriptors: 4 KB pages' TLBs, caches as in leaf 4 */
        r[EAX] = 0x665b5001;
        r[EDX] = 0x007a7000;
        break;
    case 4:
        leaf_4(index, r);
        break;
    case 6:
        r[EAX] = BIT(2); /* the APIC timer never stops */
        break;
    case 7:
        if (!index)
            put_features(m, 7, r);
        break;
    case 0xd: /* XSAVE: the components x87 and SSE, 576 bytes */
        if (!index && cpu_has(cpu, FEAT_XSAVE)) {
            r[EAX] = 3;
            r[EBX] = r[ECX] = 576;
        }
        break;
    case 0x15: /* TSC ticks for each tick of the crystal (the APIC timer's clock), and its frequency
                */
        r[EAX] = 1;
        r[EBX] = TSC_HZ / CRYSTAL_HZ;
        r[ECX] = CRYSTAL_HZ;
        break;
    case 0x16:
        r[EAX] = r[EBX] = TSC_HZ / 1000000;
        r[ECX] = 100;
        break;
    }
}

static void extended(const struct cpu_model *m, uint32_t leaf, uint32_t r[4])
{
    switch (leaf) {
    case 0x80000000:
        r[EAX] = 0x80000008;
        break;
    case 0x80000001:
        put_features(m, leaf, r);
        break;
    case 0x80000002:
    case 0x80000003:
    case 0x80000004:
        leaf_brand(m, leaf - 0x80000002, r);
        break;
    case 0x80000006:
        r[ECX] = 1024 << 16 | 8 << 12 | 64;
        break;
    case 0x80000007:
        r[EDX] = BIT(8); /* the TSC runs at one rate always */
        break;
    case 0x80000008:
        r[EAX] = PHYS_BITS | 32 << 8;
        break;
    }
}

uint64_t helper_cpuid(struct cpu *cpu)
{
    uint32_t leaf = reg32(cpu, R_AX), r[4] = {0};

    if (!cpu->model->max_leaf)
        cpu_raise(cpu, EXC_UD);
    if (leaf >= 0x80000000 && leaf <= 0x80000008 && cpu->model->brand) {
        extended(cpu->model, leaf, r);
    } else {
        /* Beyond the last leaf the data of the last basic leaf is returned. */
        if (leaf > cpu->model->max_leaf)
            leaf = cpu->model->max_leaf;
        basic(cpu, leaf, reg32(cpu, R_CX), r);
    }
    cpu->gpr[R_AX] = r[EAX];
    cpu->gpr[R_BX] = r[EBX];
    cpu->gpr[R_CX] = r[ECX];
    cpu->gpr[R_DX] = r[EDX];
    return 0;
}
