# src/cpu/sys.mk - the system side of the CPU: segments, paging, faults, transfers, tasks, I/O, strings.
src_libcpu_a_SOURCES += \
    src/cpu/feature.h \
    src/cpu/internal.h \
    src/cpu/features.def \
    src/cpu/models.def \
    src/cpu/msrs.def \
    src/cpu/helpers.def \
    src/cpu/helpers_sys.def \
    src/cpu/access.c \
    src/cpu/control.c \
    src/cpu/cpu.c \
    src/cpu/cpuid.c \
    src/cpu/debug.c \
    src/cpu/descriptor.c \
    src/cpu/fault.c \
    src/cpu/flags.c \
    src/cpu/interrupt.c \
    src/cpu/io.c \
    src/cpu/memory.c \
    src/cpu/msr.c \
    src/cpu/paging.c \
    src/cpu/print.c \
    src/cpu/return.c \
    src/cpu/segment.c \
    src/cpu/selector.c \
    src/cpu/smm.c \
    src/cpu/stack.c \
    src/cpu/string.c \
    src/cpu/string_io.c \
    src/cpu/string_op.h \
    src/cpu/task.c \
    src/cpu/transfer.c \
    src/cpu/xsave.c
