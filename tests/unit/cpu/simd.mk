# tests/unit/cpu/simd.mk - the SIMD functions against the host processor.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/cpu/simd
TESTS += tests/unit/cpu/simd
tests_unit_cpu_simd_SOURCES = tests/unit/cpu/test_simd.c tests/unit/cpu/simd_host.c \
	tests/unit/cpu/simd_host.h
tests_unit_cpu_simd_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cpu_simd_LDADD = src/libcpu.a src/libmem.a src/libtime.a src/libbase.a $(CMOCKA_LIBS)
endif
