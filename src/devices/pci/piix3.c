/* piix3.c - the PIIX3 ISA bridge, function 00:01.0 (Intel 290550): routes PIRQA#-PIRQD# to ISA
 * interrupts and answers the reset control register at CF9h. */
#include "devices/pci/piix3.h"

#define PIRQRC       0x60 /* 60h-63h: PIRQA#-PIRQD# route control (290550, 2.2.8) */
#define PIRQ_OFF     0x80u
#define PIRQ_LINES   4
#define RC_RESET_CPU 0x04u /* a change from 0 to 1 resets (290550, 2.6.4) */
#define RC_HARD      0x02u

/* Interrupts that a PIRQ may go to: 3-7, 9-12, 14 and 15. */
#define ROUTABLE     0xdef8u

enum { OUT_IRQ0 = 0, OUT_PIRQA = 16, OUT_RESET = 20 };

struct piix3 {
    struct pci_device pci;
    uint8_t lines;         /* levels of PIRQA#-PIRQD#, one bit each, 1 for asserted */
    uint8_t reset_control; /* CF9h */
};

static const struct state_field piix3_state[] = {STATE_STRUCT(struct piix3, pci, pci_device_state),
                                                 STATE_INT(struct piix3, lines),
                                                 STATE_INT(struct piix3, reset_control), STATE_END};

static struct piix3 *of(struct device *d)
{
    return (struct piix3 *)d;
}

static void drive_irqs(struct piix3 *s)
{
    unsigned levels = 0;

    for (unsigned i = 0; i < PIRQ_LINES; i++) {
        uint8_t route = s->pci.config[PIRQRC + i];
        if ((s->lines >> i & 1) && !(route & PIRQ_OFF))
            levels |= 1u << (route & 15);
    }
    for (unsigned irq = 0; irq < 16; irq++)
        device_out(&s->pci.dev, OUT_IRQ0 + irq, (levels & ROUTABLE) >> irq & 1);
}

static void piix3_pirq(void *opaque, unsigned line, bool level)
{
    struct piix3 *s = opaque;

    s->lines = (uint8_t)bits_put(s->lines, line, 1, level);
    device_out(&s->pci.dev, OUT_PIRQA + line, level);
    drive_irqs(s);
}

static uint8_t reset_read(void *opaque)
{
    return ((struct piix3 *)opaque)->reset_control;
}

static void reset_write(void *opaque, uint8_t val)
{
    struct piix3 *s = opaque;
    bool rise = (val & RC_RESET_CPU) && !(s->reset_control & RC_RESET_CPU);

    s->reset_control = val & (RC_RESET_CPU | RC_HARD);
    if (rise) {
        device_out(&s->pci.dev, OUT_RESET, true);
        device_out(&s->pci.dev, OUT_RESET, false);
    }
}

static void piix3_written(struct pci_device *p, unsigned off, unsigned size)
{
    if (off < PIRQRC + PIRQ_LINES && off + size > PIRQRC)
        drive_irqs((struct piix3 *)p);
}

void piix3_attach(struct device *d, struct pci_bus *bus, unsigned devfn)
{
    bus->pirq = piix3_pirq;
    bus->reset_read = reset_read;
    bus->reset_write = reset_write;
    bus->opaque = d;
    pci_attach(bus, pci_of(d), devfn);
}

/* The registers of 290550, 2.2, with their values after reset and the bits that can be written. */
static const struct {
    uint8_t off, reset, wmask;
} piix3_config[] = {
    {0x4c, 0x4d, 0x7f},                     /* IORT: I/O recovery timer */
    {0x4e, 0x03, 0xff},                     /* XBCS: X-bus chip select */
    {0x4f, 0x00, 0x01}, {0x60, 0x80, 0x8f}, /* PIRQRCA-D */
    {0x61, 0x80, 0x8f}, {0x62, 0x80, 0x8f}, {0x63, 0x80, 0x8f},
    {0x69, 0x02, 0xfe},                                         /* TOM: top of memory */
    {0x6a, 0x00, 0xff},                                         /* MSTAT: miscellaneous status */
    {0x70, 0x80, 0xcf},                                         /* MBIRQ0, MBIRQ1 */
    {0x71, 0x80, 0xcf}, {0x76, 0x0c, 0x8f},                     /* MBDMA0, MBDMA1 */
    {0x77, 0x0c, 0x8f}, {0x78, 0x02, 0xff},                     /* PCSC: programmable chip select */
    {0x79, 0x00, 0xff}, {0x80, 0x00, 0x7f},                     /* APICBASE */
    {0x82, 0x00, 0x0f},                                         /* DLC: deterministic latency */
    {0xa0, 0x08, 0x1f},                                         /* SMICNTL */
    {0xa2, 0x00, 0xff},                                         /* SMIEN */
    {0xa4, 0x00, 0xff},                                         /* SEE */
    {0xa5, 0x00, 0xff}, {0xa7, 0x00, 0x80}, {0xa8, 0x0f, 0xff}, /* FTMR: fast off timer */
    {0xaa, 0x00, 0xff},                                         /* SMIREQ */
    {0xac, 0x00, 0xff},                                         /* CTLTMR */
    {0xae, 0x00, 0xff},                                         /* CTHTMR */
};

static void piix3_init(struct device *d)
{
    struct piix3 *s = of(d);

    pci_init(&s->pci, 0x8086, 0x7000, 0x060100, 0x00, 0);
    for (unsigned i = 0; i < ARRAY_LEN(piix3_config); i++)
        s->pci.wmask[piix3_config[i].off] = piix3_config[i].wmask;
    s->pci.written = piix3_written;
}

static void piix3_fini(struct device *d)
{
    pci_fini(pci_of(d));
}

static void piix3_reset(struct device *d)
{
    struct piix3 *s = of(d);

    pci_reset(&s->pci);
    /* Memory, I/O and bus mastering are always on (290550, 2.2.3). */
    le16_put(s->pci.config + PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    le16_put(s->pci.config + PCI_STATUS, 0x0200);
    for (unsigned i = 0; i < ARRAY_LEN(piix3_config); i++)
        s->pci.config[piix3_config[i].off] = piix3_config[i].reset;
    s->reset_control = 0;
    s->lines = 0;
    for (unsigned i = 0; i < PIRQ_LINES; i++)
        device_out(d, OUT_PIRQA + i, false);
    drive_irqs(s);
}

static void piix3_post_load(struct device *d)
{
    pci_post_load(pci_of(d));
}

const struct device_class piix3_class = {
    .name = "piix3",
    .bus = BUS_PCI,
    .version = 1,
    .size = sizeof(struct piix3),
    .state = piix3_state,
    .out = {"pirq_irq%16", "pirqa", "pirqb", "pirqc", "pirqd", "reset"},
    .init = piix3_init,
    .fini = piix3_fini,
    .reset = piix3_reset,
    .post_load = piix3_post_load,
};
