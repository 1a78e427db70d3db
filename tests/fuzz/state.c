/* state.c - registers of the fuzzed guest before it runs: a state that a guest could have reached.
 */
#include <string.h>
#include "base/bytes.h"
#include "cpu/internal.h"
#include "fuzz.h"

/* Bits of engine_head.paging. */
enum { WANT_PG = 1, WANT_PAE = 2, WANT_PSE = 4, WANT_NX = 8, WANT_PGE = 0x20, WANT_WP = 0x40 };

const char *head_model(unsigned n)
{
    static const char *const names[] = {"max",      "core2",       "pentium4", "pentium3",
                                        "pentium2", "pentium-mmx", "pentium",  "486",
                                        "386",      "286"};

    return n % 16 < ARRAY_LEN(names) ? names[n % 16] : names[0];
}

static unsigned kind_of(const struct engine_head *h)
{
    return h->kind % KIND_COUNT;
}

static unsigned cpl_of(const struct engine_head *h)
{
    static const uint8_t cpl[4] = {0, 3, 0, 1};

    if (kind_of(h) == KIND_V86)
        return 3;
    return kind_of(h) < KIND_PROT ? 0 : cpl[h->cpl & 3];
}

/* --- control registers --- */

static void set_control(struct cpu *cpu, const struct engine_head *h)
{
    bool prot = kind_of(h) >= KIND_PROT, paged = prot && h->paging & WANT_PG;
    uint64_t cr4 = h->cr4, known = cpu_model_cr4(cpu->model);
    uint32_t cr0 = h->cr0 & (CR0_MP | CR0_EM | CR0_TS | CR0_NE | CR0_WP | CR0_AM);

    cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT;
    if (h->cr0_xor & 1)
        cr4 &= ~(uint64_t)CR4_OSFXSR;
    cr4 &= ~(uint64_t)(CR4_PAE | CR4_PSE | CR4_PGE);
    cr4 |= (h->paging & WANT_PAE ? CR4_PAE : 0) | (h->paging & WANT_PSE ? CR4_PSE : 0) |
           (h->paging & WANT_PGE ? CR4_PGE : 0);
    cpu->cr4 = cr4 & known;
    if (!(h->cr0_xor & 2))
        cr0 &= ~(uint32_t)(CR0_EM | CR0_TS);
    if (h->paging & WANT_WP)
        cr0 |= CR0_WP;
    if (h->paging & WANT_NX && cpu_has(cpu, FEAT_NX))
        cpu->msr.efer = BIT(11);
    cpu->cr3 = cpu->cr4 & CR4_PAE ? PDPT : PAGE_DIR;
    for (unsigned n = 0; n < 4 && cpu->cr4 & CR4_PAE; n++)
        cpu->pdpte[n] = le64_get(cpu->mem->ram->host + PDPT + n * 8);
    cr0_set(cpu, cr0 | (prot ? CR0_PE : 0) | (paged ? CR0_PG : 0));
    cpu->msr.sysenter_cs = h->cr0_xor & 4 ? 1 * 8 : 0;
    cpu->msr.sysenter_esp = INNER_STACKS;
    cpu->msr.sysenter_eip = CODE + 0x80;
}

static void set_debug(struct cpu *cpu, const struct engine_head *h)
{
    for (unsigned n = 0; n < 4; n++)
        cpu->dr[n] = h->dr[n];
    cpu->dr[7] = 0x400;
    if (h->dr7 & 0x80) /* each: enabled, its kind and length */
        cpu->dr[7] |= (h->dr7 & 0xfu) * 3 | (uint64_t)(h->data_seed >> 8 & 0xffff) << 16;
}

/* --- segments --- */

static void load_row(struct cpu *cpu, struct segment *s, unsigned row, unsigned rpl)
{
    uint8_t *at = cpu->mem->ram->host + GDT + row * 8;
    struct desc d;

    at[5] |= 1;
    d = (struct desc){.lo = le32_get(at), .hi = le32_get(at + 4)};
    desc_to_segment(s, (uint16_t)(row * 8 | rpl), &d);
}

static struct desc row_of(const struct cpu *cpu, unsigned row)
{
    const uint8_t *at = cpu->mem->ram->host + GDT + row * 8;

    return (struct desc){.lo = le32_get(at), .hi = le32_get(at + 4)};
}

/* May the register hold this row at this CPL (SDM vol. 3A, 5.5 to 5.8)? */
static bool may_hold(const struct desc *d, unsigned seg, unsigned cpl)
{
    bool conforming = desc_is(d, SEGA_CODE | SEGA_DC);

    if (!desc_is(d, SEGA_P | SEGA_S))
        return false;
    if (seg == SEG_CS)
        return desc_code(d) && (desc_dpl(d) == cpl || (conforming && desc_dpl(d) < cpl));
    if (seg == SEG_SS)
        return desc_writable(d) && desc_dpl(d) == cpl;
    if (desc_code(d) && !desc_is(d, SEGA_RW))
        return false;
    return conforming || desc_dpl(d) >= cpl;
}

static void set_protected(struct cpu *cpu, const struct engine_head *h)
{
    static const uint8_t code[4] = {1, 29, 0, 3}, data[4] = {2, 30, 0, 4};
    unsigned cpl = cpl_of(h);

    for (unsigned n = 0; n < SEG_COUNT; n++) {
        unsigned row = h->seg[n] % GDT_ROWS;
        struct desc d = row_of(cpu, row);
        bool flat = kind_of(h) == KIND_FLAT && !(n > SEG_DS && h->seg[n] & 0x80);

        if (!flat && row && may_hold(&d, n, cpl))
            load_row(cpu, &cpu->seg[n], row, cpl);
        else if (!flat && !row && n != SEG_CS && n != SEG_SS)
            segment_set_null(&cpu->seg[n], 0);
        else
            load_row(cpu, &cpu->seg[n], n == SEG_CS ? code[cpl] : data[cpl], cpl);
    }
}

static void set_real(struct cpu *cpu, const struct engine_head *h, bool v86)
{
    static const uint16_t usual[SEG_COUNT] = {DATA / 16, CODE / 16,  STACK / 16,
                                              DATA / 16, STACK / 16, DATA / 16};
    static const uint16_t other[8] = {0,         0x40,          0xffff, 0xf001,
                                      CODE / 16, DATA / 16 + 8, 0x2fff, 0xf800};

    for (unsigned n = 0; n < SEG_COUNT; n++) {
        uint16_t sel = h->seg[n] & 0x40 && n != SEG_CS ? other[h->seg[n] & 7] : usual[n];

        if (v86)
            segment_set_v86(&cpu->seg[n], sel);
        else
            segment_set_real(&cpu->seg[n], sel);
        if (kind_of(h) == KIND_BIG_REAL && n != SEG_CS && n != SEG_SS) {
            cpu->seg[n].limit = 0xffffffff;
            cpu->seg[n].attr |= SEGA_G;
        }
        segment_derive(&cpu->seg[n]);
    }
}

static void set_segments(struct cpu *cpu, const struct engine_head *h)
{
    cpu->idt = (struct table_reg){.limit = 0x3ff};
    if (kind_of(h) >= KIND_PROT) {
        cpu->gdt = (struct table_reg){.base = GDT, .limit = GDT_ROWS * 8 - 1};
        cpu->idt = (struct table_reg){.base = IDT, .limit = 0x7ff};
        cpu->ldt = (struct segment){
            .base = LDT, .limit = LDT_ROWS * 8 - 1, .attr = SEGA_P | 2 << 8, .sel = 6 * 8};
        cpu->tr =
            (struct segment){.base = TSS, .limit = 0x1ff, .attr = SEGA_P | 11 << 8, .sel = 5 * 8};
    }
    cpu->cpl = (uint8_t)cpl_of(h);
    if (kind_of(h) == KIND_PROT || kind_of(h) == KIND_FLAT)
        set_protected(cpu, h);
    else
        set_real(cpu, h, kind_of(h) == KIND_V86);
}

/* --- general registers, flags --- */

static void set_registers(struct cpu *cpu, const struct engine_head *h)
{
    bool flat = !cpu->seg[SEG_DS].base && kind_of(h) >= KIND_PROT;
    bool flat_ss = !cpu->seg[SEG_SS].base && kind_of(h) >= KIND_PROT;
    bool flat_cs = !cpu->seg[SEG_CS].base && kind_of(h) >= KIND_PROT;
    uint32_t flags = (h->eflags & 0x254ed5) | 2;

    for (unsigned n = 0; n < 8; n++) {
        uint32_t v = h->gpr[n];

        switch (h->gpr_kind[n] % REG_KINDS) {
        case REG_DATA:
            v = (v & 0x1fff) + (flat ? DATA : 0);
            break;
        case REG_CODE:
            v = h->eip + (v & 0x1ff) + (flat ? CODE : 0);
            break;
        case REG_STACK:
            v = 0xe000 + (v & 0x1fff) + (flat_ss ? STACK : 0);
            break;
        case REG_SMALL:
            v &= 0x3f;
            break;
        }
        cpu->gpr[n] = v;
    }
    if (!(h->gpr_kind[R_SP] & 0x80))
        cpu->gpr[R_SP] = 0xf000 + (h->gpr[R_SP] & 0xffe) + (flat_ss ? STACK : 0);
    cpu->eip = h->eip + (flat_cs ? CODE : 0);
    flags |= (uint32_t)(h->cpl >> 4 & 3) << 12;
    if (!(h->cpl & 0x80))
        flags &= ~(uint32_t)EF_TF;
    if (!(h->cpl & 0x40))
        flags &= ~(uint32_t)EF_NT;
    if (kind_of(h) == KIND_V86)
        flags = (flags | EF_VM) & ~(uint32_t)EF_NT;
    cpu_set_eflags(cpu, flags);
}

/* --- floating point --- */

static void set_f80(struct f80 *f, struct rng *r)
{
    static const uint16_t exps[] = {0, 1, 0x3fff, 0x3ffe, 0x4000, 0x401e, 0x403e, 0x7ffe, 0x7fff};
    static const uint64_t mans[] = {0,         1, 1ull << 63, 3ull << 62, ~0ull, (1ull << 63) + 1,
                                    1ull << 62};

    f->se = (uint16_t)(rng_one_in(r, 2) ? exps[rng_below(r, ARRAY_LEN(exps))]
                                        : 0x3fff + rng_below(r, 64) - 32);
    f->se |= (uint16_t)(rng_one_in(r, 2) << 15);
    f->man = rng_one_in(r, 3) ? mans[rng_below(r, ARRAY_LEN(mans))]
                              : (rng_next(r) << rng_below(r, 64)) | 1ull << 63;
}

static void set_fpu(struct cpu *cpu, const struct engine_head *h)
{
    struct fpu *f = &cpu->fpu;
    struct rng r = {.s = h->fpu_seed};
    uint16_t cw = (uint16_t)((h->fcw & 0xf3f) | 0x40);

    f->cw = h->tags & 1 ? cw : 0x37f;
    f->sw = h->fsw & 0x7f7f & (uint16_t)(f->cw | 0xffc0);
    if (h->tags & 2)
        f->sw = h->fsw & 0x7f7f;
    if (f->sw & ~f->cw & 0x3f)
        f->sw |= 0x8080;
    f->valid = (uint8_t)(h->fpu_seed % 3 ? h->fpu_seed >> 8 : 0xff);
    f->mxcsr = 0x1f80;
    if (h->tags & 4)
        f->mxcsr = h->mxcsr & 0xffff;
    for (unsigned n = 0; n < 8; n++) {
        set_f80(&f->r[n], &r);
        for (unsigned k = 0; k < 4; k++)
            cpu->xmm[n].d[k] = rng_one_in(&r, 3) ? 0x3f800000 + rng_below(&r, 0x1000) : rng_int(&r);
    }
}

/* --- all --- */

void state_set(struct guest *g, const struct engine_head *h)
{
    struct cpu *cpu = &g->cpu;

    cpu->model = cpu_model_find(head_model(h->model));
    cpu->limit = 0;
    cpu->budget = 0;
    cpu->intr = false;
    cpu_reset(cpu);
    set_control(cpu, h);
    set_debug(cpu, h);
    set_segments(cpu, h);
    set_registers(cpu, h);
    set_fpu(cpu, h);
    cpu->chain_len = 0;
    cpu_post_load(cpu);
}

uint32_t head_code_at(const struct engine_head *h)
{
    return CODE + h->eip;
}
