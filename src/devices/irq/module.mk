# src/devices/irq/module.mk - sources in this folder.
