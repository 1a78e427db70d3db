/* ac.S - #AC, the alignment check: what it checks, and when.
 *
 * Only data accesses at CPL 3 with CR0.AM and EFLAGS.AC set; a fault with error code 0 (SDM vol. 3A, 6.15
 * "Interrupt 17", table 6-7).
 *
 * QEMU 7.2: differs in "word read", "word write", "dword read at 1", "dword read at 2", "dword write at 2",
 *     "read and write", "LOCK", "XCHG", "LODS", "x87 single", "x87 double", "x87 integer word", "x87 integer
 *     qword", "MMX", "CMPXCHG8B", "MOVSS", "MOVQ", "PUSH of memory", "BT in a bit string", "stack: PUSH at an
 *     odd ESP", "POPF sets AC in ring 3", "virtual-8086 mode counts as ring 3", "x87 extended", "x87
 *     environment", "far pointer", "BOUND", "SGDT", "POP to memory": it never raises #AC; SDM vol. 3A, 6.15
 *     (interrupt 17), 2.5 (CR0.AM). */
.include "insn.inc"

.macro misaligned text, insn:vararg
    case "\text"
    try
    user F_AC+2
    mov edi, SCRATCH
    lea esi, [edi + 1]
66: \insn
    caught AC, 0
.endm
.macro allowed text, insn:vararg
    case "\text"
    mark
    user F_AC+2
    mov edi, SCRATCH
    \insn
    kernel
    check "done", 1, 1
.endm

    mov eax, 0x600
    mov cr4, eax
    mov eax, cr0
    or eax, 1 << 18                     /* AM */
    mov cr0, eax

    misaligned "word read", mov ax, [edi + 1]
    misaligned "word write", mov [edi + 3], ax
    misaligned "dword read at 1", mov eax, [edi + 1]
    misaligned "dword read at 2", mov eax, [edi + 2]
    misaligned "dword write at 2", mov [edi + 2], eax
    misaligned "read and write", add dword ptr [edi + 2], 1
    misaligned "LOCK", lock inc dword ptr [edi + 1]
    misaligned "XCHG", xchg [edi + 1], eax
    misaligned "LODS", lods dword ptr [esi]
    misaligned "x87 single", fld dword ptr [edi + 2]
    misaligned "x87 double", fld qword ptr [edi + 4]
    misaligned "x87 integer word", fild word ptr [edi + 1]
    misaligned "x87 integer qword", fild qword ptr [edi + 4]
    misaligned "MMX", movq mm0, [edi + 4]
    misaligned "CMPXCHG8B", cmpxchg8b [edi + 4]
    misaligned "MOVSS", movss xmm0, [edi + 2]
    misaligned "MOVQ", movq xmm0, qword ptr [edi + 4]
    misaligned "PUSH of memory", push dword ptr [edi + 2]
    misaligned "BT in a bit string", bt dword ptr [edi + 2], eax
    misaligned "x87 extended", fld tbyte ptr [edi + 4]
    misaligned "x87 environment", fnstenv [edi + 2]
    misaligned "far pointer", les eax, [edi + 2]
    misaligned "BOUND", bound eax, [edi + 2]
    misaligned "SGDT", sgdt [edi + 1]
    misaligned "POP to memory", pop dword ptr [edi + 2]
    allowed "byte", mov al, [edi + 1]
    allowed "word at 2", mov ax, [edi + 2]
    allowed "dword at 4", mov eax, [edi + 4]
    allowed "x87 double at 8", fld qword ptr [edi + 8]
    allowed "LEA", lea eax, [edi + 1]
    allowed "x87 single at 4", fld dword ptr [edi + 4]
    case "stack: PUSH at an odd ESP"
    try
    user F_AC+2
    dec esp
66: push eax
    caught AC, 0
    check "ESP", rec_esp, USTACK-1
    case "MOVAPS: #GP, not #AC"
    try
    user F_AC+2
    mov edi, SCRATCH
66: movaps xmm0, [edi + 8]
    caught GP, 0

    case "EFLAGS.AC clear"
    mark
    user
    mov eax, [SCRATCH + 1]
    kernel
    check "done", 1, 1
    case "POPF sets AC in ring 3"
    try
    user
    pushfd
    or dword ptr [esp], F_AC
    popfd
66: mov eax, [SCRATCH + 1]
    caught AC, 0
    check_bits "AC in the image", rec_eflags, F_AC, F_AC
    check "CS", rec_cs, CODE3
    case "virtual-8086 mode counts as ring 3"
    try
    v86 F_AC+F_VM+2
    mov bx, 1
66: mov ax, [bx]
    caught16 AC, 0
    case "ring 0 is not checked"
    push F_AC + 2
    popfd
    mov eax, [SCRATCH + 1]
    push 2
    popfd
    case "ring 1 is not checked"
    setdesc SLOT, 0, 0xfffff, A_CODE32+A_DPL1
    setdesc SLOT1, 0, 0xfffff, A_DATA32+A_DPL1
    mark
    user F_AC+2, SLOT+1, SLOT1+1
    mov eax, [SCRATCH + 1]
    kernel
    case "implied accesses to the GDT and TSS are not checked"
    mark
    user F_AC+2
    mov ax, DATA3
    mov es, ax
    kernel
    mov eax, cr0
    and eax, ~(1 << 18)
    mov cr0, eax
    case "CR0.AM clear"
    mark
    user F_AC+2
    mov eax, [SCRATCH + 1]
    kernel
    check "done", 1, 1
    case "real mode is not checked"
    mov eax, cr0
    or eax, 1 << 18
    mov cr0, eax
    real
    mov ax, [1]
    protected
    finish
