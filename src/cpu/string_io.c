/* string_io.c - INS and OUTS: string instructions whose other end is a port (SDM vol. 1, 18.3). */
#include "base/bytes.h"
#include "cpu/string_op.h"

static uint16_t port_of(const struct string_op *op)
{
    return (uint16_t)op->cpu->gpr[R_DX];
}

/* The store must not fault or restart once the port was read. */
static void ins_one(const struct string_op *op)
{
    struct cpu *cpu = op->cpu;
    uint64_t lin = cpu_linear(cpu, SEG_ES, string_off(op, R_DI), op->size, true);

    store_ready(cpu, lin, op->size, cpu->mmu);
    cpu_store(cpu, lin, helper_in(cpu, port_of(op), op->size), op->size, cpu->mmu);
    string_advance(op, R_DI, 1);
}

/* A device takes only elements that do nothing but move data; what it does at a certain element
 * (the end of a sector) it leaves to a single access, which sees the exact count. */
static uint32_t ins_many(const struct string_op *op, uint32_t room)
{
    struct cpu *cpu = op->cpu;
    uint32_t n = room, done;

    if (room < 2 || !cpu->hooks.port_in_many || op->back)
        return 0;
    uint8_t *to = string_host(op, SEG_ES, string_off(op, R_DI), true, &n);
    if (!to || n < 2)
        return 0;
    done = cpu->hooks.port_in_many(cpu->hooks.opaque, port_of(op), to, op->size, n);
    string_advance(op, R_DI, done);
    return done;
}

uint64_t helper_ins(struct cpu *cpu, uint64_t packed, uint64_t ip, uint64_t next)
{
    static const struct string_kind kind = {ins_one, ins_many, false, 0, LATE_DI | LATE_COUNT2};
    struct string_op op;

    string_init(&op, cpu, packed);
    io_check(cpu, port_of(&op), op.size);
    return string_run(&op, &kind, ip, next);
}

static void outs_one(const struct string_op *op)
{
    struct cpu *cpu = op->cpu;
    uint64_t lin = cpu_linear(cpu, op->seg, string_off(op, R_SI), op->size, false);

    helper_out(cpu, port_of(op), cpu_load(cpu, lin, op->size, cpu->mmu), op->size);
    string_advance(op, R_SI, 1);
}

static uint32_t outs_many(const struct string_op *op, uint32_t room)
{
    struct cpu *cpu = op->cpu;
    uint32_t n = room, done;

    if (room < 2 || !cpu->hooks.port_out_many || op->back)
        return 0;
    const uint8_t *from = string_host(op, op->seg, string_off(op, R_SI), false, &n);
    if (!from || n < 2)
        return 0;
    done = cpu->hooks.port_out_many(cpu->hooks.opaque, port_of(op), from, op->size, n);
    string_advance(op, R_SI, done);
    return done;
}

uint64_t helper_outs(struct cpu *cpu, uint64_t packed, uint64_t ip, uint64_t next)
{
    static const struct string_kind kind = {outs_one, outs_many, false, LATE_SI | LATE_COUNT, 0};
    struct string_op op;

    string_init(&op, cpu, packed);
    io_check(cpu, port_of(&op), op.size);
    return string_run(&op, &kind, ip, next);
}
