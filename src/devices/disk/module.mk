# src/devices/disk/module.mk - sources in this folder.
