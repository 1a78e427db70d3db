/* smm.S - system-management mode: entry by SMI, the state save map, RSM, relocation, NMI.
 *
 * SDM vol. 3C, chapter 34: 34.3 (entry and RSM), 34.4 (save map, table 34-1; initial state, table 34-4), 34.8 (NMI),
 * 34.11 (SMBASE).  The SMI is sent by the local APIC to itself.
 *
 * QEMU 7.2: differs in "SMI and RSM", "a changed EAX comes back changed", "ring 3": it takes the SMI some
 *     instructions late; at the next boundary, SDM vol. 3C, 34.3.
 * QEMU 7.2: differs in "the hidden part of a segment comes back, not the GDT's": it does not check the limit
 *     that comes back; SDM vol. 3C, 34.4.1.
 * QEMU 7.2: differs in "NMI waits for RSM": the NMI is lost; one waits for RSM, SDM vol. 3C, 34.8.
 * QEMU 7.2: differs in "SMBASE moves with RSM": CS is 3000h; SMBASE >> 4, SDM vol. 3C, table 34-4.
 * Bochs 2.7: not run: built for 64-bit guests, it saves in the layout of AMD64. */
.include "insn.inc"

.set APIC, 0xfee00000
.set SMBASE, 0x30000
.set NEW_SMBASE, 0x50000

/* Offsets in the save map, from SMBASE + 8000h. */
.set S_SMBASE, 0x7ef8
.set S_REVISION, 0x7efc
.set S_HALT, 0x7f02
.set S_ES, 0x7fa8
.set S_CS, 0x7fac
.set S_SS, 0x7fb0
.set S_DS, 0x7fb4
.set S_TR, 0x7fc4
.set S_DR7, 0x7fc8
.set S_DR6, 0x7fcc
.set S_EAX, 0x7fd0
.set S_ECX, 0x7fd4
.set S_EBX, 0x7fdc
.set S_ESP, 0x7fe0
.set S_EIP, 0x7ff0
.set S_EFLAGS, 0x7ff4
.set S_CR3, 0x7ff8
.set S_CR0, 0x7ffc

/* An SMI to ourselves, and time for it to arrive. */
.macro smi
    mov dword ptr [APIC + 0x300], 0x4200
    nop
    nop
.endm
/* A value of the last save map. */
.macro check_saved text, at, want, base=SMBASE
    check "\text", [\base + 0x8000 + \at], \want
.endm

    mov dword ptr [APIC + 0xf0], 0x1ff
    mov dword ptr [APIC + 0x310], 0
    mov esi, offset handler
    mov edi, SMBASE + 0x8000
    mov ecx, 0x100
    rep movsb
    mov esi, offset handler
    mov edi, NEW_SMBASE + 0x8000
    mov ecx, 0x100
    rep movsb

    case "SMI and RSM"
    mov eax, 0x11112222
    mov ebx, 0x33334444
    push F_CF + F_IOPL3 + 2
    popfd
    mov dword ptr [APIC + 0x300], 0x4200
66: nop
    nop
    pushfd
    pop ecx
    check "EAX comes back", eax, 0x11112222
    check "EBX comes back", ebx, 0x33334444
    check "EFLAGS come back", ecx, F_CF+F_IOPL3+2
    check "entries", entries, 1
    check_saved "EAX", S_EAX, 0x11112222
    check_saved "EBX", S_EBX, 0x33334444
    check_saved "EFLAGS", S_EFLAGS, F_CF+F_IOPL3+2
    check_saved "EIP", S_EIP, 66b
    check_saved "ESP", S_ESP, KSTACK
    check_saved "SMBASE", S_SMBASE, SMBASE
    check_bits "CS", [SMBASE + 0x8000 + S_CS], 0xffff, CODE0
    check_bits "DS", [SMBASE + 0x8000 + S_DS], 0xffff, DATA0
    check_bits "TR", [SMBASE + 0x8000 + S_TR], 0xffff, TSS0
    check_bits "revision: SMBASE can be moved", [SMBASE + 0x8000 + S_REVISION], 0x20000, 0x20000
    check_bits "HALT", [SMBASE + 0x8000 + S_HALT - 2], 0x10000, 0
    mov eax, cr0
    sub eax, [SMBASE + 0x8000 + S_CR0]
    check "CR0 saved - CR0", eax, 0
    case "the state at entry (table 34-4)"
    check_bits "PE, EM, TS, PG", got_cr0, 0x8000000d, 0
    check "CR4", got_cr4, 0
    check "EFLAGS", got_flags, 2
    check "CS", got_cs, SMBASE>>4
    check "DS", got_ds, 0
    check "DR7", got_dr7, 0x400
    case "a changed EAX comes back changed"
    mov dword ptr patch_at, S_EAX
    mov dword ptr patch, 0x99
    mov eax, 5
    smi
    check "EAX", eax, 0x99
    case "a changed EIP"
    mov dword ptr patch_at, S_EIP
    mov dword ptr patch, offset 1f
    mov dword ptr [APIC + 0x300], 0x4200
    nop
    ud2
1:  check "entries", entries, 3
    case "ring 3"
    mark
    user F_IOPL3+2
    mov eax, 0x7777
    smi
    kernel
    check "EAX", eax, 0x7777
    check_bits "CS", [SMBASE + 0x8000 + S_CS], 0xffff, CODE3
    case "the hidden part of a segment comes back, not the GDT's"
    setdesc SLOT, 0x4000, 0xfff, 0x4093
    mov ax, SLOT
    mov es, ax
    setdesc SLOT, 0, 0, 0
    mov dword ptr [0x4010], 0x31415926
    smi
    mov ebx, es:[0x10]
    check "memory", ebx, 0x31415926
    try
66: mov ebx, es:[0x1000]
    caught GP, 0
    mov ax, DATA0
    mov es, ax
    case "paging comes back"
    mov dword ptr [TABLES], 0x83
    mov dword ptr [TABLES + 4], 0x83
    mov dword ptr [TABLES + (APIC >> 22) * 4], (APIC & 0xffc00000) + 0x83
    mov eax, TABLES
    mov cr3, eax
    mov eax, 0x10
    mov cr4, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    mov dword ptr [0x40010], 0x27182818
    smi
    check "memory at 4 MB + 40010h", [0x440010], 0x27182818
    check_saved "CR3", S_CR3, TABLES
    mov eax, cr4
    check "CR4", eax, 0x10
    mov eax, cr0
    and eax, 0x7fffffff
    mov cr0, eax
    xor eax, eax
    mov cr4, eax
    case "DR6 and DR7 come back"
    mov eax, 0x500
    mov dr7, eax
    smi
    mov eax, dr7
    check "DR7", eax, 0x500
    xor eax, eax
    mov dr7, eax

/* ---- 34.8 ---- */
    case "NMI waits for RSM"
    setint NMI, CODE0, take_nmi
    mov dword ptr nmi_inside, 1
    smi
    nop
    check "NMIs after RSM", nmis, 1
    check "NMIs before RSM", nmis_seen, 0
    mov dword ptr nmi_inside, 0

/* ---- 34.11 ---- */
    case "SMBASE moves with RSM"
    mov dword ptr patch_at, S_SMBASE
    mov dword ptr patch, NEW_SMBASE
    smi
    check "CS of the first", got_cs, SMBASE>>4
    mov eax, 0x4444
    smi
    check "CS of the second", got_cs, NEW_SMBASE>>4
    check_saved "EAX", S_EAX, 0x4444, NEW_SMBASE
    check_saved "SMBASE", S_SMBASE, NEW_SMBASE, NEW_SMBASE
    case "#UD: RSM outside"
    try
66: rsm
    caught UD
    finish

take_nmi:
    inc dword ptr nmis
    iretd

/* Runs at SMBASE + 8000h: 16-bit code, segments of 4 GB at 0. */
    .code16
handler:
    mov ebx, offset smm_data
    mov esp, 0x2c000
    pushfd
    pop eax
    mov [ebx + got_flags - smm_data], eax
    mov eax, cr0
    mov [ebx + got_cr0 - smm_data], eax
    mov eax, cr4
    mov [ebx + got_cr4 - smm_data], eax
    mov eax, dr7
    mov [ebx + got_dr7 - smm_data], eax
    xor eax, eax
    mov ax, cs
    mov [ebx + got_cs - smm_data], eax
    mov ax, ds
    mov [ebx + got_ds - smm_data], eax
    inc dword ptr [ebx + entries - smm_data]
    mov eax, [ebx + patch_at - smm_data]
    test eax, eax
    jz 1f
    mov edx, [ebx + patch - smm_data]
    mov cs:[eax + 0x8000], edx
    mov dword ptr [ebx + patch_at - smm_data], 0
1:  cmp dword ptr [ebx + nmi_inside - smm_data], 0
    je 2f
    mov eax, APIC + 0x300
    mov dword ptr [eax], 0x4400
    mov ecx, 100
1:  dec ecx
    jnz 1b
    mov eax, [ebx + nmis - smm_data]
    mov [ebx + nmis_seen - smm_data], eax
2:  rsm

    .balign 4
smm_data:
got_flags:      .long 0
got_cr0:        .long 0
got_cr4:        .long 0
got_dr7:        .long 0
got_cs:         .long 0
got_ds:         .long 0
entries:        .long 0
patch_at:       .long 0
patch:          .long 0
nmi_inside:     .long 0
nmis:           .long 0
nmis_seen:      .long 0
