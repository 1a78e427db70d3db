/* test_apic.c - local APIC and I/O APIC (SDM vol. 3A, chapter 10; 82093AA). */
#include "bench.h"
#include "devices/irq/apic.h"

enum {
    ID = 0x20,
    VERSION = 0x30,
    TPR = 0x80,
    PPR = 0xa0,
    EOI = 0xb0,
    LDR = 0xd0,
    SVR = 0xf0,
    ISR = 0x100,
    TMR = 0x180,
    IRR = 0x200,
    ESR = 0x280,
    ICR_LOW = 0x300,
    ICR_HIGH = 0x310,
    LVT_TIMER = 0x320,
    LVT_LINT0 = 0x350,
    LVT_ERROR = 0x370,
    INITIAL = 0x380,
    CURRENT = 0x390,
    DIVIDE = 0x3e0
};

struct apics {
    struct bench *b;
    struct device *lapic, *ioapic;
    struct apic_bus bus;
    uint8_t sipi;
};

static void on_sipi(void *opaque, uint8_t vector)
{
    ((struct apics *)opaque)->sipi = vector;
}

static void put(struct apics *a, uint32_t reg, uint32_t val)
{
    bench_store(a->b, 0xfee00000 + reg, val);
}

static uint32_t get(struct apics *a, uint32_t reg)
{
    return bench_load(a->b, 0xfee00000 + reg);
}

/* One processor's APIC, enabled by software, and an I/O APIC. */
static void power(struct apics *a, void **state)
{
    *a = (struct apics){.b = *state};
    a->lapic = bench_socket(a->b, &lapic_class, "lapic");
    a->ioapic = bench_socket(a->b, &ioapic_class, "ioapic");
    a->bus = (struct apic_bus){.lapic = {a->lapic}, .lapics = 1, .ioapic = a->ioapic};
    lapic_connect(a->lapic, &a->bus, on_sipi, a);
    ioapic_connect(a->ioapic, &a->bus);
    device_reset(a->lapic);
    device_reset(a->ioapic);
    put(a, SVR, 0x1ff);
}

static void redirect(struct apics *a, unsigned pin, uint64_t entry)
{
    bench_store(a->b, 0xfec00000, 0x10 + 2 * pin + 1);
    bench_store(a->b, 0xfec00010, (uint32_t)(entry >> 32));
    bench_store(a->b, 0xfec00000, 0x10 + 2 * pin);
    bench_store(a->b, 0xfec00010, (uint32_t)entry);
}

static uint32_t redirection(struct apics *a, unsigned pin)
{
    bench_store(a->b, 0xfec00000, 0x10 + 2 * pin);
    return bench_load(a->b, 0xfec00010);
}

static void versions_name_six_lvt_entries_and_24_inputs(void **state)
{
    struct apics a;

    power(&a, state);
    assert_int_equal(get(&a, VERSION), 0x50014);
    bench_store(a.b, 0xfec00000, 1);
    assert_int_equal(bench_load(a.b, 0xfec00010), 0x170011);
}

static void a_self_ipi_is_taken_and_ended(void **state)
{
    struct apics a;

    power(&a, state);
    put(&a, ICR_LOW, 0x40041);
    assert_true(lapic_pending(a.lapic));
    assert_int_equal(get(&a, IRR + 0x20), 2);
    assert_int_equal(lapic_ack(a.lapic), 0x41);
    assert_false(lapic_pending(a.lapic));
    assert_int_equal(get(&a, ISR + 0x20), 2);
    assert_int_equal(get(&a, PPR), 0x40);
    put(&a, EOI, 0);
    assert_int_equal(get(&a, ISR + 0x20), 0);
    assert_int_equal(get(&a, PPR), 0);
}

static void a_higher_class_interrupts_a_lower_one_and_not_its_own(void **state)
{
    struct apics a;

    power(&a, state);
    put(&a, ICR_LOW, 0x40041);
    assert_int_equal(lapic_ack(a.lapic), 0x41);
    put(&a, ICR_LOW, 0x4004f);
    assert_false(lapic_pending(a.lapic));
    put(&a, ICR_LOW, 0x40050);
    assert_true(lapic_pending(a.lapic));
    assert_int_equal(lapic_ack(a.lapic), 0x50);
    put(&a, EOI, 0);
    put(&a, EOI, 0);
    assert_int_equal(lapic_ack(a.lapic), 0x4f);
}

static void task_priority_and_cr8_are_one_register(void **state)
{
    struct apics a;

    power(&a, state);
    lapic_set_cr8(a.lapic, 5);
    assert_int_equal(get(&a, TPR), 0x50);
    put(&a, ICR_LOW, 0x4005f);
    assert_false(lapic_pending(a.lapic));
    put(&a, TPR, 0x4f);
    assert_int_equal(lapic_get_cr8(a.lapic), 4);
    assert_true(lapic_pending(a.lapic));
}

static void a_request_that_was_lowered_gives_the_spurious_vector(void **state)
{
    struct apics a;

    power(&a, state);
    put(&a, ICR_LOW, 0x40041);
    put(&a, TPR, 0xff);
    assert_int_equal(lapic_ack(a.lapic), 0xff);
    assert_int_equal(get(&a, ISR + 0x20), 0);
}

static void a_one_shot_timer_fires_once(void **state)
{
    struct apics a;

    power(&a, state);
    put(&a, DIVIDE, 0x3); /* by 16: 160 ns */
    put(&a, LVT_TIMER, 0x30);
    put(&a, INITIAL, 100);
    bench_ns(a.b, 1600);
    assert_int_equal(get(&a, CURRENT), 90);
    bench_ns(a.b, 16000 - 1600 - 1);
    assert_false(lapic_pending(a.lapic));
    bench_ns(a.b, 1);
    assert_int_equal(lapic_ack(a.lapic), 0x30);
    put(&a, EOI, 0);
    assert_int_equal(get(&a, CURRENT), 0);
    bench_ns(a.b, 1000000);
    assert_false(lapic_pending(a.lapic));
}

static void a_periodic_timer_starts_over(void **state)
{
    struct apics a;

    power(&a, state);
    put(&a, DIVIDE, 0xb); /* by 1 */
    put(&a, LVT_TIMER, 0x20030);
    put(&a, INITIAL, 1000);
    for (unsigned i = 0; i < 5; i++) {
        bench_ns(a.b, 10000);
        assert_int_equal(lapic_ack(a.lapic), 0x30);
        put(&a, EOI, 0);
    }
    bench_ns(a.b, 10);
    assert_int_equal(get(&a, CURRENT), 999);
    put(&a, INITIAL, 0);
    bench_ns(a.b, 100000);
    assert_false(lapic_pending(a.lapic));
}

static void a_masked_timer_counts_and_stays_silent(void **state)
{
    struct apics a;

    power(&a, state);
    put(&a, DIVIDE, 0xb);
    put(&a, LVT_TIMER, 0x10030);
    put(&a, INITIAL, 1000);
    bench_ns(a.b, 5000);
    assert_int_equal(get(&a, CURRENT), 500);
    bench_ns(a.b, 5001);
    put(&a, LVT_TIMER, 0x30);
    bench_ns(a.b, 100000);
    assert_false(lapic_pending(a.lapic));
}

static void a_deadline_fires_and_reads_zero_afterwards(void **state)
{
    struct apics a;

    power(&a, state);
    lapic_set_deadline(a.lapic, 5, 100);
    assert_int_equal(lapic_get_deadline(a.lapic), 0);
    put(&a, LVT_TIMER, 0x40030);
    lapic_set_deadline(a.lapic, 12345, 1000);
    assert_int_equal(lapic_get_deadline(a.lapic), 12345);
    bench_ns(a.b, 1000);
    assert_int_equal(lapic_get_deadline(a.lapic), 0);
    assert_int_equal(lapic_ack(a.lapic), 0x30);
}

static void lint0_as_extint_asks_the_8259(void **state)
{
    struct apics a;

    power(&a, state);
    put(&a, LVT_LINT0, 0x10700);
    bench_pin(a.b, "lint0", true);
    assert_false(lapic_pending(a.lapic));
    put(&a, LVT_LINT0, 0x700);
    assert_true(lapic_pending(a.lapic));
    assert_int_equal(lapic_ack(a.lapic), -1);
    bench_pin(a.b, "lint0", false);
    assert_false(lapic_pending(a.lapic));
}

static void a_disabled_apic_passes_lint0_as_intr_and_lint1_as_nmi(void **state)
{
    struct apics a;

    power(&a, state);
    lapic_set_base(a.lapic, 0xfee00000);
    assert_false(lapic_enabled(a.lapic));
    bench_pin(a.b, "lint0", true);
    assert_true(lapic_pending(a.lapic));
    assert_int_equal(lapic_ack(a.lapic), -1);
    bench_pin(a.b, "lint1", true);
    assert_int_equal(bench_rises(a.b, "nmi"), 1);
    assert_int_equal(get(&a, VERSION), 0xffffffff); /* nothing answers there */
    lapic_set_base(a.lapic, 0xfee00800);
    assert_int_equal(get(&a, VERSION), 0x50014);
}

static void the_page_moves_with_its_base(void **state)
{
    struct apics a;

    power(&a, state);
    lapic_set_base(a.lapic, 0xd0000800);
    assert_int_equal(lapic_get_base(a.lapic), 0xd0000900);
    assert_int_equal(bench_load(a.b, 0xd0000000 + VERSION), 0x50014);
    assert_int_equal(get(&a, VERSION), 0xffffffff);
}

static void software_disable_masks_the_lvt_and_refuses_messages(void **state)
{
    struct apics a;

    power(&a, state);
    put(&a, LVT_TIMER, 0x30);
    put(&a, SVR, 0xff);
    assert_int_equal(get(&a, LVT_TIMER), 0x10030);
    put(&a, LVT_TIMER, 0x30);
    assert_int_equal(get(&a, LVT_TIMER), 0x10030);
    put(&a, ICR_LOW, 0x40041);
    assert_false(lapic_pending(a.lapic));
}

static void an_illegal_vector_raises_the_error_interrupt(void **state)
{
    struct apics a;

    power(&a, state);
    put(&a, LVT_ERROR, 0xfe);
    put(&a, ICR_LOW, 0x40003);
    assert_int_equal(lapic_ack(a.lapic), 0xfe);
    assert_int_equal(get(&a, ESR), 0);
    put(&a, ESR, 0);
    assert_int_equal(get(&a, ESR), 0x20);
    put(&a, ESR, 0);
    assert_int_equal(get(&a, ESR), 0);
}

static void an_illegal_vector_in_the_error_entry_does_no_harm(void **state)
{
    struct apics a;

    power(&a, state);
    put(&a, LVT_ERROR, 0x01);
    put(&a, LVT_TIMER, 0x02);
    put(&a, DIVIDE, 0xb);
    put(&a, INITIAL, 10);
    bench_ns(a.b, 1000);
    put(&a, ESR, 0);
    assert_int_equal(get(&a, ESR), 0x40);
}

static void an_ipi_to_nobody_is_a_send_accept_error(void **state)
{
    struct apics a;

    power(&a, state);
    put(&a, ICR_HIGH, 7u << 24);
    put(&a, ICR_LOW, 0x4041);
    put(&a, ESR, 0);
    assert_int_equal(get(&a, ESR), 0x04);
}

static void init_and_startup_reach_the_processor(void **state)
{
    struct apics a;

    power(&a, state);
    put(&a, ICR_LOW, 0x4603); /* start-up at 3000h, to ID 0 */
    assert_int_equal(a.sipi, 3);
    put(&a, ICR_LOW, 0x8500); /* INIT level de-assert */
    assert_int_equal(bench_rises(a.b, "init"), 0);
    put(&a, ICR_LOW, 0x4500);
    assert_int_equal(bench_rises(a.b, "init"), 1);
    assert_int_equal(get(&a, SVR), 0xff);
}

static void the_ioapic_sends_an_edge_once(void **state)
{
    struct apics a;

    power(&a, state);
    redirect(&a, 4, 0x31);
    bench_pin(a.b, "irq4", true);
    assert_int_equal(lapic_ack(a.lapic), 0x31);
    put(&a, EOI, 0);
    assert_false(lapic_pending(a.lapic));
    bench_pin(a.b, "irq4", false);
    bench_pin(a.b, "irq4", true);
    assert_int_equal(lapic_ack(a.lapic), 0x31);
}

static void the_ioapic_sends_a_level_again_after_eoi(void **state)
{
    struct apics a;

    power(&a, state);
    put(&a, LDR, 1u << 24);
    redirect(&a, 9, 0x0100000000008841ull); /* logical, level */
    bench_pin(a.b, "irq9", true);
    assert_int_equal(redirection(&a, 9), 0xc841);
    assert_int_equal(get(&a, TMR + 0x20), 2);
    assert_int_equal(lapic_ack(a.lapic), 0x41);
    put(&a, EOI, 0);
    assert_int_equal(lapic_ack(a.lapic), 0x41);
    bench_pin(a.b, "irq9", false);
    put(&a, EOI, 0);
    assert_false(lapic_pending(a.lapic));
    assert_int_equal(redirection(&a, 9), 0x8841);
}

static void a_masked_level_is_sent_when_it_is_unmasked(void **state)
{
    struct apics a;

    power(&a, state);
    redirect(&a, 10, 0x18042);
    bench_pin(a.b, "irq10", true);
    assert_false(lapic_pending(a.lapic));
    redirect(&a, 10, 0x8042);
    assert_int_equal(lapic_ack(a.lapic), 0x42);
}

static void a_switch_to_edge_forgets_the_remote_irr(void **state)
{
    struct apics a;

    power(&a, state);
    redirect(&a, 10, 0x8042);
    bench_pin(a.b, "irq10", true);
    assert_int_equal(redirection(&a, 10), 0xc042);
    redirect(&a, 10, 0x10042);
    assert_int_equal(redirection(&a, 10), 0x10042);
}

static void an_extint_entry_asks_the_8259(void **state)
{
    struct apics a;

    power(&a, state);
    redirect(&a, 0, 0x700);
    bench_pin(a.b, "irq0", true);
    assert_int_equal(lapic_ack(a.lapic), -1);
    assert_false(lapic_pending(a.lapic));
}

static void messages_find_one_of_two_processors(void **state)
{
    struct bench *b = *state;
    struct apics a = {.b = b};
    struct device *other = bench_socket(b, &lapic_class, "lapic1");
    struct apic_msg m = {.dest = 1, .vector = 0x55, .mode = APIC_FIXED};

    a.lapic = bench_socket(b, &lapic_class, "lapic0");
    a.bus = (struct apic_bus){.lapic = {a.lapic, other}, .lapics = 2};
    lapic_connect(a.lapic, &a.bus, NULL, NULL);
    lapic_connect(other, &a.bus, NULL, NULL);
    device_reset(other);
    lapic_set_base(other, 0xfee01800);
    device_reset(a.lapic);
    put(&a, SVR, 0x1ff);
    assert_false(apic_bus_send(&a.bus, &m)); /* 1 is disabled by software */
    bench_store(b, 0xfee01000 + SVR, 0x1ff);
    assert_true(apic_bus_send(&a.bus, &m));
    assert_true(lapic_pending(other));
    assert_false(lapic_pending(a.lapic));
    put(&a, TPR, 0x20);
    m = (struct apic_msg){.dest = 0xff, .vector = 0x66, .mode = APIC_LOWEST};
    assert_int_equal(lapic_ack(other), 0x55);
    assert_true(apic_bus_send(&a.bus, &m));
    assert_true(lapic_pending(a.lapic));
}

#define TESTS(X)                                                                                   \
    X(versions_name_six_lvt_entries_and_24_inputs)                                                 \
    X(a_self_ipi_is_taken_and_ended)                                                               \
    X(a_higher_class_interrupts_a_lower_one_and_not_its_own)                                       \
    X(task_priority_and_cr8_are_one_register)                                                      \
    X(a_request_that_was_lowered_gives_the_spurious_vector)                                        \
    X(a_one_shot_timer_fires_once)                                                                 \
    X(a_periodic_timer_starts_over)                                                                \
    X(a_masked_timer_counts_and_stays_silent)                                                      \
    X(a_deadline_fires_and_reads_zero_afterwards)                                                  \
    X(lint0_as_extint_asks_the_8259)                                                               \
    X(a_disabled_apic_passes_lint0_as_intr_and_lint1_as_nmi)                                       \
    X(the_page_moves_with_its_base)                                                                \
    X(software_disable_masks_the_lvt_and_refuses_messages)                                         \
    X(an_illegal_vector_raises_the_error_interrupt)                                                \
    X(an_illegal_vector_in_the_error_entry_does_no_harm)                                           \
    X(an_ipi_to_nobody_is_a_send_accept_error)                                                     \
    X(init_and_startup_reach_the_processor)                                                        \
    X(the_ioapic_sends_an_edge_once)                                                               \
    X(the_ioapic_sends_a_level_again_after_eoi)                                                    \
    X(a_masked_level_is_sent_when_it_is_unmasked)                                                  \
    X(a_switch_to_edge_forgets_the_remote_irr)                                                     \
    X(an_extint_entry_asks_the_8259)                                                               \
    X(messages_find_one_of_two_processors)

BENCH_MAIN(TESTS)
