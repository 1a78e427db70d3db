/* machine.h - the PC: everything that makes up one machine, and the verbs that act on it.
 *
 * A machine is a value: two can live in one process.  machine_new assembles it from a
 * configuration, machine_run runs it until something ends the run, machine_free takes it apart.
 *
 * Outside input enters through machine/input.h alone.  What the run loop asks of the outside (poll
 * the window, the terminal; how long may it sleep) goes through struct machine_outside, which
 * main.c connects.
 *
 * Worked example.  `bygone -hda a.img -serial stdio` becomes a struct config; machine_new makes
 * RAM, processor, devices and wires, maps firmware, resets all.  machine_run lets the engine run up
 * to the count of the earliest event, runs the events due, looks at the outside every few
 * milliseconds, and returns when the guest powers off.
 *
 * Invariants: between two calls of the engine the processor is at an instruction boundary with all
 * its registers in struct cpu; only there is the machine saved, hashed, reset, or given input. */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H
#include <stdbool.h>
#include <stdint.h>
#include "base/log.h"
#include "base/vec.h"
#include "cpu/cpu.h"
#include "devices/device.h"
#include "devices/irq/apic.h"
#include "host/block.h"
#include "host/chardev.h"
#include "host/display.h"
#include "machine/firmware.h"
#include "machine/input.h"
#include "machine/options.h"
#include "machine/statehash.h"
#include "mem/physmem.h"
#include "time/clock.h"

struct engine;

/* Why a run has ended. */
enum machine_end {
    END_NONE,         /* it has not */
    END_POWER_OFF,    /* the guest switched off (ACPI S5) */
    END_DEBUG_EXIT,   /* isa-debug-exit; the status is its own */
    END_RESET,        /* a reset under -no-reboot */
    END_TRIPLE_FAULT, /* the same by a triple fault */
    END_STOP_AT,      /* -stop-at was reached */
    END_QUIT,         /* the user closed the window or typed Ctrl-A x */
    END_HALTED,       /* the processor halted and nothing can wake it */
    END_HOST_ERROR    /* the host failed; the sentence stands in `error` */
};

/* What the run loop asks of the program around it.  Each may be NULL. */
struct machine_outside {
    void *opaque;
    /* Looks at window and keyboard; input goes to the sink of machine/input.h.  True ends the run.
     */
    bool (*poll)(void *opaque);
};

struct board {
    struct device *i440fx, *piix3, *ide, *pm, *acpi, *vga;
    struct device *pic, *lapic, *ioapic, *hub, *pit, *rtc, *hpet, *dma;
    struct device *i8042, *uart, *fw_cfg, *port61, *port92, *port_f0, *post, *debugcon, *port_e9,
        *debug_exit;
};

struct memory_map {
    struct region low, middle, high; /* system RAM below 640 KB, from 1 MB, from 4 GB */
    struct region bios, bios_low;    /* firmware below 4 GB and below 1 MB */
    uint64_t below_4g, above_4g;     /* bytes of system RAM */
    uint64_t ram_off;                /* where it lies in RAM space */
};

struct machine {
    const struct config *config;
    struct log log;
    struct ram ram;
    struct physmem mem;
    struct clock clock;
    struct io_space *io;
    struct device_env env;
    struct cpu cpu;
    struct engine *engine;
    struct memory_map map;
    struct board board;
    struct apic_bus apic_bus;
    VEC(struct device *) devices; /* in order of making: reset, save and hash follow it */
    struct block *drives[CONFIG_DRIVES];
    struct chardev *serial, *debugcon;
    struct display_source display; /* opaque is NULL without a VGA */
    struct input input;
    struct firmware firmware;
    struct statehash hash;
    struct machine_outside outside;
    bool reset_asked, flush_asked; /* done at the next boundary */
    bool made_cpu, made_ram;
    enum machine_end end;
    int debug_status;
    char error[512];
};

/* NULL with a sentence.  The configuration must outlive the machine. */
struct machine *machine_new(const struct config *c, struct err *e);
void machine_free(struct machine *m);
/* Closes serial line and debug console, which gives the terminal back. */
void machine_close_lines(struct machine *m);

/* Hardware reset: devices, then processor. RAM keeps its bytes. */
void machine_reset(struct machine *m);
/* Asks for a reset, or for the end of the run, at the next instruction boundary. */
void machine_ask_reset(struct machine *m);
void machine_ask_end(struct machine *m, enum machine_end why);

/* At a boundary: puts the processor's count in one form (no budget left), whatever the run loop had
 * in mind, so that saved files and hashes do not depend on it. */
void machine_settle(struct machine *m);

enum machine_end machine_run(struct machine *m);

/* Retired instructions. */
static inline uint64_t machine_count(const struct machine *m)
{
    return cpu_count(&m->cpu);
}

/* The exit status of the program for the way a run has ended. */
int machine_status(const struct machine *m);

#endif
