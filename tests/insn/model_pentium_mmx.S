/* model_pentium_mmx.S - -cpu pentium-mmx: its instructions, control-register and flag bits, and no others (models.inc).
 *
 * Options: -cpu pentium-mmx
 * QEMU 7.2: not run: it has other models.
 * Bochs 2.7: not run: it has other models. */
.set model, 2
.include "models.inc"
