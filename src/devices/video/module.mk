# src/devices/video/module.mk - sources in this folder.
