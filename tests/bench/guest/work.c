/* work.c - runs one benchmark program, or times a command, between two marks on the output.
 *
 * Usage: work list | work CLASS/NAME | work CLASS/NAME COMMAND [ARGUMENT]...
 *
 * BENCH-END carries the checksum (of a command: that of its output), the microseconds of
 * processor time, and the difference of the time-stamp counter. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "work.h"

struct work {
    const char *name;
    uint32_t (*run)(void);
    const char *what;
};

static const struct work works[] = {
#define WORK(class, name, what) {#class "/" #name, class##_##name, what},
#include "programs.def"
#undef WORK
};
#define N_WORKS (sizeof works / sizeof *works)

void must(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "work: %s failed\n", what);
    exit(1);
}

void *get_memory(size_t bytes)
{
    void *p = calloc(1, bytes);

    must(p != NULL, "calloc");
    return p;
}

char *make_text(size_t bytes)
{
    static const char *const words[] = {"the",      "count", "of",    "x1",    "= 42;",
                                        "if (",     "page",  "0x7f",  "and",   "processor",
                                        "\"text\"", "+",     "while", "a_name"};
    char *text = get_memory(bytes + 1);
    uint32_t state = 12345;
    size_t at = 0;

    while (at + 16 < bytes) {
        uint32_t r = random_next(&state);
        at += (size_t)sprintf(text + at, "%s%c", words[r % 14], r >> 28 ? ' ' : '\n');
    }
    memset(text + at, ' ', bytes - at);
    return text;
}

/* Reads until the buffer is full or the file ends. */
static size_t read_all(int fd, void *buf, size_t size)
{
    size_t got = 0;
    ssize_t n;

    while (got < size && (n = read(fd, (char *)buf + got, size - got)) > 0)
        got += (size_t)n;
    return got;
}

/* The checksum of the command's output; ends the program when the command fails. */
static uint32_t run_command(char **argv)
{
    int fds[2], status;
    uint32_t sum = 0, buf[4096];
    size_t n;

    must(pipe(fds) == 0, "pipe");
    pid_t child = fork();
    must(child >= 0, "fork");
    if (child == 0) {
        dup2(fds[1], 1);
        close(fds[0]);
        close(fds[1]);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(fds[1]);
    do {
        memset(buf, 0, sizeof buf);
        n = read_all(fds[0], buf, sizeof buf);
        for (size_t i = 0; i < n; i += 4)
            sum = mix(sum, buf[i / 4]);
        sum = mix(sum, (uint32_t)n);
    } while (n == sizeof buf);
    must(waitpid(child, &status, 0) == child && status == 0, argv[argv[2] ? 2 : 0]);
    return sum;
}

static uint64_t microseconds(int who)
{
    struct rusage r;

    getrusage(who, &r);
    return (uint64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

static uint64_t time_stamp(void)
{
    uint64_t t;

    __asm__ volatile("rdtsc" : "=A"(t));
    return t;
}

static void timed(const char *name, const struct work *w, char **command)
{
    printf("BENCH-BEGIN %s\n", name);
    fflush(stdout);
    tcdrain(1);
    uint64_t us = microseconds(RUSAGE_SELF) + microseconds(RUSAGE_CHILDREN);
    uint64_t tsc = time_stamp();
    uint32_t sum = w ? w->run() : run_command(command);
    tsc = time_stamp() - tsc;
    us = microseconds(RUSAGE_SELF) + microseconds(RUSAGE_CHILDREN) - us;
    printf("BENCH-END %s %08x %llu %llu\n", name, (unsigned)sum, (unsigned long long)us,
           (unsigned long long)tsc);
    fflush(stdout);
    tcdrain(1);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        for (size_t i = 0; i < N_WORKS; i++)
            printf("%s %s\n", works[i].name, works[i].what);
        return 0;
    }
    if (argc > 2) {
        timed(argv[1], NULL, argv + 2);
        return 0;
    }
    for (size_t i = 0; argc == 2 && i < N_WORKS; i++) {
        if (strcmp(argv[1], works[i].name) == 0) {
            timed(argv[1], &works[i], NULL);
            return 0;
        }
    }
    fprintf(stderr, "work: no such program; try: work list\n");
    return 1;
}
