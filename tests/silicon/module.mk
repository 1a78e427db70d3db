# tests/silicon/module.mk - recorded behaviour of real processors.
noinst_PROGRAMS += tests/silicon/real_mode
tests_silicon_real_mode_SOURCES = tests/silicon/real_mode.c
tests_silicon_real_mode_LDADD = src/libtranslate.a src/libcpu.a src/libmem.a src/libtime.a src/libbase.a \
	$(CAPSTONE_LIBS) $(FFI_LIBS) -lm
