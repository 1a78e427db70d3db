/* model_486.S - -cpu 486: its instructions, control-register and flag bits, and no others (models.inc).
 *
 * Options: -cpu 486
 * QEMU 7.2: not run: it has other models.
 * Bochs 2.7: not run: it has other models. */
.set model, 0
.include "models.inc"
