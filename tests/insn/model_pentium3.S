/* model_pentium3.S - -cpu pentium3: its instructions, control-register and flag bits, and no others (models.inc).
 *
 * Options: -cpu pentium3
 * QEMU 7.2: not run: it has other models.
 * Bochs 2.7: not run: it has other models. */
.set model, 4
.include "models.inc"
