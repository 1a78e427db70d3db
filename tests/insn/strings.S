/* strings.S - REP MOVS, STOS, CMPS and SCAS: onto themselves, by one address or two, across pages, into a page that is
 * not there.
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
