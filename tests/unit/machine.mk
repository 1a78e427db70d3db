# tests/unit/machine.mk - unit tests of the machine layer that need no processor.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/machine/machine
TESTS += tests/unit/machine/machine
tests_unit_machine_machine_SOURCES = \
    tests/unit/machine/test_machine.c \
    tests/unit/machine/test_machine.h \
    tests/unit/machine/test_linux_boot.c \
    tests/unit/machine/test_multiboot.c \
    tests/unit/machine/test_option_rom.c \
    tests/unit/machine/test_options.c \
    tests/unit/machine/test_state_tables.c
tests_unit_machine_machine_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_machine_machine_LDADD = \
    src/libmachine.a src/libdevices.a src/libtranslate.a src/libcpu.a src/libmem.a src/libhost.a src/libtime.a src/libbase.a $(CAPSTONE_LIBS) $(FFI_LIBS) $(CMOCKA_LIBS) -lm
endif
