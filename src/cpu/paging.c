/* paging.c - the page walk (SDM vol. 3A, chapter 4): 32-bit paging with 4 MB pages, PAE with NX.
 *
 * A walk first reads the entries of all levels and decides; only when the access is allowed are
 * accessed and dirty flags written, from the top down.  A read of a page that is dirty already also
 * enters it for writes, and a write enters it for reads: like the processor's, one translation
 * serves both. */
#include "base/bytes.h"
#include "cpu/internal.h"

enum { PTE_P = 1, PTE_W = 2, PTE_U = 4, PTE_A = 0x20, PTE_D = 0x40, PTE_PS = 0x80, PTE_G = 0x100 };
#define PTE_NX BIT64(63)
enum { PF_P = 1, PF_W = 2, PF_U = 4, PF_RSVD = 8, PF_I = 16 };
#define PHYS_MASK ((BIT64(PHYS_BITS) - 1) & ~(uint64_t)(PAGE_SIZE - 1))

struct walk {
    uint64_t phys;              /* of the 4 KB page */
    uint64_t addr[2], entry[2]; /* directory and table entry; addr[1] is 0 for a large page */
    unsigned size;              /* of an entry, bytes; 0 without paging */
    bool user, write, nx, global, dirty, large;
    uint32_t error; /* PF_P | PF_RSVD bits when the walk ends early */
};

static uint64_t entry_read(const struct cpu *cpu, uint64_t addr, unsigned size)
{
    addr &= cpu->mem->a20_mask;
    uint64_t off = physmem_ram(cpu->mem, addr, false);
    return off == NO_RAM ? phys_load(cpu->mem, addr, size)
                         : le_get(cpu->mem->ram->host + off, size);
}

/* Bits of a PAE entry that must be zero: NX unless enabled, and addresses that do not exist. */
static uint64_t pae_reserved(const struct cpu *cpu)
{
    uint64_t r = ~(BIT64(PHYS_BITS) - 1) & ~PTE_NX;

    return cpu->msr.efer & BIT(11) ? r : r | PTE_NX;
}

static bool walk_permit(struct walk *w)
{
    const uint64_t *e = w->entry;
    uint64_t both = w->large ? e[0] : e[0] & e[1], leaf = w->large ? e[0] : e[1];

    w->user = both & PTE_U;
    w->write = both & PTE_W;
    w->nx = w->size == 8 && ((e[0] | (w->large ? 0 : e[1])) & PTE_NX);
    w->global = leaf & PTE_G;
    w->dirty = leaf & PTE_D;
    return true;
}

static bool walk_fail(struct walk *w, uint32_t error)
{
    w->error = error;
    return false;
}

/* SDM vol. 3A, 4.3; bits 13-20 of a 4 MB page's entry are address bits 32-39 (PSE-36). */
static bool walk_32(const struct cpu *cpu, uint32_t lin, struct walk *w)
{
    w->size = 4;
    w->addr[0] = (cpu->cr3 & 0xfffff000u) | lin >> 22 << 2;
    w->entry[0] = entry_read(cpu, w->addr[0], 4);
    if (!(w->entry[0] & PTE_P))
        return walk_fail(w, 0);
    if ((w->entry[0] & PTE_PS) && (cpu->cr4 & CR4_PSE)) {
        uint64_t high = cpu_has(cpu, FEAT_PSE36) ? bits_get(w->entry[0], 13, PHYS_BITS - 32) : 0;
        unsigned used = cpu_has(cpu, FEAT_PSE36) ? PHYS_BITS - 32 : 0;
        if (bits_get(w->entry[0], 13 + used, 9 - used))
            return walk_fail(w, PF_P | PF_RSVD);
        w->large = true;
        w->phys = (w->entry[0] & 0xffc00000u) | high << 32 | (lin & 0x3ff000u);
        return walk_permit(w);
    }
    w->addr[1] = (w->entry[0] & 0xfffff000u) | (lin >> 12 & 0x3ff) << 2;
    w->entry[1] = entry_read(cpu, w->addr[1], 4);
    if (!(w->entry[1] & PTE_P))
        return walk_fail(w, 0);
    w->phys = w->entry[1] & 0xfffff000u;
    return walk_permit(w);
}

/* SDM vol. 3A, 4.4. */
static bool walk_pae(const struct cpu *cpu, uint32_t lin, struct walk *w)
{
    uint64_t top = cpu->pdpte[lin >> 30], reserved = pae_reserved(cpu);

    w->size = 8;
    if (!(top & PTE_P))
        return walk_fail(w, 0);
    w->addr[0] = (top & PHYS_MASK) | (lin >> 21 & 0x1ff) << 3;
    w->entry[0] = entry_read(cpu, w->addr[0], 8);
    if (!(w->entry[0] & PTE_P))
        return walk_fail(w, 0);
    if (w->entry[0] & PTE_PS) {
        if (w->entry[0] & (reserved | 0x1fe000))
            return walk_fail(w, PF_P | PF_RSVD);
        w->large = true;
        w->phys = (w->entry[0] & PHYS_MASK & ~0x1fffffull) | (lin & 0x1ff000);
        return walk_permit(w);
    }
    if (w->entry[0] & reserved)
        return walk_fail(w, PF_P | PF_RSVD);
    w->addr[1] = (w->entry[0] & PHYS_MASK) | (lin >> 12 & 0x1ff) << 3;
    w->entry[1] = entry_read(cpu, w->addr[1], 8);
    if (!(w->entry[1] & PTE_P))
        return walk_fail(w, 0);
    if (w->entry[1] & reserved)
        return walk_fail(w, PF_P | PF_RSVD);
    w->phys = w->entry[1] & PHYS_MASK;
    return walk_permit(w);
}

static bool walk(const struct cpu *cpu, uint32_t lin, struct walk *w)
{
    *w = (struct walk){0};
    if (cpu->cr0 & CR0_PG)
        return cpu->cr4 & CR4_PAE ? walk_pae(cpu, lin, w) : walk_32(cpu, lin, w);
    w->phys = lin & ~(PAGE_SIZE - 1);
    w->user = w->write = w->dirty = true;
    return true;
}

/* Access rights (SDM vol. 3A, 4.6.1). */
static bool allowed(const struct cpu *cpu, const struct walk *w, enum tlb_kind kind,
                    enum tlb_mmu mmu)
{
    if (!w->size)
        return true;
    if (kind == TLB_FETCH)
        return !w->nx && (mmu == TLB_USER ? w->user : !(w->user && (cpu->cr4 & CR4_SMEP)));
    if (mmu == TLB_USER)
        return w->user && (kind == TLB_READ || w->write);
    if (w->user && mmu == TLB_KERNEL && (cpu->cr4 & CR4_SMAP))
        return false;
    return kind == TLB_READ || w->write || !(cpu->cr0 & CR0_WP);
}

static _Noreturn void fail(struct cpu *cpu, uint32_t lin, uint32_t error, enum tlb_kind kind,
                           enum tlb_mmu mmu)
{
    bool nx = (cpu->cr4 & CR4_PAE) && (cpu->msr.efer & BIT(11));

    if (kind == TLB_WRITE)
        error |= PF_W;
    if (mmu == TLB_USER)
        error |= PF_U;
    if (kind == TLB_FETCH && (nx || (cpu->cr4 & CR4_SMEP)))
        error |= PF_I;
    if (log_on(cpu->log, LOG_MMU))
        log_print(cpu->log, "page fault at %08x, error %x, eip %08x\n", lin, error,
                  (uint32_t)cpu->eip);
    raise_page_fault(cpu, lin, error);
}

/* The tables may lie among translated code.  Like a store, the walk says so first: the instruction
 * may have to begin again, and must then still be the one that began. */
static void set_flags(struct cpu *cpu, struct walk *w, unsigned level, uint64_t flags)
{
    uint64_t addr = w->addr[level] & cpu->mem->a20_mask, ram;

    if ((w->entry[level] & flags) == flags)
        return;
    ram = physmem_ram(cpu->mem, addr, true);
    if (ram != NO_RAM && cpu->mem->ram->code[ram >> PAGE_SHIFT] & RAM_CODE && !cpu->delivering &&
        cpu->code_write)
        cpu->code_write(cpu, ram, w->size);
    w->entry[level] |= flags;
    cpu->tlb.walking = true;
    phys_store(cpu->mem, addr, w->entry[level], w->size);
    cpu->tlb.walking = false;
}

/* Accessed and dirty flags (SDM vol. 3A, 4.8). */
static void mark_used(struct cpu *cpu, struct walk *w, bool write)
{
    uint64_t leaf = write ? PTE_A | PTE_D : PTE_A;

    if (!w->size)
        return;
    set_flags(cpu, w, 0, w->large ? leaf : PTE_A);
    if (!w->large)
        set_flags(cpu, w, 1, leaf);
    w->dirty |= write;
}

static void enter(struct cpu *cpu, uint32_t lin, const struct walk *w, enum tlb_kind kind,
                  enum tlb_mmu mmu)
{
    uint64_t phys = w->phys & cpu->mem->a20_mask;
    uint64_t ram = kind == TLB_FETCH ? physmem_code(cpu->mem, phys)
                                     : physmem_ram(cpu->mem, phys, kind == TLB_WRITE);
    uint32_t page = lin >> PAGE_SHIFT;

    if (kind == TLB_FETCH && ram == NO_RAM)
        return;
    tlb_fill(&cpu->tlb, mmu, kind, page, phys, ram, w->global && (cpu->cr4 & CR4_PGE),
             kind != TLB_FETCH && debug_watched(cpu, page));
    if (w->large)
        tlb_note_large(&cpu->tlb, page);
}

static void trace(struct cpu *cpu, uint32_t lin, const struct walk *w)
{
    unsigned levels = w->large ? 1 : 2;
    uint64_t at[2];

    for (unsigned n = 0; n < levels; n++)
        at[n] = physmem_ram(cpu->mem, w->addr[n] & cpu->mem->a20_mask, false);
    tlb_trace(&cpu->tlb, lin >> PAGE_SHIFT, at, levels, w->size);
}

void page_fill(struct cpu *cpu, uint32_t lin, enum tlb_kind kind, enum tlb_mmu mmu)
{
    struct walk w;

    if (!walk(cpu, lin, &w))
        fail(cpu, lin, w.error, kind, mmu);
    if (!allowed(cpu, &w, kind, mmu))
        fail(cpu, lin, PF_P, kind, mmu);
    mark_used(cpu, &w, kind == TLB_WRITE);
    if (mmu == TLB_USER && w.size)
        trace(cpu, lin, &w);
    enter(cpu, lin, &w, kind, mmu);
    if (kind == TLB_WRITE && *tlb_entry(&cpu->tlb, mmu, TLB_READ, lin >> PAGE_SHIFT) == TLB_EMPTY)
        enter(cpu, lin, &w, TLB_READ, mmu);
    if (kind == TLB_READ && w.dirty && allowed(cpu, &w, TLB_WRITE, mmu) &&
        *tlb_entry(&cpu->tlb, mmu, TLB_WRITE, lin >> PAGE_SHIFT) == TLB_EMPTY)
        enter(cpu, lin, &w, TLB_WRITE, mmu);
}

bool cpu_translate_debug(const struct cpu *cpu, uint64_t lin, uint64_t *phys)
{
    struct walk w;

    if (!walk(cpu, (uint32_t)lin, &w))
        return false;
    *phys = (w.phys | (lin & (PAGE_SIZE - 1))) & cpu->mem->a20_mask;
    return true;
}

/* MOV to CR3, and to CR0 and CR4 where they turn PAE paging on (SDM vol. 3A, 4.4.1). */
void pdptes_load(struct cpu *cpu, uint64_t cr3)
{
    uint64_t e[4], reserved = ~(BIT64(PHYS_BITS) - 1) | 0x1e6;

    for (unsigned i = 0; i < 4; i++) {
        e[i] = entry_read(cpu, (cr3 & 0xffffffe0u) + i * 8, 8);
        if ((e[i] & PTE_P) && (e[i] & reserved))
            cpu_raise_err(cpu, EXC_GP, 0);
    }
    for (unsigned i = 0; i < 4; i++)
        cpu->pdpte[i] = e[i];
}
