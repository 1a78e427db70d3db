/* tasks.S - hardware task switches: by JMP, CALL, INT, exception and IRET, 32- and 16-bit TSSs, and what faults.
 *
 * SDM vol. 3A, 7.2 (TSS and descriptors), 7.3 (switching, table 7-1 for the checks and their order), 7.4 (linking);
 * 6.12.2 and 6.15 "Interrupt 10" (#TS).
 *
 * QEMU 7.2: differs in "#GP by way of a task gate: the error code is pushed": RF is clear in the TSS; set for a
 *     fault, SDM vol. 3B, 17.3.1.1.
 * QEMU 7.2: differs in "T flag: #DB before the first instruction (7.2.1)": it does not look at T; SDM vol. 3A,
 *     7.2.1, vol. 3B, 17.3.1.5.
 * QEMU 7.2: differs in "JMP: task gate, selector in the LDT", "INT: task gate, selector in the LDT": #TS; #GP,
 *     SDM vol. 2A, JMP and INT n.
 * QEMU 7.2: differs in "#UD: task gate with a null selector: EXT": EXT is clear in the error code; SDM vol. 3A,
 *     6.13.
 * QEMU 7.2: differs in "new task: EIP beyond the limit of CS": it goes to the offset and faults there; SDM vol.
 *     3A, 7.3.
 * QEMU 7.2: differs in "new task: LDT beyond the GDT", "new task: LDT in the LDT", "new task: LDT is data",
 *     "new task: LDT not present", "new task: CS null", "new task: CS beyond the GDT", "new task: CS is data",
 *     "new task: CS: DPL is not RPL", "new task: CS conforming: DPL above RPL", "new task: CS not present",
 *     "new task: SS null", "new task: SS beyond the GDT", "new task: SS: RPL is not CPL", "new task: SS: DPL is
 *     not CPL", "new task: SS is code", "new task: SS is read only", "new task: DS beyond the GDT", "new task:
 *     DS: RPL above DPL", "new task: DS execute only", "new task: ES is a TSS", "new task: FS not present",
 *     "new task: GS not present": EIP is that of the switch; the fault comes in the new task, before its first
 *     instruction, SDM vol. 3A, 6.15 (interrupt 10).
 * QEMU 7.2: stops in "new task: SS not present": #NP; #SS, SDM vol. 3A, table 7-1.
 * QEMU 7.2: differs in "JMP: a TSS in the LDT", "CALL: a TSS in the LDT": #TS; #GP, SDM vol. 2A, JMP and CALL.
 * QEMU 7.2: differs in "new task: SS comes before a null CS", "new task: SS null comes before an LDT that is not
 *     present": another order; SDM vol. 3A, table 7-1, has the P6's.
 * QEMU 7.2: stops in "new task: SS not present comes before CS not present", "new task: CS comes before SS's RPL", "new
 *     task: CS comes before DS", "new task: DS comes before ES", "new task: a fault comes before the T flag": the same.
 * Bochs 2.7: differs in "new task: CS: DPL is not RPL": #TS for SS; CS is checked before SS, SDM vol. 3A, table
 *     7-1.
 * Bochs 2.7: differs in "new task: CS's DPL comes before SS", "new task: SS null comes before an LDT that is not
 *     present": another order; SDM vol. 3A, table 7-1.
 * Bochs 2.7: stops in "new task: CS comes before DS": the same. */
.include "insn.inc"

.set TSSA, 0x88
.set TSSB, 0x90
.set TSSW, 0x98                         /* 16 bits */
.set TSSF, 0xa0                         /* handler of #TS, #NP and #SS */
.set GATE, 0xa8
.set LDTA, 0xb0
.set CODEI, 0xb8                        /* the image as a 32-bit segment */
.set STACK16, 0xc0                      /* data with B clear */
.set TASK_STACK, 0x2a000
.set TASK_STACK0, 0x2b000

/* Fields of a 32-bit TSS. */
.set T_LINK, 0
.set T_ESP0, 4
.set T_SS0, 8
.set T_CR3, 0x1c
.set T_EIP, 0x20
.set T_EFLAGS, 0x24
.set T_EAX, 0x28
.set T_EBX, 0x34
.set T_ESP, 0x38
.set T_ES, 0x48
.set T_CS, 0x4c
.set T_SS, 0x50
.set T_DS, 0x54
.set T_FS, 0x58
.set T_GS, 0x5c
.set T_LDT, 0x60
.set T_TRAP, 0x64

/* Makes TSS tss a ring 0 task that starts at eip. */
.macro task tss, eip, flags=2
    mov edi, offset \tss
    mov dword ptr [edi + T_EIP], offset \eip
    mov dword ptr [edi + T_EFLAGS], \flags
    call fill_task
.endm
/* All as at the start: descriptors not busy, TR = TSS0. */
.macro settle
    call settle_tasks
.endm
/* Type and busy bit of a TSS descriptor. */
.macro check_type text, sel, want
    check_bits "\text", [gdt + \sel + 4], 0x1f00, \want<<8
.endm

    settle

/* ---- JMP ---- */
    case "JMP to a 32-bit TSS"
    task tss_a, 1f
    mov dword ptr [tss_a + T_LINK], 0x1234
    mov dword ptr [tss_a + T_EAX], 0xaaaa
    mov ebx, 0xbbbb
    mov ebp, 0x77
    mov esp, KSTACK - 0x10
    push F_CF + 2
    popfd
    ljmp TSSA:0x12345678
66: ud2
1:  pushfd
    pop ecx
    str edx
    check "EAX", eax, 0xaaaa
    check "EBX", ebx, 0
    check "ESP", esp, TASK_STACK
    check "EFLAGS", ecx, 2
    check "TR", edx, TSSA
    check_type "new task is busy", TSSA, 0xb
    check_type "old task is not", TSS0, 9
    check "link is left alone", [tss_a + T_LINK], 0x1234
    mov eax, cr0
    check_bits "CR0.TS", eax, 8, 8
    check "EIP saved", [tss0 + T_EIP], 66b
    check "EBX saved", [tss0 + T_EBX], 0xbbbb
    check "ESP saved", [tss0 + T_ESP], KSTACK-0x10
    check "EFLAGS saved", [tss0 + T_EFLAGS], F_CF+2
    check_bits "CS saved", [tss0 + T_CS], 0xffff, CODE0
    check_bits "DS saved", [tss0 + T_DS], 0xffff, DATA0
    check "ESP0 is static", [tss0 + T_ESP0], ISTACK
    settle

    case "JMP there and back"
    task tss_a, 1f
    mov dword ptr [tss0 + T_EIP], 0
    mov ebx, 5
    ljmp TSSA:0
    jmp 2f
1:  ljmp TSS0:0
2:  check "EBX", ebx, 5
    check_type "TSSA", TSSA, 9
    check_type "TSS0", TSS0, 0xb
    str edx
    check "TR", edx, TSS0
    settle

/* ---- CALL and IRET (7.4) ---- */
    case "CALL to a 32-bit TSS, IRET"
    task tss_a, 1f
    mov ebx, 7
    lcall TSSA:0
66: jmp 2f
1:  pushfd
    pop ecx
    check_bits "NT", ecx, F_NT, F_NT
    check_bits "link", [tss_a + T_LINK], 0xffff, TSS0
    check_type "new task", TSSA, 0xb
    check_type "old task stays busy", TSS0, 0xb
    check "EIP saved", [tss0 + T_EIP], 66b
    iretd
67: ud2
2:  pushfd
    pop ecx
    check "EBX", ebx, 7
    check_bits "NT back", ecx, F_NT, 0
    check_type "TSSA", TSSA, 9
    check_type "TSS0", TSS0, 0xb
    check "EIP saved in TSSA", [tss_a + T_EIP], 67b
    check_bits "NT saved in TSSA", [tss_a + T_EFLAGS], F_NT, 0
    settle
    case "CALL again: the task goes on behind its IRET"
    task tss_a, 1f
    lcall TSSA:0
    lcall TSSA:0
    jmp 2f
1:  iretd
    mov dword ptr [SCRATCH], 0x55
    iretd
2:  check "memory", [SCRATCH], 0x55
    settle
    case "nested three deep"
    task tss_a, 1f
    task tss_b, 2f
    lcall TSSA:0
    jmp 3f
1:  lcall TSSB:0
    iretd
2:  check_bits "link of TSSB", [tss_b + T_LINK], 0xffff, TSSA
    check_bits "link of TSSA", [tss_a + T_LINK], 0xffff, TSS0
    check_type "TSS0", TSS0, 0xb
    check_type "TSSA", TSSA, 0xb
    check_type "TSSB", TSSB, 0xb
    iretd
3:  check_type "TSSA", TSSA, 9
    check_type "TSSB", TSSB, 9
    settle

/* ---- task gates ---- */
    case "JMP by way of a task gate"
    task tss_a, 1f
    setgate GATE, TSSA, 0, A_TASK
    ljmp GATE:0
    ud2
1:  str edx
    check "TR", edx, TSSA
    settle
    case "CALL by way of a task gate of DPL 3 from ring 3"
    task tss_a, 1f
    setgate GATE, TSSA, 0, A_TASK+A_DPL3
    mark
    user
    lcall (GATE+3):0
66: mov ecx, esp
    kernel
    check "ESP", ecx, USTACK
    jmp 2f
1:  check_bits "CS saved", [tss0 + T_CS], 0xffff, CODE3
    check "ESP saved", [tss0 + T_ESP], USTACK
    iretd
2:  settle
    case "INT by way of a task gate"
    task tss_a, 1f
    setint 0x30, TSSA, 0, A_TASK
    int 0x30
66: jmp 2f
1:  pushfd
    pop ecx
    check_bits "NT", ecx, F_NT, F_NT
    check_bits "link", [tss_a + T_LINK], 0xffff, TSS0
    check "EIP saved", [tss0 + T_EIP], 66b
    iretd
2:  settle
    case "#GP by way of a task gate: the error code is pushed"
    task tss_a, 1f
    setint GP, TSSA, 0, A_TASK
    mov eax, GDT_SIZE
66: mov es, ax
    jmp 2f
1:  pop ecx
    check "error code", ecx, GDT_SIZE
    check "ESP", esp, TASK_STACK
    check "EIP saved", [tss0 + T_EIP], 66b
    check_bits "RF saved", [tss0 + T_EFLAGS], F_RF, F_RF
    add dword ptr [tss0 + T_EIP], 2
    iretd
2:  resetint GP
    settle
    case "#UD by way of a task gate from ring 3"
    task tss_a, 1f
    setint UD, TSSA, 0, A_TASK
    mark
    user
66: ud2
    kernel
    jmp 2f
1:  check "EIP saved", [tss0 + T_EIP], 66b
    check_bits "CS saved", [tss0 + T_CS], 0xffff, CODE3
    add dword ptr [tss0 + T_EIP], 2
    iretd
2:  resetint UD
    settle
    case "JMP to a task of ring 3"
    task tss_a, 1f
    mov dword ptr [tss_a + T_CS], CODE3
    mov dword ptr [tss_a + T_SS], DATA3
    mov dword ptr [tss_a + T_DS], DATA3
    mov dword ptr [tss_a + T_ES], DATA3
    mov dword ptr [tss_a + T_FS], 0
    mov dword ptr [tss_a + T_GS], 0
    mov dword ptr [tss_a + T_ESP], USTACK
    try
    ljmp TSSA:0
1:
66: hlt
    caught GP, 0
    check "CS", rec_cs, CODE3
    check "ESP", rec_esp, USTACK
    check "ESP of the handler", rec_hesp, TASK_STACK0-20
    settle

/* ---- flags and debugging ---- */
    case "T flag: #DB before the first instruction (7.2.1)"
    task tss_a, 66f
    mov word ptr [tss_a + T_TRAP], 1
    mov eax, 0xffff0ff0
    mov dr6, eax
    try
    ljmp TSSA:0
66: nop
    caught DB
    check_bits "DR6", rec_dr6, 0xe00f, 0x8000
    mov word ptr [tss_a + T_TRAP], 0
    settle
    case "local breakpoints are off in the new task (vol. 3B, 17.2.4)"
    task tss_a, 1f
    mov eax, offset 1f
    mov dr0, eax
    mov eax, 0x403
    mov dr7, eax
    mov eax, 0x401
    mov dr7, eax
    ljmp TSSA:0
1:  mov eax, dr7
    check_bits "L0 to L3, LE", eax, 0x155, 0
    settle
    case "TF of the new task"
    task tss_a, 1f, F_TF+2
    mov eax, 0xffff0ff0
    mov dr6, eax
    try
    ljmp TSSA:0
1:  nop
66: nop
    caught DB
    check_bits "DR6", rec_dr6, 0xe00f, 0x4000
    settle
    case "the new task's LDT"
    setdesc LDTA, ldt, 0xf, A_LDT
    task tss_a, 1f
    mov dword ptr [tss_a + T_LDT], LDTA
    mov dword ptr [tss_a + T_GS], 0xc
    ljmp TSSA:0
1:  sldt ecx
    mov bx, gs
    movzx ebx, bx
    check_bits "SLDT", ecx, 0xffff, LDTA
    check "GS", ebx, 0xc
    xor eax, eax
    lldt ax
    settle
    case "a virtual-8086 task"
    task tss_a, (66f-image), F_VM+F_IOPL3+2
    mov dword ptr [tss_a + T_CS], 0x1000
    mov dword ptr [tss_a + T_SS], 0x2000
    mov dword ptr [tss_a + T_ESP], 0x8000
    mov dword ptr [tss_a + T_DS], 0x1234
    try
    ljmp TSSA:0
66: hlt
    caught16 GP, 0
    check "CS", rec_cs, 0x1000
    check "DS", rec_ds, 0x1234
    check "ESP", rec_esp, 0x8000
    settle

/* ---- 16-bit TSS (7.6) ---- */
    case "CALL to a 16-bit TSS, IRET"
    call fill_task16
    mov word ptr [tss_w + 0x0e], offset (1f-image)
    mov ebx, 0x12345
    lcall TSSW:0
66: jmp 2f
1:  movzx esp, sp
    movzx eax, ax
    check "AX", eax, 0x4321
    check "SP", esp, 0x6800
    str edx
    pushfd
    pop ecx
    check "TR", edx, TSSW
    check_bits "NT", ecx, F_NT, F_NT
    check_bits "link", [tss_w], 0xffff, TSS0
    check_type "busy", TSSW, 3
    check "EIP saved", [tss0 + T_EIP], 66b
    iretd
2:  check "EBX", ebx, 0x12345
    check_type "not busy", TSSW, 1
    settle
    case "from a 16-bit TSS: saved in 16 bits"
    call fill_task16
    mov word ptr [tss_w + 0x0e], offset (1f-image)
    task tss_a, 2f
    ljmp TSSW:0
1:  movzx esp, sp
    mov ebx, 0xabcd1234
    ljmp TSSA:0
67:
2:  movzx eax, word ptr [tss_w + 0x0e]
    check "IP saved", eax, (67b-image)
    movzx eax, word ptr [tss_w + 0x18]
    check "BX saved", eax, 0x1234
    movzx eax, word ptr [tss_w + 0x24]
    check "CS saved", eax, CODEI
    settle
    case "an error code on a 16-bit task's stack"
    call fill_task16
    mov word ptr [tss_w + 0x0e], offset (1f-image)
    setint GP, TSSW, 0, A_TASK
    mov eax, GDT_SIZE
    mov es, ax
    jmp 2f
1:  movzx esp, sp
    movzx ecx, word ptr ss:[esp]
    check "error code", ecx, GDT_SIZE
    check "SP", esp, 0x67fe
    add dword ptr [tss0 + T_EIP], 2
    add esp, 2
    iretd
2:  resetint GP
    settle

/* ---- checks before the switch (table 7-1): the old task goes on ---- */
.macro bad_task text, vector, error
    case "JMP: \text"
    try
66: ljmp TSSA:0
    caught \vector, \error
    str edx
    check "TR", edx, TSS0
    check_type "TSS0", TSS0, 0xb
    case "CALL: \text"
    try
66: lcall TSSA:0
    caught \vector, \error
    str edx
    check "TR", edx, TSS0
.endm
    setdesc TSSA, tss_a, 0x67, A_TSS32B
    bad_task "busy", GP, TSSA
    setdesc TSSA, tss_a, 0x67, 0x09
    bad_task "not present", NP, TSSA
    setdesc TSSA, tss_a, 0x66, A_TSS32
    bad_task "TSS too short", TS, TSSA
    setdesc TSSA, tss_w, 0x2a, A_TSS16
    bad_task "16-bit TSS too short", TS, TSSA
    settle
    setdesc LDT0, SCRATCH + 0x100, 0xf, A_LDT
    mov eax, [gdt + TSSA]
    mov [SCRATCH + 0x108], eax
    mov eax, [gdt + TSSA + 4]
    mov [SCRATCH + 0x10c], eax
    mov ax, LDT0
    lldt ax
    case "JMP: a TSS in the LDT"
    try
66: ljmp 0xc:0
    caught GP, 0xc
    case "CALL: a TSS in the LDT"
    try
66: lcall 0xc:0
    caught GP, 0xc
    xor eax, eax
    lldt ax
    case "JMP: DPL below CPL"
    try
    user
66: ljmp (TSSA+3):0
    caught GP, TSSA
    case "JMP: DPL below RPL"
    try
66: ljmp (TSSA+1):0
    caught GP, TSSA
.macro bad_task_gate text, vector, error
    case "JMP: task gate, \text"
    try
66: ljmp GATE:0
    caught \vector, \error
    case "INT: task gate, \text"
    mov eax, [gdt + GATE]
    mov [idt + 0x30 * 8], eax
    mov eax, [gdt + GATE + 4]
    mov [idt + 0x30 * 8 + 4], eax
    try
66: int 0x30
    caught \vector, \error
.endm
    setgate GATE, 0, 0, A_TASK
    bad_task_gate "null selector", GP, 0
    setgate GATE, GDT_SIZE, 0, A_TASK
    bad_task_gate "beyond the GDT", GP, GDT_SIZE
    setgate GATE, 4, 0, A_TASK
    bad_task_gate "selector in the LDT", GP, 4
    setgate GATE, DATA0, 0, A_TASK
    bad_task_gate "not a TSS", GP, DATA0
    setgate GATE, TSS0, 0, A_TASK
    bad_task_gate "busy TSS", GP, TSS0
    setdesc TSSA, tss_a, 0x67, 0x09
    setgate GATE, TSSA, 0, A_TASK
    bad_task_gate "TSS not present", NP, TSSA
    setdesc TSSA, tss_a, 0x20, A_TSS32
    bad_task_gate "TSS too short", TS, TSSA
    settle
    case "JMP: task gate not present"
    setgate GATE, TSSA, 0, 0x05
    try
66: ljmp GATE:0
    caught NP, GATE
    case "JMP: task gate of DPL 0 from ring 3"
    setgate GATE, TSSA, 0, A_TASK
    try
    user
66: ljmp (GATE+3):0
    caught GP, GATE
    case "INT: task gate not present"
    setint 0x30, TSSA, 0, 0x05
    try
66: int 0x30
    caught NP, 0x30*8+2
    case "#UD: task gate with a null selector: EXT"
    setint UD, 0, 0, A_TASK
    try
66: ud2
    caught GP, 1
    resetint UD

/* IRET with NT (vol. 2A, IRET; 7.4): the link is checked as #TS. */
.macro bad_link text, link, vector, error
    case "IRET: \text"
    mov word ptr [tss0], \link
    try
    push F_NT + 2
    popfd
66: iretd
    caught \vector, \error
    check_bits "NT", rec_eflags, F_NT, F_NT
.endm
    bad_link "null link", 0, TS, 0
    bad_link "link beyond the GDT", GDT_SIZE, TS, GDT_SIZE
    bad_link "link in the LDT", 4, TS, 4
    bad_link "link is not a TSS", DATA0, TS, DATA0
    bad_link "link is not busy", TSSA, TS, TSSA
    setdesc TSSA, tss_a, 0x67, 0x0b
    bad_link "link not present", TSSA, NP, TSSA
    settle

/* ---- checks after the switch: they are met in the new task, at its first instruction ---- */
    task tss_f, fault_task
    setdesc SLOT, 0, 0xfffff, 0xc01b                    /* code, not present */
    setdesc SLOT1, 0, 0xfffff, 0xc013                   /* data, not present */
    setdesc SLOT2, 0, 0xfffff, 0xc0f3                   /* data, DPL 3 */
    setdesc SLOT3, 0, 0xfffff, 0xc099                   /* code, execute only */
    setdesc SLOT4, 0, 0xfffff, 0xc0ff                   /* code, conforming, DPL 3 */
    setdesc SLOT5, ldt, 0xf, 0x02                       /* LDT, not present */
    setdesc SLOT6, 0, 0xfffff, 0xc091                   /* data, read only */
.macro bad_context text, field, value, vector, error
    case "new task: \text"
    task tss_a, 1f
    mov dword ptr [tss_a + \field], \value
    setint \vector, TSSF, 0, A_TASK
    task tss_f, fault_task
    mov dword ptr [fault_error], -1
    ljmp TSSA:0
1:  resetint \vector
    check "error code", fault_error, \error
    check "EIP", [tss_a + T_EIP], 1b
    check_bits "link", fault_link, 0xffff, TSSA
    check_bits "its selector is loaded", [tss_a + \field], 0xffff, \value
    settle
.endm
    bad_context "LDT beyond the GDT", T_LDT, GDT_SIZE, TS, GDT_SIZE
    bad_context "LDT in the LDT", T_LDT, 4, TS, 4
    bad_context "LDT is data", T_LDT, DATA0, TS, DATA0
    bad_context "LDT not present", T_LDT, SLOT5, TS, SLOT5
    bad_context "CS null", T_CS, 0, TS, 0
    bad_context "CS beyond the GDT", T_CS, GDT_SIZE, TS, GDT_SIZE
    bad_context "CS is data", T_CS, DATA0, TS, DATA0
    bad_context "CS: DPL is not RPL", T_CS, CODE0+1, TS, CODE0
    bad_context "CS conforming: DPL above RPL", T_CS, SLOT4, TS, SLOT4
    bad_context "CS not present", T_CS, SLOT, NP, SLOT
    bad_context "SS null", T_SS, 0, TS, 0
    bad_context "SS beyond the GDT", T_SS, GDT_SIZE, TS, GDT_SIZE
    bad_context "SS: RPL is not CPL", T_SS, DATA0+1, TS, DATA0
    bad_context "SS: DPL is not CPL", T_SS, SLOT2, TS, SLOT2
    bad_context "SS is code", T_SS, CODE0, TS, CODE0
    bad_context "SS is read only", T_SS, SLOT6, TS, SLOT6
    bad_context "SS not present", T_SS, SLOT1, SS_, SLOT1
    bad_context "DS beyond the GDT", T_DS, GDT_SIZE, TS, GDT_SIZE
    bad_context "DS: RPL above DPL", T_DS, DATA0+1, TS, DATA0
    bad_context "DS execute only", T_DS, SLOT3, TS, SLOT3
    bad_context "ES is a TSS", T_ES, TSS0, TS, TSS0
    bad_context "FS not present", T_FS, SLOT1, NP, SLOT1
    bad_context "GS not present", T_GS, SLOT1, NP, SLOT1
/* Two wrong selectors: which comes first (table 7-1). */
.macro bad_both text, field, value, other, other_value, vector, error
    case "new task: \text"
    task tss_a, 1f
    mov dword ptr [tss_a + \field], \value
    mov dword ptr [tss_a + \other], \other_value
    mov word ptr [tss_a + T_TRAP], 1
    setint \vector, TSSF, 0, A_TASK
    task tss_f, fault_task
    mov dword ptr [fault_error], -1
    ljmp TSSA:0
1:  resetint \vector
    check "error code", fault_error, \error
    mov word ptr [tss_a + T_TRAP], 0
    settle
.endm
    bad_both "CS's DPL comes before SS", T_CS, CODE0+1, T_SS, 0, TS, CODE0
    bad_both "SS comes before a null CS", T_CS, 0, T_SS, CODE0, TS, CODE0
    bad_both "SS not present comes before CS not present", T_CS, SLOT, T_SS, SLOT1, SS_, SLOT1
    bad_both "SS null comes before an LDT that is not present", T_LDT, SLOT5, T_SS, 0, TS, 0
    bad_both "an LDT that is not present comes before CS", T_LDT, SLOT5, T_CS, DATA0, TS, SLOT5
    bad_both "CS comes before SS's RPL", T_CS, DATA0, T_SS, DATA0+1, TS, DATA0
    bad_both "CS comes before DS", T_CS, SLOT, T_DS, GDT_SIZE, NP, SLOT
    bad_both "DS comes before ES", T_ES, GDT_SIZE, T_DS, GDT_SIZE+8, TS, GDT_SIZE+8
    bad_both "a fault comes before the T flag", T_ES, GDT_SIZE, T_EAX, 0, TS, GDT_SIZE
    case "new task: EIP beyond the limit of CS"
    setdesc SLOT, 0, 0xff, 0x409b
    task tss_a, 0x12345
    mov dword ptr [tss_a + T_CS], SLOT
    setint GP, TSSF, 0, A_TASK
    task tss_f, fault_task
    ljmp TSSA:0
    resetint GP
    check "error code", fault_error, 0
    check "EIP", [tss_a + T_EIP], 0x12345
    settle
    finish

/* Takes the error code and the link, and jumps back to TSS0, whose task goes on behind its JMP; that of a `bad_context`
 * starts where it would have. */
fault_task:
    pop dword ptr fault_error
    mov eax, [tss_f]
    mov fault_link, eax
    and byte ptr [gdt + TSS0 + 5], 0xfd
    ljmp TSS0:0

fill_task:                              /* EDI: the TSS */
    mov dword ptr [edi + T_EAX], 0
    mov dword ptr [edi + T_EBX], 0
    mov dword ptr [edi + T_ESP], TASK_STACK
    cmp edi, offset tss_f
    jne 1f
    mov dword ptr [edi + T_ESP], TASK_STACK + 0x800
1:  mov dword ptr [edi + T_ESP0], TASK_STACK0
    mov dword ptr [edi + T_SS0], DATA0
    mov dword ptr [edi + T_CS], CODE0
    mov dword ptr [edi + T_SS], DATA0
    mov dword ptr [edi + T_DS], DATA0
    mov dword ptr [edi + T_ES], DATA0
    mov dword ptr [edi + T_FS], DATA0
    mov dword ptr [edi + T_GS], DATA0
    mov dword ptr [edi + T_LDT], 0
    mov eax, cr3
    mov [edi + T_CR3], eax
    ret

fill_task16:
    mov edi, offset tss_w
    mov ecx, 0x2c / 2
    xor eax, eax
    cld
    rep stosw
    mov word ptr [tss_w + 0x10], 2      /* FLAGS */
    mov word ptr [tss_w + 0x12], 0x4321 /* AX */
    mov word ptr [tss_w + 0x1a], 0x6800 /* SP */
    mov word ptr [tss_w + 0x22], DATA0
    mov word ptr [tss_w + 0x24], CODEI
    mov word ptr [tss_w + 0x26], STACK16    /* SS; the high half of ESP is not in a 16-bit TSS */
    mov word ptr [tss_w + 0x28], DATA0
    ret

settle_tasks:
    pop dword ptr settle_eip
    push 2
    popfd
    mov ax, DATA0
    mov ds, ax
    mov es, ax
    mov fs, ax
    mov gs, ax
    mov ss, ax
    mov esp, KSTACK
    setdesc TSSA, tss_a, 0x67, A_TSS32
    setdesc TSSB, tss_b, 0x67, A_TSS32
    setdesc TSSW, tss_w, 0x2b, A_TSS16
    setdesc TSSF, tss_f, 0x67, A_TSS32
    setdesc CODEI, IMAGE, 0xffff, 0x409b
    setdesc STACK16, 0, 0xffff, A_DATA16
    and byte ptr [gdt + TSS0 + 5], 0xfd
    mov ax, TSS0
    ltr ax
    clts
    jmp dword ptr settle_eip

    .balign 8
ldt:
    .quad 0
    .quad 0x00cf93000000ffff
settle_eip:     .long 0
fault_error:    .long 0
fault_link:     .long 0
tss_a:          .fill 0x68, 1, 0
tss_b:          .fill 0x68, 1, 0
tss_f:          .fill 0x68, 1, 0
tss_w:          .fill 0x2c, 1, 0
