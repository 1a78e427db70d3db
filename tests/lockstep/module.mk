# tests/lockstep/module.mk - two engines side by side.
noinst_PROGRAMS += tests/lockstep/lockstep
tests_lockstep_lockstep_SOURCES = tests/lockstep/lockstep.c
tests_lockstep_lockstep_LDADD = \
	src/libmachine.a src/libdevices.a src/libtranslate.a src/libcpu.a src/libmem.a src/libhost.a src/libtime.a src/libbase.a \
	$(CAPSTONE_LIBS) $(FFI_LIBS) -lm -lpthread
