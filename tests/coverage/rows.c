/* rows.c - lists the rows of opcodes.def and how the translator takes each: for scripts/coverage.
 *
 * A line for each row, fields between tabs: name, modes (all, not64, only64), mnemonic, and
 * "lifted".  The last is found by translating the row's own bytes, with memory and register
 * operands, in 16 and 32 bits, in ring 0: "IR" where the lifter calls no helper; "in line" where
 * it does, and the code generator has host code for it instead of a call; the helpers' names where
 * there is a call; "-" where nothing but #UD comes of it.  Status 77 where there is no JIT. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/bits.h"
#include "base/err.h"
#include "cpu/internal.h"
#include "translate/cache.h"
#include "translate/decode/opcode_table.h"
#include "translate/lift/lift.h"
#include "translate/translate.h"

enum { RAM_SIZE = 1 << 20, CODE_AT = 0x1000 };

struct lister {
    struct ram ram;
    struct physmem mem;
    struct region region;
    struct clock clock;
    struct cpu cpu;
    struct engine *engine;
    uint8_t *code;
    bool in_ir, in_line, called[HELPER_COUNT];
};

/* Flat protected mode of 32 bits, in ring 0, with x87 and SSE ready and their exceptions masked. */
static void set_state(struct cpu *cpu)
{
    uint32_t flat = SEGA_P | SEGA_S | SEGA_A | SEGA_RW | SEGA_DB | SEGA_G;

    cpu_reset(cpu);
    for (unsigned s = 0; s < SEG_COUNT; s++)
        cpu->seg[s] = (struct segment){
            .limit = 0xffffffff, .attr = flat | (s == SEG_CS ? SEGA_CODE : 0), .sel = 8};
    cpu->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE;
    cpu->cr4 = CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE;
    cpu->fpu.cw = 0x37f;
    cpu->eip = CODE_AT;
    cpu_post_load(cpu);
}

static bool start(struct lister *l, struct err *e)
{
    const struct engine_config config = {.name = "jit", .cache_bytes = 4 << 20};

    if (!ram_init(&l->ram, RAM_SIZE, e))
        return false;
    physmem_init(&l->mem, &l->ram);
    region_init_ram(&l->region, "ram", 0, RAM_SIZE, 0, ram_alloc(&l->ram, RAM_SIZE));
    physmem_add(&l->mem, &l->region);
    clock_init(&l->clock);
    if (!cpu_init(&l->cpu, "max", &l->mem, &l->clock, NULL, e))
        return false;
    l->code = l->ram.host + CODE_AT;
    l->engine = engine_new(&l->cpu, &config, e);
    return l->engine != NULL;
}

/* Bytes of the row's first opcode with this mod, under a prefix 66 or none. */
static void make(struct lister *l, const struct opcode_row *row, unsigned mod, bool wide)
{
    unsigned n = 0;

    memset(l->code, 0, 32);
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

static void translate(struct lister *l, unsigned id, unsigned mod, bool wide)
{
    uint64_t calls = engine_get_stats(l->engine)->helper_calls;
    const struct ir_block *b = &l->engine->ir;
    bool helper = false, call;
    struct insn in;

    make(l, &opcode_rows[id], mod, wide);
    decode(&in, l->code, 15, 32, true);
    if (in.row != id)
        return;
    engine_flush(l->engine);
    set_state(&l->cpu);
    block_find(l->engine, true);
    call = engine_get_stats(l->engine)->helper_calls != calls;
    for (size_t k = 0; k < b->code.len; k++) {
        const struct ir_insn *i = &b->code.at[k];

        if (i->op != IR_helper)
            continue;
        helper = true;
        if (call && !undefined(b, i))
            l->called[i->aux] = true;
    }
    l->in_ir |= !helper;
    l->in_line |= helper && !call;
}

static void print_row(struct lister *l, unsigned id)
{
    const struct opcode_row *row = &opcode_rows[id];
    char name[ROW_NAME_SIZE];
    const char *comma = "";

    l->in_ir = l->in_line = false;
    memset(l->called, 0, sizeof l->called);
    for (unsigned k = 0; k < 4; k++)
        translate(l, id, k & 1 ? 3 : 0, k >> 1);
    opcode_row_name(id, name, sizeof name);
    printf("%s\t%s\t%s\t", name,
           row->attr & OPA_ONLY64  ? "only64"
           : row->attr & OPA_NOT64 ? "not64"
                                   : "all",
           insn_names[row->op]);
    if (l->in_ir)
        printf("IR"), comma = ", ";
    if (l->in_line)
        printf("%sin line", comma), comma = ", ";
    for (unsigned h = 0; h < HELPER_COUNT; h++) {
        if (l->called[h])
            printf("%s%s", comma, helpers[h].name), comma = ", ";
    }
    printf("%s\n", *comma ? "" : "-");
}

int main(void)
{
    static struct lister l;
    struct err e = {""};

    if (!start(&l, &e)) {
        printf("SKIP: %s\n", e.msg);
        return 77;
    }
    for (unsigned id = 0; id < opcode_row_count; id++)
        print_row(&l, id);
    engine_free(l.engine);
    return 0;
}
