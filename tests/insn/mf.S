/* mf.S - #MF, the x87 floating-point error: each cause unmasked, and both ways of reporting it.
 *
 * The instruction that causes it only sets the flag; the next waiting instruction faults (SDM vol. 3A, 6.15
 * "Interrupt 16"; vol. 1, 8.5 and 8.7).
 *
 * QEMU 7.2: differs in "#IS: stack underflow", "#IS: stack overflow": it does not see stack faults; SDM vol. 1,
 *     8.5.1.1.
 * QEMU 7.2: differs in "#D: a denormal operand": it does not see denormal operands; SDM vol. 1, 8.5.2.
 * QEMU 7.2: differs in "#O: single-precision store", "#U: single-precision store": PE is set as well, though
 *     nothing was stored; SDM vol. 1, 8.5.4 and 8.5.5.
 * QEMU 7.2: differs in "FLDCW unmasks what is pending", "FLDENV unmasks what is pending": ES stays clear; it is
 *     set when a pending exception is unmasked, SDM vol. 1, 8.1.3.3.
 * QEMU 7.2: differs in "the next arithmetic instruction faults, before its own work", "MMX faults", "EMMS
 *     faults": it reports at WAIT alone; SDM vol. 1, 8.7.
 * QEMU 7.2: differs in "WAIT in ring 3": RF is clear; set for a fault, SDM vol. 3B, 17.3.1.1.
 * QEMU 7.2: differs in "NE clear: interrupt request 13": no interrupt request; SDM vol. 1, 8.7.2. */
.include "insn.inc"

.macro unmask bits
    fninit
    mov word ptr [SCRATCH], 0x37f & ~(\bits)
    fldcw word ptr [SCRATCH]
.endm
/* The statements cause it, WAIT reports it; the status word then has ES, B and the flags `want`. */
.macro reports want
    try
66: fwait
    caught MF
    fnstsw ax
    movzx eax, ax
    and eax, 0x80ff
    check "status word", eax, (0x8080 | \want)
    fnclex
.endm

    case "#IA: 0 / 0"
    unmask 1
    fldz
    fldz
    fdivp
    reports 1
    case "#IA: square root of -1"
    unmask 1
    fld1
    fchs
    fsqrt
    reports 1
    case "#IA: compare with a NaN"
    unmask 1
    fld dword ptr nan
    fldz
    fcom
    reports 1
    case "#IA: signalling NaN loaded"
    unmask 1
    fld dword ptr snan
    reports 1
    case "#IA: integer store out of range"
    unmask 1
    fld dword ptr big
    fistp word ptr [SCRATCH]
    reports 1
    case "#IS: stack underflow"
    unmask 1
    fadd st(1), st
    reports 0x41
    case "#IS: stack overflow"
    unmask 1
    .rept 9
    fldz
    .endr
    reports 0x41
    case "#D: a denormal operand"
    unmask 2
    fld dword ptr denormal
    reports 2
    case "#Z: 1 / 0"
    unmask 4
    fld1
    fldz
    fdivp
    reports 4
    case "#Z: logarithm of 0"
    unmask 4
    fld1
    fldz
    fyl2x
    reports 4
    case "#O: single-precision store"
    unmask 8
    fld tbyte ptr huge
    fst dword ptr [SCRATCH]
    reports 8
    case "#U: single-precision store"
    unmask 0x10
    fld tbyte ptr tiny
    fst dword ptr [SCRATCH]
    reports 0x10
    case "#P: 1 / 3"
    unmask 0x20
    fld1
    fild word ptr three
    fdivp
    reports 0x20
    case "FLDCW unmasks what is pending"
    fninit
    fld1
    fldz
    fdivp
    mov word ptr [SCRATCH], 0x37b
    fldcw word ptr [SCRATCH]
    reports 4
    case "FLDENV unmasks what is pending"
    fninit
    fld1
    fldz
    fdivp
    fnstenv [SCRATCH]
    and word ptr [SCRATCH], 0xfffb
    fldenv [SCRATCH]
    reports 4

/* SDM vol. 1, 8.3.12: instructions that do not wait. */
    case "FNSTSW, FNSTCW, FNSTENV, FNSAVE, FNCLEX, FNINIT do not wait"
    unmask 4
    fld1
    fldz
    fdivp
    fnstsw ax
    movzx ebx, ax
    fnstcw word ptr [SCRATCH]
    fnstenv [SCRATCH]
    fldcw word ptr mask_all
    fnclex
    unmask 4
    fld1
    fldz
    fdivp
    fnsave [SCRATCH]
    fwait
    unmask 4
    fld1
    fldz
    fdivp
    fninit
    fwait
    check_bits "status word", ebx, 0x80ff, 0x8084

    case "the next arithmetic instruction faults, before its own work"
    unmask 4
    fld1
    fldz
    fdiv st(1), st
    try
66: fadd dword ptr three_single
    caught MF
    case "MMX faults"
    try
66: pxor mm0, mm0
    caught MF
    case "EMMS faults"
    try
66: emms
    caught MF
    fnclex
    case "WAIT in ring 3"
    unmask 4
    fld1
    fldz
    fdivp
    try
    user
66: fwait
    caught MF
    check "CS", rec_cs, CODE3
    check_bits "RF", rec_eflags, F_RF, F_RF
    fnclex

/* CR0.NE clear: FERR# leads to IRQ 13, and a write to port F0h takes it back (SDM vol. 1, 8.7.2 and D.2). */
    case "NE clear: interrupt request 13"
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
    mov al, 0xfb
    out 0x21, al
    mov al, 0xdf
    out 0xa1, al
    setint 0x4d, CODE0, irq13
    mov eax, cr0
    and eax, ~0x20
    mov cr0, eax
    unmask 4
    mov dword ptr irqs, 0
    sti
    fld1
    fldz
    fdivp
    fwait
    nop
    nop
    cli
    check "interrupts", irqs, 1
    fnstsw ax
    movzx eax, ax
    check_bits "status word", eax, 0xff, 0
    mov al, 0xff
    out 0x21, al
    out 0xa1, al
    finish

irq13:
    push eax
    inc dword ptr irqs
    fnclex
    xor al, al
    out 0xf0, al
    mov al, 0x20
    out 0xa0, al
    out 0x20, al
    pop eax
    iretd
    .balign 4
irqs:           .long 0
nan:            .long 0x7fc00000
snan:           .long 0x7f800001
big:            .long 0x50000000
denormal:       .long 1
three_single:   .long 0x40400000
huge:           .quad 0x8000000000000000
                .word 0x7000
tiny:           .quad 0x8000000000000000
                .word 0x1000
three:          .word 3
mask_all:       .word 0x37f
