# tests/golden/module.mk - emitted code of typical blocks, as text.
EXTRA_DIST += tests/golden/run tests/golden/blocks.golden
if HOST_X86_64
check_PROGRAMS += tests/golden/blocks
TESTS += tests/golden/run
tests_golden_blocks_SOURCES = tests/golden/blocks.c tests/golden/blocks.def tests/golden/samples.c \
	tests/golden/bench.c tests/golden/names.c tests/golden/listing.c tests/golden/golden.h
tests_golden_blocks_LDADD = src/libtranslate.a src/libcpu.a src/libmem.a src/libtime.a src/libbase.a \
	$(CAPSTONE_LIBS) $(FFI_LIBS) -lm
endif

# After a change of the code generator whose effect on the blocks is as it should be.
accept-golden: $(check_PROGRAMS)
	$(srcdir)/tests/golden/run --accept
.PHONY: accept-golden
