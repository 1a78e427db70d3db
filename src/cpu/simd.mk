# src/cpu/simd.mk - MMX, SSE, AES-NI and PCLMULQDQ.
src_libcpu_a_SOURCES += src/cpu/simd.h src/cpu/simd_lane.h src/cpu/simd_fp.h src/cpu/simd.c \
	src/cpu/simd_int.c src/cpu/simd_shuffle.c src/cpu/simd_fp.c src/cpu/simd_cvt.c \
	src/cpu/simd_string.c src/cpu/simd_aes.c
