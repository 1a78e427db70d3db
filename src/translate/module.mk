# src/translate/module.mk - sources of the translate layer.
noinst_LIBRARIES += src/libtranslate.a
src_libtranslate_a_SOURCES =
include src/translate/decode/module.mk
include src/translate/lift/simd.mk
src_libtranslate_a_SOURCES += src/translate/translate.h src/translate/stats.def src/translate/cache.h src/translate/cache.c \
	src/translate/run.c src/translate/promote.c src/translate/replay.c src/translate/disas.h src/translate/disas.c \
	src/translate/ir/ir.h src/translate/ir/ir_ops.def src/translate/ir/ir.c \
	src/translate/ir/ir_names.h src/translate/ir/ir_text.c src/translate/ir/ir_parse.c src/translate/ir/ir_check.c \
	src/translate/lift/lift.h src/translate/lift/lift.c src/translate/lift/lift_alu.c \
	src/translate/lift/lift_move.c src/translate/lift/lift_flow.c src/translate/lift/lift_sys.c \
	src/translate/lift/lift_x87.c src/translate/lift/lift_table.def src/translate/lift/needs.def src/translate/lift/lift_int.def \
	src/translate/lift/lift_sys.def src/translate/lift/lift_x87.def src/translate/lift/lift_simd.def \
	src/translate/opt/opt.h src/translate/opt/opt.c src/translate/opt/dead_flags.c \
	src/translate/opt/dead_code.c src/translate/opt/fold.c src/translate/opt/copy.c
include src/translate/backend/interp/module.mk
if HOST_X86_64
src_libtranslate_a_SOURCES += src/translate/backend/x86_64/host_alu.h src/translate/backend/x86_64/host_flags.h \
	src/translate/backend/x86_64/host_flags.c src/translate/backend/x86_64/soft.c
src_libtranslate_a_SOURCES += src/translate/backend/x86_64/jit.h src/translate/backend/x86_64/jit.c \
	src/translate/backend/x86_64/copy.c src/translate/backend/x86_64/emit.c src/translate/backend/x86_64/regs.c \
	src/translate/backend/x86_64/flags.c src/translate/backend/x86_64/mem.c \
	src/translate/backend/x86_64/ops.c src/translate/backend/x86_64/exits.c \
	src/translate/backend/x86_64/stubs.c src/translate/backend/x86_64/vec.c \
	src/translate/backend/x86_64/x87.c src/translate/backend/x86_64/group.c src/translate/backend/x86_64/window.c \
	src/translate/backend/x86_64/rep.c
endif
