# tests/unit/translate/ir.mk - unit tests of the IR, the passes and the interpreter.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/translate/test_alu
TESTS += tests/unit/translate/test_alu
tests_unit_translate_test_alu_SOURCES = tests/unit/translate/test_alu.c tests/unit/translate/host_alu.h
tests_unit_translate_test_alu_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_translate_test_alu_LDADD = $(CMOCKA_LIBS)
endif
