#!/bin/bash
# snapshot.sh - a machine saved at random counts and loaded goes on as if nothing had happened, on either
# engine; a damaged file is refused.
#
# Usage: snapshot.sh PROGRAM [ROUNDS [SEED [INSTRUCTIONS]]]
. "$(dirname "$0")/guest-run"
program=$1
rounds=${2:-8}
RANDOM=${3:-7}
count=${4:-400000000}
make_guest guest-linux 686
machine=(-m 64 -display none -serial null -speed max -kernel "$guests/linux-686/vmlinuz"
    -initrd "$guests/initrd.gz" -append "console=ttyS0 quiet")

"$program" "${machine[@]}" -stop-at $count -state-hash "every=$((count / 40)),file=$work/whole" || fail "the whole run"
for i in $(seq "$rounds"); do
    at=$((((RANDOM * 32768 + RANDOM) * 32768 + RANDOM) % count))
    one=jit other=interp
    [ $((i % 4)) = 0 ] && one=interp
    [ $((i % 2)) = 0 ] && other=jit
    "$program" "${machine[@]}" -engine $one -stop-at $at -save "$work/saved" || fail "saving at $at"
    "$program" "${machine[@]}" -engine $other -load "$work/saved" -stop-at $count \
        -state-hash "every=$((count / 40)),file=$work/rest" || fail "loading $at"
    awk -v at=$at '$1 > at' "$work/whole" > "$work/expected"
    cmp -s "$work/expected" "$work/rest" || { diff "$work/expected" "$work/rest" | head -2; fail "saved at $at by $one, on $other"; }
    echo "saved at $at by $one, on $other: same"
done

size=$(stat -c %s "$work/saved")
for i in 1 2 3 4 5 6; do
    cp "$work/saved" "$work/bad"
    printf '\x5a\xa5' | dd of="$work/bad" bs=1 seek=$(((RANDOM * 32768 + RANDOM) % size)) conv=notrunc 2>/dev/null
    cmp -s "$work/saved" "$work/bad" && continue
    "$program" "${machine[@]}" -load "$work/bad" -stop-at $count >"$work/out" 2>"$work/err"
    [ $? = 1 ] && [ "$(wc -l < "$work/err")" = 1 ] || fail "a damaged file was not refused"
    head -c $(((RANDOM * 32768 + RANDOM) % size)) "$work/saved" > "$work/bad"
    "$program" "${machine[@]}" -load "$work/bad" -stop-at $count >"$work/out" 2>"$work/err"
    [ $? = 1 ] && [ "$(wc -l < "$work/err")" = 1 ] || fail "a file cut short was not refused"
done
"$program" -m 128 -display none -load "$work/saved" >"$work/out" 2>"$work/err"
[ $? = 1 ] || fail "a file of another machine was not refused"
