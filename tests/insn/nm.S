/* nm.S - #NM, device not available: CR0.EM, TS and MP against x87, MMX, SSE and WAIT.
 *
 * A fault without error code (SDM vol. 3A, 6.15 "Interrupt 7"; table 2-2 for the combinations).
 *
 * QEMU 7.2: differs in "EMMS with TS": it does not look at TS; SDM vol. 2A, EMMS. */
.include "insn.inc"

.macro cr0_bits bits
    mov eax, cr0
    and eax, 0xfffffff1
    or eax, \bits
    mov cr0, eax
.endm
.set MP, 2
.set EM, 4
.set TS_BIT, 8

.macro unavailable text, bits, insn:vararg
    case "\text"
    cr0_bits \bits
    try
66: \insn
    caught NM
.endm
.macro available text, bits, insn:vararg
    case "\text"
    cr0_bits \bits
    \insn
    check "done", 1, 1
.endm

    mov eax, 0x600                      /* OSFXSR, OSXMMEXCPT */
    mov cr4, eax

    unavailable "x87 with EM", EM, fld1
    unavailable "x87 with TS", TS_BIT, fld1
    unavailable "x87 with EM and MP", EM|MP, fld1
    unavailable "x87 with MP and TS", MP|TS_BIT, fld1
    unavailable "FNINIT with TS", TS_BIT, fninit
    unavailable "FNSTSW with EM", EM, fnstsw ax
    unavailable "FNSTCW with TS", TS_BIT, fnstcw word ptr [SCRATCH]
    unavailable "FNCLEX with EM", EM, fnclex
    unavailable "FXSAVE with TS", TS_BIT, fxsave [SCRATCH]
    unavailable "FXSAVE with EM", EM, fxsave [SCRATCH]
    unavailable "FXRSTOR with TS", TS_BIT, fxrstor [SCRATCH]
    unavailable "FCOMI with TS", TS_BIT, fcomi st, st(1)
    unavailable "WAIT with MP and TS", MP|TS_BIT, fwait
    unavailable "WAIT with MP, TS and EM", MP|TS_BIT|EM, fwait
    unavailable "MMX with TS", TS_BIT, pxor mm0, mm0
    unavailable "EMMS with TS", TS_BIT, emms
    unavailable "SSE with TS", TS_BIT, xorps xmm0, xmm0
    unavailable "SSE2 with TS", TS_BIT, paddd xmm0, xmm1
    unavailable "LDMXCSR with TS", TS_BIT, ldmxcsr [SCRATCH]
    unavailable "MOVNTQ with TS", TS_BIT, movntq [SCRATCH], mm0

    available "WAIT with TS", TS_BIT, fwait
    available "WAIT with MP", MP, fwait
    available "WAIT with EM", EM, fwait
    available "WAIT with EM and MP", EM|MP, fwait
    available "x87 with MP", MP, fld1
    available "MMX with MP", MP, pxor mm0, mm0
    available "SFENCE with TS", TS_BIT, sfence
    available "LFENCE with EM", EM, lfence
    available "MOVNTI with TS", TS_BIT, movnti [SCRATCH], eax
    available "PREFETCHNTA with TS", TS_BIT, prefetchnta [SCRATCH]
    available "PAUSE with TS", TS_BIT, pause

/* SDM vol. 2A, CLTS. */
    case "CLTS"
    cr0_bits TS_BIT|MP
    clts
    fld1
    fwait
    mov ebx, cr0
    check_bits "TS", ebx, TS_BIT, 0

    case "x87 with TS in ring 3"
    cr0_bits TS_BIT
    try
    user
66: fld1
    caught NM
    check "CS", rec_cs, CODE3
    case "CLTS in ring 3"
    try
    user
66: clts
    caught GP, 0
    case "x87 with TS in V86 mode"
    try
    v86
66: fld1
    caught16 NM
    case "x87 with EM in real mode"
    cr0_bits EM
    try
    real
66: fld1
    caught16 NM
    case "#NM before the operand's #GP"
    setdesc SLOT, SCRATCH, 0xf, A_DATA16
    mov ax, SLOT
    mov es, ax
    try
66: fld dword ptr es:[0x100]
    caught NM
    mov ax, DATA0
    mov es, ax
    finish
