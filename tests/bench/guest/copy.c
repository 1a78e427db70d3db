/* copy.c - benchmark programs of copies and string instructions; compiled so that a loop stays a
 * loop. */
#include "work.h"

enum { SIZE = 65536 };

static void rep_movsd(void *to, const void *from, uint32_t words)
{
    __asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

static void rep_movsb(void *to, const void *from, uint32_t bytes)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static uint32_t sum_of(const void *data, uint32_t bytes)
{
    const unsigned char *p = data;
    uint32_t sum = 0;

    for (uint32_t i = 0; i < bytes; i++)
        sum = mix(sum, p[i]);
    return sum;
}

uint32_t copy_rep_movsd(void)
{
    char *a = make_text(SIZE), *b = get_memory(SIZE);

    for (int round = 0; round < 4000; round++) {
        rep_movsd(b, a + round % 64, SIZE / 4 - 16);
        rep_movsd(a, b, SIZE / 4 - 16);
    }
    return sum_of(b, SIZE);
}

uint32_t copy_rep_movsb(void)
{
    char *a = make_text(SIZE), *b = get_memory(SIZE);

    for (int round = 0; round < 100000; round++)
        rep_movsb(b + (round * 7 & 0x7fff), a + (round * 13 & 0x7fff), 1000);
    return sum_of(b, SIZE);
}

uint32_t copy_rep_short(void)
{
    uint32_t *a = (uint32_t *)make_text(SIZE), *b = get_memory(SIZE);

    for (uint32_t round = 0; round < 4000000; round++)
        rep_movsd(b + (round * 5 & 0x1fff), a + (round * 3 & 0x1fff), 3 + (round & 15));
    return sum_of(b, SIZE);
}

uint32_t copy_rep_stosd(void)
{
    uint32_t *b = get_memory(SIZE), sum = 0;

    for (uint32_t round = 0; round < 12000; round++) {
        void *to = b;
        uint32_t n = SIZE / 4;
        __asm__ volatile("rep stosl" : "+D"(to), "+c"(n) : "a"(round) : "memory");
        sum = mix(sum, b[round]);
    }
    return sum;
}

uint32_t copy_rep_stosb(void)
{
    char *b = get_memory(SIZE);

    for (uint32_t round = 0; round < 250000; round++) {
        void *to = b + (round * 11 & 0x7fff);
        uint32_t n = 777;
        __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(round) : "memory");
    }
    return sum_of(b, SIZE);
}

uint32_t copy_scasb(void)
{
    char *a = make_text(SIZE);
    uint32_t sum = 0;

    a[2000] = 0;
    for (int round = 0; round < 60000; round++) {
        const char *p = a + (round & 1023);
        uint32_t n = ~0u;
        __asm__ volatile("repne scasb" : "+D"(p), "+c"(n) : "a"(0) : "memory", "cc");
        sum = mix(sum, ~n);
    }
    return sum;
}

uint32_t copy_cmpsb(void)
{
    char *a = make_text(SIZE), *b = make_text(SIZE);
    uint32_t sum = 0;

    for (int round = 0; round < 50000; round++) {
        const char *p = a, *q = b;
        uint32_t n = 2000;
        b[1000 + (round & 511)] ^= 1;
        __asm__ volatile("repe cmpsb" : "+S"(p), "+D"(q), "+c"(n) : : "memory", "cc");
        sum = mix(sum, n);
        b[1000 + (round & 511)] ^= 1;
    }
    return sum;
}

uint32_t copy_lodsb(void)
{
    char *a = make_text(SIZE), *b = get_memory(SIZE);

    for (int round = 0; round < 600; round++) {
        const char *from = a;
        char *to = b;
        uint32_t n = SIZE;
        __asm__ volatile("1: lodsb\n\t"
                         "xorb $0x20, %%al\n\t"
                         "stosb\n\t"
                         "decl %%ecx\n\t"
                         "jnz 1b"
                         : "+S"(from), "+D"(to), "+c"(n)
                         :
                         : "eax", "memory", "cc");
        a[round] = b[round + 1];
    }
    return sum_of(b, SIZE);
}

uint32_t copy_words(void)
{
    uint32_t *a = (uint32_t *)make_text(SIZE), *b = get_memory(SIZE);

    for (int round = 0; round < 6000; round++) {
        for (int i = 0; i < SIZE / 4; i++)
            b[i] = a[i];
        a[round] ^= b[round + 1];
    }
    return sum_of(b, SIZE);
}

uint32_t copy_bytes(void)
{
    char *a = make_text(SIZE), *b = get_memory(SIZE);

    for (int round = 0; round < 1600; round++) {
        for (int i = 0; i < SIZE; i++)
            b[i] = a[i];
        a[round] ^= b[round + 1];
    }
    return sum_of(b, SIZE);
}

uint32_t copy_back(void)
{
    uint32_t *a = (uint32_t *)make_text(SIZE);

    for (int round = 0; round < 6000; round++) {
        uint32_t first = a[SIZE / 4 - 1];
        for (int i = SIZE / 4 - 1; i > 0; i--)
            a[i] = a[i - 1];
        a[0] = first;
    }
    return sum_of(a, SIZE);
}

static uint32_t length(const char *s)
{
    const char *p = s;

    while (*p)
        p++;
    return (uint32_t)(p - s);
}

static const char *find(const char *s, char c)
{
    while (*s && *s != c)
        s++;
    return *s == c ? s : NULL;
}

static int differ(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a - *b;
}

uint32_t copy_length(void)
{
    char *a = make_text(4096), *b = make_text(4096);
    uint32_t sum = 0;

    for (int round = 0; round < 8000; round++) {
        b[4000 - (round & 1023)] ^= 1;
        sum = mix(sum, length(a + (round & 255)));
        sum = mix(sum, find(a, '~') ? 1 : 2);
        sum = mix(sum, (uint32_t)differ(a, b));
        b[4000 - (round & 1023)] ^= 1;
    }
    return sum;
}
