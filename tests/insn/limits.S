/* limits.S - segment limits and types in use, wrap-around at 64 KB and 4 GB, instruction length.
 *
 * #GP(0), or #SS(0) by way of SS (SDM vol. 3A, 5.3 to 5.4; 6.15 "Interrupt 12", "Interrupt 13").
 *
 * QEMU 7.2: stops in "CALL below 0": it pushes below the limit, over memory that the test needs; #SS, SDM vol.
 *     2A, CALL.
 * QEMU 7.2: stops in "near JMP beyond the limit: at the JMP": it goes beyond the limit and loops there; #GP,
 *     SDM vol. 2A, JMP.
 * QEMU 7.2: differs in "read only: write", "read only: read and write", "read only: CMPXCHG that does not
 *     match", "read only: STOS", "readable code: write", "CS: write", "execute only: read by way of CS": it
 *     checks no types; #GP, SDM vol. 3A, 5.5.
 * QEMU 7.2: differs in "near CALL beyond the limit: nothing is pushed", "near RET beyond the limit: nothing is
 *     popped", "Jcc beyond the limit, taken", "indirect JMP beyond the limit", "an instruction that crosses the
 *     limit", "running into the limit": it checks the limit of CS after the jump, or not at all; #GP, SDM vol.
 *     3A, 5.3.
 * QEMU 7.2: differs in "POP at the limit", "POP across the limit", "PUSH below 0", "PUSH across 0", "RET at the
 *     limit", "PUSHA without room", "POPA beyond the limit", "PUSHF below 0", "ENTER without room", "MOV by way
 *     of EBP", "MOV by way of ESP", "far CALL without room", "RETF at the limit", "IRET at the limit", "expand
 *     down: PUSH at the limit", "16-bit stack: POP at the limit", "POP of memory at the limit", "16-bit stack:
 *     PUSH across 64 KB", "word at FFFF by way of BP in real mode", "LEAVE beyond the limit", "CALL, gate to
 *     the same ring, without room", "INT n, gate to the same ring, without room", "#UD, gate to the same ring,
 *     without room: EXT": it checks no limits of the stack; #SS, SDM vol. 3A, 5.3.
 * QEMU 7.2: differs in "byte beyond the limit", "word across the limit", "dword across the limit", "write
 *     across the limit", "read and write across the limit", "qword across the limit", "tbyte across the limit",
 *     "far below", "dword that wraps at 4 GB", "far pointer across the limit", "BOUND across the limit", "SGDT
 *     across the limit", "FXSAVE across the limit", "CMPXCHG8B across the limit", "XCHG across the limit", "BTS
 *     far away", "limit 0 with G: beyond", "limit 0: no second byte", "expand down: at the limit", "expand
 *     down: across the limit", "expand down: 0", "expand down: across 4 GB", "expand down, B clear: across 64
 *     KB", "expand down, B clear: 64 KB", "expand down, G: at the limit", "expand down, limit 4 GB: nothing is
 *     inside", "REP MOVSB runs into the limit", "REP STOSD runs into the limit", "STOSB moves nothing on",
 *     "word at FFFF in real mode", "word written at FFFF in real mode", "dword at FFFD in real mode", "far
 *     pointer at FFFD in real mode", "32-bit address beyond 64 KB in real mode", "qword at FFF9 in real mode":
 *     it checks no limits; #GP, SDM vol. 3A, 5.3. */
.include "insn.inc"

.macro outside text, vector, insn:vararg
    case "\text"
    mov ax, SLOT
    mov es, ax
    mov edi, 0
    mov ebx, 0
    try
66: \insn
    caught \vector, 0
.endm
.macro inside text, insn:vararg
    case "\text"
    mov ax, SLOT
    mov es, ax
    mov edi, 0
    mov ebx, 0
    \insn
    check "done", 1, 1
.endm
/* ES's segment in the cases below. */
.macro use attr, limit
    setdesc SLOT, SCRATCH, \limit, \attr
.endm

/* ---- expand up ---- */
    use 0x4093, 0xfff
    inside "last byte", mov al, es:[0xfff]
    inside "last dword", mov eax, es:[0xffc]
    inside "last qword", fld qword ptr es:[0xff8]
    outside "byte beyond the limit", GP, mov al, es:[0x1000]
    outside "word across the limit", GP, mov ax, es:[0xfff]
    outside "dword across the limit", GP, mov eax, es:[0xffd]
    outside "write across the limit", GP, mov es:[0xffe], eax
    outside "read and write across the limit", GP, add dword ptr es:[0xffe], 1
    outside "qword across the limit", GP, fld qword ptr es:[0xff9]
    outside "tbyte across the limit", GP, fld tbyte ptr es:[0xff8]
    outside "far below", GP, mov al, es:[0xffffffff]
    outside "dword that wraps at 4 GB", GP, mov eax, es:[0xfffffffe]
    outside "far pointer across the limit", GP, les ebx, fword ptr es:[0xffc]
    outside "BOUND across the limit", GP, bound ebx, es:[0xffa]
    outside "SGDT across the limit", GP, sgdt es:[0xffb]
    outside "FXSAVE across the limit", GP, fxsave es:[0xff0]
    outside "CMPXCHG8B across the limit", GP, cmpxchg8b es:[0xff9]
    outside "XCHG across the limit", GP, xchg es:[0xffd], eax
    outside "BTS far away", GP, bts dword ptr es:[0xffd], ebx
    use 0xc093, 0
    inside "limit 0 with G: 4 KB", mov eax, es:[0xffc]
    outside "limit 0 with G: beyond", GP, mov eax, es:[0xffd]
    use 0x4093, 0
    inside "limit 0: one byte", mov al, es:[0]
    outside "limit 0: no second byte", GP, mov ax, es:[0]

/* ---- expand down (5.3.1) ---- */
    use 0x4097, 0xfff
    outside "expand down: at the limit", GP, mov al, es:[0xfff]
    outside "expand down: across the limit", GP, mov eax, es:[0xffe]
    outside "expand down: 0", GP, mov al, es:[0]
    inside "expand down: above the limit", mov eax, es:[0x1000]
    inside "expand down: above 64 KB with B", mov eax, es:[0x10000]
    outside "expand down: across 4 GB", GP, mov eax, es:[0xfffffffe]
    use 0x0097, 0xfff
    inside "expand down, B clear: last word", mov ax, es:[0xfffe]
    outside "expand down, B clear: across 64 KB", GP, mov eax, es:[0xfffe]
    outside "expand down, B clear: 64 KB", GP, mov al, es:[0x10000]
    use 0xc097, 0
    outside "expand down, G: at the limit", GP, mov al, es:[0xfff]
    inside "expand down, G: above the limit", mov al, es:[0x1000]
    use 0xc097, 0xfffff
    outside "expand down, limit 4 GB: nothing is inside", GP, mov al, es:[0xffffffff]

/* ---- types (5.4) ---- */
    use 0x4091, 0xfff
    inside "read only: read", mov eax, es:[0]
    outside "read only: write", GP, mov es:[0], eax
    outside "read only: read and write", GP, inc dword ptr es:[0]
    outside "read only: CMPXCHG that does not match", GP, cmpxchg es:[0], ebx
    outside "read only: STOS", GP, stosd
    inside "read only: CMP", cmp dword ptr es:[0], 1
    use 0x409b, 0xfff
    inside "readable code: read", mov eax, es:[0]
    outside "readable code: write", GP, mov es:[0], eax
    outside "CS: write", GP, mov cs:[SCRATCH], eax
    inside "CS: read", mov eax, cs:[SCRATCH]
    case "execute only: read by way of CS"
    setdesc SLOT1, 0, 0xfffff, 0xc099
    ljmp SLOT1:1f
1:  try
66: mov eax, cs:[SCRATCH]
    caught GP, 0
    ljmp CODE0:1f
1:
    mov ax, DATA0
    mov es, ax

/* ---- SS ---- */
.macro outside_stack text, ss, esp, insn:vararg
    case "\text"
    try
    user 2, CODE3, \ss, \esp
    mov edi, SCRATCH
    mov ebp, 0x10000
    mov esp, \esp                      /* IRET to a 16-bit stack loads SP alone */
66: \insn
    caught SS_, 0
    check "ESP", rec_esp, \esp
.endm
    setdesc SLOT, USTACK-0x1000, 0xfff, 0x40f3          /* 4 KB, B */
    setdesc SLOT1, USTACK-0x1000, 0xfff, 0x40f7         /* above 4 KB, expand down, B */
    setdesc SLOT2, USTACK-0x1000, 0xfff, 0x00f3         /* 4 KB, B clear */
    outside_stack "POP at the limit", SLOT+3, 0x1000, pop eax
    outside_stack "POP across the limit", SLOT+3, 0xffe, pop eax
    outside_stack "PUSH below 0", SLOT+3, 0, push eax
    outside_stack "PUSH across 0", SLOT+3, 2, push eax
    outside_stack "CALL below 0", SLOT+3, 0, call 66b
    outside_stack "RET at the limit", SLOT+3, 0x1000, ret
    outside_stack "PUSHA without room", SLOT+3, 0x10, pusha
    outside_stack "POPA beyond the limit", SLOT+3, 0xff0, popa
    outside_stack "PUSHF below 0", SLOT+3, 0, pushf
    outside_stack "ENTER without room", SLOT+3, 0x10, enter 0x20, 0
    outside_stack "MOV by way of EBP", SLOT+3, 0x800, mov eax, [ebp]
    outside_stack "MOV by way of ESP", SLOT+3, 0x800, mov eax, [esp + 0x7fd]
    outside_stack "far CALL without room", SLOT+3, 4, lcall CODE3:0
    outside_stack "RETF at the limit", SLOT+3, 0xffc, retf
    outside_stack "IRET at the limit", SLOT+3, 0xff8, iretd
    outside_stack "expand down: PUSH at the limit", SLOT1+3, 0x1000, push eax
    outside_stack "16-bit stack: POP at the limit", SLOT2+3, 0x1000, pop eax
    outside_stack "LEAVE beyond the limit", SLOT+3, 0x800, leave
    setgate SLOT3, CODE3, 0, A_CALL32+A_DPL3
    setint 0x30, CODE3, 0, A_INT32+A_DPL3
    outside_stack "CALL, gate to the same ring, without room", SLOT+3, 4, lcall SLOT3:0
    outside_stack "INT n, gate to the same ring, without room", SLOT+3, 8, int 0x30
    resetint 0x30
    case "#UD, gate to the same ring, without room: EXT"
    setint UD, CODE3, 0, A_INT32
    try
    user 2, CODE3, SLOT+3, 8
66: ud2
    caught SS_, 1
    check "ESP", rec_esp, 8
    resetint UD
    outside_stack "POP of memory at the limit", SLOT+3, 0x1000, pop dword ptr ds:[edi]
    case "expand down: PUSH above the limit"
    mark
    user 2, CODE3, SLOT1+3, 0x1004
    push eax
    mov ebx, esp
    kernel
    check "ESP", ebx, 0x1000
    case "16-bit stack: the high half of ESP does not count"
    mark
    user 2, CODE3, SLOT2+3
    mov esp, 0x12340ffc
    push eax
    mov ebx, esp
    kernel
    check "ESP", ebx, 0x12340ff8

/* ---- 16-bit stacks wrap at 64 KB ---- */
    setdesc SLOT2, USTACK-0x8000, 0xffff, 0x00f3
    case "16-bit stack: PUSH at SP = 0 wraps"
    mark
    user 2, CODE3, SLOT2+3
    mov esp, 0x10000
    push eax
    mov ebx, esp
    kernel
    check "ESP", ebx, 0x1fffc
    case "16-bit stack: PUSH across 64 KB"
    try
    user 2, CODE3, SLOT2+3, 2
66: push eax
    caught SS_, 0

/* ---- instruction fetch (6.15 "Interrupt 13") ---- */
    case "near JMP beyond the limit: at the JMP"
    setdesc SLOT3, 0, 0xfffff, 0x40fb                   /* code of 1 MB, DPL 3 */
    try
    user 2, SLOT3+3
66: jmp 0x100000
    caught GP, 0
    case "near CALL beyond the limit: nothing is pushed"
    try
    user 2, SLOT3+3
66: call 0x100000
    caught GP, 0
    check "ESP", rec_esp, USTACK
    case "near RET beyond the limit: nothing is popped"
    try
    user 2, SLOT3+3
    push 0x100000
66: ret
    caught GP, 0
    check "ESP", rec_esp, USTACK-4
    case "Jcc beyond the limit, taken"
    try
    user 2, SLOT3+3
    xor eax, eax
66: jz 0x100000
    caught GP, 0
    case "indirect JMP beyond the limit"
    try
    user 2, SLOT3+3
    mov eax, 0x100000
66: jmp eax
    caught GP, 0
    case "an instruction that crosses the limit"
    mov dword ptr [0x9fff], 0xb8                        /* MOV EAX, imm32 */
    setdesc SLOT4, 0, 0x9fff, 0x40fb
    try
    push DATA3
    push USTACK
    push 2
    push SLOT4 + 3
    push 0x9fff
    iretd
    caught GP, 0, 0x9fff
    case "running into the limit"
    mov dword ptr [0x9ffe], 0x9090
    try
    push DATA3
    push USTACK
    push 2
    push SLOT4 + 3
    push 0x9ffe
    iretd
    caught GP, 0, 0xa000
    case "15 bytes are an instruction"
    .byte 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x90
    case "16 bytes are not (vol. 2A, 2.3.11)"
    try
66: .byte 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x90
    caught GP, 0

/* ---- string instructions stop at the element at fault (vol. 2B, REP) ---- */
    case "REP MOVSB runs into the limit"
    setdesc SLOT, SCRATCH, 0xff, 0x4093
    mov ax, SLOT
    mov es, ax
    mov esi, SCRATCH + 0x200
    mov edi, 0xfa
    mov ecx, 16
    try
66: rep movsb
    caught GP, 0
    check "ECX", rec_ecx, 10
    check "EDI", rec_edi, 0x100
    check "ESI", rec_esi, SCRATCH+0x206
    case "REP STOSD runs into the limit"
    mov ax, SLOT
    mov es, ax
    mov edi, 0xf2
    mov ecx, 16
    try
66: rep stosd
    caught GP, 0
    check "ECX", rec_ecx, 13
    check "EDI", rec_edi, 0xfe
    case "REP MOVSD with ECX = 0 touches nothing"
    mov ax, SLOT
    mov es, ax
    mov edi, 0x1000
    xor ecx, ecx
    rep movsd
    case "STOSB moves nothing on"
    mov ax, SLOT
    mov es, ax
    mov edi, 0x100
    try
66: stosb
    caught GP, 0
    check "EDI", rec_edi, 0x100
    mov ax, DATA0
    mov es, ax

/* ---- 16-bit addresses in 32-bit code wrap at 64 KB ---- */
    case "16-bit address: BX + SI wraps"
    mov dword ptr [0x8010], 0x1234567
    mov ebx, 0xffff9000
    mov esi, 0xfffff010
    mov eax, [bx + si]
    check "EAX", eax, 0x1234567

/* ---- real mode (vol. 3A, 20.1.1) ---- */
.macro outside_real text, vector, insn:vararg
    case "\text in real mode"
    try
    real
    mov bx, 0xffff
    xor eax, eax
66: \insn
    caught16 \vector
.endm
    outside_real "word at FFFF", GP, mov ax, [bx]
    outside_real "word written at FFFF", GP, mov [bx], ax
    outside_real "dword at FFFD", GP, mov eax, [bx - 2]
    outside_real "far pointer at FFFD", GP, les cx, [bx - 2]
    outside_real "32-bit address beyond 64 KB", GP, mov al, [eax + 0x10000]
    outside_real "word at FFFF by way of BP", SS_, mov ax, ss:[bx]
    outside_real "qword at FFF9", GP, fld qword ptr [bx - 6]
    outside_real "16 bytes", GP, .byte 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x90
    finish
