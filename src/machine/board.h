/* board.h - the devices of the PC and the wires between them. */
#ifndef MACHINE_BOARD_H
#define MACHINE_BOARD_H

struct machine;

#define BOARD_DEBUGCON_PORT 0x402 /* SeaBIOS's messages */
#define BOARD_E9_PORT       0xe9

/* Makes every device, with its host handles, in the order in which they are reset and saved. */
void board_make(struct machine *m);
/* Connects the pins. */
void board_wire(struct machine *m);
/* After a load: what the wires to the processor and to memory had set. */
void board_post_load(struct machine *m);

#endif
