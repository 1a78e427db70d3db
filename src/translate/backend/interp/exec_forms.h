/* exec_forms.h - how handlers read, write and compute in each form; for exec.c alone. */
#ifndef TRANSLATE_BACKEND_INTERP_EXEC_FORMS_H
#define TRANSLATE_BACKEND_INTERP_EXEC_FORMS_H
#include <string.h>
#include "base/bytes.h"
#include "translate/backend/interp/alu.h"
#include "translate/backend/interp/interp.h"

/* Values of the host's byte order: registers, temporaries, constants, fields of the state. */
#define ACCESS(size, type)                                                                         \
    ALU_FN uint64_t rd##size(const void *q)                                                        \
    {                                                                                              \
        type v;                                                                                    \
        memcpy(&v, q, sizeof v);                                                                   \
        return v;                                                                                  \
    }                                                                                              \
    ALU_FN void wr##size(void *q, uint64_t value)                                                  \
    {                                                                                              \
        type v = (type)value;                                                                      \
        memcpy(q, &v, sizeof v);                                                                   \
    }
ACCESS(1, uint8_t)
ACCESS(2, uint16_t)
ACCESS(4, uint32_t)
ACCESS(8, uint64_t)
#undef ACCESS

#define SIZE_b     1
#define SIZE_w     2
#define SIZE_x     1
#define SIZE_y     2
#define SIZE_d     4
#define SIZE_q     8

#define RD_b(q)    rd1(q)
#define RD_w(q)    rd2(q)
#define RD_x(q)    rd1(q)
#define RD_y(q)    rd2(q)
#define RD_d(q)    rd4(q)
#define RD_q(q)    rd8(q)

#define WR_b(q, v) wr1(q, v)
#define WR_w(q, v) wr2(q, v)
#define WR_x(q, v) wr8(q, (uint8_t)(v))
#define WR_y(q, v) wr8(q, (uint16_t)(v))
#define WR_d(q, v) wr8(q, (uint32_t)(v))
#define WR_q(q, v) wr8(q, v)

/* M(form, ...) and M(size, ...) for each. */
#define EACH_FORM(M, ...)                                                                          \
    M(b, __VA_ARGS__)                                                                              \
    M(w, __VA_ARGS__) M(x, __VA_ARGS__) M(y, __VA_ARGS__) M(d, __VA_ARGS__) M(q, __VA_ARGS__)
#define EACH_SIZE(M, ...) M(1, __VA_ARGS__) M(2, __VA_ARGS__) M(4, __VA_ARGS__) M(8, __VA_ARGS__)

/* --- flags --- */
ALU_FN void set_flags(struct cpu *cpu, uint32_t f)
{
    cpu->lahf = (uint8_t)(f | 2);
    cpu->of = (uint8_t)(f >> 11);
}

/* Those of `f` that an operation defines; the others stay. */
ALU_FN void set_flags_of(struct cpu *cpu, uint32_t f, uint32_t defines)
{
    uint8_t mask = (uint8_t)(defines & 0xff);

    if (defines == FLAGS_STATUS) {
        set_flags(cpu, f);
        return;
    }
    cpu->lahf = (uint8_t)((cpu->lahf & ~mask) | (f & mask));
    if (defines & FLAG_O)
        cpu->of = (uint8_t)(f >> 11);
}

/* --- conditions (SDM vol. 1, appendix B), of the flags in the state --- */
#define COND_o   (cpu->of)
#define COND_c   (cpu->lahf & FLAG_C)
#define COND_z   (cpu->lahf & FLAG_Z)
#define COND_be  (cpu->lahf & (FLAG_C | FLAG_Z))
#define COND_s   (cpu->lahf & FLAG_S)
#define COND_p   (cpu->lahf & FLAG_P)
#define COND_l   (cpu->lahf >> 7 != cpu->of)
#define COND_le  ((cpu->lahf & FLAG_Z) || cpu->lahf >> 7 != cpu->of)
#define COND_no  (!COND_o)
#define COND_nc  (!COND_c)
#define COND_nz  (!COND_z)
#define COND_nbe (!COND_be)
#define COND_ns  (!COND_s)
#define COND_np  (!COND_p)
#define COND_nl  (!COND_l)
#define COND_nle (!COND_le)
/* clang-format off */
#define EACH_CONDITION(M, ...)                                                                     \
    M(o, __VA_ARGS__) M(no, __VA_ARGS__) M(c, __VA_ARGS__) M(nc, __VA_ARGS__)                      \
    M(z, __VA_ARGS__) M(nz, __VA_ARGS__) M(be, __VA_ARGS__) M(nbe, __VA_ARGS__)                    \
    M(s, __VA_ARGS__) M(ns, __VA_ARGS__) M(p, __VA_ARGS__) M(np, __VA_ARGS__)                      \
    M(l, __VA_ARGS__) M(nl, __VA_ARGS__) M(le, __VA_ARGS__) M(nle, __VA_ARGS__)
/* clang-format on */

/* The same of a comparison of a and b, both within `s` bytes: flags f, result r. */
#define CMP_o    (f & FLAG_O)
#define CMP_c    (a < b)
#define CMP_z    (a == b)
#define CMP_be   (a <= b)
#define CMP_s    (f & FLAG_S)
#define CMP_p    (f & FLAG_P)
#define CMP_l    (sign_extend(a, s) < sign_extend(b, s))
#define CMP_le   (sign_extend(a, s) <= sign_extend(b, s))
#define CMP_no   (!CMP_o)
#define CMP_nc   (!CMP_c)
#define CMP_nz   (!CMP_z)
#define CMP_nbe  (!CMP_be)
#define CMP_ns   (!CMP_s)
#define CMP_np   (!CMP_p)
#define CMP_nl   (!CMP_l)
#define CMP_nle  (!CMP_le)
/* And of a TEST, where C and O are 0. */
#define TEST_o   0
#define TEST_c   0
#define TEST_z   (!r)
#define TEST_be  (!r)
#define TEST_s   (f & FLAG_S)
#define TEST_p   (f & FLAG_P)
#define TEST_l   (f & FLAG_S)
#define TEST_le  (!r || f & FLAG_S)
#define TEST_no  1
#define TEST_nc  1
#define TEST_nz  (r)
#define TEST_nbe (r)
#define TEST_ns  (!TEST_s)
#define TEST_np  (!TEST_p)
#define TEST_nl  (!TEST_l)
#define TEST_nle (!TEST_le)

#endif
