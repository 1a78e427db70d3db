/* smc.c - benchmark programs that write code and run it. */
#include <string.h>
#include <sys/mman.h>
#include "work.h"

typedef uint32_t function(uint32_t argument);

static unsigned char *map_code(size_t bytes)
{
    void *p =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    must(p != MAP_FAILED, "mmap");
    return p;
}

/* MOV EAX,[ESP+4]; XOR EAX,constant; ROL EAX,5; RET, with the constant at code + 5. */
static void emit(unsigned char *code, uint32_t constant)
{
    static const unsigned char bytes[] = {0x8b, 0x44, 0x24, 0x04, 0x35, 0,   0,
                                          0,    0,    0xc1, 0xc0, 0x05, 0xc3};

    memcpy(code, bytes, sizeof bytes);
    memcpy(code + 5, &constant, 4);
}

uint32_t smc_patch(void)
{
    unsigned char *code = map_code(4096);
    uint32_t a = 1;

    emit(code, 0);
    for (uint32_t i = 0; i < 100000; i++) {
        memcpy(code + 5, &i, 4);
        a = ((function *)code)(a) + i;
    }
    return a;
}

uint32_t smc_fresh(void)
{
    enum { SPACE = 65536 };
    unsigned char *code = map_code(SPACE);
    uint32_t a = 1, at = 0;

    for (uint32_t i = 0; i < 50000; i++) {
        emit(code + at, i * 7);
        a = ((function *)(code + at))(a) + i;
        at = (at + 32) % SPACE;
    }
    return a;
}

/* ADD EAX,constant; ADD DWORD [address of the constant],7; DEC ECX; JNZ to the start; RET. */
uint32_t smc_self(void)
{
    static const unsigned char loop[] = {0x05, 1, 0, 0, 0, 0x81, 0x05, 0,    0,   0,
                                         0,    7, 0, 0, 0, 0x49, 0x75, 0xee, 0xc3};
    unsigned char *code = map_code(4096);
    uint32_t constant = (uint32_t)(uintptr_t)(code + 1), a = 3, n = 100000;

    memcpy(code, loop, sizeof loop);
    memcpy(code + 7, &constant, 4);
    __asm__ volatile("call *%2" : "+a"(a), "+c"(n) : "r"(code) : "memory", "cc");
    return a;
}

uint32_t smc_beside(void)
{
    unsigned char *code = map_code(4096);
    volatile uint32_t *data = (uint32_t *)(code + 2048);
    uint32_t a = 1;

    emit(code, 0x1234567);
    for (uint32_t i = 0; i < 1000000; i++) {
        data[i & 255] = i;
        a = ((function *)code)(a) + data[(i * 5) & 255];
    }
    return a;
}
