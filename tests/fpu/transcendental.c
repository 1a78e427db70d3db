/* transcendental.c - the transcendental x87 instructions against MPFR and the host: transcendental
 * [COUNT]. Prints for each how far results are from the true value, in units of the last place:
 * ours and the host's. */
#include "fpu/x87_bench.h"
#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct function {
    const char *name;
    unsigned op;
    bool binary;
    bool second; /* the result is in ST(1), below what is pushed */
    /* Exponents of ST(0) and ST(1), from and to. */
    int x_low, x_high, y_low, y_high;
    void (*truth)(mpfr_t r, mpfr_t x, mpfr_t y);
};

/* What is left of x, -pi/4 to pi/4, without multiples of the pi/2 of the SDM; returns how many,
 * modulo 4. */
static unsigned reduced(mpfr_t r, mpfr_t x)
{
    mpfr_t p, n;

    mpfr_inits2(500, p, n, NULL);
    mpfr_set_str(p, "c90fdaa22168c234c", 16, MPFR_RNDN);
    mpfr_div_2ui(p, p, 67, MPFR_RNDN);
    mpfr_div(n, x, p, MPFR_RNDN);
    mpfr_rint(n, n, MPFR_RNDN);
    mpfr_mul(p, p, n, MPFR_RNDN);
    mpfr_sub(r, x, p, MPFR_RNDN);
    mpfr_fmod_ui(n, n, 4, MPFR_RNDN);
    long q = mpfr_get_si(n, MPFR_RNDN);
    mpfr_clears(p, n, NULL);
    return (unsigned)q & 3;
}

static void true_sin(mpfr_t r, mpfr_t x, mpfr_t y)
{
    (void)y;
    unsigned q = reduced(r, x);
    q & 1 ? mpfr_cos(r, r, MPFR_RNDN) : mpfr_sin(r, r, MPFR_RNDN);
    if (q & 2)
        mpfr_neg(r, r, MPFR_RNDN);
}

static void true_cos(mpfr_t r, mpfr_t x, mpfr_t y)
{
    (void)y;
    unsigned q = reduced(r, x);
    q & 1 ? mpfr_sin(r, r, MPFR_RNDN) : mpfr_cos(r, r, MPFR_RNDN);
    if (q == 1 || q == 2)
        mpfr_neg(r, r, MPFR_RNDN);
}

static void true_tan(mpfr_t r, mpfr_t x, mpfr_t y)
{
    mpfr_t c;

    mpfr_init2(c, 500);
    true_cos(c, x, y);
    true_sin(r, x, y);
    mpfr_div(r, r, c, MPFR_RNDN);
    mpfr_clear(c);
}

static void true_atan(mpfr_t r, mpfr_t x, mpfr_t y)
{
    mpfr_atan2(r, y, x, MPFR_RNDN);
}

static void true_exp(mpfr_t r, mpfr_t x, mpfr_t y)
{
    (void)y;
    mpfr_set_ui(r, 2, MPFR_RNDN);
    mpfr_log(r, r, MPFR_RNDN);
    mpfr_mul(r, r, x, MPFR_RNDN);
    mpfr_expm1(r, r, MPFR_RNDN);
}

static void true_log(mpfr_t r, mpfr_t x, mpfr_t y)
{
    mpfr_log2(r, x, MPFR_RNDN);
    mpfr_mul(r, r, y, MPFR_RNDN);
}

static void true_log1p(mpfr_t r, mpfr_t x, mpfr_t y)
{
    mpfr_t l;

    mpfr_init2(l, 500);
    mpfr_log1p(r, x, MPFR_RNDN);
    mpfr_set_ui(l, 2, MPFR_RNDN);
    mpfr_log(l, l, MPFR_RNDN);
    mpfr_div(r, r, l, MPFR_RNDN);
    mpfr_mul(r, r, y, MPFR_RNDN);
    mpfr_clear(l);
}

/* Whole ranges; and again the parts where arguments are usual, or where something cancels.  Below
 * LEAST are denormals.  FSIN, FCOS, FSINCOS and FPTAN take |x| < 2^63, F2XM1 |x| <= 1, FYL2XP1 up
 * to 1 - sqrt(1/2) (SDM vol. 1, 8.3.8 to 8.3.10; vol. 2A). */
enum { LEAST = -16382, MOST = 16383, DENORMAL = LEAST - 1 };
static const struct function functions[] = {
    {"fsin", 0x1fe, false, false, DENORMAL, 62, 0, 0, true_sin},
    {"fsin usual", 0x1fe, false, false, -40, 62, 0, 0, true_sin},
    {"fcos", 0x1ff, false, false, DENORMAL, 62, 0, 0, true_cos},
    {"fcos usual", 0x1ff, false, false, -40, 62, 0, 0, true_cos},
    {"fsincos: sine", 0x1fb, false, true, -40, 62, 0, 0, true_sin},
    {"fsincos: cos", 0x1fb, false, false, -40, 62, 0, 0, true_cos},
    {"fptan", 0x1f2, false, true, DENORMAL, 62, 0, 0, true_tan},
    {"fptan usual", 0x1f2, false, true, -40, 62, 0, 0, true_tan},
    {"f2xm1", 0x1f0, false, false, DENORMAL, -1, 0, 0, true_exp},
    {"f2xm1 usual", 0x1f0, false, false, -70, -1, 0, 0, true_exp},
    {"fyl2x", 0x1f1, true, false, DENORMAL, MOST, DENORMAL, MOST, true_log},
    {"fyl2x usual", 0x1f1, true, false, LEAST, MOST, -100, 100, true_log},
    {"fyl2x near 1", 0x1f1, true, false, -1, 0, -100, 100, true_log},
    {"fyl2xp1", 0x1f9, true, false, DENORMAL, -3, DENORMAL, MOST, true_log1p},
    {"fyl2xp1 usual", 0x1f9, true, false, -70, -3, -100, 100, true_log1p},
    {"fpatan", 0x1f3, true, false, DENORMAL, MOST, DENORMAL, MOST, true_atan},
    {"fpatan usual", 0x1f3, true, false, -70, 70, -70, 70, true_atan},
};

static struct f80 operand(struct rng *r, int low, int high, bool positive)
{
    struct f80 v = {.man = rng_bits(r) | SF_INT_BIT};

    v.se = (uint16_t)(16383 + low + (int)rng_below(r, (unsigned)(high - low + 1)));
    if (low == DENORMAL && !rng_below(r, 16))
        v.se = 0;
    if (!v.se)
        v.man = (v.man & ~SF_INT_BIT) | 1;
    if (!positive)
        v.se |= (uint16_t)(rng_below(r, 2) << 15);
    return v;
}

/* The exponent of the bit 2^0 of a significand's integer. */
static long last_place(struct f80 v)
{
    long e = v.se & 0x7fff;

    return (e ? e : 1) - 16383 - 63;
}

static void to_mpfr(mpfr_t m, struct f80 v)
{
    mpfr_set_uj_2exp(m, v.man, last_place(v), MPFR_RNDN);
    if (v.se >> 15)
        mpfr_neg(m, m, MPFR_RNDN);
}

static struct f80 from_image(const struct fsave_image *m, unsigned i)
{
    struct f80 v = {0};

    memcpy(&v.man, m->st[i], 8);
    memcpy(&v.se, m->st[i] + 8, 2);
    return v;
}

/* |v - truth| in units of v's last place; an infinity stands for all that rounds to it. */
static double error_of(struct f80 v, mpfr_t truth)
{
    mpfr_t m;

    if ((v.se & 0x7fff) == 0x7fff)
        return mpfr_inf_p(truth) || mpfr_get_exp(truth) > MOST + 1 ? 0 : HUGE_VAL;
    mpfr_init2(m, 500);
    to_mpfr(m, v);
    mpfr_sub(m, m, truth, MPFR_RNDN);
    mpfr_mul_2si(m, m, -last_place(v), MPFR_RNDN);
    double d = fabs(mpfr_get_d(m, MPFR_RNDN));
    mpfr_clear(m);
    return d;
}

static void make_case(struct rng *r, const struct function *f, struct x87_case *c)
{
    struct f80 x = operand(r, f->x_low, f->x_high, f->op == 0x1f1),
               y = operand(r, f->y_low, f->y_high, false);

    memset(c, 0, sizeof(*c));
    c->op = (uint16_t)f->op;
    c->state.cw = FCW_INIT;
    c->state.tw = f->binary ? 0xfff0 : 0xfffc;
    memcpy(c->state.st[0], &x.man, 8);
    memcpy(c->state.st[0] + 8, &x.se, 2);
    memcpy(c->state.st[1], &y.man, 8);
    memcpy(c->state.st[1] + 8, &y.se, 2);
}

static double measure(struct bench *b, struct rng *r, const struct function *f, unsigned long count)
{
    double ours = 0, theirs = 0;
    unsigned long differ = 0, status = 0;
    mpfr_t x, y, t;

    mpfr_inits2(500, x, y, t, NULL);
    for (unsigned long n = 0; n < count; n++) {
        struct x87_case soft, host;
        unsigned at = f->second;

        make_case(r, f, &soft);
        host = soft;
        to_mpfr(x, from_image(&soft.state, 0));
        to_mpfr(y, from_image(&soft.state, 1));
        f->truth(t, x, y);
        soft_x87_run(b, &soft);
        struct f80 v = from_image(&soft.state, at);
        double e = error_of(v, t);
        ours = e > ours ? e : ours;
        if (!host_x87_available())
            continue;
        host_x87_run(&host);
        struct f80 w = from_image(&host.state, at);
        e = error_of(w, t);
        theirs = e > theirs ? e : theirs;
        differ += v.man != w.man || v.se != w.se;
        status += ((host.state.sw ^ soft.state.sw) & 0xffff & ~FSW_C1) != 0;
    }
    mpfr_clears(x, y, t, NULL);
    printf("%-14s %10lu %12.8f %12.6f %12lu %12lu\n", f->name, count, ours, theirs, differ, status);
    return ours;
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 0) : 20000;
    struct bench *b = malloc(sizeof(*b));
    struct rng r = {0x9e3779b97f4a7c15};
    double worst = 0;

    if (!b)
        return 1;
    bench_init(b);
    printf("%-14s %10s %12s %12s %12s %12s\n", "instruction", "cases", "our ulps", "host's ulps",
           "values other", "status other");
    for (unsigned i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        double e = measure(b, &r, &functions[i], count);
        worst = e > worst ? e : worst;
    }
    free(b);
    return worst > 0.5001;
}
