/* system.c - benchmark programs of system calls, processes, page faults and pipes. */
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "work.h"

enum { PAGE = 4096 };

uint32_t syscall_int80(void)
{
    uint32_t same = 0;
    long first = getppid(), got;

    for (int i = 0; i < 300000; i++) {
        __asm__ volatile("int $0x80" : "=a"(got) : "a"(SYS_getppid) : "memory");
        same += got == first;
    }
    return same;
}

/* Through the kernel's page, which takes SYSENTER where the processor has it. */
uint32_t syscall_vdso(void)
{
    uintptr_t entry = getauxval(AT_SYSINFO);
    uint32_t same = 0;
    long first = getppid(), got;

    for (int i = 0; i < 300000; i++) {
        if (entry)
            __asm__ volatile("call *%2" : "=a"(got) : "a"(SYS_getppid), "r"(entry) : "memory");
        else
            got = syscall(SYS_getppid);
        same += got == first;
    }
    return same;
}

uint32_t syscall_null(void)
{
    int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
    uint32_t sum = 0;
    char c = 1;

    must(zero >= 0 && null >= 0, "open");
    for (int i = 0; i < 100000; i++) {
        sum += (uint32_t)write(null, &c, 1);
        sum += (uint32_t)read(zero, &c, 1);
    }
    close(zero);
    close(null);
    return sum + (uint32_t)c;
}

static volatile sig_atomic_t signals;

static void on_signal(int number)
{
    signals += number == SIGUSR1;
}

uint32_t syscall_signal(void)
{
    signal(SIGUSR1, on_signal);
    for (int i = 0; i < 40000; i++)
        raise(SIGUSR1);
    return (uint32_t)signals;
}

uint32_t syscall_file(void)
{
    char path[] = "/tmp/bench-XXXXXX", buf[PAGE];
    uint32_t sum = 0;
    int fd = mkstemp(path);

    must(fd >= 0, "mkstemp");
    memset(buf, 7, sizeof buf);
    for (int i = 0; i < 25000; i++) {
        buf[i & 4095]++;
        sum += (uint32_t)pwrite(fd, buf, sizeof buf, (i & 15) * PAGE);
        sum += (uint32_t)pread(fd, buf, sizeof buf, (i * 3 & 15) * PAGE) ? 1 : 0;
        sum = mix(sum, (uint32_t)lseek(fd, 0, SEEK_END) >> 18);
    }
    close(fd);
    unlink(path);
    return sum;
}

static uint32_t wait_for(pid_t child)
{
    int status;

    must(child > 0 && waitpid(child, &status, 0) == child, "fork");
    return (uint32_t)WEXITSTATUS(status);
}

uint32_t process_fork(void)
{
    uint32_t sum = 0;

    for (int i = 0; i < 700; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(i & 127);
        sum = mix(sum, wait_for(child));
    }
    return sum;
}

/* The program itself with "list" as its argument, output discarded. */
uint32_t process_exec(void)
{
    char self[512];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    uint32_t sum = 0;

    must(n > 0, "readlink");
    self[n] = 0;
    for (int i = 0; i < 250; i++) {
        pid_t child = fork();
        if (child == 0) {
            dup2(open("/dev/null", O_WRONLY), 1);
            execl(self, self, "list", (char *)NULL);
            _exit(99);
        }
        sum = mix(sum, wait_for(child));
    }
    return sum;
}

static void *thread_main(void *argument)
{
    *(uint32_t *)argument *= 3;
    return argument;
}

uint32_t process_thread(void)
{
    uint32_t value = 1;

    for (int i = 0; i < 2500; i++) {
        pthread_t thread;
        must(pthread_create(&thread, NULL, thread_main, &value) == 0, "pthread_create");
        pthread_join(thread, NULL);
    }
    return value;
}

static unsigned char *map_pages(size_t pages)
{
    void *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    must(p != MAP_FAILED, "mmap");
    return p;
}

uint32_t fault_touch(void)
{
    enum { PAGES = 256 };
    uint32_t sum = 0;

    for (int round = 0; round < 200; round++) {
        unsigned char *p = map_pages(PAGES);
        for (int i = 0; i < PAGES; i++) {
            p[i * PAGE + round]++;
            sum += p[i * PAGE + round] + p[i * PAGE + 4095];
        }
        munmap(p, PAGES * PAGE);
    }
    return sum;
}

uint32_t fault_cow(void)
{
    enum { PAGES = 256 };
    unsigned char *p = map_pages(PAGES);
    uint32_t sum = 0;

    memset(p, 1, PAGES * PAGE);
    for (int round = 0; round < 60; round++) {
        pid_t child = fork();
        if (child == 0) {
            for (int i = 0; i < PAGES; i++)
                p[i * PAGE] += (unsigned char)round;
            _exit(p[7 * PAGE] & 127);
        }
        sum = mix(sum, wait_for(child));
        p[(round & 255) * PAGE]++;
    }
    return sum;
}

static unsigned char *guarded;

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    if (info->si_addr != guarded)
        _exit(3);
    mprotect(guarded, PAGE, PROT_READ | PROT_WRITE);
}

uint32_t fault_protect(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

    guarded = map_pages(1);
    sigaction(SIGSEGV, &action, NULL);
    for (int i = 0; i < 20000; i++) {
        mprotect(guarded, PAGE, PROT_READ);
        ++*(volatile unsigned char *)guarded;
    }
    return *guarded;
}

/* A child that sends back what it gets, plus one, until end of file. */
static pid_t start_echo(int in, int out, int unused1, int unused2)
{
    pid_t child = fork();
    char c;

    if (child)
        return child;
    close(unused1);
    close(unused2);
    while (read(in, &c, 1) == 1) {
        c++;
        if (write(out, &c, 1) != 1)
            break;
    }
    _exit(0);
}

uint32_t pipe_pingpong(void)
{
    int there[2], back[2];
    char c = 0;

    must(pipe(there) == 0 && pipe(back) == 0, "pipe");
    pid_t child = start_echo(there[0], back[1], there[1], back[0]);
    for (int i = 0; i < 8000; i++)
        must(write(there[1], &c, 1) == 1 && read(back[0], &c, 1) == 1, "a turn");
    close(there[1]);
    return mix(wait_for(child), (uint32_t)c);
}

uint32_t pipe_bulk(void)
{
    enum { BLOCK = 32768 };
    static char buf[BLOCK];
    int fds[2];
    uint32_t total = 0;
    ssize_t n;

    must(pipe(fds) == 0, "pipe");
    pid_t child = fork();
    if (child == 0) {
        close(fds[0]);
        for (int i = 0; i < 3000; i++) {
            buf[i] = (char)i;
            must(write(fds[1], buf, BLOCK) == BLOCK, "write");
        }
        _exit(0);
    }
    close(fds[1]);
    while ((n = read(fds[0], buf, BLOCK)) > 0)
        total += (uint32_t)n;
    return mix(mix(wait_for(child), total), (uint32_t)buf[2999]);
}

uint32_t pipe_sockets(void)
{
    int fds[2];
    char message[200] = {0};

    must(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0, "socketpair");
    pid_t child = fork();
    if (child == 0) {
        close(fds[0]);
        for (int i = 0; i < 5000; i++) {
            must(recv(fds[1], message, sizeof message, 0) == sizeof message, "recv");
            message[i % 200]++;
            must(send(fds[1], message, sizeof message, 0) == sizeof message, "send");
        }
        _exit(0);
    }
    for (int i = 0; i < 5000; i++) {
        must(send(fds[0], message, sizeof message, 0) == sizeof message, "send");
        must(recv(fds[0], message, sizeof message, 0) == sizeof message, "recv");
    }
    return mix(wait_for(child), (uint32_t)message[100]);
}
