/* chase.c - benchmark programs that follow pointers. */
#include "work.h"

struct node {
    struct node *next;
    uint32_t value[3];
};

/* A ring of n nodes in random order (Sattolo's shuffle). */
static struct node *make_ring(uint32_t n)
{
    struct node *nodes = get_memory(n * sizeof *nodes);
    uint32_t *order = get_memory(n * sizeof *order), state = 21;

    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    for (uint32_t i = n - 1; i > 0; i--) {
        uint32_t j = random_next(&state) % i, t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
    for (uint32_t i = 0; i < n; i++) {
        nodes[order[i]].next = &nodes[order[(i + 1) % n]];
        nodes[order[i]].value[0] = i;
    }
    return nodes;
}

static uint32_t walk(struct node *p, uint32_t steps)
{
    uint32_t sum = 0;

    while (steps--) {
        sum += p->value[0];
        p = p->next;
    }
    return sum;
}

uint32_t chase_near(void)
{
    return walk(make_ring(1024), 60000000);
}

uint32_t chase_far(void)
{
    return walk(make_ring(1 << 20), 1000000);
}

struct leaf {
    struct leaf *child[2];
    uint32_t key;
};

uint32_t chase_tree(void)
{
    enum { N = 60000 };
    struct leaf *leaves = get_memory(N * sizeof *leaves), *root = NULL;
    uint32_t state = 31, sum = 0;

    for (int i = 0; i < N; i++) {
        struct leaf **at = &root;
        leaves[i].key = random_next(&state);
        while (*at)
            at = &(*at)->child[leaves[i].key > (*at)->key];
        *at = &leaves[i];
    }
    for (int i = 0; i < 600000; i++) {
        uint32_t key = random_next(&state), depth = 0;
        for (struct leaf *p = root; p && p->key != key; p = p->child[key > p->key])
            depth++;
        sum = mix(sum, depth);
    }
    return sum;
}

uint32_t chase_hash(void)
{
    enum { BUCKETS = 4096, N = 20000 };
    static struct node *heads[BUCKETS];
    struct node *nodes = get_memory(N * sizeof *nodes);
    uint32_t state = 41, sum = 0;

    for (uint32_t i = 0; i < N; i++) {
        struct node **head = &heads[i * 2654435761u >> 20];
        nodes[i] = (struct node){*head, {i, i * 3, 0}};
        *head = &nodes[i];
    }
    for (int i = 0; i < 4000000; i++) {
        uint32_t key = random_next(&state) % (N + N / 8);
        struct node *p = heads[key * 2654435761u >> 20];
        while (p && p->value[0] != key)
            p = p->next;
        sum += p ? p->value[1] + p->value[2]++ : 1;
    }
    return sum;
}
