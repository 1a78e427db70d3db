/* piix4_pm.c - power management of the PIIX4, function 00:01.3 (Intel 290562, 3.4 and 7): the
 * configuration registers that place the ACPI I/O block and enable its parts. */
#include "devices/pci/piix4_pm.h"
#include "devices/acpi/acpi_pm.h"

#define PMBA      0x40 /* base of the I/O block; bit 0 reads one */
#define DEVACTB   0x58
#define APMC_EN   0x02 /* bit 25 of DEVACTB, in its top byte */
#define DEVRESB   0x5f /* bit 31: the parallel port is decoded */
#define DEVRESC   0x63
#define DEVRESD   0x67 /* bit 27: serial port A; bits 28 and 31: serial port B */
#define PMREGMISC 0x80 /* bit 0: the I/O block answers */
#define SMBBA     0x90
#define SMBHSTCFG 0xd2

struct piix4_pm {
    struct pci_device pci;
    struct device *acpi;
    bool without_smm;
};

static const struct state_field piix4_pm_state[] = {
    STATE_STRUCT(struct piix4_pm, pci, pci_device_state),
    STATE_SKIP(struct piix4_pm, acpi, "set by the machine"),
    STATE_SKIP(struct piix4_pm, without_smm, "set by the machine, from the processor's model"),
    STATE_END};

static struct piix4_pm *of(struct device *d)
{
    return (struct piix4_pm *)d;
}

static void place_registers(struct piix4_pm *s)
{
    const uint8_t *c = s->pci.config;

    if (!s->acpi)
        return;
    acpi_pm_set_base(s->acpi, le16_get(c + PMBA) & 0xffc0, c[PMREGMISC] & 1);
    acpi_pm_set_apmc(s->acpi, c[DEVACTB + 3] & APMC_EN);
}

static void piix4_pm_written(struct pci_device *p, unsigned off, unsigned size)
{
    (void)size;
    if (off >= PMBA)
        place_registers((struct piix4_pm *)p);
}

void piix4_pm_connect(struct device *d, struct device *acpi)
{
    of(d)->acpi = acpi;
}

void piix4_pm_without_smm(struct device *d)
{
    of(d)->without_smm = true;
}

/* Firmware's tables ask here which ISA ports the board decodes. */
static void tell_decoded_ports(struct piix4_pm *s)
{
    struct io_handler *const *port = s->pci.dev.env->io->port;
    uint8_t *c = s->pci.config;

    c[DEVRESB] = (uint8_t)((port[0x378] ? 0x80 : 0) | 0x10);
    c[DEVRESC] = 0x60;
    c[DEVRESD] = (uint8_t)((port[0x3f8] ? 0x08 : 0) | (port[0x2f8] ? 0x90 : 0));
}

static void piix4_pm_init(struct device *d)
{
    struct piix4_pm *s = of(d);
    uint8_t *w = s->pci.wmask;

    pci_init(&s->pci, 0x8086, 0x7113, 0x068000, 0x03, 1);
    s->pci.written = piix4_pm_written;
    le16_put(w + PMBA, 0xffc0);
    memset(w + 0x44, 0xff, 0x80 - 0x44); /* device activity, resources and monitors */
    w[DEVRESB] = w[DEVRESC] = w[DEVRESD] = 0;
    w[PMREGMISC] = 0x01;
    le16_put(w + SMBBA, 0xfff0);
}

static void piix4_pm_fini(struct device *d)
{
    pci_fini(pci_of(d));
}

static void piix4_pm_reset(struct device *d)
{
    struct piix4_pm *s = of(d);
    uint8_t *c = s->pci.config;

    pci_reset(&s->pci);
    le16_put(c + PCI_STATUS, 0x0280);
    memset(c + PMBA, 0, 0x100 - PMBA);
    c[PMBA] = 1;
    c[SMBBA] = 1;
    c[SMBHSTCFG] = 0; /* no SMBus host */
    c[DEVACTB + 3] = s->without_smm ? APMC_EN : 0;
    tell_decoded_ports(s);
    place_registers(s);
}

static void piix4_pm_post_load(struct device *d)
{
    pci_post_load(pci_of(d));
    place_registers(of(d));
}

const struct device_class piix4_pm_class = {
    .name = "piix4-pm",
    .bus = BUS_PCI,
    .version = 1,
    .size = sizeof(struct piix4_pm),
    .state = piix4_pm_state,
    .init = piix4_pm_init,
    .fini = piix4_pm_fini,
    .reset = piix4_pm_reset,
    .post_load = piix4_pm_post_load,
};
