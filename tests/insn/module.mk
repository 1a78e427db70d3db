# tests/insn/module.mk - boot programs for what only the system side can see: faults, gates, tasks, paging, V86.
TESTS += tests/insn/run
AM_TESTS_ENVIRONMENT = I386_AS='$(I386_AS)' I386_LD='$(I386_LD)'; export I386_AS I386_LD;
EXTRA_DIST += tests/insn/run tests/insn/insn.inc tests/insn/insn.ld
