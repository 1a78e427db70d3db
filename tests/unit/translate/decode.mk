# tests/unit/translate/decode.mk - unit tests of the decoder.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/translate/test_decode
TESTS += tests/unit/translate/test_decode
tests_unit_translate_test_decode_SOURCES = tests/unit/translate/test_decode.c
tests_unit_translate_test_decode_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_translate_test_decode_LDADD = src/libtranslate.a src/libbase.a $(CMOCKA_LIBS)
endif
