# tests/coverage/module.mk - which rows of opcodes.def are lifted and tested; scripts/coverage gathers it.
noinst_PROGRAMS += tests/coverage/rows
tests_coverage_rows_SOURCES = tests/coverage/rows.c
tests_coverage_rows_LDADD = $(tests_silicon_real_mode_LDADD)
EXTRA_DIST += tests/coverage/reasons.def tests/coverage/head.md
