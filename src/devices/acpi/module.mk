# src/devices/acpi/module.mk - sources in this folder.
