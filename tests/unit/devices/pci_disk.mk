# tests/unit/devices/pci_disk.mk - tests of the PCI bus, DMA, disks and the firmware configuration device.
if HAVE_CMOCKA
pci_disk_tests = tests/unit/devices/test_pci tests/unit/devices/test_i440fx \
    tests/unit/devices/test_i8237 tests/unit/devices/test_fw_cfg \
    tests/unit/devices/test_ata tests/unit/devices/test_atapi \
    tests/unit/devices/test_piix4_pm
check_PROGRAMS += $(pci_disk_tests)
TESTS += $(pci_disk_tests)

tests_unit_devices_test_pci_SOURCES = tests/unit/devices/test_pci.c tests/unit/devices/pci_bench.h
tests_unit_devices_test_pci_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_devices_test_pci_LDADD = $(DEVICE_TEST_LIBS)

tests_unit_devices_test_i440fx_SOURCES = tests/unit/devices/test_i440fx.c
tests_unit_devices_test_i440fx_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_devices_test_i440fx_LDADD = $(DEVICE_TEST_LIBS)

tests_unit_devices_test_i8237_SOURCES = tests/unit/devices/test_i8237.c
tests_unit_devices_test_i8237_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_devices_test_i8237_LDADD = $(DEVICE_TEST_LIBS)

tests_unit_devices_test_fw_cfg_SOURCES = tests/unit/devices/test_fw_cfg.c
tests_unit_devices_test_fw_cfg_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_devices_test_fw_cfg_LDADD = $(DEVICE_TEST_LIBS)

tests_unit_devices_test_ata_SOURCES = tests/unit/devices/test_ata.c tests/unit/devices/disk_bench.h
tests_unit_devices_test_ata_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_devices_test_ata_LDADD = $(DEVICE_TEST_LIBS)

tests_unit_devices_test_atapi_SOURCES = tests/unit/devices/test_atapi.c tests/unit/devices/disk_bench.h
tests_unit_devices_test_atapi_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_devices_test_atapi_LDADD = $(DEVICE_TEST_LIBS)

tests_unit_devices_test_piix4_pm_SOURCES = tests/unit/devices/test_piix4_pm.c
tests_unit_devices_test_piix4_pm_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_devices_test_piix4_pm_LDADD = $(DEVICE_TEST_LIBS)
endif
