# src/cpu/sys.mk - sources of this part of the cpu layer.
