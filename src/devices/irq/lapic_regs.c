/* lapic_regs.c - the local APIC's registers in memory (SDM vol. 3A, table 10-1). */
#include "devices/irq/lapic.h"

/* Reads give the field (or read's answer); writes change the bits of wmask in it, then call
 * `written` with its number (offset / 16) and what stood there before. */
struct lapic_reg {
    uint16_t offset, count; /* registers are 16 bytes apart */
    uint16_t field;         /* of struct lapic, uint32_t for each register; 0: none */
    uint32_t wmask;
    uint32_t (*read)(const struct lapic *l);
    void (*written)(struct lapic *l, unsigned number, uint32_t old);
    const char *meaning;
};

static uint32_t read_version(const struct lapic *l)
{
    (void)l;
    return (LVT_COUNT - 1) << 16 | 0x14;
}

static uint32_t read_ppr(const struct lapic *l)
{
    return lapic_ppr(&l->dev);
}

static void written_tpr(struct lapic *l, unsigned number, uint32_t old)
{
    (void)number;
    (void)old;
    lapic_update(l);
}

static void written_eoi(struct lapic *l, unsigned number, uint32_t old)
{
    (void)number;
    (void)old;
    lapic_eoi(l);
}

/* Software disable masks the local vector table, and it stays masked (SDM vol. 3A, 10.4.7.2). */
static void written_svr(struct lapic *l, unsigned number, uint32_t old)
{
    (void)number;
    if (old & SVR_ENABLE && !(l->svr & SVR_ENABLE)) {
        for (unsigned i = 0; i < LVT_COUNT; i++)
            l->lvt[i] |= LVT_MASKED;
        lapic_timer_arm(l);
    }
    lapic_update(l);
}

static void written_esr(struct lapic *l, unsigned number, uint32_t old)
{
    (void)number;
    (void)old;
    l->esr = l->errors;
    l->errors = 0;
}

static void written_icr(struct lapic *l, unsigned number, uint32_t old)
{
    (void)number;
    (void)old;
    lapic_send_ipi(l);
}

static void written_lvt(struct lapic *l, unsigned number, uint32_t old)
{
    unsigned index = number - 0x32;
    uint32_t val = l->lvt[index];

    if (!(l->svr & SVR_ENABLE))
        val |= LVT_MASKED;
    l->lvt[index] = val;
    if (index == LVT_LINT0 && !(val & LVT_LEVEL))
        l->lvt[index] &= ~(uint32_t)LVT_REMOTE_IRR;
    if (index == LVT_LINT0 && old & LVT_MASKED && val & LVT_LEVEL &&
        l->dev.in_level >> LAPIC_IN_LINT0 & 1)
        lapic_lvt_fire(l, LVT_LINT0);
    lapic_update(l);
}

static void written_lvt_timer(struct lapic *l, unsigned number, uint32_t old)
{
    uint32_t val = l->lvt[LVT_TIMER];

    (void)number;
    if (!(l->svr & SVR_ENABLE))
        val |= LVT_MASKED;
    l->lvt[LVT_TIMER] = old;
    lapic_set_lvt_timer(l, val);
}

static void written_initial_count(struct lapic *l, unsigned number, uint32_t old)
{
    (void)number;
    (void)old;
    lapic_timer_start(l);
}

static void written_divide(struct lapic *l, unsigned number, uint32_t old)
{
    uint32_t val = l->divide;

    (void)number;
    l->divide = old;
    lapic_set_divide(l, val);
}

#define F(f)   offsetof(struct lapic, f)
#define LVT(n) F(lvt) + (n) * sizeof(uint32_t)
/* clang-format off */
static const struct lapic_reg lapic_regs[] = {
    /* offset count field           wmask       read          written            meaning */
    { 0x020, 1, F(id),            0xff000000, NULL,         NULL,              "APIC ID" },
    { 0x030, 1, 0,                0,          read_version, NULL,              "version" },
    { 0x080, 1, F(tpr),           0x000000ff, NULL,         written_tpr,       "task priority" },
    { 0x090, 1, 0,                0,          read_ppr,     NULL,              "arbitration priority" },
    { 0x0a0, 1, 0,                0,          read_ppr,     NULL,              "processor priority" },
    { 0x0b0, 1, 0,                0,          NULL,         written_eoi,       "end of interrupt" },
    { 0x0c0, 1, 0,                0,          NULL,         NULL,              "remote read" },
    { 0x0d0, 1, F(ldr),           0xff000000, NULL,         NULL,              "logical destination" },
    { 0x0e0, 1, F(dfr),           0xf0000000, NULL,         NULL,              "destination format" },
    { 0x0f0, 1, F(svr),           0x000003ff, NULL,         written_svr,       "spurious vector" },
    { 0x100, 8, F(isr),           0,          NULL,         NULL,              "in service" },
    { 0x180, 8, F(tmr),           0,          NULL,         NULL,              "trigger mode" },
    { 0x200, 8, F(irr),           0,          NULL,         NULL,              "interrupt request" },
    { 0x280, 1, F(esr),           0,          NULL,         written_esr,       "error status" },
    { 0x300, 1, F(icr_low),       0x000ccfff, NULL,         written_icr,       "interrupt command" },
    { 0x310, 1, F(icr_high),      0xff000000, NULL,         NULL,              "its destination" },
    { 0x320, 1, LVT(LVT_TIMER),   0x000700ff, NULL,         written_lvt_timer, "LVT timer" },
    { 0x330, 2, LVT(LVT_THERMAL), 0x000107ff, NULL,         written_lvt,       "LVT thermal, counters" },
    { 0x350, 2, LVT(LVT_LINT0),   0x0001a7ff, NULL,         written_lvt,       "LVT LINT0, LINT1" },
    { 0x370, 1, LVT(LVT_ERROR),   0x000100ff, NULL,         written_lvt,       "LVT error" },
    { 0x380, 1, F(initial_count), 0xffffffff, NULL, written_initial_count,     "initial count" },
    { 0x390, 1, 0,                0,          lapic_current_count, NULL,       "current count" },
    { 0x3e0, 1, F(divide),        0x0000000b, NULL,         written_divide,    "divide configuration" },
};
/* clang-format on */

static const struct lapic_reg *find(uint64_t off, unsigned *index)
{
    if (off & 15)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(lapic_regs); i++) {
        const struct lapic_reg *r = &lapic_regs[i];

        if (off >= r->offset && off < r->offset + r->count * 16u) {
            *index = (unsigned)(off - r->offset) / 16;
            return r;
        }
    }
    return NULL;
}

static uint32_t *field_of(struct lapic *l, const struct lapic_reg *r, unsigned index)
{
    return (uint32_t *)((char *)l + r->field) + index;
}

static uint64_t lapic_read(void *opaque, uint64_t off, unsigned size)
{
    struct lapic *l = opaque;
    unsigned index;
    const struct lapic_reg *r = find(off, &index);

    (void)size;
    if (!r) {
        if (!(off & 15))
            lapic_error(l, ESR_REGISTER);
        return 0;
    }
    if (r->read)
        return r->read(l);
    return r->field ? *field_of(l, r, index) : 0;
}

static void lapic_write(void *opaque, uint64_t off, uint64_t val, unsigned size)
{
    struct lapic *l = opaque;
    unsigned index;
    const struct lapic_reg *r = find(off, &index);
    uint32_t old = 0;

    (void)size;
    if (!r) {
        if (!(off & 15))
            lapic_error(l, ESR_REGISTER);
        return;
    }
    if (r->field) {
        uint32_t *field = field_of(l, r, index);

        old = *field;
        *field = (old & ~r->wmask) | ((uint32_t)val & r->wmask);
    }
    if (r->written)
        r->written(l, (unsigned)(off >> 4), old);
}

const struct mem_ops lapic_ops = {.read = lapic_read, .write = lapic_write, .min = 4, .max = 4};
