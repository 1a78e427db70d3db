# mbboot.s - the option ROM that starts a multiboot kernel given by -kernel, after the BIOS has run.
#
# As linuxboot.s, but the kernel is entered in protected mode (Multiboot Specification 0.6.96, 3.2).
# The pieces are: the information structure with its strings, the modules, the kernel.  The
# structure's memory map is filled in here, from INT 15h, function E820h.

    .code16
    .text
    .globl _start
    .set FW_CFG, 0x510
    .set DMA_ERROR, 0x01000000
    .set INFO_ADDR, 0x16
    .set ENTRY, 0x10
    .set SMAP, 0x534d4150
    .set MBI_MEM_LOWER, 4
    .set MBI_MEM_UPPER, 8
    .set MBI_MMAP_LENGTH, 44
    .set MBI_MMAP_ADDR, 48
    .set MAP_ROWS, 64               # as many as there is room for behind the structure
    .set STACK, 0xfff0

_start:
    .word 0xaa55
    .byte (rom_end - _start) / 512
    lret
    .byte 0                         # makes the sum of all bytes zero
    .org 0x18
    .word 0
    .word pnp

    .org 0x20
pnp:
    .ascii "$PnP"
    .byte 1, 2
    .word 0
    .byte 0
    .byte 0                         # makes the sum of the header zero
    .long 0
    .word 0, product
    .byte 0, 0, 0
    .byte 0
    .word 0, 0
    .word boot
    .word 0, 0

product:
    .asciz "Multiboot kernel (Bygone)"

pieces:
    .word 0x16, 0x17, 0x18          # information structure
    .word 0x0a, 0x0b, 0x12          # modules
kernel:
    .word 0x07, 0x08, 0x11

    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff        # 08h: code, 4 GB
    .quad 0x00cf93000000ffff        # 10h: data, 4 GB
gdt_end:

# EAX = the 32-bit number in item AX; changes CX and DX.
number:
    mov $FW_CFG, %dx
    out %ax, %dx
    inc %dx
    mov $4, %cx
1:  in %dx, %al
    ror $8, %eax
    loop 1b
    ret

# Fetches the piece that CS:SI describes (see linuxboot.s).
fetch:
    mov %cs:2(%si), %ax
    call number
    test %eax, %eax
    jz fetched
    mov %eax, %ebx
    mov %cs:(%si), %ax
    call number
    bswap %eax
    push %eax
    pushl $0
    bswap %ebx
    push %ebx
    movzwl %cs:4(%si), %eax
    shl $16, %eax
    or $0x0a, %al
    bswap %eax
    push %eax
    xor %ebx, %ebx
    mov %ss, %bx
    shl $4, %ebx
    movzwl %sp, %eax
    add %ebx, %eax
    bswap %eax
    mov $FW_CFG + 4, %dx
    mov %eax, %ebx
    xor %eax, %eax
    out %eax, %dx
    add $4, %dx
    mov %ebx, %eax
    out %eax, %dx
    mov %sp, %bp
2:  mov (%bp), %eax
    test $~DMA_ERROR, %eax
    jnz 2b
    add $16, %sp
    test %eax, %eax
    jnz failed
fetched:
    ret

failed:
    int $0x18

# Rows of the memory map: a size of 20 in front of what the BIOS gives.  DS is the structure's
# segment.
memory_map:
    push %ds
    pop %es
    movzwl MBI_MMAP_ADDR, %edi
    mov $MAP_ROWS, %bp
    xor %ebx, %ebx
3:  movl $20, (%di)
    add $4, %di
    mov $0xe820, %eax
    mov $SMAP, %edx
    mov $20, %ecx
    int $0x15
    jc 4f
    cmp $SMAP, %eax
    jne 4f
    cmpl $0x100000, (%di)           # mem_upper: RAM from 1 MB to the first hole, in KB
    jne 6f
    cmpl $1, 16(%di)
    jne 6f
    mov 8(%di), %eax
    shr $10, %eax
    mov %eax, MBI_MEM_UPPER
6:  add $20, %di
    addl $24, MBI_MMAP_LENGTH
    dec %bp
    jz 4f
    test %ebx, %ebx
    jnz 3b
4:  ret

boot:
    cld
    mov $pieces, %si
5:  call fetch
    add $6, %si
    cmp $kernel, %si
    jb 5b

    mov $INFO_ADDR, %ax
    call number
    mov %eax, %esi
    shr $4, %eax
    mov %ax, %ds
    movl $0, MBI_MMAP_LENGTH
    int $0x12
    movzwl %ax, %eax
    mov %eax, MBI_MEM_LOWER
    call memory_map
    mov $0x2401, %ax                # open the A20 gate
    int $0x15
    cli
    in $0x92, %al
    or $2, %al
    and $0xfe, %al
    out %al, $0x92

    # The kernel may lie where the BIOS has its stack: ours is the end of the structure's 64 KB.
    mov %ds, %ax
    mov %ax, %ss
    mov $STACK, %esp
    mov $kernel, %si
    call fetch
    mov $INFO_ADDR, %ax
    call number
    mov %eax, %esi
    mov $ENTRY, %ax
    call number
    mov %eax, %ebp
    xor %ecx, %ecx                  # physical address of this ROM
    mov %cs, %cx
    shl $4, %ecx
    lea gdt(%ecx), %eax
    push %eax
    pushw $gdt_end - gdt - 1
    mov %sp, %bx
    lgdtl %ss:(%bx)
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    lea protected(%ecx), %eax
    pushl $8
    push %eax
    lretl

    .code32
protected:
    mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov %eax, %ss
    mov $0x2badb002, %eax
    mov %esi, %ebx
    jmp *%ebp

    .balign 512, 0
rom_end:
