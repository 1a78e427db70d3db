/* xsave.c - XSAVE and XRSTOR of x87 and SSE state (SDM vol. 1, chapter 13).
 *
 * Only the standard format: the 512 bytes of FXSAVE and a header of 64.  Neither component is ever
 * reported as in its initial configuration, so XSAVE writes whatever it is asked for. */
#include "cpu/internal.h"
#include "cpu/x87.h"

enum { XS_X87 = 1, XS_SSE = 2, HEADER = 512, AREA_SIZE = 576, XMM = 160, XMM_COUNT = 8 };
#define MXCSR_MASK 0xffffu

static void store8(struct cpu *cpu, uint64_t lin, uint64_t val)
{
    cpu_store(cpu, lin, val, 8, cpu->mmu);
}

static uint64_t load8(struct cpu *cpu, uint64_t lin)
{
    return cpu_load(cpu, lin, 8, cpu->mmu);
}

/* The checks of 13.7 and 13.8, and the area's linear address. */
static uint64_t area(struct cpu *cpu, uint64_t ea, uint64_t seg, bool write)
{
    if (!(cpu->cr4 & CR4_OSXSAVE))
        cpu_raise(cpu, EXC_UD);
    if (cpu->cr0 & CR0_TS)
        cpu_raise(cpu, EXC_NM);
    if (cpu_linear(cpu, (enum seg_index)seg, ea, 1, write) & 63)
        cpu_raise_err(cpu, EXC_GP, 0);
    return cpu_linear(cpu, (enum seg_index)seg, ea, AREA_SIZE, write);
}

/* The requested-feature bitmap. */
static uint64_t requested(const struct cpu *cpu)
{
    return cpu->xcr0 & ((uint64_t)reg32(cpu, R_DX) << 32 | reg32(cpu, R_AX));
}

static void save_x87(struct cpu *cpu, uint64_t lin)
{
    const struct fpu *f = &cpu->fpu;

    store8(cpu, lin,
           f->cw | (uint32_t)f->sw << 16 | (uint64_t)f->valid << 32 | (uint64_t)f->fop << 48);
    store8(cpu, lin + 8, (uint32_t)f->fip | (uint64_t)f->fcs << 32);
    store8(cpu, lin + 16, (uint32_t)f->fdp | (uint64_t)f->fds << 32);
    for (unsigned i = 0; i < 8; i++) {
        struct f80 v = x87_get(f, i);
        store8(cpu, lin + 32 + 16 * i, v.man);
        store8(cpu, lin + 40 + 16 * i, v.se);
    }
}

uint64_t helper_xsave(struct cpu *cpu, uint64_t ea, uint64_t seg)
{
    uint64_t lin = area(cpu, ea, seg, true), rfbm = requested(cpu);

    cpu_probe(cpu, lin, AREA_SIZE, TLB_WRITE, cpu->mmu);
    uint64_t present = load8(cpu, lin + HEADER);
    if (rfbm & XS_X87)
        save_x87(cpu, lin);
    if (rfbm & XS_SSE) {
        store8(cpu, lin + 24, cpu->fpu.mxcsr | (uint64_t)MXCSR_MASK << 32);
        for (unsigned i = 0; i < XMM_COUNT; i++) {
            store8(cpu, lin + XMM + 16 * i, cpu->xmm[i].q[0]);
            store8(cpu, lin + XMM + 8 + 16 * i, cpu->xmm[i].q[1]);
        }
    }
    store8(cpu, lin + HEADER, present | rfbm);
    return 0;
}

static void restore_x87(struct cpu *cpu, const uint64_t *a)
{
    struct fpu *f = &cpu->fpu;

    x87_set_words(cpu, (uint16_t)a[0], (uint16_t)(a[0] >> 16));
    f->valid = (uint8_t)(a[0] >> 32);
    f->fop = a[0] >> 48 & 0x7ff;
    f->fip = (uint32_t)a[1];
    f->fcs = (uint16_t)(a[1] >> 32);
    f->fdp = (uint32_t)a[2];
    f->fds = (uint16_t)(a[2] >> 32);
    for (unsigned i = 0; i < 8; i++)
        f->r[x87_phys(f, i)] = (struct f80){.man = a[4 + 2 * i], .se = (uint16_t)a[5 + 2 * i]};
}

/* The initial configuration (13.6). */
static const uint64_t initial[HEADER / 8] = {0x37f};

/* A header that names components which are not enabled, or a compacted area, is refused (13.8.1).
 */
static void check_header(struct cpu *cpu, const uint64_t *header)
{
    if ((header[0] & ~cpu->xcr0) || header[1] || header[2])
        cpu_raise_err(cpu, EXC_GP, 0);
}

uint64_t helper_xrstor(struct cpu *cpu, uint64_t ea, uint64_t seg)
{
    uint64_t lin = area(cpu, ea, seg, false), rfbm = requested(cpu), a[AREA_SIZE / 8];

    for (unsigned i = 0; i < ARRAY_LEN(a); i++)
        a[i] = load8(cpu, lin + 8 * i);
    const uint64_t *header = a + HEADER / 8;
    check_header(cpu, header);
    if ((rfbm & XS_SSE) && ((uint32_t)a[3] & ~MXCSR_MASK))
        cpu_raise_err(cpu, EXC_GP, 0);
    if (rfbm & XS_X87)
        restore_x87(cpu, header[0] & XS_X87 ? a : initial);
    if (rfbm & XS_SSE) {
        const uint64_t *x = (header[0] & XS_SSE ? a : initial) + XMM / 8;
        /* MXCSR comes from memory whatever the header says (13.8). */
        cpu->fpu.mxcsr = (uint32_t)a[3];
        for (unsigned i = 0; i < XMM_COUNT; i++) {
            cpu->xmm[i].q[0] = x[2 * i];
            cpu->xmm[i].q[1] = x[2 * i + 1];
        }
    }
    cpu_update_mode(cpu);
    return 0;
}
