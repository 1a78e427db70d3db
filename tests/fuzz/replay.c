/* replay.c - runs kept inputs through the fuzz targets, or new ones, without libFuzzer.
 *
 *     replay CORPUS                      every input below CORPUS/TARGET/
 *     replay -t TARGET [-v] FILE...      these; -v lists what is run
 *     replay -t TARGET -g N [-s SEED]    N new inputs, made from the opcode rows
 *     replay -t TARGET -g N -o DIRECTORY kept there as files, and not run
 *     replay -p PACK DIRECTORY           makes one file of the files of a directory
 *     replay -u PACK DIRECTORY           and files of one
 *
 * A file *.pack holds many inputs: before each, its length in four bytes, low byte first. */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/bits.h"
#include "base/bytes.h"
#include "base/err.h"
#include "fuzz.h"

bool fuzz_verbose;

struct input {
    uint8_t *data;
    size_t size;
};

static char now_running[256] = "?";

_Noreturn void fuzz_fail(const char *fmt, ...)
{
    va_list ap;

    fflush(stdout);
    fprintf(stderr, "fuzz: ");
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\n  input: %s\n", now_running);
    abort();
}

/* Which input it was, when the host's processor ends it. */
static void on_signal(int sig)
{
    ssize_t n =
        write(2, "input: ", 7) + write(2, now_running, strlen(now_running)) + write(2, "\n", 1);

    (void)n;
    signal(sig, SIG_DFL);
    raise(sig);
}

static void watch_signals(void)
{
    static const int sigs[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};

    for (size_t n = 0; n < ARRAY_LEN(sigs); n++)
        signal(sigs[n], on_signal);
}

_Noreturn static void give_up(const char *what, const char *name)
{
    fprintf(stderr, "replay: %s '%s': %s\n", what, name, strerror(errno));
    exit(2);
}

static struct input read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct input in = {NULL, 0};
    long size;

    if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0)
        give_up("cannot read", path);
    rewind(f);
    in.size = (size_t)size;
    in.data = xmalloc(in.size + 1);
    if (fread(in.data, 1, in.size, f) != in.size)
        give_up("cannot read", path);
    fclose(f);
    return in;
}

/* A copy of the exact size, so that a sanitizer sees a read beyond it. */
static void run_one(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    memcpy(copy, data, size);
    t->run(copy, size);
    free(copy);
}

static bool is_pack(const char *path)
{
    size_t n = strlen(path);

    return n > 5 && !strcmp(path + n - 5, ".pack");
}

static unsigned run_file(const struct fuzz_target *t, const char *path)
{
    struct input in = read_file(path);
    unsigned count = 0;

    for (size_t at = 0; is_pack(path) && at + 4 <= in.size; count++) {
        size_t size = le32_get(in.data + at);
        if (size > in.size - at - 4)
            give_up("cut short", path);
        snprintf(now_running, sizeof now_running, "%s, number %u", path, count);
        run_one(t, in.data + at + 4, size);
        at += 4 + size;
    }
    if (!is_pack(path)) {
        snprintf(now_running, sizeof now_running, "%s", path);
        run_one(t, in.data, in.size);
        count = 1;
    }
    free(in.data);
    return count;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_dots(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static unsigned run_folder(const struct fuzz_target *t, const char *folder)
{
    struct dirent **names;
    char path[1300];
    unsigned count = 0;
    int n = scandir(folder, &names, no_dots, by_name);

    if (n < 0)
        give_up("no folder", folder);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        count += run_file(t, path);
        free(names[i]);
    }
    free(names);
    return count;
}

static int run_corpus(const char *corpus)
{
    char path[1024];

    for (size_t n = 0; n < fuzz_target_count; n++) {
        snprintf(path, sizeof path, "%s/%s", corpus, fuzz_targets[n].name);
        printf("%s: %u inputs\n", fuzz_targets[n].name, run_folder(&fuzz_targets[n], path));
        fflush(stdout);
    }
    return 0;
}

static void keep(const char *folder, uint64_t seed, const uint8_t *data, size_t size)
{
    char path[1024];
    FILE *f;

    snprintf(path, sizeof path, "%s/seed-%" PRIu64, folder, seed);
    f = fopen(path, "wb");
    if (!f || fwrite(data, 1, size, f) != size || fclose(f))
        give_up("cannot write", path);
}

static int run_new(const struct fuzz_target *t, uint64_t count, uint64_t seed, const char *folder)
{
    uint8_t data[INPUT_MAX];

    for (uint64_t n = 0; n < count; n++) {
        size_t size = t->make(data, sizeof data, seed + n);

        snprintf(now_running, sizeof now_running, "-t %s -g 1 -s %" PRIu64, t->name, seed + n);
        if (folder)
            keep(folder, seed + n, data, size);
        else
            run_one(t, data, size);
    }
    printf("%s: %" PRIu64 " new inputs, from seed %" PRIu64 "\n", t->name, count, seed);
    return 0;
}

static int pack(const char *to, const char *folder)
{
    FILE *f = fopen(to, "wb");
    struct dirent **names;
    char path[1300];
    int n = scandir(folder, &names, no_dots, by_name);

    if (!f || n < 0)
        give_up("cannot pack", f ? folder : to);
    for (int i = 0; i < n; i++) {
        struct input in;
        uint8_t size[4];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        in = read_file(path);
        le32_put(size, (uint32_t)in.size);
        fwrite(size, 1, 4, f);
        fwrite(in.data, 1, in.size, f);
        free(in.data);
        free(names[i]);
    }
    free(names);
    if (fclose(f))
        give_up("cannot write", to);
    return 0;
}

static int unpack(const char *from, const char *folder)
{
    struct input in = read_file(from);
    unsigned count = 0;
    char path[1024];

    for (size_t at = 0, size; at + 4 <= in.size; at += 4 + size, count++) {
        FILE *f;
        size = le32_get(in.data + at);
        snprintf(path, sizeof path, "%s/%05u", folder, count);
        f = fopen(path, "wb");
        if (size > in.size - at - 4 || !f || fwrite(in.data + at + 4, 1, size, f) != size ||
            fclose(f))
            give_up("cannot unpack", path);
    }
    free(in.data);
    return 0;
}

int main(int argc, char **argv)
{
    const struct fuzz_target *t = NULL;
    const char *packing = NULL, *unpacking = NULL, *folder = NULL;
    uint64_t count = 0, seed = 1;
    int opt;

    while ((opt = getopt(argc, argv, "t:g:s:o:p:u:v")) != -1) {
        switch (opt) {
        case 't':
            t = fuzz_target_find(optarg);
            break;
        case 'g':
            count = strtoull(optarg, NULL, 0);
            break;
        case 's':
            seed = strtoull(optarg, NULL, 0);
            break;
        case 'o':
            folder = optarg;
            break;
        case 'p':
            packing = optarg;
            break;
        case 'u':
            unpacking = optarg;
            break;
        case 'v':
            fuzz_verbose = true;
            break;
        default:
            return 2;
        }
    }
    watch_signals();
    if (packing || unpacking)
        return packing ? pack(packing, argv[optind]) : unpack(unpacking, argv[optind]);
    if (t && count)
        return run_new(t, count, seed, folder);
    for (int n = optind; t && n < argc; n++)
        run_file(t, argv[n]);
    return t ? 0 : run_corpus(optind < argc ? argv[optind] : CORPUS);
}
