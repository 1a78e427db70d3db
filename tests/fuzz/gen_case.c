/* gen_case.c - makes inputs for the targets, and changes inputs by what their bytes mean. */
#include <string.h>
#include "base/bytes.h"
#include "fuzz.h"

const struct fuzz_target fuzz_targets[] = {
    {"fuzz_decode", fuzz_decode, make_decode, mutate_decode},
    {"fuzz_translate", fuzz_translate, make_translate, mutate_translate},
    {"fuzz_engines", fuzz_engines, make_engines, mutate_engines},
};
const size_t fuzz_target_count = ARRAY_LEN(fuzz_targets);

const struct fuzz_target *fuzz_target_find(const char *name)
{
    for (size_t n = 0; n < fuzz_target_count; n++) {
        if (!strcmp(fuzz_targets[n].name, name))
            return &fuzz_targets[n];
    }
    return NULL;
}

/* --- code --- */

/* Instructions, each within its slot or all in a row; returns how many bytes. */
static size_t fill_code(struct gen g, uint8_t *code, size_t max, bool slots)
{
    uint8_t bytes[2 * SLOT];
    size_t at = 0, start = g.at;

    while (at + SLOT <= max) {
        unsigned room = SLOT - at % SLOT, n;

        g.at = (uint32_t)(start + at);
        n = rng_one_in(g.r, 4) ? gen_idiom(&g, bytes) : gen_insn(&g, bytes);
        if (slots && n > room) {
            memset(code + at, 0x90, room);
            if (room >= 2 && rng_one_in(g.r, 2)) { /* jmp to the next slot */
                code[at] = 0xeb;
                code[at + 1] = (uint8_t)(room - 2);
            }
            at += room;
            continue;
        }
        memcpy(code + at, bytes, n);
        at += n;
    }
    return at;
}

/* Another instruction or idiom somewhere, in place of what is there, or between. */
static size_t change_code(struct gen g, uint8_t *code, size_t len, size_t max)
{
    uint8_t bytes[2 * SLOT];
    size_t at = len ? rng_below(g.r, (uint32_t)len) : 0, n, from;

    if (rng_one_in(g.r, 2))
        at &= ~(size_t)(SLOT - 1);
    g.at += (uint32_t)at;
    n = rng_one_in(g.r, 3) ? gen_idiom(&g, bytes) : gen_insn(&g, bytes);
    switch (rng_below(g.r, 5)) {
    case 0: /* between */
        if (len + n > max)
            break;
        memmove(code + at + n, code + at, len - at);
        memcpy(code + at, bytes, n);
        return len + n;
    case 1: /* a slot becomes a copy of another */
        if (len < 2 * SLOT)
            break;
        from = rng_below(g.r, (uint32_t)(len / SLOT)) * SLOT;
        at = rng_below(g.r, (uint32_t)(len / SLOT)) * SLOT;
        memmove(code + at, code + from, SLOT);
        return len;
    case 2: /* a slot goes */
        if (len < 2 * SLOT)
            break;
        at = rng_below(g.r, (uint32_t)(len / SLOT)) * SLOT;
        memmove(code + at, code + at + SLOT, len - at - SLOT);
        return len - SLOT;
    }
    if (at + n > max)
        return len;
    memcpy(code + at, bytes, n);
    return at + n > len ? at + n : len;
}

/* --- fuzz_engines --- */

static bool is_wide(const struct engine_head *h)
{
    static const bool wide[GDT_ROWS] = {
        [0] = true, [2] = true, [4] = true, [13] = true, [17] = true, [27] = true, [28] = true};

    if (h->kind % KIND_COUNT == KIND_FLAT)
        return true;
    return h->kind % KIND_COUNT == KIND_PROT && wide[h->seg[SEG_CS] % GDT_ROWS];
}

static struct gen gen_of(const struct engine_head *h, struct rng *r)
{
    return (struct gen){.r = r,
                        .mode = is_wide(h) ? 32 : 16,
                        .flat = h->kind % KIND_COUNT == KIND_FLAT,
                        .prot =
                            h->kind % KIND_COUNT == KIND_PROT || h->kind % KIND_COUNT == KIND_FLAT,
                        .system = rng_one_in(r, 3),
                        .at = h->eip};
}

static void random_pins(struct engine_head *h, struct rng *r)
{
    memset(h->pin, 0, sizeof h->pin);
    for (unsigned n = 0; n < ARRAY_LEN(h->pin) && !rng_one_in(r, 3); n++) {
        h->pin[n].at = (uint16_t)((n ? h->pin[n - 1].at : 0) + rng_below(r, 60));
        h->pin[n].kind = (uint8_t)rng_below(r, PIN_KINDS);
        h->pin[n].arg = (uint8_t)rng_next(r);
    }
}

static void random_pages(struct engine_head *h, struct rng *r)
{
    memset(h->pte, 0, sizeof h->pte);
    for (unsigned n = 0; n < ARRAY_LEN(h->pte) && rng_one_in(r, 2); n++) {
        h->pte[n].page = (uint8_t)(rng_below(r, 3) * 16 + 16 + rng_below(r, 3));
        if (rng_one_in(r, 3))
            h->pte[n].page = (uint8_t)rng_next(r);
        h->pte[n].frame = (uint8_t)rng_below(r, 64);
        h->pte[n].flags = (uint16_t)(1u << rng_below(r, 9));
        if (rng_one_in(r, 3))
            h->pte[n].flags |= 0x1000;
        if (rng_one_in(r, 4))
            h->pte[n].flags |= 0x8000;
    }
}

static void random_places(struct engine_head *h, struct rng *r)
{
    h->eip = (uint16_t)(rng_below(r, 8) * SLOT);
    if (rng_one_in(r, 4)) /* code across pages */
        h->eip = (uint16_t)(PAGE_SIZE - rng_below(r, 8) * SLOT);
    if (rng_one_in(r, 20))
        h->eip = (uint16_t)rng_next(r);
    h->count = (uint16_t)(rng_one_in(r, 4) ? rng_below(r, 1500) : 20 + rng_below(r, 150));
    for (unsigned n = 0; n < 8; n++) {
        h->gpr[n] = rng_int(r);
        h->gpr_kind[n] = (uint8_t)(rng_one_in(r, 3) ? rng_below(r, REG_KINDS) : REG_DATA);
        if (rng_one_in(r, 40))
            h->gpr_kind[n] |= 0x80;
    }
    for (unsigned n = 0; n < 6; n++) {
        h->seg[n] = (uint8_t)rng_below(r, GDT_ROWS);
        if (rng_one_in(r, 8))
            h->seg[n] |= (uint8_t)(rng_below(r, 4) << 6);
    }
}

static void random_modes(struct engine_head *h, struct rng *r)
{
    static const uint8_t data[4] = {0, 0x10, 0x55, 0xf1};

    h->model = (uint8_t)(rng_one_in(r, 3) ? rng_below(r, 10) : 0);
    h->kind = (uint8_t)rng_below(r, KIND_COUNT);
    h->paging = (uint8_t)(rng_next(r) | (rng_one_in(r, 3) ? 0 : 1));
    h->handlers = (uint8_t)rng_next(r);
    h->engine[0] = (uint8_t)(rng_one_in(r, 2) ? 0 : rng_next(r));
    h->engine[1] = (uint8_t)(rng_one_in(r, 2) ? 0 : rng_next(r));
    h->bus = (uint8_t)rng_below(r, 2);
    h->vector = (uint8_t)(rng_one_in(r, 4) ? rng_next(r) : 0x40);
    h->cpl = (uint8_t)rng_next(r) & (rng_one_in(r, 4) ? 0xff : 0x3f);
    h->dr7 = (uint8_t)(rng_one_in(r, 8) ? rng_next(r) : 0);
    h->eflags = (uint32_t)rng_next(r) & (rng_one_in(r, 3) ? ~0u : ~(uint32_t)EF_AC);
    h->cr0 = (uint32_t)rng_next(r);
    h->cr4 = rng_one_in(r, 2) ? 0 : (uint32_t)rng_next(r);
    h->cr0_xor = (uint8_t)(rng_one_in(r, 6) ? rng_next(r) : 4);
    h->mxcsr = (uint32_t)rng_next(r);
    h->fpu_seed = rng_below(r, 1000);
    h->data_seed = data[rng_below(r, 4)] | (uint32_t)rng_next(r) << 8;
    h->fcw = (uint16_t)(0x37f ^ (1u << rng_below(r, 12)));
    h->fsw = (uint16_t)rng_next(r);
    h->tags = (uint8_t)(rng_one_in(r, 2) ? 0 : rng_next(r));
    for (unsigned n = 0; n < 4; n++)
        h->dr[n] = (rng_one_in(r, 2) ? CODE + h->eip : DATA) + rng_below(r, 64);
}

static void random_head(struct engine_head *h, struct rng *r)
{
    memset(h, 0, sizeof *h);
    random_places(h, r);
    random_modes(h, r);
    random_pages(h, r);
    random_pins(h, r);
    for (unsigned n = 0; n < 2; n++)
        le64_put(h->desc[n], 0x00cf92000000ffffull ^ (rng_next(r) & rng_next(r) & rng_next(r)));
}

size_t make_engines(uint8_t *data, size_t max, uint64_t seed)
{
    struct rng r = {.s = seed};
    struct engine_head h;
    size_t room = max > sizeof h ? max - sizeof h : 0;

    if (!room)
        return 0;
    random_head(&h, &r);
    memcpy(data, &h, sizeof h);
    room = min_u64(room, SLOT * (1 + rng_below(&r, 12)));
    return sizeof h + fill_code(gen_of(&h, &r), data + sizeof h, room, !rng_one_in(&r, 4));
}

/* One part of the head as in a new input. */
static void change_head(struct engine_head *h, struct rng *r)
{
    struct engine_head other;
    size_t at = rng_below(r, sizeof *h), n = 1 + rng_below(r, 4);

    random_head(&other, r);
    switch (rng_below(r, 6)) {
    case 0:
        memcpy(h->pin, other.pin, sizeof h->pin);
        break;
    case 1:
        memcpy(h->pte, other.pte, sizeof h->pte);
        break;
    case 2:
        memcpy(h->engine, other.engine, sizeof h->engine);
        break;
    case 3:
        memcpy(h->gpr_kind, other.gpr_kind, sizeof h->gpr_kind + sizeof h->gpr);
        break;
    default:
        n = at + n > sizeof *h ? sizeof *h - at : n;
        memcpy((uint8_t *)h + at, (uint8_t *)&other + at, n);
    }
}

size_t mutate_engines(uint8_t *data, size_t size, size_t max, uint64_t seed)
{
    struct rng r = {.s = seed};
    struct engine_head h;

    if (size < sizeof h || max < sizeof h + SLOT)
        return make_engines(data, max, seed);
    memcpy(&h, data, sizeof h);
    for (unsigned n = rng_below(&r, 3); n; n--)
        change_head(&h, &r);
    memcpy(data, &h, sizeof h);
    for (unsigned n = rng_below(&r, 4); n; n--)
        size = sizeof h +
               change_code(gen_of(&h, &r), data + sizeof h, size - sizeof h, max - sizeof h);
    return size;
}

/* --- fuzz_translate --- */

static struct gen gen_of_block(const struct block_head *h, struct rng *r)
{
    return (struct gen){.r = r,
                        .mode = h->mode & MODE_CS32 ? 32 : 16,
                        .flat = rng_one_in(r, 2),
                        .prot = h->mode & MODE_PE,
                        .system = rng_one_in(r, 3),
                        .at = h->eip};
}

static void random_block_head(struct block_head *h, struct rng *r)
{
    memset(h, 0, sizeof *h);
    h->mode = (uint32_t)rng_next(r);
    if (!rng_one_in(r, 3)) /* floating point is allowed */
        h->mode &= ~(uint32_t)(0x1f << 12);
    if (rng_one_in(r, 2))
        h->mode |= 0x3f << MODE_FLAT_SHIFT;
    if (!rng_one_in(r, 16))
        h->mode &= ~(uint32_t)MODE_STEP;
    h->eip = rng_one_in(r, 3) ? PAGE_SIZE - rng_below(r, 80) : rng_below(r, 0x8000);
    h->base = rng_one_in(r, 2) ? 0 : (uint32_t)rng_next(r) & (rng_one_in(r, 2) ? ~15u : ~0u);
    h->limit = rng_one_in(r, 4) ? h->eip + rng_below(r, 200) : 0xffffffff;
    h->model = (uint8_t)rng_below(r, 10);
    h->max_insns = (uint8_t)(rng_one_in(r, 4) ? rng_next(r) : 63);
    h->single = (uint8_t)rng_one_in(r, 20);
    h->text = (uint8_t)rng_one_in(r, 8);
}

size_t make_translate(uint8_t *data, size_t max, uint64_t seed)
{
    struct rng r = {.s = seed};
    struct block_head h;
    size_t room = max > sizeof h ? min_u64(max - sizeof h, 256) : 0;

    if (!room)
        return 0;
    random_block_head(&h, &r);
    memcpy(data, &h, sizeof h);
    return sizeof h + fill_code(gen_of_block(&h, &r), data + sizeof h, room, false);
}

size_t mutate_translate(uint8_t *data, size_t size, size_t max, uint64_t seed)
{
    struct rng r = {.s = seed};
    struct block_head h, other;

    if (size < sizeof h || max < sizeof h + SLOT)
        return make_translate(data, max, seed);
    memcpy(&h, data, sizeof h);
    random_block_head(&other, &r);
    switch (rng_below(&r, 6)) {
    case 0:
        h.mode ^= 1u << rng_below(&r, 24);
        break;
    case 1:
        h.mode = other.mode;
        break;
    case 2:
        other.mode = h.mode;
        h = other;
        break;
    }
    memcpy(data, &h, sizeof h);
    for (unsigned n = rng_below(&r, 4); n; n--)
        size = sizeof h +
               change_code(gen_of_block(&h, &r), data + sizeof h, size - sizeof h, max - sizeof h);
    return size;
}

/* --- fuzz_decode --- */

size_t make_decode(uint8_t *data, size_t max, uint64_t seed)
{
    struct rng r = {.s = seed};
    struct gen g = {.r = &r, .system = true, .prot = true};

    if (max < 1 + SLOT)
        return 0;
    data[0] = (uint8_t)rng_next(&r);
    g.mode = data[0] % 3 ? 32 : 16;
    return 1 + fill_code(g, data + 1, min_u64(max - 1, 2 * SLOT), false);
}

size_t mutate_decode(uint8_t *data, size_t size, size_t max, uint64_t seed)
{
    struct rng r = {.s = seed};
    struct gen g = {.r = &r, .system = true, .prot = true};

    if (size < 1 || max < 1 + SLOT)
        return make_decode(data, max, seed);
    g.mode = data[0] % 3 ? 32 : 16;
    size = 1 + change_code(g, data + 1, size - 1, max - 1);
    if (size > 2 && rng_one_in(&r, 2))
        data[1 + rng_below(&r, (uint32_t)size - 1)] ^= (uint8_t)(1u << rng_below(&r, 8));
    return size;
}
