# src/host/module.mk - sources of the host layer.
noinst_LIBRARIES += src/libhost.a
src_libhost_a_SOURCES =
src_libhost_a_SOURCES += src/host/chardev.c src/host/chardev.h src/host/terminal.c \
    src/host/terminal.h src/host/display.c src/host/display.h src/host/input.h
src_libhost_a_SOURCES += src/host/block.c src/host/block.h
