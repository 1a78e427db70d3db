/* patched.S - code that changes its own immediates, opcodes, and what lies across both.
 *
 * SDM vol. 3A, 8.1.3 (self-modifying code): a jump comes between the store and the instruction, as the manual asks. */
.include "insn.inc"

/* `insn` runs with each number from \count down to 1 stored at its byte \at, by a store of `from`. */
.macro patch text, count, at, from, insn:vararg
    case "\text"
    xor eax, eax
    xor ebx, ebx
    mov edx, 1
    mov ecx, \count
55: mov [56f + \at], \from
    jmp 56f
56: \insn
    dec ecx
    jnz 55b
.endm

/* ---- immediates ---- */
    patch "ADD EAX, imm32", 20, 1, ecx, .byte 0x05, 0, 0, 0, 0
    check "sum", eax, 210
    patch "ADD EBX, imm8 is sign-extended", 130, 2, cl, .byte 0x83, 0xc3, 0
    check "sum", ebx, 7747
    patch "ADD AX, imm16", 300, 2, cx, .byte 0x66, 0x05, 0, 0
    check "sum", eax, 45150
    patch "SUB EBX, imm32, by a byte of it", 10, 4, cl, .byte 0x81, 0xeb, 0, 0, 0, 0
    check "difference", ebx, 0xffc90000
    patch "MOV EDX, imm32; ADD EAX, EDX", 20, 1, ecx, .byte 0xba, 0, 0, 0, 0, 0x01, 0xd0
    check "sum", eax, 210
    patch "MOV BL, imm8; ADD EAX, EBX", 200, 1, cl, .byte 0xb3, 0, 0x01, 0xd8
    check "sum", eax, 20100
    patch "PUSH imm32; POP EDX; ADD EAX, EDX", 20, 1, ecx, .byte 0x68, 0, 0, 0, 0, 0x5a, 0x01, 0xd0
    check "sum", eax, 210
    patch "PUSH imm8; POP EDX; ADD EAX, EDX", 130, 1, cl, .byte 0x6a, 0, 0x5a, 0x01, 0xd0
    check "sum", eax, 7747
    patch "IMUL EDX, EDX, imm32", 7, 2, ecx, .byte 0x69, 0xd2, 0, 0, 0, 0
    check "product", edx, 5040
    patch "CMP ECX, imm8; SETZ BL; ADD EAX, EBX", 20, 2, cl, .byte 0x83, 0xf9, 0, 0x0f, 0x94, 0xc3, 0x01, 0xd8
    check "equal each time", eax, 20
    patch "TEST ECX, imm32; SETZ BL; ADD EAX, EBX", 20, 2, ecx, .byte 0xf7, 0xc1, 0, 0, 0, 0, 0x0f, 0x95, 0xc3, 0x01, 0xd8
    check "bits in common each time", eax, 20

/* ---- by the instruction itself ---- */
    case "an instruction that changes its own immediate"
    mov ecx, 5
    mov dword ptr [2f + 6], 1
    jmp 1f
1:  jmp 2f
2:  .byte 0x81, 0x05                    /* ADD DWORD PTR [its own immediate], 1 */
    .long 2b + 6, 1
    dec ecx
    jnz 1b
    check "doubled", [2b + 6], 32

/* ---- opcodes, and both ---- */
    case "an opcode that changes each time"
    xor eax, eax
    mov ecx, 21
1:  xor byte ptr [2f], 0x05 ^ 0x2d      /* ADD and SUB in turns */
    jmp 2f
2:  .byte 0x05, 3, 0, 0, 0
    dec ecx
    jnz 1b
    check "EAX", eax, -3
    case "a store over an immediate and the next opcode"
    xor eax, eax
    mov ecx, 20
    mov edx, 0x40000000                 /* INC EAX behind the immediate */
1:  mov [2f + 2], edx
    xor edx, 0x08000100                 /* DEC EAX, and 256 more */
    jmp 2f
2:  .byte 0x05, 0, 0, 0, 0, 0x40
    dec ecx
    jnz 1b
    check "EAX", eax, 0xa0000
    case "an immediate, then the opcode, then the immediate"
    xor eax, eax
    mov ecx, 10
1:  mov [3f + 1], cl
    mov byte ptr [3f], 0x05
    cmp ecx, 5
    jae 2f
    mov byte ptr [3f], 0x2d
2:  jmp 3f
3:  .byte 0x05, 0, 0, 0, 0
    dec ecx
    jnz 1b
    check "EAX", eax, 35
    case "a store that changes nothing"
    xor eax, eax
    mov ecx, 20
1:  mov byte ptr [2f], 0x05
    jmp 2f
2:  .byte 0x05, 2, 0, 0, 0
    dec ecx
    jnz 1b
    check "EAX", eax, 40
    finish
