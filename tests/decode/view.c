/* view.c - struct insn and Capstone's cs_insn brought to one form, so that they can be compared. */
#include <string.h>
#include "base/bits.h"
#include "check.h"

static const char *const gpr32[8] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
static const char *const gpr16[8] = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
static const char *const gpr8[8] = {"al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"};
static const char *const sreg[6] = {"es", "cs", "ss", "ds", "fs", "gs"};
static const char *const st[8] = {"st(0)", "st(1)", "st(2)", "st(3)",
                                  "st(4)", "st(5)", "st(6)", "st(7)"};
static const char *const mm[8] = {"mm0", "mm1", "mm2", "mm3", "mm4", "mm5", "mm6", "mm7"};
static const char *const xmm[8] = {"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7"};
static const char *const cr[8] = {"cr0", "cr1", "cr2", "cr3", "cr4", "cr5", "cr6", "cr7"};
static const char *const dr[8] = {"dr0", "dr1", "dr2", "dr3", "dr4", "dr5", "dr6", "dr7"};

/* Capstone's names where they are not ours, and the operand size (JCXZ: address size) that they
 * tell. */
static const struct alias {
    const char *theirs, *ours;
    unsigned width;
} aliases[] = {{"cbw", "cbw", 2},
               {"cwde", "cbw", 4},
               {"cwd", "cwd", 2},
               {"cdq", "cwd", 4},
               {"pushaw", "pusha", 2},
               {"pushal", "pusha", 4},
               {"popaw", "popa", 2},
               {"popal", "popa", 4},
               {"pushf", "pushf", 2},
               {"pushfd", "pushf", 4},
               {"popf", "popf", 2},
               {"popfd", "popf", 4},
               {"iret", "iret", 2},
               {"iretd", "iret", 4},
               {"jcxz", "jcxz", 2},
               {"jecxz", "jcxz", 4},
               {"movsb", "movs", 1},
               {"movsw", "movs", 2},
               {"movsd", "movs", 4},
               {"cmpsb", "cmps", 1},
               {"cmpsw", "cmps", 2},
               {"cmpsd", "cmps", 4},
               {"stosb", "stos", 1},
               {"stosw", "stos", 2},
               {"stosd", "stos", 4},
               {"lodsb", "lods", 1},
               {"lodsw", "lods", 2},
               {"lodsd", "lods", 4},
               {"scasb", "scas", 1},
               {"scasw", "scas", 2},
               {"scasd", "scas", 4},
               {"insb", "ins", 1},
               {"insw", "ins", 2},
               {"insd", "ins", 4},
               {"outsb", "outs", 1},
               {"outsw", "outs", 2},
               {"outsd", "outs", 4},
               {"lcall", "callf", 0},
               {"ljmp", "jmpf", 0},
               {"int1", "icebp", 0},
               {"xlatb", "xlat", 0},
               {"sal", "shl", 0},
               {"wait", "fwait", 0},
               {"fcompi", "fcomip", 0},
               {"fucompi", "fucomip", 0},
               {"movabs", "mov", 0},
               {"prefetchnta", "prefetch", 0},
               {"prefetcht0", "prefetch", 0},
               {"prefetcht1", "prefetch", 0},
               {"prefetcht2", "prefetch", 0},
               {"prefetchw", "prefetch", 0},
               {"prefetchwt1", "prefetch", 0},
               {"ud2", "ud", 0},
               {"ud2b", "ud", 0},
               {"ud0", "ud", 0},
               {"ud1", "ud", 0},
               {"fstpnce", "fstp", 0},
               {"fdisi8087_nop", "fnop", 0},
               {"feni8087_nop", "fnop", 0},
               {"fsetpm", "fnop", 0}};

static const char *const conditions[16] = {"o", "no", "b", "ae", "e", "ne", "be", "a",
                                           "s", "ns", "p", "np", "l", "ge", "le", "g"};

static uint64_t cut(uint64_t v, unsigned bytes)
{
    return v & mask_bytes(bytes ? bytes : 8);
}

static const char *address_register(unsigned reg, unsigned addrsize)
{
    if (reg == REG_NONE)
        return "";
    return addrsize == 2 ? gpr16[reg & 7] : gpr32[reg & 7];
}

static struct view_operand register_operand(const char *name, unsigned size)
{
    return (struct view_operand){.kind = 'r', .reg = name, .index = "", .seg = "", .size = size};
}

static struct view_operand number_operand(uint64_t number, unsigned size)
{
    return (struct view_operand){
        .kind = 'i', .reg = "", .index = "", .seg = "", .number = number, .size = size};
}

static struct view_operand memory_operand(const struct insn *in, const struct operand *o)
{
    const struct mem_operand *m = &in->mem;
    struct view_operand v = {.kind = 'm', .reg = "", .index = "", .scale = 1, .size = o->size};

    v.seg = sreg[m->seg];
    if (o->kind == OPD_MOFFS) {
        v.number = cut((uint64_t)o->imm, in->addrsize);
        return v;
    }
    v.reg = address_register(m->base, in->addrsize);
    v.index = address_register(m->index, in->addrsize);
    v.scale = *v.index ? 1u << m->scale : 1;
    v.number = cut((uint64_t)(int64_t)m->disp, in->addrsize);
    return v;
}

static const char *general_register(const struct operand *o)
{
    switch (o->size) {
    case 1:
        return gpr8[o->reg + (o->high ? 4 : 0)];
    case 2:
        return gpr16[o->reg];
    default:
        return gpr32[o->reg];
    }
}

static struct view_operand view_of_operand(const struct insn *in, const struct operand *o)
{
    uint64_t next = CODE_ADDRESS + in->len;

    switch (o->kind) {
    case OPD_REG:
        return register_operand(general_register(o), o->size);
    case OPD_SEG:
        return register_operand(sreg[o->reg], 0);
    case OPD_ST:
        return register_operand(st[o->reg], 0);
    case OPD_MM:
        return register_operand(mm[o->reg], 8);
    case OPD_XMM:
        return register_operand(xmm[o->reg], 16);
    case OPD_CR:
        return register_operand(cr[o->reg], 0);
    case OPD_DR:
        return register_operand(dr[o->reg], 0);
    case OPD_REL:
        return number_operand(cut(next + (uint64_t)o->imm, in->opsize), 0);
    case OPD_ONE:
        return number_operand(1, 1);
    case OPD_IMM:
        return number_operand(cut((uint64_t)o->imm, o->size), o->size);
    default:
        return memory_operand(in, o);
    }
}

void view_of_insn(struct view *v, const struct insn *in)
{
    *v = (struct view){.valid = in->op != INSN_bad && in->op != INSN_toolong && in->op != INSN_ud};
    if (!v->valid)
        return;
    v->len = in->len;
    v->name = insn_names[in->op];
    v->cc = in->cc;
    v->width = in->op == INSN_jcxz ? in->addrsize : in->opsize;
    for (unsigned i = 0; i < in->nops; i++) {
        const struct operand *o = &in->ops[i];
        if (o->kind == OPD_FAR) {
            v->ops[v->nops++] = number_operand(o->sel, 2);
            v->ops[v->nops++] = number_operand(cut((uint64_t)o->imm, o->size - 2u), o->size - 2u);
        } else {
            v->ops[v->nops++] = view_of_operand(in, o);
        }
    }
}

static int condition_number(const char *text)
{
    for (int i = 0; i < 16; i++)
        if (strcmp(text, conditions[i]) == 0)
            return i;
    return -1;
}

/* "jae" is jcc with cc 3; fcmovcc numbers its conditions from 0 to 7. */
static bool condition_name(struct view *v, const char *name, const char *stem, const char *family)
{
    static const char *const fcmov[8] = {"b", "e", "be", "u", "nb", "ne", "nbe", "nu"};
    size_t n = strlen(stem);
    int cc = strncmp(name, stem, n) == 0 ? condition_number(name + n) : -1;

    if (strcmp(stem, "fcmov") == 0 && strncmp(name, stem, n) == 0) {
        cc = -1;
        for (int i = 0; i < 8; i++)
            if (strcmp(name + n, fcmov[i]) == 0)
                cc = i;
    }
    if (cc < 0)
        return false;
    v->cc = (unsigned)cc;
    v->name = family;
    return true;
}

/* "cmpltps xmm, xmm" is cmpps with the immediate 1. */
static void compare_predicate(struct view *v, const char *name)
{
    static const char *const predicates[8] = {"eq",  "lt",  "le",  "unord",
                                              "neq", "nlt", "nle", "ord"};
    static const char *const names[4] = {"cmpps", "cmppd", "cmpss", "cmpsd"};
    size_t n = strlen(name);

    for (unsigned i = 0; i < 8; i++) {
        size_t m = strlen(predicates[i]);
        if (n != m + 5 || strncmp(name + 3, predicates[i], m) != 0)
            continue;
        for (unsigned j = 0; j < 4; j++)
            if (strcmp(name + n - 2, names[j] + 3) == 0)
                v->name = names[j];
        v->ops[v->nops++] = number_operand(i, 1);
        return;
    }
}

static void capstone_name(struct view *v, const char *name, const struct pair *p)
{
    if (condition_name(v, name, "fcmov", "fcmovcc") || condition_name(v, name, "j", "jcc") ||
        condition_name(v, name, "set", "setcc") || condition_name(v, name, "cmov", "cmovcc"))
        return;
    v->name = name;
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
        /* MOVSD and CMPSD of SSE2 are in another map. */
        if (strcmp(name, aliases[i].theirs) != 0 || (p->s.map && strcmp(name + 4, "d") == 0))
            continue;
        v->name = aliases[i].ours;
        v->width = aliases[i].width;
    }
    if (p->s.map == 0 && (p->s.opcode == 0x8c || p->s.opcode == 0x8e))
        v->name = "mov_sreg";
    if (p->s.map == 1 && (p->s.opcode & 0xfc) == 0x20)
        v->name = p->s.opcode & 1 ? "mov_dr" : "mov_cr";
}

static const char *register_name(csh handle, unsigned reg)
{
    return reg == X86_REG_INVALID ? "" : cs_reg_name(handle, reg);
}

static struct view_operand view_of_cs_memory(csh handle, const cs_x86_op *o, unsigned addrsize)
{
    struct view_operand v = {.kind = 'm', .size = o->size};

    v.reg = register_name(handle, o->mem.base);
    v.index = register_name(handle, o->mem.index);
    v.scale = *v.index ? (unsigned)o->mem.scale : 1;
    v.number = cut((uint64_t)o->mem.disp, addrsize);
    v.seg = register_name(handle, o->mem.segment);
    if (!*v.seg) {
        bool stack =
            strcmp(v.reg, "bp") == 0 || strcmp(v.reg, "ebp") == 0 || strcmp(v.reg, "esp") == 0;
        v.seg = stack ? "ss" : "ds";
    }
    return v;
}

void view_of_capstone(csh handle, struct view *v, const struct pair *p)
{
    *v = (struct view){.valid = p->cs != NULL};
    if (!p->cs)
        return;
    v->len = p->cs->size;
    capstone_name(v, cs_insn_name(handle, p->cs->id), p);
    for (unsigned i = 0; i < p->cs->detail->x86.op_count; i++) {
        const cs_x86_op *o = &p->cs->detail->x86.operands[i];
        struct view_operand *out = &v->ops[v->nops++];
        if (o->type == X86_OP_REG)
            *out = register_operand(register_name(handle, o->reg), o->size);
        else if (o->type == X86_OP_IMM)
            *out = number_operand((uint64_t)o->imm, o->size);
        else
            *out = view_of_cs_memory(handle, o, p->in->addrsize);
    }
    if (p->s.map == 1 && p->s.opcode == 0xc2)
        compare_predicate(v, cs_insn_name(handle, p->cs->id));
}

static bool map_byte(const uint8_t **b, unsigned *map)
{
    if (**b != 0x0f)
        return false;
    *map = 1;
    ++*b;
    if (**b == 0x38 || **b == 0x3a)
        *map = *(*b)++ == 0x38 ? 2 : 3;
    return true;
}

struct shape shape_of(const uint8_t *bytes)
{
    struct shape s = {0};
    const uint8_t *b = bytes;

    for (; s.prefixes < STRING_BYTES - 4; s.prefixes++, b++) {
        if (*b == 0xf0)
            s.lock = true;
        else if (*b == 0xf2 || *b == 0xf3)
            s.rep = *b;
        else if (*b == 0x66)
            s.p66 = true;
        else if (*b == 0x67)
            s.p67 = true;
        else if ((*b & 0xe7) == 0x26 || (*b & 0xfe) == 0x64)
            s.seg = true;
        else
            break;
    }
    s.last = s.prefixes ? b[-1] : 0;
    map_byte(&b, &s.map);
    s.opcode = b[0];
    s.modrm = b[1];
    s.mod = s.modrm >> 6;
    s.reg = s.modrm >> 3 & 7;
    s.rm = s.modrm & 7;
    return s;
}
