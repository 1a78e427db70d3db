/* privilege.S - privileged and sensitive instructions, control registers, MSRs, I/O permission: #GP(0).
 *
 * SDM vol. 3A, 5.9 (privileged instructions), 2.5 (control registers), vol. 1, 18.5 (I/O protection).
 *
 * QEMU 7.2: differs in "ring 0: CR0.NW without CD": it allows NW without CD; #GP, SDM vol. 2B, MOV to CR.
 * QEMU 7.2: differs in "RDMSR of an MSR that is not there", "WRMSR of an MSR that is not there": it reads 0 and
 *     writes nothing; #GP, SDM vol. 2B, RDMSR and WRMSR.
 * QEMU 7.2: differs in "WRMSR: reserved bits of IA32_APIC_BASE", "WRMSR: reserved memory type in IA32_PAT",
 *     "WRMSR: reserved bits of IA32_EFER", "WRMSR: reserved memory type in IA32_MTRR_DEF_TYPE", "WRMSR:
 *     reserved bit of IA32_MTRR_DEF_TYPE", "WRMSR: reserved memory type in a fixed MTRR", "WRMSR: reserved
 *     memory type in IA32_MTRR_PHYSBASE0", "WRMSR: reserved bit of IA32_MTRR_PHYSBASE0", "WRMSR: reserved bit
 *     of IA32_MTRR_PHYSMASK0", "WRMSR: IA32_MTRRCAP, which is read only", "WRMSR: IA32_MC0_STATUS, other than
 *     0": it does not check the value; #GP, SDM vol. 2B, WRMSR.
 * QEMU 7.2: stops in "ring 0: reserved bits of CR4": it takes the bits and hangs; #GP, SDM vol. 2B, MOV to CR.
 * QEMU 7.2: stops in "ring 0: CR0.PG without PE": it takes the value and shuts down; #GP, SDM vol. 2B, MOV to
 *     CR.
 * QEMU 7.2: differs in "RDPMC of a counter that is not there": #UD; #GP, SDM vol. 2B, RDPMC. */
.include "insn.inc"

.macro privileged text, insn:vararg
    case "ring 3: \text"
    try
    user
    xor ecx, ecx
66: \insn
    caught GP, 0
    check "CS", rec_cs, CODE3
.endm
.macro privileged_v86 text, insn:vararg
    case "V86: \text"
    try
    v86
66: \insn
    caught16 GP, 0
    check_bits "VM", rec_eflags, F_VM, F_VM
.endm
.macro user_may text, flags, insn
    case "ring 3: \text"
    mark
    user \flags
    \insn
    kernel
    check "done", 1, 1
.endm

/* ---- ring 3 ---- */
    privileged "HLT", hlt
    privileged "LGDT", lgdt [SCRATCH]
    privileged "LIDT", lidt [SCRATCH]
    privileged "LMSW", lmsw ax
    privileged "CLTS", clts
    privileged "INVD", invd
    privileged "WBINVD", wbinvd
    privileged "INVLPG", invlpg [SCRATCH]
    privileged "MOV from CR0", mov eax, cr0
    privileged "MOV to CR0", mov cr0, eax
    privileged "MOV from CR2", mov eax, cr2
    privileged "MOV to CR3", mov cr3, eax
    privileged "MOV from CR4", mov eax, cr4
    privileged "MOV from DR0", mov eax, dr0
    privileged "MOV to DR7", mov dr7, eax
    privileged "RDMSR", rdmsr
    privileged "WRMSR", wrmsr
    privileged "RDPMC with CR4.PCE clear", rdpmc
    privileged "SYSEXIT", sysexit
    privileged "CLI with IOPL 0", cli
    privileged "STI with IOPL 0", sti
    privileged "IN, the map denies", in al, 0x80
    privileged "OUT, the map denies", out 0x80, al
    privileged "INSB, the map denies", insb
    privileged "OUTSB, the map denies", outsb
    user_may "CLI and STI with IOPL 3", F_IOPL3+2, "cli; sti; cli"
    user_may "IN and OUT with IOPL 3", F_IOPL3+2, "in al, 0x80; out 0x80, al"
    user_may "RDTSC", 2, "rdtsc"
    user_may "SMSW, SGDT, SIDT, SLDT, STR", 2, "smsw ax; sgdt [SCRATCH]; sidt [SCRATCH]; sldt ax; str ax"
    case "ring 3: RDTSC with CR4.TSD"
    mov eax, 4
    mov cr4, eax
    try
    user
66: rdtsc
    caught GP, 0
    rdtsc
    xor eax, eax
    mov cr4, eax
    case "ring 3: POPF changes neither IF nor IOPL"
    mark
    user
    push F_IF + F_IOPL3 + F_CF + 2
    popfd
    pushfd
    pop ebx
    kernel
    check "EFLAGS", ebx, F_CF+2
    case "ring 3: POPF with IOPL 3 changes IF, not IOPL"
    mark
    user F_IOPL3+2
    push F_IF + F_CF + 2
    popfd
    pushfd
    cli
    pop ebx
    kernel
    check "EFLAGS", ebx, F_IOPL3+F_IF+F_CF+2
    case "ring 3: IRET to ring 3 changes neither IF nor IOPL"
    mark
    user
    push F_IF + F_IOPL3 + F_CF + 2
    push CODE3
    push offset 1f
    iretd
1:  pushfd
    pop ebx
    kernel
    check "EFLAGS", ebx, F_CF+2
    case "ring 1 with IOPL 1"
    setdesc SLOT, 0, 0xfffff, A_CODE32+A_DPL1
    setdesc SLOT1, 0, 0xfffff, A_DATA32+A_DPL1
    mov dword ptr [tss0 + 12], USTACK
    mov dword ptr [tss0 + 16], SLOT1 + 1
    mark
    user 0x1002, SLOT+1, SLOT1+1
    cli
    in al, 0x80
    kernel
    case "ring 1: MOV from CR0"
    try
    user 0x1002, SLOT+1, SLOT1+1
66: mov eax, cr0
    caught GP, 0
    check "CS", rec_cs, SLOT+1

/* ---- V86 mode, which is ring 3 ---- */
    privileged_v86 "HLT", hlt
    privileged_v86 "MOV from CR0", mov eax, cr0
    privileged_v86 "MOV to DR0", mov dr0, eax
    privileged_v86 "LMSW", lmsw ax
    privileged_v86 "CLTS", clts
    privileged_v86 "LIDT", lidt [0x100]
    privileged_v86 "RDMSR", rdmsr
    privileged_v86 "WRMSR", wrmsr
    privileged_v86 "LGDT", lgdt [0x100]
    privileged_v86 "INVD", invd
    privileged_v86 "WBINVD", wbinvd
    privileged_v86 "INVLPG", invlpg [0x100]
    privileged_v86 "MOV to CR3", mov cr3, eax
    privileged_v86 "MOV from DR7", mov eax, dr7

/* ---- the I/O permission map ---- */
.macro allow port
    btr dword ptr [tss0 + 0x88 + (\port / 32) * 4], \port & 31
.endm
    case "the map allows a port"
    allow 0x80
    mark
    user
    out 0x80, al
    in al, 0x80
    kernel
    case "the map: a word needs both bits"
    try
    user
66: out 0x80, ax
    caught GP, 0
    case "the map: both bits"
    allow 0x81
    mark
    user
    out 0x80, ax
    kernel
    case "the map: a dword needs four bits"
    allow 0x82
    try
    user
66: out 0x80, eax
    caught GP, 0
    case "the map: a word across two of its bytes"
    allow 0x87
    try
    user
66: out 0x87, ax
    caught GP, 0
    allow 0x88
    mark
    user
    out 0x87, ax
    kernel
    case "the map: beyond the TSS's limit"
    setdesc SLOT, tss0, 0x88+0xf, A_TSS32
    mov ax, SLOT
    ltr ax
    try
    user
66: out 0x80, al
    caught GP, 0
    case "the map: its second byte is needed too (vol. 1, 18.5.2)"
    setdesc SLOT, tss0, 0x88+0x10, A_TSS32
    mov ax, SLOT
    ltr ax
    try
    user
66: out 0x80, al
    caught GP, 0
    case "the map: just inside the limit"
    setdesc SLOT, tss0, 0x88+0x11, A_TSS32
    mov ax, SLOT
    ltr ax
    mark
    user
    out 0x80, al
    kernel
    case "the map: base beyond the limit"
    mov word ptr [tss0 + 0x66], 0xffff
    try
    user
66: out 0x80, al
    caught GP, 0
    case "the map: ring 0 does not look"
    out 0x80, al
    case "the map: a 16-bit TSS has none"
    mov word ptr [tss0 + 0x66], 0x88
    setdesc SLOT, tss16, 0xff, A_TSS16
    mov ax, SLOT
    ltr ax
    try
    user
66: out 0x80, al
    caught GP, 0
    and byte ptr [gdt + TSS0 + 5], 0xfd
    mov ax, TSS0
    ltr ax
    case "the map: V86 mode looks whatever IOPL says"
    try
    v86 F_VM+F_IOPL3+2
66: out 0x84, al
    caught16 GP, 0
    mark
    v86 F_VM+F_IOPL3+2
    out 0x80, al
    kernel

/* ---- control registers (2.5) ---- */
    case "ring 0: CR0.NW without CD"
    mov ecx, cr0
    or ecx, 0x20000000
    try
66: mov cr0, ecx
    caught GP, 0
    case "ring 0: reserved bits of CR4"
    mov eax, 0x08000000
    try
66: mov cr4, eax
    caught GP, 0
    case "CR0: ET stays set, reserved bits stay clear"
    mov eax, cr0
    mov ebx, eax
    and eax, ~0x10
    mov cr0, eax
    mov eax, cr0
    sub eax, ebx
    check "change", eax, 0
    case "LMSW sets PE, MP, EM and TS, and cannot clear PE"
    mov eax, 0xfff0 + 2
    lmsw ax
    mov ebx, cr0
    check_bits "CR0", ebx, 0xf, 3
    mov ax, 0
    lmsw ax
    mov ebx, cr0
    check_bits "CR0", ebx, 0x3f, 0x31
    case "SMSW stores 32 bits in a 32-bit register"
    mov ebx, cr0
    xor eax, eax
    smsw eax
    sub eax, ebx
    check "SMSW - CR0", eax, 0
    case "SMSW to memory stores 16 bits"
    mov dword ptr [SCRATCH], -1
    smsw [SCRATCH]
    check_bits "high half", [SCRATCH], 0xffff0000, 0xffff0000

/* ---- MSRs (vol. 2B, RDMSR, WRMSR) ---- */
    case "RDMSR of an MSR that is not there"
    mov ecx, 0x12345678
    try
66: rdmsr
    caught GP, 0
    case "WRMSR of an MSR that is not there"
    mov ecx, 0x12345678
    try
66: wrmsr
    caught GP, 0
    case "WRMSR: reserved bits of IA32_APIC_BASE"
    mov ecx, 0x1b
    rdmsr
    or eax, 1
    try
66: wrmsr
    caught GP, 0
    case "WRMSR: reserved memory type in IA32_PAT"
    mov ecx, 0x277
    mov eax, 0x00070402
    mov edx, 0x00070406
    try
66: wrmsr
    caught GP, 0
.macro bad_msr text, index, low, high=0
    case "WRMSR: \text"
    mov ecx, \index
    mov eax, \low
    mov edx, \high
    try
66: wrmsr
    caught GP, 0
.endm
    bad_msr "reserved memory type in IA32_MTRR_DEF_TYPE", 0x2ff, 0xc02
    bad_msr "reserved bit of IA32_MTRR_DEF_TYPE", 0x2ff, 0x1c06
    bad_msr "reserved memory type in a fixed MTRR", 0x250, 0x06060306, 0x06060606
    bad_msr "reserved memory type in IA32_MTRR_PHYSBASE0", 0x200, 7
    bad_msr "reserved bit of IA32_MTRR_PHYSBASE0", 0x200, 0x106
    bad_msr "reserved bit of IA32_MTRR_PHYSMASK0", 0x201, 0x400
    bad_msr "IA32_MTRRCAP, which is read only", 0xfe, 0
    bad_msr "IA32_MC0_STATUS, other than 0", 0x401, 1
    case "RDPMC of a counter that is not there"
    mov ecx, 0x1234
    try
66: rdpmc
    caught GP, 0
    case "WRMSR: reserved bits of IA32_EFER"
    mov ecx, 0xc0000080
    rdmsr
    or eax, 2
    try
66: wrmsr
    caught GP, 0

/* ---- UMIP (2.5, CR4) ---- */
    case "UMIP is there"
    mov eax, 7
    xor ecx, ecx
    cpuid
    bt ecx, 2
    jnc 9f
    mov eax, 0x800
    mov cr4, eax
    privileged "SGDT with UMIP", sgdt [SCRATCH]
    privileged "SIDT with UMIP", sidt [SCRATCH]
    privileged "SLDT with UMIP", sldt ax
    privileged "STR with UMIP", str ax
    privileged "SMSW with UMIP", smsw ax
    case "SGDT with UMIP in ring 0"
    sgdt [SCRATCH]
    xor eax, eax
    mov cr4, eax
9:
    case "ring 0: CR0.PG without PE"
    mov ecx, cr0
    or ecx, 0x80000000
    and cl, 0xfe
    try
66: mov cr0, ecx
    caught GP, 0
    finish

    .balign 4
tss16:
    .word 0, 0x6000, DATA0              /* SP0, SS0 */
    .fill 0x60, 1, 0
    .word 0x68
    .fill 0x100, 1, 0
