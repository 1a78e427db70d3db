/* string.c - MOVS, STOS, LODS, CMPS, SCAS with their REP prefixes (SDM vol. 1, 7.3.9; vol. 2B,
 * REP).
 *
 * Each kind has a function for one element and, where it pays, one that runs many elements within a
 * page of host memory.  string_run() loops over them and keeps the count: the block's entry counted
 * the first iteration; each further one takes one from the budget before it starts.  Registers are
 * up to date between elements, so a fault leaves those of the last completed iteration.  Flags of
 * CMPS and SCAS too are those of the last completed iteration when a fault ends the instruction:
 * the SDM has them as before the instruction, but where that began must not depend on how a run is
 * cut by the budget. */
#include "cpu/string_op.h"
#include <string.h>
#include "base/bytes.h"

static void set_low(struct cpu *cpu, enum gpr r, uint32_t val, uint32_t mask)
{
    cpu->gpr[r] = mask == 0xffff ? (cpu->gpr[r] & ~0xffffull) | (val & 0xffff) : val;
}

uint32_t string_off(const struct string_op *op, enum gpr r)
{
    return (uint32_t)op->cpu->gpr[r] & op->mask;
}

void string_advance(const struct string_op *op, enum gpr r, uint32_t n)
{
    uint32_t by = op->back ? 0 - n * op->size : n * op->size;

    set_low(op->cpu, r, (uint32_t)op->cpu->gpr[r] + by, op->mask);
}

/* Elements that can be done in one go: what is left of the count, and of the budget. */
uint32_t string_room(const struct string_op *op)
{
    const struct cpu *cpu = op->cpu;

    if (!op->rep || (cpu->mode & MODE_STEP) || op->fetched_each)
        return 1;
    return (uint32_t)min_u64(string_off(op, R_CX), cpu->budget > 0 ? (uint64_t)cpu->budget + 1 : 1);
}

static bool aligned_enough(const struct string_op *op, uint32_t lin)
{
    return !(lin & (op->size - 1)) || !(op->cpu->cr0 & CR0_AM) || !(op->cpu->eflags & EF_AC) ||
           op->cpu->cpl != 3;
}

/* How many of n elements from seg:off on stay within segment, offset wrap and page; *lin is the
 * lowest address of that many.  0 where the one-element function must look. */
uint32_t string_span(const struct string_op *op, enum seg_index seg, uint32_t off, uint32_t n,
                     bool write, uint32_t *lin)
{
    const struct segment *s = &op->cpu->seg[seg];
    uint64_t end = min_u64(write ? s->write_end : s->read_end, (uint64_t)op->mask + 1);
    uint32_t at = (uint32_t)(s->base + off), in_page = at & (PAGE_SIZE - 1);

    if ((uint64_t)off + op->size > end || in_page + op->size > PAGE_SIZE || !aligned_enough(op, at))
        return 0;
    if (op->back) {
        n = (uint32_t)min_u64(n, min_u64(off, in_page) / op->size + 1);
        *lin = at - (n - 1) * op->size;
    } else {
        n = (uint32_t)min_u64(n, min_u64(end - off, PAGE_SIZE - in_page) / op->size);
        *lin = at;
    }
    return n;
}

/* Host memory of n elements that string_span() found to lie at lin; NULL as there. */
static uint8_t *host_of(const struct string_op *op, uint32_t lin, uint32_t n, bool write)
{
    enum tlb_kind kind = write ? TLB_WRITE : TLB_READ;

    if (op->back) /* a page fault has the address of the element that comes first */
        cpu_probe(op->cpu, lin + (n - 1) * op->size, op->size, kind, op->cpu->mmu);
    return cpu_host(op->cpu, lin, n * op->size, kind, op->cpu->mmu);
}

/* Host memory of up to *n elements at seg:off, the lowest address first; NULL as for string_span.
 */
uint8_t *string_host(const struct string_op *op, enum seg_index seg, uint32_t off, bool write,
                     uint32_t *n)
{
    uint32_t lin = 0;

    *n = string_span(op, seg, off, *n, write, &lin);
    return *n ? host_of(op, lin, *n, write) : NULL;
}

/* Elements on which a source at seg:SI and a destination at ES:DI both stay where string_span()
 * wants them, and the lowest address of each; 0 as there. */
struct both {
    uint32_t n, from, to;
};

static struct both both_spans(const struct string_op *op, uint32_t room, bool write)
{
    struct both b = {room, 0, 0};
    uint32_t fewer;

    b.n = string_span(op, SEG_ES, string_off(op, R_DI), b.n, write, &b.to);
    if (!b.n)
        return b;
    fewer = string_span(op, op->seg, string_off(op, R_SI), b.n, false, &b.from);
    if (op->back) /* the lowest of fewer elements lies higher */
        b.to += (b.n - fewer) * op->size;
    b.n = fewer;
    return b;
}

static uint64_t load(const struct string_op *op, enum seg_index seg, enum gpr r)
{
    uint64_t lin = cpu_linear(op->cpu, seg, string_off(op, r), op->size, false);

    return cpu_load(op->cpu, lin, op->size, op->cpu->mmu);
}

static void store(const struct string_op *op, uint64_t val)
{
    uint64_t lin = cpu_linear(op->cpu, SEG_ES, string_off(op, R_DI), op->size, true);

    cpu_store(op->cpu, lin, val, op->size, op->cpu->mmu);
}

/* Is the REP loop over after `n` iterations?  CX goes down with them. */
static bool count_down(const struct string_op *op, uint32_t n)
{
    if (!op->rep)
        return true;
    set_low(op->cpu, R_CX, string_off(op, R_CX) - n, op->mask);
    return !string_off(op, R_CX);
}

static bool condition_ends(const struct string_op *op)
{
    bool zf = op->cpu->lahf & EF_ZF;

    return op->compares && (op->rep == 1 ? !zf : op->rep == 2 && zf);
}

bool cpu_strings_advance_early(const struct cpu *cpu)
{
    return cpu_quirk(cpu, QUIRK_LATE_OVERRUN);
}

void string_init(struct string_op *op, struct cpu *cpu, uint64_t packed)
{
    *op = (struct string_op){.cpu = cpu,
                             .size = packed & 0xff,
                             .mask = (packed >> 8 & 0xff) == 2 ? 0xffff : 0xffffffff,
                             .seg = packed >> 16 & 0xff,
                             .rep = packed >> 24 & 3,
                             .fetched_each = packed & STRING_FETCHED_EACH,
                             .back = cpu->eflags & EF_DF,
                             .late = cpu_real(cpu) && cpu_quirk(cpu, QUIRK_LATE_OVERRUN)};
}

static void late_overrun(const struct string_op *op, enum seg_index seg, enum gpr r, uint8_t moved)
{
    uint32_t off = string_off(op, r), count = moved & LATE_COUNT2 ? 2 : moved & LATE_COUNT ? 1 : 0;

    if (!moved || (uint64_t)off + op->size - 1 <= op->cpu->seg[seg].limit)
        return;
    if (moved & LATE_SI)
        string_advance(op, R_SI, 1);
    if (moved & LATE_DI)
        string_advance(op, R_DI, 1);
    if (op->rep)
        count_down(op, (uint32_t)min_u64(count, string_off(op, R_CX)));
    raise_overrun(op->cpu, seg, 0);
}

/* Segment overrun as a 286 in real mode meets it: CMPS reads its destination first. */
static void late_overruns(const struct string_op *op, const struct string_kind *kind)
{
    if (kind->compares)
        late_overrun(op, SEG_ES, R_DI, kind->late_dst);
    late_overrun(op, op->seg, R_SI, kind->late_src);
    late_overrun(op, SEG_ES, R_DI, kind->late_dst);
}

uint64_t string_run(struct string_op *op, const struct string_kind *kind, uint64_t ip,
                    uint64_t next)
{
    struct cpu *cpu = op->cpu;

    if (op->rep && !string_off(op, R_CX)) {
        cpu->eip = next;
        return 0;
    }
    op->compares = kind->compares;
    for (;;) {
        uint32_t n = kind->many ? kind->many(op, string_room(op)) : 0;
        if (!n) {
            if (op->late)
                late_overruns(op, kind);
            kind->one(op);
            n = 1;
        } else {
            cpu->budget -= n - 1;
        }
        if (count_down(op, n) || condition_ends(op)) {
            cpu->eip = next;
            return 0;
        }
        if (cpu->budget <= 0 || (cpu->mode & MODE_STEP) || op->fetched_each) {
            /* What comes between iterations pushes RF set (SDM vol. 3B, 17.3.1.1). */
            cpu->eip = ip;
            cpu->rf_count = count_after(cpu);
            return 1;
        }
        cpu->budget--;
    }
}

/* --- MOVS --- */

static void movs_one(const struct string_op *op)
{
    store(op, load(op, op->seg, R_SI));
    string_advance(op, R_SI, 1);
    string_advance(op, R_DI, 1);
}

typedef uint64_t line __attribute__((vector_size(16), aligned(1), may_alias));

/* Regions apart.  Many a C library copies this much by the host's REP MOVS, which is half as fast
 * where the two are not aligned. */
static void copy_apart(uint8_t *to, const uint8_t *from, size_t len)
{
    for (; len >= 4 * sizeof(line); len -= 4 * sizeof(line)) {
        const line *f = (const void *)from;
        line a = f[0], b = f[1], c = f[2], d = f[3], *t = (void *)to;
        t[0] = a;
        t[1] = b;
        t[2] = c;
        t[3] = d;
        from += 4 * sizeof(line);
        to += 4 * sizeof(line);
    }
    memcpy(to, from, len);
}

/* Element by element where the regions overlap in the direction of travel, as software relies on.
 */
static void copy(const struct string_op *op, uint8_t *to, const uint8_t *from, uint32_t n)
{
    size_t len = (size_t)n * op->size;
    bool replicates = op->back ? to < from && from < to + len : from < to && to < from + len;

    if (to + len <= from || from + len <= to) {
        copy_apart(to, from, len);
        return;
    }
    if (!replicates) {
        memmove(to, from, len);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        size_t at = (size_t)(op->back ? n - 1 - i : i) * op->size;
        le_put(to + at, le_get(from + at, op->size), op->size);
    }
}

static uint32_t movs_many(const struct string_op *op, uint32_t room)
{
    struct both b;

    if (room < 2)
        return 0;
    b = both_spans(op, room, true);
    const uint8_t *from = b.n ? host_of(op, b.from, b.n, false) : NULL;
    uint8_t *to = from ? host_of(op, b.to, b.n, true) : NULL;
    if (!to)
        return 0;
    copy(op, to, from, b.n);
    string_advance(op, R_SI, b.n);
    string_advance(op, R_DI, b.n);
    return b.n;
}

uint64_t helper_movs(struct cpu *cpu, uint64_t packed, uint64_t ip, uint64_t next)
{
    static const struct string_kind kind = {movs_one, movs_many, false, LATE_SI | LATE_COUNT,
                                            LATE_SI | LATE_DI | LATE_COUNT2};
    struct string_op op;

    string_init(&op, cpu, packed);
    return string_run(&op, &kind, ip, next);
}

/* --- STOS --- */

static void stos_one(const struct string_op *op)
{
    store(op, op->cpu->gpr[R_AX]);
    string_advance(op, R_DI, 1);
}

/* len bytes of the repeated element. */
static void fill(uint8_t *to, uint64_t val, unsigned size, uint32_t len)
{
    uint8_t some[64];

    if (size == 1 || val == 0) {
        memset(to, (int)val, len);
        return;
    }
    for (unsigned n = 0; n < sizeof some; n += size)
        le_put(some + n, val, size);
    for (; len >= sizeof some; len -= sizeof some, to += sizeof some)
        memcpy(to, some, sizeof some);
    memcpy(to, some, len);
}

static uint32_t stos_many(const struct string_op *op, uint32_t room)
{
    uint64_t val = op->cpu->gpr[R_AX];
    uint32_t n = room;

    if (room < 2)
        return 0;
    uint8_t *to = string_host(op, SEG_ES, string_off(op, R_DI), true, &n);
    if (!to)
        return 0;
    fill(to, val & mask_bytes(op->size), op->size, n * op->size);
    string_advance(op, R_DI, n);
    return n;
}

uint64_t helper_stos(struct cpu *cpu, uint64_t packed, uint64_t ip, uint64_t next)
{
    static const struct string_kind kind = {stos_one, stos_many, false, 0, LATE_DI | LATE_COUNT2};
    struct string_op op;

    string_init(&op, cpu, packed);
    return string_run(&op, &kind, ip, next);
}

/* --- LODS --- */

static void lods_one(const struct string_op *op)
{
    uint64_t *ax = &op->cpu->gpr[R_AX], val = load(op, op->seg, R_SI);

    *ax = op->size == 4 ? val : (*ax & ~mask_bytes(op->size)) | val;
    string_advance(op, R_SI, 1);
}

uint64_t helper_lods(struct cpu *cpu, uint64_t packed, uint64_t ip, uint64_t next)
{
    static const struct string_kind kind = {lods_one, NULL, false, LATE_SI | LATE_COUNT, 0};
    struct string_op op;

    string_init(&op, cpu, packed);
    return string_run(&op, &kind, ip, next);
}

/* --- CMPS and SCAS --- */

/* Flags of a - b, as SUB sets them. */
static void compare(const struct string_op *op, uint64_t a, uint64_t b)
{
    uint64_t mask = mask_bytes(op->size), sign = (mask >> 1) + 1, r;
    uint8_t f = 2;

    a &= mask;
    b &= mask;
    r = (a - b) & mask;
    if (a < b)
        f |= EF_CF;
    if (!(__builtin_popcount((unsigned)(r & 0xff)) & 1))
        f |= EF_PF;
    f |= (a ^ b ^ r) & EF_AF;
    if (!r)
        f |= EF_ZF;
    if (r & sign)
        f |= EF_SF;
    op->cpu->lahf = f;
    op->cpu->of = ((a ^ b) & (a ^ r) & sign) != 0;
}

static void cmps_one(const struct string_op *op)
{
    /* The destination comes first, as on the 286 and on AMD's processors. */
    uint64_t b = load(op, SEG_ES, R_DI), a = load(op, op->seg, R_SI);

    compare(op, a, b);
    string_advance(op, R_SI, 1);
    string_advance(op, R_DI, 1);
}

static size_t element(const struct string_op *op, uint32_t i, uint32_t n)
{
    return (size_t)(op->back ? n - 1 - i : i) * op->size;
}

/* Index of the first element at which REPE or REPNE stops, or n - 1. */
static uint32_t scan_each(const struct string_op *op, const uint8_t *a, const uint8_t *b,
                          uint32_t i, uint32_t n, uint64_t acc)
{
    bool stop_equal = op->rep == 2;

    for (; i < n - 1; i++) {
        uint64_t x = a ? le_get(a + element(op, i, n), op->size) : acc;
        if ((x == le_get(b + element(op, i, n), op->size)) == stop_equal)
            break;
    }
    return i;
}

/* The element whose sign bit is 1 in a word of eight bytes where an element of `low`, 1 for each,
 * is zero; the lowest of them is right, those above it may not be. */
static uint64_t zero_elements(uint64_t word, uint64_t low, unsigned size)
{
    return (word - low) & ~word & low << (size * 8 - 1);
}

/* The same, eight bytes at a time where the scan goes up. */
static uint32_t scan(const struct string_op *op, const uint8_t *a, const uint8_t *b, uint32_t n,
                     uint64_t acc)
{
    static const uint64_t ones[] = {
        [1] = 0x0101010101010101, [2] = 0x0001000100010001, [4] = 0x0000000100000001, [8] = 1};
    uint64_t low = ones[op->size], wide = acc * low;
    uint32_t i = 0, step = 8 / op->size;

    for (; !op->back && i + step < n; i += step) {
        const size_t at = (size_t)i * op->size;
        uint64_t differ = (a ? le64_get(a + at) : wide) ^ le64_get(b + at);
        if (op->rep == 2 ? zero_elements(differ, low, op->size) != 0 : differ != 0)
            break;
    }
    return scan_each(op, a, b, i, n, acc);
}

static uint32_t cmps_many(const struct string_op *op, uint32_t room)
{
    struct both at;
    uint32_t i, n;

    if (room < 2)
        return 0;
    at = both_spans(op, room, false);
    n = at.n;
    const uint8_t *b = n ? host_of(op, at.to, n, false) : NULL;
    const uint8_t *a = b ? host_of(op, at.from, n, false) : NULL;
    if (!a)
        return 0;
    i = scan(op, a, b, n, 0);
    compare(op, le_get(a + element(op, i, n), op->size), le_get(b + element(op, i, n), op->size));
    string_advance(op, R_SI, i + 1);
    string_advance(op, R_DI, i + 1);
    return i + 1;
}

uint64_t helper_cmps(struct cpu *cpu, uint64_t packed, uint64_t ip, uint64_t next)
{
    static const struct string_kind kind = {cmps_one, cmps_many, true,
                                            LATE_SI | LATE_DI | LATE_COUNT, LATE_DI};
    struct string_op op;

    string_init(&op, cpu, packed);
    return string_run(&op, &kind, ip, next);
}

static void scas_one(const struct string_op *op)
{
    compare(op, op->cpu->gpr[R_AX], load(op, SEG_ES, R_DI));
    string_advance(op, R_DI, 1);
}

static uint32_t scas_many(const struct string_op *op, uint32_t room)
{
    uint64_t acc = op->cpu->gpr[R_AX] & mask_bytes(op->size);
    uint32_t n = room;

    if (room < 2)
        return 0;
    const uint8_t *b = string_host(op, SEG_ES, string_off(op, R_DI), false, &n);
    if (!b)
        return 0;
    uint32_t i = scan(op, NULL, b, n, acc);
    compare(op, acc, le_get(b + element(op, i, n), op->size));
    string_advance(op, R_DI, i + 1);
    return i + 1;
}

uint64_t helper_scas(struct cpu *cpu, uint64_t packed, uint64_t ip, uint64_t next)
{
    static const struct string_kind kind = {scas_one, scas_many, true, 0, LATE_DI | LATE_COUNT};
    struct string_op op;

    string_init(&op, cpu, packed);
    return string_run(&op, &kind, ip, next);
}
