/* stack.S - stack and operand sizes in all combinations: the high half of ESP, wrap-around, what is pushed.
 *
 * SDM vol. 1, 6.2.2 to 6.2.4; vol. 2A and 2B, PUSH, POP, PUSHA, POPA, ENTER, LEAVE, CALL, RET. */
.include "insn.inc"

.set STACK16, SLOT                      /* base 0, B clear */
.set CODEI16, SLOT1                     /* the image, D clear */

    setdesc STACK16, 0, 0xffff, A_DATA16
    setdesc CODEI16, IMAGE, 0xffff, A_CODE16

/* Runs the statements on a 16-bit stack whose SP is `sp` and ESP's high half 1234h. */
.macro on_16 text, sp, insn
    case "16-bit stack: \text"
    mov saved_esp, esp
    mov eax, 0xcafe1234
    mov ebx, 0x5678
    mov ebp, 0xabcd8000
    mov cx, STACK16
    mov ss, cx
    mov esp, 0x12340000 + \sp
    \insn
    mov edx, esp
    mov cx, DATA0
    mov ss, cx
    mov esp, saved_esp
.endm
.macro check_esp want
    check "ESP", edx, \want
.endm

    on_16 "PUSH EAX", 0x8000, "push eax"
    check_esp 0x12347ffc
    check "memory", [0x7ffc], 0xcafe1234
    on_16 "PUSH AX", 0x8000, "push ax"
    check_esp 0x12347ffe
    on_16 "PUSH imm8 is extended by its sign", 0x8000, "push -2"
    check_esp 0x12347ffc
    check "memory", [0x7ffc], 0xfffffffe
    on_16 "PUSHW imm8", 0x8000, ".byte 0x66, 0x6a, 0xfe"
    check_esp 0x12347ffe
    movzx eax, word ptr [0x7ffe]
    check "memory", eax, 0xfffe
    mov dword ptr [0x7ffc], -1
    on_16 "PUSH DS writes a word, moves by 4", 0x8000, "push ds"
    check_esp 0x12347ffc
    movzx eax, word ptr [0x7ffc]
    check "memory", eax, DATA0
    on_16 "PUSH ESP pushes the old value", 0x8000, "push esp"
    check "memory", [0x7ffc], 0x12348000
    mov dword ptr [0x8000], 0x600d
    on_16 "POP EAX", 0x8000, "pop eax"
    check_esp 0x12348004
    check "EAX", eax, 0x600d
    on_16 "POP ESP", 0x8000, "pop esp"
    check_esp 0x600d
    on_16 "POP AX across FFFF wraps SP", 0xfffe, "pop ax"
    check_esp 0x12340000
    on_16 "PUSHA", 0x8000, "pushad"
    check_esp 0x12347fe0
    check "ESP in the image", [0x7fec], 0x12348000
    check "EBP in the image", [0x7fe8], 0xabcd8000
    on_16 "PUSHA, 16 bits", 0x8000, ".byte 0x66, 0x60"
    check_esp 0x12347ff0
    movzx eax, word ptr [0x7ff6]
    check "SP in the image", eax, 0x8000
    on_16 "POPA does not load ESP", 0x8000, "pushad; mov dword ptr [0x7fec], 0; popad"
    check_esp 0x12348000
    on_16 "POPA, 16 bits, keeps high halves", 0x8000, ".byte 0x66, 0x60, 0x66, 0x61"
    check_esp 0x12348000
    check "EAX", eax, 0xcafe1234
    on_16 "ENTER 16, 0", 0x8000, "enter 16, 0"
    check_esp 0x12347fec
    check "EBP", ebp, 0x12347ffc
    check "memory", [0x7ffc], 0xabcd8000
    on_16 "ENTER 4, 1", 0x8000, "enter 4, 1"
    check_esp 0x12347ff4
    check "frame pointer", [0x7ff8], 0x12347ffc
    on_16 "ENTERW 4, 0 loads BP alone", 0x8000, ".byte 0x66, 0xc8, 4, 0, 0"
    check_esp 0x12347ffa
    check "EBP", ebp, 0xabcd7ffe
    mov dword ptr [0x8000], 0x44332211
    on_16 "LEAVE takes SP from BP", 0x4000, "leave"
    check_esp 0x12348004
    check "EBP", ebp, 0x44332211
    on_16 "LEAVEW", 0x4000, ".byte 0x66, 0xc9"
    check_esp 0x12348002
    check "EBP", ebp, 0xabcd2211
    on_16 "CALL and RET", 0x8000, "call return"
    check_esp 0x12348000
    on_16 "CALL and RET 8", 0x8000, "push eax; push eax; call return_8"
    check_esp 0x12348000
    on_16 "far CALL and RETF", 0x8000, "lcall CODE0:return_far"
    check_esp 0x12348000
    on_16 "PUSHF and POPF", 0x8000, "pushfd; popfd"
    check_esp 0x12348000
    on_16 "POP [ESP + n] sees ESP already moved", 0x8000, "pop dword ptr ds:[esp - 0x12340000 + 4]"
    check "memory", [0x8008], 0x44332211
    on_16 "PUSH [ESP + n] sees ESP not yet moved", 0x8000, "push dword ptr ds:[esp - 0x12340000 + 8]"
    check "memory", [0x7ffc], 0x44332211

/* ---- 32-bit stack ---- */
    case "32-bit stack: PUSH AX moves by 2"
    mov ebp, esp
    push ax
    sub ebp, esp
    pop ax
    check "moved", ebp, 2
    case "32-bit stack: PUSHW DS"
    mov ebp, esp
    .byte 0x66, 0x1e
    sub ebp, esp
    .byte 0x66, 0x1f
    check "moved", ebp, 2
    case "32-bit stack: POP DS moves by 4, takes a word"
    push 0x55550000 + DATA0
    pop ds
    check "ESP", esp, KSTACK
    case "32-bit stack: POPW to memory"
    push 0x11112222
    mov dword ptr [SCRATCH], 0
    pop word ptr [SCRATCH]
    check "memory", [SCRATCH], 0x2222
    check "ESP", esp, KSTACK-2
    add esp, 2
    case "32-bit stack: POP [ESP]"
    push 1
    push 2
    pop dword ptr [esp]
    check "memory", [esp], 2
    add esp, 4
    case "32-bit stack: ENTER 8, 3 copies two frame pointers"
    mov dword ptr [SCRATCH - 4], 0xaaaa
    mov dword ptr [SCRATCH - 8], 0xbbbb
    mov ebp, SCRATCH
    mov ebx, esp
    enter 8, 3
    check "EBP", ebp, KSTACK-4
    check "old EBP", [KSTACK - 4], SCRATCH
    check "first", [KSTACK - 8], 0xaaaa
    check "second", [KSTACK - 12], 0xbbbb
    check "own", [KSTACK - 16], KSTACK-4
    check "ESP", esp, KSTACK-24
    leave
    check "EBP back", ebp, SCRATCH
    check "ESP back", esp, KSTACK
    case "32-bit stack: CALLW and RETW in low memory"
    mov word ptr [0x9000], 0xe866               /* CALLW +1 */
    mov word ptr [0x9002], 1
    mov dword ptr [0x9004], 0x66c3              /* there: RETW, and RET to come back to */
    mov byte ptr [0x9004], 0xc3
    mov byte ptr [0x9005], 0x66
    mov byte ptr [0x9006], 0xc3
    mov eax, 0x9000
    mov ebx, esp
    call eax
    sub ebx, esp
    check "ESP", ebx, 0
    case "16-bit JMP clears the high half of EIP"
    mov dword ptr [0x9000], 0x00eb66            /* JMPW +0 */
    mov byte ptr [0x9003], 0xc3
    mov eax, 0x9000
    call eax
    check "done", 1, 1

/* ---- the same in 16-bit code ---- */
    case "16-bit code, 32-bit stack"
    ljmpw CODEI16:1f-image
    .code16
1:  push 0x1234
    mov eax, esp
    push ecx
    pop cx
    pop dx
    mov ebx, esp
    .byte 0x66, 0xea
    .long 1f
    .word CODE0
    .code32
1:  check "ESP after PUSH", eax, KSTACK-2
    check "ESP at the end", ebx, KSTACK-2
    add esp, 2
    finish

return:
    ret
return_8:
    ret 8
return_far:
    retf
    .balign 4
saved_esp:      .long 0
