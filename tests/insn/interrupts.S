/* interrupts.S - external interrupts, NMI, and what holds them back: IF, the shadows of STI and MOV SS, CR8's priority.
 *
 * The local APIC sends itself interrupts (SDM vol. 3A, 10.6.1), which arrive at the next instruction boundary where
 * they may; 6.7 (NMI), 6.8 (masking), 6.8.3 (MOV SS), vol. 2B, STI.
 *
 * QEMU 7.2: differs in "NMI: an IRET that faults lets the next one in (vol. 3C, 27.2.3)": it goes on to hold
 *     NMIs back; an IRET that faults lets them in, SDM vol. 3C, 27.2.3.
 * QEMU 7.2: differs in "NMI by way of a task gate": it still holds NMIs back, from the case before; SDM vol.
 *     3A, 6.7.1. */
.include "insn.inc"

.set APIC, 0xfee00000
.set VECTOR, 0x50

/* An interrupt, and an NMI, to ourselves. */
.macro send
    mov dword ptr [APIC + 0x300], 0x44000 + VECTOR
    call settle
.endm
.macro send_nmi
    mov dword ptr [APIC + 0x310], 0
    mov dword ptr [APIC + 0x300], 0x4400
    call settle
.endm
.macro check_taken want_count, want_eip
    check "interrupts", taken, \want_count
    check "EIP", taken_eip, \want_eip
    mov dword ptr taken, 0
.endm

    mov dword ptr [APIC + 0xf0], 0x1ff          /* software enable */
    mov dword ptr [APIC + 0x80], 0
    setint VECTOR, CODE0, take
    setint NMI, CODE0, take_nmi

    case "IF clear: nothing"
    send
    nop
    check "interrupts", taken, 0
    case "STI: not before the next instruction is done"
    sti
    nop
66: nop
    cli
    check_taken 1, 66b
    case "STI; CLI: nothing"
    send
    sti
    cli
    nop
    check "interrupts", taken, 0
    case "the interrupt waited"
    sti
    nop
66: cli
    check_taken 1, 66b
    case "POPF that sets IF has no shadow"
    send
    push F_IF + 2
    popfd
66: nop
    cli
    check_taken 1, 66b
    case "IRET that sets IF has no shadow"
    send
    push F_IF + 2
    push CODE0
    push offset 66f
    iretd
66: nop
    cli
    check_taken 1, 66b
    case "STI; MOV SS"
    send
    mov cx, ss
    sti
    mov ss, cx                          /* its own shadow need not follow STI's */
    nop
    nop
    cli
    check "interrupts", taken, 1
    mov dword ptr taken, 0
    case "STI; HLT wakes"
    send
    sti
    hlt
66: cli
    check_taken 1, 66b
    case "the handler of an interrupt gate has IF clear"
    check_bits "EFLAGS", taken_flags, F_IF, 0
    case "RF is clear in the pushed EFLAGS, between instructions"
    check_bits "EFLAGS", taken_image, F_RF, 0
    case "task priority holds an interrupt back (vol. 3A, 10.8.3)"
    mov dword ptr [APIC + 0x80], 0x60
    send
    sti
    nop
    nop
    check "interrupts", taken, 0
    mov dword ptr [APIC + 0x80], 0x40
    call settle
    cli
    check "interrupts", taken, 1
    mov dword ptr taken, 0
    case "interrupt in ring 3, on the stack of ring 0"
    mov dword ptr [APIC + 0x300], 0x44000 + VECTOR
    mark
    user F_IF+F_IOPL3+2
66: nop
    cli
    kernel
    check_taken 1, 66b
    check "CS", taken_cs, CODE3
    case "interrupt between iterations of REP"
    setint VECTOR, CODE0, take_in_rep
    mov esi, SCRATCH
    mov edi, SCRATCH + 0x100
    mov ecx, 20
    mov ebx, 0
    send
    sti
66: rep movsb
    cli
    check "interrupts", taken, 1
    check "ECX at the end", ecx, 0
    check "EDI at the end", edi, SCRATCH+0x114
    mov dword ptr taken, 0
    setint VECTOR, CODE0, take

/* ---- NMI ---- */
    case "NMI ignores IF"
    send_nmi
    nop
    nop
    check "NMIs", nmis, 1
    mov dword ptr nmis, 0
    case "NMI: the handler is not interrupted by another until its IRET (6.7.1)"
    setint NMI, CODE0, take_nmi_twice
    send_nmi
    nop
    nop
    nop
    check "NMIs", nmis, 2
    check "NMIs seen inside the first", nmis_inside, 1
    mov dword ptr nmis, 0
    setint NMI, CODE0, take_nmi
    case "NMI wakes HLT"
    setint VECTOR, CODE0, take_send_nmi
    send
    sti
    hlt
    cli
    check "NMIs", nmis, 1
    setint VECTOR, CODE0, take
    mov dword ptr nmis, 0
    mov dword ptr taken, 0
    case "NMI: an IRET that faults lets the next one in (vol. 3C, 27.2.3)"
    setint NMI, CODE0, bad_iret
    try
    send_nmi
    ud2
bad_iret:
    push 2
    push 0
    push 0
66: iretd
    caught GP, 0
    mov esp, KSTACK
    setint NMI, CODE0, take_nmi
    send_nmi
    nop
    check "NMIs", nmis, 1
    mov dword ptr nmis, 0
    case "NMI by way of a task gate"
    setdesc SLOT, tss_nmi, 0x67, A_TSS32
    mov dword ptr [tss_nmi + 0x20], offset nmi_task
    mov dword ptr [tss_nmi + 0x24], 2
    mov dword ptr [tss_nmi + 0x38], ISTACK
    mov dword ptr [tss_nmi + 0x4c], CODE0
    mov dword ptr [tss_nmi + 0x50], DATA0
    mov dword ptr [tss_nmi + 0x54], DATA0
    setint NMI, SLOT, 0, A_TASK
    send_nmi
    nop
    nop
    check "NMIs", nmis, 1
    finish

take:
    inc dword ptr taken
    push eax
    pushfd
    pop dword ptr taken_flags
    mov eax, [esp + 4]
    mov taken_eip, eax
    mov eax, [esp + 8]
    mov taken_cs, eax
    mov eax, [esp + 12]
    mov taken_image, eax
    mov dword ptr [APIC + 0xb0], 0
    pop eax
    iretd
take_in_rep:
    inc dword ptr taken
    mov dword ptr [APIC + 0xb0], 0
    iretd
take_send_nmi:
    send_nmi
    nop
    nop
    inc dword ptr taken
    mov dword ptr [APIC + 0xb0], 0
    iretd
take_nmi:
    inc dword ptr nmis
    iretd
take_nmi_twice:
    inc dword ptr nmis
    cmp dword ptr nmis, 1
    jne 1f
    send_nmi
    nop
    nop
    push eax
    mov eax, nmis
    mov nmis_inside, eax
    pop eax
1:  iretd
nmi_task:
    inc dword ptr nmis
    iretd
    jmp nmi_task
/* Some time for the APIC to deliver. */
settle:
    push ecx
    mov ecx, 100
1:  loop 1b
    pop ecx
    ret

    .balign 4
taken:          .long 0
taken_eip:      .long 0
taken_cs:       .long 0
taken_flags:    .long 0
taken_image:    .long 0
nmis:           .long 0
nmis_inside:    .long 0
tss_nmi:        .fill 0x68, 1, 0
