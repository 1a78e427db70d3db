# src/ui/module.mk - sources of the ui layer.
noinst_LIBRARIES += src/libui.a
src_libui_a_SOURCES =
src_libui_a_SOURCES += src/ui/ui.h src/ui/screentext.c src/ui/typist.c src/ui/typist.h \
    src/ui/typist_keys.def
if HAVE_SDL2
src_libui_a_SOURCES += src/ui/sdl.c src/ui/sdl_keys.def
else
src_libui_a_SOURCES += src/ui/no_sdl.c
endif
if HAVE_PNG
src_libui_a_SOURCES += src/ui/screenshot.c
else
src_libui_a_SOURCES += src/ui/no_png.c
endif
