/* x87.c - benchmark programs of the x87; compiled without SSE. */
#include "float.h"

uint32_t x87_dot(void)
{
    enum { N = 2048 };
    static double a[N], b[N];
    uint32_t state = 2, sum = 0;

    for (int i = 0; i < N; i++) {
        a[i] = random_next(&state) % 10000 / 8.0;
        b[i] = random_next(&state) % 10000 / 16.0;
    }
    for (int round = 0; round < 2000; round++) {
        double s = 0;
        for (int i = 0; i < N; i++)
            s += a[i] * b[i];
        a[round] += 1.0;
        sum = mix_double(sum, s);
    }
    return sum;
}

uint32_t x87_nbody(void)
{
    return nbody(60000);
}

uint32_t x87_mandel(void)
{
    return mandel(220, 150);
}

static double x87_sin(double x)
{
    __asm__("fsin" : "+t"(x));
    return x;
}

static double x87_cos(double x)
{
    __asm__("fcos" : "+t"(x));
    return x;
}

/* The last bits of FSIN and FCOS differ between processors; the checksum holds what is common. */
uint32_t x87_sinsqrt(void)
{
    double total = 0;

    for (int i = 0; i < 600000; i++) {
        double x = i * 0.0001;
        double s = x87_sin(x), c = x87_cos(x);
        total += s * s + c * c + __builtin_sqrt(x);
    }
    return (uint32_t)(total / 16);
}

uint32_t x87_matrix(void)
{
    enum { N = 64 };
    static double a[N][N], b[N][N], c[N][N];
    uint32_t state = 6, sum = 0;

    for (int i = 0; i < N * N; i++) {
        a[i / N][i % N] = random_next(&state) % 100 / 8.0;
        b[i / N][i % N] = random_next(&state) % 100 / 8.0;
    }
    for (int round = 0; round < 40; round++) {
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < N; j++) {
                double s = 0;
                for (int k = 0; k < N; k++)
                    s += a[i][k] * b[k][j];
                c[i][j] = s;
            }
        }
        a[round][3] = c[round][5] / 4096;
        sum = mix_double(sum, c[round][round]);
    }
    return sum;
}

uint32_t x87_horner(void)
{
    static long double factor[16];
    uint32_t sum = 0;

    for (int i = 0; i < 16; i++)
        factor[i] = 1.0L / (i + 1);
    for (int i = 0; i < 500000; i++) {
        long double x = i / 500000.0L, y = factor[15];
        for (int k = 14; k >= 0; k--)
            y = y * x + factor[k];
        sum = mix_double(sum, (double)y);
    }
    return sum;
}

uint32_t x87_convert(void)
{
    enum { N = 1000 };
    static int32_t integers[N];
    static float floats[N];
    uint32_t state = 12, sum = 0;

    for (int i = 0; i < N; i++)
        integers[i] = (int32_t)random_next(&state) >> 8;
    for (int round = 0; round < 4000; round++) {
        for (int i = 0; i < N; i++)
            floats[i] = (float)integers[i] * 0.5f;
        for (int i = 0; i < N; i++)
            integers[i] = (int32_t)(floats[i] * 2.0f) ^ (round & 255);
        sum = mix(sum, (uint32_t)integers[round % N]);
    }
    return sum;
}

uint32_t x87_fft(void)
{
    return fft(250);
}

uint32_t x87_compare(void)
{
    enum { N = 4000 };
    static double v[N];
    uint32_t state = 13, sum = 0;

    for (int round = 0; round < 600; round++) {
        double low = 1e9, high = -1e9;
        uint32_t above = 0;
        for (int i = 0; i < N; i++)
            v[i] = (double)(int32_t)random_next(&state) / 4096.0;
        for (int i = 0; i < N; i++) {
            if (v[i] < low)
                low = v[i];
            if (v[i] > high)
                high = v[i];
            above += v[i] > 1000.0 || __builtin_fabs(v[i]) < 50.0;
        }
        sum = mix(mix_double(sum, high - low), above);
    }
    return sum;
}
