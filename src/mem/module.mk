# src/mem/module.mk - sources of the mem layer.
noinst_LIBRARIES += src/libmem.a
src_libmem_a_SOURCES = \
    src/mem/ram.c \
    src/mem/physmem.c \
    src/mem/physmem.h \
    src/mem/tlb.c \
    src/mem/tlb.h \
    src/mem/tlb_space.c \
    src/mem/tlb_state.c \
    src/mem/tlb_window.c
