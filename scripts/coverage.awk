# coverage.awk - from what scripts/coverage measured to docs/coverage.md.
#
# Files, in order: reasons (column, rows, reason), rows (name, modes, mnemonic, lifted), recorded (name, ended well,
# by a fault), host (name, 32-bit well, fault, 16-bit well, fault; or name, -, why), system (name, test).
BEGIN {
    FS = "\t"
    split("lifted recorded host32 host16 system", columns, " ")
    title["lifted"] = "lifted"
    title["recorded"] = "286, recorded"
    title["host32"] = "host, 32-bit code"
    title["host16"] = "host, 16-bit code"
    title["system"] = "system"
    split("one-byte opcodes|0F|0F 38|0F 3A|x87, memory|x87, registers", maps, "|")
}
FNR == 1 { file++ }
file == 1 { of[++reasons] = $1; pattern[reasons] = "^(" $2 ")$"; text[reasons] = $3; next }
file == 2 { name[++rows] = $1; modes[$1] = $2; mnemonic[$1] = $3; helpers[$1] = $4; next }
!($1 in modes) { print "no such row: " $1; bad = 1; next }
file == 3 { cell[$1, "recorded"] = ended($2, $3); count[$1, "recorded"] = $2 "+" $3; next }
file == 4 && $2 == "-" { why[$1] = $3; next }
file == 4 {
    cell[$1, "host32"] = ended($2, $3); count[$1, "host32"] = $2 "+" $3
    cell[$1, "host16"] = ended($4, $5); count[$1, "host16"] = $4 "+" $5
    next
}
file == 5 && !seen[$0]++ {
    cell[$1, "system"] = "yes"
    count[$1, "system"] = count[$1, "system"] (count[$1, "system"] ? " " : "") $2
}

function ended(well, fault) { return well ? "yes" : fault ? "faults" : "" }
# What becomes of it: IR, host code for a helper, a helper's call, or what of them its forms need.
function lifted(row, h, ir, line) {
    h = helpers[row]
    if (h == "-") return ""
    ir = sub(/^IR(, |$)/, "", h)
    line = sub(/^in line(, |$)/, "", h)
    return (ir ? "IR" : "") (ir && line ? ", " : "") (line ? "in line" : "") \
        (h ? ((ir || line) ? ", " : "") "helper" : "")
}
# The number of a reason's text, in the order in which they are first needed.
function note(t) {
    if (!(t in number)) { number[t] = ++notes; by_number[notes] = t }
    return number[t]
}
# The reason for a cell of the row, or 0.
function reason(row, column, k) {
    for (k = 1; k <= reasons; k++)
        if ((of[k] == column || of[k] == "host" && column ~ /^host/ || of[k] == "all") && row ~ pattern[k]) return k
    return 0
}
# What stands in a cell: what was measured, or a note, or a complaint.  Rows that have a reason in the column of system
# state are run there by the way at most: that is not told.
function content(row, column, v, k) {
    v = cell[row, column]
    if (v && column != "system") return v
    if (!v && column ~ /^host/ && row in why) return "- (" note("host: " why[row]) ")"
    k = reason(row, column)
    if (!k && v) return v
    if (k) {
        if (!v) needed[k] = 1
        return "- (" note((of[k] == "all" ? "" : of[k] ": ") text[k]) ")"
    }
    print "no test and no reason: " row ", " title[column]
    bad = 1
    return "?"
}
function map_of(row, opcode) {
    opcode = row
    sub(/^(66|F2|F3) /, "", opcode)
    if (opcode ~ /^0F38 /) return 3
    if (opcode ~ /^0F3A /) return 4
    if (opcode ~ /^0F /) return 2
    if (opcode ~ /^D[89A-F] \//) return 5
    return opcode ~ /^D[89A-F] / ? 6 : 1
}
function finish_row(row, m, key, k, c, v, opcode, tested) {
    m = map_of(row)
    total[m]++
    cell[row, "lifted"] = lifted(row)
    for (k = 1; k <= 5; k++) {
        c = columns[k]
        v = content(row, c)
        sum[m, c, v]++
        if (cell[row, c] && c != "lifted") tested = 1
        key = key " | " v
    }
    if (!tested) { untested[m]++; bare[++nbare] = row }
    opcode = substr(row, 1, index(row, " " mnemonic[row]) - 1)
    if (row == "all other opcodes") opcode = row
    if (!((m, key) in group)) { order[m, ++groups[m]] = key; last[m, key] = "" }
    if (last[m, key] == mnemonic[row])
        group[m, key] = group[m, key] ", " opcode
    else
        group[m, key] = group[m, key] (group[m, key] ? "; " : "") mnemonic[row] " " opcode
    last[m, key] = mnemonic[row]
}
function list(k, row) {
    for (k = 1; k <= rows; k++) {
        row = name[k]
        print row "\tlifted " helpers[row] "\t286 " count[row, "recorded"] "\thost " count[row, "host32"] ", " \
            count[row, "host16"] "\tsystem " count[row, "system"]
    }
}
function plus(m, c, v) { return sum[m, c, v] + 0 }
function either(m, c) { return plus(m, c, "yes") (plus(m, c, "faults") ? " + " plus(m, c, "faults") : "") }
function summary(m, n, t) {
    print "| Map | Rows | IR | In line | Helper | 286 | Host, 32 | Host, 16 | System | No test |"
    print "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for (m = 1; m <= 6; m++) {
        print "| " maps[m] " | " total[m] " | " plus(m, "lifted", "IR") " | " \
            plus(m, "lifted", "in line") + plus(m, "lifted", "IR, in line") " | " \
            plus(m, "lifted", "helper") + plus(m, "lifted", "in line, helper") " | " either(m, "recorded") " | " either(m, "host32") " | " \
            either(m, "host16") " | " plus(m, "system", "yes") " | " untested[m] + 0 " |"
        n += total[m]
        t += total[m] - untested[m]
    }
    print ""
    print t " of " n " rows are tested."
}
END {
    if (mode == "list") { list(); exit }
    for (k = 1; k <= rows; k++) finish_row(name[k])
    for (k = 1; k <= reasons; k++)
        if (!needed[k]) { print "no cell needs this reason: " of[k] ", " pattern[k]; bad = 1 }
    if (bad) exit 1
    while ((getline line < (ENVIRON["COVERAGE_HEAD"])) > 0) print line
    summary()
    for (m = 1; m <= 6; m++) {
        print "\n## " maps[m] "\n"
        print "| Rows | Lifted | 286 | Host, 32 | Host, 16 | System |\n|---|---|---|---|---|---|"
        for (k = 1; k <= groups[m]; k++) print "| " group[m, order[m, k]] order[m, k] " |"
    }
    print "\n## Reasons of empty cells\n"
    for (k = 1; k <= notes; k++) print k ". " by_number[k]
}
