/* indirect.c - benchmark programs of calls and jumps through pointers and tables. */
#include "work.h"

typedef uint32_t operation(uint32_t a, uint32_t b);

static uint32_t op_add(uint32_t a, uint32_t b)
{
    return a + b;
}
static uint32_t op_sub(uint32_t a, uint32_t b)
{
    return a - b;
}
static uint32_t op_xor(uint32_t a, uint32_t b)
{
    return a ^ b;
}
static uint32_t op_mul(uint32_t a, uint32_t b)
{
    return a * (b | 1);
}
static uint32_t op_rot(uint32_t a, uint32_t b)
{
    return a << 5 | a >> 27 | (b & 1);
}
static uint32_t op_neg(uint32_t a, uint32_t b)
{
    return b - a;
}
static uint32_t op_and(uint32_t a, uint32_t b)
{
    return (a & b) + 1;
}
static uint32_t op_or(uint32_t a, uint32_t b)
{
    return (a | b) - 1;
}

static operation *volatile const operations[8] = {op_add, op_sub, op_xor, op_mul,
                                                  op_rot, op_neg, op_and, op_or};

uint32_t indirect_pointers(void)
{
    uint32_t state = 9, a = 1;

    for (uint32_t i = 0; i < 6000000; i++) {
        uint32_t r = random_next(&state);
        a = operations[r & 7](a, r);
    }
    return a;
}

uint32_t indirect_same(void)
{
    uint32_t a = 1;

    for (uint32_t i = 0; i < 12000000; i++)
        a = operations[4](a, i);
    return a;
}

enum code { PUSH, ADD, SUB, MUL, DUP, SWAP, DROP, LOAD, STORE, LOOP, HALT };

/* Sums and products in a loop of 1000 turns: register 0 counts, register 1 gathers. */
static const unsigned char program[] = {
    PUSH,          250, DUP,  STORE, 0,    PUSH, 4,   MUL, STORE, 0,    PUSH, 1,   STORE, 1,
    /* 14 */ LOAD, 1,   PUSH, 31,    MUL,  LOAD, 0,   ADD, DUP,   PUSH, 3,    SUB, SWAP,  DROP,
    STORE,         1,   LOOP, 14,    LOAD, 1,    HALT};

static uint32_t by_switch(const unsigned char *code)
{
    uint32_t stack[16], reg[4] = {0}, t;
    uint32_t *sp = stack;

    for (const unsigned char *pc = code;;) {
        switch (*pc++) {
        case PUSH:
            *sp++ = *pc++;
            break;
        case ADD:
            sp--;
            sp[-1] += *sp;
            break;
        case SUB:
            sp--;
            sp[-1] -= *sp;
            break;
        case MUL:
            sp--;
            sp[-1] *= *sp;
            break;
        case DUP:
            *sp = sp[-1];
            sp++;
            break;
        case SWAP:
            t = sp[-1];
            sp[-1] = sp[-2];
            sp[-2] = t;
            break;
        case DROP:
            sp--;
            break;
        case LOAD:
            *sp++ = reg[*pc++];
            break;
        case STORE:
            reg[*pc++] = *--sp;
            break;
        case LOOP:
            pc = --reg[0] ? code + *pc : pc + 1;
            break;
        default:
            return sp[-1];
        }
    }
}

uint32_t indirect_bytecode(void)
{
    uint32_t sum = 0;

    for (int i = 0; i < 1000; i++)
        sum = mix(sum, by_switch(program));
    return sum;
}

static uint32_t by_threads(const unsigned char *code)
{
    static const void *const labels[] = {&&push, &&add,  &&sub,   &&mul,  &&dup, &&swap,
                                         &&drop, &&load, &&store, &&loop, &&halt};
    uint32_t stack[16], reg[4] = {0}, t;
    uint32_t *sp = stack;
    const unsigned char *pc = code;

#define NEXT goto *labels[*pc++]
    NEXT;
push:
    *sp++ = *pc++;
    NEXT;
add:
    sp--;
    sp[-1] += *sp;
    NEXT;
sub:
    sp--;
    sp[-1] -= *sp;
    NEXT;
mul:
    sp--;
    sp[-1] *= *sp;
    NEXT;
dup:
    *sp = sp[-1];
    sp++;
    NEXT;
swap:
    t = sp[-1];
    sp[-1] = sp[-2];
    sp[-2] = t;
    NEXT;
drop:
    sp--;
    NEXT;
load:
    *sp++ = reg[*pc++];
    NEXT;
store:
    reg[*pc++] = *--sp;
    NEXT;
loop:
    pc = --reg[0] ? code + *pc : pc + 1;
    NEXT;
halt:
    return sp[-1];
#undef NEXT
}

uint32_t indirect_threaded(void)
{
    uint32_t sum = 0;

    for (int i = 0; i < 2000; i++)
        sum = mix(sum, by_threads(program));
    return sum;
}

struct shape;
struct shape_class {
    uint32_t (*area)(const struct shape *s);
    void (*grow)(struct shape *s, uint32_t by);
};
struct shape {
    const struct shape_class *class;
    uint32_t w, h;
};

static uint32_t box_area(const struct shape *s)
{
    return s->w * s->h;
}
static uint32_t disc_area(const struct shape *s)
{
    return s->w * s->w * 22 / 7;
}
static uint32_t line_area(const struct shape *s)
{
    return s->h & 1;
}
static void grow_both(struct shape *s, uint32_t by)
{
    s->w += by;
    s->h += by;
}
static void grow_wide(struct shape *s, uint32_t by)
{
    s->w += 2 * by;
}

static const struct shape_class shape_classes[3] = {
    {box_area, grow_both}, {disc_area, grow_wide}, {line_area, grow_both}};

uint32_t indirect_objects(void)
{
    static struct shape shapes[300];
    uint32_t state = 8, sum = 0;

    for (int i = 0; i < 300; i++)
        shapes[i] = (struct shape){&shape_classes[random_next(&state) % 3], i, i + 1};
    for (int round = 0; round < 30000; round++) {
        for (int i = 0; i < 300; i++) {
            struct shape *s = &shapes[i];
            if (s->class->area(s) & 4)
                s->class->grow(s, 1);
            sum += s->w;
        }
    }
    return sum;
}

static int less_first(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

/* A sort by merging in which each comparison is a call through a pointer. */
static void merge_sort(uint32_t *v, uint32_t *spare, int n,
                       int (*compare)(const void *a, const void *b))
{
    int half = n / 2, i = 0, j = half, k = 0;

    if (n < 2)
        return;
    merge_sort(v, spare, half, compare);
    merge_sort(v + half, spare, n - half, compare);
    while (i < half && j < n)
        spare[k++] = compare(&v[i], &v[j]) <= 0 ? v[i++] : v[j++];
    while (i < half)
        spare[k++] = v[i++];
    for (i = 0; i < k; i++)
        v[i] = spare[i];
}

uint32_t indirect_compare(void)
{
    enum { N = 100000 };
    uint32_t *v = get_memory(N * sizeof *v), *spare = get_memory(N * sizeof *v);
    uint32_t state = 4, sum = 0;
    int (*volatile compare)(const void *a, const void *b) = less_first;

    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < N; i++)
            v[i] = random_next(&state);
        merge_sort(v, spare, N, compare);
        for (int i = 0; i < N; i += 100)
            sum = mix(sum, v[i]);
    }
    return sum;
}
