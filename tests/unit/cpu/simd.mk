# tests/unit/cpu/simd.mk - the SIMD functions against the host processor, and their memory operands.
if HAVE_CMOCKA
simd_tests = tests/unit/cpu/simd tests/unit/cpu/simd_mem
check_PROGRAMS += $(simd_tests)
TESTS += $(simd_tests)

tests_unit_cpu_simd_SOURCES = tests/unit/cpu/test_simd.c tests/unit/cpu/simd_host.c \
	tests/unit/cpu/simd_host.h
tests_unit_cpu_simd_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cpu_simd_LDADD = src/libcpu.a src/libmem.a src/libtime.a src/libbase.a $(CMOCKA_LIBS)

tests_unit_cpu_simd_mem_SOURCES = tests/unit/cpu/test_simd_mem.c
tests_unit_cpu_simd_mem_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cpu_simd_mem_LDADD = src/libcpu.a src/libmem.a src/libtime.a src/libbase.a $(CMOCKA_LIBS)
endif
