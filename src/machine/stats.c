/* stats.c - writes the engine's counts as JSON. */
#include "machine/stats.h"
#include <inttypes.h>
#include <stdio.h>
#include "base/err.h"
#include "machine/machine.h"
#include "translate/translate.h"

static double per(uint64_t a, uint64_t b)
{
    return b ? (double)a / (double)b : 0;
}

bool machine_write_stats(struct machine *m, const char *file, struct err *e)
{
    const struct engine_stats *s = engine_get_stats(m->engine);
    FILE *f = fopen(file, "w");

    if (!f)
        return err_errno(e, "cannot write %s", file);
    fprintf(f, "{\n  \"instructions\": %" PRIu64 ",\n  \"virtual_ns\": %" PRIu64, machine_count(m),
            clock_now(&m->clock));
#define STAT(name, what) fprintf(f, ",\n  \"" #name "\": %" PRIu64, s->name);
#include "translate/stats.def"
#undef STAT
    fprintf(f, ",\n  \"us_per_block\": %.3f", per(s->translate_ns, s->blocks) / 1e3);
    fprintf(f, ",\n  \"host_bytes_per_insn\": %.3f", per(s->host_bytes, s->guest_insns));
    fprintf(f, ",\n  \"insns_per_enter\": %.3f", per(machine_count(m), s->enters));
    fprintf(f, ",\n  \"lookup_hit_rate\": %.6f\n}\n", 1 - per(s->misses, s->lookups));
    if (fclose(f))
        return err_errno(e, "cannot write %s", file);
    return true;
}
