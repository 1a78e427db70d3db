#!/bin/bash
# multiboot.sh - -kernel starts multiboot kernels: one placed by its header, one by its ELF segments.
#
# Usage: multiboot.sh PROGRAM
. "$(dirname "$0")/guest-run"
program=$1
make_guest guest-multiboot
run_guest 300 "$program" -m 64 -display none -speed max -kernel "$guests/invaders.exec" -stop-at 2000000000 \
    -screentext "$work/text"
[ "$(grep -c -- '-\*-' "$work/text")" -ge 4 ] || { cat "$work/text"; fail "no invaders"; }
run_guest 300 "$program" -m 64 -display none -speed max -kernel "$guests/gnumach" -append "root=device:hd0" \
    -stop-at 2000000000 -screentext "$work/text"
grep -q 'GNU Mach 1' "$work/text" || { cat "$work/text"; fail "no banner of GNU Mach"; }
grep -q '3ffe000, available' "$work/text" || { cat "$work/text"; fail "GNU Mach did not see the memory map"; }
