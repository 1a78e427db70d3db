/* pci_bench.h - a PCI bus on the bench: the host bridge, and configuration accesses by mechanism
 * #1. */
#ifndef TESTS_UNIT_DEVICES_PCI_BENCH_H
#define TESTS_UNIT_DEVICES_PCI_BENCH_H
#include "bench.h"
#include "devices/pci/i440fx.h"

static inline struct pci_bus *bench_bus(struct bench *b)
{
    return i440fx_bus(bench_device(b, &i440fx_class, "i440fx"));
}

static inline void select_config(struct bench *b, unsigned devfn, unsigned off)
{
    bench_out32(b, 0xcf8, 0x80000000u | devfn << 8 | (off & 0xfc));
}

static inline uint32_t config32(struct bench *b, unsigned devfn, unsigned off)
{
    select_config(b, devfn, off);
    return bench_in32(b, 0xcfc);
}

static inline void put_config32(struct bench *b, unsigned devfn, unsigned off, uint32_t val)
{
    select_config(b, devfn, off);
    bench_out32(b, 0xcfc, val);
}

static inline uint16_t config16(struct bench *b, unsigned devfn, unsigned off)
{
    select_config(b, devfn, off);
    return bench_in16(b, (uint16_t)(0xcfc + (off & 2)));
}

static inline void put_config16(struct bench *b, unsigned devfn, unsigned off, uint16_t val)
{
    select_config(b, devfn, off);
    bench_out16(b, (uint16_t)(0xcfc + (off & 2)), val);
}

static inline uint8_t config8(struct bench *b, unsigned devfn, unsigned off)
{
    select_config(b, devfn, off);
    return bench_in(b, (uint16_t)(0xcfc + (off & 3)));
}

static inline void put_config8(struct bench *b, unsigned devfn, unsigned off, uint8_t val)
{
    select_config(b, devfn, off);
    bench_out(b, (uint16_t)(0xcfc + (off & 3)), val);
}

#endif
