/* segments.S - loading segment registers and the table registers: #GP, #NP, #SS and what passes.
 *
 * Error codes are the selector with RPL cleared, or 0 for a null selector (SDM vol. 2A, MOV "Protected Mode
 * Exceptions"; vol. 3A, 5.5 to 5.7, 6.13, 6.15 "Interrupt 11" to "Interrupt 13").
 *
 * QEMU 7.2: differs in "read by way of a null ES", "write by way of a null FS": a null segment is usable; #GP,
 *     SDM vol. 3A, 3.4.2.
 * QEMU 7.2: differs in "PUSH FS and POP GS: a selector and what it describes": the read-only segment takes the
 *     write; #GP, SDM vol. 3A, 5.5.
 * QEMU 7.2: differs in "CALL: offset beyond the limit", "retf: offset beyond the limit", "iretd: offset beyond
 *     the limit": it goes to the offset and faults there; #GP at the transfer, SDM vol. 2A, CALL, IRET, vol.
 *     2B, RET.
 * QEMU 7.2: differs in "RETF to ring 3: SS not present", "IRET to ring 3: SS not present": #NP; #SS, SDM vol.
 *     2A, IRET, vol. 2B, RET.
 * QEMU 7.2: differs in "LTR: null": it loads it; #GP, SDM vol. 2A, LTR.
 * Bochs 2.7: differs in "IRET to ring 3: SS not present": #NP; #SS, SDM vol. 2A, IRET. */
.include "insn.inc"

/* MOV of `sel` to the register raises it; from ring 0, or by `loads_user` from ring 3. */
.macro bad_load text, reg, sel, vector, error
    case "\text"
    mov eax, \sel
    try
66: mov \reg, ax
    caught \vector, \error
.endm
.macro bad_load_user text, reg, sel, vector, error
    case "\text"
    try
    user
    mov eax, \sel
66: mov \reg, ax
    caught \vector, \error
.endm
.macro good_load text, reg, sel
    case "\text"
    mov eax, \sel
    mov \reg, ax
    xor ebx, ebx
    mov bx, \reg
    check "selector", ebx, \sel
.endm
.macro good_load_user text, reg, sel
    case "\text"
    mark
    user
    mov eax, \sel
    mov \reg, ax
    xor ebx, ebx
    mov bx, \reg
    kernel
    check "selector", ebx, \sel
.endm

    setdesc SLOT, 0, 0xfffff, 0xc013                    /* data, not present */
    setdesc SLOT1, 0, 0xfffff, 0xc099                   /* execute only */
    setdesc SLOT2, 0, 0xfffff, 0xc091                   /* read only */
    setdesc SLOT3, tss0, 0x67, A_TSS32                  /* system */
    setdesc SLOT4, 0, 0xfffff, A_DATA32+A_DPL1
    setdesc SLOT5, 0, 0xfffff, 0xc09f                   /* conforming, readable, DPL 0 */
    setdesc SLOT6, 0, 0xfffff, 0xc092                   /* not accessed yet */
    setdesc SLOT7, 0, 0xfffff, 0xc01b                   /* code, not present */
    setdesc LDT0, ldt, 0x17, A_LDT

/* ---- data segments (MOV, "loading DS, ES, FS or GS") ---- */
    bad_load "ES: beyond the GDT", es, GDT_SIZE, GP, GDT_SIZE
    bad_load "ES: beyond the GDT, RPL is not in the error code", es, GDT_SIZE+3, GP, GDT_SIZE
    bad_load "ES: no LDT", es, 4, GP, 4
    bad_load "ES: execute only", es, SLOT1, GP, SLOT1
    bad_load "ES: system descriptor", es, SLOT3, GP, SLOT3
    bad_load "ES: RPL above DPL", es, DATA0+1, GP, DATA0
    bad_load "ES: not present", es, SLOT, NP, SLOT
    bad_load "FS: execute only", fs, SLOT1, GP, SLOT1
    bad_load "GS: not present", gs, SLOT, NP, SLOT
    bad_load "DS: beyond the GDT", ds, GDT_SIZE, GP, GDT_SIZE
    bad_load_user "ES: CPL above DPL", es, DATA0, GP, DATA0
    bad_load_user "ES: DPL 1 from ring 3", es, SLOT4, GP, SLOT4
    good_load "ES: null", es, 0
    good_load "ES: null with RPL 3", es, 3
    good_load "ES: readable code", es, CODE0
    good_load "ES: read only", es, SLOT2
    good_load "ES: conforming code, any RPL", es, SLOT5+3
    good_load "ES: DPL 3 from ring 0", es, DATA3
    good_load_user "ES: conforming code of DPL 0 from ring 3", es, SLOT5
    case "ES stays as it is when a load faults"
    mov ax, DATA0
    mov es, ax
    mov eax, SLOT1
    try
66: mov es, ax
    caught GP, SLOT1
    check "ES", rec_es, DATA0
    case "the accessed bit is set by a load"
    good_load "ES: not accessed", es, SLOT6
    check_bits "type", [gdt + SLOT6 + 4], 0x100, 0x100
    case "the accessed bit is not set by a load that faults"
    and byte ptr [gdt + SLOT6 + 5], 0xfe
    mov eax, SLOT6 + 3
    try
66: mov es, ax
    caught GP, SLOT6
    check_bits "type", [gdt + SLOT6 + 4], 0x100, 0

/* ---- a null segment in use (vol. 3A, 5.4.1) ---- */
    case "read by way of a null ES"
    xor eax, eax
    mov es, ax
    try
66: mov eax, es:[SCRATCH]
    caught GP, 0
    case "write by way of a null FS"
    xor eax, eax
    mov fs, ax
    try
66: mov fs:[SCRATCH], eax
    caught GP, 0
    mov ax, DATA0
    mov es, ax
    mov fs, ax

/* ---- SS (MOV, "loading SS") ---- */
    bad_load "SS: null", ss, 0, GP, 0
    bad_load "SS: null with RPL", ss, 2, GP, 0
    bad_load "SS: beyond the GDT", ss, GDT_SIZE, GP, GDT_SIZE
    bad_load "SS: RPL is not CPL", ss, DATA0+3, GP, DATA0
    bad_load "SS: DPL is not CPL", ss, DATA3-3, GP, DATA3-3
    bad_load "SS: read only", ss, SLOT2, GP, SLOT2
    bad_load "SS: code", ss, CODE0, GP, CODE0
    bad_load "SS: system descriptor", ss, SLOT3, GP, SLOT3
    bad_load "SS: not present", ss, SLOT, SS_, SLOT
    bad_load_user "SS: ring 0's from ring 3", ss, DATA0, GP, DATA0
    bad_load_user "SS: null from ring 3", ss, 3, GP, 0
    case "SS: wrong DPL comes before not present"
    setdesc SLOT6, 0, 0xfffff, 0xc033
    mov eax, SLOT6
    try
66: mov ss, ax
    caught GP, SLOT6

/* ---- POP, LDS and the like use the same checks, and leave all as it was ---- */
    case "POP ES: not present"
    push SLOT
    try
66: pop es
    caught NP, SLOT
    check "ESP", rec_esp, KSTACK-4
    add esp, 4
    case "POP SS: not present"
    push SLOT
    try
66: pop ss
    caught SS_, SLOT
    check "ESP", rec_esp, KSTACK-4
    add esp, 4
    case "POP SS: null"
    push 0
    try
66: pop ss
    caught GP, 0
    check "ESP", rec_esp, KSTACK-4
    add esp, 4
    case "POP FS and POP GS: not present, by way of a null one"
    push SLOT
    try
66: pop fs
    caught NP, SLOT
    try
66: pop gs
    caught NP, SLOT
    check "ESP", rec_esp, KSTACK-4
    mov dword ptr [esp], 3
    pop fs
    mov eax, fs
    check "FS", eax, 3
    case "PUSH FS and POP GS: a selector and what it describes"
    mov ax, SLOT2
    mov fs, ax
    push fs
    check "the stack", "[esp]", SLOT2
    pop gs
    mov dword ptr [SCRATCH], 0x1234
    mov eax, gs:[SCRATCH]
    check "memory", eax, 0x1234
    try
66: mov dword ptr gs:[SCRATCH], eax
    caught GP, 0
    mov fs, word ptr data0
    mov gs, word ptr data0
    case "POP FS of 16 bits"
    pushw SLOT2
    mov ebx, esp
    popw fs
    sub ebx, esp
    mov eax, fs
    check "FS", eax, SLOT2
    check "ESP", ebx, -2
    mov fs, word ptr data0
    case "LDS and LGS: the offset and the selector"
    mov dword ptr [SCRATCH], 0x12345678
    mov dword ptr [SCRATCH + 4], SLOT2
    lds ebx, [SCRATCH]
    mov eax, ds
    mov ds, word ptr cs:data0
    check "DS", eax, SLOT2
    check "EBX", ebx, 0x12345678
    lgs ecx, [SCRATCH]
    mov eax, gs
    mov gs, word ptr data0
    check "GS", eax, SLOT2
    check "ECX", ecx, 0x12345678
    case "LES: execute only"
    mov dword ptr [SCRATCH], 0x12345678
    mov dword ptr [SCRATCH + 4], SLOT1
    mov ebx, 1
    try
66: les ebx, [SCRATCH]
    caught GP, SLOT1
    check "EBX", rec_ebx, 1
    case "LSS: not present"
    mov dword ptr [SCRATCH + 4], SLOT
    try
66: lss esp, [SCRATCH]
    caught SS_, SLOT
    check "ESP", rec_esp, KSTACK
    case "LFS: null"
    mov dword ptr [SCRATCH + 4], 0
    lfs ebx, [SCRATCH]
    check "EBX", ebx, 0x12345678

/* ---- the LDT ---- */
    case "LLDT and a segment in it"
    mov ax, LDT0
    lldt ax
    mov ax, 4
    mov es, ax
    mov dword ptr [SCRATCH], 77
    check "memory", "es:[SCRATCH]", 77
    bad_load "ES: beyond the LDT", es, 0x1c, GP, 0x1c
    bad_load "ES: not present in the LDT", es, 0xc, NP, 0xc
    case "SLDT"
    xor eax, eax
    sldt ax
    check "selector", eax, LDT0
    case "LLDT: not an LDT"
    mov eax, SLOT3
    try
66: lldt ax
    caught GP, SLOT3
    case "LLDT: selector in the LDT"
    mov eax, 4
    try
66: lldt ax
    caught GP, 4
    case "LLDT: beyond the GDT"
    mov eax, GDT_SIZE
    try
66: lldt ax
    caught GP, GDT_SIZE
    case "LLDT: not present"
    setdesc SLOT6, ldt, 0x17, 0x02
    mov eax, SLOT6
    try
66: lldt ax
    caught NP, SLOT6
    case "LLDT: null"
    xor eax, eax
    lldt ax
    mov eax, 4
    try
66: mov es, ax
    caught GP, 4
    case "LLDT in ring 3"
    try
    user
66: lldt ax
    caught GP, 0

/* ---- LTR ---- */
    case "LTR: not a TSS"
    mov eax, LDT0
    try
66: ltr ax
    caught GP, LDT0
    case "LTR: beyond the GDT"
    mov eax, GDT_SIZE
    try
66: ltr ax
    caught GP, GDT_SIZE
    case "LTR: busy"
    mov eax, TSS0
    try
66: ltr ax
    caught GP, TSS0
    case "LTR: selector in the LDT"
    mov eax, 0xc
    try
66: ltr ax
    caught GP, 0xc
    case "LTR: not present"
    setdesc SLOT6, tss0, 0x67, 0x09
    mov eax, SLOT6
    try
66: ltr ax
    caught NP, SLOT6
    case "LTR in ring 3"
    try
    user
66: ltr ax
    caught GP, 0
    case "LTR sets busy"
    setdesc SLOT6, tss0, TSS0_LIMIT, A_TSS32
    mov eax, SLOT6
    ltr ax
    check_bits "type", [gdt + SLOT6 + 4], 0x1f00, 0xb00
    str ebx
    check "STR", ebx, SLOT6
    and byte ptr [gdt + TSS0 + 5], 0xfd
    mov eax, TSS0
    ltr ax

/* ---- far jumps and calls to code segments (vol. 2A, JMP and CALL; vol. 3A, 5.8.1) ---- */
.macro bad_jump text, sel, offset, vector, error
    case "JMP: \text"
    try
66: ljmp (\sel):\offset
    caught \vector, \error
    case "CALL: \text"
    try
66: lcall (\sel):\offset
    caught \vector, \error
    check "ESP", rec_esp, KSTACK
.endm
    setdesc SLOT6, 0, 0xff, 0x409b                      /* 256 bytes of code */
    setdesc LDT0, ldt, 0x17, A_LDT
    bad_jump "null selector", 0, 0, GP, 0
    bad_jump "beyond the GDT", GDT_SIZE, 0, GP, GDT_SIZE
    bad_jump "data segment", DATA0, 0, GP, DATA0
    bad_jump "DPL above CPL", CODE3-3, 0, GP, CODE3-3
    bad_jump "RPL above CPL", CODE0+1, 0, GP, CODE0
    bad_jump "not present", SLOT7, 0, NP, SLOT7
    bad_jump "offset beyond the limit", SLOT6, 0x100, GP, 0
    bad_jump "an LDT descriptor", LDT0, 0, GP, LDT0
    case "JMP: DPL below CPL"
    try
    user
66: ljmp CODE0:0
    caught GP, CODE0
    case "JMP: conforming, DPL below CPL: CPL stays"
    mark
    user
    ljmp SLOT5:1f
1:  xor ebx, ebx
    mov bx, cs
    kernel
    check "CS", ebx, SLOT5+3
    case "CALL: conforming from ring 0, RPL is ignored"
    lcall (SLOT5+3):1f
1:  xor ebx, ebx
    mov bx, cs
    pop eax
    pop ecx
    check "CS", ebx, SLOT5
    check "CS pushed", ecx, CODE0
    ljmp CODE0:1f
1:
    setdesc SLOT5, 0, 0xfffff, 0xc0ff                   /* conforming, DPL 3 */
    bad_jump "conforming, DPL above CPL", SLOT5, 0, GP, SLOT5

/* ---- RETF and IRET (vol. 2B, RET; vol. 2A, IRET) ---- */
.macro bad_return text, sel, offset, vector, error, insn=retf
    case "\insn: \text"
    push 2
    push \sel
    push offset \offset
    .ifc \insn, retf
    mov eax, [esp]
    mov ecx, [esp + 4]
    .endif
    try
66: \insn
    caught \vector, \error
    check "ESP", rec_esp, KSTACK-12
    mov esp, KSTACK
.endm
.macro bad_returns text, sel, offset, vector, error
    bad_return "\text", \sel, \offset, \vector, \error, retf
    bad_return "\text", \sel, \offset, \vector, \error, iretd
.endm
    bad_returns "null CS", 0, 0, GP, 0
    bad_returns "null CS with RPL 3", 3, 0, GP, 0
    bad_returns "beyond the GDT", GDT_SIZE, 0, GP, GDT_SIZE
    bad_returns "data segment", DATA0, 0, GP, DATA0
    bad_returns "system descriptor", TSS0, 0, GP, TSS0
    bad_returns "not present", SLOT7, 0, NP, SLOT7
    bad_returns "offset beyond the limit", SLOT6, 0x100, GP, 0
    bad_returns "DPL is not RPL", CODE3-3, 0, GP, CODE3-3
    bad_returns "conforming, DPL above RPL", SLOT5, 0, GP, SLOT5
    case "RETF inward"
    try
    user
    push CODE0
    push 0
66: retf
    caught GP, CODE0
    check "ESP", rec_esp, USTACK-8
.macro bad_outer text, ss, vector, error
    case "RETF to ring 3: \text"
    push \ss
    push USTACK
    push CODE3
    push 0
    try
66: retf
    caught \vector, \error
    mov esp, KSTACK
    case "IRET to ring 3: \text"
    push \ss
    push USTACK
    push 2
    push CODE3
    push 0
    try
66: iretd
    caught \vector, \error
    mov esp, KSTACK
.endm
    setdesc SLOT, 0, 0xfffff, 0xc073                    /* data of DPL 3, not present */
    setdesc SLOT2, 0, 0xfffff, 0xc0f1                   /* read only, DPL 3 */
    bad_outer "null SS", 0, GP, 0
    bad_outer "null SS with RPL 3", 3, GP, 0
    bad_outer "SS beyond the GDT", GDT_SIZE+3, GP, GDT_SIZE
    bad_outer "RPL of SS", DATA3-3, GP, DATA3-3
    bad_outer "DPL of SS", DATA0+3, GP, DATA0
    bad_outer "SS read only", SLOT2+3, GP, SLOT2
    bad_outer "SS is code", CODE3, GP, CODE3-3
    bad_outer "SS not present", SLOT+3, SS_, SLOT

    case "RETF to ring 3 makes inner data segments null (vol. 3A, 5.8.6)"
    setdesc SLOT5, 0, 0xfffff, 0xc09f
    mov ax, DATA3
    mov es, ax
    mov ax, DATA0
    mov fs, ax
    mov ax, SLOT5
    mov gs, ax
    mark
    push DATA3
    push USTACK
    push CODE3
    push offset 1f
    retf
1:  mov ax, es
    mov bx, fs
    mov cx, gs
    mov dx, ds
    movzx eax, ax
    movzx ebx, bx
    movzx ecx, cx
    movzx edx, dx
    kernel
    check "ES of DPL 3", eax, DATA3
    check "FS of DPL 0", ebx, 0
    check "GS, conforming", ecx, SLOT5
    check "DS of DPL 0", edx, 0
    mov ax, DATA0
    mov fs, ax
    mov gs, ax

    case "LTR: null"
    xor eax, eax
    try
66: ltr ax
    caught GP, 0
    finish

    .balign 8
ldt:
    .quad 0x00cf93000000ffff
    .quad 0x00cf13000000ffff            /* not present */
    .quad 0
