/* absent.S - instructions that no model has: #UD in every ring and mode, whatever the decoder knows of them.
 *
 * SDM vol. 2, each instruction's page (the CPUID flag that it needs, or 64-bit mode).
 *
 * QEMU 7.2: not run: its model has most of them.
 * Bochs 2.7: not run: its model has most of them. */
.include "insn.inc"

.macro absent text, bytes:vararg
    case "\text"
    mov eax, 1
    mov ecx, 1
    mov edx, 1
    mov ebx, SCRATCH
    try
66: .byte \bytes
    caught UD
    check "EAX", rec_eax, 1
    check "ECX", rec_ecx, 1
    check "EDX", rec_edx, 1
    case "\text, ring 3"
    try
    user
66: .byte \bytes
    caught UD
    case "\text, real mode"
    try
    real
66: .byte \bytes
    caught16 UD
.endm

    absent "RDTSCP", 0x0f, 0x01, 0xf9
    absent "RDRAND EAX", 0x0f, 0xc7, 0xf0
    absent "RDRAND AX", 0x66, 0x0f, 0xc7, 0xf0
    absent "RDSEED EAX", 0x0f, 0xc7, 0xf8
    absent "RDSEED AX", 0x66, 0x0f, 0xc7, 0xf8
    absent "MOVBE EAX, [EBX]", 0x0f, 0x38, 0xf0, 0x03
    absent "MOVBE AX, [EBX]", 0x66, 0x0f, 0x38, 0xf0, 0x03
    absent "MOVBE [EBX], EAX", 0x0f, 0x38, 0xf1, 0x03
    absent "MOVBE [EBX], AX", 0x66, 0x0f, 0x38, 0xf1, 0x03
    absent "SYSCALL", 0x0f, 0x05
    absent "SYSRET", 0x0f, 0x07
    absent "SWAPGS", 0x0f, 0x01, 0xf8
    absent "RDFSBASE EAX", 0xf3, 0x0f, 0xae, 0xc0
    absent "WRGSBASE EAX", 0xf3, 0x0f, 0xae, 0xd8
    absent "XSAVEOPT", 0x0f, 0xae, 0x33
    absent "XSAVEC", 0x0f, 0xc7, 0x23
    absent "XSAVES", 0x0f, 0xc7, 0x2b
    absent "CLWB", 0x66, 0x0f, 0xae, 0x33
    absent "CLFLUSHOPT", 0x66, 0x0f, 0xae, 0x3b
    absent "INVPCID", 0x66, 0x0f, 0x38, 0x82, 0x03
    absent "VMCALL", 0x0f, 0x01, 0xc1
    absent "VMXON", 0xf3, 0x0f, 0xc7, 0x33
    absent "ADCX", 0x66, 0x0f, 0x38, 0xf6, 0xc0
    absent "SHA1NEXTE", 0x0f, 0x38, 0xc8, 0xc0
    absent "VZEROUPPER", 0xc5, 0xf8, 0x77
    finish
