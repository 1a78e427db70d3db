/* pae.S - PAE paging, NX, PSE-36, SMEP and SMAP.
 *
 * SDM vol. 3A, 4.4 (PAE), 4.6 (rights), 4.7 (error code), 2.5 (CR4), 4.3 and 4.1.4 (PSE-36).
 *
 * QEMU 7.2: differs in "2 MB page: reserved bit 13", "2 MB page: reserved bit 20", "directory entry: address
 *     beyond MAXPHYADDR", "page entry: address beyond MAXPHYADDR", "NX is reserved without EFER.NXE",
 *     "PSE-36: bit 21 is reserved": the error code has P clear; reserved bits are those of a present entry, SDM
 *     vol. 3A, 4.7.
 * QEMU 7.2: differs in "MOV to CR3: reserved bit 1", "MOV to CR3: reserved bit 5", "MOV to CR3: reserved bit
 *     8", "MOV to CR3: beyond MAXPHYADDR", "MOV to CR3: NX": it does not check the pointers; #GP, SDM vol. 3A,
 *     4.4.1.
 * QEMU 7.2: differs in "the pointers are read by MOV to CR3 alone", "MOV to CR0 that turns paging on reads them
 *     too", "MOV to CR4 that changes PGE reads them too", "MOV to CR0 that changes CD reads them too": it has no registers for the pointers and reads them at each walk; SDM vol. 3A, 4.4.1.
 * QEMU 7.2: stops in "and go on to hold when memory changes": the same.
 * QEMU 7.2: differs in "SMAP: read and write": W is clear in the error code; SDM vol. 3A, 4.7.
 * QEMU 7.2: differs in "SMAP: implied accesses do not look at AC (4.6.1)": AC allows the access to the GDT; no,
 *     SDM vol. 3A, 4.6.1.
 * Bochs 2.7: differs in "SMAP: implied accesses do not look at AC (4.6.1)": AC allows the access to the GDT;
 *     no, SDM vol. 3A, 4.6.1. */
.include "insn.inc"

.set P, 1
.set W, 2
.set U, 4
.set A, 0x20
.set D, 0x40
.set PS, 0x80
.set NX, 0x80000000                     /* in the high half */
.set E_P, 1
.set E_W, 2
.set E_U, 4
.set E_RSVD, 8
.set E_I, 16
.set PAE, 0x20
.set SMEP, 0x100000
.set SMAP, 0x200000

.set PDPT, TABLES
.set DIR, TABLES + 0x1000               /* of the first GB */
.set TEST, TABLES + 0x2000              /* table of 200000h to 3FFFFFh */
.set DIR32, TABLES + 0x3000             /* for 32-bit paging */
.set PAGE, 0x200000
.set FRAME, 0x40000

.macro pte n, low, high=0
    mov dword ptr [TEST + (\n) * 8], \low
    mov dword ptr [TEST + (\n) * 8 + 4], \high
    invlpg [PAGE + (\n) * 0x1000]
.endm
.macro pde low, high=0
    mov dword ptr [DIR + 8], \low
    mov dword ptr [DIR + 12], \high
    mov eax, cr3
    mov cr3, eax
.endm
.macro faults text, error, at, insn:vararg
    case "\text"
    try
66: \insn
    caught PF, \error
    check "CR2", rec_cr2, \at
.endm
.macro user_faults text, error, at, insn:vararg
    case "\text"
    try
    user
66: \insn
    caught PF, \error
    check "CR2", rec_cr2, \at
.endm
.macro paging on
    mov eax, cr0
    .if \on
    or eax, 0x80000000
    .else
    and eax, 0x7fffffff
    .endif
    mov cr0, eax
.endm
.macro cr4_is bits
    mov eax, \bits
    mov cr4, eax
.endm

    mov edi, PDPT
    mov ecx, 0x4000 / 4
    xor eax, eax
    rep stosd
    mov dword ptr [PDPT], DIR + P
    mov dword ptr [DIR], P + W + U + PS         /* first 2 MB as they are */
    mov dword ptr [DIR + 8], TEST + P + W + U
    mov eax, PDPT
    mov cr3, eax
    cr4_is PAE
    paging 1
    jmp 1f
1:

/* ---- walks (4.4.2) ---- */
    mov dword ptr [FRAME], 0x12345678
    case "4 KB page"
    pte 0, FRAME+P+W+U
    check "memory", [PAGE], 0x12345678
    check_bits "A and D", [TEST], A+D, A
    mov [PAGE + 4], eax
    check_bits "A and D", [TEST], A+D, A+D
    check_bits "A and D of the directory entry", [DIR + 8], A+D, A
    faults "page not present", 0, PAGE+0x1004, mov eax, [PAGE + 0x1004]
    faults "directory entry not present", E_W, 0x400000, mov [0x400000], eax
    faults "pointer not present", 0, 0x40000000, mov eax, [0x40000000]
    user_faults "pointer not present, user", E_U+E_W, 0xc0000000, mov [0xc0000000], eax
    case "2 MB page"
    pde P+W+U+PS
    check "memory", [PAGE + FRAME], 0x12345678
    check_bits "A and D", [DIR + 8], A+D, A
    mov [PAGE + FRAME + 4], eax
    check_bits "A and D", [DIR + 8], A+D, A+D
    pde P+W+PS
    user_faults "2 MB page: supervisor", E_P+E_U, PAGE, mov eax, [PAGE]
    pde P+U+PS
    user_faults "2 MB page: read only", E_P+E_U+E_W, PAGE, mov [PAGE], eax
    pde P+W+U+PS+0x2000
    faults "2 MB page: reserved bit 13", E_P+E_RSVD, PAGE, mov eax, [PAGE]
    pde P+W+U+PS+0x100000
    faults "2 MB page: reserved bit 20", E_P+E_RSVD, PAGE, mov eax, [PAGE]
    case "2 MB page: bit 12 is PAT"
    pde P+W+U+PS+0x1000
    check "memory", [PAGE + FRAME], 0x12345678
    pde TEST+P+W+U, 0x40000000
    faults "directory entry: address beyond MAXPHYADDR", E_P+E_RSVD, PAGE, mov eax, [PAGE]
    pde TEST+P+W+U
    pte 0, FRAME+P+W+U, 0x40000000
    user_faults "page entry: address beyond MAXPHYADDR", E_P+E_RSVD+E_U+E_W, PAGE, mov [PAGE], eax
    pte 0, FRAME+P+W+U, NX
    faults "NX is reserved without EFER.NXE", E_P+E_RSVD, PAGE, mov eax, [PAGE]
    pte 0, FRAME+W+U, NX
    faults "reserved bits do not matter in an entry that is not present", 0, PAGE, mov eax, [PAGE]
    case "fetch without NXE: I/D is clear in the error code"
    pte 0, 0
    mov ebx, PAGE
    try
    jmp ebx
    caught PF, 0, PAGE

/* ---- page-directory-pointer registers (4.4.1) ---- */
    case "the pointers are read by MOV to CR3 alone"
    mov dword ptr [PDPT + 8], DIR + P
    try
66: mov eax, [0x40000000 + FRAME]
    caught PF, 0
    mov eax, cr3
    mov cr3, eax
    check "memory", [0x40000000 + FRAME], 0x12345678
    case "and go on to hold when memory changes"
    mov dword ptr [PDPT + 8], 0
    invlpg [0x40000000 + FRAME]
    check "memory", [0x40000000 + FRAME], 0x12345678
    mov eax, cr3
    mov cr3, eax
    try
66: mov eax, [0x40000000 + FRAME]
    caught PF, 0
.macro bad_pointer text, low, high=0
    case "MOV to CR3: \text"
    mov dword ptr [PDPT + 16], \low
    mov dword ptr [PDPT + 20], \high
    mov eax, cr3
    try
66: mov cr3, eax
    caught GP, 0
.endm
    bad_pointer "reserved bit 1", DIR+P+2
    bad_pointer "reserved bit 5", DIR+P+0x20
    bad_pointer "reserved bit 8", DIR+P+0x100
    bad_pointer "beyond MAXPHYADDR", DIR+P, 0x40000000
    bad_pointer "NX", DIR+P, NX
    case "MOV to CR3: reserved bits of a pointer that is not present"
    mov dword ptr [PDPT + 16], DIR + 0x1e6
    mov dword ptr [PDPT + 20], 0
    mov eax, cr3
    mov cr3, eax
    case "MOV to CR0 that turns paging on reads them too"
    mov dword ptr [PDPT + 16], DIR + P + 2
    paging 0
    or eax, 0x80000000
    try
66: mov cr0, eax
    caught GP, 0
    mov eax, cr0
    check_bits "PG", eax, 0x80000000, 0
    mov dword ptr [PDPT + 16], 0
    paging 1
    case "MOV to CR4 that changes PGE reads them too"
    mov dword ptr [PDPT + 16], DIR + P + 2
    mov eax, cr4
    xor eax, 0x80
    try
66: mov cr4, eax
    caught GP, 0
    mov ebx, cr4
    xor ebx, rec_eax
    check "bits of CR4 that did not change", ebx, 0x80
    case "MOV to CR0 that changes CD reads them too"
    mov eax, cr0
    xor eax, 0x40000000
    try
66: mov cr0, eax
    caught GP, 0
    mov ebx, cr0
    xor ebx, rec_eax
    check "bits of CR0 that did not change", ebx, 0x40000000
    mov dword ptr [PDPT + 16], 0
    case "CR3: a pointer table needs only 32-byte alignment"
    mov esi, PDPT
    mov edi, PDPT + 0x7e0
    mov ecx, 8
    rep movsd
    mov eax, PDPT + 0x7e0
    mov cr3, eax
    pte 0, FRAME+P+W+U
    check "memory", [PAGE], 0x12345678
    mov eax, PDPT
    mov cr3, eax

/* ---- NX ---- */
    mov ecx, 0xc0000080
    rdmsr
    or eax, 0x800
    wrmsr
    mov byte ptr [FRAME], 0xc3          /* RET */
    case "NX page: data"
    pte 0, FRAME+P+W+U, NX
    mov eax, [PAGE]
    mov [PAGE + 4], eax
    case "NX page: fetch"
    mov ebx, PAGE
    try
    jmp ebx
    caught PF, E_P+E_I, PAGE
    check "CR2", rec_cr2, PAGE
    case "NX page: user fetch"
    try
    user
    mov ebx, PAGE
    jmp ebx
    caught PF, E_P+E_I+E_U, PAGE
    case "not present: fetch with NXE has I/D"
    mov ebx, PAGE + 0x1000
    try
    jmp ebx
    caught PF, E_I, PAGE+0x1000
    case "NX of the directory entry"
    pte 0, FRAME+P+W+U
    pde TEST+P+W+U, NX
    mov ebx, PAGE
    mov eax, [PAGE]
    try
    jmp ebx
    caught PF, E_P+E_I, PAGE
    pde TEST+P+W+U
    case "no NX: fetch"
    mov ebx, PAGE
    call ebx
    case "NX of a 2 MB page"
    pde P+W+U+PS, NX
    mov ebx, PAGE + FRAME
    mov eax, [PAGE + FRAME]
    try
    jmp ebx
    caught PF, E_P+E_I, PAGE+FRAME
    pde TEST+P+W+U
    case "an instruction that runs into an NX page"
    mov word ptr [FRAME + 0xffe], 0x00b8        /* MOV EAX, ... */
    pte 0, FRAME+P+W+U
    pte 1, FRAME+0x1000+P+W+U, NX
    mov ebx, PAGE + 0xffe
    try
    jmp ebx
    caught PF, E_P+E_I, PAGE+0xffe
    check "CR2", rec_cr2, PAGE+0x1000

/* ---- SMEP: here the first 2 MB become a supervisor's, ring 3 is not entered ---- */
    mov byte ptr [FRAME], 0xc3
    pte 0, FRAME+P+W+U
    pte 2, FRAME+P+W
    mov dword ptr [DIR], P + W + PS
    mov eax, cr3
    mov cr3, eax
    case "SMEP: supervisor fetch from a user page"
    cr4_is PAE+SMEP
    mov ebx, PAGE
    try
    jmp ebx
    caught PF, E_P+E_I, PAGE
    case "SMEP: supervisor fetch from a supervisor page"
    mov ebx, PAGE + 0x2000
    call ebx
    case "SMEP: data of a user page"
    mov eax, [PAGE]
    mov [PAGE], eax
    case "without SMEP"
    cr4_is PAE
    mov ebx, PAGE
    call ebx

/* ---- SMAP ---- */
    cr4_is PAE+SMAP
    faults "SMAP: supervisor read of a user page", E_P, PAGE, mov eax, [PAGE]
    faults "SMAP: supervisor write of a user page", E_P+E_W, PAGE, mov [PAGE], eax
    faults "SMAP: read and write", E_P+E_W, PAGE+8, inc dword ptr [PAGE + 8]
    case "SMAP: STAC lets it, CLAC forbids it"
    stac
    mov eax, [PAGE]
    mov [PAGE], eax
    clac
    try
66: mov eax, [PAGE]
    caught PF, E_P
    case "SMAP: POPF with AC lets it"
    push F_AC + 2
    popfd
    mov eax, [PAGE]
    push 2
    popfd
    try
66: mov eax, [PAGE]
    caught PF, E_P
    case "SMAP: an interrupt keeps AC, its handler clears it"
    stac
    try
    int 0x30
66: caught 0x30
    check_bits "AC in the handler", rec_heflags, F_AC, F_AC
    case "SMAP: fetch from a user page is not its business"
    mov ebx, PAGE
    call ebx
    case "SMAP: a supervisor page"
    mov eax, [PAGE + 0x2000]
    case "SMAP: implied accesses do not look at AC (4.6.1)"
    mov dword ptr [FRAME + 0x10], 0xffff
    mov dword ptr [FRAME + 0x14], 0xcff300
    setdesc SLOT, PAGE, 0xfff, A_LDT
    mov ax, SLOT
    lldt ax
    stac
    mov eax, 0x17
    try
66: mov es, ax
    caught PF, E_P
    check "CR2", rec_cr2, PAGE+0x10
    clac
    xor eax, eax
    lldt ax
    cr4_is PAE

/* ---- PSE-36 (32-bit paging) ---- */
    paging 0
    mov dword ptr [DIR32], P + W + U + PS
    mov dword ptr [DIR32 + 4], P + W + U + PS + 0x200000
    mov dword ptr [DIR32 + 8], P + W + U + PS + 0x2000
    mov eax, DIR32
    mov cr3, eax
    cr4_is 0x10
    paging 1
    mov dword ptr [FRAME], 0x12345678
    case "PSE-36: bit 13 is address bit 32"
    mov eax, [0x800000 + FRAME]
    sub eax, 0x12345678
    setnz bl
    movzx ebx, bl
    check "not the same memory", ebx, 1
    case "PSE-36: bit 21 is reserved"
    try
66: mov eax, [0x400000]
    caught PF, E_P+E_RSVD
    paging 0
    cr4_is 0
    finish
