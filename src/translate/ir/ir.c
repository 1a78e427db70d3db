/* ir.c - blocks of IR: constants, temporaries, and what operations read. */
#include <assert.h>
#include <string.h>
#include "translate/ir/ir.h"

const struct ir_op_info ir_op_info[IR_OP_COUNT] = {
#define IROP(name, form, attr) [IR_##name] = {#name, form, (attr)},
#include "translate/ir/ir_ops.def"
#undef IROP
};

void ir_block_init(struct ir_block *b)
{
    *b = (struct ir_block){0};
}

void ir_block_fini(struct ir_block *b)
{
    vec_fini(&b->code);
    vec_fini(&b->consts);
    vec_fini(&b->guest);
    vec_fini(&b->replays);
    vec_fini(&b->holes);
}

void ir_block_clear(struct ir_block *b)
{
    vec_clear(&b->code);
    vec_clear(&b->consts);
    vec_clear(&b->guest);
    vec_clear(&b->replays);
    vec_clear(&b->holes);
    memset(b->eips, 0, sizeof b->eips);
    b->placed = false;
    b->tmps = 0;
}

static ir_ref new_const(struct ir_block *b, uint64_t v)
{
    assert(b->consts.len < IR_MAX_TMP);
    vec_push(&b->consts, v);
    return (ir_ref)(IR_CONST | (b->consts.len - 1));
}

static ir_ref find_const(struct ir_block *b, uint64_t v, bool eip)
{
    for (size_t n = b->consts.len; n-- > 0;) {
        ir_ref r = (ir_ref)(IR_CONST | n);
        if (b->consts.at[n] == v && ir_is_eip(b, r) == eip)
            return r;
    }
    return new_const(b, v);
}

ir_ref ir_const(struct ir_block *b, uint64_t v)
{
    return find_const(b, v, false);
}

ir_ref ir_const_eip(struct ir_block *b, uint32_t eip)
{
    ir_ref r = find_const(b, eip, true);

    b->eips[(r & 0xfff) / 64] |= 1ull << (r & 63);
    return r;
}

ir_ref ir_new_tmp(struct ir_block *b)
{
    assert(b->tmps < IR_MAX_TMP);
    return (ir_ref)(IR_TMP | b->tmps++);
}

uint16_t cc_flags(unsigned cc)
{
    static const uint16_t flags[8] = {
        FLAG_O, FLAG_C, FLAG_Z,          FLAG_C | FLAG_Z,
        FLAG_S, FLAG_P, FLAG_S | FLAG_O, FLAG_S | FLAG_O | FLAG_Z,
    };
    return flags[cc >> 1];
}

bool ir_flags_maybe_(const struct ir_block *b, const struct ir_insn *i)
{
    ir_ref count = i->op == IR_shld || i->op == IR_shrd ? i->c : i->b;
    uint64_t mask = i->size == 8 ? 63 : 31;

    return !ir_is_const(count) || !(ir_const_value(b, count) & mask);
}

static uint16_t alu_reads(unsigned op)
{
    return op == IR_adc || op == IR_sbb || op == IR_rcl || op == IR_rcr || op == IR_cmc ? FLAG_C
                                                                                        : 0;
}

uint16_t ir_flags_read_(const struct ir_insn *i)
{
    switch (i->op) {
    case IR_setcc:
    case IR_cmov:
    case IR_jcc:
        return cc_flags(i->cc);
    case IR_rmw:
        return alu_reads(i->cc);
    case IR_lahf:
        return FLAGS_STATUS & ~FLAG_O;
    case IR_helper:
        return helpers[i->aux].effects & HE_RFLAGS ? FLAGS_STATUS : 0;
    default:
        return alu_reads(i->op);
    }
}
