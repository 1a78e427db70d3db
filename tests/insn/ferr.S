/* ferr.S - x87 errors with CR0.NE clear: FERR# and interrupt request 13, port F0h and IGNNE#.
 *
 * SDM vol. 1, 8.7.2 and D.1 to D.3; Intel 290550 (PIIX3), 2.5.6.
 *
 * QEMU 7.2: differs in "an error requests interrupt 13", "FNCLEX ends IGNNE#, the next error requests anew": FERR#
 *     comes with the next instruction that waits, which processors may do too; SDM vol. 1, D.2.1.2.
 * QEMU 7.2: differs in "the processor stops before WAIT", "an instruction that waits stops too": it does not stop;
 *     SDM vol. 1, D.2.1.3.
 * Bochs 2.7: differs in "an error requests interrupt 13": FERR# comes with the next instruction that waits, which
 *     processors may do too; SDM vol. 1, D.2.1.2.
 * Bochs 2.7: differs in "the processor stops before WAIT", "an instruction that waits stops too": it does not stop;
 *     SDM vol. 1, D.2.1.3. */
.include "insn.inc"

.macro error
    fninit
    mov word ptr [SCRATCH], 0x37b
    fldcw word ptr [SCRATCH]
    fld1
    fldz
    fdivp
    .endm
/* Is interrupt request 13 there? */
.macro check_request want
    mov al, 0x0a
    out 0xa0, al
    in al, 0xa0
    shr al, 5
    and eax, 1
    check "request 13", eax, \want
.endm

    mov al, 0x11                        /* both 8259s: ICW1 to ICW4, vectors 40h and 48h */
    out 0x20, al
    out 0xa0, al
    mov al, 0x40
    out 0x21, al
    mov al, 0x48
    out 0xa1, al
    mov al, 4
    out 0x21, al
    mov al, 2
    out 0xa1, al
    mov al, 1
    out 0x21, al
    out 0xa1, al
    mov al, 0xff
    out 0x21, al
    out 0xa1, al
    mov eax, cr0
    and eax, ~0x2e
    mov cr0, eax

    case "an error requests interrupt 13"
    check_request 0
    error
    fnstsw ax
    movzx ebx, ax
    check_request 1
    check_bits "status word", ebx, 0x80ff, 0x8084
    case "a write of port F0h takes the request back"
    out 0xf0, al
    check_request 0
    case "IGNNE# lets instructions that wait go on"
    fwait
    fld1
    fstp st(0)
    fnstsw ax
    movzx eax, ax
    check_bits "status word", eax, 0x80ff, 0x8084
    case "FNCLEX ends IGNNE#, the next error requests anew"
    fnclex
    fldz
    fdivp
    error
    check_request 1
    fnclex
    case "port F0h without an error: nothing"
    out 0xf0, al
    check_request 0

/* Request 13 is masked; the timer's interrupt finds the processor stopped and lets it go on. */
    case "the processor stops before WAIT"
    setint 0x40, CODE0, timer
    mov al, 0x30
    out 0x43, al
    mov al, 0xfe
    out 0x21, al
    mov dword ptr irqs, 0
    error
    mov al, 0
    out 0x40, al
    mov al, 0x10
    out 0x40, al
    sti
    nop
66: fwait
    nop
    cli
    check "interrupts", irqs, 1
    check "EIP in the handler", at, 66b
    fnclex
    case "an instruction that waits stops too"
    mov dword ptr irqs, 0
    error
    mov al, 0
    out 0x40, al
    mov al, 0x10
    out 0x40, al
    mov ecx, 5
    sti
    nop
66: fild dword ptr [SCRATCH]
    cli
    check "interrupts", irqs, 1
    check "EIP in the handler", at, 66b
    fnclex
    case "FNSTSW, FNSTCW do not wait"
    mov dword ptr irqs, 0
    error
    fnstsw ax
    fnstcw word ptr [SCRATCH]
    fnclex
    check "interrupts", irqs, 0
    mov al, 0xff
    out 0x21, al
    finish

timer:
    push eax
    inc dword ptr irqs
    mov eax, [esp + 4]
    mov at, eax
    mov al, 0x20
    out 0x20, al
    out 0xf0, al
    pop eax
    iretd

    .balign 4
irqs:       .long 0
at:         .long 0
