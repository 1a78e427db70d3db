/* xsave.S - XSAVE, XRSTOR, XGETBV and XSETBV: what enables them, the header, components, and what faults.
 *
 * SDM vol. 1, chapter 13; vol. 2C, XSAVE, XRSTOR, XGETBV, XSETBV.
 *
 * QEMU 7.2: differs in "XSAVE: #NM with TS": it does not look at TS; SDM vol. 2C, XSAVE.
 * QEMU 7.2: differs in "XSAVE: the limit": it checks no limits; SDM vol. 3A, 5.3.
 * QEMU 7.2: differs in "XRSTOR: reserved bits of MXCSR": it takes them; #GP, SDM vol. 2C, XRSTOR.
 * QEMU 7.2: differs in "FXRSTOR: reserved bits of MXCSR": it takes them; #GP, SDM vol. 2A, FXRSTOR.
 * Bochs 2.7: differs in "XSAVE: the limit": it does not check the limit of the whole area; SDM vol. 3A, 5.3.
 * Bochs 2.7: differs in "XRSTOR: compacted": its model has XSAVEC, with which the form is good; #GP without,
 *     SDM vol. 2C, XRSTOR. */
.include "insn.inc"

.set AREA, SCRATCH

.macro fill_area
    mov edi, AREA
    mov ecx, 576 / 4
    mov eax, 0xa5a5a5a5
    rep stosd
    mov edi, AREA + 512
    mov ecx, 64 / 4
    xor eax, eax
    rep stosd
.endm
.macro mask low
    mov eax, \low
    xor edx, edx
.endm

    case "#UD with CR4.OSXSAVE clear"
    mask 3
    try
66: xsave [AREA]
    caught UD
    try
66: xrstor [AREA]
    caught UD
    case "CPUID: OSXSAVE follows CR4"
    mov eax, 1
    cpuid
    check_bits "ECX", ecx, 0x0c000000, 0x04000000
    mov eax, 0x40600                    /* OSXSAVE, OSXMMEXCPT, OSFXSR */
    mov cr4, eax
    mov eax, 1
    cpuid
    check_bits "ECX", ecx, 0x0c000000, 0x0c000000

/* ---- XCR0 (13.3) ---- */
    case "XGETBV: x87 alone after reset"
    xor ecx, ecx
    xgetbv
    check "EAX", eax, 1
    check "EDX", edx, 0
    case "XGETBV of another register"
    mov ecx, 0x77
    try
66: xgetbv
    caught GP, 0
    case "XSETBV: x87 cannot be off"
    xor ecx, ecx
    mask 2
    try
66: xsetbv
    caught GP, 0
    case "XSETBV: reserved bits"
    xor ecx, ecx
    mask 0x103
    mov edx, 0x100
    try
66: xsetbv
    caught GP, 0
    case "XSETBV in ring 3"
    try
    user
    xor ecx, ecx
    mask 3
66: xsetbv
    caught GP, 0
    case "XSETBV"
    xor ecx, ecx
    mask 3
    xsetbv
    xgetbv
    check "EAX", eax, 3
    case "CPUID 0Dh"
    mov eax, 0xd
    xor ecx, ecx
    cpuid
    check_bits "components", eax, 3, 3
    check "size", ebx, 576

/* ---- XSAVE (13.7) ---- */
    case "XSAVE of both"
    fninit
    fld1
    mov eax, 0x12345678
    movd xmm3, eax
    mov dword ptr [SCRATCH + 0x400], 0x1f00
    ldmxcsr [SCRATCH + 0x400]
    fill_area
    mask 3
    xsave [AREA]
    check "control and status word", [AREA], 0x3800037f
    check_bits "tags", [AREA + 4], 0xff, 0x80
    check "MXCSR", [AREA + 24], 0x1f00
    check "ST0, high half", [AREA + 36], 0x80000000
    check "XMM3", [AREA + 160 + 48], 0x12345678
    check_bits "XSTATE_BV", [AREA + 512], 3, 3
    check "XCOMP_BV", [AREA + 520], 0
    case "XSAVE of x87 alone leaves the rest"
    fill_area
    mov dword ptr [AREA + 512], 2
    mask 1
    xsave [AREA]
    check "control and status word", [AREA], 0x3800037f
    check "MXCSR", [AREA + 24], 0xa5a5a5a5
    check "XMM0", [AREA + 160], 0xa5a5a5a5
    check_bits "XSTATE_BV: bit 1 as it was", [AREA + 512], 3, 3
    case "XSAVE of SSE alone leaves the rest"
    fill_area
    mask 2
    xsave [AREA]
    check "control and status word", [AREA], 0xa5a5a5a5
    check "MXCSR", [AREA + 24], 0x1f00
    check "XMM3", [AREA + 160 + 48], 0x12345678
    case "XSAVE: not aligned"
    mask 3
    try
66: xsave [AREA + 16]
    caught GP, 0
    case "XSAVE: #NM with TS"
    mov eax, cr0
    or al, 8
    mov cr0, eax
    mask 3
    try
66: xsave [AREA]
    caught NM
    mask 3
    try
66: xrstor [AREA]
    caught NM
    clts
    case "XSAVE: the limit"
    setdesc SLOT, SCRATCH, 575-1, 0x4093
    mov ax, SLOT
    mov es, ax
    mask 3
    try
66: xsave es:[0]
    caught GP, 0

/* ---- XRSTOR (13.8) ---- */
    case "XRSTOR of both"
    fill_area
    mask 3
    xsave [AREA]
    fninit
    pxor xmm3, xmm3
    mov dword ptr [SCRATCH + 0x400], 0x1f80
    ldmxcsr [SCRATCH + 0x400]
    mask 3
    xrstor [AREA]
    movd ebx, xmm3
    stmxcsr [SCRATCH + 0x400]
    check "XMM3", ebx, 0x12345678
    check "MXCSR", [SCRATCH + 0x400], 0x1f00
    fstp dword ptr [SCRATCH + 0x404]
    check "ST0", [SCRATCH + 0x404], 0x3f800000
    case "XRSTOR: a component that the header lacks is made initial; MXCSR is loaded"
    fld1
    fldpi
    mov dword ptr [AREA + 512], 0
    mask 3
    xrstor [AREA]
    movd ebx, xmm3
    fnstsw ax
    movzx eax, ax
    check "XMM3", ebx, 0
    check "status word", eax, 0
    stmxcsr [SCRATCH + 0x400]
    check "MXCSR", [SCRATCH + 0x400], 0x1f00
    case "XRSTOR of x87 alone leaves SSE"
    mov eax, 0x777
    movd xmm3, eax
    mask 1
    xrstor [AREA]
    movd ebx, xmm3
    check "XMM3", ebx, 0x777
.macro refused text, at, value
    case "XRSTOR: \text"
    fill_area
    mov dword ptr [AREA + 24], 0x1f80
    mov dword ptr [AREA], 0x37f
    mov dword ptr [AREA + \at], \value
    mask 3
    try
66: xrstor [AREA]
    caught GP, 0
.endm
    refused "a component that XCR0 lacks", 512, 4
    refused "compacted", 524, 0x80000000
    refused "reserved bytes of the header", 528, 1
    refused "reserved bits of MXCSR", 24, 0x10000

/* ---- FXSAVE and FXRSTOR (vol. 2A) ---- */
    case "FXSAVE: not aligned"
    try
66: fxsave [SCRATCH + 8]
    caught GP, 0
    case "FXRSTOR: not aligned"
    try
66: fxrstor [SCRATCH + 8]
    caught GP, 0
    case "FXRSTOR: reserved bits of MXCSR"
    fxsave [SCRATCH]
    mov dword ptr [SCRATCH + 24], 0x11f80
    try
66: fxrstor [SCRATCH]
    caught GP, 0
    stmxcsr [SCRATCH]
    check_bits "MXCSR", [SCRATCH], 0x10000, 0
    finish
