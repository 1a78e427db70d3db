# src/devices/input/module.mk - sources in this folder.
