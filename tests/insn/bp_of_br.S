/* bp_of_br.S - #BP, #OF and #BR: INT3, INTO and BOUND.
 *
 * #BP and #OF are traps: EIP is that of the next instruction and RF is as it was.  #BR is a fault.  None has an
 * error code (SDM vol. 3A, 6.15 "Interrupt 3" to "Interrupt 5").
 *
 * QEMU 7.2: differs in "BOUND, 32 bits, below": the image of EFLAGS has RF clear; set for a fault, SDM vol. 3B,
 *     17.3.1.1. */
.include "insn.inc"

/* SDM vol. 2A, INT n/INTO/INT 3. */
    case "INT3"
    try
    int3
66: caught BP_
    check_bits "RF", rec_eflags, F_RF, 0
    case "INT 3 in two bytes"
    try
    .byte 0xcd, 3
66: caught BP_
    case "INT3 with a prefix"
    try
    .byte 0x66, 0xcc
66: caught BP_

    case "INTO with OF"
    mov al, 0x7f
    try
    inc al
    into
66: caught OF
    check_bits "OF in the image", rec_eflags, F_OF, F_OF
    case "INTO without OF"
    xor eax, eax
    mov ebx, 1
    into
    check "EBX", ebx, 1
    case "INT 4"
    try
    int 4
66: caught OF

/* Software interrupts from ring 3 are checked against the gate's DPL (SDM vol. 3A, 6.12.1.1). */
    case "INT3 from ring 3, gate of DPL 0"
    try
    user
66: int3
    caught GP, 3*8+2
    check "CS", rec_cs, CODE3
    case "INTO from ring 3, gate of DPL 0"
    try
    user
    mov al, 0x7f
    inc al
66: into
    caught GP, 4*8+2
    case "INT n from ring 3, gate of DPL 0"
    try
    user
66: int 0x21
    caught GP, 0x21*8+2
    setint BP_, CODE0, stubs+BP_*STUB_SIZE, A_INT32+A_DPL3
    setint OF, CODE0, stubs+OF*STUB_SIZE, A_INT32+A_DPL3
    case "INT3 from ring 3, gate of DPL 3"
    try
    user
    int3
66: caught BP_
    check "CS", rec_cs, CODE3
    case "INTO from ring 3, gate of DPL 3"
    try
    user
    mov al, 0x7f
    inc al
    into
66: caught OF
    resetint BP_
    resetint OF

/* SDM vol. 2A, BOUND. */
    mov dword ptr [SCRATCH], -5
    mov dword ptr [SCRATCH + 4], 10
    case "BOUND, 32 bits, below"
    mov eax, -6
    try
66: bound eax, [SCRATCH]
    caught BR
    check "EAX", rec_eax, -6
    check_bits "RF", rec_eflags, F_RF, F_RF
    case "BOUND, 32 bits, above"
    mov eax, 11
    try
66: bound eax, [SCRATCH]
    caught BR
    case "BOUND, at the bounds"
    mov eax, -5
    bound eax, [SCRATCH]
    mov eax, 10
    bound eax, [SCRATCH]
    mov dword ptr [SCRATCH], 0x0005fffe     /* -2 to 5 */
    case "BOUND, 16 bits, below"
    mov eax, 0x1fffd
    try
66: bound ax, [SCRATCH]
    caught BR
    case "BOUND, 16 bits, above"
    mov eax, 6
    try
66: bound ax, [SCRATCH]
    caught BR
    case "BOUND, 16 bits, inside"
    mov eax, 0xfffffffe
    bound ax, [SCRATCH]
    case "BOUND from ring 3: no software interrupt"
    mov eax, 6
    try
    user
    mov eax, 6
66: bound ax, [SCRATCH]
    caught BR

    case "INT3 in real mode"
    try
    real
    int3
66: caught16 BP_
    case "INTO in real mode"
    try
    real
    mov al, 0x7f
    inc al
    into
66: caught16 OF
    case "BOUND in real mode"
    try
    real
    mov ax, 6
    mov word ptr [bounds - image], 7
66: bound ax, [bounds - image]
    caught16 BR
    finish

bounds: .word 0, 0x7fff
