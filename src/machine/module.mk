# src/machine/module.mk - sources of the machine layer, and the option ROMs that it carries.
noinst_LIBRARIES += src/libmachine.a
src_libmachine_a_SOURCES = \
    src/machine/board.c \
    src/machine/board.h \
    src/machine/firmware.c \
    src/machine/firmware.h \
    src/machine/input.c \
    src/machine/input.h \
    src/machine/linux_boot.c \
    src/machine/linux_boot.h \
    src/machine/machine.c \
    src/machine/machine.h \
    src/machine/multiboot.c \
    src/machine/multiboot.h \
    src/machine/option_parse.c \
    src/machine/option_parse.h \
    src/machine/option_rom.c \
    src/machine/option_rom.h \
    src/machine/options.c \
    src/machine/options.def \
    src/machine/options.h \
    src/machine/run.c \
    src/machine/snapshot.c \
    src/machine/snapshot.h \
    src/machine/statehash.c \
    src/machine/statehash.h \
    src/machine/stats.c \
    src/machine/stats.h
nodist_src_libmachine_a_SOURCES = src/machine/rom_linuxboot.c src/machine/rom_mbboot.c
EXTRA_DIST += src/machine/linuxboot.s src/machine/mbboot.s

# Each ROM is assembled for the i386, linked as a flat image at 0, and becomes a C array.
ROM_STEPS = \
    $(MKDIR_P) src/machine && \
    $(I386_AS) --32 -o $@.o $< && \
    $(I386_LD) -m elf_i386 -Ttext=0 --oformat binary -o $@.bin $@.o && \
    { echo "/* Made from `basename $<`. */"; echo '\#include <stddef.h>'; echo '\#include <stdint.h>'; \
      n=`basename $@ .c`; \
      echo "extern const uint8_t $$n[]; extern const size_t $${n}_size;"; \
      echo "const uint8_t $$n[] = {"; \
      od -An -v -tx1 $@.bin | sed 's/ \(..\)/0x\1,/g'; \
      echo "};"; echo "const size_t $${n}_size = sizeof($$n);"; } > $@

src/machine/rom_linuxboot.c: $(top_srcdir)/src/machine/linuxboot.s
	$(AM_V_GEN)$(ROM_STEPS)
src/machine/rom_mbboot.c: $(top_srcdir)/src/machine/mbboot.s
	$(AM_V_GEN)$(ROM_STEPS)
CLEANFILES += \
    src/machine/rom_linuxboot.c src/machine/rom_linuxboot.c.o src/machine/rom_linuxboot.c.bin \
    src/machine/rom_mbboot.c src/machine/rom_mbboot.c.o src/machine/rom_mbboot.c.bin
