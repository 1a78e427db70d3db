/* de.S - #DE, the divide error: every way to raise it, and what it leaves alone.
 *
 * A fault: EIP names the instruction, no register is changed, RF is set in the pushed EFLAGS (SDM vol. 3A,
 * 6.15 "Interrupt 0", and 17.3.1.1).
 *
 * (It divides the most negative number by -1 on the host, whose #DE ends it.)
 *
 * QEMU 7.2: differs in "RF in the pushed EFLAGS": RF is clear; set for a fault, SDM vol. 3B, 17.3.1.1.
 * QEMU 7.2: stops in "IDIV r/m16, most negative by -1", "IDIV r/m32, most negative by -1": it ends with SIGFPE,
 *     dividing on the host; #DE, SDM vol. 2A, IDIV. */
.include "insn.inc"

/* SDM vol. 2A, DIV and IDIV: #DE if the source operand is 0 or the quotient does not fit. */
.macro divides text, eax, edx, ecx, insn:vararg
    case "\text"
    mov eax, \eax
    mov edx, \edx
    mov ecx, \ecx
    mov ebx, ecx
    try
66: \insn
    caught DE
    check "EAX", rec_eax, \eax
    check "EDX", rec_edx, \edx
    check "ECX", rec_ecx, \ecx
.endm

    divides "DIV r/m8 by 0", 0x1234, 1, 0, div cl
    divides "DIV r/m8, quotient 100h", 0x1200, 1, 0x12, div cl
    divides "DIV r/m16 by 0", 0x1234, 0, 0, div cx
    divides "DIV r/m16, quotient 10000h", 0, 0x12, 0x12, div cx
    divides "DIV r/m32 by 0", 5, 0, 0, div ecx
    divides "DIV r/m32, quotient too large", 5, 7, 7, div ecx
    divides "IDIV r/m8 by 0", 0x1234, 1, 0, idiv cl
    divides "IDIV r/m8, quotient 80h", 0x80, 0, 1, idiv cl
    divides "IDIV r/m8, quotient -81h", 0xff7f, 0, 1, idiv cl
    divides "IDIV r/m8, -8000h by -1", 0x8000, 0, 0xff, idiv cl
    divides "IDIV r/m16 by 0", 5, 0, 0, idiv cx
    divides "IDIV r/m16, quotient 8000h", 0x8000, 0, 1, idiv cx
    divides "IDIV r/m32 by 0", 5, 0, 0, idiv ecx
    divides "IDIV r/m32, quotient 80000000h", 0x80000000, 0, 1, idiv ecx
    divides "AAM 0", 0x1234, 1, 0, .byte 0xd4, 0

/* The most negative quotient is no error. */
    case "IDIV r/m8, quotient -80h"
    mov eax, 0xff80
    mov ecx, 1
    idiv cl
    check "EAX", eax, 0x80
    case "IDIV r/m32, quotient -80000000h"
    mov eax, 0x80000000
    mov edx, 0xffffffff
    mov ecx, 1
    idiv ecx
    check "EAX", eax, 0x80000000
    check "EDX", edx, 0

    case "DIV of memory by 0, from ring 3"
    mov dword ptr [SCRATCH], 0
    mov eax, 1
    xor edx, edx
    try
    user
66: div dword ptr [SCRATCH]
    caught DE
    check "CS", rec_cs, CODE3
    check "SS", rec_ss, DATA3
    check "ESP", rec_esp, USTACK
    check "ESP of the handler", rec_hesp, ISTACK-20

    case "DIV by 0 in real mode"
    try
    real
    xor cx, cx
66: div cx
    caught16 DE

    case "RF in the pushed EFLAGS"
    xor ecx, ecx
    try
66: div ecx
    caught DE
    check_bits "RF", rec_eflags, F_RF, F_RF

    divides "IDIV r/m16, most negative by -1", 0, 0x8000, 0xffff, idiv cx
    divides "IDIV r/m32, most negative by -1", 0, 0x80000000, 0xffffffff, idiv ecx

    finish
