/* spaces.S - address spaces that take turns: what user code sees after each load of CR3, whatever has changed in the page
 * tables meanwhile, by whatever instruction.
 *
 * SDM vol. 3A, 4.8 (accessed and dirty), 4.10.4.1 (a load of CR3 invalidates what is not global).
 * The first 4 MB are mapped as they are in both spaces; the pages under test are at 400000h. */
.include "insn.inc"

.set P, 1
.set W, 2
.set U, 4
.set A, 0x20
.set D, 0x40
.set E_P, 1
.set E_W, 2
.set E_U, 4

.set DIR1, TABLES
.set LOW, TABLES + 0x1000               /* table of the first 4 MB, in both */
.set TEST1, TABLES + 0x2000             /* table of 400000h */
.set DIR2, TABLES + 0x3000
.set TEST2, TABLES + 0x4000
.set OTHER, TABLES + 0x5000             /* another for it */
.set PAGE, 0x400000
.set FRAME, 0x40000                     /* RAM of the test's pages, 16 KB, each with its number */

.macro space dir
    mov eax, \dir
    mov cr3, eax
.endm
/* Space 1 has seen the test's pages 0 and 1 and has written 0; space 2 is in use. */
.macro begin text
    case "\text"
    mov dword ptr [TEST1], FRAME + P + W + U
    mov dword ptr [TEST1 + 4], FRAME + 0x1000 + P + W + U
    space DIR1
    mark
    user
    mov esi, [PAGE]
    mov edi, [PAGE + 0x1000]
    mov dword ptr [PAGE + 0x10], 5
    call PAGE + 0x20
    kernel
    space DIR2
    mark
    user
    mov esi, [PAGE]
    kernel
    check "space 2", esi, 0x2222
.endm
.macro back_sees value0, value1
    space DIR1
    mark
    user
    mov esi, [PAGE]
    mov edi, [PAGE + 0x1000]
    kernel
    check "page 0", esi, \value0
    check "page 1", edi, \value1
.endm
.macro back_faults error, insn:vararg
    space DIR1
    try
    user
66: \insn
    caught PF, \error
    check "CR2", rec_cr2, PAGE+0x10
.endm

    mov edi, TABLES
    mov ecx, 0x6000 / 4
    xor eax, eax
    rep stosd
    mov dword ptr [DIR1], LOW + P + W + U
    mov dword ptr [DIR2], LOW + P + W + U
    mov dword ptr [DIR1 + 4], TEST1 + P + W + U
    mov dword ptr [DIR2 + 4], TEST2 + P + W + U
    mov dword ptr [TEST2], FRAME + 0x2000 + P + W + U
    mov dword ptr [OTHER], FRAME + 0x3000 + P + W + U
    mov dword ptr [OTHER + 4], FRAME + 0x2000 + P + W + U
    mov edi, LOW
    mov eax, P + W + U
1:  stosd
    add eax, 0x1000
    cmp eax, 0x400000
    jb 1b
    mov dword ptr [FRAME], 0
    mov dword ptr [FRAME + 0x1000], 0x1111
    mov dword ptr [FRAME + 0x2000], 0x2222
    mov dword ptr [FRAME + 0x3000], 0x3333
    mov byte ptr [FRAME + 0x20], 0xc3   /* RET */
    mov byte ptr [FRAME + 0x1020], 0xc3
    mov byte ptr [FRAME + 0x3020], 0xc3
    space DIR1
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    jmp 1f
1:
    begin "nothing has changed"
    back_sees 0, 0x1111

/* ---- an entry of the table ---- */
    begin "an entry that MOV has changed"
    mov dword ptr [TEST1], FRAME + 0x3000 + P + W + U
    back_sees 0x3333, 0x1111
    begin "an entry that a byte store has changed"
    mov byte ptr [TEST1 + 1], (FRAME + 0x3000) >> 8 & 0xff
    back_sees 0x3333, 0x1111
    begin "an entry that XCHG has changed"
    mov eax, FRAME + 0x3000 + P + W + U
    xchg eax, [TEST1]
    back_sees 0x3333, 0x1111
    begin "an entry that LOCK OR has changed"
    lock or dword ptr [TEST1], 0x3000
    back_sees 0x3333, 0x1111
    begin "entries that REP STOSD has changed"
    mov eax, FRAME + 0x3000 + P + W + U
    mov edi, offset TEST1
    mov ecx, 2
    rep stosd
    back_sees 0x3333, 0x3333
    begin "entries that REP MOVSD has changed"
    mov esi, offset OTHER
    mov edi, offset TEST1
    mov ecx, 2
    rep movsd
    back_sees 0x3333, 0x2222
    begin "entries that a store across them has changed"
    mov dword ptr [TEST1], 0
    mov dword ptr [TEST1 + 4], 0
    mov dword ptr [TEST1 + 4], FRAME + 0x1000 + P + W + U
    mov dword ptr [TEST1], FRAME + 0x2000 + P + W + U
    mov word ptr [TEST1 + 3], 0
    mov byte ptr [TEST1 + 4], P + W + U
    back_sees 0x2222, 0x1111
    begin "an entry that a PUSH has changed"
    mov ebx, esp
    mov esp, TEST1 + 4
    push FRAME + 0x3000 + P + W + U
    mov esp, ebx
    back_sees 0x3333, 0x1111
    begin "an entry that user code has changed"
    mark
    user
    mov dword ptr [TEST1], FRAME + 0x3000 + P + W + U
    kernel
    back_sees 0x3333, 0x1111
    begin "changed and changed back"
    mov dword ptr [TEST1], FRAME + 0x3000 + P + W + U
    mov dword ptr [TEST1], FRAME + P + W + U
    back_sees 0, 0x1111

/* ---- of the directory ---- */
    begin "an entry of the directory"
    mov dword ptr [DIR1 + 4], OTHER + P + W + U
    back_sees 0x3333, 0x2222
    mov dword ptr [DIR1 + 4], TEST1 + P + W + U
    begin "no entry of the directory"
    mov dword ptr [DIR1 + 4], 0
    back_faults E_U, mov eax, [PAGE + 0x10]
    mov dword ptr [DIR1 + 4], TEST1 + P + W + U
    begin "rights in the directory"
    mov dword ptr [DIR1 + 4], TEST1 + P + U
    back_faults E_P+E_U+E_W, mov [PAGE + 0x10], eax
    mov dword ptr [DIR1 + 4], TEST1 + P + W + U

/* ---- rights and flags ---- */
    begin "no longer present"
    and dword ptr [TEST1], ~P
    back_faults E_U, mov eax, [PAGE + 0x10]
    begin "no longer writable"
    and dword ptr [TEST1], ~W
    back_faults E_P+E_U+E_W, mov [PAGE + 0x10], eax
    begin "no longer the user's"
    and dword ptr [TEST1], ~U
    back_faults E_P+E_U, mov eax, [PAGE + 0x10]
    begin "the accessed flag is set anew"
    and dword ptr [TEST1], ~A
    back_sees 0, 0x1111
    check_bits "A", [TEST1], A, A
    begin "the dirty flag is set anew"
    and dword ptr [TEST1], ~D
    space DIR1
    mark
    user
    mov dword ptr [PAGE + 0x10], 6
    kernel
    check_bits "D", [TEST1], D, D
    begin "code that has moved"
    mov byte ptr [FRAME + 0x1020], 0xc3
    mov dword ptr [TEST1], FRAME + 0x3000 + P + W + U
    mov byte ptr [FRAME + 0x3020], 0x46 /* INC ESI */
    mov byte ptr [FRAME + 0x3021], 0xc3
    space DIR1
    mark
    user
    mov esi, 41
    call PAGE + 0x20
    kernel
    check "ESI", esi, 42
    mov byte ptr [FRAME + 0x3020], 0xc3

/* ---- tables that become something else ---- */
    begin "a table at another place"
    mov esi, TEST1
    mov edi, OTHER
    mov ecx, 1024
    rep movsd
    mov dword ptr [OTHER + 4], FRAME + 0x2000 + P + W + U
    mov dword ptr [DIR1 + 4], OTHER + P + W + U
    mov edi, TEST1
    mov ecx, 1024
    mov eax, 0x55555555
    rep stosd
    back_sees 0, 0x2222
    mov edi, TEST1
    mov ecx, 1024
    xor eax, eax
    rep stosd
    mov dword ptr [DIR1 + 4], TEST1 + P + W + U
    case "a directory that is built where another was"
    mov dword ptr [TEST1], FRAME + P + W + U
    mov dword ptr [TEST1 + 4], FRAME + 0x1000 + P + W + U
    space DIR1
    mark
    user
    mov esi, [PAGE]
    kernel
    space DIR2
    mov dword ptr [DIR1 + 4], TEST2 + P + W + U
    space DIR1
    mark
    user
    mov esi, [PAGE]
    kernel
    check "page 0", esi, 0x2222
    mov dword ptr [DIR1 + 4], TEST1 + P + W + U
    case "more spaces than are remembered"
    mov ebx, 12
1:  mov eax, ebx
    and eax, 1
    imul eax, eax, DIR2 - DIR1
    lea eax, [eax + DIR1]
    mov ecx, ebx
    and ecx, 0x18
    or eax, ecx                         /* PWT and PCD make another CR3 */
    mov cr3, eax
    mark
    user
    mov esi, [PAGE]
    kernel
    test ebx, 1
    jz 2f
    check "space 2", esi, 0x2222
    jmp 3f
2:  check "space 1", esi, 0
3:  dec ebx
    jnz 1b
    space DIR1
    finish
