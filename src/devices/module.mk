# src/devices/module.mk - sources of the devices layer.
noinst_LIBRARIES += src/libdevices.a
src_libdevices_a_SOURCES = src/devices/device.c src/devices/device.h src/devices/wire.c src/devices/io_space.c
include src/devices/irq/module.mk
include src/devices/timer/module.mk
include src/devices/input/module.mk
include src/devices/serial/module.mk
include src/devices/dma/module.mk
include src/devices/pci/module.mk
include src/devices/disk/module.mk
include src/devices/video/module.mk
include src/devices/acpi/module.mk
include src/devices/firmware/module.mk
include src/devices/misc/module.mk
