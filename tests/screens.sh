#!/bin/bash
# screens.sh - GRUB's menu from CD as text, ISOLINUX's menu as a picture, SeaBIOS without a disk.
#
# Usage: screens.sh PROGRAM
. "$(dirname "$0")/guest-run"
program=$1
make_guest guest-grub
make_guest guest-isolinux

run_guest 300 "$program" -m 64 -display none -speed max -debugcon file:"$work/seabios" -stop-at 3000000000 \
    -screentext "$work/text" -screendump "$work/none.png"
grep -q 'SeaBIOS (version' "$work/seabios" || fail "SeaBIOS did not start"
grep -q 'No bootable device' "$work/text" || { cat "$work/text"; fail "SeaBIOS did not look for a disk"; }

run_guest 600 "$program" -m 64 -display none -speed max -cdrom "$guests/grub.iso" -stop-at 1500000000 \
    -screentext "$work/text" -screendump "$work/grub.png"
grep -q 'GNU GRUB' "$work/text" || { cat "$work/text"; fail "no GRUB menu"; }
grep -q 'Bygone test entry' "$work/text" || { cat "$work/text"; fail "no entry in GRUB's menu"; }

run_guest 600 "$program" -m 64 -display none -speed max -cdrom "$guests/isolinux.iso" -stop-at 1500000000 \
    -screendump "$work/isolinux.png"
file "$work/isolinux.png" | grep -q '640 x 480' || { file "$work/isolinux.png"; fail "no picture of 640 x 480"; }
# A menu has more than a few colours: the compressed picture is not tiny.
[ "$(stat -c %s "$work/isolinux.png")" -gt 3000 ] || fail "the picture is blank"
