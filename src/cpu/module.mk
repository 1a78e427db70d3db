# src/cpu/module.mk - sources of the cpu layer.
noinst_LIBRARIES += src/libcpu.a
src_libcpu_a_SOURCES = src/cpu/cpu.h src/cpu/helpers.h src/cpu/helpers.c src/cpu/int.c src/cpu/seg.h
include src/cpu/sys.mk
include src/cpu/x87.mk
include src/cpu/simd.mk
