/* replay.c - status flags of an instruction in the middle of a block, made again from guest
 * registers. */
#include <assert.h>
#include "translate/backend/interp/alu.h"
#include "translate/cache.h"

static uint64_t operand(const struct cpu *cpu, const struct ir_replay *r, ir_ref ref)
{
    if (ir_is_const(ref))
        return r->value;
    return (cpu->gpr[ir_gpr(ref)] >> (ir_high(ref) ? 8 : 0)) & mask_bytes(r->size);
}

static struct alu again(const struct ir_replay *r, uint64_t a, uint64_t b)
{
    switch (r->op) {
    case IR_add:
        return alu_add(r->size, r->undo ? a - b : a, b, 0);
    case IR_sub:
        return alu_sub(r->size, r->undo ? a + b : a, b, 0);
    case IR_and:
        return alu_logic(r->size, r->undo ? a : a & b);
    case IR_or:
        return alu_logic(r->size, a | b);
    case IR_xor:
        return alu_logic(r->size, a ^ b);
    case IR_neg:
        return alu_sub(r->size, 0, r->undo ? 0 - a : a, 0);
    case IR_inc:
        return alu_inc(r->size, r->undo ? a - 1 : a);
    default:
        assert(r->op == IR_dec);
        return alu_dec(r->size, r->undo ? a + 1 : a);
    }
}

void replay_flags(struct cpu *cpu, const struct block *b, unsigned index)
{
    const struct ir_guest *g = &b->guest[index];

    for (unsigned n = 0; n < g->nreplays; n++) {
        const struct ir_replay *r = &b->replays[g->replay + n];
        uint64_t second = r->b == IR_NONE ? 0 : operand(cpu, r, r->b);
        uint32_t f = again(r, operand(cpu, r, r->a), second).flags;
        uint32_t old = (cpu->lahf & 0xd5u) | (uint32_t)cpu->of << 11;

        f = (old & ~(uint32_t)r->mask) | (f & r->mask);
        cpu->of = f >> 11 & 1;
        cpu->lahf = (uint8_t)((f & 0xd5) | 2);
    }
}
