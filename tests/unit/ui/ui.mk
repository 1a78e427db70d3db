# tests/unit/ui/ui.mk - tests of the user interface and of serial lines to the outside.
if HAVE_CMOCKA
ui_tests = tests/unit/ui/test_typist tests/unit/ui/test_screen tests/unit/host/test_chardev
check_PROGRAMS += $(ui_tests)
TESTS += $(ui_tests)
tests_unit_ui_test_typist_LDADD = src/libui.a src/libhost.a src/libtime.a src/libbase.a $(CMOCKA_LIBS)
tests_unit_ui_test_screen_LDADD = src/libui.a src/libhost.a src/libtime.a src/libbase.a \
    $(PNG_LIBS) $(CMOCKA_LIBS)
tests_unit_host_test_chardev_LDADD = src/libhost.a src/libtime.a src/libbase.a $(CMOCKA_LIBS)
if HAVE_SDL2
check_PROGRAMS += tests/unit/ui/test_sdl
TESTS += tests/unit/ui/test_sdl
tests_unit_ui_test_sdl_LDADD = src/libui.a src/libhost.a src/libtime.a src/libbase.a \
    $(SDL2_LIBS) $(CMOCKA_LIBS)
endif
endif
