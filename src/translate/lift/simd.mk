# src/translate/lift/simd.mk - the lifters of SIMD instructions.
src_libtranslate_a_SOURCES += src/translate/lift/lift_simd.h src/translate/lift/lift_simd.c \
	src/translate/lift/lift_simd_move.c
