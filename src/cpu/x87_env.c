/* x87_env.c - control and status words, environments and register images: FLDENV to FXRSTOR, MXCSR.
 * Images differ by operand size and by mode: SDM vol. 1, figures 8-9 to 8-12. */
#include "cpu/internal.h"
#include "cpu/x87.h"
#include "cpu/helpers.h"

void x87_fldcw(struct cpu *cpu, const struct x87_insn *in)
{
    x87_set_words(cpu, (uint16_t)x87_load(cpu, in, 2), cpu->fpu.sw);
}

void x87_fnstcw(struct cpu *cpu, const struct x87_insn *in)
{
    x87_store(cpu, in, cpu->fpu.cw, 2);
}

void x87_fnstsw(struct cpu *cpu, const struct x87_insn *in)
{
    x87_store(cpu, in, cpu->fpu.sw, 2);
}

void x87_fnclex(struct cpu *cpu, const struct x87_insn *in)
{
    (void)in;
    x87_set_words(cpu, cpu->fpu.cw, cpu->fpu.sw & (FSW_CC | FSW_C1 | FSW_TOP));
}

static void initialize(struct cpu *cpu)
{
    struct fpu *f = &cpu->fpu;

    x87_set_words(cpu, FCW_INIT, 0);
    f->valid = 0;
    f->fop = 0;
    f->fip = f->fdp = 0;
    f->fcs = f->fds = 0;
}

void x87_fninit(struct cpu *cpu, const struct x87_insn *in)
{
    (void)in;
    initialize(cpu);
}

/* The full tag word (SDM vol. 1, figure 8-7): 0 valid, 1 zero, 2 special, 3 empty. */
static uint16_t tag_word(const struct fpu *f)
{
    uint16_t tags = 0;

    for (unsigned i = 0; i < 8; i++) {
        unsigned tag = 3;
        if (f->valid >> i & 1) {
            enum f80_class cls = f80_classify(f->r[i]);
            tag = cls == F80_NORMAL ? 0 : cls == F80_ZERO ? 1 : 2;
        }
        tags |= (uint16_t)(tag << 2 * i);
    }
    return tags;
}

static uint8_t valid_from_tags(uint16_t tags)
{
    uint8_t valid = 0;

    for (unsigned i = 0; i < 8; i++)
        if ((tags >> 2 * i & 3) != 3)
            valid |= (uint8_t)(1u << i);
    return valid;
}

static bool real_format(const struct cpu *cpu)
{
    return cpu_real(cpu) || cpu_v86(cpu);
}

/* The words of an environment in memory: seven of 2 or 4 bytes. */
static void make_environment(const struct cpu *cpu, bool wide, uint32_t env[7])
{
    const struct fpu *f = &cpu->fpu;
    uint32_t ones = wide ? 0xffff0000 : 0;

    env[0] = f->cw | ones;
    env[1] = f->sw | ones;
    env[2] = tag_word(f) | ones;
    if (!real_format(cpu)) {
        env[3] = (uint32_t)f->fip;
        env[4] = f->fcs | (wide ? (uint32_t)f->fop << 16 : 0);
        env[5] = (uint32_t)f->fdp;
        env[6] = f->fds | ones;
        return;
    }
    uint32_t ip = (uint32_t)f->fip + ((uint32_t)f->fcs << 4),
             dp = (uint32_t)f->fdp + ((uint32_t)f->fds << 4);
    env[3] = (ip & 0xffff) | ones;
    env[5] = (dp & 0xffff) | ones;
    env[4] = (wide ? ip >> 16 << 12 : ip >> 4 & 0xf000) | f->fop;
    env[6] = wide ? dp >> 16 << 12 : dp >> 4 & 0xf000;
}

/* Takes an environment's pointers. The selectors of the real formats are lost: the pointers become
 * linear. */
static void take_pointers(struct cpu *cpu, bool wide, const uint32_t env[7])
{
    struct fpu *f = &cpu->fpu;

    if (!real_format(cpu)) {
        f->fip = env[3];
        f->fcs = (uint16_t)env[4];
        if (wide)
            f->fop = env[4] >> 16 & 0x7ff;
        f->fdp = env[5];
        f->fds = (uint16_t)env[6];
        return;
    }
    f->fop = env[4] & 0x7ff;
    f->fip = (env[3] & 0xffff) | (wide ? env[4] >> 12 << 16 : (env[4] & 0xf000) << 4);
    f->fdp = (env[5] & 0xffff) | (wide ? env[6] >> 12 << 16 : (env[6] & 0xf000) << 4);
    f->fcs = f->fds = 0;
}

static void load_environment(struct cpu *cpu, uint64_t lin, unsigned word, uint32_t env[7])
{
    for (unsigned i = 0; i < 7; i++)
        env[i] = (uint32_t)cpu_load(cpu, lin + i * word, word, cpu->mmu);
}

static void enter_environment(struct cpu *cpu, bool wide, const uint32_t env[7])
{
    x87_set_words(cpu, (uint16_t)env[0], (uint16_t)env[1]);
    cpu->fpu.valid = valid_from_tags((uint16_t)env[2]);
    take_pointers(cpu, wide, env);
}

static void store_environment(struct cpu *cpu, uint64_t lin, unsigned word)
{
    uint32_t env[7];

    make_environment(cpu, word == 4, env);
    for (unsigned i = 0; i < 7; i++)
        cpu_store(cpu, lin + i * word, word == 4 ? env[i] : env[i] & 0xffff, word, cpu->mmu);
}

void x87_fldenv(struct cpu *cpu, const struct x87_insn *in)
{
    unsigned word = in->opsize == 2 ? 2 : 4;
    uint32_t env[7];

    load_environment(cpu, cpu_linear(cpu, in->seg, in->ea, 7 * word, false), word, env);
    enter_environment(cpu, word == 4, env);
}

void x87_fnstenv(struct cpu *cpu, const struct x87_insn *in)
{
    unsigned word = in->opsize == 2 ? 2 : 4;
    uint64_t lin = cpu_linear(cpu, in->seg, in->ea, 7 * word, true);

    alignment_check(cpu, lin, word);
    cpu_probe(cpu, lin, 7 * word, TLB_WRITE, cpu->mmu);
    store_environment(cpu, lin, word);
    x87_set_words(cpu, cpu->fpu.cw | SF_ALL, cpu->fpu.sw);
}

/* Registers of an image lie at even addresses; alignment is checked by that of the image's words.
 */
static struct f80 load_register(struct cpu *cpu, uint64_t lin)
{
    struct f80 v = {.se = (uint16_t)cpu_load(cpu, lin + 8, 2, cpu->mmu)};

    for (unsigned i = 0; i < 4; i++)
        v.man |= cpu_load(cpu, lin + i * 2, 2, cpu->mmu) << i * 16;
    return v;
}

static void store_register(struct cpu *cpu, uint64_t lin, struct f80 v)
{
    for (unsigned i = 0; i < 4; i++)
        cpu_store(cpu, lin + i * 2, v.man >> i * 16 & 0xffff, 2, cpu->mmu);
    cpu_store(cpu, lin + 8, v.se, 2, cpu->mmu);
}

void x87_frstor(struct cpu *cpu, const struct x87_insn *in)
{
    unsigned word = in->opsize == 2 ? 2 : 4;
    uint64_t lin = cpu_linear(cpu, in->seg, in->ea, 7 * word + 80, false);
    uint32_t env[7];
    struct f80 regs[8] = {0};

    load_environment(cpu, lin, word, env);
    lin += 7 * word;
    for (unsigned i = 0; i < 8; i++, lin += 10)
        regs[i] = load_register(cpu, lin);
    enter_environment(cpu, word == 4, env);
    for (unsigned i = 0; i < 8; i++)
        cpu->fpu.r[x87_phys(&cpu->fpu, i)] = regs[i];
}

void x87_fnsave(struct cpu *cpu, const struct x87_insn *in)
{
    unsigned word = in->opsize == 2 ? 2 : 4;
    uint64_t lin = cpu_linear(cpu, in->seg, in->ea, 7 * word + 80, true);

    alignment_check(cpu, lin, word);
    cpu_probe(cpu, lin, 7 * word + 80, TLB_WRITE, cpu->mmu);
    store_environment(cpu, lin, word);
    lin += 7 * word;
    for (unsigned i = 0; i < 8; i++, lin += 10)
        store_register(cpu, lin, x87_get(&cpu->fpu, i));
    initialize(cpu);
}

/* --- FXSAVE and FXRSTOR: SDM vol. 2A, FXSAVE, tables 3-43 to 3-46 --- */

#define MXCSR_MASK 0xffffu

/* The aligned linear address of the 512-byte area. */
static uint64_t fx_area(struct cpu *cpu, uint64_t ea, uint64_t so, bool write)
{
    if (cpu_linear(cpu, so & 7, ea, 1, write) & 15)
        cpu_raise_err(cpu, EXC_GP, 0);
    return cpu_linear(cpu, so & 7, ea, 512, write);
}

static unsigned xmm_count(const struct cpu *cpu)
{
    if (!(cpu->cr4 & CR4_OSFXSR))
        return 0;
    return cpu->mode & MODE_LONG ? 16 : 8;
}

uint64_t helper_fxsave(struct cpu *cpu, uint64_t ea, uint64_t so)
{
    const struct fpu *f = &cpu->fpu;
    uint64_t lin = fx_area(cpu, ea, so, true);
    bool wide = (so >> 8 & 15) == 8;
    enum tlb_mmu mmu = cpu->mmu;

    cpu_probe(cpu, lin, 512, TLB_WRITE, mmu);
    cpu_store(cpu, lin, f->cw | (uint32_t)f->sw << 16, 4, mmu);
    cpu_store(cpu, lin + 4, f->valid | (uint32_t)f->fop << 16, 4, mmu);
    cpu_store(cpu, lin + 8, wide ? f->fip : (uint32_t)f->fip | (uint64_t)f->fcs << 32, 8, mmu);
    cpu_store(cpu, lin + 16, wide ? f->fdp : (uint32_t)f->fdp | (uint64_t)f->fds << 32, 8, mmu);
    cpu_store(cpu, lin + 24, f->mxcsr | (uint64_t)MXCSR_MASK << 32, 8, mmu);
    for (unsigned i = 0; i < 8; i++) {
        struct f80 v = x87_get(f, i);
        cpu_store(cpu, lin + 32 + 16 * i, v.man, 8, mmu);
        cpu_store(cpu, lin + 40 + 16 * i, v.se, 8, mmu);
    }
    for (unsigned i = 0; i < xmm_count(cpu); i++) {
        cpu_store(cpu, lin + 160 + 16 * i, cpu->xmm[i].q[0], 8, mmu);
        cpu_store(cpu, lin + 168 + 16 * i, cpu->xmm[i].q[1], 8, mmu);
    }
    return 0;
}

static void fx_enter(struct cpu *cpu, const uint64_t area[64], bool wide)
{
    struct fpu *f = &cpu->fpu;

    x87_set_words(cpu, (uint16_t)area[0], (uint16_t)(area[0] >> 16));
    f->valid = (uint8_t)(area[0] >> 32);
    f->fop = area[0] >> 48 & 0x7ff;
    f->fip = wide ? area[1] : (uint32_t)area[1];
    f->fdp = wide ? area[2] : (uint32_t)area[2];
    f->fcs = wide ? 0 : (uint16_t)(area[1] >> 32);
    f->fds = wide ? 0 : (uint16_t)(area[2] >> 32);
    for (unsigned i = 0; i < 8; i++)
        f->r[x87_phys(f, i)] =
            (struct f80){.man = area[4 + 2 * i], .se = (uint16_t)area[5 + 2 * i]};
    if (cpu->cr4 & CR4_OSFXSR)
        f->mxcsr = (uint32_t)area[3];
    cpu_update_mode(cpu);
    for (unsigned i = 0; i < xmm_count(cpu); i++) {
        cpu->xmm[i].q[0] = area[20 + 2 * i];
        cpu->xmm[i].q[1] = area[21 + 2 * i];
    }
}

uint64_t helper_fxrstor(struct cpu *cpu, uint64_t ea, uint64_t so)
{
    uint64_t lin = fx_area(cpu, ea, so, false), area[64];

    for (unsigned i = 0; i < 52; i++)
        area[i] = cpu_load(cpu, lin + 8 * i, 8, cpu->mmu);
    if (cpu->cr4 & CR4_OSFXSR && (uint32_t)area[3] & ~MXCSR_MASK)
        cpu_raise_err(cpu, EXC_GP, 0);
    fx_enter(cpu, area, (so >> 8 & 15) == 8);
    return 0;
}

uint64_t helper_ldmxcsr(struct cpu *cpu, uint64_t value)
{
    if (value & ~(uint64_t)MXCSR_MASK)
        cpu_raise_err(cpu, EXC_GP, 0);
    cpu->fpu.mxcsr = (uint32_t)value;
    cpu_update_mode(cpu);
    return 0;
}

uint64_t helper_stmxcsr(struct cpu *cpu)
{
    return cpu->fpu.mxcsr;
}
