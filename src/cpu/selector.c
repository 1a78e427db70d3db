/* selector.c - instructions that look at descriptors without loading a segment: LAR, LSL, VERR,
 * VERW. */
#include "cpu/internal.h"

/* True if the selector's privilege and the CPL may see the descriptor. */
static bool visible(const struct cpu *cpu, uint16_t sel, const struct desc *d)
{
    unsigned dpl = desc_dpl(d);

    return desc_is(d, SEGA_S | SEGA_CODE | SEGA_DC) || (cpu->cpl <= dpl && (sel & 3u) <= dpl);
}

static bool look(struct cpu *cpu, uint64_t sel, struct desc *d)
{
    return !sel_null((uint16_t)sel) && desc_read(cpu, (uint16_t)sel, d) &&
           visible(cpu, (uint16_t)sel, d);
}

/* System types that LAR and LSL accept (SDM vol. 2A, tables 3-53 and 3-55). */
uint64_t helper_lar(struct cpu *cpu, uint64_t sel)
{
    static const uint32_t valid = BIT(SYS_TSS16) | BIT(SYS_LDT) | BIT(SYS_TSS16_BUSY) |
                                  BIT(SYS_CALL16) | BIT(SYS_TASK) | BIT(SYS_TSS32) |
                                  BIT(SYS_TSS32_BUSY) | BIT(SYS_CALL32);
    struct desc d;

    if (!look(cpu, sel, &d) || (!desc_is(&d, SEGA_S) && !(valid >> desc_type(&d) & 1)))
        return 0;
    return (d.hi & 0x00ffff00u) | BIT64(32);
}

uint64_t helper_lsl(struct cpu *cpu, uint64_t sel)
{
    static const uint32_t valid =
        BIT(SYS_TSS16) | BIT(SYS_LDT) | BIT(SYS_TSS16_BUSY) | BIT(SYS_TSS32) | BIT(SYS_TSS32_BUSY);
    struct desc d;

    if (!look(cpu, sel, &d) || (!desc_is(&d, SEGA_S) && !(valid >> desc_type(&d) & 1)))
        return 0;
    return desc_limit(&d) | BIT64(32);
}

uint64_t helper_verr(struct cpu *cpu, uint64_t sel)
{
    struct desc d;

    if (!look(cpu, sel, &d) || !desc_is(&d, SEGA_S))
        return 0;
    return !desc_code(&d) || (d.hi & SEGA_RW);
}

uint64_t helper_verw(struct cpu *cpu, uint64_t sel)
{
    struct desc d;

    return look(cpu, sel, &d) && desc_writable(&d);
}
