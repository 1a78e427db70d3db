/* lift_simd.h - what the lifters of SIMD instructions share. */
#ifndef TRANSLATE_LIFT_LIFT_SIMD_H
#define TRANSLATE_LIFT_LIFT_SIMD_H
#include "cpu/simd.h"
#include "translate/lift/lift.h"

/* True if the instruction may run; else #UD or #NM is lifted (SDM vol. 2A, 2.4 and vol. 3A,
 * 13.1).  mmx: it uses no XMM register, so that CR4.OSFXSR does not matter. */
bool lift_simd_ready(struct lift *L, enum simd_feature f, bool mmx);

/* The effective offset as the argument of a helper. */
ir_ref lift_simd_ea(struct lift *L);

#endif
