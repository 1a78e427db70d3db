/* model_pentium4.S - -cpu pentium4: its instructions, control-register and flag bits, and no others (models.inc).
 *
 * Options: -cpu pentium4
 * QEMU 7.2: not run: it has other models.
 * Bochs 2.7: not run: it has other models. */
.set model, 5
.include "models.inc"
