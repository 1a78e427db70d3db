# src/cpu/x87.mk - softfloat and the x87 instructions.
src_libcpu_a_SOURCES += src/cpu/softfloat.h src/cpu/softfloat_num.h src/cpu/softfloat_num.c \
	src/cpu/softfloat_round.c src/cpu/softfloat_f32.c src/cpu/softfloat_f64.c \
	src/cpu/softfloat_f80.c src/cpu/softfloat_conv.c
src_libcpu_a_SOURCES += src/cpu/x87.h src/cpu/x87.c src/cpu/x87_ops.c src/cpu/x87_arith.c \
	src/cpu/x87_move.c src/cpu/x87_env.c src/cpu/x87_trans.c \
	src/cpu/wide.h src/cpu/x87_math.c src/cpu/x87_tables.c
