/* xm.S - #XM, the SIMD floating-point exception: each cause unmasked, with and without CR4.OSXMMEXCPT.
 *
 * A fault at the instruction itself; its flag is set and its destination is not written (SDM vol. 3A, 6.15
 * "Interrupt 19"; vol. 1, 11.5).
 *
 * QEMU 7.2: differs in "#I: 0 / 0", "#I: signalling NaN", "#I: square root of -1", "#I: COMISS with a quiet
 *     NaN", "#I: CVTTSS2SI out of range", "#D: denormal operand", "#Z: 1 / 0", "#Z in one of four: DIVPS", "#O:
 *     large * large", "#U: small * small", "#P: 1 / 3", "#Z, SSE2: DIVPD", "#I before #D: both flagged when
 *     unmasked together", "#UD with OSXMMEXCPT clear", "#XM in ring 3": it never raises #XM; SDM vol. 3A, 6.15
 *     (interrupt 19), vol. 1, 11.5.
 * QEMU 7.2: differs in "#GP for reserved bits of MXCSR": it takes them; #GP, SDM vol. 2A, LDMXCSR.
 * QEMU 7.2: differs in "memory operand's #GP comes first": it checks no limits; #GP, SDM vol. 3A, 5.3. */
.include "insn.inc"

/* MXCSR with one exception unmasked. */
.macro unmask bits
    mov dword ptr [SCRATCH], 0x1f80 & ~((\bits) << 7)
    ldmxcsr [SCRATCH]
.endm
/* xmm0 = op(xmm0, xmm1) raises it with flags `want`. */
.macro raises text, bits, a, b, want, insn:vararg
    case "\text"
    unmask \bits
    movups xmm0, xmmword ptr \a
    movups xmm1, xmmword ptr \b
    try
66: \insn
    caught XM
    stmxcsr [SCRATCH]
    check_bits "flags", [SCRATCH], 0x3f, \want
    movss dword ptr [SCRATCH], xmm0
    mov ebx, [SCRATCH]
    sub ebx, \a
    check "destination - operand", ebx, 0
.endm

    mov eax, 0x600
    mov cr4, eax
    raises "#I: 0 / 0", 1, zero, zero, 1, divss xmm0, xmm1
    raises "#I: signalling NaN", 1, snan, one, 1, addss xmm0, xmm1
    raises "#I: square root of -1", 1, one, minus_one, 1, sqrtss xmm0, xmm1
    raises "#I: COMISS with a quiet NaN", 1, nan, one, 1, comiss xmm0, xmm1
    raises "#I: CVTTSS2SI out of range", 1, one, big, 1, cvttss2si eax, xmm1
    raises "#D: denormal operand", 2, denormal, one, 2, addss xmm0, xmm1
    raises "#Z: 1 / 0", 4, one, zero, 4, divss xmm0, xmm1
    raises "#Z in one of four: DIVPS", 4, one, mixed, 4, divps xmm0, xmm1
    raises "#O: large * large", 8, huge, huge, 8, mulss xmm0, xmm1
    raises "#U: small * small", 0x10, tiny, tiny, 0x10, mulss xmm0, xmm1
    raises "#P: 1 / 3", 0x20, one, three, 0x20, divss xmm0, xmm1
    raises "#Z, SSE2: DIVPD", 4, ones_double, zero, 4, divpd xmm0, xmm1
    raises "#I before #D: both flagged when unmasked together", 3, snan, denormal, 1, addss xmm0, xmm1

    case "UCOMISS with a quiet NaN raises nothing"
    unmask 1
    movups xmm0, nan
    ucomiss xmm0, xmm0
    stmxcsr [SCRATCH]
    check_bits "flags", [SCRATCH], 0x3f, 0
    case "masked: the flag alone"
    mov dword ptr [SCRATCH], 0x1f80
    ldmxcsr [SCRATCH]
    movups xmm0, one
    divss xmm0, zero
    stmxcsr [SCRATCH]
    check_bits "flags", [SCRATCH], 0x3f, 4
    case "a flag that stands does not raise"
    mov dword ptr [SCRATCH], 0x1f80 - 0x200 + 4
    ldmxcsr [SCRATCH]
    movups xmm0, one
    addss xmm0, xmm0
    check "done", 1, 1
    case "#GP for reserved bits of MXCSR"
    mov dword ptr [SCRATCH], 0x11f80
    try
66: ldmxcsr [SCRATCH]
    caught GP, 0
    case "#UD with OSXMMEXCPT clear"
    mov eax, 0x200
    mov cr4, eax
    unmask 4
    movups xmm0, one
    movups xmm1, zero
    try
66: divss xmm0, xmm1
    caught UD
    mov eax, 0x600
    mov cr4, eax
    case "#XM in ring 3"
    unmask 4
    movups xmm0, one
    movups xmm1, zero
    try
    user
66: divss xmm0, xmm1
    caught XM
    check "CS", rec_cs, CODE3
    case "memory operand's #GP comes first"
    setdesc SLOT, SCRATCH, 0xf, A_DATA16
    mov ax, SLOT
    mov es, ax
    try
66: divss xmm0, dword ptr es:[0x100]
    caught GP, 0
    mov ax, DATA0
    mov es, ax
    finish

    .balign 16
zero:           .long 0, 0, 0, 0
one:            .long 0x3f800000, 0x3f800000, 0x3f800000, 0x3f800000
mixed:          .long 0x3f800000, 0x3f800000, 0, 0x3f800000
minus_one:      .long 0xbf800000, 0, 0, 0
three:          .long 0x40400000, 0, 0, 0
nan:            .long 0x7fc00000, 0, 0, 0
snan:           .long 0x7f800001, 0, 0, 0
big:            .long 0x50000000, 0, 0, 0
denormal:       .long 1, 0, 0, 0
huge:           .long 0x7f000000, 0, 0, 0
tiny:           .long 0x00800000, 0, 0, 0
ones_double:    .quad 0x3ff0000000000000, 0x3ff0000000000000
