# linuxboot.s - the option ROM that starts a kernel given by -kernel, after the BIOS has run.
#
# The BIOS finds the ROM as the file genroms/linuxboot.bin of fw_cfg, sees a bootstrap entry vector
# in its PnP header (Plug and Play BIOS Specification 1.0a, 3.2), and calls that when it boots.  The
# vector fetches four pieces by fw_cfg DMA (set-up code, kernel, initial RAM disk, command line), each
# named by three items: where it goes, how long it is, its bytes.  Then it enters the set-up code in
# real mode as the boot protocol says (Linux, Documentation/x86/boot.rst, "Running the Kernel").
#
# machine/linux_boot.c fills in both checksums.

    .code16
    .text
    .globl _start
    .set FW_CFG, 0x510              # selector; data at +1, DMA address at +4 (high) and +8 (low)
    .set DMA_ERROR, 0x01000000      # bits of the control word, which is big-endian
    .set SETUP_ADDR, 0x16
    .set CMDLINE_ADDR, 0x13

_start:
    .word 0xaa55
    .byte (rom_end - _start) / 512
    lret                            # initialisation: nothing to do
    .byte 0                         # makes the sum of all bytes zero
    .org 0x18
    .word 0                         # no PCI data structure
    .word pnp

    .org 0x20
pnp:
    .ascii "$PnP"
    .byte 1, 2                      # version, length in 16 bytes
    .word 0                         # no further header
    .byte 0
    .byte 0                         # makes the sum of the header zero
    .long 0
    .word 0, product                # manufacturer, product name
    .byte 0, 0, 0                   # device type
    .byte 0                         # device indicators
    .word 0, 0                      # no boot connection, no disconnect vector
    .word boot                      # bootstrap entry vector
    .word 0, 0

product:
    .asciz "Linux kernel (Bygone)"

# Where, how long, and the bytes themselves.
pieces:
    .word 0x16, 0x17, 0x18          # set-up code
    .word 0x07, 0x08, 0x11          # kernel
    .word 0x0a, 0x0b, 0x12          # initial RAM disk
    .word 0x13, 0x14, 0x15          # command line
pieces_end:

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

# Fetches the piece that CS:SI describes.  The DMA descriptor lies on the stack: control, length,
# address (64 bits), all big-endian.
fetch:
    mov %cs:2(%si), %ax
    call number
    test %eax, %eax
    jz fetched
    mov %eax, %ebx                  # length
    mov %cs:(%si), %ax
    call number
    bswap %eax
    push %eax                       # address, low half
    pushl $0                        # and high half
    bswap %ebx
    push %ebx
    movzwl %cs:4(%si), %eax
    shl $16, %eax
    or $0x0a, %al                   # select, read
    bswap %eax
    push %eax
    xor %ebx, %ebx                  # physical address of the descriptor
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
    int $0x18                       # the next boot device

boot:
    cli
    cld
    mov $pieces, %si
3:  call fetch
    add $6, %si
    cmp $pieces_end, %si
    jb 3b

    mov $CMDLINE_ADDR, %ax          # the stack grows down from the end of the heap, below the
    call number                     # command line
    mov %eax, %ebx
    mov $SETUP_ADDR, %ax
    call number
    sub %eax, %ebx
    sub $16, %ebx
    shr $4, %eax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %fs
    mov %ax, %gs
    mov %ax, %ss
    mov %bx, %sp
    add $0x20, %ax                  # the set-up code's entry is 512 bytes in
    push %ax
    push $0
    xor %eax, %eax
    xor %ebx, %ebx
    xor %ecx, %ecx
    xor %edx, %edx
    xor %esi, %esi
    xor %edi, %edi
    xor %ebp, %ebp
    lret

    .balign 512, 0
rom_end:
