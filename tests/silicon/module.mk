# tests/silicon/module.mk - recorded behaviour of real processors, and the host's own CPU.
noinst_PROGRAMS += tests/silicon/real_mode
tests_silicon_real_mode_SOURCES = tests/silicon/real_mode.c
tests_silicon_real_mode_LDADD = src/libtranslate.a src/libcpu.a src/libmem.a src/libtime.a src/libbase.a \
	$(CAPSTONE_LIBS) $(FFI_LIBS) -lm

if HOST_X86_64
# Under a sanitizer, whose memory lies where the cases expect faults of the host, engines are compared alone.
check_PROGRAMS += tests/silicon/host_cpu tests/silicon/host_opcodes
TESTS += tests/silicon/host_cpu tests/silicon/host_opcodes tests/silicon/soft_undefined.sh
EXTRA_DIST += tests/silicon/soft_undefined.sh
host_oracle = tests/silicon/host_gen.c tests/silicon/host_values.c tests/silicon/host_seq.c tests/silicon/host_native.c \
	tests/silicon/host_guest.c tests/silicon/host_compare.c tests/silicon/host.h
tests_silicon_host_cpu_SOURCES = tests/silicon/host_cpu.c $(host_oracle)
tests_silicon_host_cpu_LDADD = $(tests_silicon_real_mode_LDADD)
tests_silicon_host_opcodes_SOURCES = tests/silicon/host_opcodes.c $(host_oracle)
tests_silicon_host_opcodes_LDADD = $(tests_silicon_real_mode_LDADD)
endif

# 20,000 cases for each form and a million pairs of operands for each x87 instruction, with tables of them.
check-long: $(check_PROGRAMS)
	! test -x tests/silicon/host_cpu || tests/silicon/host_cpu -v -t 0 -n 20000 -q 200000
	! test -x tests/silicon/host_cpu || tests/silicon/host_cpu -e soft -t 0 -n 2000 -q 100000
	! test -x tests/silicon/host_opcodes || tests/silicon/host_opcodes -a
	! test -x tests/fpu/x87_oracle || tests/fpu/x87_oracle -n 1000000
	! test -x tests/fpu/transcendental || tests/fpu/transcendental 1000000
	tests/fpu/reciprocal 1
.PHONY: check-long
