# src/devices/pci/module.mk - sources in this folder.
src_libdevices_a_SOURCES += src/devices/pci/pci.c src/devices/pci/pci.h
src_libdevices_a_SOURCES += src/devices/pci/i440fx.c src/devices/pci/i440fx.h
src_libdevices_a_SOURCES += src/devices/pci/piix3.c src/devices/pci/piix3.h
src_libdevices_a_SOURCES += src/devices/pci/piix4_pm.c src/devices/pci/piix4_pm.h
