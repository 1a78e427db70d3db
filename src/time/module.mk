# src/time/module.mk - sources of the time layer.
noinst_LIBRARIES += src/libtime.a
src_libtime_a_SOURCES = \
    src/time/clock.c \
    src/time/clock.h
