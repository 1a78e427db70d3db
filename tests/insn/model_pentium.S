/* model_pentium.S - -cpu pentium: its instructions, control-register and flag bits, and no others (models.inc).
 *
 * Options: -cpu pentium
 * QEMU 7.2: not run: it has other models.
 * Bochs 2.7: not run: it has other models. */
.set model, 1
.include "models.inc"
