/* fault.c - raising faults and delivering events, with double and triple faults (SDM vol. 3A,
 * chapter 6). */
#include <assert.h>
#include "cpu/internal.h"

static _Noreturn void leave(struct cpu *cpu)
{
    assert(cpu->unwind);
    debug_drop(cpu);
    siglongjmp(*cpu->unwind, 1);
}

_Noreturn void cpu_raise(struct cpu *cpu, unsigned vector)
{
    cpu->fault.vector = (uint8_t)vector;
    cpu->fault.has_error = cpu->fault.software = cpu->fault.keep_rf = false;
    cpu->fault.error = 0;
    leave(cpu);
}

_Noreturn void cpu_raise_err(struct cpu *cpu, unsigned vector, uint32_t error)
{
    cpu->fault.vector = (uint8_t)vector;
    cpu->fault.has_error = true;
    cpu->fault.software = cpu->fault.keep_rf = false;
    cpu->fault.error = error;
    leave(cpu);
}

_Noreturn void raise_page_fault(struct cpu *cpu, uint64_t lin, uint32_t error)
{
    cpu->cr2 = lin;
    cpu_raise_err(cpu, EXC_PF, error);
}

uint64_t helper_raise(struct cpu *cpu, uint64_t vector, uint64_t error)
{
    if (error >> 32)
        cpu_raise_err(cpu, (unsigned)vector, (uint32_t)error);
    cpu_raise(cpu, (unsigned)vector);
}

/* Classes of SDM vol. 3A, table 6-4. */
static bool contributory(unsigned vector)
{
    return vector == EXC_DE || (vector >= EXC_TS && vector <= EXC_GP);
}

static bool doubles(unsigned first, unsigned second)
{
    if (first == EXC_PF)
        return second == EXC_PF || contributory(second);
    return contributory(first) && contributory(second);
}

static bool triples(unsigned second)
{
    return second == EXC_PF || contributory(second);
}

static void chain_add(struct cpu *cpu, unsigned vector, uint32_t error)
{
    if (cpu->chain_len == ARRAY_LEN(cpu->chain))
        return;
    cpu->chain[cpu->chain_len].vector = (uint8_t)vector;
    cpu->chain[cpu->chain_len].error = error;
    cpu->chain[cpu->chain_len].eip = cpu->eip;
    cpu->chain[cpu->chain_len].cr2 = cpu->cr2;
    cpu->chain[cpu->chain_len].cs = cpu->seg[SEG_CS].sel;
    cpu->chain_len++;
}

/* False when entering the handler met a fault, which stands in cpu->fault then. */
static bool try_enter(struct cpu *cpu, const struct event_in *ev)
{
    sigjmp_buf own, *outer = cpu->unwind;

    cpu->unwind = &own;
    if (sigsetjmp(own, 0)) {
        cpu->unwind = outer;
        return false;
    }
    interrupt_enter(cpu, ev);
    cpu->unwind = outer;
    return true;
}

/* The event that a fault met while delivering `ev` turns into. */
static struct event_in fault_event(const struct cpu *cpu)
{
    return (struct event_in){.vector = cpu->fault.vector,
                             .exception = true,
                             .has_error = cpu->fault.has_error,
                             .rf = true,
                             .ext = 1,
                             .error = cpu->fault.error,
                             .ret = (uint32_t)cpu->eip};
}

static void triple_fault(struct cpu *cpu)
{
    chain_add(cpu, cpu->fault.vector, cpu->fault.error);
    cpu->shutdown = true;
    if (cpu->hooks.triple_fault)
        cpu->hooks.triple_fault(cpu->hooks.opaque);
}

void event_deliver(struct cpu *cpu, const struct event_in *first)
{
    struct event_in ev = *first;
    bool was = cpu->delivering;
    unsigned tries = 0;

    cpu->delivering = true;
    cpu->chain_len = 0;
    if (ev.exception)
        chain_add(cpu, ev.vector, ev.error);
    if (ev.exception && ev.vector == EXC_DB)
        cpu->dr[7] &= ~(uint64_t)BIT(13); /* GD, so that the handler may use the debug registers */
    while (!try_enter(cpu, &ev)) {
        unsigned second = cpu->fault.vector;
        /* #AC on the way to an #AC handler of CPL 3 would go on for ever. */
        if (++tries == 8 || (ev.vector == EXC_DF && ev.exception && triples(second))) {
            triple_fault(cpu);
            break;
        }
        struct event_in next = fault_event(cpu);
        if (ev.exception && doubles(ev.vector, second)) {
            chain_add(cpu, second, cpu->fault.error);
            next.vector = EXC_DF;
            next.has_error = true;
            next.error = 0;
        }
        chain_add(cpu, next.vector, next.error);
        ev = next;
    }
    cpu->delivering = was;
}

void cpu_deliver(struct cpu *cpu)
{
    struct event_in ev = fault_event(cpu);

    cpu->inside = 0;
    cpu->budget -= 1;
    /* Faults push RF set, but for an instruction breakpoint's (SDM vol. 3B, 17.3.1.1). */
    ev.rf = !cpu->fault.software && !cpu->fault.keep_rf;
    ev.software = cpu->fault.software;
    ev.ext = !ev.software;
    if (ev.software)
        ev.ret = (uint32_t)cpu->fault.next_eip;
    event_deliver(cpu, &ev);
}
