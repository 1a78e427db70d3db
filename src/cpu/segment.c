/* segment.c - segment registers: loading, checking and using them (SDM vol. 3A, chapters 3 and 5).
 */
#include "cpu/internal.h"

/* First offset past the segment for a read and for a write that need no further check. */
void segment_derive(struct segment *s)
{
    uint64_t end = (uint64_t)s->limit + 1;
    bool code = s->attr & SEGA_CODE, rw = s->attr & SEGA_RW, down = !code && (s->attr & SEGA_DC);
    bool usable = (s->attr & (SEGA_P | SEGA_S)) == (SEGA_P | SEGA_S) && !down;

    s->read_end = usable && (!code || rw) ? end : 0;
    s->write_end = usable && !code && rw ? end : 0;
}

/* --- loads --- */

/* Real mode leaves limit and attributes as they are, but for what an unusable segment or one loaded
 * as code needs to be data again. */
void segment_set_real(struct segment *s, uint16_t sel)
{
    if (!(s->attr & SEGA_P))
        s->limit = 0xffff;
    s->sel = sel;
    s->base = (uint32_t)sel << 4;
    s->attr = (s->attr & (SEGA_DB | SEGA_G)) | SEGA_P | SEGA_S | SEGA_RW | SEGA_A;
    segment_derive(s);
}

void segment_set_v86(struct segment *s, uint16_t sel)
{
    *s = (struct segment){.base = (uint32_t)sel << 4,
                          .limit = 0xffff,
                          .attr = SEGA_P | 3 << SEGA_DPL_SHIFT | SEGA_S | SEGA_RW | SEGA_A,
                          .sel = sel};
    segment_derive(s);
}

void segment_set_null(struct segment *s, uint16_t sel)
{
    *s = (struct segment){.sel = sel};
}

static void load_ss(struct cpu *cpu, uint16_t sel)
{
    struct desc d;
    uint32_t err = sel & 0xfffc;

    if (sel_null(sel))
        cpu_raise_err(cpu, EXC_GP, 0);
    desc_need(cpu, sel, &d, EXC_GP, 0);
    if ((sel & 3) != cpu->cpl || !desc_writable(&d) || desc_dpl(&d) != cpu->cpl)
        cpu_raise_err(cpu, EXC_GP, err);
    if (!desc_is(&d, SEGA_P))
        cpu_raise_err(cpu, EXC_SS, err);
    desc_touch(cpu, &d);
    desc_to_segment(&cpu->seg[SEG_SS], sel, &d);
}

static void load_data(struct cpu *cpu, enum seg_index seg, uint16_t sel)
{
    struct desc d;
    uint32_t err = sel & 0xfffc;

    if (sel_null(sel)) {
        segment_set_null(&cpu->seg[seg], sel);
        return;
    }
    desc_need(cpu, sel, &d, EXC_GP, 0);
    if (!desc_is(&d, SEGA_S) || (desc_code(&d) && !(d.hi & SEGA_RW)))
        cpu_raise_err(cpu, EXC_GP, err);
    bool conforming = desc_is(&d, SEGA_CODE | SEGA_DC);
    if (!conforming && ((sel & 3u) > desc_dpl(&d) || cpu->cpl > desc_dpl(&d)))
        cpu_raise_err(cpu, EXC_GP, err);
    if (!desc_is(&d, SEGA_P))
        cpu_raise_err(cpu, EXC_NP, err);
    desc_touch(cpu, &d);
    desc_to_segment(&cpu->seg[seg], sel, &d);
}

void segment_load(struct cpu *cpu, enum seg_index seg, uint16_t sel)
{
    if (cpu_real(cpu))
        segment_set_real(&cpu->seg[seg], sel);
    else if (cpu_v86(cpu))
        segment_set_v86(&cpu->seg[seg], sel);
    else if (seg == SEG_SS)
        load_ss(cpu, sel);
    else
        load_data(cpu, seg, sel);
    if (seg == SEG_SS)
        cpu_update_mode(cpu);
    else
        cpu_update_mode_segment(cpu, seg);
}

uint64_t helper_load_seg(struct cpu *cpu, uint64_t seg, uint64_t sel)
{
    segment_load(cpu, (enum seg_index)seg, (uint16_t)sel);
    if (seg == SEG_SS)
        cpu->shadow_count = cpu->nodb_count = count_after(cpu);
    return 0;
}

uint64_t helper_load_far_seg(struct cpu *cpu, uint64_t seg, uint64_t sel)
{
    segment_load(cpu, (enum seg_index)seg, (uint16_t)sel);
    return 0;
}

void segments_drop_inner(struct cpu *cpu)
{
    static const uint8_t data[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};

    for (unsigned i = 0; i < ARRAY_LEN(data); i++) {
        struct segment *s = &cpu->seg[data[i]];
        bool conforming = (s->attr & (SEGA_CODE | SEGA_DC)) == (SEGA_CODE | SEGA_DC);
        if (s->attr && !conforming && (s->attr >> SEGA_DPL_SHIFT & 3) < cpu->cpl)
            segment_set_null(s, 0);
    }
}

void cpl_set(struct cpu *cpu, unsigned cpl)
{
    cpu->cpl = (uint8_t)cpl;
    cpu_update_mode(cpu);
}

/* --- use --- */

static bool limit_ok(const struct segment *s, uint64_t off, unsigned size)
{
    uint64_t last = off + size - 1;

    if ((s->attr & (SEGA_CODE | SEGA_DC)) == SEGA_DC)
        return off > s->limit && last <= (s->attr & SEGA_DB ? 0xffffffff : 0xffff);
    /* Past a limit of 4 GB less one, addresses wrap. */
    return last <= s->limit || s->limit == 0xffffffff;
}

static bool type_ok(const struct cpu *cpu, const struct segment *s, bool write)
{
    if (cpu_real(cpu) || cpu_v86(cpu))
        return true;
    if (!(s->attr & SEGA_P))
        return false;
    if (write)
        return (s->attr & (SEGA_CODE | SEGA_RW)) == SEGA_RW;
    return !(s->attr & SEGA_CODE) || (s->attr & SEGA_RW);
}

_Noreturn void raise_overrun(struct cpu *cpu, enum seg_index seg, uint32_t error)
{
    bool gp = seg != SEG_SS || (cpu_real(cpu) && cpu_quirk(cpu, QUIRK_GP_FOR_SS));

    cpu_raise_err(cpu, gp ? EXC_GP : EXC_SS, error);
}

uint64_t cpu_linear(struct cpu *cpu, enum seg_index seg, uint64_t off, unsigned size, bool write)
{
    const struct segment *s = &cpu->seg[seg];

    if (!limit_ok(s, off, size) || !type_ok(cpu, s, write))
        raise_overrun(cpu, seg, 0);
    return (uint32_t)(s->base + off);
}

uint64_t helper_linear(struct cpu *cpu, uint64_t seg, uint64_t off, uint64_t size)
{
    return cpu_linear(cpu, seg & 0xff, (uint32_t)off, (unsigned)size, seg >> 8 & 1);
}
