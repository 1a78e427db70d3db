# src/devices/disk/module.mk - sources in this folder.
src_libdevices_a_SOURCES += src/devices/disk/ide.c src/devices/disk/ide.h src/devices/disk/drive.h
src_libdevices_a_SOURCES += src/devices/disk/ata.c src/devices/disk/ata.def
src_libdevices_a_SOURCES += src/devices/disk/identify.c
src_libdevices_a_SOURCES += src/devices/disk/atapi.c src/devices/disk/mmc.c src/devices/disk/mmc.def
src_libdevices_a_SOURCES += src/devices/disk/piix3_ide.c
