/* mb_elf.S - a multiboot kernel that is loaded by its ELF segments. */
.include "mb.inc"
    .section .head, "ax"
    .balign 4
    .long 0x1badb002, 3, -(0x1badb002 + 3)
    .globl entry
