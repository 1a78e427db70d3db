# src/devices/timer/module.mk - timers and the clock.
src_libdevices_a_SOURCES += \
	src/devices/timer/i8254.c src/devices/timer/i8254.h
