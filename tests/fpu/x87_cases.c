/* x87_cases.c - one x87 instruction in a random state, and what the host makes of it. */
#include "fpu/x87_bench.h"
#include <stdio.h>
#include <string.h>
#if defined(__x86_64__)
#include <sys/mman.h>
#endif

const struct x87_opcode x87_exact_ops[] = {
#define MOVES                       true
#define COMPUTES                    false
#define OP(row, modrm, name, moves) {(row) << 8 | (modrm), name, moves},
#include "fpu/x87_exact.def"
#undef OP
#undef MOVES
#undef COMPUTES
};
const struct x87_opcode x87_close_ops[] = {
    {0x1fe, "fsin", false},    {0x1ff, "fcos", false},   {0x1fb, "fsincos", false},
    {0x1f2, "fptan", false},   {0x1f0, "f2xm1", false},  {0x1f1, "fyl2x", false},
    {0x1f9, "fyl2xp1", false}, {0x1f3, "fpatan", false},
};
const unsigned x87_close_op_count = sizeof(x87_close_ops) / sizeof(x87_close_ops[0]);
const unsigned x87_exact_op_count = sizeof(x87_exact_ops) / sizeof(x87_exact_ops[0]);

#if defined(__x86_64__)

bool host_x87_available(void)
{
    return true;
}

static unsigned put_bytes(uint8_t *code, unsigned at, const char *bytes, unsigned n)
{
    memcpy(code + at, bytes, n);
    return at + n;
}

/* uint64_t code(struct fsave_image *state, void *mem, uint64_t rflags) */
static void emit_case(uint8_t *code, unsigned op)
{
    unsigned n = 0;

    n = put_bytes(code, n, "\xdd\x27", 2); /* frstor [rdi] */
    n = put_bytes(code, n, "\x52\x9d", 2); /* push rdx; popfq */
    code[n++] = (uint8_t)(0xd8 | op >> 8);
    code[n++] = (uint8_t)((op & 0xc0) == 0xc0 ? op : (op & 0x38) | 6);
    n = put_bytes(code, n, "\x9c\x58", 2);     /* pushfq; pop rax */
    n = put_bytes(code, n, "\xdd\x37\xc3", 3); /* fnsave [rdi]; ret */
}

void host_x87_run(struct x87_case *c)
{
    static uint8_t *page;
    static unsigned current = ~0u;
    uint64_t (*run)(struct fsave_image *, void *, uint64_t);

    if (!page)
        page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                    0);
    if (c->op != current)
        emit_case(page, c->op);
    current = c->op;
    memcpy(&run, &page, sizeof(run));
    c->rflags = run(&c->state, c->mem, c->rflags) & EF_STATUS;
}

#else

bool host_x87_available(void)
{
    return false;
}

void host_x87_run(struct x87_case *c)
{
    (void)c;
}

#endif

void x87_image_load(struct fpu *f, const struct fsave_image *m)
{
    *f = (struct fpu){.cw = (uint16_t)m->cw, .sw = (uint16_t)m->sw};
    for (unsigned i = 0; i < 8; i++) {
        struct f80 *r = &f->r[x87_phys(f, i)];
        memcpy(&r->man, m->st[i], 8);
        memcpy(&r->se, m->st[i] + 8, 2);
        if ((m->tw >> 2 * i & 3) != 3)
            f->valid |= (uint8_t)(1u << i);
    }
}

void x87_image_save(const struct fpu *f, struct fsave_image *m)
{
    m->cw = f->cw;
    m->sw = f->sw;
    m->tw = 0;
    for (unsigned i = 0; i < 8; i++) {
        struct f80 v = x87_get(f, i);
        enum f80_class class = f80_classify(v);
        unsigned tag = class == F80_NORMAL ? 0 : class == F80_ZERO ? 1 : 2;

        memcpy(m->st[i], &v.man, 8);
        memcpy(m->st[i] + 8, &v.se, 2);
        m->tw |= (x87_empty(f, i) ? 3 : tag) << 2 * x87_phys(f, i);
    }
}

/* Makes ST(i) a neighbour of ST(0), so that sums cancel and comparisons are close. */
static struct f80 neighbour(struct rng *r, struct f80 a)
{
    a.se ^= (uint16_t)(rng_below(r, 2) << 15);
    if (rng_below(r, 8) == 0) /* a half of the last place of 24, 53 or 64 bits, or nearly */
        a.se = (uint16_t)(a.se -
                          (rng_below(r, 3)   ? 64
                           : rng_below(r, 2) ? 24
                                             : 53) +
                          rng_below(r, 3) - 1);
    else if (rng_below(r, 2))
        a.se = (uint16_t)(a.se + rng_below(r, 5) - 2);
    if (rng_below(r, 2))
        a.man ^= rng_bits(r) >> rng_below(r, 64);
    if (rng_below(r, 4) == 0)
        a.man = rng_bits(r) | SF_INT_BIT;
    return a;
}

static void random_memory(struct rng *r, uint8_t mem[16])
{
    struct f80 x = rng_f80(r);
    uint64_t d = rng_bits(r);
    uint32_t f = rng_f32(r);

    memcpy(mem, &x.man, 8);
    memcpy(mem + 8, &x.se, 2);
    if (rng_below(r, 2))
        d = rng_f64(r);
    if (rng_below(r, 2))
        memcpy(mem, &d, 8);
    if (rng_below(r, 3) == 0)
        memcpy(mem, &f, 4);
    if (rng_below(r, 4) == 0)
        for (unsigned i = 0; i < 10; i++)
            mem[i] = (uint8_t)(rng_below(r, 10) << 4 | rng_below(r, 10));
}

void x87_case_make(struct rng *r, struct x87_case *c, unsigned op)
{
    unsigned masks = rng_below(r, 2) ? SF_ALL : rng_below(r, 64);
    unsigned empty = rng_below(r, 4) ? 1u << rng_below(r, 8) : (uint8_t)rng_bits(r);
    unsigned top = rng_below(r, 8);
    struct f80 first = rng_f80(r);

    if (rng_below(r, 3)) /* room for one that pushes */
        empty = 1u << ((top - 1) & 7);
    memset(c, 0, sizeof(*c));
    c->op = (uint16_t)op;
    c->state.cw = 0x40 | masks | rng_below(r, 4) << 10 | rng_below(r, 4) << 8;
    c->state.sw = top << 11 | (rng_bits(r) & (FSW_CC | FSW_C1 | FSW_SF)) | (rng_bits(r) & masks);
    c->rflags = (rng_bits(r) & EF_STATUS) | 2;
    for (unsigned i = 0; i < 8; i++) {
        struct f80 v = i == 0 ? first : rng_below(r, 2) ? rng_f80(r) : neighbour(r, first);
        memcpy(c->state.st[i], &v.man, 8);
        memcpy(c->state.st[i] + 8, &v.se, 2);
        if (empty >> i & 1)
            c->state.tw |= 3u << 2 * i;
    }
    random_memory(r, c->mem);
    if (op == 0x1f9 && ((c->state.st[0][9] & 0x7f) != 0x7f ||
                        c->state.st[0][8] != 0xff)) /* FYL2XP1: keep |x| below 1/4 */
        c->state.st[0][9] = (uint8_t)((c->state.st[0][9] & 0x80) | rng_below(r, 0x3f));
    if (op >> 3 == (0x128 >> 3)) /* FLDCW: keep to defined bits */
        c->mem[1] &= 0x0f;
}

bool x87_case_same(const struct x87_case *a, const struct x87_case *b)
{
    const struct fsave_image *x = &a->state, *y = &b->state;
    /* FCOMI clears C1 (SDM vol. 2A, FCOMI); AMD's keep it. */
    bool fcomi = (a->op >> 8 & 3) == 3 && ((a->op & 0xf8) == 0xe8 || (a->op & 0xf8) == 0xf0);
    unsigned sw = fcomi ? 0xffff & ~FSW_C1 : 0xffff;

    return (uint16_t)x->cw == (uint16_t)y->cw && ((x->sw ^ y->sw) & sw) == 0 &&
           (uint16_t)x->tw == (uint16_t)y->tw && memcmp(x->st, y->st, sizeof(x->st)) == 0 &&
           memcmp(a->mem, b->mem, sizeof(a->mem)) == 0 && a->rflags == b->rflags;
}

bool x87_case_close(const struct x87_case *a, const struct x87_case *b)
{
    const struct fsave_image *x = &a->state, *y = &b->state;

    if ((x->sw ^ y->sw) & 0xffff & ~FSW_C1)
        return false;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t p, q;
        memcpy(&p, x->st[i], 8);
        memcpy(&q, y->st[i], 8);
        uint64_t d = p > q ? p - q : q - p;
        bool crosses = p == SF_INT_BIT || q == SF_INT_BIT; /* next to a power of two */
        if (memcmp(x->st[i] + 8, y->st[i] + 8, 2) ? !crosses : d > 1)
            return false;
    }
    return true;
}

void x87_case_print(const char *title, const struct x87_case *c)
{
    printf("%s op %03x cw %04x sw %04x tw %04x flags %03x mem ", title, c->op, c->state.cw & 0xffff,
           c->state.sw & 0xffff, c->state.tw & 0xffff, (unsigned)c->rflags);
    for (unsigned i = 10; i-- > 0;)
        printf("%02x", c->mem[i]);
    for (unsigned i = 0; i < 8; i++) {
        uint64_t man;
        uint16_t se;
        memcpy(&man, c->state.st[i], 8);
        memcpy(&se, c->state.st[i] + 8, 2);
        printf("%s%04x.%016llx", i % 4 ? "  " : "\n    ", se, (unsigned long long)man);
    }
    printf("\n");
}
