/* ud.S - #UD, the invalid opcode: reserved opcodes, wrong operand forms, modes and LOCK.
 *
 * A fault without error code; CS:EIP names the first byte, prefixes included (SDM vol. 3A, 6.15 "Interrupt 6").
 *
 * (It looks at the form of an operand only after it has read its bytes, and checks CPL and TS first.)
 *
 * QEMU 7.2: differs in "C6 /1", "C7 /1", "8F /1", "MOVNTQ to a register": it runs the opcode; #UD, SDM vol. 2D,
 *     A.4 (groups 11 and 1A), vol. 2B, MOVNTQ.
 * QEMU 7.2: differs in "LOCK INT3": it raises #BP; #UD, SDM vol. 2A, LOCK.
 * QEMU 7.2: differs in "LOCK MOV", "LOCK TEST", "LOCK BT", "LOCK SHL", "LOCK XCHG of registers", "LOCK JMP",
 *     "LOCK MOV, real mode", "LOCK MOV, V86 mode": it runs the instruction; #UD, SDM vol. 2A, LOCK.
 * QEMU 7.2: differs in "EMMS with CR0.EM": it does not look at EM; SDM vol. 2A, EMMS.
 * QEMU 7.2: differs in "SSE with CR0.EM and TS": #NM; EM goes before TS, SDM vol. 3A, table 13-1.
 * QEMU 7.2: differs in "MOV to CR1 in ring 3": #GP; there is no CR1, SDM vol. 2B, MOV to CR. */
.include "insn.inc"

.macro undefined text, bytes:vararg
    case "\text"
    try
66: .byte \bytes
    caught UD
.endm
.macro undefined_user text, bytes:vararg
    case "\text"
    try
    user
66: .byte \bytes
    caught UD
.endm
.macro undefined_real text, bytes:vararg
    case "\text, real mode"
    try
    real
66: .byte \bytes
    caught16 UD
.endm
.macro undefined_v86 text, bytes:vararg
    case "\text, V86 mode"
    try
    v86
66: .byte \bytes
    caught16 UD
.endm

/* Reserved opcodes (SDM vol. 2D, appendix A; vol. 2B, UD). */
    undefined "UD2", 0x0f, 0x0b
    undefined "UD1", 0x0f, 0xb9, 0xc0
    undefined "UD0", 0x0f, 0xff, 0xc0
    undefined "0F 04", 0x0f, 0x04
    undefined "0F 0A", 0x0f, 0x0a
    undefined "0F 24", 0x0f, 0x24, 0xc0
    undefined "0F 36", 0x0f, 0x36
    undefined "FE /2", 0xfe, 0xd0
    undefined "FF /7", 0xff, 0xf8
    undefined "C6 /1", 0xc6, 0xc8, 0
    undefined "C7 /1", 0xc7, 0xc8, 0, 0, 0, 0
    undefined "8F /1", 0x8f, 0x08
    undefined "0F BA /0", 0x0f, 0xba, 0xc0, 1
    undefined "0F BA /3", 0x0f, 0xba, 0xd8, 1
    undefined "0F C7 /0", 0x0f, 0xc7, 0x00
    undefined "0F 00 /6", 0x0f, 0x00, 0xf0
    undefined "0F 00 /7", 0x0f, 0x00, 0xf8
    undefined "0F 71 /0", 0x0f, 0x71, 0xc0, 1
    undefined "D9 D8, reserved x87", 0xd9, 0xd1
    undefined "66 prefix before UD2", 0x66, 0x0f, 0x0b

/* Register operands where only memory will do (each instruction's page, "#UD"). */
    undefined "LEA from a register", 0x8d, 0xc0
    undefined "LES from a register", 0xc4, 0xc0
    undefined "LDS from a register", 0xc5, 0xc0
    undefined "LSS from a register", 0x0f, 0xb2, 0xc0
    undefined "LFS from a register", 0x0f, 0xb4, 0xc0
    undefined "LGS from a register", 0x0f, 0xb5, 0xc0
    undefined "BOUND with a register", 0x62, 0xc0
    undefined "far CALL through a register", 0xff, 0xd8
    undefined "far JMP through a register", 0xff, 0xe8
    undefined "CMPXCHG8B with a register", 0x0f, 0xc7, 0xc8
    undefined "MOVNTI to a register", 0x0f, 0xc3, 0xc0
    undefined "FXSAVE to a register", 0x0f, 0xae, 0xc0
    undefined "INVLPG with a register", 0x0f, 0x01, 0xf8
    undefined "SGDT to a register", 0x0f, 0x01, 0xc0
    undefined "LIDT from a register", 0x0f, 0x01, 0xd8
    undefined "LDMXCSR from a register", 0x0f, 0xae, 0xd0
    undefined "LDDQU from a register", 0xf2, 0x0f, 0xf0, 0xc0
    undefined "MOVNTPS to a register", 0x0f, 0x2b, 0xc0
    undefined "MOVNTQ to a register", 0x0f, 0xe7, 0xc0

/* Registers that do not exist. */
    undefined "MOV to CS", 0x8e, 0xc8
    undefined "MOV to segment 6", 0x8e, 0xf0
    undefined "MOV to segment 7", 0x8e, 0xf8
    undefined "MOV from segment 6", 0x8c, 0xf0
    undefined "MOV from CR1", 0x0f, 0x20, 0xc8
    undefined "MOV to CR1", 0x0f, 0x22, 0xc8
    undefined "MOV from CR5", 0x0f, 0x20, 0xe8
    undefined "MOV to CR7", 0x0f, 0x22, 0xf8

/* LOCK (SDM vol. 2A, LOCK): only for certain instructions, and only with a memory destination. */
    undefined "LOCK NOP", 0xf0, 0x90
    undefined "LOCK ADD to a register", 0xf0, 0x01, 0xc8
    undefined "LOCK ADD from memory", 0xf0, 0x03, 0x05, 0, 0x80, 0, 0
    undefined "LOCK MOV", 0xf0, 0x89, 0x05, 0, 0x80, 0, 0
    undefined "LOCK CMP", 0xf0, 0x39, 0x05, 0, 0x80, 0, 0
    undefined "LOCK CMP immediate", 0xf0, 0x83, 0x3d, 0, 0x80, 0, 0, 1
    undefined "LOCK TEST", 0xf0, 0x85, 0x05, 0, 0x80, 0, 0
    undefined "LOCK BT", 0xf0, 0x0f, 0xa3, 0x05, 0, 0x80, 0, 0
    undefined "LOCK SHL", 0xf0, 0xd1, 0x25, 0, 0x80, 0, 0
    undefined "LOCK XCHG of registers", 0xf0, 0x87, 0xc1
    undefined "LOCK JMP", 0xf0, 0xeb, 0
    undefined "LOCK INT3", 0xf0, 0xcc
    case "LOCK ADD, INC, XCHG, BTS, CMPXCHG to memory"
    mov dword ptr [SCRATCH], 1
    lock add dword ptr [SCRATCH], 2
    lock inc dword ptr [SCRATCH]
    lock bts dword ptr [SCRATCH], 4
    check "sum", [SCRATCH], 0x14

/* Enabled by control registers. */
    case "DR4 with CR4.DE"
    mov eax, 8
    mov cr4, eax
    try
66: mov eax, dr4
    caught UD
    case "DR5 with CR4.DE"
    try
66: .byte 0x0f, 0x23, 0xe8          /* MOV DR5, EAX */
    caught UD
    xor eax, eax
    mov cr4, eax
    case "DR4 and DR5 without CR4.DE"
    .byte 0x0f, 0x21, 0xe0          /* MOV EAX, DR4 */
    mov ebx, dr6
    sub eax, ebx
    check "DR4 - DR6", eax, 0
    undefined "SSE with CR4.OSFXSR clear", 0x0f, 0x57, 0xc0
    undefined "SSE2 with CR4.OSFXSR clear", 0x66, 0x0f, 0xef, 0xc0
    undefined "LDMXCSR with CR4.OSFXSR clear", 0x0f, 0xae, 0x15, 0, 0x80, 0, 0
    undefined "XGETBV with CR4.OSXSAVE clear", 0x0f, 0x01, 0xd0
    undefined "XSETBV with CR4.OSXSAVE clear", 0x0f, 0x01, 0xd1
    mov eax, 0x200
    mov cr4, eax
    case "SSE with CR4.OSFXSR set"
    xorps xmm0, xmm0
    mov eax, cr0
    or al, 4
    mov cr0, eax
    undefined "SSE with CR0.EM", 0x0f, 0x57, 0xc0
    undefined "MMX with CR0.EM", 0x0f, 0xef, 0xc0
    undefined "EMMS with CR0.EM", 0x0f, 0x77
    mov eax, cr0
    or al, 12
    mov cr0, eax
    undefined "SSE with CR0.EM and TS", 0x0f, 0x57, 0xc0
    mov eax, cr0
    and al, 0xf3
    mov cr0, eax

/* By privilege. */
    undefined "RSM outside SMM", 0x0f, 0xaa
    undefined_user "RSM in ring 3", 0x0f, 0xaa
    undefined_user "MONITOR in ring 3", 0x0f, 0x01, 0xc8
    undefined_user "MWAIT in ring 3", 0x0f, 0x01, 0xc9
    undefined_user "CLAC in ring 3", 0x0f, 0x01, 0xca
    undefined_user "STAC in ring 3", 0x0f, 0x01, 0xcb
    undefined_user "MOV to CR1 in ring 3", 0x0f, 0x22, 0xc8
    undefined_user "UD2 in ring 3", 0x0f, 0x0b

/* Not recognised in real and virtual-8086 mode. */
    .irp mode, real, v86
    undefined_\mode "SLDT", 0x0f, 0x00, 0xc0
    undefined_\mode "STR", 0x0f, 0x00, 0xc8
    undefined_\mode "LLDT", 0x0f, 0x00, 0xd0
    undefined_\mode "LTR", 0x0f, 0x00, 0xd8
    undefined_\mode "VERR", 0x0f, 0x00, 0xe0
    undefined_\mode "VERW", 0x0f, 0x00, 0xe8
    undefined_\mode "LAR", 0x0f, 0x02, 0xc0
    undefined_\mode "LSL", 0x0f, 0x03, 0xc0
    undefined_\mode "ARPL", 0x63, 0xc0
    undefined_\mode "UD2", 0x0f, 0x0b
    undefined_\mode "LEA from a register", 0x8d, 0xc0
    undefined_\mode "LOCK MOV", 0xf0, 0x89, 0x07
    undefined_\mode "LES from a register", 0xc4, 0xc0
    .endr
    finish
