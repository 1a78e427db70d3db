/* post_386.S - a self-test ROM for the 386: it runs in place, descriptor tables and all, and tells by POST codes
 * on port 190h how far it got; FFh is the end, by way of isa-debug-exit with status 33.
 *
 * No frame and no memory beyond what each step sets up itself.  A step that fails writes its own code once more
 * and halts.  Facts from the 80386 Programmer's Reference Manual, by chapter: 5 (memory), 6 (protection), 7
 * (tasks), 8 (I/O), 9 (exceptions), 12 (debugging), 14 (real mode), 15 (virtual-8086 mode).
 *
 *    01  state after reset            07  LDT, LAR, LSL, VERR, VERW       0D  virtual-8086 mode, I/O map
 *    02  real mode: stack, segments   08  ring 3, gates, parameters       0E  breakpoints, single step
 *    03  string instructions          09  faults: codes and restart       0F  decimal and bit instructions
 *    04  interrupts in real mode      0A  tasks of 32 bits                10  back to real mode
 *    05  protected mode, 16 bits      0B  tasks of 16 bits
 *    06  32-bit code in ROM           0C  paging
 */
.intel_syntax noprefix

.set ROM, 0xf0000
.set CODE16, 0x08               /* base F0000h */
.set DATA, 0x10                 /* 4 GB */
.set CODE32, 0x18               /* base F0000h, 64 KB, 32 bits */
.set FLAT, 0x20                 /* code, 4 GB */
.set USER_CODE, 0x28 + 3        /* base F0000h, 32 bits, ring 3 */
.set USER_DATA, 0x30 + 3
.set LDT, 0x38
.set TSS_MAIN, 0x40
.set TSS_OTHER, 0x48
.set TSS_SMALL, 0x50
.set GATE, 0x58                 /* call gate of DPL 3, two parameters */
.set DOWN, 0x60                 /* expand-down data, limit FFFh */
.set ABSENT, 0x68
.set CONFORMING, 0x70
.set GDT_END, 0x78

/* RAM. */
.set VARS, 0x500
.set STACK, 0x7000
.set RING0_STACK, 0x7800
.set USER_STACK, 0x8000
.set LDT_AT, 0x2000
.set TSS_AT, 0x2100
.set OTHER_AT, 0x2400
.set SMALL_AT, 0x2600
.set GDT_AT, 0x2800             /* a copy that LTR can write to */
.set PAGES, 0x10000
.set V86_AT, 0x20000
.set v_vector, VARS
.set v_error, VARS + 4
.set v_eip, VARS + 8
.set v_cs, VARS + 12
.set v_flags, VARS + 16
.set v_esp, VARS + 20
.set v_resume, VARS + 24
.set v_count, VARS + 28
.set v_sp, VARS + 32

.macro post code
    .set step, \code
    mov al, \code
    mov dx, 0x190
    out dx, al
.endm
/* The condition holds, or the machine stops. */
.macro must cc
    j\cc 88f
    mov al, step
    jmp failed
88:
.endm
.macro must16 cc
    j\cc 88f
    mov al, step
    jmp failed16
88:
.endm
/* The next exception goes on at 77. */
.macro expect
    mov dword ptr [v_resume], offset (77f - base)
    mov [v_sp], esp
.endm
.macro was vector, error=0
    mov al, step
    jmp failed
77: cmp dword ptr [v_vector], \vector
    must e
    cmp dword ptr [v_error], \error
    must e
    cmp dword ptr [v_eip], offset (66b - base)
    must e
.endm

.section .reset, "ax"
.code16
    ljmp 0xf000, (offset reset - base)

.text
base:
.code16
reset:
    cli
    cld
/* ---- 01: DH is 3 on a 386, more on others; EFLAGS is 2; MSW without PE; CS as the jump left it ---- */
    mov bx, dx
    post 0x01
    cmp bh, 3
    must16 ae
    smsw ax
    test al, 0x0b
    must16 z
    mov ax, cs
    cmp ax, 0xf000
    must16 e
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, STACK
    pushfd
    pop eax
    and eax, 0x3ffeb
    cmp eax, 0x42                       /* ZF and PF of the comparison and bit 1 go in and out */
    and eax, 0x3f02
    cmp eax, 2
    must16 e

/* ---- 02 ---- */
    post 0x02
    mov word ptr [0x600], 0x1234
    mov ax, 0x10
    mov es, ax
    cmp word ptr es:[0x500], 0x1234
    must16 e
    push 0x1111
    push 0x2222
    mov bp, sp
    cmp word ptr [bp + 2], 0x1111
    must16 e
    pop ax
    pop bx
    cmp bx, 0x1111
    must16 e
    mov ax, sp
    push sp
    pop bx
    cmp ax, bx                          /* the 286 and later push SP as it was */
    must16 e
    enter 8, 0
    leave
    cmp sp, STACK
    must16 e
    pusha
    popa
    cmp sp, STACK
    must16 e
    mov dword ptr [0x610], 0x00300040
    les di, [0x610]
    cmp di, 0x40
    must16 e
    mov ax, es
    cmp ax, 0x30
    must16 e
    mov ax, 0xffff                      /* FFFF:0010 with A20 open is 100000h */
    in al, 0x92
    or al, 2
    out 0x92, al
    mov ax, 0xffff
    mov es, ax
    mov byte ptr [0], 0x55
    mov byte ptr es:[0x10], 0xaa
    cmp byte ptr [0], 0x55
    must16 e

/* ---- 03 ---- */
    post 0x03
    xor ax, ax
    mov es, ax
    mov di, 0x1000
    mov cx, 0x100
    mov eax, 0x5a5a1234
    rep stosd
    cmp di, 0x1400
    must16 e
    mov si, 0x1000
    mov di, 0x1002
    mov cx, 8
    rep movsw                           /* repeats the first word */
    cmp word ptr [0x1010], 0x1234
    must16 e
    mov di, 0x1000
    mov cx, 0xffff
    mov al, 0x5a
    repne scasb
    must16 e
    cmp di, 0x1013
    must16 e
    mov si, 0x1000
    mov di, 0x1002
    mov cx, 100
    repe cmpsw
    must16 ne
    cmp cx, 91
    must16 e
    std
    mov si, 0x1003
    lodsb
    cld
    cmp si, 0x1002
    must16 e

/* ---- 04: vectors in RAM; a fault leaves the address of the instruction itself ---- */
    post 0x04
    mov word ptr [0], offset (real_handler - base)
    mov word ptr [2], 0xf000
    mov eax, [0]
    mov [4 * 4], eax
    mov [5 * 4], eax
    mov [6 * 4], eax
    mov [13 * 4], eax
    mov [0x40 * 4], eax
    mov word ptr [v_resume], offset (1f - base)
    xor cl, cl
66: div cl
1:  cmp word ptr [v_eip], offset (66b - base)
    must16 e
    mov word ptr [v_resume], offset (1f - base)
66: .byte 0x0f, 0xff
1:  cmp word ptr [v_eip], offset (66b - base)
    must16 e
    mov dword ptr [0x620], 0x00100001
    mov ax, 0x11
    mov word ptr [v_resume], offset (1f - base)
66: bound ax, [0x620]
1:  cmp word ptr [v_eip], offset (66b - base)
    must16 e
    mov word ptr [v_resume], offset (1f - base)
    mov bx, 0xffff
66: mov ax, [bx]
1:  cmp word ptr [v_eip], offset (66b - base)
    must16 e
    mov word ptr [v_resume], offset (1f - base)
    sti
    int 0x40
66:
1:  cmp word ptr [v_eip], offset (66b - base)
    must16 e
    test word ptr [v_flags], 0x200
    must16 nz
    pushf
    pop ax
    test ax, 0x200
    must16 z
    cmp sp, STACK
    must16 e

/* ---- 05: the GDT is in ROM: its accessed bits cannot be set, and nobody minds ---- */
    post 0x05
    lgdt cs:[gdt_pointer - base]
    lidt cs:[idt_pointer - base]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    ljmp CODE16, (offset 1f - base)
1:  mov ax, DATA
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov fs, ax
    mov gs, ax
    mov esp, STACK
    mov ebx, 0x100000                   /* beyond 64 KB */
    mov dword ptr [ebx], 0x13579bdf
    cmp dword ptr [ebx], 0x13579bdf
    must16 e
    ljmp CODE32, (offset code32 - base)

failed16:
    mov dx, 0x190
    out dx, al
    hlt
    jmp failed16

real_handler:                           /* the frame is dropped, RAM below 64 KB in DS */
    push ax
    xor ax, ax
    mov ds, ax
    pop ax
    pop word ptr [v_eip]
    pop word ptr [v_cs]
    pop word ptr [v_flags]
    jmp word ptr [v_resume]

.code32
failed:
    mov dx, 0x190
    out dx, al
    hlt
    jmp failed

/* ---- 06 ---- */
code32:
    post 0x06
    mov eax, cs
    cmp ax, CODE32
    must e
    call 1f
1:  pop eax
    cmp eax, offset (1b - base)
    must e
    mov eax, cs:[constant - base]
    cmp eax, 0x2468ace0
    must e
    expect
66: mov cs:[constant - base], eax        /* code is never written to */
    was 13
    expect
    mov ebx, 0x10000
66: mov al, cs:[ebx]                    /* beyond its 64 KB */
    was 13
    mov ax, DOWN
    mov es, ax
    mov eax, es:[0x1000]
    expect
66: mov eax, es:[0xfff]
    was 13
    mov ax, DOWN                        /* the handler has left DATA there */
    mov es, ax
    expect
66: mov eax, es:[0xffffffff]            /* expand-down, B set: to 4 GB, not beyond */
    was 13

/* ---- 07 ---- */
    post 0x07
    mov esi, ROM + (offset gdt - base)
    mov edi, GDT_AT
    mov ax, DATA
    mov es, ax
    mov ecx, GDT_END / 4
    rep movsd
    lgdt cs:[gdt_copy - base]
    mov dword ptr [LDT_AT], 0x300000ff
    mov dword ptr [LDT_AT + 4], 0x0040f200 /* data, DPL 3, base 3000h, limit FFh */
    mov ax, LDT
    lldt ax
    mov ax, 4
    mov fs, ax
    mov dword ptr [0x3010], 0x600dbeef
    cmp dword ptr fs:[0x10], 0x600dbeef
    must e
    test byte ptr [LDT_AT + 5], 1       /* accessed */
    must nz
    expect
66: mov eax, fs:[0xfd]
    was 13
    mov ecx, 4
    lsl eax, ecx
    must z
    cmp eax, 0xff
    must e
    lar eax, ecx
    must z
    and eax, 0xff00
    cmp eax, 0xf300
    must e
    verw cx
    must z
    mov cx, CODE32
    verw cx
    must nz
    verr cx
    must z
    mov cx, ABSENT
    expect
66: mov gs, cx
    was 11, ABSENT
    expect
    mov cx, 0x7c
66: mov gs, cx
    was 13, 0x7c
    sldt ax
    cmp ax, LDT
    must e

/* ---- 08 ---- */
    post 0x08
    mov edi, TSS_AT
    mov ecx, 0x90 / 4
    xor eax, eax
    rep stosd
    mov dword ptr [TSS_AT + 4], RING0_STACK
    mov dword ptr [TSS_AT + 8], DATA
    mov word ptr [TSS_AT + 0x60], LDT
    mov dword ptr [TSS_AT + 0x64], 0x00680000
    mov byte ptr [TSS_AT + 0x68 + 0x190 / 8], 0xff
    mov dword ptr [TSS_AT + 0x68 + 0x40], -1
    mov ax, TSS_MAIN
    ltr ax
    test byte ptr [GDT_AT + TSS_MAIN + 5], 2
    must nz
    push USER_DATA
    push USER_STACK
    pushfd
    push USER_CODE
    push offset (ring3 - base)
    iretd
ring3:
    mov ax, USER_DATA
    mov ds, ax
    mov es, ax
    mov eax, cs
    and al, 3
    cmp al, 3
    must e
    push 0x1111
    push 0x2222
    lcall GATE, 0
    cmp esp, USER_STACK                 /* RETF 8 has released the parameters */
    must e
    cmp eax, 0x3333
    must e
    expect
66: cli
    was 13
    jmp ring3_over
gate_entry:                             /* ring 0: EIP, CS, two parameters, ESP, SS */
    mov eax, [esp + 8]
    add eax, [esp + 12]
    cmp esp, RING0_STACK - 24
    must e
    retf 8
ring3_over:
    mov eax, cs                         /* the handler leaves us in ring 0 */
    cmp ax, CODE32
    must e

/* ---- 09 ---- */
    post 0x09
    expect
    xor ecx, ecx
66: idiv ecx
    was 0
    expect
    mov eax, 5
66: bound eax, cs:[bounds - base]
    was 5
    expect
66: .byte 0x0f, 0x0b
    was 6
    expect
66: mov ss, cx
    was 13
    expect
    mov ax, CODE32
66: mov ss, ax
    was 13, CODE32
    expect
66: ljmp DATA, 0
    was 13, DATA
    expect
66: int 0x30                            /* beyond the IDT */
    was 13, 0x182
    mov eax, esp
    expect
66: push dword ptr cs:[0x10000]
    was 13
    cmp esp, eax
    must e

/* ---- 0A ---- */
    post 0x0a
    mov edi, OTHER_AT
    mov ecx, 0x68 / 4
    xor eax, eax
    rep stosd
    mov dword ptr [OTHER_AT + 0x20], offset (other_task - base)
    mov dword ptr [OTHER_AT + 0x24], 2
    mov dword ptr [OTHER_AT + 0x38], 0x6800
    mov dword ptr [OTHER_AT + 0x34], 0xeb
    mov dword ptr [OTHER_AT + 0x48], DATA
    mov dword ptr [OTHER_AT + 0x4c], CODE32
    mov dword ptr [OTHER_AT + 0x50], DATA
    mov dword ptr [OTHER_AT + 0x54], DATA
    clts
    mov ebx, 0x1234
    lcall TSS_OTHER, 0
    cmp ebx, 0x1234
    must e
    mov eax, cr0
    test al, 8                          /* TS */
    must nz
    clts
    test byte ptr [GDT_AT + TSS_OTHER + 5], 2
    must z
    test byte ptr [GDT_AT + TSS_MAIN + 5], 2
    must nz
    cmp word ptr [OTHER_AT], TSS_MAIN   /* the link */
    must e
    jmp 1f
other_task:
    cmp ebx, 0xeb
    must e
    pushfd
    pop eax
    test ah, 0x40                       /* NT */
    must nz
    str ax
    cmp ax, TSS_OTHER
    must e
    iretd
    mov al, step
    jmp failed
1:
/* ---- 0B ---- */
    post 0x0b
    mov edi, SMALL_AT
    mov ecx, 0x2c / 4
    xor eax, eax
    rep stosd
    mov word ptr [SMALL_AT + 0x0e], offset (small_task - base)
    mov word ptr [SMALL_AT + 0x10], 2
    mov word ptr [SMALL_AT + 0x1a], 0x6c00
    mov word ptr [SMALL_AT + 0x22], DATA
    mov word ptr [SMALL_AT + 0x24], CODE16
    mov word ptr [SMALL_AT + 0x26], DATA
    mov word ptr [SMALL_AT + 0x28], DATA
    mov esi, 0x89abcdef
    lcall TSS_SMALL, 0
    cmp esi, 0x89abcdef
    must e
    clts
    jmp 1f
    .code16
small_task:
    cmp sp, 0x6c00
    must16 e
    mov ax, fs                          /* a 16-bit TSS has none */
    test ax, ax
    must16 z
    iret
    mov al, step
    jmp failed16
    .code32
1:
/* ---- 0C: 1 MB one to one, but for the page at 40000h ---- */
    post 0x0c
    mov edi, PAGES
    mov ecx, 0x400
    xor eax, eax
    rep stosd
    mov dword ptr [PAGES], PAGES + 0x1007
    mov eax, 7
1:  stosd
    add eax, 0x1000
    cmp eax, 0x400000
    jb 1b
    and byte ptr [PAGES + 0x1000 + 0x40 * 4], 0xfe
    mov dword ptr [PAGES + 0x1000 + 0x41 * 4], 0x50007
    mov eax, PAGES
    mov cr3, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    jmp 1f
1:  mov dword ptr [0x41000], 0xfeedface
    expect
66: mov eax, [0x40ffe]
    was 14
    mov eax, cr2
    cmp eax, 0x40ffe
    must e
    expect
66: mov [0x3fffe], eax                  /* the second page is not there: nothing is written */
    was 14, 2
    mov eax, cr2
    cmp eax, 0x40000
    must e
    test dword ptr [PAGES + 0x1000 + 0x41 * 4], 0x60 /* accessed, dirty */
    must nz
    test dword ptr [PAGES + 0x1000 + 0x42 * 4], 0x60
    must z
    mov eax, cr0
    and eax, 0x7fffffff
    mov cr0, eax
    jmp 1f
1:  cmp dword ptr [0x50000], 0xfeedface
    must e

/* ---- 0D ---- */
    post 0x0d
    mov esi, ROM + (offset v86_code - base)
    mov edi, V86_AT
    mov ecx, v86_end - v86_code
    rep movsb
    expect
    push 0                              /* GS, FS, DS, ES */
    push 0
    push 0x2000
    push 0
    push 0x2000                         /* SS, ESP */
    push 0x1000
    push 0x20002
    push 0x2000
    push 0
    iretd
    mov al, step
    jmp failed
77: cmp dword ptr [v_vector], 13        /* HLT is privileged there */
    must e
    cmp word ptr [v_eip], v86_hlt - v86_code
    must e
    test byte ptr [v_flags + 2], 2
    must nz
    cmp dword ptr [V86_AT + 0x800], 0x5555aaaa
    must e

/* ---- 0E ---- */
    post 0x0e
    expect
    pushfd
    or byte ptr [esp + 1], 1
    popfd
    nop
66: nop
    was 1
    mov eax, dr6
    test ah, 0x40                       /* BS */
    must nz
    xor eax, eax
    mov dr6, eax
    mov eax, VARS + 0x40
    mov dr1, eax
    mov eax, 0xd00008                   /* DR1: writes of 4 bytes */
    mov dr7, eax
    expect
    mov dword ptr [VARS + 0x40], 1
66: nop
    was 1
    mov eax, dr6
    and eax, 15
    cmp eax, 2
    must e
    mov eax, ROM + (offset 66f - base)
    mov dr0, eax
    mov eax, 2
    mov dr7, eax
    expect
66: nop
    was 1
    xor eax, eax
    mov dr7, eax

/* ---- 0F ---- */
    post 0x0f
    mov eax, 0x19
    add al, 0x28
    daa
    cmp al, 0x47
    must e
    mov eax, 0x305
    aad
    cmp ax, 35
    must e
    aam
    cmp ax, 0x305
    must e
    mov eax, 0x00f00000
    bsf ecx, eax
    cmp ecx, 20
    must e
    bsr ecx, eax
    cmp ecx, 23
    must e
    mov eax, 0x12345678
    mov edx, 0x9abcdef0
    shld eax, edx, 8
    cmp eax, 0x3456789a
    must e
    mov dword ptr [VARS + 0x44], 0
    mov eax, 32 + 5
    bts dword ptr [VARS + 0x40], eax
    must nc
    cmp dword ptr [VARS + 0x44], 0x20
    must e
    mov eax, -5
    imul eax, eax, 7
    cmp eax, -35
    must e
    cdq
    cmp edx, -1
    must e
    mov eax, 0x80000000
    mul eax
    cmp edx, 0x40000000
    must e
    mov al, 0x80
    movsx eax, al
    cmp eax, 0xffffff80
    must e

/* ---- 10 ---- */
    post 0x10
    ljmp CODE16, (offset 1f - base)
    .code16
1:  mov ax, DATA
    mov es, ax
    mov eax, cr0
    and al, 0xfe
    mov cr0, eax
    ljmp 0xf000, (offset 1f - base)
1:  xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, STACK
    lidt cs:[ivt_pointer - base]
    mov ebx, 0x100000                   /* the limits of 4 GB are still there */
    cmp dword ptr es:[ebx], 0x13579bdf
    must16 e
    mov word ptr [v_resume], offset (1f - base)
    int 0x40
66:
1:  cmp word ptr [v_eip], offset (66b - base)
    must16 e
    post 0xff
    mov al, 0x10
    mov dx, 0x501
    out dx, al
    hlt

/* In virtual-8086 mode at 2000:0000. */
v86_code:
    mov word ptr [0x800], 0xaaaa
    mov ax, 0x2080
    mov es, ax
    mov word ptr es:[2], 0x5555
    in al, 0x61                         /* the map lets it */
    mov bx, 0xffff
v86_hlt:
    hlt
v86_end:

/* ---- exceptions in protected mode: the record, then on in ring 0 at v_resume ---- */
.code32
.macro stub n, has_error=0
handler_\n:
    .if !\has_error
    push 0
    .endif
    push \n
    jmp common
.endm
    stub 0
    stub 1
    stub 5
    stub 6
    stub 10, 1
    stub 11, 1
    stub 12, 1
    stub 13, 1
    stub 14, 1
common:
    push eax
    mov ax, DATA
    mov ds, ax
    mov es, ax
    pop eax
    pop dword ptr [v_vector]
    pop dword ptr [v_error]
    pop dword ptr [v_eip]
    pop dword ptr [v_cs]
    pop dword ptr [v_flags]
    mov esp, [v_sp]
    push eax
    mov ax, DATA
    mov ss, ax
    pop eax
    cmp dword ptr [v_resume], 0
    jne 1f
    mov al, 0xee
    jmp failed
1:  push dword ptr [v_resume]
    mov dword ptr [v_resume], 0
    ret

    .balign 8
constant:
    .long 0x2468ace0
bounds:
    .long 0, 4
gdt:
    .quad 0
    .quad 0x00009a0f0000ffff            /* CODE16 */
    .quad 0x00cf92000000ffff            /* DATA */
    .quad 0x00409a0f0000ffff            /* CODE32 */
    .quad 0x00cf9a000000ffff            /* FLAT */
    .quad 0x0040fa0f0000ffff            /* USER_CODE */
    .quad 0x00cff2000000ffff            /* USER_DATA */
    .quad 0x0000820020000007            /* LDT */
    .quad 0x00008900210000ff            /* TSS_MAIN */
    .quad 0x0000890024000067            /* TSS_OTHER */
    .quad 0x000081002600002b            /* TSS_SMALL */
    .word gate_entry - base, CODE32, 0xec02, 0
    .quad 0x0040960000000fff            /* DOWN */
    .quad 0x00cf12000000ffff            /* ABSENT */
    .quad 0x00409e0f0000ffff            /* CONFORMING */
gdt_pointer:
    .word GDT_END - 1
    .long gdt
gdt_copy:
    .word GDT_END - 1
    .long GDT_AT
.macro trap n
    .word handler_\n - base, CODE32, 0x8e00, 0
.endm
    .balign 8
idt:
    trap 0
    trap 1
    .quad 0, 0, 0
    trap 5
    trap 6
    .quad 0, 0, 0
    trap 10
    trap 11
    trap 12
    trap 13
    trap 14
idt_pointer:
    .word 15 * 8 - 1
    .long idt
ivt_pointer:
    .word 0x3ff
    .long 0
