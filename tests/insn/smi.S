/* smi.S - SMIs of the chip set: SMRAM of the host bridge, the APM control port, HLT, traps that wait.
 *
 * Intel 290549 (440FX), 3.2.20, the SMRAM register.  Intel 290562 (PIIX4), 3.4 (APMC), 7.1.9 (DEVACTB) and 7.2.9
 * (GLBCTL).  SDM vol. 3C, 34.3 and 34.4; 34.10 (HALT); vol. 3A, table 6-2 (an SMI goes before a debug trap).
 *
 * QEMU 7.2: differs in "G_SMRAME clear: no SMRAM": it has no G_SMRAME; Intel 290549, 3.2.20.
 * QEMU 7.2: differs in "an SMI opens SMRAM, RSM closes it": it takes the SMI some instructions late; at the
 *     next boundary, SDM vol. 3C, 34.3.
 * QEMU 7.2: differs in "D_CLS: fetches see SMRAM, data does not": it has no D_CLS; Intel 290549, 3.2.20.
 * QEMU 7.2: differs in "a debug trap waits for RSM": the trap does not wait; SDM vol. 3A, table 6-2.
 * QEMU 7.2: differs in "SMI in HLT": it has no HALT field; SDM vol. 3C, 34.10.
 * QEMU 7.2: differs in "D_LCK: D_OPEN stays clear": it has no D_LCK; Intel 290549, 3.2.20.
 * Bochs 2.7: not run: built for 64-bit guests, it saves in the layout of AMD64. */
.include "insn.inc"

.set SMBASE, 0x30000
.set SMRAM, 0xa0000
.set PM, 0x600                  /* base of the PIIX4's I/O block */
.set IOAPIC, 0xfec00000
.set SEEN, SMRAM + 0xc000       /* what the handler at A8000h leaves in SMRAM */

/* A byte of PCI configuration space. */
.macro config function, offset, value
    mov eax, 0x80000000 + (\function << 8) + (\offset & 0xfc)
    mov dx, 0xcf8
    out dx, eax
    mov dx, 0xcfc + (\offset & 3)
    mov al, \value
    out dx, al
.endm
.macro smram value
    config 0, 0x72, \value
.endm
.macro apm
    mov al, 0x33
    out 0xb2, al
66: nop
    nop
.endm

    config 0x0b, 0x40, (PM & 0xff)
    config 0x0b, 0x41, (PM >> 8)
    config 0x0b, 0x80, 1
    mov esi, offset mover
    mov edi, SMBASE + 0x8000
    mov ecx, 0x40
    rep movsb

    case "D_OPEN: SMRAM is memory outside SMM"
    smram 0x4a
    mov esi, offset handler
    mov edi, SMRAM + 0x8000
    mov ecx, 0x200
    rep movsb
    mov ebx, [SMRAM + 0x8000]
    sub ebx, [handler]
    check "what was written", ebx, 0
    smram 0x0a
    mov ebx, [SMRAM + 0x8000]
    sub ebx, [handler]
    setnz bl
    movzx ebx, bl
    check "closed, it is not there", ebx, 1
    case "G_SMRAME clear: no SMRAM"
    smram 0x42
    mov ebx, [SMRAM + 0x8000]
    sub ebx, [handler]
    setnz bl
    movzx ebx, bl
    check "it is not there", ebx, 1
    smram 0x0a

    case "DEVACTB.APMC_EN clear: no SMI"
    mov dx, PM + 0x28
    mov eax, 1
    out dx, eax
    config 0x0b, 0x5b, 0
    apm
    check "SMIs", moved, 0
    case "GLBCTL.SMI_EN clear: no SMI"
    config 0x0b, 0x5b, 2
    mov dx, PM + 0x28
    xor eax, eax
    out dx, eax
    apm
    check "SMIs", moved, 0
    case "an SMI moves SMBASE into SMRAM"
    mov dx, PM + 0x28
    mov eax, 1
    out dx, eax
    apm
    check "SMIs", moved, 1
    in al, 0xb2
    movzx eax, al
    check "APMC", eax, 0x33
    mov dx, PM + 0x18
    in ax, dx
    and eax, 0x20
    check "GLBSTS.APM_STS", eax, 0x20

    case "an SMI opens SMRAM, RSM closes it"
    mov ebx, 0x12345678
    apm
    check "SMIs", entries, 1
    check "EBX", ebx, 0x12345678
    mov ebx, [SMRAM + 0xfffc - 0x20]
    cmp ebx, 0x12345678
    setne bl
    movzx ebx, bl
    check "the save map is not to be seen", ebx, 1
    smram 0x4a
    check "EBX in the save map", [SMRAM + 0xffdc], 0x12345678
    check "EIP in the save map", [SMRAM + 0xfff0], 66b
    check "the handler's own code, as it read it", [SEEN], 1
    smram 0x0a
    case "D_CLS: fetches see SMRAM, data does not"
    smram 0x4a
    check "with D_CLS", [SEEN + 4], 0
    check "without, once more", [SEEN + 8], 1
    smram 0x0a

    case "a debug trap waits for RSM"
    mov eax, dr6
    and eax, 0xffff0ff0
    mov dr6, eax
    try
    push F_TF + 2
    mov al, 0x33
    popfd
    out 0xb2, al
66: nop
    nop
    nop
    caught DB
    check_bits "DR6", rec_dr6, 0xf00f, 0x4000
    check "SMIs", entries, 2

/* The timer's IRQ 0 comes as an SMI, by the I/O APIC's pin 2. */
    case "SMI in HLT"
    mov al, 0x30
    out 0x43, al
    mov dword ptr [IOAPIC], 0x15
    mov dword ptr [IOAPIC + 0x10], 0
    mov dword ptr [IOAPIC], 0x14
    mov dword ptr [IOAPIC + 0x10], 0x0200
    mov dword ptr halts, 0
    mov dword ptr in_halt, 1
    mov al, 0
    out 0x40, al
    mov al, 8
    out 0x40, al
    mov ecx, 0x1234
    hlt
66: check "SMIs until the HALT field was cleared", halts, 3
    check "ECX", ecx, 0x1234
    mov dword ptr in_halt, 0
    smram 0x4a
    check "the HALT field", [SEEN + 12], 1
    check "EIP", [SMRAM + 0xfff0], 66b
    smram 0x0a
    mov dword ptr [IOAPIC], 0x14
    mov dword ptr [IOAPIC + 0x10], 0x10000

    case "D_LCK: D_OPEN stays clear"
    smram 0x1a
    smram 0x4a
    mov ebx, [SMRAM + 0x8000]
    sub ebx, [handler]
    setnz bl
    movzx ebx, bl
    check "SMRAM is not there", ebx, 1
    apm
    check "SMIs", entries, 6
    finish

/* Runs at 38000h: SMBASE is A0000h from RSM on. */
    .code16
mover:
    mov ebx, offset moved
    inc dword ptr [ebx]
    mov dword ptr cs:[0xfef8], SMRAM
    rsm

/* Runs at A8000h. */
    .macro see at                       /* does data see the code that runs here? */
    mov edx, [esi]
    cmp edx, [edi]
    sete dl
    movzx edx, dl
    mov [ebx + \at], edx
    .endm
handler:
    mov edi, offset handler
    mov esi, SMRAM + 0x8000
    mov ebx, SEEN
    mov ecx, offset entries
    inc dword ptr [ecx]
    mov ebp, [ecx + in_halt - entries]
    see 0
    mov eax, 0x80000070
    mov dx, 0xcf8
    out dx, eax
    mov dx, 0xcfe
    mov al, 0x2a                        /* D_CLS */
    out dx, al
    mov edx, [esi]
    cmp edx, [edi]
    sete cl
    mov dx, 0xcfe
    mov al, 0x0a
    out dx, al
    movzx ecx, cl
    mov [ebx + 4], ecx
    see 8
    test ebp, ebp
    jz 1f
    mov ebp, offset halts               /* the third SMI in HLT clears the field */
    movzx ecx, word ptr cs:[0xff02]
    mov [ebx + 12], ecx
    inc dword ptr ds:[ebp]
    cmp dword ptr ds:[ebp], 3
    je 2f
    mov al, 0x30
    out 0x43, al
    mov al, 0
    out 0x40, al
    mov al, 8
    out 0x40, al
1:  rsm
2:  mov word ptr cs:[0xff02], 0
    rsm

    .balign 4
moved:          .long 0
entries:        .long 0
in_halt:        .long 0
halts:          .long 0
