# tests/insn/module.mk - boot programs for what only the system side can see: faults, gates, tasks, paging, V86.
TESTS += tests/insn/run
AM_TESTS_ENVIRONMENT = I386_AS='$(I386_AS)' I386_LD='$(I386_LD)'; export I386_AS I386_LD;
EXTRA_DIST += tests/insn/run tests/insn/insn.inc tests/insn/insn.ld \
	tests/insn/absent.S tests/insn/ac.S tests/insn/bp_of_br.S tests/insn/db.S tests/insn/de.S tests/insn/df.S \
	tests/insn/gates.S tests/insn/interrupts.S tests/insn/io.S tests/insn/limits.S tests/insn/mf.S \
	tests/insn/model_386.S tests/insn/nm.S tests/insn/pae.S tests/insn/paging.S tests/insn/patched.S tests/insn/privilege.S \
	tests/insn/real.S tests/insn/segments.S tests/insn/selectors.S tests/insn/smi.S tests/insn/smm.S \
	tests/insn/stack.S tests/insn/strings.S tests/insn/sysenter.S tests/insn/tasks.S tests/insn/triple.S tests/insn/ud.S \
	tests/insn/v86.S tests/insn/xm.S tests/insn/xsave.S
EXTRA_DIST += tests/insn/corners.S tests/insn/ferr.S tests/insn/random.S tests/insn/wrap.S
EXTRA_DIST += tests/insn/models.inc tests/insn/model_486.S tests/insn/model_pentium.S tests/insn/model_pentium_mmx.S \
	tests/insn/model_pentium2.S tests/insn/model_pentium3.S tests/insn/model_pentium4.S tests/insn/model_core2.S
