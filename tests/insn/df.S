/* df.S - #DF, the double fault: which pairs of exceptions make one, and which are handled one after the other.
 *
 * SDM vol. 3A, 6.15 "Interrupt 8", tables 6-4 and 6-5: a contributory exception (#DE, #TS, #NP, #SS, #GP) while entering
 * the handler of a contributory exception, or that or a page fault while entering that of a page fault.  Error code
 * 0.  The second exception here is #NP or #GP from the first one's gate, or #PF from its stack or its code.
 *
 * QEMU 7.2: differs in "#SS, then #NP": it does not check the limit, so there is no #SS; SDM vol. 3A, 5.3.
 * QEMU 7.2: differs in "#UD, then #NP", "#BR, then #NP", "#NM, then #NP", "#MF, then #NP", "#DB trap, then
 *     #NP": EXT is clear in the error code; set on the way of an exception, SDM vol. 3A, 6.13.
 * QEMU 7.2: differs in "#AC, then #NP": it never raises #AC; SDM vol. 3A, 6.15 (interrupt 17). */
.include "insn.inc"

.set CODEP, 0x88                        /* code not present */

/* The gate of `first` raises #NP on the way. */
.macro double text, first, insn:vararg
    case "\text, then #NP"
    setint \first, CODE0, 0, 0x0e
    try
    user
    xor ecx, ecx
66: \insn
    caught DF, 0
    check "CS", rec_cs, CODE3
    resetint \first
.endm
.macro serial text, first, insn:vararg
    case "\text, then #NP"
    setint \first, CODE0, 0, 0x0e
    try
    user
    xor ecx, ecx
66: \insn
    caught NP, \first*8+3
    check "CS", rec_cs, CODE3
    resetint \first
.endm

    double "#DE", DE, div ecx
    double "#GP", GP, hlt
    case "#SS, then #NP"
    setdesc SLOT, USTACK-0x1000, 0xfff, 0x40f3
    setint SS_, CODE0, 0, 0x0e
    try
    user 2, CODE3, SLOT+3, 0x1000
66: pop eax
    caught DF, 0
    resetint SS_
    serial "#UD", UD, ud2
    serial "#BR", BR, bound ecx, [one_to_two]
    mov eax, cr0
    or al, 8
    mov cr0, eax
    serial "#NM", NM, fld1
    clts
    mov dword ptr [SCRATCH], 0x37b
    fldcw [SCRATCH]
    fldz
    fld1
    fdiv st, st(1)
    serial "#MF", MF, fwait
    fninit
    case "#DB trap, then #NP"
    setint DB, CODE0, 0, 0x0e
    try
    user F_TF+2
    nop
66: nop
    caught NP, DB*8+3
    resetint DB
    case "#AC, then #NP"
    mov eax, cr0
    or eax, 1 << 18
    mov cr0, eax
    setint AC, CODE0, 0, 0x0e
    try
    user F_AC+2
66: mov eax, [SCRATCH + 1]
    caught NP, AC*8+3
    resetint AC
    case "INT n, then #NP"
    setint 0x30, CODE0, 0, 0x6e
    try
    user
66: int 0x30
    caught NP, 0x30*8+2

    case "#GP, then #GP from the gate"
    setint GP, DATA0, 0, A_INT32
    try
    user
66: hlt
    caught DF, 0
    case "#GP, then #TS from the stack"
    setdesc SLOT, 0, 0xfffff, A_CODE32+A_DPL1
    setint GP, SLOT, 0, A_INT32
    try
    user
66: hlt
    caught DF, 0
    case "#GP, then #SS from the stack"
    setdesc SLOT1, 0, 0xfffff, 0xc033
    mov dword ptr [tss0 + 16], SLOT1+1
    try
    user
66: hlt
    caught DF, 0
    resetint GP
    case "#NP, then #NP"
    setdesc CODEP, 0, 0xfffff, 0xc01b
    setint NP, CODE0, 0, 0x0e
    try
66: ljmp CODEP:0
    caught DF, 0
    case "#UD, then #NP, then #NP"
    setint UD, CODE0, 0, 0x0e
    try
    user
66: ud2
    caught DF, 0
    resetint UD
    resetint NP
    case "#TS, then #NP"
    setint TS, CODE0, 0, 0x0e
    setgate SLOT2, SLOT+1, 0, A_CALL32+A_DPL3
    mov dword ptr [tss0 + 16], 0
    try
    user
66: lcall (SLOT2+3):0
    caught DF, 0
    resetint TS

/* ---- page faults: linear 100000h to 1FFFFFh is not present, all else is mapped as it is ---- */
    mov edi, TABLES
    mov dword ptr [edi], TABLES + 0x1000 + 7
    mov ecx, 1
1:  mov dword ptr [edi + ecx * 4], 0
    inc ecx
    cmp ecx, 1024
    jb 1b
    mov eax, 7
    mov edi, TABLES + 0x1000
    xor ecx, ecx
1:  mov [edi + ecx * 4], eax
    add eax, 0x1000
    inc ecx
    cmp ecx, 256
    jb 1b
1:  mov dword ptr [edi + ecx * 4], 0
    inc ecx
    cmp ecx, 1024
    jb 1b
    mov eax, TABLES
    mov cr3, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    jmp 1f
1:
    double "#PF", PF, mov eax, [0x100000]
    case "#PF, then #TS from the stack"
    setdesc SLOT, 0, 0xfffff, A_CODE32+A_DPL1
    setint PF, SLOT, 0, A_INT32
    mov dword ptr [tss0 + 16], 0
    try
    user
66: mov eax, [0x100000]
    caught DF, 0
    check "CS", rec_cs, CODE3
    case "#PF, then #SS from the stack"
    setdesc SLOT1, 0, 0xfffff, 0xc033           /* not present */
    mov dword ptr [tss0 + 16], SLOT1+1
    try
    user
66: mov eax, [0x100000]
    caught DF, 0
    case "#PF, then #GP"
    setint PF, DATA0, 0, A_INT32
    try
66: mov eax, [0x100000]
    caught DF, 0
    check "CR2", rec_cr2, 0x100000
    case "#GP, then #PF on the way: not a double fault"
    setint PF, CODE0, stubs+PF*STUB_SIZE
    setdesc SLOT, 0, 0xfffff, A_CODE32+A_DPL1
    setdesc SLOT1, 0, 0xfffff, A_DATA32+A_DPL1
    setint GP, SLOT, 0, A_INT32
    mov dword ptr [tss0 + 12], 0x100800
    mov dword ptr [tss0 + 16], SLOT1+1
    try
    user
66: hlt
    caught PF, 2
    check "CR2", rec_cr2, 0x1007fc
    case "#PF, then #PF on the way"
    setint PF, SLOT, 0, A_INT32
    try
    user
66: mov eax, [0x100000]
    caught DF, 0
    check "CR2", rec_cr2, 0x1007fc
    resetint PF
    resetint GP
    case "#DE, then #PF on the way: not a double fault"
    setint DE, SLOT, 0, A_INT32
    try
    user
    xor ecx, ecx
66: div ecx
    caught PF, 2
    resetint DE
    case "#PF at the handler's first instruction is no double fault"
    setint UD, CODE0, 0x100010, A_INT32
    try
    ud2
    caught PF, 0, 0x100010
    resetint UD

/* ---- by way of a task gate, the handler of choice ---- */
    case "#DF by way of a task gate"
    setdesc SLOT3, tss_df, 0x67, A_TSS32
    mov eax, cr3
    mov [tss_df + 0x1c], eax
    setint DF, SLOT3, 0, A_TASK
    setint GP, DATA0, 0, A_INT32
    mov dword ptr [tss_df + 0x20], offset 1f
    mov dword ptr [tss_df + 0x24], 2
    mov dword ptr [tss_df + 0x38], ISTACK
    mov dword ptr [tss_df + 0x4c], CODE0
    mov dword ptr [tss_df + 0x50], DATA0
    mov dword ptr [tss_df + 0x54], DATA0
    mov esp, 0x100010                   /* no stack: #PF, and again on the way to its handler */
66: push eax
    ud2
1:  pop eax
    check "error code", eax, 0
    check "EIP", [tss0 + 0x20], 66b
    check "ESP", [tss0 + 0x38], 0x100010
    mov ebx, cr2
    check "CR2", ebx, 0x10000c
    finish

    .balign 4
one_to_two:     .long 1, 2
tss_df:         .fill 0x68, 1, 0
bad_selector:   .word GDT_SIZE
