# tests/fuzz/module.mk - fuzz targets of the processor: kept inputs in `make check`, libFuzzer with --enable-fuzz.
EXTRA_DIST += scripts/fuzz tests/fuzz/corpus

if HOST_X86_64
check_LIBRARIES = tests/fuzz/libfuzz.a
tests_fuzz_libfuzz_a_SOURCES = tests/fuzz/fuzz.h tests/fuzz/fuzz_decode.c tests/fuzz/fuzz_translate.c \
	tests/fuzz/fuzz_engines.c tests/fuzz/bus.c tests/fuzz/image.c tests/fuzz/state.c tests/fuzz/gen_insn.c \
	tests/fuzz/gen_case.c
fuzz_libs = tests/fuzz/libfuzz.a src/libtranslate.a src/libcpu.a src/libmem.a src/libtime.a src/libbase.a \
	$(CAPSTONE_LIBS) $(FFI_LIBS) -lm

check_PROGRAMS += tests/fuzz/replay
TESTS += tests/fuzz/replay
tests_fuzz_replay_SOURCES = tests/fuzz/replay.c
tests_fuzz_replay_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"$(srcdir)/tests/fuzz/corpus"'
tests_fuzz_replay_LDADD = $(fuzz_libs)

if FUZZ
fuzz_targets = tests/fuzz/fuzz_decode tests/fuzz/fuzz_translate tests/fuzz/fuzz_engines
EXTRA_PROGRAMS += $(fuzz_targets)
tests_fuzz_fuzz_decode_SOURCES = tests/fuzz/entry.c
tests_fuzz_fuzz_decode_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET=fuzz_decode
tests_fuzz_fuzz_decode_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_decode_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_translate_SOURCES = tests/fuzz/entry.c
tests_fuzz_fuzz_translate_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET=fuzz_translate
tests_fuzz_fuzz_translate_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_translate_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_engines_SOURCES = tests/fuzz/entry.c
tests_fuzz_fuzz_engines_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET=fuzz_engines
tests_fuzz_fuzz_engines_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_engines_LDADD = $(fuzz_libs)
endif
endif
