/* random.S - random descriptors, selectors and gates under 46 instructions that load, use or jump by them.
 *
 * SDM vol. 3A, chapters 3, 5 and 6: which exception comes, with which error code, and what is left of registers and
 * accessed bits.  What is checked is a sum over all that each case leaves; Bochs comes to the same sums, case by case.
 *
 * QEMU 7.2: not run: it checks neither limits nor types on use. */
.include "insn.inc"
.set BATCH, 500                 /* cases for each sum */
.set DBASE, 0x80000
.set OPS, 46
    mov edi, 0x1000                     /* INT3 where a 16-bit gate may lead */
    mov ecx, 0x7000
    mov al, 0xcc
    rep stosb
    mov dword ptr [0], 0x7ecd7ecd
    setint 0x7e, CODE0, (stubs+0x7e*STUB_SIZE), (A_INT32+A_DPL3)
    .macro batch first, want
    case "random cases from seed \first"
    mov dword ptr seed, \first
    mov dword ptr n_case, 0
    mov dword ptr sum, 0
    call next_case
    check "sum", sum, \want
    .endm
    batch 1001, 0x676fc6a9
    batch 1008, 0x563305f2
    batch 1015, 0x0ca990b7
    batch 1022, 0x8c346c1e
    batch 1029, 0x2fa09527
    batch 1036, 0xd409181e
    batch 1043, 0x6935a4c9
    batch 1050, 0x7eeea2f3
    finish

next_case:
    mov esp, KSTACK - 4
    /* fresh TR, LDT */
    setdesc TSS0, tss0, TSS0_LIMIT, A_TSS32
    mov ax, TSS0
    ltr ax
    setdesc LDT0, gdt, 0x67, 0x82
    call rnd
    test eax, 0x10000
    mov ax, 0
    jz 1f
    mov ax, LDT0
1:  lldt ax
    /* slots */
    mov edi, offset gdt + SLOT
    mov ecx, 8
1:  call random_desc
    add edi, 8
    loop 1b
    /* a gate in SLOT7 */
    call random_gate
    mov edi, offset gdt + SLOT7
    mov [edi], eax
    mov [edi + 4], edx
    call random_gate
    mov edi, offset idt + 0x60 * 8
    mov [edi], eax
    mov [edi + 4], edx
    call random_sel
    mov sel, eax
    call random_sel
    mov sel2, eax
    call random_off
    mov dataoff, eax
    call rnd
    shr eax, 8
    xor edx, edx
    mov ecx, OPS
    div ecx
    mov op, edx
    mov eax, offset land
    mov farptr, eax
    mov eax, sel
    mov [farptr + 4], ax
    call rnd
    and eax, 0x30000
    shr eax, 16
    mov ring, eax
    mov dword ptr resume, offset done
    mov dword ptr resume_esp, KSTACK - 4
    mov word ptr myss, DATA0
    mov eax, ring
    cmp eax, 2
    jb go0
    mov word ptr myss, DATA3
    user
go0:
    mov eax, sel
    mov ebx, dataoff
    mov ecx, 0x11112222
    mov edx, 0x33334444
    mov esi, op
    mov esi, ops[esi * 4]
    jmp esi
land:
    int 0x7e

ops:
    .long o0,o1,o2,o3,o4,o5,o6,o7,o8,o9,o10,o11,o12,o13,o14,o15,o16,o17,o18,o19,o20,o21,o22,o23,o24,o25,o26,o27,o28,o29,o30,o31,o32,o33,o34,o35,o36,o37,o38,o39,o40,o41,o42,o43,o44,o45
o0: mov ds, ax
    int 0x7e
o1: mov es, ax
    int 0x7e
o2: mov fs, ax
    int 0x7e
o3: mov gs, ax
    int 0x7e
o4: mov ss, ax
    mov ecx, ss
    mov ss, word ptr myss
    int 0x7e
o5: push eax
    pop es
    int 0x7e
o6: push eax
    pop ss
    mov ecx, ss
    mov ss, word ptr myss
    int 0x7e
o7: les ecx, farptr
    int 0x7e
o8: lss ecx, farptr
    mov edx, ss
    mov ss, word ptr myss
    int 0x7e
o9: lar ecx, eax
    int 0x7e
o10: lsl ecx, eax
    int 0x7e
o11: verr ax
    int 0x7e
o12: verw ax
    int 0x7e
o13: jmp fword ptr farptr
o14: call fword ptr farptr
o15: push eax
    push offset land
    retf
o16: pushfd
    push eax
    push offset land
    iretd
o17: push sel2
    push USTACK
    push eax
    push offset land
    retf
o18: push sel2
    push USTACK
    pushfd
    push eax
    push offset land
    iretd
o19: lldt ax
    sldt ecx
    int 0x7e
o20: mov es, ax
    mov edx, es:[ebx]
    mov edx, 0
    int 0x7e
o21: mov es, ax
    mov es:[ebx], edx
    int 0x7e
o22: mov es, ax
    mov dl, es:[ebx]
    mov edx, 0
    int 0x7e
o23: mov es, ax
    mov es:[ebx], dx
    int 0x7e
o24: ltr ax
    str ecx
    int 0x7e
o25: arpl ax, cx
    mov ecx, eax
    int 0x7e
o26: int 0x60
o27: lcall SLOT7, 0
o28: ljmp SLOT7, 0
o29: lcall SLOT7 + 3, 0
o30: mov es, ax
    push es
    mov fs, word ptr sel2
    pop gs
    int 0x7e
o31: mov ax, word ptr sel2
    lar ecx, eax
    mov edx, 7
    jnz 1f
    mov edx, 8
1:  int 0x7e
o32: mov es, ax
    xchg es:[ebx], edx
    mov edx, 0
    int 0x7e
o33: mov es, ax
    mov edi, ebx
    mov ecx, 3
    rep stosw
    int 0x7e

o34: push sel2
    push USTACK
    push 0x1111
    push 0x2222
    push eax
    push offset land
    retf 8
o35: pushw ax
    pushw (land - image)
    .byte 0x66
    retf
o36: push 0x20002
    popfd
    pushfd
    pop ecx
    int 0x7e
o37: mov es, ax
    enter 8, 3
    push dword ptr es:[ebx]
    pop edx
    mov edx, 0
    int 0x7e
o38: mov fs, ax
    cmpxchg fs:[ebx], ecx
    xor edx, edx
    int 0x7e
o39: mov ds, ax
    bts [ebx], ecx
    xor edx, edx
    int 0x7e
o40: mov es, ax
    fld tbyte ptr es:[ebx]
    fstp st(0)
    int 0x7e
o41: mov gs, ax
    movzx ecx, word ptr gs:[ebx]
    mov ecx, 1
    inc byte ptr gs:[ebx]
    xor edx, edx
    int 0x7e
o42: lsl ax, ax
    setz cl
    mov ecx, eax
    int 0x7e
o43: push fs
    push gs
    mov fs, ax
    pop ds
    pop es
    int 0x7e
o44: mov es, ax
    mov edi, ebx
    std
    mov ecx, 4
    xor eax, eax
    repe scasb
    cld
    xor ecx, ecx
    int 0x7e
o45: mov es, ax
    lea esi, [ebx + 0]
    mov edi, DBASE
    mov ds, ax
    mov ecx, 2
    rep movsd es:[edi], [esi]
    int 0x7e

done:
    .macro add_to_sum what
    mov eax, \what
    rol dword ptr sum, 5
    xor sum, eax
    .endm
    add_to_sum rec_vector
    add_to_sum rec_error
    add_to_sum rec_cs
    add_to_sum rec_eflags
    mov eax, rec_eip                    /* by its place from the instructions on, which move */
    sub eax, offset ops
    rol dword ptr sum, 5
    xor sum, eax
    mov eax, rec_cs
    test al, 3
    jz 1f
    add_to_sum rec_ss
1:  add_to_sum rec_ds
    add_to_sum rec_es
    add_to_sum rec_fs
    add_to_sum rec_gs
    mov eax, rec_ecx
    cmp eax, offset land
    jne 1f
    mov eax, 0x1a9d
1:  rol dword ptr sum, 5
    xor sum, eax
    add_to_sum rec_edx
    add_to_sum rec_esp
    mov esi, offset gdt + SLOT          /* accessed and busy bits */
    mov ecx, 14
1:  lodsd
    rol dword ptr sum, 5
    xor sum, eax
    loop 1b
    inc dword ptr n_case
    cmp dword ptr n_case, BATCH
    jb next_case
    ret

rnd:                                    /* EAX */
    push edx
    mov eax, seed
    mov edx, 1664525
    mul edx
    add eax, 1013904223
    mov seed, eax
    rol eax, 13
    xor eax, 0x5bd1e995
    pop edx
    ret
random_desc:                            /* at EDI */
    push ecx
    call rnd
    mov ecx, eax                        /* attributes: bits 8-15 and 20-23 */
    and ecx, 0x00f0ff00
    and ecx, ~0x00200000                /* L */
    test eax, 0x7000000                 /* mostly present */
    jz 1f
    or ecx, 0x8000
1:  test eax, 0x8000000
    jz 1f
    or ecx, 0x1000                      /* mostly segments */
1:  test eax, 0x30000000
    jnz 1f
    or ecx, 0x6000
1:  mov edx, ecx                        /* available TSSs become busy ones */
    and edx, 0x1700
    cmp edx, 0x0100
    jne 1f
    or ecx, 0x0200
1:  mov edx, DBASE
    test ecx, 0x1000
    jz 2f
    test ecx, 0x0800
    jz 2f
    xor edx, edx                        /* code: base 0 */
2:  call rnd
    and eax, 7
    mov eax, limits[eax * 4]
    mov esi, eax
    and esi, 0xffff
    push edx
    shl edx, 16
    or esi, edx
    pop edx
    mov [edi], esi
    and eax, 0xf0000
    or ecx, eax
    shr edx, 16
    or ecx, edx
    mov [edi + 4], ecx
    pop ecx
    ret
random_gate:                            /* EDX:EAX */
    call rnd
    mov ecx, eax
    and ecx, 0x0000f01f
    test eax, 0x40000
    jz 1f
    or ecx, 0x6000
1:  test eax, 0xe00000
    jz 1f
    or ecx, 0x8000
1:  and ecx, 0xefff
1:  mov edx, eax
    shr edx, 28
    cmp edx, 1
    je 2f
    cmp edx, 9
    jne 3f
2:  mov edx, 12
3:  cmp edx, 5
    jne 3f
    mov edx, 4
3:  cmp edx, 2                          /* no LDT, no busy TSS: LSL would show the address */
    je 2f
    cmp edx, 3
    je 2f
    cmp edx, 11
    jne 3f
2:  xor edx, 4
3:  shl edx, 8
    or ecx, edx
    push ecx
    call random_sel
    pop ecx
    shl eax, 16
    mov edx, offset land
    and edx, 0xffff
    or eax, edx
    mov edx, offset land
    and edx, 0xffff0000
    or edx, ecx
    ret
random_sel:
    call rnd
    mov edx, eax
    shr edx, 24
    cmp edx, 8
    jb 1f
    cmp edx, 16
    jb 2f
    cmp edx, 40
    jb 3f
    mov edx, eax
    shr edx, 12
    and edx, 7
    lea edx, [edx * 8 + SLOT]
    shr eax, 17
    and eax, 7
    cmp eax, 4
    jb 4f
    and eax, 4
    test edx, 8
    jnz 4f
    xor eax, eax
4:  or eax, edx
    ret
1:  and eax, 3
    ret
2:  and eax, 0xfff7
    cmp eax, 0x100
    ja 5f
    or eax, 0x100
5:  ret
3:  mov edx, eax
    and edx, 0x3f
    mov eax, edx
    ret
random_off:
    call rnd
    mov edx, eax
    and edx, 15
    mov eax, offs[edx * 4]
    ret
    .balign 4
limits: .long 0, 1, 0xfff, 0xffff, 0x10000, 0xfffff, 0xfffff, 0x1fff
offs:   .long 0, 1, 2, 0xffc, 0xffd, 0xfff, 0x1000, 0xffff, 0xfffc, 0xfffd, 0x10000, 0x10001, 0x1ffd, 0x2000, 0xfffffffc, 0xffffffff
n_case: .long 0
seed:   .long 0
sum:    .long 0
sel:    .long 0
sel2:   .long 0
dataoff: .long 0
op:     .long 0
ring:   .long 0
farptr: .long 0, 0
myss:   .long 0
