# src/ui/module.mk - sources of the ui layer.
noinst_LIBRARIES += src/libui.a
src_libui_a_SOURCES =
