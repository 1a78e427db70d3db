# src/host/module.mk - sources of the host layer.
noinst_LIBRARIES += src/libhost.a
src_libhost_a_SOURCES =
