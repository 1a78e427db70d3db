/* helpers.h - C functions that translated code calls.
 *
 * One row of a helpers_*.def for each: HELPER(name, nargs, effects).  The function is
 *     uint64_t helper_name(struct cpu *cpu, uint64_t a0, ... up to 4)
 * with exactly nargs arguments behind the cpu; one that has nothing to say returns 0.  32-bit
 * arguments come zero-extended.  The effects are a promise that the engines and the IR checker rely
 * on:
 *
 *   FAULT      may leave by cpu_raise: engines store guest registers before the call
 *   RGPR WGPR  reads or writes cpu->gpr[]: stored before, reloaded after
 *   RFLAGS     reads cpu->lahf, of; the engine has them there before the call
 *   WFLAGS     writes all of cpu->lahf, of
 *   END        may change EIP, mode, mappings or what may interrupt: it is the last operation of
 * its block, with cpu->eip set by the helper or by the lifter before it IO         talks to devices
 * or reads the clock: last instruction of its block, `inside` is set around it STATE      reads or
 * writes other state that IR loads and stores by field (segments, FPU, XMM)
 *
 * A helper that may fault changes nothing before its last fault. */
#ifndef CPU_HELPERS_H
#define CPU_HELPERS_H
#include "cpu/cpu.h"

enum helper_effect {
    HE_NONE = 0,
    HE_FAULT = 1,
    HE_RGPR = 2,
    HE_WGPR = 4,
    HE_RFLAGS = 8,
    HE_WFLAGS = 16,
    HE_END = 32,
    HE_IO = 64,
    HE_STATE = 128,
    HE_X87 = 256,
    HE_MXCSR = 512
};

enum helper_id {
#define HELPER(name, nargs, effects) HELPER_##name,
#include "cpu/helpers.def"
#undef HELPER
    HELPER_COUNT
};

struct helper {
    const char *name;
    void (*fn)(void); /* cast to the type that nargs says */
    uint8_t nargs;
    uint16_t effects;
};
extern const struct helper helpers[HELPER_COUNT];

/* First argument of the string helpers: bytes of an element | of an address << 8 | segment of the
 * source << 16 | 1 for REP or REPE, 2 for REPNE << 24, and this bit. */
enum { STRING_FETCHED_EACH = 1 << 26 };

#define HELPER_ARGS_0                struct cpu *
#define HELPER_ARGS_1                struct cpu *, uint64_t
#define HELPER_ARGS_2                struct cpu *, uint64_t, uint64_t
#define HELPER_ARGS_3                struct cpu *, uint64_t, uint64_t, uint64_t
#define HELPER_ARGS_4                struct cpu *, uint64_t, uint64_t, uint64_t, uint64_t
#define HELPER(name, nargs, effects) uint64_t helper_##name(HELPER_ARGS_##nargs);
#include "cpu/helpers.def"
#undef HELPER

#endif
