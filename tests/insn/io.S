/* io.S - IN, OUT, INS and OUTS of every size: what they move, where to, and what they leave alone.
 *
 * SDM vol. 2A, IN, INS; vol. 2B, OUT, OUTS.  Intel 290549 (440FX), 3.1 (configuration by ports CF8h and CFCh) and 3.2
 * (vendor and device 12378086h in register 0; 60h to 67h, the DRAM row boundaries, hold what is written).
 *
 * QEMU 7.2: differs in "OUT imm8, EAX and IN EAX, imm8": its page registers beside those of the channels hold
 *     nothing; Intel 290562 (PIIX4), 7.1 (80h to 8Fh).
 * Bochs 2.7: differs in "OUT imm8, AX and IN AX, imm8", "OUT imm8, EAX and IN EAX, imm8": its page registers
 *     answer bytes alone; a wide access is one to each byte, Intel 290562 (PIIX4), 3.1. */
.include "insn.inc"

.set ADDRESS, 0xcf8
.set DATA, 0xcfc

/* The register of the host bridge that port CFCh is. */
.macro select reg
    mov edx, ADDRESS
    mov eax, 0x80000000 + \reg
    out dx, eax
    mov edx, DATA
.endm

/* ---- by DX ---- */
    case "OUT DX, EAX and IN EAX, DX"
    mov edx, ADDRESS
    mov eax, 0x80001234 & ~3
    out dx, eax
    xor eax, eax
    in eax, dx
    check "EAX", eax, 0x80001234 & ~3
    case "IN EAX, DX"
    select 0
    in eax, dx
    check "EAX", eax, 0x12378086
    case "IN AX, DX keeps the upper half"
    mov eax, 0x55555555
    in ax, dx
    check "EAX", eax, 0x55558086
    case "IN AL, DX keeps the rest"
    mov eax, 0x55555555
    in al, dx
    check "EAX", eax, 0x55555586
    case "OUT DX, AX and OUT DX, AL"
    select 0x60
    mov eax, 0x0403
    out dx, ax
    inc edx
    mov eax, 0x1107
    out dx, al
    dec edx
    in ax, dx
    check "AX", eax, 0x0703

/* ---- by an immediate: page registers of the 8237s, which are bytes ---- */
    case "OUT imm8, AL and IN AL, imm8"
    mov eax, 0x5555005a
    out 0x82, al
    mov al, 0
    in al, 0x82
    check "EAX", eax, 0x5555005a
    case "OUT imm8, AX and IN AX, imm8"
    mov eax, 0x55551234
    out 0x82, ax
    mov ax, 0
    in ax, 0x82
    check "EAX", eax, 0x55551234
    case "OUT imm8, EAX and IN EAX, imm8"
    mov eax, 0x11223344
    out 0x8c, eax
    xor eax, eax
    in eax, 0x8c
    check "EAX", eax, 0x11223344

/* ---- INS ---- */
.macro fill
    mov edi, SCRATCH
    mov eax, 0x55555555
    mov ecx, 4
    rep stosd
    mov edi, SCRATCH
.endm
    case "INSB"
    fill
    select 0
    insb
    check "EDI", edi, SCRATCH+1
    check "memory", [SCRATCH], 0x55555586
    case "INSW"
    fill
    insw
    check "EDI", edi, SCRATCH+2
    check "memory", [SCRATCH], 0x55558086
    case "INSD"
    fill
    insd
    check "EDI", edi, SCRATCH+4
    check "memory", [SCRATCH], 0x12378086
    check "behind", [SCRATCH + 4], 0x55555555
    case "REP INSB"
    fill
    mov ecx, 3
    rep insb
    check "ECX", ecx, 0
    check "EDI", edi, SCRATCH+3
    check "memory", [SCRATCH], 0x55868686
    case "REP INSW, downwards"
    fill
    add edi, 4
    mov ecx, 2
    std
    rep insw
    cld
    check "EDI", edi, SCRATCH
    check "memory", [SCRATCH + 4], 0x55558086
    check "below", [SCRATCH], 0x80865555
    case "REP INSD with ECX = 0"
    fill
    mov ecx, 0
    rep insd
    check "EDI", edi, SCRATCH
    check "memory", [SCRATCH], 0x55555555
    case "INSB, 16-bit address: DI alone"
    fill
    or edi, 0x90000
    addr16 insb
    check "EDI", edi, 0x90000+SCRATCH+1
    check "memory", [SCRATCH], 0x55555586
    case "INSD goes to ES, whatever the prefix"
    fill
    setdesc SLOT, SCRATCH, 0xf, A_DATA32 & 0xff | 0x4000
    mov ax, SLOT
    mov es, ax
    mov edi, 8
    ds insd
    mov es, word ptr data0
    check "memory", [SCRATCH + 8], 0x12378086

/* ---- OUTS ---- */
    case "OUTSD"
    mov dword ptr [SCRATCH], 0x80000060
    mov esi, SCRATCH
    mov edx, ADDRESS
    outsd
    in eax, dx
    check "ESI", esi, SCRATCH+4
    check "the port", eax, 0x80000060
    case "OUTSW"
    mov dword ptr [SCRATCH], 0x99990908
    mov esi, SCRATCH
    mov edx, DATA
    outsw
    in ax, dx
    movzx eax, ax
    check "ESI", esi, SCRATCH+2
    check "the port", eax, 0x0908
    case "OUTSB"
    mov byte ptr [SCRATCH], 0x0b
    mov esi, SCRATCH
    outsb
    in al, dx
    movzx eax, al
    check "ESI", esi, SCRATCH+1
    check "the port", eax, 0x0b
    case "REP OUTSB: the last one stays"
    mov dword ptr [SCRATCH], 0x0f0e0d0c
    mov esi, SCRATCH
    mov ecx, 4
    rep outsb
    in al, dx
    movzx eax, al
    check "ECX", ecx, 0
    check "ESI", esi, SCRATCH+4
    check "the port", eax, 0x0f
    case "OUTSB by way of FS, downwards"
    setdesc SLOT, SCRATCH, 0xf, A_DATA32 & 0xff | 0x4000
    mov ax, SLOT
    mov fs, ax
    mov byte ptr [SCRATCH + 8], 0x21
    mov esi, 8
    std
    fs outsb
    cld
    in al, dx
    movzx eax, al
    check "ESI", esi, 7
    check "the port", eax, 0x21
    finish
