/* paging.S - 32-bit paging: #PF and its error codes, CR2, accessed and dirty flags, 4 MB pages, WP, invalidation.
 *
 * SDM vol. 3A, 4.3 (32-bit paging), 4.6 (access rights), 4.7 (error code), 4.8 (accessed and dirty), 4.10 (TLBs).
 * The first 4 MB are mapped as they are; the pages under test are at 400000h and above.
 *
 * QEMU 7.2: differs in "read and write, not present", "read and write across, second not present": the error
 *     code has W clear, as the read came first; SDM vol. 3A, 4.7.
 * QEMU 7.2: differs in "RF and EIP of a page fault": RF is clear; set for a fault, SDM vol. 3B, 17.3.1.1.
 * QEMU 7.2: differs in "far CALL, not present": U is clear in the error code; the push is a user access, SDM
 *     vol. 3A, 4.7.
 * QEMU 7.2: differs in "PUSHA across a page that is not present": it faults at the last word first; SDM vol.
 *     2B, PUSHA, pushes EAX first.
 * QEMU 7.2: differs in "POPA across a page that is not present": registers have changed; a fault restarts the
 *     instruction, SDM vol. 3A, 6.5.
 * QEMU 7.2: differs in "4 MB page: reserved bit 21", "4 MB page: reserved bit, user write": the error code has
 *     P clear; reserved bits are those of a present entry, SDM vol. 3A, 4.7. */
.include "insn.inc"

.set P, 1
.set W, 2
.set U, 4
.set A, 0x20
.set D, 0x40
.set PS, 0x80
.set G, 0x100
/* Error code */
.set E_P, 1
.set E_W, 2
.set E_U, 4
.set E_RSVD, 8

.set DIR, TABLES
.set LOW, TABLES + 0x1000               /* table of the first 4 MB */
.set TEST, TABLES + 0x2000              /* table of 400000h to 7FFFFFh */
.set PAGE, 0x400000                     /* its first page */
.set FRAME, 0x40000                     /* the memory behind the test's pages, 16 KB */

/* Entry of test page n, and of the directory. */
.macro pte n, value
    mov dword ptr [TEST + (\n) * 4], \value
    invlpg [PAGE + (\n) * 0x1000]
.endm
.macro pde value
    mov dword ptr [DIR + 4], \value
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
.macro works text, insn
    case "\text"
    \insn
    check "done", 1, 1
.endm
.macro user_works text, insn:vararg
    case "\text"
    mark
    user
    \insn
    kernel
    check "done", 1, 1
.endm

    mov edi, DIR
    mov ecx, 1024
    xor eax, eax
    rep stosd
    mov dword ptr [DIR], LOW + P + W + U
    mov dword ptr [DIR + 4], TEST + P + W + U
    mov edi, LOW
    mov eax, P + W + U
1:  stosd
    add eax, 0x1000
    cmp eax, 0x400000
    jb 1b
    mov edi, TEST
    mov ecx, 1024
    xor eax, eax
    rep stosd
    mov eax, DIR
    mov cr3, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    jmp 1f
1:

/* ---- not present ---- */
    faults "read, not present", 0, PAGE+0x10, mov eax, [PAGE + 0x10]
    faults "write, not present", E_W, PAGE+0x10, mov [PAGE + 0x10], eax
    user_faults "user read, not present", E_U, PAGE+0x10, mov eax, [PAGE + 0x10]
    user_faults "user write, not present", E_U+E_W, PAGE+0x10, mov [PAGE + 0x10], eax
    faults "read and write, not present", E_W, PAGE+0x10, inc dword ptr [PAGE + 0x10]
    faults "no directory entry", 0, 0x80000123, mov al, [0x80000123]
    user_faults "no directory entry, user", E_U, 0xfffffffc, mov eax, [0xfffffffc]
    case "RF and EIP of a page fault"
    try
66: mov eax, [PAGE]
    caught PF, 0
    check_bits "RF", rec_eflags, F_RF, F_RF
    case "fetch, not present"
    mov ebx, PAGE + 0x234
    try
    jmp ebx
    caught PF, 0, PAGE+0x234
    check "CR2", rec_cr2, PAGE+0x234
    case "user fetch, not present"
    try
    user
    mov ebx, PAGE + 0x234
    jmp ebx
    caught PF, E_U, PAGE+0x234
    case "CALL to a page that is not present has pushed"
    mov ebx, PAGE
    try
    call ebx
    caught PF, 0, PAGE
    check "ESP", rec_esp, KSTACK-4
    case "V86 mode is user mode"
    mov dword ptr [LOW + 0x300 * 4], 0
    mov dword ptr [LOW + 0x50 * 4], 0
    mov eax, cr3
    mov cr3, eax
    try
    v86
    mov ax, 0x5000
    mov ds, ax
66: mov ax, [0x123]
    caught16 PF, E_U
    check "CR2", rec_cr2, 0x50123
    mov dword ptr [LOW + 0x50 * 4], 0x50000 + P + W + U

/* ---- rights (4.6) ---- */
    pte 0, FRAME+P+W
    pte 1, FRAME+0x1000+P+U
    pte 2, FRAME+0x2000+P
    pte 3, FRAME+0x3000+P+W+U
    works "supervisor reads and writes a supervisor page", "mov eax, [PAGE]; mov [PAGE], eax"
    user_faults "user read of a supervisor page", E_P+E_U, PAGE+4, mov eax, [PAGE + 4]
    user_faults "user write of a supervisor page", E_P+E_U+E_W, PAGE+4, mov [PAGE + 4], eax
    user_works "user read of a read-only page", mov eax, [PAGE + 0x1000]
    user_faults "user write of a read-only page", E_P+E_U+E_W, PAGE+0x1004, mov [PAGE + 0x1004], eax
    user_faults "user read and write of a read-only page", E_P+E_U+E_W, PAGE+0x1004, inc dword ptr [PAGE + 0x1004]
    user_faults "CMPXCHG that does not match writes", E_P+E_U+E_W, PAGE+0x1004, cmpxchg [PAGE + 0x1004], ecx
    user_faults "user write of a read-only supervisor page", E_P+E_U+E_W, PAGE+0x2000, mov [PAGE + 0x2000], al
    user_works "user write", mov [PAGE + 0x3000], eax
    case "user fetch from a supervisor page"
    mov byte ptr [PAGE], 0xc3
    try
    user
    mov ebx, PAGE
    jmp ebx
    caught PF, E_P+E_U, PAGE
    works "supervisor writes a read-only user page, WP clear", "mov [PAGE + 0x1000], eax"
    works "supervisor writes a read-only page, WP clear", "mov [PAGE + 0x2000], eax"
    mov eax, cr0
    or eax, 0x10000
    mov cr0, eax
    faults "supervisor writes a read-only user page, WP set", E_P+E_W, PAGE+0x1008, mov [PAGE + 0x1008], eax
    faults "supervisor writes a read-only page, WP set", E_P+E_W, PAGE+0x2008, mov [PAGE + 0x2008], eax
    faults "XCHG with a read-only page, WP set", E_P+E_W, PAGE+0x2008, xchg [PAGE + 0x2008], eax
    works "supervisor reads a read-only page, WP set", "mov eax, [PAGE + 0x2000]"
    mov eax, cr0
    and eax, ~0x10000
    mov cr0, eax
    works "WP clear again", "mov [PAGE + 0x2000], eax"
    case "rights of the directory entry count too: read only"
    pde TEST+P+U
    try
    user
66: mov [PAGE + 0x3000], eax
    caught PF, E_P+E_U+E_W
    case "rights of the directory entry count too: supervisor"
    pde TEST+P+W
    try
    user
66: mov eax, [PAGE + 0x3000]
    caught PF, E_P+E_U
    pde TEST+P+W+U
    case "implied accesses of ring 3 are a supervisor's (4.6): the GDT in a supervisor page"
    mov esi, offset gdt
    mov edi, PAGE
    mov ecx, GDT_SIZE / 4
    rep movsd
    mov dword ptr [gdt_pointer + 2], PAGE
    lgdt [gdt_pointer]
    mark
    user
    mov ax, DATA3
    mov es, ax
    kernel
    check "done", 1, 1
    mov dword ptr [gdt_pointer + 2], offset gdt
    lgdt [gdt_pointer]
    case "an LDT in a page that is not present: #PF without U"
    setdesc SLOT, PAGE, 0xfff, A_LDT
    mov ax, SLOT
    lldt ax
    pte 0, 0
    try
    user
    mov eax, 0x17
66: mov es, ax
    caught PF, 0
    check "CR2", rec_cr2, PAGE+0x10
    check "CS", rec_cs, CODE3
    case "a TSS in a page that is not present: #PF without U"
    setdesc SLOT1, PAGE, 0x67, A_TSS32+A_DPL3
    try
    user
66: ljmp (SLOT1+3):0
    caught PF, 0
    check_bits "page of CR2", rec_cr2, 0xfffff000, PAGE
    check "CS", rec_cs, CODE3
    case "the IDT in a page that is not present: #PF without U"
    mov esi, offset idt
    mov edi, FRAME + 0xe80
    mov ecx, 0x180 / 4
    rep movsd
    pte 0, FRAME+P+W
    pte 1, 0
    mov dword ptr [idt_pointer + 2], PAGE + 0xe80
    lidt [idt_pointer]
    try
    user
66: int 0x30
    caught PF, 0
    check "CR2", rec_cr2, PAGE+0x1000
    check "CS", rec_cs, CODE3
    mov dword ptr [idt_pointer + 2], offset idt
    lidt [idt_pointer]
    case "the accessed bit in a read-only page: #PF for the write"
    mov dword ptr [FRAME + 0x10], 0xffff
    mov dword ptr [FRAME + 0x14], 0xcff200
    pte 0, FRAME+P
    mov eax, cr0
    or eax, 0x10000
    mov cr0, eax
    try
    user
    mov eax, 0x17
66: mov es, ax
    caught PF, E_P+E_W
    mov eax, cr0
    and eax, ~0x10000
    mov cr0, eax
    pte 0, FRAME+P+W

/* ---- accessed and dirty (4.8) ---- */
.macro flags_are text, n, want
    check_bits "\text", [TEST + (\n) * 4], A+D, \want
.endm
    case "A and D: untouched"
    pte 4, FRAME+P+W+U
    pde TEST+P+W+U
    flags_are "entry", 4, 0
    check_bits "directory entry", [DIR + 4], A, 0
    case "A and D: read"
    mov eax, [PAGE + 0x4000]
    flags_are "entry", 4, A
    check_bits "directory entry", [DIR + 4], A+D, A
    case "A and D: write"
    mov [PAGE + 0x4000], eax
    flags_are "entry", 4, A+D
    check_bits "directory entry", [DIR + 4], A+D, A
    case "A and D: write at once"
    pte 4, FRAME+P+W+U
    mov [PAGE + 0x4000], eax
    flags_are "entry", 4, A+D
    case "A and D: fetch"
    pte 4, FRAME+P+W+U
    mov byte ptr [FRAME], 0xc3
    mov ebx, PAGE + 0x4000
    call ebx
    flags_are "entry", 4, A
    case "A and D: a write that faults sets no D"
    pte 4, FRAME+P+U
    try
    user
66: mov [PAGE + 0x4000], eax
    caught PF, E_P+E_U+E_W
    flags_are "entry", 4, 0
    case "A and D: read and write"
    pte 4, FRAME+P+W+U
    add dword ptr [PAGE + 0x4000], 1
    flags_are "entry", 4, A+D
    case "A and D: INVLPG and LEA touch nothing"
    pte 4, FRAME+P+W+U
    lea eax, [PAGE + 0x4000]
    invlpg [PAGE + 0x4000]
    flags_are "entry", 4, 0
    case "A and D: write across pages"
    pte 4, FRAME+P+W+U
    pte 5, FRAME+0x1000+P+W+U
    mov [PAGE + 0x4ffe], eax
    flags_are "first page", 4, A+D
    flags_are "second page", 5, A+D

/* ---- accesses across pages ---- */
    pte 6, FRAME+P+W+U
    pte 7, 0
    mov dword ptr [FRAME + 0xffc], 0x11223344
    faults "read across, second not present", 0, PAGE+0x7000, mov eax, [PAGE + 0x6ffe]
    faults "write across, second not present", E_W, PAGE+0x7000, mov dword ptr [PAGE + 0x6ffd], -1
    case "write across: the first page is as it was"
    check "memory", [FRAME + 0xffc], 0x11223344
    pte 7, FRAME+0x1000+P+U
    user_faults "write across, second is read only", E_P+E_U+E_W, PAGE+0x7000, mov dword ptr [PAGE + 0x6ffd], -1
    check "memory", [FRAME + 0xffc], 0x11223344
    pte 7, FRAME+0x1000+P+W
    user_faults "read across, second is a supervisor's", E_P+E_U, PAGE+0x7000, mov eax, [PAGE + 0x6ffe]
    pte 6, 0
    faults "read across, first not present", 0, PAGE+0x6ffe, mov eax, [PAGE + 0x6ffe]
    pte 7, 0
    faults "read across, neither present", 0, PAGE+0x6ffe, mov eax, [PAGE + 0x6ffe]
    pte 6, FRAME+P+W+U
    faults "qword across, second not present", 0, PAGE+0x7000, fld qword ptr [PAGE + 0x6ffc]
    faults "MMX store across, second not present", E_W, PAGE+0x7000, movq [PAGE + 0x6ffc], mm0
    faults "tbyte store across, second not present", E_W, PAGE+0x7000, fstp tbyte ptr [PAGE + 0x6ff8]
    faults "read and write across, second not present", E_W, PAGE+0x7000, inc dword ptr [PAGE + 0x6ffe]
    case "an instruction across pages, second not present"
    mov word ptr [FRAME + 0xffe], 0x00b8            /* MOV EAX, ... */
    mov ebx, PAGE + 0x6ffe
    try
    jmp ebx
    caught PF, 0, PAGE+0x6ffe
    check "CR2", rec_cr2, PAGE+0x7000
    case "an instruction across pages whose frames lie apart"
    pte 7, FRAME+0x3000+P+W+U
    mov byte ptr [FRAME + 0xffe], 0xb8              /* MOV EAX, 44332211; RET */
    mov byte ptr [FRAME + 0xfff], 0x11
    mov dword ptr [FRAME + 0x3000], 0xc3443322
    mov ebx, PAGE + 0x6ffe
    call ebx
    check "EAX", eax, 0x44332211
    case "dword across pages whose frames lie apart"
    mov dword ptr [PAGE + 0x6ffd], 0xaabbccdd
    movzx eax, byte ptr [FRAME + 0x3000]
    check "last byte", eax, 0xaa
    mov eax, [PAGE + 0x6ffd]
    check "EAX", eax, 0xaabbccdd

/* ---- restart ---- */
    case "REP MOVSD: stops at the page that is not present, and goes on"
    pte 7, 0
    setint PF, CODE0, make_present
    mov esi, FRAME
    mov edi, PAGE + 0x6ff0
    mov ecx, 8
    mov dword ptr [faults_seen], 0
    rep movsd
    check "faults", faults_seen, 1
    check "ECX at the fault", fault_ecx, 4
    check "EDI at the fault", fault_edi, PAGE+0x7000
    check "ECX", ecx, 0
    check "EDI", edi, PAGE+0x7010
    case "REP MOVSB backward"
    pte 6, 0
    std
    mov esi, FRAME + 0x1003
    mov edi, PAGE + 0x7003
    mov ecx, 8
    mov dword ptr [faults_seen], 0
    rep movsb
    cld
    check "faults", faults_seen, 1
    check "ECX at the fault", fault_ecx, 4
    check "EDI at the fault", fault_edi, PAGE+0x6fff
    resetint PF
    case "POP to memory that is not present leaves ESP"
    pte 6, 0
    push 5
    try
66: pop dword ptr [PAGE + 0x6000]
    caught PF, E_W
    check "ESP", rec_esp, KSTACK-4
    add esp, 4
    case "PUSH of memory that is not present leaves ESP"
    try
66: push dword ptr [PAGE + 0x6000]
    caught PF, 0
    check "ESP", rec_esp, KSTACK
.macro user_stack text, esp, error, at, insn:vararg
    case "\text"
    try
    user 2, CODE3, DATA3, \esp
    mov ebp, 0x1234
66: \insn
    caught PF, \error
    check "CR2", rec_cr2, \at
    check "ESP", rec_esp, \esp
    check "EBP", rec_ebp, 0x1234
.endm
    pte 7, FRAME+0x1000+P+W+U
    user_stack "PUSH, not present", PAGE+0x7000, E_U+E_W, PAGE+0x6ffc, push eax
    user_stack "CALL, not present", PAGE+0x7000, E_U+E_W, PAGE+0x6ffc, call 66b
    user_stack "ENTER, not present", PAGE+0x7000, E_U+E_W, PAGE+0x6ffc, enter 8, 0
    user_stack "POP, not present", PAGE+0x6ffc, E_U, PAGE+0x6ffc, pop eax
    user_stack "RET, not present", PAGE+0x6ffc, E_U, PAGE+0x6ffc, ret
    user_stack "far CALL, not present", PAGE+0x7004, E_U+E_W, PAGE+0x6ffc, lcall CODE3:0
    user_stack "PUSHF, not present", PAGE+0x7000, E_U+E_W, PAGE+0x6ffc, pushfd
    case "PUSHA across a page that is not present"
    try
    user 2, CODE3, DATA3, PAGE+0x7010
66: pusha
    caught PF, E_U+E_W
    check "ESP", rec_esp, PAGE+0x7010
    check "CR2", rec_cr2, PAGE+0x6ffc
    case "POPA across a page that is not present"
    pte 6, FRAME+P+W+U
    pte 7, 0
    try
    user 2, CODE3, DATA3, PAGE+0x6ff0
    mov edi, 0x99
66: popa
    caught PF, E_U
    check "ESP", rec_esp, PAGE+0x6ff0
    check "EDI", rec_edi, 0x99
    check "CR2", rec_cr2, PAGE+0x7000

/* ---- 4 MB pages (4.3) ---- */
    case "PS without CR4.PSE names a table"
    pte 0, FRAME+P+W+U
    pde TEST+P+W+U+PS
    mov dword ptr [FRAME], 0x31415926
    check "memory", [PAGE], 0x31415926
    mov eax, 0x10
    mov cr4, eax
    case "4 MB page"
    pde P+W+U+PS
    check "memory", [PAGE + FRAME], 0x31415926
    check_bits "A and D", [DIR + 4], A+D, A
    mov dword ptr [PAGE + FRAME + 4], 0x27182818
    check "memory", [FRAME + 4], 0x27182818
    check_bits "A and D", [DIR + 4], A+D, A+D
    case "4 MB page: supervisor"
    pde P+W+PS
    try
    user
66: mov eax, [PAGE + FRAME]
    caught PF, E_P+E_U
    case "4 MB page: read only"
    pde P+U+PS
    try
    user
66: mov [PAGE + FRAME], eax
    caught PF, E_P+E_U+E_W
    case "4 MB page: reserved bit 21"
    pde P+W+U+PS+0x200000
    try
66: mov eax, [PAGE]
    caught PF, E_P+E_RSVD
    case "4 MB page: reserved bit, user write"
    try
    user
66: mov [PAGE], eax
    caught PF, E_P+E_RSVD+E_U+E_W
    check_bits "A and D", [DIR + 4], A+D, 0
    case "4 MB page: bit 12 is PAT, not reserved"
    pde P+W+U+PS+0x1000
    check "memory", [PAGE + FRAME], 0x31415926
    pde TEST+P+W+U

/* ---- invalidation (4.10.4) ---- */
    mov dword ptr [FRAME], 0x1111
    mov dword ptr [FRAME + 0x1000], 0x2222
    case "INVLPG"
    pte 0, FRAME+P+W+U
    check "before", [PAGE], 0x1111
    pte 0, FRAME+0x1000+P+W+U
    check "after", [PAGE], 0x2222
    case "MOV to CR3"
    mov dword ptr [TEST], FRAME+P+W+U
    mov eax, cr3
    mov cr3, eax
    check "after", [PAGE], 0x1111
    case "an entry that was not present is not cached"
    pte 1, 0
    try
66: mov eax, [PAGE + 0x1000]
    caught PF, 0
    mov dword ptr [TEST + 4], FRAME+0x1000+P+W+U
    check "memory", [PAGE + 0x1000], 0x2222
    case "a fault drops the entry: more rights are seen without INVLPG (4.10.4.3)"
    pte 1, FRAME+0x1000+P+U
    mov ebx, [PAGE + 0x1000]
    try
    user
66: mov [PAGE + 0x1000], eax
    caught PF, E_P+E_U+E_W
    mov dword ptr [TEST + 4], FRAME+0x1000+P+W+U
    mark
    user
    mov dword ptr [PAGE + 0x1000], 0x3333
    kernel
    check "memory", [FRAME + 0x1000], 0x3333
    case "global pages: MOV to CR4 that changes PGE"
    mov eax, 0x90                       /* PGE, PSE */
    mov cr4, eax
    pte 0, FRAME+P+W+U+G
    check "before", [PAGE], 0x1111
    mov dword ptr [TEST], FRAME+0x1000+P+W+U+G
    mov eax, 0x10
    mov cr4, eax
    check "after", [PAGE], 0x3333
    case "global pages: INVLPG"
    mov eax, 0x90
    mov cr4, eax
    check "before", [PAGE], 0x3333
    pte 0, FRAME+P+W+U+G
    check "after", [PAGE], 0x1111
    case "INVLPG inside a 4 MB page drops all of it"
    pde P+W+U+PS
    mov ebx, [PAGE + FRAME]
    mov ebx, [PAGE + FRAME + 0x1000]
    mov dword ptr [DIR + 4], TEST+P+W+U
    mov dword ptr [TEST + 0x40 * 4], FRAME+0x1000+P+W+U
    mov dword ptr [TEST + 0x41 * 4], FRAME+P+W+U
    invlpg [PAGE + 0x123456]
    check "first", [PAGE + FRAME], 0x3333
    check "second", [PAGE + FRAME + 0x1000], 0x1111
    case "turning paging off and on again"
    mov eax, cr0
    and eax, 0x7fffffff
    mov cr0, eax
    mov dword ptr [TEST], FRAME+0x1000+P+W+U
    or eax, 0x80000000
    mov cr0, eax
    check "after", [PAGE], 0x3333

/* ---- CR3 by a task switch (7.3) ---- */
    case "a task switch loads CR3"
    mov esi, DIR
    mov edi, TABLES + 0x3000
    mov ecx, 1024
    rep movsd
    mov dword ptr [TABLES + 0x3004], P + W + U + PS
    setdesc SLOT, tss_pf, 0x67, A_TSS32
    mov dword ptr [tss_pf + 0x1c], TABLES + 0x3000
    mov dword ptr [tss_pf + 0x20], offset 1f
    mov dword ptr [tss_pf + 0x24], 2
    mov dword ptr [tss_pf + 0x38], ISTACK
    mov dword ptr [tss_pf + 0x4c], CODE0
    mov dword ptr [tss_pf + 0x50], DATA0
    mov dword ptr [tss_pf + 0x54], DATA0
    mov dword ptr [tss0 + 0x1c], DIR
    mov ebx, [PAGE]
    lcall SLOT:0
    jmp 2f
1:  check "in the task", [PAGE + FRAME], 0x1111
    mov eax, cr3
    check "CR3", eax, TABLES+0x3000
    iretd
2:  check "back", [PAGE], 0x3333
    mov eax, cr3
    check "CR3 back", eax, DIR
    finish

/* Maps both test pages and records the registers at the fault. */
make_present:
    inc dword ptr faults_seen
    mov fault_ecx, ecx
    mov fault_edi, edi
    mov dword ptr [TEST + 6 * 4], FRAME+P+W+U
    mov dword ptr [TEST + 7 * 4], FRAME+0x3000+P+W+U
    add esp, 4
    iretd

    .balign 4
faults_seen:    .long 0
fault_ecx:      .long 0
fault_edi:      .long 0
tss_pf:         .fill 0x68, 1, 0
