/* blocks.c - prints what is emitted for each block of blocks.def; tests/golden/run compares it.
 *
 * Usage: blocks [NAME]...    the blocks of these names, or all */
#include <capstone/capstone.h>
#include <string.h>
#include "base/err.h"
#include "golden.h"

static bool wanted(const struct sample *s, char **names)
{
    bool any = !*names;

    for (; *names; names++)
        any |= !strcmp(s->name, *names);
    return any;
}

static bool show(struct bench *m, const struct sample *s)
{
    struct block *b = bench_translate(m, s);
    bool good = listing(m, s, b, stdout);

    if (b->bytes != s->end - s->first) {
        fprintf(stderr, "%s: %u bytes are one block, of %u\n", s->name, b->bytes,
                (unsigned)(s->end - s->first));
        good = false;
    }
    if (s->forms == PLAIN)
        return good;
    b = bench_promote(m);
    if (!b)
        fprintf(stderr, "%s: is not promoted\n", s->name);
    return b && listing(m, s, b, stdout) && good;
}

int main(int argc, char **argv)
{
    struct bench m;
    struct err e = {""};
    int bad = 0, major, minor;

    (void)argc;
    if (!bench_init(&m, &e)) {
        fprintf(stderr, "%s\n", e.msg);
        return 2;
    }
    cs_version(&major, &minor);
    printf("Capstone %d\n\n", major);
    for (unsigned n = 0; n < samples_count; n++) {
        if (!wanted(&samples[n], argv + 1) || show(&m, &samples[n]))
            continue;
        fprintf(stderr, "%s: not as it should be\n", samples[n].name);
        bad = 1;
    }
    bench_fini(&m);
    return bad;
}
