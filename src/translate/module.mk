# src/translate/module.mk - sources of the translate layer.
noinst_LIBRARIES += src/libtranslate.a
src_libtranslate_a_SOURCES =
include src/translate/decode/module.mk
