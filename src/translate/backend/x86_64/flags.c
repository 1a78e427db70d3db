/* flags.c - where the status flags are: in the host's EFLAGS, in memory, or in both.
 *
 * Invariant between operations: every live flag is right in the host, or every live flag is right
 * in memory. Saving is LAHF and SETO into cpu->of and cpu->lahf in one store of two bytes; AL and
 * AH are put back from a copy.  Loading is ADD AL,7Fh (OF from a 0 or 1) and SAHF.  Neither MOV nor
 * LAHF nor SETO changes a flag. */
#include <assert.h>
#include "translate/backend/x86_64/jit.h"

_Static_assert(offsetof(struct cpu, lahf) == offsetof(struct cpu, of) + 1, "one store writes both");

/* EAX is kept in a free temp register, or in memory where there is none. */
static unsigned keep_eax(struct jit *j)
{
    unsigned reg;

    if (!j->free) {
        x_st_state(j, 8, RAX, offsetof(struct cpu, ret));
        return NOREG;
    }
    reg = TEMP_FIRST + (unsigned)__builtin_ctz(j->free);
    x_mov_rr(j, 8, reg, RAX);
    return reg;
}

static void back_eax(struct jit *j, unsigned reg)
{
    if (reg == NOREG)
        x_ld_state(j, 8, RAX, offsetof(struct cpu, ret));
    else
        x_mov_rr(j, 8, RAX, reg);
}

static void save(struct jit *j)
{
    unsigned reg = keep_eax(j);

    x8(j, 0x9f);
    x_rr(j, 1, 0x0f90, 0, RAX);
    x_st_state(j, 2, RAX, offsetof(struct cpu, of));
    back_eax(j, reg);
    j->state = j->host;
}

static void load(struct jit *j)
{
    unsigned reg = keep_eax(j);

    x_ld_state(j, 2, RAX, offsetof(struct cpu, of));
    x8(j, 0x04);
    x8(j, 0x7f);
    x8(j, 0x9e);
    back_eax(j, reg);
    j->host = j->state;
}

void flags_clobber(struct jit *j, uint16_t keep)
{
    if (keep & ~j->state)
        save(j);
    assert(!(keep & ~j->state));
    j->host = 0;
}

void flags_need_host(struct jit *j, uint16_t flags)
{
    if (!(flags & ~j->host))
        return;
    if (flags == FLAG_C && j->host == 0) {
        /* CF is bit 8 of the pair. */
        x_rm(j, 2, 0x0fba, 4, STATE_REG, NOREG, 0, offsetof(struct cpu, of));
        x8(j, 8);
        j->host = FLAG_C;
        return;
    }
    load(j);
    assert(!(flags & ~j->host));
}

void flags_need_state(struct jit *j)
{
    /* Dead flags are right nowhere: only what the host alone has is worth a save. */
    if (j->host & ~j->state)
        save(j);
}

void flags_defined(struct jit *j, const struct ir_insn *i, uint16_t architectural)
{
    j->host = (uint16_t)((j->host & i->fkeep) | i->fset);
    j->state &= (uint16_t)~architectural;
}

/* Conditions that one TEST of cpu->lahf or of answers: mask, or 0. */
static unsigned memory_mask(unsigned cc)
{
    static const uint8_t mask[8] = {0, 0x01, 0x40, 0x41, 0x80, 0x04, 0, 0};
    return mask[cc >> 1];
}

unsigned flags_condition(struct jit *j, unsigned cc)
{
    uint16_t need = cc_flags(cc);

    if (need & ~j->host && !j->host && (memory_mask(cc) || cc < 2)) {
        size_t off = cc < 2 ? offsetof(struct cpu, of) : offsetof(struct cpu, lahf);
        x_rm(j, 1, 0xf6, 0, STATE_REG, NOREG, 0, (int32_t)off);
        x8(j, cc < 2 ? 1 : memory_mask(cc));
        return cc & 1 ? 4 : 5;
    }
    flags_need_host(j, need);
    return cc;
}
