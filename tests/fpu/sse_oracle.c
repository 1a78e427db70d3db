/* sse_oracle.c - compares softfloat's single and double arithmetic with the host's SSE2: sse_oracle
 * [COUNT]. */
#include "fpu/sse_host.h"
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 0) : 20000, bad = 0;
    struct rng r = {0x9e3779b97f4a7c15};

    if (!host_x87_available()) {
        printf("no SSE on this host\n");
        return 77;
    }
    for (unsigned i = 0; i < sse_op_count; i++) {
        unsigned long n = sse_compare(&sse_ops[i], &r, count, 3);
        printf("%-12s %lu cases, %lu differ\n", sse_ops[i].name, count, n);
        bad += n;
    }
    return bad != 0;
}
