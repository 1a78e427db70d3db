/* access.c - memory as instructions see it: the slow path behind the software TLB's fast one. */
#include "base/bytes.h"
#include "cpu/internal.h"

static bool crosses(uint32_t lin, unsigned size)
{
    return (lin & (PAGE_SIZE - 1)) + size > PAGE_SIZE;
}

/* Where an operand that crosses goes on: CR2 when that page is at fault. */
static uint32_t next_page(uint32_t lin)
{
    return (lin & ~(PAGE_SIZE - 1)) + PAGE_SIZE;
}

/* Alignment check exception (SDM vol. 3A, 6.15, interrupt 17): data accesses at CPL 3 only. */
static void check_alignment(struct cpu *cpu, uint32_t lin, unsigned size, enum tlb_mmu mmu)
{
    if ((lin & (size - 1)) && mmu == TLB_USER && cpu->cpl == 3 && (cpu->cr0 & CR0_AM) &&
        (cpu->eflags & EF_AC))
        cpu_raise_err(cpu, EXC_AC, 0);
}

void alignment_check(struct cpu *cpu, uint64_t lin, unsigned size)
{
    check_alignment(cpu, (uint32_t)lin, size, cpu->mmu);
}

static uint64_t *entry_at(struct cpu *cpu, uint32_t lin, enum tlb_kind kind, enum tlb_mmu mmu)
{
    uint64_t *e = tlb_entry(&cpu->tlb, mmu, kind, lin >> PAGE_SHIFT);

    if (*e == TLB_EMPTY)
        page_fill(cpu, lin, kind, mmu);
    return e;
}

static uint8_t *entry_host(uint64_t entry, uint32_t lin)
{
    return (uint8_t *)(uintptr_t)((entry & ~(uint64_t)TLB_FLAGS) + lin);
}

static uint64_t entry_ram(const struct cpu *cpu, uint64_t entry, uint32_t lin)
{
    return tlb_ram_page(&cpu->tlb, entry, lin >> PAGE_SHIFT) << PAGE_SHIFT |
           (lin & (PAGE_SIZE - 1));
}

static uint64_t entry_phys(uint64_t entry, uint32_t lin)
{
    return (entry & ~(uint64_t)TLB_FLAGS) | (lin & TLB_FLAGS);
}

static void io_begin(struct cpu *cpu)
{
    if (!cpu->delivering && cpu->io_begin)
        cpu->io_begin(cpu);
}

/* A load that stays in its page; size 1, 2, 4 or 8. */
static uint64_t load_within(struct cpu *cpu, uint32_t lin, unsigned size, enum tlb_mmu mmu)
{
    uint64_t e = *entry_at(cpu, lin, TLB_READ, mmu);
    uint8_t was = cpu->inside;

    if (e & TLB_WATCH)
        debug_data(cpu, lin, size, false);
    if (!(e & TLB_IO))
        return le_get(entry_host(e, lin), size);
    io_begin(cpu);
    uint64_t val = phys_load(cpu->mem, entry_phys(e, lin), size);
    cpu->inside = was;
    return val;
}

uint64_t cpu_load(struct cpu *cpu, uint64_t lin, unsigned size, enum tlb_mmu mmu)
{
    uint64_t val = 0;

    check_alignment(cpu, (uint32_t)lin, size, mmu);
    if (!crosses((uint32_t)lin, size))
        return load_within(cpu, (uint32_t)lin, size, mmu);
    entry_at(cpu, (uint32_t)lin, TLB_READ, mmu);
    entry_at(cpu, next_page((uint32_t)lin), TLB_READ, mmu);
    for (unsigned i = 0; i < size; i++)
        val |= load_within(cpu, (uint32_t)(lin + i), 1, mmu) << i * 8;
    return val;
}

uint64_t cpu_load_for_write(struct cpu *cpu, uint64_t lin, unsigned size)
{
    check_alignment(cpu, (uint32_t)lin, size, cpu->mmu);
    cpu_probe(cpu, lin, size, TLB_WRITE, cpu->mmu);
    return cpu_load(cpu, lin, size, cpu->mmu);
}

/* Of the bytes of a store to a page with code only those matter that change. */
static void store_to_code(struct cpu *cpu, uint64_t e, uint32_t lin, uint64_t val, unsigned len)
{
    const uint8_t *was = entry_host(e, lin); /* len may be any, up to the end of the page */
    uint64_t change = 0;
    unsigned first, last;

    for (unsigned n = 0; n < len; n++)
        change |= (uint64_t)(was[n] ^ (uint8_t)(val >> n * 8)) << n * 8;
    if (!change)
        return;
    first = (unsigned)__builtin_ctzll(change) / 8;
    last = 7 - (unsigned)__builtin_clzll(change) / 8;
    cpu->code_write(cpu, entry_ram(cpu, e, lin) + first, last - first + 1);
}

/* A page marked TLB_CODE may hold page tables alone. */
static bool tells_of_code(const struct cpu *cpu, uint64_t e, uint32_t lin)
{
    return (e & TLB_CODE) && !cpu->delivering && cpu->code_write &&
           cpu->tlb.ram->code[entry_ram(cpu, e, lin) >> PAGE_SHIFT] & RAM_CODE;
}

/* Everything that may stop or restart the instruction; the entry is not empty afterwards. */
static void store_prepare(struct cpu *cpu, uint32_t lin, uint64_t val, unsigned len,
                          enum tlb_mmu mmu)
{
    uint64_t e = *entry_at(cpu, lin, TLB_WRITE, mmu);

    if (e & TLB_IO)
        io_begin(cpu);
    else if (tells_of_code(cpu, e, lin))
        store_to_code(cpu, e, lin, val, len);
}

/* The same where the value is not known yet. */
static void store_prepare_any(struct cpu *cpu, uint32_t lin, unsigned len, enum tlb_mmu mmu)
{
    uint64_t e = *entry_at(cpu, lin, TLB_WRITE, mmu);

    if (e & TLB_IO)
        io_begin(cpu);
    else if (tells_of_code(cpu, e, lin))
        cpu->code_write(cpu, entry_ram(cpu, e, lin), len);
}

/* After a store to a page that others want to know of. */
static void stored_slowly(struct cpu *cpu, uint64_t *e, uint64_t ram, unsigned size)
{
    struct ram *r = cpu->tlb.ram;

    if (r->code[ram >> PAGE_SHIFT] & RAM_TABLE)
        tlb_table_written(&cpu->tlb, ram, size);
    if ((*e & TLB_CODE) && cpu->delivering)
        ram_touch(cpu->mem, ram, size);
    if (*e & TLB_CLEAN)
        r->dirty[ram >> PAGE_SHIFT] = DIRTY_ALL;
    *e &= ~TLB_CLEAN;
    if (!r->code[ram >> PAGE_SHIFT])
        *e &= ~TLB_CODE;
    if (!(*e & (TLB_CODE | TLB_WATCH)))
        *e &= ~TLB_SLOW;
}

/* The store itself, within a page. */
static void store_commit(struct cpu *cpu, uint32_t lin, uint64_t val, unsigned size,
                         enum tlb_mmu mmu)
{
    uint64_t *e = tlb_entry(&cpu->tlb, mmu, TLB_WRITE, lin >> PAGE_SHIFT);

    if (*e & TLB_WATCH)
        debug_data(cpu, lin, size, true);
    if (*e & TLB_IO) {
        phys_store(cpu->mem, entry_phys(*e, lin), val, size);
        return;
    }
    le_put(entry_host(*e, lin), val, size);
    if (!(*e & TLB_SLOW))
        return;
    stored_slowly(cpu, e, entry_ram(cpu, *e, lin), size);
}

static void store_split(struct cpu *cpu, uint32_t lin, uint64_t val, unsigned size,
                        enum tlb_mmu mmu)
{
    unsigned first = PAGE_SIZE - (lin & (PAGE_SIZE - 1));

    entry_at(cpu, lin, TLB_WRITE, mmu);
    entry_at(cpu, lin + first, TLB_WRITE, mmu);
    store_prepare(cpu, lin, val, first, mmu);
    store_prepare(cpu, lin + first, val >> first * 8, size - first, mmu);
    for (unsigned i = 0; i < size; i++)
        store_commit(cpu, lin + i, val >> i * 8, 1, mmu);
}

void cpu_store(struct cpu *cpu, uint64_t lin, uint64_t val, unsigned size, enum tlb_mmu mmu)
{
    uint8_t was = cpu->inside;

    check_alignment(cpu, (uint32_t)lin, size, mmu);
    if (crosses((uint32_t)lin, size)) {
        store_split(cpu, (uint32_t)lin, val, size, mmu);
    } else {
        store_prepare(cpu, (uint32_t)lin, val, size, mmu);
        store_commit(cpu, (uint32_t)lin, val, size, mmu);
    }
    cpu->inside = was;
}

void store_ready(struct cpu *cpu, uint64_t lin, unsigned size, enum tlb_mmu mmu)
{
    uint8_t was = cpu->inside;
    uint32_t at = (uint32_t)lin, first = PAGE_SIZE - (at & (PAGE_SIZE - 1));

    check_alignment(cpu, at, size, mmu);
    if (first > size)
        first = size;
    entry_at(cpu, at, TLB_WRITE, mmu);
    if (first < size)
        store_prepare_any(cpu, at + first, size - first, mmu);
    store_prepare_any(cpu, at, first, mmu);
    cpu->inside = was;
}

void cpu_probe(struct cpu *cpu, uint64_t lin, unsigned size, enum tlb_kind kind, enum tlb_mmu mmu)
{
    entry_at(cpu, (uint32_t)lin, kind, mmu);
    if (size && crosses((uint32_t)lin, size))
        entry_at(cpu, next_page((uint32_t)lin), kind, mmu);
}

uint8_t *cpu_host(struct cpu *cpu, uint64_t lin, unsigned n, enum tlb_kind kind, enum tlb_mmu mmu)
{
    if (crosses((uint32_t)lin, n))
        return NULL;
    uint64_t e = *entry_at(cpu, (uint32_t)lin, kind, mmu);
    /* Not in a window, which may change while the caller still goes there. */
    return e & TLB_SLOW ? NULL : cpu->tlb.ram->host + entry_ram(cpu, e, (uint32_t)lin);
}

uint64_t cpu_fetch(struct cpu *cpu, uint64_t lin, uint64_t *phys)
{
    uint32_t at = (uint32_t)lin;
    uint64_t *e = tlb_entry(&cpu->tlb, cpu->mmu, TLB_FETCH, at >> PAGE_SHIFT);

    if (*e == TLB_EMPTY)
        page_fill(cpu, at, TLB_FETCH, cpu->mmu);
    if (phys && *e == TLB_EMPTY && !cpu_translate_debug(cpu, at, phys))
        *phys = 0;
    return *e == TLB_EMPTY ? NO_RAM : *e >> 1 << PAGE_SHIFT | (at & (PAGE_SIZE - 1));
}

static void space_key(const struct cpu *cpu, uint64_t key[5])
{
    bool pae = (cpu->cr0 & CR0_PG) && (cpu->cr4 & CR4_PAE);

    key[0] = cpu->cr3;
    for (unsigned n = 0; n < 4; n++)
        key[n + 1] = pae ? cpu->pdpte[n] : 0;
}

void cpu_tlb_flush(struct cpu *cpu)
{
    uint64_t key[5];

    if (log_on(cpu->log, LOG_MMU))
        log_print(cpu->log, "flush\n");
    tlb_flush(&cpu->tlb, false);
    space_key(cpu, key);
    tlb_set_key(&cpu->tlb, key);
}

void cpu_tlb_switch(struct cpu *cpu)
{
    uint64_t key[5];

    if (log_on(cpu->log, LOG_MMU))
        log_print(cpu->log, "flush, global pages stay: cr3 %08x\n", (uint32_t)cpu->cr3);
    space_key(cpu, key);
    tlb_switch(&cpu->tlb, key, cpu_count(cpu));
    cpu->tlb_base = tlb_base(&cpu->tlb, cpu->mmu);
}

uint64_t helper_load_slow(struct cpu *cpu, uint64_t lin, uint64_t size)
{
    return cpu_load(cpu, lin, (unsigned)size, cpu->mmu);
}

uint64_t helper_store_slow(struct cpu *cpu, uint64_t lin, uint64_t val, uint64_t size)
{
    cpu_store(cpu, lin, val, (unsigned)size, cpu->mmu);
    return 0;
}
