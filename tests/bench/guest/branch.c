/* branch.c - benchmark programs of conditions and jumps. */
#include "work.h"

static int is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* Counts tokens of five kinds. */
static void lex(const char *p, uint32_t kinds[5])
{
    while (*p) {
        if (*p == ' ' || *p == '\n') {
            p++;
        } else if (is_letter(*p)) {
            while (is_letter(*p) || is_digit(*p))
                p++;
            kinds[0]++;
        } else if (is_digit(*p)) {
            while (is_digit(*p) || is_letter(*p))
                p++;
            kinds[1]++;
        } else if (*p == '"') {
            for (p++; *p && *p != '"'; p++)
                continue;
            p += *p == '"';
            kinds[2]++;
        } else if (*p == '(' || *p == ')' || *p == ';') {
            p++;
            kinds[3]++;
        } else {
            p++;
            kinds[4]++;
        }
    }
}

uint32_t branch_lexer(void)
{
    const char *text = make_text(300000);
    uint32_t kinds[5] = {0}, sum = 0;

    for (int round = 0; round < 70; round++)
        lex(text + round, kinds);
    for (int i = 0; i < 5; i++)
        sum = mix(sum, kinds[i]);
    return sum;
}

uint32_t branch_search(void)
{
    enum { N = 16384 };
    static uint32_t keys[N];
    uint32_t state = 3, sum = 0, last = 0;

    for (int i = 0; i < N; i++)
        keys[i] = last += random_next(&state) >> 15;
    for (int i = 0; i < 1800000; i++) {
        uint32_t want = random_next(&state) % last;
        int lo = 0, hi = N;
        while (lo < hi) {
            int mid = (lo + hi) >> 1;
            if (keys[mid] < want)
                lo = mid + 1;
            else
                hi = mid;
        }
        sum = mix(sum, (uint32_t)lo);
    }
    return sum;
}

uint32_t branch_collatz(void)
{
    uint32_t sum = 0;

    for (uint32_t start = 1; start < 500000; start++) {
        uint32_t n = start, steps = 0;
        while (n != 1 && n < 0x40000000) {
            if (n & 1)
                n = 3 * n + 1;
            else
                n >>= 1;
            steps++;
        }
        sum = mix(sum, steps);
    }
    return sum;
}

static uint32_t place_queens(int n)
{
    int column[16] = {0}, row = 0;
    uint32_t found = 0;

    column[0] = -1;
    while (row >= 0) {
        int ok = 0;
        while (!ok && ++column[row] < n) {
            ok = 1;
            for (int r = 0; r < row && ok; r++) {
                int d = column[row] - column[r];
                if (d == 0 || d == row - r || d == r - row)
                    ok = 0;
            }
        }
        if (!ok) {
            row--;
        } else if (row == n - 1) {
            found++;
        } else {
            column[++row] = -1;
        }
    }
    return found;
}

uint32_t branch_queens(void)
{
    uint32_t sum = 0;

    for (int n = 4; n <= 12; n++)
        sum = mix(sum, place_queens(n));
    return sum;
}

static void sift(int32_t *v, int root, int n)
{
    int32_t value = v[root];
    int child;

    while ((child = 2 * root + 1) < n) {
        if (child + 1 < n && v[child + 1] > v[child])
            child++;
        if (v[child] <= value)
            break;
        v[root] = v[child];
        root = child;
    }
    v[root] = value;
}

uint32_t branch_heap(void)
{
    enum { N = 100000 };
    int32_t *v = get_memory(N * sizeof *v);
    uint32_t state = 17, sum = 0;

    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < N; i++)
            v[i] = (int32_t)random_next(&state);
        for (int i = N / 2 - 1; i >= 0; i--)
            sift(v, i, N);
        for (int i = N - 1; i > 0; i--) {
            int32_t t = v[0];
            v[0] = v[i];
            v[i] = t;
            sift(v, 0, i);
        }
        for (int i = 0; i < N; i += 100)
            sum = mix(sum, (uint32_t)v[i]);
    }
    return sum;
}

uint32_t branch_filter(void)
{
    uint32_t state = 77, a = 0, b = 0, c = 0;

    for (int i = 0; i < 16000000; i++) {
        uint32_t r = random_next(&state);
        if (r & 1) {
            a += r >> 8;
            if (r & 0x700)
                b++;
        } else if ((r & 6) == 2 || (int32_t)r < -1000000000) {
            b ^= r;
        }
        if ((r & 0xf000) > 0x3000 && (r & 0xf0) < 0xb0)
            c += a ^ i;
        if (a > b)
            a -= 5;
    }
    return mix(mix(a, b), c);
}
