/* host_values.c - values that weigh the edges: integers, floating point of three sizes, x87 and SSE
 * state. */
#include <string.h>
#include "base/bytes.h"
#include "host.h"

uint32_t gen_int(struct rng *r)
{
    static const uint32_t edge[] = {0,       1,          2,          0xffffffff, 0xfffffffe, 0x7f,
                                    0x80,    0xff,       0x100,      0x7fff,     0x8000,     0xffff,
                                    0x10000, 0x7fffffff, 0x80000000, 0x80000001, 0xf,        0x10,
                                    0x1f,    0x20,       0x7fff8000, 0x99,       0x9a};

    switch (rng_below(r, 4)) {
    case 0:
        return edge[rng_below(r, ARRAY_LEN(edge))];
    case 1:
        return (uint32_t)(rng_next(r) >> (32 + rng_below(r, 32)));
    }
    return (uint32_t)rng_next(r);
}

static uint32_t gen_f32(struct rng *r)
{
    static const uint32_t edge[] = {0x00000000, 0x3f800000, 0x40000000, 0x7f800000, 0x7fc00000,
                                    0x7f800001, 0x7fffffff, 0x00000001, 0x007fffff, 0x00800000,
                                    0x7f7fffff, 0x4f000000, 0x4effffff, 0x5f000000, 0x3f000000};
    uint32_t sign = rng_one_in(r, 2) ? 0x80000000 : 0;

    switch (rng_below(r, 4)) {
    case 0:
        return edge[rng_below(r, ARRAY_LEN(edge))] | sign;
    case 1: /* numbers of about the same size, small integers among them */
        return sign | (120 + rng_below(r, 16)) << 23 |
               ((uint32_t)rng_next(r) & 0x7fffff & ~0u << rng_below(r, 24));
    case 2:
        return sign | (100 + rng_below(r, 60)) << 23 | ((uint32_t)rng_next(r) & 0x7fffff);
    }
    return (uint32_t)rng_next(r);
}

static uint64_t gen_f64(struct rng *r)
{
    static const uint64_t edge[] = {0,
                                    0x3ff0000000000000,
                                    0x4000000000000000,
                                    0x7ff0000000000000,
                                    0x7ff8000000000000,
                                    0x7ff0000000000001,
                                    0x7fffffffffffffff,
                                    0x0000000000000001,
                                    0x000fffffffffffff,
                                    0x0010000000000000,
                                    0x7fefffffffffffff,
                                    0x41e0000000000000,
                                    0x41dfffffffe00000,
                                    0x43e0000000000000,
                                    0x3fe0000000000000,
                                    0x36a0000000000000,
                                    0x380fffffe0000000,
                                    0x47efffffe0000000};
    uint64_t sign = rng_one_in(r, 2) ? 1ull << 63 : 0, man = rng_next(r) & 0xfffffffffffff;

    switch (rng_below(r, 4)) {
    case 0:
        return edge[rng_below(r, ARRAY_LEN(edge))] | sign;
    case 1:
        return sign | (uint64_t)(1016 + rng_below(r, 16)) << 52 | (man & ~0ull << rng_below(r, 53));
    case 2: /* in reach of single precision's ends */
        return sign | (uint64_t)(870 + rng_below(r, 300)) << 52 | man;
    }
    return rng_next(r);
}

static void gen_f80(struct rng *r, uint64_t *man, uint16_t *se)
{
    static const struct {
        uint16_t se;
        uint64_t man;
    } edge[] = {{0, 0},
                {0x3fff, 1ull << 63},
                {0x7fff, 1ull << 63},
                {0x7fff, 0xc000000000000000},
                {0x7fff, 0x8000000000000001},
                {0x7fff, 0xffffffffffffffff},
                {0, 1},
                {0, 0x7fffffffffffffff},
                {0, 1ull << 63},
                {0, 0xffffffffffffffff},
                {1, 1ull << 63},
                {0x7ffe, 0xffffffffffffffff},
                {0x7fff, 0},
                {0x7fff, 0x4000000000000000},
                {0x3fff, 0},
                {0x4000, 0x7fffffffffffffff},
                {0x401e, 0x8000000000000000},
                {0x403e, 0x8000000000000000},
                {0x3ffe, 1ull << 63},
                {0x400e, 0xfffe000000000000},
                {0x3f81, 1ull << 63}};
    unsigned e;

    if (rng_one_in(r, 4)) {
        e = rng_below(r, ARRAY_LEN(edge));
        *se = edge[e].se;
        *man = edge[e].man;
    } else {
        static const uint16_t centre[] = {0x3fff, 0x3fff, 0x3fff, 0x3f81,
                                          0x3c01, 0x403e, 0x7ff0, 0x0010};
        *se = (uint16_t)(centre[rng_below(r, 8)] + rng_below(r, 32) - 16) & 0x7fff;
        *man = (rng_next(r) & ~0ull << rng_below(r, 64)) | 1ull << 63;
        if (rng_one_in(r, 8)) {
            *se = (uint16_t)rng_next(r);
            *man = rng_next(r) | 1ull << 63;
        }
    }
    *se |= rng_one_in(r, 2) ? 0x8000 : 0;
}

static void gen_vec(struct rng *r, uint8_t *p, unsigned n)
{
    uint8_t v[16];
    unsigned kind = rng_below(r, 4);

    for (unsigned k = 0; k < 4; k++)
        le32_put(v + k * 4, kind == 1   ? gen_f32(r)
                            : kind == 3 ? gen_int(r)
                                        : (uint32_t)rng_next(r));
    if (kind == 2) {
        le64_put(v, gen_f64(r));
        le64_put(v + 8, gen_f64(r));
    }
    /* Bytes and words at their edges. */
    if (kind == 0) {
        for (unsigned k = 0; k < 16; k++)
            v[k] = rng_one_in(r, 2) ? (uint8_t)gen_int(r) : v[k];
    }
    memcpy(p, v, n < 16 ? n : 16);
}

static void gen_packed_decimal(struct rng *r, uint8_t *p)
{
    for (unsigned k = 0; k < 9; k++)
        p[k] = (uint8_t)(rng_below(r, 10) << 4 | rng_below(r, 10));
    p[9] = rng_one_in(r, 2) ? 0x80 : 0;
}

void gen_operand(struct host_case *c, struct rng *r, uint8_t *p, unsigned n)
{
    uint32_t attr = opcode_rows[c->in.row].attr;
    uint64_t man;
    uint16_t se;

    for (unsigned k = 0; k + 4 <= n || k < n; k += 4)
        le_put(p + k, gen_int(r), 4);
    if (attr & OPA_X87 && n == 4 && rng_one_in(r, 2)) {
        le32_put(p, gen_f32(r));
    } else if (attr & OPA_X87 && n == 8 && rng_one_in(r, 2)) {
        le64_put(p, gen_f64(r));
    } else if (attr & OPA_X87 && n == 10) {
        gen_f80(r, &man, &se);
        le64_put(p, man);
        le_put(p + 8, se, 2);
        if (c->in.op == INSN_fbld && !rng_one_in(r, 8))
            gen_packed_decimal(r, p);
    } else if (attr & (OPA_SSE | OPA_MMX)) {
        gen_vec(r, p, n);
    }
    if (c->in.op == INSN_ldmxcsr)
        le32_put(p, (uint32_t)rng_next(r) & (rng_one_in(r, 8) ? 0x1ffff : 0xffff));
}

static void gen_x87(struct host_case *c, struct rng *r)
{
    struct fx *f = &c->fx;
    bool mmx = opcode_rows[c->in.row].attr & OPA_MMX;

    f->cw = 0x37f;
    if (rng_one_in(r, 2))
        f->cw = (uint16_t)((f->cw & ~0xf00) | rng_below(r, 16) << 8);
    if (rng_one_in(r, 6))
        f->cw = (uint16_t)((f->cw & ~0x3f) | rng_below(r, 64));
    f->sw = (uint16_t)(rng_next(r) & 0x7f00);
    if (rng_one_in(r, 4))
        f->sw |= (uint16_t)rng_below(r, 0x80);
    if (!rng_one_in(r, 12))
        f->sw &= (uint16_t)(f->cw | 0xffc0);
    if (f->sw & ~f->cw & 0x3f)
        f->sw |= 0x8080;
    f->tags = rng_one_in(r, 4) ? (uint8_t)rng_next(r) : 0xff;
    for (unsigned i = 0; i < 8; i++) {
        if (mmx) {
            uint8_t v[8];
            gen_vec(r, v, 8);
            f->st[i].man = le64_get(v);
            f->st[i].se = 0xffff;
        } else {
            gen_f80(r, &f->st[i].man, &f->st[i].se);
        }
    }
}

void gen_fx(struct host_case *c, struct rng *r)
{
    struct fx *f = &c->fx;

    memset(f, 0, sizeof *f);
    gen_x87(c, r);
    f->mxcsr = 0x1f80;
    if (rng_one_in(r, 3))
        f->mxcsr |= (uint32_t)rng_below(r, 8) << 13;
    if (rng_one_in(r, 8))
        f->mxcsr |= 0x40;
    if (rng_one_in(r, 8))
        f->mxcsr = (f->mxcsr & ~0x1f80u) | rng_below(r, 64) << 7;
    if (rng_one_in(r, 4))
        f->mxcsr |= rng_below(r, 64) & f->mxcsr >> 7;
    for (unsigned i = 0; i < 8; i++)
        gen_vec(r, f->xmm[i].b, 16);
}

/* One block of random bytes for all windows, the same in every run. */
const uint8_t *host_background(void)
{
    static uint8_t bytes[DATA_SIZE + STACK_SIZE];
    struct rng r = {.s = 286};

    if (!bytes[0] && !bytes[1]) {
        for (unsigned k = 0; k < sizeof bytes; k++)
            bytes[k] = (uint8_t)rng_next(&r);
    }
    return bytes;
}
