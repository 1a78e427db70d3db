/* msr.c - RDMSR and WRMSR, the time-stamp counter, XGETBV and XSETBV. */
#include "cpu/internal.h"

struct msr_row {
    uint32_t index, count, offset;
    enum cpu_feature feature;
    uint64_t writable;
};
static const struct msr_row rows[] = {
#define MSR(index, count, field, feature, writable)                                                \
    {index, count, offsetof(struct msr_file, field), FEAT_##feature, writable},
#include "cpu/msrs.def"
#undef MSR
};

enum {
    IA32_TSC = 0x10,
    IA32_PLATFORM_ID = 0x17,
    IA32_APIC_BASE = 0x1b,
    EBL_CR_POWERON = 0x2a,
    IA32_BIOS_UPDT_TRIG = 0x79,
    IA32_MTRRCAP = 0xfe,
    IA32_MCG_CAP = 0x179,
    IA32_MTRR_PHYSBASE0 = 0x200,
    IA32_MTRR_PHYSMASK7 = 0x20f,
    IA32_PAT = 0x277,
    IA32_MTRR_DEF_TYPE = 0x2ff,
    IA32_MC0_CTL = 0x400,
};
#define IA32_EFER 0xc0000080u
#define EFER_NXE  BIT(11)

uint64_t tsc_read(const struct cpu *cpu)
{
    uint64_t now = cpu->clock && cpu->clock->count ? clock_now(cpu->clock) : 0;

    return now + cpu->msr.tsc_offset; /* one tick is a virtual nanosecond */
}

static _Noreturn void unknown(struct cpu *cpu, uint32_t index, const char *what)
{
    if (log_on(cpu->log, LOG_UNIMP))
        log_print(cpu->log, "%s of unknown MSR %08x\n", what, index);
    cpu_raise_err(cpu, EXC_GP, 0);
}

static uint64_t *plain(struct cpu *cpu, uint32_t index, uint64_t *writable)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct msr_row *r = &rows[i];
        if (index - r->index < r->count && cpu_has(cpu, r->feature)) {
            *writable = r->writable;
            return (uint64_t *)(void *)((uint8_t *)&cpu->msr + r->offset) + (index - r->index);
        }
    }
    return NULL;
}

static uint64_t *variable_mtrr(struct cpu *cpu, uint32_t index)
{
    uint32_t n = index - IA32_MTRR_PHYSBASE0;

    return n & 1 ? &cpu->msr.mtrr_mask[n / 2] : &cpu->msr.mtrr_base[n / 2];
}

static bool is_variable_mtrr(const struct cpu *cpu, uint32_t index)
{
    return index >= IA32_MTRR_PHYSBASE0 && index <= IA32_MTRR_PHYSMASK7 && cpu_has(cpu, FEAT_MTRR);
}

static uint64_t read_msr(struct cpu *cpu, uint32_t index)
{
    uint64_t writable, *p = plain(cpu, index, &writable);

    if (p)
        return *p;
    if (is_variable_mtrr(cpu, index))
        return *variable_mtrr(cpu, index);
    if (index == IA32_TSC)
        return tsc_read(cpu);
    if ((index == IA32_PLATFORM_ID || index == EBL_CR_POWERON) && cpu_has(cpu, FEAT_MCA))
        return 0;
    if (index == IA32_APIC_BASE && cpu_has(cpu, FEAT_APIC))
        return cpu->hooks.apic_get_base ? cpu->hooks.apic_get_base(cpu->hooks.opaque)
                                        : cpu->msr.apic_base;
    if (index == IA32_MTRRCAP && cpu_has(cpu, FEAT_MTRR))
        return 8 | BIT(8) | BIT(10); /* eight variable ranges, fixed ranges, write-combining */
    if (index == IA32_MCG_CAP && cpu_has(cpu, FEAT_MCA))
        return 4 | BIT(8); /* four banks, IA32_MCG_CTL */
    if (index == IA32_PAT && cpu_has(cpu, FEAT_PAT))
        return cpu->msr.pat;
    if (index == IA32_EFER && cpu_has(cpu, FEAT_NX))
        return cpu->msr.efer;
    unknown(cpu, index, "read");
}

/* Memory types of the PAT and of MTRRs: 2 and 3 do not exist in MTRRs, 7 (UC-) only in the PAT. */
static bool types_ok(uint64_t val, uint32_t allowed)
{
    for (unsigned i = 0; i < 8; i++) {
        unsigned type = val >> i * 8 & 0xff;
        if (type > 7 || !(allowed >> type & 1))
            return false;
    }
    return true;
}

enum { MTRR_TYPES = 0x73, PAT_TYPES = 0xf3 };

static void write_mtrr(struct cpu *cpu, uint32_t index, uint64_t val)
{
    uint64_t high = ~(BIT64(PHYS_BITS) - 1), low = index & 1 ? 0x7ff : 0xf00;
    bool type_bad = !(index & 1) && !(val & 0xf8 ? 0 : MTRR_TYPES >> (val & 7) & 1);

    if ((val & (high | low)) || type_bad)
        cpu_raise_err(cpu, EXC_GP, 0);
    *variable_mtrr(cpu, index) = val;
}

static void write_apic_base(struct cpu *cpu, uint64_t val)
{
    uint64_t reserved = ~(BIT64(PHYS_BITS) - 1) | 0x6ff;

    if (val & reserved)
        cpu_raise_err(cpu, EXC_GP, 0);
    if (!cpu->hooks.apic_set_base)
        cpu->msr.apic_base = val;
    else if (!cpu->hooks.apic_set_base(cpu->hooks.opaque, val))
        cpu_raise_err(cpu, EXC_GP, 0);
}

static void write_efer(struct cpu *cpu, uint64_t val)
{
    uint64_t changed = cpu->msr.efer ^ val;

    if (val & ~(uint64_t)EFER_NXE)
        cpu_raise_err(cpu, EXC_GP, 0);
    cpu->msr.efer = val;
    if (changed)
        cpu_tlb_flush(cpu);
}

/* What an MSR that is otherwise plain storage refuses: memory types that do not exist, and anything
 * but 0 in IA32_MCi_STATUS, which software may only clear (SDM vol. 3B, 15.3.2.2). */
static bool refused(uint32_t index, uint64_t val)
{
    if (index >= 0x250 && index <= 0x26f)
        return !types_ok(val, MTRR_TYPES);
    if (index == IA32_MTRR_DEF_TYPE)
        return (val & 0xff) > 7 || !(MTRR_TYPES >> (val & 7) & 1);
    return index >= IA32_MC0_CTL && index < IA32_MC0_CTL + 16 && index % 4 == 1 && val;
}

static void write_plain(struct cpu *cpu, uint32_t index, uint64_t val, uint64_t *p,
                        uint64_t writable)
{
    if ((val & ~writable) || refused(index, val))
        cpu_raise_err(cpu, EXC_GP, 0);
    *p = val;
}

/* Up to the Pentium 4, model 2, a write clears the high half (SDM vol. 3B, 17.17). */
static uint64_t tsc_written(const struct cpu *cpu, uint64_t val)
{
    unsigned family = cpu->model->signature >> 8 & 15, model = cpu->model->signature >> 4 & 15;
    bool whole = family == 15 ? model > 2 : family == 6 && model > 13;

    return whole || cpu->model->signature >> 16 ? val : (uint32_t)val;
}

static void write_msr(struct cpu *cpu, uint32_t index, uint64_t val)
{
    uint64_t writable, *p = plain(cpu, index, &writable);

    if (p) {
        write_plain(cpu, index, val, p, writable);
    } else if (is_variable_mtrr(cpu, index)) {
        write_mtrr(cpu, index, val);
    } else if (index == IA32_TSC) {
        cpu->msr.tsc_offset += tsc_written(cpu, val) - tsc_read(cpu);
    } else if (index == IA32_APIC_BASE && cpu_has(cpu, FEAT_APIC)) {
        write_apic_base(cpu, val);
    } else if (index == IA32_PAT && cpu_has(cpu, FEAT_PAT)) {
        if (!types_ok(val, PAT_TYPES))
            cpu_raise_err(cpu, EXC_GP, 0);
        cpu->msr.pat = val;
    } else if (index == IA32_EFER && cpu_has(cpu, FEAT_NX)) {
        write_efer(cpu, val);
    } else if ((index != IA32_BIOS_UPDT_TRIG && index != EBL_CR_POWERON) ||
               !cpu_has(cpu, FEAT_MCA)) {
        unknown(cpu, index, "write");
    }
}

static void need_msr(struct cpu *cpu)
{
    if (!cpu_has(cpu, FEAT_MSR))
        cpu_raise(cpu, EXC_UD);
    need_cpl0(cpu);
}

static void set_edx_eax(struct cpu *cpu, uint64_t val)
{
    cpu->gpr[R_AX] = (uint32_t)val;
    cpu->gpr[R_DX] = val >> 32;
}

static uint64_t edx_eax(const struct cpu *cpu)
{
    return (uint64_t)reg32(cpu, R_DX) << 32 | reg32(cpu, R_AX);
}

uint64_t helper_rdmsr(struct cpu *cpu)
{
    need_msr(cpu);
    set_edx_eax(cpu, read_msr(cpu, reg32(cpu, R_CX)));
    return 0;
}

uint64_t helper_wrmsr(struct cpu *cpu)
{
    need_msr(cpu);
    write_msr(cpu, reg32(cpu, R_CX), edx_eax(cpu));
    return 0;
}

uint64_t helper_rdtsc(struct cpu *cpu)
{
    if (!cpu_has(cpu, FEAT_TSC))
        cpu_raise(cpu, EXC_UD);
    if ((cpu->cr4 & CR4_TSD) && cpu->cpl)
        cpu_raise_err(cpu, EXC_GP, 0);
    return tsc_read(cpu);
}

/* There are no performance counters: ECX never names one. */
uint64_t helper_rdpmc(struct cpu *cpu)
{
    if (!cpu_has(cpu, FEAT_MMX))
        cpu_raise(cpu, EXC_UD);
    cpu_raise_err(cpu, EXC_GP, 0);
}

uint64_t helper_xgetbv(struct cpu *cpu)
{
    if (!(cpu->cr4 & CR4_OSXSAVE))
        cpu_raise(cpu, EXC_UD);
    if (reg32(cpu, R_CX))
        cpu_raise_err(cpu, EXC_GP, 0);
    set_edx_eax(cpu, cpu->xcr0);
    return 0;
}

/* XCR0 knows x87 (which cannot be off) and SSE. */
uint64_t helper_xsetbv(struct cpu *cpu)
{
    uint64_t val = edx_eax(cpu);

    if (!(cpu->cr4 & CR4_OSXSAVE))
        cpu_raise(cpu, EXC_UD);
    need_cpl0(cpu);
    if (reg32(cpu, R_CX) || !(val & 1) || (val & ~3ull))
        cpu_raise_err(cpu, EXC_GP, 0);
    cpu->xcr0 = val;
    return 0;
}

/* No model offers MONITOR and MWAIT. */
uint64_t helper_monitor(struct cpu *cpu)
{
    cpu_raise(cpu, EXC_UD);
}

uint64_t helper_mwait(struct cpu *cpu, uint64_t next)
{
    (void)next;
    cpu_raise(cpu, EXC_UD);
}
