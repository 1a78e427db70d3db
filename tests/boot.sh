#!/bin/bash
# boot.sh - boots Debian's kernel to the shell's marker and switches off.
#
# Usage: boot.sh PROGRAM [--flavour F] [--append WORDS] [--no-power-off] [OPTION]...
. "$(dirname "$0")/guest-run"
program=$1
shift
flavour=686 append="" memory="-m 256" options=() off=yes
while [ $# -gt 0 ]; do
    case $1 in
    --flavour) flavour=$2; shift ;;
    --append) append=$2; shift ;;
    --no-power-off) off=no ;;
    -m) memory="-m $2"; shift ;;
    *) options+=("$1") ;;
    esac
    shift
done
make_guest guest-linux "$flavour"
run_guest 600 "$program" $memory -display none -serial stdio -speed max -no-reboot -monitor none \
    -kernel "$guests/linux-$flavour/vmlinuz" -initrd "$guests/initrd.gz" \
    -append "console=ttyS0 bygone.run=poweroff $append" "${options[@]}"
expect BYGONE-GUEST-UP
[ $off = yes ] || expect "System halted\|Power down"
[ $status = 0 ] || { tail -n 20 "$work/err"; fail "exit status $status"; }
