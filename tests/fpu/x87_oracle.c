/* x87_oracle.c - compares every exact x87 instruction with the host's, in random states: x87_oracle
 * [COUNT [NAME]]. */
#include "fpu/x87_bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef bool compare_fn(const struct x87_case *, const struct x87_case *);

static unsigned long run(struct bench *b, struct rng *r, const struct x87_opcode *o,
                         unsigned long count, compare_fn *same)
{
    unsigned long bad = 0;

    for (unsigned long n = 0; n < count; n++) {
        struct x87_case start, host, soft;

        x87_case_make(r, &start, o->op);
        host = soft = start;
        host_x87_run(&host);
        soft_x87_run(b, &soft);
        if (same(&host, &soft))
            continue;
        if (bad++ < 3) {
            x87_case_print("from", &start);
            x87_case_print("host", &host);
            x87_case_print("soft", &soft);
        }
    }
    printf("%-16s %lu cases, %lu differ\n", o->name, count, bad);
    return bad;
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 0) : 20000, bad = 0;
    struct bench *b = malloc(sizeof(*b));
    struct rng r = {0x9e3779b97f4a7c15};

    if (!b || !host_x87_available()) {
        printf("no x87 on this host\n");
        free(b);
        return 77;
    }
    bench_init(b);
    for (unsigned i = 0; i < x87_exact_op_count; i++)
        if (argc < 3 || strcmp(argv[2], x87_exact_ops[i].name) == 0)
            bad += run(b, &r, &x87_exact_ops[i], count, x87_case_same);
    for (unsigned i = 0; i < x87_close_op_count; i++)
        if (argc < 3 || strcmp(argv[2], x87_close_ops[i].name) == 0)
            bad += run(b, &r, &x87_close_ops[i], count, x87_case_close);
    free(b);
    return bad != 0;
}
