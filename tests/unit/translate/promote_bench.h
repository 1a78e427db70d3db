/* promote_bench.h - one program on three engines: the code generator's with blocks promoted at once
 * and never, and the interpreter.
 *
 * The guest has paging and flat segments.  Linear addresses:
 *     0         RAM as it is, tables and handlers in it
 *     MID       16 pages of DATA once more, then one that is read-only, then nothing
 *     DEVICE    a device that logs each access with the count of instructions
 *     TOP       the last page of the space
 * A program begins at CODE and ends with HLT, at privilege 3 by way of #GP; so does each exception.
 * ESI is DATA, EDI OUT, EBX MID, EBP the table entry of MID, EDX DEVICE; EAX and ECX are 0. */
#ifndef TESTS_UNIT_TRANSLATE_PROMOTE_BENCH_H
#define TESTS_UNIT_TRANSLATE_PROMOTE_BENCH_H
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "translate/cache.h"

enum {
    RAM_SIZE = 0x80000,
    PAGE_DIR = 0x1000,
    TABLE_LOW = 0x2000,
    TABLE_MID = 0x3000,
    TABLE_TOP = 0x4000,
    GDT = 0x5000,
    TSS = 0x5800,
    IDT = 0x6000,
    HANDLERS = 0x7000, /* eight bytes each: HLT */
    STACK0 = 0xa000,   /* of privilege 0 */
    STACK = 0xc000,    /* where a program's begins */
    CODE = 0x10000,
    DATA = 0x20000,
    OUT = 0x30000,
    SPARE = 0x40000, /* RAM that is mapped low only */
    TOP_RAM = 0x7f000,
    MID = 0x400000,
    MID_PAGES = 16,
    READ_ONLY = MID + MID_PAGES * 0x1000, /* RAM at SPARE */
    ABSENT = READ_ONLY + 0x1000,
    DEVICE = 0x500000,
    DEVICE_PHYS = 0xf000000
};
#define TOP 0xfffff000u

enum which { PROMOTED, NEVER_PROMOTED, INTERPRETED, GUESTS };

struct guest {
    struct ram ram;
    struct physmem mem;
    struct region low, device;
    struct clock clock;
    struct log log;
    struct cpu cpu;
    struct engine *engine;
    uint64_t trace; /* of the device's accesses */
    uint32_t accesses;
};

struct bench {
    struct guest g[GUESTS];
    unsigned cpl;
};

struct program {
    const uint8_t *first, *end;
};

/* The assembler that builds this test makes the program's bytes. */
#define PROGRAM(name, text)                                                                        \
    extern const uint8_t prog_##name[], prog_end_##name[];                                         \
    __asm__(".pushsection .rodata\n.code32\n.intel_syntax noprefix\n"                              \
            "prog_" #name ": " text "\nprog_end_" #name ":\n"                                      \
            ".att_syntax\n.code64\n.popsection\n");                                                \
    static const struct program name = {prog_##name, prog_end_##name};

int bench_setup(void **state);
int bench_teardown(void **state);
void bench_load(struct bench *b, struct program p);
/* Code of the handler of an exception, in the place of HLT; eight bytes at most, or the last. */
void bench_handler(struct bench *b, unsigned vector, struct program p);
void bench_put32(struct bench *b, uint32_t ram_off, uint32_t v);
void bench_set(struct bench *b, unsigned gpr, uint32_t v);
/* Runs the engines for `count` instructions at most; they must be the same in all afterwards. */
void bench_go(struct bench *b, uint64_t count);
/* bench_load(), and bench_go() to the end. */
void bench_run(struct bench *b, struct program p);

static inline uint32_t gpr(const struct bench *b, unsigned n)
{
    return (uint32_t)b->g[PROMOTED].cpu.gpr[n];
}

static inline const struct engine_stats *stats(const struct bench *b)
{
    return &b->g[PROMOTED].engine->stats;
}

uint32_t bench_get32(const struct bench *b, uint32_t ram_off);

#endif
