# src/devices/dma/module.mk - sources in this folder.
