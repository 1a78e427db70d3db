/* real.S - real-address mode: vector table, exceptions, segments, wrap-around, and the way in and out.
 *
 * SDM vol. 3A, 20.1 (real-address mode, table 20-1 for its exceptions), 9.9 (switching modes).
 *
 * QEMU 7.2: differs in "an exception pushes no error code": it does not check the limit of 64 KB; interrupt 13,
 *     SDM vol. 3B, 20.1.1.
 * QEMU 7.2: differs in "#SS: operand beyond 64 KB by way of BP", "#SS: POP at SP = FFFF": it does not check the
 *     limit of 64 KB; interrupt 12, SDM vol. 3B, 20.1.1.
 * QEMU 7.2: stops in "execution beyond FFFF: #GP", "an instruction across FFFF: #GP": it runs on beyond 64 KB;
 *     interrupt 13, SDM vol. 3B, 20.1.1. */
.include "insn.inc"

/* ---- interrupts (20.1.4) ---- */
    case "INT n pushes FLAGS, CS, IP and clears IF, TF, AC"
    real
    mov word ptr ds:[got_flags - image], 0
    xor ax, ax
    mov es, ax
    mov word ptr es:[0x40 * 4], offset (handler - image)
    mov word ptr es:[0x40 * 4 + 2], 0x1000
    push F_IF + F_CF + 2
    popf
    int 0x40
1:  mov [got_sp_after - image], sp
    protected
    movzx eax, word ptr got_flags
    check_bits "IF, TF in the handler", eax, (F_IF|F_TF), 0
    movzx eax, word ptr got_sp
    check "SP", eax, 0xffea
    movzx eax, word ptr got_0
    check "IP pushed", eax, (1b-image)
    movzx eax, word ptr [got_0 + 2]
    check "CS pushed", eax, 0x1000
    movzx eax, word ptr [got_0 + 4]
    check "FLAGS pushed", eax, F_IF+F_CF+2
    movzx eax, word ptr got_sp_after
    check "SP after IRET", eax, 0xfff0
    case "an exception pushes no error code"
    try
    real
    mov bx, 0xffff
66: mov ax, [bx]
    caught16 GP
    check "ESP", rec_esp, 0xfff0
    case "LIDT moves the table"
    real
    xor ax, ax
    mov es, ax
    mov word ptr es:[0x600 + 0x41 * 4], offset (handler - image)
    mov word ptr es:[0x600 + 0x41 * 4 + 2], 0x1000
    lidt [moved_table - image]
    int 0x41
1:  lidt [ivt_pointer - image]
    protected
    movzx eax, word ptr got_0
    check "IP pushed", eax, (1b-image)
    case "beyond the table's limit: #GP"
    try
    real
    lidt [short_table - image]
66: int 0x41
    caught16 GP
    case "INTO, BOUND and #DE name the instructions as in protected mode"
    try
    real
    xor cl, cl
66: div cl
    caught16 DE
    case "#UD"
    try
    real
66: ud2
    caught16 UD
    case "#NM"
    mov eax, cr0
    or al, 8
    mov cr0, eax
    try
    real
66: fld1
    caught16 NM
    clts
    case "#SS: operand beyond 64 KB by way of BP"
    try
    real
    mov bp, 0xffff
66: mov ax, [bp]
    caught16 SS_
    case "#SS: POP at SP = FFFF"
    try
    real
    mov sp, 0xffff
66: pop ax
    mov sp, 0xfff0
    caught16 SS_

/* ---- segments ---- */
    case "a segment is a paragraph"
    mov dword ptr [0x54328], 0x11223344
    real
    mov ax, 0x5432
    mov es, ax
    mov ebx, es:[8]
    protected
    check "EBX", ebx, 0x11223344
    case "FFFF:0010 is 100000h with A20"
    mov dword ptr [0x100000], 0x99887766
    real
    mov ax, 0xffff
    mov es, ax
    mov ebx, es:[0x10]
    protected
    check "EBX", ebx, 0x99887766
    case "a limit of 4 GB stays (unreal mode)"
    mov dword ptr [0x123450], 0x77665544
    real
    cli
    lgdt [gdt_pointer - image]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    mov bx, DATA0
    mov es, bx
    and al, 0xfe
    mov cr0, eax
    mov eax, 0x123450
    mov ebx, es:[eax]
    xor cx, cx
    mov es, cx
    mov ecx, es:[eax]
    protected
    check "EBX by the descriptor", ebx, 0x77665544
    check "ECX after a load in real mode", ecx, 0x77665544
    case "write by way of CS"
    real
    mov word ptr cs:[got_0 - image], 0x4321
    protected
    movzx eax, word ptr got_0
    check "memory", eax, 0x4321

/* ---- wrap-around ---- */
    case "PUSH at SP = 0 wraps"
    real
    mov sp, 0
    push 0x1234
    mov cx, sp
    mov sp, 0xfff0
    protected
    movzx ecx, cx
    check "SP", ecx, 0xfffe
    movzx eax, word ptr [VSTACK_SEG * 16 + 0xfffe]
    check "memory", eax, 0x1234
    case "a 16-bit address wraps before the limit is checked"
    real
    mov bx, 0xfff0
    mov si, 0x20
    mov cx, [bx + si + moved_word - image - 0x10]
    protected
    movzx ecx, cx
    check "CX", ecx, 0xbeef
    case "a short jump wraps in IP"
    real
    xor ax, ax
    mov es, ax
    mov ax, 0x3000
    mov es, ax
    mov word ptr es:[0xfff0], 0x20eb            /* JMP to 12h */
    mov byte ptr es:[0x12], 0xcb                /* RETF */
    lcall 0x3000:0xfff0
    mov cx, sp
    protected
    movzx ecx, cx
    check "SP", ecx, 0xfff0
    case "execution beyond FFFF: #GP"
    try
    real
    mov ax, 0x3000
    mov es, ax
    mov byte ptr es:[0xffff], 0x90
    ljmp 0x3000:0xffff
    caught GP, NONE, 0
    case "an instruction across FFFF: #GP"
    try
    real
    mov ax, 0x3000
    mov es, ax
    mov word ptr es:[0xfffe], 0x00b8
    ljmp 0x3000:0xfffe
    caught GP, NONE, 0xfffe
    case "string instructions wrap"
    real
    mov ax, 0x3000
    mov es, ax
    mov di, 0xfffe
    mov cx, 2
    mov ax, 0x5a5a
    rep stosw
    mov bx, es:[0]
    protected
    movzx ebx, bx
    movzx edi, di
    check "DI", edi, 2
    check "BX", ebx, 0x5a5a

/* ---- operand and address size ---- */
    case "32-bit far CALL and RETF"
    real
    push eax
    .byte 0x66, 0x9a                    /* CALL 1000:far_32 */
    .long far_32 - image
    .word 0x1000
    mov cx, sp
    protected
    movzx ecx, cx
    check "SP", ecx, 0xffec
    check "EBX", ebx, 0x3232
    case "32-bit IRET keeps RF and VM out"
    real
    mov word ptr [iret_target - image], offset (1f - image)
    pushfd
    .byte 0x66, 0x0e                    /* PUSH CS */
    push dword ptr [iret_target - image]
    iretd
1:  mov cx, sp
    protected
    movzx ecx, cx
    check "SP", ecx, 0xfff0
    case "LOOP with a 32-bit count"
    real
    mov ecx, 0x10002
    mov bx, 0
1:  inc bx
    .byte 0x67
    loop 1b
    protected
    check "ECX", ecx, 0
    movzx ebx, bx
    check "BX", ebx, 2
    finish

    .balign 4
got_flags:      .word 0
got_sp:         .word 0
got_sp_after:   .word 0
moved_word:     .word 0xbeef
got_0:          .word 0, 0, 0
iret_target:    .long 0
moved_table:    .word 0x3ff
                .long 0x600
short_table:    .word 0x41 * 4 + 2
                .long 0
    .code16
handler:
    mov [got_sp - image], sp
    mov bp, sp
    mov ax, [bp]
    mov [got_0 - image], ax
    mov ax, [bp + 2]
    mov [got_0 - image + 2], ax
    mov ax, [bp + 4]
    mov [got_0 - image + 4], ax
    pushf
    pop word ptr [got_flags - image]
    iret
far_32:
    mov ebx, 0x3232
    .byte 0x66
    retf
