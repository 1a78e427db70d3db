/* selectors.S - LAR, LSL, VERR, VERW, ARPL, and the stores and loads of table registers.
 *
 * SDM vol. 2A and 2B, each instruction's page; tables 3-53 and 3-55 for the types that LAR and LSL take. */
.include "insn.inc"

.set TYPES, 0x88                        /* descriptor of the type under test */

/* Runs the instruction on AX = sel with EBX = 5; ZF, and EBX, as wanted. */
.macro gives text, sel, zf, ebx, insn:vararg
    case "\text"
    mov eax, \sel
    mov ebx, 5
    \insn
    setz dl
    movzx edx, dl
    check "ZF", edx, \zf
    check "EBX", ebx, \ebx
.endm
.macro gives_user text, sel, zf, ebx, insn:vararg
    case "ring 3: \text"
    mark
    user
    mov eax, \sel
    mov ebx, 5
    \insn
    setz dl
    movzx edx, dl
    kernel
    check "ZF", edx, \zf
    check "EBX", ebx, \ebx
.endm

    setdesc SLOT, 0x1234567, 0x9abc, 0xc093            /* data, G */
    setdesc SLOT1, 0, 0x1234, 0x409b                    /* code, readable */
    setdesc SLOT2, 0, 0x1234, 0x4099                    /* code, execute only */
    setdesc SLOT3, 0, 0x1234, 0x409d                    /* code, conforming, execute only */
    setdesc SLOT4, 0, 0x1234, 0x409f                    /* code, conforming, readable */
    setdesc SLOT5, 0, 0x1234, 0x4091                    /* data, read only */
    setdesc SLOT6, 0, 0x1234, 0x4013                    /* data, not present */
    setdesc SLOT7, 0, 0x1234, 0x40f3                    /* data, DPL 3 */

/* ---- LSL and LAR ---- */
    gives "LSL: G", SLOT, 1, 0x9abcfff, lsl ebx, eax
    gives "LSL: bytes", SLOT1, 1, 0x1234, lsl ebx, eax
    gives "LSL, 16 bits", SLOT, 1, 0xcfff, lsl bx, ax
    gives "LSL: null", 0, 0, 5, lsl ebx, eax
    gives "LSL: null with RPL", 3, 0, 5, lsl ebx, eax
    gives "LSL: beyond the GDT", GDT_SIZE, 0, 5, lsl ebx, eax
    gives "LSL: no LDT", 4, 0, 5, lsl ebx, eax
    gives "LSL: not present does not matter", SLOT6, 1, 0x1234, lsl ebx, eax
    gives "LSL: RPL above DPL", SLOT+3, 0, 5, lsl ebx, eax
    gives "LSL: conforming, any RPL", SLOT3+3, 1, 0x1234, lsl ebx, eax
    gives_user "LSL: CPL above DPL", SLOT, 0, 5, lsl ebx, eax
    gives_user "LSL: DPL 3", SLOT7+3, 1, 0x1234, lsl ebx, eax
    gives_user "LSL: conforming", SLOT3+3, 1, 0x1234, lsl ebx, eax
    gives "LAR: data", SLOT, 1, 0xc09300, lar ebx, eax
    gives "LAR, 16 bits", SLOT, 1, 0x9300, lar bx, ax
    gives "LAR: not present", SLOT6, 1, 0x401300, lar ebx, eax
    gives "LAR: null", 0, 0, 5, lar ebx, eax
    gives "LAR: beyond the GDT", GDT_SIZE, 0, 5, lar ebx, eax
    gives "LAR: RPL above DPL", SLOT+1, 0, 5, lar ebx, eax
    gives_user "LAR: CPL above DPL", SLOT, 0, 5, lar ebx, eax
    gives_user "LAR: conforming", SLOT4, 1, 0x409f00, lar ebx, eax
    case "LSL of memory"
    mov dword ptr [SCRATCH], SLOT1
    lsl ebx, word ptr [SCRATCH]
    check "EBX", ebx, 0x1234

/* System types: valid for LAR, for LSL. */
.macro type n, lar_ok, lsl_ok
    setdesc TYPES, 0, 0x1234, 0x80+\n
    gives "LAR: system type \n", TYPES, \lar_ok, 5+\lar_ok*(0x8000+\n*0x100-5), lar ebx, eax
    gives "LSL: system type \n", TYPES, \lsl_ok, 5+\lsl_ok*(0x1234-5), lsl ebx, eax
    gives "VERR: system type \n", TYPES, 0, 5, verr ax
    gives "VERW: system type \n", TYPES, 0, 5, verw ax
.endm
    type 0, 0, 0
    type 1, 1, 1
    type 2, 1, 1
    type 3, 1, 1
    type 4, 1, 0
    type 5, 1, 0
    type 6, 0, 0
    type 7, 0, 0
    type 8, 0, 0
    type 9, 1, 1
    type 10, 0, 0
    type 11, 1, 1
    type 12, 1, 0
    type 13, 0, 0
    type 14, 0, 0
    type 15, 0, 0

/* ---- VERR and VERW ---- */
    gives "VERR: data", SLOT, 1, 5, verr ax
    gives "VERW: data", SLOT, 1, 5, verw ax
    gives "VERR: code, readable", SLOT1, 1, 5, verr ax
    gives "VERW: code", SLOT1, 0, 5, verw ax
    gives "VERR: code, execute only", SLOT2, 0, 5, verr ax
    gives "VERR: read only", SLOT5, 1, 5, verr ax
    gives "VERW: read only", SLOT5, 0, 5, verw ax
    gives "VERR: null", 0, 0, 5, verr ax
    gives "VERW: null", 0, 0, 5, verw ax
    gives "VERR: beyond the GDT", GDT_SIZE, 0, 5, verr ax
    gives "VERR: not present does not matter", SLOT6, 1, 5, verr ax
    gives "VERR: RPL above DPL", SLOT+3, 0, 5, verr ax
    gives "VERR: conforming, readable, any RPL", SLOT4+3, 1, 5, verr ax
    gives "VERR: conforming, execute only", SLOT3, 0, 5, verr ax
    gives_user "VERR: CPL above DPL", SLOT, 0, 5, verr ax
    gives_user "VERR: DPL 3", SLOT7+3, 1, 5, verr ax
    gives_user "VERW: DPL 3", SLOT7+3, 1, 5, verw ax
    gives_user "VERR: conforming, readable", SLOT4, 1, 5, verr ax
    case "these leave the accessed bit alone"
    setdesc TYPES, 0, 0x1234, 0x4092
    mov eax, TYPES
    lar ebx, eax
    lsl ebx, eax
    verr ax
    verw ax
    check_bits "type", [gdt + TYPES + 4], 0x100, 0
    case "only ZF changes"
    mov eax, 0x0000d700                 /* SF ZF AF PF CF */
    sahf
    mov eax, GDT_SIZE
    verr ax
    lahf
    check_bits "flags", eax, 0xff00, 0x9700

/* ---- ARPL ---- */
.macro arpl_gives text, dst, src, zf, want
    case "ARPL: \text"
    mov eax, 0xaaaa0000 + \dst
    mov ecx, \src
    arpl ax, cx
    setz dl
    movzx edx, dl
    check "ZF", edx, \zf
    check "EAX", eax, 0xaaaa0000+\want
.endm
    arpl_gives "raised", 0x1230, 0x0002, 1, 0x1232
    arpl_gives "equal", 0x1232, 0x0002, 0, 0x1232
    arpl_gives "above", 0x1233, 0x0001, 0, 0x1233
    case "ARPL of memory"
    mov dword ptr [SCRATCH], 0x55551110
    mov ecx, 3
    arpl [SCRATCH], cx
    check "memory", [SCRATCH], 0x55551113

/* ---- table registers ---- */
    case "SGDT and SIDT"
    sgdt [SCRATCH]
    sidt [SCRATCH + 8]
    check_bits "limit", [SCRATCH], 0xffff, GDT_SIZE-1
    check "base", [SCRATCH + 2], gdt
    check_bits "limit", [SCRATCH + 8], 0xffff, 2047
    check "base", [SCRATCH + 10], idt
    case "LGDT with a 16-bit operand loads 24 bits of base"
    mov word ptr [SCRATCH], 0x77
    mov dword ptr [SCRATCH + 2], 0x12345678
    .byte 0x66
    lgdt [SCRATCH]
    sgdt [SCRATCH + 8]
    lgdt [gdt_pointer]
    check_bits "limit", [SCRATCH + 8], 0xffff, 0x77
    check "base", [SCRATCH + 10], 0x345678
    case "LIDT with a 16-bit operand loads 24 bits of base"
    .byte 0x66
    lidt [SCRATCH]
    sidt [SCRATCH + 8]
    lidt [idt_pointer]
    check "base", [SCRATCH + 10], 0x345678
    case "STR and SLDT: a 32-bit register is zero-extended, memory gets a word"
    mov eax, -1
    str eax
    check "EAX", eax, TSS0
    mov eax, -1
    str ax
    check "EAX", eax, 0xffff0000+TSS0
    mov dword ptr [SCRATCH], -1
    str word ptr [SCRATCH]
    check "memory", [SCRATCH], 0xffff0000+TSS0
    mov eax, -1
    sldt eax
    check "EAX", eax, 0
    case "MOV from a segment register: 32 bits are zero-extended"
    mov eax, -1
    mov eax, ds
    check "EAX", eax, DATA0
    mov eax, -1
    .byte 0x66
    mov eax, ds
    check "EAX", eax, 0xffff0000+DATA0
    mov dword ptr [SCRATCH], -1
    mov word ptr [SCRATCH], ds
    check "memory", [SCRATCH], 0xffff0000+DATA0
    finish
