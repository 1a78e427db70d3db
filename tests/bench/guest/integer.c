/* integer.c - benchmark programs of plain integer arithmetic. */
#include <string.h>
#include "work.h"

uint32_t integer_sieve(void)
{
    enum { N = 1 << 20 };
    unsigned char *composite = get_memory(N);
    uint32_t count = 0;

    for (int round = 0; round < 20; round++) {
        memset(composite, 0, N);
        for (uint32_t i = 2; i * i < N; i++) {
            for (uint32_t j = i * i; !composite[i] && j < N; j += i)
                composite[j] = 1;
        }
        for (uint32_t i = 2; i < N; i++)
            count += !composite[i];
    }
    return count;
}

uint32_t integer_crc32(void)
{
    enum { N = 65536 };
    unsigned char *data = (unsigned char *)make_text(N);
    uint32_t table[256], crc = ~0u;

    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++)
            c = c >> 1 ^ (-(c & 1) & 0xedb88320u);
        table[i] = c;
    }
    for (int round = 0; round < 400; round++) {
        for (int i = 0; i < N; i++)
            crc = table[(crc ^ data[i]) & 255] ^ crc >> 8;
    }
    return ~crc;
}

static uint32_t rotate(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

/* The rounds of SHA-256 (FIPS 180-4, 6.2.2); the constants k are random numbers instead, as only
 * speed is of interest. */
static void sha_block(uint32_t h[8], const uint32_t *block, const uint32_t k[64])
{
    uint32_t w[64], v[8];

    memcpy(w, block, 64);
    for (int i = 16; i < 64; i++) {
        uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    memcpy(v, h, sizeof v);
    for (int i = 0; i < 64; i++) {
        uint32_t s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
        uint32_t t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
        uint32_t s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
        uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        h[i] += v[i];
}

uint32_t integer_sha256(void)
{
    enum { N = 65536 };
    const char *data = make_text(N);
    uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    uint32_t k[64], state = 0x428a2f98;

    for (int i = 0; i < 64; i++)
        k[i] = random_next(&state);
    for (int round = 0; round < 30; round++) {
        for (int at = 0; at < N; at += 64)
            sha_block(h, (const uint32_t *)(data + at), k);
    }
    return h[0] ^ h[7];
}

uint32_t integer_matrix(void)
{
    enum { N = 96 };
    static int a[N][N], b[N][N], c[N][N];
    uint32_t state = 7, sum = 0;

    for (int i = 0; i < N * N; i++) {
        a[i / N][i % N] = (int)random_next(&state) >> 20;
        b[i / N][i % N] = (int)random_next(&state) >> 20;
    }
    for (int round = 0; round < 64; round++) {
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < N; j++) {
                int s = 0;
                for (int k = 0; k < N; k++)
                    s += a[i][k] * b[k][j];
                c[i][j] = s;
                sum = mix(sum, (uint32_t)s);
            }
        }
        a[round][0] = c[round][1];
    }
    return sum;
}

static void quicksort(int32_t *v, int lo, int hi)
{
    while (lo < hi) {
        int32_t pivot = v[(lo + hi) / 2];
        int i = lo, j = hi;
        while (i <= j) {
            while (v[i] < pivot)
                i++;
            while (v[j] > pivot)
                j--;
            if (i <= j) {
                int32_t t = v[i];
                v[i++] = v[j];
                v[j--] = t;
            }
        }
        quicksort(v, lo, j);
        lo = i;
    }
}

uint32_t integer_sort(void)
{
    enum { N = 200000 };
    int32_t *v = get_memory(N * sizeof *v);
    uint32_t state = 99, sum = 0;

    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < N; i++)
            v[i] = (int32_t)random_next(&state);
        quicksort(v, 0, N - 1);
        for (int i = 0; i < N; i += 100)
            sum = mix(sum, (uint32_t)v[i]);
    }
    return sum;
}

static uint32_t gcd(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

uint32_t integer_divide(void)
{
    uint32_t state = 5, sum = 0;

    for (int i = 0; i < 1000000; i++) {
        uint32_t a = random_next(&state), b = random_next(&state);
        uint64_t wide = (uint64_t)a << 20 ^ b;
        sum = mix(sum, gcd(a, b | 1));
        sum = mix(sum, (uint32_t)(wide / (b >> 8 | 1)) + (uint32_t)((int32_t)a / 1000));
    }
    return sum;
}

uint32_t integer_bignum(void)
{
    enum { WORDS = 4000 };
    uint32_t *number = get_memory(WORDS * sizeof *number), sum = 0;

    for (int round = 0; round < 12; round++) {
        int used = 1;
        number[0] = 1;
        for (uint32_t n = 2; n < 4500; n++) {
            uint64_t carry = 0;
            for (int i = 0; i < used; i++) {
                carry += (uint64_t)number[i] * n;
                number[i] = (uint32_t)carry;
                carry >>= 32;
            }
            if (carry)
                number[used++] = (uint32_t)carry;
        }
        sum = mix(sum, number[used - 1] + (uint32_t)used);
    }
    return sum;
}

/* The next state of 32 cells, from three rows of which each holds the cell's left and right. */
static uint32_t life_word(const uint32_t *up, const uint32_t *mid, const uint32_t *down)
{
    uint32_t n[8] = {up[0] << 1 | up[-1] >> 31,
                     up[0],
                     up[0] >> 1 | up[1] << 31,
                     mid[0] << 1 | mid[-1] >> 31,
                     mid[0] >> 1 | mid[1] << 31,
                     down[0] << 1 | down[-1] >> 31,
                     down[0],
                     down[0] >> 1 | down[1] << 31};
    uint32_t ones = 0, twos = 0, fours = 0;

    for (int i = 0; i < 8; i++) {
        uint32_t carry = ones & n[i];
        ones ^= n[i];
        fours |= twos & carry;
        twos ^= carry;
    }
    return twos & ~fours & (ones | mid[0]);
}

uint32_t integer_life(void)
{
    enum { W = 10, H = 258 };
    static uint32_t field[2][H][W];
    uint32_t state = 1, sum = 0;

    for (int y = 1; y < H - 1; y++)
        for (int x = 1; x < W - 1; x++)
            field[0][y][x] = random_next(&state) & random_next(&state);
    for (int turn = 0; turn < 3000; turn++) {
        uint32_t(*from)[W] = field[turn & 1], (*to)[W] = field[~turn & 1];
        for (int y = 1; y < H - 1; y++)
            for (int x = 1; x < W - 1; x++)
                to[y][x] = life_word(&from[y - 1][x], &from[y][x], &from[y + 1][x]);
    }
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            sum = mix(sum, field[0][y][x]);
    return sum;
}

static uint32_t pack(const unsigned char *in, int n, unsigned char *out, int32_t *heads)
{
    int at = 0, used = 0;

    memset(heads, 0xff, 4096 * sizeof *heads);
    while (at + 4 < n) {
        uint32_t key = (in[at] | in[at + 1] << 8 | in[at + 2] << 16) * 2654435761u >> 20;
        int32_t seen = heads[key];
        int length = 0;
        heads[key] = at;
        if (seen >= 0 && at - seen < 65536) {
            while (length < 255 && at + length < n && in[seen + length] == in[at + length])
                length++;
        }
        if (length > 3) {
            out[used++] = 0;
            out[used++] = (unsigned char)length;
            out[used++] = (unsigned char)(at - seen);
            out[used++] = (unsigned char)((at - seen) >> 8);
            at += length;
        } else {
            out[used++] = in[at++];
        }
    }
    return (uint32_t)used;
}

uint32_t integer_pack(void)
{
    enum { N = 400000 };
    const unsigned char *in = (unsigned char *)make_text(N);
    unsigned char *out = get_memory(2 * N);
    int32_t *heads = get_memory(4096 * sizeof *heads);
    uint32_t sum = 0;

    for (int round = 0; round < 35; round++) {
        uint32_t used = pack(in + round, N - round, out, heads);
        sum = mix(sum, used);
        for (uint32_t i = 0; i < used; i += 64)
            sum = mix(sum, out[i]);
    }
    return sum;
}
