/* disas.c - listings of guest and host code with Capstone, for the log. */
#include <capstone/capstone.h>
#include <inttypes.h>
#include <string.h>
#include "translate/decode/insn.h"
#include "translate/disas.h"

static void listing(cs_mode mode, const uint8_t *code, size_t len, uint64_t addr,
                    const struct log *log)
{
    csh h;
    cs_insn *insns;
    size_t n;

    if (cs_open(CS_ARCH_X86, mode, &h) != CS_ERR_OK)
        return;
    n = cs_disasm(h, code, len, addr, 0, &insns);
    for (size_t i = 0; i < n; i++)
        log_print(log, "  %08" PRIx64 "  %-7s %s\n", insns[i].address, insns[i].mnemonic,
                  insns[i].op_str);
    if (n)
        cs_free(insns, n);
    cs_close(&h);
}

/* The block's bytes, from one page or two, into buf. */
static void fetch(const struct cpu *cpu, const struct block *b, uint8_t buf[2 * PAGE_SIZE])
{
    uint32_t room = PAGE_SIZE - (b->ram_off & (PAGE_SIZE - 1));
    uint32_t first = b->bytes < room ? b->bytes : room;

    memcpy(buf, cpu->mem->ram->host + b->ram_off, first);
    if (first < b->bytes)
        memcpy(buf + first, cpu->mem->ram->host + b->page2, b->bytes - first);
}

void disas_guest(struct cpu *cpu, const struct block *b, const struct log *log)
{
    uint8_t buf[2 * PAGE_SIZE];

    log_print(log, "IN: cs base %08x, %u instructions, mode %x\n", b->cs_base, b->n, b->mode);
    if (b->ram_off == NO_RAM)
        return;
    fetch(cpu, b, buf);
    listing(b->mode & MODE_CS32 ? CS_MODE_32 : CS_MODE_16, buf, b->bytes, b->eip, log);
}

void disas_rows(struct cpu *cpu, const struct block *b, const struct log *log)
{
    uint8_t buf[2 * PAGE_SIZE];

    if (b->ram_off == NO_RAM)
        return;
    fetch(cpu, b, buf);
    for (unsigned k = 0; k < b->n; k++) {
        uint32_t at = block_eip(b, k) - b->eip;
        char name[ROW_NAME_SIZE];
        struct insn in;

        decode(&in, buf + at, b->guest[k].len, b->mode & MODE_CS32 ? 32 : 16, b->mode & MODE_PE);
        opcode_row_name(in.row, name, sizeof name);
        log_print(log, "row %08" PRIx64 " %s\n", b->ram_off + at, name);
    }
}

void disas_host(const struct block *b, const struct log *log)
{
#ifdef __x86_64__
    log_print(log, "OUT: %u bytes for %u instructions%s, and %u of stubs\n", b->code_len, b->n,
              b->promoted ? ", promoted" : "", b->cold_len);
    listing(CS_MODE_64, b->code, b->code_len, (uintptr_t)b->code, log);
    listing(CS_MODE_64, b->cold, b->cold_len, (uintptr_t)b->cold, log);
#else
    (void)b;
    (void)log;
#endif
}
