# src/machine/module.mk - sources of the machine layer.
noinst_LIBRARIES += src/libmachine.a
src_libmachine_a_SOURCES =
