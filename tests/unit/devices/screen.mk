# tests/unit/devices/screen.mk - tests of the display adapter, keyboard controller and serial port.
if HAVE_CMOCKA
screen_tests = tests/unit/devices/test_vga tests/unit/devices/test_vga_pci \
    tests/unit/devices/test_i8042 tests/unit/devices/test_uart16550
check_PROGRAMS += $(screen_tests)
TESTS += $(screen_tests)
tests_unit_devices_test_vga_LDADD = $(DEVICE_TEST_LIBS)
tests_unit_devices_test_vga_pci_LDADD = $(DEVICE_TEST_LIBS)
tests_unit_devices_test_i8042_LDADD = $(DEVICE_TEST_LIBS)
tests_unit_devices_test_uart16550_LDADD = $(DEVICE_TEST_LIBS)
endif
