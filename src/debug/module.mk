# src/debug/module.mk - sources of the debug layer.
noinst_LIBRARIES += src/libdebug.a
src_libdebug_a_SOURCES =
