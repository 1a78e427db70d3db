# src/devices/acpi/module.mk - ACPI power management.
src_libdevices_a_SOURCES += src/devices/acpi/acpi_pm.c src/devices/acpi/acpi_pm.h
