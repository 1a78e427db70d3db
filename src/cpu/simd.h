/* simd.h - MMX, SSE to SSE4.2, AES-NI and PCLMULQDQ: one C function for each operation.
 *
 * A row of simd.def is one form of an instruction: its mnemonic, what its two operands are, the
 * function that does it, how its memory operand is read, the CPUID feature it needs and how the
 * host spells it.  The function is
 *     void simd_name(struct cpu *cpu, union vec128 *dst, const union vec128 *src, unsigned imm)
 * dst is the destination and first source, src the second; they may be the same vector.  imm is
 * the imm8 in bits 0-7 and, where an operand is a general register, its size in bytes in bits
 * 8-15.
 *
 * Worked example, PINSRW xmm3, eax, 5: the row is SIMD_pinsrw_X_R.  The lifter calls
 *     helper_simd(simd_what(SIMD_pinsrw_X_R, 3, SIMD_VALUE, 5 | 4 << 8), eax)
 * which calls simd_pinsrw(cpu, &cpu->xmm[3], a vector with EAX in its low quadword, 5 | 4 << 8).
 *
 * MMX registers pass through a vec128 whose high half is not looked at, so that functions that
 * work lane by lane serve both widths; those that move data across lanes have a twin with the
 * suffix _mm.
 *
 * Floating point is done by softfloat.h, all elements first; then MXCSR takes the flags, and an
 * unmasked one raises #XM (#UD without CR4.OSXMMEXCPT) before the destination is written. */
#ifndef CPU_SIMD_H
#define CPU_SIMD_H
#include "cpu/cpu.h"

/* Operand kinds of a row. */
enum simd_kind {
    SIMD_MM, /* MMX register; as a source memory too, if the row has a memory size */
    SIMD_X,  /* XMM register; the same */
    SIMD_R,  /* general register, or memory as a source; a result is returned */
    SIMD_M,  /* memory alone, where it means something else than a register */
    SIMD_I,  /* the imm8 is the source */
    SIMD_F   /* destination: the status flags; the first source is an XMM register */
};

enum simd_feature {
    SIMD_FEATURE_MMX,
    SIMD_FEATURE_SSE,
    SIMD_FEATURE_SSE2,
    SIMD_FEATURE_SSE3,
    SIMD_FEATURE_SSSE3,
    SIMD_FEATURE_SSE41,
    SIMD_FEATURE_SSE42,
    SIMD_FEATURE_AES,
    SIMD_FEATURE_PCLMULQDQ
};

/* Which helper runs a row: they differ in what they touch (helpers_simd.def). */
enum simd_call {
    SIMD_OP,    /* helper_simd, simd_fp or simd_mem: writes the destination register */
    SIMD_GET,   /* helper_simd_get: returns the result for a general register */
    SIMD_FLAGS, /* helper_simd_flags: writes the status flags */
    SIMD_STRING /* helper_simd_string: PCMPxSTRx, also reads EAX and EDX, writes ECX or XMM0 */
};

/* Whether the host's instruction of the same encoding gives the same bits. */
enum simd_host {
    SIMD_SOFT,  /* no: approximations, or it would need the guest's memory or flags */
    SIMD_EXACT, /* yes, always */
    SIMD_MXCSR  /* yes, with the guest's MXCSR loaded and its exceptions masked */
};

/* Operands of the helpers, beside 0..15 for XMM registers. */
enum {
    SIMD_MM0 = 16,   /* and up: MMX registers */
    SIMD_VALUE = 24, /* source: the helper's argument, 8 bytes */
    SIMD_MEM,        /* source: 16 bytes of memory */
    SIMD_IMM,        /* source: the imm8 */
    SIMD_NOWHERE     /* destination of rows that have none */
};

enum simd_id {
#define SIMD(name, dst, src, ...) SIMD_##name##_##dst##_##src,
#include "cpu/simd.def"
#undef SIMD
    SIMD_COUNT
};

enum { SIMD_SIZE_GPR = 0xff };

struct simd_row {
    const char *name;
    void (*fn)(struct cpu *cpu, union vec128 *dst, const union vec128 *src, unsigned imm);
    uint8_t dst, src; /* enum simd_kind */
    uint8_t call;     /* enum simd_call */
    uint8_t size;     /* bytes in memory; 0: none; SIMD_SIZE_GPR: as a register's */
    bool aligned;     /* #GP(0) if a 16-byte memory operand is not aligned */
    uint8_t feature;  /* enum simd_feature */
    uint8_t prefix;   /* encoding: mandatory prefix or 0, */
    uint8_t map;      /* 0x0f, 0x38 (0F 38) or 0x3a (0F 3A), */
    uint8_t opcode;   /* opcode */
    int8_t digit;     /* and /digit, or -1 */
    uint8_t host;     /* enum simd_host */
};
extern const struct simd_row simd_rows[SIMD_COUNT];

/* A row with its operands, as the helpers take it. */
static inline uint64_t simd_what(enum simd_id id, unsigned dst, unsigned src, unsigned imm)
{
    return (uint64_t)id | (uint64_t)dst << 16 | (uint64_t)src << 24 | (uint64_t)imm << 32;
}

/* True if the processor model has the feature. */
bool simd_available(const struct cpu *cpu, enum simd_feature f);

#define SIMD(name, dst, src, fn, ...)                                                              \
    void simd_##fn(struct cpu *, union vec128 *, const union vec128 *, unsigned);
#include "cpu/simd.def"
#undef SIMD

#endif
