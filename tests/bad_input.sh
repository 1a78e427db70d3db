#!/bin/bash
# bad_input.sh - a user's mistake is one sentence and status 1, and nothing crashes.
#
# Usage: bad_input.sh PROGRAM
. "$(dirname "$0")/guest-run"
program=$1
export ASAN_OPTIONS=detect_leaks=1:exitcode=99 UBSAN_OPTIONS=exitcode=98

# refused OPTION...: status 1, one line on standard error.
refused() {
    timeout 60 "$program" -display none "$@" </dev/null >"$work/out" 2>"$work/err"
    status=$?
    [ $status = 1 ] || { cat "$work/err"; fail "status $status of: $*"; }
    [ "$(wc -l < "$work/err")" = 1 ] || { cat "$work/err"; fail "more or less than one line from: $*"; }
    grep -q '^bygone: .' "$work/err" || fail "no sentence from: $*"
}

: > "$work/empty"
printf 'MZ' > "$work/short"
head -c 100000 /dev/zero > "$work/zeros"
head -c 100000 /dev/urandom > "$work/noise"
refused -kernel /nonexistent/vmlinuz
refused -kernel "$work"
for f in empty short zeros noise; do
    refused -kernel "$work/$f"
    refused -load "$work/$f"
done
refused -cdrom "$work"
refused -cdrom "$work/empty"
refused -hda "$work/empty"
refused -hda /nonexistent.img
refused -hda "$work"
refused -bios "$work/zeros"
refused -bios /nonexistent
refused -m 0
refused -m 1T
refused -no-such-option
refused -cpu no-such-model
refused -serial file:/nonexistent/dir/x
refused -serial telnet:1
refused -state-hash every=1,file=/nonexistent/dir/x
refused -d nonsense
refused -D /nonexistent/dir/log
refused -type '{nosuchkey}'
refused -load /nonexistent
refused -initrd "$work/noise"

# A kernel cut short at any place is refused, or runs and harms nobody.
make_guest guest-linux 686
for n in 600 1024 5000 20000; do
    head -c $n "$guests/linux-686/vmlinuz" > "$work/cut"
    timeout 60 "$program" -display none -kernel "$work/cut" -stop-at 30000000 -speed max </dev/null >"$work/out" 2>&1
    case $? in 0 | 1) ;; *) cat "$work/out"; fail "kernel of $n bytes" ;; esac
done

# Firmware of noise and of zeros: the guest runs into the weeds, the program does not.
for i in 1 2 3; do
    head -c 65536 /dev/urandom > "$work/bios"
    timeout 120 "$program" -display none -bios "$work/bios" -stop-at 3000000 -speed max </dev/null >"$work/out" 2>&1
    case $? in 0) ;; *) cp "$work/bios" /tmp/bygone-bad-bios; cat "$work/out"; fail "firmware of noise (kept in /tmp/bygone-bad-bios)" ;; esac
done
