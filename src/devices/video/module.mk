# src/devices/video/module.mk - the display adapter.
src_libdevices_a_SOURCES += \
    src/devices/video/vga.c src/devices/video/vga.h src/devices/video/vga_core.h \
    src/devices/video/vga_ports.c src/devices/video/vga_mem.c src/devices/video/vga_draw.c \
    src/devices/video/vga_text.c src/devices/video/bochs_dispi.c src/devices/video/edid.c
