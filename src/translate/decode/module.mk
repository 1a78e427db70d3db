# src/translate/decode/module.mk - sources in this folder.
src_libtranslate_a_SOURCES += src/translate/decode/insn.h src/translate/decode/mnemonics.def \
	src/translate/decode/opcodes.def src/translate/decode/operands.def \
	src/translate/decode/opcode_table.h src/translate/decode/opcode_table.c \
	src/translate/decode/opcode_index.c src/translate/decode/decode_int.h \
	src/translate/decode/decode.c src/translate/decode/operand.c src/translate/decode/row_name.c
