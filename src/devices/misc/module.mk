# src/devices/misc/module.mk - the small ports of the board.
src_libdevices_a_SOURCES += \
	src/devices/misc/debug_ports.c \
	src/devices/misc/misc.h \
	src/devices/misc/port61.c \
	src/devices/misc/port92.c \
	src/devices/misc/port_f0.c
