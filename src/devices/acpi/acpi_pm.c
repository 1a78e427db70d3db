/* acpi_pm.c - ACPI power management registers of the PIIX4 (Intel 290562, 7.2; ACPI 2.0, 4.7).
 *
 * The PM timer is computed from virtual time; its overflow flag is brought up to date when somebody
 * looks, and an event is armed only while it can raise SCI. */
#include <string.h>
#include "devices/acpi/acpi_pm.h"

enum { OUT_SCI, OUT_SMI };

/* Offsets in the block. */
enum { PM_STATUS = 0x00, PM_ENABLE = 0x02, PM_CONTROL = 0x04, PM_TIMER = 0x08, PM_REST = 0x0c };

/* PM1 status and enable. */
enum { PM_TMR = BIT(0), PM_GBL = BIT(5), PM_PWRBTN = BIT(8), PM_RTC = BIT(10), PM_WAK = BIT(15) };
enum { PM_STATUS_BITS = PM_TMR | BIT(4) | PM_GBL | PM_PWRBTN | PM_RTC | PM_WAK };
enum { PM_ENABLE_BITS = PM_TMR | PM_GBL | PM_PWRBTN | PM_RTC };
/* PM1 control. */
enum { CNT_SCI_EN = BIT(0), CNT_GBL_RLS = BIT(2), CNT_SLP_EN = BIT(13), CNT_BITS = 0x1c03 };

/* Global status and control.  EOS (bit 16 of the latter), by which a handler lets in the next SMI,
 * only keeps what is written: SeaBIOS never sets it. */
enum { GLBSTS = 0x18, GLBSTS_APM = BIT(5), GLBCTL = 0x28, GLBCTL_SMI_EN = BIT(0) };

/* What the firmware's ACPI tables tell the OS to write to the APM port (FADT ACPI_ENABLE and
 * ACPI_DISABLE).  SeaBIOS's SMI handler leaves them to the chip set, so SCI_EN follows by itself.
 */
enum { APM_ACPI_ENABLE = 0xf1, APM_ACPI_DISABLE = 0xf0 };

struct acpi_pm {
    struct device dev;
    void (*sleep)(void *opaque, unsigned slp_typ);
    void *opaque;
    uint64_t timer_seen; /* bits of the timer from 23 up, at the last look */
    uint16_t base;       /* ports, where enabled */
    uint16_t status, enable, control;
    bool enabled;
    bool mapped; /* the ports are in the I/O space */
    bool apmc_enabled;
    uint8_t apm_control, apm_status;
    uint8_t gpe_status[2], gpe_enable[2];
    uint8_t rest[ACPI_PM_PORTS - PM_REST]; /* registers that only keep what is written */
    struct event overflow;
};

static const struct state_field acpi_pm_state[] = {
    STATE_SKIP(struct acpi_pm, dev, "belongs to the host"),
    STATE_SKIP(struct acpi_pm, sleep, "connected by the machine"),
    STATE_SKIP(struct acpi_pm, opaque, "connected by the machine"),
    STATE_INT(struct acpi_pm, timer_seen),
    STATE_INT(struct acpi_pm, base),
    STATE_INT(struct acpi_pm, status),
    STATE_INT(struct acpi_pm, enable),
    STATE_INT(struct acpi_pm, control),
    STATE_INT(struct acpi_pm, enabled),
    STATE_SKIP(struct acpi_pm, mapped, "re-made from base and enabled"),
    STATE_INT(struct acpi_pm, apmc_enabled),
    STATE_INT(struct acpi_pm, apm_control),
    STATE_INT(struct acpi_pm, apm_status),
    STATE_INTS(struct acpi_pm, gpe_status),
    STATE_INTS(struct acpi_pm, gpe_enable),
    STATE_INTS(struct acpi_pm, rest),
    STATE_EVENT(struct acpi_pm, overflow),
    STATE_END,
};

static uint64_t ticks(const struct acpi_pm *p)
{
    return clock_ticks(p->dev.env->clock, ACPI_PM_HZ);
}

/* TMR_STS is set when bit 23 of the timer changes (ACPI 2.0, 4.7.3.1.1). */
static void sync(struct acpi_pm *p)
{
    uint64_t high = ticks(p) >> 23;

    if (high != p->timer_seen)
        p->status |= PM_TMR;
    p->timer_seen = high;
}

/* Drives SCI and arms the timer's overflow; call with the status up to date. */
static void update(struct acpi_pm *p)
{
    bool event = p->status & p->enable & PM_ENABLE_BITS;

    for (unsigned i = 0; i < 2; i++)
        event |= (p->gpe_status[i] & p->gpe_enable[i]) != 0;
    if (p->enable & PM_TMR && !(p->status & PM_TMR))
        event_at(&p->overflow, ticks_to_ns((p->timer_seen + 1) << 23, ACPI_PM_HZ));
    else
        event_cancel(&p->overflow);
    device_out(&p->dev, OUT_SCI, event && p->control & CNT_SCI_EN);
}

static void overflow_event(void *opaque)
{
    sync(opaque);
    update(opaque);
}

/* ---- the block of the PCI function */

/* Replaces the bytes of a 16-bit register that an access of `size` bytes at port covers. */
static uint16_t put16(uint16_t old, unsigned port, uint32_t val, unsigned size)
{
    return (uint16_t)bits_put(old, (port & 1) * 8, size * 8, val);
}

static uint32_t get16(uint16_t reg, unsigned port)
{
    return (uint32_t)reg >> (port & 1) * 8;
}

static uint32_t read_status(struct device *d, unsigned port, unsigned size)
{
    struct acpi_pm *p = (struct acpi_pm *)d;

    (void)size;
    sync(p);
    return get16(p->status, port);
}

static void write_status(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct acpi_pm *p = (struct acpi_pm *)d;

    sync(p);
    p->status &= (uint16_t) ~(put16(0, port, val, size) & PM_STATUS_BITS);
    update(p);
}

static uint32_t read_enable(struct device *d, unsigned port, unsigned size)
{
    (void)size;
    return get16(((struct acpi_pm *)d)->enable, port);
}

static void write_enable(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct acpi_pm *p = (struct acpi_pm *)d;

    sync(p);
    p->enable = put16(p->enable, port, val, size) & PM_ENABLE_BITS;
    update(p);
}

static uint32_t read_control(struct device *d, unsigned port, unsigned size)
{
    (void)size;
    return get16(((struct acpi_pm *)d)->control, port);
}

static void write_control(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct acpi_pm *p = (struct acpi_pm *)d;
    uint16_t new = put16(p->control, port, val, size);

    sync(p);
    p->control = new &CNT_BITS;
    update(p);
    if (new &CNT_SLP_EN && p->sleep)
        p->sleep(p->opaque, new >> 10 & 7);
}

static uint32_t read_timer(struct device *d, unsigned port, unsigned size)
{
    (void)size;
    return (uint32_t)(ticks((struct acpi_pm *)d) & 0xffffff) >> (port & 3) * 8;
}

static uint32_t read_rest(struct device *d, unsigned port, unsigned size)
{
    (void)size;
    return ((struct acpi_pm *)d)->rest[port - PM_REST];
}

static void write_rest(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    uint8_t *reg = &((struct acpi_pm *)d)->rest[port - PM_REST];

    (void)size;
    if (port == GLBSTS || port == GLBSTS + 1)
        *reg &= (uint8_t)~val; /* 1 clears */
    else
        *reg = (uint8_t)val;
}

static const struct reg block_regs[] = {
    /* port count read write meaning max */
    {PM_STATUS, 2, read_status, write_status, "PM1 status, 1 clears", 2},
    {PM_ENABLE, 2, read_enable, write_enable, "PM1 enable", 2},
    {PM_CONTROL, 2, read_control, write_control, "PM1 control", 2},
    {0x06, 2, reg_open_bus, reg_ignore, "reserved", 2},
    {PM_TIMER, 4, read_timer, reg_ignore, "PM timer", 4},
    {PM_REST, ACPI_PM_PORTS - PM_REST, read_rest, write_rest, "processor and global control"},
    REG_END,
};

static void map_block(struct acpi_pm *p)
{
    if (p->mapped)
        io_unmap(p->dev.env->io, &p->dev, block_regs);
    p->mapped = p->enabled && p->base;
    if (p->mapped)
        io_map(p->dev.env->io, &p->dev, block_regs, p->base);
}

void acpi_pm_set_base(struct device *d, uint16_t base, bool enabled)
{
    struct acpi_pm *p = (struct acpi_pm *)d;

    base &= (uint16_t) ~(ACPI_PM_PORTS - 1);
    if (p->base == base && p->enabled == enabled)
        return;
    p->base = base;
    p->enabled = enabled;
    map_block(p);
}

/* ---- general-purpose events and APM */

static uint8_t *gpe_byte(struct acpi_pm *p, unsigned port)
{
    return port < 2 ? &p->gpe_status[port] : &p->gpe_enable[port - 2];
}

static uint32_t read_gpe(struct device *d, unsigned port, unsigned size)
{
    (void)size;
    return *gpe_byte((struct acpi_pm *)d, port);
}

static void write_gpe(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct acpi_pm *p = (struct acpi_pm *)d;
    uint8_t *byte = gpe_byte(p, port);

    (void)size;
    sync(p);
    *byte = (uint8_t)(port < 2 ? *byte & ~val : val);
    update(p);
}

static uint32_t read_apm(struct device *d, unsigned port, unsigned size)
{
    const struct acpi_pm *p = (const struct acpi_pm *)d;

    (void)size;
    return port & 1 ? p->apm_status : p->apm_control;
}

static void write_apm(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct acpi_pm *p = (struct acpi_pm *)d;

    (void)size;
    if (port & 1) {
        p->apm_status = (uint8_t)val;
        return;
    }
    p->apm_control = (uint8_t)val;
    if (val == APM_ACPI_ENABLE || val == APM_ACPI_DISABLE) {
        sync(p);
        p->control = (uint16_t)bits_put(p->control, 0, 1, val == APM_ACPI_ENABLE);
        update(p);
    }
    if (p->apmc_enabled && p->rest[GLBCTL - PM_REST] & GLBCTL_SMI_EN) {
        p->rest[GLBSTS - PM_REST] |= GLBSTS_APM;
        device_out(d, OUT_SMI, true);
        device_out(d, OUT_SMI, false);
    }
}

void acpi_pm_set_apmc(struct device *d, bool enabled)
{
    ((struct acpi_pm *)d)->apmc_enabled = enabled;
}

void acpi_pm_on_sleep(struct device *d, void (*fn)(void *opaque, unsigned slp_typ), void *opaque)
{
    struct acpi_pm *p = (struct acpi_pm *)d;

    p->sleep = fn;
    p->opaque = opaque;
}

void acpi_pm_power_button(struct device *d)
{
    struct acpi_pm *p = (struct acpi_pm *)d;

    sync(p);
    p->status |= PM_PWRBTN;
    update(p);
}

void acpi_pm_gpe(struct device *d, unsigned bit)
{
    struct acpi_pm *p = (struct acpi_pm *)d;

    sync(p);
    p->gpe_status[0] |= (uint8_t)BIT(bit & 7);
    update(p);
}

/* ---- class */

/* The class's own rows are based at B2h, where the APM ports are. */
static const struct reg acpi_pm_regs[] = {
    {0, 2, read_apm, write_apm, "APM control, APM status"},
    REG_END,
};

static const struct reg gpe_regs[] = {
    {0, 4, read_gpe, write_gpe, "GPE0 status (1 clears), GPE0 enable"},
    REG_END,
};

static void acpi_pm_init(struct device *d)
{
    struct acpi_pm *p = (struct acpi_pm *)d;

    event_init(&p->overflow, d->env->clock, "acpi-pm.overflow", RANK_TIMER, overflow_event, p);
    io_map(d->env->io, d, gpe_regs, ACPI_GPE0);
}

static void acpi_pm_fini(struct device *d)
{
    struct acpi_pm *p = (struct acpi_pm *)d;

    event_fini(&p->overflow);
    io_unmap(d->env->io, d, gpe_regs);
    if (p->mapped)
        io_unmap(d->env->io, d, block_regs);
}

/* Where the block is and whether APM raises SMI is the PCI function's to reset. */
static void acpi_pm_reset(struct device *d)
{
    struct acpi_pm *p = (struct acpi_pm *)d;

    p->status = p->enable = p->control = 0;
    p->timer_seen = ticks(p) >> 23;
    p->apm_control = p->apm_status = 0;
    memset(p->gpe_status, 0, sizeof p->gpe_status);
    memset(p->gpe_enable, 0, sizeof p->gpe_enable);
    memset(p->rest, 0, sizeof p->rest);
    update(p);
}

static void acpi_pm_post_load(struct device *d)
{
    map_block((struct acpi_pm *)d);
}

const struct device_class acpi_pm_class = {
    .name = "acpi-pm",
    .bus = BUS_ISA,
    .ports = {0xb2, 2},
    .version = 1,
    .size = sizeof(struct acpi_pm),
    .state = acpi_pm_state,
    .regs = acpi_pm_regs,
    .out = {"sci", "smi"},
    .init = acpi_pm_init,
    .fini = acpi_pm_fini,
    .reset = acpi_pm_reset,
    .post_load = acpi_pm_post_load,
};
