/* wrap.S - what lies across 64 KB and across 4 GB: code, data, stack, and pages of different rights.
 *
 * SDM vol. 3A, 3.4.5 and 5.3 (limits), 22.31 and 20.1.1 (wrap-around).
 * Whether what lies across 4 GB of a segment of 4 GB faults is the processor's choice (5.3); here it wraps.
 *
 * QEMU 7.2: stops in "16-bit code: an instruction that ends at FFFFh, and goes beyond", "16-bit code: an instruction
 *     across FFFFh": it goes on behind 64 KB; #GP, SDM vol. 3A, 5.3.
 * QEMU 7.2: differs in "16-bit stack: PUSH at SP = 1 and 3", "16-bit stack: POP across FFFFh", "16-bit stack: a word
 *     at FFFFh": no #SS; SDM vol. 3A, 5.3. */
.include "insn.inc"

    setdesc SLOT, 0x30000, 0xffff, 0x009b
    setdesc SLOT2, 0x30000, 0xffff, 0x0093
    setdesc SLOT3, 0x30000, 0xffff, (0x0093 + A_DPL3)
    setdesc SLOT4, 0x30000, 0xfffff, 0x4093

/* ---- 4 GB: the image's last bytes are ROM at FFFFFFxxh, RAM follows at 0 ---- */
    case "an instruction across 4 GB"
    mov dword ptr [0], 0x55667788
    mov byte ptr [4], 0xc3
    call edge                           /* MOV EAX, imm32: the opcode at FFFFFFFFh, its operand at 0 */
    check "EAX", eax, 0x55667788
    case "execution runs across 4 GB"
    mov dword ptr [0], 0xc3c3c3c3
    mov byte ptr [4], 0xc3
    mov eax, 0x1234
    call near_edge                      /* NOP at FFFFFFFEh; MOV EAX, imm32 follows */
    check "EAX", eax, 0xc3c3c3c3
    case "data across 4 GB"
    mov dword ptr [0], 0x44332211
    mov esi, 0xfffffffd
    mov eax, [esi]
    and eax, 0xff000000
    check "its last byte", eax, 0x11000000
    mov dword ptr [esi], 0xaabbccdd     /* ROM takes nothing */
    check_bits "the byte at 0", [0], 0xff, 0xaa
    case "a base that wraps"
    setdesc SLOT5, 0xffff0000, 0xfffff, 0xc093
    mov ax, SLOT5
    mov es, ax
    mov dword ptr [SCRATCH], 0x0badcafe
    mov eax, es:[SCRATCH + 0x10000]
    check "EAX", eax, 0x0badcafe
    case "PUSH across 4 GB: ESP goes from 2 to FFFFFFFEh"
    mov dword ptr [0], 0
    mov ebx, esp
    mov esp, 2
    push 0x12345678
    mov ecx, esp
    mov esp, ebx
    check "ESP", ecx, 0xfffffffe
    check_bits "the upper half", [0], 0xffff, 0x1234
    case "code in a segment whose base wraps"
    setdesc SLOT6, (0xffff0000+IMAGE), 0xfffff, 0xc09b
    mov eax, 0
    pushd SLOT6
    pushd (1f - image + 0x10000)
    retf
1:  mov eax, 0x77
    ljmp CODE0:2f
2:  check "EAX", eax, 0x77

/* ---- 64 KB, in 16-bit code and stacks of protected mode ---- */
    case "16-bit code: an instruction that ends at FFFFh, and goes beyond"
    mov byte ptr [0x3ffff], 0x90        /* NOP at FFFFh, then nothing */
    try
    pushw SLOT
    pushw 0xffff
    .byte 0x66
    retf
    caught GP, 0, 0x10000
    case "16-bit code: an instruction across FFFFh"
    mov byte ptr [0x3ffff], 0xb0        /* MOV AL, imm8 */
    try
    pushw SLOT
    pushw 0xffff
    .byte 0x66
    retf
    caught GP, 0, 0xffff
    case "16-bit code: a short jump wraps in IP"
    mov dword ptr [0x3fff0], 0x90900eeb /* JMP +0Eh: to 0 */
    mov byte ptr [0x30000], 0xcc
    try
    pushw SLOT
    pushw 0xfff0
    .byte 0x66
    retf
    caught BP_, NONE, 1
    case "16-bit stack: CALL at SP = 0 wraps to FFFEh"
    mov dword ptr [0x3fffc], 0
    mov ebx, esp
    mov ax, SLOT2
    mov ss, ax
    mov esp, 0x7fff0000
    call 1f
1:  mov ecx, esp
    mov ax, DATA0
    mov ss, ax
    mov esp, ebx
    check "ESP: its high half stays", ecx, 0x7ffffffc
    check "memory", [0x3fffc], 1b
    case "16-bit stack: PUSH at SP = 1 and 3"
    .irp at, 1, 3
    try
    user
    mov ax, SLOT3 + 3
    mov ss, ax
    mov esp, \at
66: push eax
    caught SS_, 0
    check "ESP stays", rec_esp, \at
    .endr
    case "16-bit stack: POP across FFFFh"
    try
    user
    mov ax, SLOT3 + 3
    mov ss, ax
    mov esp, 0xfffe
66: pop eax
    caught SS_, 0
    case "16-bit stack: a word at FFFFh"
    try
    user
    mov ax, SLOT3 + 3
    mov ss, ax
    mov esp, 0xffff
66: popw ax
    caught SS_, 0
    case "16-bit stack: POP at FFFEh moves to 0"
    mov ebx, esp
    mov ax, SLOT2
    mov ss, ax
    mov esp, 0xfffe
    popw cx
    mov ecx, esp
    mov ax, DATA0
    mov ss, ax
    mov esp, ebx
    check "ESP", ecx, 0
    case "16-bit addresses wrap in the sum, not in the operand"
    mov ax, SLOT4
    mov es, ax
    mov word ptr [0x3ffff], 0x2211
    mov bx, 0xffff
    .byte 0x67, 0x26, 0x66, 0x8b, 0x07  /* MOV AX, ES:[BX] */
    movzx eax, ax
    check "AX: FFFFh and 10000h", eax, 0x2211
    mov byte ptr [0x30003], 0x5a
    .byte 0x67, 0x26, 0x8a, 0x47, 0x04  /* MOV AL, ES:[BX+4]: 3 */
    movzx eax, al
    check "AL", eax, 0x5a
    case "16-bit string: SI from FFFFh to 0"
    mov byte ptr [0x3ffff], 0x61
    mov byte ptr [0x30000], 0x62
    mov ax, SLOT4
    mov ds, ax
    mov esi, 0x0001ffff
    .byte 0x67
    lodsb
    mov bl, al
    .byte 0x67
    lodsb
    mov bh, al
    mov ds, word ptr cs:[data0]
    movzx ebx, bx
    check "bytes", ebx, 0x6261
    check "ESI: its high half stays", esi, 0x10001
    case "16-bit string: MOVSW at FFFFh takes the byte at 10000h"
    mov word ptr [0x3ffff], 0x3433
    mov ax, SLOT4
    mov ds, ax
    mov esi, 0xffff
    .byte 0x67
    lodsw
    mov ds, word ptr cs:[data0]
    movzx eax, ax
    check "AX", eax, 0x3433
    check "ESI", esi, 1
    finish

edge:
    mov ecx, 0xffffffff
    jmp ecx
near_edge:
    mov ecx, 0xfffffffe
    jmp ecx

.section .reset, "ax"
    .org 14
    nop                                 /* FFFFFFFEh */
    .byte 0xb8                          /* FFFFFFFFh: MOV EAX, imm32 */
