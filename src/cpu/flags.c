/* flags.c - PUSHF, POPF, CLI, STI, CLAC, STAC and HLT, with what virtual-8086 mode, VME and PVI
 * make of them (SDM vol. 3A, 20.2.7 to 20.4). */
#include "cpu/internal.h"

static bool iopl_is_3(const struct cpu *cpu)
{
    return (cpu->eflags & EF_IOPL) == EF_IOPL;
}

uint64_t helper_pushf_value(struct cpu *cpu, uint64_t opsize)
{
    uint32_t v = cpu_eflags(cpu) & ~(uint32_t)(EF_VM | EF_RF);

    if (!cpu_v86(cpu) || iopl_is_3(cpu))
        return opsize == 2 ? v & 0xffff : v;
    if (opsize != 2 || !(cpu->cr4 & CR4_VME))
        cpu_raise_err(cpu, EXC_GP, 0);
    v = (v & ~(uint32_t)EF_IF) | EF_IOPL | (v & EF_VIF ? EF_IF : 0);
    return v & 0xffff;
}

uint64_t helper_popf(struct cpu *cpu, uint64_t val, uint64_t opsize)
{
    uint32_t mask = flags_writable(cpu), v = (uint32_t)val;

    if (opsize == 2)
        mask &= 0xffff;
    if (cpu_v86(cpu) && !iopl_is_3(cpu)) {
        bool vip = (v & EF_IF) && (cpu->eflags & EF_VIP);
        if (opsize != 2 || !(cpu->cr4 & CR4_VME) || (v & EF_TF) || vip)
            cpu_raise_err(cpu, EXC_GP, 0);
        mask |= EF_VIF;
        v = (v & 0xffff) | (v & EF_IF ? EF_VIF : 0);
    }
    cpu_set_eflags(cpu, (cpu_eflags(cpu) & ~mask) | (v & mask));
    return 0;
}

enum if_kind { IF_REAL, IF_VIRTUAL };

/* Which flag CLI and STI act on, or #GP(0). */
static enum if_kind interrupt_flag(struct cpu *cpu)
{
    unsigned iopl = cpu->eflags >> 12 & 3;

    if (cpu_real(cpu) || cpu->cpl <= iopl)
        return IF_REAL;
    if (cpu->cpl == 3 && (cpu->cr4 & (cpu_v86(cpu) ? CR4_VME : CR4_PVI)))
        return IF_VIRTUAL;
    cpu_raise_err(cpu, EXC_GP, 0);
}

uint64_t helper_cli(struct cpu *cpu)
{
    cpu->eflags &= ~(uint32_t)(interrupt_flag(cpu) == IF_REAL ? EF_IF : EF_VIF);
    return 0;
}

uint64_t helper_sti(struct cpu *cpu, uint64_t next)
{
    if (interrupt_flag(cpu) == IF_VIRTUAL) {
        if (cpu->eflags & EF_VIP)
            cpu_raise_err(cpu, EXC_GP, 0);
        cpu->eflags |= EF_VIF;
    } else if (!(cpu->eflags & EF_IF)) {
        cpu->eflags |= EF_IF;
        cpu->shadow_count = count_after(cpu);
        if (cpu->intr)
            cpu_kick(cpu);
    }
    cpu->eip = next;
    return 0;
}

/* CLAC and STAC, which leave the status flags where the engine has them. */
uint64_t helper_set_ac(struct cpu *cpu, uint64_t on)
{
    if (!cpu_has(cpu, FEAT_SMAP) || cpu->cpl)
        cpu_raise(cpu, EXC_UD);
    cpu->eflags = on ? cpu->eflags | EF_AC : cpu->eflags & ~(uint32_t)EF_AC;
    cpu_update_mode(cpu);
    return 0;
}

uint64_t helper_hlt(struct cpu *cpu, uint64_t next)
{
    need_cpl0(cpu);
    cpu->halted = true;
    cpu->eip = next;
    cpu_kick(cpu);
    return 0;
}
