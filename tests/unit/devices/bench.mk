# tests/unit/devices/bench.mk - the bench, and the tests of the device layer's own code.
if HAVE_CMOCKA
check_LIBRARIES = tests/unit/devices/libbench.a
tests_unit_devices_libbench_a_SOURCES = tests/unit/devices/bench.c tests/unit/devices/bench.h
# Every device test links these.
DEVICE_TEST_LIBS = tests/unit/devices/libbench.a src/libdevices.a src/libhost.a src/libmem.a \
	src/libtime.a src/libbase.a $(CMOCKA_LIBS)
endif
