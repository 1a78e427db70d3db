/* triple.S - shutdown: a fault while entering the handler of #DF, and what RESET# finds afterwards.
 *
 * SDM vol. 3A, 6.15 "Interrupt 8": the processor enters shutdown; the board answers with a reset (as PCs do).  Memory
 * keeps its contents, so the second start finds what the first left; registers are as in table 9-1.
 *
 * Resets: yes */
.include "insn.inc"

.set MAGIC, 0x500

    cmp dword ptr [MAGIC], 0x600df00d
    je again
    mov dword ptr [MAGIC], 0x600df00d
    mov dword ptr [MAGIC + 4], 0
    lidt [no_idt]
    mov esp, 0x12345678
    int3
    jmp report

again:
    case "shutdown, and a reset"
    check "memory is kept", [MAGIC], 0x600df00d
    mov eax, cr3
    check "CR3", eax, 0
    mov eax, cr4
    check "CR4", eax, 0
    mov eax, dr7
    check "DR7", eax, 0x400
    mov dword ptr [MAGIC], 0
    finish
no_idt:
    .word 0
    .long 0
