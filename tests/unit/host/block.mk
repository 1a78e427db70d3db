# tests/unit/host/block.mk - tests of disk images.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/host/test_block
TESTS += tests/unit/host/test_block
tests_unit_host_test_block_SOURCES = tests/unit/host/test_block.c
tests_unit_host_test_block_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_host_test_block_LDADD = src/libhost.a src/libtime.a src/libbase.a $(CMOCKA_LIBS)
endif
