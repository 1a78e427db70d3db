# tests/unit/translate/promote.mk - unit tests of promoted blocks.
if HAVE_CMOCKA
if HOST_X86_64
check_PROGRAMS += tests/unit/translate/test_promote
TESTS += tests/unit/translate/test_promote
tests_unit_translate_test_promote_SOURCES = tests/unit/translate/test_promote.c tests/unit/translate/promote_bench.c \
	tests/unit/translate/promote_bench.h
tests_unit_translate_test_promote_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_translate_test_promote_LDADD = src/libtranslate.a src/libcpu.a src/libmem.a src/libtime.a src/libbase.a \
	$(CAPSTONE_LIBS) $(FFI_LIBS) $(CMOCKA_LIBS) -lm
endif
endif
