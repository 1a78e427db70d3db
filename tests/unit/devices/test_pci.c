/* test_pci.c - configuration space, base addresses and interrupt lines (PCI 2.1, chapter 6). */
#include "pci_bench.h"
#include "devices/pci/piix3.h"

/* A card with 64 KB of memory in BAR0, 32 ports in BAR1 and a ROM of 4 KB. */
struct card {
    struct pci_device pci;
    struct region mem, rom;
    uint8_t port[32];
};

static const struct state_field card_state[] = {STATE_STRUCT(struct card, pci, pci_device_state),
                                                STATE_SKIP(struct card, mem, "follows from config"),
                                                STATE_SKIP(struct card, rom, "follows from config"),
                                                STATE_INTS(struct card, port), STATE_END};

static uint32_t card_read(struct device *d, unsigned port, unsigned size)
{
    (void)size;
    return ((struct card *)d)->port[port];
}

static void card_write(struct device *d, unsigned port, uint32_t val, unsigned size)
{
    (void)size;
    ((struct card *)d)->port[port] = (uint8_t)val;
}

static const struct reg card_regs[] = {{0, 32, card_read, card_write, "latches"}, REG_END};

static void card_init(struct device *d)
{
    struct card *c = (struct card *)d;

    pci_init(&c->pci, 0x1234, 0x5678, 0x020000, 7, 1);
    region_init_ram(&c->mem, "card", 0, 0x10000, 2, ram_alloc(d->env->mem->ram, 0x10000));
    pci_bar_mem(&c->pci, 0, &c->mem, PCI_BAR_PREFETCH);
    region_init_ram(&c->rom, "card-rom", 0, 0x1000, 2, ram_alloc(d->env->mem->ram, 0x1000));
    memset(d->env->mem->ram->host + c->rom.ram, 0x5a, 0x1000);
    pci_bar_rom(&c->pci, &c->rom);
    pci_bar_io(&c->pci, 1, card_regs, 32);
}

static void card_fini(struct device *d)
{
    pci_fini(pci_of(d));
}

static void card_reset(struct device *d)
{
    pci_reset(pci_of(d));
}

static void card_post_load(struct device *d)
{
    pci_post_load(pci_of(d));
}

static const struct device_class card_class = {
    .name = "card",
    .bus = BUS_PCI,
    .version = 1,
    .size = sizeof(struct card),
    .state = card_state,
    .init = card_init,
    .fini = card_fini,
    .reset = card_reset,
    .post_load = card_post_load,
};

#define CARD PCI_DEVFN(3, 0)

static struct pci_device *card_bench(struct bench *b)
{
    struct pci_bus *bus = bench_bus(b);
    struct device *d = bench_device(b, &card_class, "card");

    pci_attach(bus, pci_of(d), CARD);
    return pci_of(d);
}

static void the_host_bridge_is_function_0(void **state)
{
    struct bench *b = *state;

    bench_bus(b);
    assert_int_equal(config32(b, 0, 0), 0x12378086);
    assert_int_equal(config16(b, 0, PCI_CLASS), 0x0600);
}

static void an_empty_slot_reads_all_ones(void **state)
{
    struct bench *b = *state;

    card_bench(b);
    assert_int_equal(config32(b, PCI_DEVFN(9, 0), 0), 0xffffffff);
    assert_int_equal(config16(b, PCI_DEVFN(3, 1), 0), 0xffff);
    put_config32(b, PCI_DEVFN(9, 0), 4, 0xffffffff);
}

static void other_buses_are_empty(void **state)
{
    struct bench *b = *state;

    card_bench(b);
    bench_out32(b, 0xcf8, 0x80010000);
    assert_int_equal(bench_in32(b, 0xcfc), 0xffffffff);
}

static void data_does_not_answer_while_the_enable_bit_is_clear(void **state)
{
    struct bench *b = *state;

    card_bench(b);
    bench_out32(b, 0xcf8, CARD << 8);
    assert_int_equal(bench_in32(b, 0xcfc), 0xffffffff);
}

static void the_address_register_takes_dwords_only(void **state)
{
    struct bench *b = *state;

    card_bench(b);
    bench_out32(b, 0xcf8, 0xffffffff);
    assert_int_equal(bench_in32(b, 0xcf8), 0x80fffffc);
    bench_out(b, 0xcf8, 0x12);
    bench_out16(b, 0xcf8, 0x3456);
    assert_int_equal(bench_in32(b, 0xcf8), 0x80fffffc);
    assert_int_equal(bench_in(b, 0xcf8), 0xff);
}

static void ids_cannot_be_written(void **state)
{
    struct bench *b = *state;

    card_bench(b);
    put_config32(b, CARD, 0, 0);
    put_config32(b, CARD, 8, 0);
    assert_int_equal(config32(b, CARD, 0), 0x56781234);
    assert_int_equal(config32(b, CARD, 8), 0x02000007);
}

static void bytes_and_words_of_a_dword_are_read_where_they_stand(void **state)
{
    struct bench *b = *state;

    card_bench(b);
    assert_int_equal(config8(b, CARD, 1), 0x12);
    assert_int_equal(config8(b, CARD, 3), 0x56);
    assert_int_equal(config16(b, CARD, 2), 0x5678);
}

static void writing_ones_tells_the_size_of_a_bar(void **state)
{
    struct bench *b = *state;

    card_bench(b);
    put_config16(b, CARD, PCI_COMMAND, 3);
    put_config32(b, CARD, 0x10, 0xffffffff);
    put_config32(b, CARD, 0x14, 0xffffffff);
    put_config32(b, CARD, 0x18, 0xffffffff);
    put_config32(b, CARD, 0x30, 0xfffffffe);
    assert_int_equal(config32(b, CARD, 0x10), 0xffff0008);
    assert_int_equal(config32(b, CARD, 0x14), 0xffffffe1);
    assert_int_equal(config32(b, CARD, 0x18), 0);
    assert_int_equal(config32(b, CARD, 0x30), 0xfffff000);
    assert_int_equal(bench_load(b, 0xffff0000), 0xffffffff);
}

static void memory_answers_where_the_bar_says_while_enabled(void **state)
{
    struct bench *b = *state;

    card_bench(b);
    put_config32(b, CARD, 0x10, 0xe0000000);
    bench_store(b, 0xe0000000, 0x11223344);
    assert_int_equal(bench_load(b, 0xe0000000), 0xffffffff);
    put_config16(b, CARD, PCI_COMMAND, PCI_COMMAND_MEMORY);
    assert_int_equal(bench_load(b, 0xe0000000), 0);
    bench_store(b, 0xe0000004, 0x55667788);
    put_config32(b, CARD, 0x10, 0xd0000000);
    assert_int_equal(bench_load(b, 0xe0000004), 0xffffffff);
    assert_int_equal(bench_load(b, 0xd0000004), 0x55667788);
    put_config16(b, CARD, PCI_COMMAND, 0);
    assert_int_equal(bench_load(b, 0xd0000004), 0xffffffff);
}

static void ports_answer_where_the_bar_says_while_enabled(void **state)
{
    struct bench *b = *state;

    card_bench(b);
    put_config32(b, CARD, 0x14, 0xc100);
    assert_int_equal(bench_in(b, 0xc105), 0xff);
    put_config16(b, CARD, PCI_COMMAND, PCI_COMMAND_IO);
    bench_out(b, 0xc105, 0x42);
    assert_int_equal(bench_in(b, 0xc105), 0x42);
    put_config32(b, CARD, 0x14, 0xc200);
    assert_int_equal(bench_in(b, 0xc105), 0xff);
    assert_int_equal(bench_in(b, 0xc205), 0x42);
    put_config32(b, CARD, 0x14, 0xfffffff0);
    assert_int_equal(bench_in(b, 0xc205), 0xff);
}

static void the_rom_has_an_enable_bit_of_its_own_and_cannot_be_written(void **state)
{
    struct bench *b = *state;

    card_bench(b);
    put_config16(b, CARD, PCI_COMMAND, PCI_COMMAND_MEMORY);
    put_config32(b, CARD, 0x30, 0xe1000000);
    assert_int_equal(bench_load(b, 0xe1000000), 0xffffffff);
    put_config32(b, CARD, 0x30, 0xe1000001);
    bench_store(b, 0xe1000000, 0);
    assert_int_equal(bench_load(b, 0xe1000000), 0x5a5a5a5a);
}

static void reset_unmaps_everything(void **state)
{
    struct bench *b = *state;
    struct pci_device *card = card_bench(b);

    put_config32(b, CARD, 0x10, 0xe0000000);
    put_config32(b, CARD, 0x14, 0xc100);
    put_config16(b, CARD, PCI_COMMAND, 7);
    device_reset(&card->dev);
    assert_int_equal(config16(b, CARD, PCI_COMMAND), 0);
    assert_int_equal(config32(b, CARD, 0x10), 8);
    assert_int_equal(bench_load(b, 0xe0000000), 0xffffffff);
    assert_int_equal(bench_in(b, 0xc100), 0xff);
}

static void a_second_function_makes_the_slot_multi_function(void **state)
{
    struct bench *b = *state;
    struct pci_device *card = card_bench(b);
    struct device *other = bench_device(b, &card_class, "other");

    assert_int_equal(config8(b, CARD, PCI_HEADER_TYPE), 0);
    pci_attach(card->bus, pci_of(other), PCI_DEVFN(3, 2));
    assert_int_equal(config8(b, CARD, PCI_HEADER_TYPE), 0x80);
}

static struct device *piix3_bench(struct bench *b, struct pci_device *card)
{
    struct device *isa = bench_device(b, &piix3_class, "piix3");

    piix3_attach(isa, card->bus, PCI_DEVFN(1, 0));
    return isa;
}

static void inta_of_slot_3_goes_to_pirqc_and_where_that_is_routed(void **state)
{
    struct bench *b = *state;
    struct pci_device *card = card_bench(b);

    piix3_bench(b, card);
    pci_set_intx(card, true);
    assert_true(bench_level(b, "pirqc"));
    assert_false(bench_level(b, "pirq_irq11"));
    put_config8(b, PCI_DEVFN(1, 0), 0x62, 11);
    assert_true(bench_level(b, "pirq_irq11"));
    put_config8(b, PCI_DEVFN(1, 0), 0x62, 10);
    assert_false(bench_level(b, "pirq_irq11"));
    assert_true(bench_level(b, "pirq_irq10"));
    pci_set_intx(card, false);
    assert_false(bench_level(b, "pirq_irq10"));
}

static void a_shared_line_falls_when_the_last_source_does(void **state)
{
    struct bench *b = *state;
    struct pci_device *card = card_bench(b);
    struct pci_device *other = pci_of(bench_device(b, &card_class, "other"));

    pci_attach(card->bus, other, PCI_DEVFN(7, 0));
    piix3_bench(b, card);
    put_config8(b, PCI_DEVFN(1, 0), 0x62, 5);
    pci_set_intx(card, true);
    pci_set_intx(other, true);
    pci_set_intx(card, false);
    assert_true(bench_level(b, "pirq_irq5"));
    pci_set_intx(other, false);
    assert_false(bench_level(b, "pirq_irq5"));
}

static void intx_disable_holds_the_line_but_not_the_status(void **state)
{
    struct bench *b = *state;
    struct pci_device *card = card_bench(b);

    piix3_bench(b, card);
    put_config16(b, CARD, PCI_COMMAND, PCI_COMMAND_INTX_DISABLE);
    pci_set_intx(card, true);
    assert_false(bench_level(b, "pirqc"));
    assert_int_equal(config16(b, CARD, PCI_STATUS) & 8, 8);
    put_config16(b, CARD, PCI_COMMAND, 0);
    assert_true(bench_level(b, "pirqc"));
}

static void a_pirq_cannot_be_routed_to_a_reserved_interrupt(void **state)
{
    struct bench *b = *state;
    struct pci_device *card = card_bench(b);

    piix3_bench(b, card);
    pci_set_intx(card, true);
    put_config8(b, PCI_DEVFN(1, 0), 0x62, 8);
    assert_false(bench_level(b, "pirq_irq8"));
    put_config8(b, PCI_DEVFN(1, 0), 0x62, 0);
    assert_false(bench_level(b, "pirq_irq0"));
}

static void port_cf9_resets_on_a_rising_edge_of_bit_2(void **state)
{
    struct bench *b = *state;

    piix3_bench(b, card_bench(b));
    bench_out(b, 0xcf9, 0x02);
    assert_int_equal(bench_rises(b, "reset"), 0);
    assert_int_equal(bench_in(b, 0xcf9), 0x02);
    bench_out(b, 0xcf9, 0x06);
    assert_int_equal(bench_rises(b, "reset"), 1);
    bench_out(b, 0xcf9, 0x06);
    assert_int_equal(bench_rises(b, "reset"), 0);
}

static void any_byte_may_be_written_to_any_configuration_register(void **state)
{
    struct bench *b = *state;
    struct pci_device *card = card_bench(b);

    piix3_bench(b, card);
    for (unsigned slot = 0; slot < 4; slot++)
        for (unsigned off = 0; off < 256; off += 4) {
            put_config32(b, PCI_DEVFN(slot, 0), off, 0xffffffff);
            put_config32(b, PCI_DEVFN(slot, 0), off, 0x13579bdf * (off + 1));
            config32(b, PCI_DEVFN(slot, 0), off);
        }
    assert_int_equal(config32(b, CARD, 0), 0x56781234);
}

#define TESTS(X)                                                                                   \
    X(the_host_bridge_is_function_0)                                                               \
    X(an_empty_slot_reads_all_ones)                                                                \
    X(other_buses_are_empty)                                                                       \
    X(data_does_not_answer_while_the_enable_bit_is_clear)                                          \
    X(the_address_register_takes_dwords_only)                                                      \
    X(ids_cannot_be_written)                                                                       \
    X(bytes_and_words_of_a_dword_are_read_where_they_stand)                                        \
    X(writing_ones_tells_the_size_of_a_bar)                                                        \
    X(memory_answers_where_the_bar_says_while_enabled)                                             \
    X(ports_answer_where_the_bar_says_while_enabled)                                               \
    X(the_rom_has_an_enable_bit_of_its_own_and_cannot_be_written)                                  \
    X(reset_unmaps_everything)                                                                     \
    X(a_second_function_makes_the_slot_multi_function)                                             \
    X(inta_of_slot_3_goes_to_pirqc_and_where_that_is_routed)                                       \
    X(a_shared_line_falls_when_the_last_source_does)                                               \
    X(intx_disable_holds_the_line_but_not_the_status)                                              \
    X(a_pirq_cannot_be_routed_to_a_reserved_interrupt)                                             \
    X(port_cf9_resets_on_a_rising_edge_of_bit_2)                                                   \
    X(any_byte_may_be_written_to_any_configuration_register)

BENCH_MAIN(TESTS)
