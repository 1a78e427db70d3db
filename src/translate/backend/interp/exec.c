/* exec.c - the threaded code itself: one function whose labels are the handlers.
 *
 * The handlers are laid out by macros: arithmetic from exec_alu.h, memory from exec_mem.h, calls
 * and ways out here.  p is the current record. */
#include "translate/backend/interp/exec_mem.h"

#define NEXT                                                                                       \
    do {                                                                                           \
        p++;                                                                                       \
        goto * p->go;                                                                              \
    } while (0)

/* Goes on at a head: takes the block's length from the budget, and on with the record behind it. */
#define ENTER(head)                                                                                \
    do {                                                                                           \
        p = (head);                                                                                \
        cpu->budget -= p->aux;                                                                     \
        if (__builtin_expect(cpu->budget < 0, 0))                                                  \
            goto give_back;                                                                        \
        NEXT;                                                                                      \
    } while (0)

#define H_JCC(cc, ...)                                                                             \
    L_jcc_##cc:                                                                                    \
    {                                                                                              \
        if (COND_##cc)                                                                             \
            ENTER(p->target);                                                                      \
        NEXT;                                                                                      \
    }

/* A comparison and the two exits behind it; the second stands in the next record. */
#define H_COMPARE(cc, size)                                                                        \
    L_cmp##size##_##cc:                                                                            \
    {                                                                                              \
        enum { s = size };                                                                         \
        uint64_t a = rd##size(p->a), b = rd##size(p->b);                                           \
        uint32_t f = alu_sub(s, a, b, 0).flags;                                                    \
        set_flags(cpu, f);                                                                         \
        if (CMP_##cc)                                                                              \
            ENTER(p->target);                                                                      \
        ENTER(p[1].target);                                                                        \
    }                                                                                              \
    L_test##size##_##cc:                                                                           \
    {                                                                                              \
        enum { s = size };                                                                         \
        uint64_t r = rd##size(p->a) & rd##size(p->b);                                              \
        uint32_t f = alu_logic(s, r).flags;                                                        \
        set_flags(cpu, f);                                                                         \
        if (TEST_##cc)                                                                             \
            ENTER(p->target);                                                                      \
        ENTER(p[1].target);                                                                        \
    }

#define H_JNZ(size, ...)                                                                           \
    L_jnz_##size:                                                                                  \
    {                                                                                              \
        if (rd##size(p->a))                                                                        \
            ENTER(p->target);                                                                      \
        NEXT;                                                                                      \
    }

static NOINLINE uint64_t call_helper(struct interp *d, const struct record *p)
{
    const struct helper *h = p->helper;
    uint64_t result = 0;

    d->cpu->host_pc = p;
    ffi_call(&d->cif[h->nargs], FFI_FN(h->fn), &result, (void **)(uintptr_t)p->a);
    return result;
}

/* The head of the block that the jump cache has for EIP; NULL if there is none that still holds. */
ALU_FN struct record *look_up(const struct interp *d, const uint8_t *tlb, uint32_t eip)
{
    const struct cpu *cpu = d->cpu;
    const struct jump_entry *j = &d->e->jump[jump_hash(eip)];
    uint32_t base = (uint32_t)cpu->seg[SEG_CS].base;

    if (j->eip != eip || j->mode != cpu->mode || j->cs_base != base ||
        j->cs_limit != cpu->seg[SEG_CS].limit ||
        j->page != (uint32_t)rd8(tlb + TLB_FETCH * TLB_TABLE_BYTES +
                                 (size_t)((base + eip) >> PAGE_SHIFT) * 8))
        return NULL;
    return j->code;
}

/* The page's fetch entry says that it is still mapped to RAM page `ram`. */
ALU_FN bool page_holds(const uint8_t *tlb, uint32_t page, uint64_t ram_off)
{
    return rd8(tlb + TLB_FETCH * TLB_TABLE_BYTES + (size_t)page * 8) == ram_off >> PAGE_SHIFT << 1;
}

/* Clang takes many minutes over so many indirect jumps under all sanitizers. */
#if defined(FUZZING) && defined(__clang__)
__attribute__((optnone, noinline, no_sanitize("coverage", "undefined")))
#endif
struct block_exit *
interp_run(struct interp *d, struct record *p, const void *const **labels)
{
    static const void *const table[HANDLER_COUNT] = {
#define HANDLER(name) &&L_##name,
#include "translate/backend/interp/handlers.def"
#undef HANDLER
    };
    struct cpu *cpu;
    const uint8_t *tlb;

    if (!d) {
        *labels = table;
        return NULL;
    }
    cpu = d->cpu;
    tlb = cpu->tlb_base;
    ENTER(p);

    ARITHMETIC_HANDLERS
    MEMORY_HANDLERS

L_stc:
    cpu->lahf |= FLAG_C;
    NEXT;
L_clc:
    cpu->lahf &= (uint8_t)~FLAG_C;
    NEXT;
L_cmc:
    cpu->lahf ^= FLAG_C;
    NEXT;
L_lahf:
    wr1(p->d, cpu->lahf);
    NEXT;
L_sahf:
    cpu->lahf = (uint8_t)((rd1(p->a) & 0xd5) | 2);
    NEXT;
L_helper_d:
    wr8(p->d, (uint32_t)call_helper(d, p));
    tlb = cpu->tlb_base;
    NEXT;
L_helper_q:
    wr8(p->d, call_helper(d, p));
    tlb = cpu->tlb_base;
    NEXT;

    EACH_CONDITION(H_JCC, )
    EACH_CONDITION(H_COMPARE, 1)
    EACH_CONDITION(H_COMPARE, 2)
    EACH_CONDITION(H_COMPARE, 4)
    EACH_SIZE(H_JNZ, )
L_jmp:
    ENTER(p->target);
L_jmpi:
    cpu->eip = rd4(p->a);
    p = look_up(d, tlb, (uint32_t)cpu->eip);
    if (!p)
        return NULL;
    ENTER(p);
L_leave:
    return NULL;
L_head:
    NEXT;
L_far:
    if (page_holds(tlb, p->aux, p->target->block->ram_off))
        ENTER(p->target);
    NEXT;
L_unlinked:
    cpu->eip = p->exit->eip;
    return p->exit;
L_page2:
    if (page_holds(tlb, p->aux, p->block->page2))
        NEXT;
    p--;
give_back:
    /* p is a head: its block does not run.  Stubs have no block and do run. */
    if (!p->block)
        NEXT;
    cpu->budget += p->aux;
    cpu->eip = p->block->eip;
    return NULL;
}
