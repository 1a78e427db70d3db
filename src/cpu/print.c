/* print.c - the registers on a page, and the story of a triple fault. */
#include "cpu/internal.h"

static const char *const gpr_names[] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
static const char *const seg_names[] = {"es", "cs", "ss", "ds", "fs", "gs"};

static void print_segment(const struct segment *s, const char *name, FILE *f)
{
    fprintf(f, "%-3s %04x base %08x limit %08x attr %06x\n", name, s->sel, (uint32_t)s->base,
            s->limit, s->attr);
}

static const char *mode_name(const struct cpu *cpu)
{
    return cpu_real(cpu) ? "real mode" : cpu_v86(cpu) ? "virtual-8086 mode" : "protected mode";
}

void cpu_print(const struct cpu *cpu, FILE *f)
{
    for (unsigned i = 0; i < 8; i++)
        fprintf(f, "%s %08x%s", gpr_names[i], reg32(cpu, i), i % 4 == 3 ? "\n" : "  ");
    fprintf(f, "eip %08x  eflags %08x  cpl %u  %s%s%s  count %llu\n", (uint32_t)cpu->eip,
            eflags_image(cpu), cpu->cpl, mode_name(cpu), cpu->halted ? ", halted" : "",
            cpu->smm ? ", SMM" : "", (unsigned long long)cpu_count(cpu));
    for (unsigned i = 0; i < SEG_COUNT; i++)
        print_segment(&cpu->seg[i], seg_names[i], f);
    print_segment(&cpu->ldt, "ldt", f);
    print_segment(&cpu->tr, "tr", f);
    fprintf(f, "gdt base %08x limit %04x  idt base %08x limit %04x\n", (uint32_t)cpu->gdt.base,
            cpu->gdt.limit, (uint32_t)cpu->idt.base, cpu->idt.limit);
    fprintf(f, "cr0 %08x  cr2 %08x  cr3 %08x  cr4 %08x  efer %llx\n", (uint32_t)cpu->cr0,
            (uint32_t)cpu->cr2, (uint32_t)cpu->cr3, (uint32_t)cpu->cr4,
            (unsigned long long)cpu->msr.efer);
    fprintf(f, "dr0-3 %08x %08x %08x %08x  dr6 %08x  dr7 %08x\n", (uint32_t)cpu->dr[0],
            (uint32_t)cpu->dr[1], (uint32_t)cpu->dr[2], (uint32_t)cpu->dr[3], (uint32_t)cpu->dr[6],
            (uint32_t)cpu->dr[7]);
}

static const char *vector_name(unsigned vector)
{
    static const char *const names[] = {
        "#DE divide error",
        "#DB debug",
        "NMI",
        "#BP breakpoint",
        "#OF overflow",
        "#BR bound range",
        "#UD undefined opcode",
        "#NM no coprocessor",
        "#DF double fault",
        "coprocessor segment overrun",
        "#TS invalid TSS",
        "#NP segment not present",
        "#SS stack fault",
        "#GP general protection",
        "#PF page fault",
        "reserved",
        "#MF x87 error",
        "#AC alignment check",
        "#MC machine check",
        "#XM SIMD error",
    };
    return vector < ARRAY_LEN(names) ? names[vector] : "interrupt";
}

/* The instruction at fault, as far as it lies in RAM. */
static void print_bytes(const struct cpu *cpu, FILE *f)
{
    fprintf(f, "bytes at eip:");
    for (unsigned i = 0; i < 16; i++) {
        uint64_t phys, off;
        uint32_t lin = (uint32_t)(cpu->seg[SEG_CS].base + cpu->eip + i);
        if (!cpu_translate_debug(cpu, lin, &phys) ||
            (off = physmem_ram(cpu->mem, phys, false)) == NO_RAM)
            break;
        fprintf(f, " %02x", cpu->mem->ram->host[off]);
    }
    fputc('\n', f);
}

void cpu_print_story(const struct cpu *cpu, FILE *f)
{
    fprintf(f, "triple fault:\n");
    for (unsigned i = 0; i < cpu->chain_len; i++) {
        unsigned vector = cpu->chain[i].vector;
        fprintf(f, "  %-28s error %04x at %04x:%08x", vector_name(vector), cpu->chain[i].error,
                cpu->chain[i].cs, (uint32_t)cpu->chain[i].eip);
        if (vector == EXC_PF)
            fprintf(f, ", address %08x", (uint32_t)cpu->chain[i].cr2);
        fputc('\n', f);
    }
    print_bytes(cpu, f);
    cpu_print(cpu, f);
}
