/* rows.c - lists the rows of opcodes.def and how the lifter takes each: for scripts/coverage.
 *
 * A line for each row, fields between tabs: name, modes (all, not64, only64), mnemonic, and
 * "lifted".  The last is found by lifting the row's own bytes, with memory and register operands,
 * in 16 and 32 bits, in ring 0: "IR" where no helper is called, the helpers' names where some are,
 * both where it depends on the form, "-" where nothing but #UD comes of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/bits.h"
#include "cpu/internal.h"
#include "translate/decode/opcode_table.h"
#include "translate/lift/lift.h"

enum { FLAT32 = MODE_CS32 | MODE_SS32 | MODE_PE | 0x3f << MODE_FLAT_SHIFT };

struct lister {
    struct cpu cpu;
    struct ir_block block;
    uint8_t code[24];
    bool in_ir, called[HELPER_COUNT];
};

static unsigned code_bytes(void *opaque, uint32_t eip, bool first, bool more, uint8_t buf[15])
{
    struct lister *l = opaque;

    (void)eip, (void)first, (void)more;
    memcpy(buf, l->code, 15);
    return 15;
}

static bool never_io(void *opaque, uint32_t eip)
{
    (void)opaque, (void)eip;
    return false;
}

/* Bytes of the row's first opcode with this mod, under a prefix 66 or none. */
static void make(struct lister *l, const struct opcode_row *row, unsigned mod, bool wide)
{
    unsigned n = 0;

    memset(l->code, 0, sizeof l->code);
    if (wide)
        l->code[n++] = 0x66;
    if (row->prefix)
        l->code[n++] = row->prefix;
    if (row->map >= MAP_0F && row->map <= MAP_3A)
        l->code[n++] = 0x0f;
    if (row->map == MAP_38 || row->map == MAP_3A)
        l->code[n++] = row->map == MAP_38 ? 0x38 : 0x3a;
    l->code[n++] = row->opcode;
    l->code[n] = (uint8_t)(mod << 6 | (row->group < 0 ? 0 : row->group << 3) | 3);
    if (row->modrm)
        l->code[n] = row->modrm;
}

static bool undefined(const struct ir_block *b, const struct ir_insn *i)
{
    return i->aux == HELPER_raise && ir_const_value(b, i->a) == EXC_UD;
}

static void lift(struct lister *l, unsigned id, unsigned mod, bool wide)
{
    const struct lift_source source = {l, code_bytes, never_io};
    bool helper = false;
    struct insn in;

    make(l, &opcode_rows[id], mod, wide);
    decode(&in, l->code, 15, 32, true);
    if (in.row != id)
        return;
    lift_block(&l->block, &l->cpu, &source, 1);
    for (size_t k = 0; k < l->block.code.len; k++) {
        const struct ir_insn *i = &l->block.code.at[k];

        if (i->op != IR_helper)
            continue;
        helper = true;
        if (!undefined(&l->block, i))
            l->called[i->aux] = true;
    }
    l->in_ir |= !helper;
}

static void print_row(struct lister *l, unsigned id)
{
    const struct opcode_row *row = &opcode_rows[id];
    char name[ROW_NAME_SIZE];
    const char *comma = "";

    l->in_ir = false;
    memset(l->called, 0, sizeof l->called);
    for (unsigned k = 0; k < 4; k++)
        lift(l, id, k & 1 ? 3 : 0, k >> 1);
    opcode_row_name(id, name, sizeof name);
    printf("%s\t%s\t%s\t", name,
           row->attr & OPA_ONLY64  ? "only64"
           : row->attr & OPA_NOT64 ? "not64"
                                   : "all",
           insn_names[row->op]);
    if (l->in_ir)
        printf("IR"), comma = ", ";
    for (unsigned h = 0; h < HELPER_COUNT; h++) {
        if (l->called[h])
            printf("%s%s", comma, helpers[h].name), comma = ", ";
    }
    printf("%s\n", *comma ? "" : "-");
}

int main(void)
{
    static struct lister l;

    ir_block_init(&l.block);
    l.cpu.model = cpu_model_find("max");
    l.cpu.mode = FLAT32;
    for (unsigned id = 0; id < opcode_row_count; id++)
        print_row(&l, id);
    ir_block_fini(&l.block);
    return 0;
}
