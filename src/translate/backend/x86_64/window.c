/* window.c - memory accesses of promoted blocks: straight to the TLB's window, with nothing before
 * them.
 *
 * R13 holds the window's address, and a zero-extended linear address is an index into it.  What the
 * window does not have faults on the host: its pages are mapped with the rights that the TLB's
 * entries give, and nothing else is.  The handler finds the access by the host's instruction
 * pointer and goes on with its stub, which does the access through C, and asks for the page
 * (promote_fill()).
 *
 * Worked example: mov eax, [ebx+8] is
 *     mov eax, [r13+rbx+8]
 * and its stub
 *     pushfq; lea rsp, [rsp-8]                     only if the host's flags matter
 *     push r8; lea r8d, [rbx+8]; mov [args], r8; pop r8
 *     call out_load4; mov eax, [ret]; jmp back
 *
 * The offset is folded into the access where it is small: then base + offset is within the window
 * or in one of its guards, and where it wraps in the guest it faults here, and the stub does it
 * right. */
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include "translate/backend/x86_64/jit.h"

/* --- addresses --- */

struct window_addr {
    unsigned reg; /* NOREG: none */
    int32_t disp;
};

bool window_fold(struct jit *j, const struct ir_insn *i)
{
    const struct ir_insn *user = i + 1;
    int32_t disp = (int32_t)i->aux;

    if (!j->window || i->size != 4 || i->b != IR_NONE || !ir_is_gpr(i->a) || !ir_is_tmp(i->dst) ||
        disp >= (int32_t)TLB_GUARD_BYTES || disp <= -(int32_t)TLB_GUARD_BYTES)
        return false;
    if ((user->op != IR_ld && user->op != IR_st && user->op != IR_rmw) || user->a != i->dst ||
        user->b == i->dst || user->index != i->index || j->last_use[ir_tmp(i->dst)] != j->pos + 1 ||
        !mode_flat(j->ir->mode, user->seg, user->op != IR_ld))
        return false;
    if (user->op == IR_rmw && user->dst != IR_NONE)
        return false;
    j->fold = i->dst;
    j->fold_base = guest_home[ir_gpr(i->a)];
    j->fold_disp = disp;
    return true;
}

static struct window_addr address(struct jit *j, const struct ir_insn *i, bool write)
{
    struct window_addr w = {NOREG, 0};
    uint64_t v;

    if (!mode_flat(j->ir->mode, i->seg, write)) {
        if (!mode_wide(j->ir->mode, i->seg))
            flags_clobber(j, (uint16_t)(i->fkeep | i->ffault | ir_flags_read(i)));
        w.reg = mem_linear(j, i, write);
    } else if (ref_value(j, i->a, &v) && v <= INT32_MAX) {
        w.disp = (int32_t)v;
    } else if (i->a == j->fold) {
        w.reg = j->fold_base;
        w.disp = j->fold_disp;
        j->fold = IR_NONE;
    } else {
        w.reg = reg_use(j, i->a, 4);
    }
    return w;
}

/* --- stubs --- */

static void push_r8(struct jit *j, bool push)
{
    x8(j, 0x41);
    x8(j, push ? 0x50 : 0x58);
}

static void put_address(struct jit *j, const struct stub *s)
{
    if (s->addr == NOREG) {
        mem_arg_imm(j, 0, (uint32_t)s->disp);
    } else if (!s->disp) {
        mem_arg_reg(j, 0, s->addr);
    } else {
        push_r8(j, true);
        x_rm(j, 4, 0x8d, R8, s->addr, NOREG, 0, s->disp);
        mem_arg_reg(j, 0, R8);
        push_r8(j, false);
    }
}

/* The flags that a fault here pushes, from the host's; the host keeps its own. */
static void save_flags(struct jit *j, const struct stub *s)
{
    if (!(s->insn->ffault & ~s->state))
        return;
    assert(!(s->insn->ffault & ~s->host));
    x8(j, 0x50);
    x8(j, 0x9f);
    x_rr(j, 1, 0x0f90, 0, RAX);
    x_st_state(j, 2, RAX, offsetof(struct cpu, of));
    x8(j, 0x58);
}

static void begin_stub(struct jit *j, const struct stub *s)
{
    save_flags(j, s);
    if (s->host)
        push_flags(j);
    put_address(j, s);
}

static void end_stub(struct jit *j, struct stub *s)
{
    if (s->host)
        pop_flags(j);
    mem_go_back(j, s);
}

static void stub_ld(struct jit *j, struct stub *s)
{
    begin_stub(j, s);
    mem_call_slow(j, s, j->d->out_load[s->size]);
    if (reg_is_temp(s->dst) || s->size >= 4)
        x_ld_state(j, s->size, s->dst, offsetof(struct cpu, ret));
    else
        x_rm(j, s->size, pair(0x8a, s->size), s->dst, STATE_REG, NOREG, 0,
             offsetof(struct cpu, ret));
    end_stub(j, s);
}

static void stub_st(struct jit *j, struct stub *s)
{
    begin_stub(j, s);
    if (!s->imm) {
        mem_arg_reg(j, 1, s->reg);
    } else {
        push_r8(j, true);
        x_mov_ri(j, R8, s->value);
        mem_arg_reg(j, 1, R8);
        push_r8(j, false);
    }
    mem_call_slow(j, s, j->d->out_store[s->size]);
    end_stub(j, s);
}

/* As stub_rmw() in mem.c. */
static void stub_rmw(struct jit *j, struct stub *s)
{
    struct rmw_operand o = {NOREG, NOREG, s->aux, s->reg, 0, s->imm, s->value};

    save_flags(j, s);
    put_address(j, s);
    push_flags(j);
    mem_call_slow(j, s, j->d->loadw[s->size]);
    x_ld_state(j, s->size, s->aux, offsetof(struct cpu, ret));
    pop_flags(j);
    j->host = s->host;
    j->state = s->state;
    rmw_apply(j, s->insn, &o);
    push_flags(j);
    put_address(j, s);
    mem_arg_reg(j, 1, s->aux);
    mem_call_slow(j, s, j->d->out_store[s->size]);
    pop_flags(j);
    mem_go_back(j, s);
}

/* --- accesses --- */

static struct stub *make_stub(struct jit *j, void (*emit)(struct jit *, struct stub *),
                              const struct ir_insn *i, const struct window_addr *w)
{
    struct stub *s = add_stub(j, emit);

    s->insn = i;
    s->addr = (uint8_t)w->reg;
    s->disp = w->disp;
    s->size = i->size;
    s->host = j->host;
    s->state = j->state;
    s->back = j->p;
    return s;
}

void window_site(struct jit *j, uint8_t *from, const struct stub *s)
{
    struct window_site site = {from, j->p, (uint32_t)(s - j->stubs.at)};

    vec_push(&j->sites, site);
}

bool window_ld(struct jit *j, const struct ir_insn *i)
{
    struct window_addr w;
    unsigned d, t;
    uint8_t *from;
    struct stub *s;

    if (!j->window)
        return false;
    w = address(j, i, false);
    d = t = reg_def(j, i->dst);
    if (d >= HIGH)
        t = reg_scratch(j);
    from = j->p;
    load_operand(j, i->size, t, TLB_REG, w.reg, w.disp);
    s = make_stub(j, stub_ld, i, &w);
    s->dst = (uint8_t)t;
    window_site(j, from, s);
    if (d != t)
        x_put_high(j, d, t);
    return true;
}

bool window_st(struct jit *j, const struct ir_insn *i)
{
    struct window_addr w;
    uint64_t value = 0;
    bool imm = ref_value(j, i->b, &value) && i->size <= 4;
    unsigned v = NOREG;
    uint8_t *from;
    struct stub *s;

    if (!j->window)
        return false;
    w = address(j, i, true);
    if (!imm)
        v = mem_plain(j, reg_use(j, i->b, i->size));
    from = j->p;
    store_operand(j, i->size, v, imm, value, TLB_REG, w.reg, w.disp);
    s = make_stub(j, stub_st, i, &w);
    s->reg = (uint8_t)v;
    s->imm = imm;
    s->value = value & mask_bytes(i->size);
    window_site(j, from, s);
    return true;
}

/* Those that it reads or keeps in the host, others safe; returns what the host has then, even if it
 * no longer counts on it. */
static uint16_t flags_for_rmw(struct jit *j, const struct ir_insn *i)
{
    uint16_t host = j->host, need = i->fset ? i->fkeep : 0;

    if (i->cc == IR_adc || i->cc == IR_sbb)
        need |= FLAG_C;
    if (need & ~host) {
        flags_clobber(j, (uint16_t)(i->fkeep | i->ffault | ir_flags_read(i)));
        flags_need_host(j, need);
        return j->host;
    }
    if (!i->fset && i->fkeep & ~j->state)
        flags_need_state(j);
    return host;
}

bool window_rmw(struct jit *j, const struct ir_insn *i)
{
    struct window_addr w;
    struct rmw_operand o = {TLB_REG, NOREG, NOREG, NOREG, 0, false, 0};
    uint16_t host;
    uint8_t *from;
    struct stub *s;

    if (!j->window || i->dst != IR_NONE)
        return false;
    w = address(j, i, true);
    o.imm = i->b != IR_NONE && ref_value(j, i->b, &o.value);
    if (!o.imm && i->b != IR_NONE)
        o.b = mem_plain(j, reg_use(j, i->b, i->size));
    o.lin = w.reg;
    o.disp = w.disp;
    host = flags_for_rmw(j, i);
    s = make_stub(j, stub_rmw, i, &w);
    s->host = host;
    s->aux = (uint8_t)reg_scratch(j);
    s->reg = (uint8_t)o.b;
    s->imm = o.imm;
    s->value = o.value & mask_bytes(i->size);
    from = j->p;
    rmw_apply(j, i, &o);
    s->back = j->p;
    window_site(j, from, s);
    if (i->fset)
        flags_defined(j, i, i->fset);
    else
        j->host = 0;
    return true;
}

/* --- C's part --- */

void slow_fill(struct cpu *cpu)
{
    promote_fill(cpu->engine, (uint32_t)cpu->args[1], cpu->args[2] & 0xff, cpu->args[2] >> 8);
}

/* A signal comes with no argument of ours, so here a thread remembers what it runs. */
static _Thread_local struct engine *running;
static _Thread_local bool catching;

/* Threads that catch the signal, and who had it before; under the lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned catchers;
static struct sigaction before;

static const struct block_site *site_at(const struct block *b, uint32_t off)
{
    for (uint32_t n = 0; n < b->nsites; n++) {
        if (b->sites[n].from <= off && off < b->sites[n].to)
            return &b->sites[n];
    }
    return NULL;
}

/* Where translated code goes on after a fault at `pc`, or NULL: not an access to the window. */
static uint8_t *detour(struct engine *e, const uint8_t *pc)
{
    struct jit_data *d = e->data;
    struct block *b;
    const struct block_site *site;

    if (pc < d->rx || pc >= d->rx + d->size)
        return NULL;
    b = block_at(e, pc);
    site = b ? site_at(b, (uint32_t)(pc - (uint8_t *)b->code)) : NULL;
    if (!site)
        return NULL;
    e->promotion.faulting = b;
    return (uint8_t *)b->code + site->stub;
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
    ucontext_t *u = context;
    uint8_t *to = running ? detour(running, (uint8_t *)u->uc_mcontext.gregs[REG_RIP]) : NULL;

    if (to) {
        u->uc_mcontext.gregs[REG_RIP] = (greg_t)to;
        return;
    }
    if (before.sa_flags & SA_SIGINFO) {
        before.sa_sigaction(sig, info, context);
    } else if (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN) {
        /* Not ours: the fault happens again, and ends the program as if we had not been here. */
        signal(sig, SIG_DFL);
    } else {
        before.sa_handler(sig);
    }
}

/* The signal is ours only while engines with promoted blocks run: who embeds them may want it, too.
 */
void window_catch(struct engine *e)
{
    struct jit_data *d = e->data;
    struct sigaction ours = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};

    d->has_promoted = true;
    if (catching)
        return;
    catching = true;
    pthread_mutex_lock(&lock);
    if (!catchers++)
        sigaction(SIGSEGV, &ours, &before);
    pthread_mutex_unlock(&lock);
}

void window_begin(struct engine *e)
{
    const struct jit_data *d = e->data;

    running = e;
    if (d->has_promoted)
        window_catch(e);
}

void window_end(struct engine *e)
{
    (void)e;
    running = NULL;
    if (!catching)
        return;
    catching = false;
    pthread_mutex_lock(&lock);
    if (!--catchers)
        sigaction(SIGSEGV, &before, NULL);
    pthread_mutex_unlock(&lock);
}
