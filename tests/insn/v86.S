/* v86.S - virtual-8086 mode: entry, exit, the IOPL-sensitive instructions, and VME and PVI.
 *
 * SDM vol. 3A, 20.2 (mode), 20.3 (interrupts and exceptions, VME's six methods), 20.4 (PVI).
 *
 * QEMU 7.2: differs in "entry and exit: all segment registers": RF is clear; set for a fault, SDM vol. 3B,
 *     17.3.1.1.
 * QEMU 7.2: differs in "IRET to V86 mode: EIP beyond 64 KB": EIP loses its upper half; #GP, SDM vol. 2A, IRET.
 * QEMU 7.2: differs in "dword beyond 64 KB", "dword beyond 64 KB by way of SS", "32-bit address beyond 64 KB":
 *     it does not check the limit of 64 KB; SDM vol. 3B, 20.1.1.
 * QEMU 7.2: differs in "INT n by way of a gate to ring 1: #GP": #TS(0); #GP of the selector, SDM vol. 3B,
 *     20.3.1.
 * QEMU 7.2: differs in "VME, IOPL 0: CLI and STI act on VIF", "VME, IOPL 0: CLI with VIP", "VME, IOPL 0: PUSHF
 *     shows VIF as IF, and IOPL 3", "VME, IOPL 0: POPF sets VIF, not IF", "VME, IOPL 0: POPF clears VIF", "VME,
 *     IOPL 0: IRET sets VIF", "VME, IOPL 0: INT n, bit clear: the 8086 handler (method 5)", "VME, IOPL 3: INT
 *     n, bit clear: the 8086 handler (method 6)": it has no VME; SDM vol. 3B, 20.3.
 * QEMU 7.2: differs in "PVI: POPF does not act on VIF, PUSHF shows IF": it has no PVI; SDM vol. 3B, 20.4.
 * QEMU 7.2: stops in "PVI: STI in ring 3 sets VIF": it has no PVI; SDM vol. 3B, 20.4.
 * QEMU 7.2: stops in "IRET of ring 3 cannot set VM": VM is set; it takes CPL 0, SDM vol. 2A, IRET.
 * Bochs 2.7: differs in "IRET to V86 mode: EIP beyond 64 KB": EIP loses its upper half; #GP, SDM vol. 2A, IRET.
 * Bochs 2.7: differs in "VME, IOPL 0: CLI with VIP": #GP; VIP counts for STI alone, SDM vol. 2A, CLI. */
.include "insn.inc"

.set VME, 1
.set PVI, 2

/* The instruction is sensitive to IOPL: #GP(0) below 3. */
.macro sensitive text, insn:vararg
    case "IOPL 0: \text"
    try
    v86
66: \insn
    caught16 GP, 0
    check "ESP", rec_esp, 0xfff0
    check_bits "VM", rec_eflags, F_VM, F_VM
.endm
/* Runs in V86 mode and comes back. */
.macro runs text, flags, insn
    case "\text"
    mark
    v86 F_VM+\flags
    \insn
    kernel
    check "done", 1, 1
.endm

/* ---- entry by IRET, exit by an exception (20.2.5, 20.2.6) ---- */
    case "entry and exit: all segment registers"
    try
    push 0x6666                         /* GS */
    push 0x5555                         /* FS */
    push 0x4444                         /* DS */
    push 0x3333                         /* ES */
    push 0x2222                         /* SS */
    push 0x8000
    push F_VM + F_CF + 2
    push 0x1000
    push offset (66f - image)
    iretd
    .code16
66: hlt
    caught16 GP, 0
    check "CS", rec_cs, 0x1000
    check "EFLAGS", rec_eflags, F_VM+F_RF+F_CF+2
    check "ESP", rec_esp, 0x8000
    check "SS", rec_ss, 0x2222
    check "ES", rec_es, 0x3333
    check "DS", rec_ds, 0x4444
    check "FS", rec_fs, 0x5555
    check "GS", rec_gs, 0x6666
    check "ESP of the handler", rec_hesp, ISTACK-36
    check "SS of the handler", rec_hss, DATA0
    check_bits "VM in the handler", rec_heflags, F_VM, 0
    case "the handler finds null data segments"
    setint UD, CODE0, see_segments
    mov dword ptr [seen], -1
    mov dword ptr [seen + 4], -1
    try
    v86
    ud2
    landing
    check "DS and ES", seen, 0
    check "FS and GS", [seen + 4], 0
    resetint UD
    case "IRET to V86 mode: EIP beyond 64 KB"
    push 0
    push 0
    push 0
    push 0
    push 0x2000
    push 0x8000
    push F_VM + 2
    push 0x1000
    push 0x10000
    try
66: iretd
    caught GP, 0
    mov esp, KSTACK
    case "IRET of ring 3 cannot set VM"
    mark
    user
    push DATA3
    push USTACK
    push F_VM + 2
    push CODE3
    push offset 1f
    iretd
1:  pushfd
    pop ebx
    kernel
    check_bits "VM", ebx, F_VM, 0
    case "POPF cannot set VM"
    push F_VM + 2
    popfd
    pushfd
    pop ebx
    check_bits "VM", ebx, F_VM, 0
    case "PUSHF does not show VM or RF"
    mark
    v86 F_VM+F_IOPL3+2
    pushfd
    pop ebx
    kernel
    check "EFLAGS", ebx, F_IOPL3+2

/* ---- addresses ---- */
    case "segments are paragraphs"
    mov dword ptr [0x45678], 0x11223344
    mark
    v86 F_VM+F_IOPL3+2
    mov ax, 0x4567
    mov ds, ax
    mov ebx, [8]
    kernel
    check "EBX", ebx, 0x11223344
    case "dword beyond 64 KB"
    try
    v86
    mov bx, 0xfffd
66: mov eax, [bx]
    caught16 GP, 0
    case "dword beyond 64 KB by way of SS"
    try
    v86
    mov bp, 0xfffd
66: mov eax, [bp]
    caught16 SS_, 0
    case "32-bit address beyond 64 KB"
    try
    v86
    mov eax, 0x10000
66: mov ax, [eax]
    caught16 GP, 0
    case "addresses above 1 MB: FFFF:FFFF is 10FFEF"
    mov dword ptr [0x10ffe0], 0x55667788
    mark
    v86 F_VM+F_IOPL3+2
    mov ax, 0xffff
    mov ds, ax
    mov ebx, [0xfff0]
    kernel
    check "EBX", ebx, 0x55667788
    case "far CALL and RETF"
    mark
    v86 F_VM+F_IOPL3+2
    mov cx, 0
    push cs
    push offset (1f - image)
    lcall 0x1001:(far_v86 - image - 0x10)
1:  mov dx, sp
    kernel
    movzx ecx, cx
    movzx edx, dx
    check "CX", ecx, 1
    check "SP", edx, 0xffec

/* ---- sensitive to IOPL (20.2.7) ---- */
    sensitive "CLI", cli
    sensitive "STI", sti
    sensitive "PUSHF", pushf
    sensitive "PUSHFD", pushfd
    sensitive "POPF", popf
    sensitive "POPFD", popfd
    sensitive "IRET", iret
    sensitive "IRETD", iretd
    sensitive "INT n", int 0x21
    runs "IOPL 3: CLI, STI, PUSHF, POPF", F_IOPL3+2, "cli; sti; pushf; popf; cli"
    case "IOPL 3: INT n goes to the protected-mode handler (20.3.1)"
    setint 0x30, CODE0, stubs+0x30*STUB_SIZE, A_INT32+A_DPL3
    try
    v86 F_VM+F_IOPL3+2
    int 0x30
66: caught16 0x30
    check "CS", rec_cs, 0x1000
    case "IOPL 3: INT n, gate of DPL 0"
    try
    v86 F_VM+F_IOPL3+2
66: int 0x31
    caught16 GP, 0x31*8+2
    case "INT n by way of a gate to ring 1: #GP"
    setdesc SLOT, 0, 0xfffff, A_CODE32+A_DPL1
    setint 0x31, SLOT, 0, A_INT32+A_DPL3
    try
    v86 F_VM+F_IOPL3+2
66: int 0x31
    caught16 GP, SLOT
    case "INT n by way of a gate to conforming code: #GP"
    setdesc SLOT, 0, 0xfffff, 0xc09f
    try
    v86 F_VM+F_IOPL3+2
66: int 0x31
    caught16 GP, SLOT
    case "INT3 is not sensitive to IOPL"
    setint BP_, CODE0, stubs+BP_*STUB_SIZE, A_INT32+A_DPL3
    try
    v86
    int3
66: caught16 BP_
    case "INTO is not sensitive to IOPL"
    setint OF, CODE0, stubs+OF*STUB_SIZE, A_INT32+A_DPL3
    try
    v86
    mov al, 0x7f
    inc al
    into
66: caught16 OF
    resetint BP_
    resetint OF
    case "POPF in V86 mode with IOPL 3 changes IF, not IOPL or VM"
    mark
    v86 F_VM+F_IOPL3+2
    push F_IF + F_CF + 2
    popf
    pushfd
    cli
    pop ebx
    kernel
    check "EFLAGS", ebx, F_IOPL3+F_IF+F_CF+2
    case "IRET in V86 mode with IOPL 3"
    mark
    v86 F_VM+F_IOPL3+2
    push F_CF + 2
    push cs
    push offset (1f - image)
    iret
1:  pushfd
    pop ebx
    kernel
    check "EFLAGS", ebx, F_IOPL3+F_CF+2

/* ---- VME (20.3.3, table 20-2) ---- */
    mov eax, VME
    mov cr4, eax
    /* The redirection map lies below the I/O map; all bits set: nothing is redirected. */
    mov edi, offset tss0 + 0x68
    mov ecx, 8
    mov eax, -1
    rep stosd

    case "VME, IOPL 0: CLI and STI act on VIF"
    try
    v86 F_VM+F_IF+2
    sti
66: hlt
    caught16 GP, 0
    check_bits "VIF and IF", rec_eflags, (F_VIF|F_IF), (F_VIF|F_IF)
    try
    v86 F_VM+F_VIF+F_IF+2
    cli
66: hlt
    caught16 GP, 0
    check_bits "VIF and IF", rec_eflags, (F_VIF|F_IF), F_IF
    case "VME, IOPL 0: STI with VIP"
    try
    v86 F_VM+F_VIP+2
66: sti
    caught16 GP, 0
    check_bits "VIF", rec_eflags, F_VIF, 0
    case "VME, IOPL 0: CLI with VIP"
    try
    v86 F_VM+F_VIP+F_VIF+2
    cli
66: hlt
    caught16 GP, 0
    check_bits "VIF", rec_eflags, F_VIF, 0
    case "VME, IOPL 0: PUSHF shows VIF as IF, and IOPL 3"
    try
    v86 F_VM+F_VIF+2
    pushf
    pop bx
66: hlt
    caught16 GP, 0
    check_bits "FLAGS", rec_ebx, 0xffff, (F_IOPL3|F_IF|2)
    case "VME, IOPL 0: POPF sets VIF, not IF"
    try
    v86 F_VM+2
    push F_IF + F_CF + 2
    popf
66: hlt
    caught16 GP, 0
    check_bits "VIF, IF, IOPL, CF", rec_eflags, (F_VIF|F_IF|F_IOPL3|F_CF), (F_VIF|F_CF)
    case "VME, IOPL 0: POPF clears VIF"
    try
    v86 F_VM+F_VIF+F_IF+2
    push 2
    popf
66: hlt
    caught16 GP, 0
    check_bits "VIF, IF", rec_eflags, (F_VIF|F_IF), F_IF
    case "VME, IOPL 0: POPF with IF and VIP"
    try
    v86 F_VM+F_VIP+2
    push F_IF + 2
66: popf
    caught16 GP, 0
    check "ESP", rec_esp, 0xffee
    case "VME, IOPL 0: POPF with TF"
    try
    v86
    push F_TF + 2
66: popf
    caught16 GP, 0
    case "VME, IOPL 0: PUSHFD"
    try
    v86
66: pushfd
    caught16 GP, 0
    case "VME, IOPL 0: POPFD"
    try
    v86
66: popfd
    caught16 GP, 0
    case "VME, IOPL 0: IRETD"
    try
    v86
66: iretd
    caught16 GP, 0
    case "VME, IOPL 0: IRET sets VIF"
    try
    v86
    push F_IF + 2
    push cs
    push offset (65f - image)
    iret
65:
66: hlt
    caught16 GP, 0
    check_bits "VIF, IF", rec_eflags, (F_VIF|F_IF), F_VIF
    check "ESP", rec_esp, 0xfff0
    case "VME, IOPL 0: IRET with TF"
    try
    v86
    push F_TF + 2
    push cs
    push offset (65b - image)
66: iret
    caught16 GP, 0
    check "ESP", rec_esp, 0xffea
    case "VME, IOPL 0: IRET with IF and VIP"
    try
    v86 F_VM+F_VIP+2
    push F_IF + 2
    push cs
    push offset (65b - image)
66: iret
    caught16 GP, 0
    case "VME, IOPL 0: INT n, bit set: #GP (method 3)"
    try
    v86
66: int 0x30
    caught16 GP, 0
    case "VME, IOPL 0: INT n, bit clear: the 8086 handler (method 5)"
    btr dword ptr [tss0 + 0x68 + 4], 0x11
    mov dword ptr [0x31 * 4], 0
    mov word ptr [0x31 * 4], offset (handler86 - image)
    mov word ptr [0x31 * 4 + 2], 0x1000
    try
    v86 F_VM+F_VIF+F_IF+2
    int 0x31
65:
    .code32
    caught16 GP, 0, hlt86
    check "ESP", rec_esp, 0xffea
    check_bits "VIF, IF, TF, IOPL", rec_eflags, (F_VIF|F_IF|F_TF|F_IOPL3), F_IF
    movzx eax, word ptr [VSTACK_SEG * 16 + 0xffea]
    check "IP pushed", eax, (65b-image)
    movzx eax, word ptr [VSTACK_SEG * 16 + 0xffec]
    check "CS pushed", eax, 0x1000
    movzx eax, word ptr [VSTACK_SEG * 16 + 0xffee]
    check "FLAGS pushed", eax, (F_IOPL3|F_IF|2)
    case "VME, IOPL 3: INT n, bit clear: the 8086 handler (method 6)"
    try
    v86 F_VM+F_IOPL3+F_IF+2
    int 0x31
65:
    .code32
    caught16 GP, 0, hlt86
    check_bits "VIF, IF, IOPL", rec_eflags, (F_VIF|F_IF|F_IOPL3), F_IOPL3
    movzx eax, word ptr [VSTACK_SEG * 16 + 0xffee]
    check "FLAGS pushed", eax, (F_IOPL3|F_IF|2)
    case "VME, IOPL 3: INT n, bit set: the protected-mode handler (method 4)"
    try
    v86 F_VM+F_IOPL3+2
    int 0x30
66: caught16 0x30
    case "VME: INT3 is not redirected"
    btr dword ptr [tss0 + 0x68], 3
    setint BP_, CODE0, stubs+BP_*STUB_SIZE, A_INT32+A_DPL3
    try
    v86
    int3
66: caught16 BP_
    resetint BP_
    case "VME: an exception is not redirected"
    btr dword ptr [tss0 + 0x68], 6
    try
    v86
66: ud2
    caught16 UD
    case "VME, IRET from ring 0 may set VIF and VIP"
    try
    v86 F_VM+F_VIF+F_VIP+2
66: hlt
    caught16 GP, 0
    check_bits "VIF, VIP", rec_eflags, (F_VIF|F_VIP), (F_VIF|F_VIP)
    xor eax, eax
    mov cr4, eax

/* ---- PVI (20.4) ---- */
    mov eax, PVI
    mov cr4, eax
    case "PVI: STI in ring 3 sets VIF"
    mark
    user F_IF+2
    sti
    pushfd
    pop ebx
    cli
    pushfd
    pop ecx
    kernel
    check "EFLAGS", ebx, F_VIF+F_IF+2
    check "EFLAGS", ecx, F_IF+2
    case "PVI: STI with VIP"
    try
    user F_VIP+2
66: sti
    caught GP, 0
    case "PVI: POPF does not act on VIF, PUSHF shows IF"
    mark
    user F_VIF+2
    push F_IF + 2
    popfd
    pushfd
    pop ebx
    kernel
    check "EFLAGS", ebx, F_VIF+2
    case "PVI: ring 1 is not meant"
    setdesc SLOT, 0, 0xfffff, A_CODE32+A_DPL1
    setdesc SLOT1, 0, 0xfffff, A_DATA32+A_DPL1
    try
    user 2, SLOT+1, SLOT1+1
66: cli
    caught GP, 0
    xor eax, eax
    mov cr4, eax
    finish

see_segments:
    mov ax, ds
    mov bx, es
    mov cx, fs
    mov dx, gs
    mov ds, word ptr cs:[data0]
    mov word ptr [seen], ax
    mov word ptr [seen + 2], bx
    mov word ptr [seen + 4], cx
    mov word ptr [seen + 6], dx
    mov es, word ptr cs:[data0]
    jmp resume_test
    .balign 4
seen:           .long 0, 0

    .code16
far_v86:
    inc cx
    retf
handler86:
hlt86:
    hlt
