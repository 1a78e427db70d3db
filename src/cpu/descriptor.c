/* descriptor.c - reading and marking segment descriptors (SDM vol. 3A, 3.4.5). */
#include "cpu/internal.h"

uint32_t desc_base(const struct desc *d)
{
    return d->lo >> 16 | (d->hi & 0xff) << 16 | (d->hi & 0xff000000);
}

uint32_t desc_limit(const struct desc *d)
{
    uint32_t limit = (d->lo & 0xffff) | (d->hi & 0xf0000);

    return d->hi & SEGA_G ? limit << 12 | 0xfff : limit;
}

bool desc_read(struct cpu *cpu, uint16_t sel, struct desc *d)
{
    uint64_t base = cpu->gdt.base;
    uint32_t limit = cpu->gdt.limit;

    if (sel & 4) {
        if (!(cpu->ldt.attr & SEGA_P))
            return false;
        base = cpu->ldt.base;
        limit = cpu->ldt.limit;
    }
    if ((sel | 7u) > limit)
        return false;
    d->lin = (uint32_t)(base + (sel & 0xfff8));
    uint64_t v = cpu_load(cpu, d->lin, 8, TLB_KERNEL);
    d->lo = (uint32_t)v;
    d->hi = (uint32_t)(v >> 32);
    return true;
}

void desc_need(struct cpu *cpu, uint16_t sel, struct desc *d, unsigned vector, unsigned ext)
{
    if (!desc_read(cpu, sel, d))
        cpu_raise_err(cpu, vector, (sel & 0xfffc) | ext);
}

void desc_to_segment(struct segment *s, uint16_t sel, const struct desc *d)
{
    *s = (struct segment){
        .base = desc_base(d), .limit = desc_limit(d), .attr = d->hi & SEGA_MASK, .sel = sel};
    segment_derive(s);
}

void desc_touch(struct cpu *cpu, struct desc *d)
{
    if (d->hi & SEGA_A)
        return;
    d->hi |= SEGA_A;
    cpu_store(cpu, d->lin + 5, d->hi >> 8 & 0xff, 1, TLB_KERNEL);
}

void desc_busy(struct cpu *cpu, struct desc *d, bool busy)
{
    uint32_t hi = kernel_load(cpu, (uint32_t)d->lin + 4, 4);

    hi = busy ? hi | BIT(9) : hi & ~BIT(9);
    d->hi = hi;
    cpu_store(cpu, d->lin + 4, hi, 4, TLB_KERNEL);
}
