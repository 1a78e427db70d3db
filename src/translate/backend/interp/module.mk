# src/translate/backend/interp/module.mk - the portable interpreter.
src_libtranslate_a_SOURCES += src/translate/backend/interp/alu.h src/translate/backend/interp/interp.h \
	src/translate/backend/interp/handlers.def src/translate/backend/interp/exec_forms.h \
	src/translate/backend/interp/exec_alu.h src/translate/backend/interp/exec_mem.h \
	src/translate/backend/interp/exec.c src/translate/backend/interp/compile.c \
	src/translate/backend/interp/fuse.c src/translate/backend/interp/interp.c
