# src/devices/timer/module.mk - timers and the clock.
src_libdevices_a_SOURCES += \
	src/devices/timer/civil.h \
	src/devices/timer/hpet.c src/devices/timer/hpet.h \
	src/devices/timer/i8254.c src/devices/timer/i8254.h \
	src/devices/timer/mc146818.c src/devices/timer/mc146818.h
