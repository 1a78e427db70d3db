/* disk_bench.h - the IDE controller on the bench, with drives whose medium is memory. */
#ifndef TESTS_UNIT_DEVICES_DISK_BENCH_H
#define TESTS_UNIT_DEVICES_DISK_BENCH_H
#include "pci_bench.h"
#include "base/err.h"
#include "devices/disk/ide.h"

#define IDE     PCI_DEVFN(1, 1)
#define BM      0xc000 /* where the tests put BAR4 */
#define BSY     0x80
#define DRDY    0x40
#define DSC     0x10
#define DRQ     0x08
#define ERR     0x01
#define READY   (DRDY | DSC)
#define PRIMARY 0x1f0

struct memory_disk {
    struct block block;
    uint8_t *data;
    bool broken; /* the host cannot read or write it any more */
};

static inline bool memory_read(struct block *b, uint64_t off, void *buf, size_t n, struct err *e)
{
    struct memory_disk *m = (struct memory_disk *)b;

    if (m->broken)
        return err_set(e, "the disk is broken");
    memcpy(buf, m->data + off, n);
    return true;
}

static inline bool memory_write(struct block *b, uint64_t off, const void *buf, size_t n,
                                struct err *e)
{
    struct memory_disk *m = (struct memory_disk *)b;

    if (m->broken)
        return err_set(e, "the disk is broken");
    memcpy(m->data + off, buf, n);
    return true;
}

static inline bool memory_flush(struct block *b, struct err *e)
{
    return !((struct memory_disk *)b)->broken || err_set(e, "the disk is broken");
}

/* Each sector of 512 bytes is full of the low byte of its number, and begins with all of it. */
static inline struct memory_disk memory_disk(uint64_t sectors)
{
    struct memory_disk m = {.block = {.size = sectors * 512,
                                      .read = memory_read,
                                      .write = memory_write,
                                      .flush = memory_flush},
                            .data = xmalloc(sectors * 512)};

    for (uint64_t i = 0; i < sectors; i++) {
        memset(m.data + i * 512, (int)(i & 0xff), 512);
        le32_put(m.data + i * 512, (uint32_t)i);
    }
    return m;
}

/* The controller with its ports and bus master enabled, as firmware leaves it. */
static inline struct device *ide_socket(struct bench *b)
{
    struct pci_bus *bus = bench_bus(b);
    struct device *d = bench_socket(b, &piix3_ide_class, "ide");

    pci_attach(bus, pci_of(d), IDE);
    return d;
}

static inline void ide_power(struct bench *b, struct device *d)
{
    device_reset(d);
    put_config32(b, IDE, 0x40, 0x80008000);
    put_config32(b, IDE, 0x20, BM);
    put_config16(b, IDE, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MASTER);
}

/* Time passes until BSY falls. */
static inline uint8_t wait_ready(struct bench *b, uint16_t base)
{
    for (unsigned i = 0; i < 100000; i++) {
        uint8_t status = bench_in(b, (uint16_t)(base == PRIMARY ? 0x3f6 : 0x376));

        if (!(status & BSY))
            return status;
        bench_ns(b, 1000);
    }
    fail_msg("BSY does not fall");
    return 0;
}

static inline void task_file(struct bench *b, uint8_t feature, uint8_t count, uint32_t lba,
                             uint8_t dev)
{
    bench_out(b, 0x1f6, (uint8_t)(dev | (lba >> 24 & 0x0f)));
    bench_out(b, 0x1f1, feature);
    bench_out(b, 0x1f2, count);
    bench_out(b, 0x1f3, (uint8_t)lba);
    bench_out(b, 0x1f4, (uint8_t)(lba >> 8));
    bench_out(b, 0x1f5, (uint8_t)(lba >> 16));
}

/* A command of the primary master, LBA; the status at its end or first DRQ. */
static inline uint8_t command(struct bench *b, uint8_t op, uint8_t count, uint32_t lba)
{
    task_file(b, 0, count, lba, 0xe0);
    bench_out(b, 0x1f7, op);
    return wait_ready(b, PRIMARY);
}

static inline void read_words(struct bench *b, uint8_t *buf, unsigned words)
{
    for (unsigned i = 0; i < words; i++)
        le16_put(buf + 2 * i, bench_in16(b, PRIMARY));
}

static inline void write_words(struct bench *b, const uint8_t *buf, unsigned words)
{
    for (unsigned i = 0; i < words; i++)
        bench_out16(b, PRIMARY, le16_get(buf + 2 * i));
}

/* A physical region descriptor at `at`. */
static inline void put_prd(struct bench *b, uint32_t at, uint32_t addr, uint16_t n, bool last)
{
    bench_store(b, at, addr);
    bench_store(b, at + 4, n | (last ? 0x80000000u : 0));
}

#endif
