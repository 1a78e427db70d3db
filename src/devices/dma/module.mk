# src/devices/dma/module.mk - sources in this folder.
src_libdevices_a_SOURCES += src/devices/dma/i8237.c src/devices/dma/i8237.h
