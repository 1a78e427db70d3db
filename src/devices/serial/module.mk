# src/devices/serial/module.mk - serial devices.
src_libdevices_a_SOURCES += src/devices/serial/uart16550.c src/devices/serial/uart16550.h
