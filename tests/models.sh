#!/bin/bash
# models.sh - with each processor model, guests that can run on it give the same state hash at every million
# instructions on both engines, and come as far as they should.
#
# Usage: models.sh PROGRAM [INSTRUCTIONS|whole [MODEL]...]       (300000000; all models)
#
# whole: Linux up to power off, the others no further.  A model that a guest refuses is a case too: it must be refused alike.
# A text is asked for from so many instructions on that the guest shows it.
. "$(dirname "$0")/guest-run"
program=$1
count=${2:-300000000}
shift $(($# < 2 ? $# : 2))
models=" $* "
whole=no
[ "$count" = whole ] && { whole=yes; count=300000000; }
failures=0
from=100000000

make_guest guest-linux 686
make_guest guest-multiboot
make_guest guest-grub
make_guest guest-isolinux
make_guest guest-memtest

# run ENGINE OPTION...: hashes, screen, exit status.
run() {
    local engine=$1
    shift
    timeout 6000 "$program" -engine "$engine" -cpu "$model" -display none -speed max -no-reboot -serial "file:$work/$engine.serial" \
        -state-hash "every=1000000,file=$work/$engine.hash" -screentext "$work/$engine.screen" "$@" </dev/null >"$work/$engine.out" 2>&1
    echo $? >"$work/$engine.status"
    cat "$work/$engine".{out,screen,serial} >"$work/$engine.text" 2>/dev/null
    sed -i "s/$engine/ENGINE/" "$work/$engine.out"
}

# guest NAME MODELS TEXT OPTION...: the text must be on the screen, the serial line or the report at the end.
guest() {
    local name=$1 for_models=$2 text=$3 part
    shift 3
    for model in $for_models; do
        [ "$models" = "  " ] || [[ "$models" = *" $model "* ]] || continue
        rm -f "$work"/{jit,interp}.*
        run jit "$@"
        run interp "$@"
        for part in hash status out screen; do
            [ ! -e "$work/jit.$part" ] && [ ! -e "$work/interp.$part" ] && continue
            cmp -s "$work/jit.$part" "$work/interp.$part" && continue
            echo "$name on $model: the engines' $part differ"
            diff "$work/jit.$part" "$work/interp.$part" | head -4
            failures=$((failures + 1))
        done
        [ -s "$work/jit.hash" ] || grep -q 'triple fault' "$work/jit.out" || { echo "$name on $model: no hashes"; failures=$((failures + 1)); }
        if [ "$count" -ge "$from" ] && ! grep -q -- "$text" "$work/jit.text"; then
            echo "$name on $model: no '$text'"
            tail -5 "$work/jit.text"
            failures=$((failures + 1))
        fi
        echo "$name on $model: $(wc -l <"$work/jit.hash") hashes"
    done
}

linux=(-m 64 -kernel "$guests/linux-686/vmlinuz" -initrd "$guests/initrd.gz")
if [ $whole = yes ]; then
    guest linux "pentium2 pentium3 pentium4 core2 max" BYGONE-GUEST-UP -m 256 "${linux[@]:2}" -append "console=ttyS0 bygone.run=poweroff"
else
    # The kernel asks the processor first, and decompresses itself for 200 million instructions.
    guest linux "pentium2 pentium3 pentium4 core2 max" "Booting" "${linux[@]}" -append console=ttyS0 -stop-at "$count"
fi
# Debian's kernel wants CMOV.  SeaBIOS wants a 486, for its BSWAP.
guest linux "486 pentium pentium-mmx" "use a kernel appropriate for your CPU" "${linux[@]}" -stop-at "$count"
guest linux "386" "triple fault" "${linux[@]}" -stop-at "$count"
# Multiboot kernels that are compiled for a P6.
guest mach "pentium2 pentium3 pentium4 core2 max" "GNU Mach 1" -m 64 -kernel "$guests/gnumach" -append root=device:hd0 -stop-at "$count"
guest invaders "pentium2 pentium3 pentium4 core2 max" "-\*-" -m 64 -kernel "$guests/invaders.exec" -stop-at "$count"
guest invaders "486 pentium pentium-mmx" "triple fault" -m 64 -kernel "$guests/invaders.exec" -stop-at "$count"
# What runs on older processors.
from=250000000 guest memtest "486 pentium pentium-mmx pentium2 pentium3 max" "Memtest86" -m 8 -cdrom "$guests/memtest.iso" -stop-at "$count"
guest grub "486 pentium pentium-mmx pentium3" "GRUB" -m 64 -cdrom "$guests/grub.iso" -stop-at "$count"
guest isolinux "486 pentium pentium-mmx pentium3" "graphics mode\|ISOLINUX" -m 64 -cdrom "$guests/isolinux.iso" -stop-at "$count"
[ $failures = 0 ] || fail "$failures differences"
