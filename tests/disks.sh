#!/bin/bash
# disks.sh - the guest reads a disk and a CD-ROM to the last byte and sees what the files hold.
#
# Usage: disks.sh PROGRAM
. "$(dirname "$0")/guest-run"
program=$1
make_guest guest-linux 686
make_guest guest-grub
head -c 8388608 /dev/urandom > "$work/a.img"
run_guest 300 "$program" -m 256 -display none -serial stdio -speed max -no-reboot \
    -kernel "$guests/linux-686/vmlinuz" -initrd "$guests/initrd.gz" \
    -append "console=ttyS0 quiet bygone.run=disks" -hda "$work/a.img" -cdrom "$guests/grub.iso"
expect "DISK sda 16384 $(md5sum < "$work/a.img" | cut -d' ' -f1)"
expect "DISK sr0 [0-9]* $(md5sum < "$guests/grub.iso" | cut -d' ' -f1)"
[ $status = 0 ] || fail "exit status $status"
