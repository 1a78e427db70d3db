# tests/unit/foundation.mk - unit tests of base, time and mem: each links its layer and those below.
if HAVE_CMOCKA
foundation_tests = tests/unit/base/base tests/unit/time/time tests/unit/mem/mem
check_PROGRAMS += $(foundation_tests)
TESTS += $(foundation_tests)

tests_unit_base_base_SOURCES = \
    tests/unit/base/test_base.c \
    tests/unit/base/test_base.h \
    tests/unit/base/test_err.c \
    tests/unit/base/test_arena.c \
    tests/unit/base/test_map.c \
    tests/unit/base/test_log.c \
    tests/unit/base/test_field.c
tests_unit_base_base_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_base_LDADD = src/libbase.a $(CMOCKA_LIBS)

tests_unit_time_time_SOURCES = tests/unit/time/test_clock.c
tests_unit_time_time_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_time_time_LDADD = src/libtime.a src/libbase.a $(CMOCKA_LIBS)

tests_unit_mem_mem_SOURCES = tests/unit/mem/test_physmem.c tests/unit/mem/test_tlb_state.c tests/unit/mem/test_tlb_space.c \
    tests/unit/mem/test_tlb_window.c
tests_unit_mem_mem_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_mem_mem_LDADD = src/libmem.a src/libbase.a $(CMOCKA_LIBS)
endif
