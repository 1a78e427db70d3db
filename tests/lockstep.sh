#!/bin/bash
# lockstep.sh - the code generator and the interpreter side by side: over a whole boot of Debian's kernel, with a
# code cache that fills up all the time, and over the boot loaders of CDs.
#
# Usage: lockstep.sh LOCKSTEP
. "$(dirname "$0")/guest-run"
lockstep=$1

# compare NAME OPTION...
compare() {
    local name=$1
    shift
    timeout 1200 "$lockstep" "$@" </dev/null >"$work/out" 2>"$work/err" || { cat "$work/out" "$work/err"; fail "$name"; }
    echo "$name: $(tail -1 "$work/out")"
}

make_guest guest-linux 686
linux=(-m 256 -no-reboot -kernel "$guests/linux-686/vmlinuz" -initrd "$guests/initrd.gz"
    -append "console=ttyS0 bygone.run=poweroff")
compare linux --count 20000000000 --step 20000000 "${linux[@]}"
compare small-cache --count 20000000000 --step 20000000 "${linux[@]}" -code-cache 1M
compare single --count 300000000 --step 10000000 "${linux[@]}" -singlestep
for cd in grub isolinux; do
    make_guest guest-$cd
    compare $cd --count 2000000000 --step 20000000 -m 64 -cdrom "$guests/$cd.iso"
done
