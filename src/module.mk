# src/module.mk - the program itself: options and wiring.
bin_PROGRAMS += bygone
bygone_SOURCES = src/main.c
bygone_LDADD = \
    src/libui.a src/libdebug.a src/libmachine.a src/libdevices.a src/libtranslate.a src/libcpu.a \
    src/libmem.a src/libhost.a src/libtime.a src/libbase.a \
    $(CAPSTONE_LIBS) $(FFI_LIBS) $(SDL2_LIBS) $(PNG_LIBS) -lm -lpthread

# The manual page is printed by the program, from the table that its options come from.
man_MANS = bygone.1
bygone.1: bygone$(EXEEXT)
	$(AM_V_GEN)./bygone$(EXEEXT) --man > $@.new && mv $@.new $@
CLEANFILES += bygone.1 bygone.1.new

# Bygone, QEMU and the bare host on the same programs: BENCH_ROUNDS=N make bench.
bench: bygone$(EXEEXT)
	$(top_srcdir)/scripts/bench --bygone ./bygone$(EXEEXT) --rounds $${BENCH_ROUNDS:-3} --json bench.json --plot bench.png
.PHONY: bench
