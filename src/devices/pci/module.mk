# src/devices/pci/module.mk - sources in this folder.
