# tests/unit/cpu/x87.mk - softfloat, the x87 and approximations; by hand: make tests/fpu/sse_oracle.
x87_cases = tests/fpu/x87_bench.h tests/fpu/x87_cases.c tests/fpu/x87_values.c tests/fpu/x87_exact.def
x87_bench = $(x87_cases) tests/fpu/x87_bench.c
sse_host = tests/fpu/sse_host.c tests/fpu/sse_host.h tests/fpu/sse_ops.def
fpu_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/tests

if HAVE_CMOCKA
x87_tests = tests/unit/cpu/x87 tests/unit/cpu/softfloat
check_PROGRAMS += $(x87_tests)
TESTS += $(x87_tests)

tests_unit_cpu_x87_SOURCES = tests/unit/cpu/test_x87.c $(x87_bench)
tests_unit_cpu_x87_CPPFLAGS = $(fpu_cppflags) $(CMOCKA_CFLAGS)
tests_unit_cpu_x87_LDADD = src/libcpu.a src/libmem.a src/libtime.a src/libbase.a $(CMOCKA_LIBS)

tests_unit_cpu_softfloat_SOURCES = tests/unit/cpu/test_softfloat.c $(sse_host) $(x87_bench)
tests_unit_cpu_softfloat_CPPFLAGS = $(fpu_cppflags) $(CMOCKA_CFLAGS)
tests_unit_cpu_softfloat_LDADD = src/libcpu.a src/libmem.a src/libtime.a src/libbase.a $(CMOCKA_LIBS)
endif

if HOST_X86_64
check_PROGRAMS += tests/fpu/x87_oracle
TESTS += tests/fpu/x87_oracle
tests_fpu_x87_oracle_SOURCES = tests/fpu/x87_oracle.c tests/fpu/x87_guest.c $(x87_cases)
tests_fpu_x87_oracle_CPPFLAGS = $(fpu_cppflags)
tests_fpu_x87_oracle_LDADD = src/libtranslate.a src/libcpu.a src/libmem.a src/libtime.a src/libbase.a \
	$(CAPSTONE_LIBS) $(FFI_LIBS) -lm
endif

check_PROGRAMS += tests/fpu/reciprocal
TESTS += tests/fpu/reciprocal
tests_fpu_reciprocal_SOURCES = tests/fpu/reciprocal.c
tests_fpu_reciprocal_LDADD = src/libcpu.a src/libmem.a src/libtime.a src/libbase.a -lm

if HAVE_MPFR
check_PROGRAMS += tests/fpu/transcendental
TESTS += tests/fpu/transcendental
tests_fpu_transcendental_SOURCES = tests/fpu/transcendental.c $(x87_bench)
tests_fpu_transcendental_CPPFLAGS = $(fpu_cppflags) $(MPFR_CFLAGS)
tests_fpu_transcendental_LDADD = src/libcpu.a src/libbase.a $(MPFR_LIBS) -lm
endif

EXTRA_PROGRAMS += tests/fpu/sse_oracle
tests_fpu_sse_oracle_SOURCES = tests/fpu/sse_oracle.c $(sse_host) $(x87_bench)
tests_fpu_sse_oracle_CPPFLAGS = $(fpu_cppflags)
tests_fpu_sse_oracle_LDADD = src/libcpu.a src/libbase.a
