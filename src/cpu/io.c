/* io.c - IN and OUT with the IOPL and the I/O permission bitmap (SDM vol. 1, 18.5). */
#include "cpu/internal.h"

/* The bitmap in a 32-bit TSS: one bit for each port, and a byte of ones behind the last. */
static bool permitted(struct cpu *cpu, uint16_t port, unsigned size)
{
    uint32_t map, at;

    if (!(cpu->tr.attr & SEGA_P) || !(cpu->tr.attr >> 8 & 8) || cpu->tr.limit < 103)
        return false;
    map = kernel_load(cpu, (uint32_t)cpu->tr.base + 102, 2);
    at = map + port / 8;
    if (at + 1 > cpu->tr.limit)
        return false;
    uint32_t bits = kernel_load(cpu, (uint32_t)cpu->tr.base + at, 2) >> (port & 7);
    return !(bits & ((1u << size) - 1));
}

void io_check(struct cpu *cpu, uint16_t port, unsigned size)
{
    if (cpu_real(cpu) || (!cpu_v86(cpu) && cpu->cpl <= (cpu->eflags >> 12 & 3)))
        return;
    if (!permitted(cpu, port, size))
        cpu_raise_err(cpu, EXC_GP, 0);
}

uint64_t helper_in(struct cpu *cpu, uint64_t port, uint64_t size)
{
    io_check(cpu, (uint16_t)port, (unsigned)size);
    debug_io(cpu, (uint16_t)port, (unsigned)size);
    if (!cpu->hooks.port_in)
        return mask_bytes((unsigned)size);
    return cpu->hooks.port_in(cpu->hooks.opaque, (uint16_t)port, (unsigned)size) &
           mask_bytes((unsigned)size);
}

uint64_t helper_out(struct cpu *cpu, uint64_t port, uint64_t val, uint64_t size)
{
    io_check(cpu, (uint16_t)port, (unsigned)size);
    debug_io(cpu, (uint16_t)port, (unsigned)size);
    if (cpu->hooks.port_out)
        cpu->hooks.port_out(cpu->hooks.opaque, (uint16_t)port,
                            (uint32_t)(val & mask_bytes((unsigned)size)), (unsigned)size);
    return 0;
}
