/* model_pentium2.S - -cpu pentium2: its instructions, control-register and flag bits, and no others (models.inc).
 *
 * Options: -cpu pentium2
 * QEMU 7.2: not run: it has other models.
 * Bochs 2.7: not run: it has other models. */
.set model, 3
.include "models.inc"
