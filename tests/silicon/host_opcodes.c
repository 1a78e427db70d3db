/* host_opcodes.c - every opcode with every ModRM byte and mandatory prefix: is it #UD where the
 * host's CPU says so?
 *
 *     host_opcodes [-e jit|interp] [-a]      -a: all of them, not one in sixteen
 *
 * What the host defines and our models do not is one row of extensions[] for each, with the
 * feature's name.  All other differences are failures.  Exits 1 on one, 77 where the host's CPU
 * cannot be asked. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/err.h"
#include "host.h"
#include "translate/decode/opcode_table.h"

static const uint8_t prefixes[] = {0, 0x66, 0xf2, 0xf3, 0xf0};

/* Opcodes `first` to `last` of a map under a prefix. */
static const struct {
    uint8_t map, prefix, first, last;
    const char *feature;
} extensions[] = {
    {MAP_0F, 0xf0, 0x20, 0x22, "LOCK MOV CR0 is MOV CR8 on AMD's processors"},
    {MAP_0F, 0xf2, 0x2b, 0x2b, "SSE4A"},
    {MAP_0F, 0xf3, 0x2b, 0x2b, "SSE4A"},
    {MAP_0F, 0x66, 0x78, 0x79, "SSE4A"},
    {MAP_0F, 0xf2, 0x78, 0x79, "SSE4A"},
    {MAP_0F, 0x00, 0xae, 0xae, "XSAVE"},
    {MAP_0F, 0x66, 0xae, 0xae, "CLFLUSHOPT, CLWB"},
    {MAP_0F, 0xf3, 0xae, 0xae, "CET"},
    {MAP_0F, 0x00, 0xc7, 0xc7, "XSAVES, RDRAND"},
    {MAP_0F, 0x66, 0xc7, 0xc7, "RDRAND"},
    {MAP_0F, 0xf3, 0xc7, 0xc7, "RDPID"},
    {MAP_38, 0x66, 0x80, 0x82, "INVPCID"},
    {MAP_38, 0x00, 0xc8, 0xcd, "SHA"},
    {MAP_38, 0x66, 0xcf, 0xcf, "GFNI"},
    {MAP_38, 0x00, 0xf0, 0xf1, "MOVBE"},
    {MAP_38, 0x66, 0xf0, 0xf1, "MOVBE"},
    {MAP_38, 0x66, 0xf6, 0xf6, "ADX"},
    {MAP_38, 0xf3, 0xf6, 0xf6, "ADX"},
    {MAP_3A, 0x00, 0xcc, 0xcc, "SHA"},
    {MAP_3A, 0x66, 0xce, 0xcf, "GFNI"},
};

static const char *extension(unsigned map, unsigned prefix, unsigned op)
{
    for (size_t i = 0; i < ARRAY_LEN(extensions); i++) {
        if (extensions[i].map == map && extensions[i].prefix == prefix &&
            op >= extensions[i].first && op <= extensions[i].last)
            return extensions[i].feature;
    }
    return NULL;
}

/* Prefixes and escapes; what calls the kernel or tells of the host; VEX and EVEX. */
static bool left_out(unsigned map, unsigned op, unsigned modrm)
{
    static const uint8_t one[] = {0x0f, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
                                  0x66, 0x67, 0xcd, 0xf0, 0xf1, 0xf2, 0xf3};
    static const uint8_t two[] = {0x00, 0x01, 0x05, 0x07, 0x30, 0x31, 0x32,
                                  0x33, 0x34, 0x35, 0x38, 0x3a, 0xa2};

    if (map == MAP_ONE)
        return memchr(one, (int)op, sizeof one) ||
               (modrm >= 0xc0 && (op == 0x62 || op == 0xc4 || op == 0xc5));
    return map == MAP_0F && memchr(two, (int)op, sizeof two);
}

static void make(struct host_case *c, unsigned map, unsigned prefix, unsigned op, unsigned modrm)
{
    unsigned n = 0;

    memset(c, 0, sizeof *c);
    memset(c->code, 0xcc, sizeof c->code);
    if (prefix)
        c->code[n++] = (uint8_t)prefix;
    if (map != MAP_ONE)
        c->code[n++] = 0x0f;
    if (map == MAP_38 || map == MAP_3A)
        c->code[n++] = map == MAP_38 ? 0x38 : 0x3a;
    c->code[n++] = (uint8_t)op;
    c->code[n++] = (uint8_t)modrm;
    le32_put(c->code + n, DATA_AT + 0x800);
    le32_put(c->code + n + 4, SEL_CODE32);
    c->len = (uint8_t)(n + 8);
    c->eip = CODE_AT + 0x400;
    c->eflags = 0x202;
    for (unsigned i = 0; i < 8; i++)
        c->gpr[i] = i == R_SP ? STACK_AT + 0x1000 : i == R_CX ? 1 : DATA_AT + 0x400;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        c->sel[i] = i == SEG_CS ? SEL_CODE32 : SEL_DATA32;
    c->fx.cw = 0x37f;
    c->fx.mxcsr = 0x1f80;
    c->fx.tags = 0xff;
    for (unsigned i = 0; i < ARRAY_LEN(c->patch); i++)
        c->patch[i].at = DATA_AT;
}

void oracle_run(const struct host_case *c, struct host_result *r)
{
    native_run(c, r);
}

static bool undefined(const struct host_case *c, const struct host_result *r)
{
    return r->vector == EXC_UD && r->eip == c->eip;
}

/* False where host and engine differ and no feature explains it. */
static bool check(struct guest *g, unsigned map, unsigned prefix, unsigned op, unsigned modrm)
{
    static struct host_case c;
    static struct host_result host, engine;

    make(&c, map, prefix, op, modrm);
    native_run(&c, &host);
    guest_run(g, &c, &engine);
    if (undefined(&c, &host) == undefined(&c, &engine) || extension(map, prefix, op))
        return true;
    printf("prefix %02x map %u opcode %02x ModRM %02x: vector %d on the host, %d on the engine\n",
           prefix, map, op, modrm, host.vector, engine.vector);
    return false;
}

int main(int argc, char **argv)
{
    const char *engine = "interp";
    unsigned ran = 0, failed = 0;
    bool all = false;
    struct err e = {""};
    struct guest *g;
    int opt;

    while ((opt = getopt(argc, argv, "e:a")) != -1) {
        if (opt == 'e')
            engine = optarg;
        else if (opt == 'a')
            all = true;
        else
            return 2;
    }
    if (!native_start(&e) || !(g = guest_new(engine, NULL, &e))) {
        printf("SKIP: %s\n", e.msg);
        return 77;
    }
    for (unsigned at = 0; at < MAP_COUNT << 16; at++) {
        unsigned map = at >> 16, op = at >> 8 & 255, modrm = at & 255;

        if (left_out(map, op, modrm) || (!all && at * 0x9e3779b1u >> 28))
            continue;
        for (unsigned p = 0; p < sizeof prefixes; p++, ran++)
            failed += !check(g, map, prefixes[p], op, modrm);
    }
    printf("%u opcodes, %u differ\n", ran, failed);
    return failed != 0;
}
