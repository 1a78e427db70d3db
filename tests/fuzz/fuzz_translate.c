/* fuzz_translate.c - target: one block from any bytes under any mode is decoded, lifted, optimised
 * and compiled by both backends.  In check builds the IR is checked after each pass; here its text
 * is parsed again. */
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "cpu/internal.h"
#include "fuzz.h"
#include "translate/cache.h"

/* Modes that a processor can be in: not long, and real, protected or V86. */
static uint32_t valid_mode(uint32_t mode)
{
    mode &= (MODE_DF << 1) - 1;
    mode &= ~(uint32_t)MODE_LONG;
    if (mode & MODE_VM) {
        mode &= ~(uint32_t)MODE_PE;
        mode |= 3 << MODE_CPL_SHIFT;
    } else if (!(mode & MODE_PE)) {
        mode &= ~(uint32_t)(3 << MODE_CPL_SHIFT);
    }
    mode &= (mode >> MODE_CPL_SHIFT & 3) == 3 ? ~(uint32_t)MODE_KERNEL_AC : ~(uint32_t)MODE_AC;
    return mode;
}

static void set_mode(struct cpu *cpu, const struct block_head *h)
{
    cpu_reset(cpu);
    cpu->model = cpu_model_find(head_model(h->model));
    cpu->seg[SEG_CS].base = h->base;
    cpu->seg[SEG_CS].limit = h->limit;
    cpu->eip = h->eip;
    cpu->mode = valid_mode(h->mode);
    if (cpu->mode & BIT(MODE_FLAT_SHIFT + SEG_CS)) {
        cpu->seg[SEG_CS].base = 0;
        cpu->seg[SEG_CS].limit = 0xffffffff;
    }
}

/* What is printed is parsed, and printed the same. */
static void check_text(const struct ir_block *b)
{
    struct ir_block again;
    struct err e = {""};
    char *text[2];
    size_t len[2];
    FILE *f = open_memstream(&text[0], &len[0]);

    ir_print(b, f);
    fclose(f);
    ir_block_init(&again);
    again.mode = b->mode;
    again.eip = b->eip;
    if (!ir_parse(&again, text[0], &e))
        fuzz_fail("the text of a block is not parsed: %s\n%s", e.msg, text[0]);
    f = open_memstream(&text[1], &len[1]);
    ir_print(&again, f);
    fclose(f);
    if (strcmp(text[0], text[1]))
        fuzz_fail("a block's text comes back different:\n%s\n%s", text[0], text[1]);
    ir_block_fini(&again);
    free(text[0]);
    free(text[1]);
}

struct bench {
    struct ram ram;
    struct physmem mem;
    struct region region;
    struct clock clock;
    struct cpu cpu;
    struct log log;
};

static struct bench *bench(void)
{
    static struct bench b;
    struct err e = {""};

    if (b.ram.host)
        return &b;
    log_init(&b.log);
    b.log.file = stderr;
    if (!ram_init(&b.ram, RAM_SIZE, &e))
        fuzz_fail("%s", e.msg);
    physmem_init(&b.mem, &b.ram);
    region_init_ram(&b.region, "ram", 0, RAM_SIZE, 0, ram_alloc(&b.ram, RAM_SIZE));
    physmem_add(&b.mem, &b.region);
    clock_init(&b.clock);
    if (!cpu_init(&b.cpu, "max", &b.mem, &b.clock, &b.log, &e))
        fuzz_fail("%s", e.msg);
    return &b;
}

static void translate_with(struct bench *b, const char *backend, const struct block_head *h,
                           const uint8_t *code, size_t len)
{
    struct engine_config config = {
        .name = backend, .cache_bytes = 1, .max_insns = 1 + h->max_insns % 64};
    struct err e = {""};
    sigjmp_buf here;

    memset(b->ram.code, 0, RAM_SIZE / PAGE_SIZE);
    set_mode(&b->cpu, h);
    b->cpu.engine = engine_new(&b->cpu, &config, &e);
    if (!b->cpu.engine)
        fuzz_fail("%s", e.msg);
    for (size_t n = 0; n < len; n++)
        b->ram.host[(b->cpu.seg[SEG_CS].base + h->eip + n) % RAM_SIZE] = code[n];
    b->log.mask = fuzz_verbose ? 1 << LOG_IN_ASM | 1 << LOG_IR | 1 << LOG_OUT_ASM : 0;
    b->cpu.unwind = &here;
    if (!sigsetjmp(here, 0)) {
        block_find(b->cpu.engine, h->single & 1);
        if (h->text & 1)
            check_text(&((struct engine *)b->cpu.engine)->ir);
        block_find(b->cpu.engine, h->single & 1);
    }
    engine_free(b->cpu.engine);
}

void fuzz_translate(const uint8_t *data, size_t size)
{
    struct bench *b = bench();
    struct block_head h = {0};
    size_t len = size > sizeof h ? size - sizeof h : 0;

    memcpy(&h, data, size < sizeof h ? size : sizeof h);
    h.base %= RAM_SIZE;
    memset(b->ram.host, 0x90, RAM_SIZE);
    translate_with(b, "jit", &h, data + sizeof h, len);
    translate_with(b, "interp", &h, data + sizeof h, len);
}
