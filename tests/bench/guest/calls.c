/* calls.c - benchmark programs of calls and returns; compiled without inlining. */
#include "work.h"

static uint32_t fib(uint32_t n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

uint32_t calls_fib(void)
{
    return fib(34);
}

static int tak(int x, int y, int z)
{
    return y >= x ? z : tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

uint32_t calls_tak(void)
{
    uint32_t sum = 0;

    for (int i = 0; i < 40; i++)
        sum = mix(sum, (uint32_t)tak(20, 12 + (i & 1), 6));
    return sum;
}

static uint32_t ackermann(uint32_t m, uint32_t n)
{
    if (m == 0)
        return n + 1;
    if (n == 0)
        return ackermann(m - 1, 1);
    return ackermann(m - 1, ackermann(m, n - 1));
}

uint32_t calls_ackermann(void)
{
    return mix(ackermann(3, 9), ackermann(2, 900));
}

static void hanoi(int n, int from, int to, int over, uint32_t pegs[3])
{
    if (n == 0)
        return;
    hanoi(n - 1, from, over, to, pegs);
    pegs[from]--;
    pegs[to] += (uint32_t)n;
    hanoi(n - 1, over, to, from, pegs);
}

uint32_t calls_hanoi(void)
{
    uint32_t pegs[3] = {0};

    hanoi(22, 0, 2, 1, pegs);
    return mix(mix(pegs[0], pegs[1]), pegs[2]);
}

static uint32_t leaf_add(uint32_t a, uint32_t b)
{
    return a + b;
}

static uint32_t leaf_twist(uint32_t a, int n)
{
    return a << n | a >> (32 - n);
}

static uint32_t leaf_pair(uint32_t a, uint32_t b, uint32_t c)
{
    return leaf_twist(leaf_add(a, b), 7) ^ leaf_add(b, c);
}

uint32_t calls_leaf(void)
{
    uint32_t a = 1, b = 2;

    for (uint32_t i = 0; i < 4000000; i++) {
        a = leaf_pair(a, b, i);
        b = leaf_add(b, a);
    }
    return mix(a, b);
}

static uint32_t expression(const char **p);

static uint32_t factor(const char **p)
{
    uint32_t value = 0;

    if (**p == '(') {
        ++*p;
        value = expression(p);
        ++*p;
        return value;
    }
    while (**p >= '0' && **p <= '9')
        value = value * 10 + (uint32_t)(*(*p)++ - '0');
    return value;
}

static uint32_t term(const char **p)
{
    uint32_t value = factor(p);

    while (**p == '*' || **p == '&') {
        char operation = *(*p)++;
        uint32_t right = factor(p);
        value = operation == '*' ? value * right : value & right;
    }
    return value;
}

static uint32_t expression(const char **p)
{
    uint32_t value = term(p);

    while (**p == '+' || **p == '-') {
        char operation = *(*p)++;
        uint32_t right = term(p);
        value = operation == '+' ? value + right : value - right;
    }
    return value;
}

uint32_t calls_parser(void)
{
    static const char *const texts[] = {"1+2*(3+4*(5-6))*(7+(8*9-(10+11)))", "((((((1))))))",
                                        "12*34*56-7&8+(9)*((10+1)*2)", "1+1+1+1+1+1+1+1+1"};
    uint32_t sum = 0;

    for (int i = 0; i < 500000; i++) {
        const char *p = texts[i & 3];
        sum = mix(sum, expression(&p));
    }
    return sum;
}
