/* i440fx.c - the 440FX host bridge, function 00:00.0 (Intel 290549, PMC): configuration mechanism
 * #1, programmable attribute map (shadow RAM) and SMRAM.
 *
 * The PAM registers decide for each 16 KB from C0000h to EFFFFh, and for F0000h-FFFFFh as a whole,
 * whether reads and writes go to system RAM or on to the PCI bus, where ROM answers.  Each such
 * piece is a region of system RAM above the ROM, routed by its two bits. */
#include "devices/pci/i440fx.h"

#define PAM            0x59 /* 59h-5Fh */
#define PAM_REGS       7
#define PAM_RE         1u /* reads from RAM */
#define PAM_WE         2u /* writes to RAM */
#define SMRAM          0x72
#define SMRAM_D_OPEN   0x40u
#define SMRAM_D_CLS    0x20u
#define SMRAM_D_LCK    0x10u
#define SMRAM_G_SMRAME 0x08u

#define SHADOW_BASE    0xc0000u
#define SHADOW_PIECE   0x4000u
#define SHADOW_PIECES  13 /* twelve of 16 KB and one of 64 KB */
#define PRIO_SHADOW    8
#define PRIO_SMRAM     8

struct i440fx {
    struct pci_device pci;
    struct pci_bus bus;
    uint32_t confadd; /* bus.address, as it is saved */
    struct region shadow[SHADOW_PIECES];
    struct region smram;
    bool smiact; /* SMIACT#: the processor is in system-management mode */
    bool has_ram;
};

static const struct state_field i440fx_state[] = {
    STATE_STRUCT(struct i440fx, pci, pci_device_state),
    STATE_SKIP(struct i440fx, bus, "set by the machine, but for confadd"),
    STATE_INT(struct i440fx, confadd),
    STATE_SKIP(struct i440fx, shadow, "follows from config"),
    STATE_SKIP(struct i440fx, smram, "follows from config"),
    STATE_INT(struct i440fx, smiact),
    STATE_SKIP(struct i440fx, has_ram, "set by the machine"),
    STATE_END};

static struct i440fx *of(struct device *d)
{
    return (struct i440fx *)d;
}

struct pci_bus *i440fx_bus(struct device *d)
{
    return &of(d)->bus;
}

/* The attribute nibble of a piece: 59h holds F0000h in its high half, 5Ah C0000h and C4000h, ... */
static unsigned pam_bits(const struct i440fx *s, unsigned piece)
{
    if (piece == SHADOW_PIECES - 1)
        return s->pci.config[PAM] >> 4;
    return s->pci.config[PAM + 1 + piece / 2] >> 4 * (piece & 1);
}

static void update_shadow(struct i440fx *s)
{
    struct physmem *mem = s->pci.dev.env->mem;

    if (!s->has_ram)
        return;
    for (unsigned i = 0; i < SHADOW_PIECES; i++) {
        unsigned bits = pam_bits(s, i);
        bool rd = bits & PAM_RE, wr = bits & PAM_WE;

        if (s->shadow[i].rd != rd || s->shadow[i].wr != wr)
            region_route(mem, &s->shadow[i], rd, wr);
    }
}

/* SMRAM is there in system-management mode, and outside while D_OPEN lets firmware fill it; D_CLS
 * closes it to data, so that a handler can reach the VGA (PMC, 3.2.20 and 4.1.3). */
static void update_smram(struct i440fx *s)
{
    struct physmem *mem = s->pci.dev.env->mem;
    unsigned reg = s->pci.config[SMRAM];
    bool open = (reg & SMRAM_G_SMRAME) && ((reg & SMRAM_D_OPEN) || s->smiact);
    bool data = open && !(reg & SMRAM_D_CLS);

    if (!s->has_ram)
        return;
    region_route(mem, &s->smram, data, data);
    physmem_set_fetches(mem, open ? &s->smram : NULL);
}

void i440fx_smiact(struct device *d, bool on)
{
    of(d)->smiact = on;
    update_smram(of(d));
}

/* Once locked, D_OPEN stays clear and the register cannot be written until reset (PMC, 3.2.20). */
static void i440fx_written(struct pci_device *p, unsigned off, unsigned size)
{
    struct i440fx *s = (struct i440fx *)p;

    if (off <= SMRAM && off + size > SMRAM && (p->config[SMRAM] & SMRAM_D_LCK)) {
        p->config[SMRAM] &= (uint8_t)~SMRAM_D_OPEN;
        p->wmask[SMRAM] = 0;
    }
    update_shadow(s);
    update_smram(s);
}

static void add_hidden(struct physmem *mem, struct region *r)
{
    r->rd = r->wr = false;
    physmem_add(mem, r);
}

void i440fx_set_ram(struct device *d, uint64_t ram_off)
{
    struct i440fx *s = of(d);
    struct physmem *mem = d->env->mem;

    for (unsigned i = 0; i < SHADOW_PIECES; i++) {
        uint32_t base = SHADOW_BASE + i * SHADOW_PIECE;
        uint32_t size = i == SHADOW_PIECES - 1 ? 0x10000 : SHADOW_PIECE;

        region_init_ram(&s->shadow[i], "shadow-ram", base, size, PRIO_SHADOW, ram_off + base);
        add_hidden(mem, &s->shadow[i]);
    }
    region_init_ram(&s->smram, "smram", 0xa0000, 0x20000, PRIO_SMRAM, ram_off + 0xa0000);
    add_hidden(mem, &s->smram);
    s->has_ram = true;
    update_shadow(s);
    update_smram(s);
}

static void i440fx_init(struct device *d)
{
    struct i440fx *s = of(d);

    pci_init(&s->pci, 0x8086, 0x1237, 0x060000, 0x02, 0);
    s->pci.written = i440fx_written;
    /* Registers 50h-5Fh (PMC configuration, PAM), DRAM rows 60h-67h, fixed hole 68h, 71h-73h. */
    for (unsigned off = 0x50; off <= 0x68; off++)
        s->pci.wmask[off] = 0xff;
    pci_attach(&s->bus, &s->pci, PCI_DEVFN(0, 0));
}

static void i440fx_fini(struct device *d)
{
    struct i440fx *s = of(d);

    pci_fini(&s->pci);
    if (!s->has_ram)
        return;
    for (unsigned i = 0; i < SHADOW_PIECES; i++)
        physmem_remove(d->env->mem, &s->shadow[i]);
    physmem_set_fetches(d->env->mem, NULL);
    physmem_remove(d->env->mem, &s->smram);
}

static void i440fx_reset(struct device *d)
{
    struct i440fx *s = of(d);
    uint8_t *c = s->pci.config;

    pci_reset(&s->pci);
    /* The bridge always answers memory cycles and masters the bus (PMC, 3.2.3). */
    le16_put(c + PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    le16_put(c + PCI_STATUS, 0x0280);
    memset(c + 0x50, 0, 0x19);
    c[0x51] = 0x01; /* PMCCFG: no ECC */
    c[0x57] = 0x01; /* DRAMC: EDO refresh rate */
    s->pci.wmask[SMRAM] = 0x7f;
    c[SMRAM] = 0x02; /* C_BASE_SEG: always A0000h */
    s->pci.wmask[0x71] = 0xff;
    c[0x71] = 0;
    s->bus.address = s->confadd = 0;
    s->smiact = false;
    update_shadow(s);
    update_smram(s);
}

static void i440fx_post_load(struct device *d)
{
    struct i440fx *s = of(d);

    pci_post_load(&s->pci);
    s->bus.address = s->confadd;
    s->pci.wmask[SMRAM] = s->pci.config[SMRAM] & SMRAM_D_LCK ? 0 : 0x7f;
    update_shadow(s);
    update_smram(s);
}

static uint32_t mech1_read(struct device *d, unsigned port, unsigned size)
{
    return pci_mech1_read(&of(d)->bus, port, size);
}

static void mech1_write(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    struct i440fx *s = of(d);

    pci_mech1_write(&s->bus, port, val, size);
    s->confadd = s->bus.address;
}

static const struct reg i440fx_regs[] = {
    /* port count read       write        meaning                        max */
    {0, 4, mech1_read, mech1_write, "CONFADD, and CF9h of the ISA bridge", 4},
    {4, 4, mech1_read, mech1_write, "CONFDATA", 4},
    REG_END};

const struct device_class i440fx_class = {
    .name = "i440fx",
    .bus = BUS_PCI,
    .ports = {0xcf8, 8},
    .version = 2,
    .size = sizeof(struct i440fx),
    .state = i440fx_state,
    .regs = i440fx_regs,
    .init = i440fx_init,
    .fini = i440fx_fini,
    .reset = i440fx_reset,
    .post_load = i440fx_post_load,
};
