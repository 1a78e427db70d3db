# tests/unit/devices/chips.mk - tests of the interrupt controllers, timers, ACPI and board ports.
if HAVE_CMOCKA
endif
