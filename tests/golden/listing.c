/* listing.c - a block's code with Capstone, names in the place of addresses. */
#include <capstone/capstone.h>
#include <inttypes.h>
#include <string.h>
#include "golden.h"

enum { MAX_TARGETS = 1024, TEXT_SIZE = 256, POINTER_MOV = 10 };

struct part {
    cs_insn *insns;
    size_t count;
    char letter; /* of its labels */
};

struct lister {
    const struct bench *m;
    const struct block *b;
    FILE *out;
    csh capstone;
    struct part part[2];           /* what runs, and its stubs */
    uint64_t targets[MAX_TARGETS]; /* ascending */
    unsigned ntargets;
    bool good;
};

static const cs_x86 *detail(const cs_insn *i)
{
    return &i->detail->x86;
}

/* --- labels --- */

/* Where a jump or call goes, or a LEA that is relative to RIP leads. */
static bool target(const struct lister *l, const cs_insn *i, uint64_t *to)
{
    const cs_x86 *x = detail(i);

    for (unsigned n = 0; n < x->op_count; n++) {
        const cs_x86_op *o = &x->operands[n];
        if (o->type == X86_OP_MEM && o->mem.base == X86_REG_RIP) {
            *to = i->address + i->size + (uint64_t)o->mem.disp;
            return true;
        }
    }
    if (!cs_insn_group(l->capstone, i, X86_GRP_JUMP) &&
        !cs_insn_group(l->capstone, i, X86_GRP_CALL))
        return false;
    if (x->op_count != 1 || x->operands[0].type != X86_OP_IMM)
        return false;
    *to = (uint64_t)x->operands[0].imm;
    return true;
}

static const struct part *part_with(const struct lister *l, uint64_t at)
{
    for (unsigned k = 0; k < ARRAY_LEN(l->part); k++) {
        const struct part *p = &l->part[k];
        for (size_t n = 0; n < p->count; n++) {
            if (p->insns[n].address == at)
                return p;
        }
    }
    return NULL;
}

static void note_target(struct lister *l, uint64_t at)
{
    unsigned n = 0;

    while (n < l->ntargets && l->targets[n] < at)
        n++;
    if (l->ntargets == MAX_TARGETS || (n < l->ntargets && l->targets[n] == at))
        return;
    memmove(&l->targets[n + 1], &l->targets[n], (l->ntargets - n) * sizeof l->targets[0]);
    l->targets[n] = at;
    l->ntargets++;
}

static void find_targets(struct lister *l)
{
    const uint8_t *code = l->b->code;
    uint64_t to;

    for (unsigned k = 0; k < ARRAY_LEN(l->part); k++) {
        for (size_t n = 0; n < l->part[k].count; n++) {
            if (target(l, &l->part[k].insns[n], &to) && part_with(l, to))
                note_target(l, to);
        }
    }
    for (uint32_t n = 0; n < l->b->nsites; n++)
        note_target(l, (uintptr_t)code + l->b->sites[n].stub);
}

static bool label(const struct lister *l, uint64_t at, char name[NAME_SIZE])
{
    const struct part *p = part_with(l, at);
    unsigned number = 0;

    for (unsigned n = 0; n < l->ntargets; n++) {
        if (part_with(l, l->targets[n]) != p)
            continue;
        number++;
        if (l->targets[n] == at) {
            snprintf(name, NAME_SIZE, "%c%u", p ? p->letter : '?', number);
            return p != NULL;
        }
    }
    return false;
}

static void name_target(struct lister *l, uint64_t to, char name[NAME_SIZE])
{
    if (label(l, to, name) || name_code(l->m->engine, (const uint8_t *)(uintptr_t)to, name) ||
        name_pointer(l->m->engine, l->b, to, name))
        return;
    snprintf(name, NAME_SIZE, "UNNAMED");
    l->good = false;
}

/* --- operands --- */

static bool name_tlb(int64_t disp, char name[NAME_SIZE])
{
    static const char *const kinds[TLB_KINDS] = {"reads", "writes", "fetches"};
    int64_t off = disp - READ_OFF;

    if (off < 0 || off >= (int64_t)TLB_MMU_BYTES)
        return false;
    disp = off % (int64_t)TLB_TABLE_BYTES;
    snprintf(name, NAME_SIZE, disp ? "%s[%#" PRIx64 "]" : "%s",
             kinds[off / (int64_t)TLB_TABLE_BYTES], (uint64_t)disp / 8);
    return true;
}

static const char *reg(const struct lister *l, unsigned r)
{
    return cs_reg_name(l->capstone, r);
}

static bool put_memory(struct lister *l, const cs_insn *i, const cs_x86_op *o, char *text, size_t n)
{
    char name[NAME_SIZE];

    if (o->mem.base == X86_REG_RIP) {
        name_target(l, i->address + i->size + (uint64_t)o->mem.disp, name);
        snprintf(text, n, "[%s]", name);
        return true;
    }
    if (o->mem.base == X86_REG_R15 && name_field((uint32_t)o->mem.disp, name)) {
        snprintf(text, n, "[%s]", name);
        return true;
    }
    if (o->mem.base != X86_REG_R13 || !name_tlb(o->mem.disp, name))
        return false;
    if (o->mem.index == X86_REG_INVALID)
        snprintf(text, n, "[%s]", name);
    else
        snprintf(text, n, "[%s + %s*%d]", name, reg(l, o->mem.index), o->mem.scale);
    return true;
}

/* Operands as Capstone has them, but for one in brackets. */
static void put_operands(struct lister *l, const cs_insn *i, char text[TEXT_SIZE])
{
    const cs_x86 *x = detail(i);
    const char *open = strchr(i->op_str, '['), *close = strchr(i->op_str, ']');
    char memory[NAME_SIZE + 32];

    snprintf(text, TEXT_SIZE, "%s", i->op_str);
    for (unsigned n = 0; n < x->op_count && open && close; n++) {
        const cs_x86_op *o = &x->operands[n];
        if (o->type == X86_OP_MEM && put_memory(l, i, o, memory, sizeof memory)) {
            snprintf(text, TEXT_SIZE, "%.*s%s%s", (int)(open - i->op_str), i->op_str, memory,
                     close + 1);
            return;
        }
    }
}

/* Near something of this program's. */
static bool looks_like_address(const struct lister *l, uint64_t v)
{
    const void *near[] = {l, l->b, l->b->code, l->m->engine, l->m->ram.host, cpu_state, stdout};

    for (unsigned n = 0; n < ARRAY_LEN(near) && v >> 32; n++) {
        if ((v - (uintptr_t)near[n] + (1ull << 32)) >> 33 == 0)
            return true;
    }
    return false;
}

/* mov reg, imm with one of the engine's pointers, or one that has no name. */
static bool put_pointer(struct lister *l, const cs_insn *i, char text[TEXT_SIZE])
{
    const cs_x86 *x = detail(i);
    char name[NAME_SIZE];
    uint64_t v;

    if (x->op_count != 2 || x->operands[1].type != X86_OP_IMM)
        return false;
    v = (uint64_t)x->operands[1].imm;
    if (!name_pointer(l->m->engine, l->b, v, name)) {
        if (!looks_like_address(l, v))
            return false;
        l->good = false;
        snprintf(name, NAME_SIZE, "UNNAMED");
    }
    snprintf(text, TEXT_SIZE, "%s, %s", reg(l, x->operands[0].reg), name);
    return true;
}

static bool is_pointer(const struct lister *l, const cs_insn *i)
{
    char name[NAME_SIZE];
    const cs_x86 *x = detail(i);

    return x->op_count == 2 && x->operands[1].type == X86_OP_IMM &&
           name_pointer(l->m->engine, l->b, (uint64_t)x->operands[1].imm, name);
}

/* --- lines --- */

static const char *site_stub(struct lister *l, const cs_insn *i, char name[NAME_SIZE])
{
    uint64_t code = (uintptr_t)l->b->code;

    for (uint32_t n = 0; n < l->b->nsites; n++) {
        const struct block_site *s = &l->b->sites[n];
        if (i->address >= code + s->from && i->address < code + s->to &&
            label(l, code + s->stub, name))
            return name;
    }
    return NULL;
}

static void put_line(struct lister *l, const cs_insn *i)
{
    char text[TEXT_SIZE], name[NAME_SIZE], at[NAME_SIZE] = "", stub[NAME_SIZE];
    bool pointer = put_pointer(l, i, text);
    uint64_t to;

    if (label(l, i->address, at))
        strcat(at, ":");
    if (!pointer && target(l, i, &to) && detail(i)->operands[0].type == X86_OP_IMM) {
        name_target(l, to, name);
        snprintf(text, TEXT_SIZE, "%s", name);
    } else if (!pointer) {
        put_operands(l, i, text);
    }
    fprintf(l->out, *text ? "%-5s %-8s %s" : "%-5s %s", at, pointer ? "mov" : i->mnemonic, text);
    if (site_stub(l, i, stub))
        fprintf(l->out, "    ; or %s", stub);
    fputc('\n', l->out);
}

static unsigned bytes_of(const struct lister *l, const struct part *p)
{
    unsigned bytes = 0;

    for (size_t n = 0; n < p->count; n++)
        bytes += is_pointer(l, &p->insns[n]) ? POINTER_MOV : p->insns[n].size;
    return bytes;
}

static void put_guest(const struct lister *l, const struct sample *s)
{
    csh h;
    cs_insn *insns;
    size_t count;

    if (cs_open(CS_ARCH_X86, s->mode == REAL ? CS_MODE_16 : CS_MODE_32, &h) != CS_ERR_OK)
        return;
    count = cs_disasm(h, s->first, l->b->bytes, l->b->eip, l->b->n, &insns);
    for (size_t n = 0; n < count; n++)
        fprintf(l->out, "    %08" PRIx64 "  %-8s %s\n", insns[n].address, insns[n].mnemonic,
                insns[n].op_str);
    if (count)
        cs_free(insns, count);
    cs_close(&h);
}

static void put_parts(struct lister *l, const struct sample *s)
{
    const struct part *hot = &l->part[0], *cold = &l->part[1];

    fprintf(l->out, "== %s %s: %u guest; %zu host, %u bytes; stubs %zu, %u bytes\n", s->name,
            l->b->promoted ? "promoted" : "plain", l->b->n, hot->count, bytes_of(l, hot),
            cold->count, bytes_of(l, cold));
    if (!l->b->promoted)
        put_guest(l, s);
    for (size_t n = 0; n < hot->count; n++)
        put_line(l, &hot->insns[n]);
    fputs("--\n", l->out);
    for (size_t n = 0; n < cold->count; n++)
        put_line(l, &cold->insns[n]);
    fputc('\n', l->out);
}

bool listing(const struct bench *m, const struct sample *s, const struct block *b, FILE *out)
{
    struct lister l = {.m = m, .b = b, .out = out, .good = true};

    if (cs_open(CS_ARCH_X86, CS_MODE_64, &l.capstone) != CS_ERR_OK)
        return false;
    cs_option(l.capstone, CS_OPT_DETAIL, CS_OPT_ON);
    l.part[0].letter = 'L';
    l.part[1].letter = 'S';
    l.part[0].count =
        cs_disasm(l.capstone, b->code, b->code_len, (uintptr_t)b->code, 0, &l.part[0].insns);
    l.part[1].count =
        cs_disasm(l.capstone, b->cold, b->cold_len, (uintptr_t)b->cold, 0, &l.part[1].insns);
    find_targets(&l);
    put_parts(&l, s);
    for (unsigned k = 0; k < ARRAY_LEN(l.part); k++) {
        if (l.part[k].count)
            cs_free(l.part[k].insns, l.part[k].count);
    }
    cs_close(&l.capstone);
    return l.good;
}
