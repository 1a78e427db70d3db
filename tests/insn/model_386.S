/* model_386.S - -cpu 386: what the 486 and later processors brought is not there.
 *
 * 80386 Programmer's Reference Manual, appendix A (opcodes) and 2.3.4 (EFLAGS), 4.1.1 (CR0).
 *
 * Options: -cpu 386
 *
 * QEMU 7.2: not run: it has no 386.
 * Bochs 2.7: not run: it has no 386. */
.include "insn.inc"

.macro lacks text, bytes:vararg
    case "\text"
    try
66: .byte \bytes
    caught UD
.endm
    lacks "BSWAP", 0x0f, 0xc8
    lacks "CMPXCHG", 0x0f, 0xb1, 0x05, 0, 0x80, 0, 0
    lacks "XADD", 0x0f, 0xc1, 0xc0
    lacks "INVD", 0x0f, 0x08
    lacks "WBINVD", 0x0f, 0x09
    lacks "INVLPG", 0x0f, 0x01, 0x3d, 0, 0x80, 0, 0
    lacks "CPUID", 0x0f, 0xa2
    lacks "RDTSC", 0x0f, 0x31
    lacks "RDMSR", 0x0f, 0x32
    lacks "WRMSR", 0x0f, 0x30
    lacks "CMPXCHG8B", 0x0f, 0xc7, 0x0d, 0, 0x80, 0, 0
    lacks "MOV from CR4", 0x0f, 0x20, 0xe0
    lacks "CMOVZ", 0x0f, 0x44, 0xc0
    lacks "FCOMI", 0xdb, 0xf0
    lacks "SYSENTER", 0x0f, 0x34
    lacks "PXOR", 0x0f, 0xef, 0xc0
    lacks "EMMS", 0x0f, 0x77
    lacks "FXSAVE", 0x0f, 0xae, 0x05, 0, 0x80, 0, 0
    lacks "XORPS", 0x0f, 0x57, 0xc0
    lacks "POPCNT", 0xf3, 0x0f, 0xb8, 0xc0
    case "EFLAGS: neither AC nor ID"
    push F_AC + 0x200000 + 2
    popfd
    pushfd
    pop ebx
    check "EFLAGS", ebx, 2
    case "CR0: PE, MP, EM, TS, ET and PG alone"
    mov eax, cr0
    or eax, 0x7ffffffe
    mov cr0, eax
    mov ebx, cr0
    and al, 0xf1
    mov cr0, eax
    check "CR0", ebx, 0x1f
    case "supervisor writes to read-only pages: there is no WP"
    mov dword ptr [TABLES], TABLES + 0x1003
    mov edi, TABLES + 0x1000
    mov eax, 3
1:  mov [edi], eax
    add edi, 4
    add eax, 0x1000
    cmp eax, 0x400000
    jb 1b
    and dword ptr [TABLES + 0x1000 + 8 * 4], ~2
    mov eax, TABLES
    mov cr3, eax
    mov eax, cr0
    or eax, 0x80010000
    mov cr0, eax
    mov dword ptr [SCRATCH], 0x1234
    check "memory", [SCRATCH], 0x1234
    finish
