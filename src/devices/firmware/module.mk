# src/devices/firmware/module.mk - sources in this folder.
src_libdevices_a_SOURCES += src/devices/firmware/fw_cfg.c src/devices/firmware/fw_cfg.h
