# src/devices/irq/module.mk - interrupt controllers.
src_libdevices_a_SOURCES += \
	src/devices/irq/apic.h \
	src/devices/irq/apic_bus.c \
	src/devices/irq/i8259.c src/devices/irq/i8259.h \
	src/devices/irq/ioapic.c \
	src/devices/irq/irq_hub.c src/devices/irq/irq_hub.h \
	src/devices/irq/lapic.c src/devices/irq/lapic.h \
	src/devices/irq/lapic_regs.c \
	src/devices/irq/lapic_timer.c
