# src/base/module.mk - sources of the base layer.
noinst_LIBRARIES += src/libbase.a
src_libbase_a_SOURCES = \
    src/base/err.c \
    src/base/err.h \
    src/base/arena.c \
    src/base/arena.h \
    src/base/vec.c \
    src/base/vec.h \
    src/base/map.c \
    src/base/map.h \
    src/base/log.c \
    src/base/log.h \
    src/base/log_items.def \
    src/base/field.c \
    src/base/field_show.c \
    src/base/field.h \
    src/base/bits.h \
    src/base/bytes.h
