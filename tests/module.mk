# tests/module.mk - unit tests (one program for each layer) and the tests that scripts/check runs.
include tests/unit/foundation.mk
include tests/unit/devices/bench.mk
include tests/unit/devices/chips.mk
include tests/unit/devices/pci_disk.mk
include tests/unit/host/block.mk
include tests/unit/devices/screen.mk
include tests/unit/ui/ui.mk
include tests/unit/machine.mk
include tests/decode/module.mk
include tests/unit/translate/decode.mk
include tests/unit/cpu/simd.mk
include tests/silicon/module.mk
include tests/unit/translate/lift_simd.mk
include tests/unit/cpu/x87.mk
include tests/unit/cpu/sys.mk
include tests/lockstep/module.mk
include tests/unit/translate/ir.mk
