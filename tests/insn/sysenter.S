/* sysenter.S - SYSENTER and SYSEXIT: what they load, what they check.
 *
 * SDM vol. 2B, SYSENTER and SYSEXIT; vol. 3A, 5.8.7.
 *
 * QEMU 7.2: stops in "SYSENTER with a null selector": it takes the selector 3 and is lost; #GP, SDM vol. 2B,
 *     SYSENTER. */
.include "insn.inc"

.set ENTRY_STACK, 0x2c000

.macro wrmsr_to index, value
    mov ecx, \index
    mov eax, offset \value
    xor edx, edx
    wrmsr
.endm

    wrmsr_to 0x174, 0
    case "SYSENTER with IA32_SYSENTER_CS = 0"
    try
66: sysenter
    caught GP, 0
    case "SYSEXIT with IA32_SYSENTER_CS = 0"
    try
66: sysexit
    caught GP, 0
    wrmsr_to 0x174, 3
    case "SYSENTER with a null selector"
    try
66: sysenter
    caught GP, 0

    case "the MSRs read back"
    wrmsr_to 0x174, CODE0
    wrmsr_to 0x175, ENTRY_STACK
    wrmsr_to 0x176, entry
    mov ecx, 0x176
    rdmsr
    check "IA32_SYSENTER_EIP", eax, entry
    check "high half", edx, 0

    case "SYSENTER from ring 3"
    try
    user F_IF+F_IOPL3+F_CF+2
    mov ebx, 0x1234
    sysenter
    landing
    check "CS", got_cs, CODE0
    check "SS", got_ss, DATA0
    check "ESP", got_esp, ENTRY_STACK
    check "EFLAGS: IF is clear, IOPL and CF stay", got_flags, F_IOPL3+F_CF+2
    check "EBX", got_ebx, 0x1234
    check "DS stays", got_ds, DATA3
    case "SYSENTER from V86 mode clears VM"
    try
    v86 F_VM+F_IF+2
    sysenter
    landing
    check "CS", got_cs, CODE0
    check "EFLAGS", got_flags, 2
    check "DS stays", got_ds, 0x1000
    case "SYSENTER from ring 0"
    try
    sysenter
    landing
    check "CS", got_cs, CODE0
    check "ESP", got_esp, ENTRY_STACK
    case "SYSENTER in real mode"
    try
    real
66: sysenter
    caught16 GP

    case "SYSEXIT"
    mark
    mov edx, offset 1f
    mov ecx, USTACK - 8
    push F_CF + 2
    popfd
    sysexit
    ud2
1:  mov ebx, esp
    mov ax, cs
    movzx ecx, ax
    mov ax, ss
    movzx edx, ax
    kernel
    check "ESP", ebx, USTACK-8
    check "CS", ecx, CODE3
    check "SS", edx, DATA3
    case "SYSEXIT: its code segment is flat, whatever the GDT says"
    setdesc CODE3, 0, 0x123, 0x40fb
    setdesc DATA3, 0, 0x123, 0x40f3
    mark
    mov edx, offset 1f
    mov ecx, USTACK
    sysexit
1:  push 0x77
    pop ebx
    kernel
    check "EBX", ebx, 0x77
    setdesc CODE3, 0, 0xfffff, A_CODE32+A_DPL3
    setdesc DATA3, 0, 0xfffff, A_DATA32+A_DPL3
    case "SYSEXIT in ring 3"
    try
    user
66: sysexit
    caught GP, 0
    case "SYSEXIT in V86 mode"
    try
    v86
66: sysexit
    caught16 GP, 0
    case "SYSEXIT in real mode"
    try
    real
66: sysexit
    caught16 GP
    finish

entry:
    pushfd
    push ds
    mov ds, word ptr cs:[data0]
    pop dword ptr got_ds
    mov word ptr [got_ds + 2], 0
    pop dword ptr got_flags
    mov got_esp, esp
    mov got_cs, cs
    mov got_ss, ss
    mov got_ebx, ebx
    mov es, word ptr cs:[data0]
    jmp resume_test

    .balign 4
got_cs:         .long 0
got_ss:         .long 0
got_ds:         .long 0
got_esp:        .long 0
got_flags:      .long 0
got_ebx:        .long 0
