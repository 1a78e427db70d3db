/* host_guest.c - runs a case on an engine: a protected-mode guest with the host's descriptors and
 * pages. */
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/err.h"
#include "host.h"
#include "translate/translate.h"

/* Guest-physical places; what lies below 4 MB is mapped as it is, for CPL 0. */
enum {
    RAM_SIZE = 0x40000,
    PAGE_DIR = 0x1000,
    TABLE_LOW = 0x2000,
    TABLE_WIN = 0x3000,
    GDT = 0x4000,
    LDT = 0x4400,
    TSS = 0x4800,
    IDT = 0x5000,
    HANDLERS = 0x6000, /* a HLT for each vector, eight bytes apart */
    STACK0 = 0x9000,
    CODE_RAM = 0x10000,
    DATA_RAM = 0x20000,
    STACK_RAM = 0x30000,
    SEL_TSS = 0x30,
    SEL_LDT = 0x38
};

struct guest {
    struct ram ram;
    struct physmem mem;
    struct region region;
    struct clock clock;
    struct cpu cpu;
    struct engine *engine;
    uint64_t code_seed; /* of the case whose bytes stand in the code window */
    uint32_t code_off;
    uint8_t code_len, code[MAX_CODE];
};

static void put32(struct guest *g, uint32_t at, uint32_t v)
{
    le32_put(g->ram.host + at, v);
}

static void put_desc(struct guest *g, uint32_t at, uint32_t base, uint32_t limit, uint32_t attr)
{
    put32(g, at, (limit & 0xffff) | base << 16);
    put32(g, at + 4, (base >> 16 & 0xff) | (limit & 0xf0000) | attr | (base & 0xff000000));
}

static uint32_t ldt_attr(const struct ldt_row *row)
{
    uint32_t attr = SEGA_P | SEGA_S | SEGA_A | 3 << SEGA_DPL_SHIFT;

    attr |= row->big ? SEGA_DB : 0;
    attr |= row->code ? SEGA_CODE | SEGA_RW : 0;
    attr |= (row->down ? SEGA_DC : 0) | (row->writable ? SEGA_RW : 0);
    return attr;
}

static void put_tables(struct guest *g)
{
    uint32_t flat = SEGA_P | SEGA_S | SEGA_A | SEGA_RW | SEGA_DB | SEGA_G,
             user = 3 << SEGA_DPL_SHIFT;

    put_desc(g, GDT + 0x08, 0, 0xfffff, flat | SEGA_CODE);
    put_desc(g, GDT + SEL_KERNEL_CODE, 0, 0xfffff, flat | SEGA_CODE);
    put_desc(g, GDT + SEL_KERNEL_DATA, 0, 0xfffff, flat);
    put_desc(g, GDT + 0x20, 0, 0xfffff, flat | SEGA_CODE | user);
    put_desc(g, GDT + 0x28, 0, 0xfffff, flat | user);
    put_desc(g, GDT + SEL_TSS, TSS, 0x67, SEGA_P | 11 << 8);
    put_desc(g, GDT + SEL_LDT, LDT, LDT_COUNT * 8 - 1, SEGA_P | 2 << 8);
    for (unsigned i = 0; i < LDT_COUNT; i++)
        put_desc(g, LDT + i * 8, host_ldt[i].base, host_ldt[i].limit, ldt_attr(&host_ldt[i]));
    put32(g, TSS + 4, STACK0);
    put32(g, TSS + 8, SEL_KERNEL_DATA);
    put32(g, TSS + 0x64, 0x68u << 16);
    for (unsigned v = 0; v < 256; v++) {
        uint32_t dpl = v == 3 || v == 4 ? 3 << 13 : 0;
        put32(g, IDT + v * 8, (HANDLERS + v * 8) | 0x08 << 16);
        put32(g, IDT + v * 8 + 4, 0x8e00 | dpl);
        g->ram.host[HANDLERS + v * 8] = 0xf4;
    }
}

static void map_pages(struct guest *g, uint32_t lin, uint32_t ram, uint32_t size, uint32_t flags)
{
    for (uint32_t off = 0; off < size; off += PAGE_SIZE)
        put32(g, TABLE_WIN + (lin + off - CODE_AT) / PAGE_SIZE * 4, (ram + off) | flags);
}

static void put_pages(struct guest *g)
{
    enum { P = 0x61, W = 2, U = 4 }; /* present, accessed, dirty; writable; user */

    put32(g, PAGE_DIR, TABLE_LOW | P | W);
    put32(g, PAGE_DIR + (CODE_AT >> 22) * 4, TABLE_WIN | P | W | U);
    for (uint32_t p = 0; p < RAM_SIZE / PAGE_SIZE; p++)
        put32(g, TABLE_LOW + p * 4, p * PAGE_SIZE | P | W);
    map_pages(g, CODE_AT, CODE_RAM, CODE_SIZE, P | U);
    map_pages(g, CODE_RW_AT, CODE_RAM, CODE_SIZE, P | W | U);
    map_pages(g, DATA_AT, DATA_RAM, DATA_RW, P | W | U);
    map_pages(g, DATA_AT + DATA_RW, DATA_RAM + DATA_RW, DATA_SIZE - DATA_RW, P | U);
    map_pages(g, STACK_AT, STACK_RAM, STACK_SIZE, P | W | U);
    memset(g->ram.host + CODE_RAM, 0xcc, CODE_SIZE);
    memcpy(g->ram.host + DATA_RAM, host_background(), DATA_SIZE);
}

static void set_system(struct cpu *cpu)
{
    cpu_reset(cpu);
    cpu->gdt = (struct table_reg){.base = GDT, .limit = 0x3f};
    cpu->idt = (struct table_reg){.base = IDT, .limit = 0x7ff};
    cpu->ldt = (struct segment){
        .base = LDT, .limit = LDT_COUNT * 8 - 1, .attr = SEGA_P | 2 << 8, .sel = SEL_LDT};
    cpu->tr =
        (struct segment){.base = TSS, .limit = 0x67, .attr = SEGA_P | 11 << 8, .sel = SEL_TSS};
    cpu->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG;
    cpu->cr3 = PAGE_DIR;
    cpu->cr4 = CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE;
    cpu->xcr0 = 3;
    cpu_post_load(cpu);
}

struct guest *guest_new(const char *engine, const struct log *log, struct err *e)
{
    bool soft = !strcmp(engine, "soft");
    struct engine_config config = {
        .name = soft ? "jit" : engine, .cache_bytes = 8 << 20, .soft_undefined = soft};
    struct guest *g = calloc(1, sizeof *g);

    if (!g || !ram_init(&g->ram, RAM_SIZE, e))
        return NULL;
    physmem_init(&g->mem, &g->ram);
    region_init_ram(&g->region, "ram", 0, RAM_SIZE, 0, ram_alloc(&g->ram, RAM_SIZE));
    physmem_add(&g->mem, &g->region);
    clock_init(&g->clock);
    if (!cpu_init(&g->cpu, "max", &g->mem, &g->clock, log, e))
        return NULL;
    put_tables(g);
    put_pages(g);
    g->engine = engine_new(&g->cpu, &config, e);
    if (!g->engine)
        return NULL;
    set_system(&g->cpu);
    return g;
}

void guest_free(struct guest *g)
{
    if (!g)
        return;
    engine_free(g->engine);
    cpu_fini(&g->cpu);
    physmem_fini(&g->mem);
    ram_fini(&g->ram);
    free(g);
}

static void set_segment(struct segment *s, uint16_t sel)
{
    uint32_t flat = SEGA_P | SEGA_S | SEGA_A | SEGA_RW | SEGA_DB | SEGA_G | 3 << SEGA_DPL_SHIFT;

    *s = (struct segment){.sel = sel};
    if (sel & 4) {
        const struct ldt_row *row = &host_ldt[sel >> 3];
        s->base = row->base;
        s->limit = row->limit;
        s->attr = ldt_attr(row);
    } else if (sel & ~3) {
        s->limit = 0xffffffff;
        s->attr = flat | (sel == SEL_CODE32 ? SEGA_CODE : 0);
    }
    segment_derive(s);
}

static void set_fpu(struct cpu *cpu, const struct fx *fx)
{
    struct fpu *f = &cpu->fpu;

    memset(f, 0, sizeof *f);
    f->cw = fx->cw;
    f->sw = fx->sw;
    f->valid = fx->tags;
    f->mxcsr = fx->mxcsr;
    for (unsigned i = 0; i < 8; i++) {
        struct f80 *r = &f->r[((fx->sw >> 11) + i) & 7];
        r->man = fx->st[i].man;
        r->se = fx->st[i].se;
        cpu->xmm[i] = fx->xmm[i];
    }
}

static void set_state(struct guest *g, const struct host_case *c)
{
    struct cpu *cpu = &g->cpu;

    for (unsigned i = 0; i < 8; i++)
        cpu->gpr[i] = c->gpr[i];
    cpu->eip = c->eip;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        set_segment(&cpu->seg[i], c->sel[i]);
    set_fpu(cpu, &c->fx);
    cpu->halted = cpu->shutdown = false;
    cpu->db_pending = false;
    cpu->cr2 = 0;
    cpu->shadow_count = cpu->nodb_count = cpu->rf_count = NEVER;
    cpu->cpl = 3;
    cpu_set_eflags(cpu, c->eflags | EF_IF);
    cpu_update_mode(cpu);
}

/* Engines keep translations of the bytes: they change only when the case's do. */
static void set_code(struct guest *g, const struct host_case *c)
{
    uint32_t off = c->eip & (CODE_SIZE - 1);

    if (g->code_len == c->len && g->code_off == off && !memcmp(g->code, c->code, c->len))
        return;
    memset(g->ram.host + CODE_RAM + g->code_off, 0xcc, g->code_len);
    engine_code_write(g->engine, CODE_RAM + g->code_off, g->code_len);
    memcpy(g->ram.host + CODE_RAM + off, c->code, c->len);
    engine_code_write(g->engine, CODE_RAM + off, c->len);
    g->code_off = off;
    g->code_len = c->len;
    memcpy(g->code, c->code, c->len);
}

static uint8_t *window(struct guest *g, uint32_t lin)
{
    return g->ram.host + (lin < STACK_AT ? lin - DATA_AT + DATA_RAM : lin - STACK_AT + STACK_RAM);
}

static void get_fpu(const struct cpu *cpu, struct fx *fx)
{
    const struct fpu *f = &cpu->fpu;

    memset(fx, 0, sizeof *fx);
    fx->cw = f->cw;
    fx->sw = f->sw;
    fx->tags = f->valid;
    fx->mxcsr = f->mxcsr;
    fx->fop = f->fop;
    fx->fip = (uint32_t)f->fip;
    fx->fcs = f->fcs;
    fx->fdp = (uint32_t)f->fdp;
    fx->fds = f->fds;
    for (unsigned i = 0; i < 8; i++) {
        const struct f80 *r = &f->r[((f->sw >> 11) + i) & 7];
        fx->st[i].man = r->man;
        fx->st[i].se = r->se;
        fx->xmm[i] = cpu->xmm[i];
    }
}

/* The handler's HLT has run: the vector is where EIP stands, the rest on the stack. */
static void get_result(struct guest *g, struct host_result *r)
{
    struct cpu *cpu = &g->cpu;
    uint32_t sp = (uint32_t)cpu->gpr[R_SP];

    r->vector = (int)((uint32_t)cpu->eip - HANDLERS) / 8;
    r->error = 0;
    r->cr2 = (uint32_t)cpu->cr2;
    if (cpu->cpl || !cpu->halted || sp < STACK0 - 24 || sp >= STACK0) {
        r->vector = -1;
        sp = STACK0 - 20;
    }
    if (sp == STACK0 - 24) {
        r->error = le32_get(g->ram.host + sp);
        sp += 4;
    }
    for (unsigned i = 0; i < 8; i++)
        r->gpr[i] = (uint32_t)cpu->gpr[i];
    r->eip = le32_get(g->ram.host + sp);
    r->sel[SEG_CS] = le16_get(g->ram.host + sp + 4);
    r->eflags = le32_get(g->ram.host + sp + 8);
    r->gpr[R_SP] = le32_get(g->ram.host + sp + 12);
    r->sel[SEG_SS] = le16_get(g->ram.host + sp + 16);
    r->sel[SEG_DS] = cpu->seg[SEG_DS].sel;
    r->sel[SEG_ES] = cpu->seg[SEG_ES].sel;
    r->sel[SEG_FS] = cpu->seg[SEG_FS].sel;
    r->sel[SEG_GS] = cpu->seg[SEG_GS].sel;
    get_fpu(cpu, &r->fx);
    memcpy(r->data, g->ram.host + DATA_RAM, DATA_RW);
    memcpy(r->stack, g->ram.host + STACK_RAM, STACK_SIZE);
}

void guest_run(struct guest *g, const struct host_case *c, struct host_result *r)
{
    memcpy(g->ram.host + DATA_RAM, host_background(), DATA_RW);
    memcpy(g->ram.host + STACK_RAM, host_background() + DATA_SIZE, STACK_SIZE);
    for (unsigned i = 0; i < ARRAY_LEN(c->patch); i++)
        memcpy(window(g, c->patch[i].at ? c->patch[i].at : DATA_AT), c->patch[i].bytes,
               c->patch[i].len);
    set_code(g, c);
    set_state(g, c);
    engine_run(g->engine, cpu_count(&g->cpu) + 200000);
    get_result(g, r);
    if (c->rewrites) {
        memset(g->ram.host + CODE_RAM, 0xcc, CODE_SIZE);
        engine_code_write(g->engine, CODE_RAM, CODE_SIZE);
        g->code_len = 0;
    }
}
