/* device.h - what a device is: four tables (state, registers, wires, class) and side effects.
 *
 * A device is a struct that begins with `struct device dev`.  Its class says how large it is, what
 * its state is (base/field.h), which I/O ports it answers with which functions, and how its input
 * and output pins are called.  The machine makes devices with device_new, maps their ports, and
 * connects wires by name:
 *
 *     pit = device_new(env, &pit_class, "i8254");
 *     wire_connect(pit, "out0", pic, "irq0");
 *
 * Devices know nothing of each other or of the machine.  What they may use stands in struct
 * device_env: virtual time, physical memory (DMA), the I/O port space, the log.  Host handles (a
 * disk image, a serial line) are given by setters of the device's own header before the first
 * reset.
 *
 * Worked example, one port write: the guest executes OUT 43h,AL.  The CPU calls io_write(space,
 * 0x43, val, 1); the space finds the row { 3, 1, ..., write_control } of pit_regs at base 0x40 and
 * calls write_control(dev, 3, val, 1).  That re-computes the counter's next edge, arms an event,
 * and may call device_out(dev, OUT0, level), which calls the PIC's wire function, which may raise
 * the CPU's INTR.
 *
 * Invariants.  A device lives in virtual time: nothing ticks, values are computed when asked.  A
 * guest can write anything and gets what the chip would answer; never an assert.  All that the
 * guest can observe is in the state table.  Every callback works when called during a load:
 * device_post_load only re-makes what is derived (mappings, host handles), and drives no wire; wire
 * levels are saved with the device by the generic code. */
#ifndef DEVICES_DEVICE_H
#define DEVICES_DEVICE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/bits.h"
#include "base/bytes.h"
#include "base/field.h"
#include "base/log.h"
#include "base/vec.h"
#include "mem/physmem.h"
#include "time/clock.h"

struct device;
struct err;
struct io_space;

struct device_env {
    struct clock *clock;
    struct physmem *mem;
    struct io_space *io;
    struct log *log;
};

enum device_bus { BUS_ISA, BUS_PCI, BUS_SYSTEM };

/* One row of registers: ports base+port .. base+port+count-1.  size is 1, 2 or 4; an access wider
 * than `max` (0 means 1) is cut into ascending smaller ones, so most functions see bytes only. */
struct reg {
    uint16_t port, count;
    uint32_t (*read)(struct device *d, unsigned port, unsigned size); /* port relative to base */
    void (*write)(struct device *d, unsigned port, uint32_t val, unsigned size);
    const char *meaning;
    uint8_t max;
    /* Optional, for REP INS and OUTS: up to `count` items of `size` bytes each, little-endian. They
     * return how many items they took, as single accesses would have; 0 sends the next one to read
     * or write.  The clock stands at the first item, so an item that does more than move data (the
     * last of a sector) is left to a single access. */
    unsigned (*read_many)(struct device *d, unsigned port, void *buf, unsigned size,
                          unsigned count);
    unsigned (*write_many)(struct device *d, unsigned port, const void *buf, unsigned size,
                           unsigned count);
};
#define REG_END                                                                                    \
    {                                                                                              \
        0, 0, NULL, NULL, NULL, 0, NULL, NULL                                                      \
    }

uint32_t reg_open_bus(struct device *d, unsigned port, unsigned size); /* all ones */
void reg_ignore(struct device *d, unsigned port, uint32_t val, unsigned size);

#define DEVICE_MAX_WIRES 64

struct device_class {
    const char *name;
    enum device_bus bus;
    struct {
        uint16_t base, count; /* default I/O ports; count 0: none, or mapped by the device */
    } ports;
    uint32_t version; /* of the state table, for saved files */
    size_t size;      /* sizeof the struct */
    const struct state_field *state;
    const struct reg *regs;
    const char
        *in[DEVICE_MAX_WIRES]; /* names of input pins, NULL-terminated; "irq%16" = irq0..irq15 */
    const char *out[DEVICE_MAX_WIRES];
    void (*init)(struct device *d); /* once: events, regions */
    void (*fini)(struct device *d);
    void (*reset)(struct device *d);                         /* power-on and hardware reset */
    void (*wire)(struct device *d, unsigned in, bool level); /* an input pin changed level */
    void (*post_load)(struct device *d);                     /* re-make what is derived */
};

struct wire {
    struct device *to; /* NULL: call fn instead */
    unsigned in;
    void (*fn)(void *opaque, bool level);
    void *opaque;
};

struct device {
    const struct device_class *cls;
    const struct device_env *env;
    const char *name; /* unique in the machine */
    struct wire out[DEVICE_MAX_WIRES];
    uint64_t out_level, in_level; /* a bit for each pin; saved by the generic code */
};

/* A zeroed device of cls->size, with init called and its default ports mapped; not yet reset. */
struct device *device_new(const struct device_env *env, const struct device_class *cls,
                          const char *name);
void device_free(struct device *d);
void device_reset(struct device *d);

/* State as the class's table says it, with the levels of the wires.  device_load leaves d alone
 * when it fails, and does not call post_load: that comes after every device was loaded. */
void device_save(const struct device *d, struct state_buf *b);
bool device_load(struct device *d, struct state_buf *b, struct err *e);
uint64_t device_hash(const struct device *d, uint64_t seed);

/* Drives an output pin; nothing happens when the level stays the same. */
void device_out(struct device *d, unsigned out, bool level);
static inline bool device_out_level(const struct device *d, unsigned out)
{
    return d->out_level >> out & 1;
}
/* Sets an input pin from outside; calls cls->wire when the level changed. */
void device_in(struct device *d, unsigned in, bool level);

/* Index of a pin by name ("irq5" finds 5 in "irq%16"); -1 when the class has none of that name. */
int device_pin(const char *const *names, const char *name);
/* Asserts that both pins exist.  An output goes to one place; an OR of several is a device of its
 * own. */
void wire_connect(struct device *from, const char *out, struct device *to, const char *in);
void wire_connect_fn(struct device *from, const char *out, void (*fn)(void *, bool), void *opaque);

/* The I/O port space: 65536 ports, bytes. */
struct io_handler {
    struct device *dev;
    const struct reg *reg;
    uint16_t base;
};

struct io_space {
    struct io_handler *port[65536]; /* NULL: nothing answers */
    VEC(struct io_handler *) handlers;
    struct log *log;
};

struct io_space *io_space_new(struct log *log);
void io_space_free(struct io_space *io);
/* Maps every row of regs at base; a later mapping of a port covers an earlier one. */
void io_map(struct io_space *io, struct device *d, const struct reg *regs, uint16_t base);
/* Gives up the ports that d has mapped from these regs (BARs move). */
void io_unmap(struct io_space *io, struct device *d, const struct reg *regs);
/* size 1, 2 or 4; an access that crosses handlers is cut into bytes; nothing there: all ones. */
uint32_t io_read(struct io_space *io, uint16_t port, unsigned size);
void io_write(struct io_space *io, uint16_t port, uint32_t val, unsigned size);
/* Accesses of `size` bytes to one port, in order, as REP INS and OUTS make them; buf is
 * little-endian.  The first two do as many as the device takes at once, and return how many; the
 * others do all. */
unsigned io_read_run(struct io_space *io, uint16_t port, void *buf, unsigned size, unsigned count);
unsigned io_write_run(struct io_space *io, uint16_t port, const void *buf, unsigned size,
                      unsigned count);
void io_read_many(struct io_space *io, uint16_t port, void *buf, unsigned size, unsigned count);
void io_write_many(struct io_space *io, uint16_t port, const void *buf, unsigned size,
                   unsigned count);

#endif
