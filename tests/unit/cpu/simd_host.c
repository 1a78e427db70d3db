/* simd_host.c - emits, for a row of simd.def, a host function that runs the instruction on given
 * registers. */
#include "simd_host.h"
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#if defined(__x86_64__)

enum { CODE_SIZE = 4096 };

struct simd_oracle {
    uint8_t *code;
    size_t len;
};

static sigjmp_buf fault_jump;
static volatile uint32_t fault_mxcsr;

static void on_fpe(int sig, siginfo_t *info, void *context)
{
    const ucontext_t *u = context;

    (void)sig, (void)info;
    fault_mxcsr = u->uc_mcontext.fpregs->mxcsr;
    siglongjmp(fault_jump, 1);
}

struct simd_oracle *simd_host_new(void)
{
    struct simd_oracle *h = calloc(1, sizeof(*h));

    h->code = mmap(NULL, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                   -1, 0);
    if (h->code == MAP_FAILED) {
        free(h);
        return NULL;
    }
    return h;
}

void simd_host_free(struct simd_oracle *h)
{
    if (h) {
        munmap(h->code, CODE_SIZE);
        free(h);
    }
}

bool simd_host_has(const struct simd_row *row)
{
    __builtin_cpu_init();
    switch (row->feature) {
    case SIMD_FEATURE_SSE3:
        return __builtin_cpu_supports("sse3");
    case SIMD_FEATURE_SSSE3:
        return __builtin_cpu_supports("ssse3");
    case SIMD_FEATURE_SSE41:
        return __builtin_cpu_supports("sse4.1");
    case SIMD_FEATURE_SSE42:
        return __builtin_cpu_supports("sse4.2");
    case SIMD_FEATURE_AES:
        return __builtin_cpu_supports("aes");
    case SIMD_FEATURE_PCLMULQDQ:
        return __builtin_cpu_supports("pclmul");
    default:
        return true;
    }
}

bool simd_host_takes_imm(const struct simd_row *row)
{
    uint8_t op = row->opcode;

    return row->map == 0x3a || (row->map == 0x0f && ((op >= 0x70 && op <= 0x73) || op == 0xc2 ||
                                                     (op >= 0xc4 && op <= 0xc6)));
}

static void emit(struct simd_oracle *h, const char *bytes, size_t n)
{
    memcpy(h->code + h->len, bytes, n);
    h->len += n;
}
#define EMIT(h, s) emit(h, s, sizeof(s) - 1)

static void emit8(struct simd_oracle *h, unsigned v)
{
    h->code[h->len++] = (uint8_t)v;
}

/* An instruction whose memory operand is the field at `offset` of the registers, which RDI points
 * to. */
static void emit_field(struct simd_oracle *h, const char *op, size_t n, unsigned reg, size_t offset)
{
    uint32_t disp = (uint32_t)offset;

    emit(h, op, n);
    emit8(h, 0x80 | reg << 3 | 7);
    memcpy(h->code + h->len, &disp, 4);
    h->len += 4;
}
#define FIELD(h, op, reg, field)                                                                   \
    emit_field(h, op, sizeof(op) - 1, reg, offsetof(struct simd_regs, field))

static void emit_load(struct simd_oracle *h)
{
    FIELD(h, "\x0f\xae", 2, mxcsr);      /* ldmxcsr */
    FIELD(h, "\xf3\x0f\x6f", 0, xmm[0]); /* movdqu */
    FIELD(h, "\xf3\x0f\x6f", 1, xmm[1]);
    FIELD(h, "\xf3\x0f\x6f", 2, xmm[2]);
    FIELD(h, "\x0f\x6f", 1, mm[1]); /* movq */
    FIELD(h, "\x0f\x6f", 2, mm[2]);
    FIELD(h, "\x48\x8b", 0, ax);
    FIELD(h, "\x48\x8b", 1, cx);
    FIELD(h, "\x48\x8b", 2, dx);
    EMIT(h, "\x31\xf6"); /* xor esi, esi: known flags */
}

static void emit_save(struct simd_oracle *h)
{
    EMIT(h, "\x9c"); /* pushfq; pop flags */
    FIELD(h, "\x8f", 0, flags);
    FIELD(h, "\x0f\xae", 3, mxcsr); /* stmxcsr */
    FIELD(h, "\xf3\x0f\x7f", 0, xmm[0]);
    FIELD(h, "\xf3\x0f\x7f", 1, xmm[1]);
    FIELD(h, "\x0f\x7f", 1, mm[1]);
    FIELD(h, "\x48\x89", 0, ax);
    FIELD(h, "\x48\x89", 1, cx);
    EMIT(h, "\x0f\x77\xc3"); /* emms; ret */
}

/* Instructions whose r/m operand is the destination: MOVD and PEXTR to general registers. */
static bool stores(const struct simd_row *row)
{
    return row->dst == SIMD_R &&
           ((row->map == 0x3a && row->opcode >= 0x14 && row->opcode <= 0x17) ||
            row->opcode == 0x7e);
}

static void emit_row(struct simd_oracle *h, const struct simd_row *row, unsigned imm)
{
    unsigned reg = row->dst == SIMD_R ? 0 : 1, rm = row->src == SIMD_R ? 0 : 2;

    if (row->prefix)
        emit8(h, row->prefix);
    if (imm >> 8 == 8)
        emit8(h, 0x48);
    emit8(h, 0x0f);
    if (row->map != 0x0f)
        emit8(h, row->map);
    if (row->src == SIMD_M) {
        char op = (char)row->opcode;
        emit_field(h, &op, 1, 1, offsetof(struct simd_regs, xmm[2]));
    } else {
        emit8(h, row->opcode);
        if (row->digit >= 0)
            emit8(h, 0xc0 | (unsigned)row->digit << 3 | 1);
        else
            emit8(h, stores(row) ? 0xc0 | rm << 3 | reg : 0xc0 | reg << 3 | rm);
    }
    if (simd_host_takes_imm(row))
        emit8(h, imm & 0xff);
}

/* In each run, since the test framework has a handler of its own. */
static void catch_exceptions(void)
{
    struct sigaction sa = {.sa_sigaction = on_fpe, .sa_flags = SA_SIGINFO | SA_NODEFER};

    sigaction(SIGFPE, &sa, NULL);
}

static void run_code(struct simd_oracle *h, struct simd_regs *r)
{
    void (*fn)(struct simd_regs *);
    const void *code = h->code;

    memcpy(&fn, &code, sizeof(fn));
    fn(r);
}

void simd_host_run(struct simd_oracle *h, const struct simd_row *row, unsigned imm,
                   struct simd_regs *r)
{
    uint32_t normal = 0x1f80;

    if (~r->mxcsr & 0x1f80)
        catch_exceptions();
    h->len = 0;
    emit_load(h);
    emit_row(h, row, imm);
    emit_save(h);
    r->faulted = sigsetjmp(fault_jump, 1);
    if (!r->faulted)
        run_code(h, r);
    else
        r->mxcsr = fault_mxcsr;
    __asm__ volatile("ldmxcsr %0; emms" : : "m"(normal));
}

#else

struct simd_oracle *simd_host_new(void)
{
    return NULL;
}
void simd_host_free(struct simd_oracle *h)
{
    (void)h;
}
bool simd_host_has(const struct simd_row *row)
{
    (void)row;
    return false;
}
bool simd_host_takes_imm(const struct simd_row *row)
{
    (void)row;
    return false;
}
void simd_host_run(struct simd_oracle *h, const struct simd_row *row, unsigned imm,
                   struct simd_regs *r)
{
    (void)h, (void)row, (void)imm, (void)r;
}

#endif
