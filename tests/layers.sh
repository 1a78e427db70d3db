#!/bin/bash
# layers.sh - checks that each folder under src/ includes only what it may (docs/tour.md, "Layers").
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top/src"

declare -A below=(
    [base]="base"
    [time]="base time"
    [host]="base time host"
    [mem]="base mem"
    [cpu]="base time mem cpu"
    [translate]="base time mem cpu translate"
    [devices]="base time host mem devices"
    [machine]="base time host mem cpu translate devices machine"
    [debug]="base time host mem cpu translate devices machine debug"
    [ui]="base time host ui"
)
bad=0
for layer in "${!below[@]}"; do
    while IFS=: read -r file _ line; do
        inc=${line#*\"}
        inc=${inc%%\"*}
        folder=${inc%%/*}
        [ "$folder" = "$inc" ] && continue      # a generated header, or one of the same folder
        case " ${below[$layer]} " in
        *" $folder "*) ;;
        *) echo "$file includes $inc, which is not below $layer"; bad=1 ;;
        esac
    done < <(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$layer" || true)
done
exit $bad
