# tests/unit/devices/chips.mk - tests of the device layer, interrupt controllers, timers and ports.
if HAVE_CMOCKA
chip_tests = \
    tests/unit/devices/test_device \
    tests/unit/devices/test_i8259 \
    tests/unit/devices/test_apic \
    tests/unit/devices/test_i8254 \
    tests/unit/devices/test_mc146818 \
    tests/unit/devices/test_hpet \
    tests/unit/devices/test_acpi_pm \
    tests/unit/devices/test_misc \
    tests/unit/devices/test_chips_fuzz
check_PROGRAMS += $(chip_tests)
TESTS += $(chip_tests)
tests_unit_devices_test_device_LDADD = $(DEVICE_TEST_LIBS)
tests_unit_devices_test_i8259_LDADD = $(DEVICE_TEST_LIBS)
tests_unit_devices_test_apic_LDADD = $(DEVICE_TEST_LIBS)
tests_unit_devices_test_i8254_LDADD = $(DEVICE_TEST_LIBS)
tests_unit_devices_test_mc146818_LDADD = $(DEVICE_TEST_LIBS)
tests_unit_devices_test_hpet_LDADD = $(DEVICE_TEST_LIBS)
tests_unit_devices_test_acpi_pm_LDADD = $(DEVICE_TEST_LIBS)
tests_unit_devices_test_misc_LDADD = $(DEVICE_TEST_LIBS)
tests_unit_devices_test_chips_fuzz_LDADD = $(DEVICE_TEST_LIBS)
endif
