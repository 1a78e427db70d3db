# tests/decode/module.mk - the decoder against Capstone; `make check` runs a sample, `make check-decode` ten million.
check_PROGRAMS += tests/decode/capstone_check
TESTS += tests/decode/capstone_check
tests_decode_capstone_check_SOURCES = tests/decode/check.h tests/decode/differences.def \
    tests/decode/view.c tests/decode/compare.c tests/decode/capstone_check.c
tests_decode_capstone_check_LDADD = src/libtranslate.a src/libbase.a $(CAPSTONE_LIBS)

.PHONY: check-decode
check-decode: tests/decode/capstone_check$(EXEEXT)
	tests/decode/capstone_check$(EXEEXT) -n 10000000 -s 1 -v -u
