/* gates.S - call gates, interrupt and trap gates, stack switches, parameter copying.
 *
 * SDM vol. 3A, 5.8.2 to 5.8.6 (call gates, stack switching), 6.12 (interrupt and trap gates), vol. 2A, CALL and
 * INT n (the checks and their error codes).
 *
 * QEMU 7.2: differs in "CALL, gate to conforming code: CPL stays": RPL of CS becomes 0; it is CPL, SDM vol. 2A,
 *     CALL.
 * QEMU 7.2: differs in "CALL: offset beyond the limit", "INT n: offset beyond the limit", "#UD: offset beyond
 *     the limit": it goes to the offset and faults there; #GP at the caller, SDM vol. 2A, CALL and INT n.
 * QEMU 7.2: differs in "CALL: SS1 not present", "INT n: SS1 not present": #TS; #SS, SDM vol. 2A, CALL and INT
 *     n.
 * QEMU 7.2: differs in "CALL: no room in SS1", "CALL: ESP1 beyond SS1", "INT n: no room in SS1", "#UD: SS1
 *     without room": it does not check the limit of the inner stack; #SS, SDM vol. 2A, CALL and INT n.
 * QEMU 7.2: differs in "#UD: gate not present", "#UD: a call gate", "#UD: gate's selector is null", "#UD: gate
 *     leads to data", "#UD: code not present", "#UD: SS1 is null", "#UD: TSS too short for SS1": EXT is clear
 *     in the error code; set on the way of an exception, SDM vol. 3A, 6.13.
 * QEMU 7.2: differs in "#AC: beyond the IDT": it never raises #AC; SDM vol. 3A, 6.15 (interrupt 17). */
.include "insn.inc"

.set CODEI, 0x88                        /* the image as a 32-bit segment: offsets fit into 16-bit gates */
.set CODEI3, 0x93

    setdesc CODEI, IMAGE, 0xffff, 0x409b
    setdesc CODEI3, IMAGE, 0xffff, 0x40fb
    setint 0x7e, CODE0, to_landing, A_INT32+A_DPL3

    setdesc SLOT7, 0, 0xfffff, 0xc01b                   /* code, not present */
    setdesc SLOT6, 0, 0xff, 0x409b                      /* code of 256 bytes */
    setdesc SLOT5, 0, 0xfffff, 0xc09f                   /* conforming, DPL 0 */

/* ---- CALL by way of a gate from ring 3 to ring 0 (5.8.5) ---- */
    case "CALL, 32-bit gate, 3 parameters"
    setgate SLOT, CODE0, target, A_CALL32+A_DPL3, 3
    try
    user
    push 0x11111111
    push 0x22222222
    push 0x33333333
    lcall (SLOT+3):0
66: landing
    check "CS", got_cs, CODE0
    check "SS", got_ss, DATA0
    check "ESP", got_esp, ISTACK-7*4
    check "EIP pushed", [ISTACK - 28], 66b
    check "CS pushed", [ISTACK - 24], CODE3
    check "last parameter", [ISTACK - 20], 0x33333333
    check "second parameter", [ISTACK - 16], 0x22222222
    check "first parameter", [ISTACK - 12], 0x11111111
    check "ESP pushed", [ISTACK - 8], USTACK-12
    check "SS pushed", [ISTACK - 4], DATA3
    case "RETF n to ring 3 releases the parameters on both stacks (5.8.6)"
    setgate SLOT, CODE0, target_ret12, A_CALL32+A_DPL3, 3
    mark
    user
    push 1
    push 2
    push 3
    lcall (SLOT+3):0
    mov ebx, esp
    xor ecx, ecx
    mov cx, cs
    kernel
    check "ESP", ebx, USTACK
    check "CS", ecx, CODE3
    case "CALL, 32-bit gate, 31 parameters"
    setgate SLOT, CODE0, target, A_CALL32+A_DPL3, 31
    try
    user
    mov eax, 0
    .rept 31
    inc eax
    push eax
    .endr
    lcall (SLOT+3):0
    landing
    check "ESP", got_esp, ISTACK-35*4
    check "last parameter", [ISTACK - 33*4], 31
    check "first parameter", [ISTACK - 3*4], 1
    case "CALL, 16-bit gate, 2 parameters"
    setgate SLOT, CODEI, (target-image), A_CALL16+A_DPL3, 2
    try
    user
    pushw 0x1111
    pushw 0x2222
    lcall (SLOT+3):0
66: landing
    check "ESP", got_esp, ISTACK-12
    check "parameters", [ISTACK - 8], 0x11112222
    movzx eax, word ptr [ISTACK - 12]
    check "IP pushed", eax, (66b-image)
    movzx eax, word ptr [ISTACK - 10]
    check "CS pushed", eax, CODE3
    check "SS:SP pushed", [ISTACK - 4], DATA3*0x10000+((USTACK-4)&0xffff)
    case "CALL, gate without a change of ring"
    setgate SLOT, CODE0, target, A_CALL32, 4
    try
    lcall SLOT:0
66: landing
    check "CS", got_cs, CODE0
    check "ESP", got_esp, KSTACK-8
    check "EIP pushed", got_0, 66b
    case "CALL, gate to conforming code: CPL stays"
    setgate SLOT, SLOT5, target, A_CALL32+A_DPL3
    try
    user
    lcall (SLOT+3):0
    landing
    check "CS", got_cs, SLOT5+3
    case "JMP, gate without a change of ring"
    setgate SLOT, CODE0, 1f, A_CALL32
    ljmp SLOT:0x12345678
    ud2
1:  check "ESP", esp, KSTACK

/* ---- the checks (vol. 2A, CALL) ---- */
.macro bad_gate text, vector, error
    case "CALL: \text"
    try
    user
66: lcall (SLOT+3):0
    caught \vector, \error
    check "ESP", rec_esp, USTACK
    check "SS", rec_ss, DATA3
.endm
    setgate SLOT, CODE0, target, A_CALL32+A_DPL2
    bad_gate "gate's DPL below CPL", GP, SLOT
    setgate SLOT, CODE0, target, 0x6c
    bad_gate "gate not present", NP, SLOT
    setgate SLOT, 0, target, A_CALL32+A_DPL3
    bad_gate "gate's selector is null", GP, 0
    setgate SLOT, GDT_SIZE, target, A_CALL32+A_DPL3
    bad_gate "gate's selector is beyond the GDT", GP, GDT_SIZE
    setgate SLOT, DATA0, target, A_CALL32+A_DPL3
    bad_gate "gate leads to data", GP, DATA0
    setgate SLOT, SLOT7, target, A_CALL32+A_DPL3
    bad_gate "code not present", NP, SLOT7
    setgate SLOT, SLOT6, 0x100, A_CALL32+A_DPL3
    bad_gate "offset beyond the limit", GP, 0
    setgate SLOT, TSS0, 0, A_CALL32+A_DPL3
    bad_gate "gate leads to a TSS", GP, TSS0
    setgate SLOT, CODE0, target, A_CALL32+A_DPL3
    case "CALL: RPL above the gate's DPL"
    setgate SLOT1, CODE0, target, A_CALL32
    try
66: lcall (SLOT1+1):0
    caught GP, SLOT1
    case "JMP: gate to an inner ring"
    try
    user
66: ljmp (SLOT+3):0
    caught GP, CODE0
    case "JMP: gate to an outer ring"
    setgate SLOT1, CODE3-3, target, A_CALL32
    try
66: ljmp SLOT1:0
    caught GP, CODE3-3
    case "CALL: gate to an outer ring"
    try
66: lcall SLOT1:0
    caught GP, CODE3-3
    case "CALL: an interrupt gate"
    setgate SLOT1, CODE0, target, A_INT32+A_DPL3
    try
66: lcall SLOT1:0
    caught GP, SLOT1

/* The inner stack: #TS for its selector, #SS for its presence and room.  It is ring 1's, so that the handlers in ring 0
 * have theirs. */
    setdesc SLOT2, 0, 0xfffff, A_CODE32+A_DPL1
    setdesc SLOT3, 0, 0xfffff, A_DATA32+A_DPL1
    setgate SLOT, SLOT2+1, target, A_CALL32+A_DPL3
.macro bad_stack text, ss, esp, vector, error
    mov dword ptr [tss0 + 12], \esp
    mov dword ptr [tss0 + 16], \ss
    bad_gate "\text", \vector, \error
.endm
    bad_stack "SS1 is null", 0, ISTACK-0x1000, TS, 0
    bad_stack "SS1 beyond the GDT", GDT_SIZE+1, ISTACK-0x1000, TS, GDT_SIZE
    bad_stack "RPL of SS1", SLOT3, ISTACK-0x1000, TS, SLOT3
    bad_stack "DPL of SS1", DATA0+1, ISTACK-0x1000, TS, DATA0
    bad_stack "SS1 is code", SLOT2+1, ISTACK-0x1000, TS, SLOT2
    setdesc SLOT4, 0, 0xfffff, 0xc0b1
    bad_stack "SS1 is read only", SLOT4+1, ISTACK-0x1000, TS, SLOT4
    setdesc SLOT4, 0, 0xfffff, 0xc033
    bad_stack "SS1 not present", SLOT4+1, ISTACK-0x1000, SS_, SLOT4
    setdesc SLOT4, ISTACK-0x2000, 0xfff, 0x40b3
    bad_stack "no room in SS1", SLOT4+1, 8, SS_, SLOT4
    bad_stack "ESP1 beyond SS1", SLOT4+1, 0x2000, SS_, SLOT4
    case "CALL: TSS too short for SS1"
    setdesc LDT0, tss0, 0x10, A_TSS32
    mov ax, LDT0
    ltr ax
    try
    user
66: lcall (SLOT+3):0
    caught TS, LDT0
    and byte ptr [gdt + TSS0 + 5], 0xfd
    mov ax, TSS0
    ltr ax
    case "CALL: the inner stack of a 16-bit TSS"
    setdesc LDT0, SCRATCH, 0x2b, A_TSS16
    setdesc SLOT4, 0x20000, 0xffff, A_DATA16+A_DPL1
    setdesc SLOT1, 0x20000, 0xffff, A_DATA16
    mov dword ptr [SCRATCH], 0x60000000         /* SP0 */
    mov dword ptr [SCRATCH + 4], SLOT1 + 0x50000000
    mov dword ptr [SCRATCH + 8], SLOT4 + 1
    mov ax, LDT0
    ltr ax
    try
    user
    lcall (SLOT+3):0
66: landing
    check "CS", got_cs, SLOT2+1
    check "SS", got_ss, SLOT4+1
    check_bits "SP", got_esp, 0xffff, 0x5000-16
    check "EIP pushed", [0x24ff0], 66b
    check "ESP pushed", [0x24ff8], USTACK
    case "CALL: 16-bit TSS too short for SS1"
    setdesc LDT0, SCRATCH, 8, A_TSS16
    mov ax, LDT0
    ltr ax
    try
    user
66: lcall (SLOT+3):0
    caught TS, LDT0
    and byte ptr [gdt + TSS0 + 5], 0xfd
    mov ax, TSS0
    ltr ax
    case "CALL to ring 1"
    mov dword ptr [tss0 + 12], ISTACK-0x1000
    mov dword ptr [tss0 + 16], SLOT3+1
    try
    user
    lcall (SLOT+3):0
66: landing
    check "CS", got_cs, SLOT2+1
    check "SS", got_ss, SLOT3+1
    check "ESP", got_esp, ISTACK-0x1010

/* ---- interrupt and trap gates (6.12.1) ---- */
.macro interrupts text, flags, attr, want
    case "\text"
    setint 0x30, CODE0, target, \attr+A_DPL3
    try
    user \flags
    int 0x30
66: landing
    check "CS", got_cs, CODE0
    check_bits "IF, TF, NT in the handler", got_flags, (F_IF|F_TF|F_NT), \want
    check "EIP pushed", got_0, 66b
    check "CS pushed", got_1, CODE3
    check "EFLAGS pushed", got_2, \flags
    check "ESP pushed", got_3, USTACK
    check "SS pushed", got_4, DATA3
.endm
    interrupts "32-bit interrupt gate clears IF", F_IF+F_IOPL3+2, A_INT32, 0
    interrupts "32-bit trap gate keeps IF", F_IF+F_IOPL3+2, A_TRAP32, F_IF
    interrupts "32-bit trap gate clears NT", F_NT+2, A_TRAP32, 0
    case "interrupt gate without a change of ring"
    setint 0x30, CODE0, target, A_INT32
    try
    int 0x30
66: landing
    check "ESP", got_esp, KSTACK-12
    check "EIP pushed", got_0, 66b
    check "CS pushed", got_1, CODE0
    case "interrupt gate to conforming code: CPL stays"
    setint 0x30, SLOT5, 1f, A_INT32+A_DPL3
    mark
    user
    int 0x30
    ud2
1:  xor ebx, ebx
    mov bx, cs
    mov ecx, esp
    kernel
    check "CS", ebx, SLOT5+3
    check "ESP", ecx, USTACK-12
    case "16-bit interrupt gate"
    setint 0x30, CODEI, (target-image), A_INT16+A_DPL3
    try
    user F_CF+2
    int 0x30
    landing
    check "ESP", got_esp, ISTACK-10
    check "SP:FLAGS pushed", got_1, (USTACK&0xffff)*0x10000+F_CF+2
    case "16-bit trap gate keeps IF"
    setint 0x30, CODEI, (target-image), A_TRAP16+A_DPL3
    try
    user F_IF+F_IOPL3+2
    int 0x30
    landing
    check_bits "IF", got_flags, F_IF, F_IF

.macro bad_interrupt text, vector, error
    case "INT n: \text"
    try
    user
66: int 0x30
    caught \vector, \error
    check "ESP", rec_esp, USTACK
.endm
    setint 0x30, CODE0, target, 0x6e
    bad_interrupt "gate not present", NP, 0x30*8+2
    setint 0x30, CODE0, target, A_CALL32+A_DPL3
    bad_interrupt "a call gate", GP, 0x30*8+2
    setint 0x30, CODE0, target, A_TSS32+A_DPL3
    bad_interrupt "a TSS descriptor", GP, 0x30*8+2
    setint 0x30, CODE0, target, A_CODE32+A_DPL3
    bad_interrupt "a code segment", GP, 0x30*8+2
    setint 0x30, 0, target, A_INT32+A_DPL3
    bad_interrupt "gate's selector is null", GP, 0
    setint 0x30, GDT_SIZE, target, A_INT32+A_DPL3
    bad_interrupt "gate's selector beyond the GDT", GP, GDT_SIZE
    setint 0x30, DATA0, target, A_INT32+A_DPL3
    bad_interrupt "gate leads to data", GP, DATA0
    setint 0x30, SLOT7, target, A_INT32+A_DPL3
    bad_interrupt "code not present", NP, SLOT7
    setint 0x30, SLOT6, 0x100, A_INT32+A_DPL3
    bad_interrupt "offset beyond the limit", GP, 0
    case "INT n: gate to an outer ring"
    setint 0x30, CODE3, target, A_INT32
    try
66: int 0x30
    caught GP, CODE3-3
    case "INT n: beyond the IDT"
    mov word ptr [idt_pointer], 0x2f*8+7
    lidt [idt_pointer]
    try
66: int 0x30
    caught GP, 0x30*8+2
    mov word ptr [idt_pointer], 2047
    lidt [idt_pointer]

/* The same for an exception: bit 0, EXT, is set in the error code (6.13). */
.macro bad_exception text, vector, error
    case "#UD: \text"
    try
    user
66: ud2
    caught \vector, \error
.endm
    setint UD, CODE0, target, 0x0e
    bad_exception "gate not present", NP, UD*8+3
    setint UD, CODE0, target, A_CALL32
    bad_exception "a call gate", GP, UD*8+3
    setint UD, 0, target, A_INT32
    bad_exception "gate's selector is null", GP, 1
    setint UD, DATA0, target, A_INT32
    bad_exception "gate leads to data", GP, DATA0+1
    setint UD, SLOT7, target, A_INT32
    bad_exception "code not present", NP, SLOT7+1
    setint UD, SLOT6, 0x100, A_INT32
    bad_exception "offset beyond the limit", GP, 1
    case "#AC: beyond the IDT"
    mov word ptr [idt_pointer], 16*8+7
    lidt [idt_pointer]
    mov eax, cr0
    or eax, 1 << 18                     /* AM */
    mov cr0, eax
    try
    user F_AC+2
66: mov eax, [SCRATCH + 1]
    caught GP, 17*8+3
    mov eax, cr0
    and eax, ~(1 << 18)
    mov cr0, eax
    mov word ptr [idt_pointer], 2047
    lidt [idt_pointer]
    case "#UD: the gate's DPL does not matter"
    resetint UD
    try
    user
66: ud2
    caught UD

/* The inner stack of an interrupt. */
    setint 0x30, SLOT2, target, A_INT32+A_DPL3
.macro bad_int_stack text, ss, esp, vector, error
    mov dword ptr [tss0 + 12], \esp
    mov dword ptr [tss0 + 16], \ss
    bad_interrupt "\text", \vector, \error
.endm
    bad_int_stack "SS1 is null", 0, ISTACK-0x1000, TS, 0
    bad_int_stack "SS1 beyond the GDT", GDT_SIZE+1, ISTACK-0x1000, TS, GDT_SIZE
    bad_int_stack "RPL of SS1", SLOT3, ISTACK-0x1000, TS, SLOT3
    bad_int_stack "DPL of SS1", DATA0+1, ISTACK-0x1000, TS, DATA0
    setdesc SLOT4, 0, 0xfffff, 0xc033
    bad_int_stack "SS1 is code", SLOT2+1, ISTACK-0x1000, TS, SLOT2
    setdesc SLOT4, 0, 0xfffff, 0xc0b1
    bad_int_stack "SS1 is read only", SLOT4+1, ISTACK-0x1000, TS, SLOT4
    setdesc SLOT4, 0, 0xfffff, 0xc033
    bad_int_stack "SS1 not present", SLOT4+1, ISTACK-0x1000, SS_, SLOT4
    setdesc SLOT4, ISTACK-0x2000, 0xfff, 0x40b3
    bad_int_stack "no room in SS1", SLOT4+1, 0x10, SS_, SLOT4
    setint UD, SLOT2, target, A_INT32
    bad_exception "SS1 without room", SS_, SLOT4+1
    mov dword ptr [tss0 + 16], 0
    bad_exception "SS1 is null", TS, 1
    setdesc LDT0, tss0, 0x10, A_TSS32
    mov ax, LDT0
    ltr ax
    bad_exception "TSS too short for SS1", TS, LDT0+1
    bad_interrupt "TSS too short for SS1", TS, LDT0
    and byte ptr [gdt + TSS0 + 5], 0xfd
    mov ax, TSS0
    ltr ax
    resetint UD

/* ---- IRET (vol. 2A; 6.12.1) ---- */
    case "IRET to ring 3 pops everything"
    setint 0x30, CODE0, iret_handler, A_INT32+A_DPL3
    mark
    user F_CF+2
    mov eax, 0x123
    int 0x30
    mov ebx, esp
    pushfd
    pop ecx
    mov dx, ss
    movzx edx, dx
    kernel
    check "EAX", eax, 0x124
    check "ESP", ebx, USTACK
    check "EFLAGS", ecx, F_CF+2
    check "SS", edx, DATA3
    case "IRET in ring 0 sets IOPL, NT, AC, ID"
    push F_IOPL3 + F_AC + 0x200000 + 2
    push CODE0
    push offset 1f
    iretd
1:  pushfd
    pop ebx
    check "EFLAGS", ebx, F_IOPL3+F_AC+0x200000+2
    push 2
    popfd
    case "16-bit IRET keeps the high half of EFLAGS"
    push F_AC + 2
    popfd
    pushw F_CF + 2
    pushw CODEI
    pushw offset (1f - image)
    iretw
1:  pushfd
    pop ebx
    ljmp CODE0:1f
1:  check "EFLAGS", ebx, F_AC+F_CF+2
    check "ESP", esp, KSTACK
    push 2
    popfd
    finish

/* ---- targets ---- */

/* Records registers and frame, and ends the case; runs in any ring and at any code base. */
target:
    mov eax, DATA3
    mov ds, eax
    pushfd
    pop dword ptr got_flags
    mov got_cs, cs
    mov got_ss, ss
    mov got_esp, esp
    .irp n, 0, 1, 2, 3, 4, 5
    mov eax, ss:[esp + \n * 4]
    mov got_\n, eax
    .endr
    int 0x7e
to_landing:
    mov ds, word ptr cs:[data0]
    mov es, word ptr cs:[data0]
    jmp resume_test

target_ret12:
    retf 12
iret_handler:
    inc eax
    iretd

    .balign 4
got_cs:         .long 0
got_ss:         .long 0
got_esp:        .long 0
got_flags:      .long 0
got_0:          .long 0
got_1:          .long 0
got_2:          .long 0
got_3:          .long 0
got_4:          .long 0
got_5:          .long 0
