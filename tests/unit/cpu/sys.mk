# tests/unit/cpu/sys.mk - segments, paging, faults, transfers, tasks, strings, I/O of the CPU.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/cpu/sys
TESTS += tests/unit/cpu/sys
tests_unit_cpu_sys_SOURCES = \
    tests/unit/cpu/sys_bench.h \
    tests/unit/cpu/sys_bench.c \
    tests/unit/cpu/test_sys.c \
    tests/unit/cpu/test_paging.c \
    tests/unit/cpu/test_segment.c \
    tests/unit/cpu/test_gates.c \
    tests/unit/cpu/test_task.c \
    tests/unit/cpu/test_string.c \
    tests/unit/cpu/test_msr.c \
    tests/unit/cpu/test_smm.c \
    tests/unit/cpu/test_system.c
tests_unit_cpu_sys_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cpu_sys_LDADD = src/libcpu.a src/libmem.a src/libtime.a src/libbase.a $(CMOCKA_LIBS)
endif
