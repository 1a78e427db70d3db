#!/bin/bash
# memtest.sh - memtest86+ makes a full pass over 8 MB and finds no error.
#
# Usage: memtest.sh PROGRAM
. "$(dirname "$0")/guest-run"
program=$1
make_guest guest-memtest
run_guest 3000 "$program" -m 8 -display none -speed max -cdrom "$guests/memtest.iso" -stop-at 200000000000 \
    -screentext "$work/text"
cat "$work/text"
grep -q 'Errors: *0' "$work/text" || fail "memtest86+ found errors"
grep -q 'Pass: *[1-9]\|Pass complete' "$work/text" || fail "no full pass"
