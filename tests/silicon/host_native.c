/* host_native.c - runs a case on the host CPU in a 32-bit or 16-bit code segment.
 *
 * The way in and out is the kernel's: INT3 in 64-bit code raises a signal, whose handler puts the
 * case's state in the signal frame; returning from it enters the case; the exception that ends the
 * case comes back to the same handler, which takes the result from the frame and puts back the
 * first one. */
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>
#include "base/err.h"
#include "host.h"

const struct ldt_row host_ldt[LDT_COUNT] = {
    /*               base      limit           big    code   down   writable */
    [LDT_CODE16] = {CODE_AT, CODE_SIZE - 1, false, true, false, false},
    [LDT_STACK16] = {STACK_AT, STACK_SIZE - 1, false, false, false, true},
    [LDT_DATA] = {DATA_AT, DATA_SIZE - 1, false, false, false, true},
    [LDT_SHORT] = {DATA_AT, 0x07fe, false, false, false, true},
    [LDT_READ_ONLY] = {DATA_AT, DATA_SIZE - 1, true, false, false, false},
    [LDT_DOWN16] = {DATA_AT, 0x07ff, false, false, true, true},
    [LDT_CODE32] = {CODE_AT, CODE_SIZE - 1, true, true, false, false},
    [LDT_STACK32] = {STACK_AT, STACK_SIZE - 1, true, false, false, true},
    [LDT_DOWN32] = {DATA_AT, 0x07ff, true, false, true, true},
};

/* One thread runs one case at a time: what the handler needs has to be static. */
static const struct host_case *running;
static struct host_result *result;
static uint8_t *code_window; /* where it can be written */
static bool inside;
static uint64_t last_seed;
static unsigned serial, last_tick; /* of the case, and of that at the last tick of the timer */
static gregset_t outer;
static uint8_t outer_fx[512];

static const uint8_t greg_of[8] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX,
                                   REG_RSP, REG_RBP, REG_RSI, REG_RDI};

/* FS holds the thread's storage for the C library: it is the case's from the end of enter() to the
 * beginning of leave(), and nothing in between calls the library. */
static unsigned long thread_base;

static long set_thread_base(void)
{
    long ret;

    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "0"(SYS_arch_prctl), "D"(ARCH_SET_FS), "S"(thread_base)
                     : "rcx", "r11", "memory");
    return ret;
}

static void load_selectors(const uint16_t *sel)
{
    __asm__ volatile(
        "movw %0, %%ds\n\tmovw %1, %%es\n\tmovw %2, %%gs\n\tmovw %3, %%fs" ::"r"(sel[SEG_DS]),
        "r"(sel[SEG_ES]), "r"(sel[SEG_GS]), "r"(sel[SEG_FS]));
}

static void read_selectors(uint16_t *sel)
{
    __asm__ volatile("movw %%ds, %0" : "=r"(sel[SEG_DS]));
    __asm__ volatile("movw %%es, %0" : "=r"(sel[SEG_ES]));
    __asm__ volatile("movw %%gs, %0" : "=r"(sel[SEG_GS]));
    __asm__ volatile("movw %%fs, %0" : "=r"(sel[SEG_FS]));
}

static void enter(ucontext_t *uc)
{
    greg_t *g = uc->uc_mcontext.gregs;
    uint8_t *fp = (uint8_t *)uc->uc_mcontext.fpregs;
    const struct host_case *c = running;

    memcpy(outer, g, sizeof outer);
    memcpy(outer_fx, fp, sizeof outer_fx);
    for (unsigned i = 0; i < 8; i++)
        g[greg_of[i]] = c->gpr[i];
    g[REG_RIP] = c->eip;
    g[REG_EFL] = c->eflags;
    g[REG_CSGSFS] =
        (g[REG_CSGSFS] & 0x0000ffffffff0000) | c->sel[SEG_CS] | (greg_t)c->sel[SEG_SS] << 48;
    memcpy(fp, &c->fx, sizeof c->fx);
    memcpy(fp + 28, outer_fx + 28, 4);
    /* XSTATE_BV of the XSAVE header: x87 and SSE state are not the initial one. */
    fp[512] |= 3;
    inside = true;
    load_selectors(c->sel);
}

static void leave(ucontext_t *uc)
{
    greg_t *g = uc->uc_mcontext.gregs;
    uint8_t *fp = (uint8_t *)uc->uc_mcontext.fpregs;
    static const uint16_t none[SEG_COUNT];

    read_selectors(result->sel);
    load_selectors(none);
    set_thread_base();
    result->vector = (int)g[REG_TRAPNO];
    result->error = (uint32_t)g[REG_ERR];
    result->cr2 = (uint32_t)g[REG_CR2];
    for (unsigned i = 0; i < 8; i++)
        result->gpr[i] = (uint32_t)g[greg_of[i]];
    result->eip = (uint32_t)g[REG_RIP];
    result->eflags = (uint32_t)g[REG_EFL];
    result->sel[SEG_CS] = (uint16_t)g[REG_CSGSFS];
    result->sel[SEG_SS] = (uint16_t)(g[REG_CSGSFS] >> 48);
    memcpy(&result->fx, fp, sizeof result->fx);
    memcpy(g, outer, sizeof outer);
    memcpy(fp, outer_fx, sizeof outer_fx);
    inside = false;
}

/* Linux calls handlers with EFLAGS.AC as the case left it. */
void native_signal(int sig, siginfo_t *info, void *context);
__asm__("native_entry:\n"
        "        pushfq\n"
        "        andl $~0x40000, (%rsp)\n"
        "        popfq\n"
        "        jmp native_signal\n");
void native_entry(int sig, siginfo_t *info, void *context) __asm__("native_entry");

__attribute__((used)) void native_signal(int sig, siginfo_t *info, void *context)
{
    (void)info;
    if (sig == SIGALRM) {
        /* A case that outlives a whole tick goes round for ever. */
        bool stuck = inside && running && serial == last_tick;

        last_tick = serial;
        if (!stuck)
            return;
    }
    if (running && !inside) {
        enter(context);
        return;
    }
    if (!running) {
        dprintf(STDERR_FILENO, "host_cpu: the engine itself faults after seed %llu\n",
                (unsigned long long)last_seed);
        signal(sig, SIG_DFL);
        return;
    }
    leave(context);
    if (sig == SIGALRM)
        result->vector = NATIVE_STUCK;
    running = NULL;
}

static bool map_window(uint32_t at, uint32_t size, int prot)
{
    void *p = mmap((void *)(uintptr_t)at, size, prot,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_POPULATE, -1, 0);
    return p == (void *)(uintptr_t)at;
}

static bool set_ldt(void)
{
    for (unsigned i = 0; i < LDT_COUNT; i++) {
        const struct ldt_row *row = &host_ldt[i];
        struct user_desc d = {.entry_number = i,
                              .base_addr = row->base,
                              .limit = row->limit,
                              .seg_32bit = row->big,
                              .contents = row->code   ? MODIFY_LDT_CONTENTS_CODE
                                          : row->down ? MODIFY_LDT_CONTENTS_STACK
                                                      : MODIFY_LDT_CONTENTS_DATA,
                              .read_exec_only = !row->code && !row->writable};
        if (syscall(SYS_modify_ldt, 1, &d, sizeof d))
            return false;
    }
    return true;
}

/* The case sees its code window as read-only, so that it cannot spoil the next one's. */
static bool map_code(void)
{
    int fd = memfd_create("code", 0);
    int rx = PROT_READ | PROT_EXEC, flags = MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_POPULATE;
    void *at = (void *)(uintptr_t)CODE_AT, *rw = (void *)(uintptr_t)CODE_RW_AT;

    if (fd < 0 || ftruncate(fd, CODE_SIZE))
        return false;
    if (mmap(at, CODE_SIZE, rx, flags, fd, 0) != at ||
        mmap(rw, CODE_SIZE, rx | PROT_WRITE, flags, fd, 0) != rw)
        return false;
    code_window = rw;
    close(fd);
    memset(code_window, 0xcc, CODE_SIZE);
    return true;
}

__attribute__((unused)) static bool start(struct err *e)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGALRM};
    struct sigaction sa = {.sa_sigaction = native_entry,
                           .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART};
    struct itimerval tick = {{1, 0}, {1, 0}};
    stack_t ss = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};

    if (!map_code() || !map_window(DATA_AT, DATA_SIZE, PROT_READ | PROT_WRITE) ||
        !map_window(STACK_AT, STACK_SIZE, PROT_READ | PROT_WRITE))
        return err_set(e, "the windows cannot be mapped: %s", strerror(errno));
    memcpy((void *)DATA_AT, host_background(), DATA_SIZE);
    mprotect((void *)(DATA_AT + DATA_RW), DATA_SIZE - DATA_RW, PROT_READ);
    if (!set_ldt())
        return err_set(e, "the host has no modify_ldt");
    if (syscall(SYS_arch_prctl, ARCH_GET_FS, &thread_base))
        return err_set(e, "the host has no arch_prctl");
    sigaltstack(&ss, NULL);
    for (unsigned i = 0; i < ARRAY_LEN(signals); i++)
        sigaction(signals[i], &sa, NULL);
    setitimer(ITIMER_REAL, &tick, NULL);
    return true;
}

bool native_start(struct err *e)
{
#ifdef __SANITIZE_ADDRESS__
    /* Cases go astray in all of the low 4 GB. */
    return err_set(e, "the sanitizer's memory lies where it would be hit");
#else
    return start(e);
#endif
}

void native_run(const struct host_case *c, struct host_result *r)
{
    uint8_t *code = code_window + (c->eip & (CODE_SIZE - 1));

    memcpy((void *)DATA_AT, host_background(), DATA_RW);
    memcpy((void *)STACK_AT, host_background() + DATA_SIZE, STACK_SIZE);
    for (unsigned i = 0; i < ARRAY_LEN(c->patch); i++) {
        if (c->patch[i].len)
            memcpy((void *)(uintptr_t)c->patch[i].at, c->patch[i].bytes, c->patch[i].len);
    }
    memcpy(code, c->code, c->len);
    result = r;
    serial++;
    last_seed = c->seed;
    running = c;
    __asm__ volatile("int3" ::: "memory", "cc");
    memset(c->rewrites ? code_window : code, 0xcc, c->rewrites ? CODE_SIZE : c->len);
    memcpy(r->data, (void *)DATA_AT, DATA_RW);
    memcpy(r->stack, (void *)STACK_AT, STACK_SIZE);
}
