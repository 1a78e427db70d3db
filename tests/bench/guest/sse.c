/* sse.c - benchmark programs of SSE and SSE2; compiled for SSE2 alone. */
#include <emmintrin.h>
#include "float.h"

static uint32_t mix_int4(uint32_t sum, __m128i v)
{
    uint32_t part[4];

    _mm_storeu_si128((__m128i *)part, v);
    return mix(mix(mix(mix(sum, part[0]), part[1]), part[2]), part[3]);
}

uint32_t sse_dotf(void)
{
    enum { N = 4096 };
    static float a[N] __attribute__((aligned(16))), b[N] __attribute__((aligned(16)));
    uint32_t state = 2, sum = 0;

    for (int i = 0; i < N; i++) {
        a[i] = (float)(random_next(&state) % 1000) / 8.0f;
        b[i] = (float)(random_next(&state) % 1000) / 16.0f;
    }
    for (int round = 0; round < 16000; round++) {
        __m128 s = _mm_setzero_ps();
        for (int i = 0; i < N; i += 4)
            s = _mm_add_ps(s, _mm_mul_ps(_mm_load_ps(a + i), _mm_load_ps(b + i)));
        a[round % N] += 1.0f;
        sum = mix_int4(sum, _mm_castps_si128(s));
    }
    return sum;
}

uint32_t sse_nbody(void)
{
    return nbody(200000);
}

uint32_t sse_mandel(void)
{
    return mandel(450, 200);
}

uint32_t sse_mandel4(void)
{
    enum { SIZE = 800, LIMIT = 100 };
    const __m128 four = _mm_set1_ps(4), ramp = _mm_setr_ps(0, 1, 2, 3);
    uint32_t sum = 0;

    for (int py = 0; py < SIZE; py++) {
        __m128 cy = _mm_set1_ps(2.0f * (float)py / SIZE - 1.0f);
        for (int px = 0; px < SIZE; px += 4) {
            __m128 column = _mm_add_ps(_mm_set1_ps((float)px), ramp);
            __m128 cx = _mm_sub_ps(_mm_mul_ps(column, _mm_set1_ps(3.0f / SIZE)), _mm_set1_ps(2));
            __m128 x = _mm_setzero_ps(), y = x;
            __m128i count = _mm_setzero_si128();
            for (int n = 0; n < LIMIT; n++) {
                __m128 xx = _mm_mul_ps(x, x), yy = _mm_mul_ps(y, y), xy = _mm_mul_ps(x, y);
                __m128 inside = _mm_cmplt_ps(_mm_add_ps(xx, yy), four);
                if (!_mm_movemask_ps(inside))
                    break;
                count = _mm_sub_epi32(count, _mm_castps_si128(inside));
                x = _mm_add_ps(_mm_sub_ps(xx, yy), cx);
                y = _mm_add_ps(_mm_add_ps(xy, xy), cy);
            }
            sum = mix_int4(sum, count);
        }
    }
    return sum;
}

uint32_t sse_matrix(void)
{
    enum { N = 64 };
    static double a[N][N], b[N][N] __attribute__((aligned(16)));
    static double c[N][N] __attribute__((aligned(16)));
    uint32_t state = 6, sum = 0;

    for (int i = 0; i < N * N; i++) {
        a[i / N][i % N] = random_next(&state) % 100 / 8.0;
        b[i / N][i % N] = random_next(&state) % 100 / 8.0;
    }
    for (int round = 0; round < 160; round++) {
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < N; j += 2) {
                __m128d s = _mm_setzero_pd();
                for (int k = 0; k < N; k++)
                    s = _mm_add_pd(s, _mm_mul_pd(_mm_set1_pd(a[i][k]), _mm_load_pd(&b[k][j])));
                _mm_store_pd(&c[i][j], s);
            }
        }
        a[round % N][3] = c[round % N][5] / 4096;
        sum = mix_double(sum, c[round % N][round % N]);
    }
    return sum;
}

uint32_t sse_blend(void)
{
    enum { N = 65536 };
    const __m128i *a = (const __m128i *)make_text(N), *b = a + 64;
    __m128i *to = get_memory(N), zero = _mm_setzero_si128();
    uint32_t sum = 0;

    for (int round = 0; round < 2500; round++) {
        __m128i part = _mm_set1_epi16((short)(round & 255));
        for (int i = 0; i < N / 16 - 64; i++) {
            __m128i p = _mm_loadu_si128(a + i), q = _mm_loadu_si128(b + i);
            __m128i lo = _mm_sub_epi16(_mm_unpacklo_epi8(p, zero), _mm_unpacklo_epi8(q, zero));
            __m128i hi = _mm_sub_epi16(_mm_unpackhi_epi8(p, zero), _mm_unpackhi_epi8(q, zero));
            lo = _mm_srai_epi16(_mm_mullo_epi16(lo, part), 8);
            hi = _mm_srai_epi16(_mm_mullo_epi16(hi, part), 8);
            _mm_storeu_si128(to + i, _mm_add_epi8(q, _mm_packus_epi16(lo, hi)));
        }
        sum = mix_int4(sum, _mm_loadu_si128(to + round % 1024));
    }
    return sum;
}

uint32_t sse_sad(void)
{
    enum { N = 65536 };
    const char *a = make_text(N);
    uint32_t sum = 0;

    for (int round = 0; round < 5000; round++) {
        __m128i total = _mm_setzero_si128();
        for (int i = 0; i < N - 1024; i += 16) {
            __m128i p = _mm_loadu_si128((const __m128i *)(a + i));
            __m128i q = _mm_loadu_si128((const __m128i *)(a + i + round % 1000));
            total = _mm_add_epi32(total, _mm_sad_epu8(p, q));
        }
        sum = mix_int4(sum, total);
    }
    return sum;
}

static __m128i rotate4(__m128i v, int n)
{
    return _mm_or_si128(_mm_slli_epi32(v, n), _mm_srli_epi32(v, 32 - n));
}

/* Rounds of ChaCha (RFC 7539, 2.1) on four columns at once. */
uint32_t sse_crypt(void)
{
    __m128i a = _mm_set1_epi32(0x61707865), b = _mm_setr_epi32(1, 2, 3, 4);
    __m128i c = _mm_setr_epi32(5, 6, 7, 8), d = _mm_setr_epi32(9, 10, 11, 12);

    for (int round = 0; round < 8000000; round++) {
        a = _mm_add_epi32(a, b);
        d = rotate4(_mm_xor_si128(d, a), 16);
        c = _mm_add_epi32(c, d);
        b = rotate4(_mm_xor_si128(b, c), 12);
        a = _mm_add_epi32(a, b);
        d = rotate4(_mm_xor_si128(d, a), 8);
        c = _mm_add_epi32(c, d);
        b = rotate4(_mm_xor_si128(b, c), 7);
        b = _mm_shuffle_epi32(b, _MM_SHUFFLE(0, 3, 2, 1));
        d = _mm_shuffle_epi32(d, _MM_SHUFFLE(2, 1, 0, 3));
    }
    return mix_int4(mix_int4(0, _mm_xor_si128(a, b)), _mm_xor_si128(c, d));
}

uint32_t sse_convert(void)
{
    enum { N = 1000 };
    static int32_t integers[N];
    static double doubles[N];
    uint32_t state = 12, sum = 0;

    for (int i = 0; i < N; i++)
        integers[i] = (int32_t)random_next(&state) >> 8;
    for (int round = 0; round < 12000; round++) {
        for (int i = 0; i < N; i++)
            doubles[i] = (double)((float)integers[i] * 0.5f);
        for (int i = 0; i < N; i++)
            integers[i] = (int32_t)(doubles[i] * 2.0) ^ (round & 255);
        sum = mix(sum, (uint32_t)integers[round % N]);
    }
    return sum;
}

uint32_t sse_search(void)
{
    enum { N = 65536 };
    const char *a = make_text(N);
    uint32_t sum = 0;

    for (int round = 0; round < 5000; round++) {
        __m128i want = _mm_set1_epi8("e=\"x~ +0"[round & 7]);
        uint32_t count = 0;
        for (int i = 0; i < N; i += 16) {
            __m128i v = _mm_loadu_si128((const __m128i *)(a + i));
            int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(v, want));
            if (mask)
                count += (uint32_t)mask & 0x1ff;
        }
        sum = mix(sum, count);
    }
    return sum;
}

uint32_t sse_copy(void)
{
    enum { N = 65536 };
    __m128i *a = (__m128i *)make_text(N), *b = get_memory(N);
    uint32_t sum = 0;

    for (int round = 0; round < 12000; round++) {
        for (int i = 0; i < N / 16; i += 4) {
            __m128i p = _mm_loadu_si128(a + i), q = _mm_loadu_si128(a + i + 1);
            __m128i r = _mm_loadu_si128(a + i + 2), s = _mm_loadu_si128(a + i + 3);
            _mm_storeu_si128(b + i, p);
            _mm_storeu_si128(b + i + 1, q);
            _mm_storeu_si128(b + i + 2, r);
            _mm_storeu_si128(b + i + 3, s);
        }
        ((char *)a)[round]++;
        sum = mix(sum, ((uint32_t *)b)[round]);
    }
    return sum;
}

uint32_t sse_fft(void)
{
    return fft(900);
}
