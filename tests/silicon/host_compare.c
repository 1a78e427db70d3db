/* host_compare.c - what the manual defines of a result, compared; and a case as an assembly file.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/bytes.h"
#include "host.h"
#include "translate/decode/opcode_table.h"

/* --- flags --- */

static uint32_t shift_undefined(const struct host_case *c)
{
    const struct insn *in = &c->in;
    const struct operand *o = &in->ops[in->nops - 1u];
    unsigned count = o->kind == OPD_ONE   ? 1
                     : o->kind == OPD_IMM ? (unsigned)o->imm & 31
                                          : c->gpr[R_CX] & 31;
    unsigned bits = in->ops[0].size * 8;
    uint32_t undef = 0;

    if (!count)
        return 0;
    switch (in->op) {
    case INSN_shl:
    case INSN_shr:
    case INSN_sar:
        undef = FLAG_A | (count >= bits ? FLAG_C : 0);
        break;
    case INSN_shld:
    case INSN_shrd:
        undef = FLAG_A;
        if (count > bits)
            undef = FLAGS_STATUS;
        break;
    }
    return undef | (count != 1 ? FLAG_O : 0);
}

static uint32_t undefined_flags(const struct host_case *c)
{
    switch (c->in.op) {
    case INSN_shl:
    case INSN_shr:
    case INSN_sar:
    case INSN_rol:
    case INSN_ror:
    case INSN_rcl:
    case INSN_rcr:
    case INSN_shld:
    case INSN_shrd:
        return shift_undefined(c);
    }
    return opcode_rows[c->in.row].flags_undef;
}

/* --- approximations --- */

bool transcendental(unsigned op)
{
    switch (op) {
    case INSN_f2xm1:
    case INSN_fyl2x:
    case INSN_fyl2xp1:
    case INSN_fptan:
    case INSN_fpatan:
    case INSN_fsin:
    case INSN_fcos:
    case INSN_fsincos:
        return true;
    }
    return false;
}

bool reciprocal(unsigned op)
{
    return op == INSN_rcpps || op == INSN_rcpss || op == INSN_rsqrtps || op == INSN_rsqrtss;
}

static long double f80_value(uint64_t man, uint16_t se)
{
    long double v = 0;

    memcpy(&v, &man, 8);
    memcpy((uint8_t *)&v + 8, &se, 2);
    return v;
}

/* Within a few units in the last place: both may be off by one. */
static bool f80_near(const struct fx *a, const struct fx *b, unsigned i)
{
    long double x = f80_value(a->st[i].man, a->st[i].se), y = f80_value(b->st[i].man, b->st[i].se);

    if (a->st[i].man == b->st[i].man && a->st[i].se == b->st[i].se)
        return true;
    return fabsl(x - y) <= fmaxl(0x1p-61L * fmaxl(fabsl(x), fabsl(y)), 0x1p-16444L);
}

/* RCPPS and RSQRTPS: a relative error of 1.5 * 2^-12 each (SDM vol. 2B). */
static bool f32_near(uint32_t a, uint32_t b)
{
    float x, y;

    if (a == b)
        return true;
    memcpy(&x, &a, 4);
    memcpy(&y, &b, 4);
    return fabsf(x - y) <= 0x1.8p-11F * fmaxf(fabsf(x), fabsf(y));
}

bool compares_to_eflags(unsigned op)
{
    return op == INSN_fcomi || op == INSN_fcomip || op == INSN_fucomi || op == INSN_fucomip;
}

/* FYL2XP1 is defined from -(1 - sqrt(1/2)) to its opposite (SDM vol. 2A). */
static bool in_reach(const struct fx *f)
{
    return fabsl(f80_value(f->st[0].man, f->st[0].se)) <= 0.2928932188L;
}

/* --- comparing --- */

struct report {
    char *text;
    size_t n;
};

static bool differ(struct report *w, const char *what, unsigned index, uint64_t engine,
                   uint64_t host)
{
    if (engine == host)
        return false;
    snprintf(w->text, w->n, "%s%.0u is %llx, not %llx", what, index, (unsigned long long)engine,
             (unsigned long long)host);
    return true;
}

static bool has_error(int vector)
{
    return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

bool x87_image(unsigned op)
{
    switch (op) {
    case INSN_fnstenv:
    case INSN_fldenv:
    case INSN_fnsave:
    case INSN_frstor:
    case INSN_fxsave:
    case INSN_fxrstor:
    case INSN_xsave:
    case INSN_xrstor:
        return true;
    }
    return false;
}

static bool memory_fault(int vector)
{
    return vector == EXC_SS || vector == EXC_GP || vector == EXC_PF || vector == EXC_AC;
}

/* What the manual leaves to the processor: the order of #AC and #PF; accesses past 4 GB in a flat
 * segment (SDM vol. 3A, 5.3); MASKMOVDQU with an empty mask (vol. 2B); which end of a stack frame
 * or an image is touched first. */
static bool open_event(const struct host_case *c, const struct host_result *h,
                       const struct host_result *g)
{
    bool wraps = g->cr2 >= 0xfffffe00 || g->cr2 < 0x200;

    if (c->in.op == INSN_maskmovq || c->in.op == INSN_maskmovdqu)
        return h->vector == EXC_PF;
    /* MXCSR bit 17 is there on AMD's processors. */
    if (h->fx.mxcsr & 0x20000)
        return true;
    /* Long operands go in pieces, and either end may be at fault. */
    if (x87_image(c->in.op) || (memory_operand(&c->in) && memory_operand(&c->in)->size == 10))
        return memory_fault(h->vector) && memory_fault(g->vector);
    /* A segment register is stored as two bytes or as four. */
    if (c->in.op == INSN_push && c->in.ops[0].kind == OPD_SEG)
        return h->vector == EXC_AC;
    if (h->vector != g->vector && (h->vector == EXC_AC || g->vector == EXC_AC))
        return memory_fault(h->vector) && memory_fault(g->vector);
    if (g->vector == EXC_PF && wraps)
        return memory_fault(h->vector);
    /* Both operands, or target and stack, at fault. */
    if (c->in.op == INSN_cmps || c->in.op == INSN_call || c->in.op == INSN_callf)
        return memory_fault(h->vector) && memory_fault(g->vector);
    /* SS of an outer level may be read before the selector of CS is looked at. */
    if (c->in.op == INSN_iret || c->in.op == INSN_retf)
        return (h->vector == EXC_PF || h->vector == EXC_SS || h->vector == EXC_AC) &&
               g->vector >= EXC_NP && g->vector <= EXC_PF;
    return false;
}

/* AMD's processors have made the registers MMX's before they find a fault. */
static bool open_x87(const struct host_case *c, const struct host_result *h)
{
    return (opcode_rows[c->in.row].attr & OPA_MMX) && h->vector != EXC_BP;
}

static bool same_event(const struct host_result *h, const struct host_result *g, struct report *w)
{
    uint32_t error = has_error(h->vector) ? 0xffff : 0;

    if (differ(w, "vector ", 0, (unsigned)g->vector, (unsigned)h->vector))
        return false;
    if (h->vector == EXC_PF) {
        error = 6; /* write, user: whether the page is there is Linux's affair */
        if (differ(w, "cr2 ", 0, g->cr2, h->cr2))
            return false;
    }
    return !differ(w, "error ", 0, g->error & error, h->error & error);
}

/* The kernel's return to user mode makes null selectors zero. */
static uint16_t selector(uint16_t sel)
{
    return sel & ~3 ? sel : 0;
}

/* A fault in the middle of several loads or stores: how much of them is done is the processor's
 * affair, as long as the instruction can start again. */
static bool piecemeal(const struct host_case *c, const struct host_result *h)
{
    if (h->vector == EXC_BP)
        return false;
    switch (c->in.op) {
    case INSN_pusha:
    case INSN_popa:
    case INSN_enter:
    case INSN_call:
    case INSN_callf:
        return true;
    }
    return false;
}

static bool same_registers(const struct host_case *c, const struct host_result *h,
                           const struct host_result *g, struct report *w)
{
    static const char *const names[8] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
    static const char *const segs[SEG_COUNT] = {[SEG_ES] = "es", [SEG_CS] = "cs", [SEG_SS] = "ss",
                                                [SEG_DS] = "ds", [SEG_FS] = "fs", [SEG_GS] = "gs"};
    uint32_t flags = (FLAGS_STATUS | EF_DF | EF_AC | EF_NT) & ~(undefined_flags(c) | c->undef);

    if (differ(w, "eip", 0, g->eip, h->eip) ||
        differ(w, "eflags", 0, g->eflags & flags, h->eflags & flags))
        return false;
    for (unsigned i = 0; i < 8 && !piecemeal(c, h); i++) {
        if (differ(w, names[i], 0, g->gpr[i], h->gpr[i]))
            return false;
    }
    for (unsigned i = 0; i < SEG_COUNT; i++) {
        if (differ(w, segs[i], 0, selector(g->sel[i]), selector(h->sel[i])))
            return false;
    }
    return true;
}

static bool same_x87(const struct host_case *c, const struct host_result *h,
                     const struct host_result *g, struct report *w)
{
    const struct fx *a = &g->fx, *b = &h->fx;
    bool rough = transcendental(c->in.op);
    uint16_t status = rough ? (uint16_t)~0x220 : 0xffff; /* C1 and PE follow the rounding */

    if (compares_to_eflags(c->in.op))
        status &= (uint16_t)~0x200; /* C1: cleared by Intel's processors, kept by AMD's */
    if (c->in.op == INSN_fyl2xp1 && !in_reach(&c->fx))
        return true;

    if (differ(w, "fcw", 0, a->cw, b->cw) || differ(w, "fsw", 0, a->sw & status, b->sw & status) ||
        differ(w, "ftw", 0, a->tags, b->tags))
        return false;
    for (unsigned i = 0; i < 8; i++) {
        if (rough && f80_near(a, b, i))
            continue;
        if (differ(w, "exponent of st", i, a->st[i].se, b->st[i].se) ||
            differ(w, "significand of st", i, a->st[i].man, b->st[i].man))
            return false;
    }
    return true;
}

static bool same_sse(const struct host_case *c, const struct host_result *h,
                     const struct host_result *g, struct report *w)
{
    if (differ(w, "mxcsr", 0, g->fx.mxcsr, h->fx.mxcsr))
        return false;
    for (unsigned i = 0; i < 8; i++) {
        for (unsigned k = 0; k < 4; k++) {
            uint32_t x = g->fx.xmm[i].d[k], y = h->fx.xmm[i].d[k];
            if (reciprocal(c->in.op) && f32_near(x, y))
                continue;
            if (differ(w, k & 1 ? "high half of a quarter of xmm" : "quarter of xmm", i, x, y))
                return false;
        }
    }
    return true;
}

static bool same_bytes(const uint8_t *engine, const uint8_t *host, uint32_t n, uint32_t at,
                       struct report *w)
{
    if (!memcmp(engine, host, n))
        return true;
    for (uint32_t k = 0; k < n; k++) {
        if (engine[k] != host[k]) {
            snprintf(w->text, w->n, "byte at %x is %02x, not %02x", at + k, engine[k], host[k]);
            return false;
        }
    }
    return true;
}

static void copy_bytes(const struct host_result *h, struct host_result *g, uint32_t at, unsigned n)
{
    if (at >= DATA_AT && at - DATA_AT <= DATA_RW - n)
        memcpy(g->data + (at - DATA_AT), h->data + (at - DATA_AT), n);
    if (at >= STACK_AT && at - STACK_AT <= STACK_SIZE - n)
        memcpy(g->stack + (at - STACK_AT), h->stack + (at - STACK_AT), n);
}

/* Bytes of a state image that processors leave as they like: copied over from the host's. */
static void ignore(const struct host_case *c, const struct host_result *h, struct host_result *g,
                   unsigned from, unsigned n)
{
    copy_bytes(h, g, case_linear(c, c->in.mem.seg, case_ea(c)) + from, n);
}

/* Bytes that the manual leaves open, instruction and data pointers among them: this host saves them
 * after an exception alone. */
static void ignore_open(const struct host_case *c, const struct host_result *h,
                        struct host_result *g)
{
    switch (c->in.op) {
    case INSN_fnstenv:
    case INSN_fnsave:
        ignore(c, h, g, c->in.opsize == 2 ? 6 : 12, c->in.opsize == 2 ? 8 : 16);
        break;
    case INSN_push: /* of a segment register: the high half is zero or what it was */
        if (c->in.ops[0].kind == OPD_SEG && c->in.stacksize == 4 && h->vector == EXC_BP)
            copy_bytes(h, g, case_linear(c, SEG_SS, h->gpr[R_SP]) + 2, 2);
        break;
    case INSN_fxsave:
    case INSN_xsave:
        if (c->in.op == INSN_fxsave || c->gpr[R_AX] & 1)
            ignore(c, h, g, 5, 19);
        if (c->in.op == INSN_fxsave || c->gpr[R_AX] & 2)
            ignore(c, h, g, 28, 4);
        break;
    }
}

bool results_agree(const struct host_case *c, const struct host_result *host,
                   const struct host_result *engine, char *why, size_t n)
{
    static struct host_result copy;
    struct report w = {why, n};

    copy = *engine;
    ignore_open(c, host, &copy);
    if (open_event(c, host, &copy))
        return true;
    return same_event(host, &copy, &w) && same_registers(c, host, &copy, &w) &&
           (open_x87(c, host) || same_x87(c, host, &copy, &w)) && same_sse(c, host, &copy, &w) &&
           same_bytes(copy.data, host->data, DATA_RW, DATA_AT, &w) &&
           (piecemeal(c, host) || same_bytes(copy.stack, host->stack, STACK_SIZE, STACK_AT, &w));
}

static bool same_bits(const struct fx *a, const struct fx *b, struct report *w)
{
    const uint32_t *x = (const uint32_t *)a, *y = (const uint32_t *)b;

    for (unsigned i = 0; i < sizeof *a / 4; i++) {
        if (differ(w, "fxsave dword ", i, x[i], y[i]))
            return false;
    }
    return true;
}

bool results_same(const struct host_result *a, const struct host_result *b, char *why, size_t n)
{
    struct report w = {why, n};

    if (differ(&w, "vector ", 0, (unsigned)a->vector, (unsigned)b->vector) ||
        differ(&w, "error ", 0, a->error, b->error) || differ(&w, "cr2 ", 0, a->cr2, b->cr2) ||
        differ(&w, "eip", 0, a->eip, b->eip) || differ(&w, "eflags", 0, a->eflags, b->eflags))
        return false;
    for (unsigned i = 0; i < 8; i++) {
        if (differ(&w, "register ", i, a->gpr[i], b->gpr[i]))
            return false;
    }
    for (unsigned i = 0; i < SEG_COUNT; i++) {
        if (differ(&w, "selector ", i, a->sel[i], b->sel[i]))
            return false;
    }
    return same_bits(&a->fx, &b->fx, &w) && same_bytes(a->data, b->data, DATA_RW, DATA_AT, &w) &&
           same_bytes(a->stack, b->stack, STACK_SIZE, STACK_AT, &w);
}

/* --- printing --- */

static void print_regs(const char *title, const uint32_t *gpr, uint32_t eip, uint32_t eflags)
{
    printf("# %s eax=%08x ecx=%08x edx=%08x ebx=%08x esp=%08x ebp=%08x esi=%08x edi=%08x eip=%08x "
           "eflags=%08x\n",
           title, gpr[0], gpr[1], gpr[2], gpr[3], gpr[4], gpr[5], gpr[6], gpr[7], eip, eflags);
}

static void print_fx(const char *title, const struct fx *f)
{
    printf("# %s fcw=%04x fsw=%04x ftw=%02x mxcsr=%08x\n", title, f->cw, f->sw, f->tags, f->mxcsr);
    for (unsigned i = 0; i < 8; i++) {
        if (f->st[i].se || f->st[i].man)
            printf("# %s st%u=%04x:%016llx\n", title, i, f->st[i].se,
                   (unsigned long long)f->st[i].man);
        if (f->xmm[i].q[0] || f->xmm[i].q[1])
            printf("# %s xmm%u=%016llx:%016llx\n", title, i, (unsigned long long)f->xmm[i].q[1],
                   (unsigned long long)f->xmm[i].q[0]);
    }
}

static void print_result(const char *title, const struct host_result *r, bool fx)
{
    printf("# %s vector %d error %x cr2 %x cs=%x ss=%x ds=%x es=%x fs=%x gs=%x\n", title, r->vector,
           r->error, r->cr2, r->sel[SEG_CS], r->sel[SEG_SS], r->sel[SEG_DS], r->sel[SEG_ES],
           r->sel[SEG_FS], r->sel[SEG_GS]);
    print_regs(title, r->gpr, r->eip, r->eflags);
    if (fx)
        print_fx(title, &r->fx);
}

void case_print(const struct host_case *c, const struct host_result *host,
                const struct host_result *engine, const char *name, const char *why)
{
    static const char *const flavours[] = {"flat32", "segs32", "segs16"};
    bool fx = opcode_rows[c->in.row].attr & (OPA_X87 | OPA_MMX | OPA_SSE) || strstr(why, "st") ||
              strstr(why, "fsw");

    printf("# %s of %s: on engine %s %s; seed %llu, %s\n", insn_names[c->in.op],
           opcode_rows[c->in.row].operands, name, why, (unsigned long long)c->seed,
           flavours[c->flavour]);
    printf("# before cs=%x ss=%x ds=%x es=%x fs=%x gs=%x\n", c->sel[SEG_CS], c->sel[SEG_SS],
           c->sel[SEG_DS], c->sel[SEG_ES], c->sel[SEG_FS], c->sel[SEG_GS]);
    print_regs("before", c->gpr, c->eip, c->eflags);
    if (fx)
        print_fx("before", &c->fx);
    for (unsigned i = 0; i < ARRAY_LEN(c->patch); i++) {
        if (!c->patch[i].len)
            continue;
        printf("# memory %08x:", c->patch[i].at);
        for (unsigned k = 0; k < c->patch[i].len; k++)
            printf(" %02x", c->patch[i].bytes[k]);
        printf("\n");
    }
    print_result("host  ", host, fx);
    print_result("engine", engine, fx);
    printf("        .code%s\n        .byte 0x%02x", c->flavour == SEGS16 ? "16" : "32", c->code[0]);
    for (unsigned k = 1; k < c->len; k++)
        printf(", 0x%02x", c->code[k]);
    printf("\n\n");
}
