/* simd_cvt.c - SSE conversions between integers, single and double (SDM vol. 1, 11.4.1.6). */
#include "cpu/simd_fp.h"

/* Clears the lanes that a conversion to fewer or narrower lanes leaves. */
#define ZERO ((union vec128){.q = {0, 0}})

/* n lanes of kind TO from n lanes of kind FROM.  `rest` holds the other lanes: *dst or zeros. */
#define CONVERT(name, TO, FROM, n, rest, expr)                                                     \
    SIMD_FN(name)                                                                                  \
    {                                                                                              \
        struct sf_status s = simd_fp_begin(cpu);                                                   \
        union vec128 r = rest;                                                                     \
        for (unsigned i = 0; i < (n); i++) {                                                       \
            TO(&r, i) = (expr(FROM(src, i)));                                                      \
        }                                                                                          \
        simd_fp_end(cpu, &s);                                                                      \
        *dst = r;                                                                                  \
    }

#define F32_TO_F64(v) f32_to_f64(v, &s)
#define F64_TO_F32(v) f64_to_f32(v, &s)
#define F32_TO_I32(v) (uint32_t) f32_to_i32(v, s.round, &s)
#define F32_CHOP(v)   (uint32_t) f32_to_i32(v, SF_CHOP, &s)
#define F64_TO_I32(v) (uint32_t) f64_to_i32(v, s.round, &s)
#define F64_CHOP(v)   (uint32_t) f64_to_i32(v, SF_CHOP, &s)
#define I32_TO_F32(v) f32_from_i32(v, &s)
#define I32_TO_F64(v) f64_from_i32(v)

CONVERT(cvtps2pd, Q, D, 2, *dst, F32_TO_F64)
CONVERT(cvtss2sd, Q, D, 1, *dst, F32_TO_F64)
CONVERT(cvtpd2ps, D, Q, 2, ZERO, F64_TO_F32)
CONVERT(cvtsd2ss, D, Q, 1, *dst, F64_TO_F32)
CONVERT(cvtdq2ps, D, SD, 4, *dst, I32_TO_F32)
CONVERT(cvtdq2pd, Q, SD, 2, *dst, I32_TO_F64)
CONVERT(cvtps2dq, D, D, 4, *dst, F32_TO_I32)
CONVERT(cvttps2dq, D, D, 4, *dst, F32_CHOP)
CONVERT(cvtpd2dq, D, Q, 2, ZERO, F64_TO_I32)
CONVERT(cvttpd2dq, D, Q, 2, ZERO, F64_CHOP)

/* From and to MMX registers. */
CONVERT(cvtpi2ps, D, SD, 2, *dst, I32_TO_F32)
CONVERT(cvtpi2pd, Q, SD, 2, *dst, I32_TO_F64)
CONVERT(cvtps2pi, D, D, 2, ZERO, F32_TO_I32)
CONVERT(cvttps2pi, D, D, 2, ZERO, F32_CHOP)
CONVERT(cvtpd2pi, D, Q, 2, ZERO, F64_TO_I32)
CONVERT(cvttpd2pi, D, Q, 2, ZERO, F64_CHOP)

/* From general registers of 4 or 8 bytes. */
SIMD_FN(cvtsi2ss)
{
    struct sf_status s = simd_fp_begin(cpu);
    uint32_t v = imm >> 8 == 8 ? f32_from_i64(SQ(src, 0), &s) : f32_from_i32(SD(src, 0), &s);

    simd_fp_end(cpu, &s);
    D(dst, 0) = v;
}

SIMD_FN(cvtsi2sd)
{
    struct sf_status s = simd_fp_begin(cpu);
    uint64_t v = imm >> 8 == 8 ? f64_from_i64(SQ(src, 0), &s) : f64_from_i32(SD(src, 0));

    simd_fp_end(cpu, &s);
    Q(dst, 0) = v;
}

/* To general registers: 4 bytes are zero-extended. */
#define TO_GPR(name, L, to32, to64, mode)                                                          \
    SIMD_FN(name)                                                                                  \
    {                                                                                              \
        struct sf_status s = simd_fp_begin(cpu);                                                   \
        bool wide = imm >> 8 == 8;                                                                 \
        uint64_t v =                                                                               \
            wide ? (uint64_t)to64(L(src, 0), mode, &s) : (uint32_t)to32(L(src, 0), mode, &s);      \
        simd_fp_end(cpu, &s);                                                                      \
        Q(dst, 0) = v;                                                                             \
    }

TO_GPR(cvtss2si, D, f32_to_i32, f32_to_i64, s.round)
TO_GPR(cvttss2si, D, f32_to_i32, f32_to_i64, SF_CHOP)
TO_GPR(cvtsd2si, Q, f64_to_i32, f64_to_i64, s.round)
TO_GPR(cvttsd2si, Q, f64_to_i32, f64_to_i64, SF_CHOP)
