/* strings.S - the direction flag, whatever changes it; REP MOVS, STOS, CMPS and SCAS: onto themselves, by one address or
 * two, across pages, into a page that is not there.
 *
 * SDM vol. 1, 7.3.9 (string operations), vol. 2B, REP and MOVS: one element after the other, and registers as the last
 * complete iteration left them when one faults.  Pages 0 and 1 of the test are the same memory. */
.include "insn.inc"

.set P, 1
.set W, 2
.set DIR, TABLES
.set LOW, TABLES + 0x1000               /* table of the first 4 MB */
.set TEST, TABLES + 0x2000              /* table of 400000h to 7FFFFFh */
.set PAGE, 0x400000
.set FRAME, 0x40000

/* 8 KB of which no two words are the same. */
.macro fresh
    cld
    mov edi, FRAME
    mov eax, 0x10203
1:  stosd
    add eax, 0x7050309
    cmp edi, FRAME + 0x2000
    jb 1b
.endm
.macro move text, insn, from, to, count
    case "\text"
    fresh
    mov esi, \from
    mov edi, \to
    mov ecx, \count
    \insn
.endm
/* What `fresh` made at an offset of FRAME, as a number, goes into `made`; then the same of a lowest byte four times,
 * and of the lower half twice. */
.macro was at
    .set made, (0x10203 + \at / 4 * 0x7050309) & 0xffffffff
    .set byte_made, (made & 0xff) * 0x1010101
    .set half_made, (made & 0xffff) * 0x10001
.endm

/* One string instruction twice, downwards, of elements of \size bytes. */
.macro down letter, size
    .set mask, (1 << (8 * \size)) - 1
    .set top, (mask << (32 - 8 * \size)) & 0xffffffff
    was 0x20c
    .set below, made
    was 0x210
    .set here, made
    was 0x30c
    .set to_below, made
    was 0x310
    case "MOVS\letter with DF set"
    fresh
    mov esi, FRAME + 0x210
    mov edi, FRAME + 0x310
    std
    movs\letter
    movs\letter
    cld
    check "ESI", esi, FRAME+0x210-2*\size
    check "EDI", edi, FRAME+0x310-2*\size
    check "first", [FRAME + 0x310], (here&mask)|(made&~mask)
    check "second", [FRAME + 0x30c], (below&top)|(to_below&~top)
    case "LODS\letter with DF set"
    mov eax, 0x5a5b5c5d
    mov esi, FRAME + 0x210
    std
    lods\letter
    lods\letter
    cld
    check "ESI", esi, FRAME+0x210-2*\size
    check "EAX", eax, (below>>(32-8*\size))|(0x5a5b5c5d&~mask)
    case "STOS\letter with DF set"
    mov eax, 0x11223344
    mov edi, FRAME + 0x310
    std
    stos\letter
    stos\letter
    cld
    check "EDI", edi, FRAME+0x310-2*\size
    check "first", [FRAME + 0x310], (0x11223344&mask)|(made&~mask)
    check "second", [FRAME + 0x30c], ((0x11223344<<(32-8*\size))&top)|(to_below&~top)
    case "CMPS\letter with DF set"
    fresh
    mov byte ptr [FRAME + 0x310], here & 0xff
    mov word ptr [FRAME + 0x310], here & 0xffff
    mov dword ptr [FRAME + 0x310], here
    mov esi, FRAME + 0x210
    mov edi, FRAME + 0x310
    std
    cmps\letter
    sete bl
    cmps\letter
    sete bh
    cld
    movzx ebx, bx
    check "ESI", esi, FRAME+0x210-2*\size
    check "EDI", edi, FRAME+0x310-2*\size
    check "equal, not equal", ebx, 1
    case "SCAS\letter with DF set"
    mov eax, here
    mov edi, FRAME + 0x210
    std
    scas\letter
    sete bl
    scas\letter
    sete bh
    cld
    movzx ebx, bx
    check "EDI", edi, FRAME+0x210-2*\size
    check "equal, not equal", ebx, 1
    case "MOVS\letter, STOS\letter and LODS\letter keep the flags, each way"
    mov esi, FRAME + 0x210
    mov edi, FRAME + 0x310
    xor ebx, ebx
    stc
    std
    movs\letter
    stos\letter
    lods\letter
    cld
    movs\letter
    stos\letter
    lods\letter
    adc ebx, 0
    check "CF", ebx, 1
    check "ESI", esi, FRAME+0x210
    check "EDI", edi, FRAME+0x310
.endm

/* ---- the direction flag (SDM vol. 1, 3.4.3.2, 7.3.9.2) ---- */
    down b, 1
    down w, 2
    down d, 4
    case "STD and CLD, twice each"
    mov esi, FRAME + 0x100
    cld
    cld
    lodsd
    std
    std
    lodsw
    lodsw
    lodsw
    cld
    lodsb
    check "ESI", esi, FRAME+0xff
    case "PUSHF shows what STD and CLD did"
    std
    pushfd
    cld
    pushfd
    pop ebx
    pop eax
    check_bits "after STD", eax, F_DF, F_DF
    check_bits "after CLD", ebx, F_DF, 0
    case "POPF sets DF and clears it"
    mov esi, FRAME + 0x100
    push F_DF + 2
    popfd
    lodsw
    lodsw
    push 2
    popfd
    lodsb
    check "ESI", esi, FRAME+0xfd
    case "16-bit POPF sets DF and clears it"
    mov esi, FRAME + 0x100
    pushw F_DF + 2
    popfw
    lodsw
    lodsw
    pushw 2
    popfw
    lodsb
    check "ESI", esi, FRAME+0xfd
    case "IRET sets DF and clears it"
    mov esi, FRAME + 0x100
    push F_DF + 2
    push CODE0
    push offset 1f
    iretd
1:  lodsd
    push 2
    push CODE0
    push offset 1f
    iretd
1:  lodsb
    check "ESI", esi, FRAME+0xfd
    case "INT n keeps DF, and IRET brings it back"
    setint 0x50, CODE0, both_ways
    mov esi, FRAME + 0x100
    std
    int 0x50
    lodsb
    cld
    check "ESI", esi, FRAME+0x101
    check "in the handler", df_esi, FRAME+0xfe
    case "an exception keeps DF, and IRET brings it back"
    setint UD, CODE0, both_ways_ud
    mov esi, FRAME + 0x100
    std
    ud2
    lodsb
    cld
    resetint UD
    check "ESI", esi, FRAME+0x101
    check "in the handler", df_esi, FRAME+0xfe
    case "an exception pushes DF"
    std
    try
66: ud2
    caught UD
    check_bits "EFLAGS", rec_eflags, F_DF, F_DF
    check_bits "in the handler", rec_heflags, F_DF, F_DF
    case "to ring 3 with DF set"
    mark
    mov esi, FRAME + 0x100
    user F_DF+2
    lodsw
    cld
    lodsb
    kernel
    check "ESI", esi, FRAME+0xff
    case "from ring 3 with DF set"
    mark
    mov esi, FRAME + 0x100
    user 2
    std
    lodsw
    int 0x7f
    cld
    lodsb
    check "ESI", esi, FRAME+0xff
    case "to virtual-8086 mode with DF set"
    mark
    mov esi, offset (df_esi - image) + 4
    v86 F_VM+F_IOPL3+F_DF+2
    lodsw
    cld
    lodsb
    kernel
    check "ESI", esi, (df_esi-image)+3
    case "real mode: down through offset 0"
    real
    mov esi, 0x50001
    std
    lodsb
    lodsb
    lodsb
    cld
    protected
    check "ESI", esi, 0x5fffe
    case "a task has its own DF"
    setdesc SLOT, tss_df, 0x67, A_TSS32
    ljmp SLOT:0
    mov esi, FRAME + 0x100
    lodsb
    check "ESI", esi, FRAME+0x101
    check "in the task", df_esi, FRAME+0x1fc
    mov esi, FRAME + 0x100
    std
    lodsb
    ljmp SLOT:0
    lodsb
    cld
    check "ESI, DF set", esi, FRAME+0xfe
    check "in the task", df_esi, FRAME+0x1fa
    clts
    case "single step: LODS with DF set"
    mov esi, FRAME + 0x100
    try
    push F_TF + F_DF + 2
    popfd
    lodsw
66: nop
    caught DB
    check "ESI", rec_esi, FRAME+0xfe
    case "single step: STD"
    try
    push F_TF + 2
    popfd
    std
66: nop
    caught DB
    check_bits "EFLAGS", rec_eflags, F_DF, F_DF
    case "single step: CLD"
    try
    push F_TF + F_DF + 2
    popfd
    cld
66: nop
    caught DB
    check_bits "EFLAGS", rec_eflags, F_DF, 0
    case "one routine called with DF set and clear, many times"
    mov esi, FRAME + 0x100
    mov edi, FRAME + 0x3100
    mov ecx, 5000
    xor edx, edx
1:  std
    call move_two
    cld
    call move_two
    cld
    call move_two
    std
    call move_two
    std
    call move_two
    cld
    call move_two
    add edx, edi
    sub edx, esi
    dec ecx
    jnz 1b
    check "ESI", esi, FRAME+0x100
    check "EDI", edi, FRAME+0x3100
    check "EDX", edx, 5000*0x3000

    mov edi, DIR
    mov ecx, 1024
    xor eax, eax
    rep stosd
    mov dword ptr [DIR], LOW + P + W
    mov dword ptr [DIR + 4], TEST + P + W
    mov edi, LOW
    mov eax, P + W
1:  stosd
    add eax, 0x1000
    cmp eax, 0x400000
    jb 1b
    mov edi, TEST
    mov ecx, 1024
    xor eax, eax
    rep stosd
    mov dword ptr [TEST], FRAME + P + W
    mov dword ptr [TEST + 4], FRAME + P + W
    mov dword ptr [TEST + 8], FRAME + 0x1000 + P + W
    mov dword ptr [TEST + 16], FRAME + 0x2000 + P + W
    mov eax, DIR
    mov cr3, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    jmp 1f
1:

/* ---- overlap (SDM vol. 1, 7.3.9.1) ---- */
    move "MOVSB to the next byte repeats it", "rep movsb", PAGE+0x100, PAGE+0x101, 0x43
    was 0x100
    check "first", [FRAME + 0x100], byte_made
    check "last", [FRAME + 0x140], byte_made
    check "EDI", edi, PAGE+0x144
    move "MOVSB to the next byte by another address repeats it", "rep movsb", PAGE+0x100, PAGE+0x1101, 0x43
    was 0x100
    check "first", [FRAME + 0x100], byte_made
    check "last", [FRAME + 0x140], byte_made
    move "MOVSD to the next word by another address repeats it", "rep movsd", PAGE+0x1200, PAGE+0x204, 0x20
    was 0x200
    check "first", [FRAME + 0x204], made
    check "last", [FRAME + 0x280], made
    was 0x284
    check "behind it", [FRAME + 0x284], made
    move "MOVSD to the word before by another address moves all", "rep movsd", PAGE+0x1304, PAGE+0x300, 0x20
    was 0x304
    check "first", [FRAME + 0x300], made
    was 0x380
    check "last", [FRAME + 0x37c], made
    check "behind it", [FRAME + 0x380], made
    move "MOVSD onto itself by another address", "rep movsd", PAGE+0x1304, PAGE+0x304, 0x20
    was 0x304
    check "first", [FRAME + 0x304], made
    was 0x380
    check "last", [FRAME + 0x380], made
    case "MOVSW down to the word below by another address repeats it"
    fresh
    mov esi, PAGE + 0x17c
    mov edi, PAGE + 0x117a
    mov ecx, 0x20
    std
    rep movsw
    cld
    was 0x17c
    check "first", [FRAME + 0x17a], half_made
    check "last", [FRAME + 0x13c], half_made
    check "ESI", esi, PAGE+0x13c

/* ---- across pages ---- */
    move "MOVSD across two pages, from an odd address", "rep movsd", PAGE+0x2001, PAGE+0x1ff2, 8
    was 0x1004
    check "in the first", [FRAME + 0xff5], made
    was 0x1010
    check "in the second", [FRAME + 0x1001], made
    case "STOSW across two pages"
    fresh
    mov edi, PAGE + 0x1ffd
    mov ecx, 4
    mov eax, 0x1122
    rep stosw
    check_bits "in the first", "[FRAME + 0xffc]", 0xffffff00, 0x22112200
    check_bits "in the second", "[FRAME + 0x1000]", 0xffffff, 0x112211
    case "no iterations"
    mov esi, 0x12345678
    mov edi, 0x87654321
    xor ecx, ecx
    rep movsd
    rep stosb
    check "ESI", esi, 0x12345678
    check "EDI", edi, 0x87654321

/* ---- a page that is not there (SDM vol. 2B, REP) ---- */
    case "MOVSD into a page that is not present"
    fresh
    mov esi, PAGE + 0x500
    mov edi, PAGE + 0x2ff0
    mov ecx, 0x10
    try
66: rep movsd
    caught PF, 2
    check "CR2", rec_cr2, PAGE+0x3000
    check "ECX", rec_ecx, 12
    check "ESI", rec_esi, PAGE+0x510
    check "EDI", rec_edi, PAGE+0x3000
    was 0x50c
    check "the last that fits", [FRAME + 0x1ffc], made
    case "MOVSB from a page that is not present"
    fresh
    mov esi, PAGE + 0x2ffd
    mov edi, PAGE + 0x600
    mov ecx, 0x10
    try
66: rep movsb
    caught PF, 0
    check "CR2", rec_cr2, PAGE+0x3000
    check "ECX", rec_ecx, 13
    check "EDI", rec_edi, PAGE+0x603
    case "STOSD into a page that is not present"
    mov edi, PAGE + 0x2ff8
    mov ecx, 0x10
    try
66: rep stosd
    caught PF, 2
    check "CR2", rec_cr2, PAGE+0x3000
    check "ECX", rec_ecx, 14
    case "STOSD down into a page that is not present"
    mov edi, PAGE + 0x4008
    mov ecx, 0x10
    std
    try
66: rep stosd
    caught PF, 2
    check "CR2", rec_cr2, PAGE+0x3ffc
    check "ECX", rec_ecx, 13
    check "EDI", rec_edi, PAGE+0x3ffc
    check_bits "DF", rec_eflags, F_DF, F_DF
    case "LODSD down into a page that is not present"
    mov esi, PAGE + 0x4000
    std
    lodsd
    try
66: lodsd
    caught PF, 0
    check "ESI", rec_esi, PAGE+0x3ffc
    check_bits "DF", rec_eflags, F_DF, F_DF
    case "CMPSB ends before a page that is not present"
    fresh
    mov esi, PAGE + 0x2ff8
    mov edi, PAGE + 0x1ff8
    mov al, [PAGE + 0x2ff8]
    mov [PAGE + 0xff8], al
    mov ecx, 0x100
    repe cmpsb
    check "ECX", ecx, 0xfe
    check "ESI", esi, PAGE+0x2ffa
    case "SCASB up to a page that is not present"
    mov edi, PAGE + 0x2f00
    mov byte ptr [PAGE + 0x2fff], 0xa5
    mov ecx, 0x1000
    mov al, 0xa5
    repne scasb
    check_bits "found", "[edi - 4]", 0xff000000, 0xa5000000
    case "SCASD each way"
    fresh
    was 0x640
    mov eax, offset made
    mov edi, PAGE + 0x400
    mov ecx, 0x1000
    repne scasd
    check "up", edi, PAGE+0x644
    mov edi, PAGE + 0x800
    mov ecx, 0x1000
    std
    repne scasd
    cld
    check "down", edi, PAGE+0x63c
    case "SCASW where only half a word agrees"
    mov edi, FRAME
    mov ecx, 0x40
    mov eax, 0x5a5b
    rep stosw
    mov word ptr [FRAME + 0x32], 0x5b5b
    mov word ptr [FRAME + 0x38], 0x5b5a
    mov edi, FRAME
    mov ecx, 0x40
    mov eax, 0x5b5a
    repne scasw
    check "EDI", edi, FRAME+0x3a
    mov edi, FRAME
    mov ecx, 0x40
    mov eax, 0x5a5b
    repe scasw
    check "EDI, REPE", edi, FRAME+0x34
    finish

both_ways:
    lodsb
    lodsb
    mov df_esi, esi
    cld
    lodsd
    iretd
both_ways_ud:
    add dword ptr [esp], 2
    jmp both_ways
in_task:
    lodsw
    lodsw
    mov df_esi, esi
    ljmp TSS0:0
    lodsw
    mov df_esi, esi
    ljmp TSS0:0
move_two:
    movsb
    movsw
    ret

    .balign 4
df_esi:         .long 0, 0
tss_df:         .fill 8, 4, 0
                .long in_task, F_DF + 2, 0, 0, 0, 0, USTACK, 0, FRAME + 0x200, 0
                .long DATA0, CODE0, DATA0, DATA0, DATA0, DATA0, 0, 0
