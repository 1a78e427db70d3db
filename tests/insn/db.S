/* db.S - #DB, the debug exception: single step, the four kinds of breakpoints, DR6 and DR7, RF and shadows.
 *
 * Instruction breakpoints and general detection are faults, the others traps; no error code (SDM vol. 3A, 6.15
 * "Interrupt 1"; vol. 3B, 17.2 and 17.3; vol. 3A, 6.8.3 for MOV SS).
 *
 * QEMU 7.2: differs in "TF: after LSS": it holds the trap back as after MOV SS; LSS does not, SDM vol. 3A,
 *     6.8.3.
 * QEMU 7.2: differs in "TF: after STI": it holds the trap back; STI delays maskable interrupts alone, SDM vol.
 *     2B, STI.
 * QEMU 7.2: differs in "INT1 (F1): a trap", "INT1 (F1) from ring 3, gate of DPL 0: no check": F1 does nothing;
 *     it raises #DB, SDM vol. 2A, INT n.
 * QEMU 7.2: differs in "instruction breakpoint: RF lasts for all of a REP instruction": the breakpoint hits
 *     each iteration again; RF stays set until the instruction is complete, SDM vol. 3B, 17.3.1.1.
 * QEMU 7.2: differs in "instruction breakpoint: RF is pushed set by a fault": RF is clear in the image; set for
 *     a fault, SDM vol. 3B, 17.3.1.1.
 * QEMU 7.2: differs in "low address bits are ignored", "low address bit of a word is ignored": it does not
 *     ignore the address bits below the length; SDM vol. 3B, 17.2.5.
 * QEMU 7.2: differs in "data breakpoint on MOV SS from memory: behind the next instruction": the trap is not
 *     held back; SDM vol. 3A, 6.8.3.
 * QEMU 7.2: differs in "data breakpoint and single step together": the single step comes after the breakpoint,
 *     in its handler; one #DB for both, SDM vol. 3B, 17.2.3.
 * QEMU 7.2: differs in "I/O breakpoint: REP OUTSB, after the iteration": the trap has EIP behind the
 *     instruction and ECX as before; after the iteration, SDM vol. 3B, 17.3.1.2.
 * QEMU 7.2: differs in "DR7.GD: MOV from a debug register", "DR7.GD: MOV to a debug register": it ignores
 *     DR7.GD; SDM vol. 3B, 17.2.4 and 17.3.1.3.
 * QEMU 7.2: stops in "instruction breakpoint: in V86 mode, by linear address": it ends with a segmentation
 *     fault.
 * QEMU 7.2: stops in "instruction breakpoint: not right after MOV SS, which holds it back": the breakpoint hits
 *     right after MOV SS; held back, SDM vol. 3A, 6.8.3.
 * QEMU 7.2: stops in "data breakpoint on POP SS: behind the next instruction": it aborts.
 * Bochs 2.7: differs in "DR7.GD: MOV to a debug register": RF is clear in the image; set for a fault, SDM vol.
 *     3B, 17.3.1.1. */
.include "insn.inc"

.set B0, 1
.set BD, 0x2000
.set BS, 0x4000
.set CAUSES, 0xe00f

.macro clear_dr6
    mov eax, 0xffff0ff0
    mov dr6, eax
.endm
/* DR0 = address, DR7 = enabled as given. */
.macro breakpoint address, dr7value
    clear_dr6
    mov eax, offset \address
    mov dr0, eax
    mov esi, SCRATCH
    mov edi, SCRATCH + 0x100
    mov eax, \dr7value
    mov dr7, eax
.endm
.macro off
    xor eax, eax
    mov dr7, eax
.endm
/* What ended at `landed`, with these causes. */
.macro traps causes
    caught DB
    check_bits "DR6", rec_dr6, CAUSES, \causes
    off
.endm
.macro step
    clear_dr6
    push F_TF + 2
    popfd
.endm

/* Bits of DR7: enabled by L0, of this kind and length. */
.set EXEC, 1
.set WRITE1, 0x10001
.set WRITE2, 0x50001
.set WRITE4, 0xd0001
.set ACCESS1, 0x30001
.set ACCESS2, 0x70001
.set ACCESS4, 0xf0001
.set IO1, 0x20001
.set IO2, 0x60001

/* ---- single step (SDM vol. 3B, 17.3.1.4) ---- */
    case "TF: trap after the next instruction"
    try
    step
    nop
66: nop
    traps BS
    check_bits "TF in the image", rec_eflags, F_TF, F_TF
    check_bits "RF in the image", rec_eflags, F_RF, 0
    check_bits "TF in the handler", rec_heflags, F_TF, 0
    case "TF: after a taken jump"
    try
    step
    jmp 66f
    ud2
66: nop
    traps BS
    case "TF: after each iteration of REP"
    mov ecx, 3
    mov esi, SCRATCH
    mov edi, SCRATCH + 0x100
    try
    clear_dr6
    push F_TF + 2
    popfd
66: rep movsb
    traps BS
    check "ECX", rec_ecx, 2
    case "TF: not after INT n"
    try
    step
    int 0x21
66: caught 0x21
    check_bits "TF in the image", rec_eflags, F_TF, F_TF
    case "TF: not before a fault"
    try
    step
66: ud2
    caught UD
    check_bits "TF in the image", rec_eflags, F_TF, F_TF
    case "TF: after POPF that clears it"
    try
    push 2
    step
    popfd
66: nop
    traps BS
    check_bits "TF in the image", rec_eflags, F_TF, 0
    case "TF: IRET that sets it"
    try
    clear_dr6
    push F_TF + 2
    push CODE0
    push offset 65f
    iretd
65: nop
66: nop
    traps BS
    case "TF: not after MOV SS, but after what follows"
    mov cx, ss
    try
    step
    mov ss, cx
    nop
66: nop
    traps BS
    case "TF: not after POP SS, but after what follows"
    mov cx, ss
    try
    push ecx
    step
    pop ss
    nop
66: nop
    traps BS
    case "TF: after LSS"
    mov [SCRATCH], esp
    mov [SCRATCH + 4], ss
    try
    step
    lss esp, [SCRATCH]
66: nop
    traps BS
    case "TF: after STI"
    try
    step
    sti
66: nop
    traps BS
    case "TF: in ring 3"
    try
    clear_dr6
    user F_TF+2
    nop
66: nop
    traps BS
    check "CS", rec_cs, CODE3
    case "TF: in V86 mode"
    try
    clear_dr6
    v86 F_TF+F_VM+2
    nop
66: nop
    caught16 DB
    check_bits "DR6", rec_dr6, CAUSES, BS
    case "TF: in real mode"
    try
    clear_dr6
    real
    push F_TF+2
    popf
    nop
66: nop
    caught16 DB
    check_bits "DR6", rec_dr6, CAUSES, BS

/* ---- INT1 (SDM vol. 2A, INT n; vol. 3A, 6.12.1.1) ---- */
    case "INT1 (F1): a trap"
    try
    clear_dr6
    .byte 0xf1
66: traps 0
    case "INT1 (F1) from ring 3, gate of DPL 0: no check"
    try
    user
    .byte 0xf1
66: traps 0
    case "INT 1 (CD 01) from ring 3, gate of DPL 0"
    try
    user
66: int 1
    caught GP, 1*8+2

/* ---- instruction breakpoints (17.3.1.1) ---- */
    case "instruction breakpoint: a fault"
    try
    breakpoint 66f, EXEC
66: nop
    traps B0
    check_bits "RF in the image", rec_eflags, F_RF, 0
    case "instruction breakpoint by G0"
    try
    breakpoint 66f, 2
66: nop
    traps B0
    case "instruction breakpoint not enabled"
    breakpoint 66f, 0
66: nop
    case "instruction breakpoint: before the instruction's own fault"
    try
    breakpoint 66f, EXEC
66: ud2
    traps B0
    case "instruction breakpoint: only the first byte counts"
    breakpoint 66f+1, EXEC
66: mov eax, 0
    off
    case "instruction breakpoint: IRET with RF passes it once"
    try
    breakpoint 66f, EXEC
    mov ecx, 3
    push F_RF + 2
    push CODE0
    push offset 66f
    iretd
66: dec ecx
    jmp 66b
    traps B0
    check "ECX", rec_ecx, 2
    case "instruction breakpoint: RF lasts for all of a REP instruction"
    try
    breakpoint 66f, EXEC
    mov ecx, 3
    push F_RF + 2
    push CODE0
    push offset 66f
    iretd
66: rep lodsb
    mov ecx, 7
    jmp 66b
    traps B0
    check "ECX", rec_ecx, 7
    case "instruction breakpoint: POPF does not set RF"
    try
    breakpoint 66f, EXEC
    push F_RF + 2
    popfd
66: nop
    traps B0
    case "instruction breakpoint: RF is pushed set by a fault"
    try
66: ud2
    caught UD
    check_bits "RF in the image", rec_eflags, F_RF, F_RF
    case "instruction breakpoint: in ring 3"
    try
    breakpoint 66f, EXEC
    user
66: nop
    traps B0
    check "CS", rec_cs, CODE3
    case "instruction breakpoint: in V86 mode, by linear address"
    try
    breakpoint 66f, EXEC
    v86
66: nop
    caught16 DB
    check_bits "DR6", rec_dr6, CAUSES, B0
    off
    case "instruction breakpoint: DR1, DR2 and DR3 at one address"
    try
    breakpoint 66f, 0
    mov eax, offset 66f
    mov dr1, eax
    mov dr2, eax
    mov dr3, eax
    mov eax, 0x54
    mov dr7, eax
66: nop
    caught DB
    check_bits "DR6", rec_dr6, 0xe, 0xe
    off
    case "instruction breakpoint: not right after MOV SS, which holds it back"
    mov cx, ss
    breakpoint 66f, EXEC
    mov ss, cx
66: nop
    off
    check "done", 1, 1

/* ---- data breakpoints (17.3.1.2) ---- */
.macro data text, kind, at, causes, insn:vararg
    case "\text"
    try
    breakpoint \at, \kind
    \insn
66: nop
    traps \causes
.endm
.macro no_data text, kind, at, insn:vararg
    case "\text"
    breakpoint \at, \kind
    \insn
    off
    mov eax, dr6
    check_bits "DR6", eax, CAUSES, 0
.endm
    data "write breakpoint: write", WRITE4, SCRATCH, B0, mov [esi], eax
    data "write breakpoint: a byte of it", WRITE4, SCRATCH, B0, mov [esi + 3], al
    data "write breakpoint: overlap from below", WRITE4, SCRATCH, B0, mov [esi - 3], eax
    data "write breakpoint: read and write", WRITE4, SCRATCH, B0, inc dword ptr [esi]
    data "write breakpoint of a byte", WRITE1, SCRATCH+5, B0, mov [esi + 4], eax
    data "write breakpoint of a word", WRITE2, SCRATCH+2, B0, mov [esi + 3], al
    data "low address bits are ignored", WRITE4, SCRATCH+3, B0, mov [esi], al
    data "low address bit of a word is ignored", WRITE2, SCRATCH+1, B0, mov [esi], al
    data "access breakpoint: read", ACCESS4, SCRATCH, B0, mov eax, [esi]
    data "access breakpoint: write", ACCESS4, SCRATCH, B0, mov [esi], eax
    data "access breakpoint: read of a byte", ACCESS1, SCRATCH+1, B0, mov al, [esi + 1]
    data "access breakpoint: read across pages", ACCESS2, SCRATCH+0x1000, B0, mov eax, [esi + 0xffe]
    data "access breakpoint: x87 load", ACCESS1, SCRATCH+7, B0, fld qword ptr [esi]
    data "access breakpoint: MMX load", ACCESS1, SCRATCH+7, B0, movq mm0, [esi]
    data "write breakpoint: PUSH", WRITE4, KSTACK-4, B0, push eax
    data "write breakpoint: CALL", WRITE4, KSTACK-4, B0, call 66f
    data "write breakpoint: MOVSD", WRITE4, SCRATCH+0x100, B0, movsd
    no_data "write breakpoint: read", WRITE4, SCRATCH, mov eax, [esi]
    no_data "write breakpoint: write behind it", WRITE4, SCRATCH, mov [esi + 4], eax
    no_data "write breakpoint: write before it", WRITE4, SCRATCH, mov [esi - 4], eax
    no_data "access breakpoint: instruction fetch", ACCESS4, 1f, 1: nop
    no_data "access breakpoint: INVLPG", ACCESS4, SCRATCH, invlpg [esi]
    no_data "access breakpoint: LEA", ACCESS4, SCRATCH, lea eax, [esi]
    case "data breakpoint: the access is done"
    mov dword ptr [SCRATCH], 1
    try
    breakpoint SCRATCH, WRITE4
    add dword ptr [esi], 4
66: nop
    traps B0
    check "memory", [SCRATCH], 5
    case "data breakpoint in REP MOVSB: after the iteration"
    mov ecx, 8
    try
    breakpoint SCRATCH+0x102, WRITE1
66: rep movsb
    traps B0
    check "ECX", rec_ecx, 5
    check "EDI", rec_edi, SCRATCH+0x103
    case "data breakpoint on MOV SS from memory: behind the next instruction"
    mov word ptr [SCRATCH], DATA0
    try
    breakpoint SCRATCH, ACCESS2
    mov ss, word ptr [esi]
    nop
66: nop
    traps B0
    case "data breakpoint on POP SS: behind the next instruction"
    push DATA0
    try
    breakpoint KSTACK-4, ACCESS2
    pop ss
    mov esp, KSTACK - 0x40
66: nop
    traps B0
    case "data breakpoint and single step together"
    try
    breakpoint SCRATCH, WRITE4
    push F_TF + 2
    popfd
    mov [esi], eax
66: nop
    traps B0+BS
    case "data breakpoint in ring 3"
    try
    breakpoint SCRATCH, WRITE4
    user
    mov [esi], eax
66: nop
    traps B0
    check "CS", rec_cs, CODE3
    case "RF does not hold a data breakpoint back"
    try
    breakpoint SCRATCH, WRITE4
    push F_RF + 2
    push CODE0
    push offset 65f
    iretd
65: mov [esi], eax
66: nop
    traps B0
    case "DR6 is not cleared by the processor"
    try
    breakpoint SCRATCH, WRITE4
    mov eax, 0xffff4ff0
    mov dr6, eax
    mov [esi], eax
66: nop
    traps B0+BS

/* ---- I/O breakpoints (17.3.1.3) ---- */
    mov eax, 8                          /* DE */
    mov cr4, eax
    data "I/O breakpoint: OUT", IO1, 0x80, B0, out 0x80, al
    data "I/O breakpoint: IN", IO1, 0x80, B0, in al, 0x80
    data "I/O breakpoint: a word over it", IO1, 0x81, B0, out 0x80, ax
    no_data "I/O breakpoint: another port", IO1, 0x80, out 0x84, al
    no_data "I/O breakpoint: memory at that address", IO1, SCRATCH, mov [esi], eax
    case "I/O breakpoint: REP OUTSB, after the iteration"
    mov ecx, 5
    mov edx, 0x80
    try
    breakpoint 0x80, IO1
66: rep outsb
    traps B0
    check "ECX", rec_ecx, 4
    xor eax, eax
    mov cr4, eax

/* ---- debug registers ---- */
    case "DR7.GD: MOV from a debug register"
    try
    clear_dr6
    mov eax, 0x2000
    mov dr7, eax
66: mov eax, dr0
    caught DB
    check_bits "DR6", rec_dr6, CAUSES, BD
    check "DR7", rec_dr7, 0x400
    case "DR7.GD: MOV to a debug register"
    try
    clear_dr6
    mov eax, 0x2000
    mov dr7, eax
66: mov dr3, eax
    caught DB
    check_bits "DR6", rec_dr6, CAUSES, BD
    check_bits "RF in the image", rec_eflags, F_RF, F_RF
    case "MOV from DR7 in ring 3"
    try
    user
66: mov eax, dr7
    caught GP, 0
    case "fixed bits of DR6 and DR7"
    xor eax, eax
    mov dr6, eax
    mov dr7, eax
    mov eax, dr6
    check "DR6", eax, 0xffff0ff0
    mov eax, dr7
    check "DR7", eax, 0x400
    finish
