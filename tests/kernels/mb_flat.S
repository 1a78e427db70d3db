/* mb_flat.S - a multiboot kernel that is a flat binary: its header says where it loads. */
.include "mb.inc"
    .section .head, "ax"
    .globl entry
    .balign 4
header:
    .long 0x1badb002, 0x10003, -(0x1badb002 + 0x10003)
    .long header, load_address, load_end, end, entry
