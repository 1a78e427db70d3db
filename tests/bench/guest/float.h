/* float.h - floating-point programs that are compiled twice, for x87 and for SSE2, in double. */
#ifndef BENCH_FLOAT_H
#define BENCH_FLOAT_H
#include <math.h>
#include <string.h>
#include "work.h"

static inline uint32_t mix_double(uint32_t sum, double value)
{
    uint32_t half[2];

    memcpy(half, &value, sizeof half);
    return mix(mix(sum, half[0]), half[1]);
}

struct body {
    double x[3], v[3], mass;
};

static inline void pull(struct body *a, struct body *b, double dt)
{
    double d[3], distance = 0.01;

    for (int k = 0; k < 3; k++) {
        d[k] = a->x[k] - b->x[k];
        distance += d[k] * d[k];
    }
    double f = dt / (distance * __builtin_sqrt(distance));
    for (int k = 0; k < 3; k++) {
        a->v[k] -= d[k] * b->mass * f;
        b->v[k] += d[k] * a->mass * f;
    }
}

static inline uint32_t nbody(int steps)
{
    struct body bodies[5];
    uint32_t state = 55, sum = 0;

    for (int i = 0; i < 5; i++) {
        for (int k = 0; k < 3; k++) {
            bodies[i].x[k] = random_next(&state) % 1000 / 100.0;
            bodies[i].v[k] = random_next(&state) % 1000 / 1000.0;
        }
        bodies[i].mass = 1.0 + i;
    }
    while (steps--) {
        for (int i = 0; i < 5; i++)
            for (int j = i + 1; j < 5; j++)
                pull(&bodies[i], &bodies[j], 0.001);
        for (int i = 0; i < 5; i++)
            for (int k = 0; k < 3; k++)
                bodies[i].x[k] += 0.001 * bodies[i].v[k];
    }
    for (int i = 0; i < 5; i++)
        sum = mix_double(sum, bodies[i].x[0] + bodies[i].v[1]);
    return sum;
}

static inline uint32_t mandel(int size, int limit)
{
    uint32_t sum = 0;

    for (int py = 0; py < size; py++) {
        for (int px = 0; px < size; px++) {
            double cx = 3.0 * px / size - 2.0, cy = 2.0 * py / size - 1.0, x = 0, y = 0;
            int n = 0;
            while (n < limit && x * x + y * y < 4.0) {
                double t = x * x - y * y + cx;
                y = 2.0 * x * y + cy;
                x = t;
                n++;
            }
            sum = mix(sum, (uint32_t)n);
        }
    }
    return sum;
}

/* In place, n a power of two, bit-reversed input order left as it is. */
static inline void butterflies(double *re, double *im, int n, const double *c, const double *s)
{
    for (int half = n / 2; half; half /= 2) {
        for (int from = 0; from < n; from += 2 * half) {
            for (int i = from; i < from + half; i++) {
                int w = (i - from) * (n / 2 / half), j = i + half;
                double tr = re[i] - re[j], ti = im[i] - im[j];
                re[i] += re[j];
                im[i] += im[j];
                re[j] = tr * c[w] - ti * s[w];
                im[j] = tr * s[w] + ti * c[w];
            }
        }
    }
}

static inline uint32_t fft(int rounds)
{
    enum { N = 1024 };
    static double re[N], im[N], c[N / 2], s[N / 2];
    double step_c = 0.99998117528260110, step_s = 0.0061358846491544753;
    uint32_t state = 66, sum = 0;

    c[0] = 1;
    for (int i = 1; i < N / 2; i++) {
        c[i] = c[i - 1] * step_c - s[i - 1] * step_s;
        s[i] = c[i - 1] * step_s + s[i - 1] * step_c;
    }
    while (rounds--) {
        for (int i = 0; i < N; i++) {
            re[i] = (double)(random_next(&state) >> 16);
            im[i] = 0;
        }
        butterflies(re, im, N, c, s);
        sum = mix_double(sum, re[rounds & 1023] + im[7]);
    }
    return sum;
}

#endif
