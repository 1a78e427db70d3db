# tests/unit/translate/lift_simd.mk - unit tests of the lifters of SIMD instructions.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/translate/test_lift_simd
TESTS += tests/unit/translate/test_lift_simd
tests_unit_translate_test_lift_simd_SOURCES = tests/unit/translate/test_lift_simd.c
tests_unit_translate_test_lift_simd_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_translate_test_lift_simd_LDADD = src/libtranslate.a src/libcpu.a src/libmem.a \
	src/libtime.a src/libbase.a $(CMOCKA_LIBS) $(FFI_LIBS) $(CAPSTONE_LIBS) -lm -lpthread
endif
