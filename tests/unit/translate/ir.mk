# tests/unit/translate/ir.mk - unit tests of the IR, the passes and the interpreter.
EXTRA_DIST += tests/unit/translate/passes/fold.ir tests/unit/translate/passes/copy.ir \
	tests/unit/translate/passes/dead_code.ir
if HAVE_CMOCKA
ir_tests = tests/unit/translate/test_alu tests/unit/translate/test_ir tests/unit/translate/test_opt \
	tests/unit/translate/test_interp
ir_test_libs = src/libtranslate.a src/libcpu.a src/libmem.a src/libtime.a src/libbase.a \
	$(CAPSTONE_LIBS) $(FFI_LIBS) $(CMOCKA_LIBS) -lm
check_PROGRAMS += $(ir_tests)
TESTS += $(ir_tests)
tests_unit_translate_test_alu_SOURCES = tests/unit/translate/test_alu.c
tests_unit_translate_test_alu_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_translate_test_alu_LDADD = $(ir_test_libs)
tests_unit_translate_test_ir_SOURCES = tests/unit/translate/test_ir.c
tests_unit_translate_test_ir_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_translate_test_ir_LDADD = $(ir_test_libs)
tests_unit_translate_test_opt_SOURCES = tests/unit/translate/test_opt.c
tests_unit_translate_test_opt_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DCASES='"$(srcdir)/tests/unit/translate"'
tests_unit_translate_test_opt_LDADD = $(ir_test_libs)
tests_unit_translate_test_interp_SOURCES = tests/unit/translate/test_interp.c
tests_unit_translate_test_interp_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_translate_test_interp_LDADD = $(ir_test_libs)
endif
