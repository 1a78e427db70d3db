/* exec_mem.h - handlers of memory accesses, as macros that exec.c lays out, and their slow paths.
 *
 * The fast path is that of the code generators: one TLB entry decides, and the access goes ahead
 * (mem/tlb.h).  `tlb` is the base of the current privilege's tables. */
#ifndef TRANSLATE_BACKEND_INTERP_EXEC_MEM_H
#define TRANSLATE_BACKEND_INTERP_EXEC_MEM_H
#include "translate/backend/interp/exec_alu.h"

#define NOINLINE                __attribute__((noinline))

/* Guest memory is little-endian on any host. */
#define guest_rd(size, host)    le_get((const void *)(uintptr_t)(host), size)
#define guest_wr(size, host, v) le_put((void *)(uintptr_t)(host), v, size)

ALU_FN uint64_t tlb_read_entry(const uint8_t *tlb, uint32_t lin)
{
    return rd8(tlb + TLB_READ * TLB_TABLE_BYTES + (size_t)(lin >> PAGE_SHIFT) * 8);
}

ALU_FN uint64_t tlb_write_entry(const uint8_t *tlb, uint32_t lin)
{
    return rd8(tlb + TLB_WRITE * TLB_TABLE_BYTES + (size_t)(lin >> PAGE_SHIFT) * 8);
}

/* Entry and address say that the access may go ahead. */
ALU_FN bool tlb_fast(uint64_t entry, uint32_t lin, unsigned size)
{
    uint64_t low = size == 1 ? entry & 1 : (entry | lin) & (size - 1);
    return __builtin_expect(!low, 1);
}

static NOINLINE uint64_t slow_load(struct cpu *cpu, const struct record *p, uint32_t lin,
                                   unsigned size)
{
    cpu->host_pc = p;
    return cpu_load(cpu, lin, size, cpu->mmu);
}

/* Checked for writing before it is read. */
static NOINLINE uint64_t slow_loadw(struct cpu *cpu, const struct record *p, uint32_t lin,
                                    unsigned size)
{
    cpu->host_pc = p;
    return cpu_load_for_write(cpu, lin, size);
}

static NOINLINE void slow_store(struct cpu *cpu, const struct record *p, uint32_t lin, uint64_t v,
                                unsigned size)
{
    cpu->host_pc = p;
    cpu_store(cpu, lin, v, size, cpu->mmu);
}

static NOINLINE uint32_t slow_linear(struct cpu *cpu, const struct record *p, uint32_t off,
                                     unsigned size, bool write)
{
    cpu->host_pc = p;
    return (uint32_t)cpu_linear(cpu, p->seg, off, size, write);
}

/* The linear address of an offset in the record's segment, which is not known to be flat. */
ALU_FN uint32_t through_segment(struct cpu *cpu, const struct record *p, uint32_t off,
                                unsigned size, bool write)
{
    const struct segment *s = &cpu->seg[p->seg];

    if (__builtin_expect((uint64_t)off + size > (write ? s->write_end : s->read_end), 0))
        return slow_linear(cpu, p, off, size, write);
    return (uint32_t)s->base + off;
}

ALU_FN uint64_t do_load(struct cpu *cpu, const uint8_t *tlb, const struct record *p, uint32_t lin,
                        unsigned size)
{
    uint64_t entry = tlb_read_entry(tlb, lin);

    if (tlb_fast(entry, lin, size))
        return guest_rd(size, entry + lin);
    return slow_load(cpu, p, lin, size);
}

ALU_FN uint64_t do_loadw(struct cpu *cpu, const uint8_t *tlb, const struct record *p, uint32_t lin,
                         unsigned size)
{
    uint64_t entry = tlb_write_entry(tlb, lin);

    if (tlb_fast(entry, lin, size))
        return guest_rd(size, entry + lin);
    return slow_loadw(cpu, p, lin, size);
}

ALU_FN void do_store(struct cpu *cpu, const uint8_t *tlb, const struct record *p, uint32_t lin,
                     uint64_t v, unsigned size)
{
    uint64_t entry = tlb_write_entry(tlb, lin);

    if (tlb_fast(entry, lin, size))
        guest_wr(size, entry + lin, v);
    else
        slow_store(cpu, p, lin, v, size);
}

/* Offsets: base and displacement; with an index in b of a load, in d of a store. */
#define OFFSET      ((uint32_t)rd4(p->a) + p->aux)
#define OFFSET_X(q) ((uint32_t)rd4(p->a) + ((uint32_t)rd4(q) << p->k) + p->aux)

#define H_LOAD(f, ...)                                                                             \
    L_ld_##f:                                                                                      \
    {                                                                                              \
        WR_##f(p->d, do_load(cpu, tlb, p, OFFSET, SIZE_##f));                                      \
        NEXT;                                                                                      \
    }                                                                                              \
    L_ldX_##f:                                                                                     \
    {                                                                                              \
        WR_##f(p->d, do_load(cpu, tlb, p, OFFSET_X(p->b), SIZE_##f));                              \
        NEXT;                                                                                      \
    }                                                                                              \
    L_ldS_##f:                                                                                     \
    {                                                                                              \
        uint32_t lin = through_segment(cpu, p, OFFSET, SIZE_##f, false);                           \
        WR_##f(p->d, do_load(cpu, tlb, p, lin, SIZE_##f));                                         \
        NEXT;                                                                                      \
    }                                                                                              \
    L_ldw_##f:                                                                                     \
    {                                                                                              \
        uint32_t lin = OFFSET;                                                                     \
        if (p->seg != SEG_COUNT)                                                                   \
            lin = through_segment(cpu, p, lin, SIZE_##f, true);                                    \
        WR_##f(p->d, do_loadw(cpu, tlb, p, lin, SIZE_##f));                                        \
        NEXT;                                                                                      \
    }

#define H_STORE(size, ...)                                                                         \
    L_st_##size:                                                                                   \
    {                                                                                              \
        do_store(cpu, tlb, p, OFFSET, rd##size(p->b), size);                                       \
        NEXT;                                                                                      \
    }                                                                                              \
    L_stX_##size:                                                                                  \
    {                                                                                              \
        do_store(cpu, tlb, p, OFFSET_X(p->c), rd##size(p->b), size);                               \
        NEXT;                                                                                      \
    }                                                                                              \
    L_stS_##size:                                                                                  \
    {                                                                                              \
        uint32_t lin = through_segment(cpu, p, OFFSET, size, true);                                \
        do_store(cpu, tlb, p, lin, rd##size(p->b), size);                                          \
        NEXT;                                                                                      \
    }                                                                                              \
    L_push_##size:                                                                                 \
    {                                                                                              \
        uint32_t off = OFFSET;                                                                     \
        do_store(cpu, tlb, p, off, rd##size(p->b), size);                                          \
        wr8(p->d, off);                                                                            \
        NEXT;                                                                                      \
    }                                                                                              \
    L_stst_##size:                                                                                 \
    {                                                                                              \
        wr##size(p->d, rd##size(p->a));                                                            \
        NEXT;                                                                                      \
    }

/* Read, modify, write: destination and flags change after the store, which may still be refused.
 * `k` is the form of the destination. */
#define H_RMW(size, name, call, defines)                                                           \
    L_rmw_##name##_##size:                                                                         \
    {                                                                                              \
        RMW_BEGIN(size)                                                                            \
        x = call;                                                                                  \
        RMW_END(size)                                                                              \
        NEXT;                                                                                      \
    }                                                                                              \
    L_rmw_##name##F_##size:                                                                        \
    {                                                                                              \
        RMW_BEGIN(size)                                                                            \
        x = call;                                                                                  \
        RMW_END(size)                                                                              \
        set_flags_of(cpu, x.flags, defines);                                                       \
        NEXT;                                                                                      \
    }

#define H_RMW_PLAIN(size, name, value)                                                             \
    L_rmw_##name##_##size:                                                                         \
    {                                                                                              \
        RMW_BEGIN(size)                                                                            \
        x.r = value;                                                                               \
        RMW_END(size)                                                                              \
        NEXT;                                                                                      \
    }

#define RMW_BEGIN(size)                                                                            \
    enum { s = size };                                                                             \
    uint32_t lin = OFFSET;                                                                         \
    uint64_t a, b = rd##size(p->b), entry;                                                         \
    struct alu x;                                                                                  \
    if (p->seg != SEG_COUNT)                                                                       \
        lin = through_segment(cpu, p, lin, s, true);                                               \
    entry = tlb_write_entry(tlb, lin);                                                             \
    a = tlb_fast(entry, lin, s) ? guest_rd(s, entry + lin) : slow_loadw(cpu, p, lin, s);           \
    (void)b;

#define RMW_END(size)                                                                              \
    do_store(cpu, tlb, p, lin, x.r &mask_bytes(s), s);                                             \
    if (p->d)                                                                                      \
        write_form(p->d, p->k, a);

ALU_FN void write_form(void *q, unsigned form, uint64_t v)
{
    if (form == FORM_B)
        wr1(q, v);
    else if (form == FORM_W)
        wr2(q, v);
    else
        wr8(q, v);
}

#define MEMORY_HANDLERS                                                                            \
    EACH_FORM(H_LOAD, )                                                                            \
    EACH_SIZE(H_STORE, )                                                                           \
    EACH_SIZE(H_RMW, add, alu_add(s, a, b, 0), FLAGS_STATUS)                                       \
    EACH_SIZE(H_RMW, or, alu_logic(s, a | b), FLAGS_STATUS)                                        \
    EACH_SIZE(H_RMW, adc, alu_add(s, a, b, CARRY), FLAGS_STATUS)                                   \
    EACH_SIZE(H_RMW, sbb, alu_sub(s, a, b, CARRY), FLAGS_STATUS)                                   \
    EACH_SIZE(H_RMW, and, alu_logic(s, a &b), FLAGS_STATUS)                                        \
    EACH_SIZE(H_RMW, sub, alu_sub(s, a, b, 0), FLAGS_STATUS)                                       \
    EACH_SIZE(H_RMW, xor, alu_logic(s, a ^ b), FLAGS_STATUS)                                       \
    EACH_SIZE(H_RMW, inc, alu_inc(s, a), ALL_BUT_CARRY)                                            \
    EACH_SIZE(H_RMW, dec, alu_dec(s, a), ALL_BUT_CARRY)                                            \
    EACH_SIZE(H_RMW, neg, alu_sub(s, 0, a, 0), FLAGS_STATUS)                                       \
    EACH_SIZE(H_RMW_PLAIN, not, ~a)                                                                \
    EACH_SIZE(H_RMW_PLAIN, mov, b)

#endif
