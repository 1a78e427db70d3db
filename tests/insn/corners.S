/* corners.S - corner cases of debug traps, encodings, privilege and order, each by its line of the manual.
 *
 * QEMU 7.2: differs in "a data breakpoint of an instruction that faults is not reported": it traps before the fault.
 * QEMU 7.2: stops in "HLT under TF is stepped behind": it halts for ever; a debug exception wakes, SDM vol. 2A, HLT.
 * QEMU 7.2: differs in "a trap between iterations of REP pushes RF set": RF is clear; SDM vol. 3B, 17.3.1.1.
 * QEMU 7.2: differs in "a trap behind the last iteration pushes RF clear": it traps before the instruction ends.
 * QEMU 7.2: stops in "D0 /6 is SHL, F6 /1 and F7 /1 are TEST": F6 /1 is #UD there.
 * QEMU 7.2: differs in "JMP to a TSS in the LDT", "CALL to a TSS in the LDT": #TS; SDM vol. 3A, 7.2.2.
 * QEMU 7.2: differs in "CALL: no room on the stack comes before the target's limit": it looks at the target first;
 *     SDM vol. 2A, CALL.
 * QEMU 7.2: differs in "PUSHA at SP = 9 and 15, in real mode: #GP": it wraps; SDM vol. 2B, PUSHA.
 * Bochs 2.7: stops in "HLT under TF is stepped behind": it halts for ever; a debug exception wakes, SDM vol. 2A, HLT.
 * Bochs 2.7: differs in "a trap between iterations of REP pushes RF set": RF is clear; SDM vol. 3B, 17.3.1.1.
 * Bochs 2.7: differs in "PUSHA at SP = 9 and 15, in real mode: #GP": #SS; SDM vol. 2B, PUSHA. */
.include "insn.inc"

/* ---- debug traps (SDM vol. 3B, 17.3.1 and 17.3.2) ---- */
.macro watch at, how
    mov eax, offset \at
    mov dr0, eax
    mov eax, \how
    mov dr7, eax
.endm
.macro unwatch
    mov eax, 0x400
    mov dr7, eax
    mov eax, 0xffff0ff0
    mov dr6, eax
.endm
    case "a data breakpoint of an instruction that faults is not reported"
    unwatch
    watch SCRATCH, 0xf0401
    setdesc SLOT, SCRATCH, 3, 0x4093
    mov ax, SLOT
    mov es, ax
    mov dword ptr after, 0
    try
66: push dword ptr es:[2]               /* reads bytes 2 and 3, then finds the limit */
    caught GP, 0
    try
    mov ecx, SCRATCH
    xor edx, edx
    mov eax, 1
66: div dword ptr [ecx]                 /* memory is 0 */
    caught DE
    check_bits "DR6 after the fault", rec_dr6, 15, 0
    case "the next access is reported"
    watch SCRATCH, 0xf0401
    try
    mov eax, [SCRATCH]
66: nop
    caught DB
    check_bits "DR6", rec_dr6, 15, 1
    unwatch
    case "HLT under TF is stepped behind"
    try
    push F_TF + 2
    popfd
    hlt
66: nop
    caught DB
    check_bits "DR6", rec_dr6, 0xf00f, 0x4000
    case "a trap between iterations of REP pushes RF set"
    unwatch
    watch (SCRATCH+1), 0x10401
    mov edi, SCRATCH
    mov ecx, 4
    try
66: rep stosb
    caught DB
    check_bits "RF", rec_eflags, F_RF, F_RF
    check "ECX", rec_ecx, 2
    case "a trap behind the last iteration pushes RF clear"
    unwatch
    watch (SCRATCH+1), 0x10401
    mov edi, SCRATCH
    mov ecx, 2
    try
    rep stosb
66: nop
    caught DB
    check_bits "RF", rec_eflags, F_RF, 0
    check "ECX", rec_ecx, 0
    unwatch

/* ---- encodings ---- */
    case "MOV CR and DR do not look at mod (vol. 2B, MOV)"
    mov eax, 0
    .byte 0x0f, 0x20, 0x00              /* MOV EAX, CR0 with mod = 0 */
    check_bits "CR0", eax, 0x80000001, 1
    mov ebx, 0
    .byte 0x0f, 0x20, 0x43              /* MOV EBX, CR0 with mod = 1: no displacement */
    check_bits "CR0 in EBX", ebx, 0x80000001, 1
    mov edx, 0
    .byte 0x0f, 0x21, 0xba              /* MOV EDX, DR7 with mod = 2 */
    check "DR7", edx, 0x400
    mov ecx, 0x400
    .byte 0x0f, 0x23, 0x39              /* MOV DR7, ECX with mod = 0 */
    case "MOV CR ignores a 66 prefix: 32 bits always"
    mov eax, -1
    .byte 0x66, 0x0f, 0x20, 0xd0        /* MOV EAX, CR2 */
    mov ebx, cr2
    sub ebx, eax
    check "CR2 - EAX", ebx, 0
    case "MOV from a CR in 16-bit code takes 32 bits"
    mov eax, -1
    lcall CODE16:1f - image
    jmp 2f
    .code16
1:  mov eax, cr2
    .byte 0x66
    lret
    .code32
2:  mov ebx, cr2
    sub ebx, eax
    check "CR2 - EAX", ebx, 0
    case "MOV to a segment register from memory reads a word"
    setdesc SLOT, SCRATCH, 1, 0x4093
    mov ax, SLOT
    mov es, ax
    mov word ptr [SCRATCH], DATA0
    mov fs, word ptr es:[0]
    xor eax, eax
    mov ax, fs
    check "FS", eax, 0x10
    case "82h is 80h"
    mov al, 0x10
    .byte 0x82, 0xc0, 0x22              /* ADD AL, 22h */
    movzx eax, al
    check "AL", eax, 0x32
    case "SALC"
    stc
    mov eax, 0x1200
    .byte 0xd6
    check "AL", eax, 0x12ff
    clc
    .byte 0xd6
    check "AL", eax, 0x1200
    case "D0 /6 is SHL, F6 /1 and F7 /1 are TEST"
    mov al, 0x81
    .byte 0xd0, 0xf0
    movzx eax, al
    check "AL", eax, 2
    mov al, 0xf0
    .byte 0xf6, 0xc8, 0x0f              /* TEST AL, 0Fh */
    setz bl
    movzx ebx, bl
    check "ZF", ebx, 1
    mov eax, 0x80000000
    .byte 0xf7, 0xc8, 0, 0, 0, 0x80     /* TEST EAX, 80000000h */
    sets bl
    movzx ebx, bl
    check "SF", ebx, 1
    case "AAM 16, AAD 16"
    mov eax, 0x5a
    aam 16
    check "AX", eax, 0x50a
    aad 16
    check "AX", eax, 0x5a
    case "a segment prefix before Jcc is a hint"
    xor eax, eax
    .byte 0x2e, 0x74, 0x02              /* JZ +2 */
    ud2
    check "taken", eax, 0
    case "the last of several segment prefixes counts"
    setdesc SLOT, SCRATCH, 0xfff, 0x4093
    mov ax, SLOT
    mov es, ax
    mov dword ptr [SCRATCH + 0x10], 0x600df00d
    mov dword ptr [0x10], 0xbad
    .byte 0x36, 0x3e, 0x26, 0x8b, 0x05, 0x10, 0, 0, 0 /* MOV EAX, ES:[10h] */
    check "EAX", eax, 0x600df00d
    case "#UD: LOCK CMPXCHG8B of a register (F0 0F C7 C8)"
    try
66: .byte 0xf0, 0x0f, 0xc7, 0xc8
    caught UD
    case "FXSAVE of an address that is not a multiple of 16"
    mov eax, cr4
    or ah, 2
    mov cr4, eax
    try
66: fxsave [SCRATCH + 8]
    caught GP, 0
    try
66: fxrstor [SCRATCH + 1]
    caught GP, 0

/* ---- tasks (vol. 3A, 7.2.2) ---- */
    case "JMP to a TSS in the LDT"
    setdesc SLOT, SCRATCH, 0x67, 0x89
    setdesc LDT0, (gdt + SLOT), 7, 0x82
    mov ax, LDT0
    lldt ax
    try
66: ljmp 4:0
    caught GP, 4
    case "CALL to a TSS in the LDT"
    try
66: lcall 4:0
    caught GP, 4
    case "a call gate in the LDT"
    setgate SLOT, CODE0, 1f, 0x8c
    mov dword ptr after, 0
    lcall 4:0
    jmp 2f
1:  mov dword ptr after, 0x1234
    lret
2:  check "the call came there and back", after, 0x1234
    case "IRET to a TSS in the LDT: #TS"
    mov word ptr [tss0], 4
    setdesc SLOT, SCRATCH, 0x67, 0x8b
    push F_NT + 2
    popfd
    try
66: iretd
    caught TS, 4
    push 2
    popfd
    xor eax, eax
    lldt ax

/* ---- what comes first: the stack, then the target (vol. 2A, CALL; INT n) ---- */
    case "CALL: no room on the stack comes before the target's limit"
    setdesc SLOT, IMAGE, 0xff, (0x409b + A_DPL3)
    setdesc SLOT1, (KSTACK-0x100), 0xff, (0x4093 + A_DPL3)
    try
    user
    mov ax, SLOT1 + 3
    mov ss, ax
    mov esp, 4
66: lcall 0x4b:0x1000           /* SLOT */
    caught SS_, 0
    case "PUSHA at SP = 9 and 15, in real mode: #GP"
    try
    real
    mov sp, 9
66: pusha
    caught16 GP
    try
    real
    mov sp, 15
66: pusha
    caught16 GP
    try
    real
    mov sp, 17
    pusha
    mov sp, 0xfff0
66: int3
    caught16 BP_, NONE, 66b+1

/* ---- MOV SS (vol. 3A, 6.8.3) ---- */
    case "MOV SS that faults has no shadow"
    unwatch
    watch 1f, 0x401
    mov ebx, 4
    try
66: mov ss, bx
    caught GP, 4
    mov eax, 0x401
    mov dr7, eax
    try
66:
1:  nop
    caught DB
    unwatch
    finish

    .balign 4
after:  .long 0
