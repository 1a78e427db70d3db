#!/bin/bash
# exceptions.sh - docs/exceptions.md and the programs of tests/insn name the same cases.
#
# Each name in the table (* and ? stand for anything and for one character, in the program's name too) must fit a case
# of the program that stands before it, and each case of a program must be fitted by a name.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
cases=$("$top/tests/insn/run" --cases) || { echo "$cases" | tail -1; exit 77; }
LC_ALL=C awk '
    # s fits the glob p.
    function fits(p, s, k) {
        while (p != "") {
            if (substr(p, 1, 1) == "*") {
                p = substr(p, 2)
                for (k = 0; k <= length(s); k++) if (fits(p, substr(s, k + 1))) return 1
                return 0
            }
            if (s == "" || substr(p, 1, 1) != "?" && substr(p, 1, 1) != substr(s, 1, 1)) return 0
            p = substr(p, 2)
            s = substr(s, 2)
        }
        return s == ""
    }
    function name_fits(program, name, k, found) {
        for (k = 1; k <= n; k++)
            if (fits(program, test[k]) && fits(name, text[k])) found = tested[k] = 1
        if (found) return
        print "docs/exceptions.md: no case of `" program "` is \"" name "\""
        bad = 1
    }
    FILENAME == "-" { tab = index($0, "\t"); test[++n] = substr($0, 1, tab - 1); text[n] = substr($0, tab + 1); next }
    /^\|.*`.*"/ {
        cell = $0
        sub(/^\|[^|]*\|/, "", cell)
        while (match(cell, /`[a-z0-9_*]+`|"[^"]*"/)) {
            word = substr(cell, RSTART + 1, RLENGTH - 2)
            if (substr(cell, RSTART, 1) == "`") program = word
            else { name_fits(program, word); names++ }
            cell = substr(cell, RSTART + RLENGTH)
        }
    }
    END {
        for (k = 1; k <= n; k++)
            if (!tested[k]) { print "tests/insn/" test[k] ".S: docs/exceptions.md has no row for \"" text[k] "\""; bad = 1 }
        if (!bad) print names " names, " n " cases"
        exit bad
    }' - "$top/docs/exceptions.md" <<<"$cases"
