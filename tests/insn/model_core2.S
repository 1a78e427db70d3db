/* model_core2.S - -cpu core2: its instructions, control-register and flag bits, and no others (models.inc).
 *
 * Options: -cpu core2
 * QEMU 7.2: not run: it has other models.
 * Bochs 2.7: not run: it has other models. */
.set model, 6
.include "models.inc"
