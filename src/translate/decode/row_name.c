/* row_name.c - what a row of opcodes.def is called in reports: "66 0F3A 61 pcmpestri V, W, Ib". */
#include <stdio.h>
#include <string.h>
#include "translate/decode/opcode_table.h"

/* "40-47", "81 /0", "D9 C8-CF" or "0F 01 CA": the opcode, and what of ModRM belongs to it. */
static void opcode_name(const struct opcode_row *row, char *buf, size_t n)
{
    unsigned first = row->modrm ? row->modrm : row->opcode, last = first + row->count - 1;
    int used = row->modrm ? snprintf(buf, n, "%02X ", row->opcode) : 0;

    used += snprintf(buf + used, n - (size_t)used, "%02X", first);
    if (last > first)
        used += snprintf(buf + used, n - (size_t)used, "-%02X", last);
    if (!row->modrm && row->group >= 0)
        snprintf(buf + used, n - (size_t)used, " /%d", row->group);
}

void opcode_row_name(unsigned id, char *buf, size_t n)
{
    static const char *const maps[] = {
        [MAP_ONE] = "", [MAP_0F] = "0F ", [MAP_38] = "0F38 ", [MAP_3A] = "0F3A ", [MAP_X87] = ""};
    const struct opcode_row *row = &opcode_rows[id];
    char opcode[24], prefix[8] = "";
    bool bare = !strcmp(row->operands, "none");

    if (id == ROW_UD) {
        snprintf(buf, n, "all other opcodes");
        return;
    }
    opcode_name(row, opcode, sizeof opcode);
    if (row->prefix)
        snprintf(prefix, sizeof prefix, "%02X ", row->prefix);
    snprintf(buf, n, "%s%s%s %s%s%s", prefix, maps[row->map], opcode, insn_names[row->op],
             bare ? "" : " ", bare ? "" : row->operands);
}
