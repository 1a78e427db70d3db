# tests/kernels/module.mk - what -kernel, -initrd, -bios and -d port= promise, with images of our own.
TESTS += tests/kernels/run
EXTRA_DIST += tests/kernels/run tests/kernels/mb.inc tests/kernels/mb.ld tests/kernels/mb_elf.S tests/kernels/mb_flat.S
