# src/devices/input/module.mk - keyboard controller, keyboard, mouse.
src_libdevices_a_SOURCES += \
    src/devices/input/i8042.c src/devices/input/i8042.h \
    src/devices/input/ps2_keyboard.c src/devices/input/ps2_mouse.c src/devices/input/ps2.h \
    src/devices/input/ps2_keys.def
