/* debug.c - debug registers, breakpoints and single step (SDM vol. 3B, chapter 17). */
#include "cpu/internal.h"

enum { DR6_BD = 1 << 13, DR6_BS = 1 << 14, DR7_GD = 1 << 13 };
enum bp_kind { BP_EXEC, BP_WRITE, BP_IO, BP_ACCESS };

static bool bp_enabled(const struct cpu *cpu, unsigned i)
{
    return cpu->dr[7] >> i * 2 & 3;
}

static enum bp_kind bp_kind(const struct cpu *cpu, unsigned i)
{
    return cpu->dr[7] >> (16 + i * 4) & 3;
}

static unsigned bp_len(const struct cpu *cpu, unsigned i)
{
    static const uint8_t len[] = {1, 2, 8, 4};

    return len[cpu->dr[7] >> (18 + i * 4) & 3];
}

/* First address that breakpoint i covers: its low bits are ignored. */
static uint32_t bp_first(const struct cpu *cpu, unsigned i)
{
    return (uint32_t)cpu->dr[i] & ~(bp_len(cpu, i) - 1);
}

static bool bp_hit(const struct cpu *cpu, unsigned i, uint32_t at, unsigned size)
{
    uint32_t first = bp_first(cpu, i);

    return at - first < bp_len(cpu, i) || first - at < size;
}

bool debug_watched(const struct cpu *cpu, uint32_t page)
{
    for (unsigned i = 0; i < 4; i++) {
        enum bp_kind kind = bp_kind(cpu, i);
        if (bp_enabled(cpu, i) && (kind == BP_WRITE || kind == BP_ACCESS) &&
            bp_first(cpu, i) >> PAGE_SHIFT == page)
            return true;
    }
    return false;
}

void debug_pend(struct cpu *cpu, uint64_t causes)
{
    cpu->dr6_pending |= causes;
    cpu->db_pending = true;
    cpu_kick(cpu);
}

void debug_begin(struct cpu *cpu)
{
    cpu->db_before = cpu->db_pending;
    cpu->dr6_before = cpu->dr6_pending;
}

/* A fault ends the instruction: what its accesses met is not reported, since it will be met again.
 */
void debug_drop(struct cpu *cpu)
{
    if (cpu->delivering || !(cpu->mode & MODE_STEP))
        return;
    cpu->db_pending = cpu->db_before;
    cpu->dr6_pending = cpu->dr6_before;
}

void debug_data(struct cpu *cpu, uint32_t lin, unsigned size, bool write)
{
    for (unsigned i = 0; i < 4; i++) {
        enum bp_kind kind = bp_kind(cpu, i);
        if (bp_enabled(cpu, i) && (kind == BP_ACCESS || (kind == BP_WRITE && write)) &&
            bp_hit(cpu, i, lin, size))
            debug_pend(cpu, BIT(i));
    }
}

void debug_io(struct cpu *cpu, uint16_t port, unsigned size)
{
    if (!(cpu->dr[7] & 0xff) || !(cpu->cr4 & CR4_DE))
        return;
    for (unsigned i = 0; i < 4; i++) {
        if (bp_enabled(cpu, i) && bp_kind(cpu, i) == BP_IO && bp_hit(cpu, i, port, size))
            debug_pend(cpu, BIT(i));
    }
}

/* Breakpoints on the instruction at EIP, as bits of DR6. */
static uint64_t exec_hits(const struct cpu *cpu)
{
    uint32_t lin = (uint32_t)(cpu->seg[SEG_CS].base + cpu->eip);
    uint64_t hits = 0;

    for (unsigned i = 0; i < 4; i++) {
        if (bp_enabled(cpu, i) && bp_kind(cpu, i) == BP_EXEC && (uint32_t)cpu->dr[i] == lin)
            hits |= BIT(i);
    }
    return hits;
}

bool cpu_debug_before(struct cpu *cpu, bool *trap)
{
    bool held = cpu_count(cpu) == cpu->rf_count || cpu_ss_shadow(cpu);
    uint64_t hits = held ? 0 : exec_hits(cpu);

    debug_begin(cpu);
    *trap = cpu->eflags & EF_TF;
    if (!hits)
        return false;
    cpu->dr[6] |= hits;
    cpu->fault.vector = EXC_DB;
    cpu->fault.has_error = cpu->fault.software = false;
    cpu->fault.keep_rf = true;
    cpu->fault.error = 0;
    cpu_deliver(cpu);
    return true;
}

void cpu_debug_after(struct cpu *cpu, bool trap)
{
    if (trap && cpu_count(cpu) != cpu->nodb_count)
        debug_pend(cpu, DR6_BS);
}

/* --- MOV to and from debug registers --- */

/* DR4 and DR5 are DR6 and DR7 unless CR4.DE; DR7.GD makes any access a #DB. */
static unsigned dr_index(struct cpu *cpu, uint64_t n)
{
    if ((n == 4 || n == 5) && (cpu->cr4 & CR4_DE))
        cpu_raise(cpu, EXC_UD);
    need_cpl0(cpu);
    if (cpu->dr[7] & DR7_GD) {
        cpu->dr[6] |= DR6_BD;
        cpu_raise(cpu, EXC_DB);
    }
    return n == 4 || n == 5 ? (unsigned)n + 2 : (unsigned)n & 7;
}

uint64_t helper_read_dr(struct cpu *cpu, uint64_t n)
{
    return cpu->dr[dr_index(cpu, n)];
}

uint64_t helper_write_dr(struct cpu *cpu, uint64_t n, uint64_t val)
{
    unsigned i = dr_index(cpu, n);
    uint64_t enabled = cpu->dr[7];

    if (i == 6)
        val = (val & 0xe00f) | 0xffff0ff0;
    else if (i == 7)
        val = (val & 0xffff23ff) | 0x400;
    cpu->dr[i] = (uint32_t)val;
    /* Entries of watched pages carry a mark, so they are made anew. */
    if (i != 6 && ((enabled | cpu->dr[7]) & 0xff))
        cpu_tlb_flush(cpu);
    cpu_update_mode(cpu);
    return 0;
}
