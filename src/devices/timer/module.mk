# src/devices/timer/module.mk - sources in this folder.
