# src/devices/firmware/module.mk - sources in this folder.
