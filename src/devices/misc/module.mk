# src/devices/misc/module.mk - sources in this folder.
