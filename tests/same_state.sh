#!/bin/bash
# same_state.sh - runs without input give the same state hash at every million instructions, whatever the engine,
# the size of the code cache, the length of blocks, or the load on the host.
#
# Usage: same_state.sh PROGRAM [INSTRUCTIONS]
. "$(dirname "$0")/guest-run"
program=$1
count=${2:-500000000}
make_guest guest-linux 686

# hashes NAME OPTION...
hashes() {
    local name=$1
    shift
    "$program" -m 64 -display none -serial null -speed max -stop-at "$count" \
        -kernel "$guests/linux-686/vmlinuz" -initrd "$guests/initrd.gz" -append "console=ttyS0" \
        -state-hash "every=1000000,file=$work/$name" "$@" </dev/null >"$work/out" 2>&1 || { cat "$work/out"; fail "$name"; }
}

# same NAME: as the first run.
same() {
    cmp -s "$work/first" "$work/$1" && { echo "$1: same"; return; }
    diff "$work/first" "$work/$1" | head -2
    fail "$1 differs"
}

hashes first
[ "$(wc -l < "$work/first")" -ge $((count / 1000000 - 1)) ] || fail "too few lines"
hashes again
same again
hashes interp -engine interp
same interp
hashes small-cache -code-cache 1M
same small-cache
hashes hot -hot 1
same hot
hashes single -singlestep
same single
(while :; do :; done) & load1=$!
(while :; do :; done) & load2=$!
hashes loaded
kill $load1 $load2
same loaded
